//! One rebalance cycle on a power-node tree: who may draw how much, exact in integers, with a name for every watt withheld.
//!
//! ```text
//!  plain values ──> decide ──> check ──────────────┐ (REJECTED is a value)
//!                                                  v
//!  PowerNode ──> Topology     NodeLimits ──> LimitTable     Request ──> Requests
//!                    \                          |                        /
//!                     Balancer::rebalance(strategy, limits, requests) ──> Cycle
//!                       prepare ─> reserve ─> tiers: admission ─> strategy ─> steps ─> conclude
//! ```
//!
//! Invariants:
//! - no time, no I/O, no randomness, no floating point, no dependency;
//! - no allocation per cycle once the first ones have made room;
//! - a cycle is a function of its arguments, never of the cycles before; `Balancer::follow` gives the same cycle for less;
//! - no node is granted more than its EV limit, and nothing is left that some leaf could still take.
//!
//! # Words
//!
//! | word | meaning |
//! |---|---|
//! | effective limit | the least of default capacity, safe operating capacity, maximum rating and envelopes; ties in that order |
//! | EV limit | what base loads at and below the node leave of it |
//! | take | the least of a leaf's demand and its own EV limit; of a node, of its EV limit and the sum of its children's takes |
//! | saturated | a node whose children's takes exceed its EV limit; a leaf whose demand does |
//! | level | the largest power per weight at which a node's subtree still fits its limit |
//! | governing | of the saturated nodes above a leaf the one with the smallest level, the deepest of equals |
//!
//! # Integers
//!
//! Where `A` watts are shared by weights that sum to `W`, leaves in tree order get `floor(A * Wp / W)` less what was given before, `Wp` being the
//! running weight. Every leaf and every total over consecutive leaves is then the floor or the ceiling of the exact answer, and the
//! bottleneck is filled to the watt.
//!
//! # Where the definition leaves a choice
//!
//! - Steps are taken literally: 0 is a step only if it is listed, and a leaf with steps has its smallest step as minimum at least.
//! - Steps come first: where none lies between minimum and demand, the demand is lowered to the step below it, and then the minimum to that demand. Who asks for
//!   10 kW, needs 7, and takes steps of 6 and 16 gets 6.
//! - `uncontrolled` ignores steps, minima and base loads; tiers and weights still count where a charge point is shared.
//! - The leaves' limits are bounded by 10 MW, those of other nodes by 1 TW.
//! - There is a setpoint for each request. A rejected [`Decision`] has neither setpoints nor nodes; the arrays of a rejected [`Cycle`] are still those of
//!   the cycle before: look at its outcome first.
//! - A charge point that is controlled as a whole has the sum of its connectors' limits as maximum rating; `uncontrolled`, which respects ratings alone,
//!   counts the sum of their maximum ratings.
//!
//! # In a program of your own
//!
//! Ratings of [`PowerNode`]s limit nothing by themselves: a cycle knows the [`LimitTable`], which is made of [`NodeLimits`]. `examples/controller.rs` shows a
//! controller that calls the balancer in every cycle.
//!
//! Whoever puts this crate into a workspace of their own should set `overflow-checks = true` in its `[profile.release]`: profiles are not inherited, and
//! arithmetic that would overflow is a bug that must be heard, in every build.
//!
//! # Where the exact problem is hard
//!
//! Choosing which minima to admit, or which steps to round up, so that the result is the best possible is a knapsack on a tree, hence NP-hard. The
//! rules are cheap and do not depend on luck; their distance from the best of all choices was measured on random sites of up to 10 leaves where
//! there is something to choose (`cargo test -p depotsim-balancer --test distance -- --nocapture`, which also keeps it from growing):
//!
//! | rule | measure | sites at the optimum | mean distance | worst |
//! |---|---|---|---|---|
//! | minima: whoever was served least recently is admitted first, and skipped where the minimum does not fit | admitted leaves, beside the most that could be | 90 % of 1,080 | 4.0 % | 67 % |
//! | | watts granted, beside the most that could be | 96 % | 1.1 % | 80 % |
//! | steps: all are rounded down; then whoever is furthest below the exact share goes up by one step, as long as a next step fits | watts granted, beside the most that could be | 90 % of 3,623 | 1.1 % | 83 % |
//! | | sum of distances from the exact shares, beyond the least possible, of all that is shared | 91 % | 1.4 % | 98 % |
//!
//! The worst sites for minima are those where one large minimum has waited longest: admitting it first is what keeps it from starving, and costs several
//! small ones their turn.

mod admission;
mod check;
mod columns;
mod conclude;
mod cycle;
mod decide;
mod direct;
mod follow;
mod limits;
mod node;
mod prepare;
mod relevel;
mod request;
mod reserve;
mod steps;
mod strategies;
mod strategy;
mod tier;
mod topology;
pub mod units;
mod unknown_name;
mod verdict;
mod work;

pub use cycle::{Balancer, Cycle};
pub use decide::decide;
pub use decide::{CycleInput, Decision, DecisionConstraint, DecisionNode, InputNode, InputRequest, Setpoint};
pub use follow::{Followed, MovedDemand};
pub use limits::{Connectors, EffectiveLimit, LimitSource, LimitTable, NodeLimits};
pub use node::{Control, NodeKind, PowerNode, Ratings};
pub use request::{OrderKeys, Request, Requests};
pub use strategy::Strategy;
pub use topology::{LeafIx, NodeIx, Topology};
pub use unknown_name::UnknownName;
pub use verdict::{Constraint, Outcome, Reason, Rejection};
