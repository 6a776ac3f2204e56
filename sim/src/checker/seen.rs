//! Connectors as they were shown last: where nothing has changed, nothing that follows from it has to be derived again.

use crate::column::Counterpart;
use crate::view::{ConnectorColumns, NO_NODE, NO_VISIT};

/// What connectors showed last, in the order of the view's columns. Nothing is taken from the simulation's word that nothing changed.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    visit: Counterpart<u32>,
    demand_w: Counterpart<u32>,
    setpoint_w: Counterpart<u32>,
    measured_w: Counterpart<u32>,
    constrained_by: Counterpart<u32>,
    is_paused: Counterpart<bool>,
}

/// Which of these columns show anything new.
#[derive(Debug, Clone, Copy)]
pub(super) struct News {
    pub(super) visits: bool,
    pub(super) demands: bool,
    pub(super) setpoints: bool,
    pub(super) meters: bool,
    /// What connectors name, or whether they are paused.
    pub(super) names: bool,
}

impl Seen {
    /// Nobody is there, and nothing is said.
    pub(super) fn nothing(connectors: usize) -> Self {
        Self {
            visit: Counterpart::filled(NO_VISIT, connectors),
            demand_w: Counterpart::filled(0, connectors),
            setpoint_w: Counterpart::filled(0, connectors),
            measured_w: Counterpart::filled(0, connectors),
            constrained_by: Counterpart::filled(NO_NODE, connectors),
            is_paused: Counterpart::filled(false, connectors),
        }
    }

    /// Takes over what connectors show now; returns what of it is new.
    #[inline]
    pub(super) fn take_over(&mut self, shown: &ConnectorColumns<'_>) -> News {
        News {
            visits: self.visit.take_over(shown.visit),
            demands: self.demand_w.take_over(shown.demand_w),
            setpoints: self.setpoint_w.take_over(shown.setpoint_w),
            meters: self.measured_w.take_over(shown.measured_w),
            names: self.constrained_by.take_over(shown.constrained_by)
                | self.is_paused.take_over(shown.is_paused),
        }
    }
}
