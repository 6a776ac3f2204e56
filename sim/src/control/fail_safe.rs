//! What flows while cycles are rejected: what was held for a while, then what each connector falls back to.

use super::{Controller, Grants};
use crate::charge_point::Claim;
use crate::depot::Depot;
use crate::site::Site;
use crate::view::NO_NODE;
use crate::wish::{Grant, Wish};
use balancer::units::LEAF_POWER_MAX_W;
use balancer::{LeafIx, Outcome, Rejection, Request, Requests, Strategy};

/// What is held and what is fallen back to, by connector column.
pub(super) struct FailSafe {
    hold_s: u64,
    fallback_w: Vec<u32>,
    /// Setpoints from before the first of several rejected cycles \[W\].
    held_w: Vec<u32>,
    /// Columns whose setpoints are nobody's any more, though no cycle has replaced them yet.
    released: Vec<u32>,
    rejected_since_s: Option<u64>,
    /// What each connector got in the newest cycle, while cycles are rejected.
    grants: Vec<Grant>,
}

impl FailSafe {
    pub(super) fn of(depot: &Depot, site: &Site) -> Self {
        let fallback_w = site.connectors.iter().map(|&position| depot.site[position as usize].fallback_w);
        Self {
            hold_s: u64::from(depot.hold_s),
            fallback_w: fallback_w.collect(),
            held_w: vec![0; site.connectors.len()],
            released: Vec::new(),
            rejected_since_s: None,
            grants: Vec::new(),
        }
    }

    /// What each connector got, if the newest cycle was rejected.
    pub(super) fn grants(&self) -> Option<&[Grant]> {
        self.rejected_since_s.map(|_| &self.grants[..])
    }

    pub(super) fn set_fallback_w(&mut self, column: usize, fallback_w: u32) {
        self.fallback_w[column] = fallback_w;
    }

    /// Whoever was at a column has left it, or wants nothing any more: whoever comes next holds nothing.
    pub(super) fn release(&mut self, column: usize) {
        if self.rejected_since_s.is_some() {
            self.held_w[column] = 0;
        } else {
            self.released.push(column as u32);
        }
    }

    /// A cycle was not rejected.
    pub(super) fn leave(&mut self) {
        self.rejected_since_s = None;
        self.released.clear();
    }

    /// A first cycle is rejected: what stood before it is held through all that follow.
    fn enter(&mut self, t_s: u64, grants: &Grants<'_>) {
        self.rejected_since_s = Some(t_s);
        for (column, held_w) in self.held_w.iter_mut().enumerate() {
            *held_w = grants.of(column).setpoint_w;
        }
        for column in self.released.drain(..) {
            self.held_w[column as usize] = 0;
        }
    }

    /// What each connector may have at `t_s`, before limits \[W\].
    fn power_w(&self, t_s: u64) -> &[u32] {
        let is_holding = self.rejected_since_s.is_some_and(|since_s| t_s - since_s < self.hold_s);
        if is_holding { &self.held_w } else { &self.fallback_w }
    }
}

impl Controller<'_> {
    /// Nothing new is applied: what was held (for `hold_s`), then the fallbacks, is shared fairly on the limits that are known.
    pub(super) fn run_fail_safe(&mut self, cycle: u64, t_s: u64, rejection: Rejection) {
        if self.fail_safe.rejected_since_s.is_none() {
            let grants = Grants::new(self.balancer.cycle(), &self.positions, self.charge_points.as_ref());
            self.fail_safe.enter(t_s, &grants);
        }
        let site_demand_w = self.balancer.root_demand_w(&self.limits, &self.requests);
        let safe = self.safe_requests(t_s);
        self.balancer.rebalance(Strategy::FairShare, &self.limits, &safe);
        if let Some(charge_points) = &mut self.charge_points {
            let power_w = self.fail_safe.power_w(t_s);
            charge_points.split(&self.balancer, &self.positions, |charge_points, column| {
                // Nobody gets what a sibling held, and no tier goes before another: what is safe is the same for all.
                let wish = Wish { demand_w: power_w[column], min_w: 0, tier: 0, ..self.wishes[column]? };
                Some(Claim::of(column, &wish, charge_points.within_limit_w(column)))
            });
        }
        self.keep_safe_grants();
        let mut record = self.record_of(cycle, t_s);
        record.curtailed_count = self.count_short();
        record.site_demand_w = site_demand_w;
        record.outcome = Outcome::Rejected;
        record.reason = rejection.reason;
        record.constraint = None;
        record.subject = rejection.subject;
        record.detail = Some(match record.detail.take() {
            Some(note) => format!("{}; {note}", rejection.detail),
            None => rejection.detail,
        });
        self.record = Some(record);
        self.is_dirty = true;
    }

    /// Keeps what each connector got. It was shared by what was held or fallen back to; whoever asks for no more than he got lacks nothing.
    fn keep_safe_grants(&mut self) {
        let grants = Grants::new(self.balancer.cycle(), &self.positions, self.charge_points.as_ref());
        self.fail_safe.grants.clear();
        self.fail_safe.grants.extend(self.wishes.iter().enumerate().map(|(column, wish)| {
            let grant = grants.of(column);
            let is_short = wish.is_some_and(|wish| grant.setpoint_w < wish.demand_w);
            if is_short { grant } else { Grant { constrained_by: NO_NODE, ..grant } }
        }));
    }

    /// Leaves at which somebody got less than he asks for.
    fn count_short(&self) -> u32 {
        let is_short = |column: usize| {
            self.wishes[column].is_some_and(|wish| self.fail_safe.grants[column].setpoint_w < wish.demand_w)
        };
        let count = match &self.charge_points {
            None => (0..self.wishes.len()).filter(|&column| is_short(column)).count(),
            Some(charge_points) => {
                (0..charge_points.len()).filter(|&leaf| charge_points.columns_of(leaf).any(is_short)).count()
            }
        };
        count as u32
    }

    /// What may flow at each leaf, of the connectors at which somebody wishes something. Weights stay: minima and tiers alone are left out.
    fn safe_requests(&self, t_s: u64) -> Requests {
        let power_w = self.fail_safe.power_w(t_s);
        let present_w = |column: usize| u64::from(self.wishes[column].map_or(0, |_| power_w[column]));
        let topology = self.balancer.topology();
        let mut safe = Requests::none(topology);
        for leaf in 0..topology.leaf_count() {
            let leaf_w = match &self.charge_points {
                None => present_w(leaf),
                Some(charge_points) => {
                    let columns = charge_points.columns_of(leaf);
                    columns
                        .map(|column| present_w(column).min(charge_points.within_limit_w(column).into()))
                        .sum()
                }
            };
            if leaf_w > 0 {
                let demand_w = leaf_w.min(LEAF_POWER_MAX_W.into()) as u32;
                let leaf = LeafIx::new(leaf);
                let weight = self.requests.weight(leaf);
                safe.set(leaf, Request { weight, ..Request::of(demand_w) });
            }
        }
        safe
    }
}
