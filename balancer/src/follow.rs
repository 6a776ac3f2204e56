//! Demands that move: the newest cycle is brought up to date where they have moved, and need not be decided anew.
//!
//! | the leaf | what moves |
//! |---|---|
//! | is held back, and still asks for more than it gets | sums of demands, and what is withheld |
//! | asks for no more than its own limit, before and now, has no saturated node above it, and none becomes saturated | its own setpoint, and the sums above it |
//! | else | much of the cycle, which is decided anew |
//!
//! A leaf that is held back gets what it gets whatever it asks for beyond that. Let `u > s` be its demand, before or after, `s` its setpoint, and
//! `L` the level that governs it (`floor(L) <= s`): `u >= floor(L) + 1 > L`, so that the leaf is above the level and shares it as before. Every
//! node keeps its place as well: below the governor, what a node passes on at level `L` is unchanged, so that no level there sinks to `L`; above
//! it, the governor passes on its limit.

use crate::cycle::Balancer;
use crate::direct;
use crate::limits::LimitTable;
use crate::request::Requests;
use crate::topology::LeafIx;
use crate::work::NO_NODE;

/// A demand that is another than it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MovedDemand {
    /// Whose it is.
    pub leaf: LeafIx,
    /// What it was, when the newest cycle was decided or when it moved last \[W\].
    pub from_w: u32,
    /// What it is \[W\].
    pub to_w: u32,
}

/// What has moved in a cycle that was brought up to date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Followed {
    /// Sums of demands, what is withheld, and the verdict; setpoints, names and what is granted are as they were.
    Demands,
    /// Setpoints and sums of all kinds.
    Setpoints,
}

impl Balancer {
    /// Brings the newest cycle up to date with demands that have moved since, and nothing else: it is then what [`Balancer::rebalance`] would
    /// make of `requests`, in which they have moved already.
    ///
    /// `limits` are those of the cycle. `None` where it has to be decided anew, and not to be read before: where too much moves, and wherever it was not
    /// decided the common way (`fair-share` among leaves of one tier and one weight, without steps, none of which lacks its minimum).
    pub fn follow(
        &mut self,
        limits: &LimitTable,
        requests: &Requests,
        moved: &[MovedDemand],
    ) -> Option<Followed> {
        // Until all is done, nothing can be told of the cycle.
        let is_direct = std::mem::take(&mut self.is_direct);
        if !is_direct || !moved.iter().all(|demand| self.can_follow(limits, demand)) {
            return None;
        }
        let mut followed = Followed::Demands;
        for demand in moved {
            let is_held_back = self.is_held_back(demand);
            if !self.follow_leaf(limits, demand, is_held_back) {
                return None;
            }
            if !is_held_back {
                followed = Followed::Setpoints;
            }
        }
        self.is_direct = true;
        let Self { topology, work, cycle, .. } = self;
        direct::judge(topology, limits, &requests.demand_w, work, cycle);
        Some(followed)
    }

    /// Whether a demand moves no setpoint but its own, as long as no other node becomes saturated.
    #[inline]
    fn can_follow(&self, limits: &LimitTable, demand: &MovedDemand) -> bool {
        let leaf = demand.leaf.index();
        let is_free = self.work.spots[self.topology.parent_of_leaf(leaf)].governor == NO_NODE
            && demand.from_w.max(demand.to_w) <= limits.leaf_limit_w[leaf];
        is_free || self.is_held_back(demand)
    }

    /// Whether a leaf was held back, and still is.
    #[inline]
    fn is_held_back(&self, demand: &MovedDemand) -> bool {
        let leaf = demand.leaf.index();
        self.cycle.constrained_by[leaf] != NO_NODE && self.cycle.setpoint_w[leaf] < demand.to_w
    }

    /// Takes over one demand, as far as sums go up to the root; `false` where a node becomes saturated. Sums wrap, so that what is taken away can be
    /// added.
    #[inline]
    fn follow_leaf(&mut self, limits: &LimitTable, demand: &MovedDemand, is_held_back: bool) -> bool {
        let MovedDemand { leaf, from_w, to_w } = *demand;
        let Self { topology, work, cycle, .. } = self;
        let leaf = leaf.index();
        let own_limit_w = limits.leaf_limit_w[leaf];
        let parent = topology.parent_of_leaf(leaf);
        let raw_w = u64::from(to_w).wrapping_sub(from_w.into());
        let mut passed_w = u64::from(to_w.min(own_limit_w)).wrapping_sub(from_w.min(own_limit_w).into());
        let mut granted_w = 0;
        if is_held_back {
            let governor = work.spots[parent].governor;
            if let Some(governor) = work.spots.get_mut(governor as usize) {
                governor.withheld_w = governor.withheld_w.wrapping_add(passed_w);
            }
        } else {
            cycle.setpoint_w[leaf] = to_w;
            granted_w = passed_w;
        }
        let mut above = Some(parent);
        while let Some(node) = above {
            let (limit_w, before_w) = (limits.ev_limit_w[node], cycle.demand_w[node]);
            let now_w = before_w.wrapping_add(passed_w);
            cycle.demand_w[node] = now_w;
            cycle.raw_demand_w[node] = cycle.raw_demand_w[node].wrapping_add(raw_w);
            cycle.allocated_w[node] = cycle.allocated_w[node].wrapping_add(granted_w);
            passed_w = now_w.min(limit_w).wrapping_sub(before_w.min(limit_w));
            above = topology.parent_of_inner(node);
            if !is_held_back && now_w > limit_w {
                return false;
            }
        }
        true
    }
}
