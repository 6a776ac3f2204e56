//! `summary.json`: the figures of a run, gathered while it runs.
//!
//! ```text
//!  TickView ─> Meters by node, RunningPeak of the site, Service and Pauses of the visits, Cycles, Consequences
//!  RunEnd   ─> SummaryReport ─> JSON
//! ```
//!
//! Memory is one small record per node, connector and visit, and per limit that fell; it does not grow with the ticks of the run. Integers only. What shows the same
//! from tick to tick is added up once it changes: each part looks at a column again where its edition is another, and is closed at the end.

mod consequences;
mod cycles;
mod meter;
mod meters;
mod pauses;
pub mod report;
mod service;
pub(crate) mod waits;

use crate::checks::Verdict;
use crate::clock::Clock;
use crate::format;
use consequences::Consequences;
use cycles::{CycleKey, Cycles};
use meter::{At, Meter, RunningPeak};
use meters::Meters;
use pauses::Pauses;
use report::{
    BreachFigures, CauseFigures, CycleFigures, LimitStepFigures, LimitStepRow, MeterFigures, NodeFigures,
    ReasonFigures, RunFigures, SiteFigures, StrandedFigures, SummaryReport, VisitFigures,
};
use service::Service;
use sim::breach::{Breach, BreachCause};
use sim::site::NO_PARENT;
use sim::{
    ConnectorColumns, Depot, Edition, Event, EventKind, LimitSource, LimitStep, NodeKind, Observer,
    ObserverError, Outcome, Realization, RunEnd, Site, Stay, TickView, Visit,
};
use std::collections::BTreeMap;
use waits::Waits;

/// Gathers the figures of a run; [`Summary::into_report`] tells them once the run has ended.
#[derive(Debug, Clone)]
pub struct Summary<'a> {
    depot: &'a Depot,
    visits: &'a [Visit],
    run: RunFigures,
    /// Position and kind of each node above the connectors.
    nodes: Vec<(u32, NodeKind)>,
    root: Option<usize>,
    clock: Clock,
    seen: Seen,
    meters: Meters,
    running_peak: RunningPeak,
    service: Service,
    pauses: Pauses,
    consequences: Consequences,
    cycles: Cycles,
    breaches: Breaches,
    /// How long the ticks have lasted that were seen \[s\].
    now_s: u64,
    end_s: u64,
    stays: Vec<Stay>,
}

/// The columns of connectors that were looked at last.
#[derive(Debug, Clone, Default)]
struct Seen {
    visit: Edition,
    demand_w: Edition,
    setpoint_w: Edition,
    measured_w: Edition,
}

#[derive(Debug, Clone, Default)]
struct Breaches {
    by_cause: BTreeMap<BreachCause, u64>,
    /// How many nodes and connectors are above their limits.
    open: u64,
    over_limit_s: u64,
    energy_over_j: u128,
    peak_over_w: u64,
}

impl<'a> Summary<'a> {
    /// A summary of a run of this realization on its depot.
    pub fn new(depot: &'a Depot, realization: &'a Realization, site: &Site) -> Self {
        let clock = Clock::of(depot);
        let run = RunFigures {
            scenario: depot.id.clone(),
            title: depot.title.clone(),
            strategy: depot.strategy.name(),
            control: depot.control.name(),
            start: clock.rfc3339(0),
            end: clock.rfc3339(0),
            step_s: depot.step_s,
            ticks: 0,
        };
        Self {
            depot,
            visits: &realization.visits,
            run,
            nodes: site
                .nodes
                .iter()
                .map(|&position| (position, depot.site[position as usize].kind))
                .collect(),
            root: site.parents.iter().position(|&parent| parent == NO_PARENT),
            clock,
            seen: Seen::default(),
            meters: Meters::new(site.nodes.len()),
            running_peak: RunningPeak::new(depot.step_s),
            service: Service::new(realization.visits.len(), site.connectors.len()),
            pauses: Pauses::new(realization.visits.len(), site.connectors.len()),
            consequences: Consequences::default(),
            cycles: Cycles::default(),
            breaches: Breaches::default(),
            now_s: 0,
            end_s: 0,
            stays: Vec::new(),
        }
    }

    /// The figures, without a verdict (see [`SummaryReport::judged`]); complete once [`Observer::end`] was called.
    pub fn into_report(self) -> SummaryReport {
        let nodes = self.nodes.iter().zip(self.meters.by_node());
        let connections = nodes.clone().filter(|((_, kind), _)| *kind == NodeKind::GridConnection);
        SummaryReport {
            verdict: Verdict::NotJudged,
            checks: Vec::new(),
            cycles: self.cycle_figures(),
            visits: self.visit_figures(),
            site: self.site_figures(),
            grid_connections: connections.map(|(&(at, _), meter)| self.meter_figures(at, meter)).collect(),
            breaches: self.breach_figures(),
            stranded: self.stranded_figures(),
            limit_steps: self.limit_step_figures(),
            nodes: nodes.map(|(&(at, kind), meter)| self.node_figures(at, kind, meter)).collect(),
            run: RunFigures { end: self.clock.rfc3339(self.end_s as i64), ..self.run },
        }
    }

    fn cycle_figures(&self) -> CycleFigures {
        let counts = self.cycles.counts();
        let count = |wanted| {
            counts.iter().filter(|((outcome, ..), _)| *outcome == wanted).map(|(_, cycles)| cycles).sum()
        };
        let figures = |(&(outcome, reason, source, node), &cycles): (&CycleKey, &u64)| ReasonFigures {
            outcome: outcome.name(),
            reason: reason.code(),
            limit_source: source.map(LimitSource::name),
            node: self.id(node),
            cycles,
        };
        CycleFigures {
            total: counts.values().sum(),
            applied: count(Outcome::Applied),
            curtailed: count(Outcome::Curtailed),
            rejected: count(Outcome::Rejected),
            by_reason: counts.iter().map(figures).collect(),
        }
    }

    fn visit_figures(&self) -> VisitFigures {
        let pairs = || self.visits.iter().zip(&self.stays);
        let unready = || pairs().filter(|(visit, stay)| stay.ready_s.is_none() && !visit.conduct.is_no_show);
        let has_left =
            |(visit, stay): &(&Visit, &Stay)| stay.left_s.is_some() || visit.departure_s <= self.end_s as i64;
        let margins =
            pairs().filter_map(|(visit, stay)| Some((visit.departure_s - stay.ready_s? as i64, visit)));
        let least_margin = margins.min_by_key(|(margin_s, _)| *margin_s);
        let shortfall_j =
            unready().map(|(visit, stay)| visit.ready_energy_j.saturating_sub(stay.energy_j)).sum();
        let delivered_j = self.stays.iter().map(|stay| stay.metered_j).sum();
        let longest_pause = self.pauses.longest;
        let curtailed_j = self.service.curtailed_j();
        let waits = |counts: &dyn Fn(&Visit, &Stay) -> bool| {
            Waits::of(self.visits, &self.stays, self.depot, self.end_s, counts)
        };
        let Waits { count: waited, total_s: waited_s, longest: longest_wait } = waits(&|_, _| true);
        let is_late = |visit: &Visit, stay: &Stay| stay.ready_s.is_none() && has_left(&(visit, stay));
        VisitFigures {
            total: self.visits.len() as u64,
            ready: pairs().filter(|(_, stay)| stay.ready_s.is_some()).count() as u64,
            late: unready().filter(has_left).count() as u64,
            unfinished: unready().filter(|pair| !has_left(pair)).count() as u64,
            no_shows: pairs().filter(|(visit, _)| visit.conduct.is_no_show).count() as u64,
            preconditioned_j: self.stays.iter().map(|stay| stay.preconditioned_j).sum(),
            never_plugged_in: self.stays.iter().filter(|stay| stay.plugged_in_s.is_none()).count() as u64,
            waited,
            late_waited: waits(&is_late).count,
            waited_s,
            longest_wait_s: longest_wait.map_or(0, |(wait_s, _)| wait_s),
            longest_wait_visit: longest_wait.map(|(_, index)| self.visits[index].id.clone()),
            least_margin_s: least_margin.map(|(margin_s, _)| margin_s),
            least_margin_visit: least_margin.map(|(_, visit)| visit.id.clone()),
            shortfall_j,
            shortfall_kwh: format::kwh(shortfall_j),
            delivered_j,
            delivered_kwh: format::kwh(delivered_j),
            curtailed_j,
            curtailed_kwh: format::kwh(curtailed_j),
            pauses: self.pauses.count,
            paused_s: self.stays.iter().map(|stay| stay.paused_s).sum(),
            longest_pause_s: longest_pause.map_or(0, |(pause_s, _)| pause_s),
            longest_pause_visit: longest_pause.map(|(_, visit)| self.visits[visit as usize].id.clone()),
            jain_index_ppm: self.service.jain_index_ppm(),
        }
    }

    fn site_figures(&self) -> SiteFigures {
        let meter = self.root.map(|root| self.meters.of(root));
        let figures = match (self.root, meter) {
            (Some(root), Some(meter)) => self.meter_figures(self.nodes[root].0, meter),
            _ => MeterFigures::new(None, 0, 0, None),
        };
        let peak_30min = self.running_peak.peak;
        SiteFigures {
            load_factor_ppm: meter.and_then(|meter| load_factor_ppm(meter, self.end_s)),
            meter: figures,
            peak_30min_w: peak_30min.map(|peak| peak.value_w),
            peak_30min_kw: peak_30min.map(|peak| format::kw_signed(peak.value_w)),
            peak_30min_end: peak_30min.map(|peak| self.at(peak)),
        }
    }

    fn meter_figures(&self, position: u32, meter: &Meter) -> MeterFigures {
        let peak = meter.peak.map(|peak| (peak.value_w, self.at(peak)));
        MeterFigures::new(self.id(position), meter.energy_j, meter.base_load_j, peak)
    }

    fn node_figures(&self, position: u32, kind: NodeKind, meter: &Meter) -> NodeFigures {
        NodeFigures {
            node: self.depot.site[position as usize].id.clone(),
            kind: kind.name(),
            peak_w: meter.peak.map(|peak| peak.value_w),
            peak_kw: meter.peak.map(|peak| format::kw_signed(peak.value_w)),
            least_headroom_w: meter.least_headroom.map(|least| least.value_w),
            least_headroom_kw: meter.least_headroom.map(|least| format::kw_signed(least.value_w)),
            least_headroom_at: meter.least_headroom.map(|least| self.at(least)),
            binding_s: meter.binding_s,
            over_limit_s: meter.over_limit_s,
        }
    }

    fn breach_figures(&self) -> BreachFigures {
        let breaches = &self.breaches;
        let figures =
            |(cause, &count): (&BreachCause, &u64)| CauseFigures { cause: cause.code(), breaches: count };
        BreachFigures {
            count: breaches.by_cause.values().sum(),
            over_limit_s: breaches.over_limit_s,
            energy_over_j: u64::try_from(breaches.energy_over_j).unwrap_or(u64::MAX),
            energy_over_kwh: format::kwh_wide(breaches.energy_over_j),
            peak_over_w: breaches.peak_over_w,
            by_cause: breaches.by_cause.iter().map(figures).collect(),
        }
    }

    fn stranded_figures(&self) -> StrandedFigures {
        let Consequences { stranded_j, stranded_peak, .. } = self.consequences;
        StrandedFigures {
            energy_j: stranded_j,
            energy_kwh: format::kwh(stranded_j),
            peak_w: stranded_peak.map_or(0, |peak| peak.value_w.unsigned_abs()),
            peak_at: stranded_peak.map(|peak| self.at(peak)),
        }
    }

    fn limit_step_figures(&self) -> LimitStepFigures {
        let steps = &self.consequences.limit_steps;
        let figures = |step: &LimitStep| LimitStepRow {
            node: self.depot.site[step.node as usize].id.clone(),
            at: self.clock.rfc3339(step.at_s as i64),
            to_w: step.to_w,
            comply_s: step.comply_s,
            overshoot_w: step.overshoot_w,
        };
        LimitStepFigures {
            count: steps.len() as u64,
            met_at_once: steps.iter().filter(|step| step.comply_s == Some(0)).count() as u64,
            unmet: steps.iter().filter(|step| step.comply_s.is_none()).count() as u64,
            longest_to_comply_s: steps.iter().filter_map(|step| step.comply_s).max(),
            largest_overshoot_w: steps.iter().map(|step| step.overshoot_w).max().unwrap_or(0),
            steps: steps.iter().map(figures).collect(),
        }
    }

    fn id(&self, position: u32) -> Option<String> {
        self.depot.site.get(position as usize).map(|node| node.id.clone())
    }

    fn at(&self, at: At) -> String {
        self.clock.rfc3339(at.t_s as i64)
    }
}

impl Breaches {
    /// A tick has passed in which this happened; connectors are told of by events alone.
    #[inline]
    fn pass(&mut self, events: &[Event], is_any_node_breached: bool, step_s: u32) {
        for event in events {
            match event.kind {
                EventKind::BreachBegan => self.open += 1,
                EventKind::BreachEnded => self.open -= 1,
                _ => {}
            }
        }
        self.over_limit_s += if self.open > 0 || is_any_node_breached { u64::from(step_s) } else { 0 };
    }

    fn count(&mut self, breaches: &[Breach]) {
        for breach in breaches {
            *self.by_cause.entry(breach.cause).or_default() += 1;
            self.energy_over_j += breach.energy_over_j;
            self.peak_over_w = self.peak_over_w.max(breach.peak_over_w);
        }
    }
}

impl Summary<'_> {
    /// Hands what is new at the connectors in the tick that begins at `t_s` \[s\] to whom it concerns.
    #[inline]
    fn see_connectors(&mut self, connectors: &ConnectorColumns<'_>, t_s: u64) {
        let (seen, now_s) = (&mut self.seen, self.now_s);
        let are_setpoints_new = seen.setpoint_w.moves_to(connectors.setpoint_w.edition());
        let are_demands_new = seen.demand_w.moves_to(connectors.demand_w.edition());
        let are_meters_new = seen.measured_w.moves_to(connectors.measured_w.edition());
        if seen.visit.moves_to(connectors.visit.edition()) {
            self.service.see_visits(connectors.visit, now_s);
        }
        self.pauses.see(connectors, now_s);
        if are_setpoints_new {
            self.service.see_shares(connectors.demand_w, connectors.setpoint_w, now_s);
        } else if are_demands_new {
            self.service.see_demands(connectors.demand_w, now_s);
        }
        if are_setpoints_new || are_meters_new {
            self.consequences.see(connectors, t_s, now_s);
        }
    }
}

impl Observer for Summary<'_> {
    fn tick(&mut self, view: &TickView<'_>) -> Result<(), ObserverError> {
        let TickView { ref nodes, ref connectors, t_s, step_s, .. } = *view;
        self.meters.see(nodes, t_s, self.now_s);
        self.see_connectors(connectors, t_s);
        let end_s = t_s + u64::from(step_s);
        self.now_s += u64::from(step_s);
        if let Some(root) = self.root {
            self.running_peak.add(nodes.measured_w[root], end_s);
        }
        self.breaches.pass(view.events, self.meters.is_any_breached(), step_s);
        if !view.met_limits.is_empty() || !view.ended_breaches.is_empty() {
            self.consequences.limit_steps.extend_from_slice(view.met_limits);
            self.breaches.count(view.ended_breaches);
        }
        if let Some(cycle) = view.cycle.filter(|_| view.is_cycle_new) {
            self.cycles.add(cycle);
        }
        self.run.ticks += 1;
        self.end_s = end_s;
        Ok(())
    }

    fn end(&mut self, end: &RunEnd<'_>) -> Result<(), ObserverError> {
        self.meters.close(self.now_s);
        self.service.close(self.now_s);
        self.pauses.close(self.now_s);
        self.consequences.close(self.now_s);
        self.cycles.close();
        self.breaches.count(end.ended_breaches);
        self.consequences.limit_steps.extend_from_slice(end.unmet_limits);
        self.stays = end.stays.to_vec();
        self.end_s = end.t_s;
        Ok(())
    }
}

/// Mean power over peak \[ppm\], rounded down: `energy / (peak * time)`.
fn load_factor_ppm(meter: &Meter, duration_s: u64) -> Option<u64> {
    let energy_j = u128::try_from(meter.energy_j).ok()?;
    let peak_j = u128::try_from(meter.peak?.value_w).ok()? * u128::from(duration_s);
    (peak_j > 0).then(|| (energy_j * 1_000_000 / peak_j) as u64)
}
