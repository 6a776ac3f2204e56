//! Notices when measured power rises above an effective limit, and for how long.

use crate::breach::Breach;
use crate::breach_trace::Circumstances;
use crate::totals::Totals;

/// Open breaches, by node column.
#[derive(Debug, Clone)]
pub(crate) struct Watch {
    open: Vec<Option<Breach>>,
    open_count: usize,
}

impl Watch {
    pub(crate) fn of(nodes: usize) -> Self {
        Self { open: vec![None; nodes], open_count: 0 }
    }

    pub(crate) fn any_open(&self) -> bool {
        self.open_count > 0
    }

    /// Compares every node's meter with its limit over the tick from `t_s`; `began` and `ended` hear of changes.
    pub(crate) fn look(
        &mut self,
        totals: &mut Totals,
        positions: &[u32],
        (t_s, step_s): (u64, u32),
        circumstances: Circumstances<'_>,
        mut began: impl FnMut(&Breach),
        mut ended: impl FnMut(Breach),
    ) {
        let meters = totals.measured_w.iter().zip(&totals.limit_w);
        let any_over =
            meters.fold(false, |any, (&meter_w, &limit_w)| any | (meter_w.max(0).unsigned_abs() > limit_w));
        if !any_over && self.open_count == 0 {
            // Nearly every tick of a managed depot ends here.
            return;
        }
        for node in 0..self.open.len() {
            let measured_w = totals.measured_w[node].max(0).unsigned_abs();
            let over_w = measured_w.saturating_sub(totals.limit_w[node]);
            totals.is_breached[node] = over_w > 0;
            if over_w == 0 {
                if let Some(mut breach) = self.open[node].take() {
                    breach.end_s = t_s;
                    self.open_count -= 1;
                    ended(breach);
                }
                continue;
            }
            let breach = self.open[node].get_or_insert_with(|| {
                let breach = Breach {
                    node: positions[node],
                    start_s: t_s,
                    end_s: t_s,
                    peak_over_w: 0,
                    energy_over_j: 0,
                    cause: circumstances.cause(node, totals),
                };
                self.open_count += 1;
                began(&breach);
                breach
            });
            breach.peak_over_w = breach.peak_over_w.max(over_w);
            breach.energy_over_j += over_w * u64::from(step_s);
        }
    }

    /// Ends what is still open when the run ends.
    pub(crate) fn close(&mut self, t_s: u64) -> Vec<Breach> {
        self.open_count = 0;
        self.open.iter_mut().filter_map(Option::take).map(|breach| Breach { end_s: t_s, ..breach }).collect()
    }
}
