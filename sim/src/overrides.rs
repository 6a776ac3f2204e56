//! What operators do by hand: a vehicle is to charge now, or to wait.

/// An operator's word about a visit begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OverrideStep {
    /// When \[s\] from the start; it counts from the first tick that begins at or after it.
    pub at_s: i64,
    /// The visit: index into the realization's visits. The word holds wherever it is plugged in, and may come before that.
    pub visit: u32,
    /// What is to be done from now on; `None` when nothing special is.
    pub act: Option<Override>,
}

/// What an operator wants of a vehicle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Override {
    /// It is served before every priority tier.
    ChargeNow,
    /// It gets nothing: no demand of it reaches the balancer.
    Hold,
}
