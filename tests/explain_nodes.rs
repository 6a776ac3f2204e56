//! `explain` of nodes: what they withhold, what is wrong below them, and whether the pack still tells of the run that is asked about.
//!
//! Protects those who look at a circuit or charge point and not at a single bus.

use crate::support::{depotsim, folder, run};
use serde_json::Value;

/// What a command says as JSON.
fn json(args: &[&str]) -> Value {
    let (code, json, stderr) = depotsim(&[args, &["--json"]].concat());
    assert_eq!(code, 0, "{stderr}");
    serde_json::from_str(&json).expect("JSON")
}

#[test]
fn what_a_node_withholds_by_pausing_is_told_apart() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    run("wa-pta-faults", &pack, &["--traces", "none"]);
    let pack = pack.to_str().expect("a path");
    // Cycles count what a limit takes off those who charge, and what it takes by pausing somebody, as two.
    let status = json(&["status", pack, "--at", "17:50"]);
    assert_eq!(status["constraint"]["node"], "C1", "{status}");
    let explained = json(&["explain", pack, "C1", "--at", "17:50"]);
    let by = &explained["withheld"][0];
    let watts = |value: &Value| value.as_u64().unwrap_or_else(|| panic!("watts in {explained}"));
    assert_eq!(by["node"], "C1", "{explained}");
    assert!(watts(&by["paused_w"]) > 0, "{explained}");
    assert_eq!(watts(&by["withheld_w"]) - watts(&by["paused_w"]), watts(&status["constraint"]["withheld_w"]));
    let (_, text, _) = depotsim(&["explain", pack, "C1", "--at", "17:50"]);
    assert!(text.contains("kW  of it by pausing C1-"), "{text}");
    // Both are called the same everywhere, and the status tells the one that its cycle does not count beside the other.
    let kw = |watts: u64| format!("{}.{:03} kW", watts / 1000, watts % 1000);
    let counted_w = watts(&status["constraint"]["withheld_w"]);
    let counted = format!(
        "{}  of it by its limit (what the status, the page and cycles.csv call withheld)\n",
        kw(counted_w)
    );
    assert!(text.contains(&counted), "{text}");
    assert_eq!(status["constraint"]["paused_w"], by["paused_w"]);
    assert_eq!(status["constraint"]["lowered_w"], status["constraint"]["withheld_w"]);
    let (_, text, _) = depotsim(&["status", pack, "--at", "17:50"]);
    assert!(text.contains(&format!("withheld {} by its limit\n", kw(counted_w))), "{text}");
    let paused = by["paused"].as_array().expect("a list").len();
    let besides =
        format!("pauses {paused} besides, which withholds {} more: C1-", kw(watts(&by["paused_w"])));
    assert!(text.contains(&besides), "{text}");
}

#[test]
fn a_charge_point_tells_what_is_wrong_with_its_chargers() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    run("wa-pta-faults", &pack, &["--traces", "none"]);
    let pack = pack.to_str().expect("a path");
    let (_, text, _) = depotsim(&["explain", pack, "C1-P2", "--at", "18:50"]);
    let line =
        "  C1-P2-1  offline            since 2026-03-04T18:28:00+08:00 until 2026-03-04T19:10:00+08:00\n";
    assert!(text.contains(&format!("\nfaults\n{line}")), "{text}");
    let json = json(&["explain", pack, "C4", "--at", "19:10"]);
    assert_eq!(json["faults"], serde_json::json!([]));
    assert_eq!(json["faults_below"][0]["node"], "C4-P4-1", "{json}");
    assert_eq!(json["faults_below"][0]["faults"][0]["kind"], "faulted", "{json}");
}

/// Two connectors may ask for more than their charge point can pass on: cycles count what can be taken, and connectors show what they ask for.
#[test]
fn what_the_cycle_counts_as_withheld_stands_beside_what_connectors_lack() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    run("wa-pta-charge-point", &pack, &["--traces", "none"]);
    let pack = pack.to_str().expect("a path");
    let at = |command: &[&str]| json(&[command, &["--at", "19:18"]].concat());
    let constraint = at(&["status", pack])["constraint"].clone();
    assert_eq!(constraint["node"], "GC1");
    let explained = at(&["explain", pack, "GC1"]);
    assert_eq!(explained["counted_w"], constraint["withheld_w"]);
    assert!(explained["withheld"][0]["withheld_w"].as_u64() > constraint["withheld_w"].as_u64());
    let (_, text, _) = depotsim(&["explain", pack, "GC1", "--at", "19:18"]);
    assert!(text.contains("kW  of it the cycle counts: "), "{text}");
    assert_eq!(at(&["explain", pack, "C1"])["counted_w"], Value::Null, "another node is named");
}

#[test]
fn who_asks_a_pack_whose_recording_was_edited_hears_that_its_tables_tell_of_another_run() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    run("flat-site", &pack, &["--traces", "none"]);
    let at = ["--at", "20:00"];
    let path = pack.to_str().expect("a path");
    let (code, _, stderr) = depotsim(&[&["status", path][..], &at].concat());
    assert_eq!((code, stderr.as_str()), (0, ""));
    let visits = std::fs::read_to_string(pack.join("recording-visits.csv")).expect("visits");
    std::fs::write(pack.join("recording-visits.csv"), visits.replacen('1', "2", 1))
        .expect("it can be edited");
    for command in ["status", "explain"] {
        let subject: &[&str] = if command == "status" { &[] } else { &["GC1"] };
        let (code, _, stderr) = depotsim(&[&[command, path][..], subject, &at].concat());
        assert!(stderr.contains("warning: recording-visits.csv was edited"), "{code}: {stderr}");
    }
}

/// Cycles come every five minutes: what one counted says nothing of who asks three minutes later.
#[test]
fn what_a_cycle_counted_is_not_told_of_a_later_moment() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    run("wa-pta-charge-point", &pack, &["--traces", "none", "--set", "rebalance=5min"]);
    let pack = pack.to_str().expect("a path");
    let counted = |at: &str| json(&["explain", pack, "GC1", "--at", at])["counted_w"].as_u64();
    assert!(counted("19:15").is_some_and(|counted_w| counted_w > 0), "GC1 withholds power then");
    assert_eq!(counted("19:18"), None);
    let (_, text, _) = depotsim(&["explain", pack, "GC1", "--at", "19:18"]);
    assert!(!text.contains("the cycle counts"), "{text}");
}

#[test]
fn a_pack_that_another_behaviour_decided_is_answered_with_a_warning() {
    let pack = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/recordings/schema-1-behaviour-5");
    let (code, _, stderr) = depotsim(&["status", pack]);
    assert_eq!(code, 0, "{stderr}");
    assert!(stderr.contains("warning: behaviour 5 decided this pack"), "{stderr}");
}

#[test]
fn who_still_charges_when_the_run_ends_is_told_as_that() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    let path = pack.to_str().expect("a path");
    let arguments = ["run", "wa-pta", "--traces", "none", "--set", "duration=8h", "--out", path];
    let (_, stdout, _) = depotsim(&arguments);
    assert!(
        stdout.contains(" not ready when the run ended, ") && stdout.contains(" kWh short\n"),
        "{stdout}"
    );
    let page = std::fs::read_to_string(pack.join("review.html")).expect("a page");
    assert!(page.contains("the run ended while it was still there"));
}
