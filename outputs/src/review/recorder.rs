//! Gathers what the page needs while a run runs.

use super::lists::{Bounded, RejectedSpell};
use super::pauses::{Pauses, Without};
use super::peaks::{Peaks, SeenBreach};
use super::trace::Trace;
use crate::format;
use crate::moment::{Fault, FaultLog, InForce, Past};
use crate::tables::names::battery_j;
use crate::tables::withheld::Withheld;
use sim::breach::Breach;
use sim::event::{Event, EventKind};
use sim::view::{NO_NODE, NO_VISIT};
use sim::{
    CycleRecord, Depot, LimitSource, NodeKind, Observer, ObserverError, Outcome, Realization, RunEnd, Site,
    Stay, TickView,
};

/// Nodes and connectors that the scrubber shows at most; levels that do not fit are left to the tables.
const SHOWN_MAX: usize = 2_500;
const BREACHES_MAX: usize = 300;
const INCIDENTS_MAX: usize = 300;
/// Times in which something was wrong with a node or connector of the tree.
const FAULTS_SHOWN_MAX: usize = 3_000;
const SPELLS_MAX: usize = 200;
/// Different sentences of rejected cycles.
const TEXTS_MAX: usize = 400;

/// Columns of a cycle, a node and a connector, in the order of `review.js`.
pub(super) const CYCLE_COLUMNS: usize = 18;
pub(super) const NODE_COLUMNS: usize = 8;
pub(super) const CONNECTOR_COLUMNS: usize = 8;

/// Places of some columns of a cycle.
pub(super) mod cycle_column {
    pub(in super::super) const OUTCOME: usize = 2;
    pub(in super::super) const REASON: usize = 3;
    pub(in super::super) const NODE: usize = 4;
    pub(in super::super) const SOURCE: usize = 5;
    pub(in super::super) const WITHHELD: usize = 9;
}

/// "None" where all values are 0 or more.
const NONE: i64 = -1;

/// What is gathered; [`ReviewData::into_page`] tells it once the run has ended.
#[derive(Debug)]
pub struct ReviewData {
    /// Node columns of the site that the scrubber shows.
    pub(super) nodes: Vec<u32>,
    /// Whether it shows connectors.
    pub(super) has_connectors: bool,
    connectors: usize,
    /// Battery of each visit \[J\].
    batteries_j: Vec<u64>,
    pub(super) trace: Trace,
    pub(super) texts: Vec<String>,
    pub(super) breaches: Bounded<SeenBreach>,
    peaks: Peaks,
    /// What happened to vehicles, queues and site data that was not planned.
    pub(super) incidents: Bounded<Event>,
    /// What was wrong with chargers, nodes and inputs.
    pub(super) fault_log: FaultLog,
    pub(super) spells: Bounded<RejectedSpell>,
    /// Reason and subject of the newest rejected cycle.
    last_rejected: Option<(&'static str, Option<String>)>,
    pub(super) withheld: Withheld,
    pub(super) pauses: Pauses,
    pub(super) powerless: Pauses,
    pub(super) stays: Vec<Stay>,
    pub(super) end_s: u64,
    /// The most that a cycle withheld \[W\], and when it ran \[s\].
    pub(super) tightest: Option<(u64, u64)>,
    last_cycle: Option<Cause>,
    hold_s: u64,
    past: Past,
    /// What counts while cycles are rejected.
    in_force: Option<InForce>,
}

/// What a cycle ended with, as far as people tell cycles apart.
type Cause = (Outcome, &'static str, u32);

impl ReviewData {
    /// A recorder for a run of this realization on its depot.
    pub fn new(depot: &Depot, realization: &Realization, site: &Site) -> Self {
        let kind = |column: u32| depot.site[site.nodes[column as usize] as usize].kind;
        let mut nodes: Vec<u32> = (0..site.nodes.len() as u32).collect();
        for level in [NodeKind::ChargePoint, NodeKind::ChargerCircuit] {
            if nodes.len() > SHOWN_MAX {
                nodes.retain(|&column| kind(column) != level);
            }
        }
        nodes.truncate(SHOWN_MAX);
        let has_connectors =
            nodes.len() == site.nodes.len() && nodes.len() + site.connectors.len() <= SHOWN_MAX;
        let connectors = if has_connectors { site.connectors.len() } else { 0 };
        let columns = CYCLE_COLUMNS + NODE_COLUMNS * nodes.len() + CONNECTOR_COLUMNS * connectors;
        let visits = &realization.visits;
        Self {
            nodes,
            has_connectors,
            connectors,
            batteries_j: visits.iter().map(|visit| battery_j(depot, visit.vehicle_type)).collect(),
            trace: Trace::new(columns),
            texts: Vec::new(),
            breaches: Bounded::new(BREACHES_MAX),
            peaks: Peaks::of(site),
            incidents: Bounded::new(INCIDENTS_MAX),
            fault_log: FaultLog::of(depot, realization, site),
            spells: Bounded::new(SPELLS_MAX),
            last_rejected: None,
            withheld: Withheld::new(depot, visits.len()),
            pauses: Pauses::new(Without::Minimum, visits.len()),
            powerless: Pauses::new(Without::AnyPower, visits.len()),
            stays: Vec::new(),
            end_s: 0,
            tightest: None,
            last_cycle: None,
            hold_s: u64::from(depot.hold_s),
            past: Past::default(),
            in_force: None,
        }
    }

    /// What is wrong with nodes and connectors that the scrubber shows, and how much more is left out.
    pub(super) fn shown_faults(&self, site: &Site) -> (Vec<Fault>, usize) {
        let is_shown = |fault: &&Fault| match site.node_columns[fault.node as usize] {
            NO_NODE => self.has_connectors,
            column => self.nodes.binary_search(&column).is_ok(),
        };
        let mut shown: Vec<Fault> = self.fault_log.all().filter(is_shown).copied().collect();
        shown.truncate(FAULTS_SHOWN_MAX);
        let left_out = self.fault_log.all().count() - shown.len();
        (shown, left_out)
    }

    /// Whether people will want to see this very tick.
    fn is_notable(&mut self, view: &TickView<'_>) -> bool {
        let cause = view.cycle.map(|cycle| {
            let node = cycle.constraint.as_ref().map_or(NO_NODE, |constraint| constraint.node);
            (cycle.outcome, cycle.reason.code(), node)
        });
        self.past.hear(view);
        let since_s = self.past.rejected_since_s;
        let in_force = view.cycle.and_then(|cycle| InForce::of(since_s, cycle, self.hold_s));
        let has_turned = cause != self.last_cycle || in_force != self.in_force;
        (self.last_cycle, self.in_force) = (cause, in_force);
        let is_tightest = view.cycle.is_some_and(|cycle| self.is_tightest(cycle));
        has_turned
            || is_tightest
            || view.events.iter().any(|event| is_fault(event.kind) || is_turn(event.kind))
    }

    /// Takes note of the cycle that withheld most.
    fn is_tightest(&mut self, cycle: &CycleRecord) -> bool {
        let withheld_w = cycle.constraint.as_ref().map_or(0, |constraint| constraint.withheld_w);
        let is_more = withheld_w > self.tightest.map_or(0, |(most_w, _)| most_w);
        if is_more {
            self.tightest = Some((withheld_w, cycle.t_s));
        }
        is_more
    }

    fn note_breaches(&mut self, ended: &[Breach]) {
        for breach in ended {
            let seen = self.peaks.close(*breach);
            self.breaches.push_largest(seen, |seen| seen.breach.peak_over_w);
        }
    }

    fn note_rejection(&mut self, cycle: &CycleRecord) {
        let reason = cycle.reason.code();
        let goes_on =
            self.last_rejected.as_ref().is_some_and(|last| *last == (reason, cycle.subject.clone()))
                && self.last_cycle.is_some_and(|(outcome, ..)| outcome == Outcome::Rejected);
        if goes_on {
            // A spell without room is counted, and not told.
            if self.spells.left_out() == 0
                && let Some(last) = self.spells.kept.last_mut()
            {
                last.go_on(cycle);
            }
            return;
        }
        self.last_rejected = Some((reason, cycle.subject.clone()));
        self.spells.push(RejectedSpell {
            from_s: cycle.t_s,
            last_s: cycle.t_s,
            cycles: 1,
            reason,
            subject: cycle.subject.clone(),
            detail: cycle.detail.clone(),
            last_detail: None,
        });
    }

    /// The number of a text of a rejected cycle; past the bound they have none.
    fn text(texts: &mut Vec<String>, text: Option<&String>) -> i64 {
        let Some(text) = text else { return NONE };
        match texts.iter().position(|known| known == text) {
            Some(ix) => ix as i64,
            None if texts.len() >= TEXTS_MAX => NONE,
            None => {
                texts.push(text.clone());
                texts.len() as i64 - 1
            }
        }
    }
}

impl Observer for ReviewData {
    fn tick(&mut self, view: &TickView<'_>) -> Result<(), ObserverError> {
        let new = view.cycle.filter(|_| view.is_cycle_new);
        if let Some(cycle) = new.filter(|cycle| cycle.outcome == Outcome::Rejected) {
            self.note_rejection(cycle);
        }
        let is_notable = self.is_notable(view);
        let incidents = view.events.iter().filter(|event| is_incident(event.kind));
        incidents.for_each(|event| self.incidents.push(event.clone()));
        self.note_breaches(view.ended_breaches);
        self.fault_log.hear(view.events);
        self.peaks.look(view, &self.fault_log);
        self.withheld.add(view);
        self.pauses.add(&view.connectors, view.t_s, view.step_s);
        self.powerless.add(&view.connectors, view.t_s, view.step_s);
        let Self { trace, texts, nodes, connectors, batteries_j, in_force, .. } = self;
        trace.push(view.t_s, is_notable, |push| {
            push_cycle(view.cycle, texts, push);
            push(in_force.map_or(NONE, |in_force| in_force as i64));
            nodes.iter().for_each(|&column| push_node(view, column as usize, push));
            (0..*connectors).for_each(|ix| push_connector(view, ix, batteries_j, push));
        });
        Ok(())
    }

    fn end(&mut self, end: &RunEnd<'_>) -> Result<(), ObserverError> {
        self.note_breaches(end.ended_breaches);
        self.stays = end.stays.to_vec();
        self.end_s = end.t_s;
        Ok(())
    }
}

fn push_cycle(cycle: Option<&CycleRecord>, texts: &mut Vec<String>, push: &mut dyn FnMut(i64)) {
    let Some(cycle) = cycle else {
        // All but what is in force, which follows.
        return (1..CYCLE_COLUMNS).for_each(|_| push(NONE));
    };
    let constraint = cycle.constraint.as_ref();
    push(cycle.cycle as i64);
    push(cycle.t_s as i64);
    push(cycle.outcome as i64);
    push(cycle.reason as i64);
    push(constraint.map_or(NONE, |constraint| i64::from(constraint.node)));
    push(constraint.and_then(|constraint| constraint.source).map_or(NONE, source_number));
    push(constraint.map_or(NONE, |constraint| limit(constraint.limit_w)));
    push(constraint.map_or(NONE, |constraint| constraint.demand_w as i64));
    push(constraint.map_or(NONE, |constraint| constraint.allocated_w as i64));
    push(constraint.map_or(NONE, |constraint| constraint.withheld_w as i64));
    push(constraint.map_or(NONE, |constraint| i64::from(constraint.is_pause)));
    push(i64::from(cycle.curtailed_count));
    push(i64::from(cycle.paused_count));
    push(cycle.site_demand_w as i64);
    push(cycle.site_allocated_w as i64);
    push(ReviewData::text(texts, cycle.subject.as_ref()));
    push(ReviewData::text(texts, cycle.detail.as_ref()));
}

fn push_node(view: &TickView<'_>, ix: usize, push: &mut dyn FnMut(i64)) {
    let nodes = &view.nodes;
    push(limit(nodes.limit_w[ix]));
    push(nodes.limit_source[ix].map_or(NONE, source_number));
    push(nodes.base_load_w[ix]);
    push(limit(nodes.ev_limit_w[ix]));
    push(nodes.demand_w[ix] as i64);
    push(nodes.allocated_w[ix] as i64);
    push(nodes.measured_w[ix]);
    push(i64::from(nodes.is_binding[ix]) + 2 * i64::from(nodes.is_breached[ix]));
}

fn push_connector(view: &TickView<'_>, ix: usize, batteries_j: &[u64], push: &mut dyn FnMut(i64)) {
    let connectors = &view.connectors;
    let visit = connectors.visit[ix];
    let soc = |visit: u32| format::soc_ppm(connectors.energy_j[ix], batteries_j[visit as usize]) / 100;
    push(if visit == NO_VISIT { NONE } else { i64::from(visit) });
    push(if visit == NO_VISIT { NONE } else { soc(visit) as i64 });
    push(2 * connectors.state[ix] as i64 + i64::from(connectors.is_paused[ix]));
    push(i64::from(connectors.demand_w[ix]));
    push(i64::from(connectors.setpoint_w[ix]));
    push(i64::from(connectors.measured_w[ix]));
    let by = connectors.constrained_by[ix];
    push(if by == NO_NODE { NONE } else { i64::from(by) });
    push(limit(connectors.limit_w[ix]));
}

fn limit(limit_w: u64) -> i64 {
    if limit_w == format::UNLIMITED_W { NONE } else { i64::try_from(limit_w).unwrap_or(i64::MAX) }
}

/// A source as a number of the page's data.
pub(super) fn source_number(source: LimitSource) -> i64 {
    source as i64
}

/// What is not planned and is no fault that a [`FaultLog`] tells.
fn is_incident(kind: EventKind) -> bool {
    use EventKind::*;
    matches!(kind, LeftQueue | SiteChanged | Unplugged | NoShow | ChargeNow | Hold)
}

/// What did not go as planned.
fn is_fault(kind: EventKind) -> bool {
    use EventKind::*;
    !matches!(
        kind,
        Arrived
            | Queued
            | PluggedIn
            | Ready
            | Departed
            | EnvelopeSet
            | EnvelopeEnded
            | BaseLoadChanged
            | BreachBegan
            | BreachEnded
            | LimitMet
    )
}

/// What changes the limits, or crosses one.
fn is_turn(kind: EventKind) -> bool {
    use EventKind::*;
    matches!(kind, EnvelopeSet | EnvelopeEnded | BreachBegan | BreachEnded)
}
