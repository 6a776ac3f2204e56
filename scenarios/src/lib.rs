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
//! - No I/O: files are handed in by the caller, texts are handed out.
//! - No randomness but in [`draw()`], which a replay of a [`Recording`] never calls.
//! - No floating point but in passing through a parser that knows no decimals; what enters is an exact integer or is refused.
//! - No panic on any input: what cannot be used is a [`ScenarioError`] with every problem: where, what was found, what is allowed.
//! - No guess: unknown fields, dangling references and ambiguous ids are refused.
//! - Equal scenario and equal seed: equal [`sim::Depot`] and [`sim::Realization`], for ever. A vehicle more changes no other's draws.

mod amperes;
mod axis_values;
mod base_load;
mod bundled;
mod charger_fault;
mod checks;
mod clock;
mod conduct;
mod decimal;
mod demand_response;
mod demand_signal;
mod demands_csv;
mod derive;
mod distribution;
mod doubts;
mod draft;
mod draw;
mod error;
mod expand;
mod feed;
mod file;
mod flat;
mod fleet;
mod fleet_file;
mod hardware;
mod message_kw;
mod names;
mod outage;
mod overlay;
mod override_record;
mod quantity;
pub mod random_depot;
mod recording;
mod recording_faults;
mod recording_supply;
mod reference;
mod report;
mod ron_text;
mod sample;
mod scenario;
mod shape;
mod site_changes;
mod site_file;
mod site_tables;
mod source;
mod stretch;
mod supply;
mod table;
mod topology;
mod tree;
mod visits;
mod visits_csv;

pub use axis_values::{AXIS_VALUES_MAX, axis_position, axis_values};
pub use base_load::{BaseLoadCsv, BaseLoadNoise};
pub use bundled::{Bundled, bundled};
pub use charger_fault::{ChargerFaultRecord, FaultKind};
pub use checks::{CheckRecord, CheckRule, ConstraintReason, LimitName, RejectionReason};
pub use clock::{Calendar, Moment, Span, TimeOfDay, When};
pub use demand_response::DemandResponseRecord;
pub use demand_signal::DemandTold;
pub use demands_csv::{DEMAND_COLUMNS, RecordedDemand, read_demands};
pub use distribution::Distribution;
pub use draft::Draft;
pub use draw::draw;
pub use error::{Findings, PROBLEMS_MAX, Problem, ScenarioError};
pub use feed::{EnvelopeFeedRecord, FeedMessage, FeedWindow};
pub use file::{
    AssignmentRule, BaseLoadProfileStep, BaseLoadRecord, Basis, Columns, CurveKnot, EnvelopeRecord,
    EnvelopeWindow, Fleet, FleetGroup, GroupVisit, Lanes, ProvenanceKind, ProvenanceRecord, SCHEMA,
    ScenarioFile, SiteChangeRecord, SocUnit, TimeFormat, TypeName, VehicleRecord, VisitRecord,
};
pub use hardware::{EfficiencyKnot, HardwareRecord, Sharing};
pub use message_kw::MessageKw;
pub use names::is_id;
pub use outage::OutageRecord;
pub use overlay::Overlay;
pub use override_record::{Order, OverrideRecord};
pub use quantity::{
    Amps, BaseLoadKw, Count, Kwh, LeafKw, LimitKw, Pct, PerDay, Phases, PowerFactor, Tier, Volts, Weight,
};
pub use recording::{
    RECORDING_VISITS, RecordedBaseLoadStep, RecordedEnvelopeStep, RecordedNode, RecordedRefusal,
    RecordedSiteStep, Recording, RecordingOptions, ReplayOf,
};
pub use recording_faults::{RecordedChargerChange, RecordedChargerStep, RecordedOverrideStep};
pub use recording_supply::{RecordedDefaultLimit, RecordedFeedStep, RecordedOutageStep};
pub use reference::format_reference;
pub use sample::latin_hypercube;
pub use scenario::{ReadFile, Scenario, parse};
pub use shape::{ChoiceShape, FieldShape, Shape, ShapeKind, scenario_shape};
pub use site_file::{Charger, ChargerCircuit, GridConnection, SiteFile};
pub use source::Source;
pub use tree::decode_error::nearest;
