//! `breaches.csv`: one row per time that a node drew more than it may.

use super::names::NodeNames;
use super::row::Row;
use super::table::Table;
use crate::clock::Clock;
use crate::error::WriteError;
use sim::breach::Breach;
use sim::{Depot, Observer, ObserverError, Realization, RunEnd, Site, TickView};
use std::io::Write;

pub(super) const COLUMNS: &str = "node,start,end,duration_s,peak_over_kw,energy_over_kwh,cause";

/// Writes `breaches.csv`, in the order in which breaches end.
#[derive(Debug)]
pub struct BreachesCsv<W> {
    table: Table<W>,
    names: NodeNames,
    clock: Clock,
    row: Row,
}

impl<W: Write> BreachesCsv<W> {
    /// A writer for runs of this depot.
    pub fn new(out: W, depot: &Depot, _realization: &Realization, _site: &Site) -> Self {
        Self {
            table: Table::new("breaches.csv", COLUMNS, out),
            names: NodeNames::of(depot),
            clock: Clock::of(depot),
            row: Row::default(),
        }
    }

    /// The writer, for its digest; complete once [`Observer::end`] was called.
    pub fn into_inner(self) -> W {
        self.table.into_inner()
    }

    fn write(&mut self, breaches: &[Breach]) -> Result<(), WriteError> {
        let clock = self.clock;
        for breach in breaches {
            self.row
                .clear()
                .cell(self.names.at(breach.node))
                .with(|out| clock.push_rfc3339(out, breach.start_s as i64))
                .with(|out| clock.push_rfc3339(out, breach.end_s as i64))
                .int(breach.end_s.saturating_sub(breach.start_s))
                .kw(breach.peak_over_w)
                .kwh(breach.energy_over_j)
                .word(breach.cause.code());
            self.table.write(&[], &self.row)?;
        }
        Ok(())
    }
}

impl<W: Write> Observer for BreachesCsv<W> {
    fn tick(&mut self, view: &TickView<'_>) -> Result<(), ObserverError> {
        Ok(self.write(view.ended_breaches)?)
    }

    fn end(&mut self, end: &RunEnd<'_>) -> Result<(), ObserverError> {
        self.write(end.ended_breaches)?;
        Ok(self.table.finish()?)
    }
}
