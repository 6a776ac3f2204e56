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

    /// Takes over what connectors show now; returns whether that is anything new.
    #[inline]
    pub(super) fn take_over(&mut self, shown: &ConnectorColumns<'_>) -> bool {
        let is_same = self.setpoint_w == shown.setpoint_w
            && self.demand_w == shown.demand_w
            && self.measured_w == shown.measured_w
            && self.constrained_by == shown.constrained_by
            && self.visit == shown.visit
            && self.is_paused == shown.is_paused;
        if is_same {
            return false;
        }
        self.visit.copy_from_slice(shown.visit);
        self.demand_w.copy_from_slice(shown.demand_w);
        self.setpoint_w.copy_from_slice(shown.setpoint_w);
        self.measured_w.copy_from_slice(shown.measured_w);
        self.constrained_by.copy_from_slice(shown.constrained_by);
        self.is_paused.copy_from_slice(shown.is_paused);
        true
    }
}
