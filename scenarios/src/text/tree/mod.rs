//! A scenario's text as a tree in which every value and every field name knows where it stands.
//!
//! ```text
//!  text ── read (ron lexes) ──> Node ── decode (serde) ──> the format's types
//!                                ^  │
//!                                │  └── problem at a node: noted, mended, decoded again (repair)
//!                                └───── find: a path of ids to the node that it means
//! ```
//!
//! The format's types stay the one definition of the format; nothing here knows a field by its name, but for the names by which
//! records are told apart ([`KEYS`]).

pub(crate) mod brackets;
pub(crate) mod decode;
pub(crate) mod decode_error;
pub(crate) mod find;
pub(crate) mod read;
mod read_error;
pub(crate) mod repair;
pub(crate) mod typed;

/// Fields by which a record of a list is called in a path, the first that it has.
pub(crate) const KEYS: [&str; 5] = ["id", "visit", "node", "vehicle", "match"];

/// A stretch of one of the texts that a scenario consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Range {
    /// Which text: its index among the [`crate::text::source::Sources`].
    pub(crate) source: u32,
    /// The first byte.
    pub(crate) start: u32,
    /// The byte after the last.
    pub(crate) end: u32,
}

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) range: Range,
    pub(crate) value: Value,
}

/// A field of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) name_range: Range,
    pub(crate) node: Node,
}

/// What a text says before anybody asks for a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// A number, as written.
    Number(Box<str>),
    /// A text in quotes, without them.
    Text(Box<str>),
    /// A bare word from the command line or a cell of a table: whatever is asked for.
    Word(Box<str>),
    Bool(bool),
    /// `()`.
    Unit,
    None,
    Some(Box<Node>),
    /// `[a, b]`.
    List(Vec<Node>),
    /// `(a, b)`.
    Tuple(Vec<Node>),
    /// `(a: 1, b: 2)`.
    Record(Vec<Field>),
    /// `Name` or `Name(...)`; the content is what stands in the parentheses.
    Variant {
        name: Box<str>,
        content: Option<Box<Node>>,
    },
    /// Something that RON has and the format never uses: a map in braces, a character, bytes.
    Foreign(&'static str),
    /// A value that was wrong, or is missing, and has been reported: it decodes as anything.
    Poisoned,
}

impl Node {
    /// The value below a name in parentheses or `Some`, which paths do not mention.
    pub(crate) fn inner(&self) -> &Self {
        match &self.value {
            Value::Some(inner) => inner.inner(),
            Value::Variant { content: Some(content), .. } => match &content.value {
                Value::Tuple(items) if items.len() == 1 => items[0].inner(),
                _ => content,
            },
            _ => self,
        }
    }

    /// The same, to be changed.
    pub(crate) fn inner_mut(&mut self) -> &mut Self {
        match self.value {
            Value::Some(_) | Value::Variant { content: Some(_), .. } => {}
            _ => return self,
        }
        match &mut self.value {
            Value::Some(inner) => inner.inner_mut(),
            Value::Variant { content: Some(content), .. } => {
                if !content.is_single() {
                    return content;
                }
                match &mut content.value {
                    Value::Tuple(items) => items[0].inner_mut(),
                    _ => unreachable!("it is a tuple"),
                }
            }
            _ => unreachable!("it is wrapped"),
        }
    }

    fn is_single(&self) -> bool {
        matches!(&self.value, Value::Tuple(items) if items.len() == 1)
    }

    /// Whether the value, or one within it, is not known.
    pub(crate) fn is_poisoned(&self) -> bool {
        match &self.value {
            Value::Poisoned => true,
            Value::Some(inner) => inner.is_poisoned(),
            Value::Variant { content, .. } => content.as_ref().is_some_and(|content| content.is_poisoned()),
            Value::List(items) | Value::Tuple(items) => items.iter().any(Self::is_poisoned),
            Value::Record(fields) => fields.iter().any(|field| field.node.is_poisoned()),
            _ => false,
        }
    }

    /// A field of a record.
    pub(crate) fn field(&self, name: &str) -> Option<&Self> {
        match &self.inner().value {
            Value::Record(fields) => fields.iter().find(|field| field.name == name).map(|field| &field.node),
            _ => None,
        }
    }

    /// The text or word of a value that is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.inner().value {
            Value::Text(text) | Value::Word(text) => Some(text),
            _ => None,
        }
    }

    /// What a record of a list is called in a path; `None` where only its number calls it.
    pub(crate) fn key(&self) -> Option<&str> {
        self.key_node().and_then(Self::text)
    }

    /// The value that calls a record.
    pub(crate) fn key_node(&self) -> Option<&Self> {
        KEYS.iter().find_map(|key| self.field(key))
    }

    /// What it is, for messages.
    pub(crate) fn what(&self) -> &'static str {
        match &self.value {
            Value::Number(_) => "a number",
            Value::Text(_) => "a text",
            Value::Word(_) => "a word",
            Value::Bool(_) => "true or false",
            Value::Unit => "empty parentheses",
            Value::None => "None",
            Value::Some(_) => "Some(...)",
            Value::List(_) => "a list",
            Value::Tuple(_) => "values in parentheses",
            Value::Record(_) => "a record",
            Value::Variant { content: None, .. } => "a bare name",
            Value::Variant { .. } => "a name with parentheses",
            Value::Foreign(what) => what,
            Value::Poisoned => "unknown",
        }
    }
}
