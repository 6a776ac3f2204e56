//! What goes wrong at chargers and what operators order, in a recording.

use crate::error::Problems;
use crate::recording::{Recording, seconds_of_step};
use crate::scenario::Scenario;
use crate::site::derive::Positions;
use crate::values::clock::{Calendar, Moment};
use crate::values::quantity::shown;
use crate::vehicles::override_record::{NamedOverride, Order, no_visit};
use serde::{Deserialize, Serialize};
use sim::{ChargerChange, ChargerStep, Depot, NodeKind, OutageKind, Override, OverrideStep, Visit};
use std::collections::BTreeSet;

/// Something changes at a charger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedChargerStep {
    /// When.
    pub at: Moment,
    /// The id of the connector, or of a charge point for all of its connectors.
    pub node: String,
    /// What.
    pub change: RecordedChargerChange,
}

/// What changes at a charger, as [`ChargerChange`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each is what the simulator's type of the same name says")]
pub enum RecordedChargerChange {
    Offline,
    Online,
    OutOfService,
    Faulted,
    InService,
    SetpointsIgnored,
    SetpointsObeyed,
}

impl From<ChargerChange> for RecordedChargerChange {
    fn from(change: ChargerChange) -> Self {
        match change {
            ChargerChange::Offline => Self::Offline,
            ChargerChange::Online => Self::Online,
            ChargerChange::OutOfService(OutageKind::Unavailable) => Self::OutOfService,
            ChargerChange::OutOfService(OutageKind::Faulted) => Self::Faulted,
            ChargerChange::InService => Self::InService,
            ChargerChange::SetpointsIgnored => Self::SetpointsIgnored,
            ChargerChange::SetpointsObeyed => Self::SetpointsObeyed,
        }
    }
}

impl From<RecordedChargerChange> for ChargerChange {
    fn from(change: RecordedChargerChange) -> Self {
        match change {
            RecordedChargerChange::Offline => Self::Offline,
            RecordedChargerChange::Online => Self::Online,
            RecordedChargerChange::OutOfService => Self::OutOfService(OutageKind::Unavailable),
            RecordedChargerChange::Faulted => Self::OutOfService(OutageKind::Faulted),
            RecordedChargerChange::InService => Self::InService,
            RecordedChargerChange::SetpointsIgnored => Self::SetpointsIgnored,
            RecordedChargerChange::SetpointsObeyed => Self::SetpointsObeyed,
        }
    }
}

/// An operator's word about a visit begins or ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedOverrideStep {
    /// When.
    pub at: Moment,
    /// The visit's id.
    pub visit: String,
    /// What is ordered from then on; `None` when the word no longer holds.
    pub order: Option<Order>,
}

impl RecordedChargerStep {
    pub(crate) fn of(step: &ChargerStep, depot: &Depot, calendar: &Calendar) -> Self {
        let node = depot.site[step.node as usize].id.clone();
        Self { at: calendar.moment(step.at_s), node, change: step.change.into() }
    }
}

impl RecordedOverrideStep {
    pub(crate) fn of(step: &OverrideStep, visits: &[Visit], calendar: &Calendar) -> Self {
        let visit = visits[step.visit as usize].id.clone();
        Self { at: calendar.moment(step.at_s), visit, order: step.act.map(Order::from) }
    }
}

impl Recording {
    /// The faults and overrides that were recorded, in order of time.
    pub(crate) fn restored_faults(
        &self,
        scenario: &Scenario,
        visits: &[Visit],
        problems: &mut Problems,
    ) -> (Vec<ChargerStep>, Vec<NamedOverride>) {
        let depot = scenario.depot();
        let positions = Positions::of(&depot.site, &[]);
        let at_s = |place: &str, at, problems: &mut Problems| seconds_of_step(place, at, scenario, problems);
        let mut faults = Vec::with_capacity(self.charger_steps.len());
        for (index, step) in self.charger_steps.iter().enumerate() {
            let place = format!("charger_steps.{}", index + 1);
            let at_s = at_s(&place, step.at, problems);
            let is_charger =
                |node: u32| matches!(positions.at(node).kind, NodeKind::Connector | NodeKind::ChargePoint);
            match positions.node(&step.node) {
                Ok(node) if is_charger(node) => {
                    faults.push(ChargerStep { at_s, node, change: step.change.into() });
                }
                Ok(_) => problems.add(
                    format!("{place}.node"),
                    format!(
                        "\"{}\" is no charger (the id of a connector or charge point)",
                        shown(&step.node)
                    ),
                ),
                Err(message) => problems.add(format!("{place}.node"), message),
            }
        }
        let known: BTreeSet<String> = match self.override_steps.is_empty() {
            true => BTreeSet::new(),
            false => visits.iter().map(|visit| visit.id.clone()).collect(),
        };
        let mut overrides = Vec::with_capacity(self.override_steps.len());
        for (index, step) in self.override_steps.iter().enumerate() {
            let place = format!("override_steps.{}", index + 1);
            let at_s = at_s(&place, step.at, problems);
            if !known.contains(&step.visit) {
                problems.add(format!("{place}.visit"), no_visit(&step.visit, &known));
            }
            overrides.push(NamedOverride {
                at_s,
                visit: step.visit.clone(),
                act: step.order.map(Override::from),
            });
        }
        faults.sort_by_key(|step| step.at_s);
        overrides.sort_by_key(|step| step.at_s);
        (faults, overrides)
    }
}
