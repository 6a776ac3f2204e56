//! Sums over the site's nodes, from the connectors up.

use crate::bays::Bays;
use crate::site::{NO_PARENT, Site};
use crate::view::{NO_NODE, NodeColumns};
use balancer::LimitSource;

/// Columns by node above the connectors.
#[derive(Debug, Clone)]
pub(crate) struct Totals {
    pub(crate) limit_w: Vec<u64>,
    pub(crate) limit_source: Vec<Option<LimitSource>>,
    pub(crate) base_load_w: Vec<i64>,
    pub(crate) ev_limit_w: Vec<u64>,
    pub(crate) demand_w: Vec<u64>,
    pub(crate) raw_demand_w: Vec<u64>,
    pub(crate) allocated_w: Vec<u64>,
    pub(crate) measured_w: Vec<i64>,
    pub(crate) is_binding: Vec<bool>,
    pub(crate) is_breached: Vec<bool>,
    /// Column of each site position; [`NO_NODE`] for connectors.
    column_of: Vec<u32>,
    /// The three sums of a node side by side, while they are summed.
    shares: Vec<Shares>,
}

/// What is asked and granted at one node \[W\].
#[derive(Debug, Clone, Copy, Default)]
struct Shares {
    demand_w: u64,
    raw_demand_w: u64,
    allocated_w: u64,
}

impl Totals {
    pub(crate) fn of(site: &Site, positions: usize) -> Self {
        let n = site.nodes.len();
        let mut column_of = vec![NO_NODE; positions];
        for (column, &position) in site.nodes.iter().enumerate() {
            column_of[position as usize] = column as u32;
        }
        Self {
            limit_w: vec![0; n],
            limit_source: vec![None; n],
            base_load_w: vec![0; n],
            ev_limit_w: vec![0; n],
            demand_w: vec![0; n],
            raw_demand_w: vec![0; n],
            allocated_w: vec![0; n],
            measured_w: vec![0; n],
            is_binding: vec![false; n],
            is_breached: vec![false; n],
            column_of,
            shares: vec![Shares::default(); n],
        }
    }

    pub(crate) fn columns(&self) -> NodeColumns<'_> {
        NodeColumns {
            limit_w: &self.limit_w,
            limit_source: &self.limit_source,
            base_load_w: &self.base_load_w,
            ev_limit_w: &self.ev_limit_w,
            demand_w: &self.demand_w,
            raw_demand_w: &self.raw_demand_w,
            allocated_w: &self.allocated_w,
            measured_w: &self.measured_w,
            is_binding: &self.is_binding,
            is_breached: &self.is_breached,
        }
    }

    /// What is asked and granted: after demands, setpoints or limits changed.
    pub(crate) fn sum_shares(&mut self, site: &Site, bays: &Bays, connector_ev_limit_w: &[u64]) {
        self.shares.fill(Shares::default());
        self.is_binding.fill(false);
        for &column in bays.charging() {
            let ix = column as usize;
            let demand_w = u64::from(bays.demand_w[ix]);
            let shares = &mut self.shares[site.connector_parents[ix] as usize];
            shares.raw_demand_w += demand_w;
            shares.demand_w += demand_w.min(connector_ev_limit_w[ix]);
            shares.allocated_w += u64::from(bays.setpoint_w[ix]);
            let by = bays.constrained_by[ix];
            if by != NO_NODE && self.column_of[by as usize] != NO_NODE {
                self.is_binding[self.column_of[by as usize] as usize] = true;
            }
        }
        for node in (1..self.shares.len()).rev() {
            let shares = self.shares[node];
            if shares.raw_demand_w > 0 {
                let above = &mut self.shares[site.parents[node] as usize];
                above.raw_demand_w += shares.raw_demand_w;
                above.demand_w += shares.demand_w.min(self.ev_limit_w[node]);
                above.allocated_w += shares.allocated_w;
            }
        }
        let columns = self.raw_demand_w.iter_mut().zip(&mut self.demand_w).zip(&mut self.allocated_w);
        for (((raw_demand_w, demand_w), allocated_w), shares) in columns.zip(&self.shares) {
            *raw_demand_w = shares.raw_demand_w;
            *demand_w = shares.demand_w;
            *allocated_w = shares.allocated_w;
        }
    }

    /// What the meters say: after measured power or base loads changed.
    pub(crate) fn sum_measured(&mut self, site: &Site, bays: &Bays, own_base_load_w: &[i64]) {
        self.measured_w.copy_from_slice(own_base_load_w);
        for &column in bays.charging() {
            let ix = column as usize;
            self.measured_w[site.connector_parents[ix] as usize] += i64::from(bays.measured_w[ix]);
        }
        for node in (1..site.nodes.len()).rev() {
            debug_assert_ne!(site.parents[node], NO_PARENT, "only the root has no parent");
            self.measured_w[site.parents[node] as usize] += self.measured_w[node];
        }
    }
}
