//! Bounds of every quantity that enters a cycle, in one place.
//!
//! Power is integer watts, energy integer watt hours or joules, time whole seconds from the scenario's start.
//! A leaf's power fits `u32`, a total fits `u64`, and with these bounds no product in this crate leaves `u128`.

/// Largest power of one leaf \[W\]: 10 MW, some seven times the strongest megawatt charger.
pub const LEAF_POWER_MAX_W: u32 = 10_000_000;

/// Largest limit or base load of any node \[W\]: 1 TW, above every grid on earth.
pub const NODE_POWER_MAX_W: u64 = 1_000_000_000_000;

/// Largest sum of the base loads of all nodes, without their signs \[W\]: what is added up on the way to the root fits `i64`.
pub const BASE_LOADS_MAX_W: u64 = 9_000_000 * NODE_POWER_MAX_W;

/// Largest weight of a leaf or node.
pub const WEIGHT_MAX: u32 = 1_000_000_000;

/// Largest energy a vehicle may need \[Wh\]: 100 MWh.
pub const ENERGY_MAX_WH: u64 = 100_000_000;

/// Largest absolute time \[s\] from the scenario's start: about 31,700 years.
pub const TIME_MAX_S: i64 = 1_000_000_000_000;

/// Largest number of nodes in one tree.
pub const NODE_COUNT_MAX: usize = 16_000_000;

/// "No limit" in arrays of limits \[W\].
pub const UNLIMITED_W: u64 = u64::MAX;
