//! What is asked: the scenario format, its checks, the bundled scenarios, and the one place where chance has a say.
//!
//! ```text
//!  text.ron ──> tree (spans) ──> file, site_file ──> expand ──> draft ──> scenario ──> draw(seed) ──> Depot, Realization
//!  chargers.csv ──┘  │ serde     plain data          repeat     │  ^      derive, fleet,    │
//!                    │           quantity, clock                v  │      supply, visits    v
//!                    └──> faults ──> report <── problems     overlay      recording.ron, recording-visits.csv ──> the same
//!  file, site_file ──> shape ──> paths, columns, reference
//! ```
//!
//! A scenario is parsed, drawn from and run; files that it names are handed in by whoever has them:
//!
//! ```
//! use scenarios::{Bundled, draw, parse};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let bundled = Bundled::find("flat-site").ok_or("no such scenario")?;
//! let scenario = parse("flat-site.ron", bundled.text, &mut |name| bundled.read_file(name))?;
//! assert_eq!(scenario, bundled.load()?);
//! let realization = draw(&scenario, 7);
//! assert_eq!(realization, draw(&scenario, 7));
//! sim::run(scenario.depot(), &realization, &mut [])?;
//! # Ok(())
//! # }
//! ```
//!
//! - No I/O: files are handed in by the caller, texts are handed out.
//! - No randomness but in [`draw()`], which a replay of a [`Recording`] never calls.
//! - No floating point but in passing through a parser that knows no decimals; what enters is an exact integer or is refused.
//! - No panic on any input: what cannot be used is a [`ScenarioError`] with every problem: where, what was found, what is allowed.
//! - No guess: unknown fields, dangling references and ambiguous ids are refused.
//! - Equal scenario and equal seed: equal [`sim::Depot`] and [`sim::Realization`], for ever. A vehicle more changes no other's draws.

mod axes;
mod bundled;
mod chargers;
mod checks;
mod doubts;
mod draft;
mod draw;
mod error;
mod format;
mod overlay;
pub mod random_depot;
mod recording;
mod scenario;
mod site;
mod supply;
mod text;
mod values;
mod vehicles;

pub use axes::axis_values::{AXIS_VALUES_MAX, axis_position, axis_values};
pub use axes::sample::latin_hypercube;
pub use bundled::{Bundled, bundled};
pub use chargers::fault::{ChargerFaultRecord, FaultKind};
pub use chargers::hardware::{EfficiencyKnot, HardwareRecord, Sharing};
pub use checks::{CheckRecord, CheckRule, ConstraintReason, LimitName, RejectionReason};
pub use draft::Draft;
pub use draw::draw;
pub use error::{Findings, PROBLEMS_MAX, Problem, ScenarioError};
pub use format::file::{
    AssignmentRule, BaseLoadProfileStep, BaseLoadRecord, Basis, Columns, CurveKnot, EnvelopeRecord,
    EnvelopeWindow, Fleet, FleetGroup, GroupVisit, Lanes, ProvenanceKind, ProvenanceRecord, SCHEMA,
    ScenarioFile, SiteChangeRecord, SocUnit, TimeFormat, TypeName, VehicleRecord, VisitRecord,
};
pub use format::reference::format_reference;
pub use format::shape::{ChoiceShape, FieldShape, Shape, ShapeKind, scenario_shape};
pub use overlay::Overlay;
pub use recording::demands_csv::{DEMAND_COLUMNS, RecordedDemand, read_demands};
pub use recording::faults::{RecordedChargerChange, RecordedChargerStep, RecordedOverrideStep};
pub use recording::supply::{RecordedDefaultLimit, RecordedFeedStep, RecordedOutageStep};
pub use recording::{
    RECORDING_VISITS, RecordedBaseLoadStep, RecordedEnvelopeStep, RecordedNode, RecordedRefusal,
    RecordedSiteStep, Recording, RecordingOptions, ReplayOf,
};
pub use scenario::{ReadFile, Scenario, parse};
pub use site::site_file::{Charger, ChargerCircuit, GridConnection, SiteFile};
pub use supply::base_load::{BaseLoadCsv, BaseLoadNoise};
pub use supply::demand_response::DemandResponseRecord;
pub use supply::feed::{EnvelopeFeedRecord, FeedMessage, FeedWindow};
pub use supply::outage::OutageRecord;
pub use text::source::Source;
pub use text::tree::decode_error::{nearest, nearest_id};
pub use text::unshown::is_unshown;
pub use values::clock::{Calendar, Moment, Span, TimeOfDay, When};
pub use values::distribution::Distribution;
pub use values::message_kw::MessageKw;
pub use values::names::is_id;
pub use values::quantity::{
    Amps, BaseLoadKw, Count, Kwh, LeafKw, LimitKw, Pct, PerDay, Phases, PowerFactor, Tier, Volts, Weight,
};
pub use vehicles::demand_signal::DemandTold;
pub use vehicles::override_record::{Order, OverrideRecord};
