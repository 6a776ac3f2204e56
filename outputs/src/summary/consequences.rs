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
    /// What was granted and not used in the newest tick \[W\].
    unused_w: u64,
    /// The columns of the newest tick, which it was summed up from.
    setpoint_w: Vec<u32>,
    measured_w: Vec<u32>,
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
        if self.setpoint_w != connectors.setpoint_w || self.measured_w != connectors.measured_w {
            connectors.setpoint_w.clone_into(&mut self.setpoint_w);
            connectors.measured_w.clone_into(&mut self.measured_w);
            self.sum_up(t_s);
        }
        self.stranded_j += self.unused_w * u64::from(step_s);
        self.limit_steps.extend_from_slice(met);
    }

    fn sum_up(&mut self, t_s: u64) {
        let pairs = self.setpoint_w.iter().zip(&self.measured_w);
        self.unused_w =
            pairs.map(|(&granted_w, &drawn_w)| u64::from(granted_w.saturating_sub(drawn_w))).sum();
        let value_w = self.unused_w as i64;
        if value_w > self.stranded_peak.map_or(0, |peak| peak.value_w) {
            self.stranded_peak = Some(At { value_w, t_s });
        }
    }
}
