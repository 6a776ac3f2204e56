//! Sweeps: thousands of runs of one scenario with other values, on every core, in shards on a cluster.
//!
//! ```text
//!  scenario, axes, seeds ─> planner ─> Plan (plan.json: the whole scenario, points, cases in order, a sha256)
//!                                       │
//!            shard I of N: cases k mod N = I
//!                                       v
//!        in_order: threads run cases, one writes them in order ─> DIR/shards/shard-I-of-N.part ─> .rows
//!                                       │
//!                                       v
//!        merge: all shards, none twice, none foreign, none cut ─> results.csv, aggregate.csv, pictures, sweep.html
//! ```
//!
//! - What a case gives depends on the plan alone: the seed of its realization is the plan's seed, whatever its parameters.
//! - A shard is whole or a `.part`; a `.part` is gone on with from its last good row.
//! - Rows wait for their turn in a buffer of bounded length; memory grows with the plan's list of cases and with nothing else.

mod axis;
mod cases;
mod folder;
mod in_order;
pub mod merge;
#[cfg(feature = "parquet")]
pub mod parquet_file;
pub mod plan;
pub mod planner;
mod progress;
pub mod report;
pub mod run;
pub mod shard;
mod shard_file;

pub use axis::Axis;
pub use folder::refuse_foreign;
pub use plan::{Plan, PlanError};
