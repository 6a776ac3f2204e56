//! Overlays: which paths mean what, what is said of those that mean nothing, and that the last one wins.
//!
//! Protects `--set`, sweeps and replays, all of which change scenarios this way.

use scenarios::{Bundled, Draft, Overlay, Scenario, ScenarioError, bundled, draw};

fn draft() -> Draft {
    let bundled = Bundled::find("wa-pta").unwrap();
    Draft::read(bundled.name, bundled.text, &mut |file| bundled.read_file(file)).unwrap()
}

fn set(draft: &Draft, overlays: &[&str]) -> Result<Scenario, ScenarioError> {
    let overlays: Vec<Overlay> = overlays.iter().map(|text| text.parse().unwrap()).collect();
    draft.with(&overlays)?.resolve(&mut |file| Err(format!("there is no {file}")))
}

#[test]
fn cycles_follow_another_step_where_the_file_does_not_say_how_often_they_come() {
    let every = |text: &str, overlays: &[&str]| {
        let draft = Draft::read("wa-pta", text, &mut |file| Err(format!("there is no {file}"))).unwrap();
        set(&draft, overlays).unwrap().depot().rebalance_every_ticks
    };
    let said = scenarios::Bundled::find("wa-pta").unwrap().text;
    let unsaid = said.replace("  rebalance: \"60s\",\n", "");
    assert_ne!(said, unsaid);
    assert_eq!(every(&unsaid, &["step=30s"]), 1);
    assert_eq!(every(&unsaid, &["step=5min", "title=Five"]), 1);
    assert_eq!(every(&unsaid, &["step=30s", "rebalance=60s"]), 2);
    assert_eq!(every(&unsaid, &["rebalance=2min", "step=30s"]), 4);
    assert_eq!(every(said, &["step=30s"]), 2, "what the file says stays");
}

#[test]
fn values_are_replaced_by_path() {
    let draft = draft();
    type Check = fn(&Scenario) -> bool;
    let cases: &[(&[&str], Check)] = &[
        (&["duration=12h"], |scenario| scenario.depot().ticks == 720),
        (&["step=30s", "rebalance=90s"], |scenario| scenario.depot().rebalance_every_ticks == 3),
        (&["strategy=first-come"], |scenario| scenario.depot().strategy.name() == "first-come"),
        (&["strategy=\"lowest-soc\""], |scenario| scenario.depot().strategy.name() == "lowest-soc"),
        (&["title=Two words"], |scenario| scenario.file().title == "Two words"),
        (&["max_age=5min"], |scenario| scenario.depot().max_age_s == Some(300)),
        (&["max_age=5min", "max_age=None"], |scenario| scenario.depot().max_age_s.is_none()),
        (&["site.default_capacity_kw=900"], |scenario| {
            scenario.depot().site[0].ratings.default_capacity_w == Some(900_000)
        }),
        (&["site.charge_points.*.max_rating_kw=99.5"], |scenario| {
            let points = scenario.file().site.charge_points.iter();
            points.clone().count() == 16
                && points
                    .into_iter()
                    .all(|point| point.max_rating_kw.map(|rating| rating.w()) == Some(99_500))
        }),
        (&["site.charge_points.*.weight=3", "site.charge_points.C2-P1.weight=7"], |scenario| {
            let points = &scenario.file().site.charge_points;
            points.iter().filter(|point| point.weight.map(|weight| weight.get()) == Some(3)).count() == 15
        }),
        (&["site.charge_points.2.note=second"], |scenario| {
            scenario.file().site.charge_points[1].note == "second"
        }),
        (&["fleet.bus.count=3"], |scenario| draw(scenario, 1).visits.len() == 3),
        (&["fleet.bus.arrival=Fixed(\"18:00\")"], |scenario| {
            draw(scenario, 1).visits.iter().all(|visit| visit.arrival_s == 7_200)
        }),
        (&["fleet.bus.departure.2=06:00"], |scenario| {
            draw(scenario, 1).visits.iter().all(|visit| visit.departure_s <= 50_400)
        }),
        (&["vehicles.bzl.curve.3.power_kw=21"], |scenario| {
            scenario.depot().vehicle_types[0].curve[2].power_w == 21_000
        }),
        (&["vehicles.bzl.curve=[(soc_pct: 0, power_kw: 90), (soc_pct: 100, power_kw: 9)]"], |scenario| {
            scenario.depot().vehicle_types[0].curve.len() == 2
        }),
        (&["envelopes.evening.windows.*.limit_kw=500"], |scenario| {
            let steps = draw(scenario, 1).envelope_steps;
            steps.iter().filter(|step| step.limit_w == Some(500_000)).count() == 2
        }),
        (&["envelopes=[]"], |scenario| draw(scenario, 1).envelope_steps.is_empty()),
        (&["base_loads.GC1.steps.2.power_kw=-10.5"], |scenario| {
            draw(scenario, 1).base_load_steps.iter().any(|step| step.power_w == -10_500)
        }),
        (&["lanes=Listed([\"C1-P1-1\"])"], |scenario| scenario.depot().lanes.len() == 1),
        (&["on_unsupported=Flat"], |scenario| scenario.depot().fallback_note.is_none()),
        (&["site.connectors=[(id: \"{parent}-x{n}\", repeat: 3, parent: \"*\")]"], |scenario| {
            scenario.file().site.connectors.len() == 48
        }),
        (&["site.connectors.*.pausable=false"], |scenario| {
            scenario.depot().site.iter().filter(|node| !node.pausable).count() == 32
        }),
        // What a connection leaves out follows the site's id.
        (&["site.id=YARD"], |scenario| {
            scenario.depot().site[0].id == "YARD"
                && scenario.file().site.grid_connections[0].parent.as_deref() == Some("YARD")
        }),
        // A list that is set is expanded before the next path leads into it.
        (
            &[
                "site.connectors=[(id: \"{parent}-x{n}\", repeat: 3, parent: \"*\")]",
                "site.connectors.C1-P1-x2.note=second",
            ],
            |scenario| scenario.file().site.connectors[1].note == "second",
        ),
        (&["fleet.bus.count=1_0"], |scenario| draw(scenario, 1).visits.len() == 10),
        (&["site.charge_points.*.max_rating_kw=1_00.5"], |scenario| {
            scenario.file().site.charge_points[0].max_rating_kw.map(|rating| rating.w()) == Some(100_500)
        }),
        // `None` leaves out what may be left out, whatever its type.
        (&["site.note=some words", "site.note=None"], |scenario| scenario.file().site.note.is_empty()),
        (&["site.charge_points.*.max_rating_kw=None"], |scenario| {
            scenario.file().site.charge_points[0].max_rating_kw.is_none()
        }),
        (&["envelopes=None"], |scenario| scenario.file().envelopes.is_empty()),
        (
            &[
                "site.charge_points.C1-P1.hardware=(latency: \"5s\")",
                "site.charge_points.C1-P1.hardware=None",
            ],
            |scenario| scenario.file().site.charge_points[0].hardware.is_none(),
        ),
        (&["title=None"], |scenario| scenario.file().title == "None"),
    ];
    for (overlays, is_right) in cases {
        let scenario = set(&draft, overlays).unwrap_or_else(|error| panic!("{overlays:?}: {error}"));
        assert!(is_right(&scenario), "{overlays:?}");
    }
    assert_eq!(set(&draft, &[]).unwrap(), set(&draft, &["fleet.bus.count=28"]).unwrap());
}

#[test]
fn what_cannot_be_is_refused_with_what_can() {
    let draft = draft();
    let cases = [
        ("site.charge_pionts.*.max_rating=1", "did you mean `site.charge_points.*.max_rating_kw`?"),
        (
            "max_rating_kw=1",
            "did you mean `site.charge_points.*.max_rating_kw`, or `site.connectors.*.max_rating_kw`",
        ),
        ("site.charge_points.C9.note=x", "`site.charge_points` has no \"C9\""),
        ("fleet.buss.count=1", "did you mean `fleet.bus.count`?"),
        (
            "fleet.bus=1",
            "`fleet.bus` is not a single value; name one below it (there are id, count, vehicle, ",
        ),
        ("site.charge_points=1", "(there are C1-P1, C1-P2,"),
        ("site=1", "(there are id, default_capacity_kw,"),
        ("duration.x=1", "`duration` has nothing below it; it is a duration such as"),
        ("fleet.bus.arrival.4=18:00", "(there are 1, 2, 3)"),
        ("envelopes.evening.windows.3.limit_kw=1", "(there are 1, 2, *)"),
        ("measurement_gaps.*.from=18:00", "`measurement_gaps` has no entries"),
        ("fleet.bus.count=many", "\"many\" is not a number (a count from 1 to 1000000)"),
        ("fleet.bus.count=2.5", "2.5 is not a whole number"),
        ("fleet.bus.count=", "\"\" is not a number"),
        ("step=1x", "\"1x\" is not a duration"),
        ("duration=100000d", "\"100000d\" is too long for a duration (at most 49710 days)"),
        ("duration=99999999999s", "\"99999999999s\" is too long for a duration"),
        ("strategy=fare-share", "did you mean `fair-share`?"),
        ("on_unsupported=flat", "did you mean `Flat`? allowed are Reject, Flat"),
        ("site.connectors.*.pausable=no", "true or false"),
        ("lanes=Listed([\"C1-P1-1\"", "is never closed"),
        ("vehicles.bzl.curve=[(soc: 0, power_kw: 9)]", "unknown field `soc`"),
        ("vehicles.bzl.curve=[(soc_pct: 0)]", "the field `power_kw` is missing"),
        ("site.charge_points.C1-P1.parent=C9", "\"C9\" is no node of the site"),
        ("site.charge_points.C1-P1.repeat=2", "`repeat` is expanded already"),
        ("site.connectors_csv=x.csv", "read before values are replaced"),
        ("fleet.bus.vehicle=tram", "\"tram\" is no vehicle type"),
        (
            "site.charge_points.C1-P1.hardware.*=5",
            "is a record, and * stands for all of a list; name a field (there are latency,",
        ),
        ("site.*=5", "`site` is a record, and * stands for all of a list"),
        ("site.charge_points.+1.note=x", "`site.charge_points` has no \"+1\""),
        ("site.charge_points.01.note=x", "`site.charge_points` has no \"01\""),
        ("fleet.bus.arrival.+1=18:00", "has no \"+1\" (there are 1, 2, 3)"),
        ("fleet.bus.count=_1", "\"_1\" is not a number"),
        ("provenance.1.path=vehicles.tram.battery_kwh", "`vehicles` has no \"tram\""),
        (
            "provenance=[(path: \"fleet.nobody.count\", kind: Assumed, note: \"x\")]",
            "`fleet` has no \"nobody\"",
        ),
    ];
    for (overlay, expected) in cases {
        let error = set(&draft, &[overlay]).expect_err(overlay);
        let message = error.to_string();
        assert!(message.contains(expected), "{overlay}: {message}");
        assert!(message.starts_with(&format!("--set {overlay}: ")), "{overlay}: {message}");
        assert_eq!(error.problems().len(), 1, "{message}");
    }
    let error = set(&draft, &["fleet.bus.count=0", "step=x"]).unwrap_err();
    assert_eq!(error.problems().len(), 2, "{error}");
    // What is wrong is not painted over by what is set below it.
    let hardware = "site.charge_points.C1-P1.hardware";
    let message = set(&draft, &[&format!("{hardware}=(5)"), &format!("{hardware}.latency=5s")]).unwrap_err();
    assert!(message.to_string().contains("found values in parentheses (a record"), "{message}");
    assert_eq!(message.problems().len(), 1, "{message}");
    // What the file says can be wrong beside what is set.
    let message = set(&draft, &["step=7s"]).unwrap_err().to_string();
    assert!(message.starts_with("wa-pta:23:13: duration: 16h is not a whole number of steps"), "{message}");
    assert!(message.contains("with --set step=7s"), "{message}");
    assert!("no-equals-sign".parse::<Overlay>().is_err());
}

#[test]
fn faults_of_the_file_and_of_what_is_set_are_told_in_one_pass() {
    let bundled = Bundled::find("wa-pta").unwrap();
    /// What is replaced in the file, by what, what is set, and what is told.
    type Case<'a> = (&'a str, &'a str, &'a [&'a str], &'a [&'a str]);
    let cases: &[Case<'_>] = &[
        (
            "count: 28",
            "count: 0",
            &["fleet.buss.count=5", "step=x", "site.charge_points.C1-P1.max_rating_kw=90"],
            &[
                "wa-pta:47:14: fleet.bus.count: 0 is out of bounds",
                "--set fleet.buss.count=5: `fleet` has no \"buss\" (did you mean `fleet.bus.count`?",
                "--set step=x: \"x\" is not a duration",
            ],
        ),
        // What is set is applied, so that what follows from both is told.
        (
            "count: 28",
            "count: 0",
            &["rebalance=90s"],
            &[
                "fleet.bus.count: 0 is out of bounds",
                "--set rebalance=90s: 1min30s is not a whole number of steps",
            ],
        ),
        // Who was meant is not known where a name is wrong: one mistake is told once.
        (
            "id: \"C{n}\", repeat: 4",
            "id: \"C\", repeat: 4",
            &["site.charger_circuits.C1.note=x", "site.connectors.C1-P1-1.note=x", "fleet.bus.count=many"],
            &[
                "site.charger_circuits.C.id: \"C\" would be the id of all 4",
                "--set fleet.bus.count=many: \"many\" is not a number",
            ],
        ),
        ("id: \"bus\"", "id: 7", &["fleet.bus.count=3"], &["fleet.1.id: 7 is a number"]),
        // What the file says of provenance stays wrong whatever is set.
        (
            "path: \"fleet.bus.count\"",
            "path: \"fleet.buss.count\"",
            &["duration=12h"],
            &["provenance.9.path: `fleet` has no \"buss\""],
        ),
    ];
    for (from, to, overlays, expected) in cases {
        assert!(bundled.text.contains(from), "{from}");
        let text = bundled.text.replacen(from, to, 1);
        let draft = Draft::read(bundled.name, &text, &mut |file| bundled.read_file(file)).unwrap();
        let message = set(&draft, overlays).expect_err(to).to_string();
        let told: Vec<&str> = message.lines().collect();
        assert_eq!(told.len(), expected.len(), "{message}");
        for (told, expected) in told.iter().zip(*expected) {
            assert!(told.contains(expected), "{told} says {expected}");
        }
    }
}

#[test]
fn a_name_that_several_entries_share_is_told_when_all_of_them_change() {
    let visit = |from: &str, to: &str| {
        format!(
            r#"(vehicle: "b1", vehicle_type: "bzl", arrival: "{from}", departure: "{to}", soc_arrival_pct: 30, target_soc_pct: 90)"#
        )
    };
    let fleet = format!("fleet=Listed([{}, {}])", visit("17:00", "18:00"), visit("d2 01:00", "d2 04:00"));
    let set = |more: &[&str]| {
        let overlays: Vec<Overlay> =
            [fleet.as_str()].iter().chain(more).map(|text| text.parse().unwrap()).collect();
        let draft = draft().with(&overlays).unwrap();
        let (scenario, warnings) = draft.judge(&mut |file| Err(format!("there is no {file}"))).unwrap();
        let tiers: Vec<u32> = draw(&scenario, 1).visits.iter().map(|visit| visit.tier).collect();
        (tiers, warnings.problems().iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    assert_eq!(set(&[]), (vec![0, 0], Vec::new()));
    let (tiers, warnings) = set(&["fleet.b1.tier=2"]);
    assert_eq!(tiers, [2, 2]);
    let expected = "--set fleet.b1.tier=2: 2 entries of `fleet` are called \"b1\", and all of them change (numbers from 1 mean one each: `fleet.1`)";
    assert_eq!(warnings, [expected]);
    assert_eq!(set(&["fleet.2.tier=2"]), (vec![0, 2], Vec::new()));
    assert_eq!(set(&["fleet.*.tier=2"]), (vec![2, 2], Vec::new()));
    let error = draft().with(&[fleet.parse().unwrap(), "fleet.b2.tier=2".parse().unwrap()]).unwrap_err();
    assert!(
        error.to_string().contains("`fleet` has no \"b2\" (did you mean `fleet.b1.tier`? there are b1, *)"),
        "{error}"
    );
}

#[test]
fn overlays_on_overlays_are_overlays() {
    let draft = draft();
    let twice = |first: &str, second: &str| {
        let first = draft.with(&[first.parse().unwrap()]).unwrap();
        first.with(&[second.parse().unwrap()]).unwrap().resolve(&mut |_| unreachable!()).unwrap()
    };
    assert_eq!(
        twice("fleet.bus.count=5", "duration=12h"),
        set(&draft, &["duration=12h", "fleet.bus.count=5"]).unwrap()
    );
    assert_eq!(twice("fleet.bus.count=5", "fleet.bus.count=7"), set(&draft, &["fleet.bus.count=7"]).unwrap());
}

#[test]
fn every_statement_of_provenance_is_about_something() {
    for bundled in bundled() {
        let scenario = bundled.load().unwrap();
        assert!(!scenario.file().provenance.is_empty(), "{}", bundled.name);
        for record in &scenario.file().provenance {
            let wrong = bundled.text.replacen(&format!("\"{}\"", record.path), "\"fleet.nobody.count\"", 1);
            let result = scenarios::parse(bundled.name, &wrong, &mut |file| bundled.read_file(file));
            let message = result.expect_err(&record.path).to_string();
            assert!(message.contains(": provenance.") && message.contains(".path: "), "{message}");
        }
    }
}
