//! What each leaf could take at most, and what it needs at least, before anybody shares.

use crate::limits::LimitTable;
use crate::request::Requests;
use crate::topology::Topology;
use crate::work::{Work, sum_within_limits};

/// Lowers demands to steps and to the leaves' own limits, and fills the sums that the cycle reports as demand.
pub(crate) fn prepare(topology: &Topology, limits: &LimitTable, requests: &Requests, work: &mut Work) {
    step(requests, work);
    lower_to(&limits.ev_limit_w[topology.inner_count()..], work);
    sum_within_limits(topology, &work.take_w, &limits.ev_limit_w, &mut work.demand_w);
}

/// For a strategy that respects hardware alone: demands up to the hardware's limits, no steps, no minima, nothing reserved.
///
/// The demand that is reported stays the one under the real limits.
pub(crate) fn ignore_limits(topology: &Topology, limits: &LimitTable, requests: &Requests, work: &mut Work) {
    work.stepped_w.copy_from_slice(&requests.demand_w);
    lower_to(&limits.hardware_limit_w[topology.inner_count()..], work);
    work.floor_w.fill(0);
    work.reserved_w.fill(0);
}

fn step(requests: &Requests, work: &mut Work) {
    work.stepped_w.copy_from_slice(&requests.demand_w);
    if requests.with_minimum == 0 {
        work.floor_w.fill(0);
        return;
    }
    for (leaf, stepped_w) in work.stepped_w.iter_mut().enumerate() {
        let steps_w = &requests.steps_w[leaf];
        let mut floor_w = requests.min_w[leaf];
        if !steps_w.is_empty() {
            // Both exist for every request that was let in; where they don't, the leaf gets nothing.
            *stepped_w = largest_step_w(steps_w, *stepped_w).unwrap_or(0);
            floor_w = smallest_step_w(steps_w, floor_w).unwrap_or(0);
        }
        // A tapering battery asks for less than its minimum, and still charges.
        work.floor_w[leaf] = floor_w.min(*stepped_w);
    }
}

fn lower_to(leaf_limits_w: &[u64], work: &mut Work) {
    for ((take_w, &stepped_w), &limit_w) in work.take_w.iter_mut().zip(&work.stepped_w).zip(leaf_limits_w) {
        *take_w = u64::from(stepped_w).min(limit_w) as u32;
    }
}

/// The largest step that is at most `power_w`; `steps_w` ascends.
pub(crate) fn largest_step_w(steps_w: &[u32], power_w: u32) -> Option<u32> {
    let above = steps_w.partition_point(|&step_w| step_w <= power_w);
    above.checked_sub(1).map(|ix| steps_w[ix])
}

/// The smallest step that is at least `power_w`; `steps_w` ascends.
pub(crate) fn smallest_step_w(steps_w: &[u32], power_w: u32) -> Option<u32> {
    steps_w.get(steps_w.partition_point(|&step_w| step_w < power_w)).copied()
}
