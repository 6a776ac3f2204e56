//! From setpoints to the verdict: totals, who was curtailed, and which node withheld most.

use crate::cycle::{Cycle, Scene};
use crate::limits::LimitTable;
use crate::topology::{LeafIx, NodeIx, Topology};
use crate::verdict::{Constraint, Outcome, Reason};
use crate::work::{NO_NODE, Work, sum_subtrees};
use std::cmp::Reverse;

/// Moves the result from the work arrays to the cycle.
pub(crate) fn conclude(scene: &Scene<'_>, limits: &LimitTable, work: &mut Work, cycle: &mut Cycle) {
    std::mem::swap(&mut cycle.setpoint_w, &mut work.setpoint_w);
    std::mem::swap(&mut cycle.constrained_by, &mut work.by);
    std::mem::swap(&mut cycle.is_paused, &mut work.is_paused);
    cycle.demand_w.copy_from_slice(&work.demand_w);
    sum_subtrees(scene.topology, &scene.requests.demand_w, &mut cycle.raw_demand_w);
    sum_subtrees(scene.topology, &cycle.setpoint_w, &mut cycle.allocated_w);

    let largest = account(scene, limits, work, cycle);
    cycle.rejection = None;
    cycle.outcome = if cycle.curtailed_count == 0 { Outcome::Applied } else { Outcome::Curtailed };
    cycle.constraint = largest.map(|pair| {
        let what = (pair.node, pair.is_pause, pair.withheld_w);
        constraint_of(scene.topology, limits, &scene.requests.demand_w, cycle, what)
    });
    cycle.reason = match largest {
        None => Reason::Unconstrained,
        Some(pair) if pair.is_pause => Reason::MinimumPower,
        Some(pair) => Reason::of_limit(scene.topology.kind(pair.node)),
    };
}

/// What one node withheld, by its limit or by pausing.
#[derive(Debug, Clone, Copy)]
struct Pair {
    node: NodeIx,
    is_pause: bool,
    withheld_w: u64,
    /// A leaf's own limit counts only if nothing else withheld power.
    is_own_limit: bool,
}

/// Counts who was held back, marks the nodes that did it, and finds the pair that withheld most.
fn account(scene: &Scene<'_>, limits: &LimitTable, work: &mut Work, cycle: &mut Cycle) -> Option<Pair> {
    cycle.curtailed_count = 0;
    cycle.paused_count = 0;
    cycle.is_binding.fill(false);
    work.withheld_w.fill(0);
    work.withheld_by_pause_w.fill(0);
    let inner = scene.topology.inner_count();
    let mut largest: Option<Pair> = None;
    for (leaf, &by) in cycle.constrained_by.iter().enumerate() {
        if by == NO_NODE {
            continue;
        }
        let is_pause = cycle.is_paused[leaf];
        cycle.curtailed_count += 1;
        cycle.paused_count += u32::from(is_pause);
        cycle.is_binding[by as usize] = true;
        let could_take_w = u64::from(scene.requests.demand_w[leaf]).min(limits.ev_limit_w[inner + leaf]);
        let withheld_w = could_take_w.saturating_sub(u64::from(cycle.setpoint_w[leaf]));
        if (by as usize) < inner {
            let sums_w = if is_pause { &mut work.withheld_by_pause_w } else { &mut work.withheld_w };
            sums_w[by as usize] += withheld_w;
        } else {
            let node = scene.topology.node_of(LeafIx::new(leaf));
            let pair = Pair { node, is_pause, withheld_w, is_own_limit: !is_pause };
            largest = larger(scene, largest, pair);
        }
    }
    for node in 0..inner {
        if !cycle.is_binding[node] {
            continue;
        }
        for (is_pause, sums_w) in [(false, &work.withheld_w), (true, &work.withheld_by_pause_w)] {
            // A node that is named and withheld nothing still stands for leaves at their minimum.
            let pair =
                Pair { node: NodeIx::new(node), is_pause, withheld_w: sums_w[node], is_own_limit: false };
            if pair.withheld_w > 0 || largest.is_none() {
                largest = larger(scene, largest, pair);
            }
        }
    }
    largest
}

/// The pair that withheld more; of equals the one nearer to the root, then in tree order, then the limit before the pause.
fn larger(scene: &Scene<'_>, best: Option<Pair>, pair: Pair) -> Option<Pair> {
    let rank = |pair: &Pair| {
        let (depth, order) = (scene.topology.depth(pair.node), scene.topology.rank(pair.node));
        let counts = !pair.is_own_limit && pair.withheld_w > 0;
        (counts, pair.withheld_w, Reverse((depth, order, pair.is_pause)))
    };
    match best {
        Some(best) if rank(&best) >= rank(&pair) => Some(best),
        _ => Some(pair),
    }
}

/// What is told of a node that withheld power by its limit, or by a pause.
pub(crate) fn constraint_of(
    topology: &Topology,
    limits: &LimitTable,
    demand_w: &[u32],
    cycle: &Cycle,
    (node, is_pause, withheld_w): (NodeIx, bool, u64),
) -> Constraint {
    let ix = node.index();
    let (demand_w, allocated_w) = match topology.leaf_of(node) {
        Some(leaf) => (u64::from(demand_w[leaf.index()]), u64::from(cycle.setpoint_w[leaf.index()])),
        None => (cycle.demand_w[ix], cycle.allocated_w[ix]),
    };
    let (source, limit_w) = (limits.source[ix], limits.limit_w[ix]);
    Constraint { node, is_pause, source, limit_w, demand_w, allocated_w, withheld_w }
}
