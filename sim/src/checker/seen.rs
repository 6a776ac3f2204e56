//! Connectors as they were shown last: where nothing has changed, nothing that follows from it has to be derived again.

use crate::view::{ConnectorColumns, NO_NODE, NO_VISIT};

/// What connectors showed last, in the order of the view's columns. Nothing is taken from the simulation's word that nothing changed.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    visit: Vec<u32>,
    demand_w: Vec<u32>,
    setpoint_w: Vec<u32>,
    measured_w: Vec<u32>,
    constrained_by: Vec<u32>,
    is_paused: Vec<bool>,
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
            visit: vec![NO_VISIT; connectors],
            demand_w: vec![0; connectors],
            setpoint_w: vec![0; connectors],
            measured_w: vec![0; connectors],
            constrained_by: vec![NO_NODE; connectors],
            is_paused: vec![false; connectors],
        }
    }

    /// Takes over what connectors show now; returns what of it is new.
    #[inline]
    pub(super) fn take_over(&mut self, shown: &ConnectorColumns<'_>) -> News {
        News {
            visits: take_over(&mut self.visit, shown.visit),
            demands: take_over(&mut self.demand_w, shown.demand_w),
            setpoints: take_over(&mut self.setpoint_w, shown.setpoint_w),
            meters: take_over(&mut self.measured_w, shown.measured_w),
            names: take_over(&mut self.constrained_by, shown.constrained_by)
                | take_over(&mut self.is_paused, shown.is_paused),
        }
    }
}

/// Takes over one column; returns whether it shows anything new.
#[inline]
fn take_over<T: Copy + PartialEq>(seen: &mut [T], shown: &[T]) -> bool {
    let is_new = seen != shown;
    if is_new {
        seen.copy_from_slice(shown);
    }
    is_new
}
