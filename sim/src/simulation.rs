//! A run, tick by tick.
//!
//! ```text
//!  step():  settle who is ready ─> departures ─> limits and base loads ─> arrivals, queue ─> demands ─> cycle, if due
//!           ─> charging for step_s ─> meters ─> breaches ─> TickView
//! ```
//!
//! Nothing is computed anew that cannot have changed: sums, cycles and charging carry flags that say so. What is skipped is what would
//! come out the same; the checker, which knows nothing of the flags, sees every tick.

mod assign;
mod faults;
mod site_change;
mod special;
mod supply;

use crate::bays::Bays;
use crate::breach::Breach;
use crate::breach_trace::Circumstances;
use crate::breaches::Watch;
use crate::control::Controller;
use crate::depot::Depot;
use crate::error::SimError;
use crate::event::{Event, EventKind};
use crate::intervention::Intervention;
use crate::limit_step::{LimitStep, LimitWatch, Room};
use crate::limits::SiteLimits;
use crate::queue::Yard;
use crate::readiness::Readiness;
use crate::realization::{BaseLoadStep, EnvelopeStep, Realization};
use crate::site::Site;
use crate::special_bays::SpecialBays;
use crate::totals::Totals;
use crate::view::{ConnectorColumns, NO_NODE, NO_VISIT, RunEnd, Stay, TickView};
use balancer::Outcome;

/// A depot in the middle of a run.
pub struct Simulation<'a> {
    depot: &'a Depot,
    realization: &'a Realization,
    site: Site,
    tick: u32,

    limits: SiteLimits,
    controller: Controller<'a>,
    yard: Yard,
    bays: Bays,
    special: SpecialBays,
    readiness: Readiness,
    totals: Totals,
    watch: Watch,
    limit_watch: LimitWatch,
    stays: Vec<Stay>,

    next_visit: usize,
    next_envelope: usize,
    next_base_load: usize,
    next_site_step: usize,
    next_charger_step: usize,
    next_override: usize,
    next_outage: usize,
    next_feed: usize,
    /// The first tick at which something outside the vehicles happens.
    next_happening: u32,

    connector_limit_w: Vec<u64>,
    connector_ev_limit_w: Vec<u64>,
    events: Vec<Event>,
    ended_breaches: Vec<Breach>,
    unmet_limits: Vec<LimitStep>,
    interventions: Vec<Intervention>,
    shares_changed: bool,
    meters_changed: bool,
}

impl<'a> Simulation<'a> {
    /// A run that is about to begin.
    ///
    /// # Errors
    /// What the balancer has against the site, or what in the realization points outside the depot.
    pub fn new(depot: &'a Depot, realization: &'a Realization) -> Result<Self, SimError> {
        crate::error::check(depot, realization)?;
        let site = Site::of(depot);
        let controller = Controller::of(depot, &site).map_err(SimError::Topology)?;
        let columns = site.connectors.len();
        let nodes = site.nodes.len();
        let arrived = realization.visits.iter().map(|visit| Stay {
            connector: NO_NODE,
            plugged_in_s: None,
            left_s: None,
            energy_j: visit.arrival_energy_j,
            metered_j: 0,
            ready_s: None,
            paused_s: 0,
            preconditioned_j: 0,
        });
        let mut simulation = Self {
            yard: Yard::of(depot, &site),
            bays: Bays::of(depot, &site, u32::from(!realization.overrides.is_empty())),
            special: SpecialBays::of(depot, realization, &site),
            readiness: Readiness::default(),
            totals: Totals::of(&site),
            watch: Watch::of(nodes),
            limit_watch: LimitWatch::of(nodes),
            stays: arrived.collect(),
            limits: SiteLimits::of(depot),
            controller,
            tick: 0,
            next_visit: 0,
            next_envelope: 0,
            next_base_load: 0,
            next_site_step: 0,
            next_charger_step: 0,
            next_override: 0,
            next_outage: 0,
            next_feed: 0,
            next_happening: 0,
            connector_limit_w: vec![0; columns],
            connector_ev_limit_w: vec![0; columns],
            events: Vec::new(),
            ended_breaches: Vec::new(),
            unmet_limits: Vec::new(),
            interventions: Vec::new(),
            shares_changed: true,
            meters_changed: true,
            depot,
            realization,
            site,
        };
        simulation.refresh_limits();
        Ok(simulation)
    }

    /// The order of columns in every [`TickView`].
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// Whether every tick has been stepped through.
    pub fn is_over(&self) -> bool {
        self.tick >= self.depot.ticks
    }

    /// Steps through one tick and shows it; `None` when the run is over.
    pub fn step(&mut self, interventions: &[Intervention]) -> Option<TickView<'_>> {
        if self.is_over() {
            return None;
        }
        let tick = self.tick;
        let t_s = self.depot.tick_s(tick);
        self.events.clear();
        self.ended_breaches.clear();
        self.interventions.clear();
        while let Some(column) = self.bays.settle_next() {
            self.controller.release(column as usize);
            self.special.settle(column);
            self.shares_changed = true;
            self.meters_changed = true;
        }
        if tick >= self.next_happening || !interventions.is_empty() {
            self.let_things_happen(tick, interventions);
        }
        self.update_wishes();
        if self.special.any_occupied() {
            self.update_special_wishes();
        }
        let is_cycle_new = tick.is_multiple_of(self.depot.rebalance_every_ticks);
        if is_cycle_new {
            self.run_cycle(t_s);
        }
        if self.shares_changed {
            self.totals.sum_shares(&self.site, (&self.bays, &self.special), &self.connector_ev_limit_w);
            self.shares_changed = false;
        }
        self.charge(t_s);
        self.tick += 1;
        Some(self.view(tick, t_s, is_cycle_new))
    }

    /// How it ended, for observers; call it once, after the last step.
    pub fn end(&mut self) -> RunEnd<'_> {
        let t_s = self.depot.tick_s(self.tick);
        self.ended_breaches = self.watch.close(t_s);
        self.unmet_limits = self.limit_watch.unmet();
        let (ended_breaches, unmet_limits) = (&self.ended_breaches, &self.unmet_limits);
        RunEnd { t_s, stays: &self.stays, ended_breaches, unmet_limits }
    }

    fn view(&self, tick: u32, t_s: u64, is_cycle_new: bool) -> TickView<'_> {
        TickView {
            tick,
            t_s,
            step_s: self.depot.step_s,
            cycle: self.controller.record(),
            is_cycle_new,
            nodes: self.totals.columns(),
            connectors: ConnectorColumns {
                visit: &self.bays.visit,
                state: &self.bays.state,
                energy_j: &self.bays.energy_j,
                limit_w: &self.connector_limit_w,
                demand_w: &self.bays.demand_w,
                setpoint_w: &self.bays.setpoint_w,
                measured_w: &self.bays.measured_w,
                constrained_by: &self.bays.constrained_by,
                is_paused: &self.bays.is_paused,
            },
            stays: &self.stays,
            events: &self.events,
            ended_breaches: &self.ended_breaches,
            met_limits: self.limit_watch.met(),
            interventions: &self.interventions,
        }
    }

    /// Departures, steps of limits and loads, acts from outside, arrivals, in this order.
    fn let_things_happen(&mut self, tick: u32, interventions: &[Intervention]) {
        let t_s = self.depot.tick_s(tick);
        while let Some(visit) = self.yard.next_departure(tick) {
            self.leave(t_s, visit);
        }
        let mut limits_changed = false;
        while let Some(step) = self.realization.envelope_steps.get(self.next_envelope)
            && self.tick_at_or_after(step.at_s) <= tick
        {
            self.next_envelope += 1;
            self.set_envelope(t_s, step);
            limits_changed = true;
        }
        while let Some(step) = self.realization.base_load_steps.get(self.next_base_load)
            && self.tick_at_or_after(step.at_s) <= tick
        {
            self.next_base_load += 1;
            self.set_base_load(t_s, step);
            limits_changed = true;
        }
        while let Some(step) = self.realization.site_steps.get(self.next_site_step)
            && self.tick_at_or_after(step.at_s) <= tick
        {
            self.next_site_step += 1;
            self.change_site(t_s, step);
            limits_changed = true;
        }
        limits_changed |= self.let_supply_change(tick, t_s);
        self.change_chargers(t_s);
        self.take_orders(t_s);
        for intervention in interventions {
            limits_changed |= self.intervene(t_s, intervention);
        }
        if limits_changed {
            self.refresh_limits();
        }
        while let Some(index) = self.yard.next_plug_in(tick) {
            if self.stays[index as usize].left_s.is_none() {
                self.send_to_connector(t_s, index);
            }
        }
        while let Some(visit) = self.realization.visits.get(self.next_visit)
            && self.tick_at_or_after(visit.arrival_s) <= tick
        {
            let index = self.next_visit as u32;
            self.next_visit += 1;
            self.arrive(t_s, index);
        }
        self.next_happening = self.next_happening_tick();
    }

    fn next_happening_tick(&self) -> u32 {
        let at = |at_s: Option<i64>| at_s.map_or(u32::MAX, |at_s| self.tick_at_or_after(at_s));
        at(self.realization.visits.get(self.next_visit).map(|visit| visit.arrival_s))
            .min(at(self.realization.envelope_steps.get(self.next_envelope).map(|step| step.at_s)))
            .min(at(self.realization.base_load_steps.get(self.next_base_load).map(|step| step.at_s)))
            .min(at(self.realization.site_steps.get(self.next_site_step).map(|step| step.at_s)))
            .min(at(self.realization.charger_steps.get(self.next_charger_step).map(|step| step.at_s)))
            .min(at(self.realization.overrides.get(self.next_override).map(|step| step.at_s)))
            .min(at(self.next_supply_s()))
            .min(self.yard.next_tick())
    }

    /// The first tick that begins at or after `at_s`; tick 0 for what lies before the start.
    fn tick_at_or_after(&self, at_s: i64) -> u32 {
        let at_s = at_s.max(0).unsigned_abs();
        u32::try_from(at_s.div_ceil(u64::from(self.depot.step_s))).unwrap_or(u32::MAX)
    }

    /// The tick that has begun at `at_s`.
    fn tick_before(&self, at_s: i64) -> u32 {
        let at_s = at_s.max(0).unsigned_abs();
        u32::try_from(at_s / u64::from(self.depot.step_s)).unwrap_or(u32::MAX)
    }

    fn tell(&mut self, t_s: u64, kind: EventKind, node: u32, visit: u32, power_w: Option<i64>) {
        self.events.push(Event { t_s, kind, node, visit, power_w, duration_s: None });
    }

    fn intervene(&mut self, t_s: u64, intervention: &Intervention) -> bool {
        self.interventions.push(intervention.clone());
        match intervention {
            Intervention::SetEnvelope { envelope, node, basis, limit_w } => {
                let step = EnvelopeStep {
                    at_s: t_s as i64,
                    envelope: envelope.clone(),
                    node: *node,
                    basis: *basis,
                    limit_w: *limit_w,
                };
                self.set_envelope(t_s, &step);
                true
            }
            Intervention::Unplug { connector } => {
                let column = self.site.connector_columns.get(*connector as usize).copied().unwrap_or(NO_NODE);
                if column != NO_NODE && !self.bays.is_free(column) {
                    let visit = self.bays.visit[column as usize];
                    self.depart(t_s, visit, EventKind::Departed);
                }
                false
            }
        }
    }

    fn set_envelope(&mut self, t_s: u64, step: &EnvelopeStep) {
        self.limits.apply_envelope(step);
        let kind = if step.limit_w.is_some() { EventKind::EnvelopeSet } else { EventKind::EnvelopeEnded };
        self.tell(t_s, kind, step.node, NO_VISIT, step.limit_w.map(|limit_w| limit_w as i64));
    }

    fn set_base_load(&mut self, t_s: u64, step: &BaseLoadStep) {
        self.limits.apply_base_load(step);
        self.tell(t_s, EventKind::BaseLoadChanged, step.node, NO_VISIT, Some(step.power_w));
    }

    fn refresh_limits(&mut self) {
        self.controller.set_limits(&self.limits);
        let own = self.limits.own();
        for (column, &position) in self.site.connectors.iter().enumerate() {
            let own = own[position as usize];
            let effective = own.effective(own.base_load_w);
            self.connector_limit_w[column] = effective.limit_w;
            self.connector_ev_limit_w[column] = effective.ev_limit_w;
        }
        let table = self.controller.limits();
        for (ix, &position) in self.controller.positions().iter().enumerate() {
            let column = self.site.node_columns[position as usize];
            if column != NO_NODE {
                let column = column as usize;
                let room = |limit_w, base_load_w| Room { limit_w, base_load_w };
                let before = room(self.totals.limit_w[column], self.totals.base_load_w[column]);
                let after = room(table.limit_w[ix], table.base_load_w[ix]);
                if self.tick > 0 {
                    let t_s = self.depot.tick_s(self.tick);
                    let place = (column, position);
                    self.limit_watch.note(place, t_s, (before, after), table.source[ix]);
                }
                self.totals.limit_w[column] = table.limit_w[ix];
                self.totals.limit_source[column] = table.source[ix];
                self.totals.ev_limit_w[column] = table.ev_limit_w[ix];
                self.totals.base_load_w[column] = table.base_load_w[ix];
            }
        }
        self.shares_changed = true;
        self.meters_changed = true;
    }

    fn arrive(&mut self, t_s: u64, index: u32) {
        let visit = &self.realization.visits[index as usize];
        if visit.conduct.is_no_show {
            self.stays[index as usize].left_s = Some(t_s);
            return self.tell(t_s, EventKind::NoShow, NO_NODE, index, None);
        }
        self.tell(t_s, EventKind::Arrived, NO_NODE, index, None);
        let leaves = self.tick_before(visit.leaves_s());
        if leaves <= self.tick {
            // Too short for a tick: it is gone before it could be plugged in.
            self.stays[index as usize].left_s = Some(t_s);
            return self.tell(t_s, EventKind::LeftQueue, NO_NODE, index, None);
        }
        self.yard.expect_departure(leaves, index);
        let asks = self.tick_at_or_after(visit.arrival_s + i64::from(visit.plug_in_delay_s));
        if asks > self.tick {
            return self.yard.expect_plug_in(asks, index);
        }
        self.send_to_connector(t_s, index);
    }

    fn send_to_connector(&mut self, t_s: u64, index: u32) {
        match self.place_for(index) {
            Some(column) => self.plug_in(t_s, index, column),
            None => {
                self.yard.wait(index);
                self.tell(t_s, EventKind::Queued, NO_NODE, index, None);
            }
        }
    }

    fn plug_in(&mut self, t_s: u64, index: u32, column: u32) {
        let visit = &self.realization.visits[index as usize];
        let position = self.site.connectors[column as usize];
        self.yard.occupy(column);
        let charges = self.bays.plug_in(column, index, visit);
        let stay = &mut self.stays[index as usize];
        stay.connector = position;
        stay.plugged_in_s = Some(t_s);
        self.tell(t_s, EventKind::PluggedIn, position, index, None);
        if self.special.takes(column, index, visit) {
            let ticks = self.precondition_ticks(index);
            self.special.plug_in(&mut self.bays, column, index, visit, (self.depot, ticks));
        } else if charges {
            self.bays.update_demand(column);
            self.controller.set_wish(column as usize, self.bays.wish(column, visit));
        }
        if visit.arrival_energy_j >= visit.ready_energy_j {
            self.stays[index as usize].ready_s = Some(t_s);
            self.tell(t_s, EventKind::Ready, position, index, None);
        } else if visit.ready_energy_j < visit.target_energy_j {
            self.readiness.expect(column, visit.ready_energy_j);
        }
        self.shares_changed = true;
        self.meters_changed = true;
    }

    fn depart(&mut self, t_s: u64, index: u32, kind: EventKind) {
        let stay = &mut self.stays[index as usize];
        if stay.left_s.is_some() {
            // Somebody pulled the plug before.
            return;
        }
        stay.left_s = Some(t_s);
        let position = stay.connector;
        if position == NO_NODE {
            self.yard.stop_waiting(index);
            return self.tell(t_s, EventKind::LeftQueue, NO_NODE, index, None);
        }
        let column = self.site.connector_columns[position as usize];
        self.tell(t_s, kind, position, index, None);
        self.bays.unplug(column);
        self.special.unplug(&mut self.bays, column);
        self.readiness.forget(column);
        self.controller.release(column as usize);
        if !self.special.is_out_of_service(column) {
            self.yard.vacate(column);
        }
        self.shares_changed = true;
        self.meters_changed = true;
        self.call_from_queue(t_s);
    }

    /// Plugs in whoever waits and now finds a place, in order of arrival.
    fn call_from_queue(&mut self, t_s: u64) {
        let mut position = 0;
        while let Some(&index) = self.yard.waiting().get(position) {
            let visit = &self.realization.visits[index as usize];
            let is_leaving = self.tick_before(visit.leaves_s()) <= self.tick;
            match self.place_for(index) {
                Some(column) if !is_leaving => {
                    self.yard.stop_waiting(index);
                    self.plug_in(t_s, index, column);
                }
                _ => position += 1,
            }
        }
    }

    /// Brings demands, and the keys that change with charging, to the balancer.
    fn update_wishes(&mut self) {
        if !self.controller.uses_keys_that_change() {
            let (controller, shares_changed) = (&mut self.controller, &mut self.shares_changed);
            return self.bays.update_demands(|column, demand_w| {
                controller.set_demand_w(column, demand_w);
                *shares_changed = true;
            });
        }
        for position in 0..self.bays.charging().len() {
            let column = self.bays.charging()[position];
            self.shares_changed |= self.bays.update_demand(column);
            let visit = &self.realization.visits[self.bays.visit[column as usize] as usize];
            self.controller.set_wish(column as usize, self.bays.wish(column, visit));
        }
    }

    fn run_cycle(&mut self, t_s: u64) {
        if self.controller.run_cycle(t_s, self.measured_s(t_s)) {
            self.bays.apply(&self.controller.grants());
            if self.special.any_occupied() {
                self.special.apply(&mut self.bays, &self.controller.grants());
            }
            self.shares_changed = true;
        }
    }

    /// When the newest measurements were taken that the balancer has at `t_s` \[s\].
    fn measured_s(&self, t_s: u64) -> u64 {
        let silent = self
            .realization
            .silences
            .iter()
            .find(|silence| silence.from_s <= t_s as i64 && (t_s as i64) < silence.to_s);
        silent.map_or(t_s, |silence| silence.from_s.max(0).unsigned_abs())
    }

    fn charge(&mut self, t_s: u64) {
        let step_s = self.depot.step_s;
        self.meters_changed |= self.bays.charge(&mut self.stays);
        if self.special.any_occupied() {
            self.charge_special(t_s);
        }
        let ends_s = t_s + u64::from(step_s);
        if self.readiness.expects_any() || !self.bays.done().is_empty() {
            self.tell_who_is_ready(ends_s);
        }
        if self.meters_changed {
            self.totals.sum_measured(&self.site, &self.bays);
        }
        if self.meters_changed || self.watch.any_open() {
            self.look_for_breaches(t_s);
        }
        self.meters_changed = false;
        if !self.limit_watch.is_idle() {
            self.watch_limits(t_s);
        }
    }

    #[inline(never)]
    fn tell_who_is_ready(&mut self, ends_s: u64) {
        while let Some(column) = self.readiness.next_reached(&self.bays.energy_j) {
            self.become_ready(column, ends_s);
        }
        for position in 0..self.bays.done().len() {
            self.become_ready(self.bays.done()[position], ends_s);
        }
    }

    /// Who has reached the target, or before it what the next block needs.
    fn become_ready(&mut self, column: u32, ready_s: u64) {
        let (visit, node) = (self.bays.visit[column as usize], self.site.connectors[column as usize]);
        let stay = &mut self.stays[visit as usize];
        if stay.ready_s.is_none() && stay.energy_j >= self.realization.visits[visit as usize].ready_energy_j {
            stay.ready_s = Some(ready_s);
            self.tell(ready_s, EventKind::Ready, node, visit, None);
        }
    }

    fn look_for_breaches(&mut self, t_s: u64) {
        let record = self.controller.record();
        let circumstances = Circumstances {
            strategy: self.depot.strategy,
            is_rejected: record.is_some_and(|record| record.outcome == Outcome::Rejected),
            cycle_s: record.map_or(0, |record| record.t_s),
            site: &self.site,
            bays: &self.bays,
            special: &self.special,
            limit_watch: &self.limit_watch,
        };
        let first_ended = self.ended_breaches.len();
        let events = &mut self.events;
        self.watch.look(
            &mut self.totals,
            &self.site.nodes,
            (t_s, self.depot.step_s),
            circumstances,
            |breach| {
                let kind = EventKind::BreachBegan;
                let (node, visit) = (breach.node, NO_VISIT);
                events.push(Event { t_s, kind, node, visit, power_w: None, duration_s: None });
            },
            |breach| self.ended_breaches.push(breach),
        );
        for position in first_ended..self.ended_breaches.len() {
            let breach = self.ended_breaches[position];
            self.tell(t_s, EventKind::BreachEnded, breach.node, NO_VISIT, Some(breach.peak_over_w as i64));
        }
    }
}
