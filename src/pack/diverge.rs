//! Where two packs first differ: file, row, column, and both values.

use super::Pack;
use super::read::FileChange;
use crate::exit::Failure;
use crate::load;
use serde::Serialize;
use std::path::Path;

/// The first difference between a pack and its rerun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Divergence {
    /// The file.
    pub file: String,
    /// The line in it, from 1.
    pub line: usize,
    /// When, where the file tells \[s\].
    pub t_s: Option<u64>,
    /// Which row: the node, connector, visit or cycle that it is about.
    pub row: Option<String>,
    /// The column; `None` where whole rows or no tables differ.
    pub field: Option<String>,
    /// What the rerun gives; `None` where it has no such line.
    pub expected: Option<String>,
    /// What the pack holds; `None` where it has no such line.
    pub actual: Option<String>,
}

/// Tables with a time in every row; of several that differ at the same time, the first here is named.
const TIMED: [&str; 5] = ["cycles.csv", "nodes.csv", "connectors.csv", "events.csv", "tick-digests.csv"];

/// Columns that say what a row is about.
const KEYS: [&str; 6] = ["node", "connector", "visit", "cycle", "event", "file"];

/// Finds the first difference in time, or in the first changed file that tells no time.
///
/// # Errors
/// A file that cannot be read.
pub fn first_divergence(
    pack: &Pack,
    rerun: &Path,
    changes: &[FileChange],
) -> Result<Option<Divergence>, Failure> {
    let mut first: Option<Divergence> = None;
    let is_timed = |change: &&FileChange| TIMED.contains(&change.name.as_str());
    let rank = |change: &&FileChange| TIMED.iter().position(|name| *name == change.name);
    let mut timed: Vec<&FileChange> = changes.iter().filter(is_timed).collect();
    timed.sort_by_key(rank);
    let others = changes.iter().filter(|change| !is_timed(change));
    for change in timed.into_iter().chain(others) {
        let (actual, expected) = (pack.path(&change.name), rerun.join(&change.name));
        if !actual.is_file() || !expected.is_file() {
            continue;
        }
        let Some(found) =
            first_line(&change.name, &load::read_lossy(&expected)?, &load::read_lossy(&actual)?)
        else {
            continue;
        };
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

fn first_line(file: &str, expected: &str, actual: &str) -> Option<Divergence> {
    let (mut of_expected, mut of_actual) = (expected.split('\n'), actual.split('\n'));
    for line in 1.. {
        match (of_expected.next(), of_actual.next()) {
            (None, None) => return None,
            (expected, actual) if expected == actual => {}
            (expected_line, actual_line) => {
                let header = expected.lines().next().unwrap_or_default();
                return Some(describe(file, header, line, expected_line, actual_line));
            }
        }
    }
    None
}

fn describe(
    file: &str,
    header: &str,
    line: usize,
    expected: Option<&str>,
    actual: Option<&str>,
) -> Divergence {
    let mut divergence = Divergence {
        file: file.to_owned(),
        line,
        t_s: None,
        row: None,
        field: None,
        expected: expected.map(str::to_owned),
        actual: actual.map(str::to_owned),
    };
    if !file.ends_with(".csv") || line == 1 {
        return divergence;
    }
    let cells = |line: &str| -> Vec<String> {
        let mut reader =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(line.as_bytes());
        let record = reader.records().next().and_then(Result::ok);
        record.map(|record| record.iter().map(str::to_owned).collect()).unwrap_or_default()
    };
    let header = cells(header);
    let (of_expected, of_actual) = (expected.map(cells), actual.map(cells));
    // The rerun says which row it should be; only rows beyond its end are named by what the pack holds.
    let row = of_expected.clone().filter(|cells| cells.len() > 1).or(of_actual.clone()).unwrap_or_default();
    let cell =
        |name: &str| header.iter().position(|column| column == name).and_then(|ix| row.get(ix)).cloned();
    divergence.t_s = cell("t_s").and_then(|t_s| t_s.parse().ok());
    divergence.row = KEYS.iter().find_map(|key| cell(key).map(|value| format!("{key} {value}")));
    if let (Some(of_expected), Some(of_actual)) = (of_expected, of_actual)
        && of_expected.len() == header.len()
        && of_actual.len() == header.len()
        && let Some(ix) = (0..header.len()).find(|&ix| of_expected[ix] != of_actual[ix])
    {
        divergence.field = Some(header[ix].clone());
        divergence.expected = Some(of_expected[ix].clone());
        divergence.actual = Some(of_actual[ix].clone());
    }
    divergence
}

impl Divergence {
    /// The divergence in lines for people.
    pub fn to_text(&self) -> String {
        let shown = |value: &Option<String>| {
            value.as_ref().map_or("no such line".to_owned(), |value| shortened(value))
        };
        let at = self.t_s.map(|t_s| format!("t = {t_s} s, ")).unwrap_or_default();
        let row = self.row.as_ref().map(|row| format!(", {row}")).unwrap_or_default();
        let field = self.field.as_ref().map(|field| format!(", {field}")).unwrap_or_default();
        let (file, line) = (&self.file, self.line);
        format!(
            "  first difference: {at}{file} line {line}{row}{field}: expected {}, found {}\n",
            shown(&self.expected),
            shown(&self.actual)
        )
    }
}

fn shortened(value: &str) -> String {
    const LENGTH: usize = 120;
    if value.chars().count() <= LENGTH {
        return format!("\"{value}\"");
    }
    format!("\"{}...\"", value.chars().take(LENGTH).collect::<String>())
}
