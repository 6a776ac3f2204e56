//! Derived limits in columns, to be compared with those shown and with powers, many at once.

use crate::column::Counterpart;
use balancer::LimitSource;
use std::ops::Range;

/// What is derived of one node \[W\].
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Derived {
    pub(super) limit_w: u64,
    pub(super) source: Option<LimitSource>,
    pub(super) ev_limit_w: u64,
    pub(super) base_load_w: i64,
}

/// Derived limits in the order of the view's columns \[W\].
#[derive(Debug, Clone, Default)]
pub(super) struct LimitColumns {
    pub(super) limit_w: Counterpart<u64>,
    pub(super) source: Counterpart<Option<LimitSource>>,
    pub(super) ev_limit_w: Counterpart<u64>,
    pub(super) base_load_w: Counterpart<i64>,
    /// What connectors may draw before the meter is above the limit; below 0 where base load alone is more. What they draw is not negative, so that
    /// one watt below 0 says as much as many.
    pub(super) room_w: Vec<i64>,
    /// The EV limit, with a sign: what is left of it is below 0 where it is exceeded.
    pub(super) signed_ev_limit_w: Vec<i64>,
}

/// Limits of connectors as far as `u32` can tell, which their powers are: so many can be compared at once \[W\].
#[derive(Debug, Clone, Default)]
pub(super) struct NarrowLimits {
    pub(super) ev_limit_w: Vec<u32>,
    pub(super) room_w: Vec<u32>,
    /// Whether the base load of any connector is above its limit.
    pub(super) any_without_room: bool,
}

impl LimitColumns {
    /// Those of the nodes at these site positions.
    pub(super) fn of(derived: &[Derived], positions: &[u32]) -> Self {
        let derived = || positions.iter().map(|&position| derived[position as usize]);
        Self {
            limit_w: Counterpart::of(derived().map(|derived| derived.limit_w).collect()),
            source: Counterpart::of(derived().map(|derived| derived.source).collect()),
            ev_limit_w: Counterpart::of(derived().map(|derived| derived.ev_limit_w).collect()),
            base_load_w: Counterpart::of(derived().map(|derived| derived.base_load_w).collect()),
            room_w: derived().map(|derived| room_w(&derived)).collect(),
            signed_ev_limit_w: derived()
                .map(|derived| derived.ev_limit_w.min(i64::MAX as u64) as i64)
                .collect(),
        }
    }
}

/// What sums are compared with, of neighbouring nodes.
#[derive(Debug, Clone, Copy)]
pub(super) struct NodeRows<'a> {
    ev_limit_w: &'a [i64],
    room_w: &'a [i64],
    base_load_w: &'a [i64],
}

/// The same of one node \[W\].
#[derive(Debug, Clone, Copy)]
pub(super) struct NodeRow {
    pub(super) ev_limit_w: i64,
    pub(super) room_w: i64,
    pub(super) base_load_w: i64,
}

impl LimitColumns {
    /// Those of the nodes in a range of columns.
    #[inline]
    pub(super) fn rows(&self, nodes: Range<usize>) -> NodeRows<'_> {
        NodeRows {
            ev_limit_w: &self.signed_ev_limit_w[nodes.clone()],
            room_w: &self.room_w[nodes.clone()],
            base_load_w: &self.base_load_w[nodes],
        }
    }
}

impl NodeRows<'_> {
    /// The first `n`: a length that is known once, for loops over all of them.
    #[inline(always)]
    pub(super) fn first(&self, n: usize) -> Self {
        Self {
            ev_limit_w: &self.ev_limit_w[..n],
            room_w: &self.room_w[..n],
            base_load_w: &self.base_load_w[..n],
        }
    }

    #[inline(always)]
    pub(super) fn at(&self, node: usize) -> NodeRow {
        NodeRow {
            ev_limit_w: self.ev_limit_w[node],
            room_w: self.room_w[node],
            base_load_w: self.base_load_w[node],
        }
    }
}

impl NarrowLimits {
    pub(super) fn of(connectors: &LimitColumns) -> Self {
        let narrow_w = |limit_w: u64| limit_w.min(u32::MAX.into()) as u32;
        Self {
            ev_limit_w: connectors.ev_limit_w.iter().map(|&limit_w| narrow_w(limit_w)).collect(),
            room_w: connectors.room_w.iter().map(|&room_w| narrow_w(room_w.max(0).unsigned_abs())).collect(),
            any_without_room: connectors.room_w.iter().any(|&room_w| room_w < 0),
        }
    }
}

fn room_w(derived: &Derived) -> i64 {
    let room_w = i128::from(derived.limit_w) - i128::from(derived.base_load_w);
    room_w.clamp(-1, i64::MAX.into()) as i64
}
