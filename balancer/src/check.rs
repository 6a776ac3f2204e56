//! From the numbers that somebody wrote to a tree, limits and requests that a cycle can trust, or to the first rejection that applies.

use crate::decide::{CycleInput, InputNode, InputRequest};
use crate::limits::{LimitTable, NodeLimits};
use crate::node::{Control, NodeKind, PowerNode, Ratings};
use crate::request::{OrderKeys, Request, Requests};
use crate::topology::{LeafIx, NodeIx, Topology};
use crate::units::{
    BASE_LOADS_MAX_W, ENERGY_MAX_WH, LEAF_POWER_MAX_W, NODE_POWER_MAX_W, TIME_MAX_S, WEIGHT_MAX,
};
use crate::verdict::{Reason, Rejection};
use std::fmt;
use std::ops::RangeInclusive;

/// An input that holds.
pub(crate) struct Checked {
    pub(crate) topology: Topology,
    pub(crate) limits: LimitTable,
    pub(crate) requests: Requests,
}

/// Checks an input in the order of the reason codes.
pub(crate) fn check(input: &CycleInput) -> Result<Checked, Rejection> {
    let site = Topology::new(&power_nodes(&input.nodes))?;
    let kept = project(&site, input)?;
    let limits = check_limits(&site, input)?;

    let nodes: Vec<PowerNode> = power_nodes(&input.nodes);
    let projected: Vec<PowerNode> = kept.iter().map(|&position| nodes[position].clone()).collect();
    let mut topology = Topology::new(&projected)?;
    let in_topology: Vec<NodeLimits> = (0..topology.node_count())
        .map(|ix| {
            let position = kept[topology.input_position(NodeIx::new(ix))];
            let connectors = folded_connectors(&site, input, position);
            let connectors: Vec<NodeLimits> =
                connectors.into_iter().map(|position| limits[position]).collect();
            limits[position].folding(&connectors)
        })
        .collect();
    let weights = check_weights(&topology, &kept, input)?;
    topology.set_weights(weights);
    let requests = check_requests(&topology, input)?;
    check_age(input)?;
    let limits = LimitTable::compute(&topology, &in_topology);
    Ok(Checked { topology, limits, requests })
}

/// The tree alone; limits and weights are looked at later.
fn power_nodes(nodes: &[InputNode]) -> Vec<PowerNode> {
    let bare = |node: &InputNode| PowerNode {
        id: node.id.clone(),
        kind: node.kind,
        parent: node.parent.clone(),
        ratings: Ratings::default(),
        weight: 1,
    };
    nodes.iter().map(bare).collect()
}

/// Positions in the input of the nodes that take part at this level of control.
fn project(site: &Topology, input: &CycleInput) -> Result<Vec<usize>, Rejection> {
    if input.control == Control::Connector {
        return Ok((0..input.nodes.len()).collect());
    }
    for node in &input.nodes {
        let Some(parent) = site.find(&node.id).and_then(|ix| site.parent(ix)) else { continue };
        if node.kind == NodeKind::Connector && site.kind(parent) != NodeKind::ChargePoint {
            let detail = format!(
                "the connector \"{}\" has no charge point above it, which charge-point control needs",
                node.id
            );
            return Err(Rejection::about(Reason::UnsupportedTopology, &node.id, detail));
        }
    }
    Ok((0..input.nodes.len()).filter(|&position| input.nodes[position].kind != NodeKind::Connector).collect())
}

/// Positions in the input of the connectors that fold into the charge point at `position`, under charge-point control.
fn folded_connectors(site: &Topology, input: &CycleInput, position: usize) -> Vec<usize> {
    if input.control == Control::Connector || input.nodes[position].kind != NodeKind::ChargePoint {
        return Vec::new();
    }
    let node = site.find(&input.nodes[position].id);
    node.map_or(&[][..], |node| site.children(node)).iter().map(|&child| site.input_position(child)).collect()
}

fn check_limits(site: &Topology, input: &CycleInput) -> Result<Vec<NodeLimits>, Rejection> {
    let limits = node_by_node(site, input)?;
    check_base_loads(limits.iter().map(|limits| limits.base_load_w))?;
    Ok(limits)
}

/// Base loads are added up towards the root, in any order: what they come to without their signs holds for every sum on the way.
fn check_base_loads(base_loads_w: impl Iterator<Item = i64>) -> Result<(), Rejection> {
    let sum_w: u128 = base_loads_w.map(|base_load_w| u128::from(base_load_w.unsigned_abs())).sum();
    if sum_w > u128::from(BASE_LOADS_MAX_W) {
        let detail = format!(
            "the base loads of all nodes, imported and exported, come to {sum_w} W (at most {BASE_LOADS_MAX_W} W are allowed)"
        );
        return Err(Rejection::of_input(Reason::InvalidLimit, detail));
    }
    Ok(())
}

fn node_by_node(site: &Topology, input: &CycleInput) -> Result<Vec<NodeLimits>, Rejection> {
    input
        .nodes
        .iter()
        .map(|node| {
            let is_childless = site.find(&node.id).is_some_and(|ix| site.leaf_of(ix).is_some());
            let is_controlled = input.control == Control::ChargePoint && node.kind == NodeKind::ChargePoint;
            let is_leaf = is_childless || is_controlled;
            let max_w = if is_leaf { u64::from(LEAF_POWER_MAX_W) } else { NODE_POWER_MAX_W };
            node_limits(node, max_w)
        })
        .collect()
}

fn node_limits(node: &InputNode, max_w: u64) -> Result<NodeLimits, Rejection> {
    if node.limit_w.is_some() && node.default_capacity_w.is_some() {
        let detail = format!(
            "\"{}\" has both limit_w and default_capacity_w (they are the same limit; give one)",
            node.id
        );
        return Err(Rejection::about(Reason::InvalidLimit, &node.id, detail));
    }
    let bounded = |name: &str, value: Option<i128>| {
        in_range(&node.id, Reason::InvalidLimit, name, value, 0..=i128::from(max_w))
            .map(|v| v.map(|v| v as u64))
    };
    let base_load_max_w = i128::from(NODE_POWER_MAX_W);
    let base_load_w = in_range(
        &node.id,
        Reason::InvalidLimit,
        "base_load_w",
        node.base_load_w,
        -base_load_max_w..=base_load_max_w,
    )?;
    Ok(NodeLimits {
        ratings: Ratings {
            default_capacity_w: bounded("limit_w", node.limit_w)?
                .or(bounded("default_capacity_w", node.default_capacity_w)?),
            safe_operating_capacity_w: bounded("safe_operating_capacity_w", node.safe_operating_capacity_w)?,
            max_rating_w: bounded("max_rating_w", node.max_rating_w)?,
        },
        import_envelope_w: bounded("envelope_w", node.envelope_w)?,
        base_load_w: base_load_w.unwrap_or(0) as i64,
        ..NodeLimits::default()
    })
}

/// Weights by node of the topology; those of connectors that a charge point stands for are checked all the same.
fn check_weights(topology: &Topology, kept: &[usize], input: &CycleInput) -> Result<Vec<u32>, Rejection> {
    let by_input: Vec<Option<u32>> =
        input.nodes.iter().map(|node| weight(&node.id, node.weight)).collect::<Result<_, _>>()?;
    let of_node = |ix| by_input[kept[topology.input_position(NodeIx::new(ix))]].unwrap_or(1);
    Ok((0..topology.node_count()).map(of_node).collect())
}

fn weight(id: &str, value: Option<i128>) -> Result<Option<u32>, Rejection> {
    let value = in_range(id, Reason::InvalidRequest, "weight", value, 1..=i128::from(WEIGHT_MAX))?;
    Ok(value.map(|weight| weight as u32))
}

fn check_requests(topology: &Topology, input: &CycleInput) -> Result<Requests, Rejection> {
    let mut requests = Requests::none(topology);
    for request in &input.requests {
        let leaf = leaf_of(topology, input.control, &request.node)?;
        if requests.is_present(leaf) {
            let detail = format!("\"{}\" stands in two requests (one per leaf)", request.node);
            return Err(Rejection::about(Reason::InvalidRequest, &request.node, detail));
        }
        requests.set(leaf, check_request(request, topology.weight(topology.node_of(leaf)))?);
    }
    Ok(requests)
}

fn leaf_of(topology: &Topology, control: Control, id: &str) -> Result<LeafIx, Rejection> {
    let invalid = |detail| Err(Rejection::about(Reason::InvalidRequest, id, detail));
    match topology.find(id) {
        None => invalid(format!("a request names \"{id}\", which is no node under {control} control")),
        Some(node) => match topology.leaf_of(node) {
            Some(leaf) => Ok(leaf),
            None => invalid(format!(
                "a request names \"{id}\", a {} that is no leaf under {control} control (requests go to leaves)",
                topology.kind(node)
            )),
        },
    }
}

fn check_request(request: &InputRequest, node_weight: u32) -> Result<Request, Rejection> {
    let id = &request.node;
    let reason = Reason::InvalidRequest;
    let power = 0..=i128::from(LEAF_POWER_MAX_W);
    let time = -i128::from(TIME_MAX_S)..=i128::from(TIME_MAX_S);
    let time_of = |name, value| in_range(id, reason, name, value, time.clone()).map(|v| v.map(|v| v as i64));
    let demand_w =
        in_range(id, reason, "demand_w", Some(request.demand_w), power.clone())?.unwrap_or(0) as u32;
    let min_w = in_range(id, reason, "min_w", request.min_w, power.clone())?.unwrap_or(0) as u32;
    let tier = in_range(id, reason, "tier", request.tier, 0..=i128::from(u32::MAX))?.unwrap_or(0) as u32;
    let needs = in_range(id, reason, "needs_wh", request.needs_wh, 0..=i128::from(ENERGY_MAX_WH))?;
    let soc = in_range(id, reason, "soc_ppm", request.soc_ppm, 0..=1_000_000)?;
    let mut steps_w = Vec::new();
    if let Some(steps) = &request.steps_w {
        for &step_w in steps {
            steps_w.extend(
                in_range(id, reason, "steps_w", Some(step_w), power.clone())?.map(|step_w| step_w as u32),
            );
        }
        steps_w.sort_unstable();
        steps_w.dedup();
        check_steps(id, &steps_w, demand_w, min_w)?;
    }
    Ok(Request {
        demand_w,
        min_w,
        weight: weight(id, request.weight)?.unwrap_or(node_weight),
        tier,
        pausable: request.pausable.unwrap_or(true),
        steps_w,
        keys: OrderKeys {
            arrived_s: time_of("arrived_s", request.arrived_s)?,
            departs_s: time_of("departs_s", request.departs_s)?,
            needs_wh: needs.map(|needs| needs as u64),
            soc_ppm: soc.map(|soc| soc as u32),
            last_served_s: time_of("last_served_s", request.last_served_s)?,
        },
    })
}

fn check_steps(id: &str, steps_w: &[u32], demand_w: u32, min_w: u32) -> Result<(), Rejection> {
    let invalid = |detail: String| Err(Rejection::about(Reason::InvalidRequest, id, detail));
    match (steps_w.first(), steps_w.last()) {
        (Some(&least_w), _) if least_w > demand_w => invalid(format!(
            "\"{id}\" demands {demand_w} W, below its smallest step of {least_w} W (list 0 as a step if it may be off)"
        )),
        (_, Some(&most_w)) if most_w < min_w => {
            invalid(format!("\"{id}\" needs at least {min_w} W, above its largest step of {most_w} W"))
        }
        (None, _) => {
            invalid(format!("\"{id}\" has an empty list of steps (leave steps_w out to allow every value)"))
        }
        _ => Ok(()),
    }
}

fn check_age(input: &CycleInput) -> Result<(), Rejection> {
    let time_max_s = i128::from(TIME_MAX_S);
    let of_input = |name: &str, value: Option<i128>, least_s: i128| {
        let sentence = out_of_range(format_args!("{name}"), value, &(least_s..=time_max_s));
        sentence.map_or(Ok(value), |detail| Err(Rejection::of_input(Reason::InvalidRequest, detail)))
    };
    let now_s = of_input("now_s", input.now_s, -time_max_s)?;
    let measured_s = of_input("measured_s", input.measured_s, -time_max_s)?;
    let max_age_s = of_input("max_age_s", input.max_age_s, 0)?;
    let (Some(now_s), Some(measured_s), Some(max_age_s)) = (now_s, measured_s, max_age_s) else {
        return Ok(());
    };
    let age_s = now_s - measured_s;
    if age_s > max_age_s {
        let detail = format!("the requests were measured {age_s} s ago (at most {max_age_s} s are allowed)");
        return Err(Rejection::of_input(Reason::StaleInput, detail));
    }
    Ok(())
}

fn in_range(
    id: &str,
    reason: Reason,
    name: &str,
    value: Option<i128>,
    allowed: RangeInclusive<i128>,
) -> Result<Option<i128>, Rejection> {
    match out_of_range(format_args!("{name} of \"{id}\""), value, &allowed) {
        Some(detail) => Err(Rejection::about(reason, id, detail)),
        None => Ok(value),
    }
}

/// The sentence about a number that is not allowed.
fn out_of_range(
    what: fmt::Arguments<'_>,
    value: Option<i128>,
    allowed: &RangeInclusive<i128>,
) -> Option<String> {
    let value = value.filter(|value| !allowed.contains(value))?;
    let (least, most) = (allowed.start(), allowed.end());
    Some(format!("{what} is {value} (from {least} to {most} is allowed)"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::NODE_COUNT_MAX;

    #[test]
    fn base_loads_whose_sum_no_total_holds_are_refused_and_every_smaller_sum_leaves_nothing_to_charge_with() {
        let most_w = NODE_POWER_MAX_W as i64;
        let nodes = (BASE_LOADS_MAX_W / NODE_POWER_MAX_W) as usize;
        assert!(nodes < NODE_COUNT_MAX, "a tree may have more than that");
        for sign in [1, -1] {
            let base_loads_w = |nodes: usize| std::iter::repeat_n(sign * most_w, nodes);
            assert_eq!(check_base_loads(base_loads_w(nodes)), Ok(()));
            for nodes in [nodes + 1, NODE_COUNT_MAX] {
                let rejection = check_base_loads(base_loads_w(nodes)).expect_err("too much");
                assert_eq!((rejection.reason, rejection.subject), (Reason::InvalidLimit, None));
            }
        }
        let mixed = std::iter::repeat_n(most_w, nodes).chain([-1]);
        assert!(check_base_loads(mixed).is_err(), "what is exported makes up for nothing on the way");

        let limited = NodeLimits { import_envelope_w: Some(NODE_POWER_MAX_W), ..NodeLimits::default() };
        let ev_limit_w = |base_load_w: i64| limited.effective(base_load_w).ev_limit_w;
        assert_eq!(ev_limit_w(BASE_LOADS_MAX_W as i64), 0);
        assert_eq!(ev_limit_w(-(BASE_LOADS_MAX_W as i64)), BASE_LOADS_MAX_W + NODE_POWER_MAX_W);
    }
}
