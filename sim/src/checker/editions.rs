//! Which of the connectors' columns were shown last: where nothing has changed, nothing that follows from it has to be derived again.

use crate::column::Edition;
use crate::view::ConnectorColumns;

/// What connectors showed last. That a column rests is not taken from the simulation's word: its edition tells.
#[derive(Debug, Clone, Default)]
pub(super) struct Editions {
    visit: Edition,
    demand_w: Edition,
    setpoint_w: Edition,
    measured_w: Edition,
    constrained_by: Edition,
    is_paused: Edition,
}

/// Which of these columns may show anything new.
#[derive(Debug, Clone, Copy)]
pub(super) struct News {
    pub(super) visits: bool,
    pub(super) demands: bool,
    pub(super) setpoints: bool,
    pub(super) meters: bool,
    /// Whether they are paused.
    pub(super) pauses: bool,
    /// What connectors name, or whether they are paused.
    pub(super) names: bool,
}

impl Editions {
    /// Moves on to what connectors show now; returns what of it may be new.
    #[inline]
    pub(super) fn move_to(&mut self, shown: &ConnectorColumns<'_>) -> News {
        let pauses = self.is_paused.moves_to(shown.is_paused.edition());
        News {
            visits: self.visit.moves_to(shown.visit.edition()),
            demands: self.demand_w.moves_to(shown.demand_w.edition()),
            setpoints: self.setpoint_w.moves_to(shown.setpoint_w.edition()),
            meters: self.measured_w.moves_to(shown.measured_w.edition()),
            pauses,
            names: self.constrained_by.moves_to(shown.constrained_by.edition()) || pauses,
        }
    }
}
