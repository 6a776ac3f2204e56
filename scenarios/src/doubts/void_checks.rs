//! Checks that no run can fail, or none can pass.

use crate::checks::CheckRule;
use crate::error::Problems;
use crate::scenario::Scenario;
use sim::{Depot, NodeKind, Reason};

pub(super) fn doubts(scenario: &Scenario, found: &mut Problems) {
    for record in &scenario.file.checks {
        let place = |field: &str| format!("checks.{}.check{field}", record.id);
        match &record.check {
            CheckRule::Shape {
                grid_connections: None,
                charger_circuits: None,
                charge_points: None,
                connectors: None,
                charge_points_per_circuit: None,
                connectors_per_charge_point: None,
            } => {
                let message =
                    "it asks for nothing, so that every site has this shape (a number of something)";
                found.add(place(""), message);
            }
            CheckRule::Curtailed { node: Some(node), reason: Some(reason), .. } => {
                let Some(kind) = kind_of(&scenario.depot, node) else { continue };
                let names = Reason::of_limit(kind);
                if reason.0 != names && reason.0 != Reason::MinimumPower {
                    let message = format!(
                        "\"{node}\" is a {}, whose limit has the reason {}, so that no cycle is like this ({}, MINIMUM_POWER, or no reason)",
                        kind.name().replace('_', " "),
                        names.code(),
                        names.code()
                    );
                    found.add(place(".reason"), message);
                }
            }
            _ => {}
        }
    }
}

fn kind_of(depot: &Depot, id: &str) -> Option<NodeKind> {
    depot.position(id).map(|position| depot.site[position as usize].kind)
}
