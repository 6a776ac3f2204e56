//! Who is named where several limits bind alike, as far as setpoints alone show it.
//!
//! Under a greedy strategy a connector takes all that is left on its path, and nothing is left at the node that it names from then on. A full
//! node between the two had as little left at its turn, and, being deeper, is the one to name. (Under sharing strategies a node may be full
//! only because its exact share was rounded, so that nothing follows.)

use super::Checker;
use crate::site::NO_PARENT;
use crate::view::{NO_NODE, ObserverError, TickView};
use balancer::{Control, Strategy};

impl Checker<'_> {
    /// Whether setpoints show who is to be named.
    pub(super) fn is_greedy(&self) -> bool {
        let is_greedy = match self.depot.strategy {
            Strategy::FirstCome
            | Strategy::EarliestDeparture
            | Strategy::LeastLaxity
            | Strategy::LowestSoc => true,
            Strategy::FairShare | Strategy::BranchFair | Strategy::Proportional | Strategy::Uncontrolled => {
                false
            }
        };
        is_greedy && self.depot.control == Control::Connector
    }

    /// Every curtailed connector that is not paused names the deepest of the nodes that bind it alike.
    pub(super) fn check_names(&self, view: &TickView<'_>) -> Result<(), ObserverError> {
        for column in 0..self.setpoint_w.len() {
            let by = self.constrained_by[column];
            if by == NO_NODE || view.connectors.is_paused[column] {
                continue;
            }
            let named = self.node_column[by as usize];
            let mut node = self.site.connector_parents[column];
            while node != NO_PARENT && node != named && named != NO_NODE {
                let position = self.site.nodes[node as usize];
                if self.is_full(position) {
                    let what = "is deeper, has nothing left either, and is not named by a connector below it";
                    return Err(self.broken(view, position, what));
                }
                node = self.site.parents[node as usize];
            }
        }
        Ok(())
    }
}
