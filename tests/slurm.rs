//! Sweeps on a real Slurm: two nodes on this machine, an array job, a task that is told to stop on its way, and a merge that waits.
//!
//! Protects the scripts of `deploy/slurm` and what they promise: the same bytes as on one machine. Where Slurm is not installed, or the test does
//! not run as root, it says so and tests nothing.

mod support;

use std::fs;
use std::process::Command;
use support::{depotsim, folder};

#[test]
fn an_array_job_on_two_nodes_gives_the_bytes_of_one_thread() {
    let scratch = folder();
    let path = |name: &str| scratch.path().join(name).to_str().expect("a path").to_owned();
    let (plan, here, there) = (path("plan.json"), path("here"), path("there"));
    let axes = ["--axis", "fleet.bus.count=24..28:4", "--axis", "strategy=fair-share,first-come"];
    for args in [
        &[&["sweep", "plan", "wa-pta", "--seeds", "1..2000", "-o", &plan], &axes[..]].concat()[..],
        &["sweep", "run", "--plan", &plan, "--out", &here, "--threads", "1"],
        &["sweep", "merge", "--plan", &plan, "--out", &here],
    ] {
        let (code, _, stderr) = depotsim(args);
        assert_eq!(code, 0, "{stderr}");
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/slurm/try-here");
    let output = Command::new("bash")
        .args([script, env!("CARGO_BIN_EXE_depotsim"), &plan, &there, "8"])
        .output()
        .expect("a shell");
    let (code, stdout, stderr) = support::said(output);
    if code == 69 {
        println!("no test of Slurm here: {stderr}");
        return;
    }
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert!(stdout.contains("nodes: n1 n2"), "{stdout}");
    for name in ["results.csv", "aggregate.csv", "sweep.html"] {
        let of = |out: &str| fs::read(format!("{out}/{name}")).expect("a file");
        assert!(of(&here) == of(&there), "{name}");
    }
}
