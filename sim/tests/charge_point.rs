//! Charge points that are controlled as a whole, and split what they get among their connectors.
//!
//! Protects what stands between a charge point and its connectors: a connector's own limit, the minimum that it needs, and its share when
//! nobody may be paused. A charge point that is let in with what none of its connectors can use was found by random depots.

mod support;

use sim::{
    Control, Depot, EnvelopeBasis, EnvelopeStep, LimitSource, NO_NODE, NodeChange, NodeKind, OutageStep,
    Outcome, Realization, Reason, SiteChange, SiteStep, Strategy,
};
use support::{depot, node, rating, visit, watch};

/// Positions of the connectors of [`shared_charger`]'s charge point.
const FIRST: u32 = 4;
const SECOND: u32 = 5;

/// A charge point with two connectors of 150 kW that is controlled as a whole, on a connection of `site_w`; a bus at each connector.
fn shared_charger(site_w: u64) -> (Depot, Realization) {
    let mut depot = depot(1, 1, 2, site_w, 400_000);
    depot.control = Control::ChargePoint;
    depot.ticks = 1;
    let visits = vec![visit("a", 0, 3600, 20, 95), visit("b", 0, 3600, 20, 95)];
    (depot, Realization { visits, ..Realization::default() })
}

/// Two such charge points, and a bus at the first connector of each.
fn two_chargers(site_w: u64) -> (Depot, Realization) {
    let (_, realization) = shared_charger(site_w);
    let mut depot = depot(1, 2, 2, site_w, 400_000);
    depot.control = Control::ChargePoint;
    depot.ticks = 1;
    (depot, realization)
}

fn envelope(node: u32, limit_w: u64) -> EnvelopeStep {
    let (envelope, basis) = ("e".to_owned(), EnvelopeBasis::Import);
    EnvelopeStep { at_s: 0, envelope, node, basis, limit_w: Some(limit_w) }
}

/// The setpoints of all ticks, with the checker watching.
fn setpoints(depot: &Depot, realization: &Realization) -> Vec<Vec<u32>> {
    let mut seen = Vec::new();
    watch(depot, realization, |view| seen.push(view.connectors.setpoint_w.to_vec()))
        .expect("the invariants hold");
    seen
}

#[test]
fn a_connectors_own_envelope_holds_and_its_sibling_or_the_next_charger_gets_the_rest() {
    // 55 kW for two connectors: 5 and 50, where half of it was 27.5 each.
    let (depot, mut realization) = shared_charger(55_000);
    realization.envelope_steps = vec![envelope(FIRST, 5_000)];
    let mut seen = Vec::new();
    watch(&depot, &realization, |view| {
        let cycle = view.cycle.expect("a cycle");
        seen.push((
            cycle.reason,
            view.connectors.setpoint_w.to_vec(),
            view.connectors.constrained_by.to_vec(),
        ));
    })
    .expect("the invariants hold");
    assert_eq!(seen, [(Reason::GridConnectionLimit, vec![5_000, 50_000], vec![FIRST, 1])]);

    // 60 kW for two charge points, of which the first can pass on 5.
    let (depot, mut realization) = two_chargers(60_000);
    realization.envelope_steps = vec![envelope(5, 5_000)];
    assert_eq!(setpoints(&depot, &realization), [[5_000, 0, 55_000, 0]]);

    // Of an import envelope of 8 kW, 3 are metered for something else.
    realization.envelope_steps = vec![envelope(5, 8_000)];
    realization.base_load_steps = vec![sim::BaseLoadStep { at_s: 0, node: 5, power_w: 3_000 }];
    assert_eq!(setpoints(&depot, &realization), [[5_000, 0, 52_000, 0]]);
}

#[test]
fn what_a_connectors_own_limit_withholds_is_told_as_under_connector_control() {
    for control in Control::ALL {
        let (mut depot, mut realization) = shared_charger(400_000);
        depot.control = control;
        realization.visits.truncate(1);
        // (least power, limit, setpoint, reason, withheld, paused)
        let cases = [
            (0, 5_000, 5_000, Reason::ConnectorLimit, 0, 0),
            (30_000, 20_000, 0, Reason::MinimumPower, 20_000, 1),
        ];
        for (min_power_w, limit_w, setpoint_w, reason, withheld_w, paused) in cases {
            depot.site[FIRST as usize].min_power_w = min_power_w;
            realization.envelope_steps = vec![envelope(FIRST, limit_w)];
            watch(&depot, &realization, |view| {
                let cycle = view.cycle.expect("a cycle");
                let constraint = cycle.constraint.expect("a constraint");
                assert_eq!((cycle.outcome, cycle.reason), (Outcome::Curtailed, reason));
                assert_eq!((cycle.curtailed_count, cycle.paused_count), (1, paused));
                assert_eq!((constraint.node, constraint.is_pause), (FIRST, paused > 0));
                assert_eq!(constraint.source, Some(LimitSource::OperatingEnvelope));
                assert_eq!((constraint.limit_w, constraint.demand_w), (limit_w, 150_000));
                assert_eq!((constraint.allocated_w, constraint.withheld_w), (setpoint_w, withheld_w));
                assert_eq!(view.connectors.setpoint_w, [setpoint_w as u32, 0]);
                assert_eq!(view.connectors.constrained_by, [FIRST, NO_NODE]);
                assert_eq!(view.connectors.is_paused, [paused > 0, false]);
            })
            .unwrap_or_else(|error| panic!("{control:?}, {limit_w} W: {error}"));
        }
    }
}

#[test]
fn a_connector_without_power_leaves_all_of_its_charge_point_to_its_sibling() {
    for strategy in [Strategy::FairShare, Strategy::Uncontrolled] {
        let (mut depot, mut realization) = shared_charger(400_000);
        depot.strategy = strategy;
        realization.outage_steps = vec![OutageStep { at_s: 0, node: FIRST, is_out: true }];
        assert_eq!(setpoints(&depot, &realization), [[0, 150_000]], "{strategy:?}");
    }
}

#[test]
fn uncontrolled_splits_by_ratings_and_ignores_envelopes_and_minima() {
    let (mut depot, mut realization) = shared_charger(10_000);
    depot.strategy = Strategy::Uncontrolled;
    for node in [FIRST, SECOND] {
        depot.site[node as usize].min_power_w = 80_000;
    }
    // Half of the charge point's 150 kW is below either minimum, and above the envelope.
    realization.envelope_steps = vec![envelope(FIRST, 5_000)];
    assert_eq!(setpoints(&depot, &realization), [[75_000, 75_000]]);
}

#[test]
fn minima_that_cannot_be_paused_add_up_and_come_first_in_the_split() {
    // (least power and pausable of either connector, first come, limit; setpoints, or the subject of the rejection)
    type Case = ([(u32, bool); 2], bool, u64, Result<[u32; 2], &'static str>);
    let cases: [Case; 11] = [
        // Each alone would fit.
        ([(30_000, false), (30_000, false)], false, 50_000, Err("GC1")),
        ([(30_000, false), (30_000, false)], false, 70_000, Ok([35_000, 35_000])),
        ([(10_000, false), (40_000, false)], false, 49_999, Err("GC1")),
        ([(10_000, false), (40_000, false)], false, 50_000, Ok([10_000, 40_000])),
        // Whoever may be paused is, though he comes first.
        ([(30_000, true), (30_000, false)], false, 29_999, Err("GC1")),
        ([(30_000, true), (30_000, false)], false, 50_000, Ok([0, 50_000])),
        ([(30_000, true), (30_000, false)], false, 62_000, Ok([31_000, 31_000])),
        ([(0, true), (30_000, false)], true, 50_000, Ok([20_000, 30_000])),
        ([(25_000, true), (30_000, false)], true, 50_000, Ok([0, 50_000])),
        // With nobody to be kept on, what is needed is what the one who needs least needs.
        ([(30_000, true), (20_000, true)], false, 25_000, Ok([0, 25_000])),
        ([(30_000, true), (20_000, true)], false, 19_000, Ok([0, 0])),
    ];
    for (minima, is_first_come, limit_w, expected) in cases {
        let (mut depot, realization) = shared_charger(limit_w);
        for (position, (min_power_w, pausable)) in [FIRST, SECOND].into_iter().zip(minima) {
            let node = &mut depot.site[position as usize];
            (node.min_power_w, node.pausable) = (min_power_w, pausable);
        }
        if is_first_come {
            depot.equipment.first_come = vec![3];
        }
        let what = format!("{minima:?} W on {limit_w} W");
        watch(&depot, &realization, |view| {
            let cycle = view.cycle.expect("a cycle");
            match expected {
                Ok(setpoint_w) => {
                    assert_eq!(cycle.outcome, Outcome::Curtailed, "{what}");
                    assert_eq!(view.connectors.setpoint_w, setpoint_w, "{what}");
                }
                Err(subject) => {
                    assert_eq!(cycle.reason, Reason::InfeasibleMinimum, "{what}");
                    assert_eq!(cycle.subject.as_deref(), Some(subject), "{what}");
                    assert_eq!(view.connectors.setpoint_w, [0, 0], "{what}");
                }
            }
        })
        .unwrap_or_else(|error| panic!("{what}: {error}"));
    }
}

#[test]
fn a_connector_whose_limit_is_below_a_minimum_that_cannot_be_paused_rejects_the_cycle() {
    let (mut depot, mut realization) = shared_charger(400_000);
    (depot.site[SECOND as usize].min_power_w, depot.site[SECOND as usize].pausable) = (30_000, false);
    realization.envelope_steps = vec![envelope(SECOND, 29_999)];
    watch(&depot, &realization, |view| {
        let cycle = view.cycle.expect("a cycle");
        assert_eq!(cycle.reason, Reason::InfeasibleMinimum);
        assert_eq!(cycle.subject.as_deref(), Some("C1-P1-2"));
        let detail = cycle.detail.as_deref().expect("a sentence");
        assert!(detail.contains("29999 W") && detail.contains("30000 W"), "{detail}");
    })
    .expect("the invariants hold");
}

#[test]
fn a_charge_points_weight_is_that_of_its_vehicles_unless_a_visit_has_one_of_its_own() {
    let change = |depot: &Depot, weight| {
        let node = &depot.site[3];
        let (ratings, min_power_w, fallback_w) = (node.ratings, node.min_power_w, node.fallback_w);
        let pausable = node.pausable;
        NodeChange { node: 3, ratings, weight, min_power_w, pausable, fallback_w }
    };
    // (weights of the first charge point, its connector and the first visit; of the charge point after a minute; setpoints then)
    let cases = [
        // 40 kW in three parts to one.
        ((3, 1, 0), 3, [[30_000, 0, 10_000, 0], [30_000, 0, 10_000, 0]]),
        ((3, 1, 0), 1, [[30_000, 0, 10_000, 0], [20_000, 0, 20_000, 0]]),
        ((1, 7, 0), 1, [[20_000, 0, 20_000, 0], [20_000, 0, 20_000, 0]]),
        ((3, 1, 1), 4, [[20_000, 0, 20_000, 0], [20_000, 0, 20_000, 0]]),
    ];
    for ((of_point, of_connector, of_visit), later, expected) in cases {
        let (mut depot, mut realization) = two_chargers(40_000);
        depot.ticks = 2;
        (depot.site[3].weight, depot.site[5].weight) = (of_point, of_connector);
        realization.visits[0].weight = of_visit;
        let change = SiteChange::Apply(vec![change(&depot, later)]);
        realization.site_steps = vec![SiteStep { at_s: 60, change }];
        assert_eq!(setpoints(&depot, &realization), expected, "{of_point} {of_connector} {of_visit} {later}");
    }
}

#[test]
fn a_charge_point_keeps_its_turn_while_one_of_its_vehicles_stays() {
    // 40 kW carry one minimum of 30 kW: three charge points take turns, in slots of 900 s.
    let mut depot = depot(1, 3, 2, 40_000, 400_000);
    depot.control = Control::ChargePoint;
    depot.ticks = 31;
    for node in depot.site.iter_mut().filter(|node| node.kind == NodeKind::Connector) {
        node.min_power_w = 30_000;
    }
    // The fourth is beside the first, and leaves in the second's slot.
    let visit = |id, departure_s| visit(id, 0, departure_s, 20, 95);
    let visits = vec![visit("a", 3600), visit("b", 3600), visit("c", 3600), visit("d", 1200)];
    let realization = Realization { visits, ..Realization::default() };
    let seen = setpoints(&depot, &realization);
    assert_eq!(seen[0], [40_000, 0, 0, 0, 0, 0]);
    assert_eq!(seen[15], [0, 0, 40_000, 0, 0, 0]);
    assert_eq!(seen[20], [0, 0, 40_000, 0, 0, 0]);
    // What was forgotten with the fourth put the first before the third, who had never had a turn.
    assert_eq!(seen[30], [0, 0, 0, 0, 40_000, 0]);
}

#[test]
fn a_charge_point_needs_no_more_than_the_connector_that_needs_least() {
    // (rating of the first connector, limit, setpoints): found by random depots, in which the charge point was paused, or was let in with
    // less than anybody there could use.
    let cases = [
        // The first takes at most 25 kW, and so needs no more than that.
        (25_000, 26_000, [25_000, 0]),
        (25_000, 24_000, [0, 0]),
        // The first takes nothing: what it needs does not count.
        (0, 29_000, [0, 0]),
        (0, 31_000, [0, 31_000]),
    ];
    for (rating_w, limit_w, expected) in cases {
        let (mut depot, realization) = shared_charger(limit_w);
        for node in [FIRST, SECOND] {
            depot.site[node as usize].min_power_w = 30_000;
        }
        depot.site[FIRST as usize].ratings = rating(rating_w);
        assert_eq!(setpoints(&depot, &realization), [expected], "{rating_w} W on {limit_w} W");
    }
}

#[test]
fn what_a_charge_point_cannot_use_of_its_share_is_no_broken_invariant() {
    // 80 kW for three connectors: two shares for a charge point whose connectors need 30 kW each, of which the first takes no more than 32.
    // Of its 53,333 W 21,333 are of no use to the second, while another charge point is curtailed to its third. It is the same where the
    // first could take more and is held by a limit of its own.
    for is_rating in [true, false] {
        let (mut depot, mut realization) = shared_charger(80_000);
        for node in [FIRST, SECOND] {
            depot.site[node as usize].min_power_w = 30_000;
        }
        depot.site.push(node("P2", NodeKind::ChargePoint, Some(2), rating(150_000)));
        depot.lanes = vec![FIRST, SECOND, 6];
        if is_rating {
            depot.site[FIRST as usize].ratings = rating(32_000);
        } else {
            realization.envelope_steps = vec![envelope(FIRST, 32_000)];
        }
        realization.visits.push(visit("c", 0, 3600, 20, 95));
        let mut seen = Vec::new();
        watch(&depot, &realization, |view| {
            seen.push((view.connectors.setpoint_w.to_vec(), view.nodes.allocated_w[1]));
        })
        .expect("the invariants hold");
        assert_eq!(seen, [(vec![32_000, 0, 26_667], 58_667)]);
    }
}

#[test]
fn a_charge_point_without_connectors_is_told_as_the_charge_point_that_it_is() {
    let mut depot = depot(1, 1, 0, 500_000, 500_000);
    depot.control = Control::ChargePoint;
    depot.ticks = 1;
    let realization = Realization {
        visits: vec![visit("a", 0, 3600, 20, 95)],
        envelope_steps: vec![envelope(3, 50_000)],
        ..Realization::default()
    };
    let mut told = Vec::new();
    watch(&depot, &realization, |view| {
        let cycle = view.cycle.expect("a cycle");
        let constraint = cycle.constraint.expect("somebody lacks power");
        told.push((cycle.reason, constraint.node, constraint.limit_w, constraint.source));
    })
    .expect("the invariants hold");
    assert_eq!(told, [(Reason::ChargePointLimit, 3, 50_000, Some(LimitSource::OperatingEnvelope))]);
}

#[test]
fn three_tiers_are_served_one_after_another_beside_a_minimum_that_may_not_be_paused() {
    // Connectors of 40 kW each, for tiers 0, 1 and 2; the last may not be paused below 10 kW.
    let tiers = |site_w: u64, second_needs_w: u32, is_first_come: bool| {
        let mut depot = depot(1, 1, 3, site_w, 400_000);
        depot.control = Control::ChargePoint;
        depot.ticks = 1;
        depot.site[4..].iter_mut().for_each(|connector| connector.ratings.max_rating_w = Some(40_000));
        depot.site[5].min_power_w = second_needs_w;
        depot.site[6].min_power_w = 10_000;
        depot.site[6].pausable = false;
        if is_first_come {
            depot.equipment.first_come = vec![3];
        }
        let bus = |(id, tier): (&str, u32)| sim::Visit { tier, ..visit(id, 0, 3600, 20, 95) };
        let visits = ["a", "b", "c"].into_iter().zip(0..).map(bus).collect();
        (depot, Realization { visits, ..Realization::default() })
    };
    for is_first_come in [false, true] {
        for (site_w, second_needs_w, expected) in [
            // All that the first two can take, and the rest.
            (100_000, 0, [40_000, 40_000, 20_000]),
            // The minimum of the last comes before what the second could take, and that before more for the last.
            (65_000, 0, [40_000, 15_000, 10_000]),
            // The second needs more than is left for it, and the last has it.
            (65_000, 30_000, [40_000, 0, 25_000]),
            (45_000, 0, [35_000, 0, 10_000]),
        ] {
            let (depot, realization) = tiers(site_w, second_needs_w, is_first_come);
            assert_eq!(setpoints(&depot, &realization), [expected], "{site_w} {is_first_come}");
        }
    }
}
