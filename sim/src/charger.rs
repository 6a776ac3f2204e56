//! Chargers that do not obey at once: what is built in, and what goes wrong with it during a run.
//!
//! ```text
//!  setpoint ──latency──> followed (rounded down to modules) ──ramp──> output limit ──> vehicle takes what it can below it
//!     └ not heard while offline: the last one holds, after a timeout the fallback
//! ```
//!
//! Measured power is at the connector's AC meter. Of it the battery gains charger efficiency times vehicle efficiency.

/// What is built into the chargers of a depot; nothing of it by default, and then it costs nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Equipment {
    /// Connectors that do not obey at once or lose power on the way; at most one entry for each.
    pub chargers: Vec<Charger>,
    /// What charge points draw all the time, whether or not a vehicle is there.
    pub standby: Vec<Standby>,
    /// Positions in [`crate::Depot::site`] of charge points that, controlled as a whole, serve their connectors in order of arrival.
    pub first_come: Vec<u32>,
    /// What the balancer is told of the demand.
    pub demand_signal: DemandSignal,
}

/// What is built into one connector's charger. The default obeys at once and loses nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Charger {
    /// Position in [`crate::Depot::site`] of the connector.
    pub node: u32,
    /// Time from the cycle until a setpoint counts \[s\].
    pub latency_s: u32,
    /// How fast the output limit rises \[W per minute\]; at once, if `None`. It moves once a second, at the second's end.
    pub ramp_up_w_per_min: Option<u32>,
    /// How fast the output limit falls \[W per minute\]; at once, if `None`.
    pub ramp_down_w_per_min: Option<u32>,
    /// Share of metered power that leaves the charger; all of it, if there are no points.
    pub efficiency: Vec<EfficiencyPoint>,
    /// Power of a module \[W\]: the limit that is followed is a multiple of it, rounded down; 0 for any power.
    pub module_w: u32,
    /// After how long without a word the fallback limit holds \[s\]; the last setpoint holds for ever, if `None`.
    pub offline_timeout_s: Option<u32>,
}

/// A point of a charger's efficiency over its measured power: linear between points, constant beyond the first and the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EfficiencyPoint {
    /// Measured power \[W\]; strictly ascending.
    pub power_w: u32,
    /// Share that leaves the charger \[ppm\], above 0.
    pub share_ppm: u32,
}

/// What a charge point draws all the time: metered there, and counted as base load in all limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standby {
    /// Position in [`crate::Depot::site`] of the charge point.
    pub node: u32,
    /// The power \[W\].
    pub power_w: u32,
}

/// What the balancer is told that a vehicle could take. It draws what it can below the setpoint, whatever was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DemandSignal {
    /// The most it takes at any moment until the next cycle, if it is let: what it takes at this state of charge, and more where the curve still rises.
    #[default]
    True,
    /// The largest power of its curve, until it has its target.
    Rated,
    /// What it drew in the tick before and a margin, at most the largest power of its curve; that, while it has drawn nothing yet.
    Measured {
        /// The margin \[W\].
        margin_w: u32,
    },
}

/// Something changes at a charger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChargerStep {
    /// When \[s\] from the start; it counts from the first tick that begins at or after it.
    pub at_s: i64,
    /// Position in [`crate::Depot::site`] of the connector, or of a charge point for all of its connectors.
    pub node: u32,
    /// What.
    pub change: ChargerChange,
}

/// What changes at a charger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChargerChange {
    /// It hears no setpoints any more. What was sent before still arrives; a vehicle that comes now is charged at the fallback limit.
    Offline,
    /// It hears them again, beginning with the newest.
    Online,
    /// The connector gives no power. A vehicle there stays plugged in and waits; nobody else is sent to it.
    OutOfService(OutageKind),
    /// It works again.
    InService,
    /// It accepts setpoints and does not apply them: the vehicle draws what it takes, up to the largest rating that the connector ever had.
    SetpointsIgnored,
    /// It applies them again.
    SetpointsObeyed,
}

/// Why a connector gives no power, in OCPP's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutageKind {
    /// It was taken out of service.
    Unavailable,
    /// It broke.
    Faulted,
}

impl OutageKind {
    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unavailable => "unavailable",
            Self::Faulted => "faulted",
        }
    }
}

impl Charger {
    /// The charger of the connector at this position that obeys at once and loses nothing.
    pub fn ideal(node: u32) -> Self {
        Self { node, ..Self::default() }
    }

    /// Share of the metered power that leaves the charger at this measured power \[ppm\], rounded down between points.
    pub fn share_ppm(&self, power_w: u32) -> u32 {
        let points = &self.efficiency[..];
        let (Some(first), Some(last)) = (points.first(), points.last()) else { return 1_000_000 };
        let Some(above) = points.iter().position(|point| point.power_w > power_w) else {
            return last.share_ppm;
        };
        let Some(low) = above.checked_sub(1).map(|below| points[below]) else { return first.share_ppm };
        let high = points[above];
        let along_w = i64::from(power_w - low.power_w);
        let change_ppm = i64::from(high.share_ppm) - i64::from(low.share_ppm);
        let share_ppm = i64::from(low.share_ppm)
            + (along_w * change_ppm).div_euclid(i64::from(high.power_w - low.power_w));
        share_ppm as u32
    }

    /// What a setpoint becomes in modules \[W\].
    pub fn in_modules_w(&self, setpoint_w: u32) -> u32 {
        if self.module_w == 0 { setpoint_w } else { setpoint_w - setpoint_w % self.module_w }
    }
}
