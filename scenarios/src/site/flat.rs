//! The flat fallback: a site that cannot be balanced as it is, as a list of charge points under the least known site limit.

use crate::site::derive::FlatNode;
use sim::{NodeKind, Ratings, SiteNode};

/// A flat site, and what to say of it in every cycle, which adds the limit in force.
pub(crate) struct FlatSite {
    pub(crate) nodes: Vec<SiteNode>,
    /// Ids of nodes that are not in it. What is said of them holds at the root, where it limits at least as much.
    pub(crate) dropped: Vec<String>,
    pub(crate) note: String,
}

/// Keeps the site, charge points and connectors; `why` is the first thing that is unsupported.
pub(crate) fn flatten(ordered: Vec<FlatNode>, why: &str) -> FlatSite {
    let nodes: Vec<SiteNode> = ordered.into_iter().map(|flat| flat.node).collect();
    let known = nodes.iter().filter(|node| matches!(node.kind, NodeKind::Site | NodeKind::GridConnection));
    let ratings = known.map(|node| node.ratings).fold(Ratings::default(), least);
    let mut flat: Vec<SiteNode> = Vec::new();
    let mut dropped = Vec::new();
    let mut position = vec![0_u32; nodes.len()];
    for (from, node) in nodes.iter().enumerate() {
        let is_root = from == 0;
        if !is_root && !node.kind.is_charging_asset() {
            dropped.push(node.id.clone());
            continue;
        }
        let above = node.parent.filter(|&parent| {
            node.kind == NodeKind::Connector && nodes[parent as usize].kind == NodeKind::ChargePoint
        });
        let parent = (!is_root).then(|| above.map_or(0, |parent| position[parent as usize]));
        position[from] = flat.len() as u32;
        flat.push(SiteNode { parent, ..node.clone() });
    }
    flat[0].ratings = ratings;
    let charge_points = flat.iter().filter(|node| node.kind == NodeKind::ChargePoint).count();
    let note = format!(
        "UNSUPPORTED_TOPOLOGY: {why}; balanced as a flat list of {charge_points} charge points under the least known site limit"
    );
    FlatSite { nodes: flat, dropped, note }
}

fn least(a: Ratings, b: Ratings) -> Ratings {
    let least = |a: Option<u64>, b: Option<u64>| a.into_iter().chain(b).min();
    Ratings {
        default_capacity_w: least(a.default_capacity_w, b.default_capacity_w),
        safe_operating_capacity_w: least(a.safe_operating_capacity_w, b.safe_operating_capacity_w),
        max_rating_w: least(a.max_rating_w, b.max_rating_w),
    }
}
