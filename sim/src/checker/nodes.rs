//! What follows for the nodes from what their connectors show, moved along by differences: a change costs as much as there are nodes above it.

use super::known::{Holds, Known, wrong};
use super::limits::Limits;
use super::seen::Seen;
use crate::site::{NO_PARENT, Site};
use crate::view::TickView;

/// The nodes above the connectors, as they should be.
#[derive(Debug, Clone)]
pub(super) struct Nodes {
    sums: Vec<NodeSums>,
    is_breached: Vec<bool>,
    breached_count: usize,
    /// Whether any node was found above its EV limit since that was looked at: maybe in passing, between two connectors that changed.
    may_be_above: bool,
}

/// What follows for one node \[W\], beside what that is compared with.
#[derive(Debug, Clone, Copy)]
pub(super) struct NodeSums {
    /// Sum of the setpoints below.
    pub(super) allocated_w: u64,
    /// Sum of the demands below.
    pub(super) raw_demand_w: u64,
    /// Sum of the children's `min(limit, demand)`.
    pub(super) demand_w: u64,
    /// What connectors below draw, and base load.
    pub(super) meter_w: i64,
    pub(super) ev_limit_w: u64,
    limit_w: u64,
    parent: u32,
    is_breached: bool,
}

impl NodeSums {
    /// Whether nothing is left for charging.
    pub(super) fn is_full(&self) -> bool {
        self.allocated_w == self.ev_limit_w
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
        for (found, (first, end)) in found.iter().zip(&site.connectors_below) {
            assert_eq!(*found, end - first, "a node's range holds its own connectors and no others");
        }
        let fresh = |&parent: &u32| NodeSums {
            allocated_w: 0,
            raw_demand_w: 0,
            demand_w: 0,
            meter_w: 0,
            ev_limit_w: 0,
            limit_w: 0,
            parent,
            is_breached: false,
        };
        Self {
            sums: site.parents.iter().map(fresh).collect(),
            is_breached: vec![false; site.nodes.len()],
            breached_count: 0,
            may_be_above: true,
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

    pub(super) fn any_breached(&self) -> bool {
        self.breached_count > 0
    }

    /// Only base loads are left, under these limits; connectors are added anew.
    pub(super) fn start_anew(&mut self, limits: &Limits<'_>) {
        let of_nodes = limits.of_nodes();
        self.breached_count = 0;
        self.may_be_above = true;
        for (node, sums) in self.sums.iter_mut().enumerate() {
            let (meter_w, limit_w) = (of_nodes.base_load_w[node], of_nodes.limit_w[node]);
            let (ev_limit_w, is_breached) = (of_nodes.ev_limit_w[node], is_above(meter_w, limit_w));
            let (allocated_w, raw_demand_w, demand_w, parent) = (0, 0, 0, sums.parent);
            *sums = NodeSums {
                allocated_w,
                raw_demand_w,
                demand_w,
                meter_w,
                ev_limit_w,
                limit_w,
                parent,
                is_breached,
            };
            self.is_breached[node] = is_breached;
            self.breached_count += usize::from(is_breached);
        }
    }

    /// A connector below `parent` with this limit shows something else than before: all nodes above it move by the difference.
    #[inline]
    pub(super) fn add_difference(&mut self, parent: u32, own_limit_w: u64, (before, now): (&Seen, &Seen)) {
        let more = |now_w: u32, before_w: u32| u64::from(now_w).wrapping_sub(u64::from(before_w));
        let allocated_w = more(now.setpoint_w, before.setpoint_w);
        let raw_demand_w = more(now.demand_w, before.demand_w);
        let drawn_w = more(now.measured_w, before.measured_w);
        let within_w = |demand_w: u32| u64::from(demand_w).min(own_limit_w);
        let mut passed_w = within_w(now.demand_w).wrapping_sub(within_w(before.demand_w));
        let mut above = parent;
        while let Some(sums) = self.sums.get_mut(above as usize) {
            sums.allocated_w = sums.allocated_w.wrapping_add(allocated_w);
            self.may_be_above |= sums.allocated_w > sums.ev_limit_w;
            if raw_demand_w != 0 {
                sums.raw_demand_w = sums.raw_demand_w.wrapping_add(raw_demand_w);
                let before_w = sums.demand_w;
                sums.demand_w = before_w.wrapping_add(passed_w);
                passed_w = sums.demand_w.min(sums.ev_limit_w).wrapping_sub(before_w.min(sums.ev_limit_w));
            }
            if drawn_w != 0 {
                sums.meter_w = sums.meter_w.wrapping_add(drawn_w as i64);
                if is_above(sums.meter_w, sums.limit_w) != sums.is_breached {
                    sums.is_breached = !sums.is_breached;
                    self.is_breached[above as usize] = sums.is_breached;
                    self.breached_count =
                        self.breached_count.wrapping_add_signed(if sums.is_breached { 1 } else { -1 });
                }
            }
            above = sums.parent;
        }
    }

    /// Nodes are told to get, to be asked for and to draw what follows from their connectors.
    #[inline]
    pub(super) fn check(&self, known: &Known<'_>, is_binding: &[bool], view: &TickView<'_>) -> Holds {
        let n = self.sums.len();
        let shown = &view.nodes;
        let (allocated_w, demand_w) = (&shown.allocated_w[..n], &shown.demand_w[..n]);
        let (raw_demand_w, measured_w) = (&shown.raw_demand_w[..n], &shown.measured_w[..n]);
        let mut difference = 0;
        for (node, sums) in self.sums.iter().enumerate() {
            difference |= (sums.allocated_w ^ allocated_w[node])
                | (sums.demand_w ^ demand_w[node])
                | (sums.raw_demand_w ^ raw_demand_w[node])
                | (sums.meter_w ^ measured_w[node]) as u64;
        }
        if difference != 0 || is_binding != shown.is_binding || self.is_breached != shown.is_breached {
            return self.tell_difference(known, is_binding, view);
        }
        Ok(())
    }

    #[cold]
    fn tell_difference(&self, known: &Known<'_>, is_binding: &[bool], view: &TickView<'_>) -> Holds {
        let shown = &view.nodes;
        for (node, (&position, should_be)) in known.site.nodes.iter().zip(&self.sums).enumerate() {
            let is = (shown.allocated_w[node], shown.demand_w[node], shown.raw_demand_w[node]);
            let meter_w = shown.measured_w[node];
            let NodeSums { allocated_w, demand_w, raw_demand_w, .. } = *should_be;
            let should_be_w = (allocated_w, demand_w, raw_demand_w);
            if is != should_be_w {
                let what =
                    format!("allocated, demand and raw demand should be {should_be_w:?} W, and are {is:?}");
                return wrong(position, what);
            }
            if meter_w != should_be.meter_w {
                let what = format!("the meter should show {} W, and shows {meter_w}", should_be.meter_w);
                return wrong(position, what);
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

    /// No node's setpoints exceed what is left for charging.
    pub(super) fn check_within_limits(&mut self, known: &Known<'_>) -> Holds {
        if !std::mem::take(&mut self.may_be_above) {
            return Ok(());
        }
        let Some(node) = self.sums.iter().position(|sums| sums.allocated_w > sums.ev_limit_w) else {
            return Ok(());
        };
        let NodeSums { allocated_w, ev_limit_w, .. } = self.sums[node];
        let what = format!("{allocated_w} W are allocated on an EV limit of {ev_limit_w} W");
        wrong(known.site.nodes[node], what)
    }
}

/// Whether a meter is above a limit. None is above the largest number, which stands for no limit.
pub(super) fn is_above(meter_w: i64, limit_w: u64) -> bool {
    meter_w.max(0).unsigned_abs() > limit_w
}
