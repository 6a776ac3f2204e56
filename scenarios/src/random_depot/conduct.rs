//! Vehicles that do not do as planned, operators, and what the balancer is told.

use super::chance::Chance;
use super::draft::{Draft, leaf_kw, pct};
use crate::format::file::Fleet;
use crate::values::clock::{Calendar, Span, When};
use crate::values::distribution::Distribution;
use crate::vehicles::demand_signal::DemandTold;
use crate::vehicles::override_record::{Order, OverrideRecord};
use sim::DemandSignal;

fn any_signal(chance: &mut Chance) -> DemandTold {
    let margin_w = *chance.pick(&[0, 1, 5_000, 100_000]);
    (*chance.pick(&[DemandSignal::True, DemandSignal::Rated, DemandSignal::Measured { margin_w }])).into()
}

pub(super) fn demand_signal(draft: &mut Draft, chance: &mut Chance) {
    draft.file.demand_signal = any_signal(chance);
}

pub(super) fn own_demand_signals(draft: &mut Draft, chance: &mut Chance) {
    for visit in draft.visits() {
        visit.demand_signal = (!chance.one_in(3)).then(|| any_signal(chance));
    }
}

/// Cabins that want a watt to more than any charger gives, for a second to longer than the run.
pub(super) fn preconditioning(draft: &mut Draft, chance: &mut Chance) {
    for visit in draft.visits() {
        if !chance.one_in(3) {
            let most_w = *chance.pick(&[1, 20_000, 300_000]);
            visit.precondition_kw = Some(leaf_kw(chance.between(0, most_w)));
            visit.precondition_time = Some(Span::from_s(*chance.pick(&[0, 1, 59, 1_800, 20_000])));
        }
    }
}

/// Departures that are told too early or too late, some before the arrival.
pub(super) fn told_departures(draft: &mut Draft, chance: &mut Chance) {
    let end_s = draft.duration_s();
    let count = draft.visits().len();
    let told: Vec<When> = (0..count).map(|_| draft.when(chance.between(-end_s, 2 * end_s))).collect();
    for (visit, told) in draft.visits().iter_mut().zip(told) {
        visit.told_departure = (!chance.one_in(3)).then_some(told);
    }
}

pub(super) fn no_shows(draft: &mut Draft, chance: &mut Chance) {
    for visit in draft.visits() {
        visit.no_show = chance.one_in(4);
    }
}

pub(super) fn pulled_plugs(draft: &mut Draft, chance: &mut Chance) {
    let calendar = Calendar::new(draft.file.start).expect("it starts in our century");
    let at_s = |when| calendar.resolve(when, 0).expect("a moment near the run");
    for visit in draft.visits() {
        let (arrival_s, departure_s) = (at_s(visit.arrival), at_s(visit.departure));
        if departure_s - arrival_s > 1 && chance.one_in(2) {
            let pulled_s = chance.between(arrival_s + 1, departure_s - 1);
            visit.unplugged = Some(When::At(calendar.moment(pulled_s)));
        }
    }
}

/// A group's conduct: told times of one kind, chance of another.
pub(super) fn drawn_conduct(draft: &mut Draft, chance: &mut Chance) {
    let Fleet::Generated(groups) = &mut draft.file.fleet else { return };
    for group in groups {
        let span = |seconds: i64| Span::from_s(seconds.max(0) as u32);
        // Nobody leaves before he comes: departures are a second after the latest arrival at least.
        group.leaves_late = Some(Distribution::Uniform(span(0), span(chance.between(0, 3_600))));
        group.no_show_pct = Some(pct(chance.between(0, 1_000_000)));
        group.unplug_pct = Some(pct(chance.between(0, 1_000_000)));
        group.unplug_after = Some(Distribution::Uniform(span(0), span(chance.between(0, 7_200))));
        group.precondition_kw = Some(leaf_kw(chance.between(0, 50_000)));
        group.precondition_time = Some(span(chance.between(0, 3_600)));
        group.demand_signal = chance.one_in(2).then(|| any_signal(chance));
    }
}

/// Orders about visits, one about each.
pub(super) fn overrides(draft: &mut Draft, chance: &mut Chance) {
    let mut ids: Vec<String> = match &draft.file.fleet {
        Fleet::Listed(visits) => visits.iter().map(|visit| visit.vehicle.clone()).collect(),
        Fleet::Generated(groups) => groups.iter().map(|group| format!("{}-1", group.id)).collect(),
        Fleet::Visits { .. } => Vec::new(),
    };
    for _ in 0..chance.between(1, 4) {
        if ids.is_empty() {
            return;
        }
        let visit = ids.swap_remove(chance.between(0, ids.len() as i64 - 1) as usize);
        let (from_s, to_s) = draft.stretch_s(chance);
        let (from, to) = (draft.when(from_s), (!chance.one_in(3)).then(|| draft.when(to_s)));
        let order = *chance.pick(&[Order::ChargeNow, Order::Hold]);
        draft.file.overrides.push(OverrideRecord { visit, order, from, to, duration: None });
    }
}
