//! Trees with limits, and numbers to draw them from, for tests of single parts of a cycle.

use balancer::{LimitTable, NodeIx, NodeKind, NodeLimits, PowerNode, Ratings, Topology};

/// Numbers that are the same in every run (Knuth's linear congruential generator).
pub(crate) struct Draw(pub(crate) u64);

impl Draw {
    pub(crate) fn within(&mut self, least: u64, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        least + (self.0 >> 33) % (most - least + 1)
    }

    pub(crate) fn percent(&mut self, chances: u64) -> bool {
        self.within(0, 99) < chances
    }
}

/// A node that is rated for `limit_w` \[W\].
pub(crate) fn rated(id: String, kind: NodeKind, parent: Option<String>, limit_w: Option<u64>) -> PowerNode {
    PowerNode {
        id,
        kind,
        parent,
        ratings: Ratings { max_rating_w: limit_w, ..Ratings::default() },
        weight: 1,
    }
}

/// The tree of these nodes, and the limits that their ratings make.
pub(crate) fn laid_out(nodes: &[PowerNode]) -> (Topology, Vec<NodeLimits>) {
    let topology = Topology::new(nodes).expect("a site that can be balanced");
    let ratings = |ix| nodes[topology.input_position(NodeIx::new(ix))].ratings;
    let limits = (0..topology.node_count())
        .map(|ix| NodeLimits { ratings: ratings(ix), ..NodeLimits::default() })
        .collect();
    (topology, limits)
}

/// The same, with the table of those limits.
pub(crate) fn with_limits(nodes: &[PowerNode]) -> (Topology, LimitTable) {
    let (topology, limits) = laid_out(nodes);
    let table = LimitTable::compute(&topology, &limits);
    (topology, table)
}
