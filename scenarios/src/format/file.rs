//! The scenario format: plain data, one type per record, exactly as it stands in a `.ron` file.
//!
//! Lists with ids and never maps, since a map would silently keep the last of two equal keys; unknown fields are refused everywhere.

use crate::chargers::fault::ChargerFaultRecord;
use crate::checks::CheckRecord;
use crate::site::site_file::{Charger, ChargerCircuit, GridConnection, SiteFile};
use crate::supply::base_load::{BaseLoadCsv, BaseLoadNoise};
use crate::supply::demand_response::DemandResponseRecord;
use crate::supply::feed::EnvelopeFeedRecord;
use crate::supply::outage::OutageRecord;
use crate::values::clock::{Moment, Span, TimeOfDay, When};
use crate::values::names;
use crate::values::quantity::{BaseLoadKw, Kwh, LeafKw, LimitKw, Pct};
use crate::vehicles::demand_signal::DemandTold;
use crate::vehicles::override_record::OverrideRecord;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim::{Control, Strategy};

// A scenario's records are imported from here, whichever file they stand in.
pub use crate::vehicles::fleet_file::{
    Columns, Fleet, FleetGroup, GroupVisit, SocUnit, TimeFormat, TypeName, VisitRecord,
};

/// The version of the format that this program reads and writes.
pub const SCHEMA: u32 = 1;

/// A scenario as a file says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScenarioFile {
    /// The format's version.
    #[serde(deserialize_with = "names::schema")]
    #[schemars(schema_with = "names::schema_of_schema")]
    pub schema: u32,
    /// The scenario's id.
    pub id: String,
    /// A line for people.
    pub title: String,
    /// When tick 0 begins; its offset is the one in which all times are told.
    pub start: Moment,
    /// Length of the run, a multiple of `step`.
    pub duration: Span,
    /// Length of a tick.
    #[serde(default = "default_step")]
    pub step: Span,
    /// How often the balancer runs, a multiple of `step`; as often as there are ticks, if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rebalance: Option<Span>,
    /// How long admission of connectors with a minimum power stays fixed.
    #[serde(default = "default_rotation_slot")]
    pub rotation_slot: Span,
    /// How long setpoints are held after the first of several rejected cycles.
    #[serde(default = "default_hold")]
    pub hold: Span,
    /// How old the measurements may be that a cycle decides on; of any age, if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age: Option<Span>,
    /// What to do with site data that form a tree which cannot be balanced.
    #[serde(default)]
    pub on_unsupported: OnUnsupported,
    /// What the balancer is told of the vehicles' demands.
    #[serde(default, skip_serializing_if = "DemandTold::is_default")]
    pub demand_signal: DemandTold,
    /// How power is shared.
    #[serde(default, with = "names::strategy")]
    #[schemars(schema_with = "names::strategy::schema")]
    pub strategy: Strategy,
    /// Whether connectors or charge points are controlled. A charge point that is controlled as a whole asks for all its vehicles together: for the sum of
    /// what they can take, with the sum of their weights, the first of their tiers and the earliest of their times. What it gets it shares among them itself,
    /// tier after tier, and whose least power does not fit waits; no turns are taken within a charge point.
    #[serde(default, with = "names::control")]
    #[schemars(schema_with = "names::control::schema")]
    pub control: Control,
    /// Site data.
    pub site: SiteFile,
    /// Site data that change in mid-run, in order of time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub site_changes: Vec<SiteChangeRecord>,
    /// The order in which vehicles are sent to connectors.
    #[serde(default)]
    pub lanes: Lanes,
    /// Which free lane a vehicle gets.
    #[serde(default, skip_serializing_if = "AssignmentRule::is_default")]
    pub assignment: AssignmentRule,
    /// The kinds of vehicle.
    #[serde(default)]
    pub vehicles: Vec<VehicleRecord>,
    /// Who comes when.
    pub fleet: Fleet,
    /// Operating envelopes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub envelopes: Vec<EnvelopeRecord>,
    /// Envelopes that come as messages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub envelope_feeds: Vec<EnvelopeFeedRecord>,
    /// Programs that call for less power now and then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub demand_response: Vec<DemandResponseRecord>,
    /// Times in which nodes are without power.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outages: Vec<OutageRecord>,
    /// Times in which something is wrong with chargers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub charger_faults: Vec<ChargerFaultRecord>,
    /// What operators do by hand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<OverrideRecord>,
    /// Power that is metered but does not charge vehicles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub base_loads: Vec<BaseLoadRecord>,
    /// Times in which no measurement reaches the balancer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measurement_gaps: Vec<MeasurementGap>,
    /// What a run must show to be accepted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<CheckRecord>,
    /// Where the numbers come from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub provenance: Vec<ProvenanceRecord>,
}

fn default_step() -> Span {
    Span::from_s(60)
}

fn default_rotation_slot() -> Span {
    Span::from_s(900)
}

fn default_hold() -> Span {
    Span::from_s(300)
}

/// What to do with site data that form a tree which cannot be balanced (`UNSUPPORTED_TOPOLOGY`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum OnUnsupported {
    /// Refuse the scenario.
    #[default]
    Reject,
    /// Balance the charge points as a flat list under the least known site limit (of the site and its grid connections; capacities of circuits no longer
    /// count, envelopes of any node count at the site); every cycle says so.
    Flat,
}

/// A time in which no measurement reaches the balancer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeasurementGap {
    /// From when; a gap of two bare times that holds at the start is that one, else the first after it.
    pub from: When,
    /// Until when.
    pub to: When,
}

/// The order in which vehicles are sent to connectors.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum Lanes {
    /// Every charge point's first connector in the order of the site, then every second one, and so on.
    #[default]
    FirstConnectorsFirst,
    /// In the order of the site.
    SiteOrder,
    /// These connectors in this order; to others a vehicle comes only by name.
    Listed(Vec<String>),
}

/// Which free lane a vehicle gets, of those that have power where there are any; a visit that names its connector waits for that one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum AssignmentRule {
    /// The first one.
    #[default]
    LanesInOrder,
    /// The one with the fewest lanes between it and the vehicle's home, the lower of two; without a home the first, nearest to the entrance.
    NearestFree,
    /// The first one under the circuit with the largest EV limit less allocated power at that moment.
    MostHeadroom,
}

impl AssignmentRule {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Site data that change in mid-run: from `at` on each record stands in the place of the one with its id, or is new.
///
/// Other ratings, weights and powers apply. Data that form no tree, give two values for one limit, cannot be balanced, or rewire the
/// tree reject every cycle from then on, until a later change mends them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SiteChangeRecord {
    /// From when: a bare time is the first one from the change before on.
    pub at: When,
    /// The site's own default capacity, if it changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_capacity_kw: Option<LimitKw>,
    /// The site's own safe operating capacity, if it changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub safe_operating_capacity_kw: Option<LimitKw>,
    /// Ids of records that are no longer there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remove: Vec<String>,
    /// Connections to the distribution grid.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grid_connections: Vec<GridConnection>,
    /// Circuits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub charger_circuits: Vec<ChargerCircuit>,
    /// Charge points.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub charge_points: Vec<Charger>,
    /// Connectors.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub connectors: Vec<Charger>,
}

/// A kind of vehicle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VehicleRecord {
    /// The id.
    pub id: String,
    /// Usable capacity.
    pub battery_kwh: Kwh,
    /// Share of the metered energy that reaches the battery; 100 if not said.
    #[serde(default = "whole")]
    pub efficiency_pct: Pct,
    /// Least power at which it charges; 0 if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_power_kw: Option<LeafKw>,
    /// Power at the connector over the state of charge, from 0 to 100 %, linear between knots. The vehicle asks for the most that this allows until the
    /// next cycle: what it allows now, and more where it still rises.
    pub curve: Vec<CurveKnot>,
}

fn whole() -> Pct {
    Pct::from_ppm(1_000_000).expect("100 % is a percentage")
}

/// A knot of a charging curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CurveKnot {
    /// State of charge.
    pub soc_pct: Pct,
    /// Power at the connector.
    pub power_kw: LeafKw,
}

/// An operating envelope: a limit that somebody sets on a node for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EnvelopeRecord {
    /// The id; envelopes with different ids overlap, and the least limit counts.
    pub id: String,
    /// The node.
    pub node: String,
    /// What it counts.
    #[serde(default)]
    pub basis: Basis,
    /// When it holds; windows of one envelope do not overlap.
    pub windows: Vec<EnvelopeWindow>,
}

/// How an envelope counts base load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum Basis {
    /// On metered import: base load counts against it.
    #[default]
    Import,
    /// On the power of vehicles alone.
    Load,
}

/// A time during which an envelope holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EnvelopeWindow {
    /// From then on; a window of two bare times that holds at the start is that one, else the first after it.
    pub from: When,
    /// Until then; a bare time is the first one after `from`.
    pub to: When,
    /// The limit.
    pub limit_kw: LimitKw,
    /// Whether it holds again every day until the run ends; false if not said.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub daily: bool,
}

/// A node's base load over the day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BaseLoadRecord {
    /// The node.
    pub node: String,
    /// Its steps, which repeat every day; the last one holds over midnight.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<BaseLoadProfileStep>,
    /// In place of steps: a file with them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub csv: Option<BaseLoadCsv>,
    /// What is added to it by chance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise: Option<BaseLoadNoise>,
}

/// A base load from a time of day on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BaseLoadProfileStep {
    /// From then on.
    pub from: TimeOfDay,
    /// The power, negative for generation.
    pub power_kw: BaseLoadKw,
}

/// Where a number comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProvenanceRecord {
    /// The path of ids of what it is about, such as `vehicles.bzl.battery_kwh`; `*` stands for all of a list.
    pub path: String,
    /// How it is known.
    pub kind: ProvenanceKind,
    /// The source, or the reason for the assumption.
    pub note: String,
}

/// How a number is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ProvenanceKind {
    /// A maker or operator says so.
    Vendor,
    /// Somebody measured it.
    Measured,
    /// It is our assumption.
    Assumed,
}
