//! Notices when measured power rises above an effective limit, and for how long.

use crate::bays::Bays;
use crate::breach::{Breach, BreachCause};
use crate::breach_trace::{Circumstances, Place};
use crate::totals::Totals;
use std::collections::{BTreeMap, BTreeSet};

/// Open breaches: of nodes by column, and of the connectors that can be above their limits at all.
#[derive(Debug, Clone)]
pub(crate) struct Watch {
    open: Vec<Option<Breach>>,
    open_count: usize,
    connectors: Vec<WatchedConnector>,
    open_connectors: BTreeMap<u32, Breach>,
    /// The largest rating that each connector ever had \[W\].
    most_rated_w: Vec<u32>,
}

/// A connector whose limit is below what its hardware can draw.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WatchedConnector {
    pub(crate) column: u32,
    /// Position in [`crate::Depot::site`].
    pub(crate) position: u32,
    pub(crate) limit_w: u64,
    /// What its meter shows beside charging \[W\].
    pub(crate) base_load_w: i64,
}

impl WatchedConnector {
    fn over_w(&self, bays: &Bays) -> u64 {
        let meter_w = i64::from(bays.meters.measured_w()[self.column as usize]) + self.base_load_w;
        meter_w.max(0).unsigned_abs().saturating_sub(self.limit_w)
    }
}

/// The time of a tick, and where connectors stand.
#[derive(Clone, Copy)]
pub(crate) struct Moment<'a> {
    pub(crate) t_s: u64,
    pub(crate) step_s: u32,
    /// Site positions of the node columns.
    pub(crate) positions: &'a [u32],
}

impl Watch {
    pub(crate) fn of(nodes: usize) -> Self {
        Self {
            open: vec![None; nodes],
            open_count: 0,
            connectors: Vec::new(),
            open_connectors: BTreeMap::new(),
            most_rated_w: Vec::new(),
        }
    }

    pub(crate) fn any_open(&self) -> bool {
        self.open_count > 0 || !self.open_connectors.is_empty()
    }

    /// The largest rating \[W\] that a connector had up to now, with this one: a charger that is slow or ignores setpoints may still draw it.
    pub(crate) fn most_rated_w(&mut self, column: u32, rating_w: u32) -> u32 {
        let ix = column as usize;
        if self.most_rated_w.len() <= ix {
            self.most_rated_w.resize(ix + 1, 0);
        }
        let most_w = &mut self.most_rated_w[ix];
        *most_w = rating_w.max(*most_w);
        *most_w
    }

    /// Watches these connectors from now on, in ascending order of columns: all that can be above their limits, or are.
    pub(crate) fn watch_connectors(&mut self, connectors: Vec<WatchedConnector>) {
        self.connectors = connectors;
    }

    /// The columns of connectors with an open breach.
    pub(crate) fn open_columns(&self) -> BTreeSet<u32> {
        self.open_connectors.keys().copied().collect()
    }

    /// Compares meters with limits over a tick; `began` and `ended` hear of changes.
    pub(crate) fn look(
        &mut self,
        totals: &mut Totals,
        moment: Moment<'_>,
        circumstances: Circumstances<'_>,
        mut began: impl FnMut(&Breach),
        mut ended: impl FnMut(Breach),
    ) {
        let any_over = totals.any_over();
        if any_over || self.open_count > 0 {
            self.look_at_nodes(totals, moment, circumstances, &mut began, &mut ended);
        }
        // In nearly every tick of a managed depot both are skipped.
        if !self.connectors.is_empty() {
            self.look_at_connectors(moment, circumstances, &mut began, &mut ended);
        }
    }

    #[cold]
    fn look_at_nodes(
        &mut self,
        totals: &mut Totals,
        moment: Moment<'_>,
        circumstances: Circumstances<'_>,
        began: &mut impl FnMut(&Breach),
        ended: &mut impl FnMut(Breach),
    ) {
        for node in 0..self.open.len() {
            let measured_w = totals.measured_w[node].max(0).unsigned_abs();
            let over_w = measured_w.saturating_sub(totals.limit_w[node]);
            totals.is_breached[node] = over_w > 0;
            if over_w == 0 {
                if let Some(mut breach) = self.open[node].take() {
                    breach.end_s = moment.t_s;
                    self.open_count -= 1;
                    ended(breach);
                }
                continue;
            }
            let breach = self.open[node].get_or_insert_with(|| {
                let cause = circumstances.cause(Place::of_node(node, totals, circumstances.site));
                let breach = opened(moment.positions[node], moment.t_s, cause);
                self.open_count += 1;
                began(&breach);
                breach
            });
            extend(breach, over_w, moment.step_s);
        }
    }

    #[cold]
    fn look_at_connectors(
        &mut self,
        moment: Moment<'_>,
        circumstances: Circumstances<'_>,
        began: &mut impl FnMut(&Breach),
        ended: &mut impl FnMut(Breach),
    ) {
        for connector in &self.connectors {
            let over_w = connector.over_w(circumstances.bays);
            if over_w == 0 {
                if let Some(mut breach) = self.open_connectors.remove(&connector.column) {
                    breach.end_s = moment.t_s;
                    ended(breach);
                }
                continue;
            }
            let breach = self.open_connectors.entry(connector.column).or_insert_with(|| {
                let place = Place::of_connector(connector, circumstances.bays, circumstances.site);
                let breach = opened(connector.position, moment.t_s, circumstances.cause(place));
                began(&breach);
                breach
            });
            extend(breach, over_w, moment.step_s);
        }
    }

    /// Ends what is still open when the run ends.
    pub(crate) fn close(&mut self, t_s: u64) -> Vec<Breach> {
        self.open_count = 0;
        let nodes = self.open.iter_mut().filter_map(Option::take);
        let connectors = std::mem::take(&mut self.open_connectors).into_values();
        nodes.chain(connectors).map(|breach| Breach { end_s: t_s, ..breach }).collect()
    }
}

fn opened(node: u32, t_s: u64, cause: BreachCause) -> Breach {
    Breach { node, start_s: t_s, end_s: t_s, peak_over_w: 0, energy_over_j: 0, cause }
}

fn extend(breach: &mut Breach, over_w: u64, step_s: u32) {
    breach.peak_over_w = breach.peak_over_w.max(over_w);
    breach.energy_over_j += u128::from(over_w) * u128::from(step_s);
}
