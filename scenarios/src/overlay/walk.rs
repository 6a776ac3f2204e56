//! The way along a path, through what a scenario says and through what it could say.

use crate::format::shape::{Shape, ShapeKind};
use crate::text::tree::decode_error::nearest_id;
use crate::text::tree::find::{items_called, number_from_one};
use crate::text::tree::{Field, Node, Value};
use crate::values::quantity::shown;
use std::cell::Cell;
use std::collections::BTreeSet;

/// More names than this are not listed.
const LISTED_MAX: usize = 24;

/// Why a path leads nowhere.
#[derive(Debug)]
struct Lost {
    /// The segment that leads nowhere; the number of segments where the path ends too early.
    segment: usize,
    message: String,
    /// What could stand there instead.
    candidates: Vec<String>,
}

/// A path that leads nowhere.
pub(super) struct Astray {
    /// How many of its segments lead somewhere.
    pub(super) sound: usize,
    /// Why it leads no further, and what was probably meant.
    pub(super) message: String,
}

/// A name in a path that several entries of its list have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shared {
    /// Which of the path's segments it is.
    pub(super) segment: usize,
    /// How many entries there are.
    pub(super) entries: usize,
}

/// Replaces every value that a path means, and tells a name in it that several entries share.
pub(super) fn set(
    root: &mut Node,
    shape: &Shape,
    path: &str,
    value: &Node,
) -> Result<Option<Shared>, Astray> {
    let segments: Vec<&str> = path.split('.').collect();
    let way = Way::along(&segments, Some(value));
    match way.follow(root, shape, 0) {
        Ok(()) => Ok(way.shared.get()),
        Err(lost) => {
            let sound = lost.segment;
            Err(Astray { sound, message: explain(root, shape, &segments, lost) })
        }
    }
}

/// Whether a path means anything; the tree stays as it is.
pub(super) fn find(root: &mut Node, shape: &Shape, path: &str) -> Result<(), String> {
    let segments: Vec<&str> = path.split('.').collect();
    let way = Way::along(&segments, None);
    way.follow(root, shape, 0).map_err(|lost| explain(root, shape, &segments, lost))
}

/// What is wrong with a path, the nearest path that is right, and what else there is.
fn explain(root: &mut Node, shape: &Shape, segments: &[&str], lost: Lost) -> String {
    let mut remedy = Vec::new();
    let name = segments.last().copied().unwrap_or_default();
    let elsewhere = if lost.segment == 0 { shape.paths_to(name) } else { Vec::new() };
    if !elsewhere.is_empty() {
        remedy.push(format!("did you mean `{}`?", elsewhere.join("`, or `")));
    }
    let mut corrected: Vec<String> = segments.iter().map(|segment| (*segment).to_owned()).collect();
    let (mut segment, mut candidates) = (lost.segment, lost.candidates.clone());
    // A path with several slips is put right one by one.
    for _ in 0..if elsewhere.is_empty() { segments.len() } else { 0 } {
        let wrong = corrected.get(segment).map(String::as_str).unwrap_or_default();
        let Some(best) = nearest_id(wrong, candidates.iter().map(String::as_str)) else { break };
        corrected[segment] = best.to_owned();
        let borrowed: Vec<&str> = corrected.iter().map(String::as_str).collect();
        let way = Way::along(&borrowed, None);
        match way.follow(root, shape, 0) {
            Ok(()) => {
                remedy.push(format!("did you mean `{}`?", corrected.join(".")));
                break;
            }
            Err(further) => (segment, candidates) = (further.segment, further.candidates),
        }
    }
    if remedy.is_empty() {
        remedy.extend(completed(root, shape, segments, &lost));
    }
    if !lost.candidates.is_empty() {
        let (listed, more) = lost.candidates.split_at(lost.candidates.len().min(LISTED_MAX));
        let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
        remedy.push(format!("there are {}{more}", listed.join(", ")));
    }
    match remedy.is_empty() {
        true => lost.message,
        false => format!("{} ({})", lost.message, remedy.join(" ")),
    }
}

/// A path that lacks a segment where it got lost, such as the list that a record is in.
fn completed(root: &mut Node, shape: &Shape, segments: &[&str], lost: &Lost) -> Option<String> {
    let (before, after) = segments.split_at(lost.segment.min(segments.len()));
    // All of a list rather than each of its entries.
    let candidates = lost.candidates.iter().rev().map(String::as_str);
    candidates.take(LISTED_MAX).find_map(|candidate| {
        let longer: Vec<&str> =
            before.iter().copied().chain([candidate]).chain(after.iter().copied()).collect();
        let way = Way::along(&longer, None);
        let leads = !after.is_empty() && way.follow(root, shape, 0).is_ok();
        leads.then(|| format!("did you mean `{}`?", longer.join(".")))
    })
}

struct Way<'a> {
    segments: &'a [&'a str],
    /// What to put there; `None` where the way is all that is asked for.
    value: Option<&'a Node>,
    /// A name on the way that several entries have.
    shared: Cell<Option<Shared>>,
}

impl<'a> Way<'a> {
    fn along(segments: &'a [&'a str], value: Option<&'a Node>) -> Self {
        Self { segments, value, shared: Cell::new(None) }
    }

    fn path(&self, until: usize) -> String {
        match until {
            0 => "the scenario".into(),
            _ => format!("`{}`", shown(&self.segments[..until].join("."))),
        }
    }

    fn lost(&self, segment: usize, message: String, candidates: Vec<String>) -> Lost {
        Lost { segment, message, candidates }
    }

    /// Whether the value is `None` and the path ends with segment `at`: the field is to be left out.
    fn leaves_out(&self, at: usize) -> bool {
        let is_none = |value: &Node| match &value.value {
            Value::None => true,
            Value::Word(word) => &**word == "None",
            _ => false,
        };
        at + 1 == self.segments.len() && self.value.is_some_and(is_none)
    }

    /// Follows the path from segment `at` on.
    fn follow(&self, node: &mut Node, shape: &Shape, at: usize) -> Result<(), Lost> {
        let Some(&segment) = self.segments.get(at) else { return self.arrive(node, shape, at) };
        let shape = within(node, shape);
        let node = node.inner_mut();
        let range = node.range;
        match &shape.kind {
            ShapeKind::Record(_, fields) => {
                if let (Value::Unit | Value::None, Some(_)) = (&node.value, self.value) {
                    node.value = Value::Record(Vec::new());
                }
                let mut nothing = Vec::new();
                let values = match &mut node.value {
                    Value::Record(values) => values,
                    Value::Unit | Value::None => &mut nothing,
                    // What was set there before and is no record is told as such, and not painted over.
                    _ => return Ok(()),
                };
                let names = || fields.iter().map(|field| field.name.clone()).collect();
                if segment == "*" && self.value.is_some() {
                    let message = format!(
                        "{} is a record, and * stands for all of a list; name a field",
                        self.path(at)
                    );
                    return Err(self.lost(at, message, names()));
                }
                if segment == "*" {
                    let mut all = values.iter_mut();
                    return all.try_for_each(|value| {
                        match fields.iter().find(|field| field.name == value.name) {
                            Some(field) => self.follow(&mut value.node, &field.shape, at + 1),
                            None => Ok(()),
                        }
                    });
                }
                let Some(field) = fields.iter().find(|field| field.name == segment) else {
                    let message = format!("{} has no `{}`", self.path(at), shown(segment));
                    return Err(self.lost(at, message, names()));
                };
                if self.leaves_out(at) && !field.is_required {
                    values.retain(|value| value.name != segment);
                    return Ok(());
                }
                if let Some(value) = values.iter_mut().find(|value| value.name == segment) {
                    return self.follow(&mut value.node, &field.shape, at + 1);
                }
                // What the file leaves out is made on the way.
                let range = self.value.map_or(range, |value| value.range);
                let mut made = Node { range, value: empty(&field.shape) };
                self.follow(&mut made, &field.shape, at + 1)?;
                if self.value.is_some() {
                    values.push(Field { name: field.name.clone(), name_range: range, node: made });
                }
                Ok(())
            }
            ShapeKind::List(item) => {
                let Value::List(items) = &mut node.value else { return Ok(()) };
                if segment == "*" {
                    return match items.is_empty() {
                        true => Err(self.lost(at, format!("{} has no entries", self.path(at)), Vec::new())),
                        false => items.iter_mut().try_for_each(|node| self.follow(node, item, at + 1)),
                    };
                }
                let called: Vec<usize> = items_called(items, segment).collect();
                if called.is_empty() {
                    let message = format!("{} has no \"{}\"", self.path(at), shown(segment));
                    let name = |(index, item): (usize, &Node)| {
                        item.key().map_or_else(|| (index + 1).to_string(), str::to_owned)
                    };
                    let mut names: Vec<String> = items.iter().enumerate().map(name).collect();
                    let mut seen = BTreeSet::new();
                    names.retain(|name| seen.insert(name.clone()));
                    names.push("*".into());
                    return Err(self.lost(at, message, names));
                }
                let entries = called.len();
                if entries > 1 && items[called[0]].key() == Some(segment) {
                    self.shared.set(Some(Shared { segment: at, entries }));
                }
                called.into_iter().try_for_each(|index| self.follow(&mut items[index], item, at + 1))
            }
            ShapeKind::Tuple(parts) => {
                let Value::Tuple(items) = &mut node.value else { return Ok(()) };
                match number_from_one(segment) {
                    Some(number) if number <= items.len().min(parts.len()) => {
                        self.follow(&mut items[number - 1], &parts[number - 1], at + 1)
                    }
                    _ => {
                        let message = format!("{} has no \"{}\"", self.path(at), shown(segment));
                        let numbers = (1..=parts.len()).map(|number| number.to_string()).collect();
                        Err(self.lost(at, message, numbers))
                    }
                }
            }
            ShapeKind::Value(_) | ShapeKind::Choice(..) => {
                let message = format!("{} has nothing below it; it is {}", self.path(at), shape.allowed());
                Err(self.lost(at, message, Vec::new()))
            }
        }
    }

    /// Puts the value where the path ends.
    fn arrive(&self, node: &mut Node, shape: &Shape, at: usize) -> Result<(), Lost> {
        let Some(value) = self.value else { return Ok(()) };
        let is_word = matches!(value.value, Value::Word(_));
        if is_word && matches!(shape.kind, ShapeKind::Record(..) | ShapeKind::List(_) | ShapeKind::Tuple(_)) {
            let within = within(node, shape);
            let names: Vec<String> = match (&within.kind, &node.inner().value) {
                (ShapeKind::List(_), Value::List(items)) => {
                    items.iter().filter_map(Node::key).map(str::to_owned).chain(["*".to_owned()]).collect()
                }
                _ => within.fields().iter().map(|field| field.name.clone()).collect(),
            };
            let message = format!("{} is not a single value; name one below it", self.path(at));
            return Err(self.lost(at, message, names));
        }
        *node = value.clone();
        Ok(())
    }
}

/// The shape of what stands within a name's parentheses, which a path does not mention.
fn within<'s>(node: &Node, shape: &'s Shape) -> &'s Shape {
    match (&node.value, &shape.kind) {
        (Value::Some(inner), _) => within(inner, shape),
        (Value::Variant { name, .. }, ShapeKind::Choice(_, choices)) => {
            let choice = choices.iter().find(|choice| choice.name == **name);
            choice.and_then(|choice| choice.content.as_ref()).unwrap_or(shape)
        }
        _ => shape,
    }
}

/// A value of that shape with nothing in it.
fn empty(shape: &Shape) -> Value {
    match shape.kind {
        ShapeKind::Record(..) => Value::Record(Vec::new()),
        ShapeKind::List(_) => Value::List(Vec::new()),
        _ => Value::Unit,
    }
}
