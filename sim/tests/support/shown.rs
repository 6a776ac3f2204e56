//! Copies of everything that an observer is shown of a tick, to be tampered with.

use sim::{Breach, CycleRecord, LimitSource, LimitStep, TickView};

/// One tick.
pub struct Shown {
    pub limit_w: Vec<u64>,
    pub limit_source: Vec<Option<LimitSource>>,
    pub ev_limit_w: Vec<u64>,
    pub base_load_w: Vec<i64>,
    pub node_demand_w: Vec<u64>,
    pub raw_demand_w: Vec<u64>,
    pub allocated_w: Vec<u64>,
    pub node_measured_w: Vec<i64>,
    pub is_binding: Vec<bool>,
    pub is_breached: Vec<bool>,
    pub visit: Vec<u32>,
    pub energy_j: Vec<u64>,
    pub connector_limit_w: Vec<u64>,
    pub connector_limit_source: Vec<Option<LimitSource>>,
    pub demand_w: Vec<u32>,
    pub setpoint_w: Vec<u32>,
    pub measured_w: Vec<u32>,
    pub constrained_by: Vec<u32>,
    pub is_paused: Vec<bool>,
    pub cycle: Option<CycleRecord>,
    pub ended_breaches: Vec<Breach>,
    pub met_limits: Vec<LimitStep>,
}

impl Shown {
    pub fn of(view: &TickView<'_>) -> Self {
        let (nodes, connectors) = (&view.nodes, &view.connectors);
        Self {
            limit_w: nodes.limit_w.to_vec(),
            limit_source: nodes.limit_source.to_vec(),
            ev_limit_w: nodes.ev_limit_w.to_vec(),
            base_load_w: nodes.base_load_w.to_vec(),
            node_demand_w: nodes.demand_w.to_vec(),
            raw_demand_w: nodes.raw_demand_w.to_vec(),
            allocated_w: nodes.allocated_w.to_vec(),
            node_measured_w: nodes.measured_w.to_vec(),
            is_binding: nodes.is_binding.to_vec(),
            is_breached: nodes.is_breached.to_vec(),
            visit: connectors.visit.to_vec(),
            energy_j: connectors.energy_j.to_vec(),
            connector_limit_w: connectors.limit_w.to_vec(),
            connector_limit_source: connectors.limit_source.to_vec(),
            demand_w: connectors.demand_w.to_vec(),
            setpoint_w: connectors.setpoint_w.to_vec(),
            measured_w: connectors.measured_w.to_vec(),
            constrained_by: connectors.constrained_by.to_vec(),
            is_paused: connectors.is_paused.to_vec(),
            cycle: view.cycle.cloned(),
            ended_breaches: view.ended_breaches.to_vec(),
            met_limits: view.met_limits.to_vec(),
        }
    }

    /// The newest cycle.
    pub fn cycle(&mut self) -> &mut CycleRecord {
        self.cycle.as_mut().expect("there was a cycle")
    }

    pub fn view<'a>(&'a self, mut view: TickView<'a>) -> TickView<'a> {
        view.cycle = self.cycle.as_ref();
        view.ended_breaches = &self.ended_breaches;
        view.met_limits = &self.met_limits;
        let nodes = &mut view.nodes;
        nodes.limit_w = &self.limit_w;
        nodes.limit_source = &self.limit_source;
        nodes.ev_limit_w = &self.ev_limit_w;
        nodes.base_load_w = &self.base_load_w;
        nodes.demand_w = &self.node_demand_w;
        nodes.raw_demand_w = &self.raw_demand_w;
        nodes.allocated_w = &self.allocated_w;
        nodes.measured_w = &self.node_measured_w;
        nodes.is_binding = &self.is_binding;
        nodes.is_breached = &self.is_breached;
        let connectors = &mut view.connectors;
        connectors.visit = &self.visit;
        connectors.energy_j = &self.energy_j;
        connectors.limit_w = &self.connector_limit_w;
        connectors.limit_source = &self.connector_limit_source;
        connectors.demand_w = &self.demand_w;
        connectors.setpoint_w = &self.setpoint_w;
        connectors.measured_w = &self.measured_w;
        connectors.constrained_by = &self.constrained_by;
        connectors.is_paused = &self.is_paused;
        view
    }
}
