//! To come.
mod clock;
mod digest;
mod error;
pub mod format;
mod hashing;
mod manifest;
mod plots;
pub mod summary;
mod tables;

pub use clock::Clock;
pub use digest::TickDigests;
pub use error::WriteError;
pub use hashing::{FileDigest, HashingWriter, sha256_hex};
pub use manifest::{Manifest, ManifestError, RunIdentity, sha256sums};
pub use plots::{PlotData, PlotError};
pub use summary::Summary;
pub use tables::{BreachesCsv, ConnectorsCsv, CyclesCsv, EventsCsv, NodesCsv, Traces, VisitsCsv};
