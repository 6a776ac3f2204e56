//! The order of columns: which nodes stand above the connectors, which are the connectors, who stands under whom.

use crate::depot::Depot;
use balancer::NodeKind;

/// "No parent" in [`Site::parents`].
pub const NO_PARENT: u32 = u32::MAX;

/// The columns of a [`crate::TickView`], derived from the site alone.
///
/// A charge point without connectors is both a node and, under its own id, its only connector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// Positions in [`Depot::site`] of the nodes above the connectors, in the site's order: parents before children.
    pub nodes: Vec<u32>,
    /// For each of `nodes`, the index of its parent in `nodes`; [`NO_PARENT`] for the root.
    pub parents: Vec<u32>,
    /// Positions in [`Depot::site`] of the connectors, in the site's order.
    pub connectors: Vec<u32>,
    /// For each of `connectors`, the index in `nodes` of what it hangs under (itself, for a charge point without connectors).
    pub connector_parents: Vec<u32>,
}

impl Site {
    /// Derives the columns of a depot.
    pub fn of(depot: &Depot) -> Self {
        let mut has_children = vec![false; depot.site.len()];
        for parent in depot.site.iter().filter_map(|node| node.parent) {
            has_children[parent as usize] = true;
        }
        let mut site = Self {
            nodes: Vec::new(),
            parents: Vec::new(),
            connectors: Vec::new(),
            connector_parents: Vec::new(),
        };
        let mut column = vec![NO_PARENT; depot.site.len()];
        for (position, node) in depot.site.iter().enumerate() {
            let parent = node.parent.map_or(NO_PARENT, |parent| column[parent as usize]);
            if node.kind == NodeKind::Connector {
                site.connectors.push(position as u32);
                site.connector_parents.push(parent);
                continue;
            }
            column[position] = site.nodes.len() as u32;
            site.nodes.push(position as u32);
            site.parents.push(parent);
            if node.kind == NodeKind::ChargePoint && !has_children[position] {
                site.connectors.push(position as u32);
                site.connector_parents.push(column[position]);
            }
        }
        site
    }
}
