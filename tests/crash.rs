//! Killed, without room, without a place, without a listener: a pack is whole or absent, and the exit code says why.
//!
//! `scripts/crash-safety` kills hundreds of runs at random moments; here are a few.
#![cfg(unix)]

mod support;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use support::{depotsim, files, folder, run};

const PROGRAM: &str = env!("CARGO_BIN_EXE_depotsim");

fn text(path: &Path) -> &str {
    path.to_str().expect("a path")
}

/// Runs a line of shell in which `$depotsim` is the program; exit code and stderr.
fn shell(line: &str) -> (i32, String) {
    let output = Command::new("bash").args(["-c", line]).env("depotsim", PROGRAM).output().expect("a shell");
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_run_that_is_killed_leaves_a_whole_pack_or_none() {
    let scratch = folder();
    let (whole, other) = (scratch.path().join("whole"), scratch.path().join("other"));
    let begun = Instant::now();
    run("wa-pta", &whole, &[]);
    let lasts = begun.elapsed();
    run("wa-pta", &other, &["--seed", "2"]);
    let (expected, before) = (files(&whole), files(&other));
    let (mut killed, mut placed) = (0, 0);
    for round in 0..24_u32 {
        // A new place, and one at which another pack stands.
        let target = scratch.path().join(format!("target-{round}"));
        let replaces = round % 2 == 1;
        if replaces {
            run("wa-pta", &target, &["--seed", "2"]);
        }
        let mut child = Command::new(PROGRAM)
            .args(["run", "wa-pta", "--force", "--out", text(&target)])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        std::thread::sleep(lasts * (round * 7 % 24) / 23);
        child.kill().expect("it can be killed, or has ended");
        killed += u32::from(child.wait().expect("it ends").code().is_none());
        assert!(target.exists() || !replaces, "round {round}: the old pack or the new one stands there");
        if target.exists() {
            placed += 1;
            let found = files(&target);
            assert!(found == expected || (replaces && found == before), "round {round}");
        }
    }
    assert!(killed > 0 && placed > 0, "{killed} of 24 were killed, {placed} packs stand");
    // What the killed ones left behind is in nobody's way.
    run("wa-pta", &scratch.path().join("target-0"), &["--force"]);
}

#[test]
fn without_room_for_a_file_there_is_no_pack_and_the_exit_code_is_74() {
    let scratch = folder();
    let out = scratch.path().join("pack");
    for blocks in [0, 1, 8, 64, 300] {
        let line =
            format!("trap '' XFSZ; ulimit -f {blocks}; exec $depotsim run wa-pta --out {}", text(&out));
        let (code, stderr) = shell(&line);
        assert!(
            code == 74 && (stderr.contains("writing") || stderr.contains("cannot write")),
            "{blocks} blocks: exit {code}, {stderr}"
        );
        assert!(!out.exists(), "{blocks} blocks");
        assert_eq!(files(scratch.path()).len(), 0, "nothing is left behind");
    }
    let pack = scratch.path().join("whole");
    run("flat-site", &pack, &[]);
    let line = format!("trap '' XFSZ; ulimit -f 8; exec $depotsim verify {}", text(&pack));
    let (code, _) = shell(&line);
    assert_eq!(code, 74, "verify says that it has no room for the rerun, not that the pack differs");
}

#[test]
fn where_nothing_can_be_created_the_exit_code_is_73() {
    let scratch = folder();
    let file = scratch.path().join("file");
    std::fs::write(&file, "in the way").expect("it can be written");
    let below = file.join("pack");
    for out in [text(&below), "/proc/depotsim/pack", text(&file)] {
        let (code, _, stderr) = depotsim(&["run", "flat-site", "--out", out]);
        assert!(code == 73, "{out}: exit {code}, {stderr}");
    }
    assert_eq!(std::fs::read_to_string(&file).expect("it is still there"), "in the way");
}

#[test]
fn a_full_standard_output_is_74_and_a_closed_one_changes_nothing() {
    let scratch = folder();
    let (pack, other) = (scratch.path().join("pack"), scratch.path().join("other"));
    run("flat-site", &pack, &[]);
    let (pack, other) = (text(&pack), text(&other));
    let commands = [
        format!("run flat-site --force --out {other}"),
        format!("verify {pack}"),
        format!("replay {pack} --force --out {other}"),
        format!("diff {pack} {pack}"),
        "hunt --budget 4".to_owned(),
        "strategies".to_owned(),
    ];
    for command in commands {
        if Path::new("/dev/full").exists() {
            let (code, stderr) = shell(&format!("exec $depotsim {command} >/dev/full"));
            assert!(code == 74, "{command}: exit {code}, {stderr}");
        }
        let line = format!("$depotsim {command} | sleep 0; exit ${{PIPESTATUS[0]}}");
        let begun = Instant::now();
        let (code, stderr) = shell(&line);
        assert!(code == 0, "{command}: exit {code}, {stderr}");
        assert!(begun.elapsed() < Duration::from_secs(60), "{command} ends soon");
    }
}

#[test]
fn a_difference_is_1_whoever_listens() {
    let scratch = folder();
    let (pack, other) = (scratch.path().join("pack"), scratch.path().join("other"));
    run("flat-site", &pack, &[]);
    run("flat-site", &other, &["--seed", "2"]);
    let visits = std::fs::read_to_string(other.join("visits.csv")).expect("a table");
    std::fs::write(other.join("visits.csv"), visits.replacen("true", "false", 1)).expect("it can be changed");
    let (pack, other) = (text(&pack), text(&other));
    for command in
        [format!("verify {other}"), format!("verify {other} --json"), format!("diff {pack} {other}")]
    {
        for listener in ["true", "head -1 >/dev/null", "cat >/dev/null"] {
            let (code, stderr) = shell(&format!("$depotsim {command} | {listener}; exit ${{PIPESTATUS[0]}}"));
            assert!(code == 1, "{command} | {listener}: exit {code}, {stderr}");
        }
    }
    let (code, stderr) = shell("$depotsim check no-such-scenario | true; exit ${PIPESTATUS[0]}");
    assert_eq!(code, 65, "{stderr}");
}
