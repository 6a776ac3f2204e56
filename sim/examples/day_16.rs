//! Runs `day-16` many times, with or without the checker: the subject of instruction counts.
//!
//! `cargo run --release -p depotsim-sim --example day_16 -- 200 [alone]`

#[path = "../tests/support/mod.rs"]
mod support;

use sim::{Checker, Observer, Simulation};
use std::time::Instant;

fn main() {
    let mut args = std::env::args().skip(1);
    let runs: u64 = args.next().and_then(|runs| runs.parse().ok()).unwrap_or(200);
    let is_alone = args.next().is_some_and(|word| word == "alone");
    let days: Vec<_> = (0..runs).map(support::day_16).collect();
    let mut best_s = f64::MAX;
    let mut metered_j = 0;
    for (depot, realization) in &days {
        let start = Instant::now();
        let mut simulation = Simulation::new(depot, realization).expect("day-16 can be run");
        let mut checker = Checker::new(depot, realization);
        while let Some(view) = simulation.step(&[]) {
            if !is_alone {
                checker.tick(&view).expect("the invariants hold");
            }
        }
        metered_j += simulation.end().stays.iter().map(|stay| stay.metered_j).sum::<u64>();
        best_s = best_s.min(start.elapsed().as_secs_f64());
    }
    println!("best of {runs}: {:.1} us ({metered_j} J in all)", best_s * 1e6);
}
