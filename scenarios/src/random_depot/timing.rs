//! Ticks, cycles, and how power is shared.

use super::chance::Chance;
use super::draft::Draft;
use crate::values::clock::Span;
use sim::{Control, Strategy};

/// Ticks of another length; the run stays about as long. Visits of the plain draft stay where they are.
pub(super) fn other_steps(draft: &mut Draft, chance: &mut Chance) {
    let step_s = *chance.pick(&[1, 7, 30, 90, 300, 900, 3_600]);
    let ticks = (7_200_i64 / step_s).clamp(1, 240);
    draft.file.step = Span::from_s(step_s as u32);
    draft.file.duration = Span::from_s((ticks * step_s) as u32);
    draft.keep_within_the_run();
}

/// A cycle on every so many ticks only.
pub(super) fn rare_cycles(draft: &mut Draft, chance: &mut Chance) {
    let ticks = (draft.duration_s() / i64::from(draft.file.step.s())) as u32;
    let divisors: Vec<u32> =
        [2, 3, 5, 10, 60].into_iter().filter(|&every| ticks.is_multiple_of(every)).collect();
    let every = if divisors.is_empty() { 1 } else { *chance.pick(&divisors) };
    let rebalance_s = every * draft.file.step.s();
    if rebalance_s <= 86_400 {
        draft.file.rebalance = Some(Span::from_s(rebalance_s));
    }
}

pub(super) fn short_slots(draft: &mut Draft, chance: &mut Chance) {
    draft.file.rotation_slot = Span::from_s(chance.between(1, 600) as u32);
}

pub(super) fn other_hold(draft: &mut Draft, chance: &mut Chance) {
    draft.file.hold = Span::from_s(*chance.pick(&[0, 1, 60, 119, 120, 900, 86_400]));
}

pub(super) fn any_strategy(draft: &mut Draft, chance: &mut Chance) {
    draft.file.strategy = *chance.pick(&Strategy::ALL);
}

pub(super) fn charge_point_control(draft: &mut Draft, _: &mut Chance) {
    draft.file.control = Control::ChargePoint;
}
