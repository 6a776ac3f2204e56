//! `verify`: a pack is rerun from its recording, and whatever differs is named.
//!
//! Protects CI's promise: the same bytes, or the first place where they are not.

use crate::support::{depotsim, files, folder, run};
use std::fs;
use std::path::Path;

fn verify(pack: &Path) -> (i32, String, String) {
    depotsim(&["verify", pack.to_str().expect("a path")])
}

/// Changes the digit nearest to the middle of a file.
fn change_a_digit(path: &Path) {
    let mut bytes = fs::read(path).expect("a file");
    let middle = bytes.len() / 2;
    let is_digit = |ix: &usize| bytes[*ix].is_ascii_digit();
    let at = (middle..bytes.len()).find(is_digit).or_else(|| (0..middle).rfind(is_digit)).expect("a digit");
    bytes[at] = if bytes[at] == b'9' { b'1' } else { bytes[at] + 1 };
    fs::write(path, bytes).expect("it can be written");
}

#[test]
fn fresh_packs_are_equal_and_several_are_verified_at_once() {
    let scratch = folder();
    let packs = [
        "wa-pta",
        "wa-pta-charge-point",
        "flat-site",
        "real-depot",
        "stale-feed",
        "circuit-outage",
        "broken-site-data",
    ];
    let paths: Vec<String> =
        packs.iter().map(|name| scratch.path().join(name).to_str().expect("a path").to_owned()).collect();
    for (name, path) in packs.iter().zip(&paths) {
        run(name, Path::new(path), &["--seed", "3"]);
    }
    let args: Vec<&str> = ["verify"].into_iter().chain(paths.iter().map(String::as_str)).collect();
    let (code, stdout, stderr) = depotsim(&args);
    assert_eq!(code, 0, "{stdout}{stderr}");
    let expected: String = paths.iter().map(|path| format!("{path}: equal\n")).collect();
    assert_eq!(stdout, expected);
}

#[cfg(target_os = "linux")]
#[test]
fn a_pipe_in_a_pack_is_refused_and_not_waited_for() {
    use rustix::fs::{CWD, FileType, Mode, mknodat};

    let scratch = folder();
    let pack = scratch.path().join("pack");
    run("flat-site", &pack, &[]);
    let pipe = pack.join("events.csv");
    fs::remove_file(&pipe).expect("a file");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).expect("a pipe");
    // Whoever opens the pipe finds it empty, so that this test would fail, and not wait.
    let end = pipe.clone();
    std::thread::spawn(move || fs::OpenOptions::new().write(true).open(end));
    let (path, of_pipe) = (pack.to_str().expect("a path"), pipe.display().to_string());
    let (code, stdout, stderr) = verify(&pack);
    assert_eq!(code, 65, "{stdout}{stderr}");
    let refused =
        format!("{of_pipe} is a pipe, a socket or a device (a pack holds files and folders alone; ");
    assert!((stdout.clone() + &stderr).contains(&refused), "{stdout}{stderr}");
    for args in [&["status", path, "--at", "18:00"][..], &["diff", path, path]] {
        let (code, _, stderr) = depotsim(args);
        assert!(code == 65 && stderr.contains(&refused), "{args:?}: {stderr}");
    }
}

#[cfg(unix)]
#[test]
fn a_pack_does_not_choose_what_else_is_read() {
    let scratch = folder();
    let (pack, secret) = (scratch.path().join("pack"), scratch.path().join("secret"));
    run("flat-site", &pack, &[]);
    fs::write(&secret, "root  root:x:0:0\nmail:x:8:8\n").unwrap();
    let recording = fs::read_to_string(pack.join("recording.ron")).unwrap();
    let told = |of_verify: i32, of_status: i32| {
        for (command, expected) in [("verify", of_verify), ("status", of_status)] {
            let (code, stdout, stderr) = depotsim(&[command, pack.to_str().unwrap()]);
            let said = format!("{stdout}{stderr}");
            assert_eq!(code, expected, "{said}");
            assert!(!said.contains("root") && !said.contains("mail"), "{command}: {said}");
            assert!(expected != 65 || said.contains("it lies outside of the pack"), "{command}: {said}");
        }
    };
    for name in ["../secret", secret.to_str().unwrap(), "./../pack/recording-visits.csv"] {
        let edited = recording.replacen("csv: \"recording-visits.csv\"", &format!("csv: \"{name}\""), 1);
        assert_ne!(edited, recording);
        fs::write(pack.join("recording.ron"), edited).unwrap();
        told(65, 65);
    }
    fs::write(pack.join("recording.ron"), &recording).unwrap();
    // A status needs the recording alone.
    for (file, of_verify, of_status) in [
        ("recording-visits.csv", 65, 65),
        ("recording.ron", 65, 65),
        ("manifest.json", 65, 0),
        ("SHA256SUMS", 65, 0),
        ("nodes.csv", 1, 0),
    ] {
        let path = pack.join(file);
        let bytes = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink(&secret, &path).unwrap();
        told(of_verify, of_status);
        fs::remove_file(&path).unwrap();
        // A link within the pack is one of its files.
        fs::write(pack.join("kept"), bytes).unwrap();
        std::os::unix::fs::symlink("kept", &path).unwrap();
        assert_eq!(depotsim(&["status", pack.to_str().unwrap()]).0, 0, "{file}");
        fs::rename(pack.join("kept"), &path).unwrap();
    }
    assert_eq!(verify(&pack).0, 0);
    // Nor what a comparison tells, on whichever side the pack stands.
    let other = scratch.path().join("other");
    run("flat-site", &other, &["--seed", "2"]);
    for (file, expected) in [("nodes.csv", 1), ("visits.csv", 65), ("summary.json", 65)] {
        let path = pack.join(file);
        let bytes = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink(&secret, &path).unwrap();
        for sides in [[&pack, &other], [&other, &pack]] {
            let (code, stdout, stderr) =
                depotsim(&["diff", sides[0].to_str().unwrap(), sides[1].to_str().unwrap()]);
            let said = format!("{stdout}{stderr}");
            assert_eq!(code, expected, "{file}: {said}");
            assert!(!said.contains("root") && !said.contains("mail"), "{file}: {said}");
        }
        fs::remove_file(&path).unwrap();
        fs::write(&path, bytes).unwrap();
    }
}

#[test]
fn a_changed_digit_in_any_file_is_found_and_the_file_named() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    run("wa-pta", &pack, &[]);
    let whole = files(&pack);
    for (name, bytes) in &whole {
        // The header of an empty table has no digit to change.
        if !bytes.iter().any(u8::is_ascii_digit) {
            continue;
        }
        change_a_digit(&pack.join(name));
        let (code, stdout, _) = verify(&pack);
        assert!(code == 1 || code == 65, "{name}: exit {code}\n{stdout}");
        assert!(stdout.contains(name.as_str()), "{name} is named in\n{stdout}");
        fs::write(pack.join(name), bytes).expect("it can be written");
    }
    assert_eq!(verify(&pack).0, 0, "what is put back is whole again");
}

#[test]
fn a_changed_value_is_told_with_its_time_row_and_column() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    run("wa-pta", &pack, &[]);
    let path = pack.join("nodes.csv");
    let text = fs::read_to_string(&path).expect("a table");
    let from = "36000,2026-03-05T02:00:00+08:00,C3,charger_circuit,GC1,320.000,";
    let to = from.replace("320.000", "321.000");
    assert!(text.contains(from));
    fs::write(&path, text.replace(from, &to)).expect("it can be written");
    let (code, stdout, _) = verify(&pack);
    assert_eq!(code, 1);
    let line = text[..text.find(from).expect("the row")].matches('\n').count() + 1;
    let expected = format!(
        "t = 36000 s, nodes.csv line {line}, node C3, limit_kw: expected \"320.000\", found \"321.000\""
    );
    let shown = stdout.lines().find(|line| line.contains("first difference")).expect("a first difference");
    assert!(shown.contains(&expected), "{shown} / {expected}");
    assert!(stdout.contains("files changed"), "{stdout}");
}

#[test]
fn the_same_values_in_other_bytes_are_told_by_line() {
    let scratch = folder();
    let (pack, good) = (scratch.path().join("pack"), scratch.path().join("good"));
    run("flat-site", &pack, &[]);
    run("flat-site", &good, &[]);
    for name in ["nodes.csv", "cycles.csv", "visits.csv", "tick-digests.csv"] {
        let path = pack.join(name);
        let text = fs::read_to_string(&path).expect("a table");
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let (first, rest) = lines[3].split_once(',').expect("several cells");
        let others = [
            lines[3].replace('\n', "\r\n"),
            format!("\"{first}\",{rest}"),
            format!("{first},{},\n", rest.trim_end()),
        ];
        for other in others {
            fs::write(&path, text.replacen(lines[3], &other, 1)).expect("it can be written");
            let (code, stdout, stderr) = verify(&pack);
            assert_eq!(code, 1, "{other:?}: {stdout}{stderr}");
            assert!(stdout.contains(&format!("{name} line 4")), "{other:?}: {stdout}");
            let (code, stdout, stderr) =
                depotsim(&["diff", good.to_str().expect("a path"), pack.to_str().expect("a path")]);
            // A row with a cell too many is no row of the table any more.
            let is_told = code == 1 || (code == 65 && other.ends_with(",\n"));
            assert!(is_told, "{other:?}: exit {code}, {stdout}{stderr}");
        }
        fs::write(&path, text).expect("it can be written");
    }
}

#[test]
fn a_changed_recording_is_another_run_and_is_told_as_such() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    run("wa-pta", &pack, &[]);
    let path = pack.join("recording.ron");
    let text = fs::read_to_string(&path).expect("a recording");
    fs::write(&path, text.replacen("battery_kwh: 400", "battery_kwh: 300", 1)).expect("it can be written");
    let (code, stdout, _) = verify(&pack);
    assert_eq!(code, 1);
    assert!(stdout.contains("recording changed"), "{stdout}");
}

#[test]
fn a_difference_is_told_with_the_tick_before_it() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    run("flat-site", &pack, &[]);
    let path = pack.join("connectors.csv");
    let text = fs::read_to_string(&path).expect("a table");
    let (at, row) = text
        .lines()
        .enumerate()
        .filter(|(_, line)| line.contains(",Charging,"))
        .nth(40)
        .expect("power flows");
    let cells: Vec<&str> = row.split(',').collect();
    let changed = row.replacen(&format!(",{}", cells[10]), ",0.001", 1);
    fs::write(&path, text.replace(row, &changed)).expect("it can be written");
    let (code, stdout, _) = depotsim(&["verify", "--json", pack.to_str().expect("a path")]);
    let json: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    let first = &json[0]["first"];
    assert_eq!((code, &json[0]["kind"], &first["line"]), (1, &"files_changed".into(), &(at + 1).into()));
    let before_t_s = first["before_t_s"].as_u64().expect("a tick before");
    let before = text.lines().find(|line| {
        let of_line: Vec<&str> = line.split(',').collect();
        of_line[0] == before_t_s.to_string() && of_line[2] == cells[2]
    });
    let before: Vec<&str> = before.expect("the row of the tick before").split(',').collect();
    assert!(before_t_s < cells[0].parse().expect("seconds"));
    for (ix, cell) in first["context"].as_array().expect("cells").iter().enumerate() {
        assert_eq!((&cell["before"], &cell["expected"]), (&before[ix].into(), &cells[ix].into()));
    }
}

#[test]
fn where_the_pack_kept_no_table_that_is_said() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    run("flat-site", &pack, &["--traces", "none"]);
    let path = pack.join("tick-digests.csv");
    let text = fs::read_to_string(&path).expect("a table");
    let row = text.lines().nth(100).expect("a tick");
    let cells: Vec<&str> = row.split(',').collect();
    let changed = row.replace(cells[2], "0123456789abcdef");
    fs::write(&path, text.replace(row, &changed)).expect("it can be written");
    let (code, stdout, _) = verify(&pack);
    assert_eq!(code, 1);
    let expected = format!(
        "first difference: t = {} s, tick-digests.csv line 101, nodes: expected \"{}\", found \"0123456789abcdef\" (the pack kept no nodes.csv)",
        cells[0], cells[2]
    );
    assert!(stdout.contains(&expected), "{stdout}");
}

#[test]
fn a_pack_of_another_behaviour_that_differs_says_who_decided() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    run("flat-site", &pack, &[]);
    // As another version would have written it: one figure differs, and manifest and sums are of these bytes.
    let rewrite = |name: &str, from: &str, to: &str| {
        let text = fs::read_to_string(pack.join(name)).expect("a file");
        assert!(text.contains(from), "{from} in {name}");
        fs::write(pack.join(name), text.replace(from, to)).expect("it can be written");
    };
    let behaviour = depotsim::BEHAVIOUR;
    let digest = |name: &str| outputs::sha256_hex(&fs::read(pack.join(name)).expect("a file"));
    let names = ["recording.ron", "visits.csv", "manifest.json"];
    let before = names.map(digest);
    rewrite("recording.ron", &format!("behaviour: {behaviour}"), "behaviour: 1");
    rewrite("visits.csv", ",true,", ",false,");
    rewrite("manifest.json", &format!("\"behaviour\": {behaviour}"), "\"behaviour\": 1");
    for ix in 0..2 {
        rewrite("manifest.json", &before[ix], &digest(names[ix]));
    }
    for ix in 0..3 {
        rewrite("SHA256SUMS", &before[ix], &digest(names[ix]));
    }
    let (code, stdout, _) = verify(&pack);
    assert_eq!(code, 1);
    assert!(stdout.contains(&format!("behaviour 1 decided, this is {behaviour}")), "{stdout}");
    assert!(stdout.contains("every tick is the same"), "{stdout}");
    assert!(stdout.contains("visits.csv line 2") && stdout.contains("ready: expected \"true\""), "{stdout}");
    // That is said, too, where something was changed by hand on top of it.
    let recording = fs::read_to_string(pack.join("recording.ron")).expect("a recording");
    fs::write(pack.join("recording.ron"), format!("// changed\n{recording}")).expect("it can be written");
    let (_, stdout, _) = verify(&pack);
    assert!(stdout.contains("recording changed: ") && stdout.contains("; behaviour 1 decided"), "{stdout}");
    fs::write(pack.join("recording.ron"), recording).expect("it can be written");
    fs::remove_file(pack.join("review.html")).expect("a page");
    let (_, stdout, _) = verify(&pack);
    let both = format!("review.html; behaviour 1 decided, this is {behaviour}");
    assert!(stdout.contains(&both), "{stdout}");
}

#[test]
fn missing_and_extra_files_are_found() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    run("flat-site", &pack, &[]);
    fs::remove_file(pack.join("summary.json")).expect("it was there");
    fs::write(pack.join("notes.txt"), "hello").expect("it can be written");
    let (code, stdout, _) = verify(&pack);
    assert_eq!(code, 1);
    assert!(stdout.contains("summary.json: missing") && stdout.contains("notes.txt"), "{stdout}");
}

#[test]
fn what_is_no_pack_is_bad_input() {
    let scratch = folder();
    let (code, stdout, _) = verify(scratch.path());
    assert_eq!(code, 65);
    assert!(stdout.contains("is no pack"), "{stdout}");
}

#[test]
fn a_program_may_read_the_answer() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    run("flat-site", &pack, &[]);
    change_a_digit(&pack.join("cycles.csv"));
    let (code, stdout, _) = depotsim(&["verify", "--json", pack.to_str().expect("a path")]);
    let json: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!(
        (code, &json[0]["equal"], &json[0]["first"]["file"]),
        (1, &false.into(), &"cycles.csv".into())
    );
}
