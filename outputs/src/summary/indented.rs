//! The layout of `summary.json`: a value a line, two blanks for each level, as `serde_json` lays out what people read.
//!
//! It writes the same bytes in fewer pieces, since a sweep makes a summary for every case only to digest it.

use serde_json::ser::Formatter;
use std::io::{self, Write};

/// What stands between two values, for as many levels as most documents have.
const BETWEEN: &[u8; 34] = b",\n                                ";

/// How deep the value is that is being written, and whether the list or record around it has one already.
#[derive(Debug, Default)]
pub(super) struct Indented {
    depth: usize,
    has_value: bool,
}

impl Indented {
    /// Begins a line, after a comma unless it is the first of its list or record.
    #[inline]
    fn line(&self, out: &mut (impl Write + ?Sized), is_first: bool) -> io::Result<()> {
        let (begin, end) = (usize::from(is_first), 2 + 2 * self.depth);
        out.write_all(&BETWEEN[begin..end.min(BETWEEN.len())])?;
        for _ in BETWEEN.len()..end {
            out.write_all(b" ")?;
        }
        Ok(())
    }

    fn begin(&mut self, out: &mut (impl Write + ?Sized), bracket: &[u8]) -> io::Result<()> {
        self.depth += 1;
        self.has_value = false;
        out.write_all(bracket)
    }

    fn end(&mut self, out: &mut (impl Write + ?Sized), bracket: &[u8]) -> io::Result<()> {
        self.depth -= 1;
        if self.has_value {
            self.line(out, true)?;
        }
        out.write_all(bracket)
    }
}

impl Formatter for Indented {
    fn begin_array<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.begin(out, b"[")
    }

    fn end_array<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.end(out, b"]")
    }

    fn begin_array_value<W: Write + ?Sized>(&mut self, out: &mut W, is_first: bool) -> io::Result<()> {
        self.line(out, is_first)
    }

    fn end_array_value<W: Write + ?Sized>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }

    fn begin_object<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.begin(out, b"{")
    }

    fn end_object<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.end(out, b"}")
    }

    fn begin_object_key<W: Write + ?Sized>(&mut self, out: &mut W, is_first: bool) -> io::Result<()> {
        self.line(out, is_first)
    }

    fn begin_object_value<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }

    fn end_object_value<W: Write + ?Sized>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Serialize;
    use serde_json::{Serializer, Value, json};

    #[test]
    fn the_layout_is_that_of_serde_json() {
        let deep = (0..40).fold(json!([]), |inner, level| json!({ "level": level, "inner": [inner, {}] }));
        for value in [json!({}), json!([]), json!({ "a": [1, "\"b\n", null], "c": { "d": [[], [2]] } }), deep]
        {
            let mut out = Vec::new();
            let mut serializer = Serializer::with_formatter(&mut out, Indented::default());
            Value::serialize(&value, &mut serializer).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), serde_json::to_string_pretty(&value).unwrap());
        }
    }
}
