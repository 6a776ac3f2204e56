//! Text cells: quoted where CSV needs it, and harmless when a spreadsheet opens them.

use csv::{QuoteStyle, Terminator, WriterBuilder};

/// Characters that make a spreadsheet read a cell as a formula (OWASP, "CSV injection").
const FORMULA_STARTS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A text cell, ready to be copied into a row any number of times.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Cell(Box<[u8]>);

impl Cell {
    /// Makes a cell of any text.
    pub(crate) fn text(text: &str) -> Self {
        let mut bytes = Vec::new();
        push_text(&mut bytes, text);
        Self(bytes.into())
    }

    /// Several cells in a row, with the commas between them.
    pub(crate) fn joined<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut bytes = Vec::new();
        for (ix, text) in texts.into_iter().enumerate() {
            if ix > 0 {
                bytes.push(b',');
            }
            push_text(&mut bytes, text);
        }
        Self(bytes.into())
    }

    /// The bytes between two commas.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Appends a text as a cell: an apostrophe before what would be a formula, quotes where the csv crate puts them.
pub fn push_text(out: &mut Vec<u8>, text: &str) {
    if text.is_empty() {
        return;
    }
    let is_formula = text.starts_with(FORMULA_STARTS);
    let is_plain = text.bytes().all(|byte| !matches!(byte, b',' | b'"' | b'\n' | b'\r'));
    if is_plain {
        if is_formula {
            out.push(b'\'');
        }
        out.extend_from_slice(text.as_bytes());
        return;
    }
    let defused = if is_formula { format!("'{text}") } else { text.to_owned() };
    let mut writer = WriterBuilder::new()
        .quote_style(QuoteStyle::Necessary)
        .terminator(Terminator::Any(b'\n'))
        .from_writer(Vec::new());
    // Writing to memory cannot fail; if it did, the cell would stay empty rather than half written.
    let quoted = writer.write_record([defused.as_bytes()]).ok().and_then(|()| writer.into_inner().ok());
    out.extend_from_slice(quoted.as_deref().and_then(|bytes| bytes.strip_suffix(b"\n")).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_needed_and_never_become_formulas() {
        let cases = [
            ("", ""),
            ("C1P1A", "C1P1A"),
            ("a b", "a b"),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("=1+1", "'=1+1"),
            ("+61", "'+61"),
            ("-C1", "'-C1"),
            ("@x", "'@x"),
            ("\tx", "'\tx"),
            ("\rx", "\"'\rx\""),
            ("=HYPERLINK(\"a\",\"b\")", "\"'=HYPERLINK(\"\"a\"\",\"\"b\"\")\""),
            ("C-1", "C-1"),
        ];
        for (text, expected) in cases {
            assert_eq!(String::from_utf8_lossy(Cell::text(text).bytes()), expected, "{text:?}");
        }
        assert_eq!(Cell::joined(["a", "b,c", ""]).bytes(), b"a,\"b,c\",");
    }
}
