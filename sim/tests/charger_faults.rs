//! Chargers that go wrong, worked out by hand: offline with and without a fallback, out of service, deaf to what they accept; and what the breaches
//! are put down to.
//!
//! Protects the tracing of causes, and that a limit which fell is met within latency and ramp, which the trace tells.

mod support;

use sim::{
    Breach, BreachCause, Charger, ChargerChange, ChargerStep, ConnectorState, Control, Depot, EnvelopeBasis,
    EnvelopeStep, Event, EventKind, LimitStep, NodeChange, Observer, ObserverError, OutageKind, OutageStep,
    Realization, RunEnd, SiteChange, SiteStep, Strategy, TickView,
};
use support::{Words, capacity, depot, rating, visit};

fn envelope(at_s: i64, node: u32, limit_w: Option<u64>) -> EnvelopeStep {
    EnvelopeStep { at_s, envelope: "cut".into(), node, basis: EnvelopeBasis::Import, limit_w }
}

fn change(at_s: i64, node: u32, change: ChargerChange) -> ChargerStep {
    ChargerStep { at_s, node, change }
}

/// Two chargers of 150 kW (positions 3 and 4) on a connection of 200 kW (position 1), a bus at each from the start.
fn two_buses(ticks: u32) -> (Depot, Realization) {
    let mut depot = depot(1, 2, 0, 200_000, 400_000);
    depot.ticks = ticks;
    let visits = vec![visit("a", 0, 36_000, 20, 95), visit("b", 0, 36_000, 20, 95)];
    (depot, Realization { visits, ..Realization::default() })
}

/// What a run shows; breaches and limits that last until its end among them.
#[derive(Default)]
struct Seen {
    measured_w: Vec<Vec<u32>>,
    setpoint_w: Vec<Vec<u32>>,
    state: Vec<Vec<ConnectorState>>,
    events: Vec<Event>,
    breaches: Vec<Breach>,
    met: Vec<LimitStep>,
    unmet: Vec<LimitStep>,
}

impl Observer for Seen {
    fn tick(&mut self, view: &TickView<'_>) -> Result<(), ObserverError> {
        self.measured_w.push(view.connectors.measured_w.to_vec());
        self.setpoint_w.push(view.connectors.setpoint_w.to_vec());
        self.state.push(view.connectors.state.to_vec());
        self.events.extend_from_slice(view.events);
        self.breaches.extend_from_slice(view.ended_breaches);
        self.met.extend_from_slice(view.met_limits);
        Ok(())
    }

    fn end(&mut self, end: &RunEnd<'_>) -> Result<(), ObserverError> {
        self.breaches.extend_from_slice(end.ended_breaches);
        self.unmet.extend_from_slice(end.unmet_limits);
        Ok(())
    }
}

fn run(depot: &Depot, realization: &Realization) -> Seen {
    let mut seen = Seen::default();
    sim::run(depot, realization, &mut [&mut seen]).expect("the invariants hold");
    seen
}

impl Seen {
    fn when(&self, kind: EventKind) -> Vec<u64> {
        self.events.iter().filter(|event| event.kind == kind).map(|event| event.t_s).collect()
    }

    fn column(&self, ix: usize) -> Vec<u32> {
        self.measured_w.iter().map(|columns| columns[ix]).collect()
    }
}

#[test]
fn an_offline_charger_keeps_its_setpoint_until_its_fallback_limit_holds() {
    for timeout_s in [None, Some(330)] {
        let (mut depot, mut realization) = two_buses(15);
        depot.site[3].fallback_w = 10_000;
        depot.equipment.chargers = vec![Charger { offline_timeout_s: timeout_s, ..Charger::ideal(3) }];
        realization.charger_steps =
            vec![change(120, 3, ChargerChange::Offline), change(600, 3, ChargerChange::Online)];
        realization.envelope_steps = vec![envelope(180, 1, Some(80_000))];
        let seen = run(&depot, &realization);
        let first = seen.column(0);
        // From 180 s on its setpoint is 40 kW, which it does not hear. After 330 s of silence, at 450 s, it falls to 10 kW: 30 s of each.
        let has_fallback = timeout_s.is_some();
        let offline = if has_fallback { [55_000, 10_000, 10_000] } else { [100_000; 3] };
        assert_eq!(first[..7], [100_000; 7]);
        assert_eq!(first[7..10], offline);
        assert_eq!(first[10], 40_000);
        assert!(seen.measured_w[3..].iter().all(|columns| columns[1] == 40_000), "the other obeys");
        // 60 kW over for 240 s and 15 kW in the tick of the fallback, or 60 kW until it hears again.
        let expected = if has_fallback {
            (180, 480, 60_000, 60_000 * 240 + 15_000 * 60)
        } else {
            (180, 600, 60_000, 60_000 * 420)
        };
        let breach = seen.breaches[0];
        assert_eq!((breach.start_s, breach.end_s, breach.peak_over_w, breach.energy_over_j), expected);
        assert_eq!((breach.node, breach.cause), (1, BreachCause::ChargerOffline));
        assert_eq!(seen.when(EventKind::ChargerOffline), [120]);
        assert_eq!(seen.when(EventKind::ChargerFellBack), if has_fallback { vec![420] } else { vec![] });
        assert_eq!(seen.when(EventKind::ChargerOnline), [600]);
    }
}

#[test]
fn who_plugs_in_at_an_offline_charger_gets_the_fallback_limit() {
    let (mut depot, mut realization) = two_buses(10);
    depot.site[3].fallback_w = 25_000;
    realization.visits = vec![visit("a", 120, 36_000, 20, 95)];
    realization.charger_steps =
        vec![change(60, 3, ChargerChange::Offline), change(300, 3, ChargerChange::Online)];
    let seen = run(&depot, &realization);
    assert_eq!(seen.column(0)[..6], [0, 0, 25_000, 25_000, 25_000, 150_000]);
}

#[test]
fn what_was_sent_before_a_charger_went_offline_still_arrives() {
    let (mut depot, mut realization) = two_buses(8);
    depot.equipment.chargers = vec![Charger { latency_s: 90, ..Charger::ideal(3) }];
    realization.envelope_steps = vec![envelope(240, 1, Some(80_000))];
    realization.charger_steps = vec![change(300, 3, ChargerChange::Offline)];
    let seen = run(&depot, &realization);
    // Sent at 240 s, heard at 330 s: half of the tick from 300 s.
    assert_eq!(seen.column(0), [0, 50_000, 100_000, 100_000, 100_000, 70_000, 40_000, 40_000]);
}

#[test]
fn a_connector_out_of_service_gives_nothing_and_gets_nobody() {
    for (kind, state) in [
        (OutageKind::Faulted, ConnectorState::Faulted),
        (OutageKind::Unavailable, ConnectorState::Unavailable),
    ] {
        let (depot, mut realization) = two_buses(12);
        realization.visits = vec![
            visit("a", 0, 36_000, 20, 95),
            visit("b", 0, 180, 20, 95),
            visit("c", 240, 36_000, 20, 95),
            visit("d", 300, 36_000, 20, 95),
        ];
        realization.charger_steps = vec![
            change(120, 3, ChargerChange::OutOfService(kind)),
            change(120, 4, ChargerChange::OutOfService(kind)),
            change(360, 4, ChargerChange::InService),
            change(480, 3, ChargerChange::InService),
        ];
        let seen = run(&depot, &realization);
        // The first bus waits at its connector; the second leaves; the third waits in the queue until the second connector works.
        let half = [100_000; 4];
        assert_eq!(seen.column(0), [&[100_000, 100_000, 0, 0, 0, 0, 0, 0][..], &half].concat());
        assert_eq!(seen.column(1), [&[100_000, 100_000, 0, 0, 0, 0, 150_000, 150_000][..], &half].concat());
        assert_eq!(seen.state[2..6].concat(), [state; 8]);
        assert_eq!(seen.setpoint_w[2..6].concat(), [0; 8]);
        assert_eq!(seen.when(EventKind::PluggedIn), [0, 0, 360]);
        assert_eq!(seen.when(EventKind::Queued), [240, 300]);
        assert_eq!(seen.when(EventKind::OutOfService), [120, 120]);
        assert_eq!(seen.when(EventKind::InService), [360, 480]);
    }
}

#[test]
fn a_charge_point_that_goes_wrong_takes_all_of_its_connectors_along() {
    let mut depot = depot(1, 1, 2, 200_000, 400_000);
    depot.ticks = 4;
    let realization = Realization {
        visits: vec![visit("a", 0, 36_000, 20, 95), visit("b", 0, 36_000, 20, 95)],
        charger_steps: vec![change(120, 3, ChargerChange::OutOfService(OutageKind::Faulted))],
        ..Realization::default()
    };
    let seen = run(&depot, &realization);
    assert_eq!(seen.measured_w[1..3], [[75_000, 75_000], [0, 0]]);
}

#[test]
fn a_charger_that_accepts_setpoints_and_ignores_them_is_named_for_it() {
    let (mut depot, mut realization) = two_buses(10);
    depot.equipment.chargers = vec![Charger { ramp_down_w_per_min: Some(60_000), ..Charger::ideal(3) }];
    realization.charger_steps =
        vec![change(120, 3, ChargerChange::SetpointsIgnored), change(300, 3, ChargerChange::SetpointsObeyed)];
    let seen = run(&depot, &realization);
    // Then down from 150 kW by 1 kW a second for 50 seconds, 150, 149, ..., 101, and ten seconds of 100: 7,275.
    assert_eq!(seen.column(0)[1..7], [100_000, 150_000, 150_000, 150_000, 121_250, 100_000]);
    assert!(seen.setpoint_w.iter().all(|columns| columns[..] == [100_000, 100_000]));
    let breach = seen.breaches[0];
    assert_eq!((breach.node, breach.start_s, breach.end_s), (1, 120, 360));
    assert_eq!((breach.peak_over_w, breach.energy_over_j), (50_000, 50_000 * 180 + 21_250 * 60));
    assert_eq!(breach.cause, BreachCause::NotApplied);
}

#[test]
fn a_limit_that_falls_is_met_after_latency_and_ramp_and_the_trace_says_how_long_it_took() {
    let (mut depot, mut realization) = two_buses(12);
    depot.equipment.chargers = [3, 4]
        .map(|node| Charger { latency_s: 30, ramp_down_w_per_min: Some(60_000), ..Charger::ideal(node) })
        .to_vec();
    realization.envelope_steps = vec![envelope(300, 1, Some(80_000)), envelope(480, 1, None)];
    let seen = run(&depot, &realization);
    // Each from 100 to 40 kW: 92,750 W in the first minute, 47,750 in the second, as in the ramp's own test.
    let breach = seen.breaches[0];
    assert_eq!((breach.start_s, breach.end_s), (300, 420));
    assert_eq!((breach.peak_over_w, breach.energy_over_j), (105_500, (105_500 + 15_500) * 60));
    assert_eq!((breach.node, breach.cause), (1, BreachCause::EnvelopeStep));
    let (from_w, to_w) = (200_000, 80_000);
    let step = LimitStep { node: 1, at_s: 300, from_w, to_w, comply_s: Some(120), overshoot_w: 105_500 };
    assert_eq!(seen.met, [step]);
    let told: Vec<&Event> = seen.events.iter().filter(|event| event.kind == EventKind::LimitMet).collect();
    assert_eq!((told[0].t_s, told[0].duration_s, told[0].power_w), (420, Some(120), Some(105_500)));
    assert_eq!(told.len(), 1);
}

#[test]
fn a_limit_that_falls_above_what_is_drawn_is_met_at_once_and_no_event() {
    let (depot, mut realization) = two_buses(10);
    realization.visits.pop();
    realization.envelope_steps = vec![envelope(300, 1, Some(160_000))];
    let seen = run(&depot, &realization);
    assert_eq!((seen.met[0].comply_s, seen.met[0].overshoot_w), (Some(0), 0));
    assert_eq!(seen.when(EventKind::LimitMet), [0; 0]);
}

/// A charge point (position 3) of 300 kW with two connectors (4 and 5) of 150 kW, of which the first hears 30 s late and falls by 1 kW a second; a bus
/// at each from the start.
fn two_connectors(ticks: u32) -> (Depot, Realization) {
    let mut depot = depot(1, 1, 2, 400_000, 400_000);
    depot.ticks = ticks;
    depot.site[3].ratings = rating(300_000);
    depot.equipment.chargers =
        vec![Charger { latency_s: 30, ramp_down_w_per_min: Some(60_000), ..Charger::ideal(4) }];
    let visits = vec![visit("a", 0, 36_000, 20, 95), visit("b", 0, 36_000, 20, 95)];
    (depot, Realization { visits, ..Realization::default() })
}

/// From `at_s` on a connector is rated this much.
fn rated_anew(at_s: i64, node: u32, rating_w: u64) -> SiteStep {
    let (min_power_w, fallback_w) = (0, 0);
    let change =
        NodeChange { node, ratings: rating(rating_w), weight: 1, min_power_w, pausable: true, fallback_w };
    SiteStep { at_s, change: SiteChange::Apply(vec![change]) }
}

#[test]
fn a_charger_keeps_the_fallback_that_it_was_built_with_when_site_data_change() {
    let (mut depot, mut realization) = two_buses(15);
    depot.site[3].fallback_w = 20_000;
    depot.equipment.chargers = vec![Charger { offline_timeout_s: Some(330), ..Charger::ideal(3) }];
    realization.charger_steps = vec![change(120, 3, ChargerChange::Offline)];
    // Data are what the balancer knows: nobody reaches a charger that is offline.
    let mut step = rated_anew(180, 3, 150_000);
    if let SiteChange::Apply(changes) = &mut step.change {
        changes[0].fallback_w = 5_000;
    }
    realization.site_steps = vec![step];
    let seen = run(&depot, &realization);
    assert_eq!(seen.column(0)[8..], [20_000; 7]);
    assert_eq!(seen.when(EventKind::ChargerFellBack), [420]);
}

#[test]
fn a_charger_that_ignores_setpoints_draws_up_to_the_largest_rating_that_it_ever_had() {
    let (mut depot, mut realization) = two_buses(10);
    depot.site[3].ratings = rating(60_000);
    realization.site_steps = vec![rated_anew(120, 3, 110_000), rated_anew(360, 3, 30_000)];
    realization.charger_steps =
        vec![change(240, 3, ChargerChange::SetpointsIgnored), change(480, 3, ChargerChange::SetpointsObeyed)];
    let seen = run(&depot, &realization);
    // 60 kW, then half of 200 kW; what is rated for 110 kW draws them, and is not told of the 30 kW.
    assert_eq!(seen.column(0)[..2], [60_000; 2]);
    assert_eq!(seen.column(0)[2..4], [100_000; 2]);
    assert_eq!(seen.column(0)[4..8], [110_000; 4]);
    assert_eq!(seen.column(0)[8..], [30_000; 2]);
    let setpoints_w: Vec<u32> = seen.setpoint_w.iter().map(|columns| columns[0]).collect();
    assert_eq!(setpoints_w[4..], [100_000, 100_000, 30_000, 30_000, 30_000, 30_000]);
}

#[test]
fn who_is_back_in_service_within_a_tick_waits_for_power_and_not_for_a_cycle() {
    let (mut depot, mut realization) = two_buses(6);
    depot.site[1].ratings = capacity(0);
    let out = ChargerChange::OutOfService(OutageKind::Faulted);
    realization.charger_steps = vec![change(130, 3, out), change(170, 3, ChargerChange::InService)];
    let seen = run(&depot, &realization);
    // Nothing is asked for but what was before, so that the cycle need not be decided: it has run nevertheless.
    let states: Vec<ConnectorState> = seen.state.iter().map(|columns| columns[0]).collect();
    assert_eq!(states, [ConnectorState::SuspendedEvse; 6]);
}

#[test]
fn a_connectors_own_limit_that_falls_is_told_like_a_nodes() {
    let step = |node, from_w, to_w| {
        let (comply_s, overshoot_w) = (Some(120), 82_750);
        LimitStep { node, at_s: 300, from_w, to_w, comply_s, overshoot_w }
    };
    let own = step(4, 150_000, 60_000);
    // A charge point that is controlled as a whole has at most the sum of its connectors' limits, which falls with the one.
    let of_both = [step(3, 300_000, 210_000), own];
    for (control, expected) in [(Control::Connector, &[own][..]), (Control::ChargePoint, &of_both)] {
        for cause in [BreachCause::SiteChange, BreachCause::EnvelopeStep] {
            let (mut depot, mut realization) = two_connectors(12);
            depot.control = control;
            match cause {
                BreachCause::SiteChange => realization.site_steps = vec![rated_anew(300, 4, 60_000)],
                _ => realization.envelope_steps = vec![envelope(300, 4, Some(60_000))],
            }
            let seen = run(&depot, &realization);
            // 30 s of 150 kW and 150, 149, ..., 121: 8,565 kWs; then 120, 119, ..., 61: 5,430; then 60. Its neighbour goes on.
            assert_eq!(seen.column(0)[4..9], [150_000, 142_750, 90_500, 60_000, 60_000], "{cause:?}");
            assert_eq!(seen.column(1), [150_000; 12], "{cause:?}");
            assert_eq!((&seen.met[..], &seen.unmet[..]), (expected, &[][..]), "{control} {cause:?}");
            let told = seen.events.iter().filter(|event| event.kind == EventKind::LimitMet);
            let told: Vec<_> =
                told.map(|event| (event.node, event.t_s, event.duration_s, event.power_w)).collect();
            let nodes: Vec<u32> = expected.iter().map(|step| step.node).collect();
            let of_event = |&node: &u32| (node, 420, Some(120), Some(82_750));
            assert_eq!(told, nodes.iter().map(of_event).collect::<Vec<_>>(), "{control} {cause:?}");
            let breach = seen.breaches.last().expect("it is above its limit for a while");
            assert_eq!((breach.start_s, breach.end_s, breach.peak_over_w), (300, 420, 82_750));
            assert_eq!((breach.node, breach.energy_over_j), (4, (82_750 + 30_500) * 60), "{control}");
            assert_eq!(breach.cause, cause, "{control}");
            let above: Vec<u32> = seen.breaches.iter().map(|breach| breach.node).collect();
            assert_eq!(above, nodes, "{control} {cause:?}");
        }
    }
}

#[test]
fn a_connectors_limit_may_be_met_at_once_or_never() {
    let step = |node, from_w, to_w, comply_s, overshoot_w| LimitStep {
        node,
        at_s: 300,
        from_w,
        to_w,
        comply_s,
        overshoot_w,
    };
    let outage = |node| vec![OutageStep { at_s: 300, node, is_out: true }];
    // The other connector obeys at once. With an outage the power goes at once; a charge point's is told as the charge point's alone.
    let (depot, nothing_happens) = two_connectors(10);
    let cases = [
        (vec![rated_anew(300, 5, 60_000)], vec![], vec![], Some(step(5, 150_000, 60_000, Some(0), 0))),
        (vec![], outage(4), vec![], Some(step(4, 150_000, 0, Some(0), 0))),
        (vec![], outage(3), vec![], Some(step(3, 300_000, 0, Some(0), 0))),
        // Who ignores setpoints stays where he is.
        (
            vec![rated_anew(300, 4, 60_000)],
            vec![],
            vec![change(0, 4, ChargerChange::SetpointsIgnored)],
            Some(step(4, 150_000, 60_000, None, 90_000)),
        ),
        // A limit that rises is no step.
        (vec![rated_anew(300, 4, 200_000)], vec![], vec![], None),
    ];
    for (site_steps, outage_steps, charger_steps, expected) in cases {
        let happens = nothing_happens.clone();
        let seen = run(&depot, &Realization { site_steps, outage_steps, charger_steps, ..happens });
        let found: Vec<LimitStep> = seen.met.iter().chain(&seen.unmet).copied().collect();
        assert_eq!(found, Vec::from_iter(expected));
        assert_eq!(seen.when(EventKind::LimitMet), [0; 0], "{expected:?}");
    }
}

#[test]
fn chargers_that_lag_while_others_take_over_breach_by_their_lag() {
    // The second bus comes at 300 s and takes its half at once; the first gives it up half a minute late.
    let (mut depot, mut realization) = two_buses(10);
    depot.equipment.chargers = vec![Charger { latency_s: 30, ..Charger::ideal(3) }];
    realization.visits[1] = visit("b", 300, 36_000, 20, 95);
    let seen = run(&depot, &realization);
    assert_eq!(seen.measured_w[5], [125_000, 100_000]);
    let breach = seen.breaches[0];
    assert_eq!((breach.start_s, breach.end_s, breach.peak_over_w), (300, 360, 25_000));
    assert_eq!(breach.cause, BreachCause::ChargerLag);
}

#[test]
fn of_several_causes_the_one_that_would_breach_alone_is_named() {
    let cases = [
        // What the deaf charger draws above its setpoint is more than the limit has left once the other has come down.
        (ChargerChange::Offline, BreachCause::ChargerOffline, None),
        (ChargerChange::SetpointsIgnored, BreachCause::NotApplied, None),
        // Only the other is slow.
        (ChargerChange::Online, BreachCause::EnvelopeStep, Some(60)),
    ];
    for (fault, cause, comply_s) in cases {
        let (mut depot, mut realization) = two_buses(10);
        depot.equipment.chargers = vec![Charger { latency_s: 45, ..Charger::ideal(4) }];
        realization.charger_steps = vec![change(300, 3, fault)];
        realization.envelope_steps = vec![envelope(300, 1, Some(80_000))];
        let seen = run(&depot, &realization);
        assert_eq!(seen.when(EventKind::BreachBegan), [300], "{fault:?}");
        assert_eq!(seen.breaches[0].cause, cause, "{fault:?}");
        let steps: Vec<Option<u64>> = seen.met.iter().chain(&seen.unmet).map(|step| step.comply_s).collect();
        assert_eq!(steps, [comply_s], "{fault:?}");
    }
}

#[test]
fn after_every_limit_step_every_breach_ends_within_latency_and_ramp() {
    let mut breaches = 0;
    for seed in 0..200 {
        let mut words = Words(seed);
        let (circuits, per_circuit) = (words.between(1, 3) as u32, words.between(1, 4) as u32);
        let mut depot = depot(circuits, per_circuit, 0, 600_000, 400_000);
        depot.step_s = [1, 10, 60, 300][words.below(4) as usize];
        depot.ticks = 200;
        let run_s = i64::from(depot.step_s) * 200;
        let (latency_s, rate) = (words.below(200) as u32, words.between(6_000, 600_000) as u32);
        let first = 2 + circuits;
        depot.equipment.chargers = (first..first + circuits * per_circuit)
            .map(|node| Charger { latency_s, ramp_down_w_per_min: Some(rate), ..Charger::ideal(node) })
            .collect();
        // Nobody comes or tapers during the step: only the limit moves.
        let visits = (0..circuits * per_circuit).map(|n| visit(&format!("v{n}"), 0, 10 * run_s, 5, 95));
        let node = words.between(1, u64::from(1 + circuits)) as u32;
        let at_s = words.between(0, run_s as u64 / 2) as i64;
        let realization = Realization {
            visits: visits.collect(),
            envelope_steps: vec![envelope(at_s, node, Some(words.below(300_000)))],
            ..Realization::default()
        };
        let seen = run(&depot, &realization);
        let ramp_s = (150_000_u64 * 60).div_ceil(u64::from(rate));
        let step_s = u64::from(depot.step_s);
        let within_s = (u64::from(latency_s) + ramp_s).div_ceil(step_s) * step_s;
        for breach in seen.breaches.iter().filter(|breach| breach.end_s < run_s as u64) {
            // What a circuit must give up, others take at once: above it there is a breach too, for as long as it lags.
            let is_at_step = breach.node == node;
            let cause = if is_at_step { BreachCause::EnvelopeStep } else { BreachCause::ChargerLag };
            assert_eq!(breach.cause, cause, "seed {seed}");
            assert!(
                breach.end_s - breach.start_s <= within_s,
                "seed {seed}: {breach:?}, within {within_s} s"
            );
            breaches += 1;
        }
        let late = seen.met.iter().filter_map(|step| step.comply_s).max().unwrap_or(0);
        assert!(late <= within_s, "seed {seed}: {late} s, within {within_s} s");
    }
    assert!(breaches > 50, "there are breaches to look at: {breaches}");
}

#[test]
fn the_cause_of_a_breach_under_no_management_is_that() {
    let (mut depot, mut realization) = two_buses(5);
    depot.strategy = Strategy::Uncontrolled;
    depot.site[1].ratings = capacity(200_000);
    realization.charger_steps = vec![change(0, 3, ChargerChange::Offline)];
    let seen = run(&depot, &realization);
    assert!(seen.breaches.is_empty(), "one of two is offline with a fallback of 0");
    realization.charger_steps.clear();
    let seen = run(&depot, &realization);
    assert_eq!((seen.breaches[0].node, seen.breaches[0].cause), (1, BreachCause::Uncontrolled));
}
