//! A run tick by tick, in which somebody outside acts, and an observer of one's own ends it early. The depot is built by hand, in `depot.rs`.
//!
//! `cargo run -p depotsim-sim --example drive`

mod depot;

use sim::{Checker, EnvelopeBasis, Intervention, Observer, ObserverError, Simulation, TickView};

/// Ends the run once the bus is ready.
struct UntilReady;

impl Observer for UntilReady {
    fn tick(&mut self, view: &TickView<'_>) -> Result<(), ObserverError> {
        match view.stays.at(0).ready_s {
            Some(ready_s) => Err(format!("the bus was ready after {ready_s} s").into()),
            None => Ok(()),
        }
    }
}

fn main() -> Result<(), ObserverError> {
    let (depot, realization) = (depot::depot(), depot::realization());
    let mut simulation = Simulation::new(&depot, &realization)?;
    let (mut checker, mut until_ready) = (Checker::new(&depot, &realization), UntilReady);
    let envelope = |limit_w| Intervention::SetEnvelope {
        envelope: "evening".into(),
        node: depot.position("grid").expect("there is one"),
        basis: EnvelopeBasis::Import,
        limit_w,
    };
    let mut acts = Vec::new();
    while let Some(view) = simulation.step(&acts) {
        checker.tick(&view)?;
        if let Err(enough) = until_ready.tick(&view) {
            println!("{enough}");
            break;
        }
        if view.tick % 10 == 0 {
            println!("{:>5} s: {:>6} W", view.t_s, view.nodes.measured_w[0]);
        }
        acts.clear();
        match view.tick {
            9 => acts.push(envelope(Some(30_000))),
            49 => acts.push(envelope(None)),
            _ => {}
        }
        // What does not pass would be left out: whoever wants it hears why.
        acts.iter().try_for_each(|act| act.check(&depot))?;
    }
    let end = simulation.end();
    println!("{} J were metered until {} s", end.stays[0].metered_j, end.t_s);
    Ok(())
}
