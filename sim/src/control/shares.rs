//! What a cycle sums up by node, for whoever shows the site: so that nobody adds it up again.

use super::Controller;
use crate::depot::Depot;
use crate::site::Site;
use crate::view::NO_NODE;
use balancer::{Control, Cycle, Outcome, Strategy};

/// What is asked and granted at the site's nodes, as a cycle has summed it up.
pub(crate) struct Shares<'a> {
    cycle: &'a Cycle,
    nodes: &'a [u32],
    leaf_demand_w: &'a [u32],
    leaf_limit_w: &'a [u64],
}

impl Shares<'_> {
    /// Tells every node's demand within limits, demand and allocation \[W\], and whether it is binding, in the order of the site's nodes.
    #[inline]
    pub(crate) fn each(&self, mut tell: impl FnMut(usize, [u64; 3], bool)) {
        let cycle = self.cycle;
        let inner = cycle.demand_w.len();
        let (raw_demand_w, allocated_w) = (&cycle.raw_demand_w[..inner], &cycle.allocated_w[..inner]);
        for (column, &node) in self.nodes.iter().enumerate() {
            let node = node as usize;
            let of_node_w = match node.checked_sub(inner) {
                None => [cycle.demand_w[node], raw_demand_w[node], allocated_w[node]],
                // A charge point without connectors is its only connector.
                Some(leaf) => {
                    let demand_w = u64::from(self.leaf_demand_w[leaf]);
                    [demand_w.min(self.leaf_limit_w[leaf]), demand_w, u64::from(cycle.setpoint_w[leaf])]
                }
            };
            tell(column, of_node_w, cycle.is_binding[node]);
        }
    }
}

impl Controller<'_> {
    /// What the newest cycle sums up for the site's nodes, if it does and nothing stood against it.
    pub(crate) fn shares_of_nodes(&self) -> Option<Shares<'_>> {
        let is_decided = self.record.as_ref().is_some_and(|record| record.outcome != Outcome::Rejected);
        (is_decided && !self.cycle_nodes.is_empty()).then(|| Shares {
            cycle: self.balancer.cycle(),
            nodes: &self.cycle_nodes,
            leaf_demand_w: self.requests.demand_w(),
            leaf_limit_w: &self.limits.ev_limit_w[self.balancer.topology().inner_count()..],
        })
    }
}

/// The balancer's node for each of the site's nodes, where its cycles sum up what is shown of them: limits count, and connectors are leaves.
pub(super) fn cycle_nodes(depot: &Depot, site: &Site, node_of: &[u32]) -> Vec<u32> {
    if depot.control != Control::Connector || depot.strategy == Strategy::Uncontrolled {
        return Vec::new();
    }
    let nodes: Vec<u32> = site.nodes.iter().map(|&position| node_of[position as usize]).collect();
    if nodes.contains(&NO_NODE) { Vec::new() } else { nodes }
}
