//! What was withheld from each visit, and by whom: the answer to "what constrained this bus".

use sim::view::{NO_NODE, NO_VISIT};
use sim::{Depot, Outcome, TickView};

use super::names::depths;

/// Energy withheld from each visit by each node that named itself.
#[derive(Debug)]
pub(crate) struct Withheld {
    /// For each visit, (position of the node, energy \[J\]); few nodes ever constrain one visit.
    by_visit: Vec<Vec<(u32, u64)>>,
    /// Energy that no node withheld from each visit: cycles were rejected, and what was held or fallen back to was less than was asked for \[J\].
    undecided_j: Vec<u64>,
    depths: Vec<u32>,
}

impl Withheld {
    /// Nothing withheld yet from any of `visits` visits.
    pub(crate) fn new(depot: &Depot, visits: usize) -> Self {
        Self { by_visit: vec![Vec::new(); visits], undecided_j: vec![0; visits], depths: depths(depot) }
    }

    /// Adds one tick: `(demand - setpoint) * step_s` to the node that each connector is constrained by.
    pub(crate) fn add(&mut self, view: &TickView<'_>) {
        let (connectors, step_s) = (&view.connectors, view.step_s);
        let is_rejected = view.cycle.is_some_and(|cycle| cycle.outcome == Outcome::Rejected);
        for (ix, &visit) in connectors.visit.iter().enumerate() {
            let node = connectors.constrained_by[ix];
            let withheld_w = connectors.demand_w[ix].saturating_sub(connectors.setpoint_w[ix]);
            if visit == NO_VISIT || withheld_w == 0 {
                continue;
            }
            let energy_j = u64::from(withheld_w) * u64::from(step_s);
            if node == NO_NODE {
                self.undecided_j[visit as usize] += if is_rejected { energy_j } else { 0 };
                continue;
            }
            let nodes = &mut self.by_visit[visit as usize];
            match nodes.iter_mut().find(|(at, _)| *at == node) {
                Some((_, sum_j)) => *sum_j += energy_j,
                None => nodes.push((node, energy_j)),
            }
        }
    }

    /// What a visit asked for and did not get while cycles were rejected, but for what limits took off \[J\].
    pub(crate) fn undecided_j(&self, visit: usize) -> u64 {
        self.undecided_j[visit]
    }

    /// The node that withheld most from a visit: of equals the one nearest the root, then the first of the site.
    /// [`NO_NODE`] where nothing was withheld.
    pub(crate) fn main_constraint(&self, visit: usize) -> u32 {
        let weight = |&&(node, energy_j): &&(u32, u64)| {
            (energy_j, std::cmp::Reverse((self.depths[node as usize], node)))
        };
        self.by_visit[visit].iter().max_by_key(weight).map_or(NO_NODE, |&(node, _)| node)
    }
}
