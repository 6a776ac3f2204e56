//! What random depots have covered, and what they should have.
//!
//! A cell is a strategy, how a cycle ended (outcome and reason), the depth of the site's tree, and a feature of the depot. Depots are in a
//! cell together, so that all five are counted; demanded of a long hunt are the cells of which each says something of its own:
//!
//! - strategy x end x depth, for ends that can come about there ([`is_reachable`]);
//! - feature x end, and feature x strategy, for features that do not exclude them ([`excludes`]).

use super::trial::Seen;
use scenarios::random_depot::FEATURES;
use sim::{Outcome, Reason, Strategy};
use std::collections::BTreeMap;

type End = (&'static str, &'static str);

/// Counts of depots by cell.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    by_depth: BTreeMap<(&'static str, End, u32), u64>,
    by_feature: BTreeMap<(&'static str, End), u64>,
    strategies: BTreeMap<(&'static str, &'static str), u64>,
    cells: BTreeMap<(&'static str, End, u32, &'static str), u64>,
    events: BTreeMap<&'static str, u64>,
    depots: BTreeMap<&'static str, u64>,
}

/// Trees of this many levels and more are one depth: the generator makes few of them.
const DEEP: u32 = 6;
/// A depot without any feature has this one.
const PLAIN: &str = "plain";

impl Coverage {
    /// Counts a depot.
    pub fn add(&mut self, seen: &Seen) {
        let depth = seen.depth.min(DEEP);
        let features = if seen.features.is_empty() { &[PLAIN][..] } else { &seen.features };
        for feature in features {
            *self.depots.entry(feature).or_default() += 1;
            *self.strategies.entry((feature, seen.strategy)).or_default() += 1;
        }
        for &end in &seen.ends {
            *self.by_depth.entry((seen.strategy, end, depth)).or_default() += 1;
            for feature in features {
                *self.by_feature.entry((feature, end)).or_default() += 1;
                *self.cells.entry((seen.strategy, end, depth, feature)).or_default() += 1;
            }
        }
        for event in &seen.events {
            *self.events.entry(event).or_default() += 1;
        }
    }

    /// Cells of all five that at least one depot was in.
    pub fn cells(&self) -> usize {
        self.cells.len()
    }

    /// Demanded cells: how many there are, and those in which no depot was.
    pub fn demanded(&self) -> (usize, Vec<String>) {
        let mut demanded = 0;
        let mut empty = Vec::new();
        let mut demand = |is_covered: bool, cell: String| {
            demanded += 1;
            if !is_covered {
                empty.push(cell);
            }
        };
        for strategy in Strategy::ALL {
            for end in ends() {
                for depth in 2..=DEEP {
                    if is_reachable(strategy, end, depth) {
                        let (name, shown) = (strategy.name(), if depth == DEEP { "or more" } else { "" });
                        let is_covered = self.by_depth.contains_key(&(name, end, depth));
                        demand(is_covered, format!("{name}, {} {}, depth {depth} {shown}", end.0, end.1));
                    }
                }
            }
        }
        for feature in FEATURES.iter().map(|feature| feature.name) {
            for end in ends().into_iter().filter(|&end| !excludes(feature, end)) {
                demand(
                    self.by_feature.contains_key(&(feature, end)),
                    format!("{feature}, {} {}", end.0, end.1),
                );
            }
            for strategy in Strategy::ALL {
                let is_covered = self.strategies.contains_key(&(feature, strategy.name()));
                demand(is_covered, format!("{feature}, {}", strategy.name()));
            }
        }
        (demanded, empty)
    }

    /// The tables in lines.
    pub fn to_text(&self) -> String {
        let mut text = String::from("ends by strategy (depots)\n");
        let strategies = Strategy::ALL.map(Strategy::name);
        text.push_str(&format!("  {:32}{}\n", "", strategies.map(|name| format!("{:>19}", name)).join("")));
        for end in ends() {
            let of = |strategy: &'static str| -> u64 {
                let cells =
                    self.by_depth.iter().filter(|((name, other, _), _)| *name == strategy && *other == end);
                cells.map(|(_, count)| count).sum()
            };
            let counts = strategies.map(|name| format!("{:>19}", of(name))).join("");
            text.push_str(&format!("  {:32}{counts}\n", format!("{} {}", end.0, end.1)));
        }
        text.push_str("depots by depth\n");
        for depth in 2..=DEEP {
            let cells = self.by_depth.iter().filter(|((_, _, other), _)| *other == depth);
            let more = if depth == DEEP { " and more" } else { "" };
            text.push_str(&format!(
                "  {:>9} ends at depth {depth}{more}\n",
                cells.map(|(_, count)| count).sum::<u64>()
            ));
        }
        text.push_str("depots by feature\n");
        for feature in FEATURES {
            let count = self.depots.get(feature.name).copied().unwrap_or(0);
            text.push_str(&format!("  {count:>9} {}\n", feature.name));
        }
        text.push_str("depots by event\n");
        for (event, count) in &self.events {
            text.push_str(&format!("  {count:>9} {event}\n"));
        }
        text
    }
}

/// How a cycle may end.
fn ends() -> Vec<End> {
    let outcome_of = |reason: Reason| match reason {
        Reason::Unconstrained => Some(Outcome::Applied),
        Reason::SiteLimit
        | Reason::GridConnectionLimit
        | Reason::ChargerCircuitLimit
        | Reason::ChargePointLimit
        | Reason::ConnectorLimit
        | Reason::MinimumPower => Some(Outcome::Curtailed),
        Reason::InvalidTopology
        | Reason::UnsupportedTopology
        | Reason::InvalidLimit
        | Reason::StaleInput
        | Reason::InfeasibleMinimum => Some(Outcome::Rejected),
        // It is about requests that somebody else makes; a depot's own are well formed.
        Reason::InvalidRequest => None,
    };
    let end = |reason: Reason| Some((outcome_of(reason)?.name(), reason.code()));
    Reason::ALL.into_iter().filter_map(end).collect()
}

/// Whether a cycle can end so under a strategy in a tree of so many levels.
fn is_reachable(strategy: Strategy, end: End, depth: u32) -> bool {
    let reason = end.1;
    // Nobody withholds anything, and no minimum is kept.
    let is_unmanaged = strategy == Strategy::Uncontrolled;
    let is_managed_only = end.0 == Outcome::Curtailed.name() || reason == Reason::InfeasibleMinimum.code();
    // A tree of two levels has a site and chargers; connections and circuits need a third.
    let needs_three = [Reason::GridConnectionLimit, Reason::ChargerCircuitLimit].map(Reason::code);
    // Site data break at circuits, and so does what only circuits can be made unsupported by.
    let is_of_circuits = needs_three.contains(&reason) || reason == Reason::UnsupportedTopology.code();
    let is_beyond = is_unmanaged && is_managed_only || depth < 3 && is_of_circuits;
    !is_beyond
}

/// Whether a depot with this feature cannot have a cycle that ends so.
fn excludes(feature: &str, end: End) -> bool {
    let reason = end.1;
    match feature {
        // A flat tree has neither, unless another feature puts them back.
        "flat_tree" => reason == Reason::UnsupportedTopology.code(),
        _ => false,
    }
}
