//! A bundled scenario, drawn from a seed and run in memory: its figures, a table of bytes and its checks, with no file written.
//!
//! `cargo run --example in_memory -- [SCENARIO [SEED]]` (`wa-pta` and 1, if not said)

use outputs::{Summary, VisitsCsv};
use scenarios::{Bundled, draw};
use sim::{Acceptance, Site};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let name = args.next().unwrap_or_else(|| "wa-pta".to_owned());
    let seed: u64 = args.next().map_or(Ok(1), |seed| seed.parse())?;
    let scenario = Bundled::find(&name).ok_or("no such scenario")?.load()?;
    let realization = draw(&scenario, seed);
    let depot = scenario.depot();
    let site = Site::of(depot);

    // Every observer sees every tick; the checker watches without being asked.
    let mut summary = Summary::new(depot, &realization, &site);
    let mut visits = VisitsCsv::new(Vec::new(), depot, &realization, &site);
    let mut acceptance = Acceptance::new(depot, &realization, &site, scenario.criteria());
    sim::run(depot, &realization, &mut [&mut summary, &mut visits, &mut acceptance])?;

    let report = summary.into_report();
    let passed = acceptance.findings().iter().filter(|finding| finding.passed).count();
    println!(
        "{name} {seed}: {} of {} vehicles ready, {} kWh delivered, {} of {} checks passed, visits.csv of {} bytes",
        report.visits.ready,
        report.visits.total,
        report.visits.delivered_kwh,
        passed,
        scenario.criteria().len(),
        visits.into_inner().len()
    );
    Ok(())
}
