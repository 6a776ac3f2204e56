//! What has begun before a tick and goes on, and does not stand in the tick's columns.

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
}

/// A breach as reports tell it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BreachStatus {
    /// The cause's code, as in `breaches.csv`.
    pub cause: &'static str,
    /// The same in words.
    pub words: &'static str,
    /// Since when, RFC 3339.
    pub since: String,
}

impl Past {
    /// Takes over a tick; ticks come in their order, from the first one on.
    pub fn hear(&mut self, view: &TickView<'_>) {
        let rejected = view.cycle.filter(|cycle| cycle.outcome == Outcome::Rejected);
        self.rejected_since_s = rejected.map(|cycle| self.rejected_since_s.unwrap_or(cycle.t_s));
        for event in view.events {
            match (event.kind, event.why) {
                (EventKind::BreachBegan, Some(Why::Breach(cause))) => {
                    self.breaches.insert(event.node, OpenBreach { since_s: event.t_s, cause });
                }
                (EventKind::BreachEnded, _) => {
                    self.breaches.remove(&event.node);
                }
                _ => {}
            }
        }
    }

    /// The breach at a position of the site.
    pub(super) fn breach(&self, position: u32, clock: Clock) -> Option<BreachStatus> {
        let OpenBreach { since_s, cause } = *self.breaches.get(&position)?;
        let since = clock.rfc3339(since_s as i64);
        Some(BreachStatus { cause: cause.code(), words: cause_words(cause), since })
    }
}

/// What a cause means.
pub(crate) fn cause_words(cause: BreachCause) -> &'static str {
    match cause {
        BreachCause::EnvelopeStep => {
            "a limit fell below what was being drawn, and chargers had not followed yet"
        }
        BreachCause::SiteChange => "site data lowered a rating below what was being drawn",
        BreachCause::BaseLoad => "base load alone was above the limit, or rose before a cycle could answer",
        BreachCause::NotApplied => {
            "setpoints that would have fitted were not in force: the cycle was rejected and older ones held, or a charger ignored its own"
        }
        BreachCause::Uncontrolled => "the strategy ignores limits",
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
        out.push_str(&format!("  {node:width$}  {cause:17}  since {since}: {words}\n"));
    }
    out
}
