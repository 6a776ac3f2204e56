//! A depot of one charge point, and the bus that visits it.

use sim::{
    Assignment, Conduct, Control, CurvePoint, Depot, Equipment, NodeKind, Ratings, Realization, SiteNode,
    Strategy, VehicleType, Visit,
};

const KWH_J: u64 = 3_600_000;

/// A charge point of 150 kW on a connection of 100 kW, for two hours of minutes.
pub(crate) fn depot() -> Depot {
    let node = |id: &str, kind, parent, max_rating_w| SiteNode {
        id: id.into(),
        kind,
        parent,
        ratings: Ratings { max_rating_w, ..Ratings::default() },
        weight: 1,
        min_power_w: 0,
        pausable: true,
        fallback_w: 0,
        note: String::new(),
    };
    let point = |soc_ppm, power_w| CurvePoint { soc_ppm, power_w };
    Depot {
        id: "one".into(),
        title: "One charge point".into(),
        start_unix_s: 0,
        utc_offset_s: 0,
        step_s: 60,
        ticks: 120,
        rebalance_every_ticks: 1,
        rotation_slot_s: 900,
        hold_s: 300,
        max_age_s: None,
        fallback_note: None,
        strategy: Strategy::FairShare,
        control: Control::Connector,
        site: vec![
            node("site", NodeKind::Site, None, None),
            node("grid", NodeKind::GridConnection, Some(0), Some(100_000)),
            node("point", NodeKind::ChargePoint, Some(1), Some(150_000)),
        ],
        lanes: vec![2],
        assignment: Assignment::LanesInOrder,
        vehicle_types: vec![VehicleType {
            id: "bus".into(),
            battery_j: 300 * KWH_J,
            efficiency_ppm: 950_000,
            min_power_w: 0,
            curve: vec![point(0, 120_000), point(800_000, 120_000), point(1_000_000, 20_000)],
        }],
        equipment: Equipment::default(),
    }
}

/// A bus that comes at once with 100 kWh and wants 200.
pub(crate) fn realization() -> Realization {
    let visit = Visit {
        id: "visit".into(),
        vehicle: "bus 1".into(),
        vehicle_type: 0,
        arrival_s: 0,
        departure_s: 7_200,
        arrival_energy_j: 100 * KWH_J,
        target_energy_j: 200 * KWH_J,
        ready_energy_j: 200 * KWH_J,
        plug_in_delay_s: 0,
        connector: None,
        home: None,
        tier: 0,
        weight: 0,
        conduct: Conduct::default(),
    };
    Realization { visits: vec![visit], ..Realization::default() }
}
