//! `tick-digests.csv`: what every tick did, in four short digests, so that two runs can be compared tick by tick.
//!
//! Each digest is the SHA-256 of a byte layout, cut to its first 8 bytes (16 hexadecimal digits). They are not chained:
//! a tick that differs does not make its successors differ. All numbers are little-endian and as wide as their type in
//! [`sim::TickView`]; a column is its length (`u64`) and its values; an option is a byte 0, or a byte 1 and its value;
//! a text is its length in bytes (`u64`) and its UTF-8; a boolean is one byte; an enumeration is the text of its name.
//!
//! | digest | layout |
//! |---|---|
//! | `cycle` | nothing before the first cycle; then of the newest: `cycle, t_s, outcome, reason`, option of the constraint (`node, is_pause, source, limit_w, demand_w, allocated_w, withheld_w`), `curtailed_count, paused_count, site_demand_w, site_allocated_w, subject, detail` |
//! | `nodes` | columns `limit_w, limit_source, base_load_w, ev_limit_w, demand_w, raw_demand_w, allocated_w, measured_w, is_binding, is_breached` |
//! | `connectors` | columns `visit, state, energy_j, limit_w, demand_w, setpoint_w, measured_w, constrained_by, is_paused` |
//! | `state` | number of stays, and of each `connector, plugged_in_s, left_s, energy_j, metered_j, ready_s, paused_s`, and `preconditioned_j` where it is not 0; number of events, and of each `t_s, kind, node, visit, power_w`, of `breach_began` the cause, of `out_of_service` its kind, of refusals the reason, and of `limit_met` `duration_s`; number of ended breaches, and of each `node, start_s, end_s, peak_over_w, energy_over_j, cause` (what of the energy 64 bits do not hold follows, where there is any) |

mod final_state;
mod layout;
mod realization;

pub use final_state::FinalState;
pub use realization::realization_sha256;

use crate::format;
use crate::tables::row::Row;
use crate::tables::table::Table;
use layout::Layout;
use sha2::{Digest, Sha256};
use sim::{Observer, ObserverError, RunEnd, TickView};
use std::io::Write;

pub(crate) const COLUMNS: &str = "t_s,cycle,nodes,connectors,state";

/// Length of a digest in the file \[bytes\].
const SHORT_BYTES: usize = 8;

/// Writes `tick-digests.csv`. The run's digest is the SHA-256 of that file, so give it a [`crate::HashingWriter`].
#[derive(Debug)]
pub struct TickDigests<W> {
    table: Table<W>,
    layout: Layout,
    row: Row,
}

impl<W: Write> TickDigests<W> {
    /// A writer for any run.
    pub fn new(out: W) -> Self {
        let table = Table::new("tick-digests.csv", COLUMNS, out);
        Self { table, layout: Layout::default(), row: Row::default() }
    }

    /// The writer, for its digest; complete once [`Observer::end`] was called.
    pub fn into_inner(self) -> W {
        self.table.into_inner()
    }

    fn cell(&mut self, lay_out: impl FnOnce(&mut Layout)) {
        self.layout.clear();
        lay_out(&mut self.layout);
        let digest = Sha256::digest(self.layout.bytes());
        self.row.with(|out| format::push_hex(out, &digest[..SHORT_BYTES]));
    }
}

impl<W: Write> Observer for TickDigests<W> {
    fn tick(&mut self, view: &TickView<'_>) -> Result<(), ObserverError> {
        self.row.clear().int(view.t_s);
        self.cell(|layout| view.cycle.into_iter().for_each(|cycle| layout.cycle(cycle)));
        self.cell(|layout| layout.nodes(&view.nodes));
        self.cell(|layout| layout.connectors(&view.connectors));
        self.cell(|layout| layout.state(view));
        Ok(self.table.write(&[], &self.row)?)
    }

    fn end(&mut self, _end: &RunEnd<'_>) -> Result<(), ObserverError> {
        Ok(self.table.finish()?)
    }
}
