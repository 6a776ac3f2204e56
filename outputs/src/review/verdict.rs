//! The verdict: in a sentence, as requirements beside their checks, and as what a reader should know before signing.

use super::page::ReviewContext;
use super::words::{Words, brief, counted};
use crate::checks::{CheckFigures, Evidence, Verdict};
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

/// What a reader should know before signing, in sentences.
pub(super) fn deviations(context: &ReviewContext<'_>) -> Vec<String> {
    let summary = context.summary;
    let (visits, cycles, breaches) = (&summary.visits, &summary.cycles, &summary.breaches);
    let mut said = Vec::new();
    let mut say = |count: u64, one: &str, many: &str| {
        if count > 0 {
            said.push(counted(count, one, many));
        }
    };
    let failed = summary.checks.iter().filter(|check| !check.passed).count() as u64;
    say(failed, "check failed", "checks failed");
    say(breaches.count, "breach of a limit", "breaches of limits");
    say(cycles.rejected, "cycle was rejected", "cycles were rejected");
    say(visits.late, "vehicle left without what it needs", "vehicles left without what they need");
    say(
        visits.unfinished,
        "vehicle was not ready when the run ended",
        "vehicles were not ready when the run ended",
    );
    say(visits.no_shows, "vehicle never came", "vehicles never came");
    let without = visits.never_plugged_in.saturating_sub(visits.no_shows);
    say(without, "vehicle never had a connector", "vehicles never had a connector");
    say(
        summary.limit_steps.unmet,
        "limit that fell was not met before the run ended",
        "limits that fell were not met before the run ended",
    );
    said.extend(context.set.iter().map(|set| format!("a value of the scenario was replaced: {set}")));
    said.extend(context.replay_of.map(|replayed| format!("this run replays another: {replayed}")));
    said.extend(context.depot.fallback_note.iter().map(|note| format!("the site is balanced flat: {note}")));
    if context.summary.checks.is_empty() {
        said.push("the scenario has no acceptance checks, so nothing was judged".to_owned());
    }
    said
}
