//! Planned outages: what is out carries nothing, at once, and nobody else is held back for it.
//!
//! Protects the difference between a limit, which a balancer obeys, and missing power, which needs no obedience.

mod support;

use sim::{
    BaseLoadStep, ConnectorState, Control, Depot, EventKind, LimitSource, OutageStep, Realization, Reason,
    Strategy,
};
use support::{KWH_J, depot, visit, watch};

/// Two circuits of one charger each on 200 kW, a bus at each, and the first circuit (position 2) out from 300 s to 900 s.
fn two_buses() -> (Depot, Realization) {
    let mut depot = depot(2, 1, 0, 200_000, 140_000);
    depot.ticks = 30;
    let outage = |at_s, is_out| OutageStep { at_s, node: 2, is_out };
    let realization = Realization {
        visits: vec![visit("a", 0, 3600, 10, 95), visit("b", 0, 3600, 10, 95)],
        outage_steps: vec![outage(300, true), outage(900, false)],
        ..Realization::default()
    };
    (depot, realization)
}

/// When \[s\], what, where.
type Told = (u64, EventKind, u32);

#[derive(Debug, Clone, PartialEq)]
struct Seen {
    t_s: u64,
    setpoint_w: Vec<u32>,
    measured_w: Vec<u32>,
    state: Vec<ConnectorState>,
    site_w: i64,
    source: Option<LimitSource>,
    limit_w: u64,
    reason: Reason,
}

fn run(depot: &Depot, realization: &Realization) -> (Vec<Seen>, Vec<Told>, Vec<sim::Stay>) {
    let (mut seen, mut events) = (Vec::new(), Vec::new());
    let stays = watch(depot, realization, |view| {
        events.extend(view.events.iter().map(|event| (event.t_s, event.kind, event.node)));
        seen.push(Seen {
            t_s: view.t_s,
            setpoint_w: view.connectors.setpoint_w.to_vec(),
            measured_w: view.connectors.measured_w.to_vec(),
            state: view.connectors.state.to_vec(),
            site_w: view.nodes.measured_w[0],
            source: view.nodes.limit_source[2],
            limit_w: view.nodes.limit_w[2],
            reason: view.cycle.expect("a cycle at every tick").reason,
        });
    })
    .expect("the invariants hold");
    (seen, events, stays)
}

#[test]
fn a_circuit_that_is_out_carries_nothing_and_its_share_goes_to_the_others() {
    let (depot, realization) = two_buses();
    let (seen, events, stays) = run(&depot, &realization);
    let at = |t_s: u64| &seen[(t_s / 60) as usize];
    // 200 kW for two that ask for 150: 100 each; while one is out the other gets its circuit's 140.
    assert_eq!(at(240).setpoint_w, [100_000, 100_000]);
    assert_eq!((&at(300).setpoint_w[..], &at(300).measured_w[..]), (&[0, 140_000][..], &[0, 140_000][..]));
    assert_eq!(at(300).state, [ConnectorState::SuspendedEvse, ConnectorState::Charging]);
    assert_eq!((at(300).limit_w, at(300).source), (0, Some(LimitSource::Outage)));
    assert_eq!((at(300).site_w, at(300).reason), (140_000, Reason::ChargerCircuitLimit));
    assert_eq!(at(840).setpoint_w, [0, 140_000]);
    assert_eq!(at(900).setpoint_w, [100_000, 100_000]);
    assert_eq!((at(900).limit_w, at(900).source), (140_000, Some(LimitSource::DefaultCapacity)));
    assert!(events.contains(&(300, EventKind::OutageBegan, 2)));
    assert!(events.contains(&(900, EventKind::OutageEnded, 2)));
    // 30 minutes: 20 at 100 kW and 10 without or at 140.
    assert_eq!(stays[0].metered_j, 1_200 * 100_000);
    assert_eq!(stays[1].metered_j, 1_200 * 100_000 + 600 * 140_000);
}

#[test]
fn an_outage_takes_power_away_between_two_cycles_too_and_the_next_cycle_gives_it_back() {
    for strategy in Strategy::ALL {
        let (mut depot, mut realization) = two_buses();
        depot.strategy = strategy;
        depot.rebalance_every_ticks = 10;
        realization.outage_steps[0].at_s = 290;
        let (seen, _, _) = run(&depot, &realization);
        let flows = |t_s: u64| seen[(t_s / 60) as usize].measured_w[0] > 0;
        assert!(flows(240), "{strategy}: power before the outage");
        for t_s in (300..1_200).step_by(60) {
            assert!(!flows(t_s), "{strategy}: no power at {t_s} s, in the outage and until the next cycle");
        }
        assert!(flows(1_200), "{strategy}: power from the next cycle on");
    }
}

#[test]
fn base_loads_below_an_outage_stop_and_come_back() {
    let (depot, mut realization) = two_buses();
    let load = |at_s, node, power_w| BaseLoadStep { at_s, node, power_w };
    // 10 kW at the circuit, generation of 4 kW at its charge point (position 4), 20 kW at the connection; one changes meanwhile.
    realization.base_load_steps =
        vec![load(0, 1, 20_000), load(0, 2, 10_000), load(0, 4, -4_000), load(600, 2, 12_000)];
    let (seen, _, _) = run(&depot, &realization);
    let at = |t_s: u64| &seen[(t_s / 60) as usize];
    // 200 kW less 26 kW for two.
    assert_eq!((at(240).setpoint_w.clone(), at(240).site_w), (vec![87_000, 87_000], 200_000));
    assert_eq!((at(300).setpoint_w.clone(), at(300).site_w), (vec![0, 140_000], 160_000));
    assert_eq!(at(660).site_w, 160_000);
    assert_eq!((at(900).setpoint_w.clone(), at(900).site_w), (vec![86_000, 86_000], 200_000));
}

#[test]
fn a_minimum_that_cannot_be_paused_rejects_nothing_while_there_is_no_power_for_it() {
    for control in Control::ALL {
        let (mut depot, realization) = two_buses();
        depot.control = control;
        let charger = depot.position("C1-P1").expect("it is there") as usize;
        depot.site[charger].pausable = false;
        depot.site[charger].min_power_w = 20_000;
        let (seen, _, _) = run(&depot, &realization);
        assert!(seen.iter().all(|seen| seen.reason != Reason::InfeasibleMinimum), "{control}");
        assert_eq!(seen[5].setpoint_w, [0, 140_000], "{control}");
        assert_eq!(seen[15].setpoint_w, [100_000, 100_000], "{control}");
    }
}

#[test]
fn empty_connectors_are_unavailable_and_who_plugs_in_waits_for_power() {
    let (depot, mut realization) = two_buses();
    realization.visits =
        vec![sim::Visit { connector: Some(depot.lanes[0]), ..visit("late", 600, 3600, 10, 95) }];
    realization.outage_steps.push(OutageStep { at_s: 1_500, node: 1, is_out: true });
    let (seen, _, stays) = run(&depot, &realization);
    let state = |t_s: u64| &seen[(t_s / 60) as usize].state[..];
    assert_eq!(state(240), [ConnectorState::Available, ConnectorState::Available]);
    assert_eq!(state(300), [ConnectorState::Unavailable, ConnectorState::Available]);
    assert_eq!(state(600), [ConnectorState::SuspendedEvse, ConnectorState::Available]);
    assert_eq!(state(900), [ConnectorState::Charging, ConnectorState::Available]);
    assert_eq!(state(1_500), [ConnectorState::SuspendedEvse, ConnectorState::Unavailable], "the connection");
    assert_eq!(stays[0].metered_j, 600 * 140_000);
    assert_eq!(stays[0].energy_j, 40 * KWH_J + 600 * 140_000 * 95 / 100);
}

#[test]
fn who_may_choose_goes_to_a_lane_with_power() {
    let (depot, mut realization) = two_buses();
    let plugged_in = |realization: &Realization| {
        let (_, _, stays) = run(&depot, realization);
        stays.iter().map(|stay| stay.connector).collect::<Vec<_>>()
    };
    let [out, other] = [depot.lanes[0], depot.lanes[1]];
    realization.visits = vec![visit("a", 600, 3600, 10, 95)];
    assert_eq!(plugged_in(&realization), [other], "the first lane is out from 300 s to 900 s");
    // Where no other is free, waiting at one that is out is as good as waiting elsewhere.
    realization.visits.push(visit("b", 660, 3600, 10, 95));
    assert_eq!(plugged_in(&realization), [other, out]);
    realization.visits.truncate(1);
    realization.visits[0].arrival_s = 900;
    assert_eq!(plugged_in(&realization), [out], "it has power again");
}

#[test]
fn an_outage_during_rejected_cycles_stops_what_is_held() {
    let (mut depot, mut realization) = two_buses();
    depot.max_age_s = Some(60);
    depot.hold_s = 3_600;
    realization.silences = vec![sim::Silence { from_s: 120, to_s: 1_500 }];
    let (seen, _, _) = run(&depot, &realization);
    let at = |t_s: u64| &seen[(t_s / 60) as usize];
    assert_eq!((at(240).reason, at(240).setpoint_w.clone()), (Reason::StaleInput, vec![100_000, 100_000]));
    assert_eq!((at(300).reason, at(300).setpoint_w.clone()), (Reason::StaleInput, vec![0, 100_000]));
    assert_eq!((at(900).reason, at(900).setpoint_w.clone()), (Reason::StaleInput, vec![100_000, 100_000]));
}
