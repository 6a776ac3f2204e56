//! What became of every visit.

use crate::format;
use crate::tables::withheld::Withheld;
use sim::view::NO_NODE;
use sim::{Depot, Realization, RunEnd, Stay, TickView, Visit};
use std::cmp::Reverse;

/// Most visits with a row of their own; of more, those with the least margin.
const ROWS_MAX: usize = 120;

/// The visits of a run, known once it has ended.
#[derive(Debug)]
pub(super) struct VisitRows {
    visits: Vec<Visit>,
    batteries_j: Vec<u64>,
    withheld: Withheld,
    stays: Vec<Stay>,
    end_s: i64,
}

/// What became of a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It departed with less than what makes it ready; how much less \[J\].
    Late(u64),
    /// It had less when the run ended before its departure; how much less \[J\].
    Unfinished(u64),
    /// It had what makes it ready, when, and how long before its departure \[s\].
    Ready { ready_s: u64, margin_s: i64 },
    /// It never came.
    NoShow,
}

/// A visit, told.
#[derive(Debug, Clone, Copy)]
pub(super) struct VisitRow<'a> {
    pub(super) visit: &'a Visit,
    pub(super) stay: &'a Stay,
    pub(super) battery_j: u64,
    pub(super) fate: Fate,
    /// Position of the node that withheld most energy from it; [`NO_NODE`] for none.
    pub(super) main_constraint: u32,
}

impl VisitRows {
    pub(super) fn of(depot: &Depot, realization: &Realization) -> Self {
        let visits = &realization.visits;
        let battery_j = |visit: &Visit| depot.vehicle_types[visit.vehicle_type as usize].battery_j;
        Self {
            batteries_j: visits.iter().map(battery_j).collect(),
            withheld: Withheld::new(depot, visits.len()),
            visits: visits.clone(),
            stays: Vec::new(),
            end_s: 0,
        }
    }

    /// Adds a tick.
    pub(super) fn add(&mut self, view: &TickView<'_>) {
        self.withheld.add(view);
    }

    /// Takes over how it ended.
    pub(super) fn end(&mut self, end: &RunEnd<'_>) {
        self.stays = end.stays.to_vec();
        self.end_s = i64::try_from(end.t_s).unwrap_or(i64::MAX);
    }

    /// All visits; none before the run has ended.
    pub(super) fn all(&self) -> impl Iterator<Item = VisitRow<'_>> {
        (0..self.stays.len().min(self.visits.len())).map(|ix| self.row(ix))
    }

    fn row(&self, ix: usize) -> VisitRow<'_> {
        let (visit, stay) = (&self.visits[ix], &self.stays[ix]);
        let main_constraint = self.withheld.main_constraint(ix);
        let fate = fate(visit, stay, self.end_s);
        VisitRow { visit, stay, battery_j: self.batteries_j[ix], fate, main_constraint }
    }

    /// The visits that have rows of their own: all in order of arrival, or those with the least margin, the least first.
    pub(super) fn shown(&self) -> Vec<VisitRow<'_>> {
        let mut rows: Vec<VisitRow<'_>> = self.all().collect();
        if rows.len() <= ROWS_MAX {
            rows.sort_by_key(|row| row.visit.arrival_s);
        } else {
            rows.sort_by_key(|row| row.fate.order());
            rows.truncate(ROWS_MAX);
        }
        rows
    }
}

impl Fate {
    /// The worst first.
    fn order(self) -> (u8, i64, Reverse<u64>) {
        match self {
            Self::Late(short_j) => (0, 0, Reverse(short_j)),
            Self::Ready { margin_s, .. } => (1, margin_s, Reverse(0)),
            Self::Unfinished(short_j) => (2, 0, Reverse(short_j)),
            Self::NoShow => (3, 0, Reverse(0)),
        }
    }
}

/// As [`crate::summary::report::VisitFigures`] counts them.
fn fate(visit: &Visit, stay: &Stay, end_s: i64) -> Fate {
    let short_j = visit.ready_energy_j.saturating_sub(stay.energy_j);
    match stay.ready_s {
        _ if visit.conduct.is_no_show => Fate::NoShow,
        Some(ready_s) => Fate::Ready { ready_s, margin_s: visit.departure_s - ready_s as i64 },
        None if stay.left_s.is_some() || visit.departure_s <= end_s => Fate::Late(short_j),
        None => Fate::Unfinished(short_j),
    }
}

impl VisitRow<'_> {
    /// An energy of its battery as a state of charge \[ppm\].
    pub(super) fn soc_ppm(&self, energy_j: u64) -> u64 {
        format::soc_ppm(energy_j, self.battery_j).min(1_000_000)
    }

    /// Whether something withheld energy from it.
    pub(super) fn is_constrained(&self) -> bool {
        self.main_constraint != NO_NODE
    }
}
