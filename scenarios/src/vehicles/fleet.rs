//! Vehicle types and generated fleets, checked.

use crate::draw::{DailyVisit, Group, OnArrival};
use crate::error::Problems;
use crate::format::file::{FleetGroup, GroupVisit, VehicleRecord};
use crate::site::derive::Positions;
use crate::values::clock::{Calendar, DAY_S, Span, TimeOfDay, When};
use crate::values::decimal;
use crate::values::distribution::{Distribution, Integers};
use crate::values::names::id_problem;
use crate::values::quantity::{Count, Kwh, LeafKw, Pct, Weight, shown};
use crate::vehicles::conduct::GroupConduct;
use crate::vehicles::visits::{energy_j, vehicle_type};
use sim::{CurvePoint, VehicleType};
use std::collections::BTreeSet;

/// Largest number of visits that are drawn.
const VISITS_MAX: u64 = 4_000_000;

/// The vehicle types, in the order of the file.
pub(crate) fn derive_vehicle_types(records: &[VehicleRecord], problems: &mut Problems) -> Vec<VehicleType> {
    let mut ids = BTreeSet::new();
    let mut types = Vec::with_capacity(records.len());
    for (number, record) in (1..).zip(records) {
        let mut place = format!("vehicles.{}", shown(&record.id));
        if let Some(problem) = id_problem(&record.id) {
            problems.add(format!("{place}.id"), problem);
        }
        if !ids.insert(&record.id) {
            let message = format!(
                "the id \"{}\" stands twice (vehicle types have ids of their own)",
                shown(&record.id)
            );
            problems.add(format!("{place}.id"), message);
            // What else is wrong with it is its own, and not the first one's.
            place = format!("vehicles.{number}");
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
        let hint = if ends == (0, 10_000) { ": percentages, and not fractions" } else { "" };
        return Some(format!("the curve reaches from {first} to {last} % (from 0 to 100{hint})"));
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

/// What is needed to turn groups into what is drawn.
pub(crate) struct Groups<'a> {
    pub(crate) vehicle_types: &'a [VehicleType],
    pub(crate) positions: &'a Positions<'a>,
    pub(crate) calendar: &'a Calendar,
    /// Length of the run \[s\]; visits begin before it ends.
    pub(crate) duration_s: i64,
}

impl Groups<'_> {
    /// The groups of a generated fleet, ready to be drawn from.
    pub(crate) fn derive(&self, groups: &[FleetGroup], problems: &mut Problems) -> Vec<Group> {
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
            let a_day = record.visits.len().max(1) as u64;
            visits += u64::from(record.count.get()) * a_day * u64::from(record.days.map_or(1, Count::get));
            if visits > VISITS_MAX {
                note("count", format!("the fleet grows beyond {VISITS_MAX} visits here (at most as many)"));
            }
            match self.group(record) {
                Ok(group) => derived.push(group),
                Err(found) => found.into_iter().for_each(|(field, message)| note(&field, message)),
            }
        }
        derived
    }

    fn group(&self, record: &FleetGroup) -> Result<Group, Vec<(String, String)>> {
        let mut found = FieldProblems::default();
        let vehicle_type = found.keep("vehicle", vehicle_type(self.vehicle_types, &record.vehicle));
        let homes =
            record.homes.iter().map(|id| self.positions.connector(id)).collect::<Result<Vec<u32>, _>>();
        let homes = found.keep("homes", homes);
        let days = record.days.map_or(1, Count::get);
        let said = daily_visits(record, &mut found);
        let conduct = GroupConduct::of(record, |field, message| found.add(field, message));
        let battery_j = vehicle_type.map(|at| self.vehicle_types[at as usize].battery_j);
        let mut visits = Vec::with_capacity(said.len());
        for visit in &said {
            visits.extend(self.daily_visit((record, &conduct), visit, days, battery_j, &mut found));
        }
        if visits.len() == said.len() {
            self.chain(&said, &mut visits, (days, conduct.shifts_s().1), &mut found);
        }
        match (vehicle_type, homes) {
            (Some(vehicle_type), Some(homes)) if found.0.is_empty() => Ok(Group {
                id: record.id.clone(),
                count: record.count.get(),
                days,
                vehicle_type,
                homes,
                tier: record.tier.get(),
                weight: record.weight.map_or(0, Weight::get),
                visits,
                conduct,
            }),
            _ => Err(found.0),
        }
    }

    fn daily_visit(
        &self,
        (group, conduct): (&FleetGroup, &GroupConduct),
        said: &Said<'_>,
        days: u32,
        battery_j: Option<u64>,
        found: &mut FieldProblems,
    ) -> Option<DailyVisit> {
        let calendar = self.calendar;
        let field = |name: &str| said.field(name);
        let times = |distribution: &Distribution<When>, from_s: i64| {
            Integers::of(distribution, |when, before| calendar.resolve(when, before.unwrap_or(from_s)))
        };
        for (name, distribution) in [("arrival", said.arrival), ("departure", said.departure)] {
            if let Some(message) = out_of_order(distribution) {
                found.add(field(name), message);
                return None;
            }
        }
        let arrival = found.keep(field("arrival"), times(said.arrival, 0));
        let latest_s = arrival.as_ref().map_or(0, Integers::max);
        let departure = found.keep(field("departure"), times(said.departure, latest_s + 1));
        let last_s = latest_s + i64::from(days - 1) * DAY_S;
        if last_s >= self.duration_s {
            let (latest, end) = (calendar.moment(last_s), calendar.moment(self.duration_s));
            found.add(
                field("arrival"),
                format!("the latest arrival is \"{latest}\", but the run ends at \"{end}\" (before that; lengthen the duration or let them come earlier)"),
            );
        }
        if let Some(earliest_s) =
            departure.as_ref().map(Integers::min).filter(|&earliest_s| earliest_s <= latest_s)
        {
            let (earliest, latest) = (calendar.moment(earliest_s), calendar.moment(latest_s));
            found.add(field("departure"), format!("the earliest departure is \"{earliest}\", but the latest arrival is \"{latest}\" (departures after it; \"d2 04:30\" is on the second day)"));
        }
        if departure.as_ref().is_some_and(|departure| departure.min() <= 0) {
            found.add(field("departure"), "vehicles would leave before the run starts (after that)".into());
        } else if let Some(told_s) = departure.as_ref().map(Integers::min).filter(|&told_s| told_s > latest_s)
            && told_s - conduct.shifts_s().0 <= latest_s.max(0)
        {
            let (leaves, latest) =
                (calendar.moment(told_s - conduct.shifts_s().0), calendar.moment(latest_s));
            found.add("leaves_early", format!("the earliest departure would be \"{leaves}\", but the latest arrival is \"{latest}\" (later than it, and after the start)"));
        }
        let target_ppm = said.target_soc_pct.unwrap_or(group.target_soc_pct).ppm();
        let target_energy_j = battery_j.map(|battery_j| energy_j(battery_j, target_ppm));
        let ready_energy_j = match (said.needs_kwh, target_energy_j) {
            // A target of nothing is told by itself, or was not understood.
            (Some(needs), Some(target_j)) if target_ppm > 0 => {
                found.keep(field("needs_kwh"), needed_j(needs, target_j))
            }
            (_, target_j) => target_j,
        };
        let on_arrival = said.on_arrival(found);
        let plug_in_delay_s = match said.plug_in_delay {
            None => Some(Integers::Fixed(0)),
            Some(delay) => {
                let seconds = Integers::of(delay, |span: Span, _| Ok(i64::from(span.s())));
                found.keep(field("plug_in_delay"), seconds)
            }
        };
        Some(DailyVisit {
            id: said.id.map(str::to_owned),
            arrival: arrival?,
            departure: departure?,
            on_arrival: on_arrival?,
            plug_in_delay_s: plug_in_delay_s?,
            target_energy_j: target_energy_j?,
            ready_energy_j: ready_energy_j?,
        })
    }

    /// Puts the visits of a day in order of time: whatever is drawn, a vehicle is gone before it comes again; and what a block used is
    /// missing to the target of the visit before it.
    fn chain(
        &self,
        said: &[Said<'_>],
        visits: &mut [DailyVisit],
        (days, late_s): (u32, i64),
        found: &mut FieldProblems,
    ) {
        let mut order: Vec<usize> = (0..visits.len()).collect();
        order.sort_by_key(|&index| visits[index].arrival.min());
        for (place, &index) in order.iter().enumerate() {
            let is_first = place == 0;
            let before = order[(place + order.len() - 1) % order.len()];
            let left_with = visits[before].target_energy_j;
            let leaves_s = visits[before].departure.max() + late_s - if is_first { DAY_S } else { 0 };
            let comes_s = visits[index].arrival.min();
            if (!is_first || days > 1) && leaves_s > comes_s {
                let (leaves, comes) = (self.calendar.moment(leaves_s), self.calendar.moment(comes_s));
                found.add(
                    said[index].field("arrival"),
                    format!("it may arrive at \"{comes}\" while its visit before may last until \"{leaves}\" (after that)"),
                );
            }
            if let OnArrival::Used { left_with_j, used_wh } = &mut visits[index].on_arrival {
                *left_with_j = left_with;
                let most_j = used_wh.max().unsigned_abs() * 3_600;
                if most_j > left_with {
                    let (used, left) = (kwh(most_j), kwh(left_with));
                    found.add(
                        said[index].field("energy_used_kwh"),
                        format!("a block may use {used} kWh, more than the {left} kWh that it leaves with (at most as much)"),
                    );
                }
            }
        }
    }
}

/// Times of day without a day are each the first after the one before. Three that pass their own hour again are in no order that
/// anybody means.
fn out_of_order(distribution: &Distribution<When>) -> Option<String> {
    let after = |from: TimeOfDay, to: TimeOfDay| (to.s() - from.s()).rem_euclid(DAY_S);
    // Nearly a day, over midnight, is a short range whose ends were exchanged.
    if let Distribution::Uniform(When::Next(least), When::Next(largest)) = distribution
        && largest < least
        && after(*least, *largest) > 18 * 3_600
    {
        return Some(format!(
            "{least}, {largest} are out of order (the earliest time, then the latest; over midnight it would be {})",
            Span::from_s(after(*least, *largest) as u32)
        ));
    }
    let Distribution::Triangular(When::Next(least), When::Next(likely), When::Next(largest)) = distribution
    else {
        return None;
    };
    (after(*least, *likely) + after(*likely, *largest) >= DAY_S).then(|| {
        format!(
            "{least}, {likely}, {largest} are out of order (the earliest time, then the most likely, then the latest; \"d2 {largest}\" is on the second day)"
        )
    })
}

/// What makes a vehicle ready whose next block needs this \[J\], or what to say.
pub(crate) fn needed_j(needs: Kwh, target_j: u64) -> Result<u64, String> {
    match needs.joules() <= target_j {
        true => Ok(needs.joules()),
        false => Err(format!(
            "its block needs {needs} kWh, but charging stops at {} kWh (a higher target, or a lesser need)",
            kwh(target_j)
        )),
    }
}

fn kwh(energy_j: u64) -> String {
    decimal::format((energy_j / 3_600) as i64, 3)
}

/// A daily visit as the file says it, in either form.
struct Said<'a> {
    id: Option<&'a str>,
    arrival: &'a Distribution<When>,
    departure: &'a Distribution<When>,
    soc_arrival_pct: Option<&'a Distribution<Pct>>,
    energy_used_kwh: Option<&'a Distribution<Kwh>>,
    target_soc_pct: Option<Pct>,
    needs_kwh: Option<Kwh>,
    plug_in_delay: Option<&'a Distribution<Span>>,
}

impl Said<'_> {
    fn field(&self, name: &str) -> String {
        self.id.map_or(name.to_owned(), |id| format!("visits.{}.{name}", shown(id)))
    }

    fn on_arrival(&self, found: &mut FieldProblems) -> Option<OnArrival> {
        match (self.soc_arrival_pct, self.energy_used_kwh) {
            (Some(soc), None) => {
                let ppm = Integers::of(soc, |share: Pct, _| Ok(i64::from(share.ppm())));
                found.keep(self.field("soc_arrival_pct"), ppm).map(OnArrival::Soc)
            }
            (None, Some(used)) => {
                let wh = Integers::of(used, |energy: Kwh, _| Ok((energy.joules() / 3_600) as i64));
                let used_wh = found.keep(self.field("energy_used_kwh"), wh)?;
                Some(OnArrival::Used { left_with_j: 0, used_wh })
            }
            (given, _) => {
                let is = if given.is_some() { "stand both" } else { "are both missing" };
                let message = format!("soc_arrival_pct and energy_used_kwh {is} (give one of them)");
                found.add(self.field("soc_arrival_pct"), message);
                None
            }
        }
    }
}

/// The visits of a group's day, whichever form it has.
fn daily_visits<'a>(record: &'a FleetGroup, found: &mut FieldProblems) -> Vec<Said<'a>> {
    if record.visits.is_empty() {
        let (Some(arrival), Some(departure)) = (&record.arrival, &record.departure) else {
            let field = if record.arrival.is_none() { "arrival" } else { "departure" };
            found.add(field, "it is missing (give arrival and departure, or visits)".into());
            return Vec::new();
        };
        return vec![Said {
            id: None,
            arrival,
            departure,
            soc_arrival_pct: record.soc_arrival_pct.as_ref(),
            energy_used_kwh: record.energy_used_kwh.as_ref(),
            target_soc_pct: None,
            needs_kwh: record.needs_kwh,
            plug_in_delay: record.plug_in_delay.as_ref(),
        }];
    }
    let beside = [
        ("arrival", record.arrival.is_some()),
        ("departure", record.departure.is_some()),
        ("soc_arrival_pct", record.soc_arrival_pct.is_some()),
        ("energy_used_kwh", record.energy_used_kwh.is_some()),
        ("needs_kwh", record.needs_kwh.is_some()),
        ("plug_in_delay", record.plug_in_delay.is_some()),
    ];
    for (field, _) in beside.into_iter().filter(|(_, is_given)| *is_given) {
        found.add(field, "it stands beside visits, each of which has its own (leave it out)".into());
    }
    let mut ids = BTreeSet::new();
    for visit in &record.visits {
        let place = format!("visits.{}.id", shown(&visit.id));
        if let Some(problem) = id_problem(&visit.id) {
            found.add(place, problem);
        } else if !ids.insert(&visit.id) {
            let message =
                format!("the id \"{}\" stands twice (visits of a day have ids of their own)", visit.id);
            found.add(place, message);
        }
    }
    let said = |visit: &'a GroupVisit| Said {
        id: Some(&visit.id),
        arrival: &visit.arrival,
        departure: &visit.departure,
        soc_arrival_pct: visit.soc_arrival_pct.as_ref(),
        energy_used_kwh: visit.energy_used_kwh.as_ref(),
        target_soc_pct: visit.target_soc_pct,
        needs_kwh: visit.needs_kwh,
        plug_in_delay: visit.plug_in_delay.as_ref(),
    };
    record.visits.iter().map(said).collect()
}

/// Problems of a group, each with its field.
#[derive(Debug, Default)]
struct FieldProblems(Vec<(String, String)>);

impl FieldProblems {
    fn add(&mut self, field: impl Into<String>, message: String) {
        self.0.push((field.into(), message));
    }

    fn keep<T>(&mut self, field: impl Into<String>, result: Result<T, String>) -> Option<T> {
        result.map_err(|message| self.add(field, message)).ok()
    }
}
