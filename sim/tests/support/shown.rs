//! Copies of everything that an observer is shown of a tick, to be tampered with.

use sim::{Breach, Column, ConnectorState, CycleRecord, LimitSource, LimitStep, TickView};

/// One tick.
#[derive(Debug, PartialEq)]
pub struct Shown {
    pub limit_w: Column<u64>,
    pub limit_source: Column<Option<LimitSource>>,
    pub ev_limit_w: Column<u64>,
    pub base_load_w: Column<i64>,
    pub node_demand_w: Column<u64>,
    pub raw_demand_w: Column<u64>,
    pub allocated_w: Column<u64>,
    pub node_measured_w: Column<i64>,
    pub is_binding: Column<bool>,
    pub is_breached: Column<bool>,
    pub visit: Column<u32>,
    pub state: Column<ConnectorState>,
    pub energy_j: Column<u64>,
    pub connector_limit_w: Column<u64>,
    pub connector_limit_source: Column<Option<LimitSource>>,
    pub demand_w: Column<u32>,
    pub setpoint_w: Column<u32>,
    pub measured_w: Column<u32>,
    pub constrained_by: Column<u32>,
    pub is_paused: Column<bool>,
    pub cycle: Option<CycleRecord>,
    pub ended_breaches: Vec<Breach>,
    pub met_limits: Vec<LimitStep>,
}

impl Shown {
    pub fn of(view: &TickView<'_>) -> Self {
        let (nodes, connectors) = (&view.nodes, &view.connectors);
        Self {
            limit_w: nodes.limit_w.clone(),
            limit_source: nodes.limit_source.clone(),
            ev_limit_w: nodes.ev_limit_w.clone(),
            base_load_w: nodes.base_load_w.clone(),
            node_demand_w: nodes.demand_w.clone(),
            raw_demand_w: nodes.raw_demand_w.clone(),
            allocated_w: nodes.allocated_w.clone(),
            node_measured_w: nodes.measured_w.clone(),
            is_binding: nodes.is_binding.clone(),
            is_breached: nodes.is_breached.clone(),
            visit: connectors.visit.clone(),
            state: connectors.state.clone(),
            energy_j: connectors.energy_j.clone(),
            connector_limit_w: connectors.limit_w.clone(),
            connector_limit_source: connectors.limit_source.clone(),
            demand_w: connectors.demand_w.clone(),
            setpoint_w: connectors.setpoint_w.clone(),
            measured_w: connectors.measured_w.clone(),
            constrained_by: connectors.constrained_by.clone(),
            is_paused: connectors.is_paused.clone(),
            cycle: view.cycle.cloned(),
            ended_breaches: view.ended_breaches.to_vec(),
            met_limits: view.met_limits.to_vec(),
        }
    }

    /// The newest cycle.
    pub fn cycle(&mut self) -> &mut CycleRecord {
        self.cycle.as_mut().expect("there was a cycle")
    }

    /// The tick with what was tampered with: every other column is the simulation's own, in the edition that it has.
    pub fn view<'a>(&'a self, mut view: TickView<'a>) -> TickView<'a> {
        view.cycle = self.cycle.as_ref();
        view.ended_breaches = &self.ended_breaches;
        view.met_limits = &self.met_limits;
        let nodes = &mut view.nodes;
        nodes.limit_w = either(nodes.limit_w, &self.limit_w);
        nodes.limit_source = either(nodes.limit_source, &self.limit_source);
        nodes.ev_limit_w = either(nodes.ev_limit_w, &self.ev_limit_w);
        nodes.base_load_w = either(nodes.base_load_w, &self.base_load_w);
        nodes.demand_w = either(nodes.demand_w, &self.node_demand_w);
        nodes.raw_demand_w = either(nodes.raw_demand_w, &self.raw_demand_w);
        nodes.allocated_w = either(nodes.allocated_w, &self.allocated_w);
        nodes.measured_w = either(nodes.measured_w, &self.node_measured_w);
        nodes.is_binding = either(nodes.is_binding, &self.is_binding);
        nodes.is_breached = either(nodes.is_breached, &self.is_breached);
        let connectors = &mut view.connectors;
        connectors.visit = either(connectors.visit, &self.visit);
        connectors.state = either(connectors.state, &self.state);
        connectors.energy_j = either(connectors.energy_j, &self.energy_j);
        connectors.limit_w = either(connectors.limit_w, &self.connector_limit_w);
        connectors.limit_source = either(connectors.limit_source, &self.connector_limit_source);
        connectors.demand_w = either(connectors.demand_w, &self.demand_w);
        connectors.setpoint_w = either(connectors.setpoint_w, &self.setpoint_w);
        connectors.measured_w = either(connectors.measured_w, &self.measured_w);
        connectors.constrained_by = either(connectors.constrained_by, &self.constrained_by);
        connectors.is_paused = either(connectors.is_paused, &self.is_paused);
        view
    }
}

fn either<'a, T: Copy + PartialEq>(shown: &'a Column<T>, copy: &'a Column<T>) -> &'a Column<T> {
    if shown == copy { shown } else { copy }
}
