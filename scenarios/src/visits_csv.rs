//! Visits as CSV: one row per visit, read with whatever names its columns have, written in the form that is read back exactly.

use crate::clock::Calendar;
use crate::decimal;
use crate::error::Problems;
use crate::file::{Columns, Fleet, SocUnit, TypeName, VisitRecord};
use crate::quantity::{Kwh, Pct, shown};
use crate::visits::PlacedRecord;
use csv::StringRecord;
use sim::{Depot, VehicleType, Visit};
use std::str::FromStr;

/// The columns of the format, in the order in which they are written.
const COLUMNS: [&str; 10] = [
    "visit",
    "vehicle",
    "vehicle_type",
    "arrival",
    "departure",
    "soc_arrival_pct",
    "target_soc_pct",
    "connector",
    "tier",
    "weight",
];
/// Indices into [`COLUMNS`].
const VISIT: usize = 0;
const VEHICLE: usize = 1;
const VEHICLE_TYPE: usize = 2;
const ARRIVAL: usize = 3;
const DEPARTURE: usize = 4;
const SOC_ARRIVAL: usize = 5;
const TARGET_SOC: usize = 6;
const CONNECTOR: usize = 7;
const TIER: usize = 8;
const WEIGHT: usize = 9;

/// How a file says what the format says.
pub(crate) struct Format<'a> {
    vehicle: Option<&'a str>,
    target_soc_pct: Option<Pct>,
    columns: Columns,
    soc_unit: SocUnit,
    types: &'a [TypeName],
    vehicle_types: &'a [VehicleType],
}

impl<'a> Format<'a> {
    /// The format that a fleet asks for.
    pub(crate) fn of(fleet: &'a Fleet, vehicle_types: &'a [VehicleType]) -> Self {
        match fleet {
            Fleet::Visits { csv: _, vehicle, target_soc_pct, columns, soc_unit, types } => Self {
                vehicle: vehicle.as_deref(),
                target_soc_pct: *target_soc_pct,
                columns: columns.clone(),
                soc_unit: *soc_unit,
                types,
                vehicle_types,
            },
            Fleet::Generated(_) | Fleet::Listed(_) => Self {
                vehicle: None,
                target_soc_pct: None,
                columns: Columns::default(),
                soc_unit: SocUnit::default(),
                types: &[],
                vehicle_types,
            },
        }
    }

    /// What the file calls each of [`COLUMNS`].
    fn names(&self) -> [&str; 10] {
        let columns = &self.columns;
        let said = [
            &columns.visit,
            &columns.vehicle,
            &columns.vehicle_type,
            &columns.arrival,
            &columns.departure,
            &columns.soc_arrival_pct,
            &columns.target_soc_pct,
            &columns.connector,
            &columns.tier,
            &columns.weight,
        ];
        std::array::from_fn(|index| said[index].as_deref().unwrap_or(COLUMNS[index]))
    }

    fn is_required(&self, column: usize) -> bool {
        match column {
            VEHICLE | ARRIVAL | DEPARTURE | SOC_ARRIVAL => true,
            VEHICLE_TYPE => self.vehicle.is_none(),
            TARGET_SOC => self.target_soc_pct.is_none(),
            _ => false,
        }
    }
}

/// Reads the rows of a visits CSV. Everything that is wrong is reported, with its line and column, and left out.
pub(crate) fn read(
    file: &str,
    text: &str,
    format: &Format<'_>,
    problems: &mut Problems,
) -> Vec<PlacedRecord> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // No cell of ours holds a line break, so a quote that is open at the end of a line was forgotten; the reader would silently take
    // the rest of the file for one cell.
    let is_open = |line: &&str| line.bytes().filter(|&byte| byte == b'"').count() % 2 == 1;
    if let Some(index) = text.lines().position(|line| is_open(&line)) {
        problems.add_in_file(
            file,
            Some(index as u64 + 1),
            "",
            "a quote is left open (each cell ends on its line)",
        );
        return Vec::new();
    }
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = match reader.headers() {
        Ok(header) if !(header.is_empty() || header.len() == 1 && header[0].is_empty()) => header.clone(),
        _ => {
            problems.add_in_file(
                file,
                None,
                "",
                format!("the file is empty (a line of column names: {})", COLUMNS.join(",")),
            );
            return Vec::new();
        }
    };
    let Some(layout) = Layout::of(file, &header, format, problems) else { return Vec::new() };
    let mut rows = Vec::new();
    for result in reader.records() {
        let record = match result {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map(csv::Position::line);
                problems.add_in_file(
                    file,
                    line,
                    "",
                    format!("the row cannot be read: {}", shown(&error.to_string())),
                );
                continue;
            }
        };
        let line = record.position().map(csv::Position::line);
        if record.len() != header.len() {
            let message = format!("the row has {} cells (the header has {})", record.len(), header.len());
            problems.add_in_file(file, line, "", message);
            continue;
        }
        let mut row = Row { file, line, record: &record, layout: &layout, problems, is_sound: true };
        rows.extend(row.visit(format).map(|record| PlacedRecord { record, line }));
    }
    rows
}

/// Where each column stands in the file.
struct Layout<'a> {
    names: [&'a str; 10],
    at: [Option<usize>; 10],
    battery: Option<(&'a str, usize)>,
}

impl<'a> Layout<'a> {
    fn of(
        file: &str,
        header: &StringRecord,
        format: &'a Format<'_>,
        problems: &mut Problems,
    ) -> Option<Self> {
        let mut is_sound = true;
        let mut note = |column: &str, message: String| {
            problems.add_in_file(file, Some(1), &shown(column), message);
            is_sound = false;
        };
        let names = format.names();
        let battery = format.columns.battery_kwh.as_deref();
        for (index, name) in header.iter().enumerate() {
            if header.iter().take(index).any(|other| other == name) {
                note(name, "the column stands twice (each at most once)".into());
            }
            let is_ignored = format.columns.ignored.iter().any(|ignored| ignored == name);
            if !(names.contains(&name) || battery == Some(name) || is_ignored) {
                note(name, "unknown column (name it in `columns`, or in its `ignored` list)".into());
            }
        }
        let find = |name: &str| header.iter().position(|candidate| candidate == name);
        let at = names.map(find);
        let is_named = |column: usize| names[column] != COLUMNS[column];
        for column in 0..COLUMNS.len() {
            if at[column].is_none() && (format.is_required(column) || is_named(column)) {
                let remedy = match column {
                    VEHICLE_TYPE => "or say `vehicle` in the fleet",
                    TARGET_SOC => "or say `target_soc_pct` in the fleet",
                    _ => "or say in `columns` what the file calls it",
                };
                note(names[column], format!("the column is missing (add it, {remedy})"));
            }
        }
        let battery_at = battery.and_then(|name| find(name).map(|at| (name, at)));
        if let (Some(name), None) = (battery, battery_at) {
            note(name, "the column is missing (add it, or leave `battery_kwh` out of `columns`)".into());
        }
        is_sound.then_some(Self { names, at, battery: battery_at })
    }
}

/// One row while it is read.
struct Row<'a> {
    file: &'a str,
    line: Option<u64>,
    record: &'a StringRecord,
    layout: &'a Layout<'a>,
    problems: &'a mut Problems,
    is_sound: bool,
}

impl<'a> Row<'a> {
    fn visit(&mut self, format: &Format<'_>) -> Option<VisitRecord> {
        // Every cell is read before any is missed, so that one pass reports all that is wrong with a row.
        let vehicle = self.required(VEHICLE, |text| Ok(text.to_owned()));
        let vehicle_type = self.vehicle_type(format);
        let arrival = self.required(ARRIVAL, FromStr::from_str);
        let departure = self.required(DEPARTURE, FromStr::from_str);
        let soc_arrival_pct = self.required(SOC_ARRIVAL, |text| soc(text, format.soc_unit));
        let target_soc_pct = match (self.cell(TARGET_SOC), format.target_soc_pct) {
            (None, Some(target)) => Some(target),
            _ => self.required(TARGET_SOC, |text| soc(text, format.soc_unit)),
        };
        let tier = self.optional(TIER, FromStr::from_str);
        let weight = self.optional(WEIGHT, FromStr::from_str);
        self.check_battery(&vehicle_type, format);
        if !self.is_sound {
            return None;
        }
        Some(VisitRecord {
            visit: self.cell(VISIT).map(str::to_owned),
            vehicle: vehicle?,
            vehicle_type,
            arrival: arrival?,
            departure: departure?,
            soc_arrival_pct: soc_arrival_pct?,
            target_soc_pct: target_soc_pct?,
            connector: self.cell(CONNECTOR).map(str::to_owned),
            tier: tier.unwrap_or_default(),
            weight,
        })
    }

    /// The id of the row's vehicle type: what the file's name for it means, or the name itself.
    fn vehicle_type(&mut self, format: &Format<'_>) -> String {
        let name = match (self.cell(VEHICLE_TYPE), format.vehicle) {
            (None, Some(vehicle)) => return vehicle.to_owned(),
            _ => self.required(VEHICLE_TYPE, |text| Ok(text.to_owned())).unwrap_or_default(),
        };
        match format.types.iter().find(|known| known.r#match == name) {
            Some(known) => known.vehicle.clone(),
            None => name,
        }
    }

    /// A row that says another battery than its type has would charge differently from what it says.
    fn check_battery(&mut self, type_id: &str, format: &Format<'_>) {
        let Some((column, at)) = self.layout.battery else { return };
        let vehicle_type = format.vehicle_types.iter().find(|candidate| candidate.id == type_id);
        match (self.record[at].parse::<Kwh>(), vehicle_type) {
            (Err(message), _) => self.note(column, message),
            (Ok(battery), Some(vehicle_type)) if battery.joules() != vehicle_type.battery_j => {
                let (id, wh) = (&vehicle_type.id, vehicle_type.battery_j / 3600);
                let kwh = decimal::format(wh as i64, 3);
                self.note(
                    column,
                    format!(
                        "{battery} kWh is not the battery of \"{id}\" ({kwh} kWh; add a vehicle type for it)"
                    ),
                );
            }
            _ => {}
        }
    }

    /// The cell, unless it is empty or its column is not there.
    fn cell(&self, column: usize) -> Option<&'a str> {
        let record: &'a StringRecord = self.record;
        record.get(self.layout.at[column]?).filter(|cell| !cell.is_empty())
    }

    fn required<T>(&mut self, column: usize, read: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        if self.cell(column).is_none() {
            self.note(self.layout.names[column], "the cell is empty (a value is needed)".into());
        }
        self.optional(column, read)
    }

    fn optional<T>(&mut self, column: usize, read: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        match read(self.cell(column)?) {
            Ok(value) => Some(value),
            Err(message) => {
                self.note(self.layout.names[column], message);
                None
            }
        }
    }

    fn note(&mut self, column: &str, message: String) {
        self.is_sound = false;
        self.problems.add_in_file(self.file, self.line, &shown(column), message);
    }
}

fn soc(text: &str, unit: SocUnit) -> Result<Pct, String> {
    match unit {
        SocUnit::Percent => text.parse(),
        SocUnit::Fraction => Pct::read_fraction(text),
    }
}

/// Writes visits so that reading them back gives the same visits.
///
/// An energy is written as the state of charge, in millionths, from which it is computed; where an energy is none of these, the
/// next one below is meant.
pub(crate) fn write(depot: &Depot, calendar: &Calendar, visits: &[Visit]) -> String {
    let mut text = COLUMNS.join(",");
    text.push('\n');
    for visit in visits {
        let vehicle_type = &depot.vehicle_types[visit.vehicle_type as usize];
        let soc_pct =
            |energy_j| decimal::format_fixed(i64::from(soc_ppm(vehicle_type.battery_j, energy_j)), 4);
        let connector = visit.connector.map_or("", |connector| depot.site[connector as usize].id.as_str());
        let weight = if visit.weight == 0 { String::new() } else { visit.weight.to_string() };
        let cells = [
            visit.id.clone(),
            visit.vehicle.clone(),
            vehicle_type.id.clone(),
            calendar.moment(visit.arrival_s).to_string(),
            calendar.moment(visit.departure_s).to_string(),
            soc_pct(visit.arrival_energy_j),
            soc_pct(visit.target_energy_j),
            connector.to_owned(),
            visit.tier.to_string(),
            weight,
        ];
        // Ids, times and numbers need no quotes.
        text.push_str(&cells.join(","));
        text.push('\n');
    }
    text
}

/// The least state of charge whose energy, rounded down, is this one: `ceil(energy * 10^6 / battery)`.
fn soc_ppm(battery_j: u64, energy_j: u64) -> u32 {
    let share = (u128::from(energy_j) * 1_000_000).div_ceil(u128::from(battery_j.max(1)));
    share.min(1_000_000) as u32
}
