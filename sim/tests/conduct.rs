//! Visits that do not go as planned, worked out by hand: preconditioning, departures other than told, no-shows, pulled plugs, orders of operators,
//! and what the balancer is told of the demand.
//!
//! Protects what is true from what is told: vehicles draw what they take, whatever the balancer believes.

mod support;

use sim::{
    Conduct, ConnectorState, DemandSignal, Depot, Event, EventKind, Override, OverrideStep, Realization,
    Stay, Strategy,
};
use support::{KWH_J, bus, depot, lone_charger, vehicle, visit, watch};

/// Two chargers of 150 kW on a connection of 100 kW, a bus at each from the start.
fn two_buses(ticks: u32) -> (Depot, Realization) {
    let mut depot = depot(1, 2, 0, 100_000, 400_000);
    depot.ticks = ticks;
    let visits = vec![visit("a", 0, 36_000, 20, 95), visit("b", 0, 36_000, 20, 95)];
    (depot, Realization { visits, ..Realization::default() })
}

fn run(depot: &Depot, realization: &Realization) -> (Vec<Vec<u32>>, Vec<Event>, Vec<Stay>) {
    let (mut measured_w, mut events) = (Vec::new(), Vec::new());
    let stays = watch(depot, realization, |view| {
        measured_w.push(view.connectors.measured_w.to_vec());
        events.extend_from_slice(view.events);
    });
    (measured_w, events, stays.expect("the invariants hold"))
}

fn first(measured_w: &[Vec<u32>]) -> Vec<u32> {
    measured_w.iter().map(|columns| columns[0]).collect()
}

fn when(events: &[Event], kind: EventKind) -> Vec<u64> {
    events.iter().filter(|event| event.kind == kind).map(|event| event.t_s).collect()
}

#[test]
fn a_cabin_is_served_before_the_battery_and_within_the_setpoint() {
    // 12 kW for the three minutes before the departure at 600 s; limit, energy on arrival [%], what flows before and then, gained and cabin's.
    let cases = [
        ("a full battery", 100_000, 95, [0, 12_000], 0, 12_000 * 180),
        (
            "a battery that charges beside it",
            100_000,
            20,
            [100_000, 100_000],
            (600 * 100_000 - 12_000 * 180) * 95 / 100,
            12_000 * 180,
        ),
        (
            "less than both want",
            20_000,
            20,
            [20_000, 20_000],
            (600 * 20_000 - 12_000 * 180) * 95 / 100,
            12_000 * 180,
        ),
        ("less than the cabin wants", 5_000, 20, [5_000, 5_000], 420 * 5_000 * 95 / 100, 5_000 * 180),
    ];
    for (what, limit_w, soc_pct, [before_w, then_w], gained_j, cabin_j) in cases {
        let depot = lone_charger(limit_w, 60, 12, bus());
        let mut bus = visit("a", 0, 600, soc_pct, 95);
        bus.conduct = Conduct { precondition_w: 12_000, precondition_s: 180, ..Conduct::default() };
        let arrived_j = bus.arrival_energy_j;
        let (seen, _, stays) = run(&depot, &Realization { visits: vec![bus], ..Realization::default() });
        let seen = first(&seen);
        assert_eq!(seen[..7], [before_w; 7], "{what}");
        assert_eq!(seen[7..10], [then_w; 3], "{what}");
        assert_eq!(seen[10..], [0, 0], "{what}");
        assert_eq!(stays[0].energy_j - arrived_j, gained_j, "{what}");
        assert_eq!(stays[0].preconditioned_j, cabin_j, "{what}");
        assert_eq!(stays[0].metered_j, u64::from(before_w) * 420 + u64::from(then_w) * 180, "{what}");
    }
}

#[test]
fn a_full_bus_that_preconditions_asks_for_power_and_shares_it() {
    // 80 kW for its cabin and 150 for the other: 50 kW each of 100.
    let (depot, mut realization) = two_buses(12);
    realization.visits[0] = visit("a", 0, 600, 95, 95);
    realization.visits[0].conduct =
        Conduct { precondition_w: 80_000, precondition_s: 120, ..Conduct::default() };
    let mut seen = Vec::new();
    watch(&depot, &realization, |view| {
        let columns = &view.connectors;
        seen.push((columns.demand_w[0], columns.setpoint_w[0], columns.measured_w[0], columns.state[0]));
    })
    .expect("the invariants hold");
    assert_eq!(seen[7], (0, 0, 0, ConnectorState::SuspendedEv));
    assert_eq!(seen[8..10], [(80_000, 50_000, 50_000, ConnectorState::Charging); 2]);
}

#[test]
fn who_leaves_late_preconditions_when_he_was_to_leave() {
    let depot = lone_charger(100_000, 60, 14, bus());
    let mut bus = visit("a", 0, 780, 95, 95);
    bus.conduct = Conduct {
        told_departure_s: Some(600),
        precondition_w: 12_000,
        precondition_s: 120,
        ..Conduct::default()
    };
    let (seen, events, _) = run(&depot, &Realization { visits: vec![bus], ..Realization::default() });
    assert_eq!(first(&seen)[7..12], [0, 12_000, 12_000, 0, 0]);
    assert_eq!(when(&events, EventKind::Departed), [780]);
}

#[test]
fn the_balancer_decides_on_the_departure_it_was_told() {
    for (told_s, expected) in [(None, [100_000, 0]), (Some(3_000), [0, 100_000])] {
        let (mut depot, mut realization) = two_buses(3);
        depot.strategy = Strategy::EarliestDeparture;
        realization.visits[0].departure_s = 7_200;
        realization.visits[1].conduct.told_departure_s = told_s;
        assert_eq!(run(&depot, &realization).0[0], expected);
    }
}

#[test]
fn who_is_told_to_leave_later_than_he_does_is_gone_all_the_same() {
    let (depot, mut realization) = two_buses(10);
    realization.visits[0].departure_s = 300;
    realization.visits[0].conduct.told_departure_s = Some(7_200);
    let (seen, events, _) = run(&depot, &realization);
    assert_eq!((&seen[4][..], &seen[5][..]), (&[50_000, 50_000][..], &[0, 100_000][..]));
    assert_eq!(when(&events, EventKind::Departed), [300]);
}

#[test]
fn who_does_not_come_takes_no_connector() {
    let (mut depot, mut realization) = two_buses(10);
    depot.lanes = vec![3];
    realization.visits[0].conduct.is_no_show = true;
    let (seen, events, stays) = run(&depot, &realization);
    assert_eq!(seen[0], [100_000, 0]);
    assert_eq!((when(&events, EventKind::NoShow), when(&events, EventKind::Arrived)), (vec![0], vec![0]));
    assert_eq!((stays[0].plugged_in_s, stays[1].plugged_in_s, stays[1].connector), (None, Some(0), 3));
}

#[test]
fn a_pulled_plug_ends_charging_and_frees_the_connector() {
    let (mut depot, mut realization) = two_buses(10);
    depot.lanes = vec![3];
    // It counts from the tick that has begun by then.
    realization.visits[0].conduct.unplugged_s = Some(359);
    let (seen, events, stays) = run(&depot, &realization);
    assert_eq!(when(&events, EventKind::Unplugged), [300]);
    assert_eq!(when(&events, EventKind::PluggedIn), [0, 300]);
    assert_eq!((stays[0].left_s, stays[0].metered_j), (Some(300), 300 * 100_000));
    assert_eq!(seen[5], [100_000, 0]);
}

#[test]
fn an_operator_lets_a_vehicle_charge_now_or_wait() {
    let order = |at_s, visit, act| OverrideStep { at_s, visit, act };
    let (depot, mut realization) = two_buses(10);
    // A tier before all others, even the first.
    realization.visits[1].tier = 3;
    realization.overrides = vec![
        order(120, 1, Some(Override::ChargeNow)),
        order(240, 1, None),
        order(360, 0, Some(Override::Hold)),
        order(480, 0, None),
    ];
    let mut states = Vec::new();
    watch(&depot, &realization, |view| states.push(view.connectors.state[0])).expect("it runs");
    let (seen, events, _) = run(&depot, &realization);
    let expected = [[100_000, 0], [0, 100_000], [100_000, 0], [0, 100_000], [100_000, 0]];
    for (part, expected) in expected.into_iter().enumerate() {
        assert_eq!(seen[2 * part..2 * part + 2], [expected, expected], "from {} s", 120 * part);
    }
    assert_eq!(states[6..8], [ConnectorState::SuspendedEvse; 2]);
    assert_eq!(when(&events, EventKind::ChargeNow), [120]);
    assert_eq!(when(&events, EventKind::Hold), [360]);
    assert_eq!(when(&events, EventKind::OverrideEnded), [240, 480]);
}

#[test]
fn a_word_that_comes_before_the_vehicle_holds_once_it_is_there() {
    let (depot, mut realization) = two_buses(6);
    realization.visits[1] = visit("b", 120, 36_000, 20, 95);
    realization.overrides = vec![OverrideStep { at_s: 0, visit: 1, act: Some(Override::Hold) }];
    let (seen, ..) = run(&depot, &realization);
    assert!(seen.iter().all(|columns| columns[..] == [100_000, 0]));
}

#[test]
fn what_the_balancer_is_told_strands_power_and_never_moves_more_than_is_taken() {
    // The curve's largest power is 150 kW, and from 10 % on it takes 60 kW.
    let kind = vehicle("tapering", 400, &[(0, 150_000), (100_000, 60_000), (1_000_000, 60_000)]);
    let cases = [
        (DemandSignal::True, [60_000; 3]),
        (DemandSignal::Rated, [150_000; 3]),
        (DemandSignal::Measured { margin_w: 5_000 }, [150_000, 65_000, 65_000]),
        (DemandSignal::Measured { margin_w: 200_000 }, [150_000; 3]),
    ];
    for (signal, told_w) in cases {
        let mut depot = lone_charger(1_000_000, 60, 3, kind.clone());
        depot.equipment.demand_signal = signal;
        let realization =
            Realization { visits: vec![visit("a", 0, 3_600, 20, 95)], ..Realization::default() };
        let mut seen = Vec::new();
        let stays = watch(&depot, &realization, |view| {
            assert_eq!(view.connectors.setpoint_w, view.connectors.demand_w, "{signal:?}");
            seen.push((view.connectors.demand_w[0], view.connectors.measured_w[0]));
        })
        .expect("the invariants hold");
        assert_eq!(seen, told_w.map(|told_w| (told_w, 60_000)), "{signal:?}");
        assert_eq!(stays[0].energy_j - 80 * KWH_J, 3 * 3_600_000 * 95 / 100, "{signal:?}");
    }
}

#[test]
fn what_a_vehicle_tells_of_itself_counts_before_what_the_depot_tells_of_all() {
    let kind = vehicle("tapering", 400, &[(0, 150_000), (100_000, 60_000), (1_000_000, 60_000)]);
    let (rated, exact) = (DemandSignal::Rated, DemandSignal::True);
    for (of_all, own, told_w) in [
        (exact, None, 60_000),
        (exact, Some(rated), 150_000),
        (rated, Some(exact), 60_000),
        (rated, None, 150_000),
    ] {
        let mut depot = lone_charger(1_000_000, 60, 2, kind.clone());
        depot.equipment.demand_signal = of_all;
        let mut bus = visit("a", 0, 3_600, 20, 95);
        bus.conduct.demand_signal = own;
        let realization = Realization { visits: vec![bus], ..Realization::default() };
        let mut seen = Vec::new();
        watch(&depot, &realization, |view| {
            seen.push((view.connectors.demand_w[0], view.connectors.measured_w[0]))
        })
        .expect("the invariants hold");
        assert_eq!(seen, [(told_w, 60_000); 2], "{of_all:?} {own:?}");
    }
}

#[test]
fn ignorance_of_one_takes_power_from_the_other() {
    // Told as 150 kW each: 50 of 100. The first takes only 20. Who draws less than it could tells what it drew and the margin, so that the second
    // climbs by the margin, tick by tick.
    let (mut depot, mut realization) = two_buses(4);
    depot.vehicle_types.push(vehicle("slow", 400, &[(0, 150_000), (100_000, 20_000), (1_000_000, 20_000)]));
    realization.visits[0].vehicle_type = 2;
    for (signal, second_w) in [
        (DemandSignal::True, [80_000; 4]),
        (DemandSignal::Rated, [50_000; 4]),
        (DemandSignal::Measured { margin_w: 10_000 }, [50_000, 60_000, 70_000, 70_000]),
    ] {
        depot.equipment.demand_signal = signal;
        let (seen, ..) = run(&depot, &realization);
        assert_eq!(seen, second_w.map(|second_w| vec![20_000, second_w]), "{signal:?}");
    }
}

#[test]
fn a_signal_that_says_too_little_does_not_starve_a_vehicle() {
    let (mut depot, mut realization) = two_buses(6);
    depot.equipment.demand_signal = DemandSignal::Measured { margin_w: 2_000 };
    depot.site[3].min_power_w = 10_000;
    realization.visits.pop();
    let order = |at_s, act| OverrideStep { at_s, visit: 0, act };
    realization.overrides = vec![order(60, Some(Override::Hold)), order(120, None)];
    let (seen, ..) = run(&depot, &realization);
    // On hold it draws nothing, and is then believed to want the margin, which grows with every tick.
    assert_eq!(first(&seen)[..5], [100_000, 0, 2_000, 4_000, 6_000]);
    // Without a margin it would be believed to want nothing for ever.
    depot.equipment.demand_signal = DemandSignal::Measured { margin_w: 0 };
    let (seen, ..) = run(&depot, &realization);
    assert_eq!(first(&seen)[..5], [100_000, 0, 100_000, 100_000, 100_000]);
}

#[test]
fn a_plug_that_is_not_in_cannot_be_pulled() {
    let (mut depot, mut realization) = two_buses(60);
    realization.visits = vec![visit("first", 0, 1_200, 20, 95), visit("waits", 0, 3_000, 20, 95)];
    for waits in &mut realization.visits {
        waits.connector = Some(depot.lanes[0]);
    }
    depot.ticks = 60;
    realization.visits[1].conduct.unplugged_s = Some(600);
    let (_, events, stays) = run(&depot, &realization);
    assert_eq!(when(&events, EventKind::Unplugged), []);
    assert_eq!((stays[1].plugged_in_s, stays[1].left_s), (Some(1_200), Some(3_000)));
    // One that is in by then is pulled.
    realization.visits[1].conduct.unplugged_s = Some(1_800);
    let (_, events, stays) = run(&depot, &realization);
    assert_eq!(when(&events, EventKind::Unplugged), [1_800]);
    assert_eq!(stays[1].left_s, Some(1_800));
}

#[test]
fn who_comes_with_enough_is_ready_whether_a_connector_is_free_or_not() {
    let (depot, mut realization) = two_buses(60);
    realization.visits = vec![visit("first", 0, 3_000, 20, 95), visit("full", 61, 1_800, 96, 95)];
    for visit in &mut realization.visits {
        visit.connector = Some(depot.lanes[0]);
    }
    let (_, events, stays) = run(&depot, &realization);
    assert_eq!((stays[1].plugged_in_s, stays[1].ready_s, stays[1].left_s), (None, Some(120), Some(1_800)));
    assert_eq!(when(&events, EventKind::Ready)[0], 120);
    // Nobody is ready twice.
    realization.visits[0].departure_s = 600;
    let (_, events, stays) = run(&depot, &realization);
    assert_eq!((stays[1].plugged_in_s, stays[1].ready_s), (Some(600), Some(120)));
    assert_eq!(when(&events, EventKind::Ready), [120]);
}
