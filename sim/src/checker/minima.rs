//! Least powers: whoever has one gets at least that, or nothing and is told to be paused.

use super::known::{Holds, Known, wrong};
use super::limits::Limits;
use crate::column::Counterpart;
use crate::site::NO_PARENT;
use crate::view::{NO_VISIT, TickView};
use balancer::units::LEAF_POWER_MAX_W;
use balancer::{Control, NodeKind, Strategy};

/// The least power on which the vehicle at a connector charges \[W\]: no more than it asks for; 0 without power, where none can be kept.
pub(super) fn least_w(known: &Known<'_>, limits: &Limits<'_>, view: &TickView<'_>, column: usize) -> u32 {
    floor_at_w(known, limits, view, column).min(view.connectors.demand_w[column])
}

/// The same, however little it asks for.
fn floor_at_w(known: &Known<'_>, limits: &Limits<'_>, view: &TickView<'_>, column: usize) -> u32 {
    let position = known.site.connectors[column];
    let Some(visit) = known.realization.visits.get(view.connectors.visit[column] as usize) else { return 0 };
    if limits.is_dead(position) {
        return 0;
    }
    let of_vehicle_w = known.depot.vehicle_types[visit.vehicle_type as usize].min_power_w;
    limits.min_power_w(position).max(of_vehicle_w)
}

/// Whether a connector's own limit is below what its vehicle needs at least, so that no power from above could help.
pub(super) fn is_stuck(known: &Known<'_>, limits: &Limits<'_>, view: &TickView<'_>, column: usize) -> bool {
    limits.of_connectors().ev_limit_w[column] < u64::from(least_w(known, limits, view, column))
}

/// The least powers of those who are there, as long as they and the limits stay.
#[derive(Debug, Clone)]
pub(super) struct Minima {
    visit: Counterpart<u32>,
    have_limits_changed: bool,
    /// What the vehicle at each connector needs at least, however little it asks for \[W\].
    floor_w: Vec<u32>,
}

impl Minima {
    pub(super) fn of(connectors: usize) -> Self {
        Self {
            visit: Counterpart::filled(NO_VISIT, connectors),
            have_limits_changed: true,
            floor_w: vec![0; connectors],
        }
    }

    /// Takes note of other limits, least powers or outages.
    pub(super) fn note_limits(&mut self) {
        self.have_limits_changed = true;
    }

    /// After a cycle that was not rejected: nobody charges on less than his least power, and exactly those who therefore get nothing are paused.
    #[inline]
    pub(super) fn check(&mut self, known: &Known<'_>, limits: &Limits<'_>, view: &TickView<'_>) -> Holds {
        let shown = &view.connectors;
        if self.visit.take_over(shown.visit) | self.have_limits_changed {
            self.look_again(known, limits, view);
        }
        let n = self.floor_w.len();
        let (floor_w, demand_w) = (&self.floor_w[..n], &shown.demand_w[..n]);
        let (setpoint_w, is_paused) = (&shown.setpoint_w[..n], &shown.is_paused[..n]);
        let mut is_wrong = false;
        for column in 0..n {
            let falls_short = setpoint_w[column] < floor_w[column].min(demand_w[column]);
            is_wrong |= (falls_short & (setpoint_w[column] > 0)) | (is_paused[column] != falls_short);
        }
        if is_wrong { tell_wrong(known, limits, view) } else { Ok(()) }
    }

    #[cold]
    fn look_again(&mut self, known: &Known<'_>, limits: &Limits<'_>, view: &TickView<'_>) {
        self.have_limits_changed = false;
        for (column, floor_w) in self.floor_w.iter_mut().enumerate() {
            *floor_w = if does_pause(known) { floor_at_w(known, limits, view, column) } else { 0 };
        }
    }
}

fn does_pause(known: &Known<'_>) -> bool {
    known.depot.strategy != Strategy::Uncontrolled
}

#[cold]
fn tell_wrong(known: &Known<'_>, limits: &Limits<'_>, view: &TickView<'_>) -> Holds {
    for (column, &position) in known.site.connectors.iter().enumerate() {
        let (setpoint_w, is_paused) = (view.connectors.setpoint_w[column], view.connectors.is_paused[column]);
        let least_w = if does_pause(known) { least_w(known, limits, view, column) } else { 0 };
        if setpoint_w > 0 && setpoint_w < least_w {
            return wrong(position, format!("gets {setpoint_w} W and needs at least {least_w}"));
        }
        let should_be = setpoint_w < least_w;
        if is_paused != should_be {
            let asks_w = view.connectors.demand_w[column];
            let what = format!(
                "paused should be {should_be} on {setpoint_w} of {asks_w} W with at least {least_w} needed, and is {is_paused}"
            );
            return wrong(position, what);
        }
    }
    Ok(())
}

/// Whether what cannot be paused needs more than its limits allow.
pub(super) fn is_infeasible(known: &Known<'_>, limits: &Limits<'_>, view: &TickView<'_>) -> bool {
    if !known.has_unpausable || !does_pause(known) {
        return false;
    }
    let site = &known.site;
    let mut reserved_w = vec![0_u64; site.nodes.len()];
    for (column, &position) in site.connectors.iter().enumerate() {
        if limits.is_pausable(position) {
            continue;
        }
        let needs_w = u64::from(least_w(known, limits, view, column));
        if needs_w > limits.of_connectors().ev_limit_w[column] {
            return true;
        }
        let mut node = site.connector_parents[column];
        while node != NO_PARENT {
            reserved_w[node as usize] += needs_w;
            node = site.parents[node as usize];
        }
    }
    let fits = |(node, &needs_w): (usize, &u64)| {
        // A charge point that is controlled as a whole cannot ask for more than a leaf may.
        let is_leaf = known.depot.control == Control::ChargePoint
            && known.depot.site[site.nodes[node] as usize].kind == NodeKind::ChargePoint;
        let most_w = if is_leaf { u64::from(LEAF_POWER_MAX_W) } else { u64::MAX };
        needs_w <= limits.of_nodes().ev_limit_w[node].min(most_w)
    };
    !reserved_w.iter().enumerate().all(fits)
}
