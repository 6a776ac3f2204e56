//! One case: from its parameters and seed to its row.

use super::plan::{Digest, Plan, PlannedFile};
use super::planner::scenario_sha256;
use crate::stop::{StopWatch, Stopped};
use outputs::checks::check_figures;
use outputs::sweep::{METRICS, Outcome, Status};
use outputs::{FinalState, Summary, realization_sha256, sha256_hex};
use scenarios::{Draft, Overlay, Scenario};
use sim::{Acceptance, BrokenInvariant, Observer, Projection, RunError};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicBool;

/// What every thread reads: the plan, and its scenario before any point changes it.
#[derive(Debug)]
pub(super) struct Bench<'p> {
    plan: &'p Plan,
    draft: Draft,
    /// What the plan's files say, and its digests.
    files: BTreeMap<&'p str, (&'p str, Digest)>,
}

/// A thread's own: the scenario of the point that it is at, resolved once for all its seeds.
#[derive(Debug, Default)]
pub(super) struct Worker {
    point: Option<(u32, Result<Resolved, String>)>,
    final_state: FinalState,
}

#[derive(Debug)]
struct Resolved {
    scenario: Scenario,
    projection: Projection,
}

impl<'p> Bench<'p> {
    /// Reads the plan's scenario.
    ///
    /// # Errors
    /// A message; none for a plan that this version made.
    pub(super) fn of(plan: &'p Plan) -> Result<Self, String> {
        let file = |file: &'p PlannedFile| (file.name.as_str(), (file.text.as_str(), Digest::of(&file.text)));
        let files: BTreeMap<&str, (&str, Digest)> = plan.scenario.files.iter().map(file).collect();
        let set: Vec<Overlay> = plan.set.iter().map(|set| set.parse()).collect::<Result<_, _>>()?;
        let draft =
            Draft::read(&plan.scenario.name, &plan.scenario.text, &mut reading(&files, &mut BTreeMap::new()))
                .and_then(|draft| draft.with(&set))
                .map_err(|error| error.to_string())?;
        Ok(Self { plan, draft, files })
    }

    fn resolve(&self, point: u32) -> Result<Resolved, String> {
        let planned = &self.plan.points[point as usize];
        let mut read = BTreeMap::new();
        let scenario = self
            .draft
            .with_said("--axis", &self.plan.overlays(planned))
            .and_then(|draft| draft.resolve(&mut reading(&self.files, &mut read)))
            .map_err(|error| error.to_string())?;
        if scenario_sha256(&scenario, &read) != planned.sha256 {
            return Err(
                "this version resolves the plan's scenario to another one (make the plan again)".into()
            );
        }
        let projection = Projection::of(scenario.depot()).map_err(|rejection| rejection.to_string())?;
        Ok(Resolved { scenario, projection })
    }

    /// Ids of the checks that ask that something happens, as the first point has them.
    pub(super) fn demonstrations(&self) -> BTreeSet<String> {
        let first = if self.plan.points.is_empty() { None } else { self.resolve(0).ok() };
        let criteria = first.iter().flat_map(|resolved| resolved.scenario.criteria());
        criteria.filter(|criterion| criterion.rule.is_a_demonstration()).map(|it| it.id.clone()).collect()
    }

    /// Runs a case; `None` where it was stopped on its way.
    pub(super) fn run(&self, worker: &mut Worker, case: usize, stop: &AtomicBool) -> Option<Outcome> {
        let planned = self.plan.cases[case];
        let ended = |status, error| Some(Outcome::Ended { status, error });
        let ran = catch_unwind(AssertUnwindSafe(|| {
            if worker.point.as_ref().is_none_or(|(point, _)| *point != planned.point) {
                worker.point = Some((planned.point, self.resolve(planned.point)));
            }
            match &worker.point {
                Some((_, Ok(resolved))) => simulate(resolved, planned.seed, &mut worker.final_state, stop),
                Some((_, Err(message))) => ended(Status::Failed, message.clone()),
                None => None,
            }
        }));
        ran.unwrap_or_else(|panic| {
            *worker = Worker::default();
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
            ended(Status::Bug, format!("the program panicked: {text}"))
        })
    }
}

fn reading<'a>(
    files: &'a BTreeMap<&str, (&str, Digest)>,
    read: &'a mut BTreeMap<String, Digest>,
) -> impl FnMut(&str) -> Result<String, String> + 'a {
    |name: &str| {
        let (text, sha256) = files.get(name).ok_or("the plan does not hold it (make the plan again)")?;
        read.insert(name.to_owned(), *sha256);
        Ok((*text).to_owned())
    }
}

fn simulate(
    resolved: &Resolved,
    seed: u64,
    final_state: &mut FinalState,
    stop: &AtomicBool,
) -> Option<Outcome> {
    let depot = resolved.scenario.depot();
    let realization = scenarios::draw(&resolved.scenario, seed);
    let mut summary = Summary::new(depot, &realization, &resolved.projection.site);
    final_state.clear();
    let mut watch = StopWatch(stop);
    let criteria = resolved.scenario.criteria();
    let mut acceptance = Acceptance::new(depot, &realization, &resolved.projection.site, criteria);
    let mut observers: Vec<&mut dyn Observer> = vec![&mut summary, final_state, &mut watch];
    if !criteria.is_empty() {
        observers.push(&mut acceptance);
    }
    let ran = sim::run_on(depot, &resolved.projection, &realization, &mut observers);
    match ran {
        Ok(()) => {}
        Err(RunError::Observer(error)) if error.is::<Stopped>() => return None,
        Err(RunError::Observer(error)) if error.is::<BrokenInvariant>() => {
            return Some(Outcome::Ended { status: Status::Bug, error: error.to_string() });
        }
        Err(error) => return Some(Outcome::Ended { status: Status::Failed, error: error.to_string() }),
    }
    let checks = check_figures(depot, &realization, criteria, acceptance.findings());
    let report = summary.into_report().judged(checks);
    let figures = METRICS.iter().map(|metric| metric.of(&report)).collect();
    let failed_checks = report.checks.iter().filter(|check| !check.passed).map(|check| check.id.clone());
    let failed_checks = failed_checks.collect();
    let summary_sha256 = match report.to_json() {
        Ok(json) => sha256_hex(json.as_bytes()),
        Err(error) => return Some(Outcome::Ended { status: Status::Bug, error: error.to_string() }),
    };
    Some(Outcome::Ran {
        realization_digest: realization_sha256(&realization),
        figures,
        failed_checks,
        run_digest: outputs::format::hex(&final_state.sha256_with(summary_sha256.as_bytes())),
        summary_sha256,
    })
}
