//! `review.html`: one page that a stakeholder understands without us, and can sign.
//!
//! ```text
//!  TickView ─> ReviewData ─┬─> Trace (frames, columns as changes; thinned to a bound) ─> embedded JSON ─> scrubber (review.js)
//!                          └─> breaches, faults, rejections (bounded lists), pauses, what was withheld from visits
//!  ReviewData + SummaryReport + plots + provenance ─> Page (rows of text) ─> templates/review.html ─> one self-contained file
//! ```
//!
//! Invariants:
//! - nothing is fetched: style, script, plots and data stand in the page, and its content security policy forbids the rest;
//! - every name passes the template's escaping, or JSON's in which `<` is written as `\u003c`;
//! - memory is bounded whatever the length of a run: what is left out is said on the page, with the file that has it;
//! - figures are those of the tables, to the watt: nothing is computed here but differences and counts.

mod breaches;
mod cover;
mod embed;
mod energy;
mod fairness;
mod faults;
mod lists;
mod nodes;
mod page;
mod pauses;
mod peaks;
mod plots;
mod policy;
mod recorder;
mod scrubber;
mod series;
mod timeline;
mod topology;
mod trace;
mod unplanned;
mod verdict;
mod visits;
mod words;

pub use page::{Assumption, ReviewContext};
pub use recorder::ReviewData;

/// The page could not be told.
#[derive(Debug, thiserror::Error)]
#[error("review.html: {0}")]
pub enum ReviewError {
    /// The template failed.
    Template(#[from] askama::Error),
    /// The embedded data failed.
    Data(#[from] serde_json::Error),
}
