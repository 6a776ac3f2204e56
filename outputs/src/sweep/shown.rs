//! What pictures of a sweep are drawn from: its axes, and the figures of every point.

use super::aggregate::{PointFigures, Stats, mean_decimals};
use super::metric::METRICS;
use std::collections::BTreeSet;

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
    /// Ids of checks that ask that something happens ([`sim::acceptance::Rule::is_a_demonstration`]): a point that has no reason to show it is no worse.
    pub demonstrations: BTreeSet<String>,
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

impl Shown {
    /// So few runs have no percentiles of their own: of 19 the fifth is the least, and the 95th the largest.
    const FEW: u64 = 20;

    /// Whether P5 and P95 say more than least and largest, at every point.
    pub(crate) fn knows_percentiles(&self) -> bool {
        self.points.iter().all(|point| point.figures.cases - point.figures.failed >= Self::FEW)
    }

    /// What the two ends of a spread are, in words.
    pub(crate) fn ends_of_spread(&self) -> String {
        let most = self.points.iter().map(|point| point.figures.cases).max().unwrap_or(0);
        match self.knows_percentiles() {
            true => "P5 to P95".to_owned(),
            false => format!("the least to the largest of {most} runs"),
        }
    }

    /// Whether a metric is 0 in every run that has it, and some have; by its index in [`METRICS`].
    pub fn is_always_zero(&self, metric: usize) -> bool {
        let mut stats =
            self.points.iter().filter_map(|point| point.figures.stats.get(metric).copied().flatten());
        let is_zero = |stats: Stats| stats.mean == 0 && stats.p5 == 0 && stats.p95 == 0;
        stats.next().is_some_and(is_zero) && stats.all(is_zero)
    }
}

/// A figure over the seeds, in thousandths of its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spread {
    pub(crate) mean: i64,
    pub(crate) p5: i64,
    pub(crate) p95: i64,
}

impl ShownPoint {
    fn any_late(&self) -> bool {
        let late = super::metric("late").and_then(|index| self.figures.stats[index]);
        late.is_some_and(|late| late.mean > 0)
    }

    /// A metric's figures, by its index in [`METRICS`]; `None` where no run has it.
    pub(crate) fn spread(&self, metric: usize) -> Option<Spread> {
        // Who is late has no margin: of the others alone it would look the better the more are late.
        if METRICS[metric].name == "least_margin_min" && self.any_late() {
            return None;
        }
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
