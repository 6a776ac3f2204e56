//! How long it takes to set a depot up, which should grow no faster than the depot.
//!
//! `cargo run --release -p depotsim-sim --example set_up -- 20000 40000`

#[path = "../tests/support/mod.rs"]
mod support;

use sim::{ChargerChange, ChargerStep, Control, NodeChange, Realization, Simulation, SiteChange, SiteStep};
use std::time::Instant;

fn main() {
    for connectors in std::env::args().skip(1) {
        let connectors: u32 = connectors.parse().expect("a number of connectors");
        for control in Control::ALL {
            let mut depot = support::depot(100, connectors.div_ceil(200), 2, 1_000_000_000, 10_000_000);
            (depot.control, depot.ticks) = (control, 1);
            let changes = depot.site.iter().enumerate().map(|(node, site)| NodeChange {
                node: node as u32,
                ratings: site.ratings,
                weight: 2,
                min_power_w: site.min_power_w,
                pausable: site.pausable,
                fallback_w: site.fallback_w,
            });
            let site_steps = vec![SiteStep { at_s: 0, change: SiteChange::Apply(changes.collect()) }];
            let charger_steps = depot.lanes.iter().map(|&node| ChargerStep {
                at_s: 1_000_000,
                node,
                change: ChargerChange::Offline,
            });
            let charger_steps = charger_steps.collect();
            let realization = Realization { site_steps, charger_steps, ..Realization::default() };
            let start = Instant::now();
            let mut simulation = Simulation::new(&depot, &realization).expect("it can be run");
            let set_up_s = start.elapsed().as_secs_f64();
            let start = Instant::now();
            assert!(simulation.step(&[]).is_some(), "a tick in which data of every node change");
            let change_s = start.elapsed().as_secs_f64();
            let n = depot.lanes.len();
            println!(
                "{n} connectors, {control:?}: set up in {set_up_s:.3} s, all site data changed in {change_s:.3} s"
            );
        }
    }
}
