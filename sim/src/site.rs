//! The order of columns: which nodes stand above the connectors, which are the connectors, who stands under whom.

use crate::depot::Depot;
use crate::view::NO_NODE;
use balancer::NodeKind;
use balancer::units::LEAF_POWER_MAX_W;
use std::ops::Range;

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
    /// Positions in [`Depot::site`] of the connectors, depth-first: those below any node stand side by side.
    pub connectors: Vec<u32>,
    /// For each of `connectors`, the index in `nodes` of what it hangs under (itself, for a charge point without connectors).
    pub connector_parents: Vec<u32>,
    /// For each of `nodes`, the first of the connectors below it and the one after the last.
    pub connectors_below: Vec<(u32, u32)>,
    /// For each position in [`Depot::site`], its index in `nodes`; [`NO_NODE`] for connectors.
    pub node_columns: Vec<u32>,
    /// For each position in [`Depot::site`], its index in `connectors`; [`NO_NODE`] for what no vehicle is plugged into.
    pub connector_columns: Vec<u32>,
    /// Nodes that are their own only connector.
    pub(crate) own_connectors: Vec<OwnConnectors>,
    /// All other nodes: their indices in `nodes`.
    pub(crate) trunk: Vec<u32>,
}

/// Neighbours in [`Site::nodes`] that are their own only connectors, which are neighbours as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OwnConnectors {
    /// Their indices in `nodes`.
    pub(crate) nodes: Range<usize>,
    /// The first one's index in `connectors`.
    pub(crate) first_connector: usize,
}

/// A connector's rating; the largest power of a leaf, where it has none \[W\].
pub(crate) fn leaf_rating_w(rating_w: Option<u64>) -> u32 {
    rating_w.map_or(LEAF_POWER_MAX_W, |rating_w| rating_w.min(u64::from(LEAF_POWER_MAX_W)) as u32)
}

impl OwnConnectors {
    /// Their indices in `connectors`.
    pub(crate) fn connectors(&self) -> Range<usize> {
        self.first_connector..self.first_connector + self.nodes.len()
    }
}

impl Site {
    /// Derives the columns of a depot.
    ///
    /// # Panics
    /// Where a parent does not stand before its children, which [`Depot::check`] refuses.
    pub fn of(depot: &Depot) -> Self {
        let is_connector = connectors(depot);
        let counts = counts_below(depot, &is_connector);
        let total = is_connector.iter().filter(|&&is_connector| is_connector).count();
        let mut site = Self {
            nodes: Vec::new(),
            parents: Vec::new(),
            connectors: vec![0; total],
            connector_parents: vec![NO_PARENT; total],
            connectors_below: Vec::new(),
            node_columns: vec![NO_NODE; depot.site.len()],
            connector_columns: vec![NO_NODE; depot.site.len()],
            own_connectors: Vec::new(),
            trunk: Vec::new(),
        };
        // Where the next connectors below each node go, and those of the next root; parents come before their children.
        let (mut next, mut next_root) = (vec![0_u32; depot.site.len()], 0);
        for (position, node) in depot.site.iter().enumerate() {
            let cursor = match node.parent {
                Some(parent) => &mut next[parent as usize],
                None => &mut next_root,
            };
            let first = *cursor;
            *cursor += counts[position];
            next[position] = first;
            let mut above = node.parent.map_or(NO_PARENT, |parent| site.node_columns[parent as usize]);
            if node.kind != NodeKind::Connector {
                site.node_columns[position] = site.nodes.len() as u32;
                site.nodes.push(position as u32);
                site.parents.push(above);
                site.connectors_below.push((first, first + counts[position]));
                above = site.node_columns[position];
            }
            if is_connector[position] {
                site.connector_columns[position] = first;
                site.connectors[first as usize] = position as u32;
                site.connector_parents[first as usize] = above;
            }
            if node.kind != NodeKind::Connector {
                site.add_node(above as usize, is_connector[position].then_some(first as usize));
            }
        }
        site
    }

    /// Puts a node to those that are their own connectors, or to the others.
    fn add_node(&mut self, node: usize, own_connector: Option<usize>) {
        let Some(connector) = own_connector else { return self.trunk.push(node as u32) };
        match self.own_connectors.last_mut() {
            Some(last) if last.nodes.end == node && last.connectors().end == connector => last.nodes.end += 1,
            _ => {
                let nodes = node..node + 1;
                self.own_connectors.push(OwnConnectors { nodes, first_connector: connector });
            }
        }
    }

    /// The columns of the connectors at a position of the site: those below a node, or the connector itself.
    pub fn columns_at(&self, position: u32) -> Range<usize> {
        let (first, end) = match self.node_columns[position as usize] {
            NO_NODE => {
                let column = self.connector_columns[position as usize];
                (column, column + 1)
            }
            node => self.connectors_below[node as usize],
        };
        first as usize..end as usize
    }
}

/// Which positions are connectors; a charge point without connectors is one.
fn connectors(depot: &Depot) -> Vec<bool> {
    let mut has_children = vec![false; depot.site.len()];
    for parent in depot.site.iter().filter_map(|node| node.parent) {
        has_children[parent as usize] = true;
    }
    let nodes = depot.site.iter().zip(has_children);
    nodes
        .map(|(node, has_children)| match node.kind {
            NodeKind::Connector => true,
            NodeKind::ChargePoint => !has_children,
            _ => false,
        })
        .collect()
}

/// How many connectors each position has below it, itself among them.
fn counts_below(depot: &Depot, is_connector: &[bool]) -> Vec<u32> {
    let mut counts: Vec<u32> = is_connector.iter().map(|&is_connector| u32::from(is_connector)).collect();
    for (position, node) in depot.site.iter().enumerate().rev() {
        if let Some(parent) = node.parent {
            counts[parent as usize] += counts[position];
        }
    }
    counts
}
