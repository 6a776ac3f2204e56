//! The verdict of a cycle, derived from what connectors show: outcome, reason, constraint, counts and totals of the site.
//!
//! A cycle decides about units: connectors, or charge points where those are controlled as a whole (`wholes`). What a charge point was granted is not
//! shown, but what its connectors got. That is the same unless somebody there is paused; where it may be more, what follows from it is not checked.

use super::known::{Holds, Known, wrong};
use super::limits::Limits;
use super::nodes::{NodeSums, Nodes};
use super::promises::Derived;
use super::wholes::{Whole, largest_own};
use crate::site::NO_PARENT;
use crate::view::{ConstraintRecord, CycleRecord, NO_NODE, TickView};
use balancer::units::LEAF_POWER_MAX_W;
use balancer::{Control, NodeKind, Outcome, Reason, Strategy};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// What a cycle should say.
#[derive(Debug, Clone)]
pub(super) struct Verdict {
    curtailed: u32,
    paused: u32,
    constraint: Option<ConstraintRecord>,
    /// Whether what was asked for as a whole, and what was granted and withheld, follow from what is shown.
    knows_demand: bool,
    knows_grants: bool,
    /// Whether some charge point's connectors can take more together than a leaf may ask for, so that it lacks nothing while they do.
    may_be_applied: bool,
    /// How many nodes are above each node column.
    depth: Vec<u32>,
}

/// Depth and column of a node, and whether it paused somebody.
type Place = ((u32, u32), bool);

/// A node, and what it withheld by its limit or by pausing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair {
    pub(super) position: u32,
    pub(super) is_pause: bool,
    pub(super) withheld_w: u64,
    /// Nearer to the root first, then in tree order: connectors stand in it.
    pub(super) place: (u32, u32),
    /// Of a unit that is held back by itself, its demand and setpoint \[W\].
    pub(super) own_w: Option<(u64, u64)>,
}

impl Pair {
    /// The one with the larger rank is told. A unit's own limit counts only if nothing else withheld power.
    fn rank(&self) -> (bool, u64, Reverse<Place>) {
        let is_own_limit = self.own_w.is_some() && !self.is_pause;
        (!is_own_limit && self.withheld_w > 0, self.withheld_w, Reverse((self.place, self.is_pause)))
    }
}

/// The pair with the larger rank; of equals the first.
fn larger(best: Option<Pair>, pair: Pair) -> Option<Pair> {
    best.filter(|best| best.rank() >= pair.rank()).or(Some(pair))
}

impl Verdict {
    pub(super) fn of(known: &Known<'_>) -> Self {
        let mut depth = Vec::with_capacity(known.site.nodes.len());
        for &parent in &known.site.parents {
            depth.push(if parent == NO_PARENT { 0 } else { depth[parent as usize] + 1 });
        }
        Self {
            curtailed: 0,
            paused: 0,
            constraint: None,
            knows_demand: true,
            knows_grants: true,
            may_be_applied: false,
            depth,
        }
    }

    /// Derives what the cycle should say that led to what is shown.
    #[inline]
    pub(super) fn derive(
        &mut self,
        known: &Known<'_>,
        limits: &Limits<'_>,
        derived: Derived<'_>,
        view: &TickView<'_>,
    ) {
        let tally = derived.tally;
        (self.knows_demand, self.knows_grants, self.may_be_applied) = (true, true, false);
        (self.curtailed, self.paused) = (tally.counts.short, tally.counts.short_and_paused);
        let largest = match known.depot.control {
            Control::Connector if tally.counts.short == 0 => None,
            Control::Connector => self.among_connectors(known, limits, derived, view),
            Control::ChargePoint => self.among_charge_points(known, limits, derived, view),
        };
        self.constraint = largest
            .filter(|_| known.depot.strategy != Strategy::Uncontrolled)
            .map(|pair| constraint_of(known, limits, derived.nodes, pair));
    }

    fn among_connectors(
        &mut self,
        known: &Known<'_>,
        limits: &Limits<'_>,
        Derived { tally, .. }: Derived<'_>,
        view: &TickView<'_>,
    ) -> Option<Pair> {
        let mut largest = None;
        if tally.counts.short_by_themselves > 0 {
            let shown = &view.connectors;
            for (column, &position) in known.site.connectors.iter().enumerate() {
                let is_short = shown.setpoint_w[column] < shown.demand_w[column];
                if is_short && shown.constrained_by[column] == position {
                    largest = larger(largest, self.own(known, limits, view, column));
                }
            }
        }
        let named = tally.binding.iter().map(|&node| (node, tally.withheld_w(node)));
        self.largest(known, largest, named)
    }

    fn own(&self, known: &Known<'_>, limits: &Limits<'_>, view: &TickView<'_>, column: usize) -> Pair {
        let (shown, position) = (&view.connectors, known.site.connectors[column]);
        let (demand_w, setpoint_w) = (u64::from(shown.demand_w[column]), u64::from(shown.setpoint_w[column]));
        let could_take_w = demand_w.min(limits.of_connectors().ev_limit_w[column]);
        Pair {
            position,
            is_pause: shown.is_paused[column],
            withheld_w: could_take_w.saturating_sub(setpoint_w),
            place: (self.depth_of(known, position), column as u32),
            own_w: Some((demand_w, setpoint_w)),
        }
    }

    /// The same where charge points are controlled as a whole: what the balancer withheld from them, and what their connectors' own limits did.
    #[cold]
    fn among_charge_points(
        &mut self,
        known: &Known<'_>,
        limits: &Limits<'_>,
        derived: Derived<'_>,
        view: &TickView<'_>,
    ) -> Option<Pair> {
        (self.curtailed, self.paused) = (0, 0);
        // `uncontrolled` counts what ratings allow as asked for, where nodes count what limits do.
        self.knows_demand = known.depot.strategy != Strategy::Uncontrolled;
        let site = &known.site;
        let mut own = None;
        let mut named: BTreeMap<u32, [u64; 2]> = BTreeMap::new();
        let mut column = 0;
        while column < site.connectors.len() {
            let node = site.connector_parents[column];
            let columns = column..site.connectors_below[node as usize].1 as usize;
            let whole = Whole::of(known, limits, view, columns.clone());
            self.curtailed += u32::from(whole.is_curtailed);
            self.paused += u32::from(whole.any_paused);
            let is_too_much = whole.demand_w > u64::from(LEAF_POWER_MAX_W);
            self.may_be_applied |= is_too_much;
            self.knows_demand &= !is_too_much && !whole.any_stuck;
            let setpoint_w = derived.nodes.at(node).allocated_w;
            self.knows_grants &= !(whole.may_leave_some && setpoint_w > 0);
            let place = (self.depth[node as usize], column as u32);
            column = columns.end;
            let demand_w = whole.demand_w.min(u64::from(LEAF_POWER_MAX_W));
            if setpoint_w >= demand_w {
                continue;
            }
            let limit_w = limits.of_nodes().ev_limit_w[node as usize];
            let withheld_w = demand_w.min(limit_w).saturating_sub(setpoint_w);
            let (position, is_pause) = (site.nodes[node as usize], whole.is_all_paused);
            if whole.named_above == position {
                let own_w = Some((demand_w, setpoint_w));
                own = larger(own, Pair { position, is_pause, withheld_w, place, own_w });
            } else if let Some(&by) = known.node_column.get(whole.named_above as usize) {
                named.entry(by).or_default()[usize::from(is_pause)] += withheld_w;
            }
        }
        let by_balancer = match own.is_some() || !named.is_empty() {
            true => self.largest(known, own, named.into_iter()),
            false => None,
        };
        let by_connector = largest_own(known, limits, view, |position| self.depth_of(known, position));
        let is_more = |by_connector: &Pair| {
            by_balancer.is_none_or(|by_balancer| by_connector.withheld_w > by_balancer.withheld_w)
        };
        by_connector.filter(is_more).or(by_balancer)
    }

    /// The pair that withheld most: one of the nodes that are named, or a unit itself.
    fn largest(
        &mut self,
        known: &Known<'_>,
        own: Option<Pair>,
        named: impl Iterator<Item = (u32, [u64; 2])>,
    ) -> Option<Pair> {
        let mut largest = own;
        for (node, withheld_w) in named {
            let place = (self.depth[node as usize], known.site.connectors_below[node as usize].0);
            let position = known.site.nodes[node as usize];
            for (is_pause, withheld_w) in [(false, withheld_w[0]), (true, withheld_w[1])] {
                if withheld_w > 0 {
                    let pair = Pair { position, is_pause, withheld_w, place, own_w: None };
                    largest = larger(largest, pair);
                }
            }
        }
        // Nodes that withheld nothing are named by units on their least powers; which of them is told is not said.
        self.knows_grants &= largest.is_some();
        largest
    }

    fn depth_of(&self, known: &Known<'_>, position: u32) -> u32 {
        let depth = |position: u32| match known.node_column[position as usize] {
            NO_NODE => None,
            column => Some(self.depth[column as usize]),
        };
        let parent = known.depot.site[position as usize].parent;
        depth(position).or_else(|| parent.and_then(depth).map(|above| above + 1)).unwrap_or(0)
    }

    /// A cycle that was not rejected says what follows from what connectors show.
    #[inline]
    pub(super) fn check(&self, known: &Known<'_>, root: NodeSums, cycle: &CycleRecord) -> Holds {
        let is_unmanaged = known.depot.strategy == Strategy::Uncontrolled;
        let curtails = cycle.outcome == Outcome::Curtailed;
        let is_outcome_right =
            curtails == (!is_unmanaged && self.curtailed > 0) || (self.may_be_applied && !curtails);
        let counts = (cycle.curtailed_count, cycle.paused_count);
        if !is_outcome_right || counts != (self.curtailed, self.paused) {
            return self.tell_counts(cycle);
        }
        if cycle.reason != reason_of(known, cycle) || cycle.subject.is_some() {
            return wrong(0, format!("the cycle is {} and says {}", cycle.outcome, cycle.reason));
        }
        if cycle.constraint.is_some() != curtails
            || (self.knows_grants && !self.is_constraint(cycle.constraint))
        {
            let what =
                format!("the constraint should be {:?}, and is {:?}", self.constraint, cycle.constraint);
            return wrong(0, what);
        }
        self.check_totals(root, cycle)
    }

    /// A rejected cycle names no constraint, and says what is asked for and held, and how many lack something.
    #[cold]
    pub(super) fn check_rejected(&self, root: NodeSums, cycle: &CycleRecord) -> Holds {
        if let Some(constraint) = &cycle.constraint {
            return wrong(constraint.node, "a rejected cycle names a constraint");
        }
        if (cycle.curtailed_count, cycle.paused_count) != (self.curtailed, 0) {
            return self.tell_counts(cycle);
        }
        let is_demand_right = !self.knows_demand || cycle.site_demand_w == root.demand_w;
        if is_demand_right && cycle.site_allocated_w == root.allocated_w {
            return Ok(());
        }
        self.tell_totals(root, cycle)
    }

    /// Whether a constraint is the one that follows, with the demand there as far as that is known.
    fn is_constraint(&self, told: Option<ConstraintRecord>) -> bool {
        let (Some(derived), Some(told)) = (self.constraint, told) else {
            return self.constraint == told;
        };
        let demand_w = if self.knows_demand { derived.demand_w } else { told.demand_w };
        told == ConstraintRecord { demand_w, ..derived }
    }

    /// What the cycle says of the site as a whole.
    fn check_totals(&self, root: NodeSums, cycle: &CycleRecord) -> Holds {
        let NodeSums { demand_w, allocated_w, .. } = root;
        let is_demand_right = !self.knows_demand || cycle.site_demand_w == demand_w;
        let is_allocation_right = match self.knows_grants {
            true => cycle.site_allocated_w == allocated_w,
            // Charge points may have been granted what their connectors cannot use.
            false => cycle.site_allocated_w >= allocated_w,
        };
        if is_demand_right && is_allocation_right {
            return Ok(());
        }
        self.tell_totals(root, cycle)
    }

    #[cold]
    fn tell_totals(&self, root: NodeSums, cycle: &CycleRecord) -> Holds {
        let should_be = (root.demand_w, root.allocated_w);
        let is = (cycle.site_demand_w, cycle.site_allocated_w);
        wrong(0, format!("demand and allocation should be {should_be:?} W, and are {is:?}"))
    }

    #[cold]
    fn tell_counts(&self, cycle: &CycleRecord) -> Holds {
        let Self { curtailed, paused, .. } = self;
        let CycleRecord { outcome, curtailed_count, paused_count, .. } = cycle;
        let what = format!(
            "{curtailed} are curtailed, {paused} of them paused, and the cycle is {outcome} with {curtailed_count} and {paused_count}"
        );
        wrong(0, what)
    }
}

/// The reason that goes with an outcome and a constraint.
fn reason_of(known: &Known<'_>, cycle: &CycleRecord) -> Reason {
    match &cycle.constraint {
        None => Reason::Unconstrained,
        Some(constraint) if constraint.is_pause => Reason::MinimumPower,
        Some(constraint) => match known.depot.site[constraint.node as usize].kind {
            NodeKind::Site => Reason::SiteLimit,
            NodeKind::GridConnection => Reason::GridConnectionLimit,
            NodeKind::ChargerCircuit => Reason::ChargerCircuitLimit,
            NodeKind::ChargePoint => Reason::ChargePointLimit,
            NodeKind::Connector => Reason::ConnectorLimit,
        },
    }
}

fn constraint_of(known: &Known<'_>, limits: &Limits<'_>, nodes: &Nodes, pair: Pair) -> ConstraintRecord {
    let (columns, column) = match known.node_column[pair.position as usize] {
        NO_NODE => (limits.of_connectors(), pair.place.1 as usize),
        column => (limits.of_nodes(), column as usize),
    };
    let of_node_w = || (nodes.at(column as u32).demand_w, nodes.at(column as u32).allocated_w);
    let (demand_w, allocated_w) = pair.own_w.unwrap_or_else(of_node_w);
    ConstraintRecord {
        node: pair.position,
        is_pause: pair.is_pause,
        source: columns.source[column],
        limit_w: columns.limit_w[column],
        demand_w,
        allocated_w,
        withheld_w: pair.withheld_w,
    }
}
