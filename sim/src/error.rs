//! Why a run cannot begin, or ends early.

use crate::view::ObserverError;
use balancer::{NodeKind, Rejection};

/// Why a run cannot begin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SimError {
    /// The balancer cannot work on this site.
    #[error(transparent)]
    Topology(#[from] Rejection),
    /// There is no site to be run.
    #[error("the site of {depot} has no nodes (a site, and below it whatever charges)")]
    EmptySite {
        /// Which depot.
        depot: String,
    },
    /// A node hangs under one that does not stand before it.
    #[error(
        "the parent of {node} is at position {parent}, and the node itself at {position} (parents stand before their children, positions count from 0)"
    )]
    Parent {
        /// The node's id.
        node: String,
        /// Where it stands.
        position: u32,
        /// Where its parent would stand.
        parent: u32,
    },
    /// A visit or step names something that the depot does not have.
    #[error("{what} of {subject} points at {index}, and the depot has {count} (positions count from 0)")]
    Dangling {
        /// Which field.
        what: &'static str,
        /// Whose.
        subject: String,
        /// Where it points.
        index: u32,
        /// How many there are.
        count: usize,
    },
    /// A visit, lane or demand names a node where no vehicle can be plugged in.
    #[error(
        "{what} of {subject} is the {kind} {id}, where no vehicle is plugged in (name a connector, or a charge point without any)"
    )]
    NoConnector {
        /// Which field.
        what: &'static str,
        /// Whose.
        subject: String,
        /// What the node is.
        kind: NodeKind,
        /// The node's id.
        id: String,
    },
    /// A charger's fault is at a node that is no charger.
    #[error(
        "the node of a charger's fault is the {kind} {id}, which is no charger (name a charge point, or a connector)"
    )]
    NoCharger {
        /// What the node is.
        kind: NodeKind,
        /// The node's id.
        id: String,
    },
    /// A quantity that must be positive is not.
    #[error("{what} is 0 (it must be at least 1)")]
    Zero {
        /// Which quantity.
        what: &'static str,
    },
    /// A quantity is beyond all that can be meant, or that can be reckoned with.
    #[error("{what} of {subject} is {value} (from {least} to {most} is allowed)")]
    OutOfRange {
        /// Which quantity.
        what: &'static str,
        /// Whose.
        subject: String,
        /// What it is.
        value: i128,
        /// The least that is allowed.
        least: i128,
        /// The most that is allowed.
        most: i128,
    },
    /// A charging curve does not say what flows at every state of charge, or says it twice.
    #[error(
        "the curve of {vehicle_type} is not one from 0 to 1000000 ppm (a point at either end, and as many as needed between them, strictly ascending in state of charge)"
    )]
    Curve {
        /// Whose.
        vehicle_type: String,
    },
    /// A charger's efficiency does not ascend in power.
    #[error(
        "point number {index} in the efficiency of {charger} does not lie above its predecessor (strictly ascending in power)"
    )]
    Efficiency {
        /// The charger's node.
        charger: String,
        /// The index of the first point that is out of order.
        index: usize,
    },
    /// A node stands twice in a list in which each has one place.
    #[error("{node} stands twice in {list} of {depot} (at most once each)")]
    Twice {
        /// Which list.
        list: &'static str,
        /// Of which depot.
        depot: String,
        /// The node's id.
        node: String,
    },
    /// The projection was made of another depot.
    #[error(
        "the projection is one of another depot than {depot}: it has {projected} nodes, and the depot {count} (one of the very depot that is run)"
    )]
    OtherProjection {
        /// Which depot.
        depot: String,
        /// How many nodes the projection's depot had.
        projected: usize,
        /// How many the depot has.
        count: usize,
    },
    /// Visits are not in order of arrival, or steps not in order of time.
    #[error("{what} number {index} comes before its predecessor (they stand in order of time)")]
    Disordered {
        /// Which list.
        what: &'static str,
        /// The index of the first that is out of order.
        index: usize,
    },
}

/// Why a run ended early.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// It could not begin.
    #[error(transparent)]
    Sim(#[from] SimError),
    /// An observer ended it.
    #[error(transparent)]
    Observer(ObserverError),
}
