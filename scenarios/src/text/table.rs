//! CSV texts as rows of cells that know where they stand: the one reader of all tables that a scenario names.
//!
//! ```text
//!  text ── Table::open ──> header ── Layout::of ──> which column is which
//!                    └───> rows ───────────────────> Cells: values by column, and what is wrong with them
//! ```
//!
//! A cell ends on its line, so that a forgotten quote is told where it stands and does not swallow the rest of the file. Lines end as they do
//! anywhere (LF, CRLF, CR); blanks around cells, and around quotes, mean nothing; lines with nothing in them are passed over. Crates for
//! CSV tell of a row where it begins and of a cell nothing, and take a blank before a quote for the cell's first character.

use crate::error::Problems;
use crate::text::source::lines;
use crate::text::tree::decode_error::nearest;
use crate::values::quantity::shown;
use std::borrow::Cow;
use std::ops::Range;

/// More columns are no table of ours, and comparing their names with each other would take for ever.
const COLUMNS_MAX: usize = 1000;

/// A value, and the bytes of the text that it stands in, without quotes and blanks around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cell<'t> {
    pub(crate) text: Cow<'t, str>,
    pub(crate) at: Range<usize>,
}

/// A line of cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row<'t> {
    /// The bytes of the line.
    pub(crate) at: Range<usize>,
    pub(crate) cells: Vec<Cell<'t>>,
}

/// What keeps a table or a row from being read, and the bytes that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Flaw {
    pub(crate) at: Range<usize>,
    pub(crate) message: String,
}

/// A text whose first line with anything in it names the columns.
pub(crate) struct Table<'t> {
    text: &'t str,
    pub(crate) header: Row<'t>,
}

impl<'t> Table<'t> {
    /// Reads the names of the columns; `columns` are those that a file without any could have.
    ///
    /// # Errors
    /// What is wrong with the text as a whole.
    pub(crate) fn open(text: &'t str, columns: &[&str]) -> Result<Self, Flaw> {
        // The rows behind an open quote are not what they seem.
        if let Some(flaw) = filled_lines(text).find_map(|(at, line)| cells(at, line).err()) {
            return Err(flaw);
        }
        let header = filled_lines(text).next().and_then(|(at, line)| Row::of(at, line).ok());
        let header = header.ok_or_else(|| {
            let message = format!("the file is empty (a line of column names: {})", columns.join(","));
            Flaw { at: 0..0, message }
        })?;
        let refused = |message| Err(Flaw { at: header.at.clone(), message });
        match (other_separator(&header), header.cells.len()) {
            (Some(message), _) => refused(message),
            (None, count) if count > COLUMNS_MAX => {
                refused(format!("the header has {count} columns (at most {COLUMNS_MAX})"))
            }
            _ => Ok(Self { text, header }),
        }
    }

    /// The rows below the header, in order; each has as many cells as there are columns.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Result<Row<'t>, Flaw>> + use<'t> {
        let columns = self.header.cells.len();
        filled_lines(self.text).skip(1).map(move |(at, line)| {
            let row = Row::of(at, line)?;
            match row.cells.len() {
                cells if cells == columns => Ok(row),
                cells => Err(Flaw { at: row.at, message: count_problem(cells, columns) }),
            }
        })
    }
}

impl<'t> Row<'t> {
    fn of(at: usize, line: &'t str) -> Result<Self, Flaw> {
        Ok(Self { at: at..at + line.trim_end().len(), cells: cells(at, line)? })
    }
}

/// The bytes of a cell: of the row that begins at a byte, of the header where that is `None`; of the whole row where no column has the name.
pub(crate) fn place_of(text: &str, row: Option<usize>, column: &str) -> Range<usize> {
    let header = filled_lines(text).next();
    let line = row.and_then(|at| Some((at, lines(text.get(at..)?).next()?.1))).or(header);
    let (Some(header), Some(row)) = (header.and_then(read_row), line.and_then(read_row)) else {
        return line.map_or(text.len()..text.len(), |(at, line)| at..at + line.trim_end().len());
    };
    let column = header.cells.iter().position(|cell| cell.text == column);
    let cell = column.and_then(|column| row.cells.get(column));
    cell.filter(|_| row.cells.len() == header.cells.len()).map_or(row.at, |cell| cell.at.clone())
}

fn read_row((at, line): (usize, &str)) -> Option<Row<'_>> {
    Row::of(at, line).ok()
}

/// The lines with anything in them, each with its first byte.
fn filled_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    lines(text).filter(|(_, line)| !line.chars().all(is_blank))
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || c == '\u{feff}'
}

/// The cells of a line that begins at a byte of its text.
fn cells(begin: usize, line: &str) -> Result<Vec<Cell<'_>>, Flaw> {
    let mut cells = Vec::new();
    let mut at = 0;
    loop {
        let start = at + (line.len() - at - line[at..].trim_start_matches(is_blank).len());
        let (text, start, end) = match line[start..].strip_prefix('"') {
            Some(quoted) => {
                let length = quoted_length(quoted).ok_or_else(|| Flaw {
                    at: begin + start..begin + line.trim_end().len(),
                    message: "a quote is left open (close it with \"; each cell ends on its line)".into(),
                })?;
                let (inner, end) = (start + 1..start + 1 + length, start + length + 2);
                let text = line[inner.clone()].trim_matches(is_blank);
                let inner_start = inner.start + (length - line[inner].trim_start_matches(is_blank).len());
                let whole = match text.contains("\"\"") {
                    true => Cow::Owned(text.replace("\"\"", "\"")),
                    false => Cow::Borrowed(text),
                };
                at = line[end..].find(',').map_or(line.len(), |comma| end + comma);
                if let Some(after) = Some(line[end..at].trim()).filter(|after| !after.is_empty()) {
                    let message = format!(
                        "\"{}\" stands between a closing quote and the next comma (a quote within a cell is written twice)",
                        shown(after)
                    );
                    return Err(Flaw { at: begin + start..begin + at, message });
                }
                (whole, inner_start, inner_start + text.len())
            }
            None => {
                at = line[start..].find(',').map_or(line.len(), |comma| start + comma);
                let text = line[start..at].trim_end_matches(is_blank);
                (Cow::Borrowed(text), start, start + text.len())
            }
        };
        cells.push(Cell { text, at: begin + start..begin + end });
        if at == line.len() {
            return Ok(cells);
        }
        at += 1;
    }
}

/// How many bytes stand before the quote that closes a cell; quotes within it are written twice.
fn quoted_length(quoted: &str) -> Option<usize> {
    let bytes = quoted.as_bytes();
    let mut at = 0;
    loop {
        at += bytes[at..].iter().position(|&byte| byte == b'"')?;
        match bytes.get(at + 1) {
            Some(b'"') => at += 2,
            _ => return Some(at),
        }
    }
}

fn count_problem(cells: usize, columns: usize) -> String {
    let remedy = match cells > columns {
        true => "decimals have a point, and a text with a comma stands in double quotes",
        false => "an empty cell keeps its comma",
    };
    format!("the row has {cells} cells (the header has {columns}; {remedy})")
}

/// What to say of column names that another character separates than a comma; one mistake, and not one in each column.
fn other_separator(header: &Row<'_>) -> Option<String> {
    let [line] = header.cells.as_slice() else { return None };
    let (separator, name) = [(';', "semicolons"), ('\t', "tabs"), ('|', "bars")]
        .into_iter()
        .find(|(separator, _)| line.text.contains(*separator))?;
    let columns = line.text.split(separator).count();
    Some(format!("{columns} columns are separated by {name} (commas are needed, and points in decimals)"))
}

/// Which column of a file is which.
pub(crate) struct Layout<'n> {
    /// What the columns are called that are read.
    pub(crate) names: Vec<&'n str>,
    /// Where each of them stands.
    pub(crate) at: Vec<Option<usize>>,
}

impl<'n> Layout<'n> {
    /// Finds the columns of these names. `unknown` says what is wrong with another one, told which of those that are not there was probably
    /// meant; `None` where it may stand there unread. What is wrong goes to `note`, with the cell that it is about.
    pub(crate) fn of<'t>(
        header: &Row<'t>,
        names: Vec<&'n str>,
        unknown: impl Fn(&str, Option<&str>) -> Option<String>,
        note: &mut dyn FnMut(&Cell<'t>, String),
    ) -> Self {
        let find = |name: &&str| header.cells.iter().position(|cell| cell.text == **name);
        let mut at: Vec<Option<usize>> = names.iter().map(find).collect();
        for (index, cell) in header.cells.iter().enumerate() {
            if let Some(column) = names.iter().position(|name| *name == cell.text) {
                if at[column] != Some(index) {
                    note(cell, "the column stands twice (each at most once)".into());
                }
                continue;
            }
            let absent = (0..names.len()).filter(|&column| at[column].is_none()).map(|column| names[column]);
            let meant = nearest(&cell.text, absent);
            let Some(message) = unknown(&cell.text, meant) else { continue };
            note(cell, message);
            // A slip of the pen is read as what was meant, so that it is not reported once more as a missing column.
            if let Some(column) = names.iter().position(|name| Some(*name) == meant) {
                at[column] = Some(index);
            }
        }
        Self { names, at }
    }

    /// Whether the file has a column.
    pub(crate) fn has(&self, column: usize) -> bool {
        self.at[column].is_some()
    }
}

/// A row while its cells are read: every cell is read before any is missed, so that one pass reports all that is wrong with it.
pub(crate) struct Cells<'a> {
    pub(crate) file: &'a str,
    pub(crate) row: &'a Row<'a>,
    pub(crate) columns: &'a Layout<'a>,
    pub(crate) problems: &'a mut Problems,
    /// Whether nothing was wrong so far.
    pub(crate) is_sound: bool,
}

impl<'a> Cells<'a> {
    pub(crate) fn of(
        file: &'a str,
        row: &'a Row<'a>,
        columns: &'a Layout<'a>,
        problems: &'a mut Problems,
    ) -> Self {
        Self { file, row, columns, problems, is_sound: true }
    }

    /// The cell, unless it is empty or its column is not there.
    pub(crate) fn cell(&self, column: usize) -> Option<&'a str> {
        let row: &'a Row<'a> = self.row;
        row.cells.get(self.columns.at[column]?).map(|cell| &*cell.text).filter(|text| !text.is_empty())
    }

    pub(crate) fn required<T>(
        &mut self,
        column: usize,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        if self.cell(column).is_none() {
            self.note(column, "the cell is empty (a value is needed)");
        }
        self.optional(column, read)
    }

    pub(crate) fn optional<T>(
        &mut self,
        column: usize,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        match read(self.cell(column)?) {
            Ok(value) => Some(value),
            Err(message) => {
                self.note(column, message);
                None
            }
        }
    }

    pub(crate) fn note(&mut self, column: usize, message: impl Into<String>) {
        self.is_sound = false;
        let name = shown(self.columns.names[column]);
        self.problems.add_in_file(self.file, Some(self.row.at.start), &name, message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Vec<String>> {
        let table = Table::open(text, &[]).unwrap_or_else(|flaw| panic!("{text}: {flaw:?}"));
        let told = |row: Row<'_>| -> Vec<String> {
            // What a cell says is what stands at its place.
            let at_place = |cell: &Cell<'_>| text[cell.at.clone()].replace("\"\"", "\"") == cell.text;
            assert!(row.cells.iter().all(at_place), "{text}: {row:?}");
            row.cells.iter().map(|cell| cell.text.to_string()).collect()
        };
        let rows = table.rows().map(|row| told(row.expect("a row")));
        std::iter::once(told(table.header.clone())).chain(rows).collect()
    }

    #[test]
    fn cells_are_read_whatever_stands_around_them() {
        for (text, expected) in [
            ("\u{feff}id,имя\r\na,ж\n", vec![vec!["id", "имя"], vec!["a", "ж"]]),
            // Blanks before and behind quotes.
            ("a, \"b,c\" ,\t\"d\"\n1,\" 2 \",3", vec![vec!["a", "b,c", "d"], vec!["1", "2", "3"]]),
            ("a,\"say \"\"x\"\"\",\"\"\n", vec![vec!["a", "say \"x\"", ""]]),
            // Ends of lines of every kind, and lines with nothing in them.
            ("a,b\r1,2\r\r3,4", vec![vec!["a", "b"], vec!["1", "2"], vec!["3", "4"]]),
            ("\n \na\r\n\r\n1\n", vec![vec!["a"], vec!["1"]]),
            // A quote that no cell begins with is a character like others.
            ("a\n5\" pipe\n", vec![vec!["a"], vec!["5\" pipe"]]),
        ] {
            assert_eq!(read(text), expected, "{text:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_place() {
        let all = |text: &str| -> Result<Vec<usize>, Flaw> {
            Table::open(text, &["a"])?.rows().map(|row| row.map(|row| row.at.start)).collect()
        };
        for (text, at, expected) in [
            ("", 0..0, "the file is empty (a line of column names: a)"),
            (" \r\r\n", 0..0, "the file is empty"),
            ("a,b\n1, \"2\r\n3,4", 7..9, "a quote is left open"),
            ("a,b\n\"1\" x,2", 4..9, "\"x\" stands between a closing quote and the next comma"),
            ("a;b\n1;2", 0..3, "2 columns are separated by semicolons"),
            ("a,b\r1\r", 4..5, "the row has 1 cells (the header has 2; an empty cell keeps its comma)"),
        ] {
            let flaw = all(text).expect_err(text);
            assert!(flaw.at == at && flaw.message.starts_with(expected), "{text:?}: {flaw:?}");
        }
    }
}
