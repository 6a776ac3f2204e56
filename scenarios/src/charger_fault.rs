//! What goes wrong at chargers: windows in which they hear nothing, give nothing, or do not do what they are told.

use crate::clock::{Span, When};
use crate::error::Problems;
use crate::outage::joined;
use crate::quantity::shown;
use crate::supply::Supply;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim::{ChargerChange, ChargerStep, OutageKind};
use std::collections::BTreeMap;

/// A time in which something is wrong with a connector, with all connectors of a charge point, or with all chargers below a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChargerFaultRecord {
    /// The connector or charge point; of any other node, all chargers below it.
    pub node: String,
    /// What is wrong.
    pub fault: FaultKind,
    /// From then on.
    pub from: When,
    /// Until then: a bare time is the first one after `from`. Or else `duration`; without both, until the run ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<When>,
    /// For so long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<Span>,
}

/// What may be wrong with a charger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum FaultKind {
    /// It hears no setpoints: the last one holds, after its `offline_timeout` its `fallback_kw`. A vehicle that is plugged in meanwhile gets
    /// the fallback at once.
    Offline,
    /// The connector gives no power and gets nobody, in OCPP's words `Unavailable`; a vehicle there waits.
    OutOfService,
    /// The same, as `Faulted`.
    Faulted,
    /// It accepts setpoints and does not apply them: the vehicle draws what it takes, up to the charger's rating.
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

    fn ends(self) -> ChargerChange {
        match self {
            Self::Offline => ChargerChange::Online,
            Self::OutOfService | Self::Faulted => ChargerChange::InService,
            Self::IgnoresSetpoints => ChargerChange::SetpointsObeyed,
        }
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
        for (index, record) in faults.iter().enumerate() {
            let place = format!("charger_faults.{}", index + 1);
            let window = self.window(record.from, record.to, record.duration);
            let connectors = self.chargers_below(&record.node);
            match (connectors, window) {
                (Ok(connectors), Ok(stretch)) => {
                    let by_connector = by_fault.entry(record.fault).or_default();
                    connectors
                        .iter()
                        .for_each(|&connector| by_connector.entry(connector).or_default().push(stretch));
                    self.check_only_outage(record, index, faults, &connectors, problems);
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

    /// Nothing is both out of service and faulted.
    fn check_only_outage(
        &self,
        record: &ChargerFaultRecord,
        index: usize,
        faults: &[ChargerFaultRecord],
        connectors: &[u32],
        problems: &mut Problems,
    ) {
        let other = match record.fault {
            FaultKind::OutOfService => FaultKind::Faulted,
            FaultKind::Faulted => FaultKind::OutOfService,
            _ => return,
        };
        let Ok((from_s, to_s)) = self.window(record.from, record.to, record.duration) else { return };
        let clashes = faults[..index].iter().any(|fault| {
            let meets = self
                .window(fault.from, fault.to, fault.duration)
                .is_ok_and(|other| other.0 <= to_s && from_s <= other.1);
            let below = || self.chargers_below(&fault.node).unwrap_or_default();
            fault.fault == other && meets && below().iter().any(|connector| connectors.contains(connector))
        });
        if clashes {
            let message =
                "the charger is out of service and faulted at one time (one of them, or one after the other)";
            problems.add(format!("charger_faults.{}", index + 1), message);
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
        for (&connector, stretches) in &joined {
            let siblings = connectors_of.get(&self.positions.at(connector).parent).map(Vec::as_slice);
            let siblings = siblings.unwrap_or_default();
            let is_shared = siblings.iter().all(|sibling| joined.get(sibling) == Some(stretches));
            let node = match self.positions.at(connector).parent.filter(|_| is_shared && !siblings.is_empty())
            {
                Some(_) if siblings[0] != connector => continue,
                Some(point) => point,
                None => connector,
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
