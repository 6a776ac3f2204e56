//! From the rich site model to the power nodes that a cycle gets.

use crate::check::out_of_place;
use crate::depot::{Depot, SiteNode};
use crate::site::Site;
use balancer::{Control, NodeKind, NodeLimits, PowerNode, Ratings, Reason, Rejection, Topology};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The site as the balancer sees it, and how to get back. It is the depot's alone, so that many runs can share one.
#[derive(Debug, Clone)]
pub struct Projection {
    /// The order of columns.
    pub site: Site,
    /// The balancer's tree.
    pub topology: Arc<Topology>,
    /// The nodes that it was built from: the very input of the cycle.
    pub nodes: Vec<PowerNode>,
    /// For each node of the topology, its position in [`Depot::site`].
    pub positions: Vec<u32>,
}

/// Projects the site to power nodes, in the site's order: connectors are left out under charge-point control.
///
/// Only what a cycle needs is kept: identity, place, ratings and weight.
pub fn project(depot: &Depot) -> Vec<PowerNode> {
    let ratings = ratings(depot);
    kept(depot)
        .map(|position| power_node(depot, &depot.site[position as usize], ratings[position as usize]))
        .collect()
}

/// What limits each node before envelopes and base loads, in the site's order: its own ratings, but under charge-point control a charge point stands for its
/// connectors as well, and is rated for no more than they are together.
pub fn ratings(depot: &Depot) -> Vec<Ratings> {
    let mut ratings: Vec<Ratings> = depot.site.iter().map(|node| node.ratings).collect();
    if depot.control == Control::Connector {
        return ratings;
    }
    let mut together_w: BTreeMap<u32, Option<u64>> = BTreeMap::new();
    for node in depot.site.iter().filter(|node| node.kind == NodeKind::Connector) {
        let limit = NodeLimits { ratings: node.ratings, ..NodeLimits::default() }.effective(0);
        let limit_w = limit.source.map(|_| limit.limit_w);
        let sum_w = node.parent.map(|parent| together_w.entry(parent).or_insert(Some(0)));
        if let Some(sum_w) = sum_w {
            // One that is unlimited can pass on anything.
            *sum_w = sum_w.zip(limit_w).map(|(sum_w, limit_w)| sum_w.saturating_add(limit_w));
        }
    }
    for (parent, together_w) in together_w {
        let node = &depot.site[parent as usize];
        let max_rating_w = &mut ratings[parent as usize].max_rating_w;
        if node.kind == NodeKind::ChargePoint {
            *max_rating_w = [*max_rating_w, together_w].into_iter().flatten().min();
        }
    }
    ratings
}

impl Projection {
    /// The projection of a depot.
    ///
    /// # Errors
    /// What the balancer has against the topology, and `INVALID_TOPOLOGY` where a parent does not stand before its children.
    pub fn of(depot: &Depot) -> Result<Self, Rejection> {
        if let Some(position) = out_of_place(depot) {
            let id = &depot.site[position].id;
            let detail = format!("the parent of \"{id}\" does not stand before it (parents come first)");
            return Err(Rejection::about(Reason::InvalidTopology, id, detail));
        }
        let nodes = project(depot);
        let topology = Arc::new(Topology::new(&nodes)?);
        let kept: Vec<u32> = kept(depot).collect();
        let positions = (0..topology.node_count())
            .map(|ix| kept[topology.input_position(balancer::NodeIx::new(ix))])
            .collect();
        Ok(Self { site: Site::of(depot), topology, nodes, positions })
    }
}

fn kept(depot: &Depot) -> impl Iterator<Item = u32> + '_ {
    let drops_connectors = depot.control == Control::ChargePoint;
    (0..depot.site.len() as u32).filter(move |&position| {
        !(drops_connectors && depot.site[position as usize].kind == NodeKind::Connector)
    })
}

fn power_node(depot: &Depot, node: &SiteNode, ratings: Ratings) -> PowerNode {
    PowerNode {
        id: node.id.clone(),
        kind: node.kind,
        parent: node.parent.map(|parent| depot.site[parent as usize].id.clone()),
        ratings,
        weight: node.weight,
    }
}
