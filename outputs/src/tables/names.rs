//! The depot's ids as cells, made once.

use super::cell::Cell;
use sim::view::NO_NODE;
use sim::{Depot, NodeKind, Realization};

/// The id of every node of the site, by position.
#[derive(Debug)]
pub(crate) struct NodeNames {
    ids: Vec<Cell>,
    none: Cell,
}

impl NodeNames {
    /// Of a depot.
    pub(crate) fn of(depot: &Depot) -> Self {
        Self { ids: depot.site.iter().map(|node| Cell::text(&node.id)).collect(), none: Cell::default() }
    }

    /// The cell of the node at a position; an empty one for [`NO_NODE`].
    pub(crate) fn at(&self, position: u32) -> &Cell {
        if position == NO_NODE { &self.none } else { &self.ids[position as usize] }
    }
}

/// The vehicle and battery of every visit, by index in the realization.
#[derive(Debug)]
pub(crate) struct VisitNames {
    vehicles: Vec<Cell>,
    batteries_j: Vec<u64>,
}

impl VisitNames {
    /// Of a realization on its depot.
    pub(crate) fn of(depot: &Depot, realization: &Realization) -> Self {
        let visits = &realization.visits;
        Self {
            vehicles: visits.iter().map(|visit| Cell::text(&visit.vehicle)).collect(),
            batteries_j: visits.iter().map(|visit| battery_j(depot, visit.vehicle_type)).collect(),
        }
    }

    /// The cell of the visit's vehicle.
    pub(crate) fn vehicle(&self, visit: u32) -> &Cell {
        &self.vehicles[visit as usize]
    }

    /// The battery of the visit's vehicle \[J\].
    pub(crate) fn battery_j(&self, visit: u32) -> u64 {
        self.batteries_j[visit as usize]
    }
}

/// The battery of a vehicle type \[J\].
pub(crate) fn battery_j(depot: &Depot, vehicle_type: u32) -> u64 {
    depot.vehicle_types[vehicle_type as usize].battery_j
}

/// The nearest node of a kind at `position` or above it.
pub(crate) fn nearest_above(depot: &Depot, position: u32, kind: NodeKind) -> Option<u32> {
    let mut at = Some(position);
    while let Some(position) = at {
        let node = &depot.site[position as usize];
        if node.kind == kind {
            return Some(position);
        }
        at = node.parent;
    }
    None
}

/// How many nodes stand above each node of the site, by position.
pub(crate) fn depths(depot: &Depot) -> Vec<u32> {
    let mut depths: Vec<u32> = Vec::with_capacity(depot.site.len());
    for node in &depot.site {
        depths.push(node.parent.map_or(0, |parent| depths[parent as usize] + 1));
    }
    depths
}
