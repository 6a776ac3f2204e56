//! `sweep.html`: the pictures, the points, and the best and worst cases with the commands that run them in full.

use super::metric::{METRICS, metric, push_decimal};
use super::row::ReadRow;
use super::shown::{Shown, ShownPoint};
use askama::Template;

/// More points than this are left to `aggregate.csv`.
const POINTS_MAX: usize = 200;

/// Figures that the table of points has.
const TABLE: [&str; 9] = [
    "checks_failed",
    "breaches",
    "over_limit_s",
    "late",
    "least_margin_min",
    "shortfall_kwh",
    "peak_30min_kw",
    "curtailed_kwh",
    "longest_pause_s",
];

/// Figures that are 0 in nineteen of twenty runs, each of them, where a point is safe; those that no run has (of checks, where none are asked) say nothing.
const SAFE: [&str; 3] = ["late", "breaches", "checks_failed"];

/// The page could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the page: {0}")]
pub struct PageError(#[from] askama::Error);

/// The page of a sweep.
#[derive(Debug, Template)]
#[template(path = "sweep.html")]
pub struct SweepPage {
    title: String,
    subtitle: String,
    /// Words and what they stand for.
    facts: Vec<(String, String)>,
    /// SVG texts of ours.
    pictures: Vec<String>,
    axes: Vec<String>,
    columns: Vec<&'static str>,
    points: Vec<PointRow>,
    points_left_out: usize,
    /// Cases at either end, under what they are called.
    ends: Vec<(&'static str, Vec<Extreme>)>,
}

/// A row of the table of points.
#[derive(Debug)]
pub struct PointRow {
    values: Vec<String>,
    figures: Vec<String>,
    /// Whether every case ran to its end, and in nineteen of twenty no bus is late, in nineteen of twenty no limit is breached, and in nineteen of twenty no
    /// check fails.
    is_safe: bool,
}

/// A case at either end.
#[derive(Debug)]
pub struct Extreme {
    case: u64,
    parameters: String,
    figures: String,
    command: String,
}

impl Extreme {
    /// A case with its parameters and the command that runs it in full.
    pub fn new(row: &ReadRow, parameters: String, command: String) -> Self {
        let figure = |name: &str| {
            let index = metric(name)?;
            let mut text = Vec::new();
            push_decimal(&mut text, row.figures[index]?, METRICS[index].decimals);
            Some(format!("{} {}", METRICS[index].label, String::from_utf8_lossy(&text)))
        };
        let names =
            ["checks_failed", "breaches", "late", "least_margin_min", "shortfall_kwh", "peak_30min_kw"];
        let figures = names.into_iter().filter_map(figure).collect::<Vec<_>>().join(", ");
        Self { case: row.case, parameters, figures, command }
    }
}

impl SweepPage {
    /// The page of a sweep with its pictures; facts are words and what they stand for.
    pub fn new(
        shown: &Shown,
        pictures: Vec<String>,
        facts: Vec<(String, String)>,
        (best, worst): (Vec<Extreme>, Vec<Extreme>),
    ) -> Self {
        let points = shown.points.iter().take(POINTS_MAX).map(|point| PointRow::of(shown, point)).collect();
        Self {
            title: shown.title.clone(),
            subtitle: shown.subtitle.clone(),
            facts,
            pictures,
            axes: shown.axes.iter().map(|axis| axis.name.clone()).collect(),
            columns: TABLE.into_iter().filter_map(metric).map(|index| METRICS[index].label).collect(),
            points,
            points_left_out: shown.points.len().saturating_sub(POINTS_MAX),
            ends: vec![("Worst cases", worst), ("Best cases", best)],
        }
    }

    /// The page as text.
    ///
    /// # Errors
    /// None in practice: it is written to memory.
    pub fn to_html(&self) -> Result<String, PageError> {
        Ok(self.render()?)
    }
}

impl PointRow {
    fn of(shown: &Shown, point: &ShownPoint) -> Self {
        let values = point.at.iter().zip(&shown.axes).map(|(&value, axis)| axis.values[value].clone());
        let figures = TABLE.into_iter().filter_map(metric).map(|index| spread(point, index));
        let mut safe = SAFE.into_iter().filter_map(metric).filter_map(|index| point.figures.stats[index]);
        let has_run = point.figures.cases > point.figures.failed;
        Self {
            values: values.collect(),
            figures: figures.collect(),
            is_safe: point.figures.failed == 0 && has_run && safe.all(|stats| stats.p95 == 0),
        }
    }
}

/// `mean (P5 to P95)`, with one digit after the point; a narrow column breaks before the brackets, and not within.
fn spread(point: &ShownPoint, index: usize) -> String {
    let Some(spread) = point.spread(index) else { return String::new() };
    let text = |thousandths: i64| {
        let mut text = Vec::new();
        push_decimal(&mut text, (thousandths + 50 * thousandths.signum()) / 100, 1);
        String::from_utf8_lossy(&text).into_owned()
    };
    format!("{} ({}\u{a0}to\u{a0}{})", text(spread.mean), text(spread.p5), text(spread.p95))
}

#[cfg(test)]
mod tests {
    use super::super::{Gather, ShownAxis, Status};
    use super::*;

    fn row(late: i64) -> ReadRow {
        row_with("late", Some(late))
    }

    fn row_with(name: &str, figure: Option<i64>) -> ReadRow {
        let mut figures = vec![Some(0); METRICS.len()];
        figures[metric(name).unwrap()] = figure;
        ReadRow { case: 3, id: String::new(), seed: 1, status: Status::Ok, figures, error: String::new() }
    }

    fn shown(name: &str, late: &[i64]) -> Shown {
        shown_rows(name, late.iter().map(|&late| row(late)))
    }

    fn shown_rows(name: &str, rows: impl Iterator<Item = ReadRow>) -> Shown {
        let mut gather = Gather::default();
        rows.for_each(|row| gather.add(&row));
        Shown {
            title: name.to_owned(),
            subtitle: name.to_owned(),
            axes: vec![ShownAxis { name: name.to_owned(), values: vec![name.to_owned()], positions: None }],
            is_grid: true,
            points: vec![ShownPoint { at: vec![0], figures: gather.take() }],
        }
    }

    #[test]
    fn hostile_texts_stay_texts() {
        let name = "<script>alert(1)</script>";
        let extreme = || Extreme::new(&row(1), name.to_owned(), name.to_owned());
        let facts = vec![(name.to_owned(), name.to_owned())];
        let page = SweepPage::new(&shown(name, &[1]), Vec::new(), facts, (vec![extreme()], vec![extreme()]));
        let html = page.to_html().unwrap();
        assert!(!html.contains("<script"), "{html}");
        assert!(html.contains("alert(1)"));
    }

    #[test]
    fn a_point_is_safe_where_nineteen_of_twenty_nights_have_no_late_bus() {
        let mut late = vec![0; 20];
        for (latest, is_safe) in [(0, true), (1, true), (2, false)] {
            (0..latest).for_each(|night| late[night] = 5);
            let shown = shown("a", &late);
            assert_eq!(PointRow::of(&shown, &shown.points[0]).is_safe, is_safe, "{late:?}");
        }
    }

    fn is_safe(rows: impl Iterator<Item = ReadRow>) -> bool {
        let shown = shown_rows("a", rows);
        PointRow::of(&shown, &shown.points[0]).is_safe
    }

    #[test]
    fn a_point_whose_limits_are_breached_or_whose_checks_or_cases_fail_is_not_safe() {
        for name in ["breaches", "checks_failed"] {
            let rows = |bad: usize| (0..20).map(move |night| row_with(name, Some(i64::from(night < bad))));
            assert!(is_safe(rows(1)), "{name} in one of twenty nights");
            assert!(!is_safe(rows(2)), "{name} in two of twenty nights");
        }
        let nobody_checks = || (0..20).map(|_| row_with("checks_failed", None));
        assert!(is_safe(nobody_checks()), "where nothing is to be checked, no check fails");
        let failed = ReadRow { status: Status::Failed, figures: vec![None; METRICS.len()], ..row(0) };
        assert!(!is_safe(nobody_checks().chain([failed.clone()])), "a case did not run to its end");
        assert!(!is_safe([failed].into_iter()), "no case ran to its end");
    }
}
