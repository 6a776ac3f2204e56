//! From visit records, listed or read from a CSV file, to visits.

use crate::error::{FirstPlace, Found, Problems};
use crate::format::file::{Fleet, VisitRecord};
use crate::scenario::ReadFile;
use crate::site::derive::Positions;
use crate::text::tree::decode_error::meant_id;
use crate::values::clock::{Calendar, Span, When};
use crate::values::decimal;
use crate::values::names::id_problem;
use crate::values::quantity::{Kwh, Pct, Weight, shown};
use crate::vehicles::conduct::precondition;
use crate::vehicles::demand_signal::DemandTold;
use crate::vehicles::fleet::needed_j;
use crate::vehicles::visits_csv::{self, Format};
use sim::{Conduct, VehicleType, Visit};
use std::collections::BTreeMap;

/// What is needed to turn records into visits.
pub(crate) struct Visitors<'a> {
    pub(crate) calendar: &'a Calendar,
    pub(crate) positions: &'a Positions<'a>,
    pub(crate) vehicle_types: &'a [VehicleType],
    /// Length of the run \[s\]; visits begin before it ends.
    pub(crate) duration_s: i64,
}

/// A record, and where it stands.
pub(crate) struct PlacedRecord {
    pub(crate) record: VisitRecord,
    /// The first byte of its row in a CSV file.
    pub(crate) row: Option<usize>,
    /// Exact energies, where the file says them.
    pub(crate) exact: ExactEnergies,
}

/// Energies that a state of charge is too coarse for \[J\].
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ExactEnergies {
    /// In the battery on arrival.
    pub(crate) arrival_j: Option<u64>,
    /// At which charging stops.
    pub(crate) target_j: Option<u64>,
    /// Metered energy that is asked for.
    pub(crate) asked_j: Option<u64>,
}

/// Energy of a battery at a state of charge \[J\], rounded down.
pub(crate) fn energy_j(battery_j: u64, soc_ppm: u32) -> u64 {
    (u128::from(battery_j) * u128::from(soc_ppm) / 1_000_000) as u64
}

/// The position of a vehicle type, or what to say.
pub(crate) fn vehicle_type(types: &[VehicleType], id: &str) -> Result<u32, String> {
    let position = types.iter().position(|candidate| candidate.id == id);
    position.map(|position| position as u32).ok_or_else(|| {
        let ids: Vec<&str> = types.iter().take(20).map(|candidate| candidate.id.as_str()).collect();
        let meant = meant_id(id, ids.iter().copied());
        let known =
            if ids.is_empty() { "there are none".to_owned() } else { format!("one of {}", ids.join(", ")) };
        format!("\"{}\" is no vehicle type ({meant}{known})", shown(id))
    })
}

impl Visitors<'_> {
    /// The visits of a fleet that is not generated, in order of arrival.
    pub(crate) fn visits(
        &self,
        fleet: &Fleet,
        read_file: &mut ReadFile<'_>,
        problems: &mut Problems,
    ) -> Vec<Visit> {
        let format = Format::of(fleet, self.vehicle_types, self.calendar);
        if let Some(problem) = format.step_problem() {
            problems.add("fleet.time.step", problem);
            return Vec::new();
        }
        let (table, records) = match fleet {
            Fleet::Generated(_) => return Vec::new(),
            Fleet::Listed(records) => {
                let placed = |record: &VisitRecord| PlacedRecord {
                    record: record.clone(),
                    row: None,
                    exact: ExactEnergies {
                        asked_j: record.energy_kwh.map(Kwh::joules),
                        ..ExactEnergies::default()
                    },
                };
                (None, records.iter().map(placed).collect())
            }
            Fleet::Visits { csv, .. } => match read_file(csv) {
                Err(message) => {
                    problems.add("fleet.csv", format!("cannot read \"{}\": {message}", shown(csv)));
                    return Vec::new();
                }
                Ok(text) => {
                    let records = visits_csv::read(csv, &text, &format, problems);
                    (Some((csv.as_str(), &format)), records)
                }
            },
        };
        let mut report = Report { table, records: &records, problems };
        let mut visits: Vec<(&PlacedRecord, Visit)> = Vec::with_capacity(records.len());
        for placed in &records {
            if let Some(visit) = self.visit(placed, &mut report) {
                visits.push((placed, visit));
            }
        }
        visits.sort_by_key(|(_, visit)| visit.arrival_s);
        name_visits(&mut visits, &mut report);
        self.check_overlaps(&visits, &mut report);
        visits.into_iter().map(|(_, visit)| visit).collect()
    }

    /// One visit, its id still empty where the record has none.
    fn visit(&self, placed: &PlacedRecord, report: &mut Report<'_>) -> Option<Visit> {
        let record = &placed.record;
        let mut is_sound = true;
        let mut note = |field: &str, message: String| {
            report.add(placed, field, message);
            is_sound = false;
        };
        let ids = [("visit", record.visit.as_deref()), ("vehicle", Some(record.vehicle.as_str()))];
        for (field, id) in ids {
            if let Some(problem) = id.and_then(id_problem) {
                note(field, problem);
            }
        }
        let mut found = |field: &str, result: Result<i64, String>| match result {
            Ok(value) => value,
            Err(message) => {
                note(field, message);
                0
            }
        };
        let type_position =
            found("vehicle_type", vehicle_type(self.vehicle_types, &record.vehicle_type).map(i64::from));
        let connector = record.connector.as_ref();
        let connector =
            connector.map(|id| found("connector", self.positions.connector(id).map(i64::from)) as u32);
        let home = record.home.as_ref();
        let home = home.map(|id| found("home", self.positions.connector(id).map(i64::from)) as u32);
        let arrival = self.calendar.resolve(record.arrival, 0);
        let departure = self.calendar.resolve(record.departure, arrival.as_ref().map_or(1, |at_s| at_s + 1));
        let has_times = arrival.is_ok() && departure.is_ok();
        let (arrival_s, departure_s) = (found("arrival", arrival), found("departure", departure));
        if has_times {
            self.check_times(placed, (arrival_s, departure_s), report);
        }
        if !is_sound {
            return None;
        }
        let conduct = self.conduct(placed, (arrival_s, departure_s), report);
        let energies = self.energies(placed, &self.vehicle_types[type_position as usize], report)?;
        Some(Visit {
            id: record.visit.clone().unwrap_or_default(),
            vehicle: record.vehicle.clone(),
            vehicle_type: type_position as u32,
            arrival_s,
            departure_s,
            arrival_energy_j: energies.arrival_j,
            target_energy_j: energies.target_j,
            ready_energy_j: energies.ready_j,
            plug_in_delay_s: record.plug_in_delay.map_or(0, Span::s),
            connector,
            home,
            tier: record.tier.get(),
            weight: record.weight.map_or(0, Weight::get),
            conduct,
        })
    }

    /// A visit leaves after it arrives, and some of it lies within the run.
    fn check_times(
        &self,
        placed: &PlacedRecord,
        (arrival_s, departure_s): (i64, i64),
        report: &mut Report<'_>,
    ) {
        let moment = |at_s| self.calendar.moment(at_s);
        if departure_s <= arrival_s {
            let (arrival, departure) = (moment(arrival_s), moment(departure_s));
            report.add(
                placed,
                "departure",
                format!("it leaves at \"{departure}\", but arrives at \"{arrival}\" (later than it arrives)"),
            );
        }
        if arrival_s >= self.duration_s {
            let (arrival, end) = (moment(arrival_s), moment(self.duration_s));
            let remedy = "before that; lengthen the duration or leave the visit out";
            report.add(
                placed,
                "arrival",
                format!("it arrives at \"{arrival}\", but the run ends at \"{end}\" ({remedy})"),
            );
        }
        if departure_s <= 0 {
            let (departure, start) = (moment(departure_s), moment(0));
            let remedy = "after that; leave the visit out";
            report.add(
                placed,
                "departure",
                format!("it leaves at \"{departure}\", but the run starts at \"{start}\" ({remedy})"),
            );
        }
    }

    /// What does not go as planned.
    fn conduct(
        &self,
        placed: &PlacedRecord,
        (arrival_s, departure_s): (i64, i64),
        report: &mut Report<'_>,
    ) -> Conduct {
        let record = &placed.record;
        let mut time = |field: &str, when: Option<When>| {
            let at_s = self.calendar.resolve(when?, arrival_s + 1);
            at_s.map_err(|message| report.add(placed, field, message)).ok()
        };
        let told_departure_s = time("told_departure", record.told_departure);
        let unplugged_s = time("unplugged", record.unplugged);
        let is_within = |at_s: &i64| (arrival_s + 1..departure_s).contains(at_s);
        if let Some(at_s) = unplugged_s.filter(|at_s| arrival_s < departure_s && !is_within(at_s)) {
            let [at, arrival, departure] =
                [at_s, arrival_s, departure_s].map(|at_s| self.calendar.moment(at_s));
            let message = format!(
                "the plug is pulled at \"{at}\", but the vehicle is there from \"{arrival}\" to \"{departure}\" (between them)"
            );
            report.add(placed, "unplugged", message);
        }
        let precondition = precondition(record.precondition_kw, record.precondition_time);
        let (precondition_w, precondition_s) = precondition.unwrap_or_else(|(field, message)| {
            report.add(placed, field, message);
            (0, 0)
        });
        Conduct {
            told_departure_s: told_departure_s.filter(|&told_s| told_s != departure_s),
            unplugged_s,
            is_no_show: record.no_show,
            precondition_w,
            precondition_s,
            demand_signal: record.demand_signal.map(DemandTold::signal),
        }
    }

    /// What is in the battery, what is wanted in it, and what makes the vehicle ready.
    fn energies(
        &self,
        placed: &PlacedRecord,
        vehicle_type: &VehicleType,
        report: &mut Report<'_>,
    ) -> Option<Energies> {
        let (record, exact, battery_j) = (&placed.record, placed.exact, vehicle_type.battery_j);
        let at = |share: Pct| energy_j(battery_j, share.ppm());
        let arrival_j = match (exact.arrival_j, record.soc_arrival_pct, exact.asked_j) {
            (Some(arrival_j), ..) => arrival_j,
            (None, Some(share), _) => at(share),
            (None, None, Some(_)) => 0,
            (None, None, None) => {
                report.add(
                    placed,
                    "soc_arrival_pct",
                    "it is missing (a percentage, or else energy_kwh)".into(),
                );
                return None;
            }
        };
        let gain_j =
            |asked_j: u64| (u128::from(asked_j) * u128::from(vehicle_type.efficiency_ppm) / 1_000_000) as u64;
        let (field, target_j) = match (exact.target_j, record.target_soc_pct, exact.asked_j) {
            (Some(target_j), None, None) => ("target_energy_j", target_j),
            (None, Some(share), None) => ("target_soc_pct", at(share)),
            (None, None, Some(asked_j)) => ("energy_kwh", arrival_j + gain_j(asked_j)),
            (None, None, None) => {
                report.add(
                    placed,
                    "target_soc_pct",
                    "it is missing (a percentage, or else energy_kwh)".into(),
                );
                return None;
            }
            _ => {
                let message = "there are two targets (a state of charge or an energy)";
                report.add(placed, "target_soc_pct", message.into());
                return None;
            }
        };
        if arrival_j.max(target_j) > battery_j {
            let kwh = |energy_j: u64| decimal::format((energy_j / 3_600) as i64, 3);
            let (id, most, battery) = (&vehicle_type.id, kwh(arrival_j.max(target_j)), kwh(battery_j));
            let message = format!(
                "it would hold {most} kWh, more than the battery of \"{id}\" ({battery} kWh at most)"
            );
            report.add(placed, field, message);
            return None;
        }
        let ready_j = match record.needs_kwh.map(|needs| needed_j(needs, target_j)) {
            None => target_j,
            Some(Ok(needs_j)) => needs_j,
            Some(Err(message)) => {
                report.add(placed, "needs_kwh", message);
                return None;
            }
        };
        Some(Energies { arrival_j, target_j, ready_j })
    }

    /// A vehicle is in one place at a time, and so is what stands at a connector that visits name.
    fn check_overlaps(&self, visits: &[(&PlacedRecord, Visit)], report: &mut Report<'_>) {
        let mut vehicles: BTreeMap<&str, &Visit> = BTreeMap::new();
        let mut connectors: BTreeMap<u32, &Visit> = BTreeMap::new();
        for (placed, visit) in visits {
            let held_by_vehicle = vehicles.insert(&visit.vehicle, visit);
            let held_at_connector = visit.connector.and_then(|connector| connectors.insert(connector, visit));
            let until = |other: &Visit| self.calendar.moment(other.departure_s);
            if let Some(other) = held_by_vehicle.filter(|other| other.departure_s > visit.arrival_s) {
                let message = format!(
                    "{} is still there on its visit {} until \"{}\" (arrive after that)",
                    visit.vehicle,
                    other.id,
                    until(other)
                );
                report.add(placed, "arrival", message);
            } else if let Some(other) = held_at_connector.filter(|other| other.departure_s > visit.arrival_s)
            {
                let message = format!(
                    "the connector is taken by visit {} until \"{}\" (arrive after that)",
                    other.id,
                    until(other)
                );
                report.add(placed, "connector", message);
            }
        }
    }
}

/// The energies of a visit \[J\].
struct Energies {
    arrival_j: u64,
    target_j: u64,
    ready_j: u64,
}

/// Where problems of visits go.
struct Report<'a> {
    /// The file that the visits come from, and what it calls its columns.
    table: Option<(&'a str, &'a Format<'a>)>,
    /// All records, in the order of the file.
    records: &'a [PlacedRecord],
    problems: &'a mut Problems,
}

impl Report<'_> {
    fn add(&mut self, placed: &PlacedRecord, field: &str, message: String) {
        self.problems.add_found(self.found(placed, field, message));
    }

    /// Of two records with the same id, the one that stands second.
    fn add_twice(&mut self, pair: [&PlacedRecord; 2], field: &str, message: String) {
        let [first, second] = match self.position(pair[0]) < self.position(pair[1]) {
            true => pair,
            false => [pair[1], pair[0]],
        };
        let first_place = match first.row {
            Some(row) => FirstPlace::Row(row),
            None => {
                let Found { place, nth, .. } = self.found(first, field, String::new());
                FirstPlace::Path(place, nth)
            }
        };
        let second = self.found(second, field, message);
        self.problems.add_found(Found { first: Some(first_place), ..second });
    }

    fn found(&self, placed: &PlacedRecord, field: &str, message: String) -> Found {
        match self.table {
            Some((file, format)) => {
                let file = Some(file.to_owned());
                Found { file, row: placed.row, ..Found::at(shown(format.called(field)), message) }
            }
            None => {
                let name = placed.name();
                // Nobody reads where more than these stand.
                let before = if self.problems.is_full() { 0 } else { self.position(placed) };
                let nth = self.records[..before].iter().filter(|other| other.name() == name).count();
                Found { nth, ..Found::at(format!("fleet.{}.{field}", shown(name)), message) }
            }
        }
    }

    /// Where a record stands among all; those of a file know it.
    fn position(&self, placed: &PlacedRecord) -> usize {
        placed
            .row
            .unwrap_or_else(|| self.records.iter().take_while(|other| !std::ptr::eq(*other, placed)).count())
    }
}

impl PlacedRecord {
    /// What its record is called by.
    fn name(&self) -> &str {
        self.record.visit.as_ref().unwrap_or(&self.record.vehicle)
    }
}

/// Visits without an id take their vehicle's, with a number where it comes several times; then all ids must differ.
fn name_visits<'a>(visits: &mut [(&'a PlacedRecord, Visit)], report: &mut Report<'_>) {
    let mut comings: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    for (_, visit) in visits.iter() {
        comings.entry(visit.vehicle.clone()).or_default().0 += 1;
    }
    let mut seen: BTreeMap<String, &'a PlacedRecord> = BTreeMap::new();
    for (placed, visit) in visits.iter_mut() {
        let (all, so_far) = comings.entry(visit.vehicle.clone()).or_default();
        *so_far += 1;
        if visit.id.is_empty() {
            visit.id = if *all == 1 { visit.vehicle.clone() } else { format!("{}-{so_far}", visit.vehicle) };
        }
        if let Some(first) = seen.insert(visit.id.clone(), placed) {
            let message = format!("the id \"{}\" stands twice (visits have ids of their own)", visit.id);
            report.add_twice([first, placed], "visit", message);
        }
    }
}
