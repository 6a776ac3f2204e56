//! The table of what a random depot may have. A new feature is a line here and a function that changes a draft.

use super::chance::Chance;
use super::draft::Draft;
use super::{chargers, conduct, fleet, site, supply, timing};

/// Something odd that a depot may have.
#[derive(Debug, Clone, Copy)]
pub struct Feature {
    /// The name, as coverage tells it.
    pub name: &'static str,
    /// How many depots of a hundred have it.
    pub percent: u64,
    /// Puts it into a draft.
    pub apply: fn(&mut Draft, &mut Chance),
}

impl Feature {
    /// Whether the depot of this seed has it.
    pub fn is_on(&self, seed: u64) -> bool {
        Chance::of(seed, "random_depot.on", self.name).between(1, 100) <= self.percent as i64
    }
}

macro_rules! features {
    ($($percent:literal $name:literal => $apply:path,)*) => {
        /// Every feature, in the order in which they are put into a draft: what others stand on comes first.
        pub static FEATURES: &[Feature] = &[$(Feature { name: $name, percent: $percent, apply: $apply }),*];
    };
}

features! {
    // Time and control.
    25 "other_steps" => timing::other_steps,
    30 "rare_cycles" => timing::rare_cycles,
    30 "short_slots" => timing::short_slots,
    40 "other_hold" => timing::other_hold,
    85 "any_strategy" => timing::any_strategy,
    40 "charge_point_control" => timing::charge_point_control,
    // The tree.
    15 "flat_tree" => site::flat_tree,
    30 "several_connections" => site::several_connections,
    35 "nested_circuits" => site::nested_circuits,
    45 "more_charge_points" => site::more_charge_points,
    50 "several_connectors" => site::several_connectors,
    15 "lone_connectors" => site::lone_connectors,
    // Its limits.
    60 "tight_limits" => site::tight_limits,
    25 "safe_capacities" => site::safe_capacities,
    20 "zero_limits" => site::zero_limits,
    25 "no_limits" => site::no_limits,
    15 "tiny_limits" => site::tiny_limits,
    40 "minima" => site::minima,
    20 "unpausable" => site::unpausable,
    50 "fallbacks" => site::fallbacks,
    30 "site_weights" => site::weights,
    // Vehicles and their visits.
    40 "odd_curves" => fleet::odd_curves,
    25 "vehicle_minima" => fleet::vehicle_minima,
    50 "crowd" => fleet::crowd,
    30 "short_visits" => fleet::short_visits,
    25 "full_batteries" => fleet::full_batteries,
    25 "asked_energies" => fleet::asked_energies,
    25 "early_ready" => fleet::early_ready,
    30 "late_plug_in" => fleet::late_plug_in,
    30 "tiers" => fleet::tiers,
    30 "visit_weights" => fleet::weights,
    25 "named_connectors" => fleet::named_connectors,
    25 "homes" => fleet::homes,
    20 "listed_lanes" => fleet::listed_lanes,
    35 "other_assignment" => fleet::other_assignment,
    20 "drawn_fleet" => fleet::drawn_fleet,
    // What comes from outside.
    50 "import_envelopes" => supply::import_envelopes,
    35 "load_envelopes" => supply::load_envelopes,
    40 "base_loads" => supply::base_loads,
    25 "generation" => supply::generation,
    20 "noise" => supply::noise,
    15 "filed_loads" => supply::filed_loads,
    20 "demand_response" => supply::demand_response,
    25 "outages" => supply::outages,
    25 "measurement_gaps" => supply::measurement_gaps,
    25 "feeds" => supply::feeds,
    20 "bad_messages" => supply::bad_messages,
    25 "site_changes" => supply::site_changes,
    20 "broken_site_data" => supply::broken_site_data,
    // Chargers, and what goes wrong with them.
    30 "latencies" => chargers::latencies,
    30 "ramps" => chargers::ramps,
    25 "losses" => chargers::losses,
    20 "modules" => chargers::modules,
    25 "standby" => chargers::standby,
    25 "first_come_sharing" => chargers::first_come_sharing,
    25 "offline_timeouts" => chargers::offline_timeouts,
    30 "charger_faults" => chargers::charger_faults,
    // Vehicles that do not do as planned, operators, and what is told.
    20 "demand_signal" => conduct::demand_signal,
    20 "own_demand_signals" => conduct::own_demand_signals,
    25 "preconditioning" => conduct::preconditioning,
    20 "told_departures" => conduct::told_departures,
    20 "no_shows" => conduct::no_shows,
    20 "pulled_plugs" => conduct::pulled_plugs,
    50 "drawn_conduct" => conduct::drawn_conduct,
    25 "overrides" => conduct::overrides,
}
