//! Every problem in one pass: what is wrong is noted and mended, and the rest decoded again.

use super::decode::Decoder;
use super::decode_error::{DecodeError, Wrong, nearest};
use super::find::path_of;
use super::{Field, Node, Range, Value};
use serde::de::DeserializeOwned;

/// What decoding found wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Where it stands.
    pub(crate) range: Range,
    /// The path of names and ids to it.
    pub(crate) path: String,
    /// What was found, and what is allowed.
    pub(crate) message: String,
    /// Whether other problems may only follow from it, since a value is not known.
    pub(crate) is_poisonous: bool,
}

/// Decodes a tree. Each fault leaves a tree that is mended there: an unknown field is dropped, and a wrong or missing value is
/// poisoned. `None` where there are more than `faults_max` faults.
pub(crate) fn decode<T: DeserializeOwned>(root: &mut Node, faults_max: usize) -> (Option<T>, Vec<Fault>) {
    let mut faults: Vec<Fault> = Vec::new();
    let mut guesses: Vec<Guess> = Vec::new();
    loop {
        let error = match T::deserialize(Decoder(root)) {
            Ok(value) => return (Some(value), faults),
            Err(error) => error,
        };
        if faults.len() == faults_max {
            return (None, faults);
        }
        let Some((fault, guessed)) = mend(root, &error) else { return (None, faults) };
        guesses.extend(guessed.map(|name| Guess { path: beside(&fault.path, name), fault: faults.len() }));
        match guesses.iter().find(|guess| guess.path == fault.path) {
            // A value that the other field could not have may show that another one was meant.
            Some(guess) => faults[guess.fault].is_poisonous = true,
            None => faults.push(fault),
        }
    }
}

/// A field that was read as another one, whose name is alike.
struct Guess {
    /// The path of the other one.
    path: String,
    /// Which fault says so.
    fault: usize,
}

/// The path of another field of the same record.
fn beside(path: &str, name: &str) -> String {
    path.rsplit_once('.').map_or(name.to_owned(), |(record, _)| format!("{record}.{name}"))
}

/// Mends the place of an error, and says as which field an unknown one was read; `None` where there is nothing to be mended, which no type of ours brings about.
fn mend(root: &mut Node, error: &DecodeError) -> Option<(Fault, Option<&'static str>)> {
    let steps: Vec<usize> = error.steps.iter().rev().copied().collect();
    let mut path = path_of(root, &steps);
    let message = error.to_string();
    let node = descend(root, &steps)?;
    let whole = node.range;
    let range = error.range.unwrap_or(whole);
    let mut join = |name: &str| {
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(name);
    };
    let mut guessed = None;
    let is_poisonous = match (&error.what, &mut node.value) {
        (Wrong::UnknownField { index, name, expected }, value) => {
            join(name);
            let fields = record_of(value)?;
            let mut absent =
                expected.iter().copied().filter(|&name| fields.iter().all(|field| field.name != name));
            let meant = nearest(name, expected.iter().copied());
            // A slip of the pen is read as what was meant, so that it is not reported once more as a missing field.
            guessed = meant.filter(|&meant| absent.any(|name| name == meant));
            match guessed {
                Some(meant) => fields[*index].name = meant.to_owned(),
                None => {
                    fields.remove(*index);
                }
            }
            false
        }
        (Wrong::DuplicateField { index, name }, value) => {
            join(name);
            record_of(value)?.remove(*index);
            false
        }
        (Wrong::MissingField(name), value) => {
            if *value == Value::Unit {
                *value = Value::Record(Vec::new());
            }
            let at = Range { end: whole.start, ..whole };
            let node = Node { range: at, value: Value::Poisoned };
            record_of(value)?.push(Field { name: (*name).to_owned(), name_range: at, node });
            join(name);
            true
        }
        (Wrong::Value(_), Value::Poisoned) => return None,
        (Wrong::Value(_), value) => {
            *value = Value::Poisoned;
            true
        }
    };
    Some((Fault { range, path, message, is_poisonous }, guessed))
}

fn record_of(value: &mut Value) -> Option<&mut Vec<Field>> {
    match value {
        Value::Record(fields) => Some(fields),
        Value::Variant { content: Some(content), .. } => record_of(&mut content.value),
        _ => None,
    }
}

pub(crate) fn descend<'t>(root: &'t mut Node, steps: &[usize]) -> Option<&'t mut Node> {
    let mut node = root;
    for &step in steps {
        node = match &mut node.value {
            Value::Some(inner) => inner,
            Value::Variant { content: Some(content), .. } => content,
            Value::List(items) | Value::Tuple(items) => items.get_mut(step)?,
            Value::Record(fields) => &mut fields.get_mut(step)?.node,
            _ => return None,
        };
    }
    Some(node)
}
