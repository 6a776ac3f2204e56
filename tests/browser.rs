//! `review.html` in a real browser: Chromium, without network, on a passed, a failed, a rejected, a large and a hostile pack.
//!
//! Protects what a stakeholder sees. `tests/browser/review.mjs` does the looking; `tests/browser/install` installs what it needs (Debian's
//! Chromium and Node, and axe-core from npm). Where that is missing these tests say so and pass, unless `DEPOTSIM_BROWSER=required`.
//! `DEPOTSIM_PICTURES=folder` keeps screenshots.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::{command, folder};

/// A program on the path.
fn found(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|path| path.is_file())
}

/// Chromium and Node, or what is missing.
fn browser() -> Result<(PathBuf, PathBuf), &'static str> {
    let chromium = found(&["chromium", "chromium-browser"]).ok_or("no chromium is installed")?;
    let node = found(&["node", "nodejs"]).ok_or("no node is installed")?;
    let modules = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/node_modules/puppeteer-core");
    if !modules.is_dir() {
        return Err("tests/browser/node_modules is missing");
    }
    Ok((chromium, node))
}

/// Makes a pack with `run` and looks at its page.
fn look(kind: &str, args: &[&str]) {
    let (chromium, node) = match browser() {
        Ok(programs) => programs,
        Err(missing) => {
            assert_ne!(std::env::var("DEPOTSIM_BROWSER").as_deref(), Ok("required"), "{missing}");
            println!("the {kind} page was not looked at: {missing} (tests/browser/install)");
            return;
        }
    };
    let scratch = folder();
    let pack = scratch.path().join("pack");
    let out = pack.to_str().expect("a path");
    let run = command(&[&["run"], args, &["--out", out]].concat()).output().expect("it starts");
    assert!(matches!(run.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&run.stderr));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/review.mjs");
    let mut looking = Command::new(node);
    looking.arg(script).arg(chromium).arg(&pack).arg(kind);
    if let Some(pictures) = std::env::var_os("DEPOTSIM_PICTURES") {
        looking.arg(pictures);
    }
    let looked = looking.output().expect("node starts");
    let (said, error) = (String::from_utf8_lossy(&looked.stdout), String::from_utf8_lossy(&looked.stderr));
    println!("{said}");
    assert!(looked.status.success() && !said.contains("FAILED") && said.contains("ok "), "{said}{error}");
}

#[test]
fn a_passed_run_can_be_reviewed() {
    look("passed", &["wa-pta"]);
}

#[test]
fn a_failed_run_leads_from_its_breaches_to_their_moments() {
    look("failed", &["wa-pta", "--strategy", "uncontrolled"]);
}

#[test]
fn faults_are_told_with_what_they_did() {
    look("faults", &["wa-pta-faults"]);
}

#[test]
fn rejected_cycles_are_told_as_an_operator_saw_them() {
    look("rejected", &["malformed-envelope"]);
}

#[test]
fn five_hundred_connectors_fit_a_page_that_can_be_used() {
    look("large", &["big-depot"]);
}

#[test]
fn names_with_scripts_and_quotes_do_no_harm() {
    let scratch = folder();
    let path = scratch.path().join("hostile.ron");
    fs::write(&path, support::hostile()).expect("a file");
    look("hostile", &[path.to_str().expect("a path")]);
}
