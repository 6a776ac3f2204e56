//! Every bundled scenario, from outside: it runs, the checker is content, a second run has the same bytes, and `verify` confirms them.
//!
//! Protects the library that people begin with.

use crate::support::{depotsim, files, folder, run, table};

#[test]
fn every_bundled_scenario_runs_twice_to_the_same_bytes_and_verifies() {
    let (code, list, _) = depotsim(&["scenarios"]);
    assert_eq!(code, 0);
    let names: Vec<&str> = list.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let expected = [
        "wa-pta",
        "wa-pta-charge-point",
        "flat-site",
        "real-depot",
        "nested-boards",
        "two-connections",
        "layover",
        "campus",
        "big-depot",
        "stale-feed",
        "malformed-envelope",
        "circuit-outage",
        "broken-site-data",
        "charger-offline",
        "comms-loss",
        "preconditioning",
        "told-and-true",
        "demand-response",
        "wa-pta-faults",
    ];
    assert_eq!(names, expected);
    let scratch = folder();
    for name in names {
        let pack = |which: &str| scratch.path().join(format!("{name}-{which}"));
        run(name, &pack("a"), &["--traces", "changes"]);
        run(name, &pack("b"), &["--traces", "changes"]);
        assert!(files(&pack("a")) == files(&pack("b")), "{name}: equal bytes");
        let (code, said, _) = depotsim(&["verify", pack("a").to_str().expect("a path")]);
        assert_eq!(code, 0, "{name}: {said}");
    }
}

#[test]
fn most_buses_are_ready_and_managed_depots_have_no_breaches() {
    let scratch = folder();
    for (name, least_pct) in
        [("nested-boards", 100), ("two-connections", 100), ("layover", 90), ("big-depot", 100)]
    {
        for seed in ["1", "2", "3"] {
            let pack = scratch.path().join(format!("{name}-{seed}"));
            run(name, &pack, &["--seed", seed, "--traces", "none"]);
            let visits = table(&pack.join("visits.csv"));
            let ready = visits.iter().filter(|visit| visit["ready"] == "true").count();
            assert!(ready * 100 >= visits.len() * least_pct, "{name} {seed}: {ready} of {}", visits.len());
            assert!(table(&pack.join("breaches.csv")).is_empty(), "{name} {seed}");
            let curtailed = table(&pack.join("cycles.csv"))
                .iter()
                .filter(|cycle| cycle["outcome"] == "CURTAILED")
                .count();
            assert!(curtailed > 50, "{name} {seed} shows curtailment");
        }
    }
}

#[test]
fn site_data_that_break_in_mid_run_are_rejected_held_and_mended() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    run("two-connections", &pack, &[]);
    let cycles = table(&pack.join("cycles.csv"));
    let rejected: Vec<_> = cycles.iter().filter(|cycle| cycle["outcome"] == "REJECTED").collect();
    assert_eq!(rejected.len(), 15);
    for cycle in &rejected {
        assert_eq!((cycle["reason"].as_str(), cycle["subject"].as_str()), ("INVALID_TOPOLOGY", "N2"));
        assert!(cycle["detail"].contains("\"NORHT\" is no node of the site"), "{}", cycle["detail"]);
    }
    assert_eq!(rejected[0]["time"], "2026-10-06T20:45:00+02:00");
    assert_eq!(rejected[14]["time"], "2026-10-06T20:59:00+02:00");
    // Five minutes of what was held, then 20 kW for each bus that is there.
    let connectors = table(&pack.join("connectors.csv"));
    let highest = |time: &str| {
        let setpoints =
            connectors.iter().filter(|row| row["time"].contains(time)).map(|row| row["setpoint_kw"].as_str());
        setpoints.map(crate::support::thousandths).max().expect("rows")
    };
    assert!(highest("T20:49") > 20_000);
    assert_eq!((highest("T20:50"), highest("T20:59")), (20_000, 20_000));
    assert!(highest("T21:00") > 20_000);
    let nodes = table(&pack.join("nodes.csv"));
    let limit = |time: &str| {
        let row =
            nodes.iter().find(|row| row["node"] == "SOUTH" && row["time"].contains(time)).expect("a row");
        row["limit_kw"].clone()
    };
    assert_eq!(
        (limit("T21:59"), limit("T22:00"), limit("T01:00")),
        ("300.150".into(), "120.000".into(), "300.150".into())
    );
    let events = table(&pack.join("events.csv"));
    let told: Vec<_> = events
        .iter()
        .filter(|event| event["event"].starts_with("site_"))
        .map(|event| (event["event"].as_str(), event["subject"].as_str()))
        .collect();
    let expected =
        [("site_refused", "N2"), ("site_mended", "N2"), ("site_changed", "SOUTH"), ("site_changed", "SOUTH")];
    assert_eq!(told, expected);
}

#[test]
fn nested_circuits_are_told_in_every_table() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    run("nested-boards", &pack, &[]);
    let nodes = table(&pack.join("nodes.csv"));
    let parent = |node: &str| nodes.iter().find(|row| row["node"] == node).expect("a row")["parent"].clone();
    assert_eq!(
        (parent("D1"), parent("D"), parent("B"), parent("MAIN")),
        ("D".into(), "B".into(), "MAIN".into(), "GC1".into())
    );
    let connectors = table(&pack.join("connectors.csv"));
    let row = connectors.iter().find(|row| row["connector"] == "D1-P3").expect("a row");
    assert_eq!((row["charger_circuit"].as_str(), row["charge_point"].as_str()), ("D1", "D1-P3"));
    // Boards of every depth hold somebody back at some time.
    for board in ["MAIN", "A1", "D", "D1"] {
        assert!(connectors.iter().any(|row| row["constrained_by"] == board), "{board}");
    }
    let svg = std::fs::read_to_string(pack.join("plots/branches.svg")).expect("a plot");
    let panels = svg.lines().filter(|line| line.starts_with("limit ") && line.contains(", constrained "));
    assert_eq!(panels.count(), 9, "a panel for each board");
    let (code, text, _) = depotsim(&["topology", "nested-boards"]);
    assert_eq!(code, 0);
    let depth = |id: &str| {
        let line = text.lines().find(|line| line.split_whitespace().next() == Some(id)).expect("a row");
        (line.len() - line.trim_start().len()) / 2
    };
    assert_eq!(["YARD", "GC1", "MAIN", "B", "D", "D1", "D1-P1"].map(depth), [0, 1, 2, 3, 4, 5, 6]);
}

/// A week is too long for a note beside a peak, and a peak that leaves the plot is no value to be read off its edge.
#[test]
fn a_demand_that_leaves_the_plot_is_told_above_it_where_no_note_has_room() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    run("real-depot", &pack, &["--traces", "none"]);
    let svg = std::fs::read_to_string(pack.join("plots/branches.svg")).expect("a plot");
    for panel in [
        "limit 160 kW, demand up to 568 kW, constrained 46 min (from above 205 min)",
        "limit 160 kW, demand up to 654 kW, constrained 1 min (from above 227 min)",
    ] {
        assert!(svg.lines().any(|line| line == panel), "{panel}");
    }
}
