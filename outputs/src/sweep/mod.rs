//! What a sweep tells: a row per case, figures per point, and the pages and pictures made of them.
//!
//! ```text
//!  SummaryReport ─> METRICS ─> ResultRow ─> results.csv
//!                                 │ read again, in plan order
//!                                 └─> Gather ─> PointFigures ─> aggregate.csv
//!                                                     └─> Shown ─> sweep_svg, SweepPage ─> sweep.html
//! ```
//!
//! A figure is an integer at its metric's decimals, so that means and percentiles are the same everywhere: no floating point.

mod aggregate;
mod metric;
mod page;
mod row;
mod shown;

pub use crate::plots::sweep_svg;
pub use aggregate::{Gather, PointFigures, Stats, aggregate_header, push_aggregate_row};
pub use metric::{METRICS, Metric, PICTURED, metric};
pub use page::{Extreme, PageError, PointRow, SweepPage};
pub use row::{
    Outcome, ReadRow, ResultRow, RowError, Status, is_fixed_column, push_result_row, read_result_row,
    results_header,
};
pub(crate) use shown::Spread;
pub use shown::{Shown, ShownAxis, ShownPoint};
