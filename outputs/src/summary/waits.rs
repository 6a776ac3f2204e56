//! How long visits waited for a connector.

use sim::{Depot, Stay, Visit};

/// Waits of all visits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Waits {
    /// How many visits waited.
    pub(super) count: u64,
    /// How long, summed over all \[s\].
    pub(super) total_s: u64,
    /// The longest wait \[s\] and the visit's index (the first, of several).
    pub(super) longest: Option<(u64, usize)>,
}

impl Waits {
    /// Sums up the waits of the visits that count; the run ended at `end_s` \[s\].
    pub(super) fn of(
        visits: &[Visit],
        stays: &[Stay],
        depot: &Depot,
        end_s: u64,
        counts: impl Fn(&Visit, &Stay) -> bool,
    ) -> Self {
        let mut waits = Self::default();
        for (index, (visit, stay)) in visits.iter().zip(stays).enumerate() {
            let wait_s = if counts(visit, stay) { wait_s(visit, stay, depot, end_s) } else { 0 };
            if wait_s == 0 {
                continue;
            }
            waits.count += 1;
            waits.total_s += wait_s;
            if waits.longest.is_none_or(|(longest_s, _)| wait_s > longest_s) {
                waits.longest = Some((wait_s, index));
            }
        }
        waits
    }
}

/// For how long the vehicle waited \[s\].
fn wait_s(visit: &Visit, stay: &Stay, depot: &Depot, end_s: u64) -> u64 {
    wait(visit, stay, depot, end_s).map_or(0, |(from_s, until_s)| until_s - from_s)
}

/// From the tick at which the vehicle asks for a connector until it has one, leaves, or the run ends at `end_s` \[s\]; none where it had
/// one at once.
pub(crate) fn wait(visit: &Visit, stay: &Stay, depot: &Depot, end_s: u64) -> Option<(u64, u64)> {
    if visit.conduct.is_no_show {
        return None;
    }
    let from_start = |at_s: i64| u64::try_from(at_s).unwrap_or(0);
    let asks_s = depot.first_tick_s(visit.arrival_s + i64::from(visit.plug_in_delay_s));
    let leaves_s = stay.left_s.unwrap_or(from_start(visit.departure_s)).min(end_s);
    let until_s = stay.plugged_in_s.unwrap_or(leaves_s);
    (asks_s < until_s).then_some((asks_s, until_s))
}
