//! What depotsim tells: the bytes of a pack's files, made of what observers see.
//!
//! ```text
//!                     ┌─> tables    CyclesCsv, NodesCsv, ConnectorsCsv, VisitsCsv, EventsCsv, BreachesCsv ─┐
//!  sim's TickView,    ├─> digest    TickDigests ───────────────────────────────────────────────────────────┤
//!  RunEnd ────────────┤                                                                                    v
//!  (as Observers)     ├─> summary   Summary ─> SummaryReport ─> JSON          HashingWriter ─> a Write of the caller's
//!                     └─> plots     PlotData ─> site, branches, connectors, visits   │
//!                                                                                    └─> FileDigest ─> Manifest, SHA256SUMS
//!  (as an Observer) ────> review    ReviewData ─> review.html, from templates/
//!  one TickView ────────> moment    Moment ─> StatusReport, Explanation ─> text, JSON
//!  sim's Findings ──────> checks    CheckFigures ─> SummaryReport, junit.xml
//!  format  integers to decimals      clock  seconds to RFC 3339      (both: the only ones of their kind)
//! ```
//!
//! A run is told by handing observers to [`sim::run`]; afterwards `into_inner` gives each writer back:
//!
//! ```
//! use outputs::{CyclesCsv, HashingWriter, Summary};
//! # fn tell(depot: &sim::Depot, realization: &sim::Realization) -> Result<(), Box<dyn std::error::Error>> {
//! let site = sim::Site::of(depot);
//! let mut cycles = CyclesCsv::new(HashingWriter::new(Vec::new()), depot, realization, &site);
//! let mut summary = Summary::new(depot, realization, &site);
//! sim::run(depot, realization, &mut [&mut cycles, &mut summary])?;
//! let (bytes, digest) = cycles.into_inner().finish("cycles.csv");
//! assert_eq!(digest.bytes, bytes.len() as u64);
//! let json = summary.into_report().to_json()?;
//! # let _ = json;
//! # Ok(())
//! # }
//! ```
//!
//! Invariants:
//! - decides nothing: no limit, setpoint or verdict is computed here that a view does not hold;
//! - opens no file, reads no clock, knows no path: bytes go into a `Write` that it is handed, or into a `String`;
//! - knows nothing of scenario files, seeds (but to print one) or threads;
//! - no floating point outside `plots`, and there only + - * / and rounding: the same bytes on every platform;
//! - nothing depends on plotters but `plots/svg.rs`, nothing on jiff but `clock.rs` and `review/words.rs`;
//! - memory does not grow with the ticks of a run, but with visits, breaches and limits that fall; after its first rows a table allocates once per tick, for the time.

pub mod checks;
mod clock;
mod datapackage;
mod digest;
mod error;
pub mod format;
mod hashing;
mod junit;
mod manifest;
pub mod moment;
mod plots;
mod review;
pub mod summary;
pub mod sweep;
mod tables;
mod tree;

pub use checks::{CheckFigures, Verdict};
pub use clock::Clock;
pub use datapackage::datapackage_json;
pub use digest::{FinalState, TickDigests, realization_sha256};
pub use error::WriteError;
pub use hashing::{FileDigest, HashingWriter, sha256_hex};
pub use junit::junit_xml;
pub use manifest::{Manifest, ManifestError, RunIdentity, sha256sums};
pub use plots::{PlotData, PlotError};
pub use review::{Assumption, ReviewContext, ReviewData, ReviewError};
pub use summary::Summary;
pub use tables::{BreachesCsv, ConnectorsCsv, CyclesCsv, EventsCsv, NodesCsv, VisitsCsv, push_text};
