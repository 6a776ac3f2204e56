//! The tree as the model sees it: nodes in tree order, each with its limits, and what each leaf asks for.

use balancer::{InputRequest, LimitSource, NodeKind};

/// All nodes in tree order; the root is the first.
pub(crate) struct Site {
    pub(crate) nodes: Vec<Node>,
}

/// A node with its limits \[W\]; `None` for no limit.
pub(crate) struct Node {
    pub(crate) id: String,
    pub(crate) kind: NodeKind,
    pub(crate) parent: Option<usize>,
    pub(crate) children: Vec<usize>,
    pub(crate) depth: usize,
    pub(crate) weight: i128,
    /// The effective limit, base load included.
    pub(crate) limit: Option<i128>,
    pub(crate) source: Option<LimitSource>,
    /// What is left for charging.
    pub(crate) ev_limit: Option<i128>,
    /// The maximum rating of a charge point or connector.
    pub(crate) hardware_limit: Option<i128>,
    pub(crate) ask: Option<Ask>,
}

/// A leaf's request after preparation \[W\].
pub(crate) struct Ask {
    /// As requested.
    pub(crate) demand: i128,
    /// Lowered to a step.
    pub(crate) wish: i128,
    /// The minimum after preparation.
    pub(crate) min: i128,
    pub(crate) weight: i128,
    pub(crate) tier: i128,
    pub(crate) pausable: bool,
    /// Ascending; empty where every value is allowed.
    pub(crate) steps: Vec<i128>,
    pub(crate) request: InputRequest,
}

impl Site {
    /// The node with this id.
    pub(crate) fn position(&self, id: &str) -> Option<usize> {
        self.nodes.iter().position(|node| node.id == id)
    }

    /// The leaves with a request, in tree order.
    pub(crate) fn asking(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.nodes.len()).filter(|&node| self.nodes[node].ask.is_some())
    }

    /// The request of a leaf that has one.
    pub(crate) fn ask(&self, leaf: usize) -> &Ask {
        self.nodes[leaf].ask.as_ref().expect("the leaf has a request")
    }

    /// The node and its ancestors, up to the root.
    pub(crate) fn path(&self, node: usize) -> Vec<usize> {
        std::iter::successors(Some(node), |&node| self.nodes[node].parent).collect()
    }

    /// What a leaf could take within its own limit \[W\].
    pub(crate) fn capped_wish(&self, leaf: usize) -> i128 {
        least(self.nodes[leaf].ev_limit, self.ask(leaf).wish)
    }

    /// The sum of a figure over the node and all below it.
    pub(crate) fn sum_below(&self, node: usize, figure: &dyn Fn(usize) -> i128) -> i128 {
        figure(node)
            + self.nodes[node].children.iter().map(|&child| self.sum_below(child, figure)).sum::<i128>()
    }

    /// The minimum of a leaf that cannot be paused, 0 for all other nodes \[W\].
    pub(crate) fn reserved_minimum(&self, node: usize) -> i128 {
        self.nodes[node].ask.as_ref().map_or(0, |ask| if ask.pausable { 0 } else { ask.min })
    }

    /// Whether the minima of all leaves that cannot be paused fit everywhere.
    pub(crate) fn reserved_minima_fit(&self) -> bool {
        (0..self.nodes.len()).all(|node| {
            let reserved = self.sum_below(node, &|below| self.reserved_minimum(below));
            self.nodes[node].ev_limit.is_none_or(|limit| reserved <= limit)
        })
    }

    /// The node with least headroom on the path of a leaf, deepest on ties, with that headroom \[W\].
    pub(crate) fn tightest(&self, leaf: usize, headroom: &[Option<i128>]) -> Option<(i128, usize)> {
        let mut tightest: Option<(i128, usize)> = None;
        for node in self.path(leaf) {
            if let Some(watts) = headroom[node]
                && tightest.is_none_or(|(least, _)| watts < least)
            {
                tightest = Some((watts, node));
            }
        }
        tightest
    }
}

/// The lesser of a limit, if there is one, and a value.
pub(crate) fn least(limit: Option<i128>, value: i128) -> i128 {
    limit.map_or(value, |limit| limit.min(value))
}

/// Every limit less what `used` says of its node.
pub(crate) fn less(limits: &[Option<i128>], used: &dyn Fn(usize) -> i128) -> Vec<Option<i128>> {
    limits.iter().enumerate().map(|(node, limit)| limit.map(|limit| limit - used(node))).collect()
}
