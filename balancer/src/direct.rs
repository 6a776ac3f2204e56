//! The common cycle, in as few passes as it takes: `fair-share` among leaves of one tier and of weight 1, without steps, of which all that
//! have a minimum can be paused.
//!
//! The general way (`tier`, `admission`, `strategies`, `conclude`) gives the same answer; it clears and copies arrays that this one
//! never needs. Where a minimum turns out to bind, this way gives up and the general one begins anew.

use crate::columns;
use crate::conclude::constraint_of;
use crate::cycle::Cycle;
use crate::limits::LimitTable;
use crate::request::Requests;
use crate::strategies::levels::newton;
use crate::topology::{NodeIx, Topology};
use crate::verdict::{Outcome, Reason};
use crate::work::{EqualShare, Level, NO_NODE, Spot, Work};
use std::ops::Range;

/// Spans of fewer leaves than this are shared and named in one pass.
const SHORT: usize = 16;
/// In trees of no more leaves than this each parent's leaves are shared and named by themselves.
const SMALL: usize = 64;

/// How many leaves were held back.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    curtailed: u32,
    /// Those of the curtailed that their own limit holds back.
    own_limits: u32,
}

impl Tally {
    fn add(&mut self, other: Tally) {
        self.curtailed += other.curtailed;
        self.own_limits += other.own_limits;
    }
}

/// The columns of leaves that a cycle reads.
#[derive(Clone, Copy)]
struct Leaves<'a> {
    demand_w: &'a [u32],
    /// The least of demand and own limit: the demands themselves where no limit is below any.
    take_w: &'a [u32],
    has_own_limits: bool,
}

/// Whether this way can be tried.
pub(crate) fn applies(requests: &Requests) -> bool {
    requests.with_steps + requests.with_weight == 0
        && requests.have_one_tier()
        && (requests.unpausable == 0 || requests.with_minimum == 0)
}

/// Fills `cycle`; `false`, with `cycle` spoilt, where a minimum binds.
pub(crate) fn decide(
    topology: &Topology,
    limits: &LimitTable,
    requests: &Requests,
    work: &mut Work,
    cycle: &mut Cycle,
) -> bool {
    let demand_w = &requests.demand_w[..];
    let has_own_limits = columns::any_exceeds(demand_w, &limits.leaf_limit_w);
    let mut lowered_w = std::mem::take(&mut work.take_w);
    if has_own_limits {
        columns::lower_to(demand_w, &limits.leaf_limit_w, &mut lowered_w);
    }
    let take_w = if has_own_limits { &lowered_w[..] } else { demand_w };
    let leaves = Leaves { demand_w, take_w, has_own_limits };
    let is_decided = decide_among(topology, limits, requests, leaves, work, cycle);
    work.take_w = lowered_w;
    is_decided
}

fn decide_among(
    topology: &Topology,
    limits: &LimitTable,
    requests: &Requests,
    leaves: Leaves<'_>,
    work: &mut Work,
    cycle: &mut Cycle,
) -> bool {
    let minima_hold = |granted_w: &[u32]| {
        requests.with_minimum == 0 || columns::all_reach(granted_w, &requests.min_w, leaves.demand_w)
    };
    if leaves.has_own_limits && !minima_hold(leaves.take_w) {
        return false;
    }
    let has_saturated = sum_up(topology, limits, leaves, work);
    if has_saturated {
        find_levels(topology, leaves.take_w, work);
    }
    let tally = grant(topology, leaves, work, cycle);
    if has_saturated && !minima_hold(&cycle.setpoint_w) {
        return false;
    }
    conclude(topology, limits, leaves.demand_w, work, cycle, tally);
    true
}

/// The sums of what leaves take and demand; lists the saturated nodes and returns whether there are any.
fn sum_up(topology: &Topology, limits: &LimitTable, leaves: Leaves<'_>, work: &mut Work) -> bool {
    let spots = &mut work.spots[..];
    for (spot, &limit_w) in spots.iter_mut().zip(&limits.ev_limit_w) {
        spot.begin(limit_w);
    }
    for run in topology.runs() {
        let spot = &mut spots[run.parent as usize];
        let take_w = columns::sum_w(&leaves.take_w[run.leaves()]);
        spot.take_w += take_w;
        spot.sum_w += take_w;
        spot.raw_w +=
            if leaves.has_own_limits { columns::sum_w(&leaves.demand_w[run.leaves()]) } else { take_w };
    }
    work.saturated.clear();
    let saturated = &mut work.saturated;
    let within_limit = |node: usize, &Spot { limit_w, sum_w, raw_w, .. }: &Spot| {
        if sum_w > limit_w {
            saturated.push(node as u32);
        }
        [sum_w.min(limit_w), raw_w]
    };
    pass_up(topology, spots, within_limit, |above, [sum_w, raw_w]| {
        above.sum_w += sum_w;
        above.raw_w += raw_w;
    });
    if spots[0].sum_w > spots[0].limit_w {
        work.saturated.push(0);
    }
    work.saturated.reverse();
    !work.saturated.is_empty()
}

/// Adds values of each node to its parent, after those of all below it.
///
/// Siblings follow each other where nothing is below them, and are summed before they are added: a sum in memory is slow to wait for.
fn pass_up(
    topology: &Topology,
    spots: &mut [Spot],
    mut values: impl FnMut(usize, &Spot) -> [u64; 2],
    add: impl Fn(&mut Spot, [u64; 2]),
) {
    let (mut open, mut sums) = (0, [0, 0]);
    let parents = topology.inner_parents();
    for node in (1..parents.len()).rev() {
        let parent = parents[node];
        if parent != open {
            add(&mut spots[open as usize], sums);
            (open, sums) = (parent, [0, 0]);
        }
        let values = values(node, &spots[node]);
        sums = [sums[0] + values[0], sums[1] + values[1]];
    }
    add(&mut spots[open as usize], sums);
}

/// Levels from the deepest saturated nodes up, then governors from the root down.
fn find_levels(topology: &Topology, take_w: &[u32], work: &mut Work) {
    for next in (0..work.saturated.len()).rev() {
        let node = work.saturated[next] as usize;
        let below = &work.saturated[next + 1..];
        let is_inside = |&other: &u32| (other as usize) < topology.inner_end(node);
        let inside = if below.first().is_some_and(is_inside) { below.partition_point(is_inside) } else { 0 };
        work.spots[node].level = level_of(topology, take_w, &work.spots, node, &below[..inside]);
    }
    let mut saturated = work.saturated.iter().peekable();
    let mut withheld = Withheld::default();
    for (node, &parent) in topology.inner_parents().iter().enumerate() {
        // The root has no parent, and no governor above it.
        let mut governor = work.spots.get(parent as usize).map_or(NO_NODE, |above| above.governor);
        if saturated.next_if_eq(&&(node as u32)).is_some() {
            let level = work.spots[node].level;
            if governor == NO_NODE || level.is_at_most(work.spots[governor as usize].level) {
                governor = node as u32;
                work.spots[node].share = EqualShare::of(level);
            }
        }
        work.spots[node].governor = governor;
        // Less what is granted, as soon as it is known.
        withheld.add(governor, work.spots[node].take_w, &mut work.spots);
    }
    withheld.add(NO_NODE, 0, &mut work.spots);
}

/// What one governor after the other withholds, summed before it is written.
struct Withheld {
    governor: u32,
    sum_w: u64,
}

impl Default for Withheld {
    fn default() -> Self {
        Self { governor: NO_NODE, sum_w: 0 }
    }
}

impl Withheld {
    /// Adds to what `governor` withholds; wrapping, so that what is granted can be taken away.
    fn add(&mut self, governor: u32, power_w: u64, spots: &mut [Spot]) {
        if governor != self.governor {
            if let Some(spot) = spots.get_mut(self.governor as usize) {
                spot.withheld_w = spot.withheld_w.wrapping_add(self.sum_w);
            }
            *self = Self { governor, sum_w: 0 };
        }
        self.sum_w = self.sum_w.wrapping_add(power_w);
    }
}

/// The level of a node, given those of the saturated nodes `below` it.
///
/// A node below whose level is not higher passes on its own limit, whatever the leaves below it ask for; of all other leaves, those
/// are left whole that take no more than the level.
fn level_of(topology: &Topology, take_w: &[u32], spots: &[Spot], node: usize, below: &[u32]) -> Level {
    let leaves = topology.leaves_below_inner(node);
    let (limit_w, weight) = (spots[node].limit_w, leaves.len() as u64);
    if below.is_empty() && leaves.len() <= columns::FEW {
        let (whole_w, whole) = columns::whole_of_few(&take_w[leaves], limit_w);
        return Level { amount_w: limit_w - whole_w, weight: weight - whole };
    }
    newton(limit_w, weight, |level| {
        let threshold_w = level.whole_watts();
        let (mut fixed_w, mut fixed) = (0, 0);
        let mut next_leaf = leaves.start;
        for &capped in below {
            let spot = &spots[capped as usize];
            let span = topology.leaves_below_inner(capped as usize);
            if span.start < next_leaf || !spot.level.is_at_most(level) {
                continue;
            }
            let (whole_w, whole) = columns::whole_among(&take_w[next_leaf..span.start], threshold_w);
            fixed_w += whole_w + spot.limit_w;
            fixed += whole + span.len() as u64;
            next_leaf = span.end;
        }
        let (whole_w, whole) = columns::whole_among(&take_w[next_leaf..leaves.end], threshold_w);
        (fixed_w + whole_w, fixed + whole)
    })
}

/// Sets every setpoint, and sums what was granted and withheld.
fn grant(topology: &Topology, leaves: Leaves<'_>, work: &mut Work, cycle: &mut Cycle) -> Tally {
    cycle.is_binding.fill(false);
    let all = 0..topology.leaf_count();
    if work.saturated.is_empty() {
        for spot in &mut work.spots {
            spot.granted_w = spot.take_w;
        }
        return grant_span(topology, leaves, all, NO_NODE, work, cycle);
    }
    if all.len() <= SMALL {
        return grant_in_runs(topology, leaves, work, cycle);
    }
    let mut total = Tally::default();
    let (mut start, mut governor) = (0, work.spots[topology.runs()[0].parent as usize].governor);
    for run in topology.runs() {
        let next = work.spots[run.parent as usize].governor;
        if next != governor {
            total.add(grant_span(topology, leaves, start..run.start as usize, governor, work, cycle));
            (start, governor) = (run.start as usize, next);
        }
    }
    total.add(grant_span(topology, leaves, start..all.end, governor, work, cycle));
    let mut withheld = Withheld::default();
    for run in topology.runs() {
        let granted_w = columns::sum_w(&cycle.setpoint_w[run.leaves()]);
        let spot = &mut work.spots[run.parent as usize];
        spot.granted_w += granted_w;
        withheld.add(spot.governor, granted_w.wrapping_neg(), &mut work.spots);
    }
    withheld.add(NO_NODE, 0, &mut work.spots);
    total
}

/// Sets every setpoint, parent after parent: where nobody has many leaves, it costs more to look for long spans than they save.
fn grant_in_runs(topology: &Topology, leaves: Leaves<'_>, work: &mut Work, cycle: &mut Cycle) -> Tally {
    let mut total = Tally::default();
    let mut withheld = Withheld::default();
    for run in topology.runs() {
        let governor = work.spots[run.parent as usize].governor;
        let span = run.leaves();
        let granted_w = if governor == NO_NODE || leaves.has_own_limits {
            total.add(grant_span(topology, leaves, span.clone(), governor, work, cycle));
            columns::sum_w(&cycle.setpoint_w[span])
        } else {
            let (take_w, demand_w) = (&leaves.take_w[span.clone()], &leaves.demand_w[span.clone()]);
            let (setpoint_w, by) = (&mut cycle.setpoint_w[span.clone()], &mut cycle.constrained_by[span]);
            let share = &mut work.spots[governor as usize].share;
            let (short, granted_w) =
                columns::share_and_name(take_w, demand_w, share, governor, setpoint_w, by);
            cycle.is_binding[governor as usize] |= short > 0;
            total.curtailed += short;
            granted_w
        };
        work.spots[run.parent as usize].granted_w += granted_w;
        withheld.add(governor, granted_w.wrapping_neg(), &mut work.spots);
    }
    withheld.add(NO_NODE, 0, &mut work.spots);
    total
}

/// Sets the setpoints of consecutive leaves with the same governor.
fn grant_span(
    topology: &Topology,
    leaves: Leaves<'_>,
    span: Range<usize>,
    governor: u32,
    work: &mut Work,
    cycle: &mut Cycle,
) -> Tally {
    let (take_w, demand_w) = (&leaves.take_w[span.clone()], &leaves.demand_w[span.clone()]);
    let (setpoint_w, by) = (&mut cycle.setpoint_w[span.clone()], &mut cycle.constrained_by[span.clone()]);
    let first_node = (topology.inner_count() + span.start) as u32;
    let mut tally = Tally::default();
    if governor == NO_NODE {
        setpoint_w.copy_from_slice(take_w);
        if leaves.has_own_limits {
            tally.own_limits = columns::name_themselves(take_w, demand_w, first_node, by);
            tally.curtailed = tally.own_limits;
        } else {
            by.fill(NO_NODE);
        }
    } else {
        let share = &mut work.spots[governor as usize].share;
        tally.curtailed = if take_w.len() < SHORT {
            columns::share_and_name(take_w, demand_w, share, governor, setpoint_w, by).0
        } else {
            columns::share_equally(take_w, share, setpoint_w);
            columns::name_governor(demand_w, setpoint_w, governor, by)
        };
        if leaves.has_own_limits {
            tally.own_limits = columns::rename_whole(take_w, share.quotient_w, first_node, by);
        }
        cycle.is_binding[governor as usize] |= tally.curtailed > tally.own_limits;
    }
    if tally.own_limits > 0 {
        for leaf in span {
            let node = topology.inner_count() + leaf;
            cycle.is_binding[node] = cycle.constrained_by[leaf] as usize == node;
        }
    }
    tally
}

/// The totals by node and the verdict.
fn conclude(
    topology: &Topology,
    limits: &LimitTable,
    demand_w: &[u32],
    work: &mut Work,
    cycle: &mut Cycle,
    tally: Tally,
) {
    let granted = |_: usize, spot: &Spot| [spot.granted_w, 0];
    pass_up(topology, &mut work.spots, granted, |above, [granted_w, _]| above.granted_w += granted_w);
    let totals = cycle.demand_w.iter_mut().zip(&mut cycle.raw_demand_w).zip(&mut cycle.allocated_w);
    for (((demand_w, raw_demand_w), allocated_w), spot) in totals.zip(&work.spots) {
        (*demand_w, *raw_demand_w, *allocated_w) = (spot.sum_w, spot.raw_w, spot.granted_w);
    }
    if cycle.paused_count > 0 {
        cycle.is_paused.fill(false);
    }
    cycle.paused_count = 0;
    cycle.curtailed_count = tally.curtailed;
    cycle.rejection = None;
    judge(topology, limits, demand_w, work, cycle);
}

/// The verdict that follows from the totals, from how many are curtailed, and from what is withheld.
///
/// In a followed cycle the list of saturated nodes is that of the cycle which was decided: whoever joined it or left it since stands below a governor, and
/// withholds nothing.
pub(crate) fn judge(
    topology: &Topology,
    limits: &LimitTable,
    demand_w: &[u32],
    work: &Work,
    cycle: &mut Cycle,
) {
    if cycle.curtailed_count == 0 {
        (cycle.outcome, cycle.reason, cycle.constraint) = (Outcome::Applied, Reason::Unconstrained, None);
        return;
    }
    let (node, withheld_w) = largest(topology, work, cycle);
    cycle.outcome = Outcome::Curtailed;
    cycle.reason = Reason::of_limit(topology.kind(node));
    cycle.constraint = Some(constraint_of(topology, limits, demand_w, cycle, (node, false, withheld_w)));
}

/// The node that withheld most. Own limits count only where nothing else did; they withhold nothing of what a leaf could take.
fn largest(topology: &Topology, work: &Work, cycle: &Cycle) -> (NodeIx, u64) {
    let place = |node: NodeIx| (topology.depth(node), topology.rank(node));
    let withheld_w = |node: u32| work.spots[node as usize].withheld_w;
    let most_w = work.saturated.iter().map(|&node| withheld_w(node)).max().unwrap_or(0);
    let found = if most_w > 0 {
        let equals = work.saturated.iter().filter(|&&node| withheld_w(node) == most_w);
        equals.map(|&node| (NodeIx::new(node as usize), most_w)).min_by_key(|&(node, _)| place(node))
    } else {
        let own = (topology.inner_count()..topology.node_count()).filter(|&node| cycle.is_binding[node]);
        own.map(|node| (NodeIx::new(node), 0)).min_by_key(|&(node, _)| place(node))
    };
    found.unwrap_or((topology.root(), 0))
}
