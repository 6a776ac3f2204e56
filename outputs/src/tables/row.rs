//! One row of a table, built in a buffer that is used again for the next.

use super::cell::{Cell, push_text};
use crate::format;

/// A row under construction: every method appends one cell.
#[derive(Debug, Default)]
pub(crate) struct Row(Vec<u8>);

impl Row {
    /// Forgets the cells and keeps the memory.
    pub(crate) fn clear(&mut self) -> &mut Self {
        self.0.clear();
        self
    }

    /// The cells so far, each with a comma behind it.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// A cell that `push` fills.
    pub(crate) fn with(&mut self, push: impl FnOnce(&mut Vec<u8>)) -> &mut Self {
        push(&mut self.0);
        self.0.push(b',');
        self
    }

    /// A cell with nothing in it.
    pub(crate) fn empty(&mut self) -> &mut Self {
        self.with(|_| ())
    }

    /// Cells made before.
    pub(crate) fn cell(&mut self, cell: &Cell) -> &mut Self {
        self.with(|out| out.extend_from_slice(cell.bytes()))
    }

    /// A name of ours that needs neither quotes nor defusing.
    pub(crate) fn word(&mut self, word: &'static str) -> &mut Self {
        self.with(|out| out.extend_from_slice(word.as_bytes()))
    }

    /// Any text; empty for `None`.
    pub(crate) fn text(&mut self, text: Option<&str>) -> &mut Self {
        self.with(|out| push_text(out, text.unwrap_or_default()))
    }

    /// A whole number.
    pub(crate) fn int(&mut self, value: u64) -> &mut Self {
        self.with(|out| format::push_u64(out, value))
    }

    /// Watts as kW; empty for no limit.
    pub(crate) fn kw(&mut self, power_w: u64) -> &mut Self {
        self.with(|out| format::push_kw(out, power_w))
    }

    /// Watts that may be negative as kW.
    pub(crate) fn kw_signed(&mut self, power_w: i64) -> &mut Self {
        self.with(|out| format::push_kw_signed(out, power_w))
    }

    /// Joules as kWh.
    pub(crate) fn kwh(&mut self, energy_j: u64) -> &mut Self {
        self.with(|out| format::push_kwh(out, energy_j))
    }

    /// Joules as kWh, where 64 bits may not hold them.
    pub(crate) fn kwh_wide(&mut self, energy_j: u128) -> &mut Self {
        self.with(|out| format::push_kwh_wide(out, energy_j))
    }

    /// The state of charge in percent.
    pub(crate) fn soc(&mut self, energy_j: u64, battery_j: u64) -> &mut Self {
        self.with(|out| format::push_percent(out, format::soc_ppm(energy_j, battery_j)))
    }

    /// `true` or `false`.
    pub(crate) fn boolean(&mut self, value: bool) -> &mut Self {
        self.with(|out| format::push_bool(out, value))
    }
}
