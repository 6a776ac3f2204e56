//! How visits were served: what was withheld, pauses, fairness.

use sim::view::{ConnectorColumns, NO_VISIT};

/// Running figures of all visits.
#[derive(Debug)]
pub(super) struct Service {
    by_visit: Vec<Served>,
    /// Energy asked for and not granted \[J\].
    pub(super) curtailed_j: u64,
    /// Pauses that began.
    pub(super) pauses: u64,
    /// The longest pause \[s\] and its visit.
    pub(super) longest_pause: Option<(u64, u32)>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Served {
    demand_j: u64,
    granted_j: u64,
    /// Length of the pause that lasts \[s\]; 0 for none.
    pause_s: u64,
}

impl Service {
    /// Nothing served yet.
    pub(super) fn new(visits: usize) -> Self {
        Self { by_visit: vec![Served::default(); visits], curtailed_j: 0, pauses: 0, longest_pause: None }
    }

    /// Adds a tick of `step_s` \[s\].
    pub(super) fn add(&mut self, connectors: &ConnectorColumns<'_>, step_s: u32) {
        let step_s = u64::from(step_s);
        for (ix, &visit) in connectors.visit.iter().enumerate() {
            if visit == NO_VISIT {
                continue;
            }
            let served = &mut self.by_visit[visit as usize];
            let demand_w = connectors.demand_w[ix];
            let granted_w = connectors.setpoint_w[ix].min(demand_w);
            served.demand_j += u64::from(demand_w) * step_s;
            served.granted_j += u64::from(granted_w) * step_s;
            self.curtailed_j += u64::from(demand_w - granted_w) * step_s;
            if !connectors.is_paused[ix] {
                served.pause_s = 0;
                continue;
            }
            self.pauses += u64::from(served.pause_s == 0);
            served.pause_s += step_s;
            if self.longest_pause.is_none_or(|(longest_s, _)| served.pause_s > longest_s) {
                self.longest_pause = Some((served.pause_s, visit));
            }
        }
    }

    /// Jain's index of the shares granted \[ppm\].
    pub(super) fn jain_index_ppm(&self) -> Option<u64> {
        let shares = self.by_visit.iter().filter(|served| served.demand_j > 0);
        let shares_ppm =
            shares.map(|served| u128::from(served.granted_j) * 1_000_000 / u128::from(served.demand_j));
        jain_index_ppm(shares_ppm)
    }
}

/// `(sum x)^2 / (n * sum x^2)` \[ppm\], rounded down; none of nothing; all zero is perfectly even.
fn jain_index_ppm(shares_ppm: impl Iterator<Item = u128>) -> Option<u64> {
    let (mut n, mut sum, mut squares) = (0_u128, 0_u128, 0_u128);
    for share in shares_ppm {
        n += 1;
        sum += share;
        squares += share * share;
    }
    match (n, squares) {
        (0, _) => None,
        (_, 0) => Some(1_000_000),
        // With a million visits the square is below 1e24 and the product below 1e30, far from 2^128.
        _ => Some((sum * sum * 1_000_000 / (n * squares)) as u64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jains_index_is_one_for_equals_and_one_nth_for_a_monopoly() {
        let cases: [(&[u128], Option<u64>); 5] = [
            (&[], None),
            (&[0, 0], Some(1_000_000)),
            (&[700_000, 700_000, 700_000], Some(1_000_000)),
            (&[1_000_000, 0, 0, 0], Some(250_000)),
            // (1 + 0.5)^2 / (2 * 1.25) = 0.9
            (&[1_000_000, 500_000], Some(900_000)),
        ];
        for (shares, expected) in cases {
            assert_eq!(jain_index_ppm(shares.iter().copied()), expected, "{shares:?}");
        }
    }
}
