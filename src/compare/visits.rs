//! Visits, side by side.

use super::Verdict;
use super::nodes::CellChange;
use crate::exit::{Code, Failure};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// A visit that went otherwise, or that only one run has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VisitChange {
    /// The visit.
    pub visit: String,
    /// The pack that alone has it, if one does.
    pub only_in: Option<&'static str>,
    /// Whether it went better: by being ready, then by what it is short of, then by its margin, then by its pauses.
    pub verdict: Verdict,
    /// What differs.
    pub changes: Vec<CellChange>,
}

type Rows = BTreeMap<String, BTreeMap<String, String>>;

/// Columns that decide whether a visit went better, the most important first; with more being better or not.
const DECIDING: [(&str, bool); 4] =
    [("ready", true), ("shortfall_kwh", false), ("margin_min", true), ("paused_s", false)];

/// Further columns that are told where they differ.
const TOLD: [&str; 10] = [
    "vehicle",
    "connector",
    "arrival",
    "plugged_in",
    "departure",
    "soc_arrival_pct",
    "soc_departure_pct",
    "delivered_kwh",
    "ready_at",
    "main_constraint",
];

/// Visits that differ: those that got worse, those that got better, others; each in order of their ids.
pub(super) fn visits(a: &Path, b: &Path) -> Result<Vec<VisitChange>, Failure> {
    let (of_a, of_b) = (rows(a)?, rows(b)?);
    let alone = |visit: &String, only_in| VisitChange {
        visit: visit.clone(),
        only_in: Some(only_in),
        verdict: Verdict::Other,
        changes: Vec::new(),
    };
    let mut changes = Vec::new();
    for (visit, row) in &of_a {
        match of_b.get(visit) {
            None => changes.push(alone(visit, "a")),
            Some(other) if other == row => {}
            Some(other) => changes.push(change(visit, row, other)),
        }
    }
    changes.extend(of_b.keys().filter(|visit| !of_a.contains_key(*visit)).map(|visit| alone(visit, "b")));
    changes.sort_by_key(|change| change.verdict);
    Ok(changes)
}

fn change(visit: &str, a: &BTreeMap<String, String>, b: &BTreeMap<String, String>) -> VisitChange {
    let cell = |column: &str| {
        (a.get(column).cloned().unwrap_or_default(), b.get(column).cloned().unwrap_or_default())
    };
    let mut changes = Vec::new();
    for (what, more_is_better) in DECIDING {
        let (a, b) = cell(what);
        if a != b {
            let verdict = match (weight(&a), weight(&b)) {
                (Some(of_a), Some(of_b)) if (of_b > of_a) == more_is_better => Verdict::Better,
                (Some(_), Some(_)) => Verdict::Worse,
                _ => Verdict::Other,
            };
            changes.push(CellChange { what, a, b, verdict });
        }
    }
    let verdict = changes.iter().map(|change| change.verdict).find(|&verdict| verdict != Verdict::Other);
    for what in TOLD {
        let (a, b) = cell(what);
        if a != b {
            changes.push(CellChange { what, a, b, verdict: Verdict::Other });
        }
    }
    VisitChange {
        visit: visit.to_owned(),
        only_in: None,
        verdict: verdict.unwrap_or(Verdict::Other),
        changes,
    }
}

/// What a cell counts, in thousandths; `None` for none.
fn weight(cell: &str) -> Option<i64> {
    match cell {
        "true" => return Some(1),
        "false" => return Some(0),
        _ => {}
    }
    let (whole, decimals) = cell.split_once('.').unwrap_or((cell, "0"));
    let thousandths: i64 = format!("{decimals:0<3}").get(..3)?.parse().ok()?;
    let sign = if whole.starts_with('-') { -1 } else { 1 };
    Some(whole.parse::<i64>().ok()? * 1_000 + sign * thousandths)
}

fn rows(pack: &Path) -> Result<Rows, Failure> {
    let path = pack.join("visits.csv");
    let refused = |error: csv::Error| {
        let code = if error.is_io_error() { Code::Io } else { Code::BadInput };
        Failure::new(code, format!("{}: {error}", path.display()))
    };
    let mut reader = csv::Reader::from_path(&path).map_err(refused)?;
    let header = reader.headers().map_err(refused)?.clone();
    let mut rows = Rows::new();
    for record in reader.records() {
        let record = record.map_err(refused)?;
        let row: BTreeMap<String, String> =
            header.iter().map(str::to_owned).zip(record.iter().map(str::to_owned)).collect();
        rows.insert(row.get("visit").cloned().unwrap_or_default(), row);
    }
    Ok(rows)
}
