//! That the observer of what each connector is promised bites, below charge points too.
//!
//! Protects the random depots, whose only witness below a charge point it is.

mod support;

use sim::{
    Column, ConnectorPromises, Control, Depot, EnvelopeBasis, EnvelopeStep, Observer, Realization, Silence,
    Simulation,
};
use support::{depot, visit};

/// A charge point with two connectors: one needs 10 kW and cannot be paused, one is held to 30 kW. From 600 s on cycles are rejected, after
/// 900 s connectors fall back to 20 kW.
fn two_buses() -> (Depot, Realization) {
    let mut depot = depot(1, 1, 2, 100_000, 400_000);
    depot.control = Control::ChargePoint;
    depot.ticks = 20;
    depot.max_age_s = Some(299);
    let [.., needy, held] = &mut depot.site[..] else { unreachable!("it has connectors") };
    (needy.fallback_w, held.fallback_w) = (20_000, 20_000);
    (needy.min_power_w, needy.pausable) = (10_000, false);
    let basis = EnvelopeBasis::Import;
    let envelope = EnvelopeStep { at_s: 0, envelope: "e".into(), node: 5, basis, limit_w: Some(30_000) };
    let realization = Realization {
        visits: vec![visit("a", 0, 3600, 20, 95), visit("b", 0, 3600, 20, 95)],
        silences: vec![Silence { from_s: 300, to_s: 7200 }],
        envelope_steps: vec![envelope],
        ..Realization::default()
    };
    (depot, realization)
}

#[test]
fn whoever_gets_too_much_or_too_little_is_noticed() {
    let cases = [
        (300, [70_000, 30_000], None),
        (300, [10_000, 30_000], None),
        (300, [70_000, 30_001], Some("gets 30001 W and may carry 30000 W")),
        (300, [9_999, 30_000], Some("may not be paused, needs 10000 W and gets 9999 W")),
        (600, [70_001, 29_999], Some("gets 70001 W in a rejected cycle, where 70000 W are safe")),
        (840, [70_001, 29_999], Some("gets 70001 W in a rejected cycle, where 70000 W are safe")),
        (900, [20_001, 19_999], Some("gets 20001 W in a rejected cycle, where 20000 W are safe")),
        (900, [0, 20_000], None),
    ];
    for (at_s, shown_w, expected) in cases {
        let (depot, realization) = two_buses();
        let mut simulation = Simulation::new(&depot, &realization).expect("it can be run");
        let mut promises = ConnectorPromises::of(&depot, &realization);
        let shown = Column::of(shown_w.to_vec());
        let mut broken = None;
        while let Some(mut view) = simulation.step(&[]) {
            if view.t_s == at_s {
                view.connectors.setpoint_w = &shown;
            }
            broken = broken.or(promises.tick(&view).err());
        }
        let broken = broken.map(|broken| broken.to_string());
        let is_expected = match (&broken, expected) {
            (Some(broken), Some(expected)) => broken.ends_with(expected),
            (None, None) => true,
            _ => false,
        };
        assert!(is_expected, "at {at_s} s {shown_w:?}: {broken:?} and not {expected:?}");
    }
}
