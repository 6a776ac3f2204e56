//! Nodes above the connectors, side by side.

use super::Verdict;
use super::figures::{Better, Unit};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// A node whose figures differ, or that only one run has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NodeChange {
    /// The node.
    pub node: String,
    /// The pack that alone has it, if one does.
    pub only_in: Option<&'static str>,
    /// What differs.
    pub changes: Vec<CellChange>,
}

/// A figure of a node or a visit in both runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CellChange {
    /// What.
    pub what: &'static str,
    /// In the first run.
    pub a: String,
    /// In the second.
    pub b: String,
    /// What that means.
    pub verdict: Verdict,
}

const COLUMNS: [(&str, &str, Unit, Better); 4] = [
    // A node that is used to its limit is used well; what is above it is told as such.
    ("peak", "peak_w", Unit::Kw, Better::Neither),
    ("least headroom", "least_headroom_w", Unit::Kw, Better::Neither),
    ("time binding", "binding_s", Unit::Minutes, Better::Neither),
    ("time over its limit", "over_limit_s", Unit::Minutes, Better::Less),
];

/// Nodes that differ, in the order of the sites.
pub(super) fn nodes([a, b]: &[Value; 2]) -> Vec<NodeChange> {
    let (of_a, of_b) = (rows(a), rows(b));
    let (by_id_of_a, by_id_of_b) = (by_id(&of_a), by_id(&of_b));
    let mut changes = Vec::new();
    for row in &of_a {
        let id = id_of(row);
        let Some(other) = by_id_of_b.get(id) else {
            changes.push(NodeChange { node: id.to_owned(), only_in: Some("a"), changes: Vec::new() });
            continue;
        };
        let cell = |&(what, field, unit, better): &(&'static str, &str, Unit, Better)| {
            let (a, b) = (row[field].as_i64(), other[field].as_i64());
            let verdict = better.verdict(a, b)?;
            Some(CellChange { what, a: unit.shown(a), b: unit.shown(b), verdict })
        };
        let cells: Vec<CellChange> = COLUMNS.iter().filter_map(cell).collect();
        if !cells.is_empty() {
            changes.push(NodeChange { node: id.to_owned(), only_in: None, changes: cells });
        }
    }
    for id in of_b.iter().map(|row| id_of(row)).filter(|id| !by_id_of_a.contains_key(id)) {
        changes.push(NodeChange { node: id.to_owned(), only_in: Some("b"), changes: Vec::new() });
    }
    changes
}

fn by_id<'a>(rows: &[&'a Value]) -> BTreeMap<&'a str, &'a Value> {
    rows.iter().map(|row| (id_of(row), *row)).collect()
}

fn id_of(row: &Value) -> &str {
    row["node"].as_str().unwrap_or_default()
}

fn rows(summary: &Value) -> Vec<&Value> {
    summary.pointer("/nodes").and_then(Value::as_array).into_iter().flatten().collect()
}
