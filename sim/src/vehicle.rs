//! Vehicles: batteries, charging curves and what one tick of charging does to them.

/// A kind of vehicle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VehicleType {
    /// The id that visits name.
    pub id: String,
    /// Usable battery capacity \[J\].
    pub battery_j: u64,
    /// Share of the metered energy that reaches the battery \[ppm\].
    pub efficiency_ppm: u32,
    /// Least power at which it charges \[W\]; the connector's own minimum counts too.
    pub min_power_w: u32,
    /// Power at the connector over the state of charge: from 0 to 1,000,000 ppm, strictly ascending in SoC.
    pub curve: Vec<CurvePoint>,
}

/// A knot of a charging curve, which is linear between knots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CurvePoint {
    /// State of charge \[ppm\].
    pub soc_ppm: u32,
    /// Power at the connector \[W\].
    pub power_w: u32,
}
