//! The connectors and the vehicles at them, in columns, and the charging of one tick.

use crate::charging::{Charge, ChargingCurve};
use crate::control::{Grant, Wish};
use crate::depot::Depot;
use crate::realization::Visit;
use crate::site::Site;
use crate::site_step::NodeChange;
use crate::view::{ConnectorState, NO_NODE, NO_VISIT, Stay};
use balancer::OrderKeys;
use balancer::units::LEAF_POWER_MAX_W;

/// Columns by connector. The first block is what observers see; the second is what charging needs.
#[derive(Debug, Clone)]
pub(crate) struct Bays {
    pub(crate) visit: Vec<u32>,
    pub(crate) state: Vec<ConnectorState>,
    pub(crate) energy_j: Vec<u64>,
    pub(crate) demand_w: Vec<u32>,
    pub(crate) setpoint_w: Vec<u32>,
    pub(crate) measured_w: Vec<u32>,
    pub(crate) constrained_by: Vec<u32>,
    pub(crate) is_paused: Vec<bool>,

    target_j: Vec<u64>,
    curve: Vec<u32>,
    /// While the energy is below this, a tick draws `measured_w` and gains `steady_gain_j`.
    steady_below_j: Vec<u64>,
    steady_gain_j: Vec<u64>,
    /// While the energy is below this, the demand stays.
    demand_below_j: Vec<u64>,
    /// The curve's power at the energy at which the demand was last asked for \[W\].
    power_w: Vec<u32>,
    had_cycle: Vec<bool>,
    /// Columns whose vehicle still charges, in ascending order.
    charging: Vec<u32>,
    done: Vec<u32>,

    rating_w: Vec<u32>,
    min_power_w: Vec<u32>,
    weight: Vec<u32>,
    pausable: Vec<bool>,
    curves: Vec<ChargingCurve>,
    vehicle_min_w: Vec<u32>,
    battery_j: Vec<u64>,
}

impl Bays {
    pub(crate) fn of(depot: &Depot, site: &Site) -> Self {
        let n = site.connectors.len();
        let nodes = || site.connectors.iter().map(|&position| &depot.site[position as usize]);
        Self {
            visit: vec![NO_VISIT; n],
            state: vec![ConnectorState::Available; n],
            energy_j: vec![0; n],
            demand_w: vec![0; n],
            setpoint_w: vec![0; n],
            measured_w: vec![0; n],
            constrained_by: vec![NO_NODE; n],
            is_paused: vec![false; n],
            target_j: vec![0; n],
            curve: vec![0; n],
            steady_below_j: vec![0; n],
            steady_gain_j: vec![0; n],
            demand_below_j: vec![0; n],
            power_w: vec![0; n],
            had_cycle: vec![false; n],
            charging: Vec::new(),
            done: Vec::new(),
            rating_w: nodes().map(|node| leaf_rating_w(node.ratings.max_rating_w)).collect(),
            min_power_w: nodes().map(|node| node.min_power_w).collect(),
            weight: nodes().map(|node| node.weight).collect(),
            pausable: nodes().map(|node| node.pausable).collect(),
            curves: depot.vehicle_types.iter().map(ChargingCurve::of).collect(),
            vehicle_min_w: depot.vehicle_types.iter().map(|kind| kind.min_power_w).collect(),
            battery_j: depot.vehicle_types.iter().map(|kind| kind.battery_j).collect(),
        }
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
        self.target_j[ix] = stay.target_energy_j;
        self.curve[ix] = stay.vehicle_type;
        self.had_cycle[ix] = false;
        self.demand_below_j[ix] = 0;
        self.forget_steadiness(ix);
        let charges = stay.arrival_energy_j < stay.target_energy_j;
        if charges && let Err(place) = self.charging.binary_search(&column) {
            self.charging.insert(place, column);
        }
        self.state[ix] = if charges { ConnectorState::Preparing } else { ConnectorState::SuspendedEv };
        charges
    }

    /// Unplugs whatever is at a connector.
    pub(crate) fn unplug(&mut self, column: u32) {
        let ix = column as usize;
        self.stop_charging(column);
        self.visit[ix] = NO_VISIT;
        self.energy_j[ix] = 0;
        self.state[ix] = ConnectorState::Available;
    }

    /// Takes over other data of a connector; a vehicle's demand is asked for anew.
    pub(crate) fn change_connector(&mut self, column: u32, change: &NodeChange) {
        let ix = column as usize;
        self.rating_w[ix] = leaf_rating_w(change.ratings.max_rating_w);
        self.min_power_w[ix] = change.min_power_w;
        self.weight[ix] = change.weight;
        self.pausable[ix] = change.pausable;
        self.demand_below_j[ix] = 0;
    }

    fn stop_charging(&mut self, column: u32) {
        if let Ok(place) = self.charging.binary_search(&column) {
            self.charging.remove(place);
        }
        let ix = column as usize;
        self.demand_w[ix] = 0;
        self.setpoint_w[ix] = 0;
        self.measured_w[ix] = 0;
        self.constrained_by[ix] = NO_NODE;
        self.is_paused[ix] = false;
    }

    /// Brings the demand of a charging vehicle up to date; returns whether it changed.
    pub(crate) fn update_demand(&mut self, column: u32) -> bool {
        let ix = column as usize;
        if self.energy_j[ix] < self.demand_below_j[ix] {
            return false;
        }
        let curve = &self.curves[self.curve[ix] as usize];
        let power_w = curve.power_w(self.energy_j[ix]);
        let demand_w = power_w.min(self.rating_w[ix]);
        self.power_w[ix] = power_w;
        self.demand_below_j[ix] = curve.constant_below_j(self.energy_j[ix]);
        let changed = self.demand_w[ix] != demand_w;
        self.demand_w[ix] = demand_w;
        changed
    }

    /// What the vehicle at a connector wishes of the balancer.
    pub(crate) fn wish(&self, column: u32, visit: &Visit) -> Wish {
        let ix = column as usize;
        Wish {
            demand_w: self.demand_w[ix],
            min_w: self.min_power_w[ix].max(self.vehicle_min_w[visit.vehicle_type as usize]),
            weight: if visit.weight == 0 { self.weight[ix] } else { visit.weight },
            tier: visit.tier,
            pausable: self.pausable[ix],
            keys: OrderKeys {
                arrived_s: Some(visit.arrival_s),
                departs_s: Some(visit.departure_s),
                needs_wh: Some(self.needs_wh(ix)),
                soc_ppm: Some(self.soc_ppm(ix)),
                last_served_s: None,
            },
        }
    }

    /// Metered energy that is missing to the target, rounded up \[Wh\].
    fn needs_wh(&self, ix: usize) -> u64 {
        let missing_j = self.target_j[ix].saturating_sub(self.energy_j[ix]);
        self.curves[self.curve[ix] as usize].metered_for_j(missing_j).div_ceil(3600)
    }

    fn soc_ppm(&self, ix: usize) -> u32 {
        let battery_j = self.battery_j[self.curve[ix] as usize];
        (u128::from(self.energy_j[ix]) * 1_000_000 / u128::from(battery_j)) as u32
    }

    /// Takes over what a cycle granted.
    pub(crate) fn apply(&mut self, grant_of: impl Fn(usize) -> Grant) {
        for position in 0..self.charging.len() {
            let ix = self.charging[position] as usize;
            let grant = grant_of(ix);
            if self.setpoint_w[ix] != grant.setpoint_w {
                self.setpoint_w[ix] = grant.setpoint_w;
                self.forget_steadiness(ix);
            }
            self.constrained_by[ix] = grant.constrained_by;
            self.is_paused[ix] = grant.is_paused;
            self.had_cycle[ix] = true;
        }
    }

    fn forget_steadiness(&mut self, ix: usize) {
        self.steady_below_j[ix] = 0;
    }

    /// Charges for one tick. Returns whether any measured power changed; who reached the target is in [`Bays::done`].
    pub(crate) fn charge(&mut self, step_s: u32, stays: &mut [Stay]) -> bool {
        let mut changed = false;
        for position in 0..self.charging.len() {
            let column = self.charging[position];
            let ix = column as usize;
            if self.energy_j[ix] < self.steady_below_j[ix] {
                self.energy_j[ix] += self.steady_gain_j[ix];
            } else {
                let before_w = self.measured_w[ix];
                if self.charge_anew(ix, step_s) {
                    self.done.push(column);
                }
                changed |= self.measured_w[ix] != before_w;
            }
            let stay = &mut stays[self.visit[ix] as usize];
            stay.energy_j = self.energy_j[ix];
            stay.metered_j += u64::from(self.measured_w[ix]) * u64::from(step_s);
            stay.paused_s += if self.is_paused[ix] { u64::from(step_s) } else { 0 };
        }
        changed
    }

    /// Columns whose vehicle reached its target in the last tick. They count as charging until they are settled.
    pub(crate) fn done(&self) -> &[u32] {
        &self.done
    }

    /// The full computation of a tick, and how long its result will hold; `true` when the target is reached.
    fn charge_anew(&mut self, ix: usize, step_s: u32) -> bool {
        let curve = &self.curves[self.curve[ix] as usize];
        let (energy_j, target_j, setpoint_w) = (self.energy_j[ix], self.target_j[ix], self.setpoint_w[ix]);
        if let Some(charge) = self.charge_on_slope(ix, step_s) {
            return self.take(ix, charge, 0);
        }
        let (steady, steady_below_j) = match setpoint_w {
            0 => (Charge { measured_w: 0, gained_j: 0 }, u64::MAX),
            _ => curve.steady(energy_j, target_j, setpoint_w, step_s),
        };
        let charge = if energy_j < steady_below_j {
            steady
        } else {
            curve.charge(energy_j, target_j, setpoint_w, step_s)
        };
        self.take(ix, charge, steady_below_j)
    }

    /// The usual tick of a tapering battery that nobody holds back: its mean power, where that needs no more than one look at the curve.
    fn charge_on_slope(&self, ix: usize, step_s: u32) -> Option<Charge> {
        let (energy_j, power_w, setpoint_w) = (self.energy_j[ix], self.power_w[ix], self.setpoint_w[ix]);
        if self.demand_below_j[ix] != energy_j || setpoint_w < power_w {
            return None;
        }
        let curve = &self.curves[self.curve[ix] as usize];
        let measured_w = curve.mean_on_slope_w(energy_j, power_w, step_s)?;
        let gained_j = curve.gain_j(u64::from(measured_w) * u64::from(step_s));
        (energy_j + gained_j < self.target_j[ix]).then_some(Charge { measured_w, gained_j })
    }

    /// Takes over what a tick did; `true` when the target is reached.
    fn take(&mut self, ix: usize, charge: Charge, steady_below_j: u64) -> bool {
        self.measured_w[ix] = charge.measured_w;
        self.energy_j[ix] += charge.gained_j;
        self.steady_gain_j[ix] = charge.gained_j;
        self.steady_below_j[ix] = steady_below_j;
        self.state[ix] = if charge.measured_w > 0 { ConnectorState::Charging } else { self.idle_state(ix) };
        self.energy_j[ix] >= self.target_j[ix]
    }

    fn idle_state(&self, ix: usize) -> ConnectorState {
        match (self.had_cycle[ix], self.demand_w[ix]) {
            (false, _) => ConnectorState::Preparing,
            (true, 0) => ConnectorState::SuspendedEv,
            (true, _) => ConnectorState::SuspendedEvse,
        }
    }

    /// After the tick in which vehicles became ready: they stay plugged in and draw nothing. Returns one after the other.
    pub(crate) fn settle_next(&mut self) -> Option<u32> {
        let column = self.done.pop()?;
        self.stop_charging(column);
        self.state[column as usize] = ConnectorState::SuspendedEv;
        Some(column)
    }
}

/// A connector's rating; the largest power of a leaf, where it has none \[W\].
fn leaf_rating_w(rating_w: Option<u64>) -> u32 {
    rating_w.map_or(LEAF_POWER_MAX_W, |rating_w| rating_w.min(u64::from(LEAF_POWER_MAX_W)) as u32)
}
