//! Loops over columns of leaves, each of which is all that a common cycle does with a million of them.
//!
//! They are written for the vector units of every x86-64 and of other machines alike: one simple pass at a time, no branch that depends on the
//! numbers, 32-bit lanes, and comparisons of signed numbers, since the oldest units have no unsigned ones. Power of a leaf is at most 10 MW, so
//! that it is the same number either way.

use crate::work::{EqualShare, NO_NODE};

/// Leaves that are summed in 32 bits at a time: 256 times 10 MW stays below 2^32.
const BLOCK: usize = 256;

/// The most leaves for which [`whole_of_few`] is asked.
pub(crate) const FEW: usize = 8;

fn signed(power_w: u32) -> i32 {
    power_w as i32
}

/// Whether any value exceeds its limit.
pub(crate) fn any_exceeds(values_w: &[u32], limits_w: &[u32]) -> bool {
    // The sign of a difference is the answer; signs are or-ed.
    let pairs = values_w.iter().zip(limits_w);
    let signs = pairs.fold(0, |signs, (&value_w, &limit_w)| signs | limit_w.wrapping_sub(value_w));
    signed(signs) < 0
}

/// Lowers values to their limits.
pub(crate) fn lower_to(values_w: &[u32], limits_w: &[u32], lowered_w: &mut [u32]) {
    for ((lowered_w, &value_w), &limit_w) in lowered_w.iter_mut().zip(values_w).zip(limits_w) {
        *lowered_w = signed(value_w).min(signed(limit_w)) as u32;
    }
}

/// Whether each value is at least the lesser of minimum and demand.
pub(crate) fn all_reach(values_w: &[u32], min_w: &[u32], demand_w: &[u32]) -> bool {
    let leaves = values_w.iter().zip(min_w).zip(demand_w);
    let signs = leaves.fold(0, |signs, ((&value_w, &min_w), &demand_w)| {
        signs | (value_w.wrapping_sub(min_w) & value_w.wrapping_sub(demand_w))
    });
    signed(signs) >= 0
}

/// The sum of a slice of watts.
#[inline]
pub(crate) fn sum_w(values_w: &[u32]) -> u64 {
    if values_w.len() <= BLOCK {
        sum_of_block_w(values_w)
    } else {
        values_w.chunks(BLOCK).map(sum_of_block_w).sum()
    }
}

/// Circuits mostly have a few leaves, so that short sums matter most: sixteen or four at a time, without a loop that has to find out how long it is.
#[inline]
fn sum_of_block_w(block: &[u32]) -> u64 {
    let add = |sum_w: u32, &power_w: &u32| sum_w.wrapping_add(power_w);
    let (sixteens, rest) = block.as_chunks::<16>();
    let (fours, rest) = rest.as_chunks::<4>();
    let mut sum_w = 0_u32;
    for sixteen in sixteens {
        sum_w = sum_w.wrapping_add(sixteen.iter().fold(0, add));
    }
    for four in fours {
        sum_w = sum_w.wrapping_add(four.iter().fold(0, add));
    }
    rest.iter().fold(sum_w, add).into()
}

/// Sum and number of the leaves that take no more than `threshold_w`.
#[inline]
pub(crate) fn whole_among(take_w: &[u32], threshold_w: u32) -> (u64, u64) {
    if take_w.len() <= BLOCK {
        return whole_in_block(take_w, threshold_w);
    }
    let blocks = take_w.chunks(BLOCK).map(|block| whole_in_block(block, threshold_w));
    blocks.fold((0, 0), |sums, (sum_w, number)| (sums.0 + sum_w, sums.1 + number))
}

#[inline]
fn whole_in_block(block: &[u32], threshold_w: u32) -> (u64, u64) {
    let (mut sum_w, mut number) = (0_u32, 0_u32);
    for &take_w in block {
        let is_whole = signed(take_w) <= signed(threshold_w);
        sum_w = sum_w.wrapping_add(if is_whole { take_w } else { 0 });
        number = number.wrapping_add(u32::from(is_whole));
    }
    (sum_w.into(), number.into())
}

/// Sum and number of the leaves that are left whole where these few share `limit_w` and take more.
///
/// A leaf is left whole where raising everybody to what it takes, as far as they take it, needs no more than the limit. For few leaves it is cheaper to
/// ask that of each of them than to look for the level, which takes a division in each of a number of rounds that nobody can predict.
#[inline]
pub(crate) fn whole_of_few(take_w: &[u32], limit_w: u64) -> (u64, u64) {
    if let Ok(&four_w) = <&[u32; 4]>::try_from(take_w) {
        return whole_of(four_w, limit_w);
    }
    let mut padded_w = [0; FEW];
    padded_w[..take_w.len()].copy_from_slice(take_w);
    let (whole_w, whole) = whole_of(padded_w, limit_w);
    // Whoever takes nothing is left whole, and so is the padding.
    (whole_w, whole - (FEW - take_w.len()) as u64)
}

#[inline]
fn whole_of<const N: usize>(take_w: [u32; N], limit_w: u64) -> (u64, u64) {
    let mut needs_w = [0_u32; N];
    for other_w in take_w {
        for (needs_w, take_w) in needs_w.iter_mut().zip(take_w) {
            *needs_w = needs_w.wrapping_add(signed(take_w).min(signed(other_w)) as u32);
        }
    }
    let (mut sum_w, mut number) = (0_u32, 0_u32);
    for (&needs_w, &take_w) in needs_w.iter().zip(&take_w) {
        let is_whole = u64::from(needs_w) <= limit_w;
        sum_w = sum_w.wrapping_add(if is_whole { take_w } else { 0 });
        number = number.wrapping_add(u32::from(is_whole));
    }
    (sum_w.into(), number.into())
}

/// Sets the setpoints of leaves that share a level: everybody has the quotient at most, and the remainder goes round among those who take more.
///
/// This is the one loop in which a leaf depends on the one before.
pub(crate) fn share_equally(take_w: &[u32], share: &mut EqualShare, setpoint_w: &mut [u32]) {
    let EqualShare { quotient_w, step, mut fraction } = *share;
    let mut portion_w = |take_w: u32| {
        let (portion_w, next) = portion(take_w, quotient_w, step, fraction);
        fraction = next;
        portion_w
    };
    let (takes_w, last_takes_w) = take_w.as_chunks::<4>();
    let (setpoints_w, last_setpoints_w) = setpoint_w.as_chunks_mut::<4>();
    for (setpoint_w, take_w) in setpoints_w.iter_mut().zip(takes_w) {
        *setpoint_w = take_w.map(&mut portion_w);
    }
    for (setpoint_w, &take_w) in last_setpoints_w.iter_mut().zip(last_takes_w) {
        *setpoint_w = portion_w(take_w);
    }
    share.fraction = fraction;
}

/// [`share_equally`] and [`name_governor`] at once, for spans so short that it costs more to begin a pass than to make it; returns how many were
/// named, and what was granted.
#[inline]
pub(crate) fn share_and_name(
    take_w: &[u32],
    demand_w: &[u32],
    share: &mut EqualShare,
    governor: u32,
    setpoint_w: &mut [u32],
    by: &mut [u32],
) -> (u32, u64) {
    let EqualShare { quotient_w, step, mut fraction } = *share;
    let (mut short, mut granted_w) = (0_u32, 0_u64);
    for (((setpoint_w, by), &take_w), &demand_w) in setpoint_w.iter_mut().zip(by).zip(take_w).zip(demand_w) {
        let (portion_w, next) = portion(take_w, quotient_w, step, fraction);
        fraction = next;
        let is_short = portion_w < demand_w;
        *setpoint_w = portion_w;
        *by = governor | u32::from(!is_short).wrapping_neg();
        short = short.wrapping_add(u32::from(is_short));
        granted_w = granted_w.wrapping_add(u64::from(portion_w));
    }
    share.fraction = fraction;
    (short, granted_w)
}

/// What comes of sharing a level out again. Differences wrap, so that what is taken away can be added.
pub(crate) struct SharedAgain {
    /// What is granted more than before \[W\].
    pub(crate) more_w: u64,
    /// How many more leaves lack something.
    pub(crate) more_short: u32,
    /// How many ask for more than the level.
    pub(crate) sharing: u32,
    pub(crate) any_exceeds_own_limit: bool,
}

/// [`share_and_name`] where the same leaves have shared the same governor's level before.
///
/// `demand_w` and `limit_w` are what they ask for, and their own limits \[W\].
#[inline]
pub(crate) fn share_again(
    (demand_w, limit_w): (&[u32], &[u32]),
    share: &mut EqualShare,
    governor: u32,
    setpoint_w: &mut [u32],
    by: &mut [u32],
) -> SharedAgain {
    let EqualShare { quotient_w, step, mut fraction } = *share;
    let (mut more_w, mut more_short, mut sharing, mut left_w) = (0_u64, 0_u32, 0_u32, 0_u32);
    let granted = setpoint_w.iter_mut().zip(by);
    for (((setpoint_w, by), &demand_w), &limit_w) in granted.zip(demand_w).zip(limit_w) {
        let (portion_w, next) = portion(demand_w, quotient_w, step, fraction);
        fraction = next;
        let (is_short, was_short) = (portion_w < demand_w, *by != NO_NODE);
        more_w = more_w.wrapping_add(portion_w.into()).wrapping_sub((*setpoint_w).into());
        more_short = more_short.wrapping_add(is_short.into()).wrapping_sub(was_short.into());
        sharing = sharing.wrapping_add(u32::from(demand_w > quotient_w));
        // The sign of a difference is the answer; signs are or-ed.
        left_w |= limit_w.wrapping_sub(demand_w);
        *setpoint_w = portion_w;
        *by = governor | u32::from(!is_short).wrapping_neg();
    }
    share.fraction = fraction;
    SharedAgain { more_w, more_short, sharing, any_exceeds_own_limit: signed(left_w) < 0 }
}

/// What one leaf gets of a level, and the fraction after it.
#[inline]
fn portion(take_w: u32, quotient_w: u32, step: u64, fraction: u64) -> (u32, u64) {
    // All ones where the leaf takes more than the quotient, from the sign of the difference: a comparison would be compiled to a branch.
    let is_sharing = (i64::from(quotient_w).wrapping_sub(i64::from(take_w)) >> 63) as u64;
    let (next, rounds_up) = fraction.overflowing_add(step & is_sharing);
    (take_w.min(quotient_w).wrapping_add(u32::from(rounds_up)), next)
}

/// Names the governor where a setpoint is below the demand, nobody elsewhere; returns how many were named.
pub(crate) fn name_governor(demand_w: &[u32], setpoint_w: &[u32], governor: u32, by: &mut [u32]) -> u32 {
    let mut short = 0_u32;
    for ((by, &demand_w), &setpoint_w) in by.iter_mut().zip(demand_w).zip(setpoint_w) {
        let is_short = signed(setpoint_w) < signed(demand_w);
        *by = if is_short { governor } else { NO_NODE };
        short = short.wrapping_add(u32::from(is_short));
    }
    short
}

/// Names the leaves themselves, of which the first is `first_node`, where all that they take is less than their demand; returns how many there are.
pub(crate) fn name_themselves(take_w: &[u32], demand_w: &[u32], first_node: u32, by: &mut [u32]) -> u32 {
    let (mut short, mut node) = (0_u32, first_node);
    for ((by, &take_w), &demand_w) in by.iter_mut().zip(take_w).zip(demand_w) {
        let is_short = signed(take_w) < signed(demand_w);
        *by = if is_short { node } else { NO_NODE };
        short = short.wrapping_add(u32::from(is_short));
        node = node.wrapping_add(1);
    }
    short
}

/// Names the leaf itself in the place of the governor where the level leaves it whole; returns how many there are.
pub(crate) fn rename_whole(take_w: &[u32], quotient_w: u32, first_node: u32, by: &mut [u32]) -> u32 {
    let (mut own, mut node) = (0_u32, first_node);
    for (by, &take_w) in by.iter_mut().zip(take_w) {
        let is_own = (*by != NO_NODE) & (signed(take_w) <= signed(quotient_w));
        *by = if is_own { node } else { *by };
        own = own.wrapping_add(u32::from(is_own));
        node = node.wrapping_add(1);
    }
    own
}
