//! Minima that must be granted, reserved before anything is shared.

use crate::limits::LimitTable;
use crate::request::Requests;
use crate::topology::{LeafIx, NodeIx, Topology};
use crate::verdict::{Reason, Rejection};
use crate::work::{Work, sum_subtrees};

/// Reserves the minima of all leaves that cannot be paused; `Some` where they do not fit.
pub(crate) fn reserve_unpausable(
    topology: &Topology,
    limits: &LimitTable,
    requests: &Requests,
    work: &mut Work,
) -> Option<Rejection> {
    if requests.unpausable == 0 || requests.with_minimum == 0 {
        work.reserved_w.fill(0);
        return None;
    }
    for (leaf, value_w) in work.tier_floor_w.iter_mut().enumerate() {
        *value_w = if requests.pausable[leaf] { 0 } else { work.floor_w[leaf] };
    }
    sum_subtrees(topology, &work.tier_floor_w, &mut work.reserved_w);

    let inner = topology.inner_count();
    let leaf_overfull = |leaf: usize| u64::from(work.tier_floor_w[leaf]) > limits.ev_limit_w[inner + leaf];
    let overfull = (0..topology.leaf_count())
        .filter(|&leaf| leaf_overfull(leaf))
        .map(|leaf| (topology.node_of(LeafIx::new(leaf)), u64::from(work.tier_floor_w[leaf])))
        .chain(
            (0..inner)
                .filter(|&node| work.reserved_w[node] > limits.ev_limit_w[node])
                .map(|node| (NodeIx::new(node), work.reserved_w[node])),
        );
    // The deepest node says most precisely where it fails; ties go to tree order.
    let (node, reserved_w) =
        overfull.min_by_key(|&(node, _)| (u32::MAX - topology.depth(node), topology.rank(node)))?;
    let id = topology.id(node);
    let limit_w = limits.ev_limit_w[node.index()];
    Some(Rejection::about(
        Reason::InfeasibleMinimum,
        id,
        format!(
            "the {} \"{id}\" has {limit_w} W for charging, and leaves that cannot be paused need at least {reserved_w} W below it",
            topology.kind(node)
        ),
    ))
}
