//! The branches of a site over time: circuits, connections, and whatever else feeds charge points.

use super::notices::{Notice, Notices};
use super::series::Series;
use super::site_series::{connections, finite};
use super::stack::Stack;
use sim::site::NO_PARENT;
use sim::view::NodeColumns;
use sim::{Depot, LimitSource, NodeKind, Site, TickView};

/// Most panels of `branches.svg`; the figure says how many branches it leaves to `nodes.csv`.
const BRANCHES_MAX: usize = 40;

/// Most layers in a branch's stack; with more children each layer holds as many of them, in order.
const LAYERS_MAX: usize = 6;

/// The branches that have panels: those nearest the root first, so that panels of one scale stand together.
#[derive(Debug)]
pub(super) struct Branches {
    pub(super) shown: Vec<Branch>,
    pub(super) left_out: usize,
}

/// A charger circuit, one of several grid connections, or another node with charge points directly below it.
#[derive(Debug)]
pub(super) struct Branch {
    node: usize,
    position: u32,
    /// The node itself and all above it.
    path: Vec<usize>,
    /// How many nodes stand above it.
    pub(super) depth: usize,
    pub(super) name: String,
    pub(super) kind: NodeKind,
    pub(super) limit: Series,
    /// What those below could take within their limits, on top of the base load.
    pub(super) demand: Series,
    pub(super) measured: Series,
    /// How much the meter is above the limit, else 0.
    pub(super) over: Series,
    /// 1 while its limit withheld power, else 0.
    pub(super) binding: Series,
    pub(super) binding_s: u64,
    /// 1 while a limit above withheld power from what is below, else 0.
    pub(super) held_above: Series,
    pub(super) held_above_s: u64,
    pub(super) over_limit_s: u64,
    pub(super) layers: Vec<Layer>,
    /// What the meter shows beyond the children (base load of its own), then the layers.
    pub(super) stack: Stack,
    parts: Vec<i64>,
    pub(super) has_own: bool,
    /// Whether there is base load at it or anywhere below.
    pub(super) has_base: bool,
    /// The id of what it hangs under, where that is a circuit.
    pub(super) below: Option<String>,
    pub(super) least_own_w: i64,
    /// When it had no power, or a limit of 0.
    pub(super) outage: Notice,
    /// When a feed of its envelopes was not believed.
    pub(super) feed: Notice,
}

/// Measured power of one child, or of several in a row.
#[derive(Debug)]
pub(super) struct Layer {
    children: Vec<usize>,
    /// The id, or the first and the last.
    pub(super) name: String,
}

impl Branches {
    pub(super) fn of(depot: &Depot, site: &Site) -> Self {
        let nodes = branches_of(depot, site);
        let mut shown: Vec<Branch> =
            nodes.iter().take(BRANCHES_MAX).map(|&node| Branch::new(depot, site, node)).collect();
        shown.sort_by_key(|branch| branch.depth);
        Self { left_out: nodes.len().saturating_sub(BRANCHES_MAX), shown }
    }

    pub(super) fn add(&mut self, view: &TickView<'_>, notices: &Notices) {
        for branch in &mut self.shown {
            branch.add(view, notices);
        }
    }

    /// What the branches are, for titles: "grid connections and charger circuits".
    pub(super) fn are(&self) -> String {
        let kinds = [
            (NodeKind::Site, "site", "sites"),
            (NodeKind::GridConnection, "grid connection", "grid connections"),
            (NodeKind::ChargerCircuit, "charger circuit", "charger circuits"),
        ];
        let words = kinds.into_iter().filter_map(|(kind, one, several)| {
            match self.shown.iter().filter(|branch| branch.kind == kind).count() {
                0 => None,
                1 => Some(one),
                _ => Some(several),
            }
        });
        let words: Vec<&str> = words.collect();
        if words.is_empty() { "no branches".to_owned() } else { words.join(" and ") }
    }
}

impl Branch {
    fn new(depot: &Depot, site: &Site, node: usize) -> Self {
        let children: Vec<usize> =
            (0..site.nodes.len()).filter(|&child| site.parents[child] == node as u32).collect();
        let layers: Vec<Layer> = children
            .chunks(children.len().div_ceil(LAYERS_MAX).max(1))
            .map(|group| Layer::of(depot, site, group))
            .collect();
        let path = path(site, node);
        let of_site = &depot.site[site.nodes[node] as usize];
        Self {
            node,
            position: site.nodes[node],
            depth: path.len() - 1,
            path,
            name: of_site.id.clone(),
            kind: of_site.kind,
            limit: Series::default(),
            demand: Series::default(),
            measured: Series::default(),
            over: Series::default(),
            binding: Series::default(),
            binding_s: 0,
            held_above: Series::default(),
            held_above_s: 0,
            over_limit_s: 0,
            stack: Stack::of(layers.len() + 1),
            parts: vec![0; layers.len() + 1],
            layers,
            has_own: false,
            has_base: false,
            below: circuit_above(depot, site, node),
            least_own_w: 0,
            outage: Notice::default(),
            feed: Notice::default(),
        }
    }

    fn add(&mut self, view: &TickView<'_>, notices: &Notices) {
        let (nodes, step_s) = (&view.nodes, view.step_s);
        let (limit_w, measured_w) = (finite(nodes.limit_w[self.node]), nodes.measured_w[self.node]);
        self.limit.push(limit_w);
        let base_w = nodes.base_load_w[self.node];
        self.has_base |= base_w != 0;
        self.demand.push(Some(base_w + nodes.demand_w[self.node] as i64));
        self.measured.push(Some(measured_w));
        self.over.push(limit_w.map(|limit_w| (measured_w - limit_w).max(0)));
        let is_binding = nodes.is_binding[self.node];
        self.binding.push(Some(i64::from(is_binding)));
        self.binding_s += if is_binding { u64::from(step_s) } else { 0 };
        let is_held = is_held_from_above(&self.path, nodes);
        self.held_above.push(Some(i64::from(is_held)));
        self.held_above_s += if is_held { u64::from(step_s) } else { 0 };
        self.over_limit_s += if nodes.is_breached[self.node] { u64::from(step_s) } else { 0 };

        let mut own_w = measured_w;
        for (layer, part) in self.layers.iter().zip(&mut self.parts[1..]) {
            *part = layer.children.iter().map(|&child| nodes.measured_w[child]).sum();
            own_w -= *part;
        }
        self.parts[0] = own_w;
        self.stack.push(&self.parts);
        self.has_own |= own_w != 0;
        self.least_own_w = self.least_own_w.min(own_w);

        let is_out = self.path.iter().any(|&node| nodes.limit_source[node] == Some(LimitSource::Outage));
        let word = match limit_w {
            _ if is_out => Some("OUTAGE"),
            Some(0) => Some("LIMIT 0"),
            _ => None,
        };
        self.outage.add(word, step_s);
        self.feed.add(notices.feed_of(self.position), step_s);
    }
}

impl Layer {
    fn of(depot: &Depot, site: &Site, children: &[usize]) -> Self {
        let id = |&child: &usize| depot.site[site.nodes[child] as usize].id.as_str();
        let name = match children {
            [first, .., last] => format!("{} to {}", id(first), id(last)),
            [only] => id(only).to_owned(),
            [] => String::new(),
        };
        Self { children: children.to_vec(), name }
    }
}

/// Circuits have panels, and so have grid connections where there are several, and what feeds charge points without a circuit between.
fn branches_of(depot: &Depot, site: &Site) -> Vec<usize> {
    let kind = |node: usize| depot.site[site.nodes[node] as usize].kind;
    let mut is_branch: Vec<bool> =
        (0..site.nodes.len()).map(|node| kind(node) == NodeKind::ChargerCircuit).collect();
    if let several @ [_, _, ..] = &connections(depot, site)[..] {
        several.iter().for_each(|&connection| is_branch[connection] = true);
    }
    for (node, &parent) in site.parents.iter().enumerate() {
        if parent != NO_PARENT && kind(node) == NodeKind::ChargePoint {
            is_branch[parent as usize] = true;
        }
    }
    (0..site.nodes.len()).filter(|&node| is_branch[node]).collect()
}

/// Whether a limit above a node, which is the first of its path to the root, keeps power from what is below it: that gets less than it could take, and
/// somebody above withholds power.
pub(super) fn is_held_from_above(path: &[usize], nodes: &NodeColumns<'_>) -> bool {
    let Some((&node, above)) = path.split_first() else { return false };
    let could_take_w = nodes.demand_w[node].min(nodes.ev_limit_w[node]);
    nodes.allocated_w[node] < could_take_w && above.iter().any(|&node| nodes.is_binding[node])
}

/// What a node is, in words.
pub(super) fn kind_words(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::Site => "site",
        NodeKind::GridConnection => "grid connection",
        NodeKind::ChargerCircuit => "charger circuit",
        NodeKind::ChargePoint => "charge point",
        NodeKind::Connector => "connector",
    }
}

/// The id of the circuit that a node hangs under, if it does.
fn circuit_above(depot: &Depot, site: &Site, node: usize) -> Option<String> {
    let above = *path(site, node).get(1)?;
    let above = &depot.site[site.nodes[above] as usize];
    (above.kind == NodeKind::ChargerCircuit).then(|| above.id.clone())
}

/// A node and all above it.
pub(super) fn path(site: &Site, node: usize) -> Vec<usize> {
    let parent = |&node: &usize| {
        let parent = site.parents[node];
        (parent != NO_PARENT).then_some(parent as usize)
    };
    std::iter::successors(Some(node), parent).collect()
}
