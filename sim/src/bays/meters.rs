//! What connectors draw and whether they are paused, and how much that came to since their vehicles were plugged in.
//!
//! Both stay for many ticks, so that nothing is counted while they do. Until its power changes, what a meter shows is a straight line over time:
//! `start + power * time`. Where another line begins, it begins with what the meter shows:
//!
//! ```text
//!  J │        ╱──── start' + power' * t, where start' = start + (power - power') * now
//!    │      ╱
//!    └────╱──┴───── t
//!           now
//! ```

use crate::column::{Column, Edit};

/// Columns by connector.
#[derive(Debug, Clone)]
pub(crate) struct Meters {
    measured_w: Column<u32>,
    is_paused: Column<bool>,
    /// Where the lines of metered energy and of time paused start \[J, s\]. They wrap: only what is shown is more than 0.
    starts: Vec<Taken>,
    /// When what is set now begins \[s\].
    now_s: u64,
    changes: Vec<MeterChange>,
}

/// What a vehicle took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Taken {
    /// Metered energy \[J\].
    pub(crate) metered_j: u64,
    /// How long it was paused \[s\].
    pub(crate) paused_s: u64,
}

/// A connector draws something else than before.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MeterChange {
    pub(crate) column: u32,
    /// The difference \[W\].
    pub(crate) more_w: i64,
}

impl Meters {
    pub(super) fn of(connectors: usize) -> Self {
        Self {
            measured_w: Column::filled(0, connectors),
            is_paused: Column::filled(false, connectors),
            starts: vec![Taken::default(); connectors],
            now_s: 0,
            // In one tick a vehicle may become ready, leave, and another come.
            changes: Vec::with_capacity(2 * connectors),
        }
    }

    /// What connectors draw \[W\].
    pub(crate) fn measured_w(&self) -> &Column<u32> {
        &self.measured_w
    }

    pub(crate) fn is_paused(&self) -> &Column<bool> {
        &self.is_paused
    }

    /// What the vehicle at a connector has taken until `t_s` \[s\], since when nothing was set.
    pub(crate) fn taken(&self, ix: usize, t_s: u64) -> Taken {
        let Taken { metered_j, paused_s } = self.starts[ix];
        let line = |start: u64, slope: u64| start.wrapping_add(slope.wrapping_mul(t_s));
        Taken {
            metered_j: line(metered_j, self.measured_w[ix].into()),
            paused_s: line(paused_s, self.is_paused[ix].into()),
        }
    }

    /// Where what is drawn has been set to something else since [`Meters::forget_changes`], in order.
    pub(crate) fn changes(&self) -> &[MeterChange] {
        &self.changes
    }

    /// Sums have followed the changes.
    pub(crate) fn forget_changes(&mut self) {
        self.changes.clear();
    }

    /// What is set from now on begins at `t_s` \[s\].
    pub(super) fn begin(&mut self, t_s: u64) {
        self.now_s = t_s;
    }

    /// Another vehicle is plugged in, which has taken nothing yet.
    pub(super) fn restart(&mut self, ix: usize) {
        let Taken { metered_j, paused_s } = self.taken(ix, self.now_s);
        let starts = &mut self.starts[ix];
        starts.metered_j = starts.metered_j.wrapping_sub(metered_j);
        starts.paused_s = starts.paused_s.wrapping_sub(paused_s);
    }

    /// Sets what a connector draws \[W\].
    pub(crate) fn set_measured_w(&mut self, ix: usize, measured_w: u32) {
        self.edit().set(ix, measured_w);
    }

    /// To set what many connectors draw.
    #[inline(always)]
    pub(super) fn edit(&mut self) -> MetersEdit<'_> {
        let Self { measured_w, starts, changes, now_s, .. } = self;
        MetersEdit { measured_w: measured_w.edit(), starts, changes, now_s: *now_s }
    }

    /// Sets whether a connector is paused.
    #[inline]
    pub(crate) fn set_paused(&mut self, ix: usize, is_paused: bool) {
        if self.is_paused.put(ix, is_paused) {
            let start_s = &mut self.starts[ix].paused_s;
            *start_s =
                if is_paused { start_s.wrapping_sub(self.now_s) } else { start_s.wrapping_add(self.now_s) };
        }
    }
}

/// Meters that are being set.
pub(super) struct MetersEdit<'a> {
    measured_w: Edit<'a, u32>,
    starts: &'a mut [Taken],
    changes: &'a mut Vec<MeterChange>,
    now_s: u64,
}

impl MetersEdit<'_> {
    /// Sets what a connector draws \[W\].
    #[inline(always)]
    pub(super) fn set(&mut self, ix: usize, measured_w: u32) {
        let was_w = self.measured_w[ix];
        if !self.measured_w.put(ix, measured_w) {
            return;
        }
        let more_w = i64::from(measured_w).wrapping_sub(was_w.into());
        let start_j = &mut self.starts[ix].metered_j;
        *start_j = start_j.wrapping_sub((more_w as u64).wrapping_mul(self.now_s));
        self.changes.push(MeterChange { column: ix as u32, more_w });
    }
}
