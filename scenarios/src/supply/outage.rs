//! Planned outages: windows in which a node carries nothing.

use crate::error::Problems;
use crate::supply::Supply;
use crate::values::clock::{Span, When};
use crate::values::quantity::shown;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim::{NodeKind, OutageStep};
use std::collections::BTreeMap;

/// A time in which a site, grid connection, charger circuit or charge point is without power: nothing below it charges, and its base
/// loads stop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutageRecord {
    /// The node.
    pub node: String,
    /// From then on; an outage at bare times that holds at the start is that one, else the first after it.
    pub from: When,
    /// Until then; a bare time is the first one after `from`. Or else `duration`; without both, until the run ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<When>,
    /// For so long; where that is a day or longer, from the first such time on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<Span>,
}

impl Supply<'_> {
    /// The steps of all outages within the run, in order of time; those of a node that overlap or touch are one.
    pub(crate) fn outage_steps(&self, outages: &[OutageRecord], problems: &mut Problems) -> Vec<OutageStep> {
        let mut by_node: BTreeMap<u32, Vec<(i64, i64)>> = BTreeMap::new();
        for (index, outage) in outages.iter().enumerate() {
            let place = format!("outages.{}", index + 1);
            let node = self.positions.node(&outage.node).and_then(|node| {
                match self.positions.at(node).kind {
                    // A flat site has no nodes that could be switched off but its charge points: a name that it dropped means the root.
                    _ if self.positions.at(node).id != outage.node => Err(format!(
                        "\"{}\" is not in the flat list that is balanced (a charge point)",
                        shown(&outage.node)
                    )),
                    NodeKind::Connector => Err(format!(
                        "\"{}\" is a connector, which has no supply of its own (its charge point, or a node above)",
                        shown(&outage.node)
                    )),
                    _ => Ok(node),
                }
            });
            match (node, self.calendar.window(outage.from, outage.to, outage.duration)) {
                (Ok(node), Ok(stretch)) => by_node.entry(node).or_default().push(stretch),
                (node, stretch) => {
                    if let Err(message) = node {
                        problems.add(format!("{place}.node"), message);
                    }
                    if let Err((field, message)) = stretch {
                        problems.add(format!("{place}{field}"), message);
                    }
                }
            }
        }
        let mut steps = Vec::new();
        for (node, stretches) in by_node {
            for (from_s, to_s) in joined(stretches) {
                if from_s < self.duration_s && to_s > 0 {
                    steps.push(OutageStep { at_s: from_s.max(0), node, is_out: true });
                    if to_s < self.duration_s {
                        steps.push(OutageStep { at_s: to_s, node, is_out: false });
                    }
                }
            }
        }
        steps.sort_by_key(|step| step.at_s);
        steps
    }
}

/// The same time as stretches that neither overlap nor touch.
pub(crate) fn joined(mut stretches: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    stretches.sort_unstable();
    let mut joined: Vec<(i64, i64)> = Vec::with_capacity(stretches.len());
    for (from_s, to_s) in stretches {
        match joined.last_mut() {
            Some(last) if from_s <= last.1 => last.1 = last.1.max(to_s),
            _ => joined.push((from_s, to_s)),
        }
    }
    joined
}
