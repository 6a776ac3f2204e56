//! `replay`: the recorded arrivals under other choices, and recorded demands through the balancer.
//!
//! Protects the engineers' promise: same arrivals, another decision.

use crate::support::{depotsim, files, folder, run, table};
use std::fs;
use std::path::Path;

fn text(path: &Path) -> &str {
    path.to_str().expect("a path")
}

/// Replays a pack, which must go well; under other choices it may fail what its scenario says must be shown.
fn replay(pack: &Path, out: &Path, more: &[&str]) -> String {
    let (code, stdout, stderr) = depotsim(&[&["replay", text(pack), "--out", text(out)], more].concat());
    assert!(code == 0 || code == 1 && stderr.contains("checks failed"), "exit {code}, {stderr}");
    stdout
}

fn run_digest(pack: &Path) -> String {
    let manifest = fs::read_to_string(pack.join("manifest.json")).expect("a manifest");
    let json: serde_json::Value = serde_json::from_str(&manifest).expect("JSON");
    json["run_digest"].as_str().expect("a digest").to_owned()
}

#[test]
fn a_replay_under_no_other_choice_is_the_same_run_and_says_where_it_comes_from() {
    let scratch = folder();
    let (pack, again) = (scratch.path().join("pack"), scratch.path().join("again"));
    for scenario in ["wa-pta", "stale-feed", "two-connections"] {
        run(scenario, &pack, &["--force", "--seed", "5"]);
        replay(&pack, &again, &["--force"]);
        let (before, after) = (files(&pack), files(&again));
        for (name, bytes) in &before {
            let is_about_it =
                ["recording.ron", "review.html", "manifest.json", "SHA256SUMS"].contains(&name.as_str());
            assert!(is_about_it || after[name] == *bytes, "{scenario}: {name}");
        }
        let recording = fs::read_to_string(again.join("recording.ron")).expect("a recording");
        assert!(recording.contains(&format!("run_digest: \"{}\"", run_digest(&pack))), "{recording}");
        let (code, stdout, _) = depotsim(&["verify", text(&again)]);
        assert_eq!(code, 0, "{stdout}");
    }
}

#[test]
fn values_that_have_come_true_already_change_nothing_and_that_is_said() {
    let scratch = folder();
    let (pack, other) = (scratch.path().join("pack"), scratch.path().join("other"));
    run("wa-pta", &pack, &[]);
    for (set, is_idle) in
        [("envelopes=[]", true), ("site.grid_connections.GC1.safe_operating_capacity_kw=700", false)]
    {
        let (_, _, stderr) =
            depotsim(&["replay", text(&pack), "--set", set, "--force", "--out", text(&other)]);
        assert_eq!(stderr.contains("changes nothing in a replay"), is_idle, "{set}: {stderr}");
    }
    // What the recording has no more is refused, and it is said where its result stands.
    let set = "fleet.bus.count=3";
    let (code, _, stderr) =
        depotsim(&["replay", text(&pack), "--set", set, "--force", "--out", text(&other)]);
    assert!(code == 65 && stderr.contains("a recording has what was drawn and decided"), "{stderr}");
}

#[test]
fn the_recorded_visits_meet_another_strategy_control_and_limit() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    run("wa-pta", &pack, &["--seed", "5"]);
    let cases: [&[&str]; 3] = [
        &["--strategy", "first-come"],
        &["--control", "charge-point"],
        &["--set", "site.grid_connections.GC1.safe_operating_capacity_kw=700"],
    ];
    for (number, choices) in cases.into_iter().enumerate() {
        let other = scratch.path().join(format!("other-{number}"));
        let stdout = replay(&pack, &other, choices);
        assert!(stdout.contains(&choices.join(" ")), "{stdout}");
        let visits = |pack: &Path| fs::read(pack.join("recording-visits.csv")).expect("visits");
        assert_eq!(visits(&pack), visits(&other), "{choices:?}");
        assert_ne!(run_digest(&pack), run_digest(&other), "{choices:?}");
        let recording = fs::read_to_string(other.join("recording.ron")).expect("a recording");
        assert!(recording.contains(&format!("\"{}\"", choices.join(" "))), "{recording}");
        assert_eq!(depotsim(&["verify", text(&other)]).0, 0, "{choices:?}");
    }
}

#[test]
fn an_edited_visit_is_what_is_replayed_and_the_new_pack_says_so() {
    let scratch = folder();
    let (pack, other) = (scratch.path().join("pack"), scratch.path().join("other"));
    run("wa-pta", &pack, &[]);
    let path = pack.join("recording-visits.csv");
    let visits = fs::read_to_string(&path).expect("visits");
    let row = visits.lines().nth(1).expect("a visit");
    let departure = row.split(',').nth(4).expect("a departure");
    let edited = row.replace(departure, "2026-03-05T03:00:00+08:00");
    fs::write(&path, visits.replace(row, &edited)).expect("it can be written");
    replay(&pack, &other, &[]);
    let visit = &table(&other.join("visits.csv"))[0];
    assert_eq!(visit["departure"], "2026-03-05T03:00:00+08:00");
    let recording = fs::read_to_string(other.join("recording.ron")).expect("a recording");
    assert!(recording.contains("\"recording-visits.csv edited\""), "{recording}");
    assert_eq!(depotsim(&["verify", text(&other)]).0, 0);
}

/// Replaces one cell of a visit in a pack's recording.
fn edit_visit(pack: &Path, visit: &str, column: &str, cell: &str) {
    let path = pack.join("recording-visits.csv");
    let recorded = fs::read_to_string(&path).expect("it can be read");
    let ix = recorded.lines().next().expect("a header").split(',').position(|name| name == column);
    let ix = ix.unwrap_or_else(|| panic!("no column {column}"));
    let edited = recorded.lines().map(|line| {
        let mut cells: Vec<&str> = line.split(',').collect();
        if cells[0] == visit {
            cells[ix] = cell;
        }
        cells.join(",") + "\n"
    });
    fs::write(&path, edited.collect::<String>()).expect("it can be written");
}

#[test]
fn a_state_of_charge_beside_recorded_joules_is_refused_and_another_battery_is_told_with_who_keeps_them() {
    let scratch = folder();
    let (pack, out) = (scratch.path().join("pack"), scratch.path().join("out"));
    // Vehicles come back with what their day has left of a full battery: mostly no whole share of it.
    let depot = include_str!("malformed/depot.ron")
        .replace("soc_arrival_pct: Triangular(20, 35, 60)", "energy_used_kwh: Uniform(100, 250)");
    let path = scratch.path().join("depot.ron");
    fs::write(&path, depot).expect("it can be written");
    run(text(&path), &pack, &[]);
    let recorded = fs::read_to_string(pack.join("recording-visits.csv")).expect("it can be read");
    assert!(recorded.starts_with("visit,vehicle,") && recorded.contains("arrival_energy_j"), "{recorded}");
    let rows = table(&pack.join("recording-visits.csv"));
    let in_joules = rows.iter().filter(|row| !row["arrival_energy_j"].is_empty());
    let kept = in_joules.clone().count();
    let visit = in_joules.map(|row| row["visit"].clone()).next().expect("one in joules");

    let battery = ["--set", "vehicles.bus.battery_kwh=300", "--out", text(&out)];
    let (code, _, stderr) = depotsim(&[&["replay", text(&pack)][..], &battery].concat());
    assert_eq!(code, 0, "{stderr}");
    let told = format!(
        "warning: with another battery {kept} of {} visits of bus arrive with the energy that was recorded",
        rows.len()
    );
    assert!(stderr.contains(&told), "{stderr}");

    edit_visit(&pack, &visit, "soc_arrival_pct", "20");
    let again = scratch.path().join("again");
    let (code, _, stderr) = depotsim(&["replay", text(&pack), "--out", text(&again)]);
    assert_eq!(code, 65, "{stderr}");
    assert!(
        stderr.contains("soc_arrival_pct: `arrival_energy_j` says it too (leave one of the two empty)"),
        "{stderr}"
    );
    edit_visit(&pack, &visit, "arrival_energy_j", "");
    let (code, _, stderr) = depotsim(&["replay", text(&pack), "--out", text(&again)]);
    assert_eq!(code, 0, "{stderr}");
    let soc =
        table(&again.join("visits.csv")).into_iter().find(|row| row["visit"] == visit).expect("its row");
    assert_eq!(soc["soc_arrival_pct"], "20.00");
}

#[test]
fn what_does_not_go_with_a_recording_is_bad_input() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    run("flat-site", &pack, &[]);
    let out = scratch.path().join("out");
    let cases = [
        ("site.nowhere=1", "nowhere"),
        ("duration=1h", "but the run ends at"),
        ("envelopes=[(id: \"e\", node: \"SITE\", windows: [])]", "put them into envelope_steps"),
        ("strategy=greedy", "unknown strategy"),
    ];
    for (set, said) in cases {
        let (code, _, stderr) = depotsim(&["replay", text(&pack), "--set", set, "--out", text(&out)]);
        assert!(code == 65 && stderr.contains(said), "{set}: exit {code}, {stderr}");
        assert!(!out.exists(), "{set}");
    }
    let (code, _, stderr) = depotsim(&["replay", text(scratch.path()), "--out", text(&out)]);
    assert!(code == 65 && stderr.contains("is no pack"), "exit {code}, {stderr}");
}

const DEMANDS: &str = "time,connector,demand_kw,setpoint_kw,measured_kw\n\
    16:00,C1-P1,100,75,74.5\n\
    16:00,C1-P2,100,75,75\n\
    2026-03-04T16:10:00+08:00,C2-P1,80,80,\n\
    16:20,C1-P1,0,0,0\n";

/// Writes the small depot and demands, and drives these through it.
fn open_loop(scratch: &Path, demands: &str, more: &[&str]) -> (i32, String, String) {
    let (depot, file) = (scratch.join("depot.ron"), scratch.join("measured.csv"));
    fs::write(&depot, include_str!("replay/depot.ron")).expect("it can be written");
    fs::write(&file, demands).expect("it can be written");
    let out = scratch.join("open");
    let args = ["replay", "--demands", text(&file), text(&depot), "--out", text(&out)];
    depotsim(&[&args, more].concat())
}

#[test]
fn recorded_demands_are_told_beside_what_the_balancer_would_have_set() {
    let scratch = folder();
    let (code, stdout, stderr) = open_loop(scratch.path(), DEMANDS, &[]);
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("first at C1-P2, t = 1200 s"), "{stdout}");
    let rows = table(&scratch.path().join("open/setpoints.csv"));
    let at = |t_s: &str, connector: &str| {
        let found = rows.iter().find(|row| row["t_s"] == t_s && row["connector"] == connector);
        let row = found.unwrap_or_else(|| panic!("{connector} at {t_s}"));
        ["demand_kw", "setpoint_kw", "constrained_by", "recorded_setpoint_kw", "setpoint_less_recorded_kw"]
            .map(|column| row[column].clone())
    };
    // A circuit of 150 kW for two of 100 kW.
    assert_eq!(at("0", "C1-P1"), ["100.000", "75.000", "C1", "75.000", "0.000"]);
    // A connection of 250 kW less 20 kW of base load for 150 kW of the one circuit and 80 kW.
    assert_eq!(at("600", "C2-P1"), ["80.000", "80.000", "", "80.000", "0.000"]);
    // The other one has the circuit to itself.
    assert_eq!(at("1200", "C1-P2"), ["100.000", "100.000", "", "75.000", "25.000"]);
    assert_eq!(at("1200", "C1-P1"), ["0.000", "0.000", "", "0.000", "0.000"]);
    // An envelope of 120 kW less 20 kW of base load for 100 kW and 80 kW.
    assert_eq!(at("1800", "C2-P1"), ["80.000", "50.000", "G", "80.000", "-30.000"]);
    let cycles = table(&scratch.path().join("open/cycles.csv"));
    let first = &cycles[0];
    assert_eq!((&*first["outcome"], &*first["constraining_node"]), ("CURTAILED", "C1"));
    assert_eq!((&*first["setpoint_kw"], &*first["recorded_measured_kw"]), ("150.000", "149.500"));
    assert_eq!(cycles.len(), 120);
    let (code, stdout, _) = open_loop(scratch.path(), DEMANDS, &[]);
    assert!(code == 0 && stdout.contains("(identical)"), "{stdout}");
    let fewer = DEMANDS.replacen(",100,75,74.5", ",90,75,74.5", 1);
    assert_eq!(open_loop(scratch.path(), &fewer, &[]).0, 73);
    let (code, stdout, stderr) = open_loop(scratch.path(), &fewer, &["--force"]);
    assert!(code == 0 && stdout.contains("(replaced)"), "{stdout}{stderr}");
}

#[test]
fn tables_of_a_replay_are_kept_as_recorded_or_as_asked_and_large_ones_only_where_they_are_asked_for() {
    let scratch = folder();
    let (pack, out) = (scratch.path().join("pack"), scratch.path().join("out"));
    run("flat-site", &pack, &[]);
    replay(&pack, &out, &[]);
    assert!(out.join("nodes.csv").exists());
    replay(&pack, &out, &["--traces", "none", "--force"]);
    assert!(!out.join("nodes.csv").exists());
    // 17 nodes and 16 connectors, of which each row takes some hundred bytes, a second for more than seven days.
    let long = ["--set", "step=1s", "--set", "duration=8d"];
    for command in [&["replay", text(&pack)][..], &["run", "flat-site"]] {
        let (code, _, stderr) =
            depotsim(&[command, &long, &["--out", text(&scratch.path().join("large"))]].concat());
        assert!(code == 73 && stderr.contains("would take about 2 GB"), "{command:?}: exit {code}, {stderr}");
    }
}

#[test]
fn recorded_demands_go_through_a_night_of_orders_and_site_changes_too() {
    let scratch = folder();
    let file = scratch.path().join("measured.csv");
    fs::write(&file, "time,connector,demand_kw\n16:00,C1-P1-1,100\n").expect("it can be written");
    let out = scratch.path().join("open");
    let args = ["replay", "--demands", text(&file), "wa-pta-faults", "--out", text(&out)];
    let (code, stdout, stderr) = depotsim(&args);
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("cycles      960: "), "{stdout}");
}

#[test]
fn demands_that_no_cycle_sees_are_counted() {
    let scratch = folder();
    let demands = "time,connector,demand_kw\n16:01,C1-P1,50\n16:03,C1-P1,0\n16:05,C1-P2,40\n16:09,C1-P2,30\n";
    let (code, stdout, stderr) = open_loop(scratch.path(), demands, &["--set", "rebalance=5min"]);
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("demands     1 of 4 were replaced before a cycle saw them\n"), "{stdout}");
    let summary = fs::read_to_string(scratch.path().join("open/summary.json")).expect("summary.json");
    assert!(summary.contains("\"unseen\": 1"), "{summary}");
    let (_, stdout, _) = open_loop(scratch.path(), demands, &["--force"]);
    assert!(!stdout.contains("demands  "), "{stdout}");
}

#[test]
fn demands_that_cannot_be_used_are_refused_each_with_its_line() {
    let scratch = folder();
    let cases = [
        ("16:00,C1-P1,ten,,", ":2:13: demand_kw: \"ten\""),
        ("16:00,C9,10,,", ":2:7: connector: \"C9\" is no connector (there are C1-P1, C1-P2, C2-P1, C2-P2)"),
        (
            "16:00,C1,10,,",
            ":2:7: connector: \"C1\" is a charger_circuit and no connector (below it are C1-P1, C1-P2)",
        ),
        ("15:59,C1-P1,10,,", ":2:1: time: \"15:59\" is outside the run"),
        ("16:00,C1-P1,10,,\n16:00,C1-P1,11,,", ":3:1: time: the connector has a row for this time already"),
        ("16:00,C1-P1,,,", ":2:13: demand_kw: the cell is empty"),
        ("16:00,C1-P1,10", ":2:1: the row has 3 cells (the header has 5; an empty cell keeps its comma)"),
        ("16:00,C1-P1,99999999,,", ":2:13: demand_kw:"),
        ("", "there are no rows"),
        ("\"16:00,C1-P1,10,,", "a quote is left open"),
    ];
    for (rows, said) in cases {
        let demands = format!("time,connector,demand_kw,setpoint_kw,measured_kw\n{rows}\n");
        let (code, _, stderr) = open_loop(scratch.path(), &demands, &[]);
        assert!(code == 65 && stderr.contains(said), "{rows}: exit {code}, {stderr}");
        assert!(!scratch.path().join("open").exists(), "{rows}");
    }
    let demands = "time,connector,demand_kw,min_power_kw\n16:00,C1-P1,50,5000\n";
    let (code, _, stderr) = open_loop(scratch.path(), demands, &[]);
    assert!(
        code == 65
            && stderr.contains(
                ":2:16: min_power_kw: 5000 kW is more than the 100 kW that the connector is ever rated for"
            ),
        "{stderr}"
    );
    let (code, _, stderr) = open_loop(scratch.path(), "time,connector,power\n", &[]);
    assert!(code == 65 && stderr.contains("power: unknown column"), "{stderr}");
    assert!(stderr.contains("demand_kw: the column is missing"), "{stderr}");
}
