//! Demands that move: the newest cycle is brought up to date where they have moved, and need not be decided anew.
//!
//! | the leaf | what moves |
//! |---|---|
//! | is held back, and still asks for more than it gets | sums of demands, and what is withheld |
//! | asks for no more than its own limit, before and now, has no saturated node above it, and none becomes saturated | its own setpoint, and the sums above it |
//! | gets all that it asks for, before and now, while others are held back by a node above it | what is left for those (`relevel`) |
//! | else | much of the cycle, which is decided anew |
//!
//! A leaf that is held back gets what it gets whatever it asks for beyond that. Let `u > s` be its demand, before or after, `s` its setpoint, and
//! `L` the level that governs it (`floor(L) <= s`): `u >= floor(L) + 1 > L`, so that the leaf is above the level and shares it as before. Every
//! node keeps its place as well: below the governor, what a node passes on at level `L` is unchanged, so that no level there sinks to `L`; above
//! it, the governor passes on its limit.

use crate::cycle::Balancer;
use crate::direct;
use crate::limits::LimitTable;
use crate::relevel::Relevel;
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Followed {
    /// Sums of demands, what is withheld, and the verdict; setpoints, names and what is granted are as they were.
    Demands,
    /// Setpoints of leaves whose demands have moved, and sums of all kinds.
    Setpoints,
    /// Setpoints and names of others as well.
    Levels,
}

impl Balancer {
    /// Brings the newest cycle up to date with demands that have moved since, and nothing else: it is then what [`Balancer::rebalance`] would
    /// make of `requests`, in which they have moved already.
    ///
    /// `limits` are those of the cycle. `None` where it has to be decided anew, and not to be read before: where too much moves, and wherever it was not
    /// decided the common way (`fair-share` among leaves of one tier and of weight 1, without steps; where there are minima, all can be paused and nobody
    /// lacks his).
    pub fn follow(
        &mut self,
        limits: &LimitTable,
        requests: &Requests,
        moved: &[MovedDemand],
    ) -> Option<Followed> {
        // Until all is done, nothing can be told of the cycle.
        let is_direct = std::mem::take(&mut self.is_direct);
        if !is_direct {
            return None;
        }
        let mut followed = Followed::Demands;
        Relevel::forget_all(&mut self.work);
        for demand in moved {
            let lot = self.lot_of(limits, demand)?;
            if !self.follow_leaf(limits, demand, lot) {
                return None;
            }
            match lot {
                Lot::HeldBack => {}
                Lot::Free => followed = followed.max(Followed::Setpoints),
                Lot::Whole => followed = Followed::Levels,
            }
        }
        if followed == Followed::Levels && !self.relevel(limits, requests, moved) {
            return None;
        }
        self.is_direct = true;
        let Self { topology, work, cycle, .. } = self;
        direct::judge(topology, limits, &requests.demand_w, work, cycle);
        Some(followed)
    }

    /// What a demand moves, as far as that depends on the leaf alone; `None` where it is too much.
    #[inline]
    fn lot_of(&self, limits: &LimitTable, demand: &MovedDemand) -> Option<Lot> {
        if self.is_held_back(demand) {
            return Some(Lot::HeldBack);
        }
        let leaf = demand.leaf.index();
        if demand.from_w.max(demand.to_w) > limits.leaf_limit_w[leaf] {
            return None;
        }
        let governor = self.work.spots[self.topology.parent_of_leaf(leaf)].governor;
        let Some(governor) = self.work.spots.get(governor as usize) else { return Some(Lot::Free) };
        // A level that has moved already in this cycle is looked at when all demands are known.
        let is_whole = demand.from_w <= governor.level.whole_watts();
        is_whole.then_some(Lot::Whole)
    }

    /// Whether a leaf was held back, and still is.
    #[inline]
    fn is_held_back(&self, demand: &MovedDemand) -> bool {
        let leaf = demand.leaf.index();
        self.cycle.constrained_by[leaf] != NO_NODE && self.cycle.setpoint_w[leaf] < demand.to_w
    }

    /// Takes over one demand, as far as sums go up to the root; `false` where more moves. Sums wrap, so that what is taken away can be added.
    #[inline]
    fn follow_leaf(&mut self, limits: &LimitTable, demand: &MovedDemand, lot: Lot) -> bool {
        let MovedDemand { leaf, from_w, to_w } = *demand;
        let Self { topology, work, cycle, .. } = self;
        let leaf = leaf.index();
        let own_limit_w = limits.leaf_limit_w[leaf];
        let parent = topology.parent_of_leaf(leaf);
        let raw_w = u64::from(to_w).wrapping_sub(from_w.into());
        let mut passed_w = u64::from(to_w.min(own_limit_w)).wrapping_sub(from_w.min(own_limit_w).into());
        let mut granted_w = 0;
        let governor = work.spots[parent].governor;
        if lot == Lot::Free {
            cycle.setpoint_w[leaf] = to_w;
            granted_w = passed_w;
        } else {
            // What a governor grants stays, whatever is asked for.
            if let Some(governor) = work.spots.get_mut(governor as usize) {
                governor.withheld_w = governor.withheld_w.wrapping_add(passed_w);
            }
            if lot == Lot::Whole && !Relevel::of(governor, work).note(from_w, to_w) {
                return false;
            }
        }
        // Columns of one known length: an index is checked once for all of them.
        let inner = cycle.demand_w.len();
        let (parents, limit_w) = (&topology.inner_parents()[..inner], &limits.ev_limit_w[..inner]);
        let (demand_w, raw_demand_w) = (&mut cycle.demand_w[..inner], &mut cycle.raw_demand_w[..inner]);
        let allocated_w = &mut cycle.allocated_w[..inner];
        let mut node = parent;
        while node < inner {
            let (limit_w, before_w) = (limit_w[node], demand_w[node]);
            let now_w = before_w.wrapping_add(passed_w);
            demand_w[node] = now_w;
            raw_demand_w[node] = raw_demand_w[node].wrapping_add(raw_w);
            allocated_w[node] = allocated_w[node].wrapping_add(granted_w);
            passed_w = now_w.min(limit_w).wrapping_sub(before_w.min(limit_w));
            // Above a governor that is saturated all the time nothing moves.
            let is_where_it_was = match lot {
                Lot::Free => now_w <= limit_w,
                Lot::HeldBack | Lot::Whole => node as u32 != governor || now_w > limit_w,
            };
            if !is_where_it_was {
                return false;
            }
            node = parents[node] as usize;
        }
        true
    }

    /// Shares out again what the governors have whose levels move; `false` where more than those does.
    ///
    /// It is a function of its own, and not part of its caller, so that its columns stay in registers.
    #[inline(never)]
    fn relevel(&mut self, limits: &LimitTable, requests: &Requests, moved: &[MovedDemand]) -> bool {
        if !moved.iter().all(|demand| self.keeps_its_place(demand)) {
            return false;
        }
        let Self { topology, work, cycle, .. } = self;
        for next in 0..work.relevels.len() {
            let relevel = work.relevels[next];
            if !relevel.share(topology, limits, requests, work, cycle) {
                return false;
            }
        }
        true
    }

    /// Whether a leaf that has moved is on the same side of its governor's level as before.
    fn keeps_its_place(&self, demand: &MovedDemand) -> bool {
        let spots = &self.work.spots;
        let governor = spots.get(spots[self.topology.parent_of_leaf(demand.leaf.index())].governor as usize);
        let relevel = governor.and_then(|governor| self.work.relevels.get(governor.relevel as usize));
        relevel.is_none_or(|relevel| {
            let is_held_back = self.is_held_back(demand);
            is_held_back == (demand.to_w > relevel.level.whole_watts())
        })
    }
}

/// How a leaf fares whose demand moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lot {
    /// It was held back, and still is.
    HeldBack,
    /// It gets what it asks for, and nothing above it is saturated.
    Free,
    /// It gets what it asks for, and what it leaves goes to others.
    Whole,
}
