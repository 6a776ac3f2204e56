//! One rebalance cycle on a power-node tree.
mod admission;
mod check;
mod conclude;
mod cycle;
mod decide;
mod limits;
mod node;
mod prepare;
mod request;
mod reserve;
mod steps;
mod strategies;
mod strategy;
mod tier;
mod topology;
pub mod units;
mod verdict;
mod work;

pub use cycle::{Balancer, Cycle};
pub use decide::decide;
pub use decide::{CycleInput, Decision, DecisionConstraint, DecisionNode, InputNode, InputRequest, Setpoint};
pub use limits::{EffectiveLimit, LimitSource, LimitTable, NodeLimits};
pub use node::{Control, NodeKind, PowerNode, Ratings};
pub use request::{OrderKeys, Request, Requests};
pub use strategy::Strategy;
pub use topology::{LeafIx, NodeIx, Topology};
pub use verdict::{Constraint, Outcome, Reason, Rejection};
