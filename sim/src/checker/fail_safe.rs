//! What may flow while cycles are rejected: what was granted before, for a while, and then what everybody may fall back to.

use super::known::{Holds, Known, wrong};
use crate::site_step::NodeChange;
use crate::view::{NO_VISIT, TickView};

/// What was granted last, and since when nothing is.
#[derive(Debug, Clone)]
pub(super) struct FailSafe {
    /// Whether any cycle of the run can be rejected.
    pub(super) is_needed: bool,
    /// When the first of the rejected cycles ran \[s\].
    since_s: Option<u64>,
    /// Fallback powers of each site position, as the newest site data have them \[W\].
    fallback_w: Vec<u32>,
    /// The visit at each connector and its setpoint \[W\] in the newest cycle that was not rejected.
    granted: Vec<(u32, u32)>,
}

impl FailSafe {
    pub(super) fn of(known: &Known<'_>) -> Self {
        let (depot, columns) = (known.depot, known.site.connectors.len());
        let is_needed = depot.max_age_s.is_some()
            || known.has_unpausable
            || !known.realization.site_steps.is_empty()
            || !known.realization.feed_steps.is_empty();
        Self {
            is_needed,
            since_s: None,
            fallback_w: depot.site.iter().map(|node| node.fallback_w).collect(),
            granted: vec![(NO_VISIT, 0); if is_needed { columns } else { 0 }],
        }
    }

    pub(super) fn change(&mut self, changes: &[NodeChange]) {
        for change in changes {
            self.fallback_w[change.node as usize] = change.fallback_w;
        }
    }

    /// A cycle that was not rejected: what it granted is held from here on.
    pub(super) fn take_note(&mut self, view: &TickView<'_>) {
        self.since_s = None;
        let shown = view.connectors.visit.iter().zip(view.connectors.setpoint_w);
        for (granted, (&visit, &setpoint_w)) in self.granted.iter_mut().zip(shown) {
            *granted = (visit, setpoint_w);
        }
    }

    /// While cycles are rejected nobody gets more than was held for him, and after `hold_s` no more than his fallback.
    pub(super) fn check(&mut self, known: &Known<'_>, view: &TickView<'_>) -> Holds {
        let since_s = *self.since_s.get_or_insert(view.t_s);
        let is_holding = view.t_s - since_s < u64::from(known.depot.hold_s);
        for (column, &position) in known.site.connectors.iter().enumerate() {
            let most_w = match self.granted[column] {
                _ if !is_holding => self.fallback_w[position as usize],
                (visit, granted_w) if visit == view.connectors.visit[column] => granted_w,
                // Whoever came later holds nothing.
                _ => 0,
            };
            let setpoint_w = view.connectors.setpoint_w[column];
            if setpoint_w > most_w {
                let what = format!("gets {setpoint_w} W while cycles are rejected, and may get {most_w} W");
                return wrong(position, what);
            }
            if view.connectors.is_paused[column] {
                return wrong(position, "is told to be paused while cycles are rejected");
            }
        }
        Ok(())
    }
}
