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

    /// Takes over what connectors show now; returns what of it is new.
    #[inline]
    pub(super) fn take_over(&mut self, shown: &ConnectorColumns<'_>) -> News {
        News {
            visits: take(&mut self.visit, shown.visit),
            demands: take(&mut self.demand_w, shown.demand_w),
            setpoints: take(&mut self.setpoint_w, shown.setpoint_w),
            meters: take(&mut self.measured_w, shown.measured_w),
            names: take(&mut self.constrained_by, shown.constrained_by)
                | take(&mut self.is_paused, shown.is_paused),
        }
    }
}

#[inline]
fn take<T: Copy + PartialEq>(seen: &mut [T], shown: &[T]) -> bool {
    let is_new = seen != shown;
    if is_new {
        seen.copy_from_slice(shown);
    }
    is_new
}

/// Which columns of the connectors show anything else than in the tick before.
#[derive(Debug, Clone, Copy)]
pub(super) struct News {
    pub(super) visits: bool,
    pub(super) demands: bool,
    pub(super) setpoints: bool,
    pub(super) meters: bool,
    /// Who is named, or who is paused.
    pub(super) names: bool,
}

impl News {
    /// Everything may follow anew, since limits are others.
    pub(super) const ALL: Self =
        Self { visits: true, demands: true, setpoints: true, meters: true, names: true };

    /// Whether a cycle has promised anything else.
    pub(super) fn is_of_promises(self) -> bool {
        self.visits | self.demands | self.setpoints | self.names
    }
}
