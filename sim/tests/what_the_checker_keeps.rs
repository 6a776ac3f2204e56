//! What the checker derives once and keeps, until what it follows from is shown to change, hides nothing: any one value of any column that is wrong in any
//! tick is noticed in that tick, whether much happens in it or nothing.

mod support;

use sim::{Checker, Depot, NO_NODE, NO_VISIT, NodeKind, Observer, Realization, Simulation};
use support::shown::Shown;
use support::{day_16, depot, node, rating, visit};

/// Changes one value of one column, for a number that chooses which; returns whether there is one.
type Tamper = fn(&mut Shown, usize) -> bool;

const TAMPERS: [(&str, Tamper); 15] = [
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
        // A node that is elsewhere: the last of all is nobody's parent.
        shown.constrained_by[column] = u32::MAX - 1;
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
    ("a connector's limit", |shown, at| less(&mut shown.connector_limit_w, at)),
];

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
