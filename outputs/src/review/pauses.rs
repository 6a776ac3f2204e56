//! The longest time that a visit had to do without, with its times: without its minimum power, or without any.

use sim::ConnectorState;
use sim::view::{ConnectorColumns, NO_VISIT};

/// A time in which a visit had to do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pause {
    /// When the first cycle ran that did not grant it \[s\].
    pub(super) from_s: u64,
    /// The end of the last tick without it \[s\].
    pub(super) until_s: u64,
    /// The visit's index.
    pub(super) visit: u32,
}

/// Without what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Without {
    /// Its minimum power: what the balancer calls paused.
    Minimum,
    /// Any power, though it asked for some and its charger could give it, without being paused: on hold, or behind others.
    AnyPower,
}

/// Follows one of the two for all visits.
#[derive(Debug)]
pub(super) struct Pauses {
    without: Without,
    /// Since when each visit has to do without \[s\]; `None` for who has not.
    since_s: Vec<Option<u64>>,
    /// The longest so far; the first, of several.
    pub(super) longest: Option<Pause>,
}

impl Pauses {
    pub(super) fn new(without: Without, visits: usize) -> Self {
        Self { without, since_s: vec![None; visits], longest: None }
    }

    /// Adds the tick that began at `t_s` \[s\].
    pub(super) fn add(&mut self, connectors: &ConnectorColumns<'_>, t_s: u64, step_s: u32) {
        for (ix, &visit) in connectors.visit.iter().enumerate() {
            if visit == NO_VISIT {
                continue;
            }
            let since_s = &mut self.since_s[visit as usize];
            if !self.without.holds(connectors, ix) {
                *since_s = None;
                continue;
            }
            let pause =
                Pause { from_s: *since_s.get_or_insert(t_s), until_s: t_s + u64::from(step_s), visit };
            if self.longest.is_none_or(|longest| pause.length_s() > longest.length_s()) {
                self.longest = Some(pause);
            }
        }
    }
}

impl Without {
    fn holds(self, connectors: &ConnectorColumns<'_>, ix: usize) -> bool {
        match self {
            Self::Minimum => connectors.is_paused[ix],
            Self::AnyPower => {
                !connectors.is_paused[ix]
                    && connectors.state[ix] == ConnectorState::SuspendedEvse
                    && connectors.setpoint_w[ix] == 0
                    && connectors.demand_w[ix] > 0
            }
        }
    }
}

impl Pause {
    pub(super) fn length_s(self) -> u64 {
        self.until_s - self.from_s
    }
}
