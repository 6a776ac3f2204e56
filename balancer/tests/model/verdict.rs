//! From what each leaf got to what the cycle says of itself.

use super::Answer;
use super::site::{Site, least};
use balancer::{Decision, DecisionConstraint, DecisionNode, NodeKind, Outcome, Reason, Setpoint, Strategy};

/// The decision for this answer.
pub(crate) fn decision(strategy: Strategy, site: &Site, answer: &Answer) -> Decision {
    let by: Vec<Option<usize>> =
        (0..site.nodes.len()).map(|leaf| constrained_by(strategy, site, answer, leaf)).collect();
    let withheld = if strategy == Strategy::Uncontrolled { Vec::new() } else { withheld(site, answer, &by) };
    let worst = worst(site, withheld);
    let (outcome, reason) = match &worst {
        None => (Outcome::Applied, Reason::Unconstrained),
        Some(pair) if pair.is_pause => (Outcome::Curtailed, Reason::MinimumPower),
        Some(pair) => (Outcome::Curtailed, reason_of(site.nodes[pair.node].kind)),
    };
    let nodes: Vec<DecisionNode> =
        (0..site.nodes.len()).map(|node| node_figures(site, answer, &by, node)).collect();
    let constraint = worst.map(|pair| DecisionConstraint {
        node: nodes[pair.node].id.clone(),
        limit_source: nodes[pair.node].limit_source,
        limit_w: nodes[pair.node].limit_w,
        demand_w: nodes[pair.node].demand_w,
        allocated_w: nodes[pair.node].allocated_w,
        withheld_w: unsigned(pair.watts),
    });
    let setpoint = |leaf: usize| Setpoint {
        node: site.nodes[leaf].id.clone(),
        demand_w: unsigned(site.ask(leaf).demand),
        setpoint_w: unsigned(answer.watts[leaf]),
        paused: answer.is_paused[leaf],
        constrained_by: by[leaf].map(|node| site.nodes[node].id.clone()),
    };
    let setpoints = site.asking().map(setpoint).collect();
    Decision { outcome, reason, detail: None, subject: None, constraint, nodes, setpoints }
}

fn constrained_by(strategy: Strategy, site: &Site, answer: &Answer, leaf: usize) -> Option<usize> {
    let ask = site.nodes[leaf].ask.as_ref()?;
    let watts = answer.watts[leaf];
    if watts == ask.demand {
        None
    } else if watts == ask.wish && strategy != Strategy::Uncontrolled {
        Some(leaf)
    } else {
        Some(answer.by[leaf].expect("what gets less than it wishes for names what holds it back"))
    }
}

/// What one node withheld by its limit, or by pausing.
struct Withheld {
    node: usize,
    is_pause: bool,
    watts: i128,
    /// Whether it is a leaf that its own limit lowered.
    is_own_limit: bool,
}

fn withheld(site: &Site, answer: &Answer, by: &[Option<usize>]) -> Vec<Withheld> {
    let mut pairs: Vec<Withheld> = Vec::new();
    for leaf in site.asking() {
        let Some(node) = by[leaf] else { continue };
        let is_pause = answer.is_paused[leaf];
        let watts = least(site.nodes[leaf].ev_limit, site.ask(leaf).demand) - answer.watts[leaf];
        match pairs.iter_mut().find(|pair| pair.node == node && pair.is_pause == is_pause) {
            Some(pair) => pair.watts += watts,
            None => pairs.push(Withheld { node, is_pause, watts, is_own_limit: node == leaf && !is_pause }),
        }
    }
    pairs
}

/// The pair that withheld most; on ties nearest the root, then in tree order, then limit before pause.
fn worst(site: &Site, mut pairs: Vec<Withheld>) -> Option<Withheld> {
    if pairs.iter().any(|pair| !pair.is_own_limit && pair.watts > 0) {
        pairs.retain(|pair| !pair.is_own_limit);
    }
    pairs.into_iter().min_by_key(|pair| (-pair.watts, site.nodes[pair.node].depth, pair.node, pair.is_pause))
}

fn node_figures(site: &Site, answer: &Answer, by: &[Option<usize>], at: usize) -> DecisionNode {
    let node = &site.nodes[at];
    let requested = |below: usize| site.nodes[below].ask.as_ref().map_or(0, |ask| ask.demand);
    let demand = match &node.ask {
        Some(ask) => ask.demand,
        None => node.children.iter().map(|&child| could_take(site, child)).sum(),
    };
    DecisionNode {
        id: node.id.clone(),
        limit_w: node.limit.map(unsigned),
        limit_source: node.source,
        ev_limit_w: node.ev_limit.map(unsigned),
        demand_w: unsigned(demand),
        raw_demand_w: unsigned(site.sum_below(at, &requested)),
        allocated_w: unsigned(site.sum_below(at, &|below| answer.watts[below])),
        binding: by.contains(&Some(at)),
    }
}

/// What a node could take within its own limit and those below it \[W\].
fn could_take(site: &Site, node: usize) -> i128 {
    let wished = match &site.nodes[node].ask {
        Some(ask) => ask.wish,
        None => site.nodes[node].children.iter().map(|&child| could_take(site, child)).sum(),
    };
    least(site.nodes[node].ev_limit, wished)
}

fn reason_of(kind: NodeKind) -> Reason {
    match kind {
        NodeKind::Site => Reason::SiteLimit,
        NodeKind::GridConnection => Reason::GridConnectionLimit,
        NodeKind::ChargerCircuit => Reason::ChargerCircuitLimit,
        NodeKind::ChargePoint => Reason::ChargePointLimit,
        NodeKind::Connector => Reason::ConnectorLimit,
    }
}

fn unsigned(watts: i128) -> u64 {
    u64::try_from(watts).expect("power is not negative, and bounded")
}
