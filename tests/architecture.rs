//! The arrows between the rooms, and the tidiness of what is in them.
//!
//! Protects what ARCHITECTURE.md says: the balancer depends on nothing, and nobody looks upwards.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The ordinary dependencies of a package of this workspace, by package name.
fn dependencies(package: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo tells its metadata");
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("a list");
    let found =
        packages.iter().find(|candidate| candidate["name"] == package).expect("a package of the workspace");
    let all = found["dependencies"].as_array().expect("a list").iter();
    all.filter(|dependency| dependency["kind"].is_null())
        .map(|dependency| dependency["name"].as_str().expect("a name").to_owned())
        .collect()
}

fn rooms(of: &str) -> Vec<String> {
    dependencies(of).into_iter().filter(|name| name.starts_with("depotsim-")).collect()
}

#[test]
fn the_balancer_depends_on_nothing() {
    assert_eq!(dependencies("depotsim-balancer"), BTreeSet::new());
}

#[test]
fn the_simulation_depends_on_the_balancer_and_an_error_crate_only() {
    let expected = ["depotsim-balancer", "thiserror"].map(str::to_owned);
    assert_eq!(dependencies("depotsim-sim"), BTreeSet::from(expected));
}

#[test]
fn scenarios_and_outputs_know_the_simulation_and_not_each_other() {
    assert_eq!(rooms("depotsim-scenarios"), ["depotsim-sim"]);
    assert_eq!(rooms("depotsim-outputs"), ["depotsim-sim"]);
}

#[test]
fn only_the_command_line_draws_progress_and_starts_threads() {
    for room in ["depotsim-balancer", "depotsim-sim", "depotsim-scenarios", "depotsim-outputs"] {
        let found = dependencies(room);
        for edge in ["clap", "indicatif", "rayon", "tempfile"] {
            assert!(!found.contains(edge), "{room} depends on {edge}");
        }
    }
}

#[test]
fn every_room_opens_with_its_description_and_no_file_outgrows_a_head() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = Vec::new();
    for folder in ["src", "balancer", "sim", "scenarios", "outputs", "tests", "benches"] {
        collect(&root.join(folder), &mut sources);
    }
    assert!(sources.len() > 60, "the sources were found");
    for path in sources {
        let text = fs::read_to_string(&path).expect("a source file");
        let shown = path.display();
        assert!(text.starts_with("//!"), "{shown} opens with what it is for");
        assert!(text.lines().count() <= 620, "{shown} is longer than fits in one's head");
    }
}

fn collect(folder: &Path, sources: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sources.push(path);
        }
    }
}
