//! Demands that move without moving any setpoint: the newest cycle is brought up to date, and need not be decided again.
//!
//! A leaf that is held back gets what it gets whatever it asks for beyond that. Let `u > s` be the demand, before or after, of a leaf with setpoint
//! `s` at a level `L` (`floor(L) <= s`): `u >= floor(L) + 1 > L`, so that the leaf is above the level that governs it, and shares it
//! as before. Every other node keeps its place as well: below the governor, what a node passes on at level `L` is unchanged, so that no level there sinks
//! to `L`; above it, the governor passes on its limit. What does move are the sums of demands, and what is withheld.

use crate::conclude::constraint_of;
use crate::cycle::Balancer;
use crate::direct::largest;
use crate::limits::LimitTable;
use crate::request::Requests;
use crate::topology::LeafIx;
use crate::verdict::Reason;
use crate::work::NO_NODE;

/// A demand that is another than it was when the newest cycle was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MovedDemand {
    /// Whose it is.
    pub leaf: LeafIx,
    /// What it was, when the cycle was decided or the last of several times it moved \[W\].
    pub from_w: u32,
    /// What it is \[W\].
    pub to_w: u32,
}

impl Balancer {
    /// Whether every setpoint of the newest cycle stays if a leaf asks for `demand_w` from now on, and nothing else changes.
    ///
    /// `false` says that it may be so or not. It is always `false` where the newest cycle was not decided the common way: `fair-share` among
    /// leaves of one tier and one weight, without steps, none of which lacks its minimum.
    #[inline]
    pub fn holds_back(&self, leaf: LeafIx, demand_w: u32) -> bool {
        let leaf = leaf.index();
        self.is_direct && self.cycle.constrained_by[leaf] != NO_NODE && self.cycle.setpoint_w[leaf] < demand_w
    }

    /// Brings the newest cycle up to date with demands that have moved since, for each of which, one after the other,
    /// [`Balancer::holds_back`] said that all setpoints stay.
    ///
    /// `limits` are those of the cycle, `requests` with the new demands. The cycle is then what [`Balancer::rebalance`] would
    /// make of them.
    pub fn follow(&mut self, limits: &LimitTable, requests: &Requests, moved: &[MovedDemand]) {
        debug_assert!(self.is_direct, "only a cycle of the common way can be followed");
        for demand in moved {
            self.pass_up(limits, *demand);
        }
        let Self { topology, work, cycle, .. } = self;
        if cycle.curtailed_count > 0 {
            let (node, withheld_w) = largest(topology, work, cycle);
            cycle.reason = Reason::of_limit(topology.kind(node));
            let what = (node, false, withheld_w);
            cycle.constraint = Some(constraint_of(topology, limits, &requests.demand_w, cycle, what));
        }
    }

    /// Tells every node above a leaf what its demand is now. Sums wrap, so that what is taken away can be added.
    fn pass_up(&mut self, limits: &LimitTable, MovedDemand { leaf, from_w, to_w }: MovedDemand) {
        let Self { topology, work, cycle, .. } = self;
        let own_limit_w = limits.leaf_limit_w[leaf.index()];
        let more = |to_w: u64, from_w: u64| to_w.wrapping_sub(from_w);
        let raw_w = more(to_w.into(), from_w.into());
        let mut passed_w = more(to_w.min(own_limit_w).into(), from_w.min(own_limit_w).into());
        let parent = topology.parent_of_leaf(leaf.index());
        let governor = work.spots[parent].governor;
        if let Some(governor) = work.spots.get_mut(governor as usize) {
            governor.withheld_w = governor.withheld_w.wrapping_add(passed_w);
        }
        let mut above = Some(parent);
        while let Some(node) = above {
            cycle.raw_demand_w[node] = cycle.raw_demand_w[node].wrapping_add(raw_w);
            let (limit_w, before_w) = (limits.ev_limit_w[node], cycle.demand_w[node]);
            let now_w = before_w.wrapping_add(passed_w);
            cycle.demand_w[node] = now_w;
            passed_w = more(now_w.min(limit_w), before_w.min(limit_w));
            above = topology.parent_of_inner(node);
        }
    }
}
