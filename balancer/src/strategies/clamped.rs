//! Levels of saturated nodes where minima bind: the exact problem, by a sweep over the points where a slope changes.
//!
//! Below a level, a leaf passes on `clamp(w * level, min, take)`, and a deeper bottleneck stops passing on more at its own level. The sum
//! over a node is piecewise linear in the level; the sweep adds the knees in order until the node's limit is crossed.

use crate::cycle::Scene;
use crate::work::{Knee, Level, NO_NODE, Work};
use std::cmp::Ordering;

/// Fills `level` for every node in `saturated` (in preorder), and with [`Level::NONE`] elsewhere.
pub(crate) fn find(scene: &Scene<'_>, work: &mut Work) {
    work.level.fill(Level::NONE);
    work.cap_node.fill(NO_NODE);
    work.governor.fill(NO_NODE);
    for next in (0..work.saturated.len()).rev() {
        let node = work.saturated[next] as usize;
        let level = level_of(scene, work, node);
        work.level[node] = level;
        for leaf in scene.topology.leaves_below_inner(node) {
            let cap = work.cap_node[leaf];
            // The deeper node keeps the leaf when both are at the same level.
            if cap == NO_NODE || !work.level[cap as usize].is_at_most(level) {
                work.cap_node[leaf] = node as u32;
            }
        }
    }
}

fn level_of(scene: &Scene<'_>, work: &mut Work, node: usize) -> Level {
    let mut knees = std::mem::take(&mut work.knees);
    knees.clear();
    let mut constant_w = 0;
    for leaf in scene.topology.leaves_below_inner(node) {
        let (take_w, floor_w) = (u64::from(work.tier_take_w[leaf]), u64::from(work.tier_floor_w[leaf]));
        if take_w == 0 {
            continue;
        }
        let weight = u64::from(work.tier_weight[leaf]);
        constant_w += floor_w;
        let cap = work.cap_node[leaf];
        let cap_level = if cap == NO_NODE { Level::NONE } else { work.level[cap as usize] };
        let stays_at_floor = floor_w == take_w
            || (cap_level.is_some() && !Level { amount_w: floor_w, weight }.is_at_most(cap_level));
        if stays_at_floor {
            continue;
        }
        knees.push(Knee { amount_w: floor_w, weight, begins: true });
        if !cap_level.is_some() || (Level { amount_w: take_w, weight }).is_at_most(cap_level) {
            knees.push(Knee { amount_w: take_w, weight, begins: false });
        } else if work.governor[cap as usize] != node as u32 {
            // One knee for all that the deeper bottleneck governs; `governor` is free here and marks that it is in.
            work.governor[cap as usize] = node as u32;
            knees.push(Knee { amount_w: cap_level.amount_w, weight: cap_level.weight, begins: false });
        }
    }
    let level = sweep(&mut knees, constant_w, work.residual_w[node]);
    work.knees = knees;
    level
}

/// The largest level at which `constant_w` plus the slopes does not exceed `limit_w`.
fn sweep(knees: &mut [Knee], mut constant_w: u64, limit_w: u64) -> Level {
    knees.sort_unstable_by(by_place);
    let mut weight = 0_u64;
    for knee in knees.iter() {
        let room_w = limit_w - constant_w;
        if u128::from(weight) * u128::from(knee.amount_w) > u128::from(room_w) * u128::from(knee.weight) {
            break;
        }
        // Both kinds of knee leave the sum at their own place as it is.
        if knee.begins {
            weight += knee.weight;
            constant_w -= knee.amount_w;
        } else {
            weight -= knee.weight;
            constant_w += knee.amount_w;
        }
    }
    Level { amount_w: limit_w - constant_w, weight }
}

fn by_place(a: &Knee, b: &Knee) -> Ordering {
    let a_place = u128::from(a.amount_w) * u128::from(b.weight);
    let b_place = u128::from(b.amount_w) * u128::from(a.weight);
    // What begins comes first, so that the running weight never falls below 0.
    a_place.cmp(&b_place).then(b.begins.cmp(&a.begins))
}

/// What one of several siblings may get: at least `floor_w`, at most `take_w`, in between by weight.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub(crate) floor_w: u64,
    pub(crate) take_w: u64,
    pub(crate) weight: u32,
}

/// The level at which siblings share exactly `limit_w`, which lies between the sums of their floors and of their takes.
pub(crate) fn level_of_spans(
    spans: impl Iterator<Item = Span>,
    limit_w: u64,
    knees: &mut Vec<Knee>,
) -> Level {
    knees.clear();
    let mut constant_w = 0;
    for Span { floor_w, take_w, weight } in spans {
        constant_w += floor_w;
        if floor_w < take_w {
            let weight = u64::from(weight);
            knees.push(Knee { amount_w: floor_w, weight, begins: true });
            knees.push(Knee { amount_w: take_w, weight, begins: false });
        }
    }
    sweep(knees, constant_w, limit_w)
}
