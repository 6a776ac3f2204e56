//! `visits.csv`: one row per visit, written when the run has ended.

use super::names::{NodeNames, VisitNames};
use super::row::Row;
use super::table::Table;
use super::withheld::Withheld;
use crate::clock::Clock;
use crate::error::WriteError;
use crate::format;
use sim::{Depot, Observer, ObserverError, Realization, RunEnd, Site, Stay, TickView, Visit};
use std::io::Write;

pub(super) const COLUMNS: &str = "visit,vehicle,connector,arrival,plugged_in,departure,battery_kwh,soc_arrival_pct,soc_target_pct,\
    soc_departure_pct,delivered_kwh,shortfall_kwh,ready,ready_at,margin_min,paused_s,main_constraint";

/// Writes `visits.csv` in the order of the realization.
///
/// `arrival` and `departure` are the times as drawn, `plugged_in` and `ready_at` times of ticks. `delivered_kwh` is
/// metered; `shortfall_kwh` is what the battery lacks of what makes the vehicle ready
/// (its target, or what its next block needs), and `ready`, `ready_at` and `margin_min` speak of the same. A visit that never found a connector keeps its
/// arrival's state of charge. `main_constraint` is the node that withheld most energy over the stay.
#[derive(Debug)]
pub struct VisitsCsv<W> {
    table: Table<W>,
    names: NodeNames,
    vehicles: VisitNames,
    visits: Vec<Visit>,
    withheld: Withheld,
    clock: Clock,
    row: Row,
}

impl<W: Write> VisitsCsv<W> {
    /// A writer for runs of this realization on its depot.
    pub fn new(out: W, depot: &Depot, realization: &Realization, _site: &Site) -> Self {
        Self {
            table: Table::new("visits.csv", COLUMNS, out),
            names: NodeNames::of(depot),
            vehicles: VisitNames::of(depot, realization),
            visits: realization.visits.clone(),
            withheld: Withheld::new(depot, realization.visits.len()),
            clock: Clock::of(depot),
            row: Row::default(),
        }
    }

    /// The writer, for its digest; complete once [`Observer::end`] was called.
    pub fn into_inner(self) -> W {
        self.table.into_inner()
    }

    fn write(&mut self, ix: usize, stay: &Stay) -> Result<(), WriteError> {
        let (clock, visit) = (self.clock, &self.visits[ix]);
        let battery_j = self.vehicles.battery_j(ix as u32);
        let row = self.row.clear();
        row.text(Some(&visit.id)).cell(self.vehicles.vehicle(ix as u32)).cell(self.names.at(stay.connector));
        row.with(|out| clock.push_rfc3339(out, visit.arrival_s))
            .with(|out| push_time(out, clock, stay.plugged_in_s))
            .with(|out| clock.push_rfc3339(out, visit.departure_s));
        row.kwh(battery_j)
            .soc(visit.arrival_energy_j, battery_j)
            .soc(visit.target_energy_j, battery_j)
            .soc(stay.energy_j, battery_j)
            .kwh(stay.metered_j)
            .kwh(visit.ready_energy_j.saturating_sub(stay.energy_j));
        row.boolean(stay.ready_s.is_some()).with(|out| push_time(out, clock, stay.ready_s));
        match stay.ready_s {
            Some(ready_s) => row.with(|out| format::push_minutes(out, visit.departure_s - ready_s as i64)),
            None => row.empty(),
        };
        row.int(stay.paused_s).cell(self.names.at(self.withheld.main_constraint(ix)));
        self.table.write(&[], row)
    }
}

impl<W: Write> Observer for VisitsCsv<W> {
    fn tick(&mut self, view: &TickView<'_>) -> Result<(), ObserverError> {
        self.withheld.add(view);
        Ok(())
    }

    fn end(&mut self, end: &RunEnd<'_>) -> Result<(), ObserverError> {
        for (ix, stay) in end.stays.iter().enumerate() {
            self.write(ix, stay)?;
        }
        Ok(self.table.finish()?)
    }
}

fn push_time(out: &mut Vec<u8>, clock: Clock, t_s: Option<u64>) {
    if let Some(t_s) = t_s {
        clock.push_rfc3339(out, t_s as i64);
    }
}
