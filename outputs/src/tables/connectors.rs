//! `connectors.csv`: one row per tick and connector.

use super::cell::Cell;
use super::names::{NodeNames, VisitNames, nearest_above};
use super::row::Row;
use super::table::{Table, TickHead};
use super::traces::RowFilter;
use crate::clock::Clock;
use sim::view::NO_VISIT;
use sim::{Depot, NodeKind, Observer, ObserverError, Realization, RunEnd, Site, TickView, Traces};
use std::io::Write;

pub(super) const COLUMNS: &str = "t_s,time,connector,charge_point,charger_circuit,vehicle,state,soc_pct,limit_kw,demand_kw,\
    setpoint_kw,measured_kw,constrained_by";

/// Writes `connectors.csv`.
#[derive(Debug)]
pub struct ConnectorsCsv<W> {
    table: Table<W>,
    names: NodeNames,
    visits: VisitNames,
    /// `connector,charge_point,charger_circuit` of each connector.
    places: Vec<Cell>,
    filter: RowFilter,
    head: TickHead,
    row: Row,
}

impl<W: Write> ConnectorsCsv<W> {
    /// A writer for runs of this realization on its depot.
    pub fn new(out: W, traces: Traces, depot: &Depot, realization: &Realization, site: &Site) -> Self {
        let id_above = |position, kind| {
            nearest_above(depot, position, kind).map_or("", |above| depot.site[above as usize].id.as_str())
        };
        let place = |&position: &u32| {
            Cell::joined([
                depot.site[position as usize].id.as_str(),
                id_above(position, NodeKind::ChargePoint),
                id_above(position, NodeKind::ChargerCircuit),
            ])
        };
        Self {
            table: Table::new("connectors.csv", COLUMNS, out),
            names: NodeNames::of(depot),
            visits: VisitNames::of(depot, realization),
            places: site.connectors.iter().map(place).collect(),
            filter: RowFilter::new(traces, site.connectors.len()),
            head: TickHead::new(Clock::of(depot)),
            row: Row::default(),
        }
    }

    /// The writer, for its digest; complete once [`Observer::end`] was called.
    pub fn into_inner(self) -> W {
        self.table.into_inner()
    }
}

impl<W: Write> Observer for ConnectorsCsv<W> {
    fn tick(&mut self, view: &TickView<'_>) -> Result<(), ObserverError> {
        if !self.filter.is_open() {
            return Ok(());
        }
        let head = self.head.at(view.t_s);
        let connectors = &view.connectors;
        for (ix, place) in self.places.iter().enumerate() {
            let row = self.row.clear().cell(place);
            let visit = connectors.visit[ix];
            if visit == NO_VISIT {
                row.empty().word(connectors.state[ix].name()).empty();
            } else {
                row.cell(self.visits.vehicle(visit))
                    .word(connectors.state[ix].name())
                    .soc(connectors.energy_j[ix], self.visits.battery_j(visit));
            }
            row.kw(connectors.limit_w[ix])
                .kw(u64::from(connectors.demand_w[ix]))
                .kw(u64::from(connectors.setpoint_w[ix]))
                .kw(u64::from(connectors.measured_w[ix]))
                .cell(self.names.at(connectors.constrained_by[ix]));
            if self.filter.passes(ix, self.row.bytes()) {
                self.table.write(head, &self.row)?;
            }
        }
        Ok(())
    }

    fn end(&mut self, _end: &RunEnd<'_>) -> Result<(), ObserverError> {
        Ok(self.table.finish()?)
    }
}
