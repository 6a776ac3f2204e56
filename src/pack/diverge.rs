//! Where two folders with the files of a pack first differ: file, row, column, both values, and the row of the tick before.

use super::read::is_within;
use super::row::{Line, Table, first_lines, row_before};
use crate::exit::Failure;
use serde::Serialize;
use std::path::Path;

/// A place in a file at which two packs differ, told from the pack's side: what it holds and what it should hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Divergence {
    /// The file.
    pub file: String,
    /// The line in it, from 1.
    pub line: usize,
    /// When, where the file tells \[s\].
    pub t_s: Option<u64>,
    /// The table that differs: the file's own name, or the one that a column of `tick-digests.csv` stands for.
    pub table: Option<String>,
    /// Which row: the node, connector, visit or cycle that it is about.
    pub row: Option<String>,
    /// The column; `None` where whole rows or no tables differ.
    pub field: Option<String>,
    /// What it should be; `None` where there should be no such line.
    pub expected: Option<String>,
    /// What the pack holds; `None` where it has no such line.
    pub actual: Option<String>,
    /// What keeps this from being told more closely, such as a table that the pack did not keep.
    pub note: Option<String>,
    /// The row cell by cell, with that of the tick before; empty where no table differs.
    pub context: Vec<ContextCell>,
    /// When the tick before was \[s\]; `None` where there is none.
    pub before_t_s: Option<u64>,
}

/// A cell of a row that differs, beside what it was in the tick before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContextCell {
    /// The column.
    pub column: String,
    /// The tick before, where both agree.
    pub before: Option<String>,
    /// What it should be.
    pub expected: Option<String>,
    /// What the pack holds.
    pub actual: Option<String>,
}

/// Tables with a time in every row; of several that differ at the same time, the first here is named.
const TIMED: [&str; 5] = ["cycles.csv", "nodes.csv", "connectors.csv", "events.csv", "tick-digests.csv"];

/// Files that tell again what others say first: they are named where nothing else differs.
const ABOUT_OTHERS: [&str; 5] =
    ["junit.xml", "datapackage.json", "review.html", "manifest.json", "SHA256SUMS"];

/// The first difference in time between the files of these names, or in the first file that tells no time.
///
/// # Errors
/// Exit 74 where a file cannot be read.
pub fn first_divergence(
    expected: &Path,
    actual: &Path,
    names: &[&str],
) -> Result<Option<Divergence>, Failure> {
    let rank = |name: &&str| {
        let timed = TIMED.iter().position(|timed| timed == name);
        (timed.unwrap_or(TIMED.len()), ABOUT_OTHERS.contains(name))
    };
    let mut names = names.to_vec();
    names.sort_by_key(rank);
    let mut first: Option<Divergence> = None;
    for name in names {
        let Some(found) = divergence_in(expected, actual, name)? else { continue };
        let is_earlier = match (&first, found.t_s) {
            (None, _) => true,
            (Some(first), Some(t_s)) => first.t_s.is_none_or(|first_s| t_s < first_s),
            (Some(_), None) => false,
        };
        if is_earlier {
            first = Some(found);
        }
    }
    Ok(first)
}

/// The first difference in one file; `None` where it is equal, is not in both folders, or is a link out of the pack.
///
/// # Errors
/// Exit 74 where it cannot be read.
pub fn divergence_in(expected: &Path, actual: &Path, name: &str) -> Result<Option<Divergence>, Failure> {
    let (of_expected, of_actual) = (expected.join(name), actual.join(name));
    // Of a file that a link leads to, outside of the pack, nothing is quoted: whoever hands us a pack does not choose what else of ours is told.
    if !of_expected.is_file()
        || !of_actual.is_file()
        || ![expected, actual].iter().all(|folder| is_within(folder, name))
    {
        return Ok(None);
    }
    let read = |error: std::io::Error| Failure::io("comparing", &of_actual, &error);
    let Some(lines) = first_lines(&of_expected, &of_actual).map_err(read)? else { return Ok(None) };
    let mut divergence = Divergence {
        file: name.to_owned(),
        line: lines.line,
        t_s: None,
        table: name.strip_suffix(".csv").map(str::to_owned),
        row: None,
        field: None,
        expected: lines.expected.clone(),
        actual: lines.actual.clone(),
        note: None,
        context: Vec::new(),
        before_t_s: None,
    };
    if !name.ends_with(".csv") || lines.line == 1 {
        return Ok(Some(divergence));
    }
    let table = Table::of(name, &lines.header);
    divergence.describe(&table, &lines);
    if let Some(t_s) = divergence.t_s
        && let Some(key) = lines.expected.as_deref().or(lines.actual.as_deref())
        && let Some(before) = row_before(&of_expected, &table, key, t_s).map_err(read)?
    {
        divergence.before_t_s = table.t_s(&before);
        for cell in &mut divergence.context {
            cell.before = table.cell(&before, &cell.column).map(str::to_owned);
        }
    }
    if name == "tick-digests.csv" {
        divergence.note_what_was_not_kept(actual);
    }
    Ok(Some(divergence))
}

impl Divergence {
    /// Tells row and column, where the lines are rows of the same thing.
    fn describe(&mut self, table: &Table, lines: &Line) {
        let (of_expected, of_actual) = (
            lines.expected.as_deref().map(|line| table.row(line)),
            lines.actual.as_deref().map(|line| table.row(line)),
        );
        let Some(named) = of_expected.as_ref().filter(|row| row.len() > 1).or(of_actual.as_ref()) else {
            return;
        };
        self.t_s = table.t_s(named);
        self.row = table.key(named);
        let (Some(of_expected), Some(of_actual)) = (&of_expected, &of_actual) else { return };
        let width = table.columns.len();
        if of_expected.len() != width || of_actual.len() != width {
            return;
        }
        let differs: Vec<usize> = (0..width).filter(|&ix| of_expected[ix] != of_actual[ix]).collect();
        let is_same_row = differs.len() == 1
            || table.t_s(of_expected) == table.t_s(of_actual)
                && table.key(of_expected) == table.key(of_actual);
        if differs.is_empty() {
            // The same cells in other bytes: a quote too many, or another end of the line. Whole lines tell it.
            return;
        }
        if !is_same_row {
            // One has a row that the other has not; whichever comes first in time.
            self.t_s = [table.t_s(of_expected), table.t_s(of_actual)].into_iter().flatten().min();
            return;
        }
        self.field = Some(table.columns[differs[0]].clone());
        self.expected = Some(of_expected[differs[0]].clone());
        self.actual = Some(of_actual[differs[0]].clone());
        let cell = |(ix, column): (usize, &String)| ContextCell {
            column: column.clone(),
            before: None,
            expected: Some(of_expected[ix].clone()),
            actual: Some(of_actual[ix].clone()),
        };
        self.context = table.columns.iter().enumerate().map(cell).collect();
    }

    /// A digest says which table differs; the value stands in that table, where the pack kept it.
    fn note_what_was_not_kept(&mut self, pack: &Path) {
        let table = match self.field.as_deref() {
            Some("cycle") => "cycles",
            Some("nodes") => "nodes",
            Some("connectors") => "connectors",
            // Batteries and stays: no table tells them tick by tick, but what comes of them.
            Some("state") => return self.table = Some("state".to_owned()),
            _ => return,
        };
        self.table = Some(table.to_owned());
        if !pack.join(format!("{table}.csv")).is_file() {
            self.note = Some(format!("the pack kept no {table}.csv"));
        }
    }

    /// The place and both values in a line.
    pub fn to_line(&self) -> String {
        let at = self.t_s.map(|t_s| format!("t = {t_s} s, ")).unwrap_or_default();
        let row = self.row.as_ref().map(|row| format!(", {row}")).unwrap_or_default();
        let field = self.field.as_ref().map(|field| format!(", {field}")).unwrap_or_default();
        let (file, line) = (&self.file, self.line);
        let (expected, actual) = both(self.expected.as_deref(), self.actual.as_deref());
        let note = self.note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default();
        format!("{at}{file} line {line}{row}{field}: expected {expected}, found {actual}{note}")
    }

    /// The row beside that of the tick before, in lines; empty where no rows of a table differ.
    pub fn context_text(&self) -> String {
        if self.before_t_s.is_none() || self.context.is_empty() {
            return String::new();
        }
        let shown = |value: &Option<String>| value.clone().unwrap_or_default();
        let mut rows = vec![["".into(), "tick before".into(), "expected".into(), "found".into(), "".into()]];
        for cell in &self.context {
            let mark = if cell.expected == cell.actual { "" } else { "<" };
            let cells = [&cell.before, &cell.expected, &cell.actual].map(shown);
            if cells.iter().any(|cell| !cell.is_empty()) {
                let [before, expected, actual] = cells;
                rows.push([cell.column.clone(), before, expected, actual, mark.into()]);
            }
        }
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths = [0, 1, 2, 3].map(width);
        let mut text = String::new();
        for [column, before, expected, actual, mark] in &rows {
            let [a, b, c, d] = widths;
            let line = format!("    {column:a$}  {before:b$}  {expected:c$}  {actual:d$}  {mark}");
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

/// Two values in quotes; of long ones, the part in which they begin to differ.
fn both(expected: Option<&str>, actual: Option<&str>) -> (String, String) {
    const LENGTH: usize = 120;
    let same = match (expected, actual) {
        (Some(expected), Some(actual)) => {
            expected.chars().zip(actual.chars()).take_while(|(one, other)| one == other).count()
        }
        _ => 0,
    };
    let shown = |value: Option<&str>| {
        let Some(value) = value else { return "no such line".to_owned() };
        let length = value.chars().count();
        if length <= LENGTH {
            return format!("\"{value}\"");
        }
        let from = same.saturating_sub(LENGTH / 3);
        let part: String = value.chars().skip(from).take(LENGTH).collect();
        let (begins, ends) =
            (if from > 0 { "..." } else { "" }, if from + LENGTH < length { "..." } else { "" });
        format!("\"{begins}{part}{ends}\"")
    };
    (shown(expected), shown(actual))
}
