//! Runs many random depots with the checker on, on all cores, and tells what they covered.
//!
//! ```text
//!  random_depots [COUNT [FIRST_SEED]]      10,000 from seed 0, if not said
//!  random_depots show SEED                 the scenario of a seed, as a file
//! ```
//!
//! Ends with 1 where a depot breaks something, after naming its seed and the fewest features that still break it.

use rayon::prelude::*;
use scenarios::random_depot::{FEATURES, RandomDepot, Trial, random_depot, random_depot_with, try_depot};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [word, seed] = &args[..]
        && word == "show"
    {
        let depot = random_depot(seed.parse().expect("a seed is a whole number"));
        println!("// features: {}", depot.features.join(", "));
        match scenarios::parse("random", &depot.to_ron(), &mut |name| depot.read_file(name)) {
            Ok(scenario) => println!("{}", scenario.to_ron()),
            Err(error) => println!("{error}"),
        }
        for (name, text) in &depot.files {
            println!("// {name}\n{text}");
        }
        return ExitCode::SUCCESS;
    }
    let number = |index: usize, otherwise: u64| {
        args.get(index).map_or(otherwise, |arg| arg.parse().expect("a whole number"))
    };
    let (count, first) = (number(0, 10_000), number(1, 0));
    std::panic::set_hook(Box::new(|_| {}));
    let results: Vec<(RandomDepot, Result<Trial, String>)> = (first..first + count)
        .into_par_iter()
        .map(|seed| {
            let depot = random_depot(seed);
            let result = attempt(&depot);
            (depot, result)
        })
        .collect();
    report(&results)
}

/// A panic is a failure like any other.
fn attempt(depot: &RandomDepot) -> Result<Trial, String> {
    catch_unwind(AssertUnwindSafe(|| try_depot(depot))).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()));
        Err(format!("panic: {}", text.unwrap_or_default()))
    })
}

fn report(results: &[(RandomDepot, Result<Trial, String>)]) -> ExitCode {
    let (mut features, mut seen, mut ticks): (BTreeMap<&str, u64>, BTreeMap<String, u64>, u64) =
        Default::default();
    let mut failures = Vec::new();
    for (depot, result) in results {
        for feature in &depot.features {
            *features.entry(feature).or_default() += 1;
        }
        match result {
            Err(message) => failures.push((depot, message)),
            Ok(trial) => {
                ticks += trial.ticks;
                for (name, times) in &trial.seen {
                    *seen.entry(name.clone()).or_default() += times;
                }
            }
        }
    }
    println!("{} depots, {ticks} ticks, {} failures", results.len(), failures.len());
    for feature in FEATURES {
        println!("  {:6} {}", features.get(feature.name).unwrap_or(&0), feature.name);
    }
    for (name, times) in &seen {
        println!("  {times:9} {name}");
    }
    for (depot, message) in failures.iter().take(20) {
        println!("seed {}: {message}", depot.seed);
    }
    for (depot, _) in failures.iter().take(3) {
        println!("seed {} with {}", depot.seed, fewest(depot).join(", "));
    }
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Leaves features out one by one as long as something still breaks.
fn fewest(depot: &RandomDepot) -> Vec<&'static str> {
    let mut kept = depot.features.clone();
    for feature in depot.features.iter().rev() {
        let fewer: Vec<&str> = kept.iter().copied().filter(|name| name != feature).collect();
        if attempt(&random_depot_with(depot.seed, |feature| fewer.contains(&feature.name))).is_err() {
            kept = fewer;
        }
    }
    kept
}
