//! The verdict: in a sentence, as requirements beside their checks, and as what a reader should know before signing.

use super::breaches::BreachRow;
use super::lists::Listed;
use super::page::ReviewContext;
use super::visits::Visits;
use super::words::{Words, brief};
use crate::checks::{CheckFigures, Evidence, Verdict};
use crate::format::counted;
use crate::format::kw;
use crate::summary::report::SummaryReport;

/// How the run was judged, and why anybody might doubt it.
pub(super) fn in_words(summary: &SummaryReport) -> String {
    let (all, visits) = (summary.checks.len(), &summary.visits);
    let failed = summary.checks.iter().filter(|check| !check.passed).count();
    let checks = match summary.verdict {
        Verdict::NotJudged => "This run was not judged: its scenario has no acceptance checks.".to_owned(),
        Verdict::Pass => {
            format!("All {} passed.", counted(all as u64, "acceptance check", "acceptance checks"))
        }
        Verdict::Fail => {
            format!("{failed} of {} failed.", counted(all as u64, "acceptance check", "acceptance checks"))
        }
    };
    let limits = match summary.breaches.count {
        0 => "No limit was exceeded at any time.".to_owned(),
        count => format!(
            "Limits were exceeded in {}, by at most {} kW.",
            counted(count, "breach", "breaches"),
            brief(&kw(summary.breaches.peak_over_w))
        ),
    };
    let absent = match visits.no_shows {
        0 => String::new(),
        count => format!(" ({count} never came)"),
    };
    format!(
        "{checks} {limits} {} of {} vehicles were ready before they left{absent}.",
        visits.ready, visits.total
    )
}

pub(super) struct CheckRow<'a> {
    pub(super) check: &'a CheckFigures,
    /// Where the evidence stands, as HTML of ours.
    pub(super) evidence: String,
}

pub(super) fn checks<'a>(context: &'a ReviewContext<'_>, words: &Words) -> Vec<CheckRow<'a>> {
    let place = |check: &CheckFigures| {
        let (anchor, name) = match check.evidence {
            Evidence::Breaches => ("breaches", "Breaches"),
            Evidence::Visits => ("visits", "Visits"),
            Evidence::Status => ("timeline", "Timeline"),
            Evidence::Nodes => ("nodes", "Headroom"),
            Evidence::Topology => ("topology", "Topology"),
            Evidence::Rejections => ("rejections", "Rejected cycles"),
        };
        let moment = check.at_s.map(|at_s| format!(" at {}", words.moment(at_s as i64))).unwrap_or_default();
        let visit = check.visit.as_ref().and_then(|visit| {
            let ix = context.realization.visits.iter().position(|known| known.id == *visit)?;
            Some(format!(", <a href=\"#visit-{ix}\">that visit</a>"))
        });
        format!("<a href=\"#{anchor}\">{name}</a>{moment}{}", visit.unwrap_or_default())
    };
    context.summary.checks.iter().map(|check| CheckRow { check, evidence: place(check) }).collect()
}

/// What a reader should know before signing.
pub(super) struct Deviation {
    /// In a few words.
    pub(super) words: String,
    /// How large, and who: a reader of the first page alone should know. Empty where there is nothing to add.
    pub(super) detail: String,
    /// The section that tells more; empty where none does.
    pub(super) section: &'static str,
}

impl Deviation {
    fn plain(words: impl Into<String>) -> Self {
        Self { words: words.into(), detail: String::new(), section: "" }
    }
}

/// So many are named on the first page.
const NAMED_MAX: usize = 5;

/// What a reader should know before signing: of the run first, then of what was asked.
pub(super) fn deviations(
    context: &ReviewContext<'_>,
    breach_rows: &Listed<BreachRow<'_>>,
    visit_rows: &Visits<'_>,
) -> Vec<Deviation> {
    let summary = context.summary;
    let (visits, cycles, breaches) = (&summary.visits, &summary.cycles, &summary.breaches);
    let mut said = Vec::new();
    let mut say = |count: u64, (one, many): (&str, &str), section: &'static str, detail: String| {
        if count > 0 {
            said.push(Deviation { words: counted(count, one, many), detail, section });
        }
    };
    let failed: Vec<String> =
        summary.checks.iter().filter(|check| !check.passed).map(|check| check.id.clone()).collect();
    say(
        failed.len() as u64,
        ("check failed", "checks failed"),
        "checks",
        some_of(&failed, failed.len() as u64),
    );
    let largest = breach_rows.rows.iter().find(|row| row.rank == 1);
    let largest = largest.map(|row| {
        let the_largest = if breaches.count > 1 { "the largest at" } else { "at" };
        format!(
            "{the_largest} {}, up to {} kW over its limit and {} kWh in {}",
            row.node, row.peak_over_kw, row.energy_over_kwh, row.length
        )
    });
    let of_limits = ("breach of a limit", "breaches of limits");
    say(breaches.count, of_limits, "breaches", largest.unwrap_or_default());
    let were_rejected = ("cycle was rejected", "cycles were rejected");
    say(cycles.rejected, were_rejected, "rejections", String::new());
    let late: Vec<String> = visit_rows.late.iter().map(|&ix| visit_rows.listed.rows[ix].lacks()).collect();
    let left = ("vehicle left without what it needs", "vehicles left without what they need");
    say(
        visits.late,
        left,
        "visits",
        if visits.unfinished == 0 { some_of(&late, visits.late) } else { String::new() },
    );
    let unfinished =
        ("vehicle was not ready when the run ended", "vehicles were not ready when the run ended");
    say(visits.unfinished, unfinished, "visits", String::new());
    say(visits.no_shows, ("vehicle never came", "vehicles never came"), "faults", String::new());
    let without = visits.never_plugged_in.saturating_sub(visits.no_shows);
    let no_connector = ("vehicle never had a connector", "vehicles never had a connector");
    say(without, no_connector, "visits", String::new());
    let unmet = (
        "limit that fell was not met before the run ended",
        "limits that fell were not met before the run ended",
    );
    say(summary.limit_steps.unmet, unmet, "response", String::new());
    let asked = context.set.iter().map(|set| format!("a value of the scenario was replaced: {set}"));
    let replayed = context.replay_of.map(|replayed| format!("this run replays another: {replayed}"));
    let flat = context.depot.fallback_note.iter().map(|note| format!("the site is balanced flat: {note}"));
    said.extend(asked.chain(replayed).chain(flat).map(Deviation::plain));
    if summary.checks.is_empty() {
        said.push(Deviation::plain("the scenario has no acceptance checks, so nothing was judged"));
    }
    said
}

/// Whether anything happened that should not have: a run can pass and yet not be as it was meant.
pub(super) fn went_as_meant(summary: &SummaryReport) -> bool {
    let (visits, cycles) = (&summary.visits, &summary.cycles);
    let missed = [visits.late, visits.unfinished, visits.no_shows, visits.never_plugged_in];
    missed
        .into_iter()
        .chain([summary.breaches.count, cycles.rejected, summary.limit_steps.unmet])
        .sum::<u64>()
        == 0
}

/// The first of so many in words.
fn some_of(names: &[String], count: u64) -> String {
    let named = &names[..names.len().min(NAMED_MAX)];
    match count.saturating_sub(named.len() as u64) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}
