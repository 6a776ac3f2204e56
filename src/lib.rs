//! The command line, as a library where tests and benchmarks need it.
//!
//! ```text
//!  cli ──> commands ──> load (files, bundled) ──> scenarios ──> sim ──> outputs
//!                 ├───> pack (folders: write, read, compare)
//!                 └───> sweep (plans, shards, threads, merging)
//! ```
//!
//! Invariants:
//! - this is the only room that reads files, writes files, starts threads or looks at a terminal;
//! - nothing here decides what a run does: commands put the other rooms together;
//! - a pack is whole or absent: it is written beside its place and moved there at the end.

mod balance_json;
pub mod cli;
pub mod commands;
pub mod compare;
mod durable;
pub mod exit;
pub mod fuzzing;
pub mod hunt;
pub mod load;
mod not_found;
pub mod open_loop_tables;
pub mod pack;
pub mod problems;
pub mod progress;
mod shell;
mod stop;
pub mod sweep;
pub mod threads;
mod whole_file;

/// The version of what decides bytes. Raised when digests change on purpose; see `CHANGELOG.md`.
pub const BEHAVIOUR: u32 = 11;
