//! Between two cycles: whoever was granted something keeps it, or loses it to the end of a stay, to an outage, to an order; nobody is granted anything else.

use super::known::{Holds, Known, wrong};
use crate::column::Counterpart;
use crate::view::{NO_NODE, TickView};

/// What connectors showed in the tick before.
#[derive(Debug, Clone)]
pub(super) struct Granted {
    setpoint_w: Counterpart<u32>,
    constrained_by: Counterpart<u32>,
    is_paused: Counterpart<bool>,
}

impl Granted {
    /// Nothing.
    pub(super) fn of(connectors: usize) -> Self {
        Self {
            setpoint_w: Counterpart::filled(0, connectors),
            constrained_by: Counterpart::filled(NO_NODE, connectors),
            is_paused: Counterpart::filled(false, connectors),
        }
    }

    /// A cycle has granted anew.
    #[inline]
    pub(super) fn take_over(&mut self, view: &TickView<'_>) {
        let shown = &view.connectors;
        self.setpoint_w.take_over(shown.setpoint_w);
        self.constrained_by.take_over(shown.constrained_by);
        self.is_paused.take_over(shown.is_paused);
    }

    /// A tick without a cycle.
    #[inline]
    pub(super) fn check(&mut self, known: &Known<'_>, view: &TickView<'_>) -> Holds {
        let shown = &view.connectors;
        let is_as_before = self.setpoint_w.is(shown.setpoint_w)
            && self.constrained_by.is(shown.constrained_by)
            && self.is_paused.is(shown.is_paused);
        if is_as_before { Ok(()) } else { self.check_each(known, view) }
    }

    #[cold]
    fn check_each(&mut self, known: &Known<'_>, view: &TickView<'_>) -> Holds {
        let shown = &view.connectors;
        // Whoever loses power to an outage names it, though it may be over by the end of the same tick.
        let was_out = |node: u32| {
            let steps = &known.realization.outage_steps;
            steps.iter().any(|step| step.is_out && step.node == node && known.has_begun(step.at_s, view.tick))
        };
        for (column, &position) in known.site.connectors.iter().enumerate() {
            let had = (self.setpoint_w[column], self.constrained_by[column], self.is_paused[column]);
            let has = (shown.setpoint_w[column], shown.constrained_by[column], shown.is_paused[column]);
            let has_lost_it = has.0 == 0 && !has.2 && (has.1 == NO_NODE || was_out(has.1));
            if has != had && !has_lost_it {
                let what =
                    format!("setpoint, name and pause are {has:?} between two cycles, and were {had:?}");
                return wrong(position, what);
            }
        }
        self.take_over(view);
        Ok(())
    }
}
