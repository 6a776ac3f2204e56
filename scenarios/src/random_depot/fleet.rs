//! Vehicles and visits of every kind.

use super::chance::Chance;
use super::draft::{Draft, leaf_kw, pct, vehicle};
use crate::format::file::{AssignmentRule, Fleet, FleetGroup, Lanes};
use crate::values::clock::{Span, When};
use crate::values::distribution::Distribution;
use crate::values::quantity::{Tier, Weight};

/// More kinds of vehicle: rising, falling and flat curves, batteries from a watt hour to a megawatt hour, any efficiency.
pub(super) fn odd_curves(draft: &mut Draft, chance: &mut Chance) {
    for n in 1..=chance.between(1, 3) {
        let mut knots = vec![0, 1_000_000];
        for _ in 0..chance.between(0, 4) {
            knots.push(chance.between(1, 999_999));
        }
        knots.sort_unstable();
        knots.dedup();
        let mut power_w = |soc_ppm| {
            let least_w = i64::from(soc_ppm < 1_000_000);
            let most_w = *chance.pick(&[10, 5_000, 150_000]);
            (soc_ppm, chance.between(least_w, most_w))
        };
        let mut curve: Vec<(i64, i64)> = knots.into_iter().map(&mut power_w).collect();
        // Once it falls, it falls: a curve that rises again is refused.
        let mut has_fallen = false;
        for knot in 1..curve.len() {
            let before_w = curve[knot - 1].1;
            has_fallen |= curve[knot].1 < before_w;
            if has_fallen {
                curve[knot].1 = curve[knot].1.min(before_w);
            }
        }
        let battery_kwh = *chance.pick(&["0.001", "0.5", "40", "400", "1000"]);
        let mut kind = vehicle(&format!("odd{n}"), battery_kwh, &curve);
        kind.efficiency_pct = pct(chance.between(1, 1_000_000));
        draft.file.vehicles.push(kind);
    }
    let kinds: Vec<String> = draft.file.vehicles.iter().map(|kind| kind.id.clone()).collect();
    for visit in draft.visits() {
        visit.vehicle_type.clone_from(chance.pick(&kinds));
    }
}

pub(super) fn vehicle_minima(draft: &mut Draft, chance: &mut Chance) {
    for kind in &mut draft.file.vehicles {
        let strongest_w = kind.curve.iter().map(|knot| i64::from(knot.power_kw.w())).max().unwrap_or(0);
        kind.min_power_kw = Some(leaf_kw(chance.between(0, strongest_w.min(40_000))));
    }
}

/// More vehicles than there are places.
pub(super) fn crowd(draft: &mut Draft, chance: &mut Chance) {
    for _ in 0..chance.between(3, 14) {
        draft.add_visit(chance);
    }
}

/// Visits that last a second, or less than a tick.
pub(super) fn short_visits(draft: &mut Draft, chance: &mut Chance) {
    let step_s = i64::from(draft.file.step.s());
    for _ in 0..3 {
        draft.add_visit(chance);
        let from_s = draft.moment_s(chance);
        let (arrival, departure) = (draft.when(from_s), draft.when(from_s + chance.between(1, step_s)));
        if let Some(visit) = draft.visits().last_mut() {
            (visit.arrival, visit.departure) = (arrival, departure);
        }
    }
}

/// Vehicles that come with what they want, with nothing, or want a full battery.
pub(super) fn full_batteries(draft: &mut Draft, chance: &mut Chance) {
    for visit in draft.visits() {
        match chance.between(0, 3) {
            0 => visit.target_soc_pct = visit.soc_arrival_pct,
            1 => visit.target_soc_pct = Some(pct(1_000_000)),
            2 => (visit.soc_arrival_pct, visit.target_soc_pct) = (Some(pct(1_000_000)), Some(pct(1_000_000))),
            _ => visit.soc_arrival_pct = Some(pct(0)),
        }
    }
}

/// Visits that ask for an energy, and say nothing of their state of charge.
pub(super) fn asked_energies(draft: &mut Draft, chance: &mut Chance) {
    let kinds = draft.file.vehicles.clone();
    for visit in draft.visits() {
        let kind = kinds.iter().find(|kind| kind.id == visit.vehicle_type).expect("it is one of them");
        let battery_wh = kind.battery_kwh.joules() / 3_600;
        if chance.one_in(2) {
            let asked_wh = chance.between(1, battery_wh as i64);
            let text = format!("{}.{:03}", asked_wh / 1_000, asked_wh % 1_000);
            visit.energy_kwh = Some(text.parse().expect("an energy"));
            (visit.soc_arrival_pct, visit.target_soc_pct) = (None, None);
        }
    }
}

/// Vehicles that are ready with less than their target.
pub(super) fn early_ready(draft: &mut Draft, chance: &mut Chance) {
    let kinds = draft.file.vehicles.clone();
    for visit in draft.visits() {
        let kind = kinds.iter().find(|kind| kind.id == visit.vehicle_type).expect("it is one of them");
        let Some(target) = visit.target_soc_pct else { continue };
        let target_wh = u128::from(kind.battery_kwh.joules()) * u128::from(target.ppm()) / 3_600_000_000;
        if target_wh >= 1 && chance.one_in(2) {
            let needs_wh = chance.between(1, target_wh as i64);
            let text = format!("{}.{:03}", needs_wh / 1_000, needs_wh % 1_000);
            visit.needs_kwh = Some(text.parse().expect("an energy"));
        }
    }
}

pub(super) fn late_plug_in(draft: &mut Draft, chance: &mut Chance) {
    let duration_s = draft.duration_s();
    for visit in draft.visits() {
        if chance.one_in(2) {
            visit.plug_in_delay = Some(Span::from_s(chance.between(0, duration_s) as u32));
        }
    }
}

pub(super) fn tiers(draft: &mut Draft, chance: &mut Chance) {
    for visit in draft.visits() {
        let tier = chance.between(0, 3).to_string();
        visit.tier = tier.parse::<Tier>().expect("a tier");
    }
}

pub(super) fn weights(draft: &mut Draft, chance: &mut Chance) {
    for visit in draft.visits() {
        let most = *chance.pick(&[4, 1_000_000_000]);
        visit.weight = (!chance.one_in(3)).then(|| chance.between(1, most) as u32).and_then(Weight::new);
    }
}

/// Each connector is named by one visit at most, since two may not stand there at a time.
pub(super) fn named_connectors(draft: &mut Draft, chance: &mut Chance) {
    let mut bays = draft.bay_ids();
    for visit in draft.visits() {
        if !bays.is_empty() && chance.one_in(2) {
            let which = chance.between(0, bays.len() as i64 - 1) as usize;
            visit.connector = Some(bays.swap_remove(which));
        }
    }
}

pub(super) fn homes(draft: &mut Draft, chance: &mut Chance) {
    let bays = draft.bay_ids();
    draft.file.assignment = AssignmentRule::NearestFree;
    for visit in draft.visits() {
        visit.home = (!chance.one_in(3)).then(|| chance.pick(&bays).clone());
    }
}

/// Some connectors only, in an order of their own.
pub(super) fn listed_lanes(draft: &mut Draft, chance: &mut Chance) {
    let mut left = draft.bay_ids();
    let mut listed = Vec::new();
    for _ in 0..chance.between(1, left.len() as i64) {
        listed.push(left.swap_remove(chance.between(0, left.len() as i64 - 1) as usize));
    }
    draft.file.lanes = Lanes::Listed(listed);
}

pub(super) fn other_assignment(draft: &mut Draft, chance: &mut Chance) {
    draft.file.assignment = *chance.pick(&[AssignmentRule::NearestFree, AssignmentRule::MostHeadroom]);
}

/// A fleet that is drawn in place of the listed one.
pub(super) fn drawn_fleet(draft: &mut Draft, chance: &mut Chance) {
    let end_s = draft.duration_s();
    let mut groups = Vec::new();
    for n in 1..=chance.between(1, 2) {
        let latest_s = chance.between(0, end_s - 1);
        let when = |at_s: i64| -> When { draft.when(at_s) };
        let arrival = Distribution::Uniform(when(chance.between(0, latest_s)), when(latest_s));
        let departs_s = latest_s + chance.between(1, end_s);
        let departure =
            Distribution::Triangular(when(departs_s), when(departs_s + 60), when(departs_s + end_s));
        groups.push(FleetGroup {
            id: format!("g{n}"),
            count: chance.between(1, 8).to_string().parse().expect("a count"),
            vehicle: chance.pick(&draft.file.vehicles).id.clone(),
            days: None,
            arrival: Some(arrival),
            departure: Some(departure),
            soc_arrival_pct: Some(Distribution::Table(vec![
                (pct(0), Weight::new(1).expect("a weight")),
                (pct(chance.between(0, 1_000_000)), Weight::new(3).expect("a weight")),
            ])),
            energy_used_kwh: None,
            target_soc_pct: pct(chance.between(0, 1_000_000)),
            needs_kwh: None,
            plug_in_delay: chance
                .one_in(2)
                .then(|| Distribution::Uniform(Span::from_s(0), Span::from_s(900))),
            visits: Vec::new(),
            leaves_early: None,
            leaves_late: None,
            no_show_pct: None,
            unplug_pct: None,
            unplug_after: None,
            precondition_kw: None,
            precondition_time: None,
            demand_signal: None,
            homes: draft.bay_ids().into_iter().take(2).collect(),
            tier: Tier::default(),
            weight: None,
        });
    }
    draft.file.fleet = Fleet::Generated(groups);
}
