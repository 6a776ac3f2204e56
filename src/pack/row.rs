//! Lines of two files side by side, and rows of a table.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

/// The first lines that differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Its number, from 1.
    pub(super) line: usize,
    /// The first line of the file that is expected.
    pub(super) header: String,
    /// The line as it should be; `None` past the end.
    pub(super) expected: Option<String>,
    /// The line as it is; `None` past the end.
    pub(super) actual: Option<String>,
}

/// Reads two files side by side up to the first lines that differ, holding no more than a line of each.
pub(super) fn first_lines(expected: &Path, actual: &Path) -> io::Result<Option<Line>> {
    let (mut of_expected, mut of_actual) = (Lines::open(expected)?, Lines::open(actual)?);
    let mut header = None;
    for line in 1.. {
        let (one, other) = (of_expected.next()?, of_actual.next()?);
        if header.is_none() {
            header = Some(one.map(text).unwrap_or_default());
        }
        if one == other {
            if one.is_none() {
                return Ok(None);
            }
            continue;
        }
        let (expected, actual) = (one.map(text), other.map(text));
        return Ok(Some(Line { line, header: header.unwrap_or_default(), expected, actual }));
    }
    unreachable!("files end")
}

/// The row that is about the same thing as the row `key`, in the last tick before `t_s`.
pub(super) fn row_before(path: &Path, table: &Table, key: &str, t_s: u64) -> io::Result<Option<Vec<String>>> {
    let key = table.key(&table.row(key));
    let mut lines = Lines::open(path)?;
    let mut before = None;
    lines.next()?;
    while let Some(line) = lines.next()? {
        let row = table.row(&text(line));
        match table.t_s(&row) {
            Some(row_s) if row_s >= t_s => break,
            Some(_) if table.key(&row) == key => before = Some(row),
            _ => {}
        }
    }
    Ok(before)
}

/// A line without its end, which must show where one file has it and the other has not.
fn text(line: &[u8]) -> String {
    let line = String::from_utf8_lossy(line);
    line.strip_suffix('\n').map_or_else(|| format!("{line} (no end of line)"), str::to_owned)
}

struct Lines {
    reader: BufReader<File>,
    line: Vec<u8>,
}

impl Lines {
    fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { reader: BufReader::with_capacity(1 << 16, File::open(path)?), line: Vec::new() })
    }

    /// The next line with its end; `None` at the end of the file.
    fn next(&mut self) -> io::Result<Option<&[u8]>> {
        self.line.clear();
        let read = self.reader.read_until(b'\n', &mut self.line)?;
        Ok((read > 0).then_some(&self.line))
    }
}

/// A table by its name and header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    /// The columns.
    pub(super) columns: Vec<String>,
    /// The columns that say what a row is about; none of a table with one row per tick or cycle.
    keys: &'static [&'static str],
}

impl Table {
    pub(super) fn of(file: &str, header: &str) -> Self {
        let keys: &[&str] = match file {
            "nodes.csv" => &["node"],
            "connectors.csv" => &["connector"],
            "visits.csv" | "recording-visits.csv" => &["visit"],
            "events.csv" => &["event", "subject"],
            "breaches.csv" => &["node", "start"],
            _ => &[],
        };
        Self { columns: cells(header), keys }
    }

    pub(super) fn row(&self, line: &str) -> Vec<String> {
        cells(line)
    }

    pub(super) fn cell<'a>(&self, row: &'a [String], column: &str) -> Option<&'a str> {
        let ix = self.columns.iter().position(|name| name == column)?;
        row.get(ix).map(String::as_str)
    }

    pub(super) fn t_s(&self, row: &[String]) -> Option<u64> {
        self.cell(row, "t_s")?.parse().ok()
    }

    /// What a row is about, in words; `None` of a table with one row per tick or cycle.
    pub(super) fn key(&self, row: &[String]) -> Option<String> {
        let cells = self.keys.iter().map(|column| (column, self.cell(row, column).unwrap_or_default()));
        let words =
            cells.filter(|(_, cell)| !cell.is_empty()).map(|(column, cell)| format!("{column} {cell}"));
        let words: Vec<String> = words.collect();
        (!words.is_empty()).then(|| words.join(", "))
    }
}

fn cells(line: &str) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(line.as_bytes());
    let record = reader.records().next().and_then(Result::ok);
    record.map(|record| record.iter().map(str::to_owned).collect()).unwrap_or_default()
}
