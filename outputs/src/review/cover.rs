//! What stands first: what was run, how it was judged, and the key figures.

use super::breaches::BreachRow;
use super::lists::Listed;
use super::page::ReviewContext;
use super::recorder::ReviewData;
use super::verdict::{self, Deviation};
use super::visits::Visits;
use super::words::Words;
use crate::checks::Verdict;
use crate::format::{duration, duration_min};

/// The cover beside what stands in the summary.
pub(super) struct Cover {
    pub(super) verdict_words: String,
    /// How many checks passed.
    pub(super) passed: usize,
    pub(super) start: String,
    pub(super) end: String,
    /// Of the depot's clock from UTC, such as `+08:00`.
    pub(super) offset: String,
    /// What the title begins with.
    pub(super) verdict_title: &'static str,
    /// The first digits of the run's digest, at the foot of every sheet.
    pub(super) short_digest: String,
    pub(super) duration: String,
    /// Length of a tick.
    pub(super) step: String,
    /// What a reader should know before signing.
    pub(super) deviations: Vec<Deviation>,
    /// Whether nothing happened that should not have.
    pub(super) went_as_meant: bool,
    /// When the site's meter was highest, as HTML of ours.
    pub(super) peak_at: String,
    /// A dash where nobody was ready.
    pub(super) least_margin: String,
    /// For how long some limit was exceeded.
    pub(super) over_limit: String,
}

pub(super) fn cover(
    context: &ReviewContext<'_>,
    data: &ReviewData,
    words: &Words,
    (breaches, visits): (&Listed<BreachRow<'_>>, &Visits<'_>),
) -> Cover {
    let summary = context.summary;
    Cover {
        verdict_words: verdict::in_words(summary),
        passed: summary.checks.iter().filter(|check| check.passed).count(),
        start: words.long(0),
        end: words.long(data.end_s as i64),
        offset: words.offset(),
        verdict_title: match summary.verdict {
            Verdict::Pass if !verdict::went_as_meant(summary) => "PASS with deviations",
            Verdict::Pass => "PASS",
            Verdict::Fail => "FAIL",
            Verdict::NotJudged => "NOT JUDGED",
        },
        short_digest: context.identity.run_digest.chars().take(12).collect(),
        duration: duration(data.end_s as i64),
        step: duration(i64::from(context.depot.step_s)),
        deviations: verdict::deviations(context, breaches, visits),
        went_as_meant: verdict::went_as_meant(summary),
        peak_at: words.moment_of(summary.site.meter.peak_at.as_deref()),
        least_margin: summary.visits.least_margin_s.map_or("–".to_owned(), duration_min),
        over_limit: duration(summary.breaches.over_limit_s as i64),
    }
}
