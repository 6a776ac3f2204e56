//! Everything that chance decides, decided: a run is a plain function of a [`crate::Depot`] and a [`Realization`].

use crate::charger::ChargerStep;
use crate::conduct::Conduct;
use crate::feed::FeedStep;
use crate::outage::OutageStep;
use crate::overrides::OverrideStep;
use crate::site_step::SiteStep;

/// Visits, and steps of what limits the site.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Realization {
    /// Every visit, in order of arrival; ties keep their order.
    pub visits: Vec<Visit>,
    /// Changes of operating envelopes, in order of time; of two at the same tick for the same window the later one holds.
    pub envelope_steps: Vec<EnvelopeStep>,
    /// Changes of base loads, in order of time.
    pub base_load_steps: Vec<BaseLoadStep>,
    /// Changes of site data, in order of time.
    pub site_steps: Vec<SiteStep>,
    /// Outages that begin and end, in order of time.
    pub outage_steps: Vec<OutageStep>,
    /// What feeds of envelopes are worth, in order of time.
    pub feed_steps: Vec<FeedStep>,
    /// Times in which no measurement reaches the balancer, in order of time, without overlap.
    pub silences: Vec<Silence>,
    /// What goes wrong at chargers, and is mended, in order of time.
    pub charger_steps: Vec<ChargerStep>,
    /// What operators order, in order of time.
    pub overrides: Vec<OverrideStep>,
}

/// A time in which no measurement reaches the balancer: what it knows grows older, until it is too old to decide on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Silence {
    /// The first second without measurements, from the start.
    pub from_s: i64,
    /// The second from which they arrive again.
    pub to_s: i64,
}

/// A vehicle's stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// The visit's id, unique in the realization.
    pub id: String,
    /// The vehicle's id; the same vehicle may come again.
    pub vehicle: String,
    /// Position in [`crate::Depot::vehicle_types`].
    pub vehicle_type: u32,
    /// Arrival \[s\] from the start; it counts from the first tick that begins at or after it.
    pub arrival_s: i64,
    /// Departure \[s\] from the start; it counts from the tick that has begun by then.
    pub departure_s: i64,
    /// Energy in the battery on arrival \[J\].
    pub arrival_energy_j: u64,
    /// Energy at which charging stops \[J\].
    pub target_energy_j: u64,
    /// Energy with which the vehicle is ready to leave \[J\]: the target, or less where its next block needs less.
    pub ready_energy_j: u64,
    /// Time from arrival until it asks for a connector \[s\].
    pub plug_in_delay_s: u32,
    /// Position in [`crate::Depot::site`] of the connector it must use; `None` for one that [`crate::Depot::assignment`] chooses.
    pub connector: Option<u32>,
    /// Position in [`crate::Depot::site`] of the connector that it would rather be near to.
    pub home: Option<u32>,
    /// Priority tier, lower first.
    pub tier: u32,
    /// Share beside others; 0 for that of the connector, or of the charge point where that is controlled as a whole.
    pub weight: u32,
    /// What does not go as planned, and what it wants beside charging.
    pub conduct: Conduct,
}

impl Visit {
    /// When its stay ends \[s\] from the start: on departure, or when somebody pulls the plug.
    pub fn leaves_s(&self) -> i64 {
        self.conduct.unplugged_s.map_or(self.departure_s, |at_s| at_s.min(self.departure_s))
    }
}

/// How an envelope counts base load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EnvelopeBasis {
    /// On metered import: base load counts against it (CSIP-AUS `opModImpLimW`).
    Import,
    /// On EV power alone (CSIP-AUS `opModLoadLimW`).
    Load,
}

/// An operating envelope begins, changes or ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvelopeStep {
    /// When \[s\] from the start; it counts from the first tick that begins at or after it.
    pub at_s: i64,
    /// Which envelope: windows with different ids overlap, and the least one counts.
    pub envelope: String,
    /// Position in [`crate::Depot::site`].
    pub node: u32,
    /// What it counts.
    pub basis: EnvelopeBasis,
    /// The limit from now on \[W\]; `None` when it ends.
    pub limit_w: Option<u64>,
}

/// A base load changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseLoadStep {
    /// When \[s\] from the start; it counts from the first tick that begins at or after it.
    pub at_s: i64,
    /// Position in [`crate::Depot::site`].
    pub node: u32,
    /// The node's own base load from now on \[W\]; negative for generation.
    pub power_w: i64,
}
