//! Cycles that are not decided because nothing has changed, or only demands: a run that takes these shortcuts shows what a run shows that decides every
//! cycle anew.
//!
//! Protects what no invariant tells: the checker asks whether limits are kept and full, and not who has a fair share of them.

mod support;

use balancer::Followed;
use sim::{
    BaseLoadStep, Charger, ChargerChange, ChargerStep, Control, DemandSignal, Depot, EnvelopeBasis,
    EnvelopeStep, NodeChange, OutageKind, OutageStep, Override, OverrideStep, Ratings, Realization,
    SiteChange, SiteNode, SiteStep, Strategy,
};
use support::{Words, compare_with_deciding, depot, visit};

/// A busy depot, whose buses mostly do nothing but charge; now and then a limit steps, or somebody is of a special kind.
fn random(seed: u64) -> (Depot, Realization) {
    let mut words = Words(seed);
    let (circuits, per_circuit) = (words.between(1, 4) as u32, words.between(1, 6) as u32);
    let per_point = words.below(3) as u32;
    let chargers = u64::from(circuits * per_circuit * per_point.max(1));
    let circuit_w = words.between(20_000, 100_000 * u64::from(per_circuit));
    let site_w = words.between(20_000, circuit_w * u64::from(circuits));
    let mut depot = depot(circuits, per_circuit, per_point, site_w, circuit_w);
    depot.ticks = 240;
    depot.step_s = [60, 60, 300][words.below(3) as usize];
    depot.rebalance_every_ticks = [1, 1, 2, 15][words.below(4) as usize];
    depot.rotation_slot_s = [120, 900][words.below(2) as usize];
    let is_one_in = |words: &mut Words, n: u64| words.below(n) == 0;
    if is_one_in(&mut words, 5) {
        depot.strategy = Strategy::ALL[words.below(8) as usize];
    }
    if is_one_in(&mut words, 8) {
        depot.control = Control::ChargePoint;
    }
    if is_one_in(&mut words, 3) {
        let least_w = words.between(1, 20_000) as u32;
        depot.site.iter_mut().for_each(|node| node.min_power_w = least_w);
    }
    if is_one_in(&mut words, 4) {
        depot.site.iter_mut().for_each(|node| node.pausable = words.below(3) > 0);
    }
    let (tier, has_tiers) = (words.below(2) as u32, is_one_in(&mut words, 8));
    let has_weights = is_one_in(&mut words, 8);
    let run_s = u64::from(depot.step_s) * u64::from(depot.ticks);
    let mut realization = Realization::default();
    for n in 0..words.between(1, 2 * chargers) {
        let arrival_s = words.below(run_s / 2) as i64;
        let departure_s = arrival_s + words.between(run_s / 8, run_s) as i64;
        let mut visit = visit(&format!("v{n}"), arrival_s, departure_s, words.between(20, 90), 97);
        visit.tier = tier + u32::from(has_tiers && is_one_in(&mut words, 3));
        visit.weight = if has_weights && is_one_in(&mut words, 3) { 2 } else { visit.weight };
        if is_one_in(&mut words, 12) {
            (visit.conduct.precondition_w, visit.conduct.precondition_s) =
                (words.below(30_000) as u32, 1_800);
        }
        realization.visits.push(visit);
    }
    realization.visits.sort_by_key(|visit| visit.arrival_s);
    if is_one_in(&mut words, 5) {
        let node = *depot.lanes.last().expect("a charger has a lane");
        depot.equipment.chargers.push(Charger { latency_s: 90, ..charger(node) });
    }
    if is_one_in(&mut words, 12) {
        depot.equipment.demand_signal = DemandSignal::Measured { margin_w: 5_000 };
    }
    for _ in 0..words.below(4) {
        let node = words.between(1, u64::from(circuits) + 1) as u32;
        let limit_w = (words.below(4) > 0).then(|| words.below(site_w));
        let at_s = words.below(run_s) as i64;
        let (envelope, basis) = ("e".to_owned(), EnvelopeBasis::Import);
        realization.envelope_steps.push(EnvelopeStep { at_s, envelope, node, basis, limit_w });
    }
    realization.envelope_steps.sort_by_key(|step| step.at_s);
    for _ in 0..words.below(3) {
        let (at_s, power_w) = (words.below(run_s) as i64, words.below(site_w) as i64);
        realization.base_load_steps.push(BaseLoadStep { at_s, node: 1, power_w });
    }
    realization.base_load_steps.sort_by_key(|step| step.at_s);
    if is_one_in(&mut words, 5) {
        let node = words.between(1, u64::from(circuits) + 1) as u32;
        let (from_s, length_s) = (words.below(run_s) as i64, words.below(run_s / 4) as i64);
        for (at_s, is_out) in [(from_s, true), (from_s + length_s, false)] {
            realization.outage_steps.push(OutageStep { at_s, node, is_out });
        }
    }
    if is_one_in(&mut words, 5) {
        let SiteNode { weight, min_power_w, pausable, fallback_w, .. } = depot.site[1];
        let ratings = Ratings { default_capacity_w: Some(words.below(site_w)), ..Ratings::default() };
        let change = NodeChange { node: 1, ratings, weight, min_power_w, pausable, fallback_w };
        let (at_s, change) = (words.below(run_s) as i64, SiteChange::Apply(vec![change]));
        realization.site_steps.push(SiteStep { at_s, change });
    }
    if is_one_in(&mut words, 10) {
        let act = [Some(Override::ChargeNow), Some(Override::Hold)][words.below(2) as usize];
        realization.overrides.push(OverrideStep { at_s: words.below(run_s) as i64, visit: 0, act });
    }
    if is_one_in(&mut words, 4) {
        // Often several in one tick.
        for _ in 0..words.below(9) {
            let at_s = (words.below(run_s / 1_200) * 1_200) as i64;
            let node = depot.lanes[words.below(2.min(chargers)) as usize];
            let change = match words.below(4) {
                0 => ChargerChange::OutOfService(OutageKind::Faulted),
                1 => ChargerChange::Offline,
                2 => ChargerChange::Online,
                _ => ChargerChange::InService,
            };
            realization.charger_steps.push(ChargerStep { at_s, node, change });
        }
        realization.charger_steps.sort_by_key(|step| step.at_s);
    }
    (depot, realization)
}

/// How many depots are tried: 1,000, or as many as `SEEDS` says.
fn depots() -> u64 {
    std::env::var("SEEDS").map_or(1_000, |depots| depots.parse().expect("a number"))
}

fn charger(node: u32) -> Charger {
    Charger {
        node,
        latency_s: 0,
        ramp_up_w_per_min: None,
        ramp_down_w_per_min: None,
        efficiency: Vec::new(),
        module_w: 0,
        offline_timeout_s: None,
    }
}

#[test]
fn a_run_with_shortcuts_shows_what_a_run_shows_that_decides_every_cycle_anew() {
    let mut followed = [0, 0, 0];
    let mut others = 0;
    for seed in 0..depots() {
        let (depot, realization) = random(seed);
        compare_with_deciding(&depot, &realization, |how| match how {
            Some(Followed::Demands) => followed[0] += 1,
            Some(Followed::Setpoints) => followed[1] += 1,
            Some(Followed::Levels) => followed[2] += 1,
            None => others += 1,
        })
        .unwrap_or_else(|difference| panic!("seed {seed}, {difference}"));
    }
    // A single seed is looked at in this way as well.
    assert!(
        depots() < 1_000 || followed.iter().all(|&cycles| cycles > 1_000),
        "{followed:?} were followed, {others} not"
    );
}
