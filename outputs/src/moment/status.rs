//! The microgrid status summary: the newest outcome, what constrains whom, and the tree with limit, demand, allocation and headroom.

use super::{
    BreachStatus, ConnectorAt, FaultStatus, InForce, Moment, OrderStatus, QueueStatus, Told, headroom_w,
    limited,
};
use crate::clock::Clock;
use crate::tree::depth_first;
use serde::Serialize;
use sim::site::NO_PARENT;
use std::collections::BTreeMap;

/// The status at a moment. Before the first cycle it is empty: no cycle, no nodes, and the time at which the first is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatusReport {
    /// The scenario's id.
    pub scenario: String,
    /// Its title.
    pub title: String,
    /// The strategy's name.
    pub strategy: &'static str,
    /// The level of control.
    pub control: &'static str,
    /// The seed.
    pub seed: u64,
    /// The moment that was asked for, RFC 3339.
    pub at: String,
    /// When the first cycle is due, RFC 3339.
    pub first_cycle_due: String,
    /// The newest completed cycle; none before the first.
    pub cycle: Option<CycleStatus>,
    /// What withheld most in it; none unless it was curtailed.
    pub constraint: Option<ConstraintStatus>,
    /// The site as a whole; none before the first cycle.
    pub site: Option<SiteStatus>,
    /// Every node above the connectors, each before those below it; empty before the first cycle.
    pub nodes: Vec<NodeStatus>,
    /// Every connector, in the same order; empty before the first cycle.
    pub connectors: Vec<ConnectorStatus>,
    /// Who waits for a connector; none before the first cycle.
    pub queue: Option<QueueStatus>,
}

/// The newest completed cycle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CycleStatus {
    /// Its number, from 0.
    pub cycle: u64,
    /// When it ran, RFC 3339.
    pub completed: String,
    /// APPLIED, CURTAILED or REJECTED.
    pub outcome: &'static str,
    /// The reason code.
    pub reason: &'static str,
    /// Connectors that got less than their demand.
    pub curtailed_count: u32,
    /// Connectors whose minimum was not granted.
    pub paused_count: u32,
    /// The node or request that a rejection is about.
    pub subject: Option<String>,
    /// A sentence about it.
    pub detail: Option<String>,
    /// Since when cycles have been rejected, RFC 3339; none where the newest was not.
    pub rejected_since: Option<String>,
    /// What counts while they are: setpoints from before are `held`, then each connector's `fallback`.
    pub in_force: Option<InForce>,
}

/// The constraining node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConstraintStatus {
    /// The node.
    pub node: String,
    /// What it is.
    pub kind: &'static str,
    /// Which of its limits.
    pub limit_source: Option<&'static str>,
    /// The limit \[W\]; none for none.
    pub limit_w: Option<u64>,
    /// What its children could take \[W\].
    pub demand_w: u64,
    /// What was granted below it \[W\].
    pub allocated_w: u64,
    /// What it withheld \[W\]: by its limit from those who charge, or by pausing, as `is_pause` says.
    pub withheld_w: u64,
    /// Whether it paused connectors rather than lowered them.
    pub is_pause: bool,
    /// The connectors that name it.
    pub connectors: Vec<String>,
    /// Those of them that are paused.
    pub paused: Vec<String>,
    /// What it withholds from these by pausing them \[W\].
    pub paused_w: u64,
    /// What it withholds by its limit from the others \[W\].
    pub lowered_w: u64,
}

/// The site as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SiteStatus {
    /// What the site's children could take within their limits, in the newest cycle \[W\].
    pub demand_w: u64,
    /// What was granted in it \[W\].
    pub allocated_w: u64,
    /// The meter in this tick \[W\].
    pub measured_w: Option<i64>,
}

/// A node above the connectors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NodeStatus {
    /// The id.
    pub node: String,
    /// What it is.
    pub kind: &'static str,
    /// The node above; none for the site.
    pub parent: Option<String>,
    /// How many nodes stand above it.
    pub depth: u32,
    /// Effective limit \[W\]; none for none.
    pub limit_w: Option<u64>,
    /// Which limit it is.
    pub limit_source: Option<&'static str>,
    /// Base load of the node and all below \[W\].
    pub base_load_w: i64,
    /// What is left for charging \[W\]; none for no limit.
    pub ev_limit_w: Option<u64>,
    /// What its children could take within their limits \[W\].
    pub demand_w: u64,
    /// What vehicles below ask for \[W\].
    pub raw_demand_w: u64,
    /// What was granted below \[W\].
    pub allocated_w: u64,
    /// The meter, base load included \[W\].
    pub measured_w: i64,
    /// Limit less meter \[W\]; negative in a breach, none for no limit.
    pub headroom_w: Option<i64>,
    /// Whether its limit withholds power from a connector.
    pub is_binding: bool,
    /// Whether its meter is above its limit.
    pub is_breached: bool,
    /// Since when it is, and why.
    pub breach: Option<BreachStatus>,
    /// The connectors that name it.
    pub constrains: Vec<String>,
    /// What is wrong with it.
    pub faults: Vec<FaultStatus>,
}

/// A connector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConnectorStatus {
    /// The id.
    pub connector: String,
    /// The node it hangs under.
    pub parent: String,
    /// The vehicle that is plugged in.
    pub vehicle: Option<String>,
    /// The state in OCPP 1.6's words.
    pub state: &'static str,
    /// State of charge at the tick's end \[ppm\].
    pub soc_ppm: Option<u64>,
    /// Its effective limit \[W\]; none where nothing limits it.
    pub limit_w: Option<u64>,
    /// Which limit it is; none for none.
    pub limit_source: Option<&'static str>,
    /// What it asks for \[W\].
    pub demand_w: u32,
    /// What it may draw \[W\].
    pub setpoint_w: u32,
    /// What it drew \[W\].
    pub measured_w: u32,
    /// What is metered there and charges nobody \[W\].
    pub base_load_w: i64,
    /// The limit less what it drew and its base load \[W\].
    pub headroom_w: Option<i64>,
    /// Whether its meter is above its limit.
    pub is_breached: bool,
    /// Since when it does, and why.
    pub breach: Option<BreachStatus>,
    /// Whether its minimum was not granted.
    pub is_paused: bool,
    /// The node that keeps it below its demand.
    pub constrained_by: Option<String>,
    /// What an operator orders about its vehicle.
    pub order: Option<OrderStatus>,
    /// What is wrong with its charger.
    pub faults: Vec<FaultStatus>,
}

impl StatusReport {
    /// The status at `at_s` \[s\] from the start; `moment` is the tick that holds it, `None` before the first.
    pub fn of(told: &Told<'_>, at_s: i64, moment: Option<&Moment>) -> Self {
        let (depot, clock) = (told.depot, Clock::of(told.depot));
        let moment = moment.filter(|moment| moment.cycle.is_some());
        let mut report = Self {
            scenario: depot.id.clone(),
            title: depot.title.clone(),
            strategy: depot.strategy.name(),
            control: depot.control.name(),
            seed: told.seed,
            at: clock.rfc3339(at_s),
            first_cycle_due: clock.rfc3339(0),
            cycle: None,
            constraint: None,
            site: None,
            nodes: Vec::new(),
            connectors: Vec::new(),
            queue: None,
        };
        if let Some(moment) = moment {
            report.fill(told, clock, moment);
        }
        report
    }

    fn fill(&mut self, told: &Told<'_>, clock: Clock, moment: &Moment) {
        let Some(cycle) = &moment.cycle else { return };
        self.cycle = Some(CycleStatus {
            cycle: cycle.cycle,
            completed: clock.rfc3339(cycle.t_s as i64),
            outcome: cycle.outcome.name(),
            reason: cycle.reason.code(),
            curtailed_count: cycle.curtailed_count,
            paused_count: cycle.paused_count,
            subject: cycle.subject.clone(),
            detail: cycle.detail.clone(),
            rejected_since: moment.rejected_since(told.depot),
            in_force: moment.in_force(told.depot),
        });
        self.constraint = cycle.constraint.map(|constraint| ConstraintStatus {
            node: told.id(constraint.node).to_owned(),
            kind: told.depot.site[constraint.node as usize].kind.name(),
            limit_source: constraint.source.map(|source| source.name()),
            limit_w: limited(constraint.limit_w),
            demand_w: constraint.demand_w,
            allocated_w: constraint.allocated_w,
            withheld_w: constraint.withheld_w,
            is_pause: constraint.is_pause,
            connectors: moment.constrained_by(told, constraint.node, |_| true),
            paused: moment.constrained_by(told, constraint.node, |at| at.is_paused),
            paused_w: moment.withheld_w(constraint.node, true),
            lowered_w: moment.withheld_w(constraint.node, false),
        });
        let root = told.site.parents.iter().position(|&parent| parent == NO_PARENT);
        self.site = Some(SiteStatus {
            demand_w: cycle.site_demand_w,
            allocated_w: cycle.site_allocated_w,
            measured_w: root.map(|root| moment.nodes[root].measured_w),
        });
        let columns: Vec<u32> = (0..told.site.nodes.len() as u32).collect();
        let order = depth_first(told.site, &columns).into_iter();
        let mut constrained = moment.constrained_by_each(told);
        let mut node = |(column, depth): (u32, u32)| {
            let constrains = constrained.remove(&told.site.nodes[column as usize]).unwrap_or_default();
            node_status(told, moment, (column as usize, depth), constrains)
        };
        self.nodes = order.map(&mut node).collect();
        let base_loads_w = told.base_loads_of_connectors(moment.t_s);
        let columns = 0..moment.connectors.len();
        self.connectors = columns.map(|ix| connector_status(told, moment, &base_loads_w, ix)).collect();
        self.queue = Some(QueueStatus::of(told, moment));
    }
}

impl Moment {
    /// The connectors that name the node at a position, and of which `is_told` holds.
    fn constrained_by(
        &self,
        told: &Told<'_>,
        node: u32,
        is_told: impl Fn(&ConnectorAt) -> bool,
    ) -> Vec<String> {
        let pairs = self.connectors.iter().zip(&told.site.connectors);
        let named = pairs.filter(|(at, _)| at.constrained_by == node && is_told(at));
        named.map(|(_, &position)| told.id(position).to_owned()).collect()
    }

    /// For the position of every node that is named, the connectors that name it.
    fn constrained_by_each(&self, told: &Told<'_>) -> BTreeMap<u32, Vec<String>> {
        let mut found: BTreeMap<u32, Vec<String>> = BTreeMap::new();
        for (at, &position) in self.connectors.iter().zip(&told.site.connectors) {
            found.entry(at.constrained_by).or_default().push(told.id(position).to_owned());
        }
        found
    }

    /// What connectors lack that name the node at a position, those that it pauses or the others \[W\].
    fn withheld_w(&self, node: u32, by_pausing: bool) -> u64 {
        let named =
            self.connectors.iter().filter(|at| at.constrained_by == node && at.is_paused == by_pausing);
        named.map(|at| u64::from(at.demand_w.saturating_sub(at.setpoint_w))).sum()
    }
}

fn node_status(
    told: &Told<'_>,
    moment: &Moment,
    (ix, depth): (usize, u32),
    constrains: Vec<String>,
) -> NodeStatus {
    let position = told.site.nodes[ix];
    let (node, at) = (&told.depot.site[position as usize], &moment.nodes[ix]);
    NodeStatus {
        node: node.id.clone(),
        kind: node.kind.name(),
        parent: node.parent.map(|parent| told.id(parent).to_owned()),
        depth,
        limit_w: limited(at.limit_w),
        limit_source: at.limit_source.map(|source| source.name()),
        base_load_w: at.base_load_w,
        ev_limit_w: limited(at.ev_limit_w),
        demand_w: at.demand_w,
        raw_demand_w: at.raw_demand_w,
        allocated_w: at.allocated_w,
        measured_w: at.measured_w,
        headroom_w: headroom_w(at.limit_w, at.measured_w),
        is_binding: at.is_binding,
        is_breached: at.is_breached,
        breach: told.breach(position, moment),
        constrains,
        faults: told.faults(position, moment.t_s),
    }
}

fn connector_status(
    told: &Told<'_>,
    moment: &Moment,
    base_loads_w: &BTreeMap<u32, i64>,
    ix: usize,
) -> ConnectorStatus {
    let (position, at) = (told.site.connectors[ix], &moment.connectors[ix]);
    let parent = told.site.nodes[told.site.connector_parents[ix] as usize];
    let breach = told.breach(position, moment);
    let base_load_w = base_loads_w.get(&position).copied().unwrap_or(0);
    let meter_w = i64::from(at.measured_w) + base_load_w;
    ConnectorStatus {
        connector: told.id(position).to_owned(),
        parent: told.id(parent).to_owned(),
        vehicle: told.visit(at).map(|visit| visit.vehicle.clone()),
        state: at.state.name(),
        soc_ppm: told.soc_ppm(at),
        limit_w: limited(at.limit_w),
        limit_source: at.limit_source.map(|source| source.name()),
        demand_w: at.demand_w,
        setpoint_w: at.setpoint_w,
        measured_w: at.measured_w,
        base_load_w,
        headroom_w: headroom_w(at.limit_w, meter_w),
        is_breached: breach.is_some(),
        breach,
        is_paused: at.is_paused,
        constrained_by: told.some_id(at.constrained_by),
        order: told.order(at.visit, moment.t_s),
        faults: told.faults(position, moment.t_s),
    }
}
