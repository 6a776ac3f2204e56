//! Values that replace others, by path: `site.charge_points.*.max_rating_kw=100`.
//!
//! A path consists of names of fields, of what records are called (their `id`, or `node`, `vehicle`, `match` where they have no id),
//! of numbers from 1 for entries of lists without such names, and of `*` for all of a list. Names in parentheses (`Generated`) are
//! not mentioned. A value is RON; a bare word, time or duration needs no quotes.

mod walk;

use crate::error::Problems;
use crate::file::ScenarioFile;
use crate::shape::scenario_shape;
use crate::tree::read::read;
use crate::tree::repair::Fault;
use crate::tree::{Node, Range, Value};
use std::fmt;
use std::str::FromStr;

/// A value that replaces another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlay {
    /// Which.
    pub path: String,
    /// By what: RON, or a bare word.
    pub value: String,
}

impl FromStr for Overlay {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (path, value) = text.split_once('=').ok_or_else(|| {
            format!("\"{text}\" has no = (PATH=VALUE, such as site.charge_points.*.max_rating_kw=100)")
        })?;
        Ok(Self { path: path.trim().to_owned(), value: value.trim().to_owned() })
    }
}

impl fmt::Display for Overlay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.path, self.value)
    }
}

impl Overlay {
    /// Puts the value into an expanded scenario's tree.
    pub(crate) fn apply(&self, source: u32, tree: &mut Node) -> Result<(), Fault> {
        let range = Range { source, start: 0, end: self.value.len() as u32 };
        let fault = |message| Fault { range, path: self.path.clone(), message, is_poisonous: false };
        if self.path.starts_with("site.") && self.path.ends_with(".repeat") {
            let message =
                "`repeat` is expanded already (set values of the records that it made, or the whole list)";
            return Err(fault(message.to_owned()));
        }
        let value = self.node(source).map_err(fault)?;
        walk::set(tree, scenario_shape(), &self.path, &value).map_err(fault)
    }

    /// The value as a tree: RON where it has brackets or quotes, else a word.
    fn node(&self, source: u32) -> Result<Node, String> {
        let name = self.value.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(self.value.len());
        let is_ron = self.value.starts_with(['(', '[', '{', '"']) || self.value[name..].starts_with('(');
        match is_ron {
            true => read(source, &self.value).map_err(|error| error.message),
            false => {
                let range = Range { source, start: 0, end: self.value.len() as u32 };
                Ok(Node { range, value: Value::Word(self.value.as_str().into()) })
            }
        }
    }
}

/// Every statement of provenance is about something.
pub(crate) fn check_provenance(tree: &Node, file: &ScenarioFile, problems: &mut Problems) {
    for (index, record) in file.provenance.iter().enumerate() {
        if let Err(message) = walk::find(tree, scenario_shape(), &record.path) {
            problems.add(format!("provenance.{}.path", index + 1), message);
        }
    }
}
