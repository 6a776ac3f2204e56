//! One rebalance cycle on a power-node tree.
mod decide;
mod limits;
mod node;
mod request;
mod strategy;
mod topology;
pub mod units;
mod verdict;

pub use decide::{CycleInput, Decision, DecisionConstraint, DecisionNode, InputNode, InputRequest, Setpoint};
pub use limits::{EffectiveLimit, LimitSource, LimitTable, NodeLimits};
pub use node::{Control, NodeKind, PowerNode, Ratings};
pub use request::{OrderKeys, Request, Requests};
pub use strategy::Strategy;
pub use topology::{LeafIx, NodeIx, Topology};
pub use verdict::{Constraint, Outcome, Reason, Rejection};
