//! The tree with its ratings.

use super::lists::Listed;
use super::page::ReviewContext;
use super::words::{Words, brief, plain};
use crate::format::kw;
use crate::tree::{connectors_at, depth_first};
use sim::{NodeKind, Ratings, SiteNode};
use std::collections::BTreeMap;

/// Rows at most.
const TOPOLOGY_MAX: usize = 600;
/// Rows on paper at most.
const PRINTED: usize = 100;
/// Changes that a row tells at most.
const CHANGES_MAX: usize = 6;

pub(super) struct TopologyRow<'a> {
    pub(super) node: &'a str,
    pub(super) kind: String,
    pub(super) depth: u32,
    pub(super) default_kw: String,
    pub(super) safe_kw: String,
    pub(super) max_kw: String,
    pub(super) connectors: String,
    pub(super) note: &'a str,
    /// What site data changed about it and its connectors, and when; empty for nothing.
    pub(super) changes: String,
    /// Whether it is on paper, too: those nearest to the site are, so that no connection or circuit is missing.
    pub(super) is_printed: bool,
}

/// Nodes above the connectors with their ratings, each before those below it.
pub(super) fn topology<'a>(context: &'a ReviewContext<'_>, words: &Words) -> Listed<TopologyRow<'a>> {
    let site = context.site;
    let all: Vec<u32> = (0..site.nodes.len() as u32).collect();
    let order = Listed::first(depth_first(site, &all), TOPOLOGY_MAX);
    let mut printed: Vec<(u32, usize)> =
        order.rows.iter().enumerate().map(|(ix, &(_, depth))| (depth, ix)).collect();
    printed.sort_unstable();
    let last_printed = printed.get(PRINTED - 1).copied().unwrap_or((u32::MAX, 0));
    let row = |(ix, &(column, depth)): (usize, &(u32, u32))| {
        let node = &context.depot.site[site.nodes[column as usize] as usize];
        let below = connectors_at(site, column).map(|number| site.connectors[number]);
        let below = below.filter(|&at| context.depot.site[at as usize].kind == NodeKind::Connector);
        let positions: Vec<u32> = std::iter::once(site.nodes[column as usize]).chain(below).collect();
        let own: Vec<&SiteNode> = positions[1..].iter().map(|&at| &context.depot.site[at as usize]).collect();
        let rated = |limit_w: Option<u64>| limit_w.map_or("–".to_owned(), kw);
        TopologyRow {
            node: &node.id,
            kind: plain(node.kind.name()),
            depth,
            default_kw: rated(node.ratings.default_capacity_w),
            safe_kw: rated(node.ratings.safe_operating_capacity_w),
            max_kw: rated(node.ratings.max_rating_w),
            connectors: connectors_in_words(&own),
            note: &node.note,
            changes: changes_in_words(context, words, &positions),
            is_printed: (depth, ix) <= last_printed,
        }
    };
    Listed { rows: order.rows.iter().enumerate().map(row).collect(), left_out: order.left_out }
}

/// `C1-P1-1, C1-P1-2 (150 kW, at least 10 kW)`; alike ones together.
fn connectors_in_words(connectors: &[&SiteNode]) -> String {
    let ratings = |node: &SiteNode| {
        let most = node.ratings.least_w().map(|limit_w| format!("{} kW", brief(&kw(limit_w))));
        let least = (node.min_power_w > 0)
            .then(|| format!("at least {} kW", brief(&kw(u64::from(node.min_power_w)))));
        [most, least].into_iter().flatten().collect::<Vec<_>>().join(", ")
    };
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    for node in connectors {
        let said = ratings(node);
        match groups.last_mut().filter(|(known, _)| *known == said) {
            Some((_, ids)) => ids.push(&node.id),
            None => groups.push((said, vec![&node.id])),
        }
    }
    let words: Vec<String> = groups
        .into_iter()
        .map(
            |(said, ids)| {
                if said.is_empty() { ids.join(", ") } else { format!("{} ({said})", ids.join(", ")) }
            },
        )
        .collect();
    words.join("; ")
}

/// `Wed 18:20 C1-P3-1: maximum rating 60 kW`; of the nodes at these positions, what is other than before, in order of time.
fn changes_in_words(context: &ReviewContext<'_>, words: &Words, positions: &[u32]) -> String {
    let mut known: BTreeMap<u32, (Ratings, u32)> = BTreeMap::new();
    let mut said = Vec::new();
    for step in &context.realization.site_steps {
        for change in step.change.nodes().iter().filter(|change| positions.contains(&change.node)) {
            let node = &context.depot.site[change.node as usize];
            let now = (change.ratings, change.min_power_w);
            let before = known.insert(change.node, now).unwrap_or((node.ratings, node.min_power_w));
            let what = changed(before, now);
            if !what.is_empty() {
                said.push(format!("{} {}: {}", words.short(step.at_s), node.id, what.join(", ")));
            }
        }
    }
    let more = said.len().saturating_sub(CHANGES_MAX);
    said.truncate(CHANGES_MAX);
    said.join("; ") + &if more > 0 { format!("; and {more} more") } else { String::new() }
}

/// What of a node's ratings and least power is another than before.
fn changed((before, least_before_w): (Ratings, u32), (now, least_now_w): (Ratings, u32)) -> Vec<String> {
    let limits = [
        ("default capacity", before.default_capacity_w, now.default_capacity_w),
        ("safe operating capacity", before.safe_operating_capacity_w, now.safe_operating_capacity_w),
        ("maximum rating", before.max_rating_w, now.max_rating_w),
        ("minimum power", Some(least_before_w.into()), Some(least_now_w.into())),
    ];
    let told = |limit_w: Option<u64>| {
        limit_w.map_or("none".to_owned(), |limit_w| format!("{} kW", brief(&kw(limit_w))))
    };
    let is_other = limits.into_iter().filter(|(_, before_w, now_w)| before_w != now_w);
    is_other.map(|(name, _, now_w)| format!("{name} {}", told(now_w))).collect()
}
