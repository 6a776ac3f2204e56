//! The meters of all nodes, added up stretch by stretch: meters rest for most of a night, so ticks that show what the tick before showed only
//! make a stretch longer.

use super::meter::{Meter, Reading};
use sim::NodeColumns;

/// Meters by node, and the stretch that is not among their figures yet.
#[derive(Debug, Default)]
pub(super) struct Meters {
    by_node: Vec<Meter>,
    /// When the stretch began \[s\].
    from_s: u64,
    /// How long it is \[s\]; 0 before the first tick.
    duration_s: u64,
    /// Whether any node is above its limit in it.
    is_any_breached: bool,
    // What every tick of the stretch showed.
    limit_w: Vec<u64>,
    base_load_w: Vec<i64>,
    measured_w: Vec<i64>,
    is_binding: Vec<bool>,
    is_breached: Vec<bool>,
}

impl Meters {
    /// Meters of so many nodes that have seen nothing yet.
    pub(super) fn new(nodes: usize) -> Self {
        Self { by_node: vec![Meter::default(); nodes], ..Self::default() }
    }

    /// Adds a tick of `step_s` \[s\] from `t_s` \[s\].
    pub(super) fn add(&mut self, nodes: &NodeColumns<'_>, t_s: u64, step_s: u32) {
        if !self.shows(nodes) {
            self.close();
            self.begin(nodes, t_s);
        }
        self.duration_s += u64::from(step_s);
    }

    /// Brings the stretch into the figures.
    pub(super) fn close(&mut self) {
        if self.duration_s == 0 {
            return;
        }
        for (ix, meter) in self.by_node.iter_mut().enumerate() {
            meter.add(Reading {
                t_s: self.from_s,
                duration_s: self.duration_s,
                limit_w: self.limit_w[ix],
                base_load_w: self.base_load_w[ix],
                measured_w: self.measured_w[ix],
                is_binding: self.is_binding[ix],
                is_breached: self.is_breached[ix],
            });
        }
        self.duration_s = 0;
    }

    /// By node, once they are closed.
    pub(super) fn by_node(&self) -> &[Meter] {
        &self.by_node
    }

    /// Whether any node was above its limit in the newest tick.
    pub(super) fn is_any_breached(&self) -> bool {
        self.is_any_breached
    }

    fn shows(&self, nodes: &NodeColumns<'_>) -> bool {
        self.measured_w == nodes.measured_w
            && self.limit_w == nodes.limit_w
            && self.base_load_w == nodes.base_load_w
            && self.is_binding == nodes.is_binding
            && self.is_breached == nodes.is_breached
    }

    fn begin(&mut self, nodes: &NodeColumns<'_>, t_s: u64) {
        self.from_s = t_s;
        nodes.limit_w.clone_into(&mut self.limit_w);
        nodes.base_load_w.clone_into(&mut self.base_load_w);
        nodes.measured_w.clone_into(&mut self.measured_w);
        nodes.is_binding.clone_into(&mut self.is_binding);
        nodes.is_breached.clone_into(&mut self.is_breached);
        self.is_any_breached = nodes.is_breached.contains(&true);
    }
}
