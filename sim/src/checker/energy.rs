//! Energy: what connectors, base load and the site as a whole took, to the joule.

use super::batteries::Batteries;
use super::known::{Holds, Known, wrong};
use super::limits::Limits;
use super::nodes::NodeSums;
use crate::view::{RunEnd, TickView};

/// Powers of all ticks so far, which are as long as each other, added up \[W\].
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Energy {
    connectors_w: i128,
    base_load_w: i128,
    site_w: i128,
}

impl Energy {
    /// Counts a tick, of which all meters are in order.
    #[inline]
    pub(super) fn count(&mut self, limits: &Limits<'_>, root: NodeSums, view: &TickView<'_>) {
        self.connectors_w += i128::from(root.drawn_w);
        self.base_load_w += i128::from(limits.of_nodes().base_load_w[0]);
        self.site_w += i128::from(view.nodes.measured_w[0]);
    }

    /// At the end of a run.
    pub(super) fn check(&self, known: &Known<'_>, batteries: &Batteries, end: &RunEnd<'_>) -> Holds {
        let energy_j = |power_w: i128| power_w * i128::from(known.depot.step_s);
        let [connectors_j, base_load_j, site_j] =
            [self.connectors_w, self.base_load_w, self.site_w].map(energy_j);
        let by_stays_j: i128 = end.stays.iter().map(|stay| i128::from(stay.metered_j)).sum();
        if by_stays_j != connectors_j {
            let what = format!("visits were delivered {by_stays_j} J, and connectors metered {connectors_j}");
            return wrong(0, what);
        }
        // Limits count what is always drawn as base load, and so does this.
        if site_j != connectors_j + base_load_j {
            let what = format!(
                "the site took {site_j} J, its connectors {connectors_j} and its base load with standby {base_load_j}"
            );
            return wrong(0, what);
        }
        let cabins_j = end.stays.iter().map(|stay| stay.preconditioned_j).sum::<u64>();
        if cabins_j != batteries.cabins_j {
            let derived_j = batteries.cabins_j;
            return wrong(0, format!("cabins should have taken {derived_j} J, and took {cabins_j}"));
        }
        Ok(())
    }
}
