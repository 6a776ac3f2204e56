//! What the checker derives once and keeps, until what it follows from is shown to change, hides nothing: one value that is wrong in any tick, of any
//! column but the connectors' states, is noticed in that tick, whether a cycle runs in it or not, and whether much happens in it or nothing.

mod support;

use sim::{Checker, Depot, LimitSource, NO_NODE, NO_VISIT, NodeKind, Observer, Realization, Simulation};
use support::shown::Shown;
use support::{day_16, depot, node, rating, visit};

/// Changes one value of one column, for a number that chooses which; returns whether there is one.
type Tamper = fn(&mut Shown, usize) -> bool;

const TAMPERS: [(&str, Tamper); 21] = [
    ("a demand", |shown, at| add(&mut shown.demand_w, at)),
    ("a setpoint", |shown, at| add(&mut shown.setpoint_w, at)),
    ("a meter", |shown, at| add(&mut shown.measured_w, at)),
    ("a name", |shown, at| {
        let column = at % shown.constrained_by.len();
        let by = &mut shown.constrained_by[column];
        *by = if *by == NO_NODE { 1 } else { NO_NODE };
        true
    }),
    ("a name that is another", |shown, at| {
        let named: Vec<usize> = (0..shown.constrained_by.len())
            .filter(|&column| shown.constrained_by[column] != NO_NODE)
            .collect();
        let Some(&column) = named.get(at % named.len().max(1)) else { return false };
        // Circuits stand at positions 2 and 3, and nobody is below both.
        let by = &mut shown.constrained_by[column];
        *by = if *by == 2 { 3 } else { 2 };
        true
    }),
    ("a pause", |shown, at| flip(&mut shown.is_paused, at)),
    ("a visit", |shown, at| {
        let column = at % shown.visit.len();
        std::mem::replace(&mut shown.visit[column], NO_VISIT) != NO_VISIT
    }),
    ("a battery", |shown, at| {
        let column = at % shown.energy_j.len();
        shown.energy_j[column] += 1;
        true
    }),
    ("a node's demand", |shown, at| less(&mut shown.node_demand_w, at)),
    ("a node's raw demand", |shown, at| less(&mut shown.raw_demand_w, at)),
    ("a node's setpoints", |shown, at| less(&mut shown.allocated_w, at)),
    ("a node's meter", |shown, at| {
        let node = at % shown.node_measured_w.len();
        shown.node_measured_w[node] += 1;
        true
    }),
    ("a node that is named", |shown, at| flip(&mut shown.is_binding, at)),
    ("a node that is breached", |shown, at| flip(&mut shown.is_breached, at)),
    ("a node's limit", |shown, at| less(&mut shown.limit_w, at)),
    ("what a node leaves for charging", |shown, at| less(&mut shown.ev_limit_w, at)),
    ("a node's base load", |shown, at| {
        let node = at % shown.base_load_w.len();
        shown.base_load_w[node] += 1;
        true
    }),
    ("where a node's limit comes from", |shown, at| other_source(&mut shown.limit_source, at)),
    ("a connector's limit", |shown, at| less(&mut shown.connector_limit_w, at)),
    ("where a connector's limit comes from", |shown, at| other_source(&mut shown.connector_limit_source, at)),
    ("whose cycle it is", |shown, _| {
        shown.cycle().cycle += 1;
        true
    }),
];

fn other_source(column: &mut [Option<LimitSource>], at: usize) -> bool {
    let source = &mut column[at % column.len()];
    *source = if source.is_none() { Some(LimitSource::Outage) } else { None };
    true
}

fn add(column: &mut [u32], at: usize) -> bool {
    column[at % column.len()] += 1;
    true
}

fn less(column: &mut [u64], at: usize) -> bool {
    let value = &mut column[at % column.len()];
    *value = value.wrapping_sub(1);
    true
}

fn flip(column: &mut [bool], at: usize) -> bool {
    let is = &mut column[at % column.len()];
    *is = !*is;
    true
}

/// Plants each mistake in every tick; returns how many ticks showed connectors as the tick before them did.
fn check_each_tick((depot, realization): &(Depot, Realization)) -> usize {
    let mut simulation = Simulation::new(depot, realization).expect("it can be run");
    let mut checker = Checker::new(depot, realization);
    let (mut quiet, mut last, mut last_energy) = (0, None, None);
    while let Some(view) = simulation.step(&[]) {
        let connectors = &view.connectors;
        let powers = [&connectors.demand_w[..], connectors.setpoint_w, connectors.measured_w].concat();
        quiet += usize::from(last.as_ref() == Some(&powers));
        last = Some(powers);
        for (what, tamper) in TAMPERS {
            let mut shown = Shown::of(&view);
            // The step has no divisor in common with numbers of columns, so that each of them has its turn.
            if !tamper(&mut shown, 31 * view.tick as usize) {
                continue;
            }
            let told = checker.clone().tick(&shown.view(view));
            assert!(
                told.is_err(),
                "tick {} of {}: {what} is wrong, and nothing is said",
                view.tick,
                depot.id
            );
        }
        // Batteries that rest while meters run.
        let energy_j = connectors.energy_j.clone();
        if let Some(last_energy) = last_energy.replace(energy_j).filter(|last| *last != *connectors.energy_j)
        {
            let mut shown = Shown::of(&view);
            shown.energy_j = last_energy;
            let told = checker.clone().tick(&shown.view(view));
            assert!(told.is_err(), "tick {} of {}: batteries rest, and nothing is said", view.tick, depot.id);
        }
        checker.tick(&view).expect("the invariants hold");
    }
    quiet
}

#[test]
fn any_one_value_that_is_wrong_is_noticed_in_any_tick() {
    let quiet = check_each_tick(&day_16(1));
    assert!(quiet > 100, "there are ticks in which nothing happens, of which {quiet} were seen");
}

#[test]
fn any_one_value_that_is_wrong_is_noticed_between_two_cycles() {
    let (mut depot, realization) = day_16(2);
    depot.rebalance_every_ticks = 15;
    let quiet = check_each_tick(&(depot, realization));
    assert!(quiet > 100, "there are ticks in which nothing happens, of which {quiet} were seen");
}

#[test]
fn a_cycle_that_is_due_and_not_told_is_noticed_and_so_is_one_that_is_not_due() {
    let (mut depot, realization) = day_16(3);
    depot.rebalance_every_ticks = 2;
    let mut simulation = Simulation::new(&depot, &realization).expect("it can be run");
    let mut checker = Checker::new(&depot, &realization);
    while let Some(view) = simulation.step(&[]) {
        let mut told = view;
        told.is_cycle_new = !told.is_cycle_new;
        assert!(checker.clone().tick(&told).is_err(), "tick {}", view.tick);
        told = view;
        told.cycle = None;
        assert!(checker.clone().tick(&told).is_err(), "tick {}", view.tick);
        checker.tick(&view).expect("the invariants hold");
    }
}

#[test]
fn sums_are_right_however_many_connectors_stand_below_a_charge_point() {
    for connectors in 1..=4 {
        let mut depot = depot(2, 3, connectors, 500_000, 300_000);
        depot.ticks = 40;
        // One charge point has one connector more than the others, and one of its own stands after all of them.
        let last = depot.site.len() as u32;
        depot.site.push(node("more", NodeKind::Connector, Some(5), rating(150_000)));
        depot.site.push(node("alone", NodeKind::ChargePoint, Some(2), rating(150_000)));
        depot.lanes.extend([last, last + 1]);
        let visits = (0..6).map(|k| visit(&format!("v{k}"), 60 * i64::from(k), 3600, 20, 30)).collect();
        check_each_tick(&(depot, Realization { visits, ..Realization::default() }));
    }
}

/// In a minute a battery at 95 % gains 57 J on a watt; here it gains parts of a joule.
#[test]
fn parts_of_a_joule_on_a_watt_count() {
    let mut depot = depot(1, 2, 0, 500_000, 120_000);
    (depot.step_s, depot.ticks) = (7, 120);
    depot.vehicle_types[0].efficiency_ppm = 937_001;
    let visits = vec![visit("a", 0, 840, 20, 80), visit("b", 70, 700, 30, 80)];
    check_each_tick(&(depot, Realization { visits, ..Realization::default() }));
}
