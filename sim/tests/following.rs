//! Cycles in which vehicles that are held back ask for less, and get what they got.
//!
//! Protects what such cycles tell: nobody's setpoint moves, but what is asked for and what is withheld do, in every cycle.

mod support;

use support::{capacity, depot, vehicle, visit, watch};

/// Two buses of 150 kW on a site of 100 kW, from 70 %: beyond 80 % they ask for less and less.
#[test]
fn a_site_that_is_full_tells_in_every_cycle_what_is_asked_for_and_withheld() {
    let mut depot = depot(1, 2, 0, 1_000_000, 1_000_000);
    depot.site[0].ratings = capacity(100_000);
    let visits = vec![visit("a", 0, 80_000, 70, 95), visit("b", 0, 80_000, 70, 95)];
    let realization = sim::Realization { visits, ..Default::default() };
    let (mut sinking, mut last_w) = (0, 300_000);
    watch(&depot, &realization, |view| {
        let cycle = view.cycle.expect("a cycle runs in every tick");
        let asked_w: u64 = view.connectors.demand_w.iter().map(|&demand_w| u64::from(demand_w)).sum();
        assert_eq!(cycle.site_demand_w, asked_w, "tick {}", view.tick);
        if asked_w > 100_000 {
            assert_eq!(view.connectors.setpoint_w, [50_000, 50_000], "tick {}", view.tick);
            let constraint = cycle.constraint.expect("the site withholds something");
            assert_eq!((constraint.node, constraint.demand_w), (0, asked_w));
            assert_eq!(constraint.withheld_w, asked_w - 100_000);
            sinking += u32::from(asked_w < last_w);
        }
        last_w = asked_w;
    })
    .expect("the invariants hold");
    assert!(sinking > 30, "demands sank in {sinking} cycles only");
}

/// Cycles come every quarter of an hour, demands move every minute: what counts is what is asked for when a cycle runs.
#[test]
fn demands_that_move_many_times_between_two_cycles_count_as_they_are_at_the_next() {
    let mut depot = depot(1, 2, 0, 1_000_000, 1_000_000);
    depot.site[0].ratings = capacity(100_000);
    depot.rebalance_every_ticks = 15;
    let visits = vec![visit("a", 0, 80_000, 70, 95), visit("b", 3_000, 80_000, 79, 95)];
    let realization = sim::Realization { visits, ..Default::default() };
    let mut curtailed = 0;
    watch(&depot, &realization, |view| {
        let cycle = view.cycle.expect("the first tick has a cycle");
        if view.is_cycle_new {
            let asked_w: u64 = view.connectors.demand_w.iter().map(|&demand_w| u64::from(demand_w)).sum();
            assert_eq!(cycle.site_demand_w, asked_w, "tick {}", view.tick);
            curtailed += cycle.curtailed_count;
        }
    })
    .expect("the invariants hold");
    assert!(curtailed > 5, "{curtailed} were curtailed");
}

/// A bus that fills up leaves more and more of 200 kW to two others, in every cycle.
#[test]
fn what_a_bus_leaves_as_it_fills_up_is_shared_by_those_who_wait_for_it_to_the_watt() {
    let mut depot = depot(1, 3, 0, 1_000_000, 1_000_000);
    depot.site[0].ratings = capacity(200_000);
    let visits =
        vec![visit("full", 0, 80_000, 92, 99), visit("a", 0, 80_000, 10, 95), visit("b", 0, 80_000, 10, 95)];
    let realization = sim::Realization { visits, ..Default::default() };
    let (mut leaving, mut last_w) = (0, u32::MAX);
    watch(&depot, &realization, |view| {
        let asked_w = view.connectors.demand_w[0];
        // Before that it is held back as well, and after that it has gone from the list.
        if asked_w == 0 || asked_w > 66_000 {
            return;
        }
        assert_eq!(view.connectors.demand_w[1..], [150_000, 150_000], "tick {}", view.tick);
        let left_w = 200_000 - asked_w;
        let shares_w = [asked_w, left_w / 2, left_w - left_w / 2];
        assert_eq!(view.connectors.setpoint_w[..], shares_w, "tick {}", view.tick);
        assert_eq!(view.connectors.constrained_by[..], [sim::NO_NODE, 0, 0], "tick {}", view.tick);
        // Of the node columns the last are the chargers; those above have 200 kW all the time.
        let (of_chargers_w, above_w) = (&view.nodes.allocated_w[3..], &view.nodes.allocated_w[..3]);
        assert_eq!((of_chargers_w, above_w), (&shares_w.map(u64::from)[..], &[200_000; 3][..]));
        let cycle = view.cycle.expect("a cycle runs in every tick");
        assert_eq!((cycle.curtailed_count, cycle.site_allocated_w), (2, 200_000));
        let constraint = cycle.constraint.expect("the site withholds something");
        assert_eq!((constraint.node, constraint.withheld_w), (0, 300_000 - u64::from(left_w)));
        leaving += u32::from(asked_w < last_w);
        last_w = asked_w;
    })
    .expect("the invariants hold");
    assert!(leaving > 20, "it left more in {leaving} cycles only");
}

/// Two buses of 60 kW share what a third leaves of 150,004 W, which takes a watt less from time to time: one of the two has all that it asks for first.
#[test]
fn the_last_watt_that_is_missing_is_withheld_from_one() {
    let mut depot = depot(1, 3, 0, 1_000_000, 1_000_000);
    depot.site[0].ratings = capacity(150_004);
    depot.vehicle_types = vec![
        vehicle("slow", 40, &[(0, 30_010), (1_000_000, 30_000)]),
        vehicle("flat", 400, &[(0, 60_000), (1_000_000, 60_000)]),
    ];
    let mut visits =
        vec![visit("full", 0, 80_000, 1, 9), visit("a", 0, 80_000, 10, 95), visit("b", 0, 80_000, 10, 95)];
    visits.iter_mut().skip(1).for_each(|visit| visit.vehicle_type = 1);
    let realization = sim::Realization { visits, ..Default::default() };
    let mut counts = Vec::new();
    watch(&depot, &realization, |view| {
        let cycle = view.cycle.expect("a cycle runs in every tick");
        counts.push((view.connectors.demand_w[0], cycle.curtailed_count, cycle.outcome));
    })
    .expect("the invariants hold");
    counts.dedup();
    let from =
        counts.iter().position(|&(asked_w, ..)| asked_w == 30_006).expect("it asks for that at some time");
    let (applied, curtailed) = (sim::Outcome::Applied, sim::Outcome::Curtailed);
    assert_eq!(
        counts[from..from + 3],
        [(30_006, 2, curtailed), (30_005, 1, curtailed), (30_004, 0, applied)]
    );
}
