//! One depot is tried: run with the checker on, recorded, read again, run again, and of some all is told.

use super::reports::{self, Reports};
use outputs::{HashingWriter, TickDigests};
use scenarios::random_depot::RandomDepot;
use scenarios::{Recording, RecordingOptions, Scenario, ScenarioError};
use sim::{BrokenInvariant, Depot, Observer, ObserverError, Realization, RunError, TickView};
use std::collections::BTreeSet;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A scenario file with what it names, and the seed to draw from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The seed.
    pub seed: u64,
    /// The scenario.
    pub text: String,
    /// The CSV files that it names, each with its text.
    pub files: Vec<(String, String)>,
}

/// What was seen in a run that went well.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// The strategy.
    pub strategy: &'static str,
    /// Levels of the site's tree.
    pub depth: u32,
    /// What is odd about the depot.
    pub features: Vec<&'static str>,
    /// How cycles ended: outcome and reason.
    pub ends: BTreeSet<(&'static str, &'static str)>,
    /// Kinds of events.
    pub events: BTreeSet<&'static str>,
    /// How many ticks there were.
    pub ticks: u64,
    /// SHA-256 of all tick digests.
    pub digest: String,
    /// Why its pack could not be written, where it was to be and could not.
    pub untold: Option<String>,
}

/// Something broke.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}: {what}")]
pub struct Broken {
    /// Which promise: `invariant`, `panic`, `replay`, `recording`, `refused`, `reports` or `threads`.
    pub kind: &'static str,
    /// What was found.
    pub what: String,
    /// What failures have in common that are one.
    pub class: String,
}

impl Broken {
    /// A broken promise.
    pub fn new(kind: &'static str, what: impl Into<String>) -> Self {
        let what = what.into();
        let class = class_of(&what);
        Self { kind, what, class }
    }

    /// Whether both are one failure, as far as can be told.
    pub fn is_like(&self, other: &Self) -> bool {
        (self.kind, &self.class) == (other.kind, &other.class)
    }
}

/// The first words without what differs from depot to depot.
fn class_of(what: &str) -> String {
    let is_word = |word: &&str| word.len() > 1 && word.chars().all(|c| c.is_ascii_lowercase());
    what.split_whitespace().filter(is_word).take(3).collect::<Vec<_>>().join(" ")
}

impl Case {
    /// The case of a random depot.
    pub fn of(depot: &RandomDepot) -> Self {
        Self { seed: depot.seed, text: depot.to_ron(), files: depot.files.clone() }
    }

    fn read_file(&self, name: &str) -> Result<String, String> {
        let found = self.files.iter().find(|(file, _)| file == name);
        found.map(|(_, text)| text.clone()).ok_or_else(|| format!("there is no file {name}"))
    }
}

/// Tries a case; a panic is a failure like any other.
///
/// # Errors
/// What broke.
pub fn try_case(case: &Case, reports: Reports) -> Result<Seen, Broken> {
    catch_unwind(AssertUnwindSafe(|| attempt(case, reports))).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()));
        Err(Broken::new("panic", text.unwrap_or_default()))
    })
}

fn attempt(case: &Case, reports: Reports) -> Result<Seen, Broken> {
    let mut read_file = |name: &str| case.read_file(name);
    let scenario = scenarios::parse("depot.ron", &case.text, &mut read_file).map_err(refused)?;
    let realization = scenarios::draw(&scenario, case.seed);
    let mut seen = Watcher::of(&scenario);
    let digest = run(scenario.depot(), &realization, &mut seen)?;
    let seen = Seen { digest, ..seen.0 };

    let recording = Recording::new(&scenario, &realization, case.seed, 1, RecordingOptions::default());
    let visits = recording.visits_csv().to_owned();
    let mut read_visits = |_: &str| Ok(visits.clone());
    let (_, reread, restored) = Recording::parse("recording.ron", &recording.to_ron(), &mut read_visits)
        .map_err(|error| Broken::new("recording", format!("it is refused: {error}")))?;
    if restored != realization {
        return Err(Broken::new("recording", "it restores another realization"));
    }
    let rerun = std::thread::scope(|scope| {
        let run = || catch_unwind(AssertUnwindSafe(|| run(reread.depot(), &restored, &mut Silent)));
        scope.spawn(run).join()
    });
    match rerun {
        Ok(Ok(Ok(digest))) if digest == seen.digest => {
            let untold = match reports.are_made_of(case.seed) {
                true => reports::check(&scenario, &realization, case.seed, &digest)?,
                false => None,
            };
            Ok(Seen { untold, ..seen })
        }
        Ok(Ok(Ok(digest))) => {
            Err(Broken::new("replay", format!("the rerun gives {digest}, and the run gave {}", seen.digest)))
        }
        Ok(Ok(Err(broken))) => Err(Broken { kind: "replay", ..broken }),
        _ => Err(Broken::new("replay", "the rerun panics, and the run did not")),
    }
}

/// Runs with the checker on; the digest of all tick digests.
fn run(depot: &Depot, realization: &Realization, watcher: &mut dyn Observer) -> Result<String, Broken> {
    let mut digests = TickDigests::new(HashingWriter::new(io::sink()));
    match sim::run(depot, realization, &mut [&mut digests, watcher]) {
        Ok(()) => Ok(digests.into_inner().finish("").1.sha256),
        Err(RunError::Sim(error)) => Err(Broken::new("refused", error.to_string())),
        Err(RunError::Observer(error)) => Err(match error.downcast_ref::<BrokenInvariant>() {
            Some(broken) => {
                Broken { class: class_of(&broken.what), ..Broken::new("invariant", broken.to_string()) }
            }
            None => Broken::new("invariant", error.to_string()),
        }),
    }
}

fn refused(error: ScenarioError) -> Broken {
    Broken::new("refused", error.to_string())
}

/// Notes what is covered.
struct Watcher(Seen);

impl Watcher {
    fn of(scenario: &Scenario) -> Self {
        let depot = scenario.depot();
        let mut levels: Vec<u32> = Vec::with_capacity(depot.site.len());
        for node in &depot.site {
            levels.push(node.parent.map_or(1, |parent| levels[parent as usize] + 1));
        }
        let depth = levels.into_iter().max().unwrap_or(0);
        Self(Seen { strategy: depot.strategy.name(), depth, ..Seen::default() })
    }
}

impl Observer for Watcher {
    fn tick(&mut self, view: &TickView<'_>) -> Result<(), ObserverError> {
        self.0.ticks += 1;
        if let Some(cycle) = view.cycle.filter(|_| view.is_cycle_new) {
            self.0.ends.insert((cycle.outcome.name(), cycle.reason.code()));
        }
        self.0.events.extend(view.events.iter().map(|event| event.kind.name()));
        Ok(())
    }
}

struct Silent;

impl Observer for Silent {
    fn tick(&mut self, _: &TickView<'_>) -> Result<(), ObserverError> {
        Ok(())
    }
}
