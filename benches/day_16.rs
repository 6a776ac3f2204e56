//! `day-16`: a day of sixteen chargers, 1,440 ticks, rebalanced on each, with and without the checker.

#[path = "../sim/tests/support/mod.rs"]
mod support;

use criterion::{Criterion, criterion_group, criterion_main};
use sim::{Checker, Observer, Simulation};

fn day_16(criterion: &mut Criterion) {
    let days: Vec<_> = (0..32).map(support::day_16).collect();
    for with_checker in [false, true] {
        let mut next = 0;
        let name = if with_checker { "day-16 with the checker" } else { "day-16 alone" };
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| {
                next = (next + 1) % days.len();
                let (depot, realization) = &days[next];
                let mut simulation = Simulation::new(depot, realization).expect("it can be run");
                let mut checker = Checker::new(depot, realization);
                while let Some(view) = simulation.step(&[]) {
                    if with_checker {
                        checker.tick(&view).expect("the invariants hold");
                    }
                }
                simulation.end().t_s
            });
        });
    }
}

criterion_group!(benches, day_16);
criterion_main!(benches);
