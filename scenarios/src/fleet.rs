//! Vehicle types and generated fleets, checked.

use crate::clock::Calendar;
use crate::distribution::{Distribution, Integers};
use crate::draw::Group;
use crate::error::Problems;
use crate::file::{FleetGroup, VehicleRecord};
use crate::names::id_problem;
use crate::quantity::{LeafKw, Pct, Weight, shown};
use crate::visits::vehicle_type;
use sim::{CurvePoint, VehicleType};
use std::collections::BTreeSet;

/// Largest number of visits that are drawn.
const VISITS_MAX: u64 = 4_000_000;

/// The vehicle types, in the order of the file.
pub(crate) fn derive_vehicle_types(records: &[VehicleRecord], problems: &mut Problems) -> Vec<VehicleType> {
    let mut ids = BTreeSet::new();
    let mut types = Vec::with_capacity(records.len());
    for record in records {
        let place = format!("vehicles.{}", shown(&record.id));
        if let Some(problem) = id_problem(&record.id) {
            problems.add(format!("{place}.id"), problem);
        }
        if !ids.insert(&record.id) {
            let message = format!(
                "the id \"{}\" stands twice (vehicle types have ids of their own)",
                shown(&record.id)
            );
            problems.add(format!("{place}.id"), message);
        }
        if record.efficiency_pct.ppm() == 0 {
            problems.add(format!("{place}.efficiency_pct"), "0 is out of bounds (above 0, at most 100)");
        }
        if let Some(message) = curve_problem(record) {
            problems.add(format!("{place}.curve"), message);
        }
        types.push(VehicleType {
            id: record.id.clone(),
            battery_j: record.battery_kwh.joules(),
            efficiency_ppm: record.efficiency_pct.ppm(),
            min_power_w: record.min_power_kw.map_or(0, LeafKw::w),
            curve: record
                .curve
                .iter()
                .map(|knot| CurvePoint { soc_ppm: knot.soc_pct.ppm(), power_w: knot.power_kw.w() })
                .collect(),
        });
    }
    types
}

fn curve_problem(record: &VehicleRecord) -> Option<String> {
    let curve = &record.curve;
    let (Some(first), Some(last)) = (curve.first(), curve.last()) else {
        return Some("the curve is empty (a power at 0 % and at 100 %, and between them as needed)".into());
    };
    let ends = (first.soc_pct.ppm(), last.soc_pct.ppm());
    if let Some(pair) = curve.windows(2).find(|pair| pair[0].soc_pct >= pair[1].soc_pct) {
        let (first, second) = (pair[0].soc_pct, pair[1].soc_pct);
        return Some(format!("{second} % follows {first} % (strictly ascending states of charge)"));
    }
    if ends != (0, 1_000_000) {
        let (first, last) = (curve[0].soc_pct, curve[curve.len() - 1].soc_pct);
        return Some(format!("the curve reaches from {first} to {last} % (from 0 to 100)"));
    }
    if let Some(knot) = curve.iter().take(curve.len() - 1).find(|knot| knot.power_kw.w() == 0) {
        return Some(format!(
            "no power at {} %, where charging would stop for ever (above 0 before 100 %)",
            knot.soc_pct
        ));
    }
    let falls = curve.windows(2).position(|pair| pair[1].power_kw < pair[0].power_kw).unwrap_or(curve.len());
    if let Some(pair) = curve.windows(2).skip(falls).find(|pair| pair[1].power_kw > pair[0].power_kw) {
        return Some(format!(
            "power falls and then rises again, from {} kW at {} % to {} kW at {} % (once it falls, it falls)",
            pair[0].power_kw, pair[0].soc_pct, pair[1].power_kw, pair[1].soc_pct
        ));
    }
    let strongest = curve.iter().map(|knot| knot.power_kw).max()?;
    let minimum = record.min_power_kw.filter(|&minimum| minimum > strongest)?;
    Some(format!(
        "the curve nowhere reaches min_power_kw, {minimum} kW (a lower minimum, or a curve up to it)"
    ))
}

/// The groups of a generated fleet, ready to be drawn from.
pub(crate) fn derive_groups(
    groups: &[FleetGroup],
    vehicle_types: &[VehicleType],
    calendar: &Calendar,
    duration_s: i64,
    problems: &mut Problems,
) -> Vec<Group> {
    let mut ids = BTreeSet::new();
    let mut visits = 0;
    let mut derived = Vec::with_capacity(groups.len());
    for record in groups {
        let place = format!("fleet.{}", shown(&record.id));
        let mut note = |field: &str, message: String| problems.add(format!("{place}.{field}"), message);
        if let Some(problem) = id_problem(&record.id) {
            note("id", problem);
        }
        if !ids.insert(&record.id) {
            note(
                "id",
                format!("the id \"{}\" stands twice (groups have ids of their own)", shown(&record.id)),
            );
        }
        visits += u64::from(record.count.get());
        if visits > VISITS_MAX {
            note("count", format!("the fleet grows beyond {VISITS_MAX} vehicles here (at most as many)"));
        }
        match derive_group(record, vehicle_types, calendar, duration_s) {
            Ok(group) => derived.push(group),
            Err(found) => found.into_iter().for_each(|(field, message)| note(field, message)),
        }
    }
    derived
}

type FieldProblems = Vec<(&'static str, String)>;

fn derive_group(
    record: &FleetGroup,
    vehicle_types: &[VehicleType],
    calendar: &Calendar,
    duration_s: i64,
) -> Result<Group, FieldProblems> {
    let mut found = FieldProblems::new();
    let times = |distribution: &Distribution<_>, from_s: i64| {
        Integers::of(distribution, |when, before| calendar.resolve(when, before.unwrap_or(from_s)))
    };
    let arrival = keep(&mut found, "arrival", times(&record.arrival, 0));
    let latest_s = arrival.as_ref().map_or(0, Integers::max);
    let departure = keep(&mut found, "departure", times(&record.departure, latest_s + 1));
    let shares = Integers::of(&record.soc_arrival_pct, |share: Pct, _| Ok(i64::from(share.ppm())));
    let soc_arrival_ppm = keep(&mut found, "soc_arrival_pct", shares);
    let vehicle_type = keep(&mut found, "vehicle", vehicle_type(vehicle_types, &record.vehicle));
    if latest_s >= duration_s {
        let (latest, end) = (calendar.moment(latest_s), calendar.moment(duration_s));
        found.push((
            "arrival",
            format!("the latest arrival is \"{latest}\", but the run ends at \"{end}\" (before that)"),
        ));
    }
    if let Some(earliest_s) =
        departure.as_ref().map(Integers::min).filter(|&earliest_s| earliest_s <= latest_s)
    {
        let (earliest, latest) = (calendar.moment(earliest_s), calendar.moment(latest_s));
        found.push(("departure", format!("the earliest departure is \"{earliest}\", but the latest arrival \"{latest}\" (later than it)")));
    }
    if departure.as_ref().is_some_and(|departure| departure.min() <= 0) {
        found.push(("departure", "vehicles would leave before the run starts (after that)".into()));
    }
    match (arrival, departure, soc_arrival_ppm, vehicle_type) {
        (Some(arrival), Some(departure), Some(soc_arrival_ppm), Some(vehicle_type)) if found.is_empty() => {
            Ok(Group {
                id: record.id.clone(),
                count: record.count.get(),
                vehicle_type,
                arrival,
                departure,
                soc_arrival_ppm,
                target_ppm: record.target_soc_pct.ppm(),
                tier: record.tier.get(),
                weight: record.weight.map_or(0, Weight::get),
            })
        }
        _ => Err(found),
    }
}

fn keep<T>(found: &mut FieldProblems, field: &'static str, result: Result<T, String>) -> Option<T> {
    result.map_err(|message| found.push((field, message))).ok()
}
