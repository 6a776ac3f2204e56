//! Sites that cannot be balanced as they are: refused with their code, or balanced flat where the scenario allows it.
//!
//! Protects the promise that bad site data end in a deterministic outcome, never in a guess or a panic.

use crate::support::{depotsim, folder, run, table};
use std::fs;
use std::path::{Path, PathBuf};

/// A site whose circuit C2 has no chargers; `choice` goes to the top of the file.
fn scenario(folder: &Path, choice: &str, parent: &str) -> PathBuf {
    let text = format!(
        r#"#![enable(implicit_some)]
(schema: 1, {choice} id: "odd", title: "An odd site", start: "2026-03-04T16:00:00+08:00", duration: "4h",
 site: (id: "S", grid_connections: [(id: "G", default_capacity_kw: 200)],
   charger_circuits: [(id: "C{{n}}", repeat: 2, parent: "{parent}", default_capacity_kw: 100)],
   charge_points: [(id: "P{{n}}", repeat: 3, parent: "C1", max_rating_kw: 150)]),
 vehicles: [(id: "v", battery_kwh: 400, curve: [(soc_pct: 0, power_kw: 150), (soc_pct: 100, power_kw: 150)])],
 fleet: Generated([(id: "b", count: 3, vehicle: "v", arrival: Uniform("16:00", "16:10"), departure: Uniform("19:00", "19:30"),
   soc_arrival_pct: Uniform(10, 20), target_soc_pct: 90)]),
 envelopes: [(id: "e", node: "G", windows: [(from: "17:00", to: "18:00", limit_kw: 90)])])"#
    );
    let path = folder.join("odd.ron");
    fs::write(&path, text).expect("a file");
    path
}

#[test]
fn an_unsupported_or_invalid_topology_is_refused_with_its_code() {
    for (parent, code, place) in [
        ("G", "UNSUPPORTED_TOPOLOGY", "odd.ron:4:28: site.charger_circuits.C2: "),
        ("H", "INVALID_TOPOLOGY", "odd.ron:4:55: site.charger_circuits.C1.parent: "),
    ] {
        let scratch = folder();
        let path = scenario(scratch.path(), "", parent);
        let (exit, stdout, stderr) = depotsim(&["run", path.to_str().expect("a path")]);
        assert_eq!((exit, stdout.as_str()), (65, ""), "{stderr}");
        assert!(stderr.contains(code) && stderr.contains(place), "{stderr}");
    }
}

#[test]
fn where_it_is_allowed_the_charge_points_are_balanced_flat_and_every_cycle_says_so() {
    let scratch = folder();
    let path = scenario(scratch.path(), "on_unsupported: Flat,", "G");
    let pack = scratch.path().join("pack");
    let (_, _, stderr) = depotsim(&["check", path.to_str().expect("a path")]);
    let (_, stdout, _) = depotsim(&["check", path.to_str().expect("a path")]);
    let warning = "site.charger_circuits.C1: the site is balanced flat, so that nobody keeps to the capacities of circuits, and";
    assert!((stdout.clone() + &stderr).contains(warning), "{stdout}{stderr}");
    run(path.to_str().expect("a path"), &pack, &[]);
    let cycles = table(&pack.join("cycles.csv"));
    let note = "balanced as a flat list of 3 charge points under the least known site limit";
    assert!(cycles.iter().all(|cycle| cycle["detail"].contains(note)), "{}", cycles[0]["detail"]);
    // The connection's limit and its envelope hold at the root; the circuit's 100 kW are gone with it.
    let at = |time: &str| cycles.iter().find(|cycle| cycle["time"].contains(time)).expect("a cycle");
    assert_eq!(
        (at("T16:30")["limit_kw"].as_str(), at("T16:30")["allocated_kw"].as_str()),
        ("200.000", "200.000")
    );
    assert_eq!(
        (at("T17:30")["limit_kw"].as_str(), at("T17:30")["reason"].as_str()),
        ("90.000", "SITE_LIMIT")
    );
    let (exit, stdout, _) = depotsim(&["verify", pack.to_str().expect("a path")]);
    assert_eq!(exit, 0, "{stdout}");
}

#[test]
fn of_a_flat_site_every_cycle_says_the_limit_in_force_and_which_it_is() {
    // What is left out of the file; what is told outside the envelope, and within.
    for (without, outside, within) in [
        ("none of it", "(200.000 kW, default_capacity)", "(90.000 kW, operating_envelope)"),
        (", default_capacity_kw: 200", "(none)", "(90.000 kW, operating_envelope)"),
    ] {
        let scratch = folder();
        let path = scenario(scratch.path(), "on_unsupported: Flat,", "G");
        let text = fs::read_to_string(&path).expect("a scenario").replace(without, "");
        fs::write(&path, text).expect("a file");
        let pack = scratch.path().join("pack");
        run(path.to_str().expect("a path"), &pack, &[]);
        for cycle in table(&pack.join("cycles.csv")) {
            let has_envelope = ("17:00".."18:00").contains(&&cycle["time"][11..16]);
            let limit = if has_envelope { within } else { outside };
            assert!(cycle["detail"].ends_with(limit), "{}: {}", cycle["time"], cycle["detail"]);
        }
    }
}

#[test]
fn stale_measurements_reject_cycles_in_the_traces_and_setpoints_are_held() {
    let scratch = folder();
    // Two gaps that meet are one, whose age does not begin anew.
    let choice = r#"on_unsupported: Flat, max_age: "5min", measurement_gaps: [(from: "18:44", to: "18:50"), (from: "18:30", to: "18:44")],"#;
    let path = scenario(scratch.path(), choice, "G");
    let pack = scratch.path().join("pack");
    run(path.to_str().expect("a path"), &pack, &[]);
    let cycles = table(&pack.join("cycles.csv"));
    let rejected: Vec<&str> = cycles
        .iter()
        .filter(|cycle| cycle["outcome"] == "REJECTED")
        .map(|cycle| &cycle["time"][11..16])
        .collect();
    let minutes: Vec<String> = (36..50).map(|minute| format!("18:{minute}")).collect();
    assert_eq!(rejected, minutes);
    for cycle in cycles.iter().filter(|cycle| cycle["outcome"] == "REJECTED") {
        assert_eq!(cycle["reason"], "STALE_INPUT");
        let (why, what) = cycle["detail"].split_once("; ").expect("two parts");
        assert!(why.contains("measured") && why.contains("s ago"), "{why}");
        assert!(
            what.contains("a flat list of 3 charge points")
                && what.ends_with("(200.000 kW, default_capacity)"),
            "{what}"
        );
        // Held for five minutes, and then the fallback of 0.
        let held = if cycle["time"][11..16] < *"18:41" { "200.000" } else { "0.000" };
        assert_eq!(cycle["site_allocated_kw"], held, "{}", cycle["time"]);
    }
}

#[test]
fn base_loads_that_would_count_at_one_place_are_to_be_put_together() {
    let scratch = folder();
    let more = r#"on_unsupported: Flat, base_loads: [(node: "G", steps: [(from: "00:00", power_kw: 20)]), (node: "C1", steps: [(from: "00:00", power_kw: 10)])],"#;
    let path = scenario(scratch.path(), more, "G");
    let (code, _, stderr) = depotsim(&["check", path.to_str().expect("a path")]);
    assert_eq!(code, 65, "{stderr}");
    let (_, stdout, _) = depotsim(&["check", path.to_str().expect("a path")]);
    assert!(stdout.contains("counts at \"S\", as that of \"G\" does (put their steps together"), "{stdout}");
}
