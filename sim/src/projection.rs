//! From the rich site model to the power nodes that a cycle gets.

use crate::depot::{Depot, SiteNode};
use crate::site::Site;
use balancer::{Control, NodeKind, PowerNode, Rejection, Topology};
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
    kept(depot).map(|position| power_node(depot, &depot.site[position as usize])).collect()
}

impl Projection {
    /// The projection of a depot.
    ///
    /// # Errors
    /// What the balancer has against the topology.
    pub fn of(depot: &Depot) -> Result<Self, Rejection> {
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

fn power_node(depot: &Depot, node: &SiteNode) -> PowerNode {
    PowerNode {
        id: node.id.clone(),
        kind: node.kind,
        parent: node.parent.map(|parent| depot.site[parent as usize].id.clone()),
        ratings: node.ratings,
        weight: node.weight,
    }
}
