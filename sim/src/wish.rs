//! What a vehicle asks for at its connector, and what it gets.

use balancer::OrderKeys;

/// A vehicle's wish at a connector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wish {
    /// The most it can take at any moment until the next cycle \[W\], or what is told of that.
    pub(crate) demand_w: u32,
    /// Power below which it would rather be paused \[W\], whatever it asks for now.
    pub(crate) min_w: u32,
    /// The visit's own weight; 0 where it has that of the leaf at which it charges.
    pub(crate) weight: u32,
    pub(crate) tier: u32,
    pub(crate) pausable: bool,
    pub(crate) keys: OrderKeys,
}

impl Wish {
    pub(crate) fn is_same_but_for_demand_and_keys(&self, other: &Wish) -> bool {
        (self.min_w, self.weight, self.tier, self.pausable)
            == (other.min_w, other.weight, other.tier, other.pausable)
    }
}

/// What a connector got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) setpoint_w: u32,
    /// Position of the node that keeps it below its demand; [`crate::view::NO_NODE`] for none.
    pub(crate) constrained_by: u32,
    pub(crate) is_paused: bool,
}
