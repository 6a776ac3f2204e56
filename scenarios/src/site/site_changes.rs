//! Site data that change in mid-run: derived here to plain steps, or to the refusal that the balancer answers with.

use crate::error::{Found, Problems};
use crate::format::file::{OnUnsupported, ScenarioFile};
use crate::site::derive::derive_site;
use crate::site::site_file::SiteFile;
use crate::values::clock::Calendar;
use crate::values::quantity::shown;
use sim::{NodeChange, Reason, Rejection, SiteChange, SiteNode, SiteStep};
use std::collections::{BTreeMap, BTreeSet};

/// What is needed to turn changes into steps.
pub(crate) struct SiteChanges<'a> {
    pub(crate) calendar: &'a Calendar,
    /// The nodes that the site's own records derive to.
    pub(crate) nodes: &'a [SiteNode],
    /// Length of the run \[s\]; steps lie before it.
    pub(crate) duration_s: i64,
}

impl SiteChanges<'_> {
    /// The steps of all changes, in order of time.
    pub(crate) fn steps(&self, file: &ScenarioFile, problems: &mut Problems) -> Vec<SiteStep> {
        let mut site = file.site.clone();
        let mut in_force = self.nodes.to_vec();
        let mut steps = Vec::with_capacity(file.site_changes.len());
        let mut last_s = 0;
        for (index, change) in file.site_changes.iter().enumerate() {
            let place = format!("site_changes.{}", index + 1);
            match self.calendar.resolve(change.at, last_s) {
                Err(message) => problems.add(format!("{place}.at"), message),
                Ok(at_s) if at_s < last_s => {
                    let before = self.calendar.moment(last_s);
                    let message = format!(
                        "it comes before the change at \"{before}\" (changes stand in order of time)"
                    );
                    problems.add(format!("{place}.at"), message);
                }
                Ok(at_s) if at_s >= self.duration_s => {
                    let end = self.calendar.moment(self.duration_s);
                    let message = format!("the run ends at \"{end}\" (before that, or leave the change out)");
                    problems.add(format!("{place}.at"), message);
                }
                Ok(at_s) => last_s = at_s,
            }
            let known: BTreeSet<&str> = match change.remove.is_empty() {
                true => BTreeSet::new(),
                false => site.ids().collect(),
            };
            for id in change.remove.iter().filter(|id| !known.contains(id.as_str())) {
                let message = format!("\"{}\" is no record of the site by then (the id of one)", shown(id));
                problems.add(format!("{place}.remove"), message);
            }
            site.change(change);
            let change = match derived(&site, &place, problems) {
                Ok(nodes) => match rewired(&in_force, &nodes) {
                    None => {
                        let changes = differences(&in_force, &nodes);
                        in_force = nodes;
                        SiteChange::Apply(changes)
                    }
                    Some(rejection) => SiteChange::Refuse(rejection),
                },
                Err(rejection) => SiteChange::Refuse(rejection),
            };
            steps.push(SiteStep { at_s: last_s, change });
        }
        steps
    }
}

/// The nodes of changed site data, or what a balancer would refuse them for; what is wrong beyond that is a problem of the file.
fn derived(site: &SiteFile, place: &str, problems: &mut Problems) -> Result<Vec<SiteNode>, Rejection> {
    let mut found = Problems::new();
    let derived = derive_site(site, OnUnsupported::Reject, &mut found);
    let (coded, plain): (Vec<Found>, Vec<Found>) =
        found.kept.into_iter().partition(|problem| problem.reason.is_some());
    for problem in plain {
        let below = problem.place.strip_prefix("site").unwrap_or(&problem.place);
        problems.add(format!("{place}{below}"), problem.message);
    }
    // Of several reasons the first that applies, in the order of the codes.
    let order = [Reason::InvalidTopology, Reason::UnsupportedTopology, Reason::InvalidLimit];
    let first =
        coded.iter().min_by_key(|problem| order.iter().position(|&reason| Some(reason) == problem.reason));
    match first {
        Some(Found { place, message, reason: Some(reason), .. }) => {
            Err(Rejection::about(*reason, subject(place, site), message.as_str()))
        }
        _ => Ok(derived.nodes),
    }
}

/// The node that a place in site data is about: `site.charger_circuits.C1.parent` is about C1, and `site` about the root.
fn subject(place: &str, site: &SiteFile) -> String {
    place.split('.').nth(2).unwrap_or(&site.id).to_owned()
}

/// What is not the same tree any more; a run keeps the one that it began with.
fn rewired(before: &[SiteNode], after: &[SiteNode]) -> Option<Rejection> {
    let parent = |nodes: &[SiteNode], node: &SiteNode| {
        node.parent.map_or(String::new(), |parent| nodes[parent as usize].id.clone())
    };
    let refuse = |id: &str, what: String| {
        let detail = format!(
            "{what} (site data that change in mid-run keep the tree, and change ratings and weights)"
        );
        Some(Rejection::about(Reason::UnsupportedTopology, id, detail))
    };
    let by_id = |nodes: &'_ [SiteNode]| -> BTreeMap<String, usize> {
        nodes.iter().enumerate().map(|(position, node)| (node.id.clone(), position)).collect()
    };
    let (ids_before, ids_after) = (by_id(before), by_id(after));
    for node in before {
        let id = &node.id;
        let Some(other) = ids_after.get(id).map(|&position| &after[position]) else {
            return refuse(id, format!("the {} \"{id}\" is gone", node.kind));
        };
        let (was, is) = (parent(before, node), parent(after, other));
        if was != is {
            return refuse(
                id,
                format!("the {} \"{id}\" stands under \"{is}\" and no longer under \"{was}\"", node.kind),
            );
        }
        if node.kind != other.kind {
            return refuse(id, format!("\"{id}\" is a {} and no longer a {}", other.kind, node.kind));
        }
    }
    let new = after.iter().find(|node| !ids_before.contains_key(&node.id));
    if let Some(node) = new {
        return refuse(&node.id, format!("the {} \"{}\" is new", node.kind, node.id));
    }
    // Records that are taken away and put back stand at the end, and would break ties differently.
    let moved = before.iter().zip(after).find(|(node, other)| node.id != other.id);
    moved.and_then(|(_, other)| {
        refuse(&other.id, format!("the {} \"{}\" stands in another place of the order", other.kind, other.id))
    })
}

/// The nodes whose values differ; both lists have the same nodes in the same order.
fn differences(before: &[SiteNode], after: &[SiteNode]) -> Vec<NodeChange> {
    let change = |(node, other): (u32, &SiteNode)| NodeChange {
        node,
        ratings: other.ratings,
        weight: other.weight,
        min_power_w: other.min_power_w,
        pausable: other.pausable,
        fallback_w: other.fallback_w,
    };
    let pairs = (0..).zip(before).zip(after).map(|((position, node), other)| (position, node, other));
    let differing =
        pairs.filter(|(position, node, other)| change((*position, node)) != change((*position, other)));
    differing.map(|(position, _, other)| change((position, other))).collect()
}
