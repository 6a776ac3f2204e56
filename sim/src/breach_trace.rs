//! What brought a breach about: traced from who draws more than was granted, and from what took room away.

use crate::bays::Bays;
use crate::breach::BreachCause;
use crate::limit_step::LimitWatch;
use crate::site::Site;
use crate::special_bays::{Disobedience, SpecialBays};
use crate::totals::Totals;
use balancer::Strategy;

/// What is known when a breach begins.
#[derive(Clone, Copy)]
pub(crate) struct Circumstances<'a> {
    pub(crate) strategy: Strategy,
    pub(crate) is_rejected: bool,
    /// When the newest cycle ran \[s\].
    pub(crate) cycle_s: u64,
    pub(crate) site: &'a Site,
    pub(crate) bays: &'a Bays,
    pub(crate) special: &'a SpecialBays,
    pub(crate) limit_watch: &'a LimitWatch,
}

impl Circumstances<'_> {
    /// The cause of a breach at a node column.
    ///
    /// Chargers that are on their way to their setpoints are excused first: what would be a breach without them has another cause.
    pub(crate) fn cause(&self, node: usize, totals: &Totals) -> BreachCause {
        let (base_load_w, limit_w) = (totals.base_load_w[node], totals.limit_w[node]);
        if base_load_w > 0 && base_load_w.unsigned_abs() > limit_w {
            return BreachCause::BaseLoad;
        }
        if self.strategy == Strategy::Uncontrolled {
            return BreachCause::Uncontrolled;
        }
        let squeezed = self.limit_watch.squeezed_since(node, self.cycle_s);
        if totals.allocated_w[node] > totals.ev_limit_w[node] {
            return match (self.is_rejected, squeezed) {
                (true, _) => BreachCause::NotApplied,
                (false, cause) => cause.unwrap_or(BreachCause::BaseLoad),
            };
        }
        let over_w = totals.measured_w[node].max(0).unsigned_abs().saturating_sub(limit_w);
        let above = |wanted: Disobedience| {
            let all = self.special.disobedience(self.bays, self.site.connectors_below[node]);
            all.filter(|(why, _)| *why == wanted).map(|(_, over_w)| over_w).sum::<u64>()
        };
        let (offline_w, ignored_w) = (above(Disobedience::Offline), above(Disobedience::Ignoring));
        if over_w > above(Disobedience::Lagging) {
            return if offline_w >= ignored_w {
                BreachCause::ChargerOffline
            } else {
                BreachCause::NotApplied
            };
        }
        // What counts now was sent up to a latency ago, before whatever took room since then.
        let sent_s = self.cycle_s.saturating_sub(self.special.longest_latency_s());
        self.limit_watch.squeezed_since(node, sent_s).unwrap_or(BreachCause::ChargerLag)
    }
}
