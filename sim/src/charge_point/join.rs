//! From the wishes at a charge point's connectors to the one request that the balancer gets.

use super::Claim;
use crate::wish::Wish;
use balancer::units::{LEAF_POWER_MAX_W, WEIGHT_MAX};
use balancer::{OrderKeys, Request};

/// The request of a charge point for its connectors' wishes and claims: sums of what they can take and of their weights, the first tier, the earliest keys.
///
/// Whoever has no weight of his own counts with `weight`, the charge point's. `None` where nobody wishes anything.
pub(crate) fn join(wishes: impl Iterator<Item = (Wish, Claim)>, weight: u32) -> Option<Request> {
    let mut need = Need::default();
    let joined = wishes.map(|(wish, claim)| {
        need.add(&claim);
        Request {
            demand_w: if claim.is_stuck() { 0 } else { claim.take_w },
            min_w: 0,
            weight: if wish.weight == 0 { weight } else { wish.weight },
            tier: wish.tier,
            pausable: true,
            steps_w: Vec::new(),
            keys: wish.keys,
        }
    });
    let joined = joined.reduce(|a, b| Request {
        demand_w: (a.demand_w + b.demand_w).min(LEAF_POWER_MAX_W),
        weight: (a.weight + b.weight).min(WEIGHT_MAX),
        tier: a.tier.min(b.tier),
        keys: earliest(&a.keys, &b.keys),
        ..a
    })?;
    let min_w = need.least_w().min(joined.demand_w);
    Some(Request { min_w, pausable: need.reserved_w == 0, ..joined })
}

/// What a charge point needs at least.
#[derive(Debug, Clone, Copy, Default)]
struct Need {
    /// Sum of the minima of those who may not be paused \[W\].
    reserved_w: u64,
    /// The least minimum of those who can take anything \[W\].
    least_w: Option<u32>,
}

impl Need {
    fn add(&mut self, claim: &Claim) {
        self.reserved_w += u64::from(claim.reserved_w());
        if claim.take_w > 0 && !claim.is_stuck() {
            self.least_w = Some(self.least_w.map_or(claim.min_w, |least_w| least_w.min(claim.min_w)));
        }
    }

    /// All that may not be paused together; where there is nothing of the kind, the least with which anything runs \[W\].
    fn least_w(&self) -> u32 {
        match self.reserved_w {
            0 => self.least_w.unwrap_or(0),
            reserved_w => reserved_w.min(LEAF_POWER_MAX_W.into()) as u32,
        }
    }
}

fn earliest(a: &OrderKeys, b: &OrderKeys) -> OrderKeys {
    OrderKeys {
        arrived_s: a.arrived_s.into_iter().chain(b.arrived_s).min(),
        departs_s: a.departs_s.into_iter().chain(b.departs_s).min(),
        needs_wh: a.needs_wh.into_iter().chain(b.needs_wh).reduce(|a, b| a + b),
        soc_ppm: a.soc_ppm.into_iter().chain(b.soc_ppm).min(),
        last_served_s: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(demand_w: u32, min_w: u32, pausable: bool) -> Wish {
        let keys = OrderKeys::default();
        Wish { demand_w, min_w, weight: 0, tier: 0, pausable, keys }
    }

    #[test]
    fn a_charge_point_asks_for_what_its_connectors_can_take_and_needs_what_may_not_be_paused() {
        let (keeps, pauses) = (|min_w| wish(50_000, min_w, false), |min_w| wish(50_000, min_w, true));
        // (wishes with what each connector may carry; demand, minimum, pausable)
        let cases = [
            (vec![(pauses(30_000), 60_000), (pauses(20_000), 60_000)], (100_000, 20_000, true)),
            (vec![(keeps(30_000), 60_000), (keeps(20_000), 60_000)], (100_000, 50_000, false)),
            (vec![(keeps(30_000), 60_000), (pauses(10_000), 60_000)], (100_000, 30_000, false)),
            // What needs nothing runs with any watt.
            (vec![(keeps(0), 60_000), (pauses(10_000), 60_000)], (100_000, 0, true)),
            // Whoever asks for less than the minimum needs no more than that.
            (vec![(wish(5_000, 30_000, false), 60_000)], (5_000, 5_000, false)),
            // A connector that may carry less than is needed takes nothing, and needs nothing.
            (vec![(pauses(30_000), 20_000), (pauses(40_000), 60_000)], (50_000, 40_000, true)),
            (vec![(pauses(30_000), 20_000)], (0, 0, true)),
            // A leaf has 10 MW at most.
            (vec![(wish(6_000_000, 6_000_000, false), 10_000_000); 2], (10_000_000, 10_000_000, false)),
        ];
        for (wishes, expected) in cases {
            let claims = wishes.iter().map(|(wish, carries_w)| (*wish, Claim::of(0, wish, *carries_w)));
            let joined = join(claims, 1).expect("somebody wishes something");
            assert_eq!((joined.demand_w, joined.min_w, joined.pausable), expected, "{wishes:?}");
        }
        assert_eq!(join(std::iter::empty(), 1), None);
    }
}
