//! The WA-PTA night, read from its pack as a reviewer would read it.
//!
//! Protects the validation story: which limits bind, that none is exceeded, that meters add up and that every bus is ready.

use crate::support::{files, folder, run, table, thousandths};
use outputs::sha256_hex;
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn circuits_grid_connection_and_envelope_each_curtail_and_are_named() {
    for (scenario, more) in [("wa-pta", &[][..]), ("wa-pta-charge-point", &[]), ("wa-pta", &["--seed", "17"])]
    {
        let scratch = folder();
        let pack = scratch.path().join("pack");
        run(scenario, &pack, more);
        let seen: BTreeSet<(String, String, String)> = table(&pack.join("cycles.csv"))
            .into_iter()
            .map(|row| (row["outcome"].clone(), row["reason"].clone(), row["limit_source"].clone()))
            .collect();
        let expected = [
            ("APPLIED", "UNCONSTRAINED", ""),
            ("CURTAILED", "CHARGER_CIRCUIT_LIMIT", "safe_operating_capacity"),
            ("CURTAILED", "GRID_CONNECTION_LIMIT", "safe_operating_capacity"),
            ("CURTAILED", "GRID_CONNECTION_LIMIT", "operating_envelope"),
        ];
        for (outcome, reason, source) in expected {
            let row = (outcome.to_owned(), reason.to_owned(), source.to_owned());
            assert!(seen.contains(&row), "{scenario} {more:?} has {row:?} in {seen:?}");
        }
        let visits = table(&pack.join("visits.csv"));
        assert_eq!(visits.len(), 28);
        assert!(visits.iter().all(|visit| visit["ready"] == "true"), "every bus is ready");
    }
}

#[test]
fn no_node_is_allocated_more_than_its_limit_and_every_meter_is_the_sum_below_it() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    run("wa-pta", &pack, &[]);
    let mut below: BTreeMap<(String, String), i64> = BTreeMap::new();
    for row in table(&pack.join("connectors.csv")) {
        *below.entry((row["t_s"].clone(), row["charge_point"].clone())).or_default() +=
            thousandths(&row["measured_kw"]);
    }
    let nodes = table(&pack.join("nodes.csv"));
    assert_eq!(nodes.len(), 960 * 22);
    let mut loads_below: BTreeMap<(String, String), i64> = BTreeMap::new();
    for row in &nodes {
        let parent = (row["t_s"].clone(), row["parent"].clone());
        *below.entry(parent.clone()).or_default() += thousandths(&row["measured_kw"]);
        *loads_below.entry(parent).or_default() += thousandths(&row["base_load_kw"]);
    }
    for row in &nodes {
        let here = (row["t_s"].clone(), row["node"].clone());
        if !row["ev_limit_kw"].is_empty() {
            assert!(thousandths(&row["allocated_kw"]) <= thousandths(&row["ev_limit_kw"]), "{row:?}");
        }
        let own_load = thousandths(&row["base_load_kw"]) - loads_below.get(&here).copied().unwrap_or(0);
        assert_eq!(thousandths(&row["measured_kw"]), below[&here] + own_load, "{row:?}");
    }
}

#[test]
fn the_sums_and_the_manifest_are_those_of_the_files() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    run("wa-pta", &pack, &[]);
    let found = files(&pack);
    let sums = std::str::from_utf8(&found["SHA256SUMS"]).expect("UTF-8");
    let listed: BTreeMap<&str, &str> = sums
        .lines()
        .map(|line| line.split_once("  ").expect("sum and name"))
        .map(|(sum, name)| (name, sum))
        .collect();
    let manifest: serde_json::Value = serde_json::from_slice(&found["manifest.json"]).expect("JSON");
    for (name, bytes) in found.iter().filter(|(name, _)| *name != "SHA256SUMS") {
        assert_eq!(listed[name.as_str()], sha256_hex(bytes), "{name}");
        if name != "manifest.json" {
            let files = manifest["files"].as_array().expect("a list");
            let entry = files.iter().find(|entry| entry["name"] == name.as_str()).expect("an entry");
            assert_eq!((&entry["bytes"], &entry["sha256"]), (&bytes.len().into(), &sha256_hex(bytes).into()));
        }
    }
    assert_eq!(manifest["run_digest"], sha256_hex(&found["tick-digests.csv"]));
    let run = (&manifest["behaviour"], &manifest["seed"], &manifest["strategy"], &manifest["control"]);
    assert_eq!(run, (&depotsim::BEHAVIOUR.into(), &1.into(), &"fair-share".into(), &"connector".into()));
}
