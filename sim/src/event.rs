//! Things that happen at a moment, as they are told in `events.csv`.

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When \[s\] from the start.
    pub t_s: u64,
    /// What.
    pub kind: EventKind,
    /// Position in [`crate::Depot::site`] of the node it happened at; [`crate::view::NO_NODE`] for none.
    pub node: u32,
    /// The visit it is about: index into the realization's visits; [`crate::view::NO_VISIT`] for none.
    pub visit: u32,
    /// An amount that belongs to it \[W\]: the new limit, the new base load.
    pub power_w: Option<i64>,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventKind {
    /// A vehicle arrived.
    Arrived,
    /// It found no free connector and waits.
    Queued,
    /// It was plugged in.
    PluggedIn,
    /// It reached its target.
    Ready,
    /// It left its connector.
    Departed,
    /// It left without ever having had a connector.
    LeftQueue,
    /// An operating envelope began or changed.
    EnvelopeSet,
    /// An operating envelope ended.
    EnvelopeEnded,
    /// A base load changed.
    BaseLoadChanged,
    /// A node's ratings or other data changed.
    SiteChanged,
    /// New site data cannot be balanced; cycles are rejected until others come.
    SiteRefused,
    /// Site data that were refused can be balanced again.
    SiteMended,
    /// An outage began: the node and all below it carry nothing.
    OutageBegan,
    /// It ended.
    OutageEnded,
    /// Nothing valid is known of a feed of envelopes: its default limit holds.
    FeedLost,
    /// A message of a feed cannot be used, or nothing valid is known and there is no default; cycles are rejected.
    FeedRefused,
    /// A good message came.
    FeedRestored,
    /// Measured power rose above an effective limit.
    BreachBegan,
    /// It fell back to it.
    BreachEnded,
}

impl EventKind {
    /// The event's name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Arrived => "arrived",
            Self::Queued => "queued",
            Self::PluggedIn => "plugged_in",
            Self::Ready => "ready",
            Self::Departed => "departed",
            Self::LeftQueue => "left_queue",
            Self::EnvelopeSet => "envelope_set",
            Self::EnvelopeEnded => "envelope_ended",
            Self::BaseLoadChanged => "base_load_changed",
            Self::SiteChanged => "site_changed",
            Self::SiteRefused => "site_refused",
            Self::SiteMended => "site_mended",
            Self::OutageBegan => "outage_began",
            Self::OutageEnded => "outage_ended",
            Self::FeedLost => "feed_lost",
            Self::FeedRefused => "feed_refused",
            Self::FeedRestored => "feed_restored",
            Self::BreachBegan => "breach_began",
            Self::BreachEnded => "breach_ended",
        }
    }
}
