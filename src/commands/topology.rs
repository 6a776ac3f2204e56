//! `topology`: the derived microgrid as a tree, with every rating and the effective limit's source, and its projection.

use crate::cli::TopologyArgs;
use crate::exit::{Code, Failure, escaped, print};
use crate::load;
use balancer::{EffectiveLimit, NodeKind, NodeLimits, PowerNode, Ratings};
use outputs::format::counted;
use serde::Serialize;
use sim::{Depot, SiteNode};

/// The site and what the balancer sees of it.
#[derive(Serialize)]
struct Report<'a> {
    scenario: &'a str,
    control: &'static str,
    counts: Counts,
    nodes: Vec<Shown<'a>>,
    projection: Vec<Projected>,
}

#[derive(Serialize)]
struct Counts {
    grid_connections: usize,
    charger_circuits: usize,
    charge_points: usize,
    connectors: usize,
}

/// A node of the site with its ratings \[W\], before any envelope or base load.
#[derive(Serialize)]
struct Shown<'a> {
    id: &'a str,
    kind: &'static str,
    parent: Option<&'a str>,
    default_capacity_w: Option<u64>,
    safe_operating_capacity_w: Option<u64>,
    max_rating_w: Option<u64>,
    effective_limit_w: Option<u64>,
    limit_source: Option<&'static str>,
    min_power_w: Option<u32>,
    #[serde(skip)]
    depth: usize,
    /// Whether anything hangs below it.
    #[serde(skip)]
    is_parent: bool,
}

/// A power node: the input of the cycle.
#[derive(Serialize)]
struct Projected {
    id: String,
    kind: &'static str,
    parent: Option<String>,
    default_capacity_w: Option<u64>,
    safe_operating_capacity_w: Option<u64>,
    max_rating_w: Option<u64>,
    weight: u32,
}

/// Shows a scenario's site.
pub(super) fn topology(args: &TopologyArgs) -> Result<(), Failure> {
    let scenario = load::scenario(&args.scenario, &args.set)?;
    let scenario = load::choose_control(scenario, args.choices.control.as_deref())?;
    let report = Report::of(scenario.depot());
    if args.json {
        let json = serde_json::to_string_pretty(&report)
            .map_err(|error| Failure::new(Code::Bug, error.to_string()))?;
        return print(&(json + "\n"));
    }
    print(&escaped(&report.to_text()))
}

impl<'a> Report<'a> {
    fn of(depot: &'a Depot) -> Self {
        let count = |kind| depot.site.iter().filter(|node| node.kind == kind).count();
        let mut nodes = Vec::new();
        let mut children = vec![Vec::new(); depot.site.len()];
        for (position, node) in (0_u32..).zip(&depot.site) {
            if let Some(parent) = node.parent {
                children[parent as usize].push(position);
            }
        }
        let ratings = sim::projection::ratings(depot);
        let mut open = vec![(0_u32, 0)];
        while let Some((position, depth)) = open.pop() {
            let below = &children[position as usize];
            let node = &depot.site[position as usize];
            nodes.push(Shown::of(depot, (node, ratings[position as usize]), depth, !below.is_empty()));
            open.extend(below.iter().rev().map(|&child| (child, depth + 1)));
        }
        Self {
            scenario: &depot.id,
            control: depot.control.name(),
            counts: Counts {
                grid_connections: count(NodeKind::GridConnection),
                charger_circuits: count(NodeKind::ChargerCircuit),
                charge_points: count(NodeKind::ChargePoint),
                connectors: count(NodeKind::Connector),
            },
            nodes,
            projection: sim::projection::project(depot).into_iter().map(Projected::from).collect(),
        }
    }

    /// How many connectors there are; a charge point without any is one itself.
    fn connectors(&self, connectors: usize) -> String {
        let bare = |node: &&Shown<'_>| node.kind == NodeKind::ChargePoint.name() && !node.is_parent;
        match (connectors, self.nodes.iter().filter(bare).count()) {
            (connectors, 0) => counted(connectors as u64, "connector", "connectors"),
            (0, 1) => "which has no connector of its own and counts as one".to_owned(),
            (0, _) => "which have no connectors of their own and count as one each".to_owned(),
            (connectors, bare) => {
                format!(
                    "{}, {bare} more on charge points without any of their own",
                    counted(connectors as u64, "connector", "connectors")
                )
            }
        }
    }

    fn to_text(&self) -> String {
        let Counts { grid_connections, charger_circuits, charge_points, connectors } = self.counts;
        let mut text = format!(
            "{} under {} control: {}, {}, {}, {}\n\n",
            self.scenario,
            self.control,
            counted(grid_connections as u64, "grid connection", "grid connections"),
            counted(charger_circuits as u64, "charger circuit", "charger circuits"),
            counted(charge_points as u64, "charge point", "charge points"),
            self.connectors(connectors),
        );
        let width = self.nodes.iter().map(|node| 2 * node.depth + node.id.len()).max().unwrap_or(0);
        text.push_str(&format!(
            "{:width$}  {:15}  {:>9}  {:>9}  {:>9}  {:>9}  {}\n",
            "node", "kind", "default", "safe", "max", "effective", "source"
        ));
        for node in &self.nodes {
            text.push_str(&format!(
                "{:width$}  {:15}  {:>9}  {:>9}  {:>9}  {:>9}  {}\n",
                format!("{}{}", "  ".repeat(node.depth), node.id),
                node.kind,
                kw(node.default_capacity_w),
                kw(node.safe_operating_capacity_w),
                kw(node.max_rating_w),
                kw(node.effective_limit_w),
                node.limit_source.unwrap_or("unlimited"),
            ));
        }
        let nodes = counted(self.projection.len() as u64, "power node", "power nodes");
        text.push_str(&format!(
            "\nall in kW, before envelopes and base loads; projected to {nodes} for the balancer:\n\n"
        ));
        self.push_projection(&mut text);
        text
    }

    /// What a cycle gets of the site, node by node.
    fn push_projection(&self, text: &mut String) {
        let longest = |id: fn(&Projected) -> &str| self.projection.iter().map(|node| id(node).len()).max();
        let width = longest(|node| &node.id).unwrap_or(0).max(10);
        let of_parents = longest(|node| node.parent.as_deref().unwrap_or("-")).unwrap_or(0).max(6);
        text.push_str(&format!(
            "{:width$}  {:15}  {:of_parents$}  {:>9}  {:>9}  {:>9}  {:>6}\n",
            "power node", "kind", "parent", "default", "safe", "max", "weight"
        ));
        for node in &self.projection {
            text.push_str(&format!(
                "{:width$}  {:15}  {:of_parents$}  {:>9}  {:>9}  {:>9}  {:>6}\n",
                node.id,
                node.kind,
                node.parent.as_deref().unwrap_or("-"),
                kw(node.default_capacity_w),
                kw(node.safe_operating_capacity_w),
                kw(node.max_rating_w),
                node.weight
            ));
        }
    }
}

impl<'a> Shown<'a> {
    /// A node with its ratings, and what limits it in the end: under charge-point control also what its connectors are rated for.
    fn of(
        depot: &'a Depot,
        (node, effective): (&'a SiteNode, Ratings),
        depth: usize,
        is_parent: bool,
    ) -> Self {
        let Ratings { default_capacity_w, safe_operating_capacity_w, max_rating_w } = node.ratings;
        let limits = NodeLimits { ratings: effective, ..NodeLimits::default() };
        let EffectiveLimit { limit_w, source, .. } = limits.effective(0);
        Self {
            id: &node.id,
            kind: node.kind.name(),
            parent: node.parent.map(|parent| depot.site[parent as usize].id.as_str()),
            default_capacity_w,
            safe_operating_capacity_w,
            max_rating_w,
            effective_limit_w: source.map(|_| limit_w),
            limit_source: source.map(|source| source.name()),
            min_power_w: (node.kind == NodeKind::Connector).then_some(node.min_power_w),
            depth,
            is_parent,
        }
    }
}

impl From<PowerNode> for Projected {
    fn from(node: PowerNode) -> Self {
        Self {
            id: node.id,
            kind: node.kind.name(),
            parent: node.parent,
            default_capacity_w: node.ratings.default_capacity_w,
            safe_operating_capacity_w: node.ratings.safe_operating_capacity_w,
            max_rating_w: node.ratings.max_rating_w,
            weight: node.weight,
        }
    }
}

/// Watts as kW, without decimals that say nothing.
fn kw(power_w: Option<u64>) -> String {
    match power_w {
        None => "-".to_owned(),
        Some(power_w) if power_w.is_multiple_of(1000) => format!("{}", power_w / 1000),
        Some(power_w) => format!("{}.{:03}", power_w / 1000, power_w % 1000),
    }
}
