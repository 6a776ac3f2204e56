//! What goes wrong at chargers: windows in which they hear nothing, give nothing, or do not do what they are told.

use crate::error::Problems;
use crate::supply::outage::joined;
use crate::supply::{StepsLeft, Supply};
use crate::values::clock::{Span, When};
use crate::values::quantity::shown;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim::{ChargerChange, ChargerStep, OutageKind};
use std::collections::{BTreeMap, BTreeSet};

/// A time in which something is wrong with a connector, with all connectors of a charge point, or with all chargers below a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChargerFaultRecord {
    /// The connector or charge point; of any other node, all chargers below it.
    pub node: String,
    /// What is wrong.
    pub fault: FaultKind,
    /// From then on; a fault at bare times that holds at the start is that one, else the first after it.
    pub from: When,
    /// Until then: a bare time is the first one after `from`. Or else `duration`; without both, until the run ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<When>,
    /// For so long; where that is a day or longer, from the first such time on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<Span>,
}

/// What may be wrong with a charger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum FaultKind {
    /// It hears no setpoints: the last one holds, after its `offline_timeout` its `fallback_kw`, the one it was built with: site data that
    /// change do not reach it. A vehicle that is plugged in meanwhile gets the fallback at once.
    Offline,
    /// The connector gives no power and gets nobody, in OCPP's words `Unavailable`; a vehicle there waits.
    OutOfService,
    /// The same, as `Faulted`.
    Faulted,
    /// It accepts setpoints and does not apply them: the vehicle draws what it takes, up to the largest rating that the charger ever had.
    IgnoresSetpoints,
}

impl FaultKind {
    fn begins(self) -> ChargerChange {
        match self {
            Self::Offline => ChargerChange::Offline,
            Self::OutOfService => ChargerChange::OutOfService(OutageKind::Unavailable),
            Self::Faulted => ChargerChange::OutOfService(OutageKind::Faulted),
            Self::IgnoresSetpoints => ChargerChange::SetpointsIgnored,
        }
    }

    /// Whether the charger gives no power meanwhile.
    fn is_outage(self) -> bool {
        matches!(self, Self::OutOfService | Self::Faulted)
    }

    fn ends(self) -> ChargerChange {
        match self {
            Self::Offline => ChargerChange::Online,
            Self::OutOfService | Self::Faulted => ChargerChange::InService,
            Self::IgnoresSetpoints => ChargerChange::SetpointsObeyed,
        }
    }
}

/// A stretch of time \[s\] in which a connector gives no power, and the record that says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Out {
    from_s: i64,
    to_s: i64,
    fault: FaultKind,
    index: usize,
}

/// Nothing is both out of service and faulted: of two records that say so of one connector and time, or of times that touch, the later one
/// in the file is told.
fn check_only_outages(by_connector: BTreeMap<u32, Vec<Out>>, problems: &mut Problems) {
    let mut told = BTreeSet::new();
    for mut outages in by_connector.into_values() {
        outages.sort_unstable();
        // Of each kind the one that lasts longest of those that have begun.
        let mut longest: BTreeMap<FaultKind, Out> = BTreeMap::new();
        for out in outages {
            let others =
                longest.iter().filter(|(fault, other)| **fault != out.fault && other.to_s >= out.from_s);
            told.extend(others.map(|(_, other)| other.index.max(out.index)));
            let longest = longest.entry(out.fault).or_insert(out);
            if longest.to_s < out.to_s {
                *longest = out;
            }
        }
    }
    for index in told {
        let message =
            "the charger is out of service and faulted at one time (one of them, or one after the other)";
        problems.add(format!("charger_faults.{}", index + 1), message);
    }
}

/// The stretches of time of one fault, by connector.
type ByConnector = BTreeMap<u32, Vec<(i64, i64)>>;

impl Supply<'_> {
    /// The steps of all faults within the run, in order of time; those of one kind at one connector that overlap or touch are one.
    pub(crate) fn charger_steps(
        &self,
        faults: &[ChargerFaultRecord],
        problems: &mut Problems,
    ) -> Vec<ChargerStep> {
        let mut by_fault: BTreeMap<FaultKind, ByConnector> = BTreeMap::new();
        let mut out: BTreeMap<u32, Vec<Out>> = BTreeMap::new();
        let mut left = StepsLeft::all();
        for (index, record) in faults.iter().enumerate() {
            let place = format!("charger_faults.{}", index + 1);
            let window = self.calendar.window(record.from, record.to, record.duration);
            let connectors = self.chargers_below(&record.node);
            match (connectors, window) {
                (Ok(connectors), Ok((from_s, to_s))) => {
                    let steps = 2 * connectors.len() as u64;
                    if !left.take(steps, "the faults of all chargers", &format!("{place}.node"), problems) {
                        break;
                    }
                    let by_connector = by_fault.entry(record.fault).or_default();
                    for connector in connectors {
                        by_connector.entry(connector).or_default().push((from_s, to_s));
                        if record.fault.is_outage() {
                            let fault = record.fault;
                            out.entry(connector).or_default().push(Out { from_s, to_s, fault, index });
                        }
                    }
                }
                (connectors, window) => {
                    if let Err(message) = connectors {
                        problems.add(format!("{place}.node"), message);
                    }
                    if let Err((field, message)) = window {
                        problems.add(format!("{place}{field}"), message);
                    }
                }
            }
        }
        check_only_outages(out, problems);
        let mut steps = Vec::new();
        let connectors_of =
            if faults.is_empty() { BTreeMap::new() } else { self.positions.connectors_by_point() };
        for of_a_kind in by_fault {
            self.push_fault(of_a_kind, &connectors_of, &mut steps);
        }
        steps.sort_by_key(|step| (step.at_s, step.node));
        steps
    }

    /// Positions of the connectors that a node means.
    fn chargers_below(&self, id: &str) -> Result<Vec<u32>, String> {
        let node = self.positions.node(id)?;
        if self.positions.at(node).id != id {
            // A flat site has dropped it, and its root is not what was meant.
            return Err(format!(
                "\"{}\" is not in the flat list that is balanced (a charge point or connector)",
                shown(id)
            ));
        }
        let connectors = self.positions.connectors_below(node);
        match connectors.is_empty() && self.positions.is_tree() {
            false => Ok(connectors),
            true => Err(format!("there is no charger below \"{}\" (a node with chargers)", shown(id))),
        }
    }

    /// Steps of one fault: at a charge point where all of its connectors have it at the same times, else at each connector.
    fn push_fault(
        &self,
        (fault, by_connector): (FaultKind, ByConnector),
        connectors_of: &BTreeMap<Option<u32>, Vec<u32>>,
        steps: &mut Vec<ChargerStep>,
    ) {
        let joined: ByConnector =
            by_connector.into_iter().map(|(connector, stretches)| (connector, joined(stretches))).collect();
        // Of each charge point its first connector, where all have the fault at the same times; asked once of each, however many there are.
        let mut first_of: BTreeMap<u32, Option<u32>> = BTreeMap::new();
        for (&connector, stretches) in &joined {
            let point = self.positions.at(connector).parent;
            let first = point.and_then(|point| {
                *first_of.entry(point).or_insert_with(|| {
                    let siblings = connectors_of.get(&Some(point)).map(Vec::as_slice).unwrap_or_default();
                    let are_alike = siblings.iter().all(|sibling| joined.get(sibling) == Some(stretches));
                    siblings.first().copied().filter(|_| are_alike)
                })
            });
            let node = match (first, point) {
                (Some(first), _) if first != connector => continue,
                (Some(_), Some(point)) => point,
                _ => connector,
            };
            for &(from_s, to_s) in
                stretches.iter().filter(|&&(from_s, to_s)| from_s < self.duration_s && to_s > 0)
            {
                steps.push(ChargerStep { at_s: from_s.max(0), node, change: fault.begins() });
                if to_s < self.duration_s {
                    steps.push(ChargerStep { at_s: to_s, node, change: fault.ends() });
                }
            }
        }
    }
}
