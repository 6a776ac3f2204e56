//! How visits were served: what they asked for, what they were granted, fairness.

use sim::view::{ConnectorColumns, NO_VISIT};

/// Running figures of all visits. Each connector is added up from change to change: at most of them nothing changes from tick to tick.
#[derive(Debug)]
pub(super) struct Service {
    by_visit: Vec<Served>,
    /// Energy asked for and not granted \[J\].
    pub(super) curtailed_j: u64,
    /// How long it has been \[s\].
    now_s: u64,
    /// By connector, until when it is among the figures \[s\].
    added_s: Vec<u64>,
    // What each connector has shown since then.
    visit: Vec<u32>,
    demand_w: Vec<u32>,
    setpoint_w: Vec<u32>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Served {
    demand_j: u64,
    granted_j: u64,
}

impl Service {
    /// Nothing served yet.
    pub(super) fn new(visits: usize) -> Self {
        Self {
            by_visit: vec![Served::default(); visits],
            curtailed_j: 0,
            now_s: 0,
            added_s: Vec::new(),
            visit: Vec::new(),
            demand_w: Vec::new(),
            setpoint_w: Vec::new(),
        }
    }

    /// Adds a tick of `step_s` \[s\].
    pub(super) fn add(&mut self, connectors: &ConnectorColumns<'_>, step_s: u32) {
        let ConnectorColumns { visit, demand_w, setpoint_w, .. } = *connectors;
        if self.demand_w != demand_w || self.setpoint_w != setpoint_w || self.visit != visit {
            self.see(visit, demand_w, setpoint_w);
        }
        self.now_s += u64::from(step_s);
    }

    /// Brings all connectors into the figures.
    pub(super) fn close(&mut self) {
        (0..self.visit.len()).for_each(|ix| self.add_up(ix));
    }

    /// Takes in what changed.
    fn see(&mut self, visit: &[u32], demand_w: &[u32], setpoint_w: &[u32]) {
        if self.visit.is_empty() {
            self.added_s = vec![self.now_s; visit.len()];
            self.visit = vec![NO_VISIT; visit.len()];
            (self.demand_w, self.setpoint_w) = (demand_w.to_vec(), setpoint_w.to_vec());
        }
        for ix in 0..visit.len() {
            let shown = (self.visit[ix], self.demand_w[ix], self.setpoint_w[ix]);
            if shown != (visit[ix], demand_w[ix], setpoint_w[ix]) {
                self.add_up(ix);
                (self.visit[ix], self.demand_w[ix], self.setpoint_w[ix]) =
                    (visit[ix], demand_w[ix], setpoint_w[ix]);
            }
        }
    }

    /// Brings what a connector has shown into the figures.
    fn add_up(&mut self, ix: usize) {
        let duration_s = self.now_s - self.added_s[ix];
        self.added_s[ix] = self.now_s;
        let visit = self.visit[ix];
        if visit == NO_VISIT {
            return;
        }
        let demand_w = self.demand_w[ix];
        let granted_w = self.setpoint_w[ix].min(demand_w);
        let served = &mut self.by_visit[visit as usize];
        served.demand_j += u64::from(demand_w) * duration_s;
        served.granted_j += u64::from(granted_w) * duration_s;
        self.curtailed_j += u64::from(demand_w - granted_w) * duration_s;
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
