//! What ignorance and slowness cost: power that was granted and not used, and the time until limits that fell were met.

use super::meter::At;
use sim::LimitStep;
use sim::view::ConnectorColumns;

/// Running figures of both.
#[derive(Debug, Clone, Default)]
pub(super) struct Consequences {
    /// Energy that was granted and not used \[J\].
    pub(super) stranded_j: u64,
    /// The most of a tick \[W\], and when it was first \[s\].
    pub(super) stranded_peak: Option<At>,
    /// Limits that fell, in the order in which they were met; those that never were at the end.
    pub(super) limit_steps: Vec<LimitStep>,
    /// What is granted and not used \[W\].
    unused_w: u64,
    /// Since when that is so \[s\].
    since_s: u64,
}

impl Consequences {
    /// Setpoints or meters are other ones from the tick on that begins at `t_s` \[s\]; the run has lasted `now_s` \[s\].
    pub(super) fn see(&mut self, connectors: &ConnectorColumns<'_>, t_s: u64, now_s: u64) {
        self.close(now_s);
        let pairs = connectors.setpoint_w.iter().zip(connectors.measured_w);
        let unused_w = pairs.map(|(&granted_w, &drawn_w)| u64::from(granted_w.saturating_sub(drawn_w)));
        // Fewer than 2^32 connectors of less than 2^32 W each: there is no need to look at overflow.
        self.unused_w = unused_w.fold(0, u64::wrapping_add);
        let value_w = self.unused_w as i64;
        if value_w > self.stranded_peak.map_or(0, |peak| peak.value_w) {
            self.stranded_peak = Some(At { value_w, t_s });
        }
    }

    /// Brings what was not used until `now_s` \[s\] into the figures.
    pub(super) fn close(&mut self, now_s: u64) {
        self.stranded_j += self.unused_w * (now_s - self.since_s);
        self.since_s = now_s;
    }
}
