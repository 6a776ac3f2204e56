//! Chargers that are slow, lossy and faulty.

use super::chance::Chance;
use super::draft::{Draft, leaf_kw, pct};
use crate::chargers::fault::{ChargerFaultRecord, FaultKind};
use crate::chargers::hardware::{EfficiencyKnot, HardwareRecord, Sharing};
use crate::values::clock::Span;
use std::collections::BTreeSet;

/// Gives two of three charge points and connectors to `build`; what is said of a charge point holds for its connectors.
fn build(draft: &mut Draft, chance: &mut Chance, mut build: impl FnMut(&mut HardwareRecord, &mut Chance)) {
    let site = &mut draft.file.site;
    for record in site.charge_points.iter_mut().chain(&mut site.connectors) {
        if !chance.one_in(3) {
            build(record.hardware.get_or_insert_default(), chance);
        }
    }
}

/// Latencies around the length of a tick, and much longer ones.
pub(super) fn latencies(draft: &mut Draft, chance: &mut Chance) {
    let step_s = i64::from(draft.file.step.s());
    build(draft, chance, |hardware, chance| {
        let latency_s = *chance.pick(&[0, 1, step_s - 1, step_s, step_s + 1, 150, 3_600]);
        hardware.latency = Some(Span::from_s(latency_s.clamp(0, 3_600) as u32));
    });
}

/// Ramps of a watt a minute to ten megawatts.
pub(super) fn ramps(draft: &mut Draft, chance: &mut Chance) {
    let rate = |chance: &mut Chance| {
        let most_w = *chance.pick(&[1, 60_000, 600_000, 10_000_000]);
        (!chance.one_in(3)).then(|| leaf_kw(chance.between(1, most_w)))
    };
    build(draft, chance, |hardware, chance| {
        hardware.ramp_up_kw_per_min = rate(chance);
        hardware.ramp_down_kw_per_min = rate(chance);
    });
}

/// Efficiencies at any load and over it, as low as still brings something to the worst vehicle.
pub(super) fn losses(draft: &mut Draft, chance: &mut Chance) {
    let worst_ppm = draft.file.vehicles.iter().map(|kind| i64::from(kind.efficiency_pct.ppm())).min();
    let least_ppm = (1_000_000 + worst_ppm.unwrap_or(1) - 1) / worst_ppm.unwrap_or(1);
    build(draft, chance, |hardware, chance| {
        let share = |chance: &mut Chance| pct(chance.between(least_ppm, 1_000_000));
        if chance.one_in(2) {
            hardware.efficiency_pct = Some(share(chance));
            return;
        }
        let powers: BTreeSet<i64> = (0..chance.between(1, 5)).map(|_| chance.between(0, 200_000)).collect();
        let knot = |power_w| EfficiencyKnot { power_kw: leaf_kw(power_w), efficiency_pct: share(chance) };
        hardware.efficiency_curve = powers.into_iter().map(knot).collect();
    });
}

/// Modules that fit the least of the ratings that they have to do with.
pub(super) fn modules(draft: &mut Draft, chance: &mut Chance) {
    let site = &mut draft.file.site;
    let parents: BTreeSet<String> = site.connectors.iter().map(|record| record.parent.clone()).collect();
    let bare = site.charge_points.iter_mut().filter(|record| !parents.contains(&record.id));
    for record in bare.chain(&mut site.connectors) {
        let rating_w = record.max_rating_kw.map_or(200_000, |rating| i64::from(rating.w()));
        if rating_w > 0 && !chance.one_in(3) {
            let module_w = (*chance.pick(&[1, 1_000, 25_000, 200_000])).min(rating_w);
            record.hardware.get_or_insert_default().module_kw = Some(leaf_kw(module_w));
        }
    }
}

pub(super) fn standby(draft: &mut Draft, chance: &mut Chance) {
    for record in &mut draft.file.site.charge_points {
        let most_w = *chance.pick(&[1, 300, 50_000]);
        record.hardware.get_or_insert_default().standby_kw = Some(leaf_kw(chance.between(0, most_w)));
    }
}

pub(super) fn first_come_sharing(draft: &mut Draft, chance: &mut Chance) {
    let site = &mut draft.file.site;
    let parents: BTreeSet<&String> = site.connectors.iter().map(|record| &record.parent).collect();
    for record in site.charge_points.iter_mut().filter(|record| parents.contains(&record.id)) {
        if !chance.one_in(3) {
            record.hardware.get_or_insert_default().sharing = Some(Sharing::FirstCome);
        }
    }
}

pub(super) fn offline_timeouts(draft: &mut Draft, chance: &mut Chance) {
    let step_s = i64::from(draft.file.step.s());
    build(draft, chance, |hardware, chance| {
        let timeout_s = *chance.pick(&[0, 1, step_s - 1, step_s, 600]);
        hardware.offline_timeout = Some(Span::from_s(timeout_s as u32));
    });
}

/// Faults of every kind, at moments at which something else happens too.
pub(super) fn charger_faults(draft: &mut Draft, chance: &mut Chance) {
    let nodes = [draft.bay_ids(), draft.charge_point_ids(), vec!["S".to_owned()]];
    // Nothing is out of service in both ways at one time.
    let out = *chance.pick(&[FaultKind::OutOfService, FaultKind::Faulted]);
    for _ in 0..chance.between(1, 6) {
        let (from_s, to_s) = draft.stretch_s(chance);
        let (from, to) = (draft.when(from_s), Some(draft.when(to_s)));
        let kind = chance.pick(&nodes);
        let node = chance.pick(kind).clone();
        let fault = *chance.pick(&[FaultKind::Offline, FaultKind::IgnoresSetpoints, out]);
        let length_s = (to_s - from_s).clamp(1, 3_600) as u32;
        let (to, duration) = match chance.between(0, 3) {
            0 => (None, None),
            1 => (None, Some(Span::from_s(length_s))),
            _ => (to, None),
        };
        draft.file.charger_faults.push(ChargerFaultRecord { node, fault, from, to, duration });
    }
}
