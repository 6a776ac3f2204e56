//! A charge point that is controlled as a whole: one request for all its connectors, and their shares of what it gets.
//!
//! ```text
//!  wishes ─┐                   ┌─> join ─> Request ─> balancer ─┐
//!          ├─> a claim for each ┤                               ├─> grants
//!  limits ─┘                   └─> split <─ setpoint of the leaf ┘
//! ```
//!
//! The balancer sees charge points alone. That each connector keeps its own limit, and that nobody who must not be paused is, is this module's part.

mod join;
mod split;

pub(crate) use join::join;
pub(crate) use split::{split_evenly, split_first_come};

use crate::view::NO_NODE;
use crate::wish::{Grant, Wish};

/// What one connector asks of its charge point, and what it gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) column: usize,
    pub(crate) arrived_s: i64,
    /// A lower one is served completely before.
    pub(crate) tier: u32,
    pub(crate) demand_w: u32,
    /// The most that it can use: its demand, or what the connector may carry.
    pub(crate) take_w: u32,
    /// Less than this is of no use to it.
    pub(crate) min_w: u32,
    pub(crate) pausable: bool,
    pub(crate) granted_w: u32,
    pub(crate) is_paused: bool,
}

impl Claim {
    /// The claim of a wish at a connector that may carry `carries_w`.
    pub(crate) fn of(column: usize, wish: &Wish, carries_w: u32) -> Self {
        Self {
            column,
            arrived_s: wish.keys.arrived_s.unwrap_or(0),
            tier: wish.tier,
            demand_w: wish.demand_w,
            take_w: wish.demand_w.min(carries_w),
            // Whoever asks for less than the minimum still charges.
            min_w: wish.min_w.min(wish.demand_w),
            pausable: wish.pausable,
            granted_w: 0,
            is_paused: false,
        }
    }

    /// The claim of somebody who takes what he is given, whatever his minimum.
    pub(crate) fn without_minimum(self) -> Self {
        Self { min_w: 0, ..self }
    }

    /// Whether the connector's own limit is below what it needs.
    pub(crate) fn is_stuck(&self) -> bool {
        self.take_w < self.min_w
    }

    /// What must be reserved for it, since it may not be paused \[W\].
    fn reserved_w(&self) -> u32 {
        if self.pausable || self.is_stuck() { 0 } else { self.min_w }
    }

    /// What it got; what it lacks is withheld by its connector, at this position, or else by `by`.
    pub(crate) fn grant(&self, itself: u32, by: u32) -> Grant {
        let is_held_by_itself = self.is_stuck() || (!self.is_paused && self.granted_w == self.take_w);
        let constrained_by = match self.granted_w < self.demand_w {
            false => NO_NODE,
            true if is_held_by_itself => itself,
            true => by,
        };
        Grant { setpoint_w: self.granted_w, constrained_by, is_paused: self.is_paused }
    }
}
