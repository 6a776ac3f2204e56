//! One cycle from plain values to plain values: what `depotsim balance` asks and answers.
//!
//! Numbers come as `i128`, as a person may have written them; what is out of range is a [`Rejection`] with its code, never an error.

use crate::check::{self, Checked};
use crate::cycle::{Balancer, Cycle};
use crate::limits::LimitSource;
use crate::node::{Control, NodeKind};
use crate::request::Requests;
use crate::strategy::Strategy;
use crate::topology::{LeafIx, NodeIx, Topology};
use crate::units::UNLIMITED_W;
use crate::verdict::{Constraint, Outcome, Reason, Rejection};

/// Decides one cycle.
///
/// ```
/// use balancer::{CycleInput, InputNode, InputRequest, NodeKind, Outcome, decide};
///
/// let node = |id: &str, kind, parent: Option<&str>, limit_w| InputNode { limit_w, ..InputNode::new(id, kind, parent) };
/// let input = CycleInput {
///     nodes: vec![
///         node("site", NodeKind::Site, None, None),
///         node("grid", NodeKind::GridConnection, Some("site"), Some(40_000)),
///         node("a", NodeKind::ChargePoint, Some("grid"), None),
///         node("b", NodeKind::ChargePoint, Some("grid"), None),
///     ],
///     requests: vec![InputRequest::new("a", 32_000), InputRequest::new("b", 32_000)],
///     ..CycleInput::default()
/// };
/// let decision = decide(&input);
/// assert_eq!(decision.outcome, Outcome::Curtailed);
/// assert_eq!(decision.setpoints[0].setpoint_w, 20_000);
/// assert_eq!(decision.setpoints[0].constrained_by.as_deref(), Some("grid"));
///
/// let wrong = CycleInput { nodes: vec![], ..input };
/// assert_eq!(decide(&wrong).reason.code(), "INVALID_TOPOLOGY");
/// ```
pub fn decide(input: &CycleInput) -> Decision {
    let Checked { topology, limits, requests } = match check::check(input) {
        Ok(checked) => checked,
        Err(rejection) => return Decision::rejected(rejection),
    };
    let mut balancer = Balancer::new(topology);
    let cycle = balancer.rebalance(input.strategy, &limits, &requests).clone();
    if let Some(rejection) = cycle.rejection {
        return Decision::rejected(rejection);
    }
    let topology = balancer.topology();
    let node = |node: NodeIx| {
        let ix = node.index();
        let (demand_w, raw_demand_w, allocated_w) = node_power_w(topology, &requests, &cycle, node);
        DecisionNode {
            id: topology.id(node).to_owned(),
            limit_w: limited(limits.limit_w[ix]),
            limit_source: limits.source[ix],
            ev_limit_w: limited(limits.ev_limit_w[ix]),
            demand_w,
            raw_demand_w,
            allocated_w,
            binding: cycle.is_binding[ix],
        }
    };
    let setpoint = |leaf: LeafIx| Setpoint {
        node: topology.id(topology.node_of(leaf)).to_owned(),
        demand_w: u64::from(requests.demand_w()[leaf.index()]),
        setpoint_w: u64::from(cycle.setpoint_w[leaf.index()]),
        paused: cycle.is_paused[leaf.index()],
        constrained_by: cycle.constrained_by(leaf).map(|node| topology.id(node).to_owned()),
    };
    let leaves = (0..topology.leaf_count()).map(LeafIx::new);
    Decision {
        outcome: cycle.outcome,
        reason: cycle.reason,
        detail: None,
        subject: None,
        constraint: cycle.constraint.map(|constraint| DecisionConstraint::of(topology, constraint)),
        nodes: topology.nodes_in_tree_order().into_iter().map(node).collect(),
        setpoints: leaves.filter(|&leaf| requests.is_present(leaf)).map(setpoint).collect(),
    }
}

/// Demand within limits, raw demand and allocation of a node \[W\].
fn node_power_w(topology: &Topology, requests: &Requests, cycle: &Cycle, node: NodeIx) -> (u64, u64, u64) {
    match topology.leaf_of(node) {
        Some(leaf) => {
            let demand_w = u64::from(requests.demand_w()[leaf.index()]);
            (demand_w, demand_w, u64::from(cycle.setpoint_w[leaf.index()]))
        }
        None => {
            let ix = node.index();
            (cycle.demand_w[ix], cycle.raw_demand_w[ix], cycle.allocated_w[ix])
        }
    }
}

fn limited(limit_w: u64) -> Option<u64> {
    (limit_w != UNLIMITED_W).then_some(limit_w)
}

/// A question: a tree, who asks for what, and how to share.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CycleInput {
    /// How to share.
    pub strategy: Strategy,
    /// Which assets are the leaves.
    pub control: Control,
    /// The tree, in any order; children keep the order of the list.
    pub nodes: Vec<InputNode>,
    /// Requests, one per leaf at most.
    pub requests: Vec<InputRequest>,
    /// The moment of the cycle \[s\].
    pub now_s: Option<i128>,
    /// The moment the requests were measured \[s\].
    pub measured_s: Option<i128>,
    /// How old they may be \[s\]; never stale where any of the three is missing.
    pub max_age_s: Option<i128>,
}

/// A node as it is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputNode {
    /// Unique id.
    pub id: String,
    /// What it is.
    pub kind: NodeKind,
    /// The parent's id; `None` for the root.
    pub parent: Option<String>,
    /// Short for `default_capacity_w` \[W\].
    pub limit_w: Option<i128>,
    /// Default capacity \[W\].
    pub default_capacity_w: Option<i128>,
    /// Safe operating capacity \[W\].
    pub safe_operating_capacity_w: Option<i128>,
    /// Maximum rating \[W\].
    pub max_rating_w: Option<i128>,
    /// Active import envelope \[W\].
    pub envelope_w: Option<i128>,
    /// The node's own base load \[W\]; negative for generation.
    pub base_load_w: Option<i128>,
    /// Weight, default 1.
    pub weight: Option<i128>,
}

impl InputNode {
    /// A node without any limit.
    pub fn new(id: &str, kind: NodeKind, parent: Option<&str>) -> Self {
        Self {
            id: id.to_owned(),
            kind,
            parent: parent.map(str::to_owned),
            limit_w: None,
            default_capacity_w: None,
            safe_operating_capacity_w: None,
            max_rating_w: None,
            envelope_w: None,
            base_load_w: None,
            weight: None,
        }
    }
}

/// A request as it is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputRequest {
    /// The leaf's id.
    pub node: String,
    /// Demand \[W\].
    pub demand_w: i128,
    /// Minimum power \[W\], default 0.
    pub min_w: Option<i128>,
    /// Weight; default the node's.
    pub weight: Option<i128>,
    /// Priority tier, default 0.
    pub tier: Option<i128>,
    /// Whether it may be paused, default yes.
    pub pausable: Option<bool>,
    /// Allowed setpoints \[W\], in any order.
    pub steps_w: Option<Vec<i128>>,
    /// Arrival \[s\].
    pub arrived_s: Option<i128>,
    /// Departure \[s\].
    pub departs_s: Option<i128>,
    /// Energy still needed \[Wh\].
    pub needs_wh: Option<i128>,
    /// State of charge \[ppm\].
    pub soc_ppm: Option<i128>,
    /// Last time it had its minimum \[s\].
    pub last_served_s: Option<i128>,
}

impl InputRequest {
    /// A request for power \[W\] with every other field at its default.
    pub fn new(node: &str, demand_w: i128) -> Self {
        Self {
            node: node.to_owned(),
            demand_w,
            min_w: None,
            weight: None,
            tier: None,
            pausable: None,
            steps_w: None,
            arrived_s: None,
            departs_s: None,
            needs_wh: None,
            soc_ppm: None,
            last_served_s: None,
        }
    }
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// How the cycle ended.
    pub outcome: Outcome,
    /// Why.
    pub reason: Reason,
    /// A sentence, where there is more to say.
    pub detail: Option<String>,
    /// What a rejection is about.
    pub subject: Option<String>,
    /// What withheld most, in a curtailed cycle.
    pub constraint: Option<DecisionConstraint>,
    /// Every power node in tree order; empty when rejected.
    pub nodes: Vec<DecisionNode>,
    /// One per request, in tree order; empty when rejected.
    pub setpoints: Vec<Setpoint>,
}

impl Decision {
    fn rejected(rejection: Rejection) -> Self {
        Self {
            outcome: Outcome::Rejected,
            reason: rejection.reason,
            detail: Some(rejection.detail),
            subject: rejection.subject,
            constraint: None,
            nodes: Vec::new(),
            setpoints: Vec::new(),
        }
    }
}

impl DecisionConstraint {
    fn of(topology: &Topology, constraint: Constraint) -> Self {
        Self {
            node: topology.id(constraint.node).to_owned(),
            limit_source: constraint.source,
            limit_w: limited(constraint.limit_w),
            demand_w: constraint.demand_w,
            allocated_w: constraint.allocated_w,
            withheld_w: constraint.withheld_w,
        }
    }
}

/// What withheld most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionConstraint {
    /// The node.
    pub node: String,
    /// Which of its limits.
    pub limit_source: Option<LimitSource>,
    /// Its effective limit \[W\]; `None` for none.
    pub limit_w: Option<u64>,
    /// What its children could take \[W\].
    pub demand_w: u64,
    /// What was granted below it \[W\].
    pub allocated_w: u64,
    /// What it withheld \[W\].
    pub withheld_w: u64,
}

/// What the cycle says of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionNode {
    /// The node.
    pub id: String,
    /// Its effective limit \[W\]; `None` for none.
    pub limit_w: Option<u64>,
    /// Which limit that is.
    pub limit_source: Option<LimitSource>,
    /// What is left for charging \[W\]; `None` for no limit.
    pub ev_limit_w: Option<u64>,
    /// Sum of `min(limit, demand)` of its children; of a leaf, its demand \[W\].
    pub demand_w: u64,
    /// What the leaves below ask for \[W\].
    pub raw_demand_w: u64,
    /// What was granted below it \[W\].
    pub allocated_w: u64,
    /// Whether some leaf names it as what holds it back.
    pub binding: bool,
}

/// What one request got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setpoint {
    /// The leaf.
    pub node: String,
    /// What it asked for \[W\].
    pub demand_w: u64,
    /// What it may draw \[W\].
    pub setpoint_w: u64,
    /// Whether its minimum was not granted.
    pub paused: bool,
    /// What holds it below its demand.
    pub constrained_by: Option<String>,
}
