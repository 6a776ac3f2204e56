//! Acts from outside that nobody could carry out.
//!
//! Protects whoever steers a depot from elsewhere: what is wrong is told, and a run goes on as if it had not been wanted.

mod support;

use balancer::units::NODE_POWER_MAX_W;
use sim::{Checker, EnvelopeBasis, Intervention, Observer, Realization, Simulation};
use support::{depot, visit};

fn envelope(node: u32, limit_w: Option<u64>) -> Intervention {
    Intervention::SetEnvelope { envelope: "e".to_owned(), node, basis: EnvelopeBasis::Import, limit_w }
}

/// What cannot be done at a depot of a charge point (position 3) with two connectors (4 and 5), and what is said of it.
fn impossible() -> [(Intervention, &'static str); 7] {
    let unplug = |connector| Intervention::Unplug { connector };
    [
        (
            envelope(u32::MAX, Some(1)),
            "the node of an envelope is at position 4294967295, and the depot has 6 nodes (positions count from 0)",
        ),
        (
            envelope(6, None),
            "the node of an envelope is at position 6, and the depot has 6 nodes (positions count from 0)",
        ),
        (
            envelope(1, Some(u64::MAX)),
            "the envelope \"e\" is to allow 18446744073709551615 W (at most 1000000000000 W; no limit at all ends it)",
        ),
        (
            envelope(1, Some(NODE_POWER_MAX_W + 1)),
            "the envelope \"e\" is to allow 1000000000001 W (at most 1000000000000 W; no limit at all ends it)",
        ),
        (
            unplug(u32::MAX),
            "the plug to be pulled is at position 4294967295, and the depot has 6 nodes (positions count from 0)",
        ),
        (
            unplug(1),
            "the plug to be pulled is at the grid_connection GC1, where no vehicle is plugged in (name a connector, or a charge point without any)",
        ),
        (
            unplug(3),
            "the plug to be pulled is at the charge_point C1-P1, where no vehicle is plugged in (name a connector, or a charge point without any)",
        ),
    ]
}

#[test]
fn what_cannot_be_done_is_told_and_what_can_be_done_passes() {
    let depot = depot(1, 1, 2, 100_000, 100_000);
    for (intervention, why) in impossible() {
        assert_eq!(intervention.check(&depot).map_err(|error| error.to_string()), Err(why.to_owned()));
    }
    let possible = [envelope(4, Some(0)), envelope(0, Some(NODE_POWER_MAX_W)), envelope(1, None)];
    for intervention in possible.into_iter().chain([4, 5].map(|connector| Intervention::Unplug { connector }))
    {
        assert_eq!(intervention.check(&depot), Ok(()));
    }
    let own_connector = support::depot(1, 1, 0, 100_000, 100_000);
    assert_eq!(Intervention::Unplug { connector: 3 }.check(&own_connector), Ok(()));
}

#[test]
fn what_cannot_be_done_is_left_out_of_a_run_and_what_is_wanted_beside_it_is_done() {
    let depot = depot(1, 1, 2, 100_000, 100_000);
    let realization = Realization { visits: vec![visit("a", 0, 36_000, 20, 95)], ..Realization::default() };
    let mut simulation = Simulation::new(&depot, &realization).expect("it can be run");
    let mut checker = Checker::new(&depot, &realization);
    let mut wanted: Vec<Intervention> = impossible().map(|(intervention, _)| intervention).to_vec();
    let possible = envelope(1, Some(30_000));
    wanted.push(possible.clone());
    for tick in 0..5 {
        let acts = if tick == 2 { &wanted[..] } else { &[] };
        let view = simulation.step(acts).expect("a tick");
        checker.tick(&view).expect("the invariants hold");
        let done = if tick == 2 { vec![possible.clone()] } else { Vec::new() };
        assert_eq!(view.interventions, done, "tick {tick}");
        assert_eq!(view.connectors.measured_w[0], if tick < 2 { 100_000 } else { 30_000 }, "tick {tick}");
        assert_eq!(view.connectors.visit[0], 0);
    }
}
