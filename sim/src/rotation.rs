//! Who had their minimum when, so that everybody has it in turn.

use balancer::{Cycle, LeafIx, Requests};
use std::ops::Range;

/// The turns of all leaves.
///
/// Within a slot, whoever was admitted goes before whoever was not, so that nobody is turned off for a newcomer.
#[derive(Debug, Clone)]
pub(crate) struct Rotation {
    slot_s: u64,
    /// The slot that was entered last: from when to when \[s\].
    slot: Range<u64>,
    last_served_s: Vec<i64>,
    is_served_now: Vec<bool>,
    /// Whether the requests have been told, and nothing has changed since.
    is_told: bool,
}

/// Before every moment of a run: never served.
const NEVER_S: i64 = -10_000_000_000;
/// What puts the admitted of a slot before all others.
const ADMITTED_S: i64 = -100_000_000_000;

impl Rotation {
    pub(crate) fn new(leaves: usize, slot_s: u32) -> Self {
        Self {
            slot_s: u64::from(slot_s.max(1)),
            slot: 0..0,
            last_served_s: vec![NEVER_S; leaves],
            is_served_now: vec![false; leaves],
            is_told: false,
        }
    }

    /// Moves to the slot of `t_s`; `true` where that is another than before.
    pub(crate) fn enter(&mut self, t_s: u64) -> bool {
        if self.slot.contains(&t_s) {
            return false;
        }
        let begins_s = t_s - t_s % self.slot_s;
        self.slot = begins_s..begins_s + self.slot_s;
        self.is_told = false;
        for (last_s, is_served) in self.last_served_s.iter_mut().zip(&mut self.is_served_now) {
            if std::mem::take(is_served) {
                *last_s = t_s as i64;
            }
        }
        true
    }

    /// Whether the requests know all that is known of turns.
    pub(crate) fn is_told(&self) -> bool {
        self.is_told
    }

    /// A request was replaced, and does not know when its leaf had its minimum last.
    pub(crate) fn tell_again(&mut self) {
        self.is_told = false;
    }

    /// Tells the requests when each leaf had its minimum last, unless they know.
    pub(crate) fn write_keys(&mut self, requests: &mut Requests) {
        if std::mem::replace(&mut self.is_told, true) {
            return;
        }
        for (leaf, (&last_s, &is_served)) in self.last_served_s.iter().zip(&self.is_served_now).enumerate() {
            let key_s = if is_served { last_s + ADMITTED_S } else { last_s };
            requests.keys_mut(LeafIx::new(leaf)).last_served_s = Some(key_s);
        }
    }

    /// Notes who is served in this slot: whoever has a setpoint, which nobody has without a request.
    pub(crate) fn serve(&mut self, cycle: &Cycle) {
        let mut is_news = false;
        for (is_served, &setpoint_w) in self.is_served_now.iter_mut().zip(&cycle.setpoint_w) {
            is_news |= !*is_served & (setpoint_w > 0);
            *is_served |= setpoint_w > 0;
        }
        self.is_told &= !is_news;
    }

    /// Nobody is left at a leaf: whoever comes next was never served.
    pub(crate) fn forget(&mut self, leaf: usize) {
        self.last_served_s[leaf] = NEVER_S;
        self.is_served_now[leaf] = false;
        self.is_told = false;
    }
}
