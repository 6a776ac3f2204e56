//! What takes texts from strangers, as functions of a text: for fuzzers.
//!
//! Each must end soon and without a panic, whatever it is given. Beside that, what was accepted must be what is written of it.

use crate::balance_json::Question;
use crate::hunt::{Case, Reports, try_case};
use scenarios::{Recording, RecordingOptions, Scenario};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::{fs, io};

/// A reader of texts.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name.
    pub name: &'static str,
    /// Files, and folders of files, that a fuzzer begins with; from the root of the repository.
    pub corpus: &'static [&'static str],
    /// How it is fed. It returns the first words of what it says, by which a fuzzer sees that it came somewhere new.
    pub read: fn(&str) -> String,
}

/// Every reader.
pub const TARGETS: [Target; 5] = [
    Target {
        name: "scenario",
        corpus: &[
            "tests/replay/depot.ron",
            "scenarios/reference.ron",
            "scenarios/starter.ron",
            "scenarios/bundled/wa-pta.ron",
            "scenarios/bundled/flat-site.ron",
            "scenarios/bundled/nested-boards.ron",
            "scenarios/bundled/two-connections.ron",
            "scenarios/bundled/layover.ron",
            "scenarios/bundled/stale-feed.ron",
            "scenarios/bundled/malformed-envelope.ron",
            "scenarios/bundled/circuit-outage.ron",
            "scenarios/bundled/broken-site-data.ron",
        ],
        read: scenario,
    },
    Target { name: "visits", corpus: &["fuzz/corpus/visits"], read: visits },
    Target { name: "balance", corpus: &["fuzz/corpus/balance"], read: balance },
    Target { name: "recording", corpus: &["fuzz/corpus/recording"], read: recording },
    Target { name: "demands", corpus: &["fuzz/corpus/demands"], read: demands },
];

impl Target {
    /// The texts that a fuzzer begins with, each with its path.
    ///
    /// # Errors
    /// Where a file or folder cannot be read.
    pub fn corpus(&self, root: &Path) -> io::Result<Vec<(PathBuf, Vec<u8>)>> {
        let mut paths = Vec::new();
        for place in self.corpus.iter().map(|place| root.join(place)) {
            if !place.is_dir() {
                paths.push(place);
                continue;
            }
            let first = paths.len();
            for entry in fs::read_dir(place)? {
                paths.push(entry?.path());
            }
            paths[first..].sort();
        }
        paths.into_iter().map(|path| fs::read(&path).map(|bytes| (path, bytes))).collect()
    }
}

/// A depot whose visits come from a CSV file.
const DEPOT: &str = r#"#![enable(implicit_some)]
(
  schema: 1, id: "fuzzed", title: "Two chargers", start: "2026-03-04T16:00:00+08:00", duration: "2h", step: "1min",
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
    let mut read_file = |name: &str| match name {
        "workshop.csv" => Ok("time,power_kw\n06:00,3.5\n18:00,1\n".to_owned()),
        "visits.csv" => Ok(VISITS.to_owned()),
        _ => Err("there is no such file".to_owned()),
    };
    let scenario = match scenarios::parse("fuzzed.ron", text, &mut read_file) {
        Ok(scenario) => scenario,
        Err(error) => return words(&error.to_string()),
    };
    let again = scenarios::parse("again.ron", &scenario.to_ron(), &mut read_file);
    assert!(again.is_ok_and(|again| again.file() == scenario.file()), "what is written is what was read");
    is_run(&scenario, text, &mut read_file)
}

/// What is accepted and small is run, recorded and run again with the checker on, as a hunt would.
fn is_run(scenario: &Scenario, text: &str, read_file: &mut scenarios::ReadFile<'_>) -> String {
    const ROWS_MAX: usize = 100_000;
    const VISITS_MAX: usize = 200;
    let depot = scenario.depot();
    if depot.ticks as usize * depot.site.len() > ROWS_MAX
        || scenarios::draw(scenario, 1).visits.len() > VISITS_MAX
    {
        return "accepted".to_owned();
    }
    let file = |name: &str| read_file(name).ok().map(|content| (name.to_owned(), content));
    let files = ["workshop.csv", "visits.csv"].into_iter().filter_map(file).collect();
    match try_case(&Case { seed: 1, text: text.to_owned(), files }, Reports::Sampled) {
        Ok(seen) => format!("accepted {:?}", seen.ends),
        // The simulation has words of its own for what only it can see.
        Err(broken) if broken.kind == "refused" => words(&broken.what),
        Err(broken) => panic!("{broken}"),
    }
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
    let json = serde_json::to_string(&question.answer()).expect("an answer is plain text and integers");
    words(&json)
}

/// What stands between a recording and its visits, in one text for a fuzzer.
const VISITS_BELOW: &str = "// recording-visits.csv\n";

fn recording(text: &str) -> String {
    let (text, visits) = text.split_once(VISITS_BELOW).unwrap_or((text, VISITS));
    let mut read_file = |_: &str| Ok(visits.to_owned());
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A corpus that readers refuse at once leads a fuzzer nowhere.
    #[test]
    fn readers_understand_their_corpus() {
        for target in TARGETS {
            let corpus = target.corpus(Path::new(env!("CARGO_MANIFEST_DIR"))).expect("it can be read");
            assert!(corpus.len() > 1, "{}", target.name);
            for (path, bytes) in corpus {
                let said = (target.read)(std::str::from_utf8(&bytes).expect("a text"));
                let is_understood = said.starts_with("accepted") || said.starts_with("outcome");
                assert!(is_understood, "{}: {said}", path.display());
            }
        }
    }
}
