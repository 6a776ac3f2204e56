//! When a breach was largest, and what drew the power then: what brought it about may be a small part of that.

use crate::moment::{FaultKind, FaultLog};
use sim::breach::Breach;
use sim::event::EventKind;
use sim::{Site, TickView};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// A breach with the tick in which it was largest.
#[derive(Debug, Clone)]
pub(super) struct SeenBreach {
    pub(super) breach: Breach,
    pub(super) peak: Option<Peak>,
}

impl SeenBreach {
    /// What the largest is found by: its peak, and of equals the one that began first, nearest the root.
    pub(super) fn size(&self) -> (u64, Reverse<(u64, u32)>) {
        (self.breach.peak_over_w, Reverse((self.breach.start_s, self.breach.node)))
    }
}

/// The tick in which a node or connector was farthest above its limit, the first of equals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Peak {
    pub(super) t_s: u64,
    /// Of a connector without its own base load, which hardly ever changes: only which is the largest matters.
    over_w: i64,
    /// By what setpoints alone are more than the limit leaves for charging \[W\].
    granted_over_w: u64,
    /// What connectors draw beyond their setpoints \[W\], by what is wrong with their chargers; `None` where they have yet to follow.
    beyond_w: BTreeMap<Option<FaultKind>, u64>,
}

impl Peak {
    /// What is drawn beyond setpoints where chargers have this fault, and where they do not \[W\].
    pub(super) fn beyond_by(&self, kind: FaultKind) -> (u64, u64) {
        let all_w: u64 = self.beyond_w.values().sum();
        let own_w = self.beyond_w.get(&Some(kind)).copied().unwrap_or(0);
        (own_w, all_w - own_w)
    }

    /// What draws more than the limit allows \[W\], each with who it is, the largest first; nothing where it is base load alone.
    pub(super) fn parts(&self) -> Vec<(u64, &'static str)> {
        let granted = (self.granted_over_w > 0)
            .then_some((self.granted_over_w, "by setpoints, which together are more than the limit leaves"));
        let beyond = self.beyond_w.iter().map(|(kind, &beyond_w)| (beyond_w, who(*kind)));
        let mut parts: Vec<(u64, &'static str)> = granted.into_iter().chain(beyond).collect();
        parts.sort_by_key(|&(power_w, _)| Reverse(power_w));
        parts
    }
}

/// Who draws more than his setpoint.
fn who(kind: Option<FaultKind>) -> &'static str {
    match kind {
        Some(FaultKind::IgnoresSetpoints) => "beyond setpoints that are ignored",
        Some(FaultKind::Fallback) => "beyond setpoints by chargers on their fallback limits",
        Some(_) => "beyond setpoints by chargers that are offline",
        None => "beyond setpoints by chargers that have yet to follow",
    }
}

/// The breaches of nodes that last, with their peaks up to now.
#[derive(Debug)]
pub(super) struct Peaks {
    /// Of each node column its position in [`sim::Depot::site`], and the columns of the connectors below it.
    nodes: Vec<(u32, Range<usize>)>,
    /// Positions of the connectors, and of each position its column among them.
    connectors: Vec<u32>,
    column_of: Vec<u32>,
    /// Columns of the connectors that are above their limits.
    open_connectors: BTreeSet<usize>,
    /// By position.
    open: BTreeMap<u32, Peak>,
}

impl Peaks {
    pub(super) fn of(site: &Site) -> Self {
        let below = site.connectors_below.iter().map(|&(first, end)| first as usize..end as usize);
        let nodes = site.nodes.iter().copied().zip(below).collect();
        Self {
            nodes,
            connectors: site.connectors.clone(),
            column_of: site.connector_columns.clone(),
            open_connectors: BTreeSet::new(),
            open: BTreeMap::new(),
        }
    }

    /// Looks at a tick, after [`Peaks::close`] has heard of the breaches that ended before it.
    pub(super) fn look(&mut self, view: &TickView<'_>, faults: &FaultLog) {
        for event in view.events.iter().filter(|event| event.kind == EventKind::BreachBegan) {
            if let Some(column) = self.column_of(event.node) {
                self.open_connectors.insert(column);
            }
        }
        self.look_at_connectors(view, faults);
        let nodes = &view.nodes;
        for (column, (position, below)) in self.nodes.iter().enumerate() {
            if !nodes.is_breached[column] {
                continue;
            }
            let over_w = over_w(nodes.measured_w[column], nodes.limit_w[column]);
            if self.open.get(position).is_some_and(|peak| peak.over_w >= over_w) {
                continue;
            }
            let granted_over_w = nodes.allocated_w[column].saturating_sub(nodes.ev_limit_w[column]);
            let beyond_w = beyond_w(view, &self.connectors, below.clone(), faults);
            self.open.insert(*position, Peak { t_s: view.t_s, over_w, granted_over_w, beyond_w });
        }
    }

    fn look_at_connectors(&mut self, view: &TickView<'_>, faults: &FaultLog) {
        let connectors = &view.connectors;
        for &column in &self.open_connectors {
            let position = self.connectors[column];
            let over_w = over_w(connectors.measured_w[column].into(), connectors.limit_w[column]);
            if self.open.get(&position).is_some_and(|peak| peak.over_w >= over_w) {
                continue;
            }
            let granted_w = u64::from(connectors.setpoint_w[column]);
            let granted_over_w = granted_w.saturating_sub(connectors.limit_w[column]);
            let beyond_w = beyond_w(view, &self.connectors, column..column + 1, faults);
            self.open.insert(position, Peak { t_s: view.t_s, over_w, granted_over_w, beyond_w });
        }
    }

    /// The column of a connector that is no node as well.
    fn column_of(&self, position: u32) -> Option<usize> {
        let column = self.column_of[position as usize] as usize;
        let is_node = self.nodes.iter().any(|&(node, _)| node == position);
        (column < self.connectors.len() && !is_node).then_some(column)
    }

    /// A breach has ended: it with its peak.
    pub(super) fn close(&mut self, breach: Breach) -> SeenBreach {
        if let Some(column) = self.column_of(breach.node) {
            self.open_connectors.remove(&column);
        }
        SeenBreach { breach, peak: self.open.remove(&breach.node) }
    }
}

/// By how much a meter is above a limit \[W\]; less than 0 where it is below.
fn over_w(measured_w: i64, limit_w: u64) -> i64 {
    measured_w.saturating_sub(i64::try_from(limit_w).unwrap_or(i64::MAX))
}

/// What the connectors below a node draw beyond their setpoints \[W\], by what is wrong with their chargers.
fn beyond_w(
    view: &TickView<'_>,
    connectors: &[u32],
    columns: Range<usize>,
    faults: &FaultLog,
) -> BTreeMap<Option<FaultKind>, u64> {
    let mut by_kind = BTreeMap::new();
    for connector in columns {
        let (measured_w, setpoint_w) =
            (view.connectors.measured_w[connector], view.connectors.setpoint_w[connector]);
        if let Some(beyond_w) = measured_w.checked_sub(setpoint_w).filter(|&beyond_w| beyond_w > 0) {
            let kind = faults.deaf_kind(connectors[connector], view.t_s);
            *by_kind.entry(kind).or_default() += u64::from(beyond_w);
        }
    }
    by_kind
}
