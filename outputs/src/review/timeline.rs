//! The run as periods in which cycles ended alike, and as a drawing of them.

use super::lists::Listed;
use super::page::ReviewContext;
use super::recorder::{ReviewData, cycle_column};
use super::words::{Words, plain};
use crate::format::{counted, duration, kw};
use crate::summary::report::SummaryReport;
use sim::{Depot, LimitSource, Outcome};

/// Periods that are drawn at most.
const PERIODS_MAX: usize = 1_500;
/// Periods that are listed at most.
const PERIODS_LISTED: usize = 60;

/// The section of the page.
pub(super) struct Timeline {
    pub(super) words: String,
    pub(super) lanes: [(&'static str, u32); 4],
    pub(super) bars: Vec<Bar>,
    pub(super) ticks: Vec<Tick>,
    pub(super) periods: Listed<PeriodRow>,
    /// Whether more periods were left out of the drawing, too.
    pub(super) is_cut: bool,
}

pub(super) struct PeriodRow {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) length: String,
    pub(super) outcome: &'static str,
    pub(super) reason: &'static str,
    pub(super) node: String,
    pub(super) source: String,
    /// The most that one of its cycles withheld, of those that are kept; a dash where none was curtailed.
    pub(super) withheld_kw: String,
}

pub(super) fn timeline(context: &ReviewContext<'_>, data: &ReviewData, words: &Words) -> Timeline {
    let (periods, is_cut) = periods(data, context.depot);
    let row = |period: &Period| PeriodRow {
        from: words.moment(period.from_s as i64),
        to: words.time(period.to_s as i64),
        length: duration(period.to_s as i64 - period.from_s as i64),
        outcome: period.outcome,
        reason: period.reason,
        node: period.node.clone(),
        source: plain(period.source),
        withheld_kw: match period.outcome == Outcome::Curtailed.name() {
            true => kw(period.withheld_w),
            false => "–".to_owned(),
        },
    };
    Timeline {
        words: in_words(context.summary, periods.len()),
        lanes: LANES,
        bars: bars(data, &periods),
        ticks: ticks(words, context.depot, data.end_s),
        periods: Listed::first(periods.iter().map(row).collect(), PERIODS_LISTED),
        is_cut,
    }
}

fn in_words(summary: &SummaryReport, periods: usize) -> String {
    let cycles = &summary.cycles;
    format!(
        "{} cycles in {}: {} applied, {} curtailed, {} rejected; {}",
        cycles.total,
        counted(periods as u64, "period", "periods"),
        cycles.applied,
        cycles.curtailed,
        cycles.rejected,
        counted(summary.breaches.count, "breach", "breaches")
    )
}

/// A time in which cycles ended alike.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Period {
    from_s: u64,
    to_s: u64,
    outcome: &'static str,
    reason: &'static str,
    /// The constraining node; empty for none.
    node: String,
    /// Which of its limits; empty for none.
    source: &'static str,
    /// The most that one of its cycles withheld \[W\].
    withheld_w: u64,
}

/// The periods of a run, and whether some were left out.
fn periods(data: &ReviewData, depot: &Depot) -> (Vec<Period>, bool) {
    let columns = &data.trace.columns;
    let value = |column: usize, frame: usize| columns[column].at(frame as u32).unwrap_or(-1);
    let mut periods: Vec<Period> = Vec::new();
    for (ix, frame) in data.trace.frames.iter().enumerate() {
        let (outcome, reason) = (value(cycle_column::OUTCOME, ix), value(cycle_column::REASON, ix));
        if outcome < 0 {
            continue;
        }
        let source =
            usize::try_from(value(cycle_column::SOURCE, ix)).ok().and_then(|ix| LimitSource::ALL.get(ix));
        let period = Period {
            from_s: frame.t_s,
            to_s: data.end_s,
            outcome: super::embed::outcome_name(outcome),
            reason: super::embed::reason_name(reason),
            node: usize::try_from(value(cycle_column::NODE, ix))
                .map(|at| depot.site[at].id.clone())
                .unwrap_or_default(),
            source: source.map_or("", |source| source.name()),
            withheld_w: value(cycle_column::WITHHELD, ix).max(0).unsigned_abs(),
        };
        let is_same = |last: &&mut Period| {
            (last.outcome, last.reason, &last.node, last.source)
                == (period.outcome, period.reason, &period.node, period.source)
        };
        if let Some(last) = periods.last_mut().filter(is_same) {
            last.withheld_w = last.withheld_w.max(period.withheld_w);
            continue;
        }
        if let Some(last) = periods.last_mut() {
            last.to_s = frame.t_s;
        }
        if periods.len() == PERIODS_MAX {
            return (periods, true);
        }
        periods.push(period);
    }
    (periods, false)
}

/// A bar of the drawing, in thousandths of its width.
pub(super) struct Bar {
    pub(super) x: String,
    pub(super) width: String,
    pub(super) y: u32,
    pub(super) class: &'static str,
}

/// One lane for each outcome, and one for breaches: the lane says what the colour says.
const LANES: [(&str, u32); 4] = [("Applied", 0), ("Curtailed", 20), ("Rejected", 40), ("Breach", 60)];

/// The bars of all lanes.
fn bars(data: &ReviewData, periods: &[Period]) -> Vec<Bar> {
    let end_s = data.end_s.max(1);
    let bar = |from_s: u64, to_s: u64, y, class| {
        // A bar is never too narrow to be seen.
        let (from, to) = (from_s * 1_000_000 / end_s, (to_s * 1_000_000 / end_s).min(1_000_000));
        let width = to.saturating_sub(from).max(1_500);
        Bar { x: milli(from.min(998_500)), width: milli(width), y, class }
    };
    let mut bars: Vec<Bar> = Vec::with_capacity(periods.len());
    for period in periods {
        let (y, class) = match period.outcome {
            name if name == Outcome::Applied.name() => (0, "bar-applied"),
            name if name == Outcome::Curtailed.name() => (20, "bar-curtailed"),
            _ => (40, "bar-rejected"),
        };
        bars.push(bar(period.from_s, period.to_s, y, class));
    }
    let breaches = data.breaches.kept.iter().map(|seen| &seen.breach);
    bars.extend(breaches.map(|breach| bar(breach.start_s, breach.end_s, 60, "bar-breach")));
    bars
}

/// A tick of the time axis: its place in percent and its words.
pub(super) struct Tick {
    pub(super) left: String,
    pub(super) label: String,
    /// Whether a narrow page has no room behind it.
    pub(super) is_late: bool,
}

/// Some ticks at round times of the depot's clock: at midnights where the run takes days.
fn ticks(words: &Words, depot: &Depot, end_s: u64) -> Vec<Tick> {
    const ROUND_MIN: [u64; 20] = [
        1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440, 2880, 4320, 7200, 10_080, 14_400, 20_160,
        43_200,
    ];
    let is_few = |step_min: &&u64| end_s / (60 * **step_min) <= 6;
    let step_s = 60 * ROUND_MIN.iter().find(is_few).copied().unwrap_or(end_s / 360 + 1);
    let start_s = depot.start_unix_s + i64::from(depot.utc_offset_s);
    let first_s = (step_s as i64 - start_s.rem_euclid(step_s as i64)) as u64 % step_s;
    // A label needs room before the end.
    let at = (0..).map(|k| first_s + k * step_s).take_while(|t_s| t_s * 100 <= end_s * 90);
    let tick = |t_s: u64| Tick {
        left: milli(t_s * 100_000 / end_s.max(1)),
        label: words.short(t_s as i64),
        is_late: t_s * 100 > end_s * 70,
    };
    at.map(tick).collect()
}

/// Thousandths as a decimal.
fn milli(value: u64) -> String {
    format!("{}.{:03}", value / 1000, value % 1000)
}
