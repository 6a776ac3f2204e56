//! Chargers, faults, orders and conduct in any mixture, with the checker watching; and that the checker bites where they are concerned.
//!
//! Protects energy and power to the joule where features meet that have been worked out alone.

mod support;

use sim::{
    Charger, ChargerChange, ChargerStep, Checker, Conduct, ConnectorPromises, ConnectorState, Control,
    DemandSignal, Depot, EfficiencyPoint, EnvelopeBasis, EnvelopeStep, EventKind, Observer, OutageKind,
    OutageStep, Outcome, Override, OverrideStep, Realization, Silence, Simulation, Standby, Strategy, Why,
};
use std::collections::BTreeMap;
use support::shown::Shown;
use support::{Words, compare_with_deciding, depot, visit};

/// A depot with everything built in and everything going wrong, by chance.
fn random(seed: u64) -> (Depot, Realization) {
    let mut words = Words(seed);
    let (circuits, per_circuit) = (words.between(1, 3) as u32, words.between(1, 3) as u32);
    let (site_w, circuit_w) = (words.between(50_000, 600_000), words.between(50_000, 300_000));
    let mut depot = depot(circuits, per_circuit, 2, site_w, circuit_w);
    depot.step_s = [7, 60, 60, 300][words.below(4) as usize];
    depot.ticks = 300;
    depot.rebalance_every_ticks = words.between(1, 3) as u32;
    depot.strategy = Strategy::ALL[words.below(8) as usize];
    depot.control = Control::ALL[words.below(2) as usize];
    let run_s = u64::from(depot.step_s) * 300;
    let first_point = 2 + circuits;
    let points = first_point..first_point + circuits * per_circuit;
    let connectors = points.end..depot.site.len() as u32;
    for node in connectors.clone() {
        depot.site[node as usize].fallback_w = words.below(20_000) as u32;
        depot.site[node as usize].min_power_w = [0, 10_000][words.below(2) as usize];
        depot.site[node as usize].pausable = words.below(4) > 0;
        if words.below(3) > 0 {
            depot.equipment.chargers.push(charger(&mut words, node));
        }
    }
    for node in points.clone().filter(|_| words.below(2) == 0) {
        depot.equipment.first_come.push(node);
    }
    for node in points.clone() {
        depot.equipment.standby.push(Standby { node, power_w: words.below(2_000) as u32 });
    }
    depot.equipment.demand_signal = match words.below(4) {
        0 => DemandSignal::Rated,
        1 => DemandSignal::Measured { margin_w: words.below(20_000) as u32 },
        _ => DemandSignal::True,
    };
    let mut realization = Realization::default();
    for n in 0..words.between(1, 12) {
        let arrival_s = words.below(run_s) as i64;
        let departure_s = arrival_s + words.between(1, run_s) as i64;
        let mut visit = visit(&format!("v{n}"), arrival_s, departure_s, words.below(90), 96);
        visit.tier = words.below(3) as u32;
        visit.conduct = conduct(&mut words, arrival_s, departure_s);
        realization.visits.push(visit);
    }
    realization.visits.sort_by_key(|visit| visit.arrival_s);
    let visits = realization.visits.len() as u64;
    for _ in 0..words.below(12) {
        let node = words.between(u64::from(first_point), u64::from(connectors.end) - 1) as u32;
        let change = change(&mut words);
        realization.charger_steps.push(ChargerStep { at_s: words.below(run_s) as i64, node, change });
    }
    realization.charger_steps.sort_by_key(|step| step.at_s);
    for _ in 0..words.below(6) {
        let act = [Some(Override::ChargeNow), Some(Override::Hold), None][words.below(3) as usize];
        let (at_s, visit) = (words.below(run_s) as i64, words.below(visits) as u32);
        realization.overrides.push(OverrideStep { at_s, visit, act });
    }
    realization.overrides.sort_by_key(|step| step.at_s);
    for _ in 0..words.below(6) {
        let limit_w = (words.below(4) > 0).then(|| words.below(300_000));
        let node = words.between(1, u64::from(connectors.end) - 1) as u32;
        let basis = [EnvelopeBasis::Import, EnvelopeBasis::Load][words.below(2) as usize];
        let at_s = words.below(run_s) as i64;
        realization.envelope_steps.push(EnvelopeStep { at_s, envelope: "e".into(), node, basis, limit_w });
    }
    realization.envelope_steps.sort_by_key(|step| step.at_s);
    for _ in 0..words.below(3) {
        let node = words.between(1, u64::from(connectors.end) - 1) as u32;
        let (from_s, length_s) = (words.below(run_s), words.below(run_s / 4));
        realization.outage_steps.push(OutageStep { at_s: from_s as i64, node, is_out: true });
        realization.outage_steps.push(OutageStep { at_s: (from_s + length_s) as i64, node, is_out: false });
    }
    realization.outage_steps.sort_by_key(|step| step.at_s);
    depot.hold_s = words.below(600) as u32;
    if words.below(3) == 0 {
        depot.max_age_s = Some(words.below(300) as u32);
        let from_s = words.below(run_s) as i64;
        realization.silences.push(Silence { from_s, to_s: from_s + words.between(1, run_s / 2) as i64 });
    }
    (depot, realization)
}

fn charger(words: &mut Words, node: u32) -> Charger {
    let mut ramp = || (words.below(2) == 0).then(|| words.below(400_000) as u32 + 1);
    let (ramp_up_w_per_min, ramp_down_w_per_min) = (ramp(), ramp());
    let points = words.below(3);
    let point = |n: u64| EfficiencyPoint {
        power_w: n as u32 * 60_000,
        share_ppm: 700_000 + words.below(300_001) as u32,
    };
    let efficiency = (0..points).map(point).collect();
    Charger {
        node,
        latency_s: words.below(150) as u32,
        ramp_up_w_per_min,
        ramp_down_w_per_min,
        efficiency,
        module_w: [0, 1_000, 25_000][words.below(3) as usize],
        offline_timeout_s: (words.below(2) == 0).then(|| words.below(900) as u32),
    }
}

fn change(words: &mut Words) -> ChargerChange {
    match words.below(7) {
        0 => ChargerChange::Offline,
        1 => ChargerChange::Online,
        2 => ChargerChange::OutOfService(OutageKind::Faulted),
        3 => ChargerChange::OutOfService(OutageKind::Unavailable),
        4 => ChargerChange::InService,
        5 => ChargerChange::SetpointsIgnored,
        _ => ChargerChange::SetpointsObeyed,
    }
}

fn conduct(words: &mut Words, arrival_s: i64, departure_s: i64) -> Conduct {
    let stay_s = departure_s - arrival_s;
    let demand_signal = match words.below(5) {
        0 => Some(DemandSignal::Rated),
        1 => Some(DemandSignal::Measured { margin_w: words.below(20_000) as u32 }),
        2 => Some(DemandSignal::True),
        _ => None,
    };
    let mut some = |of: i64| (words.below(3) == 0).then(|| of * words.between(1, 99) as i64 / 100);
    Conduct {
        told_departure_s: some(2 * stay_s).map(|after_s| arrival_s + after_s),
        unplugged_s: some(stay_s).map(|after_s| arrival_s + after_s),
        precondition_w: some(20_000).unwrap_or(0) as u32,
        precondition_s: 1_800,
        is_no_show: words.below(12) == 0,
        demand_signal,
    }
}

/// How many depots are tried: 400, or as many as `SEEDS` says.
fn seeds() -> u64 {
    std::env::var("SEEDS").map_or(400, |seeds| seeds.parse().expect("a number"))
}

#[test]
fn shortcuts_change_nothing_whatever_is_built_in_and_goes_wrong() {
    let mut cycles = 0;
    for seed in 0..seeds() {
        let (depot, realization) = random(seed);
        compare_with_deciding(&depot, &realization, |_| cycles += 1)
            .unwrap_or_else(|difference| panic!("seed {seed}, {difference}"));
    }
    assert!(seeds() < 400 || cycles > 50_000, "{cycles} cycles were compared");
}

#[test]
fn the_stay_of_every_tick_has_taken_what_its_connector_has_shown_since_it_was_plugged_in() {
    let (mut paused, mut in_mid_run) = (0, 0);
    for seed in 0..300 {
        let (depot, realization) = random(seed);
        let mut simulation = Simulation::new(&depot, &realization).expect("it can be run");
        let mut taken = vec![(0, 0); realization.visits.len()];
        while let Some(view) = simulation.step(&[]) {
            let shown = &view.connectors;
            for (column, &visit) in shown.visit.iter().enumerate() {
                let Some(taken) = taken.get_mut(visit as usize) else { continue };
                taken.0 += u64::from(shown.measured_w[column]) * u64::from(view.step_s);
                taken.1 += u64::from(shown.is_paused[column]) * u64::from(view.step_s);
                let stay = view.stays.at(visit as usize);
                assert_eq!((stay.energy_j, stay.left_s), (shown.energy_j[column], None), "seed {seed}");
                in_mid_run += u32::from(taken.0 > 0);
            }
            assert_eq!(view.stays.len(), taken.len());
            for (stay, taken) in view.stays.iter().zip(&taken) {
                assert_eq!((stay.metered_j, stay.paused_s), *taken, "seed {seed}, tick {}", view.tick);
            }
        }
        let end = simulation.end();
        let ended: Vec<_> = end.stays.iter().map(|stay| (stay.metered_j, stay.paused_s)).collect();
        assert_eq!(ended, taken, "seed {seed}");
        paused += taken.iter().filter(|taken| taken.1 > 0).count();
    }
    assert!(paused > 30 && in_mid_run > 10_000, "{paused} were paused, {in_mid_run} looked at");
}

#[test]
fn in_any_mixture_energy_and_power_are_what_the_checker_derives() {
    let (mut breaches, mut rejected, mut drawn_j) = (0, 0, 0);
    for seed in 0..seeds() {
        let (depot, realization) = random(seed);
        let mut promises = ConnectorPromises::of(&depot, &realization);
        let stays = support::watch(&depot, &realization, |view| {
            breaches += view.ended_breaches.len();
            rejected += u32::from(view.cycle.is_some_and(|cycle| cycle.outcome == Outcome::Rejected));
            promises.tick(view).unwrap_or_else(|broken| panic!("seed {seed}: {broken}"));
        })
        .unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        drawn_j += stays.iter().map(|stay| stay.metered_j).sum::<u64>();
    }
    assert!(breaches > 100 && drawn_j > 0, "something happens: {breaches} breaches, {drawn_j} J");
    assert!(rejected > 100, "{rejected} ticks with a rejected cycle");
}

#[test]
fn a_breach_is_told_of_with_its_cause_when_it_begins_and_with_its_peak_when_it_ends() {
    let mut ended = 0;
    for seed in 0..seeds() {
        let (depot, realization) = random(seed);
        let mut begun = BTreeMap::new();
        support::watch(&depot, &realization, |view| {
            let of = |kind| view.events.iter().filter(move |event| event.kind == kind);
            let told: Vec<_> = of(EventKind::BreachEnded).map(|event| (event.node, event.power_w)).collect();
            let breaches = view.ended_breaches.iter();
            let should_be: Vec<_> =
                breaches.map(|breach| (breach.node, Some(breach.peak_over_w as i64))).collect();
            assert_eq!(told, should_be, "seed {seed}, at {} s", view.t_s);
            for breach in view.ended_breaches {
                let began = begun.remove(&breach.node);
                assert_eq!(began, Some((breach.start_s, Some(Why::Breach(breach.cause)))), "seed {seed}");
                ended += 1;
            }
            for event in of(EventKind::BreachBegan) {
                assert_eq!(begun.insert(event.node, (event.t_s, event.why)), None, "seed {seed}");
            }
        })
        .unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    }
    assert!(ended > 100, "{ended} breaches ended");
}

/// A bus that charges and heats at a charger with latency, another at one that breaks, a third on hold; a limit of 240 s is met late.
fn three_buses() -> (Depot, Realization) {
    let mut depot = depot(1, 3, 0, 200_000, 400_000);
    depot.ticks = 10;
    depot.equipment.chargers = vec![Charger { latency_s: 90, ..Charger::ideal(3) }];
    depot.equipment.standby = vec![Standby { node: 3, power_w: 100 }];
    let mut first = visit("a", 0, 3_600, 20, 95);
    first.conduct = Conduct { precondition_w: 5_000, precondition_s: 3_600, ..Conduct::default() };
    let realization = Realization {
        visits: vec![first, visit("b", 0, 3_600, 20, 95), visit("c", 0, 3_600, 20, 95)],
        charger_steps: vec![ChargerStep {
            at_s: 60,
            node: 4,
            change: ChargerChange::OutOfService(OutageKind::Faulted),
        }],
        overrides: vec![OverrideStep { at_s: 60, visit: 2, act: Some(Override::Hold) }],
        envelope_steps: vec![EnvelopeStep {
            at_s: 240,
            envelope: "e".into(),
            node: 1,
            basis: EnvelopeBasis::Import,
            limit_w: Some(60_000),
        }],
        ..Realization::default()
    };
    (depot, realization)
}

#[test]
fn the_checker_notices_what_chargers_and_vehicles_cannot_do() {
    type Tamper = fn(&mut Shown);
    let tampers: [(&str, Tamper); 6] = [
        ("nothing", |_| ()),
        ("a watt more than the latency allows", |shown| shown.measured_w[0] += 1),
        ("a joule of the cabin's in the battery", |shown| shown.energy_j[0] += 1),
        ("a broken connector that says it is not", |shown| shown.state[1] = ConnectorState::Charging),
        ("power at a broken connector", |shown| shown.measured_w[1] = 1),
        ("a limit that is met and not told", |shown| shown.met_limits.clear()),
    ];
    for (what, tamper) in tampers {
        let (depot, realization) = three_buses();
        let mut simulation = Simulation::new(&depot, &realization).expect("it can be run");
        let mut checker = Checker::new(&depot, &realization);
        let mut verdict = Ok(());
        while let Some(view) = simulation.step(&[]).filter(|_| verdict.is_ok()) {
            let mut shown = Shown::of(&view);
            // Sent at 240 s and heard 90 s later, the limit is met in the tick from 360 s.
            if view.t_s == 360 {
                assert_eq!(shown.met_limits.len(), 1, "the limit is met here");
                tamper(&mut shown);
            }
            verdict = checker.tick(&shown.view(view)).map_err(|error| error.to_string());
        }
        assert_eq!(verdict.is_err(), what != "nothing", "{what}: {verdict:?}");
    }
}
