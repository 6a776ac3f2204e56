//! `sweep.html`: the pictures, the points, and the best and worst cases with the commands that run them in full.

use super::metric::{METRICS, metric, push_decimal};
use super::row::ReadRow;
use super::shown::{Shown, ShownPoint};
use askama::Template;

/// More points than this are left to `aggregate.csv`.
const POINTS_MAX: usize = 200;

/// Figures that the table of points has.
const TABLE: [&str; 6] =
    ["late", "least_margin_min", "shortfall_kwh", "peak_30min_kw", "curtailed_kwh", "longest_pause_s"];

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
    /// Whether no bus is late in nineteen of twenty runs.
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
        let names = ["late", "least_margin_min", "shortfall_kwh", "peak_30min_kw"];
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
        let late = metric("late").and_then(|index| point.figures.stats[index]);
        Self {
            values: values.collect(),
            figures: figures.collect(),
            is_safe: point.figures.failed == 0 && late.is_some_and(|late| late.p95 == 0),
        }
    }
}

/// `mean (P5 to P95)`, with one digit after the point.
fn spread(point: &ShownPoint, index: usize) -> String {
    let Some(spread) = point.spread(index) else { return String::new() };
    let text = |thousandths: i64| {
        let mut text = Vec::new();
        push_decimal(&mut text, (thousandths + 50 * thousandths.signum()) / 100, 1);
        String::from_utf8_lossy(&text).into_owned()
    };
    format!("{} ({} to {})", text(spread.mean), text(spread.p5), text(spread.p95))
}

#[cfg(test)]
mod tests {
    use super::super::{Gather, ShownAxis, Status};
    use super::*;

    fn row(late: i64) -> ReadRow {
        let mut figures = vec![Some(0); METRICS.len()];
        figures[metric("late").unwrap()] = Some(late);
        ReadRow { case: 3, id: String::new(), seed: 1, status: Status::Ok, figures, error: String::new() }
    }

    fn shown(name: &str, late: &[i64]) -> Shown {
        let mut gather = Gather::default();
        late.iter().for_each(|&late| gather.add(&row(late)));
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
}
