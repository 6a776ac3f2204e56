//! Paths of names and ids, such as `site.charger_circuits.C1.parent`: from a place in a tree to its path, and back.

use super::{Node, Value};

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
    path.iter().map(|segment| crate::quantity::shown(segment)).collect::<Vec<_>>().join(".")
}

/// The items of a list or tuple that a segment of a path means: those with this key, or else the one with this number, from 1.
pub(crate) fn items_called<'a>(items: &'a [Node], segment: &'a str) -> impl Iterator<Item = usize> + use<'a> {
    let is_key = items.iter().any(|item| item.key() == Some(segment));
    let number = segment.parse::<usize>().ok().filter(|_| !is_key);
    (0..items.len()).filter(move |&index| match number {
        Some(number) => index + 1 == number,
        None => items[index].key() == Some(segment),
    })
}

/// The value that a path means, or the innermost one on the way to it that there is.
///
/// `nth` chooses among records of one list that have the same id. `origin` turns the id of an expanded record into the index
/// of the record that it comes from, where the list is one of the site's.
pub(crate) fn locate<'t>(
    root: &'t Node,
    path: &str,
    nth: usize,
    origin: &dyn Fn(&str, &str, usize) -> Option<usize>,
) -> &'t Node {
    let segments: Vec<&str> = path.split('.').filter(|segment| !segment.is_empty()).collect();
    let mut node = root;
    for (index, segment) in segments.iter().enumerate() {
        let next = match &node.inner().value {
            Value::Record(_) => node.field(segment),
            Value::List(items) => {
                let list = if index == 2 && segments[0] == "site" { segments[1] } else { "" };
                let called = || {
                    let mut called = items_called(items, segment);
                    called.next().map(|first| called.nth(nth.wrapping_sub(1)).unwrap_or(first))
                };
                origin(list, segment, nth).or_else(called).and_then(|index| items.get(index))
            }
            Value::Tuple(items) => items_called(items, segment).next().and_then(|index| items.get(index)),
            _ => None,
        };
        let Some(next) = next else { break };
        node = next;
    }
    node
}
