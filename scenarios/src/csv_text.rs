//! Where the cells of a CSV text stand.

use std::ops::Range;

/// The bytes of each cell of a line, quotes and blanks around it left out; `line` is counted from 1.
///
/// A cell never holds a line break, since the readers of tables refuse a quote that is open at the end of its line.
pub(crate) fn cells_of_line(text: &str, line: u64) -> Vec<Range<usize>> {
    let mut start = 0;
    for (number, content) in (1..).zip(text.split_inclusive('\n')) {
        if number == line {
            return cells(content, start);
        }
        start += content.len();
    }
    Vec::new()
}

/// The cells of a line that begins at byte `offset`.
pub(crate) fn cells(line: &str, offset: usize) -> Vec<Range<usize>> {
    let line = line.trim_end_matches(['\n', '\r']);
    let mut cells = Vec::new();
    let (mut begin, mut is_quoted) = (0, false);
    for (at, byte) in line.bytes().enumerate() {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b',' if !is_quoted => {
                cells.push(trimmed(line, begin..at, offset));
                begin = at + 1;
            }
            _ => {}
        }
    }
    cells.push(trimmed(line, begin..line.len(), offset));
    cells
}

fn trimmed(line: &str, cell: Range<usize>, offset: usize) -> Range<usize> {
    let blank = |c: char| c.is_whitespace() || c == '"' || c == '\u{feff}';
    let text = &line[cell.clone()];
    let begin = cell.start + (text.len() - text.trim_start_matches(blank).len());
    let end = cell.start + text.trim_end_matches(blank).len();
    offset + begin..offset + end.max(begin)
}

/// More columns are no table of ours, and comparing their names with each other would take for ever.
const COLUMNS_MAX: usize = 1000;

/// What to say of a header that is too wide.
pub(crate) fn too_wide(columns: usize) -> Option<String> {
    (columns > COLUMNS_MAX).then(|| format!("the header has {columns} columns (at most {COLUMNS_MAX})"))
}

/// Whether a quote is open at the end of a line.
pub(crate) fn is_open(line: &str) -> bool {
    line.bytes().filter(|&byte| byte == b'"').count() % 2 == 1
}

/// What to say of a quote that is open at the end of its line.
pub(crate) const OPEN_QUOTE: &str = "a quote is left open (close it with \"; each cell ends on its line)";

/// What to say of a row that has more or fewer cells than there are columns.
pub(crate) fn count_problem(cells: usize, columns: usize) -> String {
    let remedy = match cells > columns {
        true => "decimals have a point, and a text with a comma stands in double quotes",
        false => "an empty cell keeps its comma",
    };
    format!("the row has {cells} cells (the header has {columns}; {remedy})")
}

/// What to say of a line of column names that another character separates than a comma; one mistake, and not one in each column.
pub(crate) fn separator_problem(header: &csv::StringRecord) -> Option<String> {
    let (line, 1) = (header.get(0)?, header.len()) else { return None };
    let (separator, name) = [(';', "semicolons"), ('\t', "tabs"), ('|', "bars")]
        .into_iter()
        .find(|(separator, _)| line.contains(*separator))?;
    let columns = line.split(separator).count();
    Some(format!("{columns} columns are separated by {name} (commas are needed, and points in decimals)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_found_with_quotes_blanks_and_letters_of_any_alphabet() {
        let text = "\u{feff}id,имя\r\na, \"b,c\" ,,ж\n";
        let shown =
            |line| -> Vec<&str> { cells_of_line(text, line).into_iter().map(|cell| &text[cell]).collect() };
        assert_eq!(shown(1), ["id", "имя"]);
        assert_eq!(shown(2), ["a", "b,c", "", "ж"]);
        assert!(shown(3).is_empty());
    }
}
