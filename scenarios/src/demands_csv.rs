//! Demands that were measured at a depot elsewhere: a CSV file with a row for each change.
//!
//! | column | what |
//! |---|---|
//! | `time` | from when, as everywhere in scenarios: RFC 3339, `16:30`, `d2 04:30`; within the run |
//! | `connector` | the connector's id (a charge point's, where it has no connectors) |
//! | `demand_kw` | what its vehicle asked for from then on, until the connector's next row; 0 for nothing |
//! | `setpoint_kw` | what was set for it then, where it was recorded |
//! | `measured_kw` | what it drew, where it was recorded |
//! | `min_power_kw`, `departure`, `tier`, `weight` | what the request said beside; the connector's own where they are empty |

use crate::csv_text::{self, OPEN_QUOTE, count_problem, is_open};
use crate::derive::Positions;
use crate::draft::ReadText;
use crate::error::{Problems, ScenarioError};
use crate::quantity::{LeafKw, Tier, Weight, shown};
use crate::scenario::Scenario;
use crate::source::Sources;
use crate::tree::{Node, Range, Value};
use csv::StringRecord;
use sim::{DemandStep, Site};
use std::collections::BTreeSet;
use std::str::FromStr;

/// The columns, the required ones first.
pub const DEMAND_COLUMNS: [&str; 9] = [
    "time",
    "connector",
    "demand_kw",
    "setpoint_kw",
    "measured_kw",
    "min_power_kw",
    "departure",
    "tier",
    "weight",
];
const REQUIRED: usize = 3;

/// A demand with what was recorded beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordedDemand {
    /// The demand.
    pub step: DemandStep,
    /// What was set \[W\].
    pub setpoint_w: Option<u32>,
    /// What was drawn \[W\].
    pub measured_w: Option<u32>,
}

/// Reads demands for a scenario's connectors, in order of time; `file` is their name in messages.
///
/// # Errors
/// Every row that cannot be used, each with its line and column.
pub fn read_demands(
    file: &str,
    text: &str,
    scenario: &Scenario,
) -> Result<Vec<RecordedDemand>, ScenarioError> {
    let mut problems = Problems::new();
    let mut demands = read(file, text, scenario, &mut problems);
    if problems.is_empty() {
        demands.sort_by_key(|demand| demand.step.at_s);
        return Ok(demands);
    }
    let mut sources = Sources::default();
    let range = Range { source: sources.add(file, text), start: 0, end: 0 };
    let root = Node { range, value: Value::Unit }.into();
    let read = ReadText { sources, root, set: Vec::new(), faults: Vec::new() };
    Err(read
        .error(None, &Problems::new(), &problems, "")
        .unwrap_or_else(|| ScenarioError::of_file(file, None, "it cannot be used")))
}

fn read(file: &str, text: &str, scenario: &Scenario, problems: &mut Problems) -> Vec<RecordedDemand> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if let Some(index) = text.lines().position(is_open) {
        problems.add_in_file(file, Some(index as u64 + 1), "", OPEN_QUOTE);
        return Vec::new();
    }
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = reader.headers().cloned().unwrap_or_default();
    let Some(at) = layout(file, &header, problems) else { return Vec::new() };
    let depot = scenario.depot();
    let site = Site::of(depot);
    let context = Context { scenario, site: &site, positions: Positions::of(&depot.site, &[]) };
    let mut taken = BTreeSet::new();
    let mut demands = Vec::new();
    for result in reader.records() {
        let record = match result {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map(csv::Position::line);
                let message = format!("the row cannot be read: {}", shown(&error.to_string()));
                problems.add_in_file(file, line, "", message);
                continue;
            }
        };
        let line = record.position().map(csv::Position::line);
        if record.len() != header.len() {
            let message = count_problem(record.len(), header.len());
            problems.add_in_file(file, line, "", message);
            continue;
        }
        let mut row = Row { file, line, record: &record, at: &at, problems, is_sound: true };
        let Some(demand) = row.demand(&context) else { continue };
        if !taken.insert((demand.step.connector, demand.step.at_s)) {
            row.note("time", "the connector has a row for this time already (one at most)".to_owned());
        }
        demands.push(demand);
    }
    if demands.is_empty() && problems.is_empty() {
        problems.add_in_file(file, None, "", "there are no rows (at least one)");
    }
    demands
}

/// Where each column stands; `None` where the header cannot be used.
fn layout(
    file: &str,
    header: &StringRecord,
    problems: &mut Problems,
) -> Option<[Option<usize>; DEMAND_COLUMNS.len()]> {
    let mut is_sound = true;
    let mut note = |column: &str, message: &str| {
        problems.add_in_file(file, Some(1), &shown(column), message);
        is_sound = false;
    };
    if let Some(message) = csv_text::too_wide(header.len()) {
        note("", &message);
        return None;
    }
    for (index, name) in header.iter().enumerate() {
        if header.iter().take(index).any(|other| other == name) {
            note(name, "the column stands twice (each at most once)");
        } else if !DEMAND_COLUMNS.contains(&name) {
            note(name, &format!("unknown column (columns are {})", DEMAND_COLUMNS.join(", ")));
        }
    }
    let at = DEMAND_COLUMNS.map(|name| header.iter().position(|column| column == name));
    for column in 0..REQUIRED {
        if at[column].is_none() {
            note(DEMAND_COLUMNS[column], "the column is missing (time, connector and demand_kw are needed)");
        }
    }
    is_sound.then_some(at)
}

struct Context<'a> {
    scenario: &'a Scenario,
    site: &'a Site,
    positions: Positions<'a>,
}

struct Row<'a> {
    file: &'a str,
    line: Option<u64>,
    record: &'a StringRecord,
    at: &'a [Option<usize>; DEMAND_COLUMNS.len()],
    problems: &'a mut Problems,
    is_sound: bool,
}

impl Row<'_> {
    fn demand(&mut self, context: &Context<'_>) -> Option<RecordedDemand> {
        let (depot, calendar) = (context.scenario.depot(), context.scenario.calendar());
        let at_s = self.required("time", |text| {
            let at_s = calendar.resolve(text.parse()?, 0)?;
            match (0..depot.duration_s() as i64).contains(&at_s) {
                true => Ok(at_s),
                false => {
                    let (start, end) = (calendar.moment(0), calendar.moment(depot.duration_s() as i64));
                    let text = shown(text);
                    Err(format!("\"{text}\" is outside the run (from \"{start}\", before \"{end}\")"))
                }
            }
        });
        let connector = self.required("connector", |text| {
            let position = context.positions.node(text)?;
            match context.site.connectors.contains(&position) {
                true => Ok(position),
                false => {
                    Err(format!("\"{}\" is no connector (vehicles are plugged in below it)", shown(text)))
                }
            }
        });
        let kw = |text: &str| LeafKw::from_str(text).map(LeafKw::w);
        let demand_w = self.required("demand_kw", kw);
        let setpoint_w = self.optional("setpoint_kw", kw);
        let measured_w = self.optional("measured_kw", kw);
        let min_w = self.optional("min_power_kw", kw);
        let departs_s =
            self.optional("departure", |text| calendar.resolve(text.parse()?, at_s.unwrap_or_default()));
        let tier = self.optional("tier", Tier::from_str);
        let weight = self.optional("weight", Weight::from_str);
        if !self.is_sound {
            return None;
        }
        let step = DemandStep {
            at_s: at_s?,
            connector: connector?,
            demand_w: demand_w?,
            min_w,
            departs_s,
            tier: tier.unwrap_or_default().get(),
            weight: weight.map(Weight::get),
        };
        Some(RecordedDemand { step, setpoint_w, measured_w })
    }

    fn required<T>(&mut self, column: &str, read: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        if self.cell(column).is_none() {
            self.note(column, "the cell is empty (a value is needed)".to_owned());
        }
        self.optional(column, read)
    }

    fn optional<T>(&mut self, column: &str, read: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        match read(self.cell(column)?) {
            Ok(value) => Some(value),
            Err(message) => {
                self.note(column, message);
                None
            }
        }
    }

    fn cell(&self, column: &str) -> Option<&str> {
        let index = DEMAND_COLUMNS.iter().position(|name| *name == column)?;
        self.record.get(self.at[index]?).filter(|cell| !cell.is_empty())
    }

    fn note(&mut self, column: &str, message: String) {
        self.is_sound = false;
        self.problems.add_in_file(self.file, self.line, column, message);
    }
}
