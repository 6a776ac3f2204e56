//! Visits that did not go as everybody was told, and cabins that got less than they wanted.

use super::faults::{Effect, FaultRow, readiness};
use super::page::ReviewContext;
use super::recorder::ReviewData;
use super::words::{Words, brief};
use crate::format::{duration, kwh};
use crate::moment::cabin_times_s;
use sim::view::NO_NODE;
use sim::{Depot, Stay, Visit};
use std::ops::Range;

/// A row for each.
pub(super) fn unplanned(context: &ReviewContext<'_>, data: &ReviewData, words: &Words) -> Vec<FaultRow> {
    let visits = context.realization.visits.iter().zip(&data.stays);
    let came = visits.filter(|(visit, stay)| !visit.conduct.is_no_show && stay.plugged_in_s.is_some());
    let rows = came.flat_map(|(visit, stay)| {
        [departure(context.depot, visit, stay, words), cabin(context.depot, visit, stay, words)]
    });
    rows.flatten().collect()
}

/// A vehicle that left earlier or later than was told; nobody whose plug was pulled before.
fn departure(depot: &Depot, visit: &Visit, stay: &Stay, words: &Words) -> Option<FaultRow> {
    let told_s = visit.conduct.told_departure_s.filter(|&told_s| told_s != visit.departure_s)?;
    let as_it_wished = stay.left_s.is_some_and(|left_s| left_s >= depot.tick_begun_s(visit.departure_s));
    let (from_s, to_s) = (told_s.min(visit.departure_s), told_s.max(visit.departure_s));
    let is_early = visit.departure_s < told_s;
    as_it_wished.then(|| FaultRow {
        from_s: from_s.max(0).unsigned_abs(),
        from: words.moment(from_s),
        until: words.moment(to_s),
        length: duration(to_s - from_s),
        what: if is_early { "Left earlier than told" } else { "Left later than told" }.to_owned(),
        whom: whom(depot, visit, stay),
        limit: String::new(),
        effects: vec![readiness(visit, stay)],
    })
}

/// A cabin that got less than it wanted while the vehicle was plugged in, by more than its charger's start takes: a tick of it.
fn cabin(depot: &Depot, visit: &Visit, stay: &Stay, words: &Words) -> Option<FaultRow> {
    let times_s = times_at_plug_s(depot, visit, stay)?;
    let wanted_j = u64::from(visit.conduct.precondition_w) * (times_s.end - times_s.start);
    let of_a_tick_j = u64::from(visit.conduct.precondition_w) * u64::from(depot.step_s);
    (stay.preconditioned_j + of_a_tick_j < wanted_j).then(|| FaultRow {
        from_s: times_s.start,
        from: words.moment(times_s.start as i64),
        until: words.moment(times_s.end as i64),
        length: duration((times_s.end - times_s.start) as i64),
        what: "Cabin got less than it wanted".to_owned(),
        whom: whom(depot, visit, stay),
        limit: String::new(),
        effects: vec![Effect {
            words: format!("{} of {} kWh", brief(&kwh(stay.preconditioned_j)), brief(&kwh(wanted_j))),
            moment: String::new(),
        }],
    })
}

/// The ticks in which a vehicle is plugged in and wants power for its cabin \[s\]; `None` where there are none.
fn times_at_plug_s(depot: &Depot, visit: &Visit, stay: &Stay) -> Option<Range<u64>> {
    let wanted_s = cabin_times_s(visit);
    let [begins_s, ends_s] = [wanted_s.start, wanted_s.end].map(|at_s| depot.first_tick_s(at_s));
    let (plugged_in_s, left_s) = (stay.plugged_in_s?, stay.left_s.unwrap_or(depot.duration_s()));
    let times_s = begins_s.max(plugged_in_s)..ends_s.min(left_s);
    (visit.conduct.precondition_w > 0 && !times_s.is_empty()).then_some(times_s)
}

/// `bus-02 at C1-P2-1`.
fn whom(depot: &Depot, visit: &Visit, stay: &Stay) -> String {
    match stay.connector {
        NO_NODE => visit.vehicle.clone(),
        position => format!("{} at {}", visit.vehicle, depot.site[position as usize].id),
    }
}
