//! Chargers that do not obey at once, worked out by hand in watts and joules: latency, ramps, modules, efficiency, standby, sharing.
//!
//! Protects what is built into a charger, and that a charger without any of it is as if it were not there.

mod support;

use sim::{
    BaseLoadStep, Charger, Control, Depot, EfficiencyPoint, EnvelopeBasis, EnvelopeStep, Equipment,
    OutageStep, Override, OverrideStep, Realization, Standby, Strategy,
};
use support::{KWH_J, Words, bus, day_16, depot, lone_charger, rating, visit, watch};

/// The position of the only charger.
const CHARGER: u32 = 3;

fn one_bus() -> Realization {
    Realization { visits: vec![visit("a", 0, 36_000, 20, 95)], ..Realization::default() }
}

fn cut(at_s: i64, limit_w: u64) -> EnvelopeStep {
    EnvelopeStep {
        at_s,
        envelope: "cut".into(),
        node: 1,
        basis: EnvelopeBasis::Import,
        limit_w: Some(limit_w),
    }
}

/// A charger of 100 kW with this built in, and what it measures tick by tick with a bus that could take 150 kW.
fn measured_w(charger: Charger, step_s: u32, realization: &Realization) -> Vec<u32> {
    let mut depot = lone_charger(100_000, step_s, 12, bus());
    depot.equipment.chargers = vec![charger];
    let mut measured_w = Vec::new();
    watch(&depot, realization, |view| measured_w.push(view.connectors.measured_w[0])).expect("it runs");
    measured_w
}

#[test]
fn setpoints_arrive_late_and_are_followed_along_a_ramp() {
    let ideal = || Charger::ideal(CHARGER);
    let kw_per_s = Some(60_000);
    let cases: [(&str, Charger, u32, &[u32]); 6] = [
        ("at once", ideal(), 60, &[100_000, 100_000]),
        // 40 of 60 seconds.
        ("20 s late", Charger { latency_s: 20, ..ideal() }, 60, &[66_666, 100_000]),
        ("90 s late", Charger { latency_s: 90, ..ideal() }, 60, &[0, 50_000, 100_000]),
        // Seconds of 0, 1, ..., 59 kW: 1,770 of 60; of 60, ..., 99 and 20 times 100: 5,180.
        ("1 kW a second", Charger { ramp_up_w_per_min: kw_per_s, ..ideal() }, 60, &[29_500, 86_333, 100_000]),
        // Ten seconds of nothing, then 0, ..., 49 kW: 1,225; then 50, ..., 99 and 10 times 100: 4,725.
        (
            "both",
            Charger { latency_s: 10, ramp_up_w_per_min: kw_per_s, ..ideal() },
            60,
            &[20_416, 78_750, 100_000],
        ),
        // A watt a minute is a sixtieth a second: 0, 1, ..., 599 sixtieths have a mean of 4.99 W.
        ("a watt a minute", Charger { ramp_up_w_per_min: Some(1), ..ideal() }, 600, &[4, 14, 24]),
    ];
    for (what, charger, step_s, expected) in cases {
        let found = measured_w(charger, step_s, &one_bus());
        assert_eq!(&found[..expected.len()], expected, "{what}");
    }
}

#[test]
fn power_falls_along_the_ramp_after_the_latency() {
    let charger = Charger { latency_s: 30, ramp_down_w_per_min: Some(60_000), ..Charger::ideal(CHARGER) };
    let realization = Realization { envelope_steps: vec![cut(300, 40_000)], ..one_bus() };
    let found = measured_w(charger, 60, &realization);
    // 30 s of 100 kW and 100, 99, ..., 71: 5,565 kWs; then 70, ..., 41 and 30 s of 40: 2,865.
    assert_eq!(found[4..9], [100_000, 92_750, 47_750, 40_000, 40_000]);
}

#[test]
fn a_new_setpoint_turns_a_ramp_around() {
    // Up at 100 W a second for a tick, cut to 1 kW in the second, down at 200 W a second.
    let charger = Charger {
        ramp_up_w_per_min: Some(6_000),
        ramp_down_w_per_min: Some(12_000),
        ..Charger::ideal(CHARGER)
    };
    let realization = Realization { envelope_steps: vec![cut(60, 1_000)], ..one_bus() };
    let found = measured_w(charger, 60, &realization);
    // 0, ..., 5,900: mean 2,950. From 6,000 by 200 to 1,200 in 25 seconds (90,000), then 35 times 1,000: 125,000.
    assert_eq!(found[..3], [2_950, 2_083, 1_000]);
}

#[test]
fn what_is_followed_comes_in_modules() {
    for (limit_w, module_w, flows_w) in
        [(90_000, 25_000, 75_000), (75_000, 25_000, 75_000), (20_000, 25_000, 0), (90_000, 0, 90_000)]
    {
        let mut depot = lone_charger(limit_w, 60, 3, bus());
        depot.equipment.chargers = vec![Charger { module_w, ..Charger::ideal(CHARGER) }];
        watch(&depot, &one_bus(), |view| {
            let seen = (view.connectors.setpoint_w[0], view.connectors.measured_w[0]);
            assert_eq!(seen, (limit_w as u32, flows_w));
        })
        .expect("it runs");
    }
}

#[test]
fn the_battery_gains_the_efficiency_of_charger_and_vehicle_together() {
    let at = |power_w, share_ppm| EfficiencyPoint { power_w, share_ppm };
    let table = vec![at(0, 800_000), at(100_000, 960_000)];
    let cases = [
        (Vec::new(), 100_000, 5_700_000),
        // 96 % of 95 % are 91.2 % of 6 MJ.
        (vec![at(0, 960_000)], 100_000, 5_472_000),
        (table.clone(), 100_000, 5_472_000),
        // Half way 88 %, of 95 %: 83.6 % of 3 MJ.
        (table.clone(), 50_000, 2_508_000),
        // A tenth of the way 81.6 %, of 95 %: 77.52 % of 600 kJ.
        (table, 10_000, 465_120),
        // 0.333333 of 0.95 is 0.31666635, in ppm 316,666.
        (vec![at(0, 333_333)], 100_000, 1_899_996),
    ];
    for (efficiency, limit_w, gains_j) in cases {
        let mut depot = lone_charger(limit_w, 60, 1, bus());
        depot.equipment.chargers = vec![Charger { efficiency, ..Charger::ideal(CHARGER) }];
        let stays = watch(&depot, &one_bus(), |_| ()).expect("it runs");
        assert_eq!(stays[0].metered_j, limit_w * 60);
        assert_eq!(stays[0].energy_j - 80 * KWH_J, gains_j);
    }
}

#[test]
fn a_battery_becomes_full_whatever_its_charger_loses() {
    let at = |power_w, share_ppm| EfficiencyPoint { power_w, share_ppm };
    for efficiency in [vec![at(0, 500_000)], vec![at(0, 300_000), at(20_000, 700_000), at(150_000, 960_000)]]
    {
        let mut depot = lone_charger(150_000, 60, 900, bus());
        depot.equipment.chargers = vec![Charger { efficiency, ..Charger::ideal(CHARGER) }];
        let realization =
            Realization { visits: vec![visit("a", 0, 54_000, 60, 100)], ..Realization::default() };
        let stays = watch(&depot, &realization, |_| ()).expect("the invariants hold");
        assert_eq!(stays[0].energy_j, 400 * KWH_J);
        assert!(stays[0].ready_s.is_some());
    }
}

#[test]
fn standby_is_metered_and_leaves_less_for_charging() {
    // Positions: site, GC1, C1, P1, P2. Two charge points of 500 W standby under 60 kW, one of them with a bus from 60 s on.
    let mut depot = depot(1, 2, 0, 60_000, 60_000);
    depot.ticks = 3;
    depot.equipment.standby = vec![Standby { node: 3, power_w: 500 }, Standby { node: 4, power_w: 500 }];
    let realization = Realization { visits: vec![visit("a", 60, 36_000, 20, 95)], ..Realization::default() };
    let mut seen = Vec::new();
    watch(&depot, &realization, |view| {
        seen.push((view.nodes.measured_w.to_vec(), view.connectors.measured_w.to_vec()));
        assert_eq!(view.nodes.ev_limit_w[1..], [59_000, 59_000, 149_500, 149_500]);
        assert_eq!(view.nodes.base_load_w, [1_000, 1_000, 1_000, 500, 500]);
    })
    .expect("the site's energy is that of connectors, base load and standby");
    assert_eq!(seen[0], (vec![1_000, 1_000, 1_000, 500, 500], vec![0, 0]));
    assert_eq!(seen[1], (vec![60_000, 60_000, 60_000, 59_500, 500], vec![59_000, 0]));
}

#[test]
fn standby_stands_beside_a_base_load_and_goes_with_the_power() {
    let mut depot = depot(1, 1, 0, 60_000, 60_000);
    depot.ticks = 4;
    depot.equipment.standby = vec![Standby { node: 3, power_w: 500 }];
    let switch = |at_s, is_out| OutageStep { at_s, node: 2, is_out };
    let realization = Realization {
        base_load_steps: vec![BaseLoadStep { at_s: 60, node: 3, power_w: 2_000 }],
        outage_steps: vec![switch(120, true), switch(180, false)],
        ..Realization::default()
    };
    let mut seen = Vec::new();
    watch(&depot, &realization, |view| seen.push(view.nodes.measured_w[0])).expect("it runs");
    assert_eq!(seen, [500, 2_500, 0, 2_500]);
}

#[test]
fn a_charge_point_shares_evenly_or_in_order_of_arrival() {
    // P1 with two connectors of 80 kW under 100 kW; the second connector's bus came first.
    for (first_come, expected) in [(vec![], [50_000, 50_000]), (vec![3], [20_000, 80_000])] {
        let mut depot = depot(1, 1, 2, 100_000, 100_000);
        depot.control = Control::ChargePoint;
        depot.ticks = 3;
        depot.equipment.first_come = first_come;
        (depot.site[4].ratings, depot.site[5].ratings) = (rating(80_000), rating(80_000));
        let (mut early, mut late) = (visit("a", -60, 36_000, 20, 95), visit("b", 0, 36_000, 20, 95));
        (early.connector, late.connector) = (Some(5), Some(4));
        let realization = Realization { visits: vec![early, late], ..Realization::default() };
        watch(&depot, &realization, |view| assert_eq!(view.connectors.setpoint_w, expected))
            .expect("it runs");
    }
}

#[test]
fn a_charge_point_serves_a_tier_in_full_before_it_shares_what_is_left() {
    // P1 with two connectors of 80 kW under 100 kW; whoever came first is of the second tier, until an operator orders otherwise.
    let kept = [70_000, 30_000];
    for (first_come, is_kept, expected) in [
        (vec![], false, [80_000, 20_000]),
        (vec![3], false, [80_000, 20_000]),
        (vec![], true, kept),
        (vec![3], true, kept),
    ] {
        let mut depot = depot(1, 1, 2, 100_000, 100_000);
        depot.control = Control::ChargePoint;
        depot.ticks = 4;
        depot.equipment.first_come = first_come;
        (depot.site[4].ratings, depot.site[5].ratings) = (rating(80_000), rating(80_000));
        // What may not be paused comes before all tiers.
        for node in &mut depot.site[4..] {
            node.min_power_w = if is_kept { 30_000 } else { 0 };
            node.pausable = !is_kept;
        }
        let (mut early, mut late) = (visit("a", -60, 36_000, 20, 95), visit("b", 0, 36_000, 20, 95));
        (early.connector, late.connector) = (Some(5), Some(4));
        early.tier = 1;
        let act = Some(Override::ChargeNow);
        let overrides = vec![OverrideStep { at_s: 120, visit: 0, act }];
        let realization = Realization { visits: vec![early, late], overrides, ..Realization::default() };
        watch(&depot, &realization, |view| {
            let mut expected = expected;
            if view.t_s >= 120 {
                expected.reverse();
            }
            assert_eq!(view.connectors.setpoint_w, expected, "at {} s", view.t_s);
        })
        .expect("it runs");
    }
}

#[test]
fn who_comes_first_leaves_no_less_than_a_minimum_or_nothing() {
    let mut depot = depot(1, 1, 2, 100_000, 100_000);
    depot.control = Control::ChargePoint;
    depot.ticks = 1;
    depot.equipment.first_come = vec![3];
    for node in &mut depot.site[4..] {
        node.ratings = rating(90_000);
        node.min_power_w = 20_000;
    }
    let realization = Realization {
        visits: vec![visit("a", 0, 36_000, 20, 95), visit("b", 0, 36_000, 20, 95)],
        ..Realization::default()
    };
    watch(&depot, &realization, |view| {
        assert_eq!(view.connectors.setpoint_w, [90_000, 0]);
        assert_eq!(view.connectors.is_paused, [false, true]);
        assert_eq!(view.connectors.constrained_by, [sim::NO_NODE, 2]);
    })
    .expect("it runs");
}

#[test]
fn a_charger_with_nothing_built_in_does_what_one_that_is_not_described_does() {
    let nights = (0..16).map(|seed| {
        let mut words = Words(seed);
        let mut depot = depot(2, 3, 2, 400_000, 250_000);
        depot.ticks = 600;
        depot.strategy = Strategy::ALL[seed as usize % 8];
        depot.control = Control::ALL[seed as usize % 2];
        depot.rebalance_every_ticks = 1 + seed as u32 % 3;
        for node in &mut depot.site[9..] {
            node.min_power_w = 10_000;
        }
        let mut visits: Vec<_> = (0..20)
            .map(|n| {
                let arrival_s = words.below(20_000) as i64;
                let departure_s = arrival_s + words.between(60, 16_000) as i64;
                visit(&format!("v{n}"), arrival_s, departure_s, words.between(10, 95), 96)
            })
            .collect();
        visits.sort_by_key(|visit| visit.arrival_s);
        (depot, Realization { visits, ..Realization::default() })
    });
    for (plain, realization) in nights.chain((0..3).map(day_16)) {
        let site = sim::Site::of(&plain);
        let chargers = site.connectors.iter().map(|&node| Charger::ideal(node)).collect();
        let equipment = Equipment { chargers, ..Equipment::default() };
        let equipped = Depot { equipment, ..plain.clone() };
        let traces = [&plain, &equipped].map(|depot| {
            let mut trace = Vec::new();
            let stays = watch(depot, &realization, |view| {
                trace.push(format!("{:?} {:?} {:?}", view.nodes, view.connectors, view.events));
            });
            (trace, stays.expect("it runs"))
        });
        for (tick, (a, b)) in traces[0].0.iter().zip(&traces[1].0).enumerate() {
            assert_eq!(a, b, "tick {tick} of {}", plain.strategy);
        }
        assert_eq!(traces[0].1, traces[1].1);
    }
}
