//! Batteries: where chargers only follow setpoints, nobody draws more than his, and batteries gain of what meters count. Where something is built in
//! or goes wrong, meters show what chargers do, and cabins take their part.

use super::chargers::Chargers;
use super::curves::Curves;
use super::known::{Holds, Known, wrong};
use super::ledger::Ledger;
use super::limits::Limits;
use super::nodes::Nodes;
use crate::view::{RunEnd, TickView};

/// What chargers let through, and what cabins took of it.
#[derive(Debug, Clone)]
pub(super) struct Batteries {
    chargers: Chargers,
    ledger: Ledger,
    /// Where what vehicles ask for and draw follows from their curves alone: those.
    curves: Option<Curves>,
    /// What cabins took so far \[J\].
    pub(super) cabins_j: u64,
}

impl Batteries {
    pub(super) fn of(known: &Known<'_>) -> Self {
        let chargers = Chargers::of(known);
        let curves = chargers.is_plain.then(|| Curves::of(known)).flatten();
        Self { chargers, ledger: Ledger::of(known), curves, cabins_j: 0 }
    }

    /// A tick has passed; `have_visits_changed` if anybody has come or left.
    #[inline]
    pub(super) fn check(
        &mut self,
        known: &Known<'_>,
        limits: &Limits<'_>,
        (nodes, have_visits_changed): (&Nodes, bool),
        view: &TickView<'_>,
    ) -> Holds {
        self.ledger.take_in(known, have_visits_changed, view)?;
        if !self.chargers.is_plain {
            return self.check_chargers(known, limits, view);
        }
        if nodes.any_draws_more() {
            tell_who_draws_more(known, view)?;
        }
        self.ledger.pass(known, nodes.root().drawn_w > 0, view)?;
        self.curves.as_ref().map_or(Ok(()), |curves| curves.check(known, limits, view))
    }

    /// At the end of a run.
    pub(super) fn check_end(&mut self, known: &Known<'_>, end: &RunEnd<'_>) -> Holds {
        self.ledger.check_stays(known, end)
    }

    #[cold]
    fn check_chargers(&mut self, known: &Known<'_>, limits: &Limits<'_>, view: &TickView<'_>) -> Holds {
        self.chargers.advance(known, limits, view)?;
        let step_s = u64::from(view.step_s);
        for (column, &measured_w) in view.connectors.measured_w.iter().enumerate() {
            let (allowed_w, cabin_w) = (self.chargers.allowed_w[column], self.chargers.cabin_w[column]);
            if !(cabin_w..=allowed_w).contains(&measured_w) {
                let what = format!(
                    "draws {measured_w} W, of which {cabin_w} are the cabin's, where {allowed_w} may flow"
                );
                return wrong(known.site.connectors[column], what);
            }
            let of_vehicle_ppm = self.ledger.efficiency_ppm(column).into();
            let gained_j = |power_w: u32| {
                let share_ppm = self.chargers.share_ppm(column, of_vehicle_ppm, power_w + cabin_w);
                u64::from(power_w) * step_s * share_ppm / 1_000_000
            };
            self.ledger.gain(known, view, (column, measured_w - cabin_w), gained_j)?;
            self.cabins_j += u64::from(cabin_w) * step_s;
        }
        Ok(())
    }
}

/// Chargers that only follow setpoints let through no more than these.
#[cold]
fn tell_who_draws_more(known: &Known<'_>, view: &TickView<'_>) -> Holds {
    let shown = &view.connectors;
    let mut meters = shown.measured_w.iter().zip(shown.setpoint_w);
    let Some(column) = meters.position(|(measured_w, setpoint_w)| measured_w > setpoint_w) else {
        return Ok(());
    };
    let (measured_w, setpoint_w) = (shown.measured_w[column], shown.setpoint_w[column]);
    wrong(known.site.connectors[column], format!("draws {measured_w} W on a setpoint of {setpoint_w} W"))
}
