//! `sweep.html`: the pictures, the points, and the best and worst cases with the commands that run them in full.

use super::aggregate::PointFigures;
use super::metric::{METRICS, PICTURED, metric, push_decimal};
use super::row::ReadRow;
use super::shown::{Shown, ShownPoint};
use askama::Template;
use std::collections::{BTreeMap, BTreeSet};

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

/// Figures that are 0 in nineteen of twenty runs, each of them, where a point is safe, and what is said where they are not; those that no run has say
/// nothing.
const SAFE: [(&str, &str); 2] = [("late", "late buses"), ("breaches", "breaches")];

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
    /// Figures that would have a picture, and are 0 in every run.
    unpictured: Vec<&'static str>,
    axes: Vec<String>,
    columns: Vec<&'static str>,
    /// Figures that are 0 in every run, and have no column.
    always_zero: Vec<&'static str>,
    points: Vec<PointRow>,
    points_left_out: usize,
    /// What the two ends of a spread are.
    ends_of_spread: String,
    /// What "safe" asks for, since few seeds know no percentiles.
    in_most_runs: &'static str,
    /// Checks that fail in every run of some points, each with at how many of how many.
    always_failed: Vec<String>,
    /// Cases at either end, under what they are called.
    ends: Vec<(&'static str, Vec<Extreme>)>,
}

/// A row of the table of points.
#[derive(Debug)]
pub struct PointRow {
    values: Vec<String>,
    figures: Vec<String>,
    /// Why it is not safe. It is where every case ran to its end, and in nineteen of twenty no bus is late, in nineteen of twenty no limit is breached, and
    /// each check holds in nineteen of twenty, but for those that ask that something happens.
    unsafe_for: Vec<String>,
    /// Those, where it did not happen in as many.
    not_shown: Vec<String>,
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
        let is_late = metric("late").and_then(|index| row.figures[index]).is_some_and(|late| late > 0);
        let figure = |name: &str| {
            // Who is late has no margin, and that of the others would look good beside it.
            let index = metric(name).filter(|_| !(is_late && name == "least_margin_min"))?;
            let mut text = Vec::new();
            push_decimal(&mut text, row.figures[index]?, METRICS[index].decimals);
            Some(format!("{} {}", METRICS[index].label, String::from_utf8_lossy(&text)))
        };
        let names =
            ["checks_failed", "breaches", "late", "least_margin_min", "shortfall_kwh", "peak_30min_kw"];
        let mut figures = names.into_iter().filter_map(figure).collect::<Vec<_>>().join(", ");
        if !row.failed_checks.is_empty() {
            figures.push_str(&format!("; failed: {}", row.failed_checks.join(", ")));
        }
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
        let in_table = || TABLE.into_iter().filter_map(metric);
        let (always_zero, columns): (Vec<usize>, Vec<usize>) =
            in_table().partition(|&index| shown.is_always_zero(index));
        let label = |index: &usize| METRICS[*index].label;
        let points = shown.points.iter().take(POINTS_MAX);
        Self {
            title: shown.title.clone(),
            subtitle: shown.subtitle.clone(),
            facts,
            pictures,
            unpictured: PICTURED
                .into_iter()
                .filter_map(metric)
                .filter(|&index| shown.is_always_zero(index))
                .map(|index| METRICS[index].label)
                .collect(),
            axes: shown.axes.iter().map(|axis| axis.name.clone()).collect(),
            columns: columns.iter().map(label).collect(),
            always_zero: always_zero.iter().map(label).collect(),
            points: points.map(|point| PointRow::of(shown, point, &columns)).collect(),
            ends_of_spread: match shown.points.iter().any(|point| point.figures.cases > 1) {
                true => shown.ends_of_spread(),
                false => String::new(),
            },
            in_most_runs: if shown.knows_percentiles() {
                "at P95 (in nineteen of twenty runs)"
            } else {
                "in every run"
            },
            always_failed: always_failed(shown),
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
    fn of(shown: &Shown, point: &ShownPoint, columns: &[usize]) -> Self {
        let values = point.at.iter().zip(&shown.axes).map(|(&value, axis)| axis.values[value].clone());
        let figures = columns.iter().map(|&index| spread(point, index));
        let demonstrations = &shown.demonstrations;
        Self {
            values: values.collect(),
            figures: figures.collect(),
            unsafe_for: unsafe_for(&point.figures, demonstrations),
            not_shown: failed_checks(&point.figures, |id| demonstrations.contains(id)),
        }
    }
}

/// Why a point is not safe; nothing where it is.
fn unsafe_for(figures: &PointFigures, demonstrations: &BTreeSet<String>) -> Vec<String> {
    let PointFigures { cases, failed, .. } = figures;
    let mut found = Vec::new();
    if *failed > 0 || *cases == 0 {
        found.push(format!("{failed} of {cases} did not run to their end"));
    }
    for (name, words) in SAFE {
        let stats = metric(name).and_then(|index| figures.stats[index]);
        if stats.is_some_and(|stats| stats.p95 > 0) {
            found.push(words.to_owned());
        }
    }
    let checks = failed_checks(figures, |id| !demonstrations.contains(id));
    if !checks.is_empty() {
        found.push(format!("failed checks: {}", checks.join(", ")));
    }
    found
}

/// Those of the checks that fail in more than one of twenty runs, each with in how many.
fn failed_checks(figures: &PointFigures, is_meant: impl Fn(&str) -> bool) -> Vec<String> {
    let ran = figures.cases - figures.failed;
    let failed = figures.failed_checks.iter().filter(|&(id, &count)| is_meant(id) && count * 20 > ran);
    failed.map(|(id, count)| format!("{id} in {count} of {ran}")).collect()
}

/// Checks that fail in every run of a point: they may ask for what no such parameters allow.
fn always_failed(shown: &Shown) -> Vec<String> {
    let mut points: BTreeMap<&str, usize> = BTreeMap::new();
    for ShownPoint { figures, .. } in &shown.points {
        let ran = figures.cases - figures.failed;
        let asked = figures.failed_checks.iter().filter(|(id, _)| !shown.demonstrations.contains(*id));
        let always = asked.filter(|&(_, &count)| count == ran);
        always.for_each(|(id, _)| *points.entry(id).or_default() += 1);
    }
    points.into_iter().map(|(id, count)| format!("{id} (at {count} of {})", shown.points.len())).collect()
}

/// `mean (P5 to P95)`, with one digit after the point, or the mean alone where all are the same; a narrow column breaks before the brackets, and not
/// within.
fn spread(point: &ShownPoint, index: usize) -> String {
    let Some(spread) = point.spread(index) else { return String::new() };
    let text = |thousandths: i64| {
        let mut text = Vec::new();
        push_decimal(&mut text, (thousandths + 50 * thousandths.signum()) / 100, 1);
        String::from_utf8_lossy(&text).into_owned()
    };
    if spread.p5 == spread.p95 && spread.p5 == spread.mean {
        return text(spread.mean);
    }
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
        let is_failed = name == "checks_failed" && figure.is_some_and(|figure| figure > 0);
        ReadRow {
            case: 3,
            id: String::new(),
            seed: 1,
            status: Status::Ok,
            figures,
            failed_checks: is_failed.then(|| "A-1".to_owned()).into_iter().collect(),
            error: String::new(),
        }
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
            demonstrations: BTreeSet::new(),
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
            assert_eq!(
                unsafe_for(&shown.points[0].figures, &shown.demonstrations).is_empty(),
                is_safe,
                "{late:?}"
            );
        }
    }

    fn is_safe(rows: impl Iterator<Item = ReadRow>) -> bool {
        unsafe_for(&shown_rows("a", rows).points[0].figures, &BTreeSet::new()).is_empty()
    }

    #[test]
    fn a_point_says_why_it_is_not_safe_and_which_checks_fail_whatever_the_parameters() {
        let night = |name: &str, bad: bool| row_with(name, Some(i64::from(bad)));
        let failed = ReadRow { status: Status::Failed, figures: vec![None; METRICS.len()], ..row(0) };
        let all_fail = || (0..4).map(|_| night("checks_failed", true));
        let mut shown = shown_rows("a", all_fail().chain([failed]));
        let said = ["1 of 5 did not run to their end", "failed checks: A-1 in 4 of 4"];
        assert_eq!(unsafe_for(&shown.points[0].figures, &shown.demonstrations), said);
        assert_eq!(always_failed(&shown), ["A-1 (at 1 of 1)"]);
        let some_fail = (0..4).map(|index| night("checks_failed", index > 0));
        shown.points.extend(shown_rows("a", some_fail).points);
        assert_eq!(
            unsafe_for(&shown.points[1].figures, &shown.demonstrations),
            ["failed checks: A-1 in 3 of 4"]
        );
        assert_eq!(always_failed(&shown), ["A-1 (at 1 of 2)"]);
        shown.points.remove(0);
        assert!(always_failed(&shown).is_empty());
        for (name, words) in [("late", "late buses"), ("breaches", "breaches")] {
            assert_eq!(
                unsafe_for(
                    &shown_rows("a", [night(name, true)].into_iter()).points[0].figures,
                    &BTreeSet::new()
                ),
                [words]
            );
        }
    }

    #[test]
    fn a_check_that_something_happens_makes_no_point_unsafe_where_it_does_not() {
        let rows = || (0..20).map(|_| row_with("checks_failed", Some(1)));
        let mut shown = shown_rows("a", rows());
        shown.demonstrations.insert("A-1".to_owned());
        let point = PointRow::of(&shown, &shown.points[0], &[]);
        assert_eq!((point.unsafe_for.len(), point.not_shown), (0, vec!["A-1 in 20 of 20".to_owned()]));
        assert!(always_failed(&shown).is_empty());
    }

    #[test]
    fn figures_that_are_nothing_in_every_run_have_no_column() {
        let rows = || [row(2), row(0)].into_iter();
        let page = SweepPage::new(&shown_rows("a", rows()), Vec::new(), Vec::new(), (Vec::new(), Vec::new()));
        assert_eq!(page.columns, ["buses not ready at departure"]);
        assert!(page.always_zero.contains(&"longest pause [s]") && page.always_zero.len() == 8);
        let html = page.to_html().unwrap();
        assert!(html.contains("the least to the largest of 2 runs"), "{html}");
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
