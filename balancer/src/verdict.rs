//! What a cycle says about itself: outcome, reason code, and the node or request it is about.

use crate::limits::LimitSource;
use crate::node::NodeKind;
use crate::topology::NodeIx;
use crate::unknown_name::UnknownName;
use std::fmt;
use std::str::FromStr;

/// How a cycle ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// Every request was granted in full.
    Applied,
    /// Valid, and some leaf got less than its demand.
    Curtailed,
    /// The input or the topology cannot be balanced safely; nothing new is applied.
    Rejected,
}

impl Outcome {
    /// All of them, in the order in which they are declared.
    pub const ALL: [Self; 3] = [Self::Applied, Self::Curtailed, Self::Rejected];

    /// The outcome's name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Applied => "APPLIED",
            Self::Curtailed => "CURTAILED",
            Self::Rejected => "REJECTED",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a cycle ended as it did. Codes may be added; the meaning of one never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// APPLIED: nothing was withheld.
    Unconstrained,
    /// CURTAILED: the site's own limit withheld most.
    SiteLimit,
    /// CURTAILED: a grid connection's limit withheld most.
    GridConnectionLimit,
    /// CURTAILED: a charger circuit's limit withheld most.
    ChargerCircuitLimit,
    /// CURTAILED: a charge point's limit withheld most.
    ChargePointLimit,
    /// CURTAILED: a connector's own limit.
    ConnectorLimit,
    /// CURTAILED: leaves were paused because their minimum power did not fit.
    MinimumPower,
    /// REJECTED: no root or several, unknown parent, cycle, duplicate id.
    InvalidTopology,
    /// REJECTED: well-formed, but not balanceable.
    UnsupportedTopology,
    /// REJECTED: a negative or absurd limit, two values for one, or base loads that come to more than can be told.
    InvalidLimit,
    /// REJECTED: unknown or non-leaf node, the same leaf twice, weight 0, no usable step, negative, a time beyond all that can be meant.
    InvalidRequest,
    /// REJECTED: the measurements are older than allowed.
    StaleInput,
    /// REJECTED: the minima of leaves that cannot be paused do not fit.
    InfeasibleMinimum,
}

impl Reason {
    /// All of them, in the order in which they are declared.
    pub const ALL: [Self; 13] = [
        Self::Unconstrained,
        Self::SiteLimit,
        Self::GridConnectionLimit,
        Self::ChargerCircuitLimit,
        Self::ChargePointLimit,
        Self::ConnectorLimit,
        Self::MinimumPower,
        Self::InvalidTopology,
        Self::UnsupportedTopology,
        Self::InvalidLimit,
        Self::InvalidRequest,
        Self::StaleInput,
        Self::InfeasibleMinimum,
    ];

    /// The reason's code in files.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unconstrained => "UNCONSTRAINED",
            Self::SiteLimit => "SITE_LIMIT",
            Self::GridConnectionLimit => "GRID_CONNECTION_LIMIT",
            Self::ChargerCircuitLimit => "CHARGER_CIRCUIT_LIMIT",
            Self::ChargePointLimit => "CHARGE_POINT_LIMIT",
            Self::ConnectorLimit => "CONNECTOR_LIMIT",
            Self::MinimumPower => "MINIMUM_POWER",
            Self::InvalidTopology => "INVALID_TOPOLOGY",
            Self::UnsupportedTopology => "UNSUPPORTED_TOPOLOGY",
            Self::InvalidLimit => "INVALID_LIMIT",
            Self::InvalidRequest => "INVALID_REQUEST",
            Self::StaleInput => "STALE_INPUT",
            Self::InfeasibleMinimum => "INFEASIBLE_MINIMUM",
        }
    }

    /// The reason of a cycle that a limit of this kind of node curtailed.
    pub fn of_limit(kind: NodeKind) -> Self {
        match kind {
            NodeKind::Site => Self::SiteLimit,
            NodeKind::GridConnection => Self::GridConnectionLimit,
            NodeKind::ChargerCircuit => Self::ChargerCircuitLimit,
            NodeKind::ChargePoint => Self::ChargePointLimit,
            NodeKind::Connector => Self::ConnectorLimit,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Reason {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        UnknownName::find("reason", &Self::ALL, Self::code, text)
    }
}

/// Why an input was refused. A value, not an error: a rejected cycle is one of the three ordinary outcomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The code.
    pub reason: Reason,
    /// The node or request it is about, where there is one.
    pub subject: Option<String>,
    /// A sentence for people: lower case, no full stop.
    pub detail: String,
}

impl Rejection {
    /// A rejection that is about one node.
    pub fn about(reason: Reason, subject: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { reason, subject: Some(subject.into()), detail: detail.into() }
    }

    /// A rejection that is about the input as a whole.
    pub fn of_input(reason: Reason, detail: impl Into<String>) -> Self {
        Self { reason, subject: None, detail: detail.into() }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason, self.detail)
    }
}

// Who calls the balancer where only errors are handed on may hand this on as one.
impl std::error::Error for Rejection {}

/// The node that withheld most power in a curtailed cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Constraint {
    /// The node.
    pub node: NodeIx,
    /// Whether it paused leaves (their minimum did not fit) rather than lowered them.
    pub is_pause: bool,
    /// The source of the node's effective limit.
    pub source: Option<LimitSource>,
    /// The node's effective limit \[W\]; [`crate::units::UNLIMITED_W`] for none.
    pub limit_w: u64,
    /// What its children could take within their own limits \[W\].
    pub demand_w: u64,
    /// What was granted below it \[W\].
    pub allocated_w: u64,
    /// What this pair withheld: the sum of `min(demand, own limit) - setpoint` over the leaves that name it \[W\].
    pub withheld_w: u64,
}
