//! What an observer sees of a tick: plain columns, borrowed from the running simulation.
//!
//! ```text
//!  tick k:   events at its beginning ─> demands ─> cycle (if due) ─> charging for step_s ─> TickView ─> observers
//! ```
//!
//! Columns of `nodes` are by node above the connectors, those of `connectors` by connector; both in the order of
//! [`crate::Site`]. Power is the mean over the tick \[W\].

use crate::breach::Breach;
use crate::column::Column;
use crate::event::Event;
use crate::intervention::Intervention;
use crate::limit_step::LimitStep;
use crate::stays::Stays;
use balancer::{LimitSource, Outcome, Reason};

/// One tick, after it has happened.
#[derive(Debug, Clone, Copy)]
pub struct TickView<'a> {
    /// The tick's number.
    pub tick: u32,
    /// When it began \[s\] from the start.
    pub t_s: u64,
    /// Its length \[s\].
    pub step_s: u32,
    /// The newest completed cycle; `None` before the first.
    pub cycle: Option<&'a CycleRecord>,
    /// Whether that cycle was completed in this tick.
    pub is_cycle_new: bool,
    /// Nodes above the connectors.
    pub nodes: NodeColumns<'a>,
    /// Connectors.
    pub connectors: ConnectorColumns<'a>,
    /// Stays, indexed as in the realization.
    pub stays: Stays<'a>,
    /// What happened at the tick's beginning and during it, in order.
    pub events: &'a [Event],
    /// Breaches that ended with this tick's beginning.
    pub ended_breaches: &'a [Breach],
    /// Limits that fell and, as of this tick, are met.
    pub met_limits: &'a [LimitStep],
    /// What was done from outside at the tick's beginning; what could not be done is left out.
    pub interventions: &'a [Intervention],
}

/// The result of one rebalance cycle, told in positions of the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CycleRecord {
    /// Number of the cycle, from 0.
    pub cycle: u64,
    /// When it ran \[s\] from the start.
    pub t_s: u64,
    /// How it ended.
    pub outcome: Outcome,
    /// Why.
    pub reason: Reason,
    /// What withheld most; `None` unless curtailed.
    pub constraint: Option<ConstraintRecord>,
    /// Leaves that got less than their demand, whether a limit, what is held or a fallback power keeps them below it.
    pub curtailed_count: u32,
    /// Leaves whose minimum was not granted.
    pub paused_count: u32,
    /// What the site's children could take within their limits \[W\].
    pub site_demand_w: u64,
    /// What was granted on the site \[W\].
    pub site_allocated_w: u64,
    /// The node or request that a rejection is about.
    pub subject: Option<String>,
    /// A sentence about it.
    pub detail: Option<String>,
}

/// The node that withheld most power.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConstraintRecord {
    /// Position in [`crate::Depot::site`].
    pub node: u32,
    /// Whether it paused leaves rather than lowered them.
    pub is_pause: bool,
    /// Which of its limits.
    pub source: Option<LimitSource>,
    /// Its effective limit \[W\]; [`balancer::units::UNLIMITED_W`] for none.
    pub limit_w: u64,
    /// What its children could take \[W\].
    pub demand_w: u64,
    /// What was granted below it \[W\].
    pub allocated_w: u64,
    /// What it withheld \[W\].
    pub withheld_w: u64,
}

/// Columns by node above the connectors (and by charge point without connectors).
#[derive(Debug, Clone, Copy)]
pub struct NodeColumns<'a> {
    /// Effective limits \[W\]; [`balancer::units::UNLIMITED_W`] for none.
    pub limit_w: &'a Column<u64>,
    /// Which limit it is.
    pub limit_source: &'a Column<Option<LimitSource>>,
    /// Base load of the node and all below \[W\].
    pub base_load_w: &'a Column<i64>,
    /// What is left for charging \[W\].
    pub ev_limit_w: &'a Column<u64>,
    /// Sum of `min(limit, demand)` of the children \[W\].
    pub demand_w: &'a Column<u64>,
    /// What vehicles below ask for \[W\].
    pub raw_demand_w: &'a Column<u64>,
    /// Sum of the setpoints below \[W\].
    pub allocated_w: &'a Column<u64>,
    /// The meter: charging power and base load \[W\].
    pub measured_w: &'a Column<i64>,
    /// Whether the node's limit withheld power from a leaf in the newest cycle.
    pub is_binding: &'a Column<bool>,
    /// Whether measured power is above the effective limit.
    pub is_breached: &'a Column<bool>,
}

/// Columns by connector.
#[derive(Debug, Clone, Copy)]
pub struct ConnectorColumns<'a> {
    /// The stay that is plugged in: index into the realization's visits; [`NO_VISIT`] for none.
    pub visit: &'a Column<u32>,
    /// OCPP state.
    pub state: &'a Column<ConnectorState>,
    /// Energy in the plugged vehicle's battery at the tick's end \[J\]; 0 without a vehicle.
    pub energy_j: &'a Column<u64>,
    /// The connector's own effective limit \[W\]; [`balancer::units::UNLIMITED_W`] for none.
    pub limit_w: &'a Column<u64>,
    /// Which limit it is.
    pub limit_source: &'a Column<Option<LimitSource>>,
    /// What it asked for at the tick's beginning \[W\]: if the truth is told, the most it could take at any moment until the next cycle. That is
    /// what it could take at once, but for a curve that still rises.
    pub demand_w: &'a Column<u32>,
    /// The most it may draw \[W\].
    pub setpoint_w: &'a Column<u32>,
    /// What it drew \[W\].
    pub measured_w: &'a Column<u32>,
    /// Position in [`crate::Depot::site`] of the node that keeps it below its demand; [`NO_NODE`] for none, and where what is held or the fallback power of
    /// a rejected cycle does.
    pub constrained_by: &'a Column<u32>,
    /// Whether its minimum was not granted.
    pub is_paused: &'a Column<bool>,
}

/// "No visit" in a column.
pub const NO_VISIT: u32 = u32::MAX;

/// "No node" in a column.
pub const NO_NODE: u32 = u32::MAX;

/// The state of a connector, in OCPP 1.6's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConnectorState {
    /// No vehicle.
    Available,
    /// A vehicle is plugged in and waits for its first cycle.
    Preparing,
    /// Power flows.
    Charging,
    /// The vehicle would charge and may not.
    SuspendedEvse,
    /// The vehicle takes nothing: it is ready.
    SuspendedEv,
    /// The stay is over and the cable still plugged.
    Finishing,
    /// Out of service.
    Unavailable,
    /// Broken.
    Faulted,
}

impl ConnectorState {
    /// All of them, in the order in which they are declared.
    pub const ALL: [Self; 8] = [
        Self::Available,
        Self::Preparing,
        Self::Charging,
        Self::SuspendedEvse,
        Self::SuspendedEv,
        Self::Finishing,
        Self::Unavailable,
        Self::Faulted,
    ];

    /// The state's name in OCPP 1.6.
    pub fn name(self) -> &'static str {
        match self {
            Self::Available => "Available",
            Self::Preparing => "Preparing",
            Self::Charging => "Charging",
            Self::SuspendedEvse => "SuspendedEVSE",
            Self::SuspendedEv => "SuspendedEV",
            Self::Finishing => "Finishing",
            Self::Unavailable => "Unavailable",
            Self::Faulted => "Faulted",
        }
    }
}

/// What has become of a visit so far; final once it has left, or once the run has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stay {
    /// Position in [`crate::Depot::site`] of its connector; [`NO_NODE`] before it is plugged in.
    pub connector: u32,
    /// When it was plugged in \[s\] from the start.
    pub plugged_in_s: Option<u64>,
    /// When it left its connector, or the queue \[s\] from the start; `None` while it is there.
    pub left_s: Option<u64>,
    /// Energy in its battery \[J\].
    pub energy_j: u64,
    /// Metered energy it took \[J\].
    pub metered_j: u64,
    /// End of the tick in which it had what makes it ready \[s\] from the start; the moment of plugging in where it came ready.
    pub ready_s: Option<u64>,
    /// How long it was paused \[s\].
    pub paused_s: u64,
    /// Of the metered energy, what went to the cabin and not to the battery \[J\].
    pub preconditioned_j: u64,
}

/// Somebody who watches a run.
pub trait Observer {
    /// Called after every tick, in order.
    ///
    /// # Errors
    /// Whatever stops the observer (a full disk, a broken invariant) ends the run.
    fn tick(&mut self, view: &TickView<'_>) -> Result<(), ObserverError>;

    /// Called once, after the last tick.
    ///
    /// # Errors
    /// As for [`Observer::tick`].
    fn end(&mut self, end: &RunEnd<'_>) -> Result<(), ObserverError> {
        let _ = end;
        Ok(())
    }
}

/// How a run ended.
#[derive(Debug, Clone, Copy)]
pub struct RunEnd<'a> {
    /// When \[s\] from the start.
    pub t_s: u64,
    /// Stays, indexed as in the realization.
    pub stays: &'a [Stay],
    /// Breaches that had not ended, or ended with the last tick.
    pub ended_breaches: &'a [Breach],
    /// Limits that fell and were not met before the run ended.
    pub unmet_limits: &'a [LimitStep],
}

/// Why an observer ends a run.
pub type ObserverError = Box<dyn std::error::Error + Send + Sync>;
