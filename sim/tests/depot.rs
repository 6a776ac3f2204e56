//! What happens at a depot, worked out by hand: arrivals and departures, lanes and queue, limits of every kind, breaches.
//!
//! Protects the order of a tick and everything that moves in it.

mod support;

use sim::{
    BaseLoadStep, BreachCause, Charger, ConnectorState, Control, EfficiencyPoint, EnvelopeBasis,
    EnvelopeStep, EventKind, NO_VISIT, Realization, Standby, Strategy,
};
use support::{KWH_J, depot, visit, watch};

fn visits(visits: Vec<sim::Visit>) -> Realization {
    Realization { visits, ..Realization::default() }
}

fn envelope(at_s: i64, node: u32, basis: EnvelopeBasis, limit_w: Option<u64>) -> EnvelopeStep {
    EnvelopeStep { at_s, envelope: "e".to_owned(), node, basis, limit_w }
}

#[test]
fn arrivals_round_up_to_a_tick_and_departures_down() {
    let mut depot = depot(1, 1, 0, 500_000, 500_000);
    depot.ticks = 10;
    let realization = visits(vec![visit("a", 61, 359, 20, 95)]);
    let mut plugged = Vec::new();
    let stays = watch(&depot, &realization, |view| plugged.push(view.connectors.visit[0] != NO_VISIT))
        .expect("it runs");
    assert_eq!(plugged, [false, false, true, true, true, false, false, false, false, false]);
    assert_eq!((stays[0].plugged_in_s, stays[0].left_s), (Some(120), Some(300)));
    // Three ticks of 150 kW.
    assert_eq!(stays[0].metered_j, 3 * 60 * 150_000);
}

#[test]
fn a_stay_shorter_than_a_tick_never_plugs_in() {
    let mut depot = depot(1, 1, 0, 500_000, 500_000);
    depot.ticks = 5;
    let stays = watch(&depot, &visits(vec![visit("a", 61, 119, 20, 95)]), |_| ()).expect("it runs");
    assert_eq!((stays[0].plugged_in_s, stays[0].metered_j), (None, 0));
    assert!(stays[0].left_s.is_some());
}

#[test]
fn lanes_fill_in_order_and_those_who_find_none_wait_their_turn() {
    let mut depot = depot(1, 2, 2, 500_000, 500_000);
    depot.ticks = 20;
    let arrivals = (0..6).map(|n| visit(&format!("v{n}"), 60 * n, 600 + 60 * n, 20, 95)).collect();
    let mut queued = 0;
    let stays = watch(&depot, &visits(arrivals), |view| {
        queued += view.events.iter().filter(|event| event.kind == EventKind::Queued).count();
    })
    .expect("it runs");
    // Positions: site, GC1, C1, P1, P2, then P1-1, P1-2, P2-1, P2-2. First connectors first.
    let connectors: Vec<u32> = stays.iter().map(|stay| stay.connector).collect();
    assert_eq!(connectors, [5, 7, 6, 8, 5, 7]);
    assert_eq!((stays[4].plugged_in_s, stays[5].plugged_in_s, queued), (Some(600), Some(660), 2));
}

#[test]
fn two_connectors_share_the_limit_of_their_charge_point_under_both_controls() {
    for control in Control::ALL {
        let mut depot = depot(1, 1, 2, 500_000, 500_000);
        depot.control = control;
        depot.ticks = 3;
        let realization = visits(vec![visit("a", 0, 3600, 20, 95), visit("b", 0, 3600, 20, 95)]);
        watch(&depot, &realization, |view| {
            assert_eq!(view.connectors.setpoint_w, [75_000, 75_000], "{control}");
            assert_eq!(view.connectors.constrained_by, [3, 3], "{control}");
        })
        .expect("it runs");
    }
}

#[test]
fn setpoints_hold_between_cycles_and_newcomers_wait_for_the_next() {
    let mut depot = depot(1, 2, 0, 200_000, 200_000);
    depot.rebalance_every_ticks = 5;
    depot.ticks = 11;
    let realization = visits(vec![visit("a", 0, 3600, 20, 95), visit("b", 120, 3600, 20, 95)]);
    let mut seen = Vec::new();
    watch(&depot, &realization, |view| {
        seen.push((view.connectors.setpoint_w.to_vec(), view.connectors.state[1]));
    })
    .expect("it runs");
    assert_eq!(seen[1], (vec![150_000, 0], ConnectorState::Available));
    assert_eq!(seen[2], (vec![150_000, 0], ConnectorState::Preparing));
    assert_eq!(seen[4], (vec![150_000, 0], ConnectorState::Preparing));
    assert_eq!(seen[5], (vec![100_000, 100_000], ConnectorState::Charging));
}

#[test]
fn an_import_envelope_counts_base_load_and_a_load_envelope_does_not() {
    for (basis, limit_w, charging_w) in
        [(EnvelopeBasis::Import, 100_000, 60_000), (EnvelopeBasis::Load, 140_000, 100_000)]
    {
        let mut depot = depot(1, 1, 0, 500_000, 500_000);
        depot.ticks = 3;
        let realization = Realization {
            visits: vec![visit("a", 0, 3600, 20, 95)],
            envelope_steps: vec![envelope(0, 1, basis, Some(100_000))],
            // 30 kW at the circuit below and 10 kW at the connection itself.
            base_load_steps: vec![
                BaseLoadStep { at_s: 0, node: 1, power_w: 10_000 },
                BaseLoadStep { at_s: 0, node: 2, power_w: 30_000 },
            ],
            ..Realization::default()
        };
        watch(&depot, &realization, |view| {
            assert_eq!(
                (view.nodes.limit_w[1], view.connectors.setpoint_w[0]),
                (limit_w, charging_w),
                "{basis:?}"
            );
            assert_eq!(view.nodes.base_load_w[..3], [40_000, 40_000, 30_000]);
            assert_eq!(view.nodes.measured_w[0], charging_w as i64 + 40_000);
        })
        .expect("it runs");
    }
}

#[test]
fn of_overlapping_envelopes_the_least_holds_until_it_ends() {
    let mut depot = depot(1, 1, 0, 500_000, 500_000);
    depot.ticks = 6;
    let step = |at_s, envelope: &str, limit_w| EnvelopeStep {
        at_s,
        envelope: envelope.to_owned(),
        node: 1,
        basis: EnvelopeBasis::Import,
        limit_w,
    };
    let realization = Realization {
        visits: vec![visit("a", 0, 3600, 20, 95)],
        envelope_steps: vec![
            step(60, "long", Some(90_000)),
            step(120, "short", Some(40_000)),
            step(180, "short", None),
            step(240, "long", None),
        ],
        ..Realization::default()
    };
    let mut seen = Vec::new();
    watch(&depot, &realization, |view| seen.push(view.connectors.setpoint_w[0])).expect("it runs");
    assert_eq!(seen, [150_000, 90_000, 40_000, 90_000, 150_000, 150_000]);
}

#[test]
fn an_envelope_that_falls_between_cycles_is_a_breach_until_the_next() {
    let mut depot = depot(1, 1, 0, 500_000, 500_000);
    depot.rebalance_every_ticks = 5;
    depot.ticks = 10;
    let realization = Realization {
        visits: vec![visit("a", 0, 3600, 20, 95)],
        envelope_steps: vec![envelope(120, 1, EnvelopeBasis::Import, Some(100_000))],
        ..Realization::default()
    };
    let mut breaches = Vec::new();
    watch(&depot, &realization, |view| breaches.extend(view.ended_breaches.to_vec())).expect("it runs");
    assert_eq!(breaches.len(), 1);
    let breach = breaches[0];
    assert_eq!((breach.node, breach.start_s, breach.end_s), (1, 120, 300));
    assert_eq!((breach.peak_over_w, breach.energy_over_j), (50_000, 50_000 * 180));
    assert_eq!(breach.cause, BreachCause::EnvelopeStep);
}

#[test]
fn without_management_limits_are_exceeded_and_the_cause_is_named() {
    let mut depot = depot(1, 2, 0, 200_000, 250_000);
    depot.strategy = Strategy::Uncontrolled;
    depot.ticks = 5;
    let realization = visits(vec![visit("a", 0, 180, 20, 95), visit("b", 0, 180, 20, 95)]);
    let mut breaches = Vec::new();
    watch(&depot, &realization, |view| breaches.extend(view.ended_breaches.to_vec())).expect("it runs");
    let told: Vec<_> =
        breaches.iter().map(|breach| (breach.node, breach.peak_over_w, breach.cause)).collect();
    assert_eq!(told, [(1, 100_000, BreachCause::Uncontrolled), (2, 50_000, BreachCause::Uncontrolled)]);
}

#[test]
fn minima_rotate_so_that_everybody_has_their_turn() {
    let mut depot = depot(1, 3, 0, 25_000, 25_000);
    depot.ticks = 45;
    for node in &mut depot.site[3..] {
        node.min_power_w = 10_000;
    }
    let realization = visits((0..3).map(|n| visit(&format!("v{n}"), 0, 7200, 20, 95)).collect());
    let mut paused = Vec::new();
    watch(&depot, &realization, |view| {
        paused.push(view.connectors.is_paused.iter().position(|&paused| paused).expect("one is paused"));
    })
    .expect("it runs");
    // Three slots of 15 minutes: whoever was paused comes first, and of those served equally long ago the first in tree order.
    assert_eq!(paused[..15], [2; 15]);
    assert_eq!(paused[15..30], [1; 15]);
    assert_eq!(paused[30..], [2; 15]);
}

#[test]
fn the_projection_is_the_very_input_of_the_cycle() {
    for (control, count) in [(Control::Connector, 3 + 4 + 8), (Control::ChargePoint, 3 + 4)] {
        let mut depot = depot(1, 4, 2, 500_000, 500_000);
        depot.control = control;
        let projection = sim::projection::Projection::of(&depot).expect("it can be balanced");
        assert_eq!(projection.nodes, sim::projection::project(&depot));
        assert_eq!(
            *projection.topology,
            balancer::Topology::new(&projection.nodes).expect("it can be balanced")
        );
        assert_eq!(projection.nodes.len(), count);
        for (ix, &position) in projection.positions.iter().enumerate() {
            let node = balancer::NodeIx::new(ix);
            assert_eq!(projection.topology.id(node), depot.site[position as usize].id);
        }
    }
}

#[test]
fn a_tier_is_served_in_full_before_the_next_shares_what_is_left() {
    // Of 200 kW the first tier's bus takes 150, and the two of the next share 50; in three minutes.
    let mut depot = depot(1, 3, 0, 200_000, 400_000);
    depot.ticks = 3;
    let of_tier = |id, tier| sim::Visit { tier, ..visit(id, 0, 36_000, 20, 95) };
    let realization = visits(vec![of_tier("a", 1), of_tier("b", 0), of_tier("c", 1)]);
    let stays = watch(&depot, &realization, |view| {
        assert_eq!(view.connectors.measured_w, [25_000, 150_000, 25_000]);
        assert_eq!(view.connectors.constrained_by, [1, sim::NO_NODE, 1]);
    })
    .expect("it runs");
    let (metered_j, gained_j): (Vec<u64>, Vec<u64>) =
        stays.iter().map(|stay| (stay.metered_j, stay.energy_j - 80 * KWH_J)).unzip();
    assert_eq!(metered_j, [4_500_000, 27_000_000, 4_500_000]);
    assert_eq!(gained_j, [4_275_000, 25_650_000, 4_275_000]);
}

#[test]
fn the_sites_energy_is_that_of_connectors_base_loads_and_standby_to_the_joule() {
    // Of 60 kW the connection's own 10, 1 of standby, and 53 for a bus, since a roof on the circuit brings 4; ten minutes of it.
    let mut depot = depot(1, 2, 0, 60_000, 400_000);
    depot.ticks = 10;
    depot.equipment.standby = [3, 4].map(|node| Standby { node, power_w: 500 }).to_vec();
    let efficiency = vec![EfficiencyPoint { power_w: 0, share_ppm: 960_000 }];
    depot.equipment.chargers = vec![Charger { efficiency, ..Charger::ideal(3) }];
    let base_load = |node, power_w| BaseLoadStep { at_s: 0, node, power_w };
    let realization = Realization {
        base_load_steps: vec![base_load(1, 10_000), base_load(2, -4_000)],
        ..visits(vec![visit("a", 0, 36_000, 20, 95)])
    };
    let (mut site_j, mut connectors_j, mut other_j) = (0, 0, 0);
    let stays = watch(&depot, &realization, |view| {
        site_j += view.nodes.measured_w[0] * 60;
        other_j += view.nodes.base_load_w[0] * 60;
        connectors_j +=
            view.connectors.measured_w.iter().map(|&power_w| i64::from(power_w) * 60).sum::<i64>();
    })
    .expect("the invariants hold");
    assert_eq!((site_j, connectors_j, other_j), (36_000_000, 31_800_000, 4_200_000));
    // 96 % leave the charger, 95 % of them reach the battery: 91.2 %.
    assert_eq!((stays[0].metered_j, stays[0].energy_j - 80 * KWH_J), (31_800_000, 29_001_600));
}

#[test]
fn vehicles_are_plugged_in_at_connectors_and_nowhere_else() {
    let depot = depot(1, 1, 2, 100_000, 100_000);
    let refused = |depot: &sim::Depot, realization: &Realization| {
        sim::Simulation::new(depot, realization).err().expect("it cannot be run").to_string()
    };
    // Position 3 is the charge point of two connectors.
    let at = |connector, home| {
        let visits = vec![sim::Visit { connector, home, ..visit("v", 0, 3_600, 20, 95) }];
        Realization { visits, ..Realization::default() }
    };
    let why = "where no vehicle is plugged in (name a connector, or a charge point without any)";
    assert_eq!(
        refused(&depot, &at(Some(3), None)),
        format!("the connector of v is the charge_point C1-P1, {why}")
    );
    assert_eq!(
        refused(&depot, &at(None, Some(1))),
        format!("the home of v is the grid_connection GC1, {why}")
    );
    assert_eq!(
        refused(&depot, &at(Some(6), None)),
        "the connector of v points at 6, and the depot has 6 (positions count from 0)"
    );
    let nobody = Realization::default();
    let lanes = sim::Depot { lanes: vec![4, 2], ..depot.clone() };
    assert_eq!(refused(&lanes, &nobody), format!("a lane of test is the charger_circuit C1, {why}"));
    let mut first_come = depot.clone();
    first_come.equipment.first_come = vec![9];
    assert!(refused(&first_come, &nobody).contains("points at 9"));
    for connector in [0, 9] {
        let demand = sim::DemandStep {
            at_s: 0,
            connector,
            demand_w: 1_000,
            min_w: None,
            departs_s: None,
            tier: 0,
            weight: None,
        };
        sim::run_open_loop(&depot, &nobody, &[demand], |_| Ok(())).expect_err("nobody asks for power there");
    }
    let too_much = sim::DemandStep {
        demand_w: u32::MAX,
        min_w: Some(u32::MAX),
        at_s: 0,
        connector: 4,
        departs_s: None,
        tier: 0,
        weight: None,
    };
    sim::run_open_loop(&depot, &nobody, &[too_much], |_| Ok(())).expect("it asks for what it is rated for");
}

/// Somebody outside pulls the plug of who charges, and in one tick of who comes from the queue in his place.
#[test]
fn plugs_that_are_pulled_end_stays_at_once_even_in_the_tick_in_which_they_were_put_in() {
    let depot = depot(1, 1, 0, 100_000, 100_000);
    let realization = visits(["a", "b", "c"].map(|id| visit(id, 0, 36_000, 20, 95)).to_vec());
    let mut simulation = sim::Simulation::new(&depot, &realization).expect("it can be run");
    let mut checker = sim::Checker::new(&depot, &realization);
    let unplug = sim::Intervention::Unplug { connector: 3 };
    for tick in 0..10 {
        let acts = if tick == 5 { vec![unplug.clone(), unplug.clone()] } else { Vec::new() };
        let view = simulation.step(&acts).expect("a tick");
        assert_eq!(view.connectors.visit[0], if tick < 5 { 0 } else { 2 }, "tick {tick}");
        sim::Observer::tick(&mut checker, &view).expect("the invariants hold");
    }
    let end = simulation.end();
    sim::Observer::end(&mut checker, &end).expect("the invariants hold");
    let told = |stay: &sim::Stay| (stay.plugged_in_s, stay.left_s, stay.metered_j);
    assert_eq!(told(&end.stays[0]), (Some(0), Some(300), 300 * 100_000));
    assert_eq!(told(&end.stays[1]), (Some(300), Some(300), 0));
    assert_eq!(told(&end.stays[2]), (Some(300), None, 300 * 100_000));
}
