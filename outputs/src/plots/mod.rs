//! `plots/site.svg` and `plots/branches.svg`: what stakeholders look at.
//!
//! ```text
//!  TickView ─> PlotData (Series: least, largest, last, mean of at most 2,000 columns)
//!                 ├─> site_svg      limit, demand, allocation, meter, base load; how cycles ended
//!                 └─> branches_svg  a panel per circuit: limit, demand, stacked power of its charge points
//!  values ─> scale (px) ─> canvas (plotters, half pixels) ─> SVG text
//! ```
//!
//! Here alone floating point is allowed, and only + - * / and rounding, which are the same on every platform.

mod axes;
mod branches;
mod canvas;
mod cause;
mod data;
mod ink;
mod palette;
mod scale;
mod series;
mod site;

pub use canvas::PlotError;
pub use data::PlotData;
