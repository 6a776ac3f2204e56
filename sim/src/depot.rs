//! The depot as it is built: site, timing, control. Nothing here changes during a run, and nothing here is left to chance.

use crate::assignment::Assignment;
use crate::charger::Equipment;
use crate::vehicle::VehicleType;
use balancer::{Control, NodeKind, Ratings, Strategy};

/// A site and how it is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Depot {
    /// The scenario's id, `[A-Za-z0-9_-]+`.
    pub id: String,
    /// A line for people.
    pub title: String,
    /// When tick 0 begins, in seconds of Unix time.
    pub start_unix_s: i64,
    /// The offset from UTC in which times are told \[s\].
    pub utc_offset_s: i32,
    /// Length of a tick \[s\].
    pub step_s: u32,
    /// Number of ticks in a run.
    pub ticks: u32,
    /// The balancer runs on every tick whose number is a multiple of this.
    pub rebalance_every_ticks: u32,
    /// How long admission of leaves with a minimum stays fixed \[s\].
    pub rotation_slot_s: u32,
    /// How long setpoints are held after the first of several rejected cycles \[s\].
    pub hold_s: u32,
    /// How old the measurements may be that a cycle decides on \[s\]; `None` where nobody asks.
    pub max_age_s: Option<u32>,
    /// Why the site is a flat list of charge points instead of what was asked for; every cycle says so, with the limit in force.
    pub fallback_note: Option<String>,
    /// How power is shared.
    pub strategy: Strategy,
    /// Whether connectors or charge points are controlled.
    pub control: Control,
    /// The rich site model: every node, parents before children.
    pub site: Vec<SiteNode>,
    /// The connectors that vehicles may be sent to, in the order in which lanes fill; positions in `site`.
    pub lanes: Vec<u32>,
    /// Which free lane a vehicle gets.
    pub assignment: Assignment,
    /// The kinds of vehicle that visit.
    pub vehicle_types: Vec<VehicleType>,
    /// What is built into the chargers, beyond what their nodes say.
    pub equipment: Equipment,
}

/// A node of the rich site model. It is displayed as it is, and projected to a [`balancer::PowerNode`] for the cycle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteNode {
    /// The id, unique on the site.
    pub id: String,
    /// What it is.
    pub kind: NodeKind,
    /// Position of the parent in [`Depot::site`], always smaller than the node's own; `None` for the root.
    pub parent: Option<u32>,
    /// Rated limits.
    pub ratings: Ratings,
    /// Share beside siblings.
    pub weight: u32,
    /// For connectors: least power at which charging works \[W\].
    pub min_power_w: u32,
    /// For connectors: whether the balancer may set it to 0 although its minimum is positive.
    pub pausable: bool,
    /// For connectors: power that is safe when the balancer's word is missing \[W\].
    pub fallback_w: u32,
    /// Anything people want to know that no cycle needs (make, location).
    pub note: String,
}

impl Depot {
    /// Position in [`Depot::site`] of the node with this id.
    pub fn position(&self, id: &str) -> Option<u32> {
        self.site.iter().position(|node| node.id == id).map(|position| position as u32)
    }

    /// Length of the run \[s\].
    pub fn duration_s(&self) -> u64 {
        u64::from(self.step_s) * u64::from(self.ticks)
    }

    /// When a tick begins \[s\] from the start.
    pub fn tick_s(&self, tick: u32) -> u64 {
        u64::from(tick) * u64::from(self.step_s)
    }

    /// The first tick that begins at or after `at_s` \[s\]: arrivals, limits and faults count from it on. Tick 0 for what lies before the start.
    pub fn first_tick(&self, at_s: i64) -> u32 {
        u32::try_from(at_s.max(0).unsigned_abs().div_ceil(u64::from(self.step_s))).unwrap_or(u32::MAX)
    }

    /// When that tick begins \[s\] from the start, even after the run.
    pub fn first_tick_s(&self, at_s: i64) -> u64 {
        at_s.max(0).unsigned_abs().next_multiple_of(u64::from(self.step_s))
    }

    /// The tick that has begun at `at_s` \[s\]: departures count from it on.
    pub fn tick_begun(&self, at_s: i64) -> u32 {
        u32::try_from(at_s.max(0).unsigned_abs() / u64::from(self.step_s)).unwrap_or(u32::MAX)
    }

    /// When that tick began \[s\] from the start.
    pub fn tick_begun_s(&self, at_s: i64) -> u64 {
        let at_s = at_s.max(0).unsigned_abs();
        at_s - at_s % u64::from(self.step_s)
    }

    /// For how long a setpoint holds from one cycle to the next \[s\].
    pub(crate) fn cycle_s(&self) -> u32 {
        self.at_most_a_day_s(self.rebalance_every_ticks)
    }

    /// The length of some ticks \[s\]: a day, where that is less, since nobody can look further ahead; but never less than a tick.
    pub(crate) fn at_most_a_day_s(&self, ticks: u32) -> u32 {
        self.step_s.saturating_mul(ticks).min(86_400).max(self.step_s)
    }

    /// Whether a vehicle can be plugged in at this position, which the depot has: at a connector, or a charge point without any.
    pub(crate) fn is_connector(&self, position: u32) -> bool {
        match self.site[position as usize].kind {
            NodeKind::Connector => true,
            NodeKind::ChargePoint => self.site.iter().all(|node| node.parent != Some(position)),
            _ => false,
        }
    }

    /// Positions of the connectors of the charge point at `position`, or the position itself where it has none.
    pub fn connectors_of(&self, position: u32) -> Vec<u32> {
        let below: Vec<u32> = (0..self.site.len() as u32)
            .filter(|&child| self.site[child as usize].parent == Some(position))
            .collect();
        if below.is_empty() { vec![position] } else { below }
    }
}
