//! For each promise a bug in physics or in the balancer is planted in one tick, and the checker says which promise is broken.
//!
//! Protects the proof itself: what no test here can break, the checker may not look at.

mod support;

use sim::{
    BreachCause, Checker, Control, Depot, EnvelopeBasis, EnvelopeStep, LimitSource, NO_NODE, Observer,
    OutageStep, Outcome, Override, OverrideStep, Realization, Reason, Silence, Simulation, Strategy, Visit,
};
use support::shown::Shown;
use support::{depot, visit};

type Plant = fn(&mut Shown);

/// Runs with a bug in the tick that begins at `at_s`, and looks for `words` in what the checker says then.
fn check((depot, realization): &(Depot, Realization), at_s: u64, cases: &[(&str, Plant, &str)]) {
    let honest: (&str, Plant, &str) = ("nothing", |_| (), "");
    for (bug, plant, words) in [honest].iter().chain(cases) {
        let mut simulation = Simulation::new(depot, realization).expect("it can be run");
        let mut checker = Checker::new(depot, realization);
        let mut told = None;
        while let Some(view) = simulation.step(&[]) {
            let mut shown = Shown::of(&view);
            if view.t_s == at_s {
                plant(&mut shown);
            }
            if let Err(error) = checker.tick(&shown.view(view)) {
                told = Some(error.to_string());
                break;
            }
        }
        let told = told.unwrap_or_default();
        let place = if words.is_empty() { String::new() } else { format!("t = {at_s} s") };
        let is_expected =
            told.is_empty() == words.is_empty() && told.contains(words) && told.contains(&place);
        assert!(is_expected, "{bug}: the checker says {told:?}, and not {words:?}");
    }
}

/// The balancer grants this, and chargers and batteries follow: of a watt through a minute at 95 % a battery has 57 J.
fn grant(shown: &mut Shown, setpoint_w: [u32; 3]) {
    for (column, setpoint_w) in setpoint_w.into_iter().enumerate() {
        let before_w = std::mem::replace(&mut shown.measured_w[column], setpoint_w);
        shown.energy_j[column] =
            shown.energy_j[column] + 57 * u64::from(setpoint_w) - 57 * u64::from(before_w);
        shown.setpoint_w[column] = setpoint_w;
    }
}

/// Two buses that want 150 kW each, below a grid connection of 200 kW; a third comes later.
fn two_buses() -> (Depot, Realization) {
    let mut depot = depot(1, 3, 0, 200_000, 250_000);
    depot.ticks = 10;
    let visits =
        vec![visit("a", 0, 3600, 20, 95), visit("b", 0, 3600, 20, 95), visit("c", 480, 3600, 20, 95)];
    (depot, Realization { visits, ..Realization::default() })
}

fn envelope(at_s: i64, node: u32, limit_w: u64) -> EnvelopeStep {
    let basis = EnvelopeBasis::Import;
    EnvelopeStep { at_s, envelope: "e".into(), node, basis, limit_w: Some(limit_w) }
}

#[test]
fn limits_are_the_least_of_all_that_is_in_force_at_every_node() {
    check(
        &two_buses(),
        120,
        &[
            ("a node's limit", |shown| shown.limit_w[1] += 1, "(200000, 200000, 0) W, and are (200001"),
            (
                "its EV limit",
                |shown| shown.ev_limit_w[2] -= 1,
                "(250000, 250000, 0) W, and are (250000, 249999",
            ),
            ("its base load", |shown| shown.base_load_w[0] += 1, "and are"),
            (
                "where it comes from",
                |shown| shown.limit_source[1] = Some(LimitSource::OperatingEnvelope),
                "should be Some(DefaultCapacity)",
            ),
            ("a connector's limit", |shown| shown.connector_limit_w[2] += 1, "the limit should be 150000 W"),
            (
                "where that comes from",
                |shown| shown.connector_limit_source[2] = None,
                "should be Some(MaxRating)",
            ),
        ],
    );
}

#[test]
fn setpoints_keep_to_limits_and_leave_nothing_that_somebody_could_take() {
    check(
        &two_buses(),
        120,
        &[
            (
                "the balancer gives a watt too much",
                |shown| grant(shown, [100_001, 100_000, 0]),
                "200001 W are allocated on an EV limit of 200000 W",
            ),
            (
                "it gives more than a connector may carry",
                |shown| grant(shown, [150_001, 0, 0]),
                "on an EV limit of 150000 W",
            ),
            (
                "it leaves a watt",
                |shown| grant(shown, [100_000, 99_999, 0]),
                "is curtailed, and what it names has 1 W left",
            ),
            ("it names nobody", |shown| shown.constrained_by[1] = NO_NODE, "what it names is not above it"),
            ("it names who has room", |shown| shown.constrained_by[1] = 2, "what it names has 50000 W left"),
            (
                "it names who is elsewhere",
                |shown| shown.constrained_by[1] = 3,
                "what it names is not above it",
            ),
            (
                "it gives what nobody asked for",
                |shown| (shown.demand_w[0], shown.constrained_by[0]) = (90_000, NO_NODE),
                "gets 100000 W and asks for 90000",
            ),
            ("it pauses nobody and says so", |shown| shown.is_paused[1] = true, "paused should be false"),
        ],
    );
}

#[test]
fn a_greedy_strategy_names_the_deepest_of_full_nodes() {
    let mut site = two_buses();
    site.0.strategy = Strategy::FirstCome;
    site.0.site[2].ratings.default_capacity_w = Some(200_000);
    let bug: Plant = |shown| shown.constrained_by.iter_mut().filter(|by| **by == 2).for_each(|by| *by = 1);
    check(&site, 120, &[("it names a node above it", bug, "is deeper, has nothing left either")]);
}

#[test]
fn meters_and_batteries_agree_to_the_watt_and_joule() {
    check(
        &two_buses(),
        120,
        &[
            (
                "a charger draws too much",
                |shown| shown.measured_w[0] += 1,
                "draws 100001 W on a setpoint of 100000 W",
            ),
            (
                "a battery gains a joule from nowhere",
                |shown| shown.energy_j[0] += 1,
                "the battery should hold",
            ),
            ("a battery loses a joule", |shown| shown.energy_j[1] -= 1, "the battery should hold"),
            (
                "the site's meter misses a watt",
                |shown| shown.node_measured_w[0] -= 1,
                "the meter should show 200000 W",
            ),
            (
                "a circuit's meter counts one twice",
                |shown| shown.node_measured_w[2] += 1,
                "the meter should show",
            ),
            ("somebody is there before he comes", |shown| shown.visit[2] = 2, "visit c should not be there"),
        ],
    );
}

/// Three buses on whatever they take, of which the first has more than 80 % after an hour: its curve falls there.
fn three_buses() -> (Depot, Realization) {
    let mut depot = depot(1, 3, 0, 1_000_000, 1_000_000);
    depot.ticks = 100;
    let visits =
        vec![visit("a", 0, 6000, 46, 95), visit("b", 0, 6000, 10, 95), visit("c", 480, 6000, 20, 95)];
    (depot, Realization { visits, ..Realization::default() })
}

/// A connector draws so much more or less, and its battery and all meters above it show that.
fn draw_more(shown: &mut Shown, column: usize, more_w: i32) {
    shown.measured_w[column] = shown.measured_w[column].wrapping_add_signed(more_w);
    shown.energy_j[column] = shown.energy_j[column].wrapping_add_signed(57 * i64::from(more_w));
}

#[test]
fn what_is_asked_for_and_drawn_follows_from_the_curve_at_what_the_battery_holds() {
    let (depot, realization) = three_buses();
    // Columns are looked at in turns: the first in tick 64, which begins at 3,840 s, and the second a tick later.
    check(
        &(depot.clone(), realization.clone()),
        3_840,
        &[
            (
                "less is drawn than the curve has",
                |shown| draw_more(shown, 0, -4_000),
                "where its vehicle takes from ",
            ),
            (
                "more is granted, and drawn, than the curve has",
                |shown| {
                    shown.setpoint_w[0] += 4_000;
                    draw_more(shown, 0, 4_000);
                },
                "where its vehicle takes from ",
            ),
            ("a watt more is asked for", |shown| shown.demand_w[0] += 1, "where its vehicle takes "),
            (
                "a watt less is asked for",
                |shown| shown.demand_w[0] -= 1,
                "and its connector passes on 150000",
            ),
        ],
    );
    check(
        &(depot.clone(), realization.clone()),
        3_900,
        &[
            (
                "less is drawn than is taken where the curve is flat",
                |shown| draw_more(shown, 1, -3),
                "draws 149997 W on a setpoint of 150000 W",
            ),
            (
                "a curve is read too far on",
                |shown| shown.demand_w[1] = 149_000,
                "asks for 149000 W, where its vehicle takes 150000 W",
            ),
        ],
    );
}

#[test]
fn nobody_is_plugged_in_before_the_delay_is_over() {
    let (depot, mut realization) = two_buses();
    let mut late = realization.clone();
    late.visits[2].plug_in_delay_s = 30;
    // The simulation knows of no delay, and the checker of one that is over a tick later.
    let mut simulation = Simulation::new(&depot, &realization).expect("it can be run");
    let mut checker = Checker::new(&depot, &late);
    let told = loop {
        let Some(view) = simulation.step(&[]) else { break None };
        if let Err(error) = checker.tick(&view) {
            break Some(error.to_string());
        }
    };
    assert!(
        told.is_some_and(|told| told.contains("t = 480 s") && told.contains("visit c should not be there"))
    );
    realization.visits[2].plug_in_delay_s = 30;
    let mut simulation = Simulation::new(&depot, &realization).expect("it can be run");
    let mut checker = Checker::new(&depot, &realization);
    while let Some(view) = simulation.step(&[]) {
        checker.tick(&view).expect("the invariants hold");
    }
}

#[test]
fn nobody_stays_after_the_end_of_his_visit_or_leaves_before_it() {
    let ends_at = |departure_s: i64| {
        let visits = vec![visit("a", 0, departure_s, 20, 95)];
        Realization { visits, ..Realization::default() }
    };
    let depot = two_buses().0;
    let told_of = |is_s: i64, should_be_s: i64| {
        let (is, should_be) = (ends_at(is_s), ends_at(should_be_s));
        let mut simulation = Simulation::new(&depot, &is).expect("it can be run");
        let mut checker = Checker::new(&depot, &should_be);
        while let Some(view) = simulation.step(&[]) {
            if let Err(error) = checker.tick(&view) {
                return error.to_string();
            }
        }
        String::new()
    };
    // A departure counts from the tick that has begun by then: 239 s is in the tick that begins at 180 s.
    for (is_s, should_be_s, words) in [
        (239, 180, ""),
        (240, 239, "t = 180 s, C1-P1: visit a should have left"),
        (179, 180, "t = 120 s, C1-P1: visit a should still be there"),
    ] {
        let told = told_of(is_s, should_be_s);
        let is_expected = told.contains(words) && told.is_empty() == words.is_empty();
        assert!(is_expected, "{is_s} s for {should_be_s} s: the checker says {told:?}");
    }
}

#[test]
fn what_nodes_are_told_to_get_and_to_be_asked_for_is_the_sum_of_their_connectors() {
    check(
        &two_buses(),
        120,
        &[
            ("allocated", |shown| shown.allocated_w[2] -= 1, "allocated, demand and raw demand should be"),
            ("demand", |shown| shown.node_demand_w[1] += 1, "allocated, demand and raw demand should be"),
            ("raw demand", |shown| shown.raw_demand_w[0] += 1, "allocated, demand and raw demand should be"),
            (
                "who binds",
                |shown| shown.is_binding[1] = false,
                "binding and breached should be (true, false)",
            ),
            (
                "who is breached",
                |shown| shown.is_breached[0] = true,
                "binding and breached should be (false, false)",
            ),
        ],
    );
}

#[test]
fn a_cycle_says_what_follows_from_its_setpoints() {
    check(
        &two_buses(),
        120,
        &[
            (
                "its outcome",
                |shown| shown.cycle().outcome = Outcome::Applied,
                "2 are curtailed, 0 of them paused",
            ),
            ("how many lack power", |shown| shown.cycle().curtailed_count = 1, "2 are curtailed"),
            ("how many are paused", |shown| shown.cycle().paused_count = 1, "0 of them paused"),
            (
                "its reason",
                |shown| shown.cycle().reason = Reason::SiteLimit,
                "the cycle is CURTAILED and says SITE_LIMIT",
            ),
            (
                "what was withheld",
                |shown| shown.cycle().constraint.as_mut().expect("one").withheld_w -= 1,
                "the constraint should be",
            ),
            ("who withheld it", |shown| shown.cycle().constraint = None, "the cycle is CURTAILED and says"),
            (
                "what was asked for",
                |shown| shown.cycle().site_demand_w += 1,
                "demand and allocation should be",
            ),
            (
                "what was granted",
                |shown| shown.cycle().site_allocated_w -= 1,
                "demand and allocation should be",
            ),
            ("its number", |shown| shown.cycle().cycle += 1, "cycle 2 runs now"),
            (
                "a rejection that nothing stands for",
                |shown| {
                    (shown.cycle().outcome, shown.cycle().reason) = (Outcome::Rejected, Reason::InvalidLimit)
                },
                "should be not rejected, and is rejected for INVALID_LIMIT",
            ),
        ],
    );
}

#[test]
fn least_powers_are_kept_and_pauses_told() {
    let (mut depot, realization) = two_buses();
    depot.site[1].ratings.default_capacity_w = Some(25_000);
    for node in &mut depot.site[3..] {
        node.min_power_w = 15_000;
    }
    check(
        &(depot, realization),
        120,
        &[
            (
                "the balancer shares where one alone could charge",
                |shown| grant(shown, [12_500, 12_500, 0]),
                "gets 12500 W and needs at least 15000",
            ),
            ("it pauses without a word", |shown| shown.is_paused.fill(false), "paused should be true"),
        ],
    );
}

#[test]
fn rejections_hold_what_was_granted_and_no_more() {
    let (mut depot, mut realization) = two_buses();
    depot.max_age_s = Some(119);
    realization.silences = vec![Silence { from_s: 60, to_s: 3600 }];
    check(
        &(depot.clone(), realization.clone()),
        240,
        &[
            (
                "the cycle runs on what is stale",
                |shown| {
                    (shown.cycle().outcome, shown.cycle().reason) = (Outcome::Curtailed, Reason::SiteLimit)
                },
                "should be rejected for STALE_INPUT, and is not rejected",
            ),
            (
                "one takes over what another held",
                |shown| shown.setpoint_w.copy_from_slice(&[100_001, 99_999, 0]),
                "gets 100001 W while cycles are rejected, and may get 100000 W",
            ),
            ("it does not say why", |shown| shown.cycle().detail = None, "and does not say why"),
            (
                "it takes what is held for what is asked for",
                |shown| shown.cycle().site_demand_w -= 1,
                "demand and allocation should be",
            ),
            ("it counts one too many", |shown| shown.cycle().curtailed_count += 1, "are curtailed"),
            (
                "one who lacks nothing names a node",
                |shown| shown.constrained_by[2] = 0,
                "names a constraint while cycles are rejected",
            ),
        ],
    );
    // Later they fall back, to nothing.
    let bug: Plant = |shown| shown.setpoint_w[0] = 1;
    check(
        &(depot, realization),
        540,
        &[("it holds for ever", bug, "gets 1 W while cycles are rejected, and may get 0 W")],
    );
}

#[test]
fn nothing_flows_below_a_circuit_that_is_out() {
    let mut site = two_buses();
    site.1.outage_steps = vec![OutageStep { at_s: 120, node: 2, is_out: true }];
    let bug: Plant = |shown| shown.measured_w[1] = 1;
    check(&site, 180, &[("a charger draws without a supply", bug, "is without power, draws 1 W")]);
}

const GRID_CONNECTION: u32 = 1;
const CHARGE_POINT: u32 = 3;
const CONNECTOR: u32 = 4;

/// Cycles every five minutes, and an envelope of 100 kW at `node` that begins between two of them.
fn late(node: u32) -> (Depot, Realization) {
    let mut depot = depot(1, 1, 1, 500_000, 500_000);
    (depot.rebalance_every_ticks, depot.ticks) = (5, 10);
    let envelope_steps = vec![envelope(120, node, 100_000)];
    (
        depot,
        Realization { visits: vec![visit("a", 0, 3600, 20, 95)], envelope_steps, ..Realization::default() },
    )
}

#[test]
fn breaches_are_told_with_their_extent_and_cause_at_nodes_and_at_connectors() {
    for node in [GRID_CONNECTION, CHARGE_POINT, CONNECTOR] {
        let site = late(node);
        let mut breaches = Vec::new();
        let look = |view: &sim::TickView<'_>| breaches.extend(view.ended_breaches.to_vec());
        support::watch(&site.0, &site.1, look).expect("it runs");
        let [breach] = breaches[..] else { panic!("one breach, and not {breaches:?}") };
        assert_eq!((breach.node, breach.start_s, breach.end_s), (node, 120, 300));
        assert_eq!((breach.peak_over_w, breach.energy_over_j), (50_000, 50_000 * 180));
        assert_eq!(breach.cause, BreachCause::EnvelopeStep);
        check(
            &site,
            300,
            &[
                (
                    "it is not told",
                    |shown| shown.ended_breaches.clear(),
                    "breaches that end at 300 s should be",
                ),
                (
                    "its energy",
                    |shown| shown.ended_breaches[0].energy_over_j += 1,
                    "breaches that end at 300 s",
                ),
                ("its peak", |shown| shown.ended_breaches[0].peak_over_w -= 1, "breaches that end at 300 s"),
                (
                    "its beginning",
                    |shown| shown.ended_breaches[0].start_s += 60,
                    "breaches that end at 300 s",
                ),
                (
                    "somebody is blamed who did nothing",
                    |shown| shown.ended_breaches[0].cause = BreachCause::ChargerOffline,
                    "nothing there explains a breach by CHARGER_OFFLINE",
                ),
            ],
        );
    }
}

#[test]
fn the_time_until_a_limit_is_met_and_the_overshoot_are_told_of_nodes_and_of_connectors() {
    let words = "limits that are met should be [LimitStep";
    for node in [GRID_CONNECTION, CHARGE_POINT, CONNECTOR] {
        check(
            &late(node),
            300,
            &[
                ("it is not told", |shown| shown.met_limits.clear(), words),
                ("the time", |shown| shown.met_limits[0].comply_s = Some(60), words),
                ("the overshoot", |shown| shown.met_limits[0].overshoot_w = 0, words),
                ("somebody else", |shown| shown.met_limits[0].node = 0, words),
            ],
        );
    }
}

#[test]
fn a_breach_of_more_joules_than_64_bits_hold_is_counted() {
    let (mut depot, _) = two_buses();
    (depot.step_s, depot.ticks) = (86_400, 300);
    let power_w = 1_000_000_000_000;
    let base_load_steps = vec![sim::BaseLoadStep { at_s: 0, node: 1, power_w }];
    let realization = Realization { base_load_steps, ..Realization::default() };
    let mut simulation = Simulation::new(&depot, &realization).expect("it can be run");
    let mut checker = Checker::new(&depot, &realization);
    while let Some(view) = simulation.step(&[]) {
        checker.tick(&view).expect("the invariants hold");
    }
    let end = simulation.end();
    checker.end(&end).expect("the invariants hold");
    let expected_j = (1_000_000_000_000 - 200_000) * 86_400 * 300_u128;
    assert!(expected_j > u128::from(u64::MAX));
    let told: Vec<u128> = end.ended_breaches.iter().map(|breach| breach.energy_over_j).collect();
    assert_eq!(told, [expected_j]);
}

#[test]
fn a_charge_point_serves_a_tier_before_the_next_and_whoever_is_to_charge_at_once_before_all() {
    let three_at_a_point = |tiers: [u32; 3]| {
        let mut depot = depot(1, 1, 3, 100_000, 250_000);
        depot.control = Control::ChargePoint;
        depot.ticks = 4;
        let bus = |(id, tier): (&str, u32)| Visit { tier, ..visit(id, 0, 3600, 20, 95) };
        let visits = ["a", "b", "c"].into_iter().zip(tiers).map(bus).collect();
        (depot, Realization { visits, ..Realization::default() })
    };
    // Whoever has nothing names the connection, as all do.
    let one_watt: Plant = |shown| grant(shown, [99_999, 1, 0]);
    let words = "lacks 50001 W, and 1 W went to others whose turn is later";
    check(&three_at_a_point([0, 1, 2]), 120, &[("a watt goes to the next tier", one_watt, words)]);

    let (depot, mut realization) = three_at_a_point([1, 1, 0]);
    realization.overrides = vec![OverrideStep { at_s: 60, visit: 1, act: Some(Override::ChargeNow) }];
    let to_the_tier: Plant = |shown| grant(shown, [0, 0, 100_000]);
    let words = "lacks 150000 W, and 100000 W went to others whose turn is later";
    check(&(depot, realization), 120, &[("an order is not heard", to_the_tier, words)]);

    let uneven: Plant = |shown| grant(shown, [50_000, 25_000, 25_000]);
    let words = "lacks 125000 W on 25000, and another of the same turn has 50000 W";
    check(&three_at_a_point([0, 0, 0]), 120, &[("one has more than the others of his tier", uneven, words)]);

    let (mut depot, mut realization) = three_at_a_point([0, 0, 0]);
    depot.equipment.first_come = vec![3];
    realization.visits[0].arrival_s = -60;
    let evenly: Plant = |shown| grant(shown, [50_000, 50_000, 0]);
    check(
        &(depot, realization),
        120,
        &[("who came later is served too", evenly, "lacks 100000 W, and 50000 W went to others")],
    );
}
