//! The checker bites: whatever is changed in what it is shown, it says so and names the place.
//!
//! Protects the proof itself. A checker that passes everything would pass every test.

mod support;

use sim::{Checker, NO_NODE, Observer, Outcome, Realization, RunEnd, Simulation, Stay, TickView};
use support::shown::Shown;
use support::{day_16, depot, visit};

/// Runs a day, shows tick 200 to the checker with `tamper` applied, and gives its words.
fn told(tamper: fn(&TickView<'_>, &mut Shown)) -> Result<(), String> {
    let (depot, realization) = day_16(1);
    let mut simulation = Simulation::new(&depot, &realization).expect("it can be run");
    let mut checker = Checker::new(&depot, &realization);
    while let Some(view) = simulation.step(&[]) {
        let mut columns = Shown::of(&view);
        if view.tick == 200 {
            assert!(
                view.cycle.is_some_and(|cycle| cycle.curtailed_count > 4),
                "a tick in which much happens"
            );
            tamper(&view, &mut columns);
        }
        checker.tick(&columns.view(view)).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// A connector that is held back.
fn curtailed(view: &TickView<'_>) -> usize {
    let pairs = view.connectors.setpoint_w.iter().zip(view.connectors.demand_w);
    pairs.into_iter().position(|(setpoint_w, demand_w)| setpoint_w < demand_w).expect("somebody is held back")
}

#[test]
fn what_is_true_passes() {
    told(|_, _| ()).expect("the invariants hold");
}

#[test]
fn every_single_change_is_noticed() {
    type Tamper = fn(&TickView<'_>, &mut Shown);
    let tampers: [(&str, Tamper); 16] = [
        ("a limit", |_, columns| columns.limit_w[1] -= 1),
        ("an EV limit", |_, columns| columns.ev_limit_w[2] += 1),
        ("a base load", |_, columns| columns.base_load_w[1] += 1),
        ("a sum of setpoints", |_, columns| columns.allocated_w[1] -= 1),
        ("a meter", |_, columns| columns.node_measured_w[0] += 1),
        ("a breach", |_, columns| columns.is_breached[3] = true),
        ("energy that nobody metered", |view, columns| columns.energy_j[curtailed(view)] += 1),
        ("energy that is lost", |view, columns| columns.energy_j[curtailed(view)] -= 1),
        ("power that nobody granted", |view, columns| columns.measured_w[curtailed(view)] += 1),
        ("a watt too much", |view, columns| columns.setpoint_w[curtailed(view)] += 1),
        ("a watt that is left over", |view, columns| columns.setpoint_w[curtailed(view)] -= 1),
        ("no name for what is withheld", |view, columns| columns.constrained_by[curtailed(view)] = NO_NODE),
        ("a name that is not above it", |view, columns| {
            let other = if view.connectors.constrained_by[curtailed(view)] == 5 { 4 } else { 5 };
            columns.constrained_by[curtailed(view)] = other;
        }),
        ("an outcome", |_, columns| columns.cycle.as_mut().expect("a cycle").outcome = Outcome::Applied),
        ("a refusal of site data that nobody refuses", |_, columns| {
            let cycle = columns.cycle.as_mut().expect("a cycle");
            (cycle.outcome, cycle.reason) = (Outcome::Rejected, sim::Reason::InvalidTopology);
        }),
        ("a count", |_, columns| columns.cycle.as_mut().expect("a cycle").curtailed_count += 1),
    ];
    for (what, tamper) in tampers {
        let error = told(tamper).expect_err(what);
        assert!(error.contains("an invariant is broken at t = 12000 s"), "{what}: {error}");
    }
}

/// A lie without a seam: everybody has what he asks for, and all that follows from it is told.
#[test]
fn limits_that_nobody_keeps_are_noticed_though_all_sums_names_and_verdicts_agree() {
    for (connectors, circuit_w, above) in [(2, 400_000, "C1-P1"), (0, 200_000, "C1")] {
        let depot = depot(1, 2, connectors, 1_000_000, circuit_w);
        // Both at the first charge point, where that has two connectors.
        let mut visits = vec![visit("a", 0, 9_000, 10, 90), visit("b", 0, 9_000, 10, 90)];
        let first = depot.site.len() as u32 - 2 * connectors.max(1);
        (visits[0].connector, visits[1].connector) = (Some(first), Some(first + 1));
        let realization = Realization { visits, ..Realization::default() };
        let mut simulation = Simulation::new(&depot, &realization).expect("it can be run");
        let mut checker = Checker::new(&depot, &realization);
        let site = simulation.site().clone();
        // What vehicles draw is looked at in turns: in this tick at none of these connectors.
        for _ in 0..8 {
            checker.tick(&simulation.step(&[]).expect("there is a tick")).expect("the invariants hold");
        }
        let view = simulation.step(&[]).expect("there is a tick");
        checker.clone().tick(&view).expect("the invariants hold");
        let mut shown = Shown::of(&view);
        shown.setpoint_w = shown.demand_w.clone();
        shown.constrained_by.fill(NO_NODE);
        shown.is_binding.fill(false);
        for (allocated_w, &(first, end)) in shown.allocated_w.iter_mut().zip(&site.connectors_below) {
            let below = &shown.setpoint_w[first as usize..end as usize];
            *allocated_w = below.iter().map(|&setpoint_w| u64::from(setpoint_w)).sum();
        }
        let site_allocated_w = shown.allocated_w[0];
        let cycle = shown.cycle();
        (cycle.outcome, cycle.reason) = (Outcome::Applied, sim::Reason::Unconstrained);
        (cycle.constraint, cycle.curtailed_count) = (None, 0);
        cycle.site_allocated_w = site_allocated_w;
        let error = checker.tick(&shown.view(view)).expect_err("300 kW are too much").to_string();
        assert!(error.contains(&format!("{above}: 300000 W are allocated on an EV limit of")), "{error}");
    }
}

#[test]
fn a_connector_that_has_never_named_anything_is_noticed_too() {
    let (depot, realization) = day_16(1);
    let mut simulation = Simulation::new(&depot, &realization).expect("it can be run");
    let mut checker = Checker::new(&depot, &realization);
    while let Some(view) = simulation.step(&[]) {
        let is_curtailed = view.connectors.constrained_by.iter().any(|&by| by != NO_NODE);
        let mut columns = Shown::of(&view);
        columns.constrained_by.fill(NO_NODE);
        let result = checker.tick(&columns.view(view));
        if is_curtailed {
            let error = result.expect_err("somebody lacks power and nobody is named").to_string();
            assert!(error.contains("is curtailed, and what it names is not above it"), "{error}");
            return;
        }
        result.expect("nobody is held back yet");
    }
    panic!("somebody is held back on that day");
}

#[test]
fn a_charger_that_draws_more_than_fills_the_battery_is_noticed() {
    let depot = depot(1, 1, 0, 200_000, 200_000);
    let realization = Realization { visits: vec![visit("a", 0, 9_000, 90, 95)], ..Realization::default() };
    let mut simulation = Simulation::new(&depot, &realization).expect("it can be run");
    let mut checker = Checker::new(&depot, &realization);
    let target_j = realization.visits[0].target_energy_j;
    while let Some(view) = simulation.step(&[]) {
        if view.connectors.energy_j[0] < target_j {
            checker.tick(&view).expect("the invariants hold");
            continue;
        }
        // A watt more counts on every meter, and changes nothing at the battery.
        let mut shown = Shown::of(&view);
        shown.measured_w[0] += 1;
        shown.node_measured_w.iter_mut().for_each(|meter_w| *meter_w += 1);
        assert!(shown.measured_w[0] < shown.setpoint_w[0], "the last tick is not the fullest");
        checker.clone().tick(&view).expect("the invariants hold");
        let error = checker.tick(&shown.view(view)).expect_err("it draws on").to_string();
        assert!(error.contains(" W for a battery that lacks "), "{error}");
        return;
    }
    panic!("the battery fills up");
}

/// In a second a watt is worth less than a joule: what is drawn shows at no battery.
#[test]
fn a_watt_that_is_drawn_for_a_full_battery_is_noticed_where_it_is_worth_nothing() {
    let mut depot = depot(1, 1, 0, 200_000, 200_000);
    (depot.step_s, depot.ticks) = (1, 10);
    let realization = Realization { visits: vec![visit("a", 0, 9_000, 95, 95)], ..Realization::default() };
    let mut simulation = Simulation::new(&depot, &realization).expect("it can be run");
    let mut checker = Checker::new(&depot, &realization);
    let view = simulation.step(&[]).expect("a tick");
    checker.clone().tick(&view).expect("the invariants hold");
    let mut shown = Shown::of(&view);
    (shown.measured_w[0], shown.setpoint_w[0]) = (1, 1);
    shown.node_measured_w.iter_mut().for_each(|meter_w| *meter_w += 1);
    let error = checker.tick(&shown.view(view)).expect_err("it is full").to_string();
    assert!(error.contains("draws 1 W for a battery that lacks 0 J"), "{error}");
}

#[test]
fn a_stay_that_is_told_otherwise_than_it_was_is_noticed_at_the_end() {
    let (depot, realization) = day_16(1);
    let mut simulation = Simulation::new(&depot, &realization).expect("it can be run");
    let mut checker = Checker::new(&depot, &realization);
    while let Some(view) = simulation.step(&[]) {
        checker.tick(&view).expect("the invariants hold");
    }
    let end = simulation.end();
    checker.clone().end(&end).expect("the invariants hold");
    let stays = end.stays.to_vec();
    let of = |what: fn(&Stay) -> bool| stays.iter().position(what).expect("there is one");
    let (ready, unready) = (of(|stay| stay.ready_s.is_some()), of(|stay| stay.ready_s.is_none()));
    // Energy that one visit lacks, and that another has in its place; a pause that nobody saw; a moment, a place and a battery that are others.
    type Tamper = fn(&mut Stay);
    let tampers: [(usize, Tamper); 10] = [
        (ready, |stay| stay.metered_j -= 1),
        (ready, |stay| stay.paused_s += 60),
        (ready, |stay| stay.ready_s = None),
        (ready, |stay| stay.ready_s = stay.ready_s.map(|ready_s| ready_s + 60)),
        (unready, |stay| stay.ready_s = stay.left_s),
        (unready, |stay| stay.left_s = None),
        (ready, |stay| stay.left_s = stay.left_s.map(|left_s| left_s + 60)),
        (unready, |stay| stay.plugged_in_s = stay.plugged_in_s.map(|plugged_in_s| plugged_in_s + 60)),
        (unready, |stay| stay.energy_j += 1),
        (ready, |stay| stay.connector -= 1),
    ];
    let told = |stays: &[Stay]| {
        checker.clone().end(&RunEnd {
            t_s: end.t_s,
            stays,
            ended_breaches: end.ended_breaches,
            unmet_limits: end.unmet_limits,
        })
    };
    for (ix, (stay, tamper)) in tampers.into_iter().enumerate() {
        let mut stays = stays.clone();
        tamper(&mut stays[stay]);
        assert!(told(&stays).is_err(), "tamper {ix}");
    }
    let mut stays = stays.clone();
    (stays[3].metered_j, stays[4].metered_j) = (stays[4].metered_j, stays[3].metered_j);
    assert!(told(&stays).is_err(), "what one took is told of the other");
}
