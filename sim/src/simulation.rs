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
mod flow;
mod limits;
pub mod open_loop;
mod site_change;
mod special;
mod stays;
mod supply;

use crate::bays::Bays;
use crate::breach::Breach;
use crate::breaches::Watch;
use crate::check::{check_connectors, check_values};
use crate::column::Column;
use crate::control::{Controller, Effect};
use crate::depot::Depot;
use crate::error::SimError;
use crate::event::{Event, EventKind};
use crate::intervention::Intervention;
use crate::limit_step::{LimitStep, LimitWatch};
use crate::limits::SiteLimits;
use crate::projection::Projection;
use crate::queue::Yard;
use crate::readiness::Readiness;
use crate::realization::Realization;
use crate::site::Site;
use crate::special_bays::SpecialBays;
use crate::stays::Stays;
use crate::totals::Totals;
use crate::view::{ConnectorColumns, NO_NODE, RunEnd, Stay, TickView};
use balancer::{Followed, LimitSource};

/// What has become of the shares (what is asked and granted) since they were summed up by node.
///
/// They stand in order: before a cycle, `Asked` is less than `Changed`, and does not hide it. A cycle then says it anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum ShareNews {
    /// Nothing.
    Kept,
    /// Vehicles on the common path ask for something else.
    Asked,
    /// Anything.
    Changed,
    /// The same as [`ShareNews::Asked`], and a cycle has followed those vehicles alone.
    Followed,
    /// The same, and with them the setpoints of others.
    Releveled,
    /// A cycle has decided them.
    Decided,
}

/// A depot in the middle of a run.
pub struct Simulation<'a> {
    depot: &'a Depot,
    realization: &'a Realization,
    site: Site,
    tick: u32,
    /// Whether a cycle is due in the newest tick, and when the next one is.
    is_cycle_due: bool,
    next_cycle_tick: u32,

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
    /// Beginnings and ends of silences, in their order: the next of them.
    next_silence_turn: usize,
    /// The first tick at which something outside the vehicles happens.
    next_happening: u32,

    connector_limit_w: Column<u64>,
    connector_ev_limit_w: Vec<u64>,
    connector_limit_source: Column<Option<LimitSource>>,
    events: Vec<Event>,
    ended_breaches: Vec<Breach>,
    unmet_limits: Vec<LimitStep>,
    interventions: Vec<Intervention>,
    share_news: ShareNews,
    /// Whether limits or base loads, which meters are compared with and show, have changed since meters were added up.
    rooms_changed: bool,
}

impl<'a> Simulation<'a> {
    /// A run that is about to begin.
    ///
    /// # Errors
    /// What the balancer has against the site, or what [`crate::check()`] has against depot or realization.
    pub fn new(depot: &'a Depot, realization: &'a Realization) -> Result<Self, SimError> {
        check_values(depot, realization)?;
        Self::checked(depot, &Projection::of(depot)?, realization)
    }

    /// The same on the depot's projection, for many runs on one depot.
    ///
    /// # Errors
    /// As for [`Simulation::new`], and where the projection has not as many nodes as the depot. That it is the depot's own is up to the caller.
    pub fn on(
        depot: &'a Depot,
        projection: &Projection,
        realization: &'a Realization,
    ) -> Result<Self, SimError> {
        check_values(depot, realization)?;
        let (projected, count) = (projection.site.node_columns.len(), depot.site.len());
        if projected != count {
            return Err(SimError::OtherProjection { depot: depot.id.clone(), projected, count });
        }
        Self::checked(depot, projection, realization)
    }

    /// A run of what was checked.
    fn checked(
        depot: &'a Depot,
        projection: &Projection,
        realization: &'a Realization,
    ) -> Result<Self, SimError> {
        let site = projection.site.clone();
        check_connectors(depot, realization, &site)?;
        let controller = Controller::of(depot, &site, projection)?;
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
            limit_watch: LimitWatch::default(),
            stays: arrived.collect(),
            limits: SiteLimits::of(depot),
            controller,
            tick: 0,
            is_cycle_due: false,
            next_cycle_tick: 0,
            next_visit: 0,
            next_envelope: 0,
            next_base_load: 0,
            next_site_step: 0,
            next_charger_step: 0,
            next_override: 0,
            next_outage: 0,
            next_feed: 0,
            next_silence_turn: 0,
            next_happening: 0,
            connector_limit_w: Column::filled(0, columns),
            connector_ev_limit_w: vec![0; columns],
            connector_limit_source: Column::filled(None, columns),
            events: Vec::new(),
            ended_breaches: Vec::new(),
            unmet_limits: Vec::new(),
            interventions: Vec::new(),
            share_news: ShareNews::Changed,
            rooms_changed: true,
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

    /// Decides every cycle anew from now on, whatever has changed: what the shortcuts are compared with in tests.
    #[doc(hidden)]
    pub fn decide_every_cycle(&mut self) {
        self.controller.decide_always();
    }

    /// How the newest cycle was brought up to date with demands that had moved; `None` where it was decided, or stayed as it was. For tests.
    #[doc(hidden)]
    pub fn has_followed(&self) -> Option<Followed> {
        self.controller.has_followed()
    }

    /// Steps through one tick and shows it; `None` when the run is over.
    ///
    /// Interventions are carried out in their order at the tick's beginning, after what the realization has for it and before vehicles come. One
    /// that does not pass [`Intervention::check`] is not carried out, and does not stand among [`TickView::interventions`]: check those that come
    /// from outside beforehand, so that whoever wants them hears why not.
    #[inline]
    pub fn step(&mut self, interventions: &[Intervention]) -> Option<TickView<'_>> {
        if self.is_over() {
            return None;
        }
        self.advance(interventions);
        // A view is large: it is put together where it is used, instead of being handed from one to the next.
        Some(self.view(self.tick - 1))
    }

    /// Steps through one tick.
    #[inline(never)]
    fn advance(&mut self, interventions: &[Intervention]) {
        let tick = self.tick;
        let t_s = self.depot.tick_s(tick);
        self.events.clear();
        self.ended_breaches.clear();
        self.interventions.clear();
        self.is_cycle_due = tick == self.next_cycle_tick;
        if self.is_cycle_due {
            self.next_cycle_tick = tick.saturating_add(self.depot.rebalance_every_ticks);
        }
        self.bays.begin_tick(t_s, self.depot.at_most_a_day_s(self.next_cycle_tick - tick));
        while let Some(column) = self.bays.settle_next() {
            self.controller.release(column as usize);
            self.special.settle(column);
            self.share_news = ShareNews::Changed;
        }
        let happens = tick >= self.next_happening || !interventions.is_empty();
        if happens {
            self.let_things_happen(tick, interventions);
        }
        self.update_wishes();
        if self.special.any_occupied() {
            self.update_special_wishes();
        }
        if self.is_cycle_due {
            self.run_cycle(t_s);
        }
        self.charge(t_s);
        self.tick += 1;
    }

    /// How it ended, for observers; call it once, after the last step.
    pub fn end(&mut self) -> RunEnd<'_> {
        let t_s = self.depot.tick_s(self.tick);
        self.ended_breaches = self.watch.close(t_s);
        self.unmet_limits = self.limit_watch.unmet();
        let stays = Stays::by(t_s, &self.stays, &self.bays, &self.site.connector_columns);
        self.stays = stays.iter().collect();
        let (ended_breaches, unmet_limits) = (&self.ended_breaches, &self.unmet_limits);
        RunEnd { t_s, stays: &self.stays, ended_breaches, unmet_limits }
    }

    #[inline]
    fn view(&self, tick: u32) -> TickView<'_> {
        TickView {
            tick,
            t_s: self.depot.tick_s(tick),
            step_s: self.depot.step_s,
            cycle: self.controller.record(),
            is_cycle_new: self.is_cycle_due,
            nodes: self.totals.columns(),
            connectors: ConnectorColumns {
                visit: &self.bays.visit,
                state: &self.bays.state,
                energy_j: &self.bays.energy_j,
                limit_w: &self.connector_limit_w,
                limit_source: &self.connector_limit_source,
                demand_w: &self.bays.demand_w,
                setpoint_w: &self.bays.setpoint_w,
                measured_w: self.bays.meters.measured_w(),
                constrained_by: &self.bays.constrained_by,
                is_paused: self.bays.meters.is_paused(),
            },
            stays: Stays::by(
                self.depot.tick_s(tick + 1),
                &self.stays,
                &self.bays,
                &self.site.connector_columns,
            ),
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
            && self.depot.first_tick(step.at_s) <= tick
        {
            self.next_envelope += 1;
            self.set_envelope(t_s, step);
            limits_changed = true;
        }
        while let Some(step) = self.realization.base_load_steps.get(self.next_base_load)
            && self.depot.first_tick(step.at_s) <= tick
        {
            self.next_base_load += 1;
            self.set_base_load(t_s, step);
            limits_changed = true;
        }
        while let Some(step) = self.realization.site_steps.get(self.next_site_step)
            && self.depot.first_tick(step.at_s) <= tick
        {
            self.next_site_step += 1;
            self.change_site(t_s, step);
            limits_changed = true;
        }
        limits_changed |= self.let_supply_change(tick, t_s);
        self.miss_measurements(tick, t_s);
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
            && self.depot.first_tick(visit.arrival_s) <= tick
        {
            let index = self.next_visit as u32;
            self.next_visit += 1;
            self.arrive(t_s, index);
        }
        self.next_happening = self.next_happening_tick();
    }

    fn next_happening_tick(&self) -> u32 {
        let at = |at_s: Option<i64>| at_s.map_or(u32::MAX, |at_s| self.depot.first_tick(at_s));
        at(self.realization.visits.get(self.next_visit).map(|visit| visit.arrival_s))
            .min(at(self.realization.envelope_steps.get(self.next_envelope).map(|step| step.at_s)))
            .min(at(self.realization.base_load_steps.get(self.next_base_load).map(|step| step.at_s)))
            .min(at(self.realization.site_steps.get(self.next_site_step).map(|step| step.at_s)))
            .min(at(self.realization.charger_steps.get(self.next_charger_step).map(|step| step.at_s)))
            .min(at(self.realization.overrides.get(self.next_override).map(|step| step.at_s)))
            .min(at(self.next_supply_s()))
            .min(self.yard.next_tick())
    }

    fn tell(&mut self, t_s: u64, kind: EventKind, node: u32, visit: u32, power_w: Option<i64>) {
        self.events.push(Event::new(t_s, kind, node, visit, power_w));
    }

    /// Brings demands, and the keys that change with charging, to the balancer.
    fn update_wishes(&mut self) {
        if !self.controller.uses_keys_that_change() {
            let (controller, share_news) = (&mut self.controller, &mut self.share_news);
            return self.bays.update_demands(|column, demand_w| {
                controller.set_demand_w(column, demand_w);
                *share_news = (*share_news).max(ShareNews::Asked);
            });
        }
        for position in 0..self.bays.charging().len() {
            let column = self.bays.charging()[position];
            if self.bays.update_demand(column) {
                self.share_news = ShareNews::Changed;
            }
            let visit = &self.realization.visits[self.bays.visit[column as usize] as usize];
            self.controller.set_wish(column as usize, self.bays.wish(column, visit));
        }
    }

    fn run_cycle(&mut self, t_s: u64) {
        let effect = self.controller.run_cycle(t_s, self.age_s(t_s));
        self.share_news = match effect {
            Effect::Nothing => self.share_news,
            Effect::Followed(how) if self.share_news <= ShareNews::Asked => match how {
                Followed::Demands | Followed::Setpoints => ShareNews::Followed,
                Followed::Levels => ShareNews::Releveled,
            },
            _ => ShareNews::Decided,
        };
        match effect {
            Effect::Nothing | Effect::Followed(Followed::Demands) => {}
            Effect::Followed(Followed::Setpoints) => {
                let columns = self.controller.followed().iter().map(|demand| demand.leaf.index());
                self.bays.apply_some(columns, &self.controller.grants());
            }
            Effect::Followed(Followed::Levels) => self.bays.apply_shares(&self.controller.grants()),
            Effect::All => self.bays.apply(&self.controller.grants()),
        }
        // Whoever has begun anew waits for a cycle, and be it one in which nothing has changed.
        if self.special.any_occupied() {
            self.special.apply(&mut self.bays, &self.controller.grants());
        }
    }

    /// How old the newest measurements are that the balancer has at `t_s` \[s\].
    fn age_s(&self, t_s: u64) -> u64 {
        let silent = self
            .realization
            .silences
            .iter()
            .find(|silence| silence.from_s <= t_s as i64 && (t_s as i64) < silence.to_s);
        silent.map_or(0, |silence| (t_s as i64).saturating_sub(silence.from_s).unsigned_abs())
    }
}
