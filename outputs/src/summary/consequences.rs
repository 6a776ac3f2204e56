//! What ignorance and slowness cost: power that was granted and not used, and the time until limits that fell were met.

use super::meter::At;
use sim::LimitStep;
use sim::view::ConnectorColumns;

/// Running figures of both.
#[derive(Debug, Default)]
pub(super) struct Consequences {
    /// Energy that was granted and not used \[J\].
    pub(super) stranded_j: u64,
    /// The most of a tick \[W\], and when it was first \[s\].
    pub(super) stranded_peak: Option<At>,
    /// Limits that fell, in the order in which they were met; those that never were at the end.
    pub(super) limit_steps: Vec<LimitStep>,
}

impl Consequences {
    /// Adds a tick of `step_s` \[s\] from `t_s` \[s\].
    pub(super) fn add(
        &mut self,
        connectors: &ConnectorColumns<'_>,
        met: &[LimitStep],
        t_s: u64,
        step_s: u32,
    ) {
        let pairs = connectors.setpoint_w.iter().zip(connectors.measured_w);
        let unused_w: u64 =
            pairs.map(|(&granted_w, &drawn_w)| u64::from(granted_w.saturating_sub(drawn_w))).sum();
        self.stranded_j += unused_w * u64::from(step_s);
        let value_w = unused_w as i64;
        if value_w > self.stranded_peak.map_or(0, |peak| peak.value_w) {
            self.stranded_peak = Some(At { value_w, t_s });
        }
        self.limit_steps.extend_from_slice(met);
    }
}
