//! Site data: flat records that name their parents.

use crate::chargers::hardware::HardwareRecord;
use crate::values::quantity::{Amps, Count, LeafKw, LimitKw, Phases, PowerFactor, Volts, Weight};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A site: its own limits and its records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SiteFile {
    /// The id of the root.
    pub id: String,
    /// What the site's microgrid is designed to carry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_capacity_kw: Option<LimitKw>,
    /// What it may carry continuously.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub safe_operating_capacity_kw: Option<LimitKw>,
    /// For people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Connections to the distribution grid.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grid_connections: Vec<GridConnection>,
    /// A CSV file with further such records, its columns called like the fields; an empty cell leaves the field out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grid_connections_csv: Option<String>,
    /// Circuits that feed chargers; they may nest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub charger_circuits: Vec<ChargerCircuit>,
    /// A CSV file with further such records, its columns called like the fields; an empty cell leaves the field out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charger_circuits_csv: Option<String>,
    /// Charge points; one without connectors counts as one connector.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub charge_points: Vec<Charger>,
    /// A CSV file with further such records, its columns called like the fields; an empty cell leaves the field out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charge_points_csv: Option<String>,
    /// Connectors.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub connectors: Vec<Charger>,
    /// A CSV file with further such records, its columns called like the fields; an empty cell leaves the field out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connectors_csv: Option<String>,
}

/// A connection to the distribution grid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GridConnection {
    /// The id, or a template for it.
    pub id: String,
    /// How many alike there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat: Option<Count>,
    /// The parent's id; the site's, if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// What it is designed to carry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_capacity_kw: Option<LimitKw>,
    /// In place of `default_capacity_kw`: the current that each phase is rated for. Watts are `rating_a * voltage_v * phases * power_factor`, rounded down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating_a: Option<Amps>,
    /// The voltage of each phase, phase to neutral where there are three (230 V in a 400 V system); goes with `rating_a`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voltage_v: Option<Volts>,
    /// How many phases carry the current; 1 if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phases: Option<Phases>,
    /// Real power of the apparent power; 1 if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power_factor: Option<PowerFactor>,
    /// What it may carry continuously.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub safe_operating_capacity_kw: Option<LimitKw>,
    /// Share beside siblings; 1 if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<Weight>,
    /// For people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// A circuit that feeds chargers, or further circuits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChargerCircuit {
    /// The id, or a template for it.
    pub id: String,
    /// How many alike there are under each parent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat: Option<Count>,
    /// The parent's id, or a pattern for several.
    pub parent: String,
    /// What it is designed to carry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_capacity_kw: Option<LimitKw>,
    /// In place of `default_capacity_kw`: the current that each phase is rated for. Watts are `rating_a * voltage_v * phases * power_factor`, rounded down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating_a: Option<Amps>,
    /// The voltage of each phase, phase to neutral where there are three (230 V in a 400 V system); goes with `rating_a`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voltage_v: Option<Volts>,
    /// How many phases carry the current; 1 if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phases: Option<Phases>,
    /// Real power of the apparent power; 1 if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power_factor: Option<PowerFactor>,
    /// What it may carry continuously.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub safe_operating_capacity_kw: Option<LimitKw>,
    /// Share beside siblings; 1 if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<Weight>,
    /// For people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// A charge point or a connector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Charger {
    /// The id, or a template for it.
    pub id: String,
    /// How many alike there are under each parent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat: Option<Count>,
    /// The parent's id, or a pattern for several.
    pub parent: String,
    /// What the hardware can do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_rating_kw: Option<LeafKw>,
    /// In place of `max_rating_kw`: the current that each phase is rated for. Watts are `rating_a * voltage_v * phases * power_factor`, rounded down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating_a: Option<Amps>,
    /// The voltage of each phase, phase to neutral where there are three (230 V in a 400 V system); goes with `rating_a`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voltage_v: Option<Volts>,
    /// How many phases carry the current; 1 if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phases: Option<Phases>,
    /// Real power of the apparent power; 1 if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power_factor: Option<PowerFactor>,
    /// Least power at which charging works; 0 if not said. Of a charge point it counts where it has no connectors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_power_kw: Option<LeafKw>,
    /// Whether the balancer may set it to 0 although its minimum is positive; true if not said.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub pausable: bool,
    /// Power that is safe when the balancer's word is missing; 0 if not said. Of a charge point it counts where it has no connectors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback_kw: Option<LeafKw>,
    /// Share beside siblings; 1 if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<Weight>,
    /// What is built in, beyond its powers: an ideal charger, if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hardware: Option<Box<HardwareRecord>>,
    /// For people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

fn yes() -> bool {
    true
}

fn is_yes(value: &bool) -> bool {
    *value
}
