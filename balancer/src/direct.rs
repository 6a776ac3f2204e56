//! The common cycle, in as few passes as it takes: `fair-share` among leaves of one tier and one weight, without steps, all of which can be
//! paused.
//!
//! The general way (`tier`, `admission`, `strategies`, `conclude`) gives the same answer; it clears and copies arrays that this one
//! never needs. Where a minimum turns out to bind, this way gives up and the general one begins anew.

use crate::cycle::Cycle;
use crate::limits::LimitTable;
use crate::request::Requests;
use crate::strategies::levels::newton;
use crate::topology::{NodeIx, Run, Topology};
use crate::verdict::{Constraint, Outcome, Reason};
use crate::work::{Level, NO_NODE, Spot, Work};
use std::cmp::Reverse;

/// What the leaves of a run, or of all, came to.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    granted_w: u64,
    withheld_w: u64,
    curtailed: u32,
    /// Those of the curtailed that their own limit holds back.
    own_limits: u32,
}

/// Whether this way can be tried.
pub(crate) fn applies(requests: &Requests) -> bool {
    requests.with_tier + requests.with_steps + requests.with_weight + requests.unpausable == 0
}

/// Fills `cycle`; `false`, with `cycle` spoilt, where a minimum binds.
pub(crate) fn decide(
    topology: &Topology,
    limits: &LimitTable,
    requests: &Requests,
    work: &mut Work,
    cycle: &mut Cycle,
) -> bool {
    let has_saturated = sum_up(topology, limits, requests, work);
    if requests.with_minimum > 0 && !own_limits_allow_minima(requests, work) {
        return false;
    }
    if has_saturated {
        find_levels(topology, work);
    }
    let tally = grant(topology, requests, work, cycle);
    if has_saturated && requests.with_minimum > 0 && !shares_allow_minima(requests, cycle) {
        return false;
    }
    conclude(topology, limits, requests, work, cycle, tally);
    true
}

/// From demands to what each leaf can take, and the sums of both; lists the saturated nodes and returns whether there are any.
fn sum_up(topology: &Topology, limits: &LimitTable, requests: &Requests, work: &mut Work) -> bool {
    let spots = &mut work.spots[..];
    for (spot, &limit_w) in spots.iter_mut().zip(&limits.ev_limit_w) {
        *spot = Spot::limited(limit_w);
    }
    for run in topology.runs() {
        let take_w = &mut work.take_w[run.leaves()];
        let demand_w = &requests.demand_w[run.leaves()];
        let limit_w = &limits.leaf_limit_w[run.leaves()];
        let (mut takes_w, mut demands_w) = (0, 0);
        for ((take_w, &demand_w), &limit_w) in take_w.iter_mut().zip(demand_w).zip(limit_w) {
            *take_w = demand_w.min(limit_w);
            // Bounded demands cannot overflow 64 bits, and a check for it would cost the vector units.
            takes_w = u64::wrapping_add(takes_w, u64::from(*take_w));
            demands_w = u64::wrapping_add(demands_w, u64::from(demand_w));
        }
        let spot = &mut spots[run.parent as usize];
        spot.sum_w += takes_w;
        spot.raw_w += demands_w;
    }
    work.saturated.clear();
    for node in (0..spots.len()).rev() {
        let Spot { limit_w, sum_w, raw_w, .. } = spots[node];
        if sum_w > limit_w {
            work.saturated.push(node as u32);
        }
        if let Some(parent) = topology.parent_of_inner(node) {
            spots[parent].sum_w += sum_w.min(limit_w);
            spots[parent].raw_w += raw_w;
        }
    }
    work.saturated.reverse();
    !work.saturated.is_empty()
}

fn own_limits_allow_minima(requests: &Requests, work: &Work) -> bool {
    let leaves = work.take_w.iter().zip(&requests.min_w).zip(&requests.demand_w);
    leaves.fold(true, |all, ((&take_w, &min_w), &demand_w)| all & (take_w >= min_w.min(demand_w)))
}

fn shares_allow_minima(requests: &Requests, cycle: &Cycle) -> bool {
    let leaves = cycle.setpoint_w.iter().zip(&requests.min_w).zip(&requests.demand_w);
    leaves.fold(true, |all, ((&setpoint_w, &min_w), &demand_w)| all & (setpoint_w >= min_w.min(demand_w)))
}

/// Levels from the deepest saturated nodes up, then governors from the root down.
fn find_levels(topology: &Topology, work: &mut Work) {
    for next in (0..work.saturated.len()).rev() {
        let node = work.saturated[next] as usize;
        let below = &work.saturated[next + 1..];
        let inside = below.partition_point(|&other| (other as usize) < topology.inner_end(node));
        work.spots[node].level = level_of(topology, work, node, &below[..inside]);
    }
    for node in 0..work.spots.len() {
        let above = topology.parent_of_inner(node).map_or(NO_NODE, |parent| work.spots[parent].governor);
        let level = work.spots[node].level;
        let governs =
            level.is_some() && (above == NO_NODE || level.is_at_most(work.spots[above as usize].level));
        work.spots[node].governor = if governs { node as u32 } else { above };
    }
}

/// The level of a node, given those of the saturated nodes `below` it.
///
/// A node below whose level is not higher passes on its own limit, whatever the leaves below it ask for; of all other leaves, those
/// are left whole that take no more than the level.
fn level_of(topology: &Topology, work: &Work, node: usize, below: &[u32]) -> Level {
    let leaves = topology.leaves_below_inner(node);
    newton(work.spots[node].limit_w, leaves.len() as u64, |level| {
        let threshold_w = u32::try_from(level.amount_w / level.weight).unwrap_or(u32::MAX);
        let (mut fixed_w, mut fixed) = (0, 0);
        let mut next_leaf = leaves.start;
        for &capped in below {
            let spot = &work.spots[capped as usize];
            let span = topology.leaves_below_inner(capped as usize);
            if span.start < next_leaf || !spot.level.is_at_most(level) {
                continue;
            }
            let (whole_w, whole) = whole_among(&work.take_w[next_leaf..span.start], threshold_w);
            fixed_w += whole_w + spot.limit_w;
            fixed += whole + span.len() as u64;
            next_leaf = span.end;
        }
        let (whole_w, whole) = whole_among(&work.take_w[next_leaf..leaves.end], threshold_w);
        (fixed_w + whole_w, fixed + whole)
    })
}

/// Sum and number of the leaves that take no more than a level gives.
fn whole_among(take_w: &[u32], threshold_w: u32) -> (u64, u64) {
    let (mut sum_w, mut number) = (0, 0);
    // Blocks of 256 leaves of at most 10 MW stay below 2^32, so that the sums run in 32-bit lanes.
    for block in take_w.chunks(256) {
        let (mut block_w, mut count) = (0_u32, 0_u32);
        for &take_w in block {
            let is_whole = take_w <= threshold_w;
            block_w = block_w.wrapping_add(if is_whole { take_w } else { 0 });
            count = count.wrapping_add(u32::from(is_whole));
        }
        sum_w += u64::from(block_w);
        number += u64::from(count);
    }
    (sum_w, number)
}

/// Sets every setpoint, and sums what was granted and withheld.
fn grant(topology: &Topology, requests: &Requests, work: &mut Work, cycle: &mut Cycle) -> Tally {
    cycle.is_binding.fill(false);
    let first_leaf = topology.inner_count() as u32;
    let mut total = Tally::default();
    for &run in topology.runs() {
        let leaves = Leaves {
            take_w: &work.take_w[run.leaves()],
            demand_w: &requests.demand_w[run.leaves()],
            setpoint_w: &mut cycle.setpoint_w[run.leaves()],
            by: &mut cycle.constrained_by[run.leaves()],
            first_node: first_leaf + run.start,
        };
        let governor = work.spots[run.parent as usize].governor;
        let tally = if governor == NO_NODE {
            leaves.grant_all()
        } else {
            let spot = &mut work.spots[governor as usize];
            let tally = leaves.grant_equally(governor, spot);
            spot.withheld_w += tally.withheld_w;
            cycle.is_binding[governor as usize] |= tally.curtailed > tally.own_limits;
            tally
        };
        work.spots[run.parent as usize].granted_w += tally.granted_w;
        total.curtailed += tally.curtailed;
        total.withheld_w += tally.withheld_w;
        if tally.own_limits > 0 {
            mark_own_limits(first_leaf, cycle, run);
        }
    }
    total
}

fn mark_own_limits(first_leaf: u32, cycle: &mut Cycle, run: Run) {
    for leaf in run.leaves() {
        let node = first_leaf + leaf as u32;
        cycle.is_binding[node as usize] = cycle.constrained_by[leaf] == node;
    }
}

/// The leaves of a run, column by column.
struct Leaves<'a> {
    take_w: &'a [u32],
    demand_w: &'a [u32],
    setpoint_w: &'a mut [u32],
    by: &'a mut [u32],
    /// The node that the first of them is.
    first_node: u32,
}

impl Leaves<'_> {
    /// Nothing above them binds.
    fn grant_all(self) -> Tally {
        let mut tally = Tally::default();
        let mut node = self.first_node;
        self.setpoint_w.copy_from_slice(self.take_w);
        for ((by, &take_w), &demand_w) in self.by.iter_mut().zip(self.take_w).zip(self.demand_w) {
            let is_short = take_w < demand_w;
            *by = if is_short { node } else { NO_NODE };
            tally.granted_w = tally.granted_w.wrapping_add(u64::from(take_w));
            tally.own_limits = tally.own_limits.wrapping_add(u32::from(is_short));
            node = node.wrapping_add(1);
        }
        tally.curtailed = tally.own_limits;
        tally
    }

    /// They share the governor's level: everybody has the quotient, and the remainder goes round.
    fn grant_equally(self, governor: u32, spot: &mut Spot) -> Tally {
        let Level { amount_w, weight } = spot.level;
        // A share lies below every take that it does not leave whole, hence fits 32 bits.
        let quotient_w = u32::try_from(amount_w / weight).unwrap_or(u32::MAX);
        let remainder = amount_w % weight;
        let mut carry = spot.carry;
        let mut tally = Tally::default();
        let mut node = self.first_node;
        let leaves = self.take_w.iter().zip(self.demand_w).zip(self.setpoint_w).zip(self.by);
        for (((&take_w, &demand_w), setpoint_w), by) in leaves {
            if take_w <= quotient_w {
                let is_short = take_w < demand_w;
                *setpoint_w = take_w;
                *by = if is_short { node } else { NO_NODE };
                tally.own_limits = tally.own_limits.wrapping_add(u32::from(is_short));
                tally.curtailed = tally.curtailed.wrapping_add(u32::from(is_short));
            } else {
                // Below twice the sum of the weights, which is far from 2^64.
                carry = carry.wrapping_add(remainder);
                let rounds_up = carry >= weight;
                carry = carry.wrapping_sub(if rounds_up { weight } else { 0 });
                let share_w = quotient_w.wrapping_add(u32::from(rounds_up));
                let is_short = share_w < demand_w;
                *setpoint_w = share_w;
                *by = if is_short { governor } else { NO_NODE };
                tally.curtailed = tally.curtailed.wrapping_add(u32::from(is_short));
                tally.withheld_w = tally.withheld_w.wrapping_add(u64::from(take_w.wrapping_sub(share_w)));
            }
            tally.granted_w = tally.granted_w.wrapping_add(u64::from(*setpoint_w));
            node = node.wrapping_add(1);
        }
        spot.carry = carry;
        tally
    }
}

/// The totals by node and the verdict.
fn conclude(
    topology: &Topology,
    limits: &LimitTable,
    requests: &Requests,
    work: &mut Work,
    cycle: &mut Cycle,
    tally: Tally,
) {
    for node in (0..work.spots.len()).rev() {
        let Spot { sum_w, raw_w, granted_w, .. } = work.spots[node];
        cycle.demand_w[node] = sum_w;
        cycle.raw_demand_w[node] = raw_w;
        cycle.allocated_w[node] = granted_w;
        if let Some(parent) = topology.parent_of_inner(node) {
            work.spots[parent].granted_w += granted_w;
        }
    }
    if cycle.paused_count > 0 {
        cycle.is_paused.fill(false);
    }
    cycle.paused_count = 0;
    cycle.curtailed_count = tally.curtailed;
    cycle.rejection = None;
    if tally.curtailed == 0 {
        (cycle.outcome, cycle.reason, cycle.constraint) = (Outcome::Applied, Reason::Unconstrained, None);
        return;
    }
    let (node, withheld_w) = largest(topology, work, cycle, tally);
    let ix = node.index();
    let (demand_w, allocated_w) = match topology.leaf_of(node) {
        Some(leaf) => (u64::from(requests.demand_w[leaf.index()]), u64::from(cycle.setpoint_w[leaf.index()])),
        None => (cycle.demand_w[ix], cycle.allocated_w[ix]),
    };
    cycle.outcome = Outcome::Curtailed;
    cycle.reason = Reason::of_limit(topology.kind(node));
    cycle.constraint = Some(Constraint {
        node,
        is_pause: false,
        source: limits.source[ix],
        limit_w: limits.limit_w[ix],
        demand_w,
        allocated_w,
        withheld_w,
    });
}

/// The node that withheld most. Own limits count only where nothing else did; they withhold nothing of what a leaf could take.
fn largest(topology: &Topology, work: &Work, cycle: &Cycle, tally: Tally) -> (NodeIx, u64) {
    let place = |node: NodeIx| (topology.depth(node), topology.rank(node));
    let found = if tally.withheld_w > 0 {
        let governors = work.saturated.iter().map(|&node| node as usize);
        let pairs = governors.map(|node| (NodeIx::new(node), work.spots[node].withheld_w));
        pairs.max_by_key(|&(node, withheld_w)| (withheld_w, Reverse(place(node))))
    } else {
        let own = (topology.inner_count()..topology.node_count()).filter(|&node| cycle.is_binding[node]);
        own.map(|node| (NodeIx::new(node), 0)).min_by_key(|&(node, _)| place(node))
    };
    found.unwrap_or((topology.root(), 0))
}
