//! What takes texts from strangers, as functions of a text: for fuzzers.
//!
//! Each must end soon and without a panic, whatever it is given. Beside that, what was accepted must be what is written of it.

use crate::balance_json::{Answer, Question};
use balancer::CycleInput;
use scenarios::{Recording, RecordingOptions, Scenario};
use std::sync::OnceLock;

/// A reader of texts: its name, and how it is fed. It returns the first words of what it says, by which a fuzzer sees that it came somewhere
/// new.
pub type Target = (&'static str, fn(&str) -> String);

/// Every reader.
pub const TARGETS: [Target; 5] = [
    ("scenario", scenario),
    ("visits", visits),
    ("balance", balance),
    ("recording", recording),
    ("demands", demands),
];

/// A depot whose visits come from a CSV file.
const DEPOT: &str = r#"#![enable(implicit_some)]
(
  schema: 1, id: "fuzzed", start: "2026-03-04T16:00:00+08:00", duration: "2h", step: "1min",
  site: (
    id: "S",
    grid_connections: [(id: "G", default_capacity_kw: 300)],
    charge_points: [(id: "P{n}", repeat: 2, parent: "G", max_rating_kw: 100)],
  ),
  vehicles: [(id: "bus", battery_kwh: 100, efficiency_pct: 95, curve: [(soc_pct: 0, power_kw: 100), (soc_pct: 100, power_kw: 10)])],
  fleet: Visits(csv: "visits.csv"),
)"#;
const VISITS: &str = "vehicle,vehicle_type,arrival,departure,soc_arrival_pct,target_soc_pct\n\
    v1,bus,16:00,17:30,20,90\n";

fn depot(visits: &str) -> Result<Scenario, scenarios::ScenarioError> {
    scenarios::parse("depot.ron", DEPOT, &mut |_| Ok(visits.to_owned()))
}

fn scenario(text: &str) -> String {
    let mut read_file = |_: &str| Err("there is no such file".to_owned());
    let scenario = match scenarios::parse("fuzzed.ron", text, &mut read_file) {
        Ok(scenario) => scenario,
        Err(error) => return words(&error.to_string()),
    };
    let again = scenarios::parse("again.ron", &scenario.to_ron(), &mut read_file);
    assert!(again.is_ok_and(|again| again.file() == scenario.file()), "what is written is what was read");
    "accepted".to_owned()
}

fn visits(text: &str) -> String {
    match depot(text) {
        Ok(scenario) => {
            let visits = scenarios::draw(&scenario, 1).visits.len();
            format!("accepted {}", visits.min(20))
        }
        Err(error) => words(&error.to_string()),
    }
}

fn balance(text: &str) -> String {
    let question: Question = match serde_json::from_str(text) {
        Ok(question) => question,
        Err(error) => return words(&error.to_string()),
    };
    let answer = Answer::from(balancer::decide(&CycleInput::from(question)));
    let json = serde_json::to_string(&answer).expect("an answer is plain text and integers");
    words(&json)
}

fn recording(text: &str) -> String {
    let mut read_file = |_: &str| Ok(VISITS.to_owned());
    let (recording, scenario, realization) = match Recording::parse("recording.ron", text, &mut read_file) {
        Ok(read) => read,
        Err(error) => return words(&error.to_string()),
    };
    let again = Recording::new(
        &scenario,
        &realization,
        recording.seed,
        recording.behaviour,
        RecordingOptions::default(),
    );
    let visits = again.visits_csv().to_owned();
    let restored = Recording::parse("again.ron", &again.to_ron(), &mut |_| Ok(visits.clone()));
    assert!(
        restored.is_ok_and(|(_, _, restored)| restored == realization),
        "what is written is what was read"
    );
    "accepted".to_owned()
}

fn demands(text: &str) -> String {
    static SCENARIO: OnceLock<Scenario> = OnceLock::new();
    let scenario = SCENARIO.get_or_init(|| depot(VISITS).expect("it is sound"));
    match scenarios::read_demands("demands.csv", text, scenario) {
        Ok(demands) => format!("accepted {}", demands.len().min(20)),
        Err(error) => words(&error.to_string()),
    }
}

/// Words that tell one answer from another, without what was quoted.
fn words(text: &str) -> String {
    let is_word = |word: &&str| word.chars().all(|c| c.is_ascii_alphabetic());
    text.split([' ', ',', ':', '"', '{', '}'])
        .filter(|word| !word.is_empty())
        .filter(is_word)
        .take(6)
        .collect::<Vec<_>>()
        .join(" ")
}
