//! Setpoints that must be one of a list of steps, under strategies that share.
//!
//! The exact problem (which leaves to round up, so that the result is nearest to the exact shares) is a knapsack on a tree and NP-hard. The rule:
//! round down from the exact share; then raise by one step at a time whoever is furthest below it, as long as a next step fits; then
//! share the rest among the leaves without steps by the strategy's own rule, with what they have as the least that they may get.
//!
//! Rounding down never overfills a node: a step that is at most the exact share is at most its floor, and every integer share is that or its ceiling.

use crate::cycle::Scene;
use crate::prepare::largest_step_w;
use crate::strategies::SharingRule;
use crate::work::{Work, give_to, sum_subtrees, take_from};
use std::cmp::Ordering;

/// A leaf that may go up by one step; the greatest is the one furthest below its exact share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Raise {
    leaf: usize,
    /// The exact share as a fraction \[W\].
    exact_w: (i128, i128),
    current_w: u32,
}

impl Raise {
    /// How far it is below its exact share, negative where it is above: whole watts, and the rest as a fraction of a watt.
    fn gap(&self) -> (i128, (i128, i128)) {
        let (numerator, denominator) = self.exact_w;
        let gap = numerator - i128::from(self.current_w) * denominator;
        (gap.div_euclid(denominator), (gap.rem_euclid(denominator), denominator))
    }
}

impl Ord for Raise {
    fn cmp(&self, other: &Self) -> Ordering {
        let ((whole_w, (a, a_denominator)), (other_w, (b, b_denominator))) = (self.gap(), other.gap());
        // Both rests are less than their denominators, and those are sums of weights below 2^54, so that the products stay within 108 bits. Gaps as a whole
        // would not: 10 MW times such a sum, times another one.
        let of_rests = || (a * b_denominator).cmp(&(b * a_denominator));
        whole_w.cmp(&other_w).then_with(of_rests).then(other.leaf.cmp(&self.leaf))
    }
}

impl PartialOrd for Raise {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Brings the tier's setpoints to steps, after `rule` has shared without regard to them.
pub(crate) fn round(scene: &Scene<'_>, rule: &dyn SharingRule, work: &mut Work) {
    let mut raises = std::mem::take(&mut work.raises);
    raises.clear();
    work.unstepped_w.copy_from_slice(&work.setpoint_w);
    for leaf in 0..work.tier_take_w.len() {
        let steps_w = &scene.requests.steps_w[leaf];
        if steps_w.is_empty() || work.tier_take_w[leaf] == 0 {
            continue;
        }
        let exact_w = exact_share_w(scene, rule, work, leaf);
        let current_w = largest_step_w(steps_w, whole_watts(exact_w)).unwrap_or(0);
        debug_assert!(
            current_w <= work.setpoint_w[leaf],
            "a step below the exact share is no more than the integer share"
        );
        let bottleneck = bottleneck_of(scene, work, leaf, current_w);
        scene.grant(work, leaf, current_w, bottleneck);
        raises.push(Raise { leaf, exact_w, current_w });
    }
    raise(scene, &mut raises, work);
    // Where every share was a step already, there is no rest.
    if work.unstepped_w != work.setpoint_w {
        share_rest(scene, rule, work);
    }
    work.raises = raises;
}

/// `clamp(weight * level, minimum, take)` as a fraction \[W\].
fn exact_share_w(scene: &Scene<'_>, rule: &dyn SharingRule, work: &Work, leaf: usize) -> (i128, i128) {
    let (floor_w, take_w) = (i128::from(work.tier_floor_w[leaf]), i128::from(work.tier_take_w[leaf]));
    let level = rule.level_of(scene, work, leaf);
    if !level.is_some() {
        return (take_w, 1);
    }
    let numerator = i128::from(level.amount_w) * i128::from(work.tier_weight[leaf]);
    let denominator = i128::from(level.weight);
    if numerator >= take_w * denominator {
        (take_w, 1)
    } else if numerator <= floor_w * denominator {
        (floor_w, 1)
    } else {
        (numerator, denominator)
    }
}

/// An exact share without its fraction \[W\]; it is at most what the leaf can take.
fn whole_watts((numerator, denominator): (i128, i128)) -> u32 {
    (numerator / denominator) as u32
}

/// What keeps a leaf at `current_w`. Where the integer share was all that it could use, and the exact one is not, nobody has been named yet for what governs it.
fn bottleneck_of(scene: &Scene<'_>, work: &Work, leaf: usize, current_w: u32) -> u32 {
    let had_all = work.setpoint_w[leaf] == work.stepped_w[leaf];
    if had_all && current_w < work.setpoint_w[leaf] {
        work.governor[scene.parent_of(leaf)]
    } else {
        work.by[leaf]
    }
}

/// Raises leaves by one step at a time. What does not fit once never fits again: headroom only shrinks.
fn raise(scene: &Scene<'_>, raises: &mut std::collections::BinaryHeap<Raise>, work: &mut Work) {
    work.fill_leaf_scratch(|work, leaf| if work.tier_take_w[leaf] > 0 { work.setpoint_w[leaf] } else { 0 });
    sum_subtrees(scene.topology, &work.leaf_scratch_w, &mut work.scratch_w);
    for (headroom_w, &residual_w) in work.scratch_w.iter_mut().zip(&work.residual_w) {
        let granted_w = std::mem::replace(headroom_w, residual_w);
        take_from(headroom_w, granted_w);
    }
    while let Some(mut next) = raises.pop() {
        let leaf = next.leaf;
        let steps_w = &scene.requests.steps_w[leaf];
        let above = steps_w.partition_point(|&step_w| step_w <= next.current_w);
        let Some(&step_w) = steps_w.get(above).filter(|&&step_w| step_w <= work.tier_take_w[leaf]) else {
            continue;
        };
        let more_w = u64::from(step_w - next.current_w);
        if scene.least_headroom(leaf, u64::MAX, &work.scratch_w).0 < more_w {
            continue;
        }
        scene.take_along_path(leaf, more_w, &mut work.scratch_w);
        let bottleneck = work.by[leaf];
        scene.grant(work, leaf, step_w, bottleneck);
        next.current_w = step_w;
        raises.push(next);
    }
}

/// Shares what the steps left among the leaves without steps; each keeps at least what it has.
fn share_rest(scene: &Scene<'_>, rule: &dyn SharingRule, work: &mut Work) {
    for leaf in 0..work.tier_take_w.len() {
        let setpoint_w = work.setpoint_w[leaf];
        let is_in_tier = work.tier_take_w[leaf] > 0;
        let is_settled = is_in_tier && !scene.requests.steps_w[leaf].is_empty();
        work.leaf_scratch_w[leaf] = if is_settled { setpoint_w } else { 0 };
        if is_settled || !is_in_tier {
            work.tier_take_w[leaf] = 0;
            work.tier_floor_w[leaf] = 0;
        } else {
            work.tier_floor_w[leaf] = setpoint_w;
        }
    }
    sum_subtrees(scene.topology, &work.leaf_scratch_w, &mut work.settled_w);
    for (residual_w, &granted_w) in work.residual_w.iter_mut().zip(&work.settled_w) {
        take_from(residual_w, granted_w);
    }
    rule.solve(scene, work);
    for (residual_w, &granted_w) in work.residual_w.iter_mut().zip(&work.settled_w) {
        give_to(residual_w, granted_w);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{LEAF_POWER_MAX_W, NODE_COUNT_MAX, WEIGHT_MAX};

    /// The sum of the largest weights of as many leaves as a tree can have.
    const SUM_MAX: i128 = WEIGHT_MAX as i128 * NODE_COUNT_MAX as i128;

    fn raise(leaf: usize, exact_w: (i128, i128), current_w: u32) -> Raise {
        Raise { leaf, exact_w, current_w }
    }

    #[test]
    fn raises_with_the_largest_shares_and_sums_of_weights_are_compared_exactly() {
        const { assert!(SUM_MAX < 1 << 54) };
        let most_w = i128::from(LEAF_POWER_MAX_W);
        // The most watts and a fraction that is one weight short of another whole: gaps of 78 bits, over 54 bits.
        let short_of = |sum: i128| (most_w * sum - 1, sum);
        assert!(short_of(SUM_MAX).0.checked_mul(SUM_MAX).is_none(), "as wholes they leave 127 bits");
        // 1 / sum is less for the larger sum, which is so nearer to the whole.
        let (near, nearer) = (raise(0, short_of(SUM_MAX - 1), 0), raise(1, short_of(SUM_MAX), 0));
        assert_eq!((nearer.cmp(&near), near.cmp(&nearer)), (Ordering::Greater, Ordering::Less));
        // The whole itself is beyond both, in lowest terms or not.
        for whole in [(most_w, 1), (most_w * SUM_MAX, SUM_MAX)] {
            assert_eq!(raise(2, whole, 0).cmp(&nearer), Ordering::Greater);
        }
        // Equal gaps: the first leaf is raised first.
        let doubled = (2 * short_of(SUM_MAX / 2).0, 2 * short_of(SUM_MAX / 2).1);
        assert_eq!(raise(3, doubled, 0).cmp(&raise(4, short_of(SUM_MAX / 2), 0)), Ordering::Greater);
        // Whoever was raised above the exact share has the least gap of all, by how far above.
        let above = |by: i128| raise(5, (most_w * SUM_MAX - by, SUM_MAX), LEAF_POWER_MAX_W);
        assert_eq!(above(1).cmp(&above(2)), Ordering::Greater);
        assert_eq!(above(1).cmp(&raise(6, (1, SUM_MAX), 0)), Ordering::Less);
        assert_eq!(above(SUM_MAX + 1).cmp(&above(SUM_MAX)), Ordering::Less);
    }

    #[test]
    fn raises_of_moderate_size_are_in_the_order_of_their_gaps_as_wholes() {
        for seed in 0_u32..20_000 {
            let part = |shift: u32, most: u32| i128::from((seed.wrapping_mul(2_654_435_761) >> shift) % most);
            let a = raise(0, (part(0, 900), 1 + part(7, 12)), part(3, 60) as u32);
            let b = raise(1, (part(11, 900), 1 + part(13, 12)), part(17, 60) as u32);
            let gap = |raise: &Raise| {
                let (numerator, denominator) = raise.exact_w;
                numerator - i128::from(raise.current_w) * denominator
            };
            let expected = (gap(&a) * b.exact_w.1).cmp(&(gap(&b) * a.exact_w.1)).then(Ordering::Greater);
            assert_eq!(a.cmp(&b), expected, "{a:?} {b:?}");
        }
    }
}
