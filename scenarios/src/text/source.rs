//! The texts that a scenario consists of, and places in them.

use crate::text::tree::Range;
use std::path::Path;
use std::sync::Arc;

/// A text that was read: the scenario, or a CSV file that it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its name in messages.
    pub name: String,
    /// The whole text.
    pub text: Arc<str>,
    /// Whether it is a value from the command line rather than a file.
    pub is_argument: bool,
}

/// All texts of a scenario, the scenario's own first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Sources(pub(crate) Vec<Source>);

impl Sources {
    /// Adds the text of a file, or finds it again; the result is its index.
    pub(crate) fn add(&mut self, name: &str, text: &str) -> u32 {
        let known = self.0.iter().position(|source| source.name == name && &*source.text == text);
        known.map_or_else(|| self.push(name, text, false), |index| index as u32)
    }

    /// Adds a value from the command line.
    pub(crate) fn add_argument(&mut self, name: &str, text: &str) -> u32 {
        self.push(name, text, true)
    }

    fn push(&mut self, name: &str, text: &str, is_argument: bool) -> u32 {
        self.0.push(Source { name: name.to_owned(), text: text.into(), is_argument });
        self.0.len() as u32 - 1
    }

    /// A source's name for people: files that the scenario names stand beside it, unless it says from the root on where they are.
    pub(crate) fn shown_name(&self, index: u32) -> String {
        let source = &self.0[index as usize];
        match self.0[0].name.rsplit_once('/') {
            Some((folder, _))
                if index > 0 && !source.is_argument && !Path::new(&source.name).is_absolute() =>
            {
                format!("{folder}/{}", source.name)
            }
            _ => source.name.clone(),
        }
    }

    pub(crate) fn get(&self, range: Range) -> &Source {
        &self.0[range.source as usize]
    }
}

/// The lines of a text, each with its first byte and without its end: LF, CRLF, or CR alone.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut rest = Some(0);
    std::iter::from_fn(move || {
        let at = rest?;
        let line_end = text[at..].find(['\n', '\r']).map(|length| at + length);
        rest = line_end.map(|end| end + if text[end..].starts_with("\r\n") { 2 } else { 1 });
        Some((at, &text[at..line_end.unwrap_or(text.len())]))
    })
}

/// The bytes of the line that a byte of a text is in, without its end.
fn line_around(text: &str, at: usize) -> std::ops::Range<usize> {
    let boundary = (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    // Between the two characters of a line's end nothing begins.
    let before = match text[boundary..].starts_with('\n') && text[..boundary].ends_with('\r') {
        true => &text[..boundary - 1],
        false => &text[..boundary],
    };
    let start = before.rfind(['\n', '\r']).map_or(0, |line_break| line_break + 1);
    let length = text[start..].find(['\n', '\r']).unwrap_or(text.len() - start);
    start..start + length
}

impl Source {
    /// The number of the line that a byte is in, from 1, and the line's bytes without its end.
    pub fn line(&self, at: usize) -> (usize, std::ops::Range<usize>) {
        let line = line_around(&self.text, at);
        (breaks_before(&self.text, line.start) + 1, line)
    }
}

fn breaks_before(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    let is_end = |&at: &usize| match bytes[at] {
        b'\n' => true,
        b'\r' => bytes.get(at + 1) != Some(&b'\n'),
        _ => false,
    };
    (0..at).filter(is_end).count()
}

/// Line and column in characters of a byte of a text, both from 1. A byte order mark is no character.
pub(crate) fn line_and_column(text: &str, at: usize) -> (u64, u64) {
    let line = line_around(text, at);
    let before = &text[line.clone()];
    let within = before.char_indices().take_while(|(index, _)| line.start + index < at);
    let column =
        within.filter(|(index, c)| *c != '\u{feff}' && line.start + index + c.len_utf8() <= at).count() + 1;
    (breaks_before(text, line.start) as u64 + 1, column as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_in_every_way_and_places_are_counted_with_them() {
        let text = "a\rжb\r\n\r\nc\n\u{feff}d";
        let shown: Vec<&str> = lines(text).map(|(at, line)| &text[at..at + line.len()]).collect();
        assert_eq!(shown, ["a", "жb", "", "c", "\u{feff}d"]);
        for (what, expected) in [("a", (1, 1)), ("ж", (2, 1)), ("b", (2, 2)), ("c", (4, 1)), ("d", (5, 1))] {
            assert_eq!(line_and_column(text, text.find(what).expect("it is there")), expected, "{what}");
        }
        assert_eq!(line_and_column(text, text.len() + 5), (5, 2));
        assert_eq!(line_and_column(text, 3), (2, 1), "within a character");
    }
}
