//! Rejected cycles: nothing new is applied, setpoints are held and then fall back, and every cycle says why.
//!
//! Protects the fail-safe: a balancer that gets bad data must neither stop charging at once nor exceed what is still known to be a limit.

mod support;

use sim::{
    Control, Depot, EnvelopeBasis, EnvelopeStep, EventKind, NodeKind, Outcome, Realization, Reason, Silence,
    Visit,
};
use support::{KWH_J, depot, visit, watch};

/// One charger on a 100 kW connection, a bus from the start, and a fallback of 20 kW.
fn one_bus() -> (sim::Depot, Realization) {
    let mut depot = depot(1, 1, 0, 100_000, 140_000);
    depot.ticks = 30;
    depot.site[3].fallback_w = 20_000;
    let realization = Realization { visits: vec![visit("a", 0, 3600, 20, 95)], ..Realization::default() };
    (depot, realization)
}

#[test]
fn stale_measurements_hold_setpoints_for_five_minutes_and_then_fall_back() {
    let (mut depot, mut realization) = one_bus();
    depot.max_age_s = Some(120);
    realization.silences = vec![Silence { from_s: 300, to_s: 1200 }];
    let mut seen = Vec::new();
    watch(&depot, &realization, |view| {
        let cycle = view.cycle.expect("a cycle on every tick");
        seen.push((view.t_s, cycle.outcome, cycle.reason, view.connectors.setpoint_w[0]));
        assert_eq!(cycle.detail.is_some(), cycle.outcome == Outcome::Rejected);
    })
    .expect("the invariants hold");
    let at = |t_s: u64| *seen.iter().find(|row| row.0 == t_s).expect("a tick");
    // The meters fall silent at 300 s; at 420 s what is known is 120 s old, which is allowed.
    assert_eq!(at(420), (420, Outcome::Curtailed, Reason::GridConnectionLimit, 100_000));
    assert_eq!(at(480), (480, Outcome::Rejected, Reason::StaleInput, 100_000));
    assert_eq!(at(720), (720, Outcome::Rejected, Reason::StaleInput, 100_000));
    // 300 s after the first rejection.
    assert_eq!(at(780), (780, Outcome::Rejected, Reason::StaleInput, 20_000));
    assert_eq!(at(1200), (1200, Outcome::Curtailed, Reason::GridConnectionLimit, 100_000));
}

#[test]
fn silences_are_told_when_they_begin_and_end_and_two_that_meet_are_one() {
    use EventKind::{MeasurementsBack, MeasurementsLost};
    let (depot, mut realization) = one_bus();
    let silence = |from_s, to_s| Silence { from_s, to_s };
    // The first has begun before the run, the third lies between two ticks, and the last outlives the run of 1,800 s.
    let silences = [(-60, 90), (200, 300), (301, 359), (600, 700), (700, 900), (1_750, 9_000)];
    realization.silences = silences.map(|(from_s, to_s)| silence(from_s, to_s)).to_vec();
    let mut told = Vec::new();
    watch(&depot, &realization, |view| {
        let events = view.events.iter();
        let turns = events.filter(|event| matches!(event.kind, MeasurementsLost | MeasurementsBack));
        told.extend(turns.map(|event| (event.t_s, event.kind, event.node)));
    })
    .expect("the invariants hold");
    let expected = [
        (0, MeasurementsLost, 0),
        (120, MeasurementsBack, 0),
        (240, MeasurementsLost, 0),
        (300, MeasurementsBack, 0),
        (600, MeasurementsLost, 0),
        (900, MeasurementsBack, 0),
    ];
    assert_eq!(told, expected, "a silence that begins after the last tick has begun is not told");
}

#[test]
fn measurements_that_ended_before_the_start_are_as_old_as_they_are() {
    let (mut depot, mut realization) = one_bus();
    depot.max_age_s = Some(120);
    realization.silences = vec![Silence { from_s: -60, to_s: 1200 }];
    let mut stale_from_s = None;
    watch(&depot, &realization, |view| {
        if view.cycle.is_some_and(|cycle| cycle.reason == Reason::StaleInput) {
            stale_from_s.get_or_insert(view.t_s);
        }
    })
    .expect("the invariants hold");
    assert_eq!(stale_from_s, Some(120), "at 60 s they are 120 s old, which is allowed");
}

#[test]
fn a_minimum_that_cannot_be_paused_and_does_not_fit_rejects_and_what_is_held_still_respects_the_limit() {
    let (mut depot, mut realization) = one_bus();
    depot.site[3].pausable = false;
    depot.site[3].min_power_w = 30_000;
    let envelope = |at_s, limit_w| EnvelopeStep {
        at_s,
        envelope: "cut".to_owned(),
        node: 1,
        basis: EnvelopeBasis::Import,
        limit_w,
    };
    realization.envelope_steps = vec![envelope(300, Some(25_000)), envelope(900, None)];
    let mut seen = Vec::new();
    watch(&depot, &realization, |view| {
        let cycle = view.cycle.expect("a cycle on every tick").clone();
        seen.push((view.t_s, cycle.reason, cycle.subject, view.connectors.setpoint_w[0]));
        assert!(view.nodes.measured_w[1] <= view.nodes.limit_w[1] as i64);
    })
    .expect("the invariants hold");
    let at = |t_s: u64| seen.iter().find(|row| row.0 == t_s).expect("a tick").clone();
    assert_eq!(at(300), (300, Reason::InfeasibleMinimum, Some("GC1".to_owned()), 25_000));
    assert_eq!(at(540), (540, Reason::InfeasibleMinimum, Some("GC1".to_owned()), 25_000));
    assert_eq!(at(600), (600, Reason::InfeasibleMinimum, Some("GC1".to_owned()), 20_000));
    assert_eq!(at(900), (900, Reason::GridConnectionLimit, None, 100_000));
}

/// One charge point with `connectors` connectors on 100 kW; cycles are rejected from 600 s on, since nobody has measured since 300 s.
fn silent_from_600_s(control: Control, connectors: u32) -> (Depot, Realization) {
    let mut depot = depot(1, 1, connectors, 100_000, 400_000);
    depot.control = control;
    depot.ticks = 20;
    depot.max_age_s = Some(299);
    let silences = vec![Silence { from_s: 300, to_s: 7200 }];
    (depot, Realization { silences, ..Realization::default() })
}

/// Setpoints at these moments, with the checker watching.
fn setpoints<const N: usize>(depot: &Depot, realization: &Realization, at_s: [u64; N]) -> [Vec<u32>; N] {
    let mut seen = at_s.map(|_| Vec::new());
    watch(depot, realization, |view| {
        if let Some(ix) = at_s.iter().position(|&at_s| at_s == view.t_s) {
            seen[ix] = view.connectors.setpoint_w.to_vec();
        }
    })
    .expect("the invariants hold");
    seen
}

#[test]
fn what_is_held_is_shared_by_weight_where_a_limit_falls_while_cycles_are_rejected() {
    let (mut depot, mut realization) = silent_from_600_s(Control::Connector, 2);
    depot.site[1].ratings.default_capacity_w = Some(100_000);
    realization.visits = vec![
        Visit { weight: 3, connector: Some(4), ..visit("a", 0, 7200, 10, 95) },
        Visit { connector: Some(5), ..visit("b", 0, 7200, 10, 95) },
    ];
    realization.envelope_steps = vec![EnvelopeStep {
        at_s: 780,
        envelope: "cut".to_owned(),
        node: 1,
        basis: EnvelopeBasis::Import,
        limit_w: Some(60_000),
    }];
    let [before, held, less] = setpoints(&depot, &realization, [600, 720, 780]);
    assert_eq!((before, held), (vec![75_000, 25_000], vec![75_000, 25_000]));
    assert_eq!(less, [45_000, 15_000]);
}

#[test]
fn whoever_comes_with_the_first_rejected_cycle_holds_nothing() {
    for control in Control::ALL {
        let (mut depot, mut realization) = silent_from_600_s(control, 2);
        for node in depot.site.iter_mut().filter(|node| node.kind == NodeKind::Connector) {
            node.fallback_w = 20_000;
        }
        // The third comes when the first leaves, in the tick of the first rejected cycle.
        let (first, third) = (visit("a", 0, 600, 20, 95), visit("c", 600, 3600, 20, 95));
        realization.visits = vec![first, visit("b", 0, 3600, 20, 95), third];
        let seen = setpoints(&depot, &realization, [540, 600, 840, 900]);
        let expected = [[50_000, 50_000], [0, 50_000], [0, 50_000], [20_000, 20_000]];
        assert_eq!(seen, expected, "{control:?}");
    }
}

#[test]
fn under_charge_point_control_nobody_holds_what_his_sibling_held_or_falls_back_to() {
    let (mut depot, mut realization) = silent_from_600_s(Control::ChargePoint, 2);
    (depot.site[4].fallback_w, depot.site[5].fallback_w) = (10_000, 30_000);
    // An envelope of 30 kW holds the second; the first has 70 kW and has left at 660 s.
    let basis = EnvelopeBasis::Import;
    let step = |at_s, limit_w| EnvelopeStep { at_s, envelope: "e".into(), node: 5, basis, limit_w };
    realization.envelope_steps = vec![step(0, Some(30_000)), step(540, None), step(720, Some(25_000))];
    realization.visits = vec![visit("a", 0, 3600, 20, 95), visit("b", 0, 3600, 20, 95)];
    let seen = setpoints(&depot, &realization, [480, 540, 600, 720, 900]);
    // Known limits hold: from 720 s on the second is allowed no more than 25 kW, and what it leaves is nobody's.
    let expected = [[70_000, 30_000], [50_000, 50_000], [50_000, 50_000], [50_000, 25_000], [10_000, 25_000]];
    assert_eq!(seen, expected);

    realization.envelope_steps.truncate(1);
    realization.visits[0].departure_s = 660;
    let seen = setpoints(&depot, &realization, [540, 600, 660, 900]);
    assert_eq!(seen, [[70_000, 30_000], [70_000, 30_000], [0, 30_000], [0, 30_000]]);
}

#[test]
fn no_tier_falls_back_before_another_at_a_charge_point() {
    for control in [Control::Connector, Control::ChargePoint] {
        let (mut depot, mut realization) = silent_from_600_s(control, 2);
        (depot.site[4].fallback_w, depot.site[5].fallback_w) = (30_000, 30_000);
        // Their charge point may draw 40 kW for two fallbacks of 30.
        let (at_s, envelope, basis) = (0, "e".into(), EnvelopeBasis::Import);
        realization.envelope_steps =
            vec![EnvelopeStep { at_s, envelope, node: 3, basis, limit_w: Some(40_000) }];
        realization.visits = vec![visit("a", 0, 3600, 20, 95), visit("b", 0, 3600, 20, 95)];
        realization.visits[0].tier = 1;
        let seen = setpoints(&depot, &realization, [540, 900]);
        assert_eq!(seen, [[0, 40_000], [20_000, 20_000]], "{control:?}");
    }
}

#[test]
fn fallbacks_of_hundreds_of_connectors_at_one_charge_point_are_shared_like_any_10_mw() {
    let (mut depot, mut realization) = silent_from_600_s(Control::ChargePoint, 500);
    depot.hold_s = 0;
    for node in &mut depot.site {
        node.ratings = support::capacity(1_000_000_000_000);
        node.fallback_w = 10_000_000;
    }
    let arrivals = (0..500).map(|n| {
        let mut bus = visit(&format!("v{n}"), 0, 3600, 0, 95);
        bus.arrival_energy_j = 4 * KWH_J;
        bus
    });
    realization.visits = arrivals.collect();
    // 500 times 10 MW, and a leaf carries 10 MW at most.
    assert_eq!(setpoints(&depot, &realization, [600]), [vec![20_000; 500]]);
}

#[test]
fn a_minimum_counts_again_when_a_demand_below_it_rises_above_it() {
    let (mut depot, mut realization) = one_bus();
    // 5 kW up to 21 %, 50 kW from 22 % on; the charger needs 10 kW.
    depot.vehicle_types[0] = support::vehicle(
        "slow starter",
        400,
        &[(0, 5_000), (210_000, 5_000), (220_000, 50_000), (1_000_000, 50_000)],
    );
    depot.ticks = 240;
    depot.site[1].ratings = support::capacity(7_000);
    depot.site[3].min_power_w = 10_000;
    realization.visits[0].departure_s = 14_400;
    let mut last = (0, 0, false);
    watch(&depot, &realization, |view| {
        let (demand_w, setpoint_w) = (view.connectors.demand_w[0], view.connectors.setpoint_w[0]);
        last = (demand_w, setpoint_w, view.connectors.is_paused[0]);
        match demand_w {
            // Whoever asks for less than the minimum still charges.
            0..=7_000 => assert_eq!(setpoint_w, demand_w),
            7_001..10_000 => assert_eq!(setpoint_w, 0, "the demand is the minimum, and the limit below it"),
            _ => assert_eq!(setpoint_w, 0, "7 kW are below the minimum"),
        }
    })
    .expect("the invariants hold");
    assert_eq!((last.1, last.2), (0, true), "{last:?}");
}
