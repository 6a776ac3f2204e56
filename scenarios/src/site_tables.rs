//! Site data from CSV files: each row becomes a record of its list, as if it stood in the scenario.

use crate::csv_text::{self, OPEN_QUOTE, cells, count_problem, is_open, separator_problem};
use crate::quantity::shown;
use crate::scenario::ReadFile;
use crate::shape::{FieldShape, Shape, ShapeKind, scenario_shape};
use crate::source::Sources;
use crate::tree::decode_error::{did_you_mean, nearest};
use crate::tree::repair::Fault;
use crate::tree::{Field, Node, Range, Value};
use csv::StringRecord;

/// The lists of a site, each of which may be continued by the file that the field of its name and `_csv` names.
const LISTS: [&str; 4] = ["grid_connections", "charger_circuits", "charge_points", "connectors"];

/// Reads the files that the site names, and puts their rows into its lists, after the records that stand there already.
pub(crate) fn insert(root: &mut Node, sources: &mut Sources, read_file: &mut ReadFile<'_>) -> Vec<Fault> {
    let mut faults = Vec::new();
    let site = record_mut(root).and_then(|fields| fields.iter_mut().find(|field| field.name == "site"));
    let Some(fields) = site.and_then(|site| record_mut(&mut site.node)) else { return faults };
    for list in LISTS {
        let name = format!("{list}_csv");
        let named = |field: &Field| field.name == name && field.node.text().is_some();
        let Some(index) = fields.iter().position(named) else { continue };
        let node = fields.remove(index).node;
        let file = node.text().unwrap_or_default();
        match read_file(file) {
            Ok(text) => {
                let source = sources.add(file, &text);
                let mut table = Table { list, source, text: &text, faults: &mut faults };
                let rows = table.records();
                append(fields, list, node.range, rows);
            }
            Err(message) => faults.push(Fault {
                range: node.range,
                path: format!("site.{name}"),
                message: format!("cannot read \"{}\": {message}", shown(file)),
                is_poisonous: true,
            }),
        }
    }
    faults
}

fn record_mut(node: &mut Node) -> Option<&mut Vec<Field>> {
    match &mut node.inner_mut().value {
        Value::Record(fields) => Some(fields),
        _ => None,
    }
}

fn append(fields: &mut Vec<Field>, list: &str, range: Range, rows: Vec<Node>) {
    match fields.iter_mut().find(|field| field.name == list) {
        Some(field) => {
            if let Value::List(items) = &mut field.node.value {
                items.extend(rows);
            }
        }
        None => {
            let node = Node { range, value: Value::List(rows) };
            fields.push(Field { name: list.to_owned(), name_range: range, node });
        }
    }
}

/// What a column may be called.
struct Column {
    name: String,
    is_required: bool,
}

/// The fields of a list's records; those of a record within them after its name and a dot. Lists have no place in a cell.
fn columns(list: &str) -> Vec<Column> {
    let list = scenario_shape().field("site").and_then(|site| site.shape.field(list));
    let Some(Shape { kind: ShapeKind::List(record), .. }) = list.map(|list| &list.shape) else {
        return Vec::new();
    };
    let mut columns = Vec::new();
    for field in record.fields() {
        match &field.shape.kind {
            ShapeKind::Record(_, inner) => {
                let in_cells = inner.iter().filter(|inner| !matches!(inner.shape.kind, ShapeKind::List(_)));
                let name = |inner: &FieldShape| format!("{}.{}", field.name, inner.name);
                columns.extend(in_cells.map(|inner| Column { name: name(inner), is_required: false }));
            }
            _ => columns.push(Column { name: field.name.clone(), is_required: field.is_required }),
        }
    }
    columns
}

/// Puts a value into a record: `hardware.latency` is the field `latency` of its field `hardware`.
fn put(fields: &mut Vec<Field>, name: &str, name_range: Range, node: Node) {
    let Some((outer, inner)) = name.split_once('.') else {
        return fields.push(Field { name: name.to_owned(), name_range, node });
    };
    let inner = Field { name: inner.to_owned(), name_range, node };
    let within = fields.iter_mut().find(|field| field.name == outer);
    match within.and_then(|field| record_mut(&mut field.node)) {
        Some(fields) => fields.push(inner),
        None => {
            let node = Node { range: inner.node.range, value: Value::Record(vec![inner]) };
            fields.push(Field { name: outer.to_owned(), name_range, node });
        }
    }
}

/// One file while it is read.
struct Table<'a> {
    list: &'static str,
    source: u32,
    text: &'a str,
    faults: &'a mut Vec<Fault>,
}

impl Table<'_> {
    fn records(&mut self) -> Vec<Node> {
        let mut offset = 0;
        let mut lines = Vec::new();
        for line in self.text.split_inclusive('\n') {
            lines.push((offset, line));
            offset += line.len();
        }
        if let Some(&(offset, line)) = lines.iter().find(|(_, line)| is_open(line)) {
            let range = self.range(offset..offset + line.trim_end().len());
            self.fault(range, "", OPEN_QUOTE, true);
            return Vec::new();
        }
        let text = self.text.strip_prefix('\u{feff}').unwrap_or(self.text);
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .has_headers(false)
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let mut rows = reader.records().filter_map(Result::ok).filter(|row| !is_blank(row)).map(|row| {
            let line = row.position().map_or(1, csv::Position::line) as usize;
            // The position of a row may be that of the empty lines before it.
            let at = (line - 1..lines.len()).find(|&at| !lines[at].1.trim().is_empty()).unwrap_or(0);
            (lines[at], row)
        });
        let Some(((offset, line), header)) = rows.next() else {
            let names: Vec<String> = columns(self.list).into_iter().map(|column| column.name).collect();
            let message = format!("the file is empty (a line of column names: {})", names.join(","));
            let range = self.range(0..0);
            self.fault(range, "", &message, true);
            return Vec::new();
        };
        if let Some(message) = separator_problem(&header) {
            let range = self.range(offset..offset + line.trim_end().len());
            self.fault(range, "", &message, true);
            return Vec::new();
        }
        let header = self.header(&header, &cells(line, offset));
        rows.filter_map(|((offset, line), row)| self.record(&row, line, offset, &header)).collect()
    }

    fn range(&self, bytes: std::ops::Range<usize>) -> Range {
        Range { source: self.source, start: bytes.start as u32, end: bytes.end as u32 }
    }

    fn fault(&mut self, range: Range, column: &str, message: &str, is_poisonous: bool) {
        let path = match (is_poisonous, column) {
            // Whatever follows from records that are not there is hidden.
            (true, "") => format!("site.{}", self.list),
            _ => column.to_owned(),
        };
        self.faults.push(Fault { range, path, message: message.to_owned(), is_poisonous });
    }

    /// What each column is called, with the place of its name; `None` for one that is of no use.
    fn header(&mut self, header: &StringRecord, places: &[std::ops::Range<usize>]) -> Header {
        let known = columns(self.list);
        let names: Vec<&str> = known.iter().map(|column| column.name.as_str()).collect();
        let mut columns: Vec<Option<(String, Range)>> = Vec::new();
        if let Some(message) = csv_text::too_wide(header.len()) {
            let range = self.range(places.first().cloned().unwrap_or(0..0));
            self.fault(range, "", &message, true);
            return Header { columns: vec![None; header.len()], missing: Vec::new() };
        }
        for (index, name) in header.iter().enumerate() {
            let range = self.range(places.get(index).cloned().unwrap_or(0..0));
            let is_twice = columns.iter().flatten().any(|(other, _)| other == name);
            if !names.contains(&name) {
                let message = format!("unknown column ({})", did_you_mean(name, &names));
                self.fault(range, &shown(name), &message, false);
                // A slip of the pen is read as what was meant, so that it is not reported once more as a missing column.
                let absent = names.iter().copied().filter(|name| header.iter().all(|other| other != *name));
                columns.push(nearest(name, absent).map(|meant| (meant.to_owned(), range)));
                continue;
            } else if is_twice {
                self.fault(range, &shown(name), "the column stands twice (each at most once)", false);
            }
            columns.push((names.contains(&name) && !is_twice).then(|| (name.to_owned(), range)));
        }
        let mut missing = Vec::new();
        for column in known.iter().filter(|column| column.is_required) {
            if columns.iter().flatten().all(|(name, _)| *name != column.name) {
                let line =
                    places.first().map_or(0, |first| first.start)..places.last().map_or(0, |last| last.end);
                let range = self.range(line);
                self.fault(range, &column.name, "the column is missing (add it)", true);
                missing.push((column.name.clone(), range));
            }
        }
        Header { columns, missing }
    }

    fn record(&mut self, row: &StringRecord, line: &str, offset: usize, header: &Header) -> Option<Node> {
        let range = self.range(offset..offset + line.trim_end().len());
        if row.len() != header.columns.len() {
            self.fault(range, "", &count_problem(row.len(), header.columns.len()), true);
            return None;
        }
        let places = cells(line, offset);
        let mut fields: Vec<Field> = Vec::new();
        for (index, column) in header.columns.iter().enumerate() {
            let Some((name, name_range)) = column.as_ref().filter(|_| !row[index].is_empty()) else {
                continue;
            };
            let range = places.get(index).map_or(range, |place| self.range(place.clone()));
            put(&mut fields, name, *name_range, Node { range, value: Value::Word(row[index].into()) });
        }
        for (name, at) in &header.missing {
            let node = Node { range: *at, value: Value::Poisoned };
            fields.push(Field { name: name.clone(), name_range: *at, node });
        }
        Some(Node { range, value: Value::Record(fields) })
    }
}

/// The columns of a file, and what it lacks.
struct Header {
    columns: Vec<Option<(String, Range)>>,
    missing: Vec<(String, Range)>,
}

fn is_blank(row: &StringRecord) -> bool {
    row.iter().all(str::is_empty) && row.len() <= 1
}
