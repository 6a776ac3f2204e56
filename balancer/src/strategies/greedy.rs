//! Greedy strategies: one leaf after the other takes `min(demand, least headroom on its path)`.
//!
//! A leaf that would get less than its minimum is paused. Minima of leaves that cannot be paused stay reserved until their turn.
//! Guarantee: no limit is exceeded, and nothing is left that an unpaused leaf could take. Cost: O(n log n) for the order, and the depth of the tree for each leaf.

use super::order::Order;
use crate::cycle::Scene;
use crate::prepare::largest_step_w;
use crate::work::{NO_NODE, Work, give_to};

/// Serves all leaves, tier by tier, each tier in `order`.
pub(crate) fn walk(scene: &Scene<'_>, order: Order, work: &mut Work) {
    let mut queue = std::mem::take(&mut work.order);
    queue.clear();
    queue.extend(
        (0..scene.topology.leaf_count() as u32).filter(|&leaf| scene.requests.demand_w[leaf as usize] > 0),
    );
    queue.sort_unstable_by(|&a, &b| {
        let (a, b) = (a as usize, b as usize);
        let tiers = scene.requests.tier[a].cmp(&scene.requests.tier[b]);
        tiers.then_with(|| order(scene.requests, work, a, b)).then(a.cmp(&b))
    });
    for &leaf in &queue {
        serve(scene, leaf as usize, work);
    }
    work.order = queue;
}

fn serve(scene: &Scene<'_>, leaf: usize, work: &mut Work) {
    let floor_w = work.floor_w[leaf];
    if !scene.requests.pausable[leaf] && floor_w > 0 {
        return_reserved(scene, leaf, u64::from(floor_w), work);
    }
    let (least_w, bottleneck) = scene.least_headroom(leaf, scene.own_limit_w(leaf), &work.residual_w);
    let mut setpoint_w = u64::from(work.stepped_w[leaf]).min(least_w) as u32;
    let steps_w = &scene.requests.steps_w[leaf];
    if !steps_w.is_empty() {
        setpoint_w = largest_step_w(steps_w, setpoint_w).unwrap_or(0);
    }
    if setpoint_w < floor_w {
        work.is_paused[leaf] = true;
        work.by[leaf] = bottleneck;
        return;
    }
    scene.grant(work, leaf, setpoint_w, bottleneck);
    debug_assert!(
        setpoint_w > 0 || work.by[leaf] != NO_NODE,
        "a leaf without power has a name for the cause"
    );
    scene.take_along_path(leaf, u64::from(setpoint_w), &mut work.residual_w);
}

fn return_reserved(scene: &Scene<'_>, leaf: usize, power_w: u64, work: &mut Work) {
    let mut above = Some(scene.parent_of(leaf));
    while let Some(node) = above {
        give_to(&mut work.residual_w[node], power_w);
        above = scene.topology.parent_of_inner(node);
    }
}
