//! `nodes.csv`: one row per tick and node above the connectors.

use super::cell::Cell;
use super::row::Row;
use super::table::{Table, TickHead};
use super::traces::RowFilter;
use crate::clock::Clock;
use sim::{Depot, Observer, ObserverError, Realization, RunEnd, Site, TickView, Traces};
use std::io::Write;

pub(super) const COLUMNS: &str = "t_s,time,node,kind,parent,limit_kw,limit_source,base_load_kw,ev_limit_kw,demand_kw,\
    raw_demand_kw,allocated_kw,measured_kw,binding,breach";

/// Writes `nodes.csv`.
#[derive(Debug)]
pub struct NodesCsv<W> {
    table: Table<W>,
    /// `node,kind,parent` of each node.
    places: Vec<Cell>,
    filter: RowFilter,
    head: TickHead,
    row: Row,
}

impl<W: Write> NodesCsv<W> {
    /// A writer for runs of this depot.
    pub fn new(out: W, traces: Traces, depot: &Depot, _realization: &Realization, site: &Site) -> Self {
        let place = |&position: &u32| {
            let node = &depot.site[position as usize];
            let parent = node.parent.map_or("", |parent| &depot.site[parent as usize].id);
            Cell::joined([&node.id, node.kind.name(), parent])
        };
        Self {
            table: Table::new("nodes.csv", COLUMNS, out),
            places: site.nodes.iter().map(place).collect(),
            filter: RowFilter::new(traces, site.nodes.len()),
            head: TickHead::new(Clock::of(depot)),
            row: Row::default(),
        }
    }

    /// The writer, for its digest; complete once [`Observer::end`] was called.
    pub fn into_inner(self) -> W {
        self.table.into_inner()
    }
}

impl<W: Write> Observer for NodesCsv<W> {
    fn tick(&mut self, view: &TickView<'_>) -> Result<(), ObserverError> {
        if !self.filter.is_open() {
            return Ok(());
        }
        let head = self.head.at(view.t_s);
        let nodes = &view.nodes;
        for (ix, place) in self.places.iter().enumerate() {
            self.row
                .clear()
                .cell(place)
                .kw(nodes.limit_w[ix])
                .word(nodes.limit_source[ix].map_or("", |source| source.name()))
                .kw_signed(nodes.base_load_w[ix])
                .kw(nodes.ev_limit_w[ix])
                .kw(nodes.demand_w[ix])
                .kw(nodes.raw_demand_w[ix])
                .kw(nodes.allocated_w[ix])
                .kw_signed(nodes.measured_w[ix])
                .boolean(nodes.is_binding[ix])
                .boolean(nodes.is_breached[ix]);
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
