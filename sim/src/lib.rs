//! The depot in time: what happens at a charging depot when a load balancer shares out its power.
//!
//! ```text
//!            Depot (as built)      Realization (what chance decided)
//!                   \                   /
//!                    Simulation::step() ──> TickView ──> observers: the checker, always; traces, digests, summaries
//!                     |            |
//!          bays, yard, limits    control ──> balancer
//!          (charging, queue)     (wishes, rotation, fail-safe)
//! ```
//!
//! Invariants:
//! - no randomness, no clock, no I/O, no floating point; a run is a plain function of `Depot` and `Realization`;
//! - knows nothing of scenario files, seeds or formats;
//! - the checker shares no code with what it checks but `Site` and `Column`: it sees `Depot`, `Realization` and `TickView` only;
//! - memory does not grow with the length of a run, and a tick in which nothing happens allocates nothing.
//!
//! # In a program of your own
//!
//! [`run()`] takes a depot, a realization and observers to the end; [`Simulation`] goes tick by tick, and lets somebody outside act (`examples/drive`):
//!
//! ```
//! use sim::{Checker, Observer, Simulation};
//! # fn drive(depot: &sim::Depot, realization: &sim::Realization) -> Result<i64, Box<dyn std::error::Error + Send + Sync>> {
//! let mut simulation = Simulation::new(depot, realization)?;
//! let mut checker = Checker::new(depot, realization);
//! let mut peak_w = 0;
//! while let Some(view) = simulation.step(&[]) {
//!     checker.tick(&view)?;
//!     // The root is the first of the nodes.
//!     peak_w = peak_w.max(view.nodes.measured_w[0]);
//! }
//! checker.end(&simulation.end())?;
//! # Ok(peak_w)
//! # }
//! ```
//!
//! Depots and realizations are built by hand, or come from a scenario (the crate `scenarios`). What cannot be run is refused by [`check()`], which
//! [`Simulation::new`] asks as well.
//!
//! Whoever puts this crate into a workspace of their own should set `overflow-checks = true` in its `[profile.release]`: profiles are not inherited, and
//! arithmetic that would overflow is a bug that must be heard, in every build.

pub mod acceptance;
mod assignment;
mod bays;
pub mod breach;
mod breach_trace;
mod breaches;
mod charge_point;
pub mod charger;
pub mod charging;
pub mod check;
pub mod checker;
mod column;
mod conduct;
pub mod connector_promises;
mod control;
pub mod depot;
pub mod error;
pub mod event;
pub mod feed;
pub mod intervention;
pub mod limit_step;
mod limits;
pub mod outage;
mod output;
mod overrides;
pub mod projection;
mod queue;
mod readiness;
pub mod realization;
mod refusals;
mod rotation;
mod run;
mod segment;
pub mod simulation;
pub mod site;
mod site_step;
mod special_bays;
mod stays;
mod totals;
mod traces;
pub mod vehicle;
pub mod view;
mod wish;

pub use acceptance::{Acceptance, Criterion, Finding, Found, Rule};
pub use assignment::Assignment;
pub use breach::{Breach, BreachCause};
pub use charger::{
    Charger, ChargerChange, ChargerStep, DemandSignal, EfficiencyPoint, Equipment, OutageKind, Standby,
};
pub use check::check;
pub use checker::{BrokenInvariant, Checker};
pub use column::{Column, Counterpart, Edition};
pub use conduct::Conduct;
pub use connector_promises::ConnectorPromises;
pub use depot::{Depot, SiteNode};
pub use error::{RunError, SimError};
pub use event::{Event, EventKind, Why};
pub use feed::{DefaultLimit, FeedStep};
pub use intervention::{Intervention, InterventionError};
pub use limit_step::LimitStep;
pub use outage::OutageStep;
pub use overrides::{Override, OverrideStep};
pub use projection::Projection;
pub use realization::{BaseLoadStep, EnvelopeBasis, EnvelopeStep, Realization, Silence, Visit};
pub use run::{run, run_on};
pub use simulation::Simulation;
pub use simulation::open_loop::{DemandStep, OpenConnector, OpenCycle, run_open_loop};
pub use site::Site;
pub use site_step::{NodeChange, SiteChange, SiteStep};
pub use stays::Stays;
pub use traces::Traces;
pub use vehicle::{CurvePoint, VehicleType};
pub use view::{
    ConnectorColumns, ConnectorState, ConstraintRecord, CycleRecord, NO_NODE, NO_VISIT, NodeColumns,
    Observer, ObserverError, RunEnd, Stay, TickView,
};

// The balancer's words that a depot is described in.
pub use balancer::units;
pub use balancer::{
    Control, LimitSource, NodeKind, Outcome, PowerNode, Ratings, Reason, Rejection, Strategy, UnknownName,
};
