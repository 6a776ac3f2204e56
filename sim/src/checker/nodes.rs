//! What follows for the nodes from what their connectors show: added up from the connectors to the root.

use super::blocks::{Left, add_block};
use super::known::{Holds, Known, wrong};
use super::limits::Limits;
use super::way_up::{TrunkNode, WayUp};
use crate::column::Counterpart;
use crate::site::Site;
use crate::view::{ConnectorColumns, TickView};

/// The nodes above the connectors, as they should be.
#[derive(Debug, Clone)]
pub(super) struct Nodes {
    way_up: WayUp,
    /// Added up, in the columns in which they are shown.
    allocated_w: Counterpart<u64>,
    demand_w: Counterpart<u64>,
    raw_demand_w: Counterpart<u64>,
    meter_w: Counterpart<i64>,
    is_breached: Counterpart<bool>,
    /// What connectors below draw \[W\].
    drawn_w: Vec<u64>,
    /// What each connector asks for, all of it and within its own limit \[W\].
    asked_w: Vec<u32>,
    could_take_w: Vec<u32>,
    /// What the connectors before each one may draw and draw, and after them all.
    before: Vec<Sum>,
    any_breached: bool,
    /// Whether any connector's meter is above its limit, or its setpoint above its EV limit.
    any_connector_breached: bool,
    any_connector_above: bool,
    /// Whether any connector draws more than its setpoint.
    any_draws_more: bool,
    /// Whether any node's setpoints are above its EV limit.
    any_above: bool,
}

/// What follows for one node \[W\].
#[derive(Debug, Clone, Copy)]
pub(super) struct NodeSums {
    /// Sum of the setpoints below.
    pub(super) allocated_w: u64,
    /// Sum of the children's `min(limit, demand)`.
    pub(super) demand_w: u64,
    /// What connectors below draw.
    pub(super) drawn_w: u64,
}

impl Nodes {
    /// Sums of nothing.
    pub(super) fn of(site: &Site) -> Self {
        let n = site.nodes.len();
        Self {
            way_up: WayUp::of(site),
            allocated_w: Counterpart::filled(0, n),
            demand_w: Counterpart::filled(0, n),
            raw_demand_w: Counterpart::filled(0, n),
            meter_w: Counterpart::filled(0, n),
            is_breached: Counterpart::filled(false, n),
            drawn_w: vec![0; n],
            asked_w: vec![0; site.connectors.len()],
            could_take_w: vec![0; site.connectors.len()],
            before: vec![Sum::default(); site.connectors.len() + 1],
            any_breached: false,
            any_connector_breached: false,
            any_connector_above: false,
            any_draws_more: false,
            any_above: false,
        }
    }

    /// The node at a node column.
    #[inline]
    pub(super) fn at(&self, node: u32) -> NodeSums {
        let node = node as usize;
        NodeSums {
            allocated_w: self.allocated_w[node],
            demand_w: self.demand_w[node],
            drawn_w: self.drawn_w[node],
        }
    }

    /// The site as a whole.
    #[inline]
    pub(super) fn root(&self) -> NodeSums {
        self.at(0)
    }

    /// What each connector asks for within its own limit \[W\].
    pub(super) fn could_take_w(&self) -> &[u32] {
        &self.could_take_w
    }

    /// Whether the meter of any node or connector is above its limit.
    pub(super) fn any_breached(&self) -> bool {
        self.any_breached || self.any_connector_breached
    }

    /// Whether any connector draws more than its setpoint.
    pub(super) fn any_draws_more(&self) -> bool {
        self.any_draws_more
    }

    /// Brings sums up to date with what connectors ask for, after that or limits have changed.
    ///
    /// Where few ask for something else, sums follow those alone: each goes up to the root, and of more than half, adding all up is less.
    #[inline]
    pub(super) fn take_demands(
        &mut self,
        (limits, have_limits_changed): (&Limits<'_>, bool),
        shown: &ConnectorColumns<'_>,
    ) {
        let pairs = self.asked_w.iter().zip(shown.demand_w);
        let changes =
            pairs.fold(0_u32, |changes, (was_w, is_w)| changes.wrapping_add(u32::from(was_w != is_w)));
        if have_limits_changed || changes as usize > self.asked_w.len() / 2 {
            self.add_demands(limits, shown);
        } else {
            self.follow_demands(limits, shown);
        }
    }

    /// It is a function of its own, so that its columns stay in registers.
    #[inline(never)]
    fn follow_demands(&mut self, limits: &Limits<'_>, shown: &ConnectorColumns<'_>) {
        let (n, columns) = (self.raw_demand_w.len(), self.asked_w.len());
        let (raw_w, demand_w) = (&mut self.raw_demand_w[..n], &mut self.demand_w[..n]);
        let of_nodes_w = &limits.of_nodes().ev_limit_w[..n];
        let of_connectors_w = &limits.of_connectors_narrowly().ev_limit_w[..columns];
        let (asked_w, could_take_w) = (&mut self.asked_w[..columns], &mut self.could_take_w[..columns]);
        let shown_w = &shown.demand_w[..columns];
        for column in 0..columns {
            let (from_w, to_w) = (asked_w[column], shown_w[column]);
            if from_w == to_w {
                continue;
            }
            asked_w[column] = to_w;
            let could_w = to_w.min(of_connectors_w[column]);
            let had_w = std::mem::replace(&mut could_take_w[column], could_w);
            // Differences wrap, so that what is taken away can be added.
            let more_raw_w = u64::from(to_w).wrapping_sub(from_w.into());
            let mut more_w = u64::from(could_w).wrapping_sub(had_w.into());
            self.way_up.each_above(column, n, |node| {
                raw_w[node] = raw_w[node].wrapping_add(more_raw_w);
                let (was_w, limit_w) = (demand_w[node], of_nodes_w[node]);
                let is_w = was_w.wrapping_add(more_w);
                demand_w[node] = is_w;
                more_w = is_w.min(limit_w).wrapping_sub(was_w.min(limit_w));
            });
        }
    }

    #[inline(never)]
    fn add_demands(&mut self, limits: &Limits<'_>, shown: &ConnectorColumns<'_>) {
        let n = self.could_take_w.len();
        self.asked_w.copy_from_slice(shown.demand_w);
        let (could_take_w, asked_w) = (&mut self.could_take_w[..n], &self.asked_w[..n]);
        let limit_w = &limits.of_connectors_narrowly().ev_limit_w[..n];
        for column in 0..n {
            could_take_w[column] = asked_w[column].min(limit_w[column]);
        }
        self.way_up.add_connectors(asked_w, &mut self.raw_demand_w);
        self.way_up.add_connectors(could_take_w, &mut self.demand_w);
        let ev_limit_w = &limits.of_nodes().ev_limit_w;
        self.way_up.add_demands_of_nodes(&mut self.raw_demand_w, &mut self.demand_w, ev_limit_w);
    }

    /// Adds up what connectors may draw and what they draw, after that or limits have changed, and compares both with the limits.
    #[inline]
    pub(super) fn add_powers(&mut self, limits: &Limits<'_>, shown: &ConnectorColumns<'_>) {
        let Self { way_up, allocated_w, drawn_w, meter_w, before, .. } = self;
        let (of, n) = (limits.of_nodes(), meter_w.len());
        let (setpoint_w, measured_w) = (&shown.setpoint_w[..], &shown.measured_w[..]);
        let (allocated_w, drawn_w, meter_w) = (&mut allocated_w[..n], &mut drawn_w[..n], &mut meter_w[..n]);
        let mut left = Left::default();
        for block in &way_up.blocks {
            let (nodes, columns) = (block.nodes.clone(), block.columns.clone());
            left.add(add_block(
                block.per_node,
                (&setpoint_w[columns.clone()], &measured_w[columns]),
                &mut allocated_w[nodes.clone()],
                &mut drawn_w[nodes.clone()],
                &mut meter_w[nodes.clone()],
                of.rows(nodes),
            ));
        }
        // The connectors below a node stand side by side: what they have is the difference of two running sums, wherever in the tree the node is.
        let mut sum = Sum::default();
        for ((before, &setpoint_w), &measured_w) in before[1..].iter_mut().zip(setpoint_w).zip(measured_w) {
            sum.allocated_w = sum.allocated_w.wrapping_add(setpoint_w.into());
            sum.drawn_w = sum.drawn_w.wrapping_add(measured_w.into());
            *before = sum;
        }
        let rows = of.rows(0..n);
        for &TrunkNode { node, first, end } in &way_up.trunk {
            let (node, first, end) = (node as usize, before[first as usize], before[end as usize]);
            allocated_w[node] = end.allocated_w.wrapping_sub(first.allocated_w);
            drawn_w[node] = end.drawn_w.wrapping_sub(first.drawn_w);
            meter_w[node] = left.of(allocated_w[node], drawn_w[node], rows.at(node));
        }
        self.any_above = left.allocated_w < 0;
        let was_breached = std::mem::replace(&mut self.any_breached, left.drawn_w < 0);
        if was_breached || self.any_breached {
            self.mark_breached(&of.room_w);
        }
        self.compare_connectors(limits, shown);
    }

    /// Whether connectors are above their limits, or draw more than they were granted.
    #[inline]
    fn compare_connectors(&mut self, limits: &Limits<'_>, shown: &ConnectorColumns<'_>) {
        let (n, of) = (self.could_take_w.len(), limits.of_connectors_narrowly());
        let (setpoint_w, measured_w) = (&shown.setpoint_w[..n], &shown.measured_w[..n]);
        let (ev_limit_w, room_w) = (&of.ev_limit_w[..n], &of.room_w[..n]);
        let (mut any_above, mut any_breached, mut any_draws_more) = (false, of.any_without_room, false);
        for column in 0..n {
            any_draws_more |= measured_w[column] > setpoint_w[column];
            any_above |= setpoint_w[column] > ev_limit_w[column];
            any_breached |= measured_w[column] > room_w[column];
        }
        (self.any_connector_above, self.any_connector_breached) = (any_above, any_breached);
        self.any_draws_more = any_draws_more;
    }

    fn mark_breached(&mut self, room_w: &[i64]) {
        let powers = self.drawn_w.iter().zip(room_w);
        for (is_breached, (&drawn_w, &room_w)) in self.is_breached.iter_mut().zip(powers) {
            *is_breached = drawn_w as i64 > room_w;
        }
    }

    /// Nodes are told to get, to be asked for and to draw what follows from their connectors.
    #[inline]
    pub(super) fn check(
        &mut self,
        known: &Known<'_>,
        is_binding: &mut Counterpart<bool>,
        view: &TickView<'_>,
    ) -> Holds {
        let shown = &view.nodes;
        let is_as_derived = self.allocated_w.is(shown.allocated_w)
            && self.meter_w.is(shown.measured_w)
            && self.demand_w.is(shown.demand_w)
            && self.raw_demand_w.is(shown.raw_demand_w)
            && is_binding.is(shown.is_binding)
            && self.is_breached.is(shown.is_breached);
        if is_as_derived { Ok(()) } else { self.tell_difference(known, is_binding, view) }
    }

    #[cold]
    fn tell_difference(&self, known: &Known<'_>, is_binding: &[bool], view: &TickView<'_>) -> Holds {
        let shown = &view.nodes;
        for (node, &position) in known.site.nodes.iter().enumerate() {
            let is = (shown.allocated_w[node], shown.demand_w[node], shown.raw_demand_w[node]);
            let should_be_w = (self.allocated_w[node], self.demand_w[node], self.raw_demand_w[node]);
            if is != should_be_w {
                let what =
                    format!("allocated, demand and raw demand should be {should_be_w:?} W, and are {is:?}");
                return wrong(position, what);
            }
            let meter_w = self.meter_w[node];
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
        let of_nodes = self.allocated_w.iter().zip(&limits.of_nodes().ev_limit_w).zip(&known.site.nodes);
        for ((allocated_w, ev_limit_w), &position) in of_nodes {
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

/// What connectors may draw and draw \[W\].
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    allocated_w: u64,
    drawn_w: u64,
}
