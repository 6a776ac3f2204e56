//! The arrays that a cycle works in. They are allocated once, for one topology.

use crate::columns::sum_w;
use crate::cycle::Scene;
use crate::relevel::Relevel;
use crate::steps::Raise;
use crate::topology::Topology;
use crate::units::{LEAF_POWER_MAX_W, UNLIMITED_W};
use std::collections::BinaryHeap;

/// "No node" in arrays of nodes.
pub(crate) const NO_NODE: u32 = u32::MAX;

/// A level of power per weight: `amount_w` watts shared by `weight`. A weight of 0 says that there is no level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Level {
    pub(crate) amount_w: u64,
    pub(crate) weight: u64,
}

impl Level {
    pub(crate) const NONE: Level = Level { amount_w: 0, weight: 0 };

    pub(crate) fn is_some(self) -> bool {
        self.weight != 0
    }

    /// What it gives to one leaf of weight 1, without the fraction \[W\]; the level exists.
    pub(crate) fn whole_watts(self) -> u32 {
        // No leaf takes more than the cap, so that it changes nothing; it keeps comparisons within signed 32 bits.
        (self.amount_w / self.weight).min(LEAF_POWER_MAX_W.into()) as u32
    }

    /// Whether this level is at most `other`; both exist.
    pub(crate) fn is_at_most(self, other: Level) -> bool {
        u128::from(self.amount_w) * u128::from(other.weight)
            <= u128::from(other.amount_w) * u128::from(self.weight)
    }
}

/// An entry of the water-filling of one node: a leaf, or everything that a deeper bottleneck shares out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Item {
    pub(crate) amount_w: u64,
    pub(crate) weight: u64,
    /// The first leaf that it stands for, by which items are in order.
    pub(crate) first_leaf: u32,
}

/// A point at which the power that a node passes on changes its slope.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Knee {
    /// Where: `amount_w / weight`.
    pub(crate) amount_w: u64,
    pub(crate) weight: u64,
    /// Whether the weight begins to take power here, or stops.
    pub(crate) begins: bool,
}

/// The running division of a level's watts among leaves of weight 1: after the k-th, `floor(A * k / W)` watts are given.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct EqualShare {
    /// `A / W`, which everybody gets \[W\].
    pub(crate) quotient_w: u32,
    /// `A mod W / W`, rounded up, as a multiple of 2^-64: every leaf adds it to `fraction`, and whoever makes that overflow gets a watt more.
    pub(crate) step: u64,
    pub(crate) fraction: u64,
}

impl EqualShare {
    /// `step` is too large by less than 1 in its last place, which is worth 2^-64 or, for small weights, 2^-32. After `k <= W` leaves, that comes to
    /// less than `1 / W`, and so never carries a fraction of denominator `W` over the next whole.
    pub(crate) fn of(level: Level) -> Self {
        let Level { amount_w, weight } = level;
        let remainder = amount_w % weight;
        let step = if weight < 1 << 16 {
            (remainder << 32).div_ceil(weight) << 32
        } else {
            // The remainder is less than the weight, so that the quotient fits; trees are bounded, so that the weight is below 2^32.
            (u128::from(remainder) << 64).div_ceil(weight.into()) as u64
        };
        Self { quotient_w: level.whole_watts(), step, fraction: 0 }
    }
}

/// Everything that the direct way knows of one inner node, side by side.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Spot {
    pub(crate) limit_w: u64,
    /// What the leaves directly below take.
    pub(crate) take_w: u64,
    pub(crate) sum_w: u64,
    pub(crate) raw_w: u64,
    pub(crate) granted_w: u64,
    pub(crate) withheld_w: u64,
    pub(crate) level: Level,
    pub(crate) share: EqualShare,
    pub(crate) governor: u32,
    /// Where in [`Work::relevels`] it stands, if its level moves in a followed cycle; [`NO_NODE`] if not.
    pub(crate) relevel: u32,
}

impl Spot {
    /// Begins a cycle. `level` and `share` stay as they were: they are set before they are read, where a node is saturated.
    #[inline]
    pub(crate) fn begin(&mut self, limit_w: u64) {
        self.limit_w = limit_w;
        (self.take_w, self.sum_w, self.raw_w, self.granted_w, self.withheld_w) = (0, 0, 0, 0, 0);
        (self.governor, self.relevel) = (NO_NODE, NO_NODE);
    }
}

/// Scratch arrays by leaf, by inner node, and lists.
#[derive(Debug, Clone)]
pub(crate) struct Work {
    // By leaf, for the whole cycle.
    /// Demand after it was lowered to a step \[W\].
    pub(crate) stepped_w: Vec<u32>,
    /// Least of that and the leaf's own limit \[W\].
    pub(crate) take_w: Vec<u32>,
    /// Minimum after steps and tapering \[W\].
    pub(crate) floor_w: Vec<u32>,
    pub(crate) setpoint_w: Vec<u32>,
    pub(crate) by: Vec<u32>,
    pub(crate) is_paused: Vec<bool>,

    // By leaf, for one tier: 0 for leaves that are not in it.
    pub(crate) tier_take_w: Vec<u32>,
    pub(crate) tier_floor_w: Vec<u32>,
    pub(crate) tier_weight: Vec<u32>,
    pub(crate) cap_node: Vec<u32>,
    /// Setpoints before they were brought to steps \[W\].
    pub(crate) unstepped_w: Vec<u32>,
    /// Scratch values by leaf \[W\].
    pub(crate) leaf_scratch_w: Vec<u32>,

    // By inner node.
    /// Sum of the children's `min(limit, take)` over all tiers \[W\].
    pub(crate) demand_w: Vec<u64>,
    /// What is left for the tier \[W\].
    pub(crate) residual_w: Vec<u64>,
    /// The tier's sum of the children's `min(residual, take)` \[W\].
    pub(crate) sum_w: Vec<u64>,
    /// Minima of leaves that cannot be paused \[W\].
    pub(crate) reserved_w: Vec<u64>,
    /// Scratch sums \[W\].
    pub(crate) scratch_w: Vec<u64>,
    /// What leaves that take no further part hold of the tier \[W\].
    pub(crate) settled_w: Vec<u64>,
    pub(crate) grant_w: Vec<u64>,
    pub(crate) level: Vec<Level>,
    pub(crate) governor: Vec<u32>,
    /// Remainders of the running division of a bottleneck's watts.
    pub(crate) carry: Vec<u64>,
    pub(crate) withheld_w: Vec<u64>,
    pub(crate) withheld_by_pause_w: Vec<u64>,

    pub(crate) spots: Vec<Spot>,

    // Lists.
    pub(crate) items: Vec<Item>,
    pub(crate) knees: Vec<Knee>,
    pub(crate) order: Vec<u32>,
    pub(crate) saturated: Vec<u32>,
    pub(crate) raises: BinaryHeap<Raise>,
    pub(crate) relevels: Vec<Relevel>,
}

impl Work {
    pub(crate) fn for_topology(topology: &Topology) -> Self {
        let (inner, leaves) = (topology.inner_count(), topology.leaf_count());
        Self {
            stepped_w: vec![0; leaves],
            take_w: vec![0; leaves],
            floor_w: vec![0; leaves],
            setpoint_w: vec![0; leaves],
            by: vec![NO_NODE; leaves],
            is_paused: vec![false; leaves],
            tier_take_w: vec![0; leaves],
            tier_floor_w: vec![0; leaves],
            tier_weight: vec![1; leaves],
            cap_node: vec![NO_NODE; leaves],
            unstepped_w: vec![0; leaves],
            leaf_scratch_w: vec![0; leaves],
            demand_w: vec![0; inner],
            residual_w: vec![0; inner],
            sum_w: vec![0; inner],
            reserved_w: vec![0; inner],
            scratch_w: vec![0; inner],
            settled_w: vec![0; inner],
            grant_w: vec![0; inner],
            level: vec![Level::NONE; inner],
            governor: vec![NO_NODE; inner],
            carry: vec![0; inner],
            withheld_w: vec![0; inner],
            withheld_by_pause_w: vec![0; inner],
            spots: vec![Spot::default(); inner],
            items: Vec::new(),
            knees: Vec::new(),
            order: Vec::new(),
            saturated: Vec::new(),
            raises: BinaryHeap::new(),
            relevels: Vec::with_capacity(inner),
        }
    }

    /// Fills `leaf_scratch_w` with a value for each leaf.
    pub(crate) fn fill_leaf_scratch(&mut self, value_w: impl Fn(&Work, usize) -> u32) {
        for leaf in 0..self.leaf_scratch_w.len() {
            self.leaf_scratch_w[leaf] = value_w(self, leaf);
        }
    }

    /// Clears what the last cycle decided and fills the residuals with the limits, less what is reserved.
    ///
    /// A leaf that can take nothing names itself from the start, so that strategies need not look at it.
    pub(crate) fn start(&mut self, scene: &Scene<'_>) {
        self.setpoint_w.fill(0);
        self.by.fill(NO_NODE);
        self.is_paused.fill(false);
        for (leaf, &take_w) in self.take_w.iter().enumerate() {
            if take_w == 0 && scene.requests.demand_w[leaf] > 0 {
                self.by[leaf] = scene.node_of(leaf);
            }
        }
        for ((residual_w, &limit_w), &reserved_w) in
            self.residual_w.iter_mut().zip(scene.limits_w).zip(&self.reserved_w)
        {
            *residual_w = limit_w;
            take_from(residual_w, reserved_w);
        }
    }
}

/// Takes power from what is left; an unlimited node stays unlimited.
pub(crate) fn take_from(residual_w: &mut u64, power_w: u64) {
    if *residual_w != UNLIMITED_W {
        *residual_w -= power_w;
    }
}

/// Gives power back to what is left.
pub(crate) fn give_to(residual_w: &mut u64, power_w: u64) {
    if *residual_w != UNLIMITED_W {
        *residual_w += power_w;
    }
}

/// Sums `values_w` by leaf into `totals_w` by inner node, every subtree in full.
pub(crate) fn sum_subtrees(topology: &Topology, values_w: &[u32], totals_w: &mut [u64]) {
    totals_w.fill(0);
    for run in topology.runs() {
        totals_w[run.parent as usize] += sum_w(&values_w[run.leaves()]);
    }
    for node in (1..totals_w.len()).rev() {
        if let Some(parent) = topology.parent_of_inner(node) {
            totals_w[parent] += totals_w[node];
        }
    }
}

/// Sums `min(limit, what the children pass up)` from the leaves to the root; returns whether any node is saturated.
pub(crate) fn sum_within_limits(
    topology: &Topology,
    take_w: &[u32],
    limits_w: &[u64],
    sums_w: &mut [u64],
) -> bool {
    sums_w.fill(0);
    for run in topology.runs() {
        sums_w[run.parent as usize] += sum_w(&take_w[run.leaves()]);
    }
    let mut any_saturated = false;
    for node in (0..sums_w.len()).rev() {
        let passed_w = sums_w[node].min(limits_w[node]);
        any_saturated |= sums_w[node] > limits_w[node];
        if let Some(parent) = topology.parent_of_inner(node) {
            sums_w[parent] += passed_w;
        }
    }
    any_saturated
}
