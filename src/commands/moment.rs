//! `status` and `explain`: a pack's run, brought to a moment again from its recording.
//!
//! The rerun needs no traces: a night takes less than a millisecond, and a pack that kept no tick-by-tick tables answers too.

use crate::BEHAVIOUR;
use crate::cli::{ExplainArgs, StatusArgs};
use crate::exit::{self, Code, Failure, escaped, print};
use crate::pack::{Pack, is_pack, recording};
use outputs::moment::{
    Explanation, FaultLog, Moment, NodeExplanation, Past, StatusReport, Told, VisitExplanation,
};
use scenarios::{Recording, Scenario, When};
use serde::Serialize;
use sim::view::NO_NODE;
use sim::{Realization, Simulation, Site};
use std::path::Path;

/// Shows the status of a pack's run.
pub(super) fn status(args: &StatusArgs) -> Result<(), Failure> {
    let mut run = Recorded::open(&args.pack)?;
    let at_s = match args.at {
        Some(at) => run.seconds(at)?,
        None => run.last_tick_s(),
    };
    let moment = run.moment(at_s)?;
    let report = StatusReport::of(&run.told(), at_s, moment.as_ref());
    tell(args.json, &report, || report.to_text())
}

/// Explains why a connector, a node or a vehicle got its power.
pub(super) fn explain(args: &ExplainArgs) -> Result<(), Failure> {
    let mut run = Recorded::open(&args.pack)?;
    let at_s = run.seconds(args.at)?;
    let subject = match (&args.connector, &args.subject) {
        (Some(id), _) => Subject::Connector(run.column(id)?),
        (None, id) => run.subject(id.as_deref().unwrap_or_default())?,
    };
    let Some(moment) = run.moment(at_s)? else {
        let start = run.scenario.calendar().moment(0);
        return Err(Failure::bad_input(format!(
            "--at: \"{}\" is before the run (from \"{start}\")",
            run.scenario.calendar().moment(at_s)
        )));
    };
    match subject {
        Subject::Connector(column) => {
            let explanation = Explanation::of(&run.told(), at_s, &moment, column);
            tell(args.json, &explanation, || explanation.to_text())
        }
        Subject::Node(column) => {
            let explanation = NodeExplanation::of(&run.told(), at_s, &moment, column);
            tell(args.json, &explanation, || explanation.to_text())
        }
        Subject::Visit(id) => {
            let explanation = VisitExplanation::of(&run.told(), at_s, &moment, &id);
            let explanation = explanation.ok_or_else(|| run.unknown(&id))?;
            tell(args.json, &explanation, || explanation.to_text())
        }
    }
}

/// What is to be explained.
enum Subject {
    /// The connector in a column of the site.
    Connector(usize),
    /// The node above connectors in a column of the site.
    Node(usize),
    /// The visit or vehicle of an id.
    Visit(String),
}

fn tell(as_json: bool, report: &impl Serialize, text: impl FnOnce() -> String) -> Result<(), Failure> {
    if !as_json {
        return print(&escaped(&text()));
    }
    let json = serde_json::to_string_pretty(report);
    print(&(json.map_err(|error| Failure::new(Code::Bug, error.to_string()))? + "\n"))
}

/// A recorded run.
struct Recorded {
    recording: Recording,
    scenario: Scenario,
    realization: Realization,
    site: Site,
    /// Complete up to the moment that was asked for.
    faults: FaultLog,
}

/// Says where a rerun is not what the pack's tables tell: its recording was edited, or another behaviour decides.
fn warn_of_another_run(folder: &Path, behaviour: u32) -> Result<(), Failure> {
    let pack = Pack::open(folder).ok();
    if pack.is_none() {
        exit::tell(&format!(
            "warning: the manifest of {0} cannot be read, so that nobody knows whether its recording is as it was written (`depotsim verify {0}` looks at what else tells)",
            folder.display()
        ));
    }
    let edited = pack.as_ref().map_or(Ok(Vec::new()), Pack::edited_recording)?;
    for name in edited {
        exit::tell(&format!(
            "warning: {name} was edited: this is told of the run that it asks for now, and not of the pack's tables"
        ));
    }
    if behaviour != BEHAVIOUR {
        exit::tell(&format!(
            "warning: behaviour {behaviour} decided this pack, and {BEHAVIOUR} decides what is told here (`depotsim verify` tells whether that is the same)"
        ));
    }
    Ok(())
}

/// What to do about a recording that cannot be read.
fn with_remedy(folder: &Path, failure: Failure) -> Failure {
    let folder = folder.display();
    let remedy = format!(
        "{folder} is rerun from its recording, and cannot be (`depotsim verify {folder}` tells what of the pack has changed; `depotsim run` writes it anew)"
    );
    let with_remedy = |message: &str, remedy: &str| format!("{}\n{remedy}", message.trim_end());
    Failure {
        message: with_remedy(&failure.message, &remedy),
        coloured: failure.coloured.as_deref().map(|message| with_remedy(message, &escaped(&remedy))),
        ..failure
    }
}

impl Recorded {
    fn open(folder: &Path) -> Result<Self, Failure> {
        is_pack(folder)?;
        let read = recording(folder, &[]).map_err(|failure| with_remedy(folder, failure));
        let (recording, scenario, realization) = read?;
        warn_of_another_run(folder, recording.behaviour)?;
        let site = Site::of(scenario.depot());
        let faults = FaultLog::of(scenario.depot(), &realization, &site);
        Ok(Self { recording, scenario, realization, site, faults })
    }

    fn told(&self) -> Told<'_> {
        let (depot, realization) = (self.scenario.depot(), &self.realization);
        Told { depot, realization, site: &self.site, seed: self.recording.seed, faults: &self.faults }
    }

    fn last_tick_s(&self) -> i64 {
        let depot = self.scenario.depot();
        depot.tick_s(depot.ticks.saturating_sub(1)) as i64
    }

    /// Seconds from the start of a time that is not after the run.
    fn seconds(&self, at: When) -> Result<i64, Failure> {
        let calendar = self.scenario.calendar();
        let at_s =
            calendar.resolve(at, 0).map_err(|message| Failure::bad_input(format!("--at: {message}")))?;
        let end_s = self.scenario.depot().duration_s() as i64;
        if at_s > end_s {
            let (start, end) = (calendar.moment(0), calendar.moment(end_s));
            let meant = calendar.moment(at_s);
            let message = format!(
                "--at: \"{at}\" is taken as \"{meant}\", after the run (from \"{start}\" to \"{end}\")"
            );
            return Err(Failure::bad_input(message));
        }
        Ok(at_s)
    }

    /// The column of a connector.
    fn column(&self, id: &str) -> Result<usize, Failure> {
        let depot = self.scenario.depot();
        let found = self.site.connectors.iter().position(|&at| depot.site[at as usize].id == id);
        found.ok_or_else(|| {
            let ids: Vec<&str> =
                self.site.connectors.iter().map(|&at| depot.site[at as usize].id.as_str()).collect();
            let shown = ids[..ids.len().min(8)].join(", ");
            let more = if ids.len() > 8 { ", ..." } else { "" };
            let meant = scenarios::nearest_id(id, ids.iter().copied())
                .map_or(String::new(), |meant| format!("did you mean {meant}? there are "));
            let what = match depot.position(id) {
                Some(position) => format!("is a {}, not a connector", depot.site[position as usize].kind),
                None => "is no connector of the site".to_owned(),
            };
            Failure::bad_input(format!(
                "--connector: \"{}\" {what} ({meant}{shown}{more})",
                id.escape_debug()
            ))
        })
    }

    /// What an id means: a connector or node of the site, else a vehicle or visit.
    fn subject(&self, id: &str) -> Result<Subject, Failure> {
        if let Some(position) = self.scenario.depot().position(id) {
            let connector = self.site.connector_columns[position as usize];
            return Ok(match connector {
                NO_NODE => Subject::Node(self.site.node_columns[position as usize] as usize),
                column => Subject::Connector(column as usize),
            });
        }
        let is_known = self.realization.visits.iter().any(|visit| visit.id == id || visit.vehicle == id);
        if is_known { Ok(Subject::Visit(id.to_owned())) } else { Err(self.unknown(id)) }
    }

    /// Why an id means nothing here, with what was probably meant.
    fn unknown(&self, id: &str) -> Failure {
        let nodes = self.scenario.depot().site.iter().map(|node| node.id.as_str());
        let visits = &self.realization.visits;
        let vehicles = visits.iter().flat_map(|visit| [visit.vehicle.as_str(), visit.id.as_str()]);
        let meant = scenarios::nearest_id(id, nodes.clone().chain(vehicles.clone()))
            .map_or(String::new(), |meant| format!("did you mean {meant}? "));
        let some = |ids: &mut dyn Iterator<Item = &str>| {
            let mut shown: Vec<String> = Vec::new();
            for id in ids {
                if shown.iter().any(|known| known == id) {
                    continue;
                }
                if shown.len() == 6 {
                    shown.push("...".to_owned());
                    break;
                }
                shown.push(id.to_owned());
            }
            shown.join(", ")
        };
        Failure::bad_input(format!(
            "\"{}\" is no connector, no other node, no vehicle and no visit ({meant}there are the nodes {}; the vehicles and visits {})",
            id.escape_debug(),
            some(&mut nodes.clone()),
            some(&mut vehicles.clone())
        ))
    }

    /// The tick that holds a moment; `None` before the first.
    fn moment(&mut self, at_s: i64) -> Result<Option<Moment>, Failure> {
        let depot = self.scenario.depot();
        let mut simulation = Simulation::new(depot, &self.realization)
            .map_err(|error| Failure::bad_input(format!("{}: {error}", depot.id)))?;
        let (at_s, step_s) = (at_s.min(self.last_tick_s()), i64::from(depot.step_s));
        let (mut past, mut before) = (Past::default(), None);
        while let Some(view) = simulation.step(&[]) {
            self.faults.hear(view.events);
            past.hear(&view);
            if at_s < view.t_s as i64 {
                return Ok(None);
            }
            if at_s < view.t_s as i64 + step_s {
                let mut moment = Moment::of(&view);
                (moment.past, moment.before) = (past, before);
                return Ok(Some(moment));
            }
            if at_s < view.t_s as i64 + 2 * step_s {
                before = Some(Box::new(Moment::of(&view)));
            }
        }
        Ok(None)
    }
}
