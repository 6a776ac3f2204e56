//! The meters of all nodes, added up stretch by stretch: meters rest for most of a night, so a node that shows what it showed in the tick before
//! only has its stretch made longer.

use super::meter::{Condition, Meter, Reading};
use sim::{Counterpart, Edition, NodeColumns};

/// Meters by node, and the stretches that are not among their figures yet.
#[derive(Debug, Clone)]
pub(super) struct Meters {
    by_node: Vec<Metered>,
    /// Since when all else is what it is, at every node: it hardly ever changes \[s\].
    noted_s: u64,
    /// Whether any node is above its limit.
    is_any_breached: bool,
    // What the newest tick showed.
    measured: Edition,
    limit_w: Counterpart<u64>,
    base_load_w: Counterpart<i64>,
    is_binding: Counterpart<bool>,
    is_breached: Counterpart<bool>,
}

/// A node's meter, and what it has shown since when.
#[derive(Debug, Clone, Copy, Default)]
struct Metered {
    meter: Meter,
    measured_w: i64,
    limit_w: u64,
    since: Since,
}

/// The beginning of a stretch.
#[derive(Debug, Clone, Copy, Default)]
struct Since {
    /// When its first tick began \[s\].
    t_s: u64,
    /// How long the run had lasted \[s\].
    now_s: u64,
}

impl Metered {
    /// Brings the stretch that ends at `now_s` \[s\] into the figures.
    #[inline]
    fn read(&mut self, now_s: u64) {
        let Self { ref mut meter, measured_w, limit_w, since } = *self;
        meter.read(Reading { t_s: since.t_s, duration_s: now_s - since.now_s, limit_w, measured_w });
    }
}

impl Meters {
    /// Meters of so many nodes that have seen nothing yet.
    pub(super) fn new(nodes: usize) -> Self {
        Self {
            by_node: vec![Metered::default(); nodes],
            noted_s: 0,
            is_any_breached: false,
            measured: Edition::default(),
            limit_w: Counterpart::filled(0, nodes),
            base_load_w: Counterpart::filled(0, nodes),
            is_binding: Counterpart::filled(false, nodes),
            is_breached: Counterpart::filled(false, nodes),
        }
    }

    /// Takes in the tick that begins at `t_s` \[s\]; the run has lasted `now_s` \[s\].
    #[inline]
    pub(super) fn see(&mut self, nodes: &NodeColumns<'_>, t_s: u64, now_s: u64) {
        let since = Since { t_s, now_s };
        let is_measured_new = self.measured.moves_to(nodes.measured_w.edition());
        let is_condition_same = self.is_binding.is(nodes.is_binding)
            && self.limit_w.is(nodes.limit_w)
            && self.base_load_w.is(nodes.base_load_w)
            && self.is_breached.is(nodes.is_breached);
        if !is_condition_same || now_s == 0 {
            self.close(now_s);
            self.begin(nodes, since);
        } else if is_measured_new {
            self.read_changed(nodes.measured_w, since);
        }
    }

    /// Brings all stretches into the figures.
    pub(super) fn close(&mut self, now_s: u64) {
        let duration_s = now_s - self.noted_s;
        if duration_s == 0 {
            return;
        }
        self.noted_s = now_s;
        for (ix, metered) in self.by_node.iter_mut().enumerate() {
            metered.read(now_s);
            metered.meter.note(Condition {
                duration_s,
                base_load_w: self.base_load_w[ix],
                is_binding: self.is_binding[ix],
                is_breached: self.is_breached[ix],
            });
        }
    }

    /// What is known of a node, once they are closed.
    pub(super) fn of(&self, node: usize) -> &Meter {
        &self.by_node[node].meter
    }

    /// By node, once they are closed.
    pub(super) fn by_node(&self) -> impl Iterator<Item = &Meter> + Clone {
        self.by_node.iter().map(|metered| &metered.meter)
    }

    /// Whether any node was above its limit in the newest tick.
    pub(super) fn is_any_breached(&self) -> bool {
        self.is_any_breached
    }

    /// Ends the stretches of the meters that show something else.
    fn read_changed(&mut self, measured_w: &[i64], since: Since) {
        for (metered, &measured_w) in self.by_node.iter_mut().zip(measured_w) {
            if metered.measured_w != measured_w {
                metered.read(since.now_s);
                (metered.measured_w, metered.since) = (measured_w, since);
            }
        }
    }

    fn begin(&mut self, nodes: &NodeColumns<'_>, since: Since) {
        for (metered, (&measured_w, &limit_w)) in
            self.by_node.iter_mut().zip(nodes.measured_w.iter().zip(nodes.limit_w))
        {
            *metered = Metered { measured_w, limit_w, since, ..*metered };
        }
        self.limit_w.take_over(nodes.limit_w);
        self.base_load_w.take_over(nodes.base_load_w);
        self.is_binding.take_over(nodes.is_binding);
        self.is_breached.take_over(nodes.is_breached);
        self.is_any_breached = nodes.is_breached.contains(&true);
    }
}
