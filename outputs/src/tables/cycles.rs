//! `cycles.csv`: one row per completed rebalance cycle.

use super::names::NodeNames;
use super::row::Row;
use super::table::{Table, TickHead};
use crate::clock::Clock;
use crate::error::WriteError;
use sim::site::NO_PARENT;
use sim::view::NO_NODE;
use sim::{CycleRecord, Depot, Observer, ObserverError, Realization, RunEnd, Site, TickView};
use std::io::Write;

pub(super) const COLUMNS: &str = "t_s,time,cycle,outcome,reason,constraining_node,limit_source,limit_kw,demand_kw,allocated_kw,\
    withheld_kw,curtailed_count,paused_count,site_demand_kw,site_allocated_kw,site_measured_kw,subject,detail";

/// Writes `cycles.csv`: `limit_kw` to `withheld_kw` are those of the constraint, `site_measured_kw` is the meter of the
/// root in the tick of the cycle.
#[derive(Debug)]
pub struct CyclesCsv<W> {
    table: Table<W>,
    names: NodeNames,
    root: Option<usize>,
    head: TickHead,
    row: Row,
}

impl<W: Write> CyclesCsv<W> {
    /// A writer for runs of this depot.
    pub fn new(out: W, depot: &Depot, _realization: &Realization, site: &Site) -> Self {
        Self {
            table: Table::new("cycles.csv", COLUMNS, out),
            names: NodeNames::of(depot),
            root: site.parents.iter().position(|&parent| parent == NO_PARENT),
            head: TickHead::new(Clock::of(depot)),
            row: Row::default(),
        }
    }

    /// The writer, for its digest; complete once [`Observer::end`] was called.
    pub fn into_inner(self) -> W {
        self.table.into_inner()
    }

    fn write(&mut self, cycle: &CycleRecord, site_measured_w: Option<i64>) -> Result<(), WriteError> {
        let constraint = cycle.constraint.as_ref();
        let row = self.row.clear();
        row.int(cycle.cycle).word(cycle.outcome.name()).word(cycle.reason.code());
        row.cell(self.names.at(constraint.map_or(NO_NODE, |constraint| constraint.node)));
        match constraint {
            Some(constraint) => row
                .word(constraint.source.map_or("", |source| source.name()))
                .kw(constraint.limit_w)
                .kw(constraint.demand_w)
                .kw(constraint.allocated_w)
                .kw(constraint.withheld_w),
            None => row.empty().empty().empty().empty().empty(),
        };
        row.int(u64::from(cycle.curtailed_count)).int(u64::from(cycle.paused_count));
        row.kw(cycle.site_demand_w).kw(cycle.site_allocated_w);
        match site_measured_w {
            Some(measured_w) => row.kw_signed(measured_w),
            None => row.empty(),
        };
        row.text(cycle.subject.as_deref()).text(cycle.detail.as_deref());
        self.table.write(self.head.at(cycle.t_s), row)
    }
}

impl<W: Write> Observer for CyclesCsv<W> {
    fn tick(&mut self, view: &TickView<'_>) -> Result<(), ObserverError> {
        if let Some(cycle) = view.cycle.filter(|_| view.is_cycle_new) {
            self.write(cycle, self.root.map(|root| view.nodes.measured_w[root]))?;
        }
        Ok(())
    }

    fn end(&mut self, _end: &RunEnd<'_>) -> Result<(), ObserverError> {
        Ok(self.table.finish()?)
    }
}
