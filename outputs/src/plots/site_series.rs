//! The site as a whole over time.

use super::cause::Causes;
use super::series::Series;
use crate::format::UNLIMITED_W;
use sim::site::NO_PARENT;
use sim::{Depot, EventKind, NodeKind, Site, TickView};

/// Everything counts the meter, base load included, so that it compares with the limit.
#[derive(Debug)]
pub(super) struct SiteSeries {
    root: Option<usize>,
    connections: Vec<usize>,
    /// Whose limit is drawn.
    pub(super) limit_name: String,
    pub(super) limit: Series,
    /// What vehicles ask for, on top of the base load.
    pub(super) demand: Series,
    /// What was granted, on top of the base load.
    pub(super) allocated: Series,
    pub(super) measured: Series,
    pub(super) base_load: Series,
    /// The largest demand and allocation without base load \[W\].
    pub(super) most_demand_w: i64,
    pub(super) most_allocated_w: i64,
    /// How much the meter is above the drawn limit, else 0.
    pub(super) over: Series,
    /// The most of it \[W\], and when that tick began (the first, of several) \[s\].
    pub(super) most_over: Option<(i64, u64)>,
    /// When the newest cycle ended how.
    pub(super) causes: Causes,
    /// 1 while any node or connector is above its limit, else 0.
    pub(super) breached: Series,
    /// How many are, as events tell: connectors have no column for it.
    open_breaches: u64,
    pub(super) breached_s: u64,
}

impl SiteSeries {
    pub(super) fn new(depot: &Depot, site: &Site) -> Self {
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
            most_demand_w: 0,
            most_allocated_w: 0,
            over: Series::default(),
            most_over: None,
            causes: Causes::at(depot),
            breached: Series::default(),
            open_breaches: 0,
            breached_s: 0,
        }
    }

    pub(super) fn add(&mut self, view: &TickView<'_>) {
        let nodes = &view.nodes;
        let Some(root) = self.root else { return };
        let limit_w = self.limit_w(view);
        let base_w = nodes.base_load_w[root];
        let (demand_w, allocated_w) = (nodes.raw_demand_w[root] as i64, nodes.allocated_w[root] as i64);
        self.limit.push(limit_w);
        let over_w = limit_w.map(|limit_w| (nodes.measured_w[root] - limit_w).max(0));
        if let Some(over_w) = over_w.filter(|&over_w| over_w > self.most_over.map_or(0, |(most_w, _)| most_w))
        {
            self.most_over = Some((over_w, view.t_s));
        }
        self.over.push(over_w);
        self.demand.push(Some(base_w + demand_w));
        self.allocated.push(Some(base_w + allocated_w));
        self.measured.push(Some(nodes.measured_w[root]));
        self.base_load.push(Some(base_w));
        self.most_demand_w = self.most_demand_w.max(demand_w);
        self.most_allocated_w = self.most_allocated_w.max(allocated_w);
        for event in view.events {
            match event.kind {
                EventKind::BreachBegan => self.open_breaches += 1,
                EventKind::BreachEnded => self.open_breaches -= 1,
                _ => {}
            }
        }
        let is_breached = self.open_breaches > 0 || nodes.is_breached.contains(&true);
        self.breached.push(Some(i64::from(is_breached)));
        self.breached_s += if is_breached { u64::from(view.step_s) } else { 0 };
        self.causes.add(view.cycle, view.is_cycle_new);
    }

    /// The site's limit or the sum of its grid connections', whichever is less; none where neither is limited.
    pub(super) fn limit_w(&self, view: &TickView<'_>) -> Option<i64> {
        let limits_w = view.nodes.limit_w;
        let connections = self.connections.iter().map(|&node| limits_w[node]);
        let sum_w = connections.fold(0, u64::saturating_add);
        let sum_w = if self.connections.is_empty() { UNLIMITED_W } else { sum_w };
        finite(limits_w[self.root?].min(sum_w))
    }

    /// Whether there is any base load.
    pub(super) fn has_base_load(&self) -> bool {
        self.base_load.max() != Some(0) || self.base_load.min() != Some(0)
    }
}

/// The grid connections among the nodes.
pub(super) fn connections(depot: &Depot, site: &Site) -> Vec<usize> {
    let kind = |node: usize| depot.site[site.nodes[node] as usize].kind;
    (0..site.nodes.len()).filter(|&node| kind(node) == NodeKind::GridConnection).collect()
}

/// A limit \[W\], if there is one.
pub(super) fn finite(limit_w: u64) -> Option<i64> {
    (limit_w != UNLIMITED_W).then(|| i64::try_from(limit_w).unwrap_or(i64::MAX))
}
