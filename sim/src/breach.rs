//! Measured power above an effective limit.

/// A time during which a node drew more than it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Breach {
    /// Position in [`crate::Depot::site`].
    pub node: u32,
    /// When it began \[s\] from the start.
    pub start_s: u64,
    /// When it ended \[s\] from the start; the end of the run where it did not.
    pub end_s: u64,
    /// Largest excess \[W\].
    pub peak_over_w: u64,
    /// Energy above the limit \[J\]. A site may be a terawatt above its limit for most of a year, which is more than 64 bits hold.
    pub energy_over_j: u128,
    /// What brought it about.
    pub cause: BreachCause,
}

/// What brought a breach about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BreachCause {
    /// An envelope fell below what was being drawn, and a cycle or the chargers have yet to answer.
    EnvelopeStep,
    /// Site data lowered a rating below what was being drawn, and a cycle or the chargers have yet to answer.
    SiteChange,
    /// Base load alone exceeds the limit, or rose before a cycle could answer.
    BaseLoad,
    /// Setpoints are not those that would fit: the last cycle was rejected and they are held, or a charger accepts them and does not apply them.
    NotApplied,
    /// The strategy ignores limits.
    Uncontrolled,
    /// A charger has not heard its setpoint.
    ChargerOffline,
    /// Some chargers are still on their way down to setpoints that fit while others already use what is theirs; no limit fell.
    ChargerLag,
}

impl BreachCause {
    /// The cause's code in files.
    pub fn code(self) -> &'static str {
        match self {
            Self::EnvelopeStep => "ENVELOPE_STEP",
            Self::SiteChange => "SITE_CHANGE",
            Self::BaseLoad => "BASE_LOAD",
            Self::NotApplied => "NOT_APPLIED",
            Self::Uncontrolled => "UNCONTROLLED",
            Self::ChargerOffline => "CHARGER_OFFLINE",
            Self::ChargerLag => "CHARGER_LAG",
        }
    }
}
