//! Sums over the site's nodes, from the connectors up.

use crate::bays::{Bays, MeterChange};
use crate::column::Column;
use crate::control::{Shares, SharesOfNodes};
use crate::site::Site;
use crate::special_bays::SpecialBays;
use crate::view::{NO_NODE, NodeColumns};
use balancer::{LimitSource, LimitTable, MovedDemand};

/// Columns by node above the connectors.
#[derive(Debug, Clone)]
pub(crate) struct Totals {
    pub(crate) limit_w: Column<u64>,
    pub(crate) limit_source: Column<Option<LimitSource>>,
    pub(crate) base_load_w: Column<i64>,
    pub(crate) ev_limit_w: Column<u64>,
    pub(crate) demand_w: Column<u64>,
    pub(crate) raw_demand_w: Column<u64>,
    pub(crate) allocated_w: Column<u64>,
    pub(crate) measured_w: Column<i64>,
    pub(crate) is_binding: Column<bool>,
    pub(crate) is_breached: Column<bool>,
    /// Limits, with a sign \[W\].
    signed_limit_w: Vec<i64>,
    /// What the connectors before each one draw, and after them all of them \[W\].
    drawn_before_w: Vec<i64>,
    /// Whether any meter is above its limit.
    any_over: bool,
}

/// More than anything that is drawn, so that a difference of two does not overflow \[W\].
const LIMIT_MAX_W: u64 = 1 << 62;

impl Totals {
    pub(crate) fn of(site: &Site) -> Self {
        let n = site.nodes.len();
        Self {
            limit_w: Column::filled(0, n),
            limit_source: Column::filled(None, n),
            base_load_w: Column::filled(0, n),
            ev_limit_w: Column::filled(0, n),
            demand_w: Column::filled(0, n),
            raw_demand_w: Column::filled(0, n),
            allocated_w: Column::filled(0, n),
            measured_w: Column::filled(0, n),
            is_binding: Column::filled(false, n),
            is_breached: Column::filled(false, n),
            signed_limit_w: vec![0; n],
            drawn_before_w: vec![0; site.connectors.len() + 1],
            any_over: false,
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

    /// Adds up what is asked and granted: after demands, setpoints or limits changed.
    ///
    /// Sums of `u32` over connectors, of which there are fewer than 2^32, fit `u64` and `i64`: they need no look at overflow.
    pub(crate) fn add_up_shares(
        &mut self,
        site: &Site,
        (bays, special): (&Bays, &SpecialBays),
        connector_ev_limit_w: &[u64],
    ) {
        self.add_shares_of_connectors(site, bays, connector_ev_limit_w);
        self.add_shares_of_nodes(site);
        self.mark_binding(site, bays, special);
    }

    /// Takes what is asked and granted from the cycle that has just decided it.
    pub(crate) fn take_shares(&mut self, shares: &Shares<'_>) {
        shares.tell(SharesOfNodes {
            demand_w: &mut self.demand_w,
            raw_demand_w: &mut self.raw_demand_w,
            allocated_w: &mut self.allocated_w,
            is_binding: &mut self.is_binding,
        });
    }

    /// Takes what is granted alone.
    pub(crate) fn take_allocations(&mut self, shares: &Shares<'_>) {
        shares.tell_allocated(&mut self.allocated_w);
    }

    /// The same where the cycle has only followed demands that moved since the shares were summed up.
    pub(crate) fn follow_shares(&mut self, site: &Site, shares: &Shares<'_>, followed: &[MovedDemand]) {
        shares.tell_followed(
            site,
            followed,
            &mut SharesOfNodes {
                demand_w: &mut self.demand_w,
                raw_demand_w: &mut self.raw_demand_w,
                allocated_w: &mut self.allocated_w,
                is_binding: &mut [],
            },
        );
    }

    #[inline]
    fn add_shares_of_connectors(&mut self, site: &Site, bays: &Bays, connector_ev_limit_w: &[u64]) {
        let nodes = site.nodes.len();
        let (raw_demand_w, allocated_w) = (&mut self.raw_demand_w[..nodes], &mut self.allocated_w[..nodes]);
        let demand_w = &mut self.demand_w[..nodes];
        raw_demand_w.fill(0);
        allocated_w.fill(0);
        demand_w.fill(0);
        let n = site.connector_parents.len();
        let (parents, limit_w) = (&site.connector_parents[..n], &connector_ev_limit_w[..n]);
        let (asked_w, granted_w) = (&bays.demand_w[..n], &bays.setpoint_w[..n]);
        for column in 0..n {
            let (parent, asked_w) = (parents[column] as usize, u64::from(asked_w[column]));
            raw_demand_w[parent] = raw_demand_w[parent].wrapping_add(asked_w);
            allocated_w[parent] = allocated_w[parent].wrapping_add(u64::from(granted_w[column]));
            demand_w[parent] = demand_w[parent].wrapping_add(asked_w.min(limit_w[column]));
        }
    }

    /// From the last node to the root, so that children come before their parents.
    #[inline]
    fn add_shares_of_nodes(&mut self, site: &Site) {
        let n = site.nodes.len();
        let (raw_demand_w, allocated_w) = (&mut self.raw_demand_w[..n], &mut self.allocated_w[..n]);
        let (demand_w, ev_limit_w) = (&mut self.demand_w[..n], &self.ev_limit_w[..n]);
        let parents = &site.parents[..n];
        // Sums of neighbours with one parent stay in registers until the next parent.
        let mut above = NO_NODE;
        let (mut raw_sum_w, mut allocated_sum_w, mut demand_sum_w) = (0_u64, 0_u64, 0_u64);
        for node in (0..n).rev() {
            let parent = parents[node];
            if parent != above {
                if let Some(raw_w) = raw_demand_w.get_mut(above as usize) {
                    let above = above as usize;
                    *raw_w = raw_w.wrapping_add(raw_sum_w);
                    allocated_w[above] = allocated_w[above].wrapping_add(allocated_sum_w);
                    demand_w[above] = demand_w[above].wrapping_add(demand_sum_w);
                }
                above = parent;
                (raw_sum_w, allocated_sum_w, demand_sum_w) = (0, 0, 0);
            }
            raw_sum_w = raw_sum_w.wrapping_add(raw_demand_w[node]);
            allocated_sum_w = allocated_sum_w.wrapping_add(allocated_w[node]);
            demand_sum_w = demand_sum_w.wrapping_add(demand_w[node].min(ev_limit_w[node]));
        }
    }

    /// Takes over a node's limit with its source, what it leaves for charging, and base load; meters and shares are to be added up after it.
    pub(crate) fn set_limit(&mut self, column: usize, table: &LimitTable, node: usize) {
        self.limit_w[column] = table.limit_w[node];
        self.limit_source[column] = table.source[node];
        self.ev_limit_w[column] = table.ev_limit_w[node];
        self.base_load_w[column] = table.base_load_w[node];
        self.signed_limit_w[column] = table.limit_w[node].min(LIMIT_MAX_W) as i64;
    }

    /// Adds up what meters measure: after meters, limits or base loads changed. Base loads are sums over everything below already.
    ///
    /// The connectors below a node stand side by side: what they draw is the difference of two running sums, wherever in the tree the node is.
    pub(crate) fn add_up_meters(&mut self, site: &Site, bays: &Bays) {
        let mut sum_w = 0_i64;
        for (before_w, &measured_w) in self.drawn_before_w[1..].iter_mut().zip(bays.meters.measured_w()) {
            sum_w = sum_w.wrapping_add(measured_w.into());
            *before_w = sum_w;
        }
        let drawn_before_w = &self.drawn_before_w[..];
        for &node in &site.trunk {
            let (first, end) = site.connectors_below[node as usize];
            self.measured_w[node as usize] =
                drawn_before_w[end as usize].wrapping_sub(drawn_before_w[first as usize]);
        }
        for own in &site.own_connectors {
            let drawn_w = &bays.meters.measured_w()[own.connectors()];
            for (meter_w, &drawn_w) in self.measured_w[own.nodes.clone()].iter_mut().zip(drawn_w) {
                *meter_w = drawn_w.into();
            }
        }
        for (meter_w, &base_load_w) in self.measured_w.iter_mut().zip(&self.base_load_w) {
            *meter_w = meter_w.wrapping_add(base_load_w);
        }
        self.compare_meters();
    }

    /// The same where a few meters of connectors alone have changed.
    pub(crate) fn follow_meters(&mut self, site: &Site, changes: &[MeterChange]) {
        let n = site.parents.len();
        let (meter_w, parents) = (&mut self.measured_w[..n], &site.parents[..n]);
        for &MeterChange { column, more_w } in changes {
            let mut node = site.connector_parents[column as usize] as usize;
            while node < n {
                meter_w[node] = meter_w[node].wrapping_add(more_w);
                node = parents[node] as usize;
            }
        }
        self.compare_meters();
    }

    /// Whether any meter is above its limit: the sign of what is left is the answer, and signs are or-ed.
    #[inline]
    fn compare_meters(&mut self) {
        let meters = self.measured_w.iter().zip(&self.signed_limit_w);
        let left_w = meters.fold(0, |left_w, (&meter_w, &limit_w)| left_w | limit_w.wrapping_sub(meter_w));
        self.any_over = left_w < 0;
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

    /// Whether any node's meter was above its limit when they were summed.
    pub(crate) fn any_over(&self) -> bool {
        self.any_over
    }
}
