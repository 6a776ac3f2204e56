//! Runs `day-16` many times, with or without the checker: the subject of instruction counts.
//!
//! `cargo run --release -p depotsim-sim --example day_16 -- 320 [alone]`
//!
//! Days are not alike: the least of them takes a tenth less than their mean. So what is told is the mean over 32 days, each at its best.

#[path = "../tests/support/mod.rs"]
mod support;

use sim::{Checker, Observer, Simulation};
use std::time::Instant;

/// How many days there are.
const DAYS: u64 = 32;

fn main() {
    let mut args = std::env::args().skip(1);
    let runs: u64 = args.next().and_then(|runs| runs.parse().ok()).unwrap_or(10 * DAYS).max(1);
    let is_alone = args.next().is_some_and(|word| word == "alone");
    let days: Vec<_> = (0..runs.min(DAYS)).map(support::day_16).collect();
    let mut best_s = vec![f64::MAX; days.len()];
    let mut metered_j = 0;
    for run in 0..runs {
        let day = (run % DAYS) as usize;
        let (depot, realization) = &days[day];
        let start = Instant::now();
        let mut simulation = Simulation::new(depot, realization).expect("day-16 can be run");
        let mut checker = Checker::new(depot, realization);
        while let Some(view) = simulation.step(&[]) {
            if !is_alone {
                checker.tick(&view).expect("the invariants hold");
            }
        }
        metered_j += simulation.end().stays.iter().map(|stay| stay.metered_j).sum::<u64>();
        best_s[day] = best_s[day].min(start.elapsed().as_secs_f64());
    }
    let mean_us = best_s.iter().sum::<f64>() / best_s.len() as f64 * 1e6;
    println!("{runs} runs of {} days, each at its best: {mean_us:.1} us ({metered_j} J in all)", days.len());
}
