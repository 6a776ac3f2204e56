//! The figures of a case: the columns of `results.csv` that are aggregated.

use crate::format;
use crate::summary::report::SummaryReport;

/// A figure of every case.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    /// The column.
    pub name: &'static str,
    /// What people call it on pictures, with its unit.
    pub label: &'static str,
    /// Digits after the point; a figure is a whole number of units of the last of them.
    pub decimals: u32,
    figure: fn(&SummaryReport) -> Option<i64>,
}

/// All of them, in the order of columns.
pub const METRICS: [Metric; 17] = [
    Metric::new("visits", "visits", 0, |report| count(report.visits.total)),
    Metric::new("ready", "buses ready", 0, |report| count(report.visits.ready)),
    Metric::new("late", "buses not ready at departure", 0, |report| count(report.visits.late)),
    Metric::new("least_margin_min", "least margin of the ready [min]", 0, |report| {
        report.visits.least_margin_s.map(|margin_s| margin_s.div_euclid(60))
    }),
    Metric::new("shortfall_kwh", "shortfall [kWh]", 3, |report| energy_wh(report.visits.shortfall_j)),
    Metric::new("peak_kw", "peak at the site's meter [kW]", 3, |report| report.site.meter.peak_w),
    Metric::new("peak_30min_kw", "30-minute peak [kW]", 3, |report| report.site.peak_30min_w),
    Metric::new("curtailed_kwh", "curtailed [kWh]", 3, |report| energy_wh(report.visits.curtailed_j)),
    Metric::new("pauses", "pauses", 0, |report| count(report.visits.pauses)),
    Metric::new("longest_pause_s", "longest pause [s]", 0, |report| count(report.visits.longest_pause_s)),
    Metric::new("jain_index", "Jain's index", 6, |report| report.visits.jain_index_ppm.and_then(count)),
    Metric::new("breaches", "breaches", 0, |report| count(report.breaches.count)),
    Metric::new("over_limit_s", "time over a limit [s]", 0, |report| count(report.breaches.over_limit_s)),
    Metric::new("cycles_applied", "cycles applied", 0, |report| count(report.cycles.applied)),
    Metric::new("cycles_curtailed", "cycles curtailed", 0, |report| count(report.cycles.curtailed)),
    Metric::new("cycles_rejected", "cycles rejected", 0, |report| count(report.cycles.rejected)),
    Metric::new("checks_failed", "acceptance checks failed", 0, failed_checks),
];

/// How many of the scenario's checks failed; none where it has none.
fn failed_checks(report: &SummaryReport) -> Option<i64> {
    let failed = report.checks.iter().filter(|check| !check.passed).count();
    (!report.checks.is_empty()).then_some(failed as i64)
}

/// The place of a metric in [`METRICS`], by its column.
pub fn metric(name: &str) -> Option<usize> {
    METRICS.iter().position(|metric| metric.name == name)
}

fn count(value: u64) -> Option<i64> {
    i64::try_from(value).ok()
}

/// Joules in watt hours, rounded down as everywhere.
fn energy_wh(energy_j: u64) -> Option<i64> {
    count(energy_j / 3600)
}

/// The metrics that have a picture, in the order of the page.
pub const PICTURED: [&str; 7] = [
    "late",
    "least_margin_min",
    "shortfall_kwh",
    "peak_30min_kw",
    "curtailed_kwh",
    "longest_pause_s",
    "jain_index",
];

impl Metric {
    const fn new(
        name: &'static str,
        label: &'static str,
        decimals: u32,
        figure: fn(&SummaryReport) -> Option<i64>,
    ) -> Self {
        Self { name, label, decimals, figure }
    }

    /// The figure of a run; `None` where it has none.
    pub fn of(&self, report: &SummaryReport) -> Option<i64> {
        (self.figure)(report)
    }

    /// The figure that a cell of the column says.
    pub fn read(&self, text: &str) -> Option<i64> {
        read_decimal(text, self.decimals)
    }
}

/// Appends a figure with so many digits after the point.
pub(super) fn push_decimal(out: &mut Vec<u8>, figure: i64, decimals: u32) {
    if figure < 0 {
        out.push(b'-');
    }
    let scale = 10_u64.pow(decimals);
    let (whole, rest) = (figure.unsigned_abs() / scale, figure.unsigned_abs() % scale);
    format::push_u64(out, whole);
    if decimals > 0 {
        let digits = format!(".{rest:0width$}", width = decimals as usize);
        out.extend_from_slice(digits.as_bytes());
    }
}

/// Reads what [`push_decimal`] wrote.
fn read_decimal(text: &str, decimals: u32) -> Option<i64> {
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, rest) = match decimals {
        0 => (digits, ""),
        _ => digits.split_once('.').filter(|(_, rest)| rest.len() == decimals as usize)?,
    };
    if whole.is_empty() || !whole.bytes().chain(rest.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let figure: i64 = format!("{whole}{rest}").parse().ok()?;
    Some(if is_negative { -figure } else { figure })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_as_the_same_figure_and_nothing_else_is() {
        for (figure, decimals, text) in
            [(0, 0, "0"), (-7, 0, "-7"), (1_500, 3, "1.500"), (-1, 3, "-0.001"), (999_999, 6, "0.999999")]
        {
            let mut out = Vec::new();
            push_decimal(&mut out, figure, decimals);
            assert_eq!(String::from_utf8_lossy(&out), text);
            assert_eq!(read_decimal(text, decimals), Some(figure));
        }
        for (text, decimals) in [
            ("", 0),
            ("-", 0),
            ("1.5", 0),
            ("1.5", 3),
            ("1", 3),
            (".500", 3),
            ("1e3", 0),
            ("99999999999999999999", 0),
        ] {
            assert_eq!(read_decimal(text, decimals), None, "{text}");
        }
    }

    #[test]
    fn no_two_metrics_share_a_column() {
        for (index, metric) in METRICS.iter().enumerate() {
            assert_eq!(super::metric(metric.name), Some(index));
        }
    }
}
