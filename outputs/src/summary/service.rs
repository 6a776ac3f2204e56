//! How visits were served: what they asked for, what they were granted, fairness.

use sim::view::NO_VISIT;

/// Running figures of all visits. Each connector is added up from change to change: at most of them nothing changes from tick to tick.
#[derive(Debug, Clone)]
pub(super) struct Service {
    by_visit: Vec<Served>,
    connectors: Vec<Connector>,
}

/// What was asked for, and what was granted of it.
#[derive(Debug, Clone, Copy, Default)]
struct Served {
    demand_j: u64,
    granted_j: u64,
}

/// What a connector has shown, and since when.
#[derive(Debug, Clone, Copy)]
struct Connector {
    visit: u32,
    demand_w: u32,
    setpoint_w: u32,
    since_s: u64,
    /// Of the visit that is there, before that.
    served: Served,
}

impl Connector {
    const EMPTY: Self = Self {
        visit: NO_VISIT,
        demand_w: 0,
        setpoint_w: 0,
        since_s: 0,
        served: Served { demand_j: 0, granted_j: 0 },
    };

    /// Adds up what it has shown until `now_s` \[s\].
    #[inline]
    fn add_up(&mut self, now_s: u64) {
        let duration_s = now_s - self.since_s;
        self.since_s = now_s;
        self.served.demand_j += u64::from(self.demand_w) * duration_s;
        self.served.granted_j += u64::from(self.setpoint_w.min(self.demand_w)) * duration_s;
    }
}

impl Service {
    /// Nothing served yet.
    pub(super) fn new(visits: usize, connectors: usize) -> Self {
        let by_visit = vec![Served::default(); visits];
        Self { by_visit, connectors: vec![Connector::EMPTY; connectors] }
    }

    /// Takes in what connectors show from `now_s` on \[s\], while everybody stays where they are.
    pub(super) fn see_shares(&mut self, demand_w: &[u32], setpoint_w: &[u32], now_s: u64) {
        for (connector, (&demand_w, &setpoint_w)) in
            self.connectors.iter_mut().zip(demand_w.iter().zip(setpoint_w))
        {
            if connector.demand_w != demand_w || connector.setpoint_w != setpoint_w {
                connector.add_up(now_s);
                (connector.demand_w, connector.setpoint_w) = (demand_w, setpoint_w);
            }
        }
    }

    /// The same where nothing but demands is new.
    pub(super) fn see_demands(&mut self, demand_w: &[u32], now_s: u64) {
        for (connector, &demand_w) in self.connectors.iter_mut().zip(demand_w) {
            if connector.demand_w != demand_w {
                connector.add_up(now_s);
                connector.demand_w = demand_w;
            }
        }
    }

    /// Takes in who is where from `now_s` on \[s\].
    pub(super) fn see_visits(&mut self, visit: &[u32], now_s: u64) {
        for (connector, &visit) in self.connectors.iter_mut().zip(visit) {
            if connector.visit != visit {
                connector.add_up(now_s);
                hand_over(connector, &mut self.by_visit);
                connector.visit = visit;
            }
        }
    }

    /// Brings all connectors into the figures.
    pub(super) fn close(&mut self, now_s: u64) {
        for connector in &mut self.connectors {
            connector.add_up(now_s);
            hand_over(connector, &mut self.by_visit);
        }
    }

    /// Energy asked for and not granted \[J\].
    pub(super) fn curtailed_j(&self) -> u64 {
        self.by_visit.iter().map(|served| served.demand_j - served.granted_j).sum()
    }

    /// Jain's index of the shares granted \[ppm\].
    pub(super) fn jain_index_ppm(&self) -> Option<u64> {
        let shares = self.by_visit.iter().filter(|served| served.demand_j > 0);
        let shares_ppm =
            shares.map(|served| u128::from(served.granted_j) * 1_000_000 / u128::from(served.demand_j));
        jain_index_ppm(shares_ppm)
    }
}

/// Brings what a connector has served into the figures of its visit.
fn hand_over(connector: &mut Connector, by_visit: &mut [Served]) {
    let served = std::mem::take(&mut connector.served);
    if connector.visit != NO_VISIT {
        let of_visit = &mut by_visit[connector.visit as usize];
        of_visit.demand_j += served.demand_j;
        of_visit.granted_j += served.granted_j;
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
