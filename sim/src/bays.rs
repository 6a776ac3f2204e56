//! The connectors and the vehicles at them, in columns, and the charging of one tick.

mod bay;
mod meters;

use crate::charging::ChargingCurve;
use crate::column::Column;
use crate::control::Grants;
use crate::depot::Depot;
use crate::realization::Visit;
use crate::site::{Site, leaf_rating_w};
use crate::site_step::NodeChange;
use crate::view::{ConnectorState, NO_NODE, NO_VISIT, Stay};
use crate::wish::{Grant, Wish};
use balancer::OrderKeys;
use bay::{Bay, Times};
pub(crate) use meters::{MeterChange, Meters, Taken};

/// Columns by connector. The first block is what observers see; the second is what charging needs.
#[derive(Debug, Clone)]
pub(crate) struct Bays {
    pub(crate) visit: Column<u32>,
    pub(crate) state: Column<ConnectorState>,
    pub(crate) energy_j: Column<u64>,
    pub(crate) demand_w: Column<u32>,
    pub(crate) setpoint_w: Column<u32>,
    pub(crate) constrained_by: Column<u32>,
    pub(crate) meters: Meters,

    times: Times,
    /// What charging needs of each connector, side by side: it is never shown, and always used together.
    bays: Vec<Bay>,
    had_cycle: Vec<bool>,
    /// Whether the connector is without power.
    is_dead: Vec<bool>,
    /// Columns whose vehicle still charges, in ascending order.
    charging: Vec<u32>,
    done: Vec<u32>,

    min_power_w: Vec<u32>,
    pausable: Vec<bool>,
    curves: Vec<ChargingCurve>,
    vehicle_min_w: Vec<u32>,
    battery_j: Vec<u64>,
    /// What is added to every tier, so that there is room before the first for whoever is to charge now.
    tiers_from: u32,
}

impl Bays {
    pub(crate) fn of(depot: &Depot, site: &Site, tiers_from: u32) -> Self {
        let n = site.connectors.len();
        let nodes = || site.connectors.iter().map(|&position| &depot.site[position as usize]);
        Self {
            visit: Column::filled(NO_VISIT, n),
            state: Column::filled(ConnectorState::Available, n),
            energy_j: Column::filled(0, n),
            demand_w: Column::filled(0, n),
            setpoint_w: Column::filled(0, n),
            constrained_by: Column::filled(NO_NODE, n),
            meters: Meters::of(n),
            times: Times { step_s: depot.step_s, cycle_s: depot.cycle_s(), until_cycle_s: depot.cycle_s() },
            bays: nodes().map(|node| Bay::rated(leaf_rating_w(node.ratings.max_rating_w))).collect(),
            had_cycle: vec![false; n],
            is_dead: vec![false; n],
            charging: Vec::new(),
            done: Vec::new(),
            min_power_w: nodes().map(|node| node.min_power_w).collect(),
            pausable: nodes().map(|node| node.pausable).collect(),
            curves: depot.vehicle_types.iter().map(ChargingCurve::of).collect(),
            vehicle_min_w: depot.vehicle_types.iter().map(|kind| kind.min_power_w).collect(),
            battery_j: depot.vehicle_types.iter().map(|kind| kind.battery_j).collect(),
            tiers_from,
        }
    }

    /// A tick begins at `t_s`, so long before the next cycle but the one that is due now \[s\].
    pub(crate) fn begin_tick(&mut self, t_s: u64, until_cycle_s: u32) {
        self.times.until_cycle_s = until_cycle_s;
        self.meters.begin(t_s);
    }

    /// How long it is until the next cycle but the one that is due now \[s\].
    pub(crate) fn until_cycle_s(&self) -> u32 {
        self.times.until_cycle_s
    }

    pub(crate) fn is_free(&self, column: u32) -> bool {
        self.visit[column as usize] == NO_VISIT
    }

    pub(crate) fn charging(&self) -> &[u32] {
        &self.charging
    }

    /// Plugs a vehicle in; returns whether it still needs to charge.
    pub(crate) fn plug_in(&mut self, column: u32, visit: u32, stay: &Visit) -> bool {
        let ix = column as usize;
        self.visit[ix] = visit;
        self.energy_j[ix] = stay.arrival_energy_j;
        self.bays[ix] = Bay {
            target_j: stay.target_energy_j,
            curve: stay.vehicle_type,
            ..Bay::rated(self.bays[ix].rating_w)
        };
        self.had_cycle[ix] = false;
        self.meters.restart(ix);
        let charges = stay.arrival_energy_j < stay.target_energy_j;
        if charges && let Err(place) = self.charging.binary_search(&column) {
            self.charging.insert(place, column);
        }
        self.state[ix] = if charges { ConnectorState::Preparing } else { ConnectorState::SuspendedEv };
        charges
    }

    /// Leaves the charging of a column to whoever asks.
    pub(crate) fn hand_over(&mut self, column: u32) {
        if let Ok(place) = self.charging.binary_search(&column) {
            self.charging.remove(place);
        }
    }

    /// Notes that the vehicle of a column that was handed over has reached its target.
    pub(crate) fn finish(&mut self, column: u32) {
        self.done.push(column);
    }

    /// Whether a connector is without power.
    pub(crate) fn is_dead(&self, column: u32) -> bool {
        self.is_dead[column as usize]
    }

    /// What a connector can pass on \[W\].
    pub(crate) fn rating_w(&self, column: u32) -> u32 {
        self.bays[column as usize].rating_w
    }

    /// Tells a stay what the vehicle at a connector holds, and has taken until `t_s` \[s\].
    pub(crate) fn tell(&self, column: u32, t_s: u64, stay: &mut Stay) {
        let Taken { metered_j, paused_s } = self.meters.taken(column as usize, t_s);
        stay.energy_j = self.energy_j[column as usize];
        (stay.metered_j, stay.paused_s) = (metered_j, paused_s);
    }

    /// Unplugs whatever is at a connector.
    pub(crate) fn unplug(&mut self, column: u32) {
        let ix = column as usize;
        self.stop_charging(column);
        self.visit[ix] = NO_VISIT;
        self.energy_j[ix] = 0;
        self.state[ix] = self.empty_state(ix);
    }

    /// Takes a connector's power away, or gives it back; returns whether that is news. `by` is the node that is out.
    ///
    /// What it may draw is gone at once, and comes back with the next cycle.
    pub(crate) fn set_dead(&mut self, column: u32, is_dead: bool, by: u32) -> bool {
        let ix = column as usize;
        if std::mem::replace(&mut self.is_dead[ix], is_dead) == is_dead {
            return false;
        }
        if self.is_free(column) {
            self.state[ix] = self.empty_state(ix);
        } else if is_dead && self.charging.binary_search(&column).is_ok() {
            self.setpoint_w[ix] = 0;
            self.constrained_by[ix] = by;
            self.meters.set_paused(ix, false);
            self.bays[ix].steady_below_j = 0;
        }
        true
    }

    /// The state of a connector without a vehicle.
    pub(crate) fn empty_state(&self, ix: usize) -> ConnectorState {
        if self.is_dead[ix] { ConnectorState::Unavailable } else { ConnectorState::Available }
    }

    /// Takes over other data of a connector; a vehicle's demand is asked for anew.
    pub(crate) fn change_connector(&mut self, column: u32, change: &NodeChange) {
        let ix = column as usize;
        self.bays[ix].rating_w = leaf_rating_w(change.ratings.max_rating_w);
        self.min_power_w[ix] = change.min_power_w;
        self.pausable[ix] = change.pausable;
        let bay = &mut self.bays[ix];
        (bay.demand_below_j, bay.steady_below_j) = (0, 0);
    }

    fn stop_charging(&mut self, column: u32) {
        self.hand_over(column);
        let ix = column as usize;
        self.demand_w[ix] = 0;
        self.setpoint_w[ix] = 0;
        self.meters.set_measured_w(ix, 0);
        self.constrained_by[ix] = NO_NODE;
        self.meters.set_paused(ix, false);
    }

    /// Brings the demand of a charging vehicle up to date; returns whether it changed.
    pub(crate) fn update_demand(&mut self, column: u32) -> bool {
        let (ix, times) = (column as usize, self.times);
        self.bays[ix]
            .demand_w(&self.curves, self.energy_j[ix], times)
            .is_some_and(|demand_w| self.demand_w.put(ix, demand_w))
    }

    /// Brings all demands up to date and tells of those that changed.
    pub(crate) fn update_demands(&mut self, mut changed: impl FnMut(usize, u32)) {
        let times = self.times;
        let Self { charging, bays, energy_j, demand_w, curves, .. } = self;
        let energy_j = &energy_j[..bays.len()];
        for &column in charging.iter() {
            let ix = column as usize;
            let bay = &mut bays[ix];
            if energy_j[ix] >= bay.demand_below_j
                && let Some(now_w) = bay.demand_w(curves, energy_j[ix], times)
                && demand_w.put(ix, now_w)
            {
                changed(ix, now_w);
            }
        }
    }

    /// The least power on which is charged at a connector, if it is not its own \[W\]. Without power none can be kept, and nobody shall wait for it.
    pub(crate) fn least_w(&self, column: u32, min_w: Option<u32>) -> u32 {
        let ix = column as usize;
        if self.is_dead[ix] { 0 } else { min_w.unwrap_or(self.min_power_w[ix]) }
    }

    /// Whether who charges at a connector may be paused.
    pub(crate) fn is_pausable(&self, column: u32) -> bool {
        let ix = column as usize;
        self.pausable[ix] || self.is_dead[ix]
    }

    /// What the vehicle at a connector wishes of the balancer.
    pub(crate) fn wish(&self, column: u32, visit: &Visit) -> Wish {
        let ix = column as usize;
        let min_w = self.min_power_w[ix].max(self.vehicle_min_w[visit.vehicle_type as usize]);
        Wish {
            demand_w: self.demand_w[ix],
            min_w: self.least_w(column, Some(min_w)),
            weight: visit.weight,
            tier: visit.tier + self.tiers_from,
            pausable: self.is_pausable(column),
            keys: OrderKeys {
                arrived_s: Some(visit.arrival_s),
                departs_s: Some(visit.conduct.told_departure_s.unwrap_or(visit.departure_s)),
                needs_wh: Some(self.needs_wh(ix)),
                soc_ppm: Some(self.soc_ppm(ix)),
                last_served_s: None,
            },
        }
    }

    /// Metered energy that is missing to the target, rounded up \[Wh\].
    fn needs_wh(&self, ix: usize) -> u64 {
        let bay = &self.bays[ix];
        let missing_j = bay.target_j.saturating_sub(self.energy_j[ix]);
        self.curves[bay.curve as usize].metered_for_j(missing_j).div_ceil(3600)
    }

    fn soc_ppm(&self, ix: usize) -> u32 {
        let battery_j = self.battery_j[self.bays[ix].curve as usize];
        (u128::from(self.energy_j[ix]) * 1_000_000 / u128::from(battery_j)) as u32
    }

    /// Takes over what a cycle granted to these columns, where the others keep what they had.
    pub(crate) fn apply_some(&mut self, columns: impl Iterator<Item = usize>, grants: &Grants<'_>) {
        for ix in columns {
            if self.setpoint_w.put(ix, grants.of(ix).setpoint_w) {
                self.bays[ix].steady_below_j = 0;
            }
        }
    }

    /// Takes over what was shared out again among those who had it, of whom nobody was or is paused.
    pub(crate) fn apply_shares(&mut self, grants: &Grants<'_>) {
        let Grants::OfLeaves(leaves) = grants else { return self.apply(grants) };
        let (n, bays) = (self.bays.len(), &mut self.bays[..]);
        let (leaves, bays) = (leaves.first(n), &mut bays[..n]);
        let (mut setpoint_w, mut constrained_by) = (self.setpoint_w.edit(), self.constrained_by.edit());
        for &column in &self.charging {
            let ix = column as usize;
            let grant = leaves.of(ix);
            if setpoint_w.put(ix, grant.setpoint_w) {
                bays[ix].steady_below_j = 0;
            }
            constrained_by.put(ix, grant.constrained_by);
        }
    }

    /// Takes over what a cycle granted.
    pub(crate) fn apply(&mut self, grants: &Grants<'_>) {
        match grants {
            Grants::OfLeaves(leaves) => {
                let leaves = leaves.first(self.bays.len());
                self.apply_each(|ix| leaves.of(ix));
            }
            Grants::Split(grants) => self.apply_each(|ix| grants[ix]),
        }
    }

    #[inline(always)]
    fn apply_each(&mut self, granted: impl Fn(usize) -> Grant) {
        let Self { bays, meters, .. } = self;
        let had_cycle = &mut self.had_cycle[..bays.len()];
        let (mut setpoint_w, mut constrained_by) = (self.setpoint_w.edit(), self.constrained_by.edit());
        for &column in &self.charging {
            let ix = column as usize;
            let grant = granted(ix);
            // Who waited for a first cycle is told of it, even where it grants nothing.
            if setpoint_w.put(ix, grant.setpoint_w) | !had_cycle[ix] {
                bays[ix].steady_below_j = 0;
                had_cycle[ix] = true;
            }
            constrained_by.put(ix, grant.constrained_by);
            meters.set_paused(ix, grant.is_paused);
        }
    }

    /// Charges for one tick; who reached the target is in [`Bays::done`].
    pub(crate) fn charge(&mut self) {
        if self.charging.is_empty() {
            return;
        }
        let Self { times, bays, curves, done, .. } = self;
        // Columns of one known length: the index is checked once for all of them.
        let (n, curves) = (bays.len(), &curves[..]);
        let bays = &mut bays[..n];
        let (energy_j, setpoint_w) = (&mut self.energy_j[..n], &self.setpoint_w[..n]);
        let (had_cycle, demand_w) = (&self.had_cycle[..n], &self.demand_w[..n]);
        let (mut meters, mut state) = (self.meters.edit(), self.state.edit());
        for &column in &self.charging {
            let ix = column as usize;
            let bay = &mut bays[ix];
            if energy_j[ix] < bay.steady_below_j {
                energy_j[ix] += bay.steady_gain_j;
                continue;
            }
            let curve = &curves[bay.curve as usize];
            let (charge, below_j) = bay.charge(curve, energy_j[ix], setpoint_w[ix], times.step_s);
            bay.steady_gain_j = charge.gained_j;
            bay.steady_below_j = below_j;
            energy_j[ix] += charge.gained_j;
            meters.set(ix, charge.measured_w);
            state.put(ix, state_of(charge.measured_w, had_cycle[ix], demand_w[ix]));
            if energy_j[ix] >= bay.target_j {
                done.push(column);
            }
        }
    }

    /// Columns whose vehicle reached its target in the last tick. They count as charging until they are settled.
    pub(crate) fn done(&self) -> &[u32] {
        &self.done
    }

    /// After the tick in which vehicles became ready: they stay plugged in and draw nothing. Returns one after the other.
    pub(crate) fn settle_next(&mut self) -> Option<u32> {
        let column = self.done.pop()?;
        self.stop_charging(column);
        self.state[column as usize] = ConnectorState::SuspendedEv;
        Some(column)
    }
}

/// The state of a connector whose vehicle still charges.
fn state_of(measured_w: u32, had_cycle: bool, demand_w: u32) -> ConnectorState {
    match (measured_w, had_cycle, demand_w) {
        (1.., _, _) => ConnectorState::Charging,
        (0, false, _) => ConnectorState::Preparing,
        (0, true, 0) => ConnectorState::SuspendedEv,
        (0, true, _) => ConnectorState::SuspendedEvse,
    }
}
