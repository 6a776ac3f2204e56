//! The shares of a charge point's connectors of what it got.
//!
//! Minima that may not be paused come first; they fit, since the charge point asked for them together. What is beside them goes to the lowest tier,
//! and what that leaves to the next. No connector gets more than it can take.

use super::Claim;
use balancer::units::LEAF_POWER_MAX_W;

/// Splits `setpoint_w` in the order in which vehicles of a tier arrived: each gets what it can take as long as there is power, and nothing where
/// what is left is below its minimum.
pub(crate) fn split_first_come(claims: &mut [Claim], setpoint_w: u32) {
    claims.sort_by_key(|claim| (claim.tier, claim.arrived_s, claim.column));
    let mut left_w = setpoint_w.saturating_sub(reserved_w(claims));
    for claim in claims {
        left_w += claim.reserved_w();
        claim.is_paused = claim.is_stuck() || left_w < claim.min_w;
        claim.granted_w = if claim.is_paused { 0 } else { left_w.min(claim.take_w) };
        left_w -= claim.granted_w;
    }
}

/// Splits `setpoint_w` evenly among those of a tier, beside the minima.
///
/// Of those who may be paused, whose minimum does not fit is, those later in order first.
pub(crate) fn split_evenly(claims: &mut [Claim], setpoint_w: u32) {
    claims.sort_by_key(|claim| (claim.tier, claim.column));
    let mut left_w = setpoint_w.saturating_sub(reserved_w(claims));
    for same in claims.chunk_by_mut(|one, next| one.tier == next.tier) {
        left_w += reserved_w(same);
        split_tier_evenly(same, left_w);
        left_w -= same.iter().map(|claim| claim.granted_w).sum::<u32>();
    }
}

/// What must be reserved for all of them \[W\].
fn reserved_w(claims: &[Claim]) -> u32 {
    claims.iter().fold(0, |sum_w: u32, claim| sum_w.saturating_add(claim.reserved_w()))
}

/// Splits `for_them_w` evenly, beside the minima.
fn split_tier_evenly(claims: &mut [Claim], for_them_w: u32) {
    let mut left_w = for_them_w.saturating_sub(reserved_w(claims));
    for claim in claims.iter_mut() {
        let more_w = claim.min_w - claim.reserved_w();
        claim.is_paused = claim.is_stuck() || left_w < more_w;
        left_w -= if claim.is_paused { 0 } else { more_w };
    }
    fill(claims, for_them_w);
}

/// Raises the lowest together until nothing is left or all have what they can take.
fn fill(claims: &mut [Claim], for_them_w: u32) {
    let at = |claim: &Claim, level_w: u32| match claim.is_paused {
        true => 0,
        false => level_w.clamp(claim.min_w, claim.take_w),
    };
    let fits = |claims: &[Claim], level_w: u32| {
        let sum_w: u64 = claims.iter().map(|claim| u64::from(at(claim, level_w))).sum();
        sum_w <= u64::from(for_them_w)
    };
    // The highest level at which all fit, found by halving; minima alone fit.
    let (mut level_w, mut too_high_w) = (0, LEAF_POWER_MAX_W + 1);
    while too_high_w - level_w > 1 {
        let middle_w = level_w + (too_high_w - level_w) / 2;
        if fits(claims, middle_w) { level_w = middle_w } else { too_high_w = middle_w }
    }
    let mut left_w = for_them_w;
    for claim in claims.iter_mut() {
        claim.granted_w = at(claim, level_w);
        left_w -= claim.granted_w;
    }
    // What is left is less than a watt for each of those on the level.
    let on_level = claims
        .iter_mut()
        .filter(|claim| !claim.is_paused && claim.granted_w == level_w && claim.granted_w < claim.take_w);
    for claim in on_level.take(left_w as usize) {
        claim.granted_w += 1;
    }
}
