//! Things that happen at a moment, as they are told in `events.csv`.

use crate::breach::BreachCause;
use crate::charger::OutageKind;
use balancer::Reason;

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
    /// How long it took \[s\]; of [`EventKind::LimitMet`], and of nothing else.
    pub duration_s: Option<u64>,
    /// What brought it about; of breaches that begin, outages of connectors and refusals, and of nothing else.
    pub why: Option<Why>,
}

/// What brought an event about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// A breach's cause.
    Breach(BreachCause),
    /// Why a connector gives no power.
    Outage(OutageKind),
    /// What a feed or site data are refused for.
    Refusal(Reason),
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
    /// A limit of a node or connector fell below what was measured, and is met again; the power is the largest excess.
    LimitMet,
    /// A charger hears no setpoints any more.
    ChargerOffline,
    /// It hears them again.
    ChargerOnline,
    /// It has heard nothing for so long that its fallback limit holds; the power is that limit.
    ChargerFellBack,
    /// A connector gives no power.
    OutOfService,
    /// It works again.
    InService,
    /// A charger accepts setpoints and does not apply them.
    SetpointsIgnored,
    /// It applies them again.
    SetpointsObeyed,
    /// Somebody pulled the plug of a vehicle that was not to leave yet.
    Unplugged,
    /// A vehicle that was expected does not come.
    NoShow,
    /// No measurement reaches the balancer any more.
    MeasurementsLost,
    /// Measurements reach it again.
    MeasurementsBack,
    /// An operator wants a vehicle to be served before all others.
    ChargeNow,
    /// An operator wants a vehicle to wait.
    Hold,
    /// An operator's word no longer holds.
    OverrideEnded,
}

impl Event {
    /// An event of which no more is to be told than this; see the fields.
    pub fn new(t_s: u64, kind: EventKind, node: u32, visit: u32, power_w: Option<i64>) -> Self {
        Self { t_s, kind, node, visit, power_w, duration_s: None, why: None }
    }
}

impl Why {
    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Breach(cause) => cause.code(),
            Self::Outage(kind) => kind.name(),
            Self::Refusal(reason) => reason.code(),
        }
    }
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
            Self::LimitMet => "limit_met",
            Self::ChargerOffline => "charger_offline",
            Self::ChargerOnline => "charger_online",
            Self::ChargerFellBack => "charger_fell_back",
            Self::OutOfService => "out_of_service",
            Self::InService => "in_service",
            Self::SetpointsIgnored => "setpoints_ignored",
            Self::SetpointsObeyed => "setpoints_obeyed",
            Self::Unplugged => "unplugged",
            Self::NoShow => "no_show",
            Self::MeasurementsLost => "measurements_lost",
            Self::MeasurementsBack => "measurements_back",
            Self::ChargeNow => "charge_now",
            Self::Hold => "hold",
            Self::OverrideEnded => "override_ended",
        }
    }
}
