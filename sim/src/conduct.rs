//! How a visit goes that does not go as planned, and what it wants beside charging.

use crate::charger::DemandSignal;

/// What a visit does beside arriving, charging and leaving as everybody was told. Nothing by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Conduct {
    /// The departure that the balancer is told \[s\] from the start; the true one, if `None`.
    pub told_departure_s: Option<i64>,
    /// When somebody pulls the plug \[s\] from the start; it counts from the tick that has begun by then. It ends the stay, at a connector or in the
    /// queue.
    pub unplugged_s: Option<i64>,
    /// Whether the vehicle never comes.
    pub is_no_show: bool,
    /// Power that it wants for its cabin before the departure that was told \[W\]; 0 for none.
    pub precondition_w: u32,
    /// How long before that departure it begins \[s\]; it ends with it.
    pub precondition_s: u32,
    /// What the balancer is told of its demand; what [`crate::Equipment::demand_signal`] says of all, if `None`.
    pub demand_signal: Option<DemandSignal>,
}

impl Conduct {
    /// Whether there is anything that happens at a connector, or is told of it.
    pub(crate) fn is_special(&self) -> bool {
        (self.precondition_w > 0 && self.precondition_s > 0) || self.demand_signal.is_some()
    }
}
