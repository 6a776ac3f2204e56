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

mod bundled;
mod clock;
mod csv_text;
mod decimal;
mod derive;
mod distribution;
mod draft;
mod draw;
mod error;
mod expand;
mod file;
mod flat;
mod fleet;
mod names;
mod overlay;
mod quantity;
mod recording;
mod reference;
mod report;
mod ron_text;
mod scenario;
mod shape;
mod site_file;
mod site_tables;
mod source;
mod supply;
mod topology;
mod tree;
mod visits;
mod visits_csv;

pub use bundled::{Bundled, bundled};
pub use clock::{Calendar, Moment, Span, TimeOfDay, When};
pub use distribution::Distribution;
pub use draft::Draft;
pub use draw::draw;
pub use error::{PROBLEMS_MAX, Problem, ScenarioError};
pub use file::{
    BaseLoadProfileStep, BaseLoadRecord, Basis, Columns, CurveKnot, EnvelopeRecord, EnvelopeWindow, Fleet,
    FleetGroup, Lanes, ProvenanceKind, ProvenanceRecord, SCHEMA, ScenarioFile, SocUnit, TypeName,
    VehicleRecord, VisitRecord,
};
pub use overlay::Overlay;
pub use quantity::{BaseLoadKw, Count, Kwh, LeafKw, LimitKw, Pct, Tier, Weight};
pub use recording::{
    RECORDING_VISITS, RecordedBaseLoadStep, RecordedEnvelopeStep, Recording, RecordingOptions,
};
pub use reference::format_reference;
pub use scenario::{ReadFile, Scenario, parse};
pub use shape::{ChoiceShape, FieldShape, Shape, ShapeKind, scenario_shape};
pub use site_file::{Charger, ChargerCircuit, GridConnection, SiteFile};
pub use source::Source;
