//! What every visit took, and how long it was paused, counted from what its connector showed while it was there.

use super::editions::News;
use super::known::{Holds, Known, wrong};
use crate::view::{ConnectorColumns, NO_VISIT, RunEnd};

/// Counters of all visits, and what connectors have shown since they were read last.
#[derive(Debug, Clone)]
pub(super) struct Counters {
    by_visit: Vec<Counted>,
    since_s: u64,
    measured_w: Vec<u32>,
    is_paused: Vec<bool>,
    any_paused: bool,
    /// Of whoever is there, what is not among the visits' yet.
    visit: Vec<u32>,
    metered_j: Vec<u64>,
    paused_s: Vec<u64>,
}

/// Of one visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Counted {
    metered_j: u64,
    paused_s: u64,
}

impl Counters {
    /// Nobody is there.
    pub(super) fn of(known: &Known<'_>) -> Self {
        let connectors = known.site.connectors.len();
        Self {
            by_visit: vec![Counted::default(); known.realization.visits.len()],
            since_s: 0,
            measured_w: vec![0; connectors],
            is_paused: vec![false; connectors],
            any_paused: false,
            visit: vec![NO_VISIT; connectors],
            metered_j: vec![0; connectors],
            paused_s: vec![0; connectors],
        }
    }

    /// Connectors show something else from `t_s` on \[s\].
    #[inline]
    pub(super) fn read(&mut self, shown: &ConnectorColumns<'_>, news: News, t_s: u64) {
        self.count(t_s);
        if news.visits {
            self.hand_over();
            self.visit.copy_from_slice(shown.visit);
        }
        self.measured_w.copy_from_slice(shown.measured_w);
        if news.pauses {
            self.is_paused.copy_from_slice(shown.is_paused);
            self.any_paused = shown.is_paused.contains(&true);
        }
    }

    /// Counts until `t_s` \[s\]. A run is too short for energy or time that do not fit.
    #[inline]
    fn count(&mut self, t_s: u64) {
        let passed_s = t_s - self.since_s;
        self.since_s = t_s;
        for (metered_j, &measured_w) in self.metered_j.iter_mut().zip(&self.measured_w) {
            *metered_j = metered_j.wrapping_add(u64::from(measured_w).wrapping_mul(passed_s));
        }
        if self.any_paused {
            for (paused_s, &is_paused) in self.paused_s.iter_mut().zip(&self.is_paused) {
                *paused_s += if is_paused { passed_s } else { 0 };
            }
        }
    }

    /// Gives the visits what was counted at their connectors.
    #[cold]
    fn hand_over(&mut self) {
        for ((&visit, metered_j), paused_s) in
            self.visit.iter().zip(&mut self.metered_j).zip(&mut self.paused_s)
        {
            let (metered_j, paused_s) = (std::mem::take(metered_j), std::mem::take(paused_s));
            if let Some(counted) = self.by_visit.get_mut(visit as usize) {
                counted.metered_j += metered_j;
                counted.paused_s += paused_s;
            }
        }
    }

    /// Every stay ends with what was counted of it.
    pub(super) fn check(&mut self, known: &Known<'_>, end: &RunEnd<'_>) -> Holds {
        self.count(end.t_s);
        self.hand_over();
        for ((counted, stay), visit) in self.by_visit.iter().zip(end.stays).zip(&known.realization.visits) {
            let told = Counted { metered_j: stay.metered_j, paused_s: stay.paused_s };
            if told != *counted {
                return wrong(
                    0,
                    format!("visit {} should end with {counted:?}, and does with {told:?}", visit.id),
                );
            }
        }
        Ok(())
    }
}
