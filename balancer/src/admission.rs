//! Which leaves with a minimum may take part, when not all minima fit.

use crate::cycle::Scene;
use crate::work::{Work, sum_subtrees, take_from};

/// Pauses the leaves of the tier whose minimum does not fit beside those that were served less recently.
pub(crate) fn admit(scene: &Scene<'_>, work: &mut Work) {
    if all_fit(scene, work) {
        return;
    }
    find_headroom(scene, work);
    work.order.clear();
    for (leaf, &floor_w) in work.tier_floor_w.iter().enumerate() {
        if floor_w > 0 && scene.requests.pausable[leaf] {
            work.order.push(leaf as u32);
        }
    }
    work.order.sort_unstable_by_key(|&leaf| {
        // `None` (never served) sorts before every time.
        (scene.requests.keys[leaf as usize].last_served_s, leaf)
    });
    for position in 0..work.order.len() {
        admit_one(scene, work.order[position] as usize, work);
    }
}

fn all_fit(scene: &Scene<'_>, work: &mut Work) -> bool {
    sum_subtrees(scene.topology, &work.tier_floor_w, &mut work.scratch_w);
    let fits_above =
        work.scratch_w.iter().zip(&work.residual_w).all(|(sum_w, residual_w)| sum_w <= residual_w);
    // What a leaf can take is the least of its demand, which its minimum never exceeds, and its own limit.
    fits_above && work.tier_floor_w.iter().zip(&work.tier_take_w).all(|(floor_w, take_w)| floor_w <= take_w)
}

/// Fills `scratch_w` with what is left for the tier beside the minima that must be granted.
fn find_headroom(scene: &Scene<'_>, work: &mut Work) {
    work.fill_leaf_scratch(
        |work, leaf| if scene.requests.pausable[leaf] { 0 } else { work.tier_floor_w[leaf] },
    );
    sum_subtrees(scene.topology, &work.leaf_scratch_w, &mut work.scratch_w);
    for (headroom_w, &residual_w) in work.scratch_w.iter_mut().zip(&work.residual_w) {
        let reserved_w = std::mem::replace(headroom_w, residual_w);
        take_from(headroom_w, reserved_w);
    }
}

fn admit_one(scene: &Scene<'_>, leaf: usize, work: &mut Work) {
    let floor_w = u64::from(work.tier_floor_w[leaf]);
    let (least_w, node) = scene.least_headroom(leaf, scene.own_limit_w(leaf), &work.scratch_w);
    if floor_w <= least_w {
        scene.take_along_path(leaf, floor_w, &mut work.scratch_w);
        return;
    }
    work.is_paused[leaf] = true;
    work.by[leaf] = node;
    work.tier_take_w[leaf] = 0;
    work.tier_floor_w[leaf] = 0;
}
