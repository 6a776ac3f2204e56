//! Places, signals and limits that nobody chose: links, devices, pipes, `nohup`, a folder for temporary files that is not there, two runs at once.
//!
//! Protects what is not ours, and whoever waits for an end.
// Only Linux tells which signals were ignored from the start, and has `timeout`.
#![cfg(target_os = "linux")]

use crate::support::{command, depotsim, files, folder, run};
use std::fs;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;
use std::process::{Command, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_depotsim");

fn text(path: &Path) -> &str {
    path.to_str().expect("a path")
}

/// Runs a line of shell in a folder, in which `$depotsim` is the program; exit code and stderr. Whatever hangs is ended after a minute, with 124.
fn shell(folder: &Path, line: &str) -> (i32, String) {
    let mut command = Command::new("timeout");
    command.args(["60", "bash", "-c", line]).env("depotsim", PROGRAM).current_dir(folder);
    let output = command.output().expect("a shell");
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// The three commands that write one file, to `FILE`.
const WRITERS: [&str; 3] = [
    "$depotsim sweep plan flat-site --force -o FILE",
    "$depotsim init --force FILE",
    "$depotsim diff pack pack --html FILE",
];

fn with_pack() -> tempfile::TempDir {
    let scratch = folder();
    run("flat-site", &scratch.path().join("pack"), &["--traces", "none"]);
    scratch
}

#[test]
fn one_file_is_written_through_links_and_into_pipes_and_devices_which_stay() {
    let scratch = with_pack();
    let at = |name: &str| scratch.path().join(name);
    for (writer, begins) in WRITERS.into_iter().zip(["{", "//", "<!DOCTYPE html>"]) {
        for name in ["file.ron", "link.ron"] {
            let _ = fs::remove_file(at(name));
        }
        // A comparison of an earlier day, which may be replaced.
        fs::write(at("file.ron"), r#"<meta name="generator" content="depotsim diff">"#).expect("a file");
        std::os::unix::fs::symlink("file.ron", at("link.ron")).expect("a link");
        let (code, stderr) = shell(scratch.path(), &writer.replace("FILE", "link.ron"));
        assert_eq!(code, 0, "{writer}: {stderr}");
        assert!(at("link.ron").is_symlink(), "{writer}");
        let written = fs::read_to_string(at("file.ron")).expect("the file");
        assert!(written.starts_with(begins), "{writer}: {written:.80}");

        let line = format!(
            "mkdir -p pipes; mkfifo pipes/link.ron; cat pipes/link.ron >out & {}; code=$?; wait; exit $code",
            writer.replace("FILE", "pipes/link.ron")
        );
        let (code, stderr) = shell(scratch.path(), &line);
        assert_eq!(code, 0, "{writer}: {stderr}");
        assert!(fs::metadata(at("pipes/link.ron")).expect("the pipe").file_type().is_fifo(), "{writer}");
        assert_eq!(fs::read_to_string(at("out")).expect("what came out"), written, "{writer}");
        fs::remove_file(at("pipes/link.ron")).expect("the pipe");

        // A starter's id follows from the file's name.
        let line = format!("ln -sf /dev/null null.ron; {}", writer.replace("FILE", "null.ron"));
        let (code, stderr) = shell(scratch.path(), &line);
        assert_eq!(code, 0, "{writer}: {stderr}");
        assert!(at("null.ron").is_symlink(), "{writer}");
        assert!(fs::metadata("/dev/null").expect("it is there").file_type().is_char_device());
    }
}

#[test]
fn one_file_is_refused_over_a_link_to_nothing_and_in_a_pack() {
    let scratch = with_pack();
    std::os::unix::fs::symlink("nothing", scratch.path().join("link.ron")).expect("a link");
    std::os::unix::fs::symlink("pack/summary.json", scratch.path().join("into.ron")).expect("a link");
    let before = files(&scratch.path().join("pack"));
    for writer in WRITERS {
        for (place, why) in [
            ("link.ron", "is a link to nothing"),
            ("pack/new.ron", "in a pack"),
            ("pack/plots/new.ron", "in a pack"),
            ("pack/new/new.ron", "in a pack"),
            ("into.ron", "in a pack"),
        ] {
            let (code, stderr) = shell(scratch.path(), &writer.replace("FILE", place));
            assert_eq!(code, 73, "{writer}: {stderr}");
            assert!(stderr.contains(why), "{writer}: {stderr}");
        }
    }
    assert_eq!(shell(scratch.path(), "$depotsim init pack").0, 73);
    assert_eq!(files(&scratch.path().join("pack")), before);
}

#[test]
fn signals_that_were_ignored_from_the_start_stay_ignored() {
    let scratch = folder();
    // The seed is told as soon as signals are heard.
    let line = |trapped: &str, signal: &str| {
        format!(
            "trap '' {trapped}; $depotsim hunt --budget 300 --threads 1 2>said & until grep -q hunting said; do sleep 0.05; done; kill -{signal} $!; wait $!"
        )
    };
    for signal in ["HUP", "INT", "TERM"] {
        let (code, stderr) = shell(scratch.path(), &line(signal, signal));
        assert_eq!(code, 0, "{signal}: {stderr}");
        fs::remove_file(scratch.path().join("said")).expect("what it said");
    }
    let (code, stderr) = shell(scratch.path(), &line("HUP", "TERM"));
    assert_eq!(code, 75, "{stderr}");
}

/// A run of a month that has begun: its folder is there.
const BEGUN: &str = "until ls -d .depotsim-*.tmp >/dev/null 2>&1; do sleep 0.02; done";

#[test]
fn a_run_that_is_asked_to_stop_ends_with_75_and_leaves_nothing_behind() {
    let scratch = folder();
    // Twice at once is the same wish: so `timeout` says it, and a terminal that is closed.
    for kill in
        ["kill -TERM $!", "kill -HUP $!", "kill -TERM $!; kill -TERM $!", "kill -HUP $!; kill -TERM $!"]
    {
        let line = format!("$depotsim run campus --out pack & {BEGUN}; {kill}; wait $!");
        let (code, stderr) = shell(scratch.path(), &line);
        assert_eq!(code, 75, "{kill}: {stderr}");
        assert!(stderr.contains("nothing is left behind"), "{stderr}");
        assert_eq!(fs::read_dir(scratch.path()).expect("the folder").count(), 0, "{kill}");
    }
}

#[test]
fn a_run_that_still_reads_its_files_ends_with_the_first_signal_and_leaves_nothing_behind() {
    let scratch = folder();
    fs::write(scratch.path().join("depot.ron"), include_str!("malformed/visits-depot.ron"))
        .expect("a scenario");
    // Nobody ever writes to the pipe, so that reading it does not end.
    assert_eq!(shell(scratch.path(), "mkfifo visits.csv").0, 0);
    let before = fs::read_dir(scratch.path()).expect("the folder").count();
    for work in ["run depot.ron", "replay wa-pta --demands visits.csv"] {
        for (signal, number) in [("TERM", 15), ("INT", 2)] {
            let line = format!("$depotsim {work} --out pack & sleep 0.5; kill -{signal} $!; wait $!");
            // A shell lets what it sends to the background ignore what a terminal sends to the foreground.
            let line = if signal == "INT" { format!("set -m; {line}") } else { line };
            let (code, stderr) = shell(scratch.path(), &line);
            assert_eq!(code, 128 + number, "{work}, {signal}: {stderr}");
            assert_eq!(fs::read_dir(scratch.path()).expect("the folder").count(), before, "{work}");
        }
    }
}

#[test]
fn a_sweep_that_is_asked_to_stop_while_it_plans_leaves_nothing_behind() {
    let scratch = folder();
    let points = "--axis n=fleet.bus.count=1..25:1 --axis kw=site.grid_connections.GC1.safe_operating_capacity_kw=400..1100:1";
    let line = format!("$depotsim sweep wa-pta {points} --out out & sleep 1; kill -TERM $!; wait $!");
    let (code, stderr) = shell(scratch.path(), &line);
    assert_eq!(code, 75, "{stderr}");
    assert!(stderr.contains("nothing was planned"), "{stderr}");
    assert_eq!(fs::read_dir(scratch.path()).expect("the folder").count(), 0);
}

#[test]
fn a_shard_of_another_plan_is_not_written_over_however_many_there_are_of_this_one() {
    let scratch = folder();
    let sweep = "$depotsim sweep run --out out --shards 6 --plan";
    let line = format!(
        "for seeds in 1..12 2..13; do $depotsim sweep plan flat-site --seeds $seeds -o plan-${{seeds%%.*}}.json || exit 9; done; \
         {sweep} plan-1.json --shard 5 || exit 9; mkdir kept; mv out/shards/* kept; \
         for shard in 0 1 2 3 4; do {sweep} plan-2.json --shard $shard || exit 9; done; mv kept/* out/shards; \
         {sweep} plan-2.json --shard 5"
    );
    let (code, stderr) = shell(scratch.path(), &line);
    assert_eq!(code, 73, "{stderr}");
    assert!(stderr.contains("belongs to another plan"), "{stderr}");
}

#[test]
fn of_two_equal_runs_at_once_neither_fails_and_of_two_others_one_is_refused_as_ever() {
    let scratch = folder();
    let at_once = |place: &str, seeds: [&str; 2]| {
        let place = scratch.path().join(place);
        let start = |seed: &str| {
            let mut command = command(&["run", "flat-site", "--seed", seed, "--out", text(&place)]);
            command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts")
        };
        seeds.map(start).map(|child| child.wait_with_output().expect("it ends"))
    };
    for round in 0..4 {
        for output in at_once(&format!("same-{round}"), ["1", "1"]) {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        let outputs = at_once(&format!("other-{round}"), ["1", "2"]);
        assert_eq!(outputs.iter().filter(|output| output.status.success()).count(), 1);
        let refused = outputs.iter().find(|output| !output.status.success()).expect("one of them");
        let stderr = String::from_utf8_lossy(&refused.stderr);
        assert!(
            refused.status.code() == Some(73) && stderr.contains("holds a pack with other content"),
            "{stderr}"
        );
    }
}

#[test]
fn a_file_that_grows_beyond_what_the_system_allows_is_a_failed_write() {
    let scratch = folder();
    let (code, stderr) = shell(scratch.path(), "ulimit -f 16; $depotsim run flat-site --out pack");
    assert_eq!(code, 74, "{stderr}");
    assert!(stderr.contains("File too large"), "{stderr}");
    assert_eq!(fs::read_dir(scratch.path()).expect("the folder").count(), 0);
}

#[test]
fn a_folder_for_temporary_files_that_is_not_there_is_told_and_not_made() {
    let scratch = with_pack();
    let (code, _) = shell(scratch.path(), "$depotsim verify pack");
    assert_eq!(code, 0);
    let output = Command::new(PROGRAM)
        .args(["verify", "pack"])
        .env("TMPDIR", scratch.path().join("nowhere"))
        .current_dir(scratch.path())
        .output()
        .expect("it ends");
    let told = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(73), "{told}");
    assert!(told.contains("TMPDIR names another place"), "{told}");
    assert!(!scratch.path().join("nowhere").exists());
}

#[test]
fn a_pipe_among_shards_is_told_and_not_waited_for() {
    let scratch = folder();
    let plan = "$depotsim sweep plan flat-site --seeds 1..3 -o plan.json; mkdir -p sweep/shards";
    assert_eq!(shell(scratch.path(), plan).0, 0);
    for name in ["shard-1-of-3.rows", "shard-1-of-3.part"] {
        let line = format!(
            "mkfifo sweep/shards/{name}; $depotsim sweep run --plan plan.json --out sweep --shards 3 --shard 1"
        );
        let (code, stderr) = shell(scratch.path(), &line);
        assert_eq!(code, 74, "{name}: {stderr}");
        assert!(stderr.contains("no file"), "{name}: {stderr}");
        let (code, stderr) = shell(scratch.path(), "$depotsim sweep merge --plan plan.json --out sweep");
        assert_eq!(code, 65, "{name}: {stderr}");
        fs::remove_file(scratch.path().join("sweep/shards").join(name)).expect("the pipe");
    }
}

#[test]
fn a_recording_that_nobody_vouches_for_is_told_of_with_a_warning() {
    let scratch = with_pack();
    let pack = scratch.path().join("pack");
    assert!(!depotsim(&["status", text(&pack)]).2.contains("manifest"));
    fs::write(pack.join("manifest.json"), "").expect("the manifest");
    for asked in [&["status"][..], &["explain", "--at", "19:00", "--connector", "C01"]] {
        let (_, _, stderr) = depotsim(&[asked, &[text(&pack)]].concat());
        assert!(stderr.contains("nobody knows whether its recording is as it was written"), "{stderr}");
    }
}

#[test]
fn a_folder_in_the_place_of_a_file_of_a_pack_is_wrong_input_for_every_command() {
    let scratch = with_pack();
    fs::create_dir(scratch.path().join("other")).expect("a folder");
    assert_eq!(
        shell(scratch.path(), "cp -r pack/. other; rm other/recording.ron; mkdir other/recording.ron").0,
        0
    );
    for line in [
        "verify other",
        "diff pack other",
        "diff other pack",
        "replay other --out again",
        "status other",
        "explain other --at 19:00 C01",
    ] {
        let (code, stderr) = shell(scratch.path(), &format!("$depotsim {line}"));
        assert_eq!(code, 65, "{line}: {stderr}");
    }
}

#[test]
fn a_manifest_names_no_file_outside_of_its_pack() {
    let scratch = with_pack();
    let path = scratch.path().join("pack/manifest.json");
    let manifest = fs::read_to_string(&path).expect("the manifest");
    for name in ["/dev/zero", "../pack/visits.csv", ""] {
        let other = manifest.replacen("\"visits.csv\"", &format!("{name:?}"), 1);
        assert_ne!(other, manifest);
        fs::write(&path, other).expect("it can be changed");
        let (code, stderr) = shell(scratch.path(), "$depotsim diff pack pack");
        assert_eq!(code, 65, "{name}: {stderr}");
        assert!(stderr.contains(&format!("\"{name}\" lies outside of the pack")), "{stderr}");
    }
}

#[test]
fn files_that_killed_commands_left_are_removed_after_a_day_like_folders() {
    let scratch = folder();
    let left = "touch -d '2 days ago' .depotsim-old.tmp; touch .depotsim-new.tmp; mkdir .depotsim-folder.tmp; touch -d '2 days ago' .depotsim-folder.tmp";
    assert_eq!(shell(scratch.path(), left).0, 0);
    run("flat-site", &scratch.path().join("pack"), &["--traces", "none"]);
    let mut names: Vec<String> = fs::read_dir(scratch.path())
        .expect("the folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert_eq!(names, [".depotsim-new.tmp", "pack"]);
}

#[test]
fn a_hunt_looks_at_its_folder_before_it_looks_for_anything() {
    let scratch = folder();
    fs::write(scratch.path().join("file"), "mine").expect("a file");
    for out in ["file", "file/below"] {
        let (code, stderr) = shell(scratch.path(), &format!("$depotsim hunt --budget 1h --out {out}"));
        assert!(code == 73 && stderr.contains("choose another with --out"), "{code}: {stderr}");
    }
    assert_eq!(shell(scratch.path(), "$depotsim hunt --budget 1 --out new").0, 0);
    assert!(!scratch.path().join("new").exists(), "nothing was found");
}

#[test]
fn a_replay_of_demands_that_is_asked_to_stop_leaves_nothing() {
    let scratch = folder();
    fs::write(scratch.path().join("demands.csv"), "time,connector,demand_kw\nd2 04:30,P1,50\n")
        .expect("a file");
    // It would take longer than the minute that a line of shell is given, and begins with a word.
    let line = "$depotsim replay --demands demands.csv flat-site --set duration=366d --set step=1s --out out 2>said & until grep -q demands said; do sleep 0.01; done; sleep 0.3; kill $!; wait $!";
    let (code, _) = shell(scratch.path(), line);
    let said = fs::read_to_string(scratch.path().join("said")).expect("what was said");
    assert_eq!(code, 75, "{said}");
    let entries = fs::read_dir(scratch.path()).expect("the folder");
    let names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    assert!(!names.iter().any(|name| name == "out" || name.starts_with(".depotsim-")), "{names:?}");
}
