//! Site data that change in mid-run: other ratings apply, what cannot be balanced rejects every cycle until it is mended.
//!
//! Protects limits that are known: they stay in force whatever comes, and the checker derives them from the same plain steps.

mod support;

use sim::{
    BreachCause, ConnectorState, Control, Depot, EnvelopeBasis, EnvelopeStep, EventKind, NO_NODE, NodeChange,
    Outcome, Realization, Reason, Rejection, SiteChange, SiteStep, Strategy,
};
use std::collections::BTreeMap;
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
fn who_waits_where_nothing_may_flow_any_more_asks_for_nothing() {
    let (mut depot, mut realization) = one_bus();
    depot.site[1].ratings = capacity(0);
    let charger = NodeChange { ratings: rating(0), ..unchanged(&depot, 3) };
    realization.site_steps = vec![SiteStep { at_s: 300, change: SiteChange::Apply(vec![charger]) }];
    let mut seen = Vec::new();
    watch(&depot, &realization, |view| seen.push((view.connectors.demand_w[0], view.connectors.state[0])))
        .expect("the invariants hold");
    assert_eq!(seen[4], (150_000, ConnectorState::SuspendedEvse));
    assert_eq!(seen[5..], [(0, ConnectorState::SuspendedEv); 35]);
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
fn rejected_cycles_tell_the_demand_of_vehicles_and_how_many_lack_power() {
    for control in [Control::Connector, Control::ChargePoint] {
        let (mut depot, mut realization) = one_bus();
        (depot.control, depot.hold_s) = (control, 600);
        let limit = |at_s, limit_w| {
            let (envelope, basis) = ("x".to_owned(), EnvelopeBasis::Import);
            EnvelopeStep { at_s, envelope, node: 1, basis, limit_w }
        };
        realization.site_steps = vec![refuse(300, Reason::InvalidTopology)];
        // Below what is held, far above it, and below the fallback of 20 kW.
        realization.envelope_steps = vec![
            limit(360, Some(70_000)),
            limit(420, None),
            limit(480, Some(300_000)),
            limit(960, Some(15_000)),
        ];
        let mut seen = BTreeMap::new();
        watch(&depot, &realization, |view| {
            let cycle = view.cycle.expect("a cycle on every tick");
            let by = Some(view.connectors.constrained_by[0]).filter(|&by| by != NO_NODE);
            assert_eq!(cycle.site_demand_w, view.nodes.demand_w[0], "{control}, {} s: one demand", view.t_s);
            let told_w = (cycle.site_demand_w, cycle.site_allocated_w);
            seen.insert(view.t_s, (view.connectors.demand_w[0], told_w, cycle.curtailed_count, by));
        })
        .expect("the checker derives the same");
        for (t_s, demand_w, told_w, curtailed, by) in [
            (240, 150_000, (100_000, 100_000), 1, Some(1)),
            // The limit that held it back is what it holds now: no limit withholds what it lacks.
            (300, 150_000, (100_000, 100_000), 1, None),
            (360, 150_000, (70_000, 70_000), 1, Some(1)),
            (420, 150_000, (100_000, 100_000), 1, None),
            (900, 150_000, (100_000, 20_000), 1, None),
            (960, 150_000, (15_000, 15_000), 1, Some(1)),
        ] {
            let expected = (demand_w, told_w, curtailed, by);
            assert_eq!(seen[&t_s], expected, "{control}, {t_s} s: demand, told, curtailed, named");
        }
    }
}

#[test]
fn whoever_wants_less_than_is_held_lacks_nothing_and_names_nobody() {
    let (mut depot, mut realization) = one_bus();
    (depot.hold_s, depot.ticks) = (7_200, 120);
    realization.visits = vec![visit("a", 0, 7_200, 70, 100)];
    realization.site_steps = vec![refuse(300, Reason::InvalidTopology)];
    let (envelope, basis) = ("x".to_owned(), EnvelopeBasis::Import);
    realization.envelope_steps =
        vec![EnvelopeStep { at_s: 360, envelope, node: 1, basis, limit_w: Some(90_000) }];
    let mut counts = [0, 0];
    watch(&depot, &realization, |view| {
        let cycle = view.cycle.expect("a cycle on every tick");
        let (demand_w, setpoint_w) = (view.connectors.demand_w[0], view.connectors.setpoint_w[0]);
        if cycle.outcome == Outcome::Rejected && view.t_s >= 360 && demand_w > 0 {
            let lacks = setpoint_w < demand_w;
            let by = if lacks { 1 } else { NO_NODE };
            let told = (cycle.curtailed_count, view.connectors.constrained_by[0]);
            assert_eq!(told, (u32::from(lacks), by), "{} s: {setpoint_w} of {demand_w} W", view.t_s);
            counts[usize::from(lacks)] += 1;
        }
    })
    .expect("the checker derives the same");
    assert!(counts.iter().all(|&count| count > 5), "it lacks power first, and then tapers: {counts:?}");
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
