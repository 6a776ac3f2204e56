//! What a sweep tells: a row per case, figures per point, and the pages and pictures made of them.
//!
//! ```text
//!  SummaryReport ─> METRICS ─> ResultRow ─> results.csv
//!                                 │ read again, in plan order
//!                                 └─> Gather ─> PointFigures ─> aggregate.csv, plots, sweep.html
//! ```
//!
//! A figure is an integer at its metric's decimals, so that means and percentiles are the same everywhere: no floating point.

mod aggregate;
mod metric;
mod row;

pub use aggregate::{Gather, PointFigures, Stats, aggregate_header, push_aggregate_row};
pub use metric::{METRICS, Metric, metric};
pub use row::{
    Outcome, ReadRow, ResultRow, RowError, Status, is_fixed_column, push_result_row, read_result_row,
    results_header,
};
