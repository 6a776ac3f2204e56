//! What is told of a random depot: its whole pack is made, and at some moments everything is explained. Nobody reads it; but none of it may panic,
//! be refused, or tell of a run that is another one.

use super::trial::Broken;
use crate::BEHAVIOUR;
use crate::exit::{Code, Failure};
use crate::pack::{PackFolder, Recipe, produce};
use outputs::moment::{
    Explanation, FaultLog, Moment, NodeExplanation, Past, StatusReport, Told, VisitExplanation,
};
use scenarios::Scenario;
use sim::{Realization, Simulation, Site, Traces};
use std::sync::atomic::AtomicBool;

/// Of whom all is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reports {
    /// Of one in sixteen seeds: reports take longer than the run that they tell of.
    Sampled,
    /// Of every depot.
    Always,
}

/// At so many moments of a run everything is explained.
const MOMENTS: u32 = 3;

impl Reports {
    pub(super) fn are_made_of(self, seed: u64) -> bool {
        self == Self::Always || seed.is_multiple_of(16)
    }
}

/// Makes all reports of a run; `digest` is of its ticks. Returns why its pack could not be written, if it could not: a
/// full disk breaks no promise.
///
/// # Errors
/// What went wrong.
pub(super) fn check(
    scenario: &Scenario,
    realization: &Realization,
    seed: u64,
    digest: &str,
) -> Result<Option<String>, Broken> {
    explain_all(scenario, realization, seed)?;
    let recipe = Recipe {
        scenario,
        realization,
        seed,
        behaviour: BEHAVIOUR,
        traces: Traces::Full,
        set: &[],
        replay_of: None,
        shows_progress: false,
        stop: &AtomicBool::new(false),
    };
    let told = PackFolder::for_now().and_then(|mut folder| produce(recipe, &mut folder));
    match told {
        Ok(produced) if produced.identity.run_digest == digest => Ok(None),
        Ok(produced) => {
            let what =
                format!("the pack tells of {}, and the run gave {digest}", produced.identity.run_digest);
            Err(Broken::new("reports", what))
        }
        // Whoever is asked to stop leaves it.
        Err(Failure { code: Code::Temporary, .. }) => Ok(None),
        Err(Failure { code: Code::CannotCreate | Code::Io, message, .. }) => Ok(Some(message)),
        Err(failure) => Err(Broken::new("reports", failure.message)),
    }
}

/// Tells the status at some moments, and explains every connector, node and visit.
fn explain_all(scenario: &Scenario, realization: &Realization, seed: u64) -> Result<(), Broken> {
    let depot = scenario.depot();
    let site = Site::of(depot);
    let mut faults = FaultLog::of(depot, realization, &site);
    let mut simulation =
        Simulation::new(depot, realization).map_err(|error| Broken::new("reports", error.to_string()))?;
    let (mut past, mut before) = (Past::default(), None);
    let every = (depot.ticks / MOMENTS).max(1);
    while let Some(view) = simulation.step(&[]) {
        faults.hear(view.events);
        past.hear(&view);
        let mut moment = Moment::of(&view);
        // Not always at the same time of the day.
        if (u64::from(view.tick) + seed).is_multiple_of(every.into()) {
            (moment.past, moment.before) = (past.clone(), before.take());
            let told = Told { depot, realization, site: &site, seed, faults: &faults };
            explain(&told, view.t_s as i64, &moment)
                .map_err(|error| Broken::new("reports", error.to_string()))?;
            moment = Moment::of(&view);
        }
        before = Some(Box::new(moment));
    }
    Ok(())
}

fn explain(told: &Told<'_>, at_s: i64, moment: &Moment) -> Result<(), serde_json::Error> {
    let mut told_bytes = 0;
    let mut tell = |text: String, json: serde_json::Result<String>| {
        told_bytes += text.len() + json?.len();
        Ok::<(), serde_json::Error>(())
    };
    let status = StatusReport::of(told, at_s, Some(moment));
    tell(status.to_text(), serde_json::to_string(&status))?;
    for column in 0..told.site.connectors.len() {
        let explanation = Explanation::of(told, at_s, moment, column);
        tell(explanation.to_text(), serde_json::to_string(&explanation))?;
    }
    for column in 0..told.site.nodes.len() {
        let explanation = NodeExplanation::of(told, at_s, moment, column);
        tell(explanation.to_text(), serde_json::to_string(&explanation))?;
    }
    for visit in &told.realization.visits {
        if let Some(explanation) = VisitExplanation::of(told, at_s, moment, &visit.id) {
            tell(explanation.to_text(), serde_json::to_string(&explanation))?;
        }
    }
    Ok(())
}
