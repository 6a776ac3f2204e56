//! What brought a breach about: traced from who draws more than was granted, and from what took room away.

use crate::bays::Bays;
use crate::breach::BreachCause;
use crate::breaches::WatchedConnector;
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

/// A node or connector that is above its limit \[W\].
#[derive(Clone, Copy)]
pub(crate) struct Place {
    /// Its node column; for connectors, those follow all nodes.
    place: usize,
    /// The connectors below it, or itself.
    columns: (u32, u32),
    base_load_w: i64,
    limit_w: u64,
    ev_limit_w: u64,
    allocated_w: u64,
    measured_w: i64,
}

impl Place {
    pub(crate) fn of_node(node: usize, totals: &Totals, site: &Site) -> Self {
        Self {
            place: node,
            columns: site.connectors_below[node],
            base_load_w: totals.base_load_w[node],
            limit_w: totals.limit_w[node],
            ev_limit_w: totals.ev_limit_w[node],
            allocated_w: totals.allocated_w[node],
            measured_w: totals.measured_w[node],
        }
    }

    pub(crate) fn of_connector(connector: &WatchedConnector, bays: &Bays, site: &Site) -> Self {
        let WatchedConnector { column, limit_w, base_load_w, .. } = *connector;
        let ix = column as usize;
        let left_w = i128::from(limit_w) - i128::from(base_load_w);
        Self {
            place: site.nodes.len() + ix,
            columns: (column, column + 1),
            base_load_w,
            limit_w,
            ev_limit_w: left_w.max(0) as u64,
            allocated_w: u64::from(bays.setpoint_w[ix]),
            measured_w: i64::from(bays.meters.measured_w()[ix]) + base_load_w,
        }
    }
}

impl Circumstances<'_> {
    /// The cause of a breach.
    ///
    /// Chargers that are on their way to their setpoints are excused first: what would be a breach without them has another cause.
    pub(crate) fn cause(&self, at: Place) -> BreachCause {
        if at.base_load_w > 0 && at.base_load_w.unsigned_abs() > at.limit_w {
            return BreachCause::BaseLoad;
        }
        if self.strategy == Strategy::Uncontrolled {
            return BreachCause::Uncontrolled;
        }
        let squeezed = self.limit_watch.squeezed_since(at.place, self.cycle_s);
        if at.allocated_w > at.ev_limit_w {
            return match (self.is_rejected, squeezed) {
                (true, _) => BreachCause::NotApplied,
                (false, cause) => cause.unwrap_or(BreachCause::BaseLoad),
            };
        }
        let over_w = at.measured_w.max(0).unsigned_abs().saturating_sub(at.limit_w);
        let above = |wanted: Disobedience| {
            let all = self.special.disobedience(self.bays, at.columns);
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
        self.limit_watch.squeezed_since(at.place, sent_s).unwrap_or(BreachCause::ChargerLag)
    }
}
