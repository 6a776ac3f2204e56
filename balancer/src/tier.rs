//! Strict tiers: one is served completely on what those before it left.

use crate::cycle::Scene;
use crate::request::Requests;
use crate::strategies::SharingRule;
use crate::work::{Work, give_to, sum_subtrees, take_from};
use crate::{admission, steps};

/// Serves one tier after the other by `rule`; all leaves together where they stand in the same.
pub(crate) fn share(scene: &Scene<'_>, rule: &dyn SharingRule, work: &mut Work) {
    work.tier_take_w.copy_from_slice(&work.take_w);
    work.tier_floor_w.copy_from_slice(&work.floor_w);
    work.tier_weight.copy_from_slice(&scene.requests.weight);
    if scene.requests.have_one_tier() {
        serve(scene, rule, work);
        return;
    }
    for &(tier, _) in &scene.requests.tiers {
        enter(scene.requests, tier, work);
        serve(scene, rule, work);
        leave(scene, tier, work);
    }
}

/// Loads the leaves of a tier into the tier's arrays.
fn enter(requests: &Requests, tier: u32, work: &mut Work) {
    for (leaf, &of_leaf) in requests.tier.iter().enumerate() {
        let (take_w, floor_w) =
            if of_leaf == tier { (work.take_w[leaf], work.floor_w[leaf]) } else { (0, 0) };
        work.tier_take_w[leaf] = take_w;
        work.tier_floor_w[leaf] = floor_w;
    }
}

fn serve(scene: &Scene<'_>, rule: &dyn SharingRule, work: &mut Work) {
    if scene.requests.with_minimum > 0 {
        return_reserved(scene, work);
        admission::admit(scene, work);
    }
    rule.solve(scene, work);
    if scene.requests.with_steps > 0 && !scene.is_unmanaged {
        steps::round(scene, rule, work);
    }
}

/// Gives the tier back what was reserved for its own leaves: they enter the sharing with their minimum as lower bound.
fn return_reserved(scene: &Scene<'_>, work: &mut Work) {
    if scene.requests.unpausable == 0 || work.reserved_w[0] == 0 {
        return;
    }
    work.fill_leaf_scratch(
        |work, leaf| if scene.requests.pausable[leaf] { 0 } else { work.tier_floor_w[leaf] },
    );
    sum_subtrees(scene.topology, &work.leaf_scratch_w, &mut work.scratch_w);
    for (residual_w, &returned_w) in work.residual_w.iter_mut().zip(&work.scratch_w) {
        give_to(residual_w, returned_w);
    }
}

/// Takes what the tier was granted from what is left for the next.
fn leave(scene: &Scene<'_>, tier: u32, work: &mut Work) {
    work.fill_leaf_scratch(
        |work, leaf| if scene.requests.tier[leaf] == tier { work.setpoint_w[leaf] } else { 0 },
    );
    sum_subtrees(scene.topology, &work.leaf_scratch_w, &mut work.scratch_w);
    for (residual_w, &granted_w) in work.residual_w.iter_mut().zip(&work.scratch_w) {
        take_from(residual_w, granted_w);
    }
}
