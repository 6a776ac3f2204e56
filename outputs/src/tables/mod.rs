//! The CSV files of a pack: each an observer over a `Write`, each with fixed columns.
//!
//! ```text
//!  TickView ─> cells of one row (Row, reused) ─> Table (64 KiB pieces) ─> Write, usually a HashingWriter
//! ```
//!
//! LF, commas, UTF-8; `true`/`false`; an empty cell for none; decimals by [`crate::format`] alone. No text cell can
//! become a spreadsheet's formula. After the first rows a tick allocates nothing but its own clock time.

mod breaches;
mod cell;
mod connectors;
mod cycles;
mod events;
pub(crate) mod names;
mod nodes;
pub(crate) mod row;
pub(crate) mod table;
mod traces;
mod visits;
pub(crate) mod withheld;

pub use cell::push_text;

pub use breaches::BreachesCsv;
pub use connectors::ConnectorsCsv;
pub use cycles::CyclesCsv;
pub use events::EventsCsv;
pub use nodes::NodesCsv;
pub use visits::VisitsCsv;

/// The tables of a pack and their columns; the two with a row per tick may be left out of one.
pub(crate) const TABLES: [(&str, &str); 6] = [
    ("cycles.csv", cycles::COLUMNS),
    ("nodes.csv", nodes::COLUMNS),
    ("connectors.csv", connectors::COLUMNS),
    ("visits.csv", visits::COLUMNS),
    ("events.csv", events::COLUMNS),
    ("breaches.csv", breaches::COLUMNS),
];
