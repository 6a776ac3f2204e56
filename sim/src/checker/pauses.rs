//! For how long every visit was paused, counted from what its connector showed while it was there.

use super::editions::News;
use super::known::{Holds, Known, wrong};
use crate::view::{ConnectorColumns, NO_VISIT, RunEnd};

/// Times of all visits, and what connectors have shown since they were read last.
#[derive(Debug, Clone)]
pub(super) struct Pauses {
    of_visits_s: Vec<u64>,
    since_s: u64,
    is_paused: Vec<bool>,
    any_paused: bool,
    /// Of whoever is there, what is not among the visits' yet.
    visit: Vec<u32>,
    paused_s: Vec<u64>,
}

impl Pauses {
    /// Nobody is there.
    pub(super) fn of(known: &Known<'_>) -> Self {
        let connectors = known.site.connectors.len();
        Self {
            of_visits_s: vec![0; known.realization.visits.len()],
            since_s: 0,
            is_paused: vec![false; connectors],
            any_paused: false,
            visit: vec![NO_VISIT; connectors],
            paused_s: vec![0; connectors],
        }
    }

    /// Connectors show something else from `t_s` on \[s\].
    pub(super) fn read(&mut self, shown: &ConnectorColumns<'_>, news: News, t_s: u64) {
        self.count(t_s);
        if news.visits {
            self.hand_over();
            self.visit.copy_from_slice(shown.visit);
        }
        if news.pauses {
            self.is_paused.copy_from_slice(shown.is_paused);
            self.any_paused = shown.is_paused.contains(&true);
        }
    }

    /// Counts until `t_s` \[s\].
    fn count(&mut self, t_s: u64) {
        let passed_s = t_s - self.since_s;
        self.since_s = t_s;
        if self.any_paused {
            for (paused_s, &is_paused) in self.paused_s.iter_mut().zip(&self.is_paused) {
                *paused_s += if is_paused { passed_s } else { 0 };
            }
        }
    }

    /// Gives the visits what was counted at their connectors.
    fn hand_over(&mut self) {
        for (&visit, paused_s) in self.visit.iter().zip(&mut self.paused_s) {
            let paused_s = std::mem::take(paused_s);
            if let Some(of_visit_s) = self.of_visits_s.get_mut(visit as usize) {
                *of_visit_s += paused_s;
            }
        }
    }

    /// Every stay ends with what was counted of it.
    pub(super) fn check(&mut self, known: &Known<'_>, end: &RunEnd<'_>) -> Holds {
        self.count(end.t_s);
        self.hand_over();
        for ((&paused_s, stay), visit) in
            self.of_visits_s.iter().zip(end.stays).zip(&known.realization.visits)
        {
            if stay.paused_s != paused_s {
                let (id, told_s) = (&visit.id, stay.paused_s);
                return wrong(0, format!("visit {id} was paused for {paused_s} s, and ends with {told_s}"));
            }
        }
        Ok(())
    }
}
