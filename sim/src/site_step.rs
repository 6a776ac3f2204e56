//! Changes of site data in mid-run, already derived: plain values, or the refusal that a balancer must answer with.

use balancer::{Ratings, Rejection};

/// Site data change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteStep {
    /// When \[s\] from the start; it counts from the first tick that begins at or after it.
    pub at_s: i64,
    /// What they change to.
    pub change: SiteChange,
}

/// What site data change to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SiteChange {
    /// The same tree with other values at these nodes, from now on.
    Apply(Vec<NodeChange>),
    /// Data that cannot be balanced: cycles are rejected, and known limits stay in force, until a later step applies.
    Refuse(Rejection),
}

/// The values of a node from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeChange {
    /// Position in [`crate::Depot::site`].
    pub node: u32,
    /// Rated limits.
    pub ratings: Ratings,
    /// Share beside siblings.
    pub weight: u32,
    /// For connectors: least power at which charging works \[W\].
    pub min_power_w: u32,
    /// For connectors: whether the balancer may set it to 0 although its minimum is positive.
    pub pausable: bool,
    /// For connectors: power that is safe when the balancer's word is missing \[W\].
    pub fallback_w: u32,
}

impl SiteChange {
    /// The nodes that have other values.
    pub fn nodes(&self) -> &[NodeChange] {
        match self {
            Self::Apply(nodes) => nodes,
            Self::Refuse(_) => &[],
        }
    }
}
