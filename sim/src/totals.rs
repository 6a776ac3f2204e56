//! Sums over the site's nodes, from the connectors up.

use crate::bays::Bays;
use crate::site::Site;
use crate::special_bays::SpecialBays;
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
    /// Whether any meter is above its limit.
    any_over: bool,
    /// Sums over the connectors before each, and over all: what lies between two of them is the sum of a node \[W\].
    before: Vec<Shares>,
}

/// What connectors ask for and are granted \[W\].
#[derive(Debug, Clone, Copy, Default)]
struct Shares {
    raw_demand_w: u64,
    allocated_w: u64,
}

impl Totals {
    pub(crate) fn of(site: &Site) -> Self {
        let n = site.nodes.len();
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
            any_over: false,
            before: vec![Shares::default(); site.connectors.len() + 1],
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
    pub(crate) fn sum_shares(
        &mut self,
        site: &Site,
        (bays, special): (&Bays, &SpecialBays),
        connector_ev_limit_w: &[u64],
    ) {
        self.sum_asked_and_granted(site, bays);
        self.sum_within_limits(site, bays, connector_ev_limit_w);
        self.mark_binding(site, bays, special);
    }

    fn sum_asked_and_granted(&mut self, site: &Site, bays: &Bays) {
        let mut sum = Shares::default();
        let columns = bays.demand_w.iter().zip(&bays.setpoint_w);
        for ((&demand_w, &setpoint_w), before) in columns.zip(&mut self.before[1..]) {
            sum.raw_demand_w += u64::from(demand_w);
            sum.allocated_w += u64::from(setpoint_w);
            *before = sum;
        }
        let columns = self.raw_demand_w.iter_mut().zip(&mut self.allocated_w);
        for ((raw_demand_w, allocated_w), &(first, end)) in columns.zip(&site.connectors_below) {
            let (first, end) = (self.before[first as usize], self.before[end as usize]);
            *raw_demand_w = end.raw_demand_w - first.raw_demand_w;
            *allocated_w = end.allocated_w - first.allocated_w;
        }
    }

    /// Sums of the children's `min(limit, demand)`, from the connectors up.
    fn sum_within_limits(&mut self, site: &Site, bays: &Bays, connector_ev_limit_w: &[u64]) {
        let demand_w = &mut self.demand_w[..];
        demand_w.fill(0);
        let connectors = bays.demand_w.iter().zip(connector_ev_limit_w).zip(&site.connector_parents);
        for ((&asked_w, &limit_w), &parent) in connectors {
            demand_w[parent as usize] += u64::from(asked_w).min(limit_w);
        }
        let nodes = site.parents.iter().zip(&self.ev_limit_w).enumerate().skip(1).rev();
        for (node, (&parent, &limit_w)) in nodes {
            demand_w[parent as usize] += demand_w[node].min(limit_w);
        }
    }

    /// Marks the nodes that connectors name; neighbours mostly name the same one.
    fn mark_binding(&mut self, site: &Site, bays: &Bays, special: &SpecialBays) {
        self.is_binding.fill(false);
        let mut last_by = NO_NODE;
        for &column in bays.charging() {
            let by = bays.constrained_by[column as usize];
            if by != last_by {
                last_by = by;
                self.mark(site, by);
            }
        }
        if special.any_occupied() {
            special
                .occupied_columns()
                .for_each(|column| self.mark(site, bays.constrained_by[column as usize]));
        }
    }

    /// The limit of the node at this position withholds power from somebody; connectors have no columns here.
    fn mark(&mut self, site: &Site, position: u32) {
        if let Some(&column) = site.node_columns.get(position as usize)
            && column != NO_NODE
        {
            self.is_binding[column as usize] = true;
        }
    }

    /// What the meters say: after measured power or base loads changed.
    pub(crate) fn sum_measured(&mut self, site: &Site, bays: &Bays) {
        let mut sum_w = 0;
        for (&measured_w, before) in bays.measured_w.iter().zip(&mut self.before[1..]) {
            sum_w += u64::from(measured_w);
            before.allocated_w = sum_w;
        }
        let limits_w = self.base_load_w.iter().zip(&self.limit_w);
        let nodes = self.measured_w.iter_mut().zip(limits_w).zip(&site.connectors_below);
        self.any_over = false;
        for ((measured_w, (&base_load_w, &limit_w)), &(first, end)) in nodes {
            let drawn_w = self.before[end as usize].allocated_w - self.before[first as usize].allocated_w;
            *measured_w = drawn_w as i64 + base_load_w;
            self.any_over |= (*measured_w).max(0).unsigned_abs() > limit_w;
        }
    }

    /// Whether any node's meter was above its limit when they were summed.
    pub(crate) fn any_over(&self) -> bool {
        self.any_over
    }
}
