//! Batteries where something is built in or goes wrong: meters show what chargers do, and cabins take their part. Elsewhere the ledger adds up what
//! batteries gain.

use super::chargers::Chargers;
use super::known::{Holds, Known, wrong};
use super::limits::Limits;
use super::seen::Seen;
use crate::view::TickView;

/// What chargers let through, and what cabins took of it.
#[derive(Debug, Clone)]
pub(super) struct Batteries {
    chargers: Chargers,
    /// What cabins took so far \[J\].
    pub(super) cabins_j: u64,
}

impl Batteries {
    pub(super) fn of(known: &Known<'_>) -> Self {
        Self { chargers: Chargers::of(known), cabins_j: 0 }
    }

    /// Whether chargers follow setpoints and do nothing else.
    pub(super) fn is_plain(&self) -> bool {
        self.chargers.is_plain
    }

    #[cold]
    pub(super) fn check(
        &mut self,
        known: &Known<'_>,
        limits: &Limits<'_>,
        seen: &mut [Seen],
        view: &TickView<'_>,
    ) -> Holds {
        self.chargers.advance(known, limits, view)?;
        let step_s = u64::from(view.step_s);
        for (column, seen) in seen.iter_mut().enumerate() {
            let position = known.site.connectors[column];
            let (allowed_w, cabin_w) = (self.chargers.allowed_w[column], self.chargers.cabin_w[column]);
            let measured_w = seen.measured_w;
            if !(cabin_w..=allowed_w).contains(&measured_w) {
                let what = format!(
                    "draws {measured_w} W, of which {cabin_w} are the cabin's, where {allowed_w} may flow"
                );
                return wrong(position, what);
            }
            let share_ppm = self.chargers.share_ppm(column, seen.efficiency_ppm.into(), measured_w);
            let gained_j = u64::from(measured_w - cabin_w) * step_s * share_ppm / 1_000_000;
            seen.energy_j = (seen.energy_j + gained_j).min(seen.most_j);
            let (should_be_j, is_j) = (seen.energy_j, view.connectors.energy_j[column]);
            if is_j != should_be_j {
                let what = format!("the battery should hold {should_be_j} J, and holds {is_j}");
                return wrong(position, what);
            }
            self.cabins_j += u64::from(cabin_w) * step_s;
        }
        Ok(())
    }
}
