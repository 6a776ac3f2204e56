//! Connectors as they were seen last: what they showed, and what the checker knows besides.

use super::known::{Holds, Known, wrong};
use super::limits::Limits;
use super::nodes::is_above;
use crate::view::{NO_NODE, NO_VISIT, TickView};

/// One connector. Everything stands side by side, since it is looked at together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    // As it was shown.
    pub(super) visit: u32,
    pub(super) demand_w: u32,
    pub(super) setpoint_w: u32,
    pub(super) measured_w: u32,
    pub(super) constrained_by: u32,
    pub(super) is_paused: bool,
    // What follows.
    /// It got less than it asked for.
    pub(super) is_short: bool,
    /// Its meter is above its limit.
    pub(super) is_over: bool,
    /// It has changed since it was last known to be in order.
    pub(super) is_listed: bool,
    /// The node column that it names; [`NO_NODE`] for none, or a connector.
    pub(super) named: u32,
    /// What it lacks of what it could take within its own limit \[W\].
    pub(super) withheld_w: u32,
    /// A node that is known to be above it.
    pub(super) on_path: u32,
    /// Share of the metered energy that reaches the battery \[ppm\].
    pub(super) efficiency_ppm: u32,
    /// The energy in the battery, what it gains in a tick, and the most that it may reach \[J\].
    pub(super) energy_j: u64,
    pub(super) gained_j: u64,
    pub(super) most_j: u64,
}

impl Seen {
    /// Nobody is there, and nothing is said.
    pub(super) const NOTHING: Seen = Seen {
        visit: NO_VISIT,
        demand_w: 0,
        setpoint_w: 0,
        measured_w: 0,
        constrained_by: NO_NODE,
        is_paused: false,
        is_short: false,
        is_over: false,
        is_listed: false,
        named: NO_NODE,
        withheld_w: 0,
        on_path: NO_NODE,
        efficiency_ppm: 0,
        energy_j: 0,
        gained_j: 0,
        most_j: 0,
    };

    /// Takes over what a connector shows now.
    #[inline]
    pub(super) fn look(
        &mut self,
        known: &Known<'_>,
        limits: &Limits<'_>,
        view: &TickView<'_>,
        column: usize,
    ) {
        let shown = &view.connectors;
        self.demand_w = shown.demand_w[column];
        self.setpoint_w = shown.setpoint_w[column];
        self.measured_w = shown.measured_w[column];
        self.constrained_by = shown.constrained_by[column];
        self.is_paused = shown.is_paused[column];
        self.judge(known, limits, column);
    }

    /// What follows from what it shows, under the limits in force.
    #[inline]
    pub(super) fn judge(&mut self, known: &Known<'_>, limits: &Limits<'_>, column: usize) {
        let limits = limits.of_connectors();
        let could_take_w = u64::from(self.demand_w).min(limits.ev_limit_w[column]) as u32;
        self.is_short = self.setpoint_w < self.demand_w;
        self.withheld_w = could_take_w.saturating_sub(self.setpoint_w);
        self.named = known.node_column.get(self.constrained_by as usize).copied().unwrap_or(NO_NODE);
        let meter_w = i64::from(self.measured_w) + limits.base_load_w[column];
        self.is_over = is_above(meter_w, limits.limit_w[column]);
    }

    /// Somebody has come, or left.
    #[cold]
    pub(super) fn take_in(&mut self, known: &Known<'_>, view: &TickView<'_>, column: usize) -> Holds {
        self.visit = view.connectors.visit[column];
        (self.energy_j, self.most_j, self.efficiency_ppm, self.gained_j) = (0, 0, 0, 0);
        let Some(visit) = known.realization.visits.get(self.visit as usize) else { return Ok(()) };
        if visit.conduct.is_no_show || visit.arrival_s > view.t_s as i64 {
            return wrong(known.site.connectors[column], format!("visit {} should not be there", visit.id));
        }
        self.energy_j = visit.arrival_energy_j;
        self.most_j = visit.target_energy_j.max(visit.arrival_energy_j);
        self.efficiency_ppm = known.depot.vehicle_types[visit.vehicle_type as usize].efficiency_ppm;
        Ok(())
    }
}
