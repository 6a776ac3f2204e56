//! Feeds of operating envelopes: what is believed of them, and what holds while nothing is.

use crate::realization::EnvelopeBasis;
use balancer::Rejection;

/// What a feed is worth from a moment on. The limits that it published stand among the [`crate::EnvelopeStep`]s.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedStep {
    /// When \[s\] from the start; it counts from the first tick that begins at or after it.
    pub at_s: i64,
    /// The feed's id.
    pub feed: String,
    /// The limit that now holds because nothing valid is known; `None` while something is, or where no default was agreed.
    pub default_limit: Option<DefaultLimit>,
    /// What every cycle is now rejected for: a message that cannot be used, or none that is still valid.
    pub refusal: Option<Rejection>,
}

/// A limit that holds while a feed is silent (CSIP-AUS `DefaultDERControl`); known limits that are lower still count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DefaultLimit {
    /// Position in [`crate::Depot::site`].
    pub node: u32,
    /// What it counts.
    pub basis: EnvelopeBasis,
    /// The limit \[W\].
    pub limit_w: u64,
}
