//! What is allowed and yet hardly meant: a warning with its place, and the scenario runs all the same.
//!
//! Protects people from their own slips without forbidding what somebody may want.

use crate::support::{depotsim, folder};
use std::fs;

#[test]
fn what_is_hardly_meant_is_told_and_run() {
    let scratch = folder();
    let path = scratch.path().join("depot.ron");
    let path = path.to_str().expect("a path");
    let sound = include_str!("malformed/depot.ron");
    let generated =
        &sound[sound.find("  fleet:").expect("a fleet")..sound.find("  envelopes:").expect("envelopes")];
    let csv_fleet =
        "  fleet: Visits(csv: \"visits.csv\", columns: (target_soc_pct: \"target\"), vehicle: \"bus\"),\n";
    let visits = "vehicle,arrival,departure,soc_arrival_pct,target\n";
    let bypass = "\"SITE\" is the site itself, so that its power passes no grid connection and their limits do not hold for it (a grid connection, such as \"GRID\")";
    let fraction = |said: &str, meant: &str| {
        format!("{said} means {said} %, next to nothing (percentages go from 0 to 100: is {meant} meant?)")
    };
    /// What is replaced, by what, the rows of visits.csv, and the warnings: where, and what they tell.
    type Case<'a> = (&'a str, &'a str, &'a str, &'a [(&'a str, &'a str)]);
    let cases: &[Case] = &[
        ("A depot", "Another", "", &[]),
        (
            "to: \"20:00\"",
            "to: \"17:00\"",
            "",
            &[(
                "depot.ron:31:59: warning: envelopes.peak.windows.1.from: ",
                "for nearly a whole day (the times may be in the wrong order",
            )],
        ),
        (
            "[(from: \"18:00\", to: \"20:00\", limit_kw: 250)]",
            "[]",
            "",
            &[(
                "depot.ron:31:51: warning: envelopes.peak.windows: ",
                "it has no windows, so that it never limits anything",
            )],
        ),
        (
            "parent: \"GRID\"",
            "parent: \"SITE\"",
            "",
            &[("depot.ron:13:56: warning: site.charger_circuits.C1.parent: ", bypass)],
        ),
        (
            "charge_points: [",
            "charge_points: [(id: \"X\", parent: \"SITE\"), ",
            "",
            &[("depot.ron:14:39: warning: site.charge_points.X.parent: ", bypass)],
        ),
        (
            "grid_connections: [",
            "grid_connections: [(id: \"G0\"), ",
            "",
            &[(
                "depot.ron:12:29: warning: site.grid_connections.G0: ",
                "nothing stands below this grid connection",
            )],
        ),
        (
            "default_capacity_kw: 400",
            "default_capacity_kw: 400, safe_operating_capacity_kw: 400.5",
            "",
            &[(
                "depot.ron:12:91: warning: site.grid_connections.GRID.safe_operating_capacity_kw: ",
                "400.5 kW is above the default capacity of 400 kW and never holds, since the least limit does",
            )],
        ),
        (
            "default_capacity_kw: 400",
            "rating_a: 100, voltage_v: 400, safe_operating_capacity_kw: 50",
            "",
            &[
                (
                    "depot.ron:12:96: warning: site.grid_connections.GRID.safe",
                    "50 kW is above the default capacity of 40 kW",
                ),
                (
                    "depot.ron:31:91: warning: envelopes.peak.windows.1.limit_kw: ",
                    "250 kW is above the 40 kW that can flow there at all",
                ),
            ],
        ),
        (
            "repeat: 2, parent: \"GRID\", default_capacity_kw: 250",
            "repeat: 2, parent: \"GRID\", rating_a: 400, voltage_v: 400, phases: 3",
            "",
            &[(
                "depot.ron:13:90: warning: site.charger_circuits.C1.voltage_v: ",
                "400 V is the voltage of each of three phases here (in a 400 V system that is 231 V, and the rating 1.73 times less: is that meant?)",
            )],
        ),
        (
            "repeat: 2, parent: \"GRID\", default_capacity_kw: 250",
            "repeat: 2, parent: \"GRID\", rating_a: 400, voltage_v: 400",
            "",
            &[],
        ),
        (
            "repeat: 2, parent: \"GRID\", default_capacity_kw: 250",
            "repeat: 2, parent: \"GRID\", rating_a: 400, voltage_v: 230, phases: 3",
            "",
            &[],
        ),
        (
            "default_capacity_kw: 400",
            "default_capacity_kw: 400000",
            "",
            &[(
                "depot.ron:12:58: warning: site.grid_connections.GRID.default_capacity_kw: ",
                "400000 kW is 740 times the 540 kW that all below it can ask for, so that it never binds (is 400 meant? a lower limit; limits are in kW)",
            )],
        ),
        (
            "default_capacity_kw: 250",
            "default_capacity_kw: 250000",
            "",
            &[(
                "depot.ron:13:85: warning: site.charger_circuits.C1.default_capacity_kw: ",
                "250000 kW is 833 times the 300 kW that all below it can ask for, so that it never binds (is 250 meant? a lower limit; limits are in kW); the same holds for 1 more",
            )],
        ),
        (
            "default_capacity_kw: 250",
            "rating_a: 60000, voltage_v: 230",
            "",
            &[(
                "depot.ron:13:74: warning: site.charger_circuits.C1.rating_a: ",
                "the current comes to 13800 kW, which is 46 times the 300 kW",
            )],
        ),
        // Twenty times as much is room for more, and no slip.
        ("default_capacity_kw: 250", "default_capacity_kw: 6000", "", &[]),
        (
            "default_capacity_kw: 250",
            "default_capacity_kw: 6000.001",
            "",
            &[("depot.ron:13:85: ", "6000.001 kW is 20 times the 300 kW")],
        ),
        (
            "target_soc_pct: 90",
            "target_soc_pct: 0.9",
            "",
            &[("depot.ron:29:21: warning: fleet.day.target_soc_pct: ", &fraction("0.9", "90"))],
        ),
        ("target_soc_pct: 90", "target_soc_pct: 1", "", &[("depot.ron:29:21: ", &fraction("1", "100"))]),
        ("target_soc_pct: 90", "target_soc_pct: 0", "", &[]),
        (
            "target_soc_pct: 90",
            "target_soc_pct: 1.01",
            "",
            &[(
                "depot.ron:29:21: warning: fleet.day.target_soc_pct: ",
                "they charge up to 1.01 %, but arrive with 20 % at least, so that none takes any energy",
            )],
        ),
        (
            "Triangular(20, 35, 60)",
            "Triangular(0.2, 0.35, 0.6)",
            "",
            &[("depot.ron:28:22: warning: fleet.day.soc_arrival_pct: ", &fraction("0.6", "60"))],
        ),
        ("Triangular(20, 35, 60)", "Triangular(0.2, 0.35, 60)", "", &[]),
        ("Triangular(20, 35, 60)", "Fixed(0)", "", &[]),
        (
            "battery_kwh: 350",
            "battery_kwh: 35000",
            "",
            &[("depot.ron:19:18: warning: vehicles.bus.battery_kwh: ", "35000 kWh is an odd battery")],
        ),
        (
            "battery_kwh: 350",
            "battery_kwh: 0.35",
            "",
            &[("depot.ron:19:18: warning: vehicles.bus.battery_kwh: ", "0.35 kWh is an odd battery")],
        ),
        (
            "  provenance:",
            "  checks: [(id: \"r\", requirement: \"R\", text: \"t\", check: Ready(least_pct: 1))],\n  provenance:",
            "",
            &[("depot.ron:33:75: warning: checks.r.check.least_pct: ", &fraction("1", "100"))],
        ),
        (
            "limit_kw: 250",
            "limit_kw: 250000",
            "",
            &[(
                "depot.ron:31:91: warning: envelopes.peak.windows.1.limit_kw: ",
                "250000 kW is above the 400 kW that can flow there at all, so that the envelope never binds (is 250 meant? a lower limit",
            )],
        ),
        ("limit_kw: 250", "limit_kw: 400", "", &[]),
        // A window that is wide open beside one that is not.
        ("limit_kw: 250", "limit_kw: 250), (from: \"20:00\", to: \"21:00\", limit_kw: 1000000", "", &[]),
        (
            "  provenance:",
            "  charger_faults: [(node: \"C1\", fault: Offline, from: \"d3 06:00\")],\n  provenance:",
            "",
            &[(
                "depot.ron:33:55: warning: charger_faults.1.from: ",
                "it holds from \"2026-06-03T06:00:00+02:00\", but the run goes from \"2026-06-01T17:00:00+02:00\" to \"2026-06-02T08:00:00+02:00\", so that it never happens",
            )],
        ),
        // The run goes from 17:00 to 08:00: it begins half an hour into this, and is over before that comes again.
        (
            "  provenance:",
            "  charger_faults: [(node: \"C1\", fault: Offline, from: \"16:30\", duration: \"1h\")],\n  provenance:",
            "",
            &[],
        ),
        (
            "  provenance:",
            "  charger_faults: [(node: \"C1\", fault: Offline, from: \"15:30\", to: \"16:30\")],\n  provenance:",
            "",
            &[(
                "depot.ron:33:55: warning: charger_faults.1.from: ",
                "it holds from \"2026-06-02T15:30:00+02:00\", but the run goes from",
            )],
        ),
        // Ticks begin at full minutes.
        (
            "  provenance:",
            "  charger_faults: [(node: \"C1\", fault: Offline, from: \"18:00:10\", duration: \"49s\")],\n  provenance:",
            "",
            &[(
                "depot.ron:33:55: warning: charger_faults.1.from: ",
                "it holds from \"2026-06-01T18:00:10+02:00\" to \"2026-06-01T18:00:59+02:00\", and no tick begins in it, so that it begins and ends at once, at the beginning of the next (a window with the beginning of a tick, which comes every 60 s; or a shorter tick)",
            )],
        ),
        (
            "  provenance:",
            "  charger_faults: [(node: \"C1\", fault: Offline, from: \"18:00:10\", duration: \"51s\")],\n  provenance:",
            "",
            &[],
        ),
        (
            "  provenance:",
            "  charger_faults: [(node: \"C1\", fault: Offline, from: \"18:00:00\", duration: \"10s\")],\n  provenance:",
            "",
            &[],
        ),
        // A daily window falls between the same two ticks every day.
        (
            "[(from: \"18:00\", to: \"20:00\", limit_kw: 250)]",
            "[(from: \"18:00:10\", to: \"18:00:50\", limit_kw: 250, daily: true)]",
            "",
            &[(
                "depot.ron:31:59: warning: envelopes.peak.windows.1.from: ",
                "and no tick begins in it, so that it never happens (a window with",
            )],
        ),
        // The last tick begins at 07:59.
        (
            "  provenance:",
            "  outages: [(node: \"C1\", from: \"07:59:30\", duration: \"2min\")],\n  provenance:",
            "",
            &[(
                "depot.ron:33:32: warning: outages.1.from: ",
                "and no tick begins in it, so that it never happens (a window with",
            )],
        ),
        // What has no end may begin then, or before the start.
        (
            "  provenance:",
            "  charger_faults: [(node: \"C1\", fault: Faulted, from: \"07:59:30\")],\n  provenance:",
            "",
            &[(
                "depot.ron:33:55: warning: charger_faults.1.from: ",
                "it holds from \"2026-06-02T07:59:30+02:00\" to \"2026-06-02T08:00:00+02:00\", and no tick begins in it, so that it never happens (a window with",
            )],
        ),
        (
            "  provenance:",
            "  charger_faults: [(node: \"C1\", fault: Faulted, from: \"2026-05-31T12:00:00+02:00\")],\n  provenance:",
            "",
            &[],
        ),
        (
            "  provenance:",
            "  outages: [(node: \"C1\", from: \"16:30\", to: \"16:00\")],\n  provenance:",
            "",
            &[("depot.ron:33:32: warning: outages.1.from: ", "that is from the start")],
        ),
        (
            "  provenance:",
            "  outages: [(node: \"C1\", from: \"18:30\", to: \"17:30\")],\n  provenance:",
            "",
            &[(
                "depot.ron:33:32: warning: outages.1.from: ",
                "it holds from \"2026-05-31T18:30:00+02:00\" to \"2026-06-01T17:30:00+02:00\", that is from the start \"2026-06-01T17:00:00+02:00\", and not again",
            )],
        ),
        (
            "duration: \"15h\",",
            "duration: \"12h\", checks: [(id: \"r\", requirement: \"R\", text: \"t\", check: Ready())],",
            "",
            &[(
                "depot.ron:7:13: warning: duration: ",
                "the run ends at \"2026-06-02T05:00:00+02:00\", but vehicles may leave until \"2026-06-02T05:30:00+02:00\" (6 of them after its end",
            )],
        ),
        (
            "battery_kwh: 350,",
            "battery_kwh: 350, efficiency_pct: 0.95,",
            "",
            &[("depot.ron:19:39: warning: vehicles.bus.efficiency_pct: ", &fraction("0.95", "95"))],
        ),
        (
            generated,
            "  fleet: Listed([]),\n",
            "",
            &[("depot.ron:22:10: warning: fleet: ", "the list is empty, so that nobody comes")],
        ),
        (
            generated,
            csv_fleet,
            "",
            &[("visits.csv:1:1: warning: ", "no rows below the line of column names, so that nobody comes")],
        ),
        (
            generated,
            csv_fleet,
            "b1,18:00,04:00,0.2,0.9\nb2,18:00,04:00,0.4,1\n",
            &[
                (
                    "visits.csv:1:27: warning: soc_arrival_pct: ",
                    "no state of charge in this column is above 1 % (percentages go from 0 to 100; of fractions say `soc_unit: Fraction`)",
                ),
                ("visits.csv:1:43: warning: target: ", "no state of charge in this column is above 1 %"),
            ],
        ),
        (
            "default_capacity_kw: 400",
            "default_capacity_kw: 0.4",
            "",
            &[(
                "depot.ron:12:58: warning: site.grid_connections.GRID.default_capacity_kw: ",
                "0.4 kW is 1350 times less than the 540 kW that all below it can ask for (is 400 meant? limits are in kW)",
            )],
        ),
        (
            "default_capacity_kw: 250",
            "default_capacity_kw: 0",
            "",
            &[(
                "depot.ron:13:85: warning: site.charger_circuits.C1.default_capacity_kw: ",
                "0 kW let nothing flow, and all below it can ask for 300 kW (a limit above 0)",
            )],
        ),
        (
            "default_capacity_kw: 250",
            "default_capacity_kw: 3",
            "",
            &[("depot.ron:31:91: warning: envelopes.peak.windows.1.limit_kw: ", "46 kW that can flow there")],
        ),
        (
            "max_rating_kw: 100, min_power_kw: 5",
            "max_rating_kw: 0.1",
            "",
            &[(
                "depot.ron:15:65: warning: site.connectors.C1-P1-1.max_rating_kw: ",
                "0.1 kW is less than any charger gives (is 100 meant? ratings are in kW)",
            )],
        ),
        (
            generated,
            &format!(
                "{csv_fleet}  overrides: [(visit: \"b1\", order: Hold, from: \"d2 05:00\", duration: \"1h\"), (visit: \"b1\", order: Hold, from: \"19:00\", to: \"20:00\")],\n"
            ),
            "b1,18:00,04:00,20,90\n",
            &[(
                "depot.ron:23:48: warning: overrides.1.from: ",
                "it holds from \"2026-06-02T05:00:00+02:00\", but b1 is there from \"2026-06-01T18:00:00+02:00\" to \"2026-06-02T04:00:00+02:00\", so that it is never heard",
            )],
        ),
        (
            "parent: \"C*\", max_rating_kw: 100",
            "parent: \"C*\", max_rating_kw: 0.9",
            "",
            &[(
                "depot.ron:14:83: warning: site.charge_points.C1-P1.max_rating_kw: ",
                "0.9 kW is 111 times less than the 100 kW that all below it can ask for (is 900 meant?",
            )],
        ),
        (
            "  provenance:",
            "  checks: [(id: \"s\", requirement: \"R\", text: \"t\", check: Shape()), (id: \"c\", requirement: \"R\", text: \"t\", check: Curtailed(node: \"GRID\", reason: \"CHARGER_CIRCUIT_LIMIT\")), (id: \"m\", requirement: \"R\", text: \"t\", check: Curtailed(node: \"GRID\", reason: \"MINIMUM_POWER\"))],\n  provenance:",
            "",
            &[
                ("depot.ron:33:", "it asks for nothing, so that every site has this shape"),
                (
                    "depot.ron:33:",
                    "\"GRID\" is a grid connection, whose limit has the reason GRID_CONNECTION_LIMIT, so that no cycle is like this",
                ),
            ],
        ),
        // Nobody charges beyond 90 %.
        ("(soc_pct: 100, power_kw: 15)", "(soc_pct: 100, power_kw: 0)", "", &[]),
        (generated, csv_fleet, "b1,18:00,04:00,0.2,90\nb2,18:00,04:00,2,90\n", &[]),
        (
            generated,
            &csv_fleet.replace("vehicle:", "soc_unit: Fraction, vehicle:"),
            "b1,18:00,04:00,0.002,0.009\n",
            &[],
        ),
    ];
    for (from, to, rows, warnings) in cases {
        assert!(sound.contains(from), "{from}");
        fs::write(path, sound.replacen(from, to, 1)).expect("a file");
        fs::write(scratch.path().join("visits.csv"), format!("{visits}{rows}")).expect("a file");
        let (code, stdout, stderr) = depotsim(&["check", path]);
        assert_eq!((code, stderr.as_str()), (0, ""), "{to}: {stdout}");
        let prefix = format!("{}/", scratch.path().display());
        let told: Vec<&str> = stdout
            .lines()
            .filter_map(|line| line.strip_prefix(&prefix))
            .filter(|line| line.contains("warning:"))
            .collect();
        assert_eq!(told.len(), warnings.len(), "{to}: {stdout}");
        for (told, (place, message)) in told.iter().zip(*warnings) {
            assert!(told.starts_with(place) && told.contains(message), "{to}: {told}");
        }
        assert!(stdout.ends_with("depot.ron: ok\n"), "{to}: {stdout}");
    }
}

#[test]
fn a_target_that_a_curve_without_power_never_reaches_is_doubtful_and_never_reached() {
    let scratch = folder();
    let path = scratch.path().join("depot.ron");
    let (path, pack) = (path.to_str().expect("a path"), scratch.path().join("pack"));
    let depot = include_str!("malformed/depot.ron")
        .replace("(soc_pct: 100, power_kw: 15)", "(soc_pct: 100, power_kw: 0)")
        .replace("target_soc_pct: 90", "target_soc_pct: 100");
    fs::write(path, depot).expect("a file");
    let (code, stdout, _) = depotsim(&["check", path]);
    let told = "depot.ron:20:12: warning: vehicles.bus.curve: the curve falls to 0 kW at 100 %, which batteries come near to and may never reach: whoever needs that much may never be ready";
    assert!(code == 0 && stdout.contains(told), "{stdout}");
    let (code, stdout, _) =
        depotsim(&["run", path, "--out", pack.to_str().expect("a path"), "--traces", "none"]);
    assert!(code == 0 && stdout.contains("0 of 6"), "{stdout}");
}

#[test]
fn warnings_reach_stderr_and_json_and_change_no_exit_code() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    let pack = pack.to_str().expect("a path");
    let set = ["--set", "fleet.bus.target_soc_pct=0.8"];
    let says = "--set fleet.bus.target_soc_pct=0.8: warning: 0.8 means 0.8 %";
    for args in [
        &["run", "flat-site", "--traces", "none", "--out", pack][..],
        &["show", "wa-pta"],
        &["topology", "wa-pta"],
    ] {
        let (code, stdout, stderr) = depotsim(&[args, &set].concat());
        assert_eq!(code, 0, "{args:?}: {stderr}");
        assert!(stderr.contains(says) && !stdout.contains("warning"), "{args:?}: {stderr}");
    }
    let (code, json, stderr) = depotsim(&["check", "wa-pta", "flat-site", "--json", set[0], set[1]]);
    assert_eq!((code, stderr.as_str()), (0, ""), "{json}");
    let findings: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    for (finding, name) in findings.as_array().expect("a list").iter().zip(["wa-pta", "flat-site"]) {
        assert_eq!(finding["scenario"], name);
        assert_eq!((&finding["ok"], finding["problems"].as_array().map(Vec::len)), (&true.into(), Some(0)));
        assert_eq!(finding["warnings"][0]["path"], "fleet.bus.target_soc_pct");
        assert_eq!(finding["warnings"][0]["file"], "--set fleet.bus.target_soc_pct=0.8");
    }
}

#[test]
fn warnings_are_told_beside_what_is_wrong() {
    let scratch = folder();
    let path = scratch.path().join("depot.ron");
    let text = include_str!("malformed/depot.ron")
        .replacen("target_soc_pct: 90", "target_soc_pct: 0.9", 1)
        .replacen("count: 6", "count: 0", 1)
        .replacen("battery_kwh: 350", "battery_kwh: -1", 1);
    fs::write(&path, text).expect("a file");
    let path = path.to_str().expect("a path");
    for (args, code) in [(["check", path], 65), (["show", path], 65)] {
        let (found, stdout, stderr) = depotsim(&args);
        let heard = stdout + &stderr;
        assert_eq!(found, code, "{heard}");
        let lines: Vec<&str> = heard.lines().filter(|line| line.contains("depot.ron")).collect();
        // Of a value that is wrong there is no doubt.
        let expected = [
            "warning: fleet.day.target_soc_pct: 0.9 means",
            "1 warning in ",
            "vehicles.bus.battery_kwh: -1 is",
            "fleet.day.count: 0",
            "2 problems in ",
        ];
        assert_eq!(lines.len(), expected.len(), "{heard}");
        assert!(lines.iter().zip(expected).all(|(line, expected)| line.contains(expected)), "{heard}");
    }
    let (_, json, _) = depotsim(&["check", path, "--json"]);
    let findings: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let count = |list: &str| findings[0][list].as_array().map(Vec::len);
    assert_eq!((&findings[0]["ok"], count("problems"), count("warnings")), (&false.into(), Some(2), Some(1)));
}

#[test]
fn no_bundled_scenario_and_no_beginning_is_doubtful() {
    let scratch = folder();
    let start = scratch.path().join("start.ron");
    let start = start.to_str().expect("a path");
    assert_eq!(depotsim(&["init", start]).0, 0);
    let names: Vec<&str> = scenarios::bundled().iter().map(|bundled| bundled.name).chain([start]).collect();
    let (code, stdout, stderr) = depotsim(&[&["check"], &names[..]].concat());
    let expected: String = names.iter().map(|name| format!("{name}: ok\n")).collect();
    assert_eq!((code, stdout, stderr), (0, expected, String::new()));
}
