//! Pauses of visits, added up stretch by stretch: ticks in which the same vehicles are paused as in the tick before only make a stretch longer.

use sim::view::{ConnectorColumns, NO_VISIT};

/// Running figures of pauses, and the stretch that is not among them yet.
#[derive(Debug)]
pub(super) struct Pauses {
    /// Pauses that began.
    pub(super) count: u64,
    /// The longest pause \[s\] and its visit: who reached it first, of several, and among those the first by connector.
    pub(super) longest: Option<(u64, u32)>,
    /// By visit, the length of the pause that lasts \[s\]; 0 for none.
    lasting_s: Vec<u64>,
    /// Length of the stretch \[s\].
    duration_s: u64,
    // What every tick of the stretch showed.
    visit: Vec<u32>,
    is_paused: Vec<bool>,
}

impl Pauses {
    /// No pauses yet.
    pub(super) fn new(visits: usize) -> Self {
        Self {
            count: 0,
            longest: None,
            lasting_s: vec![0; visits],
            duration_s: 0,
            visit: Vec::new(),
            is_paused: Vec::new(),
        }
    }

    /// Adds a tick of `step_s` \[s\].
    pub(super) fn add(&mut self, connectors: &ConnectorColumns<'_>, step_s: u32) {
        if self.is_paused != connectors.is_paused || self.visit != connectors.visit {
            self.close();
            connectors.visit.clone_into(&mut self.visit);
            connectors.is_paused.clone_into(&mut self.is_paused);
        }
        self.duration_s += u64::from(step_s);
    }

    /// Brings the stretch into the figures.
    pub(super) fn close(&mut self) {
        if self.duration_s == 0 {
            return;
        }
        for (&visit, &is_paused) in self.visit.iter().zip(&self.is_paused) {
            if visit == NO_VISIT {
                continue;
            }
            let lasting_s = &mut self.lasting_s[visit as usize];
            if !is_paused {
                *lasting_s = 0;
                continue;
            }
            self.count += u64::from(*lasting_s == 0);
            *lasting_s += self.duration_s;
            if self.longest.is_none_or(|(longest_s, _)| *lasting_s > longest_s) {
                self.longest = Some((*lasting_s, visit));
            }
        }
        self.duration_s = 0;
    }
}
