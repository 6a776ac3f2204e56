//! Planned outages: times in which a node, and all below it, is without power.

/// An outage begins or ends.
///
/// While a node is out its limit is 0, nothing below it draws or generates anything (base loads included), from the tick on in which it
/// begins and whatever setpoints are in force. A vehicle there waits: it needs no minimum, and gets power again in the first cycle
/// after the outage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutageStep {
    /// When \[s\] from the start; it counts from the first tick that begins at or after it.
    pub at_s: i64,
    /// Position in [`crate::Depot::site`]; no connector, which has no supply of its own.
    pub node: u32,
    /// Whether it is out from now on.
    pub is_out: bool,
}
