//! The plots of a pack: what stakeholders look at.
//!
//! ```text
//!  TickView ─> PlotData ─┬─> site_svg        the site's limit, demand, allocation, meter; how cycles ended, what went wrong
//!   (observer)           ├─> branches_svg    a panel per circuit: limit, demand, stacked power of what hangs below it
//!                        ├─> connectors_svg  power and pauses of every connector as a heat map
//!                        └─> visits_svg      readiness, margin and SoC of every visit
//!  sweep::Shown ────────────> sweep_svg       a metric over the axes of a sweep
//!
//!  gathered   series, stack (columns of ticks that keep extremes), heat (cells of connector and ticks), notices, visit_rows
//!  drawn      scale (values to pixels) ─> ink, legend, axes ─> canvas (shapes at half pixels) ─> svg (plotters; strokes by ourselves)
//! ```
//!
//! Here alone floating point is allowed, and only + - * / and rounding, which are the same on every platform. What several ticks share a
//! column of is told by extremes, never by means alone: no peak and no breach is lost however long the run.

mod axes;
mod branch;
mod branches;
mod canvas;
mod cause;
mod connectors;
mod data;
mod heat;
mod ink;
mod legend;
mod limit_labels;
mod notices;
mod palette;
mod panels;
mod scale;
mod series;
mod site;
mod site_series;
mod stack;
mod strokes;
mod svg;
mod sweep;
mod text;
mod visit_rows;
mod visit_table;
mod visits;

pub use canvas::PlotError;
pub use data::PlotData;
pub use sweep::sweep_svg;
