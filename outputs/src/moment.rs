//! One moment of a run, kept: what `status` and `explain` speak of.
//!
//! ```text
//!  TickView ─> Moment (an owned copy) ─┬─> StatusReport ─> text, JSON
//!  Realization, events ─> FaultLog ────┴─> Explanation  ─> text, JSON
//! ```

mod believed;
mod drawn_less;
mod drawn_more;
mod explanation;
mod explanation_text;
mod fault_log;
mod node_explanation;
mod order;
mod past;
mod queue;
mod site_data;
mod status;
mod status_text;
mod visit_explanation;

pub use believed::Believed;
pub use drawn_less::DrawnLess;
pub(crate) use drawn_less::cabin_times_s;
pub use drawn_more::DrawnMore;
pub use explanation::{Explanation, Held, Link, Sharer, Shares, SharingPoint};
pub use fault_log::{Fault, FaultKind, FaultLog, FaultStatus};
pub use node_explanation::{DrawsLess, DrawsMore, FaultsOf, NodeExplanation, WithheldBy};
pub use order::OrderStatus;
pub(crate) use order::{Order, orders};
pub(crate) use past::cause_words;
pub use past::{BreachStatus, Past};
pub use queue::{LaneStatus, QueueStatus, WaitingStatus};
pub use site_data::Times;
pub use status::{ConnectorStatus, ConstraintStatus, CycleStatus, NodeStatus, SiteStatus, StatusReport};
pub(crate) use visit_explanation::is_pulled;
pub use visit_explanation::{Place, VisitExplanation};

use crate::clock::Clock;
use crate::format::UNLIMITED_W;
use serde::Serialize;
use sim::view::{NO_NODE, NO_VISIT};
use sim::{ConnectorState, CycleRecord, Depot, LimitSource, Outcome, Realization, Site, Stay, TickView};

/// What a run is called, and where its things are.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// The depot.
    pub depot: &'a Depot,
    /// What happens there.
    pub realization: &'a Realization,
    /// The order of the depot's columns.
    pub site: &'a Site,
    /// The seed of the realization.
    pub seed: u64,
    /// What goes wrong.
    pub faults: &'a FaultLog,
}

/// An owned copy of a tick's columns; see [`TickView`] for their meaning.
#[derive(Debug, Clone)]
pub struct Moment {
    /// When the tick began \[s\] from the start.
    pub t_s: u64,
    /// The newest completed cycle; `None` before the first.
    pub cycle: Option<CycleRecord>,
    /// What has begun before it and goes on. [`Moment::of`] knows no more of that than its tick shows.
    pub past: Past,
    /// The tick before, where it was kept: without it less can be told of chargers that are still following.
    pub before: Option<Box<Moment>>,
    nodes: Vec<NodeAt>,
    connectors: Vec<ConnectorAt>,
    stays: Vec<Stay>,
}

/// A node above the connectors at a moment.
#[derive(Debug, Clone, Copy)]
struct NodeAt {
    limit_w: u64,
    limit_source: Option<LimitSource>,
    base_load_w: i64,
    ev_limit_w: u64,
    demand_w: u64,
    raw_demand_w: u64,
    allocated_w: u64,
    measured_w: i64,
    is_binding: bool,
    is_breached: bool,
}

/// A connector at a moment.
#[derive(Debug, Clone, Copy)]
struct ConnectorAt {
    visit: u32,
    state: ConnectorState,
    energy_j: u64,
    limit_w: u64,
    limit_source: Option<LimitSource>,
    demand_w: u32,
    setpoint_w: u32,
    measured_w: u32,
    constrained_by: u32,
    is_paused: bool,
}

/// What counts while cycles are rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum InForce {
    /// Setpoints from before are held.
    Held,
    /// Each connector's fallback power.
    Fallback,
}

impl InForce {
    /// What counts since the newest cycle, where cycles have been rejected for so long and setpoints are held for `hold_s` \[s\].
    pub(crate) fn of(rejected_since_s: Option<u64>, newest: &CycleRecord, hold_s: u64) -> Option<Self> {
        let is_held = |since_s| newest.t_s - since_s < hold_s;
        rejected_since_s.map(|since_s| if is_held(since_s) { Self::Held } else { Self::Fallback })
    }
}

/// What withholds power from a connector that names nothing, in words of a sentence.
fn without_constraint(in_force: Option<InForce>) -> &'static str {
    match in_force {
        Some(InForce::Held) => "setpoints from before are held",
        Some(InForce::Fallback) => "fallback power counts, as holding is over",
        None => "it has asked for more since the newest cycle",
    }
}

/// What counts while cycles are rejected, and since when, as a line of its own; `None` where they are not.
fn in_force_words(in_force: Option<InForce>, rejected_since: Option<&str>) -> Option<String> {
    let (in_force, since) = (in_force?, rejected_since?);
    Some(format!("cycles are rejected since {since}: {}", without_constraint(Some(in_force))))
}

impl Moment {
    /// The sentence of a rejected cycle.
    fn rejection_detail(&self) -> Option<String> {
        let rejected = self.cycle.as_ref().filter(|cycle| cycle.outcome == Outcome::Rejected)?;
        rejected.detail.clone()
    }

    /// Since when cycles have been rejected, RFC 3339.
    fn rejected_since(&self, depot: &Depot) -> Option<String> {
        self.past.rejected_since_s.map(|since_s| Clock::of(depot).rfc3339(since_s as i64))
    }

    /// What counts instead of a cycle's setpoints; `None` where the newest cycle was not rejected.
    pub fn in_force(&self, depot: &Depot) -> Option<InForce> {
        InForce::of(self.past.rejected_since_s, self.cycle.as_ref()?, depot.hold_s.into())
    }

    /// Keeps a tick; set [`Moment::past`] where ticks before it were heard, and [`Moment::before`] where the last of them was kept.
    pub fn of(view: &TickView<'_>) -> Self {
        let (nodes, connectors) = (&view.nodes, &view.connectors);
        let node = |ix| NodeAt {
            limit_w: nodes.limit_w[ix],
            limit_source: nodes.limit_source[ix],
            base_load_w: nodes.base_load_w[ix],
            ev_limit_w: nodes.ev_limit_w[ix],
            demand_w: nodes.demand_w[ix],
            raw_demand_w: nodes.raw_demand_w[ix],
            allocated_w: nodes.allocated_w[ix],
            measured_w: nodes.measured_w[ix],
            is_binding: nodes.is_binding[ix],
            is_breached: nodes.is_breached[ix],
        };
        let connector = |ix| ConnectorAt {
            visit: connectors.visit[ix],
            state: connectors.state[ix],
            energy_j: connectors.energy_j[ix],
            limit_w: connectors.limit_w[ix],
            limit_source: connectors.limit_source[ix],
            demand_w: connectors.demand_w[ix],
            setpoint_w: connectors.setpoint_w[ix],
            measured_w: connectors.measured_w[ix],
            constrained_by: connectors.constrained_by[ix],
            is_paused: connectors.is_paused[ix],
        };
        let mut past = Past::default();
        past.hear(view);
        Self {
            t_s: view.t_s,
            cycle: view.cycle.cloned(),
            past,
            before: None,
            nodes: (0..nodes.limit_w.len()).map(node).collect(),
            connectors: (0..connectors.visit.len()).map(connector).collect(),
            stays: view.stays.iter().collect(),
        }
    }

    /// Connectors that get less than they ask for, as positions in [`Depot::site`].
    pub fn curtailed<'a>(&'a self, site: &'a Site) -> impl Iterator<Item = u32> + 'a {
        let pairs = self.connectors.iter().zip(&site.connectors);
        pairs.filter(|(at, _)| at.setpoint_w < at.demand_w).map(|(_, &position)| position)
    }
}

impl Told<'_> {
    fn id(&self, position: u32) -> &str {
        &self.depot.site[position as usize].id
    }

    /// The id at a position that may be [`NO_NODE`].
    fn some_id(&self, position: u32) -> Option<String> {
        (position != NO_NODE).then(|| self.id(position).to_owned())
    }

    /// The vehicle and visit at a connector.
    fn visit(&self, at: &ConnectorAt) -> Option<&sim::Visit> {
        (at.visit != NO_VISIT).then(|| &self.realization.visits[at.visit as usize])
    }

    /// When the first tick begins that a moment counts for \[s\].
    fn first_tick_s(&self, at_s: i64) -> u64 {
        self.depot.first_tick_s(at_s)
    }

    /// What is wrong at a position in the tick that begins at `t_s` \[s\].
    fn faults(&self, position: u32, t_s: u64) -> Vec<FaultStatus> {
        self.faults.told(position, t_s, Clock::of(self.depot))
    }

    /// The state of charge at a connector \[ppm\]; none without a vehicle.
    fn soc_ppm(&self, at: &ConnectorAt) -> Option<u64> {
        let visit = self.visit(at)?;
        let battery_j = crate::tables::names::battery_j(self.depot, visit.vehicle_type);
        Some(crate::format::soc_ppm(at.energy_j, battery_j))
    }
}

/// A limit as reports tell it: none where there is none.
fn limited(limit_w: u64) -> Option<u64> {
    (limit_w != UNLIMITED_W).then_some(limit_w)
}

/// What is left of a limit; negative where more is used, none for no limit.
fn headroom_w(limit_w: u64, used_w: i64) -> Option<i64> {
    limited(limit_w).map(|limit_w| i64::try_from(limit_w).unwrap_or(i64::MAX).saturating_sub(used_w))
}
