//! The orders in which greedy strategies serve leaves; leaves without the key come last, and tree order breaks ties.

use crate::request::Requests;
use crate::work::Work;
use std::cmp::Ordering;

/// Compares two leaves of one tier.
pub(crate) type Order = fn(&Requests, &Work, usize, usize) -> Ordering;

/// `first-come`: by arrival.
pub(crate) fn first_come(requests: &Requests, _: &Work, a: usize, b: usize) -> Ordering {
    missing_last(requests.keys[a].arrived_s, requests.keys[b].arrived_s)
}

/// `earliest-departure`: by departure.
pub(crate) fn earliest_departure(requests: &Requests, _: &Work, a: usize, b: usize) -> Ordering {
    missing_last(requests.keys[a].departs_s, requests.keys[b].departs_s)
}

/// `lowest-soc`: by state of charge.
pub(crate) fn lowest_soc(requests: &Requests, _: &Work, a: usize, b: usize) -> Ordering {
    missing_last(requests.keys[a].soc_ppm, requests.keys[b].soc_ppm)
}

/// `least-laxity`: by `departs - needs * 3600 / power`, the last moment at which charging at full power must begin.
///
/// Power is the least of demand and own limit; the present moment is the same for all and drops out. Source: Dertouzos and Mok 1989.
pub(crate) fn least_laxity(requests: &Requests, work: &Work, a: usize, b: usize) -> Ordering {
    match (laxity(requests, work, a), laxity(requests, work, b)) {
        // Times up to 1e12 s, powers up to 1e7 W and needs up to 1e8 Wh keep the products below 2^127.
        (Some((a, a_power)), Some((b, b_power))) => (a * b_power).cmp(&(b * a_power)),
        (a, b) => a.is_none().cmp(&b.is_none()),
    }
}

/// The laxity as a fraction: numerator \[W s\], denominator \[W\].
fn laxity(requests: &Requests, work: &Work, leaf: usize) -> Option<(i128, i128)> {
    let keys = &requests.keys[leaf];
    let power_w = i128::from(work.take_w[leaf]);
    let (departs_s, needs_wh) = (keys.departs_s?, keys.needs_wh?);
    (power_w > 0).then(|| (i128::from(departs_s) * power_w - i128::from(needs_wh) * 3600, power_w))
}

fn missing_last<T: Ord>(a: Option<T>, b: Option<T>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => a.cmp(&b),
        (a, b) => a.is_none().cmp(&b.is_none()),
    }
}
