//! A recording restores exactly what it recorded, and what a person changes in it is what is replayed.

use scenarios::{
    BaseLoadKw, Bundled, RECORDING_VISITS, Recording, RecordingOptions, Scenario, ScenarioError, bundled,
    draw,
};
use sim::{Control, Realization, Strategy, Traces};

fn read(ron: &str, visits: &str) -> Result<(Recording, Scenario, Realization), ScenarioError> {
    Recording::parse("recording.ron", ron, &mut |name| {
        assert_eq!(name, RECORDING_VISITS);
        Ok(visits.to_owned())
    })
}

#[test]
fn what_is_recorded_is_restored_exactly() {
    for bundled in bundled() {
        let scenario = bundled.load().unwrap();
        for seed in (0..60).chain([u64::MAX]) {
            let scenario = scenario
                .clone()
                .with_strategy(Strategy::ALL[seed as usize % 8])
                .with_control(Control::ALL[seed as usize % 2]);
            let realization = draw(&scenario, seed);
            let options = RecordingOptions {
                replay_of: None,
                traces: Traces::ALL[seed as usize % 3],
                set: vec!["fleet.bus.count=28".into(); seed as usize % 3],
            };
            let recording = Recording::new(&scenario, &realization, seed, 1, options.clone());
            let (again, replayed, restored) =
                read(&recording.to_ron(), recording.visits_csv()).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(replayed.depot(), scenario.depot());
            assert_eq!(restored, realization);
            assert_eq!(again, recording);
            let second = Recording::new(&replayed, &restored, seed, 1, options);
            assert_eq!((second.to_ron(), second.visits_csv()), (recording.to_ron(), recording.visits_csv()));
        }
    }
}

#[test]
fn a_resolved_scenario_is_read_as_the_same_scenario() {
    for bundled in bundled() {
        let scenario = bundled.load().unwrap();
        let again =
            scenarios::parse("again", &scenario.to_ron(), &mut |name| bundled.read_file(name)).unwrap();
        assert_eq!(again, scenario);
    }
}

#[test]
fn hardware_faults_orders_and_conduct_are_restored_and_can_be_edited() {
    let text = include_str!("../reference.ron");
    let load = r#"time,power_kw
06:00,3.5
"#;
    let scenario = scenarios::parse("reference", text, &mut |_| Ok(load.to_owned())).unwrap();
    let realization = draw(&scenario, 5);
    assert!(realization.charger_steps.len() == 4 && realization.overrides.len() == 2);
    let recording = Recording::new(&scenario, &realization, 5, 1, RecordingOptions::default());
    let (ron, visits) = (recording.to_ron(), recording.visits_csv().to_owned());
    let (again, replayed, restored) = read(&ron, &visits).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((replayed.depot(), &restored, &again), (scenario.depot(), &realization, &recording));
    let edit = |text: &str, from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    };
    let (_, _, changed) = read(&edit(&ron, "change: Offline", "change: Faulted"), &visits).unwrap();
    assert_ne!(changed.charger_steps, realization.charger_steps);
    let (_, _, changed) = read(&edit(&ron, "order: ChargeNow", "order: Hold"), &visits).unwrap();
    assert_ne!(changed.overrides, realization.overrides);
    let (_, changed, _) = read(&edit(&ron, "latency: \"5s\"", "latency: \"6s\""), &visits).unwrap();
    assert_ne!(changed.depot().equipment, scenario.depot().equipment);
    let (_, _, changed) = read(&ron, &edit(&visits, "measured+20kW", "rated")).unwrap();
    assert_ne!(changed.visits, realization.visits);
    for (from, to, expected) in [
        ("node: \"C1-P1\"", "node: \"C1\"", "charger_steps.1.node: \"C1\" is no charger"),
        ("visit: \"bus-2\"", "visit: \"bus-7\"", "override_steps.1.visit: \"bus-7\" is no visit"),
        (
            "charger_steps: [",
            "charger_steps: [(at: \"2027-01-01T00:00:00Z\", node: \"C1-P1\", change: Online),",
            "charger_steps.1.at",
        ),
    ] {
        let message = read(&edit(&ron, from, to), &visits).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
}

fn recorded() -> (String, String) {
    let scenario = bundled()[0].load().unwrap();
    let recording = Recording::new(&scenario, &draw(&scenario, 3), 3, 1, RecordingOptions::default());
    (recording.to_ron(), recording.visits_csv().to_owned())
}

#[test]
fn an_edit_is_what_is_replayed_or_is_refused() {
    let (ron, visits) = recorded();
    let (_, scenario, realization) = read(&ron, &visits).unwrap();
    let edit = |text: &str, from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    };
    let (_, changed, _) =
        read(&edit(&ron, "safe_operating_capacity_kw: 1100", "safe_operating_capacity_kw: 1101"), &visits)
            .unwrap();
    assert_ne!(changed.depot(), scenario.depot());
    let (_, _, changed) = read(&edit(&ron, "limit_kw: 800", "limit_kw: 801"), &visits).unwrap();
    assert_eq!(changed.envelope_steps[0].limit_w, Some(801_000));
    let (recording, _, changed) = read(&edit(&ron, "power_kw: 60,", "power_kw: 61.5,"), &visits).unwrap();
    assert_eq!(changed.base_load_steps[1].power_w, 61_500);
    assert_eq!(recording.base_load_steps[1].power_kw, BaseLoadKw::from_w(61_500).unwrap());
    let (_, _, changed) = read(&ron, &edit(&visits, ",95.0000,", ",94.0000,")).unwrap();
    assert_ne!(changed.visits, realization.visits);
    for (from, to) in
        [("schema: 1", "schema: 2"), ("node: \"GC1\"", "node: \"GC2\""), ("behaviour", "behavior")]
    {
        assert!(read(&edit(&ron, from, to), &visits).is_err(), "{to}");
    }
}

#[test]
fn a_recording_that_would_have_to_be_drawn_is_refused() {
    let (ron, visits) = recorded();
    let ron = ron.replacen("Visits(\n      csv: \"recording-visits.csv\",\n    )", "Generated([])", 1);
    let message = read(&ron, &visits).unwrap_err().to_string();
    assert!(message.contains("a recording draws nothing"), "{message}");
}

#[test]
fn words_of_a_recording_have_what_people_can_see() {
    let bundled = Bundled::find("broken-site-data").unwrap();
    let scenario = bundled.load().unwrap();
    let recording = Recording::new(&scenario, &draw(&scenario, 3), 3, 1, RecordingOptions::default());
    let (ron, visits) = (recording.to_ron(), recording.visits_csv());
    for (from, place) in [("title: \"", "scenario.title"), ("detail: \"", "site_steps.1.refused.detail")] {
        assert!(ron.contains(from), "{from}");
        let message =
            read(&ron.replacen(from, &format!("{from}\\u{{1b}}"), 1), visits).unwrap_err().to_string();
        let is_told = message.contains(place) && message.contains("the character U+001B, which is not shown");
        assert!(is_told, "{message}");
    }
}

#[test]
fn every_changed_digit_of_the_visits_is_noticed() {
    let (ron, visits) = recorded();
    let (_, _, realization) = read(&ron, &visits).unwrap();
    for at in visits.char_indices().filter(|(_, c)| c.is_ascii_digit()).map(|(at, _)| at).step_by(7) {
        let digit = visits.as_bytes()[at];
        let mut changed = visits.clone().into_bytes();
        changed[at] = if digit == b'9' { b'8' } else { digit + 1 };
        let changed = String::from_utf8(changed).unwrap();
        if let Ok((_, _, replayed)) = read(&ron, &changed) {
            assert_ne!(replayed, realization, "{}", &changed[at.saturating_sub(40)..at + 1]);
        }
    }
}
