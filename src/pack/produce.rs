//! The one way from a realization to the files of a pack; `run` and `verify` both take it.

use super::folder::{PackFile, PackFolder};
use crate::exit::{Code, Failure};
use crate::stop::{self, StopWatch, Stopped};
use crate::{BEHAVIOUR, progress};
use outputs::checks::check_figures;
use outputs::summary::report::SummaryReport;
use outputs::{
    Assumption, BreachesCsv, ConnectorsCsv, CyclesCsv, EventsCsv, Manifest, NodesCsv, PlotData,
    ReviewContext, ReviewData, RunIdentity, Summary, TickDigests, VisitsCsv, datapackage_json, junit_xml,
    sha256sums,
};
use scenarios::{ProvenanceKind, Recording, RecordingOptions, ReplayOf, Scenario};
use sim::{
    Acceptance, BrokenInvariant, Depot, Observer, ObserverError, Realization, RunError, Site, Strategy,
    TickView, Traces,
};
use std::sync::atomic::AtomicBool;

/// What a pack is made from.
#[derive(Debug, Clone, Copy)]
pub struct Recipe<'a> {
    /// The resolved scenario.
    pub scenario: &'a Scenario,
    /// What chance decided.
    pub realization: &'a Realization,
    /// The seed it was drawn from.
    pub seed: u64,
    /// The behaviour version to write down.
    pub behaviour: u32,
    /// Which rows of the tick-by-tick tables to keep.
    pub traces: Traces,
    /// Values of the scenario that were replaced, as PATH=VALUE.
    pub set: &'a [String],
    /// Which run this one replays, where it replays one.
    pub replay_of: Option<&'a ReplayOf>,
    /// Whether to show progress.
    pub shows_progress: bool,
    /// Set as soon as it is to be stopped.
    pub stop: &'a AtomicBool,
}

/// What was produced.
#[derive(Debug)]
pub struct Produced {
    /// What produced the pack, with its digest.
    pub identity: RunIdentity,
    /// Its figures.
    pub summary: SummaryReport,
}

/// Runs the simulation and writes every file of the pack into `folder`.
///
/// # Errors
/// Exit 74 for a failed write, 65 for a scenario that cannot be run, 70 for a broken invariant.
pub fn produce(recipe: Recipe<'_>, folder: &mut PackFolder) -> Result<Produced, Failure> {
    let (depot, realization) = (recipe.scenario.depot(), recipe.realization);
    let site = Site::of(depot);
    let (seed, traces) = (recipe.seed, recipe.traces);

    let (set, replay_of) = (recipe.set.to_vec(), recipe.replay_of.cloned());
    let options = RecordingOptions { traces, set, replay_of };
    let recording = Recording::new(recipe.scenario, realization, seed, recipe.behaviour, options);
    folder.write("recording.ron", recording.to_ron().as_bytes())?;
    folder.write("recording-visits.csv", recording.visits_csv().as_bytes())?;

    let mut cycles = CyclesCsv::new(folder.create("cycles.csv")?, depot, realization, &site);
    let mut visits = VisitsCsv::new(folder.create("visits.csv")?, depot, realization, &site);
    let mut events = EventsCsv::new(folder.create("events.csv")?, depot, realization, &site);
    let mut breaches = BreachesCsv::new(folder.create("breaches.csv")?, depot, realization, &site);
    let mut digests = TickDigests::new(folder.create("tick-digests.csv")?);
    let mut tables = TickTables::open(folder, traces, depot, realization, &site)?;
    let mut summary = Summary::new(depot, realization, &site);
    let mut plots = PlotData::new(depot, realization, &site, seed);
    let mut review = ReviewData::new(depot, realization, &site);
    let criteria = recipe.scenario.criteria();
    let mut acceptance = Acceptance::new(depot, realization, &site, criteria);
    let mut bar = Bar::of(&recipe);
    let mut stop = StopWatch(recipe.stop);

    let mut observers: Vec<&mut dyn Observer> = vec![
        &mut cycles,
        &mut visits,
        &mut events,
        &mut breaches,
        &mut digests,
        &mut summary,
        &mut plots,
        &mut acceptance,
        &mut review,
        &mut bar,
        &mut stop,
    ];
    if let Some((nodes, connectors)) = &mut tables.0 {
        observers.push(nodes);
        observers.push(connectors);
    }
    sim::run(depot, realization, &mut observers).map_err(|error| failure(error, seed, &depot.id))?;

    folder.close("cycles.csv", cycles.into_inner())?;
    folder.close("visits.csv", visits.into_inner())?;
    folder.close("events.csv", events.into_inner())?;
    folder.close("breaches.csv", breaches.into_inner())?;
    folder.close("tick-digests.csv", digests.into_inner())?;
    tables.close(folder)?;
    let checks = check_figures(depot, realization, criteria, acceptance.findings());
    let summary = summary.into_report().judged(checks);
    folder.write("summary.json", summary.to_json().map_err(bug)?.as_bytes())?;
    let plots = [
        ("plots/site.svg", plots.site_svg().map_err(bug)?),
        ("plots/branches.svg", plots.branches_svg().map_err(bug)?),
        ("plots/connectors.svg", plots.connectors_svg().map_err(bug)?),
        ("plots/visits.svg", plots.visits_svg().map_err(bug)?),
    ];
    for (name, svg) in &plots {
        folder.write(name, svg.as_bytes())?;
    }

    let run_digest = folder.digests().iter().find(|digest| digest.name == "tick-digests.csv");
    let identity = RunIdentity {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        behaviour: recipe.behaviour,
        scenario: depot.id.clone(),
        seed,
        strategy: depot.strategy.name().to_owned(),
        control: depot.control.name().to_owned(),
        run_digest: run_digest.map(|digest| digest.sha256.clone()).unwrap_or_default(),
    };
    let junit = junit_xml(&identity, &summary.checks).map_err(bug)?;
    folder.write("junit.xml", junit.as_bytes())?;
    let visits_columns = recording.visits_csv().lines().next().unwrap_or_default();
    let datapackage =
        datapackage_json(&identity, &depot.title, folder.digests(), visits_columns).map_err(bug)?;
    folder.write("datapackage.json", datapackage.as_bytes())?;
    let uncontrolled = uncontrolled(&recipe)?;
    let replayed = recipe.replay_of.map(|replay| {
        let changed =
            if replay.changed.is_empty() { "nothing".to_owned() } else { replay.changed.join(", ") };
        format!("{}; changed: {changed}", replay.run_digest)
    });
    let context = ReviewContext {
        depot,
        realization,
        site: &site,
        identity: &identity,
        summary: &summary,
        uncontrolled: uncontrolled.as_ref(),
        provenance: &assumptions(recipe.scenario),
        set: recipe.set,
        replay_of: replayed.as_deref(),
        traces,
        plots: &plots,
        files: folder.digests(),
    };
    let page = review.into_page(&context).map_err(bug)?;
    folder.write("review.html", page.as_bytes())?;
    let manifest = Manifest::new(identity.clone(), folder.digests().to_vec());
    folder.write("manifest.json", manifest.to_json().map_err(bug)?.as_bytes())?;
    let sums = sha256sums(folder.digests());
    folder.write("SHA256SUMS", sums.as_bytes())?;
    Ok(Produced { identity, summary })
}

/// The figures of the same realization without management; none where the run itself has none.
fn uncontrolled(recipe: &Recipe<'_>) -> Result<Option<SummaryReport>, Failure> {
    let depot = recipe.scenario.depot();
    if depot.strategy == Strategy::Uncontrolled {
        return Ok(None);
    }
    let depot = Depot { strategy: Strategy::Uncontrolled, ..depot.clone() };
    let mut summary = Summary::new(&depot, recipe.realization, &Site::of(&depot));
    sim::run(&depot, recipe.realization, &mut [&mut summary, &mut StopWatch(recipe.stop)])
        .map_err(|error| failure(error, recipe.seed, &depot.id))?;
    Ok(Some(summary.into_report()))
}

/// Where the scenario's numbers come from, for the page.
fn assumptions(scenario: &Scenario) -> Vec<Assumption> {
    let kind = |kind| match kind {
        ProvenanceKind::Vendor => "vendor",
        ProvenanceKind::Measured => "measured",
        ProvenanceKind::Assumed => "assumed",
    };
    let records = scenario.file().provenance.iter();
    records
        .map(|record| Assumption {
            path: record.path.clone(),
            kind: kind(record.kind).to_owned(),
            note: record.note.clone(),
        })
        .collect()
}

/// The two tables with a row per tick, which a pack may leave out.
struct TickTables(Option<(NodesCsv<PackFile>, ConnectorsCsv<PackFile>)>);

impl TickTables {
    fn open(
        folder: &PackFolder,
        traces: Traces,
        depot: &sim::Depot,
        realization: &Realization,
        site: &Site,
    ) -> Result<Self, Failure> {
        if traces == Traces::None {
            return Ok(Self(None));
        }
        let nodes = NodesCsv::new(folder.create("nodes.csv")?, traces, depot, realization, site);
        let connectors =
            ConnectorsCsv::new(folder.create("connectors.csv")?, traces, depot, realization, site);
        Ok(Self(Some((nodes, connectors))))
    }

    fn close(self, folder: &mut PackFolder) -> Result<(), Failure> {
        let Some((nodes, connectors)) = self.0 else { return Ok(()) };
        folder.close("nodes.csv", nodes.into_inner())?;
        folder.close("connectors.csv", connectors.into_inner())
    }
}

/// Progress as an observer.
struct Bar {
    bar: indicatif::ProgressBar,
    /// Connectors of the ticks since it was told last.
    untold: u64,
}

impl Bar {
    fn of(recipe: &Recipe<'_>) -> Self {
        let depot = recipe.scenario.depot();
        let bar = if recipe.shows_progress {
            progress::bar(u64::from(depot.ticks), &depot.id)
        } else {
            indicatif::ProgressBar::hidden()
        };
        Self { bar, untold: 0 }
    }
}

impl Observer for Bar {
    fn tick(&mut self, view: &TickView<'_>) -> Result<(), ObserverError> {
        // A tick of a small depot takes less than a look at the clock, and one of a large depot as long as a bar may stand still.
        self.untold += 1 + view.connectors.visit.len() as u64;
        if self.untold >= 256 {
            self.untold = 0;
            self.bar.set_position(u64::from(view.tick));
        }
        Ok(())
    }

    fn end(&mut self, _: &sim::RunEnd<'_>) -> Result<(), ObserverError> {
        self.bar.finish_and_clear();
        Ok(())
    }
}

fn bug(error: impl std::fmt::Display) -> Failure {
    Failure::new(Code::Bug, error.to_string())
}

fn failure(error: RunError, seed: u64, scenario: &str) -> Failure {
    let behaviour = BEHAVIOUR;
    match error {
        RunError::Sim(error) => Failure::bad_input(format!("{scenario}: {error}")),
        RunError::Observer(error) if error.is::<BrokenInvariant>() => Failure::new(
            Code::Bug,
            format!("{error}\n  scenario {scenario}, seed {seed}, behaviour {behaviour}"),
        ),
        RunError::Observer(error) if error.is::<Stopped>() => stop::stopped(stop::NO_PACK),
        RunError::Observer(error) => Failure::new(Code::Io, error.to_string()),
    }
}
