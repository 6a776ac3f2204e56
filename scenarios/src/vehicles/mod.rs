//! Vehicles: generated fleets, visits from tables, what they do, and orders for them.

pub(crate) mod conduct;
pub(crate) mod demand_signal;
pub(crate) mod fleet;
pub(crate) mod fleet_file;
pub(crate) mod override_record;
pub(crate) mod visits;
pub(crate) mod visits_csv;
