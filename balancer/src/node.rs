//! Power nodes: what the balancer is told about the site, and nothing else.

use crate::unknown_name::UnknownName;
use std::fmt;
use std::str::FromStr;

/// What a power node is. The order is the order of the hierarchy, from the root down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NodeKind {
    /// The root: the site's microgrid.
    Site,
    /// A connection to the distribution grid.
    GridConnection,
    /// A circuit that feeds chargers; circuits may nest.
    ChargerCircuit,
    /// A charge point (OCPP 1.6; charging station in OCPP 2.x).
    ChargePoint,
    /// A connector of a charge point (EVSE in OCPP 2.x).
    Connector,
}

impl NodeKind {
    /// All kinds, from the root down.
    pub const ALL: [NodeKind; 5] =
        [Self::Site, Self::GridConnection, Self::ChargerCircuit, Self::ChargePoint, Self::Connector];

    /// The kind's name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Site => "site",
            Self::GridConnection => "grid_connection",
            Self::ChargerCircuit => "charger_circuit",
            Self::ChargePoint => "charge_point",
            Self::Connector => "connector",
        }
    }

    /// The kind with this name in files, if there is one.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether a node of this kind may stand directly under one of kind `parent`.
    ///
    /// The hierarchy only descends; levels may be skipped, and only circuits may stand under their own kind.
    pub fn may_stand_under(self, parent: NodeKind) -> bool {
        self > parent || (self == Self::ChargerCircuit && parent == Self::ChargerCircuit)
    }

    /// Whether a node of this kind charges vehicles.
    pub fn is_charging_asset(self) -> bool {
        matches!(self, Self::ChargePoint | Self::Connector)
    }
}

impl fmt::Display for NodeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for NodeKind {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        UnknownName::find("kind of node", &Self::ALL, Self::name, text)
    }
}

/// Which assets are the leaves that receive setpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Control {
    /// Connectors are the leaves; a charge point without connectors counts as one connector.
    #[default]
    Connector,
    /// Charge points are the leaves; a charge point's limit is at most the sum of its connectors'.
    ChargePoint,
}

impl Control {
    /// Both levels.
    pub const ALL: [Control; 2] = [Self::Connector, Self::ChargePoint];

    /// The level's name on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Connector => "connector",
            Self::ChargePoint => "charge-point",
        }
    }

    /// The level with this name, if there is one.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|control| control.name() == name)
    }
}

impl fmt::Display for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Control {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        UnknownName::find("level of control", &Self::ALL, Self::name, text)
    }
}

/// The rated limits of a node \[W\]; `None` where nothing is rated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ratings {
    /// What the circuit or connection is designed to carry.
    pub default_capacity_w: Option<u64>,
    /// What it may carry continuously (in the sense of NEC 625.42's 80 %).
    pub safe_operating_capacity_w: Option<u64>,
    /// What the hardware of a charge point or connector can do.
    pub max_rating_w: Option<u64>,
}

impl Ratings {
    /// The least of them \[W\]; `None` where there is none.
    pub fn least_w(&self) -> Option<u64> {
        [self.default_capacity_w, self.safe_operating_capacity_w, self.max_rating_w]
            .into_iter()
            .flatten()
            .min()
    }
}

/// One node of the balancer's input: identity, place, ratings and weight, which is all that a cycle needs.
///
/// What changes from cycle to cycle (envelopes, base loads) comes with the [`crate::NodeLimits`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PowerNode {
    /// The node's id, unique in the tree.
    pub id: String,
    /// What it is.
    pub kind: NodeKind,
    /// The parent's id; `None` for the root.
    pub parent: Option<String>,
    /// Its rated limits, for whoever makes [`crate::NodeLimits`] of them. [`crate::Topology`] does not look at them, and no cycle is limited by them: give them to
    /// the [`crate::LimitTable`] as well.
    pub ratings: Ratings,
    /// Its share beside its siblings under `branch-fair`. [`crate::Topology::weight`] tells it, and [`crate::decide`] gives it to requests of leaves that say no other;
    /// every other strategy knows [`crate::Request::weight`] alone, which is 1 in [`crate::Request::of`].
    pub weight: u32,
}
