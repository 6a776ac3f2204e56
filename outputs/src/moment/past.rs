//! What has begun before a tick and goes on, and does not stand in the tick's columns.

use super::{FaultKind, Moment, Told};
use crate::clock::Clock;
use serde::Serialize;
use sim::{BreachCause, EventKind, Outcome, TickView, Why};
use std::collections::BTreeMap;

/// Breaches that have not ended, and since when cycles are rejected.
#[derive(Debug, Clone, Default)]
pub struct Past {
    pub(crate) rejected_since_s: Option<u64>,
    /// By position in [`sim::Depot::site`].
    breaches: BTreeMap<u32, OpenBreach>,
}

/// A breach that has not ended.
#[derive(Debug, Clone, Copy)]
struct OpenBreach {
    since_s: u64,
    cause: BreachCause,
    /// Whether the newest cycle had been rejected when it began.
    was_rejected: bool,
}

/// A breach as reports tell it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BreachStatus {
    /// The code of what brought it about, as in `breaches.csv`. By now it may last for other reasons.
    pub cause: &'static str,
    /// The same in words: how it was when it began.
    pub words: &'static str,
    /// Since when, RFC 3339.
    pub since: String,
}

impl Past {
    /// Takes over a tick; ticks come in their order, from the first one on.
    pub fn hear(&mut self, view: &TickView<'_>) {
        let rejected = view.cycle.filter(|cycle| cycle.outcome == Outcome::Rejected);
        self.rejected_since_s = rejected.map(|cycle| self.rejected_since_s.unwrap_or(cycle.t_s));
        let was_rejected = rejected.is_some();
        for event in view.events {
            match (event.kind, event.why) {
                (EventKind::BreachBegan, Some(Why::Breach(cause))) => {
                    self.breaches.insert(event.node, OpenBreach { since_s: event.t_s, cause, was_rejected });
                }
                (EventKind::BreachEnded, _) => {
                    self.breaches.remove(&event.node);
                }
                _ => {}
            }
        }
    }
}

impl Told<'_> {
    /// The breach at a position of the site.
    pub(super) fn breach(&self, position: u32, moment: &Moment) -> Option<BreachStatus> {
        let open = *moment.past.breaches.get(&position)?;
        let since = Clock::of(self.depot).rfc3339(open.since_s as i64);
        Some(BreachStatus { cause: open.cause.code(), words: self.began_words(position, open), since })
    }

    /// How it was when a breach at a position of the site began.
    fn began_words(&self, position: u32, open: OpenBreach) -> &'static str {
        if open.cause != BreachCause::NotApplied {
            return cause_words(open.cause);
        }
        match (open.was_rejected, self.ignores_below(position, open.since_s)) {
            (false, _) => "a charger ignored its setpoint",
            (true, false) => "the cycle was rejected, and what counted in its place did not fit",
            (true, true) => cause_words(open.cause),
        }
    }

    /// Whether a charger at a position of the site, or below it, ignores its setpoints in the tick that begins at `t_s` \[s\].
    fn ignores_below(&self, position: u32, t_s: u64) -> bool {
        let is_below = |node: u32| {
            std::iter::successors(Some(node), |&at| self.depot.site[at as usize].parent)
                .any(|at| at == position)
        };
        let mut ignoring = self.faults.all().filter(|fault| fault.kind == FaultKind::IgnoresSetpoints);
        ignoring.any(|fault| fault.holds_at(t_s) && is_below(fault.node))
    }
}

/// What a cause means.
pub(crate) fn cause_words(cause: BreachCause) -> &'static str {
    match cause {
        BreachCause::EnvelopeStep => {
            "a limit fell below what was being drawn, and neither a cycle nor the chargers had answered yet"
        }
        BreachCause::SiteChange => "site data lowered a rating below what was being drawn",
        BreachCause::BaseLoad => "base load alone was above the limit, or rose before a cycle could answer",
        BreachCause::NotApplied => {
            "setpoints that would have fitted were not in force: the cycle was rejected and what counted in its place did not fit, or a charger ignored its own"
        }
        BreachCause::Uncontrolled => "the strategy ignored limits",
        BreachCause::ChargerOffline => "a charger could not hear its setpoint",
        BreachCause::ChargerLag => {
            "some chargers were still on their way down while others already used what was theirs"
        }
    }
}

/// A line for each breach of some nodes; nothing where there is none.
pub(super) fn breach_lines<'a>(nodes: impl Iterator<Item = (&'a str, Option<&'a BreachStatus>)>) -> String {
    let breaches: Vec<(&str, &BreachStatus)> =
        nodes.filter_map(|(node, breach)| Some((node, breach?))).collect();
    let width = breaches.iter().map(|(node, _)| node.len()).max().unwrap_or(0);
    let mut out = String::from(if breaches.is_empty() { "" } else { "\nbreaches\n" });
    for (node, BreachStatus { cause, words, since }) in breaches {
        out.push_str(&format!("  {node:width$}  {cause:17}  since {since}; when it began, {words}\n"));
    }
    out
}
