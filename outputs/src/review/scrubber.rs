//! The status with its scrubber: the moment that it opens at, which tells most about the run, and what it leaves out.

use super::page::ReviewContext;
use super::peaks::SeenBreach;
use super::recorder::ReviewData;
use super::words::{Words, brief};
use crate::format::kw;
use sim::Traces;

/// What stands beside the scrubber.
pub(super) struct Scrubber {
    /// How many moments it can show.
    pub(super) frames: usize,
    /// What it leaves out, said.
    pub(super) note: String,
    /// The cycle that withheld most \[s\].
    pub(super) tightest_s: Option<u64>,
    /// Where the page opens, as HTML of ours.
    pub(super) opens_at: String,
    pub(super) opens_why: String,
}

pub(super) fn scrubber(
    context: &ReviewContext<'_>,
    data: &ReviewData,
    words: &Words,
    opening: Opening,
) -> Scrubber {
    Scrubber {
        frames: data.trace.frames.len(),
        note: frames_note(context, data),
        tightest_s: data.tightest.map(|(_, t_s)| t_s),
        opens_at: words.moment(opening.t_s as i64),
        opens_why: opening.why,
    }
}

/// A moment and why it was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Opening {
    /// Seconds from the start.
    pub(super) t_s: u64,
    /// What happened then, to follow "when".
    pub(super) why: String,
}

/// The beginning of the largest breach; without any, the first rejected cycle; else the cycle that withheld most; else the highest meter.
pub(super) fn opening(context: &ReviewContext<'_>, data: &ReviewData, words: &Words) -> Opening {
    let largest = data.breaches.kept.iter().max_by_key(|seen| seen.size());
    if let Some(SeenBreach { breach, peak }) = largest {
        let (node, over) = (&context.depot.site[breach.node as usize].id, brief(&kw(breach.peak_over_w)));
        let ends = words.short(breach.end_s as i64);
        let peak = peak.as_ref().filter(|peak| peak.t_s > breach.start_s);
        let when = peak.map(|peak| format!(", at {}", words.short(peak.t_s as i64))).unwrap_or_default();
        let why = format!(
            "the largest breach began: until {ends}, {node} goes up to {over} kW over its limit{when}"
        );
        return Opening { t_s: breach.start_s, why };
    }
    if let Some(spell) = data.spells.kept.first() {
        let why = format!("the first rejected cycle ran ({})", spell.reason);
        return Opening { t_s: spell.from_s, why };
    }
    if let Some((withheld_w, t_s)) = data.tightest {
        let why = format!("a cycle withheld most: {} kW", brief(&kw(withheld_w)));
        return Opening { t_s, why };
    }
    let peak_s = words.seconds_of(context.summary.site.meter.peak_at.as_deref());
    Opening {
        t_s: peak_s.and_then(|peak_s| u64::try_from(peak_s).ok()).unwrap_or(0),
        why: "the site's meter was highest".to_owned(),
    }
}

/// What the scrubber leaves out, said.
fn frames_note(context: &ReviewContext<'_>, data: &ReviewData) -> String {
    let (frames, ticks) = (data.trace.frames.len() as u64, data.trace.ticks());
    let tables = match context.traces {
        Traces::None => "rerun with --traces full for nodes.csv and connectors.csv",
        _ => "nodes.csv and connectors.csv have all",
    };
    let mut note = match frames == ticks {
        true => format!("Every one of the {ticks} ticks can be shown."),
        false => format!(
            "{frames} of {ticks} ticks can be shown: every {}th, and where an outcome, a limit or a breach changed; {tables}.",
            data.trace.stride
        ),
    };
    if data.nodes.len() < context.site.nodes.len() {
        note.push_str(&format!(
            " {} of {} nodes are in the tree; {tables}.",
            data.nodes.len(),
            context.site.nodes.len()
        ));
    } else if !data.has_connectors {
        note.push_str(&format!(
            " The {} connectors are not in the tree; {tables}.",
            context.site.connectors.len()
        ));
    }
    if let (_, faults @ 1..) = data.shown_faults(context.site) {
        note.push_str(&format!(" {faults} faults are not in the tree; events.csv has them."));
    }
    note
}
