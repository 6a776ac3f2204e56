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

use crate::draft::ReadText;
use crate::error::{Problems, ScenarioError};
use crate::scenario::Scenario;
use crate::site::derive::Positions;
use crate::text::source::Sources;
use crate::text::table::{Cells, Flaw, Layout, Table};
use crate::text::tree::decode_error::did_you_mean;
use crate::text::tree::{Node, Range, Value};
use crate::values::decimal;
use crate::values::quantity::{LeafKw, Tier, Weight, shown};
use sim::DemandStep;
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
/// Indices into [`DEMAND_COLUMNS`].
const TIME: usize = 0;
const CONNECTOR: usize = 1;
const DEMAND: usize = 2;
const SETPOINT: usize = 3;
const MEASURED: usize = 4;
const MIN_POWER: usize = 5;
const DEPARTURE: usize = 6;
const TIER: usize = 7;
const WEIGHT: usize = 8;

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
    let table = match Table::open(text, &DEMAND_COLUMNS) {
        Ok(table) => table,
        Err(Flaw { at, message }) => {
            problems.add_in_file(file, Some(at.start), "", message);
            return Vec::new();
        }
    };
    let Some(columns) = columns(file, &table, problems) else { return Vec::new() };
    let depot = scenario.depot();
    let context = Context { scenario, positions: Positions::of(&depot.site, &[]) };
    let mut taken = BTreeSet::new();
    let mut demands = Vec::new();
    for row in table.rows() {
        match row {
            Err(Flaw { at, message }) => problems.add_in_file(file, Some(at.start), "", message),
            Ok(row) => {
                let mut cells = Cells::of(file, &row, &columns, problems);
                let Some(demand) = demand(&mut cells, &context) else { continue };
                if !taken.insert((demand.step.connector, demand.step.at_s)) {
                    cells.note(TIME, "the connector has a row for this time already (one at most)");
                }
                demands.push(demand);
            }
        }
    }
    if demands.is_empty() && problems.is_empty() {
        problems.add_in_file(file, None, "", "there are no rows (at least one)");
    }
    demands
}

/// Where each column stands; `None` where the header cannot be used.
fn columns(file: &str, table: &Table<'_>, problems: &mut Problems) -> Option<Layout<'static>> {
    let mut is_sound = true;
    let mut note = |column: &str, message: String| {
        problems.add_in_file(file, None, &shown(column), message);
        is_sound = false;
    };
    let unknown = |name: &str, _: Option<&str>| {
        Some(format!("unknown column ({})", did_you_mean(name, &DEMAND_COLUMNS)))
    };
    let columns = Layout::of(&table.header, DEMAND_COLUMNS.to_vec(), unknown, &mut |cell, message| {
        note(&cell.text, message);
    });
    for column in (0..REQUIRED).filter(|&column| !columns.has(column)) {
        let message = "the column is missing (time, connector and demand_kw are needed)";
        note(DEMAND_COLUMNS[column], message.into());
    }
    is_sound.then_some(columns)
}

struct Context<'a> {
    scenario: &'a Scenario,
    positions: Positions<'a>,
}

impl Context<'_> {
    /// The largest power that a connector is ever rated for \[W\]; `None` where it is not all the time.
    fn largest_rating_w(&self, connector: u32) -> Option<u64> {
        let first_w = self.scenario.depot().site[connector as usize].ratings.max_rating_w;
        let steps = self.scenario.site_steps.iter().flat_map(|step| step.change.nodes());
        let later_w =
            steps.filter(|change| change.node == connector).map(|change| change.ratings.max_rating_w);
        std::iter::once(first_w)
            .chain(later_w)
            .try_fold(0, |most_w, rating_w| rating_w.map(|rating_w| most_w.max(rating_w)))
    }
}

fn demand(row: &mut Cells<'_>, context: &Context<'_>) -> Option<RecordedDemand> {
    let (depot, calendar) = (context.scenario.depot(), context.scenario.calendar());
    let at_s = row.required(TIME, |text| {
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
    let connector = row.required(CONNECTOR, |text| context.positions.connector(text));
    let kw = |text: &str| LeafKw::from_str(text).map(LeafKw::w);
    let demand_w = row.required(DEMAND, kw);
    let setpoint_w = row.optional(SETPOINT, kw);
    let measured_w = row.optional(MEASURED, kw);
    let min_w = row.optional(MIN_POWER, kw);
    let departs_s = row.optional(DEPARTURE, |text| calendar.resolve(text.parse()?, at_s.unwrap_or_default()));
    let tier = row.optional(TIER, Tier::from_str);
    let weight = row.optional(WEIGHT, Weight::from_str);
    let rating_w = min_w.and(connector).and_then(|connector| context.largest_rating_w(connector));
    if let (Some(min_w), Some(rating_w)) = (min_w, rating_w)
        && u64::from(min_w) > rating_w
    {
        let kw = |power_w: u64| decimal::format(i64::try_from(power_w).unwrap_or(i64::MAX), 3);
        let message = format!(
            "{} kW is more than the {} kW that the connector is ever rated for",
            kw(min_w.into()),
            kw(rating_w)
        );
        row.note(MIN_POWER, message);
    }
    if !row.is_sound {
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
