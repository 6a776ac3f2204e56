//! Recordings that people keep: read for ever, or refused with what to do.
//!
//! `tests/golden/recordings/` holds one recording of each schema and behaviour that there has been, named after both, with the manifest and
//! the tick digests of its run. A new schema or behaviour puts one there and takes none away.

use crate::support::{depotsim, folder, run};
use std::fs;
use std::path::{Path, PathBuf};

fn goldens() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/recordings");
    let mut found: Vec<PathBuf> =
        fs::read_dir(root).expect("the recordings").map(|entry| entry.expect("an entry").path()).collect();
    found.sort();
    found
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path")
}

fn manifest(pack: &Path) -> serde_json::Value {
    serde_json::from_str(&fs::read_to_string(pack.join("manifest.json")).expect("a manifest")).expect("JSON")
}

/// A copy of a golden recording in which something stands for something else.
fn changed(golden: &Path, scratch: &Path, from: &str, to: &str) -> PathBuf {
    let pack = scratch.join("pack");
    fs::create_dir_all(&pack).expect("a folder can be made");
    for file in ["recording-visits.csv", "manifest.json", "tick-digests.csv"] {
        fs::copy(golden.join(file), pack.join(file)).expect("it can be copied");
    }
    let recording = fs::read_to_string(golden.join("recording.ron")).expect("a recording");
    assert!(recording.contains(from), "{from}");
    fs::write(pack.join("recording.ron"), recording.replacen(from, to, 1)).expect("it can be written");
    pack
}

/// Writes the recording of this schema and behaviour, if asked to and if there is none.
fn bless(scratch: &Path) {
    let name = format!("schema-{}-behaviour-{}", scenarios::SCHEMA, depotsim::BEHAVIOUR);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let golden = root.join("golden/recordings").join(name);
    if std::env::var_os("BLESS").is_none() || golden.exists() {
        return;
    }
    let pack = scratch.join("blessed");
    run(text(&root.join("replay/depot.ron")), &pack, &["--traces", "none"]);
    fs::create_dir_all(&golden).expect("a folder can be made");
    for file in ["recording.ron", "recording-visits.csv", "manifest.json", "tick-digests.csv"] {
        fs::copy(pack.join(file), golden.join(file)).expect("it can be copied");
    }
}

#[test]
fn every_recording_there_has_been_is_read_and_those_of_this_behaviour_give_the_same_digests() {
    let scratch = folder();
    bless(scratch.path());
    let mut is_current_there = false;
    for golden in goldens() {
        let name = golden.file_name().expect("a name").to_string_lossy().into_owned();
        let out = scratch.path().join(&name);
        let (code, stdout, stderr) = depotsim(&["replay", text(&golden), "--out", text(&out)]);
        assert_eq!(code, 0, "{name}: {stderr}");
        let (before, after) = (manifest(&golden), manifest(&out));
        assert!(name.ends_with(&format!("-behaviour-{}", before["behaviour"])), "{name}");
        assert_eq!(before["seed"], after["seed"], "{name}");
        if before["behaviour"] == depotsim::BEHAVIOUR {
            is_current_there = true;
            assert_eq!(before["run_digest"], after["run_digest"], "{name}: {stdout}");
            assert_eq!(
                fs::read(golden.join("tick-digests.csv")).expect("digests"),
                fs::read(out.join("tick-digests.csv")).expect("digests"),
                "{name}"
            );
        }
    }
    let behaviour = depotsim::BEHAVIOUR;
    assert!(
        is_current_there,
        "there is a recording of behaviour {behaviour} (BLESS=1 cargo test --test all stability:: writes it)"
    );
}

#[test]
fn a_recording_of_a_newer_format_is_refused_with_what_can_be_read() {
    let scratch = folder();
    let golden = &goldens()[0];
    for schema in ["0", "2", "999"] {
        let pack = changed(golden, scratch.path(), "schema: 1", &format!("schema: {schema}"));
        for command in ["verify", "replay"] {
            let out = scratch.path().join("out");
            let args = match command {
                "verify" => vec!["verify", text(&pack)],
                _ => vec!["replay", text(&pack), "--out", text(&out)],
            };
            let (code, stdout, stderr) = depotsim(&args);
            let said = format!("{stdout}{stderr}");
            assert_eq!(code, 65, "{command}, schema {schema}: {said}");
            assert!(said.contains(&format!("schema {schema} is not known")), "{said}");
            assert!(said.contains("reads schema 1"), "{said}");
            assert!(!out.exists());
        }
    }
}

#[test]
fn a_recording_of_a_newer_behaviour_is_read_and_its_differences_are_told_as_such() {
    let scratch = folder();
    let golden = &goldens()[0];
    let behaviour = manifest(golden)["behaviour"].to_string();
    let pack = changed(golden, scratch.path(), &format!("behaviour: {behaviour}"), "behaviour: 99");
    let out = scratch.path().join("out");
    let (code, stdout, stderr) = depotsim(&["replay", text(&pack), "--out", text(&out)]);
    assert_eq!(code, 0, "{stderr}");
    let who = format!("behaviour 99 decided then, {} decides now", depotsim::BEHAVIOUR);
    assert!(stdout.contains("recording.ron edited, ") && stdout.contains(&who), "{stdout}");
    let recording = fs::read_to_string(out.join("recording.ron")).expect("a recording");
    assert!(recording.contains("behaviour: 99"), "the new pack says who decided before:\n{recording}");
    assert!(recording.contains(&format!("behaviour: {}", depotsim::BEHAVIOUR)), "{recording}");
}
