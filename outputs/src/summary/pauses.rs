//! Pauses of visits, added up stretch by stretch: ticks in which the same vehicles are paused as in the tick before only make a stretch longer.

use sim::view::NO_VISIT;
use sim::{ConnectorColumns, Counterpart};

/// Running figures of pauses, up to the stretch that lasts.
#[derive(Debug, Clone)]
pub(super) struct Pauses {
    /// Pauses that began.
    pub(super) count: u64,
    /// The longest pause \[s\] and its visit: who reached it first, of several, and among those the first by connector.
    pub(super) longest: Option<(u64, u32)>,
    /// By visit, the length of the pause that lasts \[s\]; 0 for none.
    lasting_s: Vec<u64>,
    /// Who is there in the stretch that lasts, and who is paused.
    visit: Counterpart<u32>,
    is_paused: Counterpart<bool>,
    /// When the stretch began \[s\].
    since_s: u64,
    /// Whether anybody was paused in the stretch before.
    was_any_paused: bool,
}

impl Pauses {
    /// No pauses yet.
    pub(super) fn new(visits: usize, connectors: usize) -> Self {
        Self {
            count: 0,
            longest: None,
            lasting_s: vec![0; visits],
            visit: Counterpart::filled(NO_VISIT, connectors),
            is_paused: Counterpart::filled(false, connectors),
            since_s: 0,
            was_any_paused: false,
        }
    }

    /// Takes in who is there and who is paused from `now_s` on \[s\].
    #[inline]
    pub(super) fn see(&mut self, connectors: &ConnectorColumns<'_>, now_s: u64) {
        if !(self.visit.is(connectors.visit) && self.is_paused.is(connectors.is_paused)) {
            self.close(now_s);
            self.visit.take_over(connectors.visit);
            self.is_paused.take_over(connectors.is_paused);
        }
    }

    /// Brings the stretch that ends at `now_s` \[s\] into the figures.
    pub(super) fn close(&mut self, now_s: u64) {
        let duration_s = now_s - self.since_s;
        self.since_s = now_s;
        let is_any_paused = self.is_paused.contains(&true);
        // Most depots never pause anybody.
        if duration_s == 0 || !(is_any_paused || self.was_any_paused) {
            return;
        }
        self.was_any_paused = is_any_paused;
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
            *lasting_s += duration_s;
            if self.longest.is_none_or(|(longest_s, _)| *lasting_s > longest_s) {
                self.longest = Some((*lasting_s, visit));
            }
        }
    }
}
