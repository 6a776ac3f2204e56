//! One rebalance cycle, from limits and requests to setpoints and a verdict.
//!
//! ```text
//!  LimitTable ─┐
//!              ├─> prepare ─> reserve ─> tiers: admit ─> strategy ─> steps ─> conclude ─> Cycle
//!  Requests ───┘      s, m      (or REJECTED)                               totals, verdict
//! ```

use crate::limits::LimitTable;
use crate::request::Requests;
use crate::strategies::{self, Family, fair_share, greedy};
use crate::strategy::Strategy;
use crate::topology::{LeafIx, NodeIx, Topology};
use crate::verdict::{Constraint, Outcome, Reason, Rejection};
use crate::work::{NO_NODE, Work, take_from};
use crate::{conclude, direct, prepare, reserve, tier};
use std::sync::Arc;

/// What a strategy sees of the cycle's input.
pub(crate) struct Scene<'a> {
    pub(crate) topology: &'a Topology,
    pub(crate) requests: &'a Requests,
    /// The limits in force, by node: EV limits, or those of the hardware.
    pub(crate) limits_w: &'a [u64],
    /// Whether hardware alone limits, and minima and steps do not count.
    pub(crate) is_unmanaged: bool,
}

impl Scene<'_> {
    /// The inner node above a leaf.
    pub(crate) fn parent_of(&self, leaf: usize) -> usize {
        // A leaf always hangs under something: the root is a site, and sites are not leaves.
        self.topology.parent_of_leaf(leaf)
    }

    /// The node that a leaf is.
    pub(crate) fn node_of(&self, leaf: usize) -> u32 {
        (self.topology.inner_count() + leaf) as u32
    }

    /// The leaf's own limit \[W\].
    pub(crate) fn own_limit_w(&self, leaf: usize) -> u64 {
        self.limits_w[self.topology.inner_count() + leaf]
    }

    /// The least headroom on the path of a leaf and the node that has it, the deepest of equals.
    pub(crate) fn least_headroom(&self, leaf: usize, own_w: u64, headroom_w: &[u64]) -> (u64, u32) {
        let mut least = (own_w, self.node_of(leaf));
        let mut above = Some(self.parent_of(leaf));
        while let Some(node) = above {
            if headroom_w[node] < least.0 {
                least = (headroom_w[node], node as u32);
            }
            above = self.topology.parent_of_inner(node);
        }
        least
    }

    /// Takes power from every node above a leaf.
    pub(crate) fn take_along_path(&self, leaf: usize, power_w: u64, headroom_w: &mut [u64]) {
        let mut above = Some(self.parent_of(leaf));
        while let Some(node) = above {
            take_from(&mut headroom_w[node], power_w);
            above = self.topology.parent_of_inner(node);
        }
    }

    /// Sets a leaf's setpoint, and names what keeps it below its demand: itself where it was lowered to a step, else `bottleneck`.
    pub(crate) fn grant(&self, work: &mut Work, leaf: usize, setpoint_w: u32, bottleneck: u32) {
        work.setpoint_w[leaf] = setpoint_w;
        work.by[leaf] = if setpoint_w == self.requests.demand_w[leaf] {
            NO_NODE
        } else if setpoint_w == work.stepped_w[leaf] {
            self.node_of(leaf)
        } else {
            bottleneck
        };
    }
}

/// The result of a cycle, in arrays by leaf and by inner node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cycle {
    /// How it ended.
    pub outcome: Outcome,
    /// Why.
    pub reason: Reason,
    /// What a rejected cycle is about. All arrays and counts are then those of the cycle before, or spoilt where that could not be followed
    /// ([`Balancer::follow`] gave `None`).
    pub rejection: Option<Rejection>,
    /// What withheld most, in a curtailed cycle.
    pub constraint: Option<Constraint>,
    /// Leaves that got less than their demand.
    pub curtailed_count: u32,
    /// Leaves whose minimum was not granted.
    pub paused_count: u32,
    /// Setpoint of each leaf \[W\].
    pub setpoint_w: Vec<u32>,
    /// Whether each leaf was paused.
    pub is_paused: Vec<bool>,
    /// Sum of `min(limit, demand)` over the children of each inner node \[W\].
    pub demand_w: Vec<u64>,
    /// What the leaves below each inner node ask for \[W\].
    pub raw_demand_w: Vec<u64>,
    /// What was granted below each inner node \[W\].
    pub allocated_w: Vec<u64>,
    /// For each node, whether some leaf names it as what holds it back.
    pub is_binding: Vec<bool>,
    pub(crate) constrained_by: Vec<u32>,
}

impl Cycle {
    fn before_the_first(topology: &Topology) -> Self {
        let (inner, leaves) = (topology.inner_count(), topology.leaf_count());
        Self {
            outcome: Outcome::Applied,
            reason: Reason::Unconstrained,
            rejection: None,
            constraint: None,
            curtailed_count: 0,
            paused_count: 0,
            setpoint_w: vec![0; leaves],
            is_paused: vec![false; leaves],
            demand_w: vec![0; inner],
            raw_demand_w: vec![0; inner],
            allocated_w: vec![0; inner],
            is_binding: vec![false; topology.node_count()],
            constrained_by: vec![NO_NODE; leaves],
        }
    }

    fn reject(&mut self, rejection: Rejection) {
        self.outcome = Outcome::Rejected;
        self.reason = rejection.reason;
        self.rejection = Some(rejection);
        self.constraint = None;
    }

    /// For each leaf the index of the node that keeps it below its demand; `u32::MAX` where it got all of it.
    pub fn constraining_nodes(&self) -> &[u32] {
        &self.constrained_by
    }

    /// The node that keeps a leaf below its demand; `None` where it got all of it.
    pub fn constrained_by(&self, leaf: LeafIx) -> Option<NodeIx> {
        let node = self.constrained_by[leaf.index()];
        (node != NO_NODE).then(|| NodeIx::new(node as usize))
    }
}

/// A topology with everything a cycle needs to work in: after the first cycles, none allocates.
#[derive(Debug, Clone)]
pub struct Balancer {
    /// Shared among balancers of one site, until one of them changes a weight.
    pub(crate) topology: Arc<Topology>,
    pub(crate) work: Work,
    pub(crate) cycle: Cycle,
    /// Whether the newest cycle was decided the common way (`direct`): what it worked with is still there, and of followed cycles the governors and what
    /// they withhold, which is all that following and the verdict read.
    pub(crate) is_direct: bool,
}

impl Balancer {
    /// A balancer for this tree, which several may share.
    pub fn new(topology: impl Into<Arc<Topology>>) -> Self {
        let topology = topology.into();
        let work = Work::for_topology(&topology);
        let cycle = Cycle::before_the_first(&topology);
        Self { topology, work, cycle, is_direct: false }
    }

    /// The tree.
    pub fn topology(&self) -> &Topology {
        &self.topology
    }

    /// Gives a node another weight, from the next cycle on.
    pub fn set_weight(&mut self, node: NodeIx, weight: u32) {
        Arc::make_mut(&mut self.topology).set_weight(node, weight);
        self.is_direct = false;
    }

    /// The newest cycle.
    pub fn cycle(&self) -> &Cycle {
        &self.cycle
    }

    /// What the root's children could take of these requests within their limits \[W\], as a cycle would tell it; no cycle is run.
    pub fn root_demand_w(&mut self, limits: &LimitTable, requests: &Requests) -> u64 {
        prepare::prepare(&self.topology, limits, requests, &mut self.work);
        self.work.demand_w[0]
    }

    /// Runs a cycle. The result is a function of the arguments alone, never of the cycles before.
    ///
    /// Only `INFEASIBLE_MINIMUM` can be rejected here; malformed input is refused earlier, by [`crate::decide`] or where the arguments are built.
    ///
    /// Look at [`Cycle::outcome`] before anything else: the arrays of a rejected cycle are those of the cycle before, whose setpoints may be above today's
    /// limits. What is safe then is up to the caller; the balancer grants nothing.
    ///
    /// # Panics
    /// Where limits or requests were made for a tree of another size.
    pub fn rebalance(&mut self, strategy: Strategy, limits: &LimitTable, requests: &Requests) -> &Cycle {
        assert!(limits.fit(&self.topology), "limits are those of the balancer's own tree");
        assert_eq!(requests.demand_w.len(), self.topology.leaf_count(), "one place for a request per leaf");
        let Self { topology, work, cycle, is_direct } = self;
        *is_direct = strategy == Strategy::FairShare
            && direct::applies(requests)
            && direct::decide(topology, limits, requests, work, cycle);
        if *is_direct {
            return cycle;
        }
        let family = strategies::family(strategy);
        let is_unmanaged = matches!(family, Family::Unmanaged);
        prepare::prepare(topology, limits, requests, work);
        if is_unmanaged {
            prepare::ignore_limits(topology, limits, requests, work);
        } else if let Some(rejection) = reserve::reserve_unpausable(topology, limits, requests, work) {
            cycle.reject(rejection);
            return cycle;
        }
        let limits_w = if is_unmanaged { &limits.hardware_limit_w } else { &limits.ev_limit_w };
        let scene = Scene { topology, requests, limits_w, is_unmanaged };
        work.start(&scene);
        match family {
            Family::Greedy(order) => greedy::walk(&scene, order, work),
            Family::Sharing(rule) => tier::share(&scene, rule, work),
            Family::Unmanaged => tier::share(&scene, &fair_share::FairShare, work),
        }
        conclude::conclude(&scene, limits, work, cycle);
        if is_unmanaged {
            // Whatever hardware withholds, nobody decided it.
            cycle.outcome = Outcome::Applied;
            cycle.reason = Reason::Unconstrained;
            cycle.constraint = None;
        }
        cycle
    }
}
