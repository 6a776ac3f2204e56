//! From the question to the site, or the first of the rejections that can be told without solving anything.

use super::site::{Ask, Node, Site};
use balancer::{Control, CycleInput, InputNode, InputRequest, LimitSource, NodeKind, Reason};

const LEAF_MAX: i128 = 10_000_000;
const NODE_MAX: i128 = 1_000_000_000_000;
const WEIGHT_MAX: i128 = 1_000_000_000;
const TIME_MAX: i128 = 1_000_000_000_000;
const ENERGY_MAX: i128 = 100_000_000;

/// The site that the input describes.
pub(crate) fn site_of(input: &CycleInput) -> Result<Site, Reason> {
    let nodes = &input.nodes;
    if !is_tree(nodes) {
        return Err(Reason::InvalidTopology);
    }
    if !is_supported(nodes, input.control) {
        return Err(Reason::UnsupportedTopology);
    }
    if !nodes.iter().all(|node| has_valid_limits(nodes, node, input.control)) {
        return Err(Reason::InvalidLimit);
    }
    let mut site = Site { nodes: Vec::new() };
    let root = nodes.iter().find(|node| node.parent.is_none()).expect("a tree has a root");
    plant(&mut site, nodes, root, None, input.control);
    set_limits(&mut site, nodes, input.control);
    set_requests(&mut site, nodes, &input.requests).ok_or(Reason::InvalidRequest)?;
    let is_time = |time: Option<i128>| (-TIME_MAX..=TIME_MAX).contains(&time.unwrap_or(0));
    let is_duration = (0..=TIME_MAX).contains(&input.max_age_s.unwrap_or(0));
    if !is_time(input.now_s) || !is_time(input.measured_s) || !is_duration {
        return Err(Reason::InvalidRequest);
    }
    if let (Some(now), Some(measured), Some(max_age)) = (input.now_s, input.measured_s, input.max_age_s)
        && now - measured > max_age
    {
        return Err(Reason::StaleInput);
    }
    Ok(site)
}

fn children<'a>(nodes: &'a [InputNode], parent: &InputNode) -> Vec<&'a InputNode> {
    nodes.iter().filter(|node| node.parent.as_ref() == Some(&parent.id)).collect()
}

fn is_tree(nodes: &[InputNode]) -> bool {
    let has_one_root = nodes.iter().filter(|node| node.parent.is_none()).count() == 1;
    let is_unique = nodes.iter().all(|node| nodes.iter().filter(|other| other.id == node.id).count() == 1);
    has_one_root && is_unique && nodes.iter().all(|node| reaches_root(nodes, node))
}

fn reaches_root(nodes: &[InputNode], node: &InputNode) -> bool {
    let mut at = node;
    for _ in 0..nodes.len() {
        match &at.parent {
            None => return true,
            Some(parent) => match nodes.iter().find(|node| node.id == *parent) {
                None => return false,
                Some(parent) => at = parent,
            },
        }
    }
    false
}

fn height(kind: NodeKind) -> u8 {
    match kind {
        NodeKind::Site => 5,
        NodeKind::GridConnection => 4,
        NodeKind::ChargerCircuit => 3,
        NodeKind::ChargePoint => 2,
        NodeKind::Connector => 1,
    }
}

fn is_asset(kind: NodeKind) -> bool {
    kind == NodeKind::ChargePoint || kind == NodeKind::Connector
}

fn is_supported(nodes: &[InputNode], control: Control) -> bool {
    nodes.iter().all(|node| {
        let parent = nodes.iter().find(|other| Some(&other.id) == node.parent.as_ref());
        let is_in_place = match parent {
            None => node.kind == NodeKind::Site,
            Some(parent) => {
                let is_nested_circuit =
                    node.kind == NodeKind::ChargerCircuit && parent.kind == NodeKind::ChargerCircuit;
                height(node.kind) < height(parent.kind) || is_nested_circuit
            }
        };
        let needs_assets = node.kind == NodeKind::Site || node.kind == NodeKind::ChargerCircuit;
        let is_stray = control == Control::ChargePoint
            && node.kind == NodeKind::Connector
            && parent.is_none_or(|parent| parent.kind != NodeKind::ChargePoint);
        is_in_place && !is_stray && (!needs_assets || has_asset(nodes, node))
    })
}

fn has_asset(nodes: &[InputNode], node: &InputNode) -> bool {
    is_asset(node.kind) || children(nodes, node).into_iter().any(|child| has_asset(nodes, child))
}

/// Whether the input's node receives setpoints.
fn is_leaf(nodes: &[InputNode], node: &InputNode, control: Control) -> bool {
    let is_childless_asset = is_asset(node.kind) && children(nodes, node).is_empty();
    is_childless_asset || (control == Control::ChargePoint && node.kind == NodeKind::ChargePoint)
}

fn has_valid_limits(nodes: &[InputNode], node: &InputNode, control: Control) -> bool {
    let max = if is_leaf(nodes, node, control) { LEAF_MAX } else { NODE_MAX };
    let limits = [
        node.limit_w,
        node.default_capacity_w,
        node.safe_operating_capacity_w,
        node.max_rating_w,
        node.envelope_w,
    ];
    let is_told_twice = node.limit_w.is_some() && node.default_capacity_w.is_some();
    let is_base_load_valid = (-NODE_MAX..=NODE_MAX).contains(&node.base_load_w.unwrap_or(0));
    !is_told_twice
        && is_base_load_valid
        && limits.into_iter().flatten().all(|limit| (0..=max).contains(&limit))
}

/// Adds the node and all below it in tree order; under charge-point control, connectors are left out.
fn plant(
    site: &mut Site,
    nodes: &[InputNode],
    node: &InputNode,
    parent: Option<usize>,
    control: Control,
) -> usize {
    let position = site.nodes.len();
    site.nodes.push(Node {
        id: node.id.clone(),
        kind: node.kind,
        parent,
        children: Vec::new(),
        depth: parent.map_or(0, |parent| site.nodes[parent].depth + 1),
        weight: node.weight.unwrap_or(1),
        limit: None,
        source: None,
        ev_limit: None,
        hardware_limit: None,
        ask: None,
    });
    for child in children(nodes, node) {
        if control == Control::Connector || child.kind != NodeKind::Connector {
            let child = plant(site, nodes, child, Some(position), control);
            site.nodes[position].children.push(child);
        }
    }
    position
}

/// The least of the limits with its source, and the maximum rating that went into it.
fn effective(node: &InputNode, max_rating: Option<i128>) -> Option<(i128, LimitSource)> {
    let mut best: Option<(i128, LimitSource)> = None;
    for (limit, source) in [
        (node.limit_w.or(node.default_capacity_w), LimitSource::DefaultCapacity),
        (node.safe_operating_capacity_w, LimitSource::SafeOperatingCapacity),
        (max_rating, LimitSource::MaxRating),
        (node.envelope_w, LimitSource::OperatingEnvelope),
    ] {
        if let Some(limit) = limit
            && best.is_none_or(|(least, _)| limit < least)
        {
            best = Some((limit, source));
        }
    }
    best
}

fn set_limits(site: &mut Site, nodes: &[InputNode], control: Control) {
    let by_id = |id: &str| nodes.iter().find(|node| node.id == id).expect("the site has the input's nodes");
    for position in 0..site.nodes.len() {
        let node = by_id(&site.nodes[position].id);
        let (mut max_rating, mut hardware) = (node.max_rating_w, node.max_rating_w);
        if control == Control::ChargePoint && node.kind == NodeKind::ChargePoint {
            let connectors = children(nodes, node);
            let limits: Option<Vec<i128>> =
                connectors.iter().map(|node| Some(effective(node, node.max_rating_w)?.0)).collect();
            let ratings: Option<Vec<i128>> = connectors.iter().map(|node| node.max_rating_w).collect();
            for (own, of_connectors) in [(&mut max_rating, limits), (&mut hardware, ratings)] {
                if let Some(of_connectors) = of_connectors.filter(|_| !connectors.is_empty()) {
                    let sum: i128 = of_connectors.into_iter().sum();
                    *own = Some(own.map_or(sum, |own| own.min(sum)));
                }
            }
        }
        let best = effective(node, max_rating);
        let base_load = base_load_below(nodes, node);
        let at = &mut site.nodes[position];
        at.limit = best.map(|(limit, _)| limit);
        at.source = best.map(|(_, source)| source);
        at.ev_limit = best.map(|(limit, _)| (limit - base_load).max(0));
        at.hardware_limit = hardware.filter(|_| is_asset(node.kind));
    }
}

/// Base load of the node and all below it, connectors included whatever the control level \[W\].
fn base_load_below(nodes: &[InputNode], node: &InputNode) -> i128 {
    let below: i128 = children(nodes, node).into_iter().map(|child| base_load_below(nodes, child)).sum();
    node.base_load_w.unwrap_or(0) + below
}

/// `None` for a request, or a weight, that is out of bounds.
fn set_requests(site: &mut Site, nodes: &[InputNode], requests: &[InputRequest]) -> Option<()> {
    if !nodes.iter().all(|node| (1..=WEIGHT_MAX).contains(&node.weight.unwrap_or(1))) {
        return None;
    }
    for request in requests {
        let position = site.position(&request.node)?;
        let node = &mut site.nodes[position];
        if !is_asset(node.kind) || !node.children.is_empty() || node.ask.is_some() {
            return None;
        }
        node.ask = Some(prepare(request, node.weight)?);
    }
    Some(())
}

fn prepare(request: &InputRequest, node_weight: i128) -> Option<Ask> {
    let is_power = |watts: i128| (0..=LEAF_MAX).contains(&watts);
    let is_time = |time: Option<i128>| (-TIME_MAX..=TIME_MAX).contains(&time.unwrap_or(0));
    let (demand, min) = (request.demand_w, request.min_w.unwrap_or(0));
    let weight = request.weight.unwrap_or(node_weight);
    let tier = request.tier.unwrap_or(0);
    let is_in_bounds = is_power(demand)
        && is_power(min)
        && (1..=WEIGHT_MAX).contains(&weight)
        && (0..=i128::from(u32::MAX)).contains(&tier)
        && request.steps_w.iter().flatten().all(|&step| is_power(step))
        && is_time(request.arrived_s)
        && is_time(request.departs_s)
        && is_time(request.last_served_s)
        && (0..=ENERGY_MAX).contains(&request.needs_wh.unwrap_or(0))
        && (0..=1_000_000).contains(&request.soc_ppm.unwrap_or(0));
    if !is_in_bounds {
        return None;
    }
    let mut steps = request.steps_w.clone().unwrap_or_default();
    steps.sort_unstable();
    steps.dedup();
    let (wish, min) = match request.steps_w {
        None => (demand, min),
        Some(_) => (
            steps.iter().copied().filter(|&step| step <= demand).max()?,
            steps.iter().copied().filter(|&step| step >= min).min()?,
        ),
    };
    let pausable = request.pausable.unwrap_or(true);
    let min = min.min(wish);
    Some(Ask { demand, wish, min, weight, tier, pausable, steps, request: request.clone() })
}
