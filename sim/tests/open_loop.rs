//! The balancer alone on demands from elsewhere, while the site changes under it.
//!
//! Protects `replay --demands`: it answers as a run would have, whose connectors asked for the same.

mod support;

use sim::{
    ChargerChange, ChargerStep, DemandStep, Depot, NodeChange, OutageKind, OutageStep, Outcome, Override,
    OverrideStep, Realization, SiteChange, SiteStep, Strategy, run_open_loop,
};
use support::{depot, rating, visit};

/// One charger of 150 kW on a 100 kW connection, in site positions 0 to 3.
fn one_charger() -> Depot {
    let mut depot = depot(1, 1, 0, 100_000, 140_000);
    depot.ticks = 20;
    depot
}

fn asks(demand_w: u32) -> DemandStep {
    DemandStep { at_s: 0, connector: 3, demand_w, min_w: None, departs_s: None, tier: 0, weight: None }
}

/// Demand, setpoint and outcome at the cycles that begin at these moments.
fn cycles_at(depot: &Depot, realization: &Realization, moments_s: &[u64]) -> Vec<(u32, u32, Outcome)> {
    let mut seen = Vec::new();
    run_open_loop(depot, realization, &[asks(90_000)], |cycle| {
        if moments_s.contains(&cycle.t_s) {
            let connector = cycle.connectors[0];
            seen.push((connector.demand_w, connector.setpoint_w, cycle.record.outcome));
        }
        Ok(())
    })
    .expect("it can be run");
    seen
}

#[test]
fn a_demand_stays_within_the_rating_that_its_connector_has_by_then() {
    let depot = one_charger();
    let rated = |at_s, limit_w| {
        let node = &depot.site[3];
        let change = NodeChange {
            node: 3,
            ratings: rating(limit_w),
            weight: node.weight,
            min_power_w: node.min_power_w,
            pausable: node.pausable,
            fallback_w: node.fallback_w,
        };
        SiteStep { at_s, change: SiteChange::Apply(vec![change]) }
    };
    let site_steps = vec![rated(300, 30_000), rated(600, 0), rated(900, 120_000)];
    let realization = Realization { site_steps, ..Realization::default() };
    let seen = cycles_at(&depot, &realization, &[240, 300, 600, 900]);
    let expected_w = [(90_000, 90_000), (30_000, 30_000), (0, 0), (90_000, 90_000)];
    assert_eq!(seen, expected_w.map(|(demand_w, setpoint_w)| (demand_w, setpoint_w, Outcome::Applied)));
}

#[test]
fn without_power_no_least_power_is_waited_for() {
    let mut depot = one_charger();
    (depot.site[3].min_power_w, depot.site[3].pausable) = (20_000, false);
    let out = |at_s, is_out| OutageStep { at_s, node: 2, is_out };
    let realization =
        Realization { outage_steps: vec![out(300, true), out(600, false)], ..Realization::default() };
    let seen = cycles_at(&depot, &realization, &[240, 300, 600]);
    let expected = [(90_000, Outcome::Applied), (0, Outcome::Curtailed), (90_000, Outcome::Applied)];
    assert_eq!(seen, expected.map(|(setpoint_w, outcome)| (90_000, setpoint_w, outcome)));
}

#[test]
fn what_operators_order_about_visits_is_left_out_with_them() {
    let depot = one_charger();
    let hold = OverrideStep { at_s: 0, visit: 0, act: Some(Override::Hold) };
    let visits = vec![visit("a", 0, 3_600, 20, 95)];
    let realization = Realization { visits, overrides: vec![hold], ..Realization::default() };
    assert_eq!(cycles_at(&depot, &realization, &[60]), [(90_000, 90_000, Outcome::Applied)]);
}

#[test]
fn a_charger_that_is_out_of_service_gets_nothing_and_keeps_its_place_in_the_order_of_arrival() {
    // Two chargers for whose 90 kW each there are 100 kW; who came first is served first.
    let mut depot = depot(1, 2, 0, 100_000, 140_000);
    (depot.ticks, depot.strategy) = (20, Strategy::FirstCome);
    let out = |at_s, change| ChargerStep { at_s, node: 3, change };
    let charger_steps =
        vec![out(300, ChargerChange::OutOfService(OutageKind::Faulted)), out(600, ChargerChange::InService)];
    let realization = Realization { charger_steps, ..Realization::default() };
    let step = |at_s, connector, demand_w| DemandStep { at_s, connector, ..asks(demand_w) };
    let demands = [step(0, 3, 90_000), step(60, 4, 90_000), step(240, 3, 80_000)];
    let mut seen = Vec::new();
    run_open_loop(&depot, &realization, &demands, |cycle| {
        if [240, 300, 600].contains(&cycle.t_s) {
            seen.push([cycle.connectors[0].setpoint_w, cycle.connectors[1].setpoint_w]);
        }
        Ok(())
    })
    .expect("it can be run");
    assert_eq!(seen, [[80_000, 20_000], [0, 90_000], [80_000, 20_000]]);
}
