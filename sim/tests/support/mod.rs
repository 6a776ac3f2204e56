//! Depots and visits for tests and benchmarks, built by hand.
#![allow(dead_code, missing_docs, unreachable_pub, reason = "each test uses its own part of the kit")]

pub mod shown;

use balancer::Followed;
use shown::Shown;
use sim::{
    Assignment, Conduct, Control, CurvePoint, Depot, Equipment, NodeKind, ObserverError, Ratings,
    Realization, RunEnd, RunError, Simulation, SiteNode, Stay, Strategy, TickView, VehicleType, Visit,
};

pub const KWH_J: u64 = 3_600_000;

pub fn node(id: &str, kind: NodeKind, parent: Option<u32>, ratings: Ratings) -> SiteNode {
    SiteNode {
        id: id.to_owned(),
        kind,
        parent,
        ratings,
        weight: 1,
        min_power_w: 0,
        pausable: true,
        fallback_w: 0,
        note: String::new(),
    }
}

pub fn capacity(limit_w: u64) -> Ratings {
    Ratings { default_capacity_w: Some(limit_w), ..Ratings::default() }
}

pub fn rating(limit_w: u64) -> Ratings {
    Ratings { max_rating_w: Some(limit_w), ..Ratings::default() }
}

/// A battery electric bus: 400 kWh, 95 %, 150 kW up to 80 %, down to 20 kW when full.
pub fn bus() -> VehicleType {
    vehicle("bus", 400, &[(0, 150_000), (800_000, 150_000), (1_000_000, 20_000)])
}

/// A van: 40 kWh, 95 %, 50 kW up to 60 %, down to 5 kW when full.
pub fn van() -> VehicleType {
    vehicle("van", 40, &[(0, 50_000), (600_000, 50_000), (1_000_000, 5_000)])
}

pub fn vehicle(id: &str, battery_kwh: u64, curve: &[(u32, u32)]) -> VehicleType {
    VehicleType {
        id: id.to_owned(),
        battery_j: battery_kwh * KWH_J,
        efficiency_ppm: 950_000,
        min_power_w: 0,
        curve: curve.iter().map(|&(soc_ppm, power_w)| CurvePoint { soc_ppm, power_w }).collect(),
    }
}

/// A depot of `circuits` circuits of `per_circuit` charge points with `connectors` connectors each of 150 kW (none: the charge point is its own).
pub fn depot(circuits: u32, per_circuit: u32, connectors: u32, site_w: u64, circuit_w: u64) -> Depot {
    let mut site = vec![
        node("site", NodeKind::Site, None, Ratings::default()),
        node("GC1", NodeKind::GridConnection, Some(0), capacity(site_w)),
    ];
    for c in 0..circuits {
        site.push(node(&format!("C{}", c + 1), NodeKind::ChargerCircuit, Some(1), capacity(circuit_w)));
    }
    for c in 0..circuits {
        for p in 0..per_circuit {
            site.push(node(
                &format!("C{}-P{}", c + 1, p + 1),
                NodeKind::ChargePoint,
                Some(2 + c),
                rating(150_000),
            ));
        }
    }
    let charge_points = 2 + circuits..2 + circuits + circuits * per_circuit;
    for p in charge_points.clone() {
        for k in 0..connectors {
            let id = format!("{}-{}", site[p as usize].id, k + 1);
            site.push(node(&id, NodeKind::Connector, Some(p), rating(150_000)));
        }
    }
    let first_connector = charge_points.end;
    let lanes = match connectors {
        0 => charge_points.collect(),
        k => (0..k)
            .flat_map(|k| (0..circuits * per_circuit).map(move |p| (k, p)))
            .map(|(k, p)| first_connector + p * connectors + k)
            .collect(),
    };
    Depot {
        id: "test".to_owned(),
        title: "A depot for tests".to_owned(),
        start_unix_s: 0,
        utc_offset_s: 0,
        step_s: 60,
        ticks: 1440,
        rebalance_every_ticks: 1,
        rotation_slot_s: 900,
        hold_s: 300,
        max_age_s: None,
        fallback_note: None,
        strategy: Strategy::FairShare,
        control: Control::Connector,
        site,
        lanes,
        assignment: Assignment::LanesInOrder,
        vehicle_types: vec![bus(), van()],
        equipment: Equipment::default(),
    }
}

/// A visit of a bus (type 0), with energies in whole percent of 400 kWh.
pub fn visit(id: &str, arrival_s: i64, departure_s: i64, soc_pct: u64, target_pct: u64) -> Visit {
    Visit {
        id: id.to_owned(),
        vehicle: id.to_owned(),
        vehicle_type: 0,
        arrival_s,
        departure_s,
        arrival_energy_j: soc_pct * 4 * KWH_J,
        target_energy_j: target_pct * 4 * KWH_J,
        ready_energy_j: target_pct * 4 * KWH_J,
        plug_in_delay_s: 0,
        connector: None,
        home: None,
        tier: 0,
        weight: 0,
        conduct: Conduct::default(),
    }
}

/// SplitMix64, for inputs of tests and benchmarks.
pub struct Words(pub u64);

impl Words {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    /// From `least` to `most`, both included.
    pub fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.below(most - least + 1)
    }
}

/// `day-16`: one grid connection, four circuits, four chargers each, 1,440 one-minute ticks and two sessions a charger.
///
/// The workload that peers are measured on: chargers of 7.68 kW (32 A at 240 V), a circuit carries half of what its chargers could draw, the
/// grid connection 60 % of the circuits together. Each session brings 5 to 40 kWh from 30 % to 100 % within 180 to 504 minutes; charging
/// tapers above 80 %. Drawn by SplitMix64, word for word as their scripts do.
pub fn day_16(seed: u64) -> (Depot, Realization) {
    const CHARGER_W: u64 = 7_680;
    let mut depot = depot(4, 4, 0, 4 * 2 * CHARGER_W * 6 / 10, 2 * CHARGER_W);
    for node in depot.site.iter_mut().filter(|node| node.kind == NodeKind::ChargePoint) {
        node.ratings = rating(CHARGER_W);
    }
    depot.vehicle_types.clear();
    let mut words = Words(seed);
    let mut visits = Vec::new();
    for charger in 0..16_u32 {
        for slot in 0..2 {
            let arrival = slot * 720 + words.between(0, 180);
            let stay = words.between(180, 504);
            let departure = (arrival + stay).min((slot + 1) * 720 - 1);
            let wh = words.between(5_000, 40_000);
            let mut vehicle_type = vehicle(&format!("v{}", visits.len()), 1, &[]);
            vehicle_type.battery_j = wh * 3600 * 10 / 7;
            vehicle_type.curve = [(0, CHARGER_W), (800_000, CHARGER_W), (1_000_000, 100)]
                .map(|(soc_ppm, power_w)| CurvePoint { soc_ppm, power_w: power_w as u32 })
                .to_vec();
            let battery_j = vehicle_type.battery_j;
            let mut visit = visit(&vehicle_type.id, 60 * arrival as i64, 60 * departure as i64, 0, 0);
            visit.vehicle_type = visits.len() as u32;
            visit.arrival_energy_j = battery_j * 3 / 10;
            visit.target_energy_j = battery_j;
            visit.ready_energy_j = battery_j;
            visit.connector = Some(6 + charger);
            depot.vehicle_types.push(vehicle_type);
            visits.push(visit);
        }
    }
    visits.sort_by_key(|visit| visit.arrival_s);
    (depot, Realization { visits, ..Realization::default() })
}

/// Runs with and without the shortcuts that cycles take, and tells how each new cycle was followed, where it was; or of the first difference.
pub fn compare_with_deciding(
    depot: &Depot,
    realization: &Realization,
    mut look: impl FnMut(Option<Followed>),
) -> Result<(), String> {
    let begin = || Simulation::new(depot, realization).expect("it can be run");
    let (mut short, mut long) = (begin(), begin());
    long.decide_every_cycle();
    for tick in 0..depot.ticks {
        let (view, decided) = (short.step(&[]).expect("a tick"), long.step(&[]).expect("a tick"));
        let (shown, should_be) = (Shown::of(&view), Shown::of(&decided));
        let [stays, decided_stays] =
            [view.stays, decided.stays].map(|stays| stays.iter().collect::<Vec<_>>());
        if shown != should_be || view.events != decided.events || stays != decided_stays {
            return Err(format!("tick {tick}: {shown:#?} with shortcuts, and {should_be:#?} without"));
        }
        let is_cycle_new = view.is_cycle_new;
        if is_cycle_new {
            look(short.has_followed());
        }
        assert_eq!(long.has_followed(), None);
    }
    let (end, should_be) = (short.end(), long.end());
    let told = |end: &RunEnd<'_>| format!("{:?} {:?} {:?}", end.stays, end.ended_breaches, end.unmet_limits);
    if told(&end) != told(&should_be) {
        return Err(format!("the end: {} with shortcuts, and {} without", told(&end), told(&should_be)));
    }
    Ok(())
}

/// Runs with the checker and gives the stays and every tick to look at.
pub fn watch(
    depot: &Depot,
    realization: &Realization,
    look: impl FnMut(&TickView<'_>),
) -> Result<Vec<Stay>, RunError> {
    struct Watcher<F>(F, Vec<Stay>);
    impl<F: FnMut(&TickView<'_>)> sim::Observer for Watcher<F> {
        fn tick(&mut self, view: &TickView<'_>) -> Result<(), ObserverError> {
            (self.0)(view);
            Ok(())
        }
        fn end(&mut self, end: &sim::RunEnd<'_>) -> Result<(), ObserverError> {
            self.1 = end.stays.to_vec();
            Ok(())
        }
    }
    let mut watcher = Watcher(look, Vec::new());
    sim::run(depot, realization, &mut [&mut watcher])?;
    Ok(watcher.1)
}

/// One charge point with one connector's worth of limit, and one vehicle on it for the whole run.
pub fn lone_charger(limit_w: u64, step_s: u32, ticks: u32, vehicle_type: VehicleType) -> Depot {
    let mut depot = depot(1, 1, 0, limit_w, limit_w);
    depot.step_s = step_s;
    depot.ticks = ticks;
    depot.vehicle_types = vec![vehicle_type];
    for node in &mut depot.site {
        node.ratings = capacity(limit_w);
    }
    depot
}
