//! Whether the records form a tree, and one that can be balanced.

use crate::error::{FirstPlace, Found, Problems};
use crate::site::derive::{FlatNode, INVALID};
use crate::text::tree::decode_error::meant_name;
use crate::values::quantity::shown;
use sim::NodeKind;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// Puts parents before children and otherwise keeps the order of the records; resolves parents to positions.
///
/// The records as they were, with INVALID_TOPOLOGY problems, for unknown parents, duplicate ids and cycles.
pub(crate) fn order(flat: Vec<FlatNode>, problems: &mut Problems) -> Result<Vec<FlatNode>, Vec<FlatNode>> {
    let Some(parents) = parents(&flat, problems) else { return Err(flat) };
    let mut children = vec![Vec::new(); flat.len()];
    for (index, parent) in parents.iter().enumerate() {
        if let Some(parent) = parent {
            children[*parent].push(index);
        }
    }
    // Of all nodes whose parent is placed, the one that is listed first goes next.
    let mut position = vec![None; flat.len()];
    let mut order = Vec::with_capacity(flat.len());
    let mut open = BinaryHeap::from([Reverse(0)]);
    while let Some(Reverse(index)) = open.pop() {
        position[index] = Some(order.len() as u32);
        order.push(index);
        open.extend(children[index].iter().map(|&child| Reverse(child)));
    }
    if order.len() < flat.len() {
        report_cycles(&flat, &parents, &position, problems);
        return Err(flat);
    }
    let mut flat: Vec<Option<FlatNode>> = flat.into_iter().map(Some).collect();
    let placed = order.into_iter().filter_map(|index| {
        let mut record = flat[index].take()?;
        record.node.parent = parents[index].and_then(|parent| position[parent]);
        Some(record)
    });
    Ok(placed.collect())
}

/// The index of each record's parent.
fn parents(flat: &[FlatNode], problems: &mut Problems) -> Option<Vec<Option<usize>>> {
    let mut by_id: BTreeMap<&str, usize> = BTreeMap::new();
    let mut is_sound = true;
    for (index, record) in flat.iter().enumerate() {
        let id = record.node.id.as_str();
        if let Some(&first) = by_id.get(id) {
            let message = format!(
                "the id \"{}\" stands twice, first at {} (ids are unique on a site)",
                shown(id),
                flat[first].place
            );
            let first = FirstPlace::Path(format!("{}.id", flat[first].place), 0);
            let second = Found::at(format!("{}.id", record.place), message);
            problems.add_found(Found { first: Some(first), reason: Some(INVALID), ..second });
            is_sound = false;
        } else {
            by_id.insert(id, index);
        }
    }
    let mut parents = Vec::with_capacity(flat.len());
    for record in flat {
        let parent = record.parent.as_deref();
        let found = parent.and_then(|parent| by_id.get(parent).copied());
        if let (Some(parent), None) = (parent, found) {
            // Where data change in mid-run this sentence reaches the traces: its words are part of the behaviour.
            let message = format!(
                "\"{}\" is no node of the site ({}the id of a node above, or a pattern such as \"C*\")",
                shown(parent),
                if problems.is_full() { String::new() } else { meant_name(parent, by_id.keys().copied()) }
            );
            problems.add_coded(INVALID, format!("{}.parent", record.place), message);
            is_sound = false;
        }
        parents.push(found);
    }
    is_sound.then_some(parents)
}

/// Reports the records of each cycle, and not what only hangs below them.
fn report_cycles(
    flat: &[FlatNode],
    parents: &[Option<usize>],
    position: &[Option<u32>],
    problems: &mut Problems,
) {
    let lost = (0..flat.len()).filter(|&index| position[index].is_none());
    for index in on_cycles(lost, parents) {
        let record = &flat[index];
        let message = format!(
            "\"{}\" is its own ancestor in a cycle of parents (parents lead up to the site)",
            shown(&record.node.id)
        );
        problems.add_coded(INVALID, format!("{}.parent", record.place), message);
    }
}

/// Those records whose parents lead back to themselves.
fn on_cycles(lost: impl Iterator<Item = usize>, parents: &[Option<usize>]) -> Vec<usize> {
    // Which walk came by first; each record is passed once, since a later walk ends where an earlier one was.
    let mut walk = vec![usize::MAX; parents.len()];
    let mut found = Vec::new();
    for start in lost {
        let mut at = start;
        while walk[at] == usize::MAX {
            walk[at] = start;
            let Some(above) = parents[at] else { break };
            at = above;
        }
        if walk[at] == start && parents[at].is_some() {
            let cycle = std::iter::successors(parents[at], |&above| parents[above].filter(|_| above != at));
            found.extend(cycle);
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// What keeps the tree from being balanced, as places and messages; the records stand in the order of the site.
pub(crate) fn unsupported(ordered: &[FlatNode]) -> Vec<(String, String)> {
    let mut has_assets = vec![false; ordered.len()];
    for (position, record) in ordered.iter().enumerate().rev() {
        has_assets[position] |= record.node.kind.is_charging_asset();
        if let (Some(parent), true) = (record.node.parent, has_assets[position]) {
            has_assets[parent as usize] = true;
        }
    }
    let mut found = Vec::new();
    for (record, has_assets) in ordered.iter().zip(has_assets) {
        let node = &record.node;
        if let Some(parent) = node.parent.map(|parent| &ordered[parent as usize].node)
            && !node.kind.may_stand_under(parent.kind)
        {
            let message = format!(
                "the {} \"{}\" stands under the {} \"{}\" (the order is site, grid_connection, charger_circuit, charge_point, connector)",
                node.kind, node.id, parent.kind, parent.id
            );
            found.push((format!("{}.parent", record.place), message));
        }
        if matches!(node.kind, NodeKind::Site | NodeKind::ChargerCircuit) && !has_assets {
            let message = format!(
                "the {} \"{}\" has no charge point or connector below it (at least one)",
                node.kind, node.id
            );
            found.push((record.place.clone(), message));
        }
    }
    found
}
