//! Acceptance criteria: each kind of rule, met and missed, on one evening whose figures are known by hand.
//!
//! Protects the verdict that people sign.

mod support;

use sim::acceptance::{Acceptance, Criterion, CyclePattern, ExpectedCounts, Finding, Found, Rule};
use sim::{
    BaseLoadStep, Depot, EnvelopeBasis, EnvelopeStep, LimitSource, Outcome, Realization, Reason, Silence,
    Site,
};
use support::{depot, visit};

/// Two buses want 150 kW each on a circuit of 200 kW. At 01:00 an envelope of 60 kW falls on the grid connection, and for five minutes
/// base load alone is above it while no measurement arrives.
fn evening() -> (Depot, Realization) {
    let mut depot = depot(1, 2, 1, 500_000, 200_000);
    depot.ticks = 180;
    depot.hold_s = 3600;
    depot.max_age_s = Some(30);
    let envelope_steps = vec![EnvelopeStep {
        at_s: 3600,
        envelope: "e".into(),
        node: 1,
        basis: EnvelopeBasis::Import,
        limit_w: Some(60_000),
    }];
    let base_load = |at_s, power_w| BaseLoadStep { at_s, node: 1, power_w };
    let realization = Realization {
        base_load_steps: vec![base_load(3600, 110_000), base_load(3900, 0)],
        visits: vec![visit("a", 0, 10_000, 10, 20), visit("b", 0, 10_000, 10, 90)],
        envelope_steps,
        silences: vec![Silence { from_s: 3590, to_s: 3900 }],
        ..Realization::default()
    };
    (depot, realization)
}

fn judge(rule: Rule) -> Finding {
    let (depot, realization) = evening();
    let site = Site::of(&depot);
    let criteria = [Criterion { id: "c".into(), requirement: "r".into(), text: "t".into(), rule }];
    let mut acceptance = Acceptance::new(&depot, &realization, &site, &criteria);
    sim::run(&depot, &realization, &mut [&mut acceptance]).expect("it runs");
    acceptance.findings()[0]
}

fn cycle(outcome: Outcome, node: Option<u32>, reason: Option<Reason>, from_s: i64, to_s: i64) -> Rule {
    Rule::Cycle(CyclePattern { outcome, node, reason, source: None, from_s, to_s })
}

#[test]
fn every_rule_is_met_by_what_it_describes_and_by_nothing_else() {
    let counts = ExpectedCounts {
        grid_connections: Some(1),
        charger_circuits: Some(1),
        charge_points_per_circuit: Some(2),
        ..ExpectedCounts::default()
    };
    let with_source = |source| {
        Rule::Cycle(CyclePattern {
            outcome: Outcome::Curtailed,
            node: Some(2),
            reason: Some(Reason::ChargerCircuitLimit),
            source: Some(source),
            from_s: 0,
            to_s: 3600,
        })
    };
    let circuit = Some(Reason::ChargerCircuitLimit);
    let cases: [(&str, Rule, bool); 17] = [
        ("the envelope was exceeded", Rule::WithinLimits, false),
        ("one of two is ready", Rule::Ready { least_ppm: 500_000 }, true),
        ("but no more than half", Rule::Ready { least_ppm: 500_001 }, false),
        ("the circuit binds in the first hour", cycle(Outcome::Curtailed, Some(2), circuit, 0, 3600), true),
        ("the connection does not", cycle(Outcome::Curtailed, Some(1), None, 0, 3600), false),
        ("it does later", cycle(Outcome::Curtailed, Some(1), None, 3600, 10_800), true),
        ("any node will do", cycle(Outcome::Curtailed, None, None, 0, 60), true),
        ("with the source of the limit", with_source(LimitSource::DefaultCapacity), true),
        ("and no other source", with_source(LimitSource::OperatingEnvelope), false),
        ("old data were refused", cycle(Outcome::Rejected, None, Some(Reason::StaleInput), 3600, 3900), true),
        ("and not before", cycle(Outcome::Rejected, None, None, 0, 3600), false),
        ("so that some were rejected", Rule::NeverRejected, false),
        ("the breach lasted", Rule::BreachesShorterThan { duration_s: 240 }, false),
        ("the circuit was full", Rule::PeakAtMost { node: 2, power_w: 200_000 }, true),
        ("to the watt", Rule::PeakAtMost { node: 2, power_w: 199_999 }, false),
        ("the shape is as built", Rule::Shape(counts), true),
        ("with two connectors", Rule::Shape(ExpectedCounts { connectors: Some(3), ..counts }), false),
    ];
    for (what, rule, passes) in cases {
        let finding = judge(rule.clone());
        assert_eq!(finding.passed, passes, "{what}: {rule:?} found {finding:?}");
    }
}

#[test]
fn a_finding_points_at_the_place_that_shows_it() {
    let Found::Breaches { count, worst: Some(worst) } = judge(Rule::WithinLimits).found else {
        panic!("there was a breach")
    };
    assert_eq!((count, worst.node, worst.start_s, worst.end_s), (1, 1, 3600, 3900));
    assert_eq!(worst.peak_over_w, 50_000);
    assert!(judge(Rule::BreachesShorterThan { duration_s: 301 }).passed);
    let Found::Ready { ready: 1, of: 2, most_missing: Some(1) } = judge(Rule::Ready { least_ppm: 0 }).found
    else {
        panic!("b misses most")
    };
    let rejected = judge(Rule::NeverRejected).found;
    assert!(matches!(rejected, Found::Cycles { first_s: Some(3660), .. }), "{rejected:?}");
    let peak = judge(Rule::PeakAtMost { node: 2, power_w: 0 }).found;
    assert_eq!(peak, Found::Peak { power_w: 200_000, at_s: 0 });
}

#[test]
fn a_peak_of_a_node_without_a_meter_of_its_own_is_never_low_enough() {
    // Positions 5 and 6 are connectors, and there is none beyond them.
    for node in [5, 7, 99_999, u32::MAX] {
        let finding = judge(Rule::PeakAtMost { node, power_w: u64::MAX });
        let found = Found::Peak { power_w: i64::MIN, at_s: 0 };
        assert_eq!(finding, Finding { passed: false, found }, "position {node}");
    }
}
