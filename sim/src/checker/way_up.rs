//! The way up: from the connectors, over the nodes right above them, to the root.

use crate::site::{NO_PARENT, Site};
use std::ops::Range;

/// Who is added to whom.
#[derive(Debug, Clone)]
pub(super) struct WayUp {
    parents: Vec<u32>,
    connector_parents: Vec<u32>,
    pub(super) blocks: Vec<Block>,
    /// Nodes of no block.
    pub(super) trunk: Vec<TrunkNode>,
    /// Connectors of no block, and the node that each hangs under.
    others: Vec<(u32, u32)>,
}

/// Neighbouring nodes with nothing but connectors below them, of which each has as many, in the order of their columns.
#[derive(Debug, Clone)]
pub(super) struct Block {
    pub(super) nodes: Range<usize>,
    pub(super) columns: Range<usize>,
    pub(super) per_node: usize,
}

/// A node, and the first of the connectors below it with the one after the last.
#[derive(Debug, Clone, Copy)]
pub(super) struct TrunkNode {
    pub(super) node: u32,
    pub(super) first: u32,
    pub(super) end: u32,
}

impl WayUp {
    /// The way up at a site, after a look at every connector's ancestors: the ranges of the site are what the order of columns stands on.
    pub(super) fn of(site: &Site) -> Self {
        check(site);
        let mut own = vec![0; site.nodes.len()];
        for &parent in &site.connector_parents {
            own[parent as usize] += 1;
        }
        let mut blocks: Vec<Block> = Vec::new();
        let mut is_in_block = vec![false; site.nodes.len()];
        for (node, &(first, end)) in site.connectors_below.iter().enumerate() {
            let (first, end) = (first as usize, end as usize);
            if first == end || own[node] != end - first {
                continue;
            }
            is_in_block[node] = true;
            match blocks.last_mut() {
                Some(block)
                    if (block.nodes.end, block.columns.end, block.per_node) == (node, first, end - first) =>
                {
                    (block.nodes.end, block.columns.end) = (node + 1, end);
                }
                _ => {
                    blocks.push(Block { nodes: node..node + 1, columns: first..end, per_node: end - first });
                }
            }
        }
        let nodes = (0_u32..).zip(&site.connectors_below).zip(&is_in_block);
        let trunk = nodes.filter(|(_, is_in_block)| !**is_in_block);
        let trunk = trunk.map(|((node, &(first, end)), _)| TrunkNode { node, first, end }).collect();
        let all = (0_u32..).zip(site.connector_parents.iter().copied());
        let others = all.filter(|&(_, parent)| !is_in_block[parent as usize]).collect();
        Self {
            parents: site.parents.clone(),
            connector_parents: site.connector_parents.clone(),
            blocks,
            trunk,
            others,
        }
    }

    /// Each node's own connectors.
    ///
    /// Sums of `u32` over connectors, of which there are fewer than 2^31, fit `i64`: they need no look at overflow.
    #[inline]
    pub(super) fn add_connectors(&self, of_connectors_w: &[u32], of_nodes_w: &mut [u64]) {
        of_nodes_w.fill(0);
        for block in &self.blocks {
            let (powers_w, sums_w) =
                (&of_connectors_w[block.columns.clone()], &mut of_nodes_w[block.nodes.clone()]);
            // Nodes have one connector or two, mostly: loops of a known length are worth their lines.
            match block.per_node {
                1 => {
                    for (sum_w, &power_w) in sums_w.iter_mut().zip(powers_w) {
                        *sum_w = power_w.into();
                    }
                }
                2 => {
                    for (sum_w, pair_w) in sums_w.iter_mut().zip(powers_w.chunks_exact(2)) {
                        *sum_w = u64::from(pair_w[0]).wrapping_add(pair_w[1].into());
                    }
                }
                per_node => {
                    for (sum_w, own_w) in sums_w.iter_mut().zip(powers_w.chunks_exact(per_node)) {
                        *sum_w = own_w.iter().fold(0, |sum_w, &power_w| sum_w.wrapping_add(power_w.into()));
                    }
                }
            }
        }
        for &(column, node) in &self.others {
            let sum_w = &mut of_nodes_w[node as usize];
            *sum_w = sum_w.wrapping_add(of_connectors_w[column as usize].into());
        }
    }

    /// The nodes above a connector, up to the root, of all `nodes`.
    #[inline]
    pub(super) fn each_above(&self, column: usize, nodes: usize, mut look: impl FnMut(usize)) {
        let parents = &self.parents[..nodes];
        let mut node = self.connector_parents[column] as usize;
        while node < nodes {
            look(node);
            node = parents[node] as usize;
        }
    }

    /// What nodes are asked for, added to what is above them: all of it, and what they can carry.
    #[inline]
    pub(super) fn add_demands_of_nodes(&self, raw_w: &mut [u64], demand_w: &mut [u64], limit_w: &[u64]) {
        let limit_w = &limit_w[..self.parents.len()];
        self.add_nodes(raw_w, demand_w, |node, demand_w| demand_w.min(limit_w[node]));
    }

    /// Two columns at once, from the last node to the root, so that children come before their parents; of the second as much as is passed on.
    #[inline]
    fn add_nodes(&self, a_w: &mut [u64], b_w: &mut [u64], passed_on_w: impl Fn(usize, u64) -> u64) {
        let n = self.parents.len();
        let (a_w, b_w, parents) = (&mut a_w[..n], &mut b_w[..n], &self.parents[..n]);
        // Sums of neighbours with one parent stay in registers until the next parent.
        let mut above = NO_PARENT;
        let (mut a_sum_w, mut b_sum_w) = (0_u64, 0_u64);
        for node in (0..n).rev() {
            let parent = parents[node];
            if parent != above {
                if let (Some(a_w), Some(b_w)) = (a_w.get_mut(above as usize), b_w.get_mut(above as usize)) {
                    *a_w = a_w.wrapping_add(a_sum_w);
                    *b_w = b_w.wrapping_add(b_sum_w);
                }
                above = parent;
                (a_sum_w, b_sum_w) = (0, 0);
            }
            a_sum_w = a_sum_w.wrapping_add(a_w[node]);
            b_sum_w = b_sum_w.wrapping_add(passed_on_w(node, b_w[node]));
        }
    }
}

/// Every node's range holds the connectors below it, and parents stand before their children.
fn check(site: &Site) {
    let mut found = vec![0_u32; site.nodes.len()];
    for (column, &parent) in (0_u32..).zip(&site.connector_parents) {
        let mut node = parent;
        while node != NO_PARENT {
            let (first, end) = site.connectors_below[node as usize];
            assert!((first..end).contains(&column), "connector {column} stands within its ancestors' ranges");
            found[node as usize] += 1;
            node = site.parents[node as usize];
        }
    }
    let is_behind_parent = |(node, &parent): (usize, &u32)| parent == NO_PARENT || (parent as usize) < node;
    assert!(site.parents.iter().enumerate().all(is_behind_parent), "parents stand before their children");
    for (found, (first, end)) in found.iter().zip(&site.connectors_below) {
        assert_eq!(*found, end - first, "a node's range holds its own connectors and no others");
    }
}
