//! One cycle from plain values to plain values: what `depotsim balance` asks and answers.
//!
//! Numbers come as `i128`, as a person may have written them; what is out of range is a [`Rejection`] with its code, never an error.

use crate::node::{Control, NodeKind};
use crate::strategy::Strategy;
use crate::verdict::{Outcome, Reason};
use crate::limits::LimitSource;

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
