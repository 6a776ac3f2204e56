//! Who comes when: fleets that are drawn, listed, or read from a CSV.

use crate::values::clock::{Moment, Span, When};
use crate::values::distribution::Distribution;
use crate::values::quantity::{Count, Kwh, LeafKw, Pct, Tier, Weight};
use crate::vehicles::demand_signal::DemandTold;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who comes when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::large_enum_variant, reason = "there is one fleet in a scenario")]
pub enum Fleet {
    /// Drawn from distributions, by the run's seed.
    Generated(Vec<FleetGroup>),
    /// One row per visit in a CSV file.
    Visits {
        /// The file, relative to the scenario.
        csv: String,
        /// The id of every row's vehicle type, where no column says it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        vehicle: Option<String>,
        /// What vehicles are called, where no column says it: `{n}` counts the rows, so that each is a vehicle of its own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        vehicle_ids: Option<String>,
        /// Every row's target, where no column says it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        target_soc_pct: Option<Pct>,
        /// How the file calls the columns.
        #[serde(default, skip_serializing_if = "Columns::is_default")]
        columns: Columns,
        /// How the file writes times.
        #[serde(default, skip_serializing_if = "TimeFormat::is_default")]
        time: TimeFormat,
        /// How the file writes states of charge; `Percent` if not said.
        #[serde(default, skip_serializing_if = "SocUnit::is_default")]
        soc_unit: SocUnit,
        /// Which vehicle type is meant by a name in the file that is no id of one.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        types: Vec<TypeName>,
    },
    /// One record per visit, here.
    Listed(Vec<VisitRecord>),
}

/// Vehicles of one type whose visits are drawn from the same distributions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FleetGroup {
    /// The vehicles are called `id-1`, `id-2`, ..., with leading zeros to equal length.
    pub id: String,
    /// How many there are.
    pub count: Count,
    /// The id of their type.
    pub vehicle: String,
    /// On how many days in a row they come; 1 if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<Count>,
    /// When they arrive: the first such times from the scenario's start on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrival: Option<Distribution<When>>,
    /// When they leave: the first such times after the latest arrival.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub departure: Option<Distribution<When>>,
    /// State of charge on arrival; or else `energy_used_kwh`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub soc_arrival_pct: Option<Distribution<Pct>>,
    /// What the block before used of the battery: on arrival that is missing to the target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub energy_used_kwh: Option<Distribution<Kwh>>,
    /// State of charge at which charging stops.
    pub target_soc_pct: Pct,
    /// What the next block needs in the battery: with it the vehicle is ready; the target, if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs_kwh: Option<Kwh>,
    /// Time from arrival until it asks for a connector; none if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plug_in_delay: Option<Distribution<Span>>,
    /// In place of `arrival` to `soc_arrival_pct`: the visits of each day between the blocks that the vehicles run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub visits: Vec<GroupVisit>,
    /// How much earlier they really leave than `departure`, which is what the balancer is told; not at all, if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaves_early: Option<Distribution<Span>>,
    /// How much later they really leave than `departure`; not at all, if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaves_late: Option<Distribution<Span>>,
    /// How many of a hundred visits are not made, though they are expected; none if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_show_pct: Option<Pct>,
    /// At how many of a hundred visits somebody pulls the plug before departure; goes with `unplug_after`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unplug_pct: Option<Pct>,
    /// How long after the arrival that is; a time after the departure comes to nothing, nor does one at which it still waits for a connector.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unplug_after: Option<Distribution<Span>>,
    /// Power for the cabin before `departure`, from the connector; goes with `precondition_time`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precondition_kw: Option<LeafKw>,
    /// For how long before `departure`; it ends then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precondition_time: Option<Span>,
    /// What the balancer is told of their demand; what the scenario says of all, if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub demand_signal: Option<DemandTold>,
    /// Home connectors: of the first vehicle, the second, and so on; those beyond the list have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub homes: Vec<String>,
    /// Priority tier; lower ones are served completely before, but while cycles are rejected, when all have what is safe. 0 if not said.
    #[serde(default, skip_serializing_if = "is_default_tier")]
    pub tier: Tier,
    /// Share beside others; if not said, that of the connector, or of the charge point where that is controlled as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<Weight>,
}

/// A visit that each vehicle of a group makes every day, between two blocks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupVisit {
    /// The id, `midday` or `night`; what is drawn for it hangs on it.
    pub id: String,
    /// When they arrive on the first day: the first such times from the scenario's start on.
    pub arrival: Distribution<When>,
    /// When they leave: the first such times after the latest arrival.
    pub departure: Distribution<When>,
    /// State of charge on arrival; or else `energy_used_kwh`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub soc_arrival_pct: Option<Distribution<Pct>>,
    /// What the block before used of the battery: on arrival that is missing to the target of the visit before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub energy_used_kwh: Option<Distribution<Kwh>>,
    /// State of charge at which charging stops; the group's, if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_soc_pct: Option<Pct>,
    /// What the next block needs in the battery: with it the vehicle is ready; the target, if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs_kwh: Option<Kwh>,
    /// Time from arrival until it asks for a connector; none if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plug_in_delay: Option<Distribution<Span>>,
}

fn is_default_tier(tier: &Tier) -> bool {
    *tier == Tier::default()
}

/// One visit, as listed or as a row of a CSV file says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VisitRecord {
    /// The visit's id; the vehicle's, with a number where it comes several times, if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visit: Option<String>,
    /// The vehicle's id.
    pub vehicle: String,
    /// The id of its type.
    pub vehicle_type: String,
    /// When it arrives: a bare time is the first one from the scenario's start on.
    pub arrival: When,
    /// When it leaves: a bare time is the first one after the arrival.
    pub departure: When,
    /// When the balancer is told that it leaves: a bare time is the first one after the arrival. The truth, if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_departure: Option<When>,
    /// When somebody pulls the plug before it leaves: a bare time is the first one after the arrival. Nothing comes of it while it waits for a connector.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unplugged: Option<When>,
    /// Whether it never comes, though it is expected; false if not said.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_show: bool,
    /// Power for the cabin before the departure that was told, from the connector; goes with `precondition_time`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precondition_kw: Option<LeafKw>,
    /// For how long before that departure; it ends then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precondition_time: Option<Span>,
    /// What the balancer is told of its demand; what the scenario says of all, if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub demand_signal: Option<DemandTold>,
    /// State of charge on arrival; empty, if not said of a visit that asks for an energy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub soc_arrival_pct: Option<Pct>,
    /// State of charge at which charging stops; or else `energy_kwh`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_soc_pct: Option<Pct>,
    /// Metered energy that it asks for: it charges until it has taken this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub energy_kwh: Option<Kwh>,
    /// What the next block needs in the battery: with it the vehicle is ready; the target, if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs_kwh: Option<Kwh>,
    /// Time from arrival until it asks for a connector; none if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plug_in_delay: Option<Span>,
    /// The connector it must use; one that `assignment` chooses, if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connector: Option<String>,
    /// The connector it would rather be near to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<String>,
    /// Priority tier; lower ones are served completely before, but while cycles are rejected, when all have what is safe. 0 if not said.
    #[serde(default, skip_serializing_if = "is_default_tier")]
    pub tier: Tier,
    /// Share beside others; if not said, that of the connector, or of the charge point where that is controlled as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<Weight>,
}

/// What a visits CSV calls its columns; a name that is not said is the format's own.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[expect(missing_docs, reason = "each is the column of the same name of the visits CSV")]
pub struct Columns {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vehicle: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vehicle_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arrival: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub departure: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub soc_arrival_pct: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_soc_pct: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connector: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub energy_kwh: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needs_kwh: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plug_in_delay: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub told_departure: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unplugged: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_show: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precondition_kw: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precondition_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub demand_signal: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arrival_energy_j: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_energy_j: Option<String>,
    /// Where the file says each vehicle's battery, which must then be that of its type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub battery_kwh: Option<String>,
    /// Columns that are there for other readers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<String>,
}

impl Columns {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// How a CSV file writes times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum TimeFormat {
    /// As the scenario does: `16:30`, `d2 04:30`, or RFC 3339.
    #[default]
    Clock,
    /// As a number of ticks.
    Ticks {
        /// Length of a tick.
        step: Span,
        /// When tick 0 begins; at the scenario's start, if not said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Moment>,
    },
}

impl TimeFormat {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// How a CSV file writes states of charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum SocUnit {
    /// From 0 to 100.
    #[default]
    Percent,
    /// From 0 to 1.
    Fraction,
}

impl SocUnit {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A name of a vehicle type in a CSV file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TypeName {
    /// The name as the file has it.
    pub r#match: String,
    /// The id of the type that it means.
    pub vehicle: String,
}
