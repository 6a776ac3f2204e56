//! Who gets which connector, and when. Protects the rules of assignment, the queue and late plug-in, each by hand.

mod support;

use sim::{Assignment, Depot, EventKind, Realization, Visit};
use support::{KWH_J, depot, visit, watch};

/// Two circuits of 300 kW with two charge points each: lanes C1-P1, C1-P2, C2-P1, C2-P2.
fn two_by_two(assignment: Assignment) -> Depot {
    let mut depot = depot(2, 2, 0, 1_000_000, 300_000);
    depot.assignment = assignment;
    depot.ticks = 120;
    depot
}

/// The connector of each visit at the end.
fn places(depot: &Depot, visits: Vec<Visit>) -> Vec<String> {
    let realization = Realization { visits, ..Realization::default() };
    let stays = watch(depot, &realization, |_| ()).expect("the invariants hold");
    let name = |at: u32| depot.site.get(at as usize).map_or("none".to_owned(), |node| node.id.clone());
    stays.iter().map(|stay| name(stay.connector)).collect()
}

fn at(visit: Visit, home: Option<u32>, connector: Option<u32>) -> Visit {
    Visit { home, connector, ..visit }
}

#[test]
fn each_rule_sends_vehicles_where_it_says() {
    // Positions: 0 site, 1 GC1, 2 C1, 3 C2, 4 C1-P1, 5 C1-P2, 6 C2-P1, 7 C2-P2.
    let bus = |id: &str, minute: i64| visit(id, 60 * minute, 7_200, 20, 95);
    let cases: [(&str, Assignment, Vec<Visit>, [&str; 4]); 4] = [
        (
            "lanes in order, and a visit that names its connector",
            Assignment::LanesInOrder,
            vec![at(bus("a", 0), Some(7), None), at(bus("b", 1), None, Some(6)), bus("c", 2), bus("d", 3)],
            ["C1-P1", "C2-P1", "C1-P2", "C2-P2"],
        ),
        (
            // a: no home, so the entrance; b: home taken, lanes 1 (C1-P2) is next; c: lane 2 is its home; d: home lane 1 is taken, and of the
            // rest only lane 3 is free.
            "nearest free to home, the entrance without one",
            Assignment::NearestFree,
            vec![
                bus("a", 0),
                at(bus("b", 1), Some(4), None),
                at(bus("c", 2), Some(6), None),
                at(bus("d", 3), Some(5), None),
            ],
            ["C1-P1", "C1-P2", "C2-P1", "C2-P2"],
        ),
        (
            // Lane 2 is equally far from lanes 1 and 3: the lower wins.
            "of two equally near lanes the lower",
            Assignment::NearestFree,
            vec![
                at(bus("a", 0), Some(6), None),
                at(bus("b", 1), Some(6), None),
                at(bus("c", 2), Some(6), None),
                at(bus("d", 3), Some(6), None),
            ],
            ["C2-P1", "C1-P2", "C2-P2", "C1-P1"],
        ),
        (
            // a: both have 300 kW, first lane. b: C1 has 150 left, C2 300. c: equal again, first free lane. d: C2 has 150 left, C1 0.
            "the circuit with most headroom",
            Assignment::MostHeadroom,
            vec![bus("a", 0), bus("b", 1), bus("c", 2), bus("d", 3)],
            ["C1-P1", "C2-P1", "C1-P2", "C2-P2"],
        ),
    ];
    for (what, assignment, visits, expected) in cases {
        assert_eq!(places(&two_by_two(assignment), visits), expected, "{what}");
    }
}

#[test]
fn headroom_counts_what_a_leaver_gave_back_in_the_same_tick() {
    let bus = |id: &str, arrival: i64, departure: i64| visit(id, arrival, departure, 20, 95);
    // a on C1 and b on C2 draw 150 kW each. In minute 10 both a and c leave C1, so that it has 300 kW and C2 150.
    let visits = vec![
        at(bus("a", 0, 600), None, Some(4)),
        at(bus("b", 0, 7_200), None, Some(6)),
        at(bus("c", 0, 600), None, Some(5)),
        bus("d", 600, 7_200),
    ];
    assert_eq!(places(&two_by_two(Assignment::MostHeadroom), visits)[3], "C1-P1");
}

#[test]
fn who_finds_no_place_waits_and_is_called_in_order() {
    let bus = |id: &str, minute: i64, until: i64| visit(id, 60 * minute, 60 * until, 20, 95);
    let visits = vec![
        bus("a", 0, 30),
        bus("b", 0, 110),
        bus("c", 0, 110),
        bus("d", 0, 110),
        bus("first", 5, 100),
        bus("second", 6, 100),
    ];
    let realization = Realization { visits, ..Realization::default() };
    let depot = two_by_two(Assignment::LanesInOrder);
    let stays = watch(&depot, &realization, |_| ()).expect("the invariants hold");
    assert_eq!((stays[4].plugged_in_s, stays[4].connector), (Some(1_800), 4));
    assert_eq!((stays[5].plugged_in_s, stays[5].left_s), (None, Some(6_000)), "nobody left in time for it");
}

#[test]
fn a_late_plug_in_takes_no_connector_before_its_time() {
    let mut late = visit("late", 60, 7_200, 20, 95);
    // 60 s + 90 s = 150 s, which is within the third minute: it asks at 180 s.
    late.plug_in_delay_s = 90;
    let mut gone = visit("gone", 60, 600, 20, 95);
    gone.plug_in_delay_s = 900;
    let punctual = visit("punctual", 120, 7_200, 20, 95);
    let mut events = Vec::new();
    let realization = Realization { visits: vec![late, gone, punctual], ..Realization::default() };
    let depot = two_by_two(Assignment::LanesInOrder);
    let stays = watch(&depot, &realization, |view| {
        events.extend(view.events.iter().map(|event| (event.t_s, event.kind, event.visit)));
    })
    .expect("the invariants hold");
    assert_eq!((stays[2].connector, stays[2].plugged_in_s), (4, Some(120)), "the first lane was still free");
    assert_eq!((stays[0].connector, stays[0].plugged_in_s), (5, Some(180)));
    assert_eq!((stays[1].plugged_in_s, stays[1].left_s), (None, Some(600)));
    assert!(
        events.contains(&(60, EventKind::Arrived, 0)) && events.contains(&(600, EventKind::LeftQueue, 1))
    );
}

#[test]
fn ready_is_what_the_next_block_needs_and_charging_goes_on_to_the_target() {
    // 150 kW at 95 % is 2.375 kWh a minute: from 80 kWh to 100 kWh in the ninth minute (21.375 kWh), to the target of 320 kWh much later.
    let mut bus = visit("a", 0, 7_200, 20, 80);
    bus.ready_energy_j = 100 * KWH_J;
    let enough = Realization { visits: vec![bus.clone()], ..Realization::default() };
    let depot = two_by_two(Assignment::LanesInOrder);
    let mut ready_events = Vec::new();
    let stays = watch(&depot, &enough, |view| {
        ready_events
            .extend(view.events.iter().filter(|event| event.kind == EventKind::Ready).map(|event| event.t_s));
    })
    .expect("the invariants hold");
    assert_eq!((stays[0].ready_s, ready_events), (Some(540), vec![540]));
    assert_eq!(stays[0].energy_j, 320 * KWH_J, "it charges on");
    // A bus that leaves after eight minutes has 99 kWh and is not ready; one that came with 100 kWh was.
    bus.departure_s = 480;
    let mut came_ready = visit("b", 60, 480, 25, 80);
    came_ready.ready_energy_j = 100 * KWH_J;
    let realization = Realization { visits: vec![bus, came_ready], ..Realization::default() };
    let stays = watch(&depot, &realization, |_| ()).expect("the invariants hold");
    assert_eq!((stays[0].ready_s, stays[0].energy_j), (None, 99 * KWH_J));
    assert_eq!(stays[1].ready_s, Some(60));
}
