//! What pictures of a sweep are drawn from: its axes, and the figures of every point.

use super::aggregate::{PointFigures, mean_decimals};
use super::metric::METRICS;

/// A sweep that is to be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// What was swept.
    pub title: String,
    /// How many runs each figure stands on, in words.
    pub subtitle: String,
    /// What differs from point to point.
    pub axes: Vec<ShownAxis>,
    /// Whether the points are each value with each of the others.
    pub is_grid: bool,
    /// The points, in the plan's order.
    pub points: Vec<ShownPoint>,
}

/// An axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownAxis {
    /// Its name.
    pub name: String,
    /// Its values as they were given, in order.
    pub values: Vec<String>,
    /// Where each value lies on a scale; `None` where the values are words.
    pub positions: Option<Vec<i64>>,
}

/// A point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownPoint {
    /// For each axis the index of its value.
    pub at: Vec<usize>,
    /// Its figures over the seeds.
    pub figures: PointFigures,
}

/// A figure over the seeds, in thousandths of its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spread {
    pub(crate) mean: i64,
    pub(crate) p5: i64,
    pub(crate) p95: i64,
}

impl ShownPoint {
    /// A metric's figures, by its index in [`METRICS`]; `None` where no run has it.
    pub(crate) fn spread(&self, metric: usize) -> Option<Spread> {
        let stats = self.figures.stats.get(metric).copied().flatten()?;
        let decimals = METRICS[metric].decimals;
        let thousandths = |figure: i64, decimals: u32| match decimals {
            0..=3 => figure.saturating_mul(10_i64.pow(3 - decimals)),
            _ => figure / 10_i64.pow(decimals - 3),
        };
        Some(Spread {
            mean: thousandths(stats.mean, mean_decimals(decimals)),
            p5: thousandths(stats.p5, decimals),
            p95: thousandths(stats.p95, decimals),
        })
    }
}
