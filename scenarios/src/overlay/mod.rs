//! Values that replace others, by path: `site.charge_points.*.max_rating_kw=100`.
//!
//! A path consists of names of fields, of what records are called (their `id`, or `node`, `vehicle`, `match` where they have no id),
//! of numbers from 1 for entries of lists without such names, and of `*` for all of a list or `C1*` for all whose names begin so. Names
//! in parentheses (`Generated`) are not mentioned. A value is RON; a bare word, time or duration needs no quotes; `None` leaves out a field that may be
//! left out.

mod walk;

use crate::error::Problems;
use crate::format::file::ScenarioFile;
use crate::format::shape::scenario_shape;
use crate::text::tree::read::read;
use crate::text::tree::repair::Fault;
use crate::text::tree::{Node, Range, Value};
use crate::values::quantity::shown;
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
        if path.trim().is_empty() {
            return Err(format!("\"{text}\" says no path before its ="));
        }
        Ok(Self { path: path.trim().to_owned(), value: value.trim().to_owned() })
    }
}

impl fmt::Display for Overlay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.path, self.value)
    }
}

/// Why a value cannot be set.
pub(crate) struct Refused {
    pub(crate) fault: Fault,
    /// How many segments of its path lead somewhere, where the path is what is wrong.
    pub(crate) sound: Option<usize>,
}

impl Overlay {
    /// Whether it sets site data in such a way that they may have to be expanded before a path leads into them.
    pub(crate) fn may_repeat(&self) -> bool {
        let list = self.path.split('.').next().unwrap_or_default();
        matches!(list, "site" | "site_changes") && self.is_ron()
    }

    /// Puts the value into an expanded scenario's tree; the answer is what is doubtful about it.
    pub(crate) fn apply(&self, source: u32, tree: &mut Node) -> Result<Option<String>, Refused> {
        let range = Range { source, start: 0, end: self.value.len() as u32 };
        let refused = |message: String, sound| Refused {
            fault: Fault { range, path: self.path.clone(), message, is_poisonous: false },
            sound,
        };
        if self.path.starts_with("site.") && self.path.ends_with(".repeat") {
            let message =
                "`repeat` is expanded already (set values of the records that it made, or the whole list)";
            return Err(refused(message.to_owned(), None));
        }
        let value = self.node(source).map_err(|message| refused(message, None))?;
        match walk::set(tree, scenario_shape(), &self.path, &value) {
            Ok(shared) => Ok(shared.map(|shared| self.sharing(shared))),
            Err(astray) => Err(refused(astray.message, Some(astray.sound))),
        }
    }

    /// What to say of a name that several entries share: an id is nobody else's, but a vehicle comes several times.
    fn sharing(&self, shared: walk::Shared) -> String {
        let segments: Vec<&str> = self.path.split('.').collect();
        let (name, list) = (segments[shared.segment], segments[..shared.segment].join("."));
        format!(
            "{} entries of `{list}` are called \"{}\", and all of them change (numbers from 1 mean one each: `{list}.1`)",
            shared.entries,
            shown(name)
        )
    }

    /// Whether the value is written as RON, with brackets or quotes, and is no bare word.
    fn is_ron(&self) -> bool {
        let name = self.value.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(self.value.len());
        self.value.starts_with(['(', '[', '{', '"']) || self.value[name..].starts_with('(')
    }

    /// The value as a tree.
    fn node(&self, source: u32) -> Result<Node, String> {
        match self.is_ron() {
            true => read(source, &self.value).map_err(|error| error.message),
            false => {
                let range = Range { source, start: 0, end: self.value.len() as u32 };
                Ok(Node { range, value: Value::Word(self.value.as_str().into()) })
            }
        }
    }
}

/// Every statement of provenance is about something, as far as `is_asked` for its place.
pub(crate) fn check_provenance<'t>(
    file: &ScenarioFile,
    tree: impl FnOnce() -> &'t Node,
    is_asked: impl Fn(&str) -> bool,
    problems: &mut Problems,
) {
    // The tree of a large site is a large one.
    if file.provenance.is_empty() {
        return;
    }
    let mut tree = Node::clone(tree());
    for (index, record) in file.provenance.iter().enumerate() {
        if problems.is_full() || !is_asked(&format!("provenance.{}.path", index + 1)) {
            continue;
        }
        if let Err(message) = walk::find(&mut tree, scenario_shape(), &record.path) {
            problems.add(format!("provenance.{}.path", index + 1), message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draft::Draft;
    use crate::text::tree::find::path_of;
    use crate::{Bundled, bundled};

    fn draft(text: &str) -> Draft {
        let bundled = Bundled::find("real-depot").unwrap();
        Draft::read("test", text, &mut |file| bundled.read_file(file)).unwrap()
    }

    /// The steps to every value within a tree, the tree itself left out.
    fn all(node: &Node, steps: &mut Vec<usize>, found: &mut Vec<(Vec<usize>, Range)>) {
        let children: Vec<&Node> = match &node.value {
            Value::Some(inner) => vec![inner],
            Value::Variant { content: Some(content), .. } => vec![content],
            Value::List(items) | Value::Tuple(items) => items.iter().collect(),
            Value::Record(fields) => fields.iter().map(|field| &field.node).collect(),
            _ => Vec::new(),
        };
        let is_wrapper = matches!(node.value, Value::Variant { .. } | Value::Some(_));
        for (step, child) in children.into_iter().enumerate() {
            steps.push(step);
            // What stands in the parentheses of a name has the name's path.
            if !is_wrapper && !matches!(&node.value, Value::Tuple(items) if items.len() == 1) {
                found.push((steps.clone(), child.range));
            }
            all(child, steps, found);
            steps.pop();
        }
    }

    #[test]
    fn every_value_can_be_set_by_its_path_to_what_it_is() {
        let texts = bundled().iter().map(|bundled| bundled.text).chain([include_str!("../../reference.ron")]);
        let mut count = 0;
        for text in texts {
            let draft = draft(text);
            let ron = crate::text::ron_text::write(draft.file(), 3);
            let mut values = Vec::new();
            all(draft.tree(), &mut Vec::new(), &mut values);
            for (steps, range) in values {
                let path = path_of(draft.tree(), &steps);
                let value = ron[range.start as usize..range.end as usize].to_owned();
                let overlay = Overlay { path, value };
                let result = draft.with(std::slice::from_ref(&overlay));
                let set = result.unwrap_or_else(|error| panic!("{overlay}: {error}"));
                assert!(set.file() == draft.file(), "{overlay}");
                count += 1;
            }
        }
        assert!(count > 1000, "{count} values");
    }
}
