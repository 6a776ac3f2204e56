//! Figures of a point over its seeds: mean, median, P5 and P95 in exact integers.

use super::metric::{METRICS, push_decimal};
use super::row::{ReadRow, Status, push_value};
use crate::format;
use crate::tables::push_text;
use std::collections::BTreeMap;

/// Figures over seeds, at the metric's decimals, or at three where it has fewer, for mean and median.
///
/// The mean is rounded half away from zero, and so is a median between two figures. P5 and P95 are figures that occurred: the least of which at
/// least 5 % (95 %) of all are no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stats {
    /// The mean.
    pub mean: i64,
    /// The median.
    pub median: i64,
    /// The 5th percentile, at the metric's own decimals.
    pub p5: i64,
    /// The 95th percentile, at the metric's own decimals.
    pub p95: i64,
}

impl Stats {
    /// Figures of values at `decimals`; `None` of nothing. The values are sorted on the way.
    pub fn of(values: &mut [i64], decimals: u32) -> Option<Self> {
        let count = values.len();
        if count == 0 {
            return None;
        }
        values.sort_unstable();
        let scale = i128::from(10_i64.pow(mean_decimals(decimals) - decimals));
        let sum: i128 = values.iter().map(|&value| i128::from(value)).sum();
        let middle = i128::from(values[(count - 1) / 2]) + i128::from(values[count / 2]);
        let rank = |percent: usize| values[(count * percent).div_ceil(100) - 1];
        Some(Self {
            mean: rounded(sum * scale, count as i128),
            median: rounded(middle * scale, 2),
            p5: rank(5),
            p95: rank(95),
        })
    }
}

/// Digits after the point of means and medians.
pub(crate) fn mean_decimals(decimals: u32) -> u32 {
    decimals.max(3)
}

/// A quotient, rounded half away from zero.
fn rounded(sum: i128, count: i128) -> i64 {
    let half = if sum < 0 { -count } else { count };
    let quotient = (2 * sum + half) / (2 * count);
    i64::try_from(quotient).unwrap_or(if quotient < 0 { i64::MIN } else { i64::MAX })
}

/// Figures of one point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointFigures {
    /// How many cases it has.
    pub cases: u64,
    /// Of them, those that did not run to their end.
    pub failed: u64,
    /// For each of [`METRICS`]; over the cases that have the figure.
    pub stats: Vec<Option<Stats>>,
    /// Ids of the checks that failed, each with in how many cases.
    pub failed_checks: BTreeMap<String, u64>,
}

/// Gathers the rows of one point. Memory is one figure per metric and seed.
#[derive(Debug)]
pub struct Gather {
    cases: u64,
    failed: u64,
    figures: Vec<Vec<i64>>,
    failed_checks: BTreeMap<String, u64>,
}

impl Default for Gather {
    fn default() -> Self {
        let figures = vec![Vec::new(); METRICS.len()];
        Self { cases: 0, failed: 0, figures, failed_checks: BTreeMap::new() }
    }
}

impl Gather {
    /// Adds a row of the point.
    pub fn add(&mut self, row: &ReadRow) {
        self.cases += 1;
        self.failed += u64::from(row.status != Status::Ok);
        for (figures, figure) in self.figures.iter_mut().zip(&row.figures) {
            figures.extend(figure);
        }
        for id in &row.failed_checks {
            match self.failed_checks.get_mut(id) {
                Some(count) => *count += 1,
                None => drop(self.failed_checks.insert(id.clone(), 1)),
            }
        }
    }

    /// The figures of all that were added since the last time.
    pub fn take(&mut self) -> PointFigures {
        let stats = METRICS.iter().zip(&mut self.figures).map(|(metric, figures)| {
            let stats = Stats::of(figures, metric.decimals);
            figures.clear();
            stats
        });
        let stats = stats.collect();
        let failed_checks = std::mem::take(&mut self.failed_checks);
        let figures = PointFigures { cases: self.cases, failed: self.failed, stats, failed_checks };
        (self.cases, self.failed) = (0, 0);
        figures
    }
}

/// Columns after the parameters and before the figures.
const BEFORE: [&str; 2] = ["cases", "failed"];
/// What each figure has a column for.
const OF_FIGURE: [&str; 4] = ["mean", "median", "p5", "p95"];

/// Whether a column of this name stands in `aggregate.csv` whatever is swept.
pub(super) fn is_fixed_column(name: &str) -> bool {
    let figure = name.rsplit_once('_').filter(|(_, of)| OF_FIGURE.contains(of));
    BEFORE.contains(&name) || figure.is_some_and(|(name, _)| METRICS.iter().any(|metric| metric.name == name))
}

/// The first line of `aggregate.csv`, with its end.
pub fn aggregate_header(parameters: &[String]) -> Vec<u8> {
    let mut out = Vec::new();
    for parameter in parameters {
        push_text(&mut out, parameter);
        out.push(b',');
    }
    out.extend_from_slice(BEFORE.join(",").as_bytes());
    for metric in &METRICS {
        for of in OF_FIGURE {
            out.extend_from_slice(format!(",{}_{of}", metric.name).as_bytes());
        }
    }
    out.push(b'\n');
    out
}

/// Appends the row of a point, with its end.
pub fn push_aggregate_row(out: &mut Vec<u8>, parameters: &[String], figures: &PointFigures) {
    for value in parameters {
        push_value(out, value);
        out.push(b',');
    }
    format::push_u64(out, figures.cases);
    out.push(b',');
    format::push_u64(out, figures.failed);
    for (metric, stats) in METRICS.iter().zip(&figures.stats) {
        let Some(stats) = stats else {
            out.extend_from_slice(b",,,,");
            continue;
        };
        let fine = mean_decimals(metric.decimals);
        for (figure, decimals) in [
            (stats.mean, fine),
            (stats.median, fine),
            (stats.p5, metric.decimals),
            (stats.p95, metric.decimals),
        ] {
            out.push(b',');
            push_decimal(out, figure, decimals);
        }
    }
    out.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_over_seeds_are_exact_and_rounded_half_away_from_zero() {
        // Values, decimals, mean, median, P5, P95.
        let hundred: Vec<i64> = (1..=100).collect();
        let cases: [(&[i64], u32, [i64; 4]); 7] = [
            (&[7], 0, [7_000, 7_000, 7, 7]),
            (&[1, 2], 0, [1_500, 1_500, 1, 2]),
            (&[2, 0, 0], 0, [667, 0, 0, 2]),
            (&[-2, 0, 0], 0, [-667, 0, -2, 0]),
            (&[1, 2], 3, [2, 2, 1, 2]),
            (&[-1, -2], 3, [-2, -2, -2, -1]),
            (&hundred, 0, [50_500, 50_500, 5, 95]),
        ];
        for (values, decimals, [mean, median, p5, p95]) in cases {
            let stats = Stats::of(&mut values.to_vec(), decimals);
            assert_eq!(stats, Some(Stats { mean, median, p5, p95 }), "{values:?}");
        }
        assert_eq!(Stats::of(&mut [], 0), None);
    }

    #[test]
    fn the_order_of_seeds_does_not_matter_and_extremes_do_not_overflow() {
        let values = [i64::MAX, i64::MIN, 3, -9, i64::MAX];
        let stats = Stats::of(&mut values.to_vec(), 3);
        let mut turned = values;
        turned.reverse();
        assert_eq!(stats, Stats::of(&mut turned, 3));
    }

    #[test]
    fn cases_that_failed_are_counted_and_change_no_figure() {
        let row = |status, figure: Option<i64>| ReadRow {
            case: 0,
            id: String::new(),
            seed: 1,
            status,
            figures: vec![figure; METRICS.len()],
            failed_checks: figure.map(|_| "A-1".to_owned()).into_iter().collect(),
            error: String::new(),
        };
        let mut gather = Gather::default();
        gather.add(&row(Status::Ok, Some(4)));
        gather.add(&row(Status::Failed, None));
        let figures = gather.take();
        assert_eq!((figures.cases, figures.failed), (2, 1));
        assert_eq!(figures.failed_checks.into_iter().collect::<Vec<_>>(), [("A-1".to_owned(), 1)]);
        assert_eq!(figures.stats[0], Some(Stats { mean: 4_000, median: 4_000, p5: 4, p95: 4 }));
        // And the next point begins with nothing.
        let nothing = gather.take();
        assert_eq!((nothing.cases, nothing.stats[0]), (0, None));
        assert!(nothing.failed_checks.is_empty());
    }

    #[test]
    fn every_row_has_the_columns_of_the_header() {
        let parameters = ["a".to_owned(), "b,c".to_owned()];
        let header = String::from_utf8(aggregate_header(&parameters)).unwrap();
        let mut row = Vec::new();
        push_aggregate_row(&mut row, &["1".into(), "x".into()], &Gather::default().take());
        // The header's second name has a comma of its own.
        assert_eq!(header.matches(',').count() - 1, row.iter().filter(|&&byte| byte == b',').count());
    }
}
