//! A bottleneck's level moves, because somebody below it, who gets all that is asked for, asks for more or less: what that leaves is shared out again
//! among the same others.
//!
//! Let `A / W` be the level of a governor `g`: `A` watts for the `W` leaves that ask for more, of what the others leave of its limit. If those ask
//! for `d` less together, the level is `(A + d) / W`, as long as all else keeps its place:
//!
//! | what | keeps its place if |
//! |---|---|
//! | `g` is saturated | the sum of its demands is above its limit |
//! | `g` governs, and not the governor above it | its level is no higher than that one's |
//! | a governor below `g`, which passes on its limit | its level is no higher than that of `g` |
//! | any other node below, which `g` governs | what is granted below it, and a watt more for each leaf, is within its limit. Nobody is granted a whole watt less than `min(demand, level)`, so that these sum up to less than the limit, and the node's own level, if it has one, is higher |
//! | a leaf that has moved | it asked for no more than the level and still does, or for more and still does |
//! | all other leaves | those that ask for no more than the level are as many as before: of two such sets one holds the other |
//!
//! Where one of these does not, the cycle is decided anew.

use crate::columns;
use crate::cycle::Cycle;
use crate::limits::LimitTable;
use crate::request::Requests;
use crate::topology::{Run, Topology};
use crate::work::{EqualShare, Level, NO_NODE, Work};

/// A governor's level that is to be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Relevel {
    pub(crate) governor: u32,
    pub(crate) level: Level,
}

impl Relevel {
    /// The one of a governor, whose level may have moved already, or is still as it was.
    pub(crate) fn of(governor: u32, work: &mut Work) -> &mut Self {
        let spot = &mut work.spots[governor as usize];
        if spot.relevel == NO_NODE {
            spot.relevel = work.relevels.len() as u32;
            work.relevels.push(Self { governor, level: spot.level });
        }
        &mut work.relevels[spot.relevel as usize]
    }

    /// Forgets those of the cycle before.
    pub(crate) fn forget_all(work: &mut Work) {
        for relevel in work.relevels.drain(..) {
            work.spots[relevel.governor as usize].relevel = NO_NODE;
        }
    }

    /// Somebody who gets all that is asked for asks for something else; `false` where nothing would be left to share out.
    #[must_use]
    pub(crate) fn note(&mut self, from_w: u32, to_w: u32) -> bool {
        let left_w = (self.level.amount_w + u64::from(from_w)).checked_sub(to_w.into());
        self.level.amount_w = left_w.unwrap_or(0);
        left_w.is_some()
    }

    /// Shares out again what the governor has; `false`, with `cycle` spoilt, where that is not all that moves. The governor is known to be saturated.
    pub(crate) fn share(
        self,
        topology: &Topology,
        limits: &LimitTable,
        requests: &Requests,
        work: &mut Work,
        cycle: &mut Cycle,
    ) -> bool {
        let Self { governor, level } = self;
        if !self.is_within_what_is_above(topology, work) {
            return false;
        }
        work.spots[governor as usize].level = level;
        self.share_below(topology, limits, requests, work, cycle)
            && self.keeps_governors(topology, limits, work, cycle)
    }

    fn is_within_what_is_above(self, topology: &Topology, work: &Work) -> bool {
        let parent = topology.parent_of_inner(self.governor as usize);
        let above = parent.map_or(NO_NODE, |parent| work.spots[parent].governor);
        work.spots.get(above as usize).is_none_or(|above| self.level.is_at_most(above.level))
    }

    /// Sets the setpoints of all leaves that it governs; `false` where others share the level than before, where a leaf's own limit or a minimum
    /// binds.
    fn share_below(
        self,
        topology: &Topology,
        limits: &LimitTable,
        requests: &Requests,
        work: &Work,
        cycle: &mut Cycle,
    ) -> bool {
        let Self { governor, level } = self;
        let mut share = EqualShare::of(level);
        let mut sharing = 0;
        let parents = topology.inner_parents();
        let allocated_w = &mut cycle.allocated_w[..parents.len()];
        for run in self.runs(topology, work) {
            let span = run.leaves();
            let demand_w = &requests.demand_w[span.clone()];
            let (setpoint_w, by) =
                (&mut cycle.setpoint_w[span.clone()], &mut cycle.constrained_by[span.clone()]);
            let limit_w = &limits.leaf_limit_w[span.clone()];
            let shared = columns::share_again((demand_w, limit_w), &mut share, governor, setpoint_w, by);
            let is_above_minima = || columns::all_reach(setpoint_w, &requests.min_w[span], demand_w);
            if shared.any_exceeds_own_limit || (requests.with_minimum > 0 && !is_above_minima()) {
                return false;
            }
            sharing += u64::from(shared.sharing);
            cycle.curtailed_count = cycle.curtailed_count.wrapping_add(shared.more_short);
            // Together they are granted as much as before: at the governor and above nothing moves.
            let mut node = run.parent;
            while node != governor {
                let ix = node as usize;
                allocated_w[ix] = allocated_w[ix].wrapping_add(shared.more_w);
                node = parents[ix];
            }
        }
        sharing == level.weight
    }

    /// The leaves that it governs, parent after parent.
    fn runs<'a>(self, topology: &'a Topology, work: &'a Work) -> impl Iterator<Item = Run> + use<'a> {
        let leaves = topology.leaves_below_inner(self.governor as usize);
        let first = topology.runs().partition_point(|run| (run.start as usize) < leaves.start);
        let below = topology.runs()[first..].iter().take_while(move |run| (run.start as usize) < leaves.end);
        below.copied().filter(move |run| work.spots[run.parent as usize].governor == self.governor)
    }

    /// Whether no other node below becomes a governor, or is none any more.
    fn keeps_governors(self, topology: &Topology, limits: &LimitTable, work: &Work, cycle: &Cycle) -> bool {
        let governor = self.governor as usize;
        let mut below = governor + 1..topology.inner_end(governor);
        below.all(|node| {
            let spot = &work.spots[node];
            if spot.governor == self.governor {
                let leaves = topology.leaves_below_inner(node).len() as u64;
                cycle.allocated_w[node] + leaves <= limits.ev_limit_w[node]
            } else {
                spot.governor != node as u32 || spot.level.is_at_most(self.level)
            }
        })
    }
}
