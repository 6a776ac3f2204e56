//! Paths of names and ids, such as `site.charger_circuits.C1.parent`: from a place in a tree to its path, and back.

use super::{Node, Value};
use crate::values::quantity::shown;

/// The path of the value that these steps lead to.
pub(crate) fn path_of(root: &Node, steps: &[usize]) -> String {
    let mut path: Vec<String> = Vec::new();
    let mut node = root;
    for &step in steps {
        let next = match &node.value {
            Value::Some(inner) => inner,
            Value::Variant { content: Some(content), .. } => content,
            Value::List(items) => {
                let Some(item) = items.get(step) else { break };
                // What is said several times of a node or visit is called by its number; ids are meant to be unique.
                let is_once = |key: &str| items.iter().filter(|other| other.key() == Some(key)).count() == 1;
                let is_own = |key: &&str| item.field("id").is_some() || is_once(key);
                path.push(item.key().filter(is_own).map_or_else(|| (step + 1).to_string(), str::to_owned));
                item
            }
            Value::Tuple(items) => {
                if items.len() > 1 {
                    path.push((step + 1).to_string());
                }
                let Some(item) = items.get(step) else { break };
                item
            }
            Value::Record(fields) => {
                let Some(field) = fields.get(step) else { break };
                path.push(field.name.clone());
                &field.node
            }
            _ => break,
        };
        node = next;
    }
    path.iter().map(|segment| shown(segment)).collect::<Vec<_>>().join(".")
}

/// The items of a list or tuple that a segment of a path means: those with this key, or else the one with this number, from 1, or
/// those whose keys begin with what stands before its `*`.
pub(crate) fn items_called<'a>(items: &'a [Node], segment: &'a str) -> impl Iterator<Item = usize> + use<'a> {
    let is_key = items.iter().any(|item| item.key() == Some(segment));
    let number = number_from_one(segment).filter(|_| !is_key);
    let prefix = segment.strip_suffix('*').filter(|_| !is_key);
    (0..items.len()).filter(move |&index| match (number, prefix) {
        (Some(number), _) => index + 1 == number,
        (None, Some("")) => true,
        (None, Some(prefix)) => items[index].key().is_some_and(|key| key.starts_with(prefix)),
        (None, None) => items[index].key() == Some(segment),
    })
}

/// The number that a segment of a path is: 1 and so on, and no other way to write them.
pub(crate) fn number_from_one(segment: &str) -> Option<usize> {
    let is_digits = segment.bytes().all(|byte| byte.is_ascii_digit()) && !segment.starts_with('0');
    segment.parse().ok().filter(|_| is_digits)
}

/// Whether a segment of a path means what is called so.
fn means(segment: &str, name: &str) -> bool {
    segment == name || segment.strip_suffix('*').is_some_and(|prefix| name.starts_with(prefix))
}

/// Whether a path of the command line means a place, or something that the place is in.
pub(crate) fn covers(path: &str, place: &str) -> bool {
    let mut segments = place.split('.');
    path.split('.').all(|wanted| segments.next().is_some_and(|segment| means(wanted, segment)))
}

/// The value that a path of a problem means, or the innermost one on the way to it that there is.
///
/// `nth` chooses among records of one list that have the same id. `origin` turns the id of an expanded record into the index
/// of the record that it comes from, where the list is one of the site's. Ids stand in such paths as [`shown`] shows them, and those
/// that are refused may hold points.
pub(crate) fn locate<'t>(
    root: &'t Node,
    path: &str,
    nth: usize,
    origin: &dyn Fn(&str, &str, usize) -> Option<usize>,
) -> &'t Node {
    let mut node = root;
    let (mut rest, mut list, mut depth) = (path, "", 0);
    while !rest.is_empty() {
        let items = match &node.inner().value {
            Value::Record(_) => {
                let (name, below) = rest.split_once('.').unwrap_or((rest, ""));
                let Some(next) = node.field(name) else { break };
                list = if depth == 1 && path.starts_with("site.") { name } else { "" };
                (node, rest, depth) = (next, below, depth + 1);
                continue;
            }
            Value::List(items) | Value::Tuple(items) => items,
            _ => break,
        };
        let find = |name: &str| origin(list, name, nth).or_else(|| item_called(items, name, nth));
        let Some((index, below)) = beginnings(rest).find_map(|(name, below)| Some((find(name)?, below)))
        else {
            break;
        };
        let Some(next) = items.get(index) else { break };
        (node, rest, depth) = (next, below, depth + 1);
    }
    node
}

/// What a path may begin with, the longest first, and what stands behind it.
fn beginnings(path: &str) -> impl Iterator<Item = (&str, &str)> {
    let whole = std::iter::once((path, ""));
    whole.chain(path.rmatch_indices('.').map(|(at, _)| (&path[..at], &path[at + 1..])))
}

/// The index of the item of this key, or number from 1.
fn item_called(items: &[Node], name: &str, nth: usize) -> Option<usize> {
    let is_called = |index: &usize| items[*index].key().is_some_and(|key| shown(key) == name);
    let mut called = (0..items.len()).filter(is_called);
    match called.next() {
        Some(first) => Some(called.nth(nth.wrapping_sub(1)).unwrap_or(first)),
        None => number_from_one(name).map(|number| number - 1).filter(|&index| index < items.len()),
    }
}
