//! How many nodes of each kind a site has.

use crate::depot::Depot;
use balancer::NodeKind;

/// How many nodes of each kind a site has. Charge points stand "on" the nearest circuit above them, connectors at their charge point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Grid connections.
    pub grid_connections: u32,
    /// Charger circuits.
    pub charger_circuits: u32,
    /// Charge points.
    pub charge_points: u32,
    /// Connectors; a charge point without any counts as one.
    pub connectors: u32,
    /// Fewest and most charge points on a circuit that has any; 0 and 0 where none has.
    pub charge_points_per_circuit: (u32, u32),
    /// Fewest and most connectors of a charge point; 0 and 0 without charge points.
    pub connectors_per_charge_point: (u32, u32),
}

/// How many there should be; what is `None` may be any number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ExpectedCounts {
    /// Grid connections.
    pub grid_connections: Option<u32>,
    /// Charger circuits.
    pub charger_circuits: Option<u32>,
    /// Charge points.
    pub charge_points: Option<u32>,
    /// Connectors.
    pub connectors: Option<u32>,
    /// Charge points on every circuit that has any.
    pub charge_points_per_circuit: Option<u32>,
    /// Connectors of every charge point.
    pub connectors_per_charge_point: Option<u32>,
}

impl Counts {
    /// Counts the nodes of a depot as it is built.
    pub fn of(depot: &Depot) -> Self {
        let count = |kind| depot.site.iter().filter(|node| node.kind == kind).count() as u32;
        let (mut on_circuit, mut at_point) = (vec![0; depot.site.len()], vec![0; depot.site.len()]);
        for node in &depot.site {
            match node.kind {
                NodeKind::ChargePoint => {
                    let circuit = nearest_circuit(depot, node.parent);
                    circuit.into_iter().for_each(|circuit| on_circuit[circuit as usize] += 1);
                }
                NodeKind::Connector => {
                    node.parent.into_iter().for_each(|parent| at_point[parent as usize] += 1);
                }
                _ => {}
            }
        }
        let nodes = depot.site.iter().zip(&at_point);
        let points = nodes.filter(|(node, _)| node.kind == NodeKind::ChargePoint);
        // A charge point without connectors is its own.
        let per_point: Vec<u32> = points.map(|(_, &connectors)| connectors.max(1)).collect();
        Self {
            grid_connections: count(NodeKind::GridConnection),
            charger_circuits: count(NodeKind::ChargerCircuit),
            charge_points: count(NodeKind::ChargePoint),
            connectors: per_point.iter().sum(),
            charge_points_per_circuit: range(on_circuit.into_iter().filter(|&points| points > 0)),
            connectors_per_charge_point: range(per_point.into_iter()),
        }
    }
}

impl ExpectedCounts {
    /// Whether every number that is said is the one that was counted.
    pub fn matches(&self, counts: &Counts) -> bool {
        let is = |expected: Option<u32>, counted: u32| expected.is_none_or(|expected| expected == counted);
        let all =
            |expected: Option<u32>, (fewest, most): (u32, u32)| is(expected, fewest) && is(expected, most);
        is(self.grid_connections, counts.grid_connections)
            && is(self.charger_circuits, counts.charger_circuits)
            && is(self.charge_points, counts.charge_points)
            && is(self.connectors, counts.connectors)
            && all(self.charge_points_per_circuit, counts.charge_points_per_circuit)
            && all(self.connectors_per_charge_point, counts.connectors_per_charge_point)
    }
}

fn nearest_circuit(depot: &Depot, mut at: Option<u32>) -> Option<u32> {
    while let Some(position) = at {
        let node = &depot.site[position as usize];
        if node.kind == NodeKind::ChargerCircuit {
            return at;
        }
        at = node.parent;
    }
    None
}

fn range(counts: impl Iterator<Item = u32> + Clone) -> (u32, u32) {
    (counts.clone().min().unwrap_or(0), counts.max().unwrap_or(0))
}
