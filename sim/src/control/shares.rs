//! What a cycle sums up by node, for whoever shows the site: so that nobody adds it up again.

use super::Controller;
use crate::depot::Depot;
use crate::site::{OwnConnectors, Site};
use crate::view::NO_NODE;
use balancer::{Control, Cycle, MovedDemand, Outcome, Strategy};

/// Where the balancer's cycles keep what is shown of the site's nodes.
#[derive(Debug, Clone, Default)]
pub(super) struct Places {
    /// Of each node above the leaves its column, and its index in the cycle.
    inner: Vec<(u32, u32)>,
    /// Charge points without connectors, which are leaves in the order of connectors.
    leaves: Vec<OwnConnectors>,
    /// Of each node column its index in the cycle; [`NO_NODE`] for leaves.
    node_of: Vec<u32>,
}

impl Places {
    /// Of a site whose cycles sum up what is shown of its nodes: limits count, and connectors are leaves. Elsewhere, of none.
    pub(super) fn of(depot: &Depot, site: &Site, node_of: &[u32]) -> Self {
        if depot.control != Control::Connector || depot.strategy == Strategy::Uncontrolled {
            return Self::default();
        }
        let place = |&column: &u32| (column, node_of[site.nodes[column as usize] as usize]);
        let inner: Vec<(u32, u32)> = site.trunk.iter().map(place).collect();
        if inner.iter().any(|&(_, node)| node == NO_NODE) {
            return Self::default();
        }
        let mut of_columns = vec![NO_NODE; site.nodes.len()];
        inner.iter().for_each(|&(column, node)| of_columns[column as usize] = node);
        Self { inner, leaves: site.own_connectors.clone(), node_of: of_columns }
    }

    fn is_empty(&self) -> bool {
        self.inner.is_empty()
    }
}

/// What is asked and granted at the site's nodes, as a cycle has summed it up.
pub(crate) struct Shares<'a> {
    cycle: &'a Cycle,
    places: &'a Places,
    leaf_demand_w: &'a [u32],
    leaf_limit_w: &'a [u32],
}

/// Columns of the site's nodes that are to be told.
pub(crate) struct SharesOfNodes<'a> {
    pub(crate) demand_w: &'a mut [u64],
    pub(crate) raw_demand_w: &'a mut [u64],
    pub(crate) allocated_w: &'a mut [u64],
    pub(crate) is_binding: &'a mut [bool],
}

impl Shares<'_> {
    /// Tells of every node its demand within limits, demand and allocation \[W\], and whether it is binding.
    pub(crate) fn tell(&self, mut told: SharesOfNodes<'_>) {
        self.tell_inner(&mut told);
        self.places.leaves.iter().for_each(|stretch| self.tell_leaves(stretch, &mut told));
    }

    /// Tells of every node its allocation \[W\].
    pub(crate) fn tell_allocated(&self, allocated_w: &mut [u64]) {
        for &(column, node) in &self.places.inner {
            allocated_w[column as usize] = self.cycle.allocated_w[node as usize];
        }
        for stretch in &self.places.leaves {
            self.tell_granted(stretch, allocated_w);
        }
    }

    /// Tells of the nodes above demands that have moved, and nothing of who is binding: whoever was still is.
    pub(crate) fn tell_followed(&self, site: &Site, followed: &[MovedDemand], told: &mut SharesOfNodes<'_>) {
        let n = site.parents.len();
        let (parents, node_of) = (&site.parents[..n], &self.places.node_of[..n]);
        let (demand_w, raw_demand_w) = (&mut told.demand_w[..n], &mut told.raw_demand_w[..n]);
        let allocated_w = &mut told.allocated_w[..n];
        let inner = self.cycle.demand_w.len();
        let (of_node_w, raw_of_node_w) = (&self.cycle.demand_w[..inner], &self.cycle.raw_demand_w[..inner]);
        let granted_w = &self.cycle.allocated_w[..inner];
        for demand in followed {
            let leaf = demand.leaf.index();
            let mut column = site.connector_parents[leaf] as usize;
            if column < n && node_of[column] == NO_NODE {
                // A charge point without connectors, which is the leaf.
                let asked_w = self.leaf_demand_w[leaf];
                raw_demand_w[column] = asked_w.into();
                demand_w[column] = asked_w.min(self.leaf_limit_w[leaf]).into();
                allocated_w[column] = self.cycle.setpoint_w[leaf].into();
                column = parents[column] as usize;
            }
            while column < n {
                let node = node_of[column] as usize;
                demand_w[column] = of_node_w[node];
                raw_demand_w[column] = raw_of_node_w[node];
                allocated_w[column] = granted_w[node];
                column = parents[column] as usize;
            }
        }
    }

    #[inline]
    fn tell_inner(&self, told: &mut SharesOfNodes<'_>) {
        // Columns of one known length on either side: an index is checked once for all of them.
        let (columns, inner) = (told.demand_w.len(), self.cycle.demand_w.len());
        let (raw_demand_w, allocated_w) =
            (&mut told.raw_demand_w[..columns], &mut told.allocated_w[..columns]);
        let (demand_w, is_binding) = (&mut told.demand_w[..columns], &mut told.is_binding[..columns]);
        let (of_node_w, raw_of_node_w) = (&self.cycle.demand_w[..inner], &self.cycle.raw_demand_w[..inner]);
        let (granted_w, is_node_binding) =
            (&self.cycle.allocated_w[..inner], &self.cycle.is_binding[..inner]);
        for &(column, node) in &self.places.inner {
            let (column, node) = (column as usize, node as usize);
            demand_w[column] = of_node_w[node];
            raw_demand_w[column] = raw_of_node_w[node];
            allocated_w[column] = granted_w[node];
            is_binding[column] = is_node_binding[node];
        }
    }

    /// A charge point without connectors is its only connector.
    #[inline]
    fn tell_leaves(&self, stretch: &OwnConnectors, told: &mut SharesOfNodes<'_>) {
        let (columns, leaves) = (stretch.nodes.clone(), stretch.connectors());
        let (asked_w, limit_w) = (&self.leaf_demand_w[leaves.clone()], &self.leaf_limit_w[leaves.clone()]);
        let demand_w = told.demand_w[columns.clone()].iter_mut();
        let raw_demand_w = told.raw_demand_w[columns.clone()].iter_mut();
        for (((demand_w, raw_demand_w), &asked_w), &limit_w) in
            demand_w.zip(raw_demand_w).zip(asked_w).zip(limit_w)
        {
            *raw_demand_w = asked_w.into();
            *demand_w = asked_w.min(limit_w).into();
        }
        self.tell_granted(stretch, told.allocated_w);
        let first_node = self.cycle.demand_w.len();
        let nodes = first_node + leaves.start..first_node + leaves.end;
        told.is_binding[columns].copy_from_slice(&self.cycle.is_binding[nodes]);
    }

    #[inline]
    fn tell_granted(&self, stretch: &OwnConnectors, allocated_w: &mut [u64]) {
        let granted_w = &self.cycle.setpoint_w[stretch.connectors()];
        for (allocated_w, &granted_w) in allocated_w[stretch.nodes.clone()].iter_mut().zip(granted_w) {
            *allocated_w = granted_w.into();
        }
    }
}

impl Controller<'_> {
    /// What the newest cycle sums up for the site's nodes, if it does and nothing stood against it.
    pub(crate) fn shares_of_nodes(&self) -> Option<Shares<'_>> {
        let is_decided = self.record.as_ref().is_some_and(|record| record.outcome != Outcome::Rejected);
        (is_decided && !self.places.is_empty()).then(|| Shares {
            cycle: self.balancer.cycle(),
            places: &self.places,
            leaf_demand_w: self.requests.demand_w(),
            leaf_limit_w: &self.limits.leaf_limit_w,
        })
    }
}
