//! Connectors that need more than the common path: whose charger does not obey at once, whose vehicle does more than charge, or about which
//! somebody gave orders. They stand in a list of their own, so that all others pay nothing for them.

mod bay;

use crate::bays::Bays;
use crate::charger::{Charger, ChargerChange, DemandSignal, OutageKind};
use crate::control::Grants;
use crate::depot::{Depot, SiteNode};
use crate::output::{Hearing, Output};
use crate::overrides::Override;
use crate::realization::{Realization, Visit};
use crate::site::{Site, leaf_rating_w};
use crate::site_step::NodeChange;
use crate::view::{ConnectorState, NO_NODE, Stay};
use crate::wish::Wish;
use bay::SpecialBay;
use std::collections::{BTreeMap, BTreeSet};

/// The special connectors with a vehicle, and what is known of all special connectors.
#[derive(Debug, Clone, Default)]
pub(crate) struct SpecialBays {
    /// Those with a vehicle, in ascending order of columns.
    occupied: Vec<SpecialBay>,
    /// Whether each column is always special; empty where none is.
    is_special: Vec<bool>,
    /// What is built into special columns, as far as anything is.
    chargers: BTreeMap<u32, Charger>,
    conditions: BTreeMap<u32, Condition>,
    /// Visits about which an operator says something.
    is_ordered: BTreeSet<u32>,
    orders: BTreeMap<u32, Override>,
    signal: DemandSignal,
    step_s: u32,
    /// The largest rating of each connector up to now \[W\]; empty where none is special.
    rating_w: Vec<u32>,
    fallback_w: Vec<u32>,
}

/// What goes wrong at a connector.
#[derive(Debug, Clone, Copy, Default)]
struct Condition {
    offline_since_s: Option<u64>,
    outage: Option<OutageKind>,
    is_ignoring: bool,
}

/// Why a connector draws more than its setpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Disobedience {
    /// It has not heard the setpoint.
    Offline,
    /// It does not apply it.
    Ignoring,
    /// It is on its way to it.
    Lagging,
}

/// What a special connector tells of itself before a cycle.
pub(crate) enum Told {
    Nothing,
    /// There is no demand any more.
    Withdrawn,
    Wish(Wish),
}

impl SpecialBays {
    pub(crate) fn of(depot: &Depot, realization: &Realization, site: &Site) -> Self {
        let equipment = &depot.equipment;
        let column = |position: u32| site.connector_columns[position as usize];
        let described = equipment.chargers.iter().map(|charger| (column(charger.node), charger.clone()));
        let chargers: BTreeMap<u32, Charger> = described.collect();
        let mut conditions = BTreeMap::new();
        for step in &realization.charger_steps {
            for column in site.columns_at(step.node) {
                conditions.insert(column as u32, Condition::default());
            }
        }
        let is_ordered: BTreeSet<u32> = realization.overrides.iter().map(|step| step.visit).collect();
        let all = equipment.demand_signal != DemandSignal::True;
        let is_special: Vec<bool> = if chargers.is_empty() && conditions.is_empty() && !all {
            Vec::new()
        } else {
            let columns = 0..site.connectors.len() as u32;
            columns.map(|ix| all || chargers.contains_key(&ix) || conditions.contains_key(&ix)).collect()
        };
        let is_used = !is_special.is_empty()
            || !is_ordered.is_empty()
            || realization.visits.iter().any(|visit| visit.conduct.is_special());
        let nodes = || site.connectors.iter().map(|&position| &depot.site[position as usize]);
        let of_nodes = |value: fn(&SiteNode) -> u32| match is_used {
            true => nodes().map(value).collect(),
            false => Vec::new(),
        };
        Self {
            occupied: Vec::new(),
            is_special,
            chargers,
            conditions,
            is_ordered,
            orders: BTreeMap::new(),
            signal: equipment.demand_signal,
            step_s: depot.step_s,
            rating_w: of_nodes(|node| leaf_rating_w(node.ratings.max_rating_w)),
            fallback_w: of_nodes(|node| node.fallback_w),
        }
    }

    pub(crate) fn any_occupied(&self) -> bool {
        !self.occupied.is_empty()
    }

    /// How many special connectors have a vehicle.
    pub(crate) fn occupied_count(&self) -> usize {
        self.occupied.len()
    }

    /// The columns of special connectors with a vehicle, in ascending order.
    pub(crate) fn occupied_columns(&self) -> impl Iterator<Item = u32> + '_ {
        self.occupied.iter().map(|bay| bay.column)
    }

    /// Where a column's vehicle stands in the list, or would stand.
    fn place_of(&self, column: u32) -> Result<usize, usize> {
        self.occupied.binary_search_by_key(&column, |bay| bay.column)
    }

    fn bay_at(&mut self, column: u32) -> Option<&mut SpecialBay> {
        let place = self.place_of(column).ok()?;
        self.occupied.get_mut(place)
    }

    /// The longest time until a setpoint counts \[s\].
    pub(crate) fn longest_latency_s(&self) -> u64 {
        self.chargers.values().map(|charger| u64::from(charger.latency_s)).max().unwrap_or(0)
    }

    /// Whether this visit at this connector is special.
    pub(crate) fn takes(&self, column: u32, index: u32, visit: &Visit) -> bool {
        self.is_special.get(column as usize).copied().unwrap_or(false)
            || visit.conduct.is_special()
            || self.is_ordered.contains(&index)
    }

    pub(crate) fn is_out_of_service(&self, column: u32) -> bool {
        self.conditions.get(&column).is_some_and(|condition| condition.outage.is_some())
    }

    /// The state of a connector without a vehicle, or out of service with one.
    fn state_at_rest(&self, bays: &Bays, column: u32) -> ConnectorState {
        match self.conditions.get(&column).and_then(|condition| condition.outage) {
            Some(OutageKind::Faulted) if !(bays.is_free(column) && bays.is_dead(column)) => {
                ConnectorState::Faulted
            }
            Some(_) => ConnectorState::Unavailable,
            None => bays.empty_state(column as usize),
        }
    }

    /// Power is taken away by a node that is out (`by`), or comes back: what a vehicle may draw is gone at once, and is asked for anew.
    pub(crate) fn switch(&mut self, bays: &mut Bays, column: u32, by: Option<u32>) {
        let Some(bay) = self.bay_at(column) else {
            if bays.is_free(column) {
                bays.state[column as usize] = self.state_at_rest(bays, column);
            }
            return;
        };
        bay.wishes_again = true;
        if let Some(by) = by.filter(|_| bay.has_wish) {
            Self::withdraw(bays, column);
            bays.constrained_by[column as usize] = by;
        }
    }

    /// Takes over a vehicle that [`Bays`] has just plugged in; `ticks` are those in which it preconditions.
    pub(crate) fn plug_in(
        &mut self,
        bays: &mut Bays,
        column: u32,
        index: u32,
        visit: &Visit,
        (depot, ticks): (&Depot, (u32, u32)),
    ) {
        bays.hand_over(column);
        let kind = &depot.vehicle_types[visit.vehicle_type as usize];
        let charger = self.chargers.get(&column).cloned().unwrap_or_default();
        let output = Output::fresh(&charger, self.hearing(column));
        let bay = SpecialBay::of((column, index), (visit, kind), charger, output, ticks);
        let place = self.place_of(column).expect_err("a connector is free before somebody is plugged in");
        self.occupied.insert(place, bay);
    }

    pub(crate) fn unplug(&mut self, bays: &mut Bays, column: u32) {
        if let Ok(place) = self.place_of(column) {
            self.occupied.remove(place);
        }
        bays.state[column as usize] = self.state_at_rest(bays, column);
    }

    /// The vehicle has its target: what it still wishes, it wishes anew.
    pub(crate) fn settle(&mut self, column: u32) {
        if let Some(bay) = self.bay_at(column) {
            bay.has_wish = false;
            bay.wishes_again = true;
        }
    }

    /// Data of the connector have changed: what its vehicle wishes, it wishes anew.
    ///
    /// A charger that ignores setpoints is not told of a lower rating: what it can pass on is the most that it was ever rated for.
    pub(crate) fn change_connector(&mut self, column: u32, change: &NodeChange) {
        if let Some(rating_w) = self.rating_w.get_mut(column as usize) {
            *rating_w = leaf_rating_w(change.ratings.max_rating_w).max(*rating_w);
        }
        if let Some(bay) = self.bay_at(column) {
            bay.wishes_again = true;
        }
    }

    /// Takes over what changes at a connector; returns whether lanes must be looked at again.
    pub(crate) fn change(&mut self, bays: &mut Bays, column: u32, change: ChargerChange, t_s: u64) -> bool {
        let condition = self.conditions.entry(column).or_default();
        let was_out = condition.outage.is_some();
        match change {
            ChargerChange::Offline => condition.offline_since_s = condition.offline_since_s.or(Some(t_s)),
            ChargerChange::Online => condition.offline_since_s = None,
            ChargerChange::OutOfService(kind) => condition.outage = Some(kind),
            ChargerChange::InService => condition.outage = None,
            ChargerChange::SetpointsIgnored => condition.is_ignoring = true,
            ChargerChange::SetpointsObeyed => condition.is_ignoring = false,
        }
        let is_out = condition.outage.is_some();
        let (hearing, state) = (self.hearing(column), self.state_at_rest(bays, column));
        let Some(bay) = self.bay_at(column) else {
            bays.state[column as usize] = state;
            return was_out != is_out;
        };
        bay.wishes_again = true;
        if change == ChargerChange::Online {
            bay.output.hear_again();
        }
        if bay.is_new {
            // A queued vehicle takes the place of one that leaves before the tick's faults are looked at; they count for it from the start.
            bay.restart(hearing);
        }
        if was_out != is_out {
            bay.start_anew(hearing);
        }
        if is_out {
            bays.state[column as usize] = state;
        }
        was_out != is_out
    }

    /// Takes over an operator's word about a visit; returns its column, if it is plugged in.
    pub(crate) fn order(&mut self, visit: u32, act: Option<Override>) -> Option<u32> {
        match act {
            Some(act) => self.orders.insert(visit, act),
            None => self.orders.remove(&visit),
        };
        let bay = self.occupied.iter_mut().find(|bay| bay.visit == visit)?;
        bay.wishes_again = true;
        Some(bay.column)
    }

    fn hearing(&self, column: u32) -> Hearing {
        let condition = self.conditions.get(&column).copied().unwrap_or_default();
        Hearing {
            offline_since_s: condition.offline_since_s,
            is_ignoring: condition.is_ignoring,
            rating_w: self.rating_w[column as usize],
            fallback_w: self.fallback_w[column as usize],
        }
    }

    /// What the special connector at `position` of the list tells the balancer at the beginning of a tick, and its column; `always` where keys
    /// change too.
    pub(crate) fn tell(
        &mut self,
        bays: &mut Bays,
        position: usize,
        tick: u32,
        visits: &[Visit],
        always: bool,
    ) -> (u32, Told) {
        let is_out = self.is_out_of_service(self.occupied[position].column);
        let bay = &mut self.occupied[position];
        let (column, ix) = (bay.column, bay.column as usize);
        let order = self.orders.get(&bay.visit).copied();
        let is_withheld = is_out || order == Some(Override::Hold);
        let signal = visits[bay.visit as usize].conduct.demand_signal.unwrap_or(self.signal);
        let told_w = if is_withheld { 0 } else { bay.told_w(bays, tick, signal) };
        let has_changed = bays.demand_w.put(ix, told_w) || bay.wishes_again;
        bay.wishes_again = false;
        if told_w == 0 {
            let had_wish = std::mem::replace(&mut bay.has_wish, false);
            return (column, if had_wish { Told::Withdrawn } else { Told::Nothing });
        }
        if !has_changed && !always {
            return (column, Told::Nothing);
        }
        bay.has_wish = true;
        let mut wish = bays.wish(column, &visits[bay.visit as usize]);
        wish.keys.needs_wh = Some(bay.needs_wh(bays.energy_j[ix], told_w));
        if order == Some(Override::ChargeNow) {
            wish.tier = 0;
        }
        (column, Told::Wish(wish))
    }

    /// Takes over what a cycle granted.
    #[cold]
    pub(crate) fn apply(&mut self, bays: &mut Bays, grants: &Grants<'_>) {
        for bay in self.occupied.iter_mut().filter(|bay| bay.has_wish) {
            let ix = bay.column as usize;
            let grant = grants.of(ix);
            bays.setpoint_w.put(ix, grant.setpoint_w);
            bays.constrained_by.put(ix, grant.constrained_by);
            bays.meters.set_paused(ix, grant.is_paused);
            bay.had_cycle = true;
        }
    }

    /// Forgets what was granted to a connector whose demand is withdrawn.
    pub(crate) fn withdraw(bays: &mut Bays, column: u32) {
        let ix = column as usize;
        bays.setpoint_w[ix] = 0;
        bays.constrained_by[ix] = NO_NODE;
        bays.meters.set_paused(ix, false);
    }

    /// Charges for one tick; [`Bays::done`] has who reached the target, `fell_back` hears whose fallback limit begins.
    pub(crate) fn charge(
        &mut self,
        bays: &mut Bays,
        stays: &mut [Stay],
        (tick, t_s): (u32, u64),
        mut fell_back: impl FnMut(u32),
    ) {
        let step_s = self.step_s;
        for position in 0..self.occupied.len() {
            let column = self.occupied[position].column;
            let (hearing, is_out) = (self.hearing(column), self.is_out_of_service(column));
            let is_held = self.orders.get(&self.occupied[position].visit) == Some(&Override::Hold);
            let bay = &mut self.occupied[position];
            let ix = column as usize;
            bay.is_new = false;
            let was_in_fallback = bay.output.is_in_fallback();
            let is_dead = bays.is_dead(column);
            if is_dead {
                // With the power goes whatever the charger was told.
                bay.restart(hearing);
            }
            let has_power = !is_out && !is_dead;
            let setpoint_w = bays.setpoint_w[ix];
            let allowed_w = if has_power { bay.allowed_w(setpoint_w, t_s, step_s, hearing) } else { 0 };
            if bay.output.is_in_fallback() && !was_in_fallback {
                fell_back(column);
            }
            let had_target = bays.energy_j[ix] >= bay.target_j;
            let drawn = bay.draw(bays.energy_j[ix], allowed_w, tick, step_s);
            bays.meters.set_measured_w(ix, drawn.measured_w);
            bays.energy_j[ix] += drawn.gained_j;
            if !had_target && bays.energy_j[ix] >= bay.target_j {
                bays.finish(column);
            }
            if !is_out {
                bays.state[ix] = bay.state(drawn.measured_w, had_target, is_held, bays.demand_w[ix]);
            }
            stays[bay.visit as usize].preconditioned_j += u64::from(bay.cabin_w) * u64::from(step_s);
        }
    }

    /// Power above their setpoints that connectors in this range of columns draw, with the reason for it.
    pub(crate) fn disobedience(
        &self,
        bays: &Bays,
        (first, end): (u32, u32),
    ) -> impl Iterator<Item = (Disobedience, u64)> {
        let from = self.occupied.partition_point(|bay| bay.column < first);
        let to = self.occupied.partition_point(|bay| bay.column < end);
        self.occupied[from..to].iter().map(|bay| {
            let ix = bay.column as usize;
            let over_w = u64::from(bays.meters.measured_w()[ix].saturating_sub(bays.setpoint_w[ix]));
            let hearing = self.hearing(bay.column);
            let why = if hearing.is_ignoring {
                Disobedience::Ignoring
            } else if hearing.offline_since_s.is_some() {
                Disobedience::Offline
            } else {
                Disobedience::Lagging
            };
            (why, over_w)
        })
    }
}
