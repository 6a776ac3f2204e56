//! The tree, laid out so that a cycle streams through it.
//!
//! ```text
//!  site ── GC1 ─┬─ C1 ─┬─ P1 ─ a            inner nodes, depth-first preorder:  site GC1 C1 P1 P2 C2
//!               │      └─ P2 ─ b c          leaves, in the same order:          a b c d
//!               └─ C2 ─ d
//! ```
//!
//! Every subtree is one contiguous slice of the inner nodes and one of the leaves. A [`NodeIx`] counts the inner nodes first and then the
//! leaves, so that a parent's index is always smaller than its children's.

use crate::node::{NodeKind, PowerNode};
use crate::units::NODE_COUNT_MAX;
use crate::verdict::{Reason, Rejection};
use std::collections::BTreeMap;

/// A node of a [`Topology`]: inner nodes in preorder, then leaves in tree order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeIx(u32);

impl NodeIx {
    /// The node with this index.
    pub const fn new(index: usize) -> Self {
        assert!(index < u32::MAX as usize, "node counts are bounded");
        Self(index as u32)
    }

    /// The index, for arrays by node.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A leaf of a [`Topology`], in tree order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeafIx(u32);

impl LeafIx {
    /// The leaf with this index.
    pub const fn new(index: usize) -> Self {
        assert!(index < u32::MAX as usize, "leaf counts are bounded");
        Self(index as u32)
    }

    /// The index, for arrays by leaf.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Consecutive leaves with the same parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) parent: u32,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Run {
    pub(crate) fn leaves(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// One step of a walk that meets every leaf in tree order and every inner node after all that is below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Visit {
    Leaves(Run),
    Close(u32),
}

const NO_PARENT: u32 = u32::MAX;

/// A validated tree of power nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topology {
    ids: Vec<String>,
    kinds: Vec<NodeKind>,
    weights: Vec<u32>,
    parents: Vec<u32>,
    depths: Vec<u32>,
    /// Position in a preorder over all nodes, which is what "tree order" means between two nodes.
    ranks: Vec<u32>,
    /// For inner nodes: the leaves below.
    leaf_spans: Vec<(u32, u32)>,
    /// For inner nodes: one past the last inner node of the subtree.
    inner_ends: Vec<u32>,
    /// For inner nodes: where their children start in `children`; one more entry closes the last.
    child_starts: Vec<u32>,
    children: Vec<NodeIx>,
    runs: Vec<Run>,
    walk: Vec<Visit>,
    /// For inner nodes: where their part of `walk` begins, and where it closes.
    walk_spans: Vec<(u32, u32)>,
    by_id: BTreeMap<String, NodeIx>,
    /// Position of each node in the list that the topology was built from.
    input_positions: Vec<u32>,
}

impl Topology {
    /// Builds the tree from nodes in any order; children keep the order of the list. Leaves are the charging assets without children.
    ///
    /// # Errors
    /// `INVALID_TOPOLOGY` for no root or several, an unknown parent, a cycle or a duplicate id; `UNSUPPORTED_TOPOLOGY` for a
    /// well-formed tree that cannot be balanced: a node above its place in the hierarchy, or a circuit (or the whole site) without charging assets.
    pub fn new(nodes: &[PowerNode]) -> Result<Self, Rejection> {
        let skeleton = Skeleton::check(nodes)?;
        Ok(skeleton.lay_out(nodes))
    }

    /// Number of nodes, leaves included.
    pub fn node_count(&self) -> usize {
        self.ids.len()
    }

    /// Number of nodes above the leaves.
    pub fn inner_count(&self) -> usize {
        self.leaf_spans.len()
    }

    /// Number of leaves.
    pub fn leaf_count(&self) -> usize {
        self.ids.len() - self.leaf_spans.len()
    }

    /// The root.
    pub fn root(&self) -> NodeIx {
        NodeIx::new(0)
    }

    /// A node's id.
    pub fn id(&self, node: NodeIx) -> &str {
        &self.ids[node.index()]
    }

    /// A node's kind.
    pub fn kind(&self, node: NodeIx) -> NodeKind {
        self.kinds[node.index()]
    }

    /// A node's weight.
    pub fn weight(&self, node: NodeIx) -> u32 {
        self.weights[node.index()]
    }

    /// A node's parent; `None` for the root.
    pub fn parent(&self, node: NodeIx) -> Option<NodeIx> {
        let parent = self.parents[node.index()];
        (parent != NO_PARENT).then_some(NodeIx(parent))
    }

    /// A node's distance from the root.
    pub fn depth(&self, node: NodeIx) -> u32 {
        self.depths[node.index()]
    }

    /// A node's place in tree order: depth-first, children in the order of the input.
    pub fn rank(&self, node: NodeIx) -> u32 {
        self.ranks[node.index()]
    }

    /// The node with this id.
    pub fn find(&self, id: &str) -> Option<NodeIx> {
        self.by_id.get(id).copied()
    }

    /// The node that a leaf is.
    pub fn node_of(&self, leaf: LeafIx) -> NodeIx {
        NodeIx::new(self.inner_count() + leaf.index())
    }

    /// The leaf that a node is; `None` for inner nodes.
    pub fn leaf_of(&self, node: NodeIx) -> Option<LeafIx> {
        node.index().checked_sub(self.inner_count()).map(LeafIx::new)
    }

    /// The leaves below an inner node, or the leaf itself.
    pub fn leaves_below(&self, node: NodeIx) -> std::ops::Range<usize> {
        match self.leaf_of(node) {
            Some(leaf) => leaf.index()..leaf.index() + 1,
            None => {
                let (start, end) = self.leaf_spans[node.index()];
                start as usize..end as usize
            }
        }
    }

    /// A node's children in tree order; none for leaves.
    pub fn children(&self, node: NodeIx) -> &[NodeIx] {
        if node.index() >= self.inner_count() {
            return &[];
        }
        let span = self.child_starts[node.index()] as usize..self.child_starts[node.index() + 1] as usize;
        &self.children[span]
    }

    /// The node and its ancestors, from the node up to the root.
    pub fn path(&self, node: NodeIx) -> impl Iterator<Item = NodeIx> + '_ {
        std::iter::successors(Some(node), |&node| self.parent(node))
    }

    /// All nodes, every one after all that is below it.
    pub fn nodes_bottom_up(&self) -> impl Iterator<Item = NodeIx> + use<> {
        (0..self.node_count()).rev().map(NodeIx::new)
    }

    /// All nodes in tree order.
    pub fn nodes_in_tree_order(&self) -> Vec<NodeIx> {
        let mut nodes: Vec<NodeIx> = (0..self.node_count()).map(NodeIx::new).collect();
        nodes.sort_by_key(|&node| self.rank(node));
        nodes
    }

    /// Where a node stood in the list that the topology was built from.
    pub fn input_position(&self, node: NodeIx) -> usize {
        self.input_positions[node.index()] as usize
    }

    pub(crate) fn set_weight(&mut self, node: NodeIx, weight: u32) {
        self.weights[node.index()] = weight;
    }

    pub(crate) fn set_weights(&mut self, weights: Vec<u32>) {
        assert_eq!(weights.len(), self.node_count(), "one weight per node");
        self.weights = weights;
    }

    pub(crate) fn parent_of_inner(&self, inner: usize) -> Option<usize> {
        let parent = self.parents[inner];
        (parent != NO_PARENT).then_some(parent as usize)
    }

    /// Parents of the inner nodes; the root's is no node.
    pub(crate) fn inner_parents(&self) -> &[u32] {
        &self.parents[..self.inner_count()]
    }

    pub(crate) fn parent_of_leaf(&self, leaf: usize) -> usize {
        self.parents[self.inner_count() + leaf] as usize
    }

    /// One past the last inner node of an inner node's subtree.
    pub(crate) fn inner_end(&self, inner: usize) -> usize {
        self.inner_ends[inner] as usize
    }

    pub(crate) fn leaves_below_inner(&self, inner: usize) -> std::ops::Range<usize> {
        let (start, end) = self.leaf_spans[inner];
        start as usize..end as usize
    }

    pub(crate) fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// The walk over the subtree of an inner node, which ends with its own close.
    pub(crate) fn walk_below(&self, inner: usize) -> &[Visit] {
        let (start, end) = self.walk_spans[inner];
        &self.walk[start as usize..end as usize]
    }
}

/// Parents and children by position in the input, once it is known that they form a tree.
struct Skeleton {
    root: usize,
    children: Vec<Vec<usize>>,
}

impl Skeleton {
    fn check(nodes: &[PowerNode]) -> Result<Self, Rejection> {
        let invalid = |id: &str, detail: String| Rejection::about(Reason::InvalidTopology, id, detail);
        if nodes.len() > NODE_COUNT_MAX {
            let detail = format!("{} nodes are more than the {NODE_COUNT_MAX} allowed", nodes.len());
            return Err(Rejection::of_input(Reason::InvalidTopology, detail));
        }
        let mut positions = BTreeMap::new();
        for (position, node) in nodes.iter().enumerate() {
            if positions.insert(node.id.as_str(), position).is_some() {
                return Err(invalid(
                    &node.id,
                    format!("the id \"{}\" stands twice (ids are unique)", node.id),
                ));
            }
        }
        let mut children = vec![Vec::new(); nodes.len()];
        let mut roots = Vec::new();
        for (position, node) in nodes.iter().enumerate() {
            match &node.parent {
                None => roots.push(position),
                Some(parent) => match positions.get(parent.as_str()) {
                    Some(&parent) => children[parent].push(position),
                    None => {
                        let detail =
                            format!("\"{}\" names the parent \"{parent}\", which does not exist", node.id);
                        return Err(invalid(&node.id, detail));
                    }
                },
            }
        }
        let root = match roots[..] {
            [root] => root,
            [] => {
                let detail = "no node is the root (one node has no parent)";
                return Err(Rejection::of_input(Reason::InvalidTopology, detail));
            }
            [first, second, ..] => {
                let (first, second) = (&nodes[first].id, &nodes[second].id);
                let detail = format!("\"{first}\" and \"{second}\" both have no parent (there is one root)");
                return Err(invalid(second, detail));
            }
        };
        let skeleton = Self { root, children };
        skeleton.check_reachable(nodes)?;
        skeleton.check_supported(nodes)?;
        Ok(skeleton)
    }

    fn check_reachable(&self, nodes: &[PowerNode]) -> Result<(), Rejection> {
        let mut is_reached = vec![false; nodes.len()];
        let mut open = vec![self.root];
        while let Some(position) = open.pop() {
            is_reached[position] = true;
            open.extend(&self.children[position]);
        }
        match is_reached.iter().position(|reached| !reached) {
            None => Ok(()),
            Some(position) => {
                let id = &nodes[position].id;
                let detail = format!("\"{id}\" hangs in a cycle of parents and never reaches the root");
                Err(Rejection::about(Reason::InvalidTopology, id, detail))
            }
        }
    }

    fn check_supported(&self, nodes: &[PowerNode]) -> Result<(), Rejection> {
        let unsupported =
            |id: &str, detail: String| Rejection::about(Reason::UnsupportedTopology, id, detail);
        let root = &nodes[self.root];
        if root.kind != NodeKind::Site {
            let detail = format!("the root \"{}\" is a {} (the root is a site)", root.id, root.kind);
            return Err(unsupported(&root.id, detail));
        }
        for (position, node) in nodes.iter().enumerate() {
            for &child in &self.children[position] {
                let child = &nodes[child];
                if !child.kind.may_stand_under(node.kind) {
                    let detail = format!(
                        "the {} \"{}\" stands under the {} \"{}\" (the order is site, grid_connection, charger_circuit, charge_point, connector)",
                        child.kind, child.id, node.kind, node.id
                    );
                    return Err(unsupported(&child.id, detail));
                }
            }
        }
        let has_assets = self.charging_assets_below(nodes);
        for (position, node) in nodes.iter().enumerate() {
            if matches!(node.kind, NodeKind::Site | NodeKind::ChargerCircuit) && !has_assets[position] {
                let detail =
                    format!("the {} \"{}\" has no charge point or connector below it", node.kind, node.id);
                return Err(unsupported(&node.id, detail));
            }
        }
        Ok(())
    }

    /// Whether each node, by position, is a charging asset or has one below it.
    fn charging_assets_below(&self, nodes: &[PowerNode]) -> Vec<bool> {
        let mut order = vec![self.root];
        let mut next = 0;
        while next < order.len() {
            order.extend(&self.children[order[next]]);
            next += 1;
        }
        let mut has_assets = vec![false; nodes.len()];
        for &position in order.iter().rev() {
            has_assets[position] = nodes[position].kind.is_charging_asset()
                || self.children[position].iter().any(|&child| has_assets[child]);
        }
        has_assets
    }

    /// Positions in preorder, with the depth of each.
    fn preorder(&self) -> Vec<(usize, u32)> {
        let mut order = Vec::with_capacity(self.children.len());
        let mut open = vec![(self.root, 0)];
        while let Some((position, depth)) = open.pop() {
            order.push((position, depth));
            open.extend(self.children[position].iter().rev().map(|&child| (child, depth + 1)));
        }
        order
    }

    fn lay_out(self, nodes: &[PowerNode]) -> Topology {
        let order = self.preorder();
        let is_leaf =
            |position: usize| self.children[position].is_empty() && nodes[position].kind.is_charging_asset();
        let inner_count = order.iter().filter(|(position, _)| !is_leaf(*position)).count();

        let mut index = vec![NodeIx(0); nodes.len()];
        let (mut next_inner, mut next_leaf) = (0, inner_count);
        for &(position, _) in &order {
            let next = if is_leaf(position) { &mut next_leaf } else { &mut next_inner };
            index[position] = NodeIx::new(*next);
            *next += 1;
        }

        let mut topology = Topology {
            ids: vec![String::new(); nodes.len()],
            kinds: vec![NodeKind::Site; nodes.len()],
            weights: vec![1; nodes.len()],
            parents: vec![NO_PARENT; nodes.len()],
            depths: vec![0; nodes.len()],
            ranks: vec![0; nodes.len()],
            leaf_spans: vec![(0, 0); inner_count],
            inner_ends: vec![0; inner_count],
            child_starts: vec![0],
            children: Vec::with_capacity(nodes.len()),
            runs: Vec::new(),
            walk: Vec::new(),
            walk_spans: vec![(0, 0); inner_count],
            by_id: BTreeMap::new(),
            input_positions: vec![0; nodes.len()],
        };
        for (rank, &(position, depth)) in order.iter().enumerate() {
            let ix = index[position].index();
            topology.ids[ix] = nodes[position].id.clone();
            topology.kinds[ix] = nodes[position].kind;
            topology.weights[ix] = nodes[position].weight;
            topology.depths[ix] = depth;
            topology.ranks[ix] = rank as u32;
            topology.by_id.insert(nodes[position].id.clone(), index[position]);
            topology.input_positions[ix] = position as u32;
            for &child in &self.children[position] {
                topology.parents[index[child].index()] = ix as u32;
            }
            if ix < inner_count {
                topology.children.extend(self.children[position].iter().map(|&child| index[child]));
                topology.child_starts.push(topology.children.len() as u32);
            }
        }
        topology.lay_out_walk(&order, &index, inner_count);
        for inner in (0..inner_count).rev() {
            topology.inner_ends[inner] = topology.inner_ends[inner].max(inner as u32 + 1);
            if let Some(parent) = topology.parent_of_inner(inner) {
                topology.inner_ends[parent] = topology.inner_ends[parent].max(topology.inner_ends[inner]);
            }
        }
        topology
    }
}

impl Topology {
    /// Fills runs, the walk and the spans of leaves from the preorder.
    fn lay_out_walk(&mut self, order: &[(usize, u32)], index: &[NodeIx], inner_count: usize) {
        let mut open: Vec<u32> = Vec::new();
        let mut leaf_count = 0_u32;
        for &(position, depth) in order {
            let ix = index[position].index();
            while open.len() > depth as usize {
                self.close(open.pop(), leaf_count);
            }
            if ix < inner_count {
                self.leaf_spans[ix].0 = leaf_count;
                self.walk_spans[ix].0 = self.walk.len() as u32;
                open.push(ix as u32);
                continue;
            }
            let parent = self.parents[ix];
            match self.walk.last_mut() {
                Some(Visit::Leaves(run)) if run.parent == parent => run.end += 1,
                _ => self.walk.push(Visit::Leaves(Run { parent, start: leaf_count, end: leaf_count + 1 })),
            }
            leaf_count += 1;
        }
        while let Some(node) = open.pop() {
            self.close(Some(node), leaf_count);
        }
        self.runs = self
            .walk
            .iter()
            .filter_map(|visit| if let Visit::Leaves(run) = visit { Some(*run) } else { None })
            .collect();
    }

    fn close(&mut self, node: Option<u32>, leaf_count: u32) {
        if let Some(node) = node {
            self.leaf_spans[node as usize].1 = leaf_count;
            self.walk.push(Visit::Close(node));
            self.walk_spans[node as usize].1 = self.walk.len() as u32;
        }
    }
}
