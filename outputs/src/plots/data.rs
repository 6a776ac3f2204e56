//! What the plots show, gathered while the run runs.

use super::cause::{Cause, Causes};
use super::series::Series;
use crate::clock::{Clock, axis_words};
use crate::format::UNLIMITED_W;
use sim::site::NO_PARENT;
use sim::{Depot, NodeKind, Observer, ObserverError, Realization, RunEnd, Site, TickView};

/// Most panels of `branches.svg`; the figure says how many branches it leaves to `nodes.csv`.
const BRANCHES_MAX: usize = 40;

/// Most layers in a branch's stack; with more children each layer holds as many of them, in order.
const LAYERS_MAX: usize = 6;

/// Series of the site and of its branches. Memory is bounded whatever the length of the run and the size of the site.
#[derive(Debug)]
pub struct PlotData {
    pub(super) title: String,
    pub(super) settings: String,
    pub(super) clock: Clock,
    pub(super) step_s: u32,
    pub(super) ticks: u64,
    pub(super) site: SiteSeries,
    pub(super) branches: Vec<Branch>,
    pub(super) branches_left_out: usize,
    /// What the branches are, for titles.
    pub(super) branches_are: &'static str,
}

/// The site as a whole.
#[derive(Debug)]
pub(super) struct SiteSeries {
    root: Option<usize>,
    connections: Vec<usize>,
    /// Whose limit is drawn.
    pub(super) limit_name: String,
    pub(super) limit: Series,
    pub(super) demand: Series,
    pub(super) allocated: Series,
    pub(super) measured: Series,
    pub(super) base_load: Series,
    /// How much the meter is above the drawn limit, else 0.
    pub(super) over: Series,
    /// When the newest cycle ended how.
    pub(super) causes: Causes,
    /// 1 while any node is above its limit, else 0.
    pub(super) breached: Series,
    pub(super) breached_s: u64,
}

/// A charger circuit, one of several grid connections, or another node with charge points directly below it.
#[derive(Debug)]
pub(super) struct Branch {
    node: usize,
    /// How many nodes stand above it.
    pub(super) depth: usize,
    pub(super) name: String,
    pub(super) limit: Series,
    pub(super) demand: Series,
    pub(super) measured: Series,
    /// 1 while its limit withheld power, else 0.
    pub(super) binding: Series,
    pub(super) binding_s: u64,
    pub(super) over_limit_s: u64,
    /// Whether other branches hang below it, which are layers like its charge points.
    pub(super) is_nested: bool,
    pub(super) layers: Vec<Layer>,
    /// What its meter shows beyond its children: base load of its own.
    pub(super) own: Series,
}

/// Measured power of one child, or of several.
#[derive(Debug, Default)]
pub(super) struct Layer {
    children: Vec<usize>,
    pub(super) measured: Series,
}

impl PlotData {
    /// Data of a run of this realization, drawn with `seed`, on its depot.
    pub fn new(depot: &Depot, realization: &Realization, site: &Site, seed: u64) -> Self {
        let branches = branches_of(depot, site);
        Self {
            title: depot.title.clone(),
            settings: format!(
                "{}, seed {seed}, {} by {}, {} visits",
                depot.id,
                depot.strategy.name(),
                depot.control.name().replace('-', " "),
                realization.visits.len()
            ),
            clock: Clock::of(depot),
            step_s: depot.step_s,
            ticks: 0,
            site: SiteSeries::new(depot, site),
            branches: branches
                .iter()
                .take(BRANCHES_MAX)
                .map(|&node| Branch::new(depot, site, node))
                .collect(),
            branches_left_out: branches.len().saturating_sub(BRANCHES_MAX),
            branches_are: match connections(depot, site).len() {
                0 | 1 => "charger circuits",
                _ => "grid connections and charger circuits",
            },
        }
    }

    /// How long the run was \[s\].
    pub(super) fn duration_s(&self) -> u64 {
        self.ticks * u64::from(self.step_s)
    }

    /// The line below the title: settings, and from when to when.
    pub(super) fn subtitle(&self) -> String {
        let words = |t_s| {
            let (time, date) = axis_words(self.clock.civil(t_s));
            format!("{date} {time}")
        };
        let offset = self.clock.rfc3339(0).split_off("2026-03-04T16:00:00".len());
        format!("{}; {} to {} (UTC{offset})", self.settings, words(0), words(self.duration_s() as i64))
    }
}

impl SiteSeries {
    fn new(depot: &Depot, site: &Site) -> Self {
        let connections = connections(depot, site);
        let limit_name = match connections[..] {
            [] => "the site".to_owned(),
            [connection] => depot.site[site.nodes[connection] as usize].id.clone(),
            _ => format!("{} connections", connections.len()),
        };
        Self {
            root: site.parents.iter().position(|&parent| parent == NO_PARENT),
            connections,
            limit_name,
            limit: Series::default(),
            demand: Series::default(),
            allocated: Series::default(),
            measured: Series::default(),
            base_load: Series::default(),
            over: Series::default(),
            causes: Causes::default(),
            breached: Series::default(),
            breached_s: 0,
        }
    }

    fn add(&mut self, view: &TickView<'_>) {
        let nodes = &view.nodes;
        let Some(root) = self.root else { return };
        let limit_w = self.limit_w(nodes.limit_w, root);
        self.limit.push(limit_w);
        self.over.push(limit_w.map(|limit_w| (nodes.measured_w[root] - limit_w).max(0)));
        self.demand.push(Some(nodes.raw_demand_w[root] as i64));
        self.allocated.push(Some(nodes.allocated_w[root] as i64));
        self.measured.push(Some(nodes.measured_w[root]));
        self.base_load.push(Some(nodes.base_load_w[root]));
        let is_breached = nodes.is_breached.contains(&true);
        self.breached.push(Some(i64::from(is_breached)));
        self.breached_s += if is_breached { u64::from(view.step_s) } else { 0 };
        self.causes.add(view.cycle.map(Cause::of), view.is_cycle_new);
    }

    /// The site's limit or the sum of its grid connections', whichever is less; none where neither is limited.
    fn limit_w(&self, limits_w: &[u64], root: usize) -> Option<i64> {
        let connections = self.connections.iter().map(|&node| limits_w[node]);
        let sum_w = connections.fold(0, u64::saturating_add);
        let sum_w = if self.connections.is_empty() { UNLIMITED_W } else { sum_w };
        finite(limits_w[root].min(sum_w))
    }
}

impl Branch {
    fn new(depot: &Depot, site: &Site, node: usize) -> Self {
        let children: Vec<usize> =
            (0..site.nodes.len()).filter(|&child| site.parents[child] == node as u32).collect();
        let kind = |child: &usize| depot.site[site.nodes[*child] as usize].kind;
        let is_nested = children.iter().any(|child| kind(child) != NodeKind::ChargePoint);
        let layers = children
            .chunks(children.len().div_ceil(LAYERS_MAX).max(1))
            .map(|group| Layer { children: group.to_vec(), ..Layer::default() })
            .collect();
        Self {
            node,
            depth: depth(site, node),
            name: depot.site[site.nodes[node] as usize].id.clone(),
            limit: Series::default(),
            demand: Series::default(),
            measured: Series::default(),
            binding: Series::default(),
            binding_s: 0,
            over_limit_s: 0,
            is_nested,
            layers,
            own: Series::default(),
        }
    }

    fn add(&mut self, view: &TickView<'_>) {
        let nodes = &view.nodes;
        self.limit.push(finite(nodes.limit_w[self.node]));
        self.demand.push(Some(nodes.demand_w[self.node] as i64));
        self.measured.push(Some(nodes.measured_w[self.node]));
        let is_binding = nodes.is_binding[self.node];
        self.binding.push(Some(i64::from(is_binding)));
        self.binding_s += if is_binding { u64::from(view.step_s) } else { 0 };
        self.over_limit_s += if nodes.is_breached[self.node] { u64::from(view.step_s) } else { 0 };
        let mut own_w = nodes.measured_w[self.node];
        for layer in &mut self.layers {
            let measured_w: i64 = layer.children.iter().map(|&child| nodes.measured_w[child]).sum();
            layer.measured.push(Some(measured_w));
            own_w -= measured_w;
        }
        self.own.push(Some(own_w));
    }

    /// Whether layers hold several children.
    pub(super) fn has_groups(&self) -> bool {
        self.layers.iter().any(|layer| layer.children.len() > 1)
    }
}

impl Observer for PlotData {
    fn tick(&mut self, view: &TickView<'_>) -> Result<(), ObserverError> {
        self.ticks += 1;
        self.site.add(view);
        for branch in &mut self.branches {
            branch.add(view);
        }
        Ok(())
    }

    fn end(&mut self, _end: &RunEnd<'_>) -> Result<(), ObserverError> {
        Ok(())
    }
}

fn connections(depot: &Depot, site: &Site) -> Vec<usize> {
    let kind = |node: usize| depot.site[site.nodes[node] as usize].kind;
    (0..site.nodes.len()).filter(|&node| kind(node) == NodeKind::GridConnection).collect()
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

/// How many nodes stand above a node.
fn depth(site: &Site, node: usize) -> usize {
    let parent = |&node: &u32| Some(site.parents[node as usize]).filter(|&parent| parent != NO_PARENT);
    std::iter::successors(Some(node as u32), parent).count() - 1
}

fn finite(limit_w: u64) -> Option<i64> {
    (limit_w != UNLIMITED_W).then(|| i64::try_from(limit_w).unwrap_or(i64::MAX))
}
