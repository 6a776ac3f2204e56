//! `branch-fair`: from the root down, each node's grant is water-filled over its children by their weights.
//!
//! Each child gets between the sum of the admitted minima below it and what it can take. A circuit with one bus therefore gets as much as its
//! neighbour with four. Guarantee: weighted max-min fairness among siblings, exact relative to the parent's integer grant, no limit exceeded,
//! nothing left over. Cost: O(n log n) in the number of children of nodes that bind.

use super::SharingRule;
use super::clamped::{Span, level_of_spans};
use super::fair_share::{Portion, Share};
use crate::cycle::Scene;
use crate::topology::NodeIx;
use crate::work::{Level, NO_NODE, Work, sum_subtrees, sum_within_limits};

pub(crate) struct BranchFair;

impl SharingRule for BranchFair {
    fn solve(&self, scene: &Scene<'_>, work: &mut Work) {
        sum_within_limits(scene.topology, &work.tier_take_w, &work.residual_w, &mut work.sum_w);
        sum_subtrees(scene.topology, &work.tier_floor_w, &mut work.scratch_w);
        work.level.fill(Level::NONE);
        work.grant_w[0] = work.sum_w[0].min(work.residual_w[0]);
        for node in 0..scene.topology.inner_count() {
            // `governor` carries the name for what holds a leaf back: the deepest saturated node whose grant is its limit.
            let is_bottleneck =
                work.sum_w[node] > work.residual_w[node] && work.grant_w[node] == work.residual_w[node];
            let above = scene.topology.parent_of_inner(node).map_or(NO_NODE, |parent| work.governor[parent]);
            work.governor[node] = if is_bottleneck { node as u32 } else { above };
            if work.sum_w[node] > work.grant_w[node] {
                work.level[node] = level_of_children(scene, work, node);
            }
            fill(scene, work, node);
        }
    }

    fn level_of(&self, scene: &Scene<'_>, work: &Work, leaf: usize) -> Level {
        work.level[scene.parent_of(leaf)]
    }
}

/// What a child may get: floor and take \[W\], and its weight.
fn span_of(scene: &Scene<'_>, work: &Work, child: NodeIx) -> Span {
    match scene.topology.leaf_of(child) {
        Some(leaf) => Span {
            floor_w: u64::from(work.tier_floor_w[leaf.index()]),
            take_w: u64::from(work.tier_take_w[leaf.index()]),
            weight: work.tier_weight[leaf.index()],
        },
        None => Span {
            floor_w: work.scratch_w[child.index()],
            take_w: work.sum_w[child.index()].min(work.residual_w[child.index()]),
            weight: scene.topology.weight(child),
        },
    }
}

fn level_of_children(scene: &Scene<'_>, work: &mut Work, node: usize) -> Level {
    let mut knees = std::mem::take(&mut work.knees);
    let spans = scene.topology.children(NodeIx::new(node)).iter().map(|&child| span_of(scene, work, child));
    let level = level_of_spans(spans, work.grant_w[node], &mut knees);
    work.knees = knees;
    level
}

/// Gives every child of a node its part of the node's grant.
fn fill(scene: &Scene<'_>, work: &mut Work, node: usize) {
    let level = work.level[node];
    let mut share = level.is_some().then(|| Share::resume(level, 0));
    for &child in scene.topology.children(NodeIx::new(node)) {
        let Span { floor_w, take_w, weight } = span_of(scene, work, child);
        let portion = share.as_mut().map_or(Portion::Take, |share| share.of(weight, floor_w, take_w));
        match scene.topology.leaf_of(child) {
            None => work.grant_w[child.index()] = portion.power_w(floor_w, take_w),
            Some(_) if take_w == 0 => {}
            Some(leaf) => {
                let leaf = leaf.index();
                let own_w = scene.own_limit_w(leaf);
                let granted_w = portion.power_w(floor_w, take_w);
                let is_bottleneck = u64::from(work.stepped_w[leaf]) > own_w && granted_w == own_w;
                let bottleneck = if is_bottleneck { scene.node_of(leaf) } else { work.governor[node] };
                scene.grant(work, leaf, granted_w as u32, bottleneck);
            }
        }
    }
}
