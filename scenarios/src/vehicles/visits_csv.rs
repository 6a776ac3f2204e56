//! Visits as CSV: one row per visit, read with whatever names its columns have, written in the form that is read back exactly.

use crate::error::Problems;
use crate::format::file::{Columns, Fleet, SocUnit, TimeFormat, TypeName, VisitRecord};
use crate::scenario::{STEP_MAX_S, out_of_bounds};
use crate::text::table::{Cells, Flaw, Layout, Table};
use crate::values::clock::{Calendar, Moment, Span, TIME_FROM_START_MAX_S, When};
use crate::values::decimal;
use crate::values::quantity::{Kwh, Pct, shown};
use crate::vehicles::demand_signal::DemandTold;
use crate::vehicles::visits::{ExactEnergies, PlacedRecord};
use sim::{Depot, VehicleType, Visit};
use std::str::FromStr;

/// The columns of the format, in the order in which they are written.
const COLUMNS: [&str; COLUMN_COUNT] = [
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
    "energy_kwh",
    "needs_kwh",
    "plug_in_delay",
    "home",
    "told_departure",
    "unplugged",
    "no_show",
    "precondition_kw",
    "precondition_time",
    "demand_signal",
    "arrival_energy_j",
    "target_energy_j",
];
const COLUMN_COUNT: usize = 22;
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
const ENERGY: usize = 10;
const NEEDS: usize = 11;
const PLUG_IN_DELAY: usize = 12;
const HOME: usize = 13;
const TOLD_DEPARTURE: usize = 14;
const UNPLUGGED: usize = 15;
const NO_SHOW: usize = 16;
const PRECONDITION_KW: usize = 17;
const PRECONDITION_TIME: usize = 18;
const DEMAND_SIGNAL: usize = 19;
const ARRIVAL_ENERGY: usize = 20;
const TARGET_ENERGY: usize = 21;
/// The column that is read if `columns` says what it is called, and is never written.
const BATTERY: usize = COLUMN_COUNT;
/// Columns up to here are always written, and those after it where a visit needs them.
const WRITTEN_ALWAYS: usize = 10;

/// How a file says what the format says.
pub(crate) struct Format<'a> {
    vehicle: Option<&'a str>,
    vehicle_ids: Option<&'a str>,
    target_soc_pct: Option<Pct>,
    columns: Columns,
    time: TimeFormat,
    soc_unit: SocUnit,
    types: &'a [TypeName],
    vehicle_types: &'a [VehicleType],
    calendar: &'a Calendar,
}

impl<'a> Format<'a> {
    /// The format that a fleet asks for.
    pub(crate) fn of(fleet: &'a Fleet, vehicle_types: &'a [VehicleType], calendar: &'a Calendar) -> Self {
        match fleet {
            Fleet::Visits {
                csv: _,
                vehicle,
                vehicle_ids,
                target_soc_pct,
                columns,
                time,
                soc_unit,
                types,
            } => Self {
                vehicle: vehicle.as_deref(),
                vehicle_ids: vehicle_ids.as_deref(),
                target_soc_pct: *target_soc_pct,
                columns: columns.clone(),
                time: *time,
                soc_unit: *soc_unit,
                types,
                vehicle_types,
                calendar,
            },
            Fleet::Generated(_) | Fleet::Listed(_) => Self {
                vehicle: None,
                vehicle_ids: None,
                target_soc_pct: None,
                columns: Columns::default(),
                time: TimeFormat::default(),
                soc_unit: SocUnit::default(),
                types: &[],
                vehicle_types,
                calendar,
            },
        }
    }

    /// What the file calls a column of the format.
    pub(crate) fn called<'n>(&'n self, column: &'n str) -> &'n str {
        let position = COLUMNS.iter().position(|name| *name == column);
        position.map_or(column, |position| self.names()[position])
    }

    /// What the file calls each of [`COLUMNS`].
    fn names(&self) -> [&str; COLUMN_COUNT] {
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
            &columns.energy_kwh,
            &columns.needs_kwh,
            &columns.plug_in_delay,
            &columns.home,
            &columns.told_departure,
            &columns.unplugged,
            &columns.no_show,
            &columns.precondition_kw,
            &columns.precondition_time,
            &columns.demand_signal,
            &columns.arrival_energy_j,
            &columns.target_energy_j,
        ];
        std::array::from_fn(|index| said[index].as_deref().unwrap_or(COLUMNS[index]))
    }

    /// Whether a file with these columns must have this one too; `has` tells which it has.
    fn is_required(&self, column: usize, has: impl Fn(usize) -> bool) -> bool {
        match column {
            ARRIVAL | DEPARTURE => true,
            VEHICLE => self.vehicle_ids.is_none(),
            SOC_ARRIVAL => !has(ENERGY) && !has(ARRIVAL_ENERGY),
            VEHICLE_TYPE => self.vehicle.is_none(),
            TARGET_SOC => self.target_soc_pct.is_none() && !has(ENERGY) && !has(TARGET_ENERGY),
            _ => false,
        }
    }

    /// Why ticks cannot be of this length; `None` where nothing is wrong with it.
    pub(crate) fn step_problem(&self) -> Option<String> {
        match self.time {
            TimeFormat::Clock => None,
            TimeFormat::Ticks { step, .. } => out_of_bounds(step, 1, STEP_MAX_S),
        }
    }

    /// A time, as the file writes them.
    fn when(&self, text: &str) -> Result<When, String> {
        let TimeFormat::Ticks { step, from } = self.time else { return text.parse() };
        let ticks: u32 = text.parse().map_err(|_| {
            format!("\"{}\" is not a number of ticks (a whole number of {step} from 0 on)", shown(text))
        })?;
        let start = self.calendar.start();
        let from = from.unwrap_or(start);
        let unix_s = i64::from(ticks)
            .checked_mul(i64::from(step.s()))
            .and_then(|after_s| from.unix_s.checked_add(after_s))
            .filter(|unix_s| unix_s.abs_diff(start.unix_s) <= TIME_FROM_START_MAX_S.unsigned_abs());
        match unix_s {
            Some(unix_s) => Ok(When::At(Moment { unix_s, utc_offset_s: from.utc_offset_s })),
            None => {
                Err(format!("{ticks} ticks of {step} are more than ten years from the start \"{start}\""))
            }
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
    let table = match Table::open(text, &COLUMNS) {
        Ok(table) => table,
        Err(Flaw { at, message }) => {
            problems.add_in_file(file, Some(at.start), "", message);
            return Vec::new();
        }
    };
    let Some(columns) = columns(file, &table, format, problems) else { return Vec::new() };
    let mut rows = Vec::new();
    for (number, row) in (1..).zip(table.rows()) {
        match row {
            Err(Flaw { at, message }) => problems.add_in_file(file, Some(at.start), "", message),
            Ok(row) => {
                let cells = Cells::of(file, &row, &columns, problems);
                rows.extend(Row { cells, number }.visit(format));
            }
        }
    }
    rows
}

/// Where each column stands; `None` where the header cannot be used.
fn columns<'a>(
    file: &str,
    table: &Table<'_>,
    format: &'a Format<'_>,
    problems: &mut Problems,
) -> Option<Layout<'a>> {
    let mut is_sound = true;
    let mut note = |column: &str, message: String| {
        problems.add_in_file(file, None, &shown(column), message);
        is_sound = false;
    };
    let unknown = |name: &str, meant: Option<&str>| {
        if format.columns.ignored.iter().any(|ignored| ignored == name) {
            return None;
        }
        let called = shown(name);
        let remedy = match meant {
            Some(meant) => format!("did you mean `{meant}`? or say in the fleet"),
            None => format!(
                "columns are {}; say in the fleet `columns: (NAME: \"{called}\")`, with the name of the one that it is, or",
                COLUMNS.join(", ")
            ),
        };
        Some(format!("unknown column ({remedy} `columns: (ignored: [\"{called}\"])`, to leave it unread)"))
    };
    let names = format.names().into_iter().chain(format.columns.battery_kwh.as_deref()).collect();
    let columns = Layout::of(&table.header, names, unknown, &mut |cell, message| note(&cell.text, message));
    let is_named = |column: usize| columns.names[column] != COLUMNS[column];
    for column in 0..COLUMN_COUNT {
        let is_required = format.is_required(column, |other| columns.has(other));
        if !columns.has(column) && (is_required || is_named(column)) {
            let called =
                format!("say in the fleet what the file calls it, `columns: ({}: \"...\")`", COLUMNS[column]);
            let remedy = match column {
                VEHICLE_TYPE => "or say `vehicle` in the fleet".to_owned(),
                TARGET_SOC => "or say `target_soc_pct` in the fleet".to_owned(),
                VEHICLE => format!("or {called}, or name vehicles by `vehicle_ids: \"bus-{{n}}\"`"),
                _ => format!("or {called}"),
            };
            note(columns.names[column], format!("the column is missing (add it, {remedy})"));
        }
    }
    if columns.at.get(BATTERY) == Some(&None) {
        let message = "the column is missing (add it, or leave `battery_kwh` out of `columns`)";
        note(columns.names[BATTERY], message.into());
    }
    is_sound.then_some(columns)
}

/// One row while it is read.
struct Row<'a> {
    cells: Cells<'a>,
    /// The row's number, from 1.
    number: u32,
}

impl Row<'_> {
    fn visit(mut self, format: &Format<'_>) -> Option<PlacedRecord> {
        // Every cell is read before any is missed, so that one pass reports all that is wrong with a row.
        let vehicle = match (self.cells.cell(VEHICLE), format.vehicle_ids) {
            (None, Some(template)) => Some(template.replace("{n}", &self.number.to_string())),
            _ => self.cells.required(VEHICLE, |text| Ok(text.to_owned())),
        };
        let vehicle_type = self.vehicle_type(format);
        let arrival = self.cells.required(ARRIVAL, |text| format.when(text));
        let departure = self.cells.required(DEPARTURE, |text| format.when(text));
        let exact = ExactEnergies {
            arrival_j: self.cells.optional(ARRIVAL_ENERGY, joules),
            target_j: self.cells.optional(TARGET_ENERGY, joules),
            asked_j: self.cells.optional(ENERGY, Kwh::read_joules),
        };
        for (share, energy) in [(SOC_ARRIVAL, ARRIVAL_ENERGY), (TARGET_SOC, TARGET_ENERGY)] {
            if self.cells.cell(share).is_some() && self.cells.cell(energy).is_some() {
                let message =
                    format!("`{}` says it too (leave one of the two empty)", format.called(COLUMNS[energy]));
                self.cells.note(share, message);
            }
        }
        let is_energy_said = |column| self.cells.cell(column).is_some();
        let (asks, has_arrival, has_target) =
            (is_energy_said(ENERGY), is_energy_said(ARRIVAL_ENERGY), is_energy_said(TARGET_ENERGY));
        let share = |text: &str| soc(text, format.soc_unit);
        let soc_arrival_pct = self.required_unless(asks || has_arrival, SOC_ARRIVAL, share);
        let target_soc_pct = match (self.cells.cell(TARGET_SOC), format.target_soc_pct) {
            (None, Some(target)) if !(asks || has_target) => Some(target),
            _ => self.required_unless(asks || has_target, TARGET_SOC, share),
        };
        let tier = self.cells.optional(TIER, FromStr::from_str);
        let weight = self.cells.optional(WEIGHT, FromStr::from_str);
        let needs_kwh = self.cells.optional(NEEDS, FromStr::from_str);
        let plug_in_delay = self.cells.optional(PLUG_IN_DELAY, FromStr::from_str);
        let told_departure = self.cells.optional(TOLD_DEPARTURE, |text| format.when(text));
        let unplugged = self.cells.optional(UNPLUGGED, |text| format.when(text));
        let no_show = self.cells.optional(NO_SHOW, true_or_false);
        let precondition_kw = self.cells.optional(PRECONDITION_KW, FromStr::from_str);
        let precondition_time = self.cells.optional(PRECONDITION_TIME, FromStr::from_str);
        let demand_signal = self.cells.optional(DEMAND_SIGNAL, FromStr::from_str);
        self.check_battery(&vehicle_type, format);
        if !self.cells.is_sound {
            return None;
        }
        let record = VisitRecord {
            visit: self.cells.cell(VISIT).map(str::to_owned),
            vehicle: vehicle?,
            vehicle_type,
            arrival: arrival?,
            departure: departure?,
            told_departure,
            unplugged,
            no_show: no_show.unwrap_or(false),
            precondition_kw,
            precondition_time,
            demand_signal,
            soc_arrival_pct,
            target_soc_pct,
            energy_kwh: None,
            needs_kwh,
            plug_in_delay,
            connector: self.cells.cell(CONNECTOR).map(str::to_owned),
            home: self.cells.cell(HOME).map(str::to_owned),
            tier: tier.unwrap_or_default(),
            weight,
        };
        Some(PlacedRecord { record, row: Some(self.cells.row.at.start), exact })
    }

    /// The id of the row's vehicle type: what the file's name for it means, or the name itself.
    fn vehicle_type(&mut self, format: &Format<'_>) -> String {
        let name = match (self.cells.cell(VEHICLE_TYPE), format.vehicle) {
            (None, Some(vehicle)) => return vehicle.to_owned(),
            _ => self.cells.required(VEHICLE_TYPE, |text| Ok(text.to_owned())).unwrap_or_default(),
        };
        match format.types.iter().find(|known| known.r#match == name) {
            Some(known) => known.vehicle.clone(),
            None => name,
        }
    }

    /// A row that says another battery than its type has would charge differently from what it says.
    fn check_battery(&mut self, type_id: &str, format: &Format<'_>) {
        let Some(text) = self.cells.columns.at.get(BATTERY).and_then(|_| self.cells.cell(BATTERY)) else {
            return;
        };
        let vehicle_type = format.vehicle_types.iter().find(|candidate| candidate.id == type_id);
        match (text.parse::<Kwh>(), vehicle_type) {
            (Err(message), _) => self.cells.note(BATTERY, message),
            (Ok(battery), Some(vehicle_type)) if battery.joules() != vehicle_type.battery_j => {
                let (id, wh) = (&vehicle_type.id, vehicle_type.battery_j / 3600);
                let kwh = decimal::format(wh as i64, 3);
                self.cells.note(
                    BATTERY,
                    format!(
                        "{battery} kWh is not the battery of \"{id}\" ({kwh} kWh; add a vehicle type for it)"
                    ),
                );
            }
            _ => {}
        }
    }

    fn required_unless<T>(
        &mut self,
        is_said_otherwise: bool,
        column: usize,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        match is_said_otherwise {
            true => self.cells.optional(column, read),
            false => self.cells.required(column, read),
        }
    }
}

fn true_or_false(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| format!("\"{}\" is not allowed here (true or false)", shown(text)))
}

fn joules(text: &str) -> Result<u64, String> {
    text.parse().ok().filter(|&energy_j| energy_j <= 360_000_000_000).ok_or_else(|| {
        format!("\"{}\" is not an energy in joules (a whole number up to 360000000000)", shown(text))
    })
}

fn soc(text: &str, unit: SocUnit) -> Result<Pct, String> {
    match unit {
        SocUnit::Percent => text.parse(),
        SocUnit::Fraction => Pct::read_fraction(text),
    }
}

/// Writes visits so that reading them back gives the same visits.
///
/// An energy is written as the state of charge, in millionths, from which it is computed; where it is computed from none, in joules.
/// Columns that say nothing of any visit are left out.
pub(crate) fn write(depot: &Depot, calendar: &Calendar, visits: &[Visit]) -> String {
    let rows: Vec<[String; COLUMN_COUNT]> =
        visits.iter().map(|visit| cells(depot, calendar, visit)).collect();
    let is_written =
        |column: &usize| *column < WRITTEN_ALWAYS || rows.iter().any(|cells| !cells[*column].is_empty());
    let written: Vec<usize> = (0..COLUMN_COUNT).filter(is_written).collect();
    let line = |cell: &dyn Fn(usize) -> String| {
        // Ids, times and numbers need no quotes.
        written.iter().map(|&column| cell(column)).collect::<Vec<_>>().join(",") + "\n"
    };
    let mut text = line(&|column| COLUMNS[column].to_owned());
    for cells in &rows {
        text.push_str(&line(&|column| cells[column].clone()));
    }
    text
}

fn cells(depot: &Depot, calendar: &Calendar, visit: &Visit) -> [String; COLUMN_COUNT] {
    let vehicle_type = &depot.vehicle_types[visit.vehicle_type as usize];
    let battery_j = vehicle_type.battery_j;
    let soc_pct = |share_ppm: Option<u32>| {
        share_ppm.map_or(String::new(), |ppm| decimal::format_fixed(i64::from(ppm), 4))
    };
    let exact_j =
        |share_ppm: Option<u32>, energy_j: u64| share_ppm.map_or(energy_j.to_string(), |_| String::new());
    let id = |position: Option<u32>| {
        position.map_or(String::new(), |position| depot.site[position as usize].id.clone())
    };
    let arrival_ppm = soc_ppm(battery_j, visit.arrival_energy_j);
    let target_ppm = soc_ppm(battery_j, visit.target_energy_j);
    let weight = if visit.weight == 0 { String::new() } else { visit.weight.to_string() };
    // Needs come in whole watt hours.
    let needs_kwh = match visit.ready_energy_j == visit.target_energy_j {
        true => String::new(),
        false => decimal::format_fixed((visit.ready_energy_j / 3_600) as i64, 3),
    };
    let delay = match visit.plug_in_delay_s {
        0 => String::new(),
        delay_s => Span::from_s(delay_s).to_string(),
    };
    let conduct = &visit.conduct;
    let moment = |at_s: Option<i64>| at_s.map_or(String::new(), |at_s| calendar.moment(at_s).to_string());
    let (precondition_kw, precondition_time) = match (conduct.precondition_w, conduct.precondition_s) {
        (0, 0) => (String::new(), String::new()),
        (power_w, time_s) => (decimal::format_fixed(i64::from(power_w), 3), Span::from_s(time_s).to_string()),
    };
    [
        visit.id.clone(),
        visit.vehicle.clone(),
        vehicle_type.id.clone(),
        calendar.moment(visit.arrival_s).to_string(),
        calendar.moment(visit.departure_s).to_string(),
        soc_pct(arrival_ppm),
        soc_pct(target_ppm),
        id(visit.connector),
        visit.tier.to_string(),
        weight,
        String::new(),
        needs_kwh,
        delay,
        id(visit.home),
        moment(conduct.told_departure_s),
        moment(conduct.unplugged_s),
        if conduct.is_no_show { "true".to_owned() } else { String::new() },
        precondition_kw,
        precondition_time,
        conduct.demand_signal.map_or(String::new(), |signal| DemandTold::from(signal).to_string()),
        exact_j(arrival_ppm, visit.arrival_energy_j),
        exact_j(target_ppm, visit.target_energy_j),
    ]
}

/// The least state of charge whose energy, rounded down, is this one: `ceil(energy * 10^6 / battery)`; `None` where there is none.
fn soc_ppm(battery_j: u64, energy_j: u64) -> Option<u32> {
    let share_ppm = (u128::from(energy_j) * 1_000_000).div_ceil(u128::from(battery_j.max(1)));
    let share_ppm = share_ppm.min(1_000_000) as u32;
    (crate::vehicles::visits::energy_j(battery_j, share_ppm) == energy_j).then_some(share_ppm)
}
