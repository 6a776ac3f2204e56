//! What somebody outside may do to a running depot at the beginning of a tick.

use crate::realization::EnvelopeBasis;

/// An act from outside the realization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intervention {
    /// Sets, changes or ends an operating envelope.
    SetEnvelope {
        /// Which envelope.
        envelope: String,
        /// Position in [`crate::Depot::site`].
        node: u32,
        /// What it counts.
        basis: EnvelopeBasis,
        /// The limit \[W\]; `None` ends it.
        limit_w: Option<u64>,
    },
    /// Ends the stay at a connector; nothing happens where there is no vehicle.
    Unplug {
        /// Position in [`crate::Depot::site`].
        connector: u32,
    },
}
