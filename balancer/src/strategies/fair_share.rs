//! `fair-share`: weighted max-min fairness over all leaves of a tier.
//!
//! Definition: `x_i = clamp(w_i * min over ancestors of level_a, min_i, take_i)`, where `level_v` is the largest level at which v's subtree
//! still fits its limit. Guarantee: nobody can get more without somebody at an equal or lower level getting less; no limit is exceeded;
//! every leaf and every node total is the floor or the ceiling of the exact rational answer, and a constraining node is filled to the watt.
//!
//! Cost: one streaming pass where nothing is saturated; else a few passes over the leaves below saturated nodes (Newton's method from
//! below). With minima that bind, O(n log n) for each saturated node.
//!
//! Source: Megiddo 1974 and Fujishige 1980 (lexicographically optimal bases), Radunovic and Le Boudec 2007 (max-min fairness), Hochbaum and Hong 1995 (tree constraints).

use super::levels;
use super::{SharingRule, clamped};
use crate::cycle::Scene;
use crate::work::{Level, NO_NODE, Work, sum_within_limits};

pub(crate) struct FairShare;

impl SharingRule for FairShare {
    fn solve(&self, scene: &Scene<'_>, work: &mut Work) {
        let any_saturated =
            sum_within_limits(scene.topology, &work.tier_take_w, &work.residual_w, &mut work.sum_w);
        if !any_saturated {
            work.level.fill(Level::NONE);
            work.governor.fill(NO_NODE);
            grant_all(scene, work);
            return;
        }
        mark_saturated(work);
        levels::find(scene.topology, work);
        govern(scene, work);
        if !distribute(scene, work) {
            // A minimum lies above somebody's share, so that the shares of the others are smaller.
            clamped::find(scene, work);
            govern(scene, work);
            distribute(scene, work);
        }
    }

    fn level_of(&self, scene: &Scene<'_>, work: &Work, leaf: usize) -> Level {
        match work.governor[scene.parent_of(leaf)] {
            NO_NODE => Level::NONE,
            governor => work.level[governor as usize],
        }
    }
}

/// Nothing above the leaves binds: each takes what it can.
fn grant_all(scene: &Scene<'_>, work: &mut Work) {
    for leaf in 0..work.tier_take_w.len() {
        if work.tier_take_w[leaf] > 0 {
            grant_take(scene, work, leaf);
        }
    }
}

fn mark_saturated(work: &mut Work) {
    work.saturated.clear();
    for (node, (&sum_w, &residual_w)) in work.sum_w.iter().zip(&work.residual_w).enumerate() {
        if sum_w > residual_w {
            work.saturated.push(node as u32);
        }
    }
}

/// From the root down: which node governs each subtree, the one with the smallest level, the deepest of equals.
fn govern(scene: &Scene<'_>, work: &mut Work) {
    work.carry.fill(0);
    for node in 0..work.level.len() {
        let above = scene.topology.parent_of_inner(node).map_or(NO_NODE, |parent| work.governor[parent]);
        let level = work.level[node];
        let governs = level.is_some() && (above == NO_NODE || level.is_at_most(work.level[above as usize]));
        work.governor[node] = if governs { node as u32 } else { above };
    }
}

/// Gives every leaf its share; `false` where a share lies below a minimum while levels were found without minima.
fn distribute(scene: &Scene<'_>, work: &mut Work) -> bool {
    let mut minima_hold = true;
    for run in scene.topology.runs() {
        let governor = work.governor[run.parent as usize];
        if governor == NO_NODE {
            for leaf in run.leaves() {
                if work.tier_take_w[leaf] > 0 {
                    grant_take(scene, work, leaf);
                }
            }
            continue;
        }
        let mut share = Share::resume(work.level[governor as usize], work.carry[governor as usize]);
        for leaf in run.leaves() {
            let take_w = work.tier_take_w[leaf];
            if take_w == 0 {
                continue;
            }
            let floor_w = work.tier_floor_w[leaf];
            match share.of(work.tier_weight[leaf], u64::from(floor_w), u64::from(take_w)) {
                Portion::Take => grant_take(scene, work, leaf),
                // A share of less than `take_w` fits.
                Portion::Share(share_w) => scene.grant(work, leaf, share_w as u32, governor),
                Portion::Floor => {
                    minima_hold = false;
                    scene.grant(work, leaf, floor_w, governor);
                }
            }
        }
        work.carry[governor as usize] = share.carry;
    }
    minima_hold
}

/// The leaf gets all it can take; its own limit, or the step it was lowered to, is what may keep it below its demand.
fn grant_take(scene: &Scene<'_>, work: &mut Work, leaf: usize) {
    let itself = scene.node_of(leaf);
    scene.grant(work, leaf, work.tier_take_w[leaf], itself);
}

/// What a leaf gets of a level.
pub(crate) enum Portion {
    /// All it can take: the level is above it.
    Take,
    /// Its share, between minimum and take.
    Share(u64),
    /// Its minimum: the level is below it.
    Floor,
}

impl Portion {
    /// The portion \[W\] of somebody with this minimum and this most.
    pub(crate) fn power_w(&self, floor_w: u64, take_w: u64) -> u64 {
        match *self {
            Portion::Take => take_w,
            Portion::Share(share_w) => share_w,
            Portion::Floor => floor_w,
        }
    }
}

/// The running division of a level's watts among weights: after weights `Wp` in all, `floor(A * Wp / W)` watts are given.
///
/// That is what makes every total over consecutive leaves the floor or the ceiling of the exact one. `carry` is
/// `A * Wp mod W`, so that no product grows with the number of leaves.
pub(crate) struct Share {
    level: Level,
    pub(crate) carry: u64,
    weight: u32,
    quotient_w: u64,
    remainder: u64,
}

impl Share {
    pub(crate) fn resume(level: Level, carry: u64) -> Self {
        let mut share = Self { level, carry, weight: 0, quotient_w: 0, remainder: 0 };
        share.divide(1);
        share
    }

    /// `A * weight / W`; sites mostly use one weight, so that one division serves many leaves.
    fn divide(&mut self, weight: u32) {
        self.weight = weight;
        let Level { amount_w, weight: weights } = self.level;
        match amount_w.checked_mul(u64::from(weight)) {
            Some(product) => {
                self.quotient_w = product / weights;
                self.remainder = product % weights;
            }
            None => {
                let product = u128::from(amount_w) * u128::from(weight);
                // The quotient is a share of `amount_w`, hence fits.
                self.quotient_w = (product / u128::from(weights)) as u64;
                self.remainder = (product % u128::from(weights)) as u64;
            }
        }
    }

    pub(crate) fn of(&mut self, weight: u32, floor_w: u64, take_w: u64) -> Portion {
        if weight != self.weight {
            self.divide(weight);
        }
        // `take <= exact`, for an integer take, is `take <= floor(exact)`.
        if take_w <= self.quotient_w {
            return Portion::Take;
        }
        // In the same way, `floor > exact` is `floor > floor(exact)`.
        if floor_w > self.quotient_w {
            return Portion::Floor;
        }
        self.carry += self.remainder;
        let mut share_w = self.quotient_w;
        if self.carry >= self.level.weight {
            self.carry -= self.level.weight;
            share_w += 1;
        }
        Portion::Share(share_w)
    }
}
