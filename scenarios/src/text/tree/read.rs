//! RON text to a tree; `ron` does the lexing and decides what is RON.

use super::brackets::{DEPTH_MAX, after_blank, open_at};
use super::{Field, Node, Range, Value};
use ron::error::SpannedError;
use ron::extensions::Extensions;
use ron::value::RawValue;
use serde::de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;

/// Why a text is not RON, and where \[byte\].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SyntaxError {
    pub(crate) at: usize,
    pub(crate) message: String,
}

/// Reads a text; `source` is its index among the sources.
///
/// # Errors
/// The first place that is not RON.
pub(crate) fn read(source: u32, text: &str) -> Result<Node, SyntaxError> {
    // Ranges are of 32 bits.
    if u32::try_from(text.len()).is_err() {
        return Err(SyntaxError { at: 0, message: "the text is too long (at most 4 GB)".into() });
    }
    let begin = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let ron = &text[begin..];
    if let Some(open) = open_at(ron, ron.len()).get(DEPTH_MAX) {
        let message = format!("brackets nest more than {DEPTH_MAX} deep here (a scenario needs 8)");
        return Err(SyntaxError { at: begin + open.at, message });
    }
    let syntax_error = |error: &SpannedError| super::read_error::readable(text, begin, error);
    if let Err(error) = options().from_str::<IgnoredAny>(ron) {
        return Err(syntax_error(&error));
    }
    let reader = Reader { source, base: text };
    // What is enabled by `#![enable(...)]` changes nothing for the format; `ron` has checked the names.
    reader.node(after_attributes(text, begin), text.len()).map_err(|error| syntax_error(&error))
}

pub(super) fn options() -> ron::Options {
    ron::Options::default().with_default_extension(Extensions::IMPLICIT_SOME)
}

/// Where the value begins, after any `#![...]`.
fn after_attributes(text: &str, begin: usize) -> usize {
    let mut at = after_blank(text, begin);
    while text[at..].starts_with("#!") || text[at..].starts_with('#') {
        let Some(length) = text[at..].find(']') else { break };
        at = after_blank(text, at + length + 1);
    }
    at
}

struct Reader<'t> {
    source: u32,
    base: &'t str,
}

impl<'t> Reader<'t> {
    fn range(&self, start: usize, end: usize) -> Range {
        // The length was checked.
        Range { source: self.source, start: start as u32, end: end as u32 }
    }

    /// Where a part of the text begins.
    fn offset(&self, part: &str) -> usize {
        part.as_ptr() as usize - self.base.as_ptr() as usize
    }

    /// The value that stands in these bytes, beside white space and comments.
    fn node(&self, start: usize, end: usize) -> Result<Node, SpannedError> {
        let start = after_blank(self.base, start);
        let text = &self.base[start..end];
        let word = text.len() - text.trim_start_matches(|c: char| c == '_' || c.is_alphanumeric()).len();
        let is_name = text.starts_with(|c: char| c == '_' || c.is_alphabetic());
        match text[..word].trim_end_matches(|_| !is_name) {
            // Raw strings and bytes begin like names.
            "r" | "b" | "br" if text[word..].starts_with(['"', '#', '\'']) => self.leaf(start, text),
            "" => self.unnamed(start, text),
            name => self.named(start, name),
        }
    }

    fn named(&self, start: usize, name: &str) -> Result<Node, SpannedError> {
        let word_end = start + name.len();
        let value = match name {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "None" => Value::None,
            "inf" | "NaN" | "inff32" | "inff64" | "NaNf32" | "NaNf64" => Value::Number(name.into()),
            _ => {
                let begin = after_blank(self.base, word_end);
                if !self.base[begin..].starts_with('(') {
                    let value = Value::Variant { name: name.into(), content: None };
                    return Ok(Node { range: self.range(start, word_end), value });
                }
                let content = self.parentheses(begin)?;
                let range = Range { start: start as u32, ..content.range };
                let value = match (name, content.value) {
                    ("Some", Value::Tuple(mut items)) if items.len() == 1 => {
                        Value::Some(Box::new(items.remove(0)))
                    }
                    (_, value) => Value::Variant {
                        name: name.into(),
                        content: Some(Box::new(Node { range: content.range, value })),
                    },
                };
                return Ok(Node { range, value });
            }
        };
        Ok(Node { range: self.range(start, word_end), value })
    }

    fn unnamed(&self, start: usize, text: &'t str) -> Result<Node, SpannedError> {
        match text.as_bytes().first() {
            Some(b'(') => self.parentheses(start),
            Some(b'[') => {
                let rest = &self.base[start..];
                let mut parser = ron::Deserializer::from_str_with_options(rest, &options())?;
                let items =
                    Vec::<&RawValue>::deserialize(&mut parser).map_err(|error| parser.span_error(error))?;
                let range = self.range(start, self.base.len() - parser.remainder().len());
                let items = items.iter().map(|item| self.part(item.get_ron()));
                Ok(Node { range, value: Value::List(items.collect::<Result<_, _>>()?) })
            }
            _ => self.leaf(start, text),
        }
    }

    fn part(&self, part: &str) -> Result<Node, SpannedError> {
        let start = self.offset(part);
        self.node(start, start + part.len())
    }

    fn parentheses(&self, start: usize) -> Result<Node, SpannedError> {
        let rest = &self.base[start..];
        let mut parser = ron::Deserializer::from_str_with_options(rest, &options())?;
        let parts = parser.deserialize_any(PartsVisitor).map_err(|error| parser.span_error(error))?;
        let value = match parts {
            Parts::None => Value::Unit,
            Parts::Values(values) => {
                Value::Tuple(values.iter().map(|value| self.part(value.get_ron())).collect::<Result<_, _>>()?)
            }
            Parts::Fields(fields) => {
                let field = |(name, value): &(&str, &RawValue)| {
                    let start = self.offset(name);
                    Ok(Field {
                        name: (*name).to_owned(),
                        name_range: self.range(start, start + name.len()),
                        node: self.part(value.get_ron())?,
                    })
                };
                Value::Record(fields.iter().map(field).collect::<Result<_, SpannedError>>()?)
            }
        };
        let end = self.base.len() - parser.remainder().len();
        Ok(Node { range: self.range(start, end), value })
    }

    fn leaf(&self, start: usize, text: &'t str) -> Result<Node, SpannedError> {
        let mut parser = ron::Deserializer::from_str(text)?;
        let found = parser.deserialize_any(LeafVisitor).map_err(|error| parser.span_error(error))?;
        let length = text.len() - parser.remainder().len();
        let value = match found {
            Leaf::Number => Value::Number(text[..length].into()),
            Leaf::Text(text) => Value::Text(text.into()),
            Leaf::Foreign(what) => Value::Foreign(what),
        };
        Ok(Node { range: self.range(start, start + length), value })
    }
}

enum Parts<'t> {
    None,
    Values(Vec<&'t RawValue>),
    Fields(Vec<(&'t str, &'t RawValue)>),
}

struct PartsVisitor;

impl<'de> Visitor<'de> for PartsVisitor {
    type Value = Parts<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("parentheses")
    }

    fn visit_unit<E: Error>(self) -> Result<Parts<'de>, E> {
        Ok(Parts::None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Parts<'de>, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = seq.next_element()? {
            values.push(value);
        }
        Ok(if values.is_empty() { Parts::None } else { Parts::Values(values) })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Parts<'de>, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(Parts::Fields(fields))
    }
}

enum Leaf {
    Number,
    Text(String),
    Foreign(&'static str),
}

struct LeafVisitor;

macro_rules! numbers {
    ($($visit:ident: $type:ty),*) => {$(
        fn $visit<E: Error>(self, _: $type) -> Result<Leaf, E> {
            Ok(Leaf::Number)
        }
    )*};
}

impl<'de> Visitor<'de> for LeafVisitor {
    type Value = Leaf;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    numbers!(visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_i128: i128, visit_u128: u128);

    fn visit_str<E: Error>(self, text: &str) -> Result<Leaf, E> {
        Ok(Leaf::Text(text.to_owned()))
    }

    fn visit_bytes<E: Error>(self, _: &[u8]) -> Result<Leaf, E> {
        Ok(Leaf::Foreign("bytes"))
    }

    fn visit_char<E: Error>(self, _: char) -> Result<Leaf, E> {
        Ok(Leaf::Foreign("a character in single quotes"))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Leaf, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Leaf::Foreign("a map in braces"))
    }

    fn visit_unit<E: Error>(self) -> Result<Leaf, E> {
        Ok(Leaf::Foreign("a range"))
    }
}
