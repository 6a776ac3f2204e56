//! What follows for the nodes from what their connectors show: added up from the connectors to the root.

use super::known::{Holds, Known, wrong};
use super::limits::Limits;
use crate::site::{NO_PARENT, Site};
use crate::view::TickView;

/// The nodes above the connectors, as they should be.
#[derive(Debug, Clone)]
pub(super) struct Nodes {
    /// While they are added up.
    sums: Vec<NodeSums>,
    /// Added up, in the columns in which they are shown.
    allocated_w: Vec<u64>,
    demand_w: Vec<u64>,
    raw_demand_w: Vec<u64>,
    meter_w: Vec<i64>,
    is_breached: Vec<bool>,
    any_breached: bool,
    /// Whether any connector's meter is above its limit, or its setpoint above its EV limit.
    any_connector_breached: bool,
    any_connector_above: bool,
    /// Whether any node's setpoints are above its EV limit.
    any_above: bool,
}

/// What follows for one node \[W\].
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct NodeSums {
    /// Sum of the setpoints below.
    pub(super) allocated_w: u64,
    /// Sum of the demands below.
    pub(super) raw_demand_w: u64,
    /// Sum of the children's `min(limit, demand)`.
    pub(super) demand_w: u64,
    /// What connectors below draw.
    pub(super) drawn_w: u64,
}

impl NodeSums {
    #[inline]
    fn add(&mut self, other: &NodeSums) {
        self.allocated_w = self.allocated_w.wrapping_add(other.allocated_w);
        self.raw_demand_w = self.raw_demand_w.wrapping_add(other.raw_demand_w);
        self.demand_w = self.demand_w.wrapping_add(other.demand_w);
        self.drawn_w = self.drawn_w.wrapping_add(other.drawn_w);
    }
}

impl Nodes {
    /// Sums of nothing, after a look at every connector's ancestors: the ranges of the site are what the order of columns stands on.
    pub(super) fn of(site: &Site) -> Self {
        let mut found = vec![0_u32; site.nodes.len()];
        for (column, &parent) in (0_u32..).zip(&site.connector_parents) {
            let mut node = parent;
            while node != NO_PARENT {
                let (first, end) = site.connectors_below[node as usize];
                assert!(
                    (first..end).contains(&column),
                    "connector {column} stands within its ancestors' ranges"
                );
                found[node as usize] += 1;
                node = site.parents[node as usize];
            }
        }
        let is_behind_parent =
            |(node, &parent): (usize, &u32)| parent == NO_PARENT || (parent as usize) < node;
        assert!(site.parents.iter().enumerate().all(is_behind_parent), "parents stand before their children");
        for (found, (first, end)) in found.iter().zip(&site.connectors_below) {
            assert_eq!(*found, end - first, "a node's range holds its own connectors and no others");
        }
        Self {
            sums: vec![NodeSums::default(); site.nodes.len()],
            allocated_w: vec![0; site.nodes.len()],
            demand_w: vec![0; site.nodes.len()],
            raw_demand_w: vec![0; site.nodes.len()],
            meter_w: vec![0; site.nodes.len()],
            is_breached: vec![false; site.nodes.len()],
            any_breached: false,
            any_connector_breached: false,
            any_connector_above: false,
            any_above: false,
        }
    }

    /// The node at a node column.
    pub(super) fn at(&self, node: u32) -> &NodeSums {
        &self.sums[node as usize]
    }

    /// The site as a whole.
    pub(super) fn root(&self) -> &NodeSums {
        &self.sums[0]
    }

    /// Whether the meter of any node or connector is above its limit.
    pub(super) fn any_breached(&self) -> bool {
        self.any_breached || self.any_connector_breached
    }

    /// Adds up what connectors show, under the limits in force.
    ///
    /// Sums of `u32` over connectors, of which there are fewer than 2^32, fit `u64`: they need no look at overflow.
    #[inline]
    pub(super) fn add_up(&mut self, known: &Known<'_>, limits: &Limits<'_>, view: &TickView<'_>) {
        self.sums.fill(NodeSums::default());
        self.add_connectors(known, limits, view);
        self.add_nodes(known, limits);
    }

    #[inline]
    fn add_connectors(&mut self, known: &Known<'_>, limits: &Limits<'_>, view: &TickView<'_>) {
        let n = known.site.connector_parents.len();
        let (parents, shown, of) =
            (&known.site.connector_parents[..], &view.connectors, limits.of_connectors());
        let (demand_w, setpoint_w) = (&shown.demand_w[..n], &shown.setpoint_w[..n]);
        let (measured_w, ev_limit_w, room_w) = (&shown.measured_w[..n], &of.ev_limit_w[..n], &of.room_w[..n]);
        let sums = &mut self.sums[..];
        let (mut any_breached, mut any_above) = (false, false);
        for column in 0..n {
            let (asked_w, granted_w) = (u64::from(demand_w[column]), u64::from(setpoint_w[column]));
            let drawn_w = u64::from(measured_w[column]);
            any_above |= granted_w > ev_limit_w[column];
            any_breached |= drawn_w as i64 > room_w[column];
            sums[parents[column] as usize].add(&NodeSums {
                allocated_w: granted_w,
                raw_demand_w: asked_w,
                demand_w: asked_w.min(ev_limit_w[column]),
                drawn_w,
            });
        }
        (self.any_connector_breached, self.any_connector_above) = (any_breached, any_above);
    }

    /// From the last node to the root, so that children come before their parents.
    #[inline]
    fn add_nodes(&mut self, known: &Known<'_>, limits: &Limits<'_>) {
        let (n, of) = (self.sums.len(), limits.of_nodes());
        let (ev_limit_w, room_w, parents) = (&of.ev_limit_w[..n], &of.room_w[..n], &known.site.parents[..n]);
        let (sums, is_breached) = (&mut self.sums[..n], &mut self.is_breached[..n]);
        let base_load_w = &of.base_load_w[..n];
        let (allocated_w, demand_w) = (&mut self.allocated_w[..n], &mut self.demand_w[..n]);
        let (raw_demand_w, meter_w) = (&mut self.raw_demand_w[..n], &mut self.meter_w[..n]);
        let (mut any_breached, mut any_above) = (false, false);
        for node in (0..n).rev() {
            let below = sums[node];
            (allocated_w[node], demand_w[node]) = (below.allocated_w, below.demand_w);
            raw_demand_w[node] = below.raw_demand_w;
            meter_w[node] = (below.drawn_w as i64).wrapping_add(base_load_w[node]);
            is_breached[node] = below.drawn_w as i64 > room_w[node];
            any_breached |= is_breached[node];
            any_above |= below.allocated_w > ev_limit_w[node];
            if let Some(parent) = sums.get_mut(parents[node] as usize) {
                parent.add(&NodeSums { demand_w: below.demand_w.min(ev_limit_w[node]), ..below });
            }
        }
        (self.any_breached, self.any_above) = (any_breached, any_above);
    }

    /// Nodes are told to get, to be asked for and to draw what follows from their connectors.
    #[inline]
    pub(super) fn check(
        &self,
        known: &Known<'_>,
        limits: &Limits<'_>,
        is_binding: &[bool],
        view: &TickView<'_>,
    ) -> Holds {
        let shown = &view.nodes;
        let is_as_derived = self.allocated_w == shown.allocated_w
            && self.meter_w == shown.measured_w
            && self.demand_w == shown.demand_w
            && self.raw_demand_w == shown.raw_demand_w
            && is_binding == shown.is_binding
            && self.is_breached == shown.is_breached;
        if !is_as_derived {
            return self.tell_difference(known, limits, is_binding, view);
        }
        Ok(())
    }

    #[cold]
    fn tell_difference(
        &self,
        known: &Known<'_>,
        limits: &Limits<'_>,
        is_binding: &[bool],
        view: &TickView<'_>,
    ) -> Holds {
        let shown = &view.nodes;
        for (node, (&position, sums)) in known.site.nodes.iter().zip(&self.sums).enumerate() {
            let is = (shown.allocated_w[node], shown.demand_w[node], shown.raw_demand_w[node]);
            let should_be_w = (sums.allocated_w, sums.demand_w, sums.raw_demand_w);
            if is != should_be_w {
                let what =
                    format!("allocated, demand and raw demand should be {should_be_w:?} W, and are {is:?}");
                return wrong(position, what);
            }
            let meter_w = sums.drawn_w as i64 + limits.of_nodes().base_load_w[node];
            if shown.measured_w[node] != meter_w {
                let is_w = shown.measured_w[node];
                return wrong(position, format!("the meter should show {meter_w} W, and shows {is_w}"));
            }
            let should_be = (is_binding[node], self.is_breached[node]);
            let is = (shown.is_binding[node], shown.is_breached[node]);
            if is != should_be {
                return wrong(
                    position,
                    format!("binding and breached should be {should_be:?}, and are {is:?}"),
                );
            }
        }
        Ok(())
    }

    /// No node's setpoints exceed what is left for charging, and no connector's its own.
    #[inline]
    pub(super) fn check_within_limits(
        &self,
        known: &Known<'_>,
        limits: &Limits<'_>,
        view: &TickView<'_>,
    ) -> Holds {
        if self.any_above || self.any_connector_above {
            return self.tell_above(known, limits, view);
        }
        Ok(())
    }

    #[cold]
    fn tell_above(&self, known: &Known<'_>, limits: &Limits<'_>, view: &TickView<'_>) -> Holds {
        let of_nodes = self.sums.iter().zip(&limits.of_nodes().ev_limit_w).zip(&known.site.nodes);
        for ((NodeSums { allocated_w, .. }, ev_limit_w), &position) in of_nodes {
            if allocated_w > ev_limit_w {
                let what = format!("{allocated_w} W are allocated on an EV limit of {ev_limit_w} W");
                return wrong(position, what);
            }
        }
        let ev_limit_w = &limits.of_connectors().ev_limit_w;
        let of_connectors = view.connectors.setpoint_w.iter().zip(ev_limit_w).zip(&known.site.connectors);
        for ((&setpoint_w, &limit_w), &position) in of_connectors {
            if u64::from(setpoint_w) > limit_w {
                return wrong(position, format!("gets {setpoint_w} W on an EV limit of {limit_w} W"));
            }
        }
        Ok(())
    }
}
