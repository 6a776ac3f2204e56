//! What the program says when it is asked for what cannot be: exit code, and a message that a stranger can act on.
//!
//! Protects people on their first day, who mistype names, mix up files and folders, and read only what stderr says. Nothing is
//! written by any of it.

use crate::support::{command, files, folder, said};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Output, Stdio};

/// A folder with a scenario, a pack, a file, and folders of other things.
fn desk() -> tempfile::TempDir {
    let desk = folder();
    let run = |args: &[&str]| assert_eq!(depotsim(desk.path(), args).0, 0, "{args:?}");
    run(&["init", "depots/north.ron"]);
    run(&["run", "depots/north.ron", "--traces", "none", "--out", "pack"]);
    run(&["run", "depots/north.ron", "--traces", "none"]);
    fs::write(desk.path().join("a-file"), "x").expect("a file");
    fs::write(desk.path().join("cut-off.ron"), "(schema: 1,\n  id: [\n)").expect("a file");
    for (file, text) in [("other/data.txt", "x"), ("empty/.keep", "")] {
        let path = desk.path().join(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    let json = depotsim(desk.path(), &["show", "depots/north.ron", "--json"]).1;
    fs::write(desk.path().join("shown.json"), json).expect("a file");
    desk
}

fn depotsim(folder: &Path, args: &[&str]) -> (i32, String, String) {
    said(command(args).current_dir(folder).output().expect("the program starts"))
}

#[test]
fn what_cannot_be_is_said_with_a_remedy_and_leaves_no_trace() {
    let desk = desk();
    let north = "depots/north.ron";
    // Arguments, exit code, what stderr says.
    let cases: &[(&[&str], i32, &str)] = &[
        (
            &["run", "wa-ptaa"],
            65,
            "wa-ptaa: it is neither bundled nor a file (did you mean wa-pta? bundled are wa-pta,",
        ),
        (&["show", "WA_PTA"], 65, "(did you mean wa-pta? "),
        (&["topology", "nothing-like-it"], 65, "neither bundled nor a file (bundled are wa-pta,"),
        (
            &["run", "north.ron"],
            65,
            "north.ron: there is no such file (`depotsim init north.ron` writes one to begin with)",
        ),
        (
            &["run", "depots/nroth.ron"],
            65,
            "there is no such file (did you mean depots/north.ron? `depotsim init",
        ),
        (
            &["run", "depots/north"],
            65,
            "there is no such file (did you mean depots/north.ron? give the name of",
        ),
        (&["run", "depots/north.ron/x.ron"], 65, "there is no such file ("),
        (&["run", "depots"], 65, "depots: it is a folder (give a file in it: depots/north.ron)"),
        (
            &["run", "empty"],
            65,
            "empty: it is a folder without a scenario (`depotsim init empty` writes one into it)",
        ),
        (
            &["run", "pack"],
            65,
            "pack: it is a pack that `depotsim run` wrote, and no scenario (`depotsim verify pack` runs it again)",
        ),
        (
            &["run", "pack/recording.ron"],
            65,
            ":4:1: this is the recording of a run and no scenario (`depotsim verify` runs its pack again;",
        ),
        (
            &["run", "shown.json"],
            65,
            "shown.json:1:1: this is a map in braces, such as JSON has (a scenario is a record in parentheses:",
        ),
        (&["verify", "depots"], 65, "depots: cannot be verified: depots is no pack: it has no manifest.json"),
        (&["verify", "nowhere"], 65, "nowhere does not exist (give a folder that `depotsim run` wrote)"),
        (&["status", "north"], 65, "north does not exist (did you mean runs/north?)"),
        (&["init", "-north pole.ron"], 2, "unexpected argument"),
        (&["init", "./-north pole.ron"], 65, "such as ./north-pole.ron)"),
        (
            &["sweep", "plan", north, "--seeds", "5..1"],
            2,
            "\"5..1\" goes downwards (seeds go upwards: 1..100)",
        ),
        (
            &["sweep", "plan", north, "--seeds", "1..99999999999999"],
            2,
            "are too many seeds (a sweep has at most",
        ),
        (&["status", "a-file"], 65, "a-file is a file and no pack (give a folder"),
        (
            &["explain", "pack", "--connector", "C1-P11", "--at", "20:00"],
            65,
            "\"C1-P11\" is no connector of the site (did you mean C1-P1? there are C1-P1, C1-P2,",
        ),
        (
            &["run", north, "--set", "site.charge_points.C1P1.note=x"],
            65,
            "has no \"C1P1\" (did you mean `site.charge_points.C1-P1.note`?",
        ),
        (
            &["run", "cut-off.ron"],
            65,
            "1 problem in cut-off.ron (what stands behind it cannot be read before it is put right, so more may follow)",
        ),
        (
            &["run", north, "--out", "a-file"],
            73,
            "a-file is a file, and a pack is a folder (choose another --out)",
        ),
        (&["run", north, "--out", "a-file/x"], 73, "cannot create a-file/x: a-file is a file and no folder"),
        (&["run", north, "--out", "a-file/x/y", "--force"], 73, "a-file is a file and no folder"),
        (&["run", north, "--out", "other"], 73, "other is a folder with other things than a pack"),
        (&["run", north, "--out", "other", "--force"], 73, "never overwritten, not even with --force"),
        (
            &["run", north, "--out", "pack", "--seed", "2"],
            73,
            "pack holds a pack with other content (--force replaces it,",
        ),
        (
            &["init", north],
            73,
            "depots/north.ron is there already (choose another name, or replace it with --force)",
        ),
        (&["init", "depots/north"], 73, "depots/north.ron is there already"),
        (&["init", "a-file/x.ron"], 73, "cannot create a-file/x.ron: a-file is a file and no folder"),
        (
            &["init", "north yard.ron"],
            65,
            "\"north yard\" is not an id (1 to 200 of the characters A-Z, a-z, 0-9, _ and -; such as north-yard.ron)",
        ),
        (
            &["run", north, "--seed", "-1"],
            2,
            "'-1' for '--seed <N>': a seed is a whole number from 0 to 18446744073709551615",
        ),
        (&["run", north, "--seed", "1.5"], 2, "a seed is a whole number"),
        (&["run", north, "--seed", "18446744073709551616"], 2, "a seed is a whole number"),
        (&["run", north, "--strategy", "fair"], 2, "'fair' for '--strategy <STRATEGY>'"),
        (&["run", north, "--set", "duration"], 2, "has no = (PATH=VALUE, such as"),
        (&["run", north, "--set", " =3"], 2, "says no path before its ="),
        (&["run"], 2, "required arguments were not provided"),
        (&["ran", "wa-pta"], 2, "unrecognized subcommand 'ran'"),
        (
            &["run", north, "--set", "fleet.bus.departure=04:00"],
            65,
            "(did you mean `Fixed(\"04:00\")`? a shell takes the option in single quotes, '...=Fixed(\"04:00\")'; allowed are",
        ),
        (
            &["run", north, "--set", "fleet.bus.soc_arrival_pct=40"],
            65,
            "(did you mean `Fixed(40)`? a shell takes the option in single quotes, '...=Fixed(40)'; allowed are",
        ),
        (&["run", north, "--set", "fleet.bus.departure=Unifrom"], 65, "(did you mean `Uniform`? allowed are"),
        (
            &["run", north, "--set", "site.charger_circuits.X*.note=a"],
            65,
            "has no \"X*\" (there are C1, C2, *)",
        ),
        (&["balance", "nothing.json"], 65, "nothing.json: there is no such file"),
        // A file that is there and cannot be read is not bad input.
        #[cfg(target_os = "linux")]
        (&["run", "/proc/self/mem"], 74, "error"),
    ];
    let before = files(desk.path());
    for (args, code, says) in cases {
        let (found, stdout, stderr) = depotsim(desk.path(), args);
        let heard = if args[0] == "verify" { &stdout } else { &stderr };
        assert_eq!(found, *code, "{args:?}: {stderr}");
        assert!(heard.contains(says), "{args:?}: {heard}");
        assert!(args[0] == "verify" || stdout.is_empty(), "{args:?}: {stdout}");
        assert!(!stderr.contains("panicked") && !stderr.contains("os error 21"), "{args:?}: {stderr}");
        assert!(files(desk.path()) == before, "{args:?} leaves no trace");
    }
}

#[cfg(unix)]
#[test]
fn no_name_of_a_file_reaches_a_terminal_as_an_order() {
    let desk = folder();
    let at = |name: &str| desk.path().join(name);
    assert_eq!(depotsim(desk.path(), &["init", "depot.ron"]).0, 0);
    let text = fs::read_to_string(at("depot.ron")).expect("a scenario");
    let (sound, wrong) = ("\u{1b}[2J\u{202e}.ron", "wrong\u{1b}]0;x\u{7}.ron");
    fs::write(at(sound), &text).expect("a scenario");
    fs::write(at(wrong), text.replacen("schema: 1", "schema: \u{1b}[31m1", 1)).expect("a scenario");
    for (args, code) in [
        (&["run", sound, "--traces", "none", "--out", "\u{1b}[1mpack"][..], 0),
        (&["status", "\u{1b}[1mpack"], 0),
        (&["verify", "\u{1b}[1mpack"], 0),
        (&["check", sound, wrong, "\u{1b}[7mno.ron"], 65),
        (&["run", wrong], 65),
        (&["topology", "\u{1b}[7mno.ron"], 65),
    ] {
        let (ended, stdout, stderr) = depotsim(desk.path(), args);
        assert_eq!(ended, code, "{args:?}: {stderr}");
        let said = format!("{stdout}{stderr}");
        assert!(!said.contains(|c| scenarios::is_unshown(c) && c != '\n'), "{args:?}: {said:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_is_named_from_the_root_on_is_told_as_it_is_named() {
    let desk = folder();
    let (csv, gone) = (desk.path().join("visits.csv"), desk.path().join("gone.csv"));
    fs::write(&csv, "x").expect("a file");
    let text = include_str!("malformed/visits-depot.ron");
    fs::create_dir(desk.path().join("depots")).expect("a folder");
    let says = |file: &Path| {
        let named = text.replacen("\"visits.csv\"", &format!("\"{}\"", file.display()), 1);
        assert_ne!(named, text);
        fs::write(desk.path().join("depots/depot.ron"), named).expect("a scenario");
        depotsim(desk.path(), &["run", "depots/depot.ron"]).2
    };
    let said = says(&csv);
    assert!(said.contains(&format!("\n{}:1:", csv.display())), "{said}");
    let (said, folder) = (says(&gone), desk.path().display());
    assert!(said.contains(&format!("there is no such file in {folder}\n")), "{said}");
}

#[test]
fn a_started_scenario_is_called_after_its_file() {
    let scratch = folder();
    let cases = [
        (&["init"][..], "my-depot.ron", "my-depot"),
        (&["init", "north"], "north.ron", "north"),
        (&["init", "depots/Yard_7.ron"], "depots/Yard_7.ron", "Yard_7"),
        (&["init", "new/"], "new/my-depot.ron", "my-depot"),
        (&["init", "v1.2"], "v1.2.ron", ""),
    ];
    for (args, file, id) in cases {
        let (code, stdout, stderr) = depotsim(scratch.path(), args);
        if id.is_empty() {
            assert!(code == 65 && stderr.contains("v1-2.ron"), "{args:?}: {stderr}");
            assert!(!scratch.path().join(file).exists());
            continue;
        }
        assert_eq!(code, 0, "{args:?}: {stderr}");
        assert!(stdout.starts_with(&format!("{file} written: ")), "{stdout}");
        let text = fs::read_to_string(scratch.path().join(file)).expect("a file");
        assert!(
            text.contains(&format!("  id: \"{id}\", //")) && text.contains(&format!("go to runs/{id}\n"))
        );
        assert_eq!(depotsim(scratch.path(), &["check", file]), (0, format!("{file}: ok\n"), String::new()));
    }
    // Names that a shell would take apart are quoted, so that the next command can be copied.
    let (_, stdout, _) = depotsim(scratch.path(), &["init", "my depots/a.ron"]);
    assert!(stdout.contains("depotsim run 'my depots/a.ron'"), "{stdout}");
}

fn asked(question: &str) -> (i32, String, String) {
    let pipe = Stdio::piped;
    let mut child =
        command(&["balance"]).stdin(pipe()).stdout(pipe()).stderr(pipe()).spawn().expect("it starts");
    child.stdin.take().expect("a pipe").write_all(question.as_bytes()).expect("it listens");
    said(child.wait_with_output().expect("it ends"))
}

#[cfg(target_os = "linux")]
#[test]
fn a_check_of_what_cannot_be_read_is_74_unless_something_else_is_bad_input() {
    let desk = folder();
    let checked = |more: &[&str]| depotsim(desk.path(), &[&["check", "/proc/self/mem"], more].concat()).0;
    assert_eq!((checked(&[]), checked(&["wa-pta"]), checked(&["no-such.ron"])), (74, 74, 65));
}

#[test]
fn a_question_that_is_no_object_is_told_what_one_looks_like() {
    let cases = [
        ("", "the input is empty (an object in braces, {\"nodes\": [...], \"requests\": [...]};"),
        (" \n", "the input is empty"),
        ("[]", "found a list (an object in braces"),
        ("7", "found no object"),
        ("{", "the input ends within an object"),
        ("{}", "missing field `nodes`"),
        ("{\"nodes\": 3}", "expected a list"),
        ("{\"nodes\": [3]}", "integer `3`, expected an object with named values"),
        ("{\"nodes\": [[]]}", "expected an object with named values"),
    ];
    for (question, says) in cases {
        let (code, stdout, stderr) = asked(question);
        assert_eq!((code, stdout.as_str()), (65, ""), "{question}: {stderr}");
        assert!(
            stderr.starts_with("depotsim: standard input:") && stderr.contains(says),
            "{question}: {stderr}"
        );
        assert!(!stderr.contains("struct"), "{stderr}");
    }
}

#[test]
fn charge_points_without_connectors_are_counted_as_what_they_are() {
    let scratch = folder();
    depotsim(scratch.path(), &["init"]);
    let first = |set: &str| {
        let (code, stdout, stderr) = depotsim(scratch.path(), &["topology", "my-depot.ron", "--set", set]);
        assert_eq!(code, 0, "{stderr}");
        stdout.lines().next().expect("a line").split_once(", ").expect("counts").1.to_owned()
    };
    let cases = [
        (
            "title=x",
            "2 charger circuits, 6 charge points, which have no connectors of their own and count as one each",
        ),
        (
            "site.connectors=[(id: \"{parent}-{n}\", parent: \"*\", repeat: 2)]",
            "2 charger circuits, 6 charge points, 12 connectors",
        ),
        (
            "site.connectors=[(id: \"X\", parent: \"C1-P1\")]",
            "2 charger circuits, 6 charge points, 1 connector, 5 more on charge points without any of their own",
        ),
    ];
    for (set, says) in cases {
        assert_eq!(first(set), says, "{set}");
    }
}

#[test]
fn the_report_says_who_waited_for_a_connector() {
    let scratch = folder();
    depotsim(scratch.path(), &["init"]);
    let run = |count: &str| {
        let args = ["run", "my-depot.ron", "--traces", "none", "--set", count, "--out", count];
        let (code, stdout, stderr) = depotsim(scratch.path(), &args);
        assert_eq!(code, 0, "{stderr}");
        stdout
    };
    assert!(!run("fleet.bus.count=6").contains("waited"));
    let report = run("fleet.bus.count=12");
    let waits: Vec<&str> = report.lines().filter(|line| line.contains("wait")).map(str::trim).collect();
    let [late, waited] = waits[..] else { panic!("{report}") };
    assert!(late.ends_with("of them after waiting for a connector"), "{late}");
    assert!(
        waited.contains("waited for a connector, the longest ") && waited.contains(" min (bus-"),
        "{waited}"
    );
    // The same from the visits, one by one.
    let mut longest_s = 0;
    let summary =
        fs::read_to_string(scratch.path().join("fleet.bus.count=12/summary.json")).expect("a summary");
    let summary: serde_json::Value = serde_json::from_str(&summary).expect("JSON");
    let visits = crate::support::table(&scratch.path().join("fleet.bus.count=12/visits.csv"));
    let minute_of = |time: &str| {
        let part = |at: usize| time[at..at + 2].parse::<i64>().expect("digits");
        (part(8) * 24 + part(11)) * 60 + part(14) + i64::from(part(17) > 0)
    };
    for visit in &visits {
        let ends = if visit["plugged_in"].is_empty() { "departure" } else { "plugged_in" };
        longest_s = longest_s.max(60 * (minute_of(&visit[ends]) - minute_of(&visit["arrival"])));
    }
    assert_eq!(summary["visits"]["longest_wait_s"], longest_s);
    assert!(longest_s > 3_600, "{longest_s}");
}

/// Runs the program with a stdout that nobody reads.
fn unheard(folder: &Path, args: &[&str]) -> Output {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut command = command(args);
    command.current_dir(folder).stdout(writer).stderr(Stdio::piped());
    command.output().expect("the program starts")
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let scratch = folder();
    depotsim(scratch.path(), &["init"]);
    let commands: &[&[&str]] = &[
        &["scenarios"],
        &["strategies", "--json"],
        &["show", "big-depot"],
        &["topology", "wa-pta"],
        &["check", "my-depot.ron"],
        &["balance", "--schema"],
        &["run", "my-depot.ron", "--traces", "none", "--out", "pack"],
        &["verify", "pack"],
        &["--help"],
    ];
    for args in commands {
        let output = unheard(scratch.path(), args);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{args:?}: {stderr}");
        let noise: Vec<&str> = stderr.lines().filter(|line| !line.contains("with seed")).collect();
        assert!(noise.is_empty(), "{args:?}: {stderr}");
    }
    assert!(scratch.path().join("pack/manifest.json").is_file(), "the pack was written all the same");
}
