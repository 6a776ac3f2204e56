//! The longest pause of a run, with its times.

use sim::view::{ConnectorColumns, NO_VISIT};

/// A time in which the minimum power of a visit was not granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pause {
    /// When the first cycle ran that did not grant it \[s\].
    pub(super) from_s: u64,
    /// The end of the last tick without it \[s\].
    pub(super) until_s: u64,
    /// The visit's index.
    pub(super) visit: u32,
}

/// Follows the pauses of all visits.
#[derive(Debug)]
pub(super) struct Pauses {
    /// Since when each visit is paused \[s\]; `None` for who is not.
    since_s: Vec<Option<u64>>,
    /// The longest so far; the first, of several.
    pub(super) longest: Option<Pause>,
}

impl Pauses {
    pub(super) fn new(visits: usize) -> Self {
        Self { since_s: vec![None; visits], longest: None }
    }

    /// Adds the tick that began at `t_s` \[s\].
    pub(super) fn add(&mut self, connectors: &ConnectorColumns<'_>, t_s: u64, step_s: u32) {
        for (&visit, &is_paused) in connectors.visit.iter().zip(connectors.is_paused) {
            if visit == NO_VISIT {
                continue;
            }
            let since_s = &mut self.since_s[visit as usize];
            if !is_paused {
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

impl Pause {
    pub(super) fn length_s(self) -> u64 {
        self.until_s - self.from_s
    }
}
