//! From what was found wrong to problems with their places in the texts, each mistake once and in the order of the files.

use crate::error::{Findings, FirstPlace, Found, PROBLEMS_MAX, Problem, Problems, ScenarioError, TWICE};
use crate::format::file::ScenarioFile;
use crate::site::expand::Origins;
use crate::text::source::{Sources, line_and_column};
use crate::text::table::place_of;
use crate::text::tree::find::{covers, locate};
use crate::text::tree::repair::Fault;
use crate::text::tree::{Node, Range, Value};
use crate::values::decimal::without_groups;
use crate::values::names::is_id;
use crate::values::quantity::shown;
use sim::Reason;

/// The path of a fault that is about the whole text.
pub(crate) const NOT_A_SCENARIO: &str = "$scenario";

/// What is known of a scenario's texts when its problems are reported.
pub(crate) struct Texts<'a> {
    /// Every text that was read.
    pub(crate) sources: &'a Sources,
    /// The scenario's tree, mended.
    pub(crate) root: &'a Node,
    /// What decoding it found wrong.
    pub(crate) faults: &'a [Fault],
    /// Which path each text from the command line sets, by its index.
    pub(crate) set: &'a [(u32, String)],
    /// The scenario, expanded, and where its records come from.
    pub(crate) expanded: Option<(&'a ScenarioFile, &'a Origins)>,
    /// What places begin with, where the scenario is a part of a file.
    pub(crate) prefix: &'a str,
}

impl Texts<'_> {
    /// The error; `None` if nothing is wrong. Where records could not be expanded, names may mean what is not there.
    pub(crate) fn error(&self, expansion: &Problems, problems: &Problems) -> Option<ScenarioError> {
        let mut placed: Vec<(Range, Problem)> =
            self.faults.iter().map(|fault| (fault.range, self.fault(fault))).collect();
        // A newer version of the format, or another one: all else may be misunderstood.
        let is_alone = |problem: &Problem| is_newer_schema(problem) || problem.place == NOT_A_SCENARIO;
        if let Some(alone) = placed.iter().position(|(_, problem)| is_alone(problem)) {
            let (range, mut problem) = placed.swap_remove(alone);
            if problem.place == NOT_A_SCENARIO {
                problem.place.clear();
            }
            let findings = self.finish(vec![(range, problem)], 0);
            return Some(ScenarioError { findings, warnings: Box::default() });
        }
        let all = || expansion.kept.iter().chain(&problems.kept);
        let first = all().filter(|found| !self.follows(found, expansion, problems));
        placed.extend(first.filter_map(|found| self.found(found, true)));
        if placed.is_empty() {
            // What only follows from something else still keeps the scenario from being run.
            placed.extend(all().filter_map(|found| self.found(found, false)));
        }
        match placed.is_empty() {
            true => None,
            false => {
                let findings = self.finish(placed, expansion.left_out + problems.left_out);
                Some(ScenarioError { findings, warnings: Box::default() })
            }
        }
    }

    /// Doubts, with their places.
    pub(crate) fn warnings(&self, doubts: &Problems) -> Findings {
        // Of what is known to be wrong there is no doubt.
        let is_faulty = !self.faults.is_empty();
        let placed = doubts.kept.iter().filter_map(|found| self.found(found, is_faulty)).collect();
        self.finish(placed, doubts.left_out)
    }

    fn finish(&self, mut placed: Vec<(Range, Problem)>, left_out: usize) -> Findings {
        placed.sort_by_key(|(range, _)| (range.source, range.start));
        let mut problems: Vec<Problem> = Vec::with_capacity(placed.len());
        let mut alike = 0;
        for (_, problem) in placed {
            match problems.last_mut() {
                // Records that `repeat` makes of one record have one mistake.
                Some(last) if is_alike(last, &problem) => alike += 1,
                last => {
                    if let Some(last) = last {
                        say_alike(last, alike);
                    }
                    alike = 0;
                    problems.push(problem);
                }
            }
        }
        if let Some(last) = problems.last_mut() {
            say_alike(last, alike);
        }
        let beyond = problems.len().saturating_sub(PROBLEMS_MAX);
        problems.truncate(PROBLEMS_MAX);
        let sources = self.sources.0.clone();
        Findings { problems, left_out: left_out + beyond, is_cut_off: false, sources }
    }

    fn fault(&self, fault: &Fault) -> Problem {
        self.problem(fault.range, fault.path.clone(), fault.message.clone(), self.reason_of(fault))
    }

    /// A number that is no limit is what the balancer would refuse as one.
    fn reason_of(&self, fault: &Fault) -> Option<Reason> {
        const LIMITS: [&str; 4] =
            ["default_capacity_kw", "safe_operating_capacity_kw", "max_rating_kw", "limit_kw"];
        let text = &self.sources.get(fault.range).text;
        let value = text.get(fault.range.start as usize..fault.range.end as usize)?;
        let is_number = without_groups(value).is_some_and(|value| value.parse::<f64>().is_ok());
        (is_number && LIMITS.contains(&last_name(&fault.path))).then_some(Reason::InvalidLimit)
    }

    fn problem(&self, range: Range, place: String, message: String, reason: Option<Reason>) -> Problem {
        let source = self.sources.get(range);
        let (line, column) = line_and_column(&source.text, range.start as usize);
        let is_file = !source.is_argument;
        Problem {
            origin: self.sources.shown_name(range.source),
            line: is_file.then_some(line),
            column: is_file.then_some(column),
            place,
            message,
            reason,
            range: Some(range.start as usize..range.end as usize),
            source: range.source as usize,
        }
    }

    /// A problem of what the scenario says; `None` where it only follows from a fault and these are to be left out.
    fn found(&self, found: &Found, only_first: bool) -> Option<(Range, Problem)> {
        if only_first && self.faults.iter().any(|fault| fault.is_poisonous && hides(&fault.path, found)) {
            return None;
        }
        let range = match (&found.file, self.set_by(&found.place)) {
            (Some(file), _) => self.range_in_table(file, found),
            (None, Some(source)) => {
                let end = self.sources.0[source as usize].text.len() as u32;
                Range { source, start: 0, end }
            }
            (None, None) => {
                let node = self.node(&found.place, found.nth);
                if only_first && node.is_poisoned() {
                    return None;
                }
                focus(node)
            }
        };
        let place = match found.file {
            None => format!("{}{}", self.prefix, found.place),
            Some(_) => found.place.clone(),
        };
        let mut message = self.with_lines(found, range);
        // What the file says may only be wrong beside what the command line says.
        if let (Some((source, _)), false) = (self.set.last(), self.sources.get(range).is_argument) {
            message.push_str(&format!("; with {}", self.sources.0[*source as usize].name));
            if self.set.len() > 1 {
                message.push_str(" and what else is set");
            }
        }
        Some((range, self.problem(range, place, message, found.reason)))
    }

    /// The message; of a second record with an id, with the lines of both where they differ.
    fn with_lines(&self, found: &Found, range: Range) -> String {
        let first = match &found.first {
            Some(FirstPlace::Row(row)) => Range { start: *row as u32, ..range },
            Some(FirstPlace::Path(place, nth)) => focus(self.node(place, *nth)),
            None if found.nth > 0 && found.file.is_none() => focus(self.node(&found.place, 0)),
            None => return found.message.clone(),
        };
        let line = |range: Range| line_and_column(&self.sources.get(range).text, range.start as usize).0;
        let (one, other) = (line(first), line(range));
        let lines = match first.source == range.source {
            true if one == other => return found.message.clone(),
            true => format!("in lines {one} and {other}"),
            false => {
                let name = |range: Range| {
                    let name = &self.sources.get(range).name;
                    name.rsplit_once('/').map_or(name.as_str(), |(_, file)| file)
                };
                format!("in {}:{one} and {}:{other}", name(first), name(range))
            }
        };
        found.message.replacen(TWICE, &format!("{TWICE}, {lines}"), 1)
    }

    /// The last value from the command line that stands at a place or above it.
    fn set_by(&self, place: &str) -> Option<u32> {
        self.set.iter().rev().find(|(_, path)| covers(path, place)).map(|&(source, _)| source)
    }

    /// Whether a problem only follows from another one: what has no proper name, or is not there, cannot be named by others.
    fn follows(&self, found: &Found, expansion: &Problems, problems: &Problems) -> bool {
        let is_nameless =
            |found: &&Found| found.place.ends_with(".id") && found.message.contains("is not an id");
        let mut nameless = expansion.kept.iter().chain(problems.kept.iter().filter(is_nameless));
        if nameless.any(|other| other != found && hides(&other.place, found)) {
            return true;
        }
        // An id that is made from its parent's has the parent's flaw.
        let flawed = |id: &str| {
            let is_its = |other: &Found| id_in(&other.place).is_some_and(|(_, flawed)| flawed == id);
            problems.kept.iter().any(is_its)
        };
        id_in(&found.place)
            .and_then(|(list, id)| Some((id, self.parent_of(list, id, found.nth)?)))
            .is_some_and(|(id, parent)| id != parent && id.contains(parent) && flawed(parent))
    }

    /// The parent of a charger, as it is expanded.
    fn parent_of(&self, list: &str, id: &str, nth: usize) -> Option<&str> {
        let site = &self.expanded?.0.site;
        let records = match list {
            "charge_points" => &site.charge_points,
            "connectors" => &site.connectors,
            _ => return None,
        };
        let called = records.iter().filter(|record| is_shown_as(&record.id, id));
        called.take(nth + 1).last().map(|record| record.parent.as_str())
    }

    /// The value at a path of ids, of the `nth` record of those with the same id.
    fn node(&self, place: &str, nth: usize) -> &Node {
        let origin = |list: &str, id: &str, nth: usize| {
            let (file, origins) = self.expanded?;
            let site = &file.site;
            let position = match list {
                "grid_connections" => {
                    position(site.grid_connections.iter().map(|record| &record.id), id, nth)
                }
                "charger_circuits" => {
                    position(site.charger_circuits.iter().map(|record| &record.id), id, nth)
                }
                "charge_points" => position(site.charge_points.iter().map(|record| &record.id), id, nth),
                "connectors" => position(site.connectors.iter().map(|record| &record.id), id, nth),
                _ => None,
            };
            origins.get(list)?.get(position?).copied()
        };
        let root = self.root.field(self.prefix.trim_end_matches('.')).unwrap_or(self.root);
        locate(root, place, nth, &origin)
    }

    /// The cell of a table, or the name of its column.
    fn range_in_table(&self, file: &str, found: &Found) -> Range {
        let Some(index) = self.sources.0.iter().rposition(|source| source.name == file) else {
            return focus(self.root);
        };
        let cell = place_of(&self.sources.0[index].text, found.row, &found.place);
        Range { source: index as u32, start: cell.start as u32, end: cell.end as u32 }
    }
}

/// List and id of a place that is the id of a record of the site.
fn id_in(place: &str) -> Option<(&str, &str)> {
    place.strip_prefix("site.")?.strip_suffix(".id")?.split_once('.')
}

/// Where the `nth` of those with an id stands, or the last of them.
fn position<'a>(ids: impl Iterator<Item = &'a String>, id: &str, nth: usize) -> Option<usize> {
    let called = ids.enumerate().filter(|(_, candidate)| is_shown_as(candidate, id));
    called.take(nth + 1).last().map(|(position, _)| position)
}

/// Whether [`shown`] shows an id like this; ids as they should be are shown as they are.
fn is_shown_as(candidate: &str, id: &str) -> bool {
    candidate == id || !(is_id(candidate) && candidate.len() <= 60) && shown(candidate) == id
}

/// What to point at: the id of a record that is called by one, else the value.
fn focus(node: &Node) -> Range {
    match (&node.inner().value, node.key_node()) {
        (Value::Record(_), Some(key)) => key.range,
        _ => node.range,
    }
}

fn is_newer_schema(problem: &Problem) -> bool {
    problem.place == "schema" && problem.message.contains("is not known")
}

fn last_name(place: &str) -> &str {
    place.rsplit('.').next().unwrap_or(place)
}

/// The field of a record of a list of the site; ids that are refused may hold points.
fn within_record(place: &str) -> Option<&str> {
    (place.split('.').count() > 3).then(|| last_name(place))
}

fn is_alike(one: &Problem, other: &Problem) -> bool {
    let is_expanded = one.place.starts_with("site.") && one.place != other.place;
    is_expanded
        && one.source == other.source
        && one.range == other.range
        && one.reason == other.reason
        && within_record(&one.place) == within_record(&other.place)
}

fn say_alike(problem: &mut Problem, alike: usize) {
    match alike {
        0 => {}
        1 => problem.message.push_str("; the same holds for 1 more that this record stands for"),
        _ => problem
            .message
            .push_str(&format!("; the same holds for {alike} more that this record stands for")),
    }
}

/// Whether a problem may only follow from a fault elsewhere: what a name means is unknown where the record that has it is.
fn hides(fault: &str, found: &Found) -> bool {
    let fault: Vec<&str> = fault.trim_start_matches("scenario.").split('.').collect();
    let name = last_name(&found.place);
    let says = |words: &str| found.message.contains(words);
    let is_reference = matches!(name, "parent" | "node" | "connector" | "lanes")
        && (says(" is no ") || says("matches no node"));
    match fault.as_slice() {
        ["fleet", ..] if name == "visit" => true,
        // The whole site, a list of it, a record, or what the tree is made of.
        ["site"] => is_reference || found.reason.is_some(),
        ["site", list] | ["site", list, _] | ["site", list, .., "id" | "parent" | "repeat"] => {
            match found.place.split('.').nth(1) {
                // A parent stands in a list before; circuits nest.
                Some(of) if name == "parent" => {
                    rank(of) > rank(list) || (rank(of) == rank(list) && *list == "charger_circuits")
                }
                _ => is_reference || found.reason == Some(Reason::UnsupportedTopology),
            }
        }
        ["vehicles"] | ["vehicles", _] | ["vehicles", .., "id"] => matches!(name, "vehicle" | "vehicle_type"),
        ["vehicles", _, "battery_kwh"] => name == "battery_kwh",
        ["start" | "duration"] => {
            matches!(
                name,
                "duration" | "rebalance" | "arrival" | "departure" | "at" | "from" | "to" | "check"
            )
        }
        ["step"] => matches!(name, "duration" | "rebalance"),
        ["fleet", group, "arrival"] => found.place == format!("fleet.{group}.departure"),
        _ => false,
    }
}

/// How far a list of the site is from its root.
fn rank(list: &str) -> usize {
    let lists = ["grid_connections", "charger_circuits", "charge_points", "connectors"];
    lists.iter().position(|candidate| *candidate == list.trim_end_matches("_csv")).unwrap_or(0)
}
