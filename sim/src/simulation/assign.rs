//! Which connector a vehicle gets.

use super::Simulation;
use crate::assignment::Assignment;
use crate::realization::Visit;
use crate::site::NO_PARENT;
use balancer::NodeKind;
use std::cmp::Reverse;

impl Simulation<'_> {
    /// The connector column for a visit: the one that it names, if it is free, else one that the depot's rule chooses.
    pub(super) fn place_for(&self, index: u32) -> Option<u32> {
        let visit = &self.realization.visits[index as usize];
        if let Some(position) = visit.connector {
            return Some(self.site.connector_columns[position as usize])
                .filter(|&column| self.bays.is_free(column) && !self.special.is_out_of_service(column));
        }
        // Where there is another, nobody goes to a lane that is without power.
        self.lane_for(visit, |column| !self.bays.is_dead(column)).or_else(|| self.lane_for(visit, |_| true))
    }

    /// The free lane that the depot's rule chooses of those that will do.
    fn lane_for(&self, visit: &Visit, will_do: impl Fn(u32) -> bool) -> Option<u32> {
        match (self.depot.assignment, visit.home) {
            (Assignment::LanesInOrder, _) | (Assignment::NearestFree, None) => {
                self.yard.free().find(|&column| will_do(column))
            }
            (Assignment::NearestFree, Some(home)) => {
                self.yard.free_nearest_to(self.site.connector_columns[home as usize], will_do)
            }
            (Assignment::MostHeadroom, _) => self.free_with_most_headroom(will_do),
        }
    }

    fn free_with_most_headroom(&self, will_do: impl Fn(u32) -> bool) -> Option<u32> {
        let mut free = self.yard.free().filter(|&column| will_do(column)).peekable();
        // Sums over the whole site are worth it where somebody can go somewhere.
        free.peek()?;
        let allocated_w = self.allocated_now_w();
        let headroom_w = |column: u32| {
            let circuit = self.circuit_above(column);
            self.totals.ev_limit_w[circuit].saturating_sub(allocated_w[circuit])
        };
        // Of equals `min_by_key` takes the first, which is the first lane.
        free.min_by_key(|&column| Reverse(headroom_w(column)))
    }

    /// The sum of setpoints below each node, by node column \[W\]. The tick's own sums do not know yet what a leaver has just given back.
    fn allocated_now_w(&self) -> Vec<u64> {
        let mut allocated_w = vec![0; self.site.nodes.len()];
        for (&parent, &setpoint_w) in self.site.connector_parents.iter().zip(&self.bays.setpoint_w) {
            allocated_w[parent as usize] += u64::from(setpoint_w);
        }
        for node in (1..allocated_w.len()).rev() {
            allocated_w[self.site.parents[node] as usize] += allocated_w[node];
        }
        allocated_w
    }

    /// The node column of the nearest circuit above a connector; without one, of what stands above its charge point.
    fn circuit_above(&self, column: u32) -> usize {
        let kind = |node: u32| self.depot.site[self.site.nodes[node as usize] as usize].kind;
        let mut node = self.site.connector_parents[column as usize];
        while kind(node) == NodeKind::ChargePoint && self.site.parents[node as usize] != NO_PARENT {
            node = self.site.parents[node as usize];
        }
        node as usize
    }
}
