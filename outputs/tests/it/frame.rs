//! A tick made by hand on a depot of one circuit, one charge point and two connectors.
//!
//! ```text
//!  positions   0 S ─ 1 GC1 ─ 2 C1 ─ 3 P1 ─ 4 P1-1
//!                                        └ 5 P1-2
//! ```

use sim::view::{NO_NODE, NO_VISIT};
use sim::{
    Breach, Column, ConnectorColumns, ConnectorState, Control, CycleRecord, Depot, Event, LimitSource,
    NodeColumns, NodeKind, Ratings, Realization, SiteNode, Stay, Strategy, TickView, VehicleType, Visit,
};

/// "No limit".
pub(crate) const UNLIMITED_W: u64 = u64::MAX;

/// The depot of the drawing; it starts at 2026-03-04T16:00:00+08:00 with ticks of 60 s.
pub(crate) fn depot() -> Depot {
    let kinds = [
        ("S", NodeKind::Site, None),
        ("GC1", NodeKind::GridConnection, Some(0)),
        ("C1", NodeKind::ChargerCircuit, Some(1)),
        ("P1", NodeKind::ChargePoint, Some(2)),
        ("P1-1", NodeKind::Connector, Some(3)),
        ("P1-2", NodeKind::Connector, Some(3)),
    ];
    let node = |(id, kind, parent): (&str, NodeKind, Option<u32>)| SiteNode {
        id: id.into(),
        kind,
        parent,
        ratings: Ratings::default(),
        weight: 1,
        min_power_w: 0,
        pausable: true,
        fallback_w: 0,
        note: String::new(),
    };
    Depot {
        id: "hand".into(),
        title: "Made by hand".into(),
        start_unix_s: 1_772_611_200,
        utc_offset_s: 8 * 3600,
        step_s: 60,
        ticks: 10,
        rebalance_every_ticks: 1,
        rotation_slot_s: 900,
        hold_s: 300,
        max_age_s: None,
        fallback_note: None,
        strategy: Strategy::FairShare,
        control: Control::Connector,
        site: kinds.map(node).into(),
        lanes: vec![4, 5],
        assignment: sim::Assignment::LanesInOrder,
        vehicle_types: vec![VehicleType {
            id: "bus".into(),
            battery_j: 1_440_000_000,
            efficiency_ppm: 950_000,
            min_power_w: 0,
            curve: Vec::new(),
        }],
        equipment: sim::Equipment::default(),
    }
}

/// Two visits: `v1` from 0 s to 600 s, `v2` from 30 s to 900 s; batteries of 400 kWh, 10 % to 95 %.
pub(crate) fn realization() -> Realization {
    let visit = |id: &str, vehicle: &str, arrival_s, departure_s| Visit {
        id: id.into(),
        vehicle: vehicle.into(),
        vehicle_type: 0,
        arrival_s,
        departure_s,
        arrival_energy_j: 144_000_000,
        target_energy_j: 1_368_000_000,
        ready_energy_j: 1_368_000_000,
        plug_in_delay_s: 0,
        home: None,
        connector: None,
        tier: 0,
        weight: 0,
        conduct: sim::Conduct::default(),
    };
    Realization {
        visits: vec![visit("v1", "bus-7", 0, 600), visit("v2", "=bus,8", 30, 900)],
        ..Realization::default()
    }
}

/// Owned columns of a tick, to be changed before they are viewed.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub(crate) tick: u32,
    pub(crate) cycle: Option<CycleRecord>,
    pub(crate) is_cycle_new: bool,
    pub(crate) limit_w: Column<u64>,
    pub(crate) limit_source: Column<Option<LimitSource>>,
    pub(crate) base_load_w: Column<i64>,
    pub(crate) ev_limit_w: Column<u64>,
    pub(crate) node_demand_w: Column<u64>,
    pub(crate) raw_demand_w: Column<u64>,
    pub(crate) allocated_w: Column<u64>,
    pub(crate) node_measured_w: Column<i64>,
    pub(crate) is_binding: Column<bool>,
    pub(crate) is_breached: Column<bool>,
    pub(crate) visit: Column<u32>,
    pub(crate) state: Column<ConnectorState>,
    pub(crate) energy_j: Column<u64>,
    pub(crate) connector_limit_w: Column<u64>,
    pub(crate) connector_limit_source: Column<Option<LimitSource>>,
    pub(crate) demand_w: Column<u32>,
    pub(crate) setpoint_w: Column<u32>,
    pub(crate) measured_w: Column<u32>,
    pub(crate) constrained_by: Column<u32>,
    pub(crate) is_paused: Column<bool>,
    pub(crate) stays: Vec<Stay>,
    pub(crate) events: Vec<Event>,
    pub(crate) ended_breaches: Vec<Breach>,
}

impl Default for Frame {
    /// Nothing limits, nobody is there.
    fn default() -> Self {
        Self {
            tick: 0,
            cycle: None,
            is_cycle_new: false,
            limit_w: Column::filled(UNLIMITED_W, 4),
            limit_source: Column::filled(None, 4),
            base_load_w: Column::filled(0, 4),
            ev_limit_w: Column::filled(UNLIMITED_W, 4),
            node_demand_w: Column::filled(0, 4),
            raw_demand_w: Column::filled(0, 4),
            allocated_w: Column::filled(0, 4),
            node_measured_w: Column::filled(0, 4),
            is_binding: Column::filled(false, 4),
            is_breached: Column::filled(false, 4),
            visit: Column::filled(NO_VISIT, 2),
            state: Column::filled(ConnectorState::Available, 2),
            energy_j: Column::filled(0, 2),
            connector_limit_w: Column::filled(UNLIMITED_W, 2),
            connector_limit_source: Column::filled(None, 2),
            demand_w: Column::filled(0, 2),
            setpoint_w: Column::filled(0, 2),
            measured_w: Column::filled(0, 2),
            constrained_by: Column::filled(NO_NODE, 2),
            is_paused: Column::filled(false, 2),
            stays: vec![stay(); 2],
            events: Vec::new(),
            ended_breaches: Vec::new(),
        }
    }
}

impl Frame {
    /// A frame of this tick in which nothing happens.
    pub(crate) fn at(tick: u32) -> Self {
        Self { tick, ..Self::default() }
    }

    /// Plugs a visit into a connector (by column) that is constrained by a node.
    pub(crate) fn charge(
        mut self,
        column: usize,
        visit: u32,
        powers_w: [u32; 3],
        constrained_by: u32,
    ) -> Self {
        [self.demand_w[column], self.setpoint_w[column], self.measured_w[column]] = powers_w;
        self.visit[column] = visit;
        self.state[column] = ConnectorState::Charging;
        self.energy_j[column] = 720_000_000;
        self.constrained_by[column] = constrained_by;
        self
    }

    /// The view of it.
    pub(crate) fn view(&self) -> TickView<'_> {
        TickView {
            tick: self.tick,
            t_s: u64::from(self.tick) * 60,
            step_s: 60,
            cycle: self.cycle.as_ref(),
            is_cycle_new: self.is_cycle_new,
            interventions: &[],
            nodes: NodeColumns {
                limit_w: &self.limit_w,
                limit_source: &self.limit_source,
                base_load_w: &self.base_load_w,
                ev_limit_w: &self.ev_limit_w,
                demand_w: &self.node_demand_w,
                raw_demand_w: &self.raw_demand_w,
                allocated_w: &self.allocated_w,
                measured_w: &self.node_measured_w,
                is_binding: &self.is_binding,
                is_breached: &self.is_breached,
            },
            connectors: ConnectorColumns {
                visit: &self.visit,
                state: &self.state,
                energy_j: &self.energy_j,
                limit_w: &self.connector_limit_w,
                limit_source: &self.connector_limit_source,
                demand_w: &self.demand_w,
                setpoint_w: &self.setpoint_w,
                measured_w: &self.measured_w,
                constrained_by: &self.constrained_by,
                is_paused: &self.is_paused,
            },
            stays: self.stays.as_slice().into(),
            events: &self.events,
            ended_breaches: &self.ended_breaches,
            met_limits: &[],
        }
    }
}

/// A stay that has not begun.
pub(crate) fn stay() -> Stay {
    Stay {
        connector: NO_NODE,
        plugged_in_s: None,
        left_s: None,
        energy_j: 144_000_000,
        metered_j: 0,
        ready_s: None,
        paused_s: 0,
        preconditioned_j: 0,
    }
}
