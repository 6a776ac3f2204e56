//! Checks from outside: what a scenario asks of a run decides its exit code, and every file that tells of it says the same.
//!
//! Protects the verdict that CI and people rely on.

use crate::support::{command, depotsim, files, folder, run, said, table};
use serde_json::Value;
use std::fs;
use std::path::Path;

fn summary(pack: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(pack.join("summary.json")).expect("a summary")).expect("JSON")
}

#[test]
fn wa_pta_and_its_sibling_pass_every_check_under_many_seeds() {
    let scratch = folder();
    for scenario in ["wa-pta", "wa-pta-charge-point"] {
        for seed in ["1", "2", "3", "4", "5", "2026"] {
            let pack = scratch.path().join(format!("{scenario}-{seed}"));
            let report = run(scenario, &pack, &["--seed", seed, "--traces", "none"]);
            assert!(report.contains("checks      9 of 9 passed\n"), "{report}");
            assert_eq!(summary(&pack)["verdict"], "PASS");
        }
    }
}

#[test]
fn a_check_that_fails_ends_with_exit_code_1_and_the_pack_is_whole() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    let out = pack.to_str().expect("a path");
    let (code, stdout, stderr) = depotsim(&["run", "wa-pta", "--strategy", "uncontrolled", "--out", out]);
    assert_eq!(code, 1, "{stdout}{stderr}");
    assert!(stderr.contains("checks failed: limits, peak, "), "{stderr}");
    assert!(
        stdout.contains("FAILED limits (PTA-2 limits): no node draws more than its effective limit"),
        "{stdout}"
    );
    let summary = summary(&pack);
    assert_eq!(summary["verdict"], "FAIL");
    let failed = |check: &&Value| check["passed"] == false;
    let checks = summary["checks"].as_array().expect("checks");
    let junit = fs::read_to_string(pack.join("junit.xml")).expect("junit.xml");
    let count = checks.iter().filter(failed).count();
    assert_eq!(junit.matches("<failure ").count(), count);
    assert!(junit.contains(&format!("tests=\"9\" failures=\"{count}\"")), "{junit}");
    // The breach that is named is the largest of breaches.csv.
    let limits = checks.iter().find(|check| check["id"] == "limits").expect("a check");
    let breaches = table(&pack.join("breaches.csv"));
    let largest = breaches
        .iter()
        .max_by_key(|row| crate::support::thousandths(&row["peak_over_kw"]))
        .expect("a breach");
    assert_eq!(
        (limits["node"].as_str(), limits["at"].as_str()),
        (Some(&*largest["node"]), Some(&*largest["start"]))
    );
    assert!(
        limits["found"].as_str().expect("a sentence").starts_with(&format!("{} breaches; ", breaches.len()))
    );
    let (code, stdout, _) = depotsim(&["verify", out]);
    assert_eq!((code, stdout.trim_end()), (0, format!("{out}: equal").as_str()));
    // The same bytes again: the pack is identical, and the checks still fail.
    let again = depotsim(&["run", "wa-pta", "--strategy", "uncontrolled", "--out", out]);
    assert!(again.0 == 1 && again.1.contains("(identical)"), "{again:?}");
}

#[test]
fn a_mistake_in_a_check_is_reported_with_its_place() {
    let scratch = folder();
    let cases = [
        ("check: PeakAtMost(node: \"GC1\"", "check: PeakAtMost(node: \"GC9\"", "checks.peak.check.node"),
        ("check: PeakAtMost(node: \"GC1\"", "check: PeakAtMost(node: \"C1-P1-1\"", "is a connector"),
        ("id: \"peak\"", "id: \"limits\"", "stands twice"),
        ("reason: \"CHARGER_CIRCUIT_LIMIT\"", "reason: \"CHARGER_CIRCUIT_LIMITS\"", "did you mean"),
        (
            "from: \"16:30\", to: \"22:00\"",
            "from: \"d3 16:30\", to: \"d3 22:00\"",
            "no cycle of the run lies in the window",
        ),
        ("requirement: \"PTA-5 service\"", "requirement: \" \"", "checks.ready.requirement"),
        ("check: NeverRejected", "check: NeverRejcted", "NeverRejected"),
    ];
    let (_, text, _) = depotsim(&["show", "wa-pta"]);
    let source = scenarios::Bundled::find("wa-pta").expect("it is bundled").text;
    assert!(text.contains("checks: ["), "{text}");
    for (ix, (before, after, message)) in cases.into_iter().enumerate() {
        assert!(source.contains(before), "{before}");
        let path = scratch.path().join(format!("{ix}.ron"));
        fs::write(&path, source.replacen(before, after, 1)).expect("a file");
        let (code, stdout, stderr) = depotsim(&["check", path.to_str().expect("a path")]);
        assert_eq!(code, 65, "{after}: {stdout}{stderr}");
        assert!(format!("{stdout}{stderr}").contains(message), "{after}: {stdout}{stderr}");
    }
}

#[test]
fn a_value_of_a_check_can_be_replaced_by_its_path() {
    let scratch = folder();
    let out = scratch.path().join("pack");
    let out = out.to_str().expect("a path");
    let set = ["--set", "checks.peak.check.power_kw=1000", "--traces", "none", "--out", out, "--json"];
    let output = command(&[&["run", "wa-pta"][..], &set].concat()).output().expect("it starts");
    let (code, stdout, stderr) = said(output);
    assert_eq!(code, 1, "{stderr}");
    let summary: Value = serde_json::from_str(&stdout).expect("the summary alone is on stdout");
    let failed: Vec<&Value> = summary["checks"]
        .as_array()
        .expect("checks")
        .iter()
        .filter(|check| check["passed"] == false)
        .collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0]["found"], "1100.000 kW at 2026-03-04 20:30");
}

#[test]
fn the_data_package_describes_every_table_that_is_there() {
    // Visits of the second have columns that those of the first have not.
    ["wa-pta-faults", "layover"].into_iter().for_each(is_described);
}

fn is_described(scenario: &str) {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    run(scenario, &pack, &[]);
    let text = fs::read_to_string(pack.join("datapackage.json")).expect("datapackage.json");
    let package: Value = serde_json::from_str(&text).expect("JSON");
    let found = files(&pack);
    let resources = package["resources"].as_array().expect("resources");
    let described: Vec<&str> =
        resources.iter().map(|resource| resource["path"].as_str().expect("a path")).collect();
    let tables: Vec<&str> = found.keys().map(String::as_str).filter(|name| name.ends_with(".csv")).collect();
    assert_eq!(described, tables);
    for resource in resources {
        let path = resource["path"].as_str().expect("a path");
        let header =
            std::str::from_utf8(&found[path]).expect("UTF-8").lines().next().expect("a header").to_owned();
        let names: Vec<&str> = resource["schema"]["fields"]
            .as_array()
            .expect("fields")
            .iter()
            .map(|field| field["name"].as_str().expect("a name"))
            .collect();
        assert_eq!(header, names.join(","), "{path}");
        for field in resource["schema"]["fields"].as_array().expect("fields") {
            assert_ne!(field["description"], "", "{path}: {field}");
        }
        assert_eq!(resource["bytes"], found[path].len());
    }
}
