//! Site data that change in mid-run: other ratings apply, what cannot be balanced rejects every cycle until it is mended.
//!
//! Protects limits that are known: they stay in force whatever comes, and the checker derives them from the same plain steps.

mod support;

use sim::{
    BreachCause, Depot, EventKind, NodeChange, Outcome, Realization, Reason, Rejection, SiteChange, SiteStep,
    Strategy,
};
use support::{capacity, depot, rating, visit, watch};

/// One charger of 150 kW with a fallback of 20 kW on a 100 kW connection, a bus from the start.
fn one_bus() -> (Depot, Realization) {
    let mut depot = depot(1, 1, 0, 100_000, 140_000);
    depot.ticks = 40;
    depot.site[3].fallback_w = 20_000;
    let realization = Realization { visits: vec![visit("a", 0, 3600, 20, 95)], ..Realization::default() };
    (depot, realization)
}

fn unchanged(depot: &Depot, node: u32) -> NodeChange {
    let node_before = &depot.site[node as usize];
    NodeChange {
        node,
        ratings: node_before.ratings,
        weight: node_before.weight,
        min_power_w: node_before.min_power_w,
        pausable: node_before.pausable,
        fallback_w: node_before.fallback_w,
    }
}

fn refuse(at_s: i64, reason: Reason) -> SiteStep {
    SiteStep { at_s, change: SiteChange::Refuse(Rejection::about(reason, "C1", "a sentence")) }
}

#[test]
fn other_ratings_apply_from_their_tick_on() {
    let (depot, mut realization) = one_bus();
    let connection = NodeChange { ratings: capacity(60_000), ..unchanged(&depot, 1) };
    let charger = NodeChange { ratings: rating(30_000), ..unchanged(&depot, 3) };
    let back = NodeChange { ratings: rating(90_000), ..unchanged(&depot, 3) };
    realization.site_steps = vec![
        // 290 s is within the fifth minute: it counts from 300 s.
        SiteStep { at_s: 290, change: SiteChange::Apply(vec![connection]) },
        SiteStep { at_s: 600, change: SiteChange::Apply(vec![charger]) },
        SiteStep { at_s: 900, change: SiteChange::Apply(vec![back]) },
    ];
    let mut seen = Vec::new();
    watch(&depot, &realization, |view| {
        let cycle = view.cycle.expect("a cycle on every tick");
        seen.push((view.t_s, cycle.reason, view.connectors.demand_w[0], view.connectors.setpoint_w[0]));
    })
    .expect("the checker derives the same limits");
    let at = |t_s: u64| *seen.iter().find(|row| row.0 == t_s).expect("a tick");
    assert_eq!(at(240), (240, Reason::GridConnectionLimit, 150_000, 100_000));
    assert_eq!(at(300), (300, Reason::GridConnectionLimit, 150_000, 60_000));
    assert_eq!(at(600), (600, Reason::Unconstrained, 30_000, 30_000));
    assert_eq!(at(900), (900, Reason::GridConnectionLimit, 90_000, 60_000));
}

#[test]
fn data_that_cannot_be_balanced_hold_then_fall_back_and_a_later_change_mends_them() {
    let (depot, mut realization) = one_bus();
    let connection = NodeChange { ratings: capacity(80_000), ..unchanged(&depot, 1) };
    realization.site_steps = vec![
        refuse(300, Reason::InvalidTopology),
        refuse(900, Reason::UnsupportedTopology),
        SiteStep { at_s: 1_200, change: SiteChange::Apply(vec![connection]) },
    ];
    let mut seen = Vec::new();
    let mut events = Vec::new();
    watch(&depot, &realization, |view| {
        let cycle = view.cycle.expect("a cycle on every tick").clone();
        seen.push((view.t_s, cycle.outcome, cycle.reason, cycle.subject, view.connectors.setpoint_w[0]));
        assert_eq!(cycle.detail.as_deref(), (cycle.outcome == Outcome::Rejected).then_some("a sentence"));
        events.extend(view.events.iter().map(|event| (event.t_s, event.kind, event.node, event.power_w)));
    })
    .expect("the invariants hold");
    let at = |t_s: u64| seen.iter().find(|row| row.0 == t_s).expect("a tick").clone();
    let about = Some("C1".to_owned());
    assert_eq!(at(240), (240, Outcome::Curtailed, Reason::GridConnectionLimit, None, 100_000));
    assert_eq!(at(300), (300, Outcome::Rejected, Reason::InvalidTopology, about.clone(), 100_000), "held");
    assert_eq!(at(540), (540, Outcome::Rejected, Reason::InvalidTopology, about.clone(), 100_000));
    assert_eq!(at(600), (600, Outcome::Rejected, Reason::InvalidTopology, about.clone(), 20_000), "fallback");
    assert_eq!(at(900), (900, Outcome::Rejected, Reason::UnsupportedTopology, about, 20_000), "no new hold");
    assert_eq!(at(1_200), (1_200, Outcome::Curtailed, Reason::GridConnectionLimit, None, 80_000), "mended");
    assert!(events.contains(&(300, EventKind::SiteRefused, 2, None)));
    assert!(events.contains(&(1_200, EventKind::SiteMended, 2, None)));
    assert!(events.contains(&(1_200, EventKind::SiteChanged, 1, Some(80_000))));
}

#[test]
fn a_change_of_weight_is_what_branch_fair_shares_by() {
    // Two circuits with a bus each share 90 kW: evenly, and then two to one.
    let mut depot = depot(2, 1, 0, 90_000, 140_000);
    depot.strategy = Strategy::BranchFair;
    depot.ticks = 10;
    let heavier = NodeChange { weight: 2, ..unchanged(&depot, 2) };
    let realization = Realization {
        visits: vec![visit("a", 0, 3600, 20, 95), visit("b", 0, 3600, 20, 95)],
        site_steps: vec![SiteStep { at_s: 300, change: SiteChange::Apply(vec![heavier]) }],
        ..Realization::default()
    };
    let mut setpoints = Vec::new();
    watch(&depot, &realization, |view| setpoints.push(view.connectors.setpoint_w.to_vec()))
        .expect("the invariants hold");
    assert_eq!((&setpoints[4], &setpoints[5]), (&vec![45_000, 45_000], &vec![60_000, 30_000]));
}

#[test]
fn a_rating_that_falls_between_two_cycles_is_a_breach_with_its_cause() {
    let (mut depot, mut realization) = one_bus();
    depot.rebalance_every_ticks = 5;
    let connection = NodeChange { ratings: capacity(60_000), ..unchanged(&depot, 1) };
    realization.site_steps = vec![SiteStep { at_s: 420, change: SiteChange::Apply(vec![connection]) }];
    let mut breaches = Vec::new();
    watch(&depot, &realization, |view| breaches.extend_from_slice(view.ended_breaches))
        .expect("the invariants hold");
    let told: Vec<_> =
        breaches.iter().map(|b| (b.node, b.start_s, b.end_s, b.peak_over_w, b.cause)).collect();
    assert_eq!(told, [(1, 420, 600, 40_000, BreachCause::SiteChange)]);
}
