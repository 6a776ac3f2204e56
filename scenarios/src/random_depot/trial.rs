//! A random depot is resolved, drawn, run with the checker on, and recorded and restored.

use super::RandomDepot;
use crate::draw::draw;
use crate::recording::{Recording, RecordingOptions};
use crate::scenario::parse;
use sim::{Observer, ObserverError, TickView};
use std::collections::BTreeMap;

/// What was seen in a run: how often each outcome with its reason, and each kind of event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trial {
    /// Cycles, by `OUTCOME REASON`, and events, by name.
    pub seen: BTreeMap<String, u64>,
    /// How many ticks there were.
    pub ticks: u64,
}

impl Observer for Trial {
    fn tick(&mut self, view: &TickView<'_>) -> Result<(), ObserverError> {
        self.ticks += 1;
        if let Some(cycle) = view.cycle.filter(|_| view.is_cycle_new) {
            *self.seen.entry(format!("{} {}", cycle.outcome, cycle.reason)).or_default() += 1;
        }
        for event in view.events {
            *self.seen.entry(event.kind.name().to_owned()).or_default() += 1;
        }
        Ok(())
    }
}

/// Runs a depot from its file to its end.
///
/// # Errors
/// What the scenario is refused for, which is a mistake of the generator; the invariant that broke; or what was lost in a recording.
pub fn try_depot(depot: &RandomDepot) -> Result<Trial, String> {
    let mut read_file = |name: &str| depot.read_file(name);
    let refused = |error: crate::ScenarioError| format!("the scenario is refused: {error}");
    let scenario = parse("random", &depot.to_ron(), &mut read_file).map_err(refused)?;
    if parse("random", &scenario.to_ron(), &mut read_file).map_err(refused)?.file() != scenario.file() {
        return Err("the resolved scenario is not what is written of it".to_owned());
    }
    let realization = draw(&scenario, depot.seed);
    let mut trial = Trial::default();
    let mut promises = sim::ConnectorPromises::of(scenario.depot(), &realization);
    sim::run(scenario.depot(), &realization, &mut [&mut trial, &mut promises])
        .map_err(|error| error.to_string())?;
    let options = RecordingOptions::default();
    let recording = Recording::new(&scenario, &realization, depot.seed, 1, options);
    let visits = recording.visits_csv().to_owned();
    let mut read_visits = |_: &str| Ok(visits.clone());
    let (_, _, restored) = Recording::parse("recording", &recording.to_ron(), &mut read_visits)
        .map_err(|error| format!("the recording is refused: {error}"))?;
    if restored != realization {
        return Err("the recording restores another realization".to_owned());
    }
    Ok(trial)
}
