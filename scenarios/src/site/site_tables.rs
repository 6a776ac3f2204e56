//! Site data from CSV files: each row becomes a record of its list, as if it stood in the scenario.

use crate::format::shape::{FieldShape, Shape, ShapeKind, scenario_shape};
use crate::scenario::ReadFile;
use crate::text::source::Sources;
use crate::text::table::{Flaw, Layout, Row, Table};
use crate::text::tree::decode_error::did_you_mean;
use crate::text::tree::repair::Fault;
use crate::text::tree::{Field, Node, Range, Value};
use crate::values::quantity::shown;

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
                let mut table = TableReader { list, source, text: &text, faults: &mut faults };
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
struct TableReader<'a> {
    list: &'static str,
    source: u32,
    text: &'a str,
    faults: &'a mut Vec<Fault>,
}

impl TableReader<'_> {
    fn records(&mut self) -> Vec<Node> {
        let known = columns(self.list);
        let names: Vec<&str> = known.iter().map(|column| column.name.as_str()).collect();
        let table = match Table::open(self.text, &names) {
            Ok(table) => table,
            Err(flaw) => {
                self.flaw(flaw);
                return Vec::new();
            }
        };
        let unknown =
            |name: &str, _: Option<&str>| Some(format!("unknown column ({})", did_you_mean(name, &names)));
        let columns = Layout::of(&table.header, names.clone(), unknown, &mut |cell, message| {
            self.fault(cell.at.clone(), shown(&cell.text), message, false);
        });
        let at = self.range(table.header.at.clone());
        let is_missing = |column: &usize| known[*column].is_required && !columns.has(*column);
        let missing: Vec<usize> = (0..known.len()).filter(is_missing).collect();
        for &column in &missing {
            let message = "the column is missing (add it)".to_owned();
            self.fault(table.header.at.clone(), known[column].name.clone(), message, true);
        }
        let mut records = Vec::new();
        for row in table.rows() {
            match row {
                Err(flaw) => self.flaw(flaw),
                Ok(row) => records.push(self.record(&row, &table.header, &columns, (&missing, at))),
            }
        }
        records
    }

    fn range(&self, bytes: std::ops::Range<usize>) -> Range {
        Range { source: self.source, start: bytes.start as u32, end: bytes.end as u32 }
    }

    /// Whatever follows from records that are not there is hidden.
    fn flaw(&mut self, Flaw { at, message }: Flaw) {
        self.fault(at, format!("site.{}", self.list), message, true);
    }

    fn fault(&mut self, at: std::ops::Range<usize>, path: String, message: String, is_poisonous: bool) {
        self.faults.push(Fault { range: self.range(at), path, message, is_poisonous });
    }

    /// A row as a record; an empty cell leaves its field out, and what the file lacks is known to be wrong.
    fn record(
        &self,
        row: &Row<'_>,
        header: &Row<'_>,
        columns: &Layout<'_>,
        (missing, at): (&[usize], Range),
    ) -> Node {
        let mut fields: Vec<Field> = Vec::new();
        for (name, index) in columns.names.iter().zip(&columns.at) {
            let Some((cell, called)) = index.map(|index| (&row.cells[index], &header.cells[index])) else {
                continue;
            };
            if !cell.text.is_empty() {
                let node =
                    Node { range: self.range(cell.at.clone()), value: Value::Word((*cell.text).into()) };
                put(&mut fields, name, self.range(called.at.clone()), node);
            }
        }
        for &column in missing {
            let name = columns.names[column].to_owned();
            fields.push(Field { name, name_range: at, node: Node { range: at, value: Value::Poisoned } });
        }
        Node { range: self.range(row.at.clone()), value: Value::Record(fields) }
    }
}
