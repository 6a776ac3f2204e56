//! A depot's night of any size: the shape of WA-PTA, with arrivals drawn by a small generator of our own.

use sim::{
    BaseLoadStep, Control, CurvePoint, Depot, EnvelopeBasis, EnvelopeStep, NodeKind, Ratings, Realization,
    SiteNode, Strategy, VehicleType, Visit,
};

const HOUR_S: i64 = 3600;
const KWH_J: u64 = 3_600_000;

/// The size of a night.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) circuits: u32,
    pub(crate) points_per_circuit: u32,
    pub(crate) buses: u32,
    pub(crate) nights: u32,
    pub(crate) step_s: u32,
    pub(crate) strategy: Strategy,
}

/// Four circuits of four charge points, 28 buses, 16 hours.
pub(crate) const WA_PTA: Size = Size {
    circuits: 4,
    points_per_circuit: 4,
    buses: 28,
    nights: 1,
    step_s: 60,
    strategy: Strategy::FairShare,
};

/// The depot: limits grow with the number of circuits, as WA-PTA's do.
pub(crate) fn depot(size: Size) -> Depot {
    let mut site = vec![node("S", NodeKind::Site, None, [None, None, None])];
    let grid_w = u64::from(size.circuits) * 275_000;
    site.push(node("GC1", NodeKind::GridConnection, Some(0), [Some(grid_w * 14 / 11), Some(grid_w), None]));
    for circuit in 1..=size.circuits {
        let at = site.len() as u32;
        let limits = [Some(400_000), Some(320_000), None];
        site.push(node(&format!("C{circuit}"), NodeKind::ChargerCircuit, Some(1), limits));
        for point in 1..=size.points_per_circuit {
            let point_at = site.len() as u32;
            let id = format!("C{circuit}-P{point}");
            site.push(node(&id, NodeKind::ChargePoint, Some(at), [None, None, Some(150_000)]));
            for connector in 1..=2 {
                let id = format!("{id}-{connector}");
                site.push(node(&id, NodeKind::Connector, Some(point_at), [None, None, Some(150_000)]));
            }
        }
    }
    let connectors: Vec<u32> =
        (0..site.len() as u32).filter(|&at| site[at as usize].kind == NodeKind::Connector).collect();
    let firsts = connectors.iter().step_by(2);
    let lanes = firsts.chain(connectors.iter().skip(1).step_by(2)).copied().collect();
    let hours = if size.nights == 1 { 16 } else { 24 * size.nights };
    Depot {
        id: "night".into(),
        title: "A night at a depot with one grid connection".into(),
        start_unix_s: 1_772_611_200,
        utc_offset_s: 8 * 3600,
        step_s: size.step_s,
        ticks: hours * 3600 / size.step_s,
        rebalance_every_ticks: 1,
        rotation_slot_s: 900,
        hold_s: 300,
        max_age_s: None,
        fallback_note: None,
        strategy: size.strategy,
        control: Control::Connector,
        site,
        lanes,
        assignment: sim::Assignment::LanesInOrder,
        vehicle_types: vec![VehicleType {
            id: "bus".into(),
            battery_j: 400 * KWH_J,
            efficiency_ppm: 950_000,
            min_power_w: 10_000,
            curve: [(0, 150_000), (800_000, 150_000), (1_000_000, 20_000)]
                .map(|(soc_ppm, power_w)| CurvePoint { soc_ppm, power_w })
                .into(),
        }],
        equipment: sim::Equipment::default(),
    }
}

/// What happens in the nights of a depot, which begin at 16:00.
pub(crate) fn realization(size: Size, seed: u64) -> Realization {
    let mut random = Random(seed.wrapping_mul(2) + 1);
    let mut realization = Realization::default();
    for night in 0..i64::from(size.nights) {
        let noon_s = night * 24 * HOUR_S - 4 * HOUR_S;
        for bus in 1..=size.buses {
            // Triangular about 18:30, between 16:30 and 22:00.
            let spread_s = random.below(19_800).min(random.below(19_800));
            let arrival_s = noon_s + 16_200 + spread_s;
            let departure_s = noon_s + 16 * HOUR_S + 1800 + random.below(9000);
            let arrival_energy_j = (60 + random.below(180) as u64) * KWH_J;
            let visit = Visit {
                id: format!("n{night}-bus{bus:02}"),
                vehicle: format!("bus{bus:02}"),
                vehicle_type: 0,
                arrival_s,
                departure_s,
                arrival_energy_j,
                target_energy_j: 380 * KWH_J,
                ready_energy_j: 380 * KWH_J,
                plug_in_delay_s: 0,
                home: None,
                connector: None,
                tier: 0,
                weight: 0,
                conduct: sim::Conduct::default(),
            };
            realization.visits.push(visit);
        }
        let grid_w = u64::from(size.circuits) * 275_000;
        let steps = [
            (6 * HOUR_S + 1800, grid_w * 8 / 11),
            (8 * HOUR_S + 1800, 0),
            (11 * HOUR_S, grid_w * 6 / 11),
            (11 * HOUR_S + 1800, 0),
        ];
        for (at_s, limit_w) in steps {
            realization.envelope_steps.push(EnvelopeStep {
                at_s: noon_s + at_s,
                envelope: "dnsp".into(),
                node: 1,
                basis: EnvelopeBasis::Import,
                limit_w: (limit_w > 0).then_some(limit_w),
            });
        }
        let day_w = i64::from(size.circuits) * 30_000;
        for (at_s, power_w) in [(4 * HOUR_S, day_w), (10 * HOUR_S, day_w / 2), (18 * HOUR_S, day_w)] {
            realization.base_load_steps.push(BaseLoadStep { at_s: noon_s + at_s, node: 1, power_w });
        }
    }
    realization.visits.sort_by_key(|visit| visit.arrival_s);
    realization
}

fn node(id: &str, kind: NodeKind, parent: Option<u32>, limits_w: [Option<u64>; 3]) -> SiteNode {
    let [default_capacity_w, safe_operating_capacity_w, max_rating_w] = limits_w;
    SiteNode {
        id: id.into(),
        kind,
        parent,
        ratings: Ratings { default_capacity_w, safe_operating_capacity_w, max_rating_w },
        weight: 1,
        min_power_w: if kind == NodeKind::Connector { 10_000 } else { 0 },
        pausable: true,
        fallback_w: 0,
        note: String::new(),
    }
}

/// xorshift64*: enough for a test's arrivals.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> i64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        ((self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % bound) as i64
    }
}
