//! The tree with its ratings.

use super::lists::Listed;
use super::page::ReviewContext;
use super::words::{brief, plain};
use crate::format::kw;
use crate::tree::{connectors_at, depth_first};
use sim::{NodeKind, SiteNode};

/// Rows at most.
const TOPOLOGY_MAX: usize = 600;

pub(super) struct TopologyRow<'a> {
    pub(super) node: &'a str,
    pub(super) kind: String,
    pub(super) depth: u32,
    pub(super) default_kw: String,
    pub(super) safe_kw: String,
    pub(super) max_kw: String,
    pub(super) connectors: String,
    pub(super) note: &'a str,
}

/// Nodes above the connectors with their ratings, each before those below it.
pub(super) fn topology<'a>(context: &'a ReviewContext<'_>) -> Listed<TopologyRow<'a>> {
    let site = context.site;
    let all: Vec<u32> = (0..site.nodes.len() as u32).collect();
    let order = Listed::first(depth_first(site, &all), TOPOLOGY_MAX);
    let row = |&(column, depth): &(u32, u32)| {
        let node = &context.depot.site[site.nodes[column as usize] as usize];
        let own: Vec<&SiteNode> = connectors_at(site, column)
            .map(|number| &context.depot.site[site.connectors[number] as usize])
            .filter(|connector| connector.kind == NodeKind::Connector)
            .collect();
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
        }
    };
    Listed { rows: order.rows.iter().map(row).collect(), left_out: order.left_out }
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
