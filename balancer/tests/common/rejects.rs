//! Ways to spoil a question, each with the reason for which it must then be refused.

use super::random::{Random, node, request_of};
use balancer::{Control, CycleInput, InputNode, NodeKind, Reason};

/// A way to spoil a question; it does nothing where the question gives no occasion.
pub(crate) type Spoiler = (&'static str, Reason, fn(&mut CycleInput, &mut Random));

/// Every way that the contract names, in the order in which reasons take precedence.
pub(crate) const SPOILERS: &[Spoiler] = &[
    ("two roots", Reason::InvalidTopology, |input, _| input.nodes.push(node("root2", NodeKind::Site, None))),
    ("no node", Reason::InvalidTopology, |input, _| input.nodes.clear()),
    ("an unknown parent", Reason::InvalidTopology, |input, _| {
        input.nodes.push(node("lost", NodeKind::ChargePoint, Some("nowhere")));
    }),
    ("a cycle of one", Reason::InvalidTopology, |input, _| {
        input.nodes.push(node("loop", NodeKind::ChargerCircuit, Some("loop")));
    }),
    ("a cycle of two", Reason::InvalidTopology, |input, _| {
        input.nodes.push(node("loop1", NodeKind::ChargerCircuit, Some("loop2")));
        input.nodes.push(node("loop2", NodeKind::ChargerCircuit, Some("loop1")));
    }),
    ("an id twice", Reason::InvalidTopology, |input, random| {
        let twin = input.nodes[random.within(0, input.nodes.len() as i128 - 1) as usize].clone();
        input.nodes.push(twin);
    }),
    ("a root that is no site", Reason::UnsupportedTopology, |input, _| {
        root(input).kind = NodeKind::GridConnection;
    }),
    ("a circuit without charging assets", Reason::UnsupportedTopology, |input, _| {
        let root = root(input).id.clone();
        input.nodes.push(node("idle", NodeKind::ChargerCircuit, Some(&root)));
    }),
    ("a connector above a circuit", Reason::UnsupportedTopology, |input, _| {
        let root = root(input).id.clone();
        input.nodes.push(node("above", NodeKind::Connector, Some(&root)));
        input.nodes.push(node("below", NodeKind::ChargerCircuit, Some("above")));
        input.nodes.push(node("at-the-end", NodeKind::ChargePoint, Some("below")));
    }),
    ("a site below the site", Reason::UnsupportedTopology, |input, _| {
        let root = root(input).id.clone();
        input.nodes.push(node("subsite", NodeKind::Site, Some(&root)));
        input.nodes.push(node("subsite-leaf", NodeKind::ChargePoint, Some("subsite")));
    }),
    (
        "a connector without a charge point under charge-point control",
        Reason::UnsupportedTopology,
        |input, _| {
            let root = root(input).id.clone();
            input.nodes.push(node("stray", NodeKind::Connector, Some(&root)));
            input.control = Control::ChargePoint;
            input.requests.clear();
        },
    ),
    ("a negative limit", Reason::InvalidLimit, |input, random| *any_limit(input, random) = Some(-1)),
    ("an absurd limit", Reason::InvalidLimit, |input, random| {
        *any_limit(input, random) = Some(random.one_of(&[1_000_000_000_001, i128::MAX]));
    }),
    ("a leaf's limit above 10 MW", Reason::InvalidLimit, |input, random| {
        let root = root(input).id.clone();
        let mut leaf = node("giant", NodeKind::ChargePoint, Some(&root));
        leaf.envelope_w = Some(random.one_of(&[10_000_001, 1_000_000_000]));
        input.nodes.push(leaf);
    }),
    (
        "a charge point's limit above 10 MW where it is controlled as a whole",
        Reason::InvalidLimit,
        |input, random| {
            charge_point_with_connector(input).envelope_w = Some(random.one_of(&[10_000_001, 1_000_000_000]));
        },
    ),
    ("a limit told twice", Reason::InvalidLimit, |input, _| {
        (root(input).limit_w, root(input).default_capacity_w) = (Some(1_000_000_000), Some(1_000_000_000));
    }),
    ("an absurd base load", Reason::InvalidLimit, |input, random| {
        root(input).base_load_w = Some(random.one_of(&[-1_000_000_000_001, 1_000_000_000_001]));
    }),
    ("a request of an unknown node", Reason::InvalidRequest, |input, _| {
        input.requests.push(request_of("nobody", 5));
    }),
    ("a request of an inner node", Reason::InvalidRequest, |input, _| {
        let root = root(input).id.clone();
        input.requests.push(request_of(&root, 5));
    }),
    ("two requests of one leaf", Reason::InvalidRequest, |input, _| {
        fresh_request(input);
        input.requests.push(input.requests.last().unwrap().clone());
    }),
    ("a negative demand", Reason::InvalidRequest, |input, _| fresh_request(input).demand_w = -1),
    ("a demand above 10 MW", Reason::InvalidRequest, |input, _| fresh_request(input).demand_w = 10_000_001),
    ("a negative minimum", Reason::InvalidRequest, |input, _| fresh_request(input).min_w = Some(-1)),
    ("a weight of nothing", Reason::InvalidRequest, |input, _| fresh_request(input).weight = Some(0)),
    (
        "a weight of nothing of a connector that its charge point stands for",
        Reason::InvalidRequest,
        |input, _| {
            charge_point_with_connector(input);
            input.nodes.last_mut().expect("the connector").weight = Some(0);
        },
    ),
    ("a weight above a thousand million", Reason::InvalidRequest, |input, _| {
        fresh_request(input).weight = Some(1_000_000_001);
    }),
    ("a negative tier", Reason::InvalidRequest, |input, _| fresh_request(input).tier = Some(-1)),
    ("a tier beyond 32 bits", Reason::InvalidRequest, |input, _| fresh_request(input).tier = Some(1 << 32)),
    ("no step at all", Reason::InvalidRequest, |input, _| fresh_request(input).steps_w = Some(Vec::new())),
    ("no step as low as the demand", Reason::InvalidRequest, |input, _| {
        fresh_request(input).steps_w = Some(vec![6, 8]);
    }),
    ("no step as high as the minimum", Reason::InvalidRequest, |input, _| {
        let request = fresh_request(input);
        (request.min_w, request.steps_w) = (Some(4), Some(vec![0, 3]));
    }),
    ("a negative step", Reason::InvalidRequest, |input, _| {
        fresh_request(input).steps_w = Some(vec![-1, 0, 5])
    }),
    ("a moment beyond all times", Reason::InvalidRequest, |input, _| {
        input.now_s = Some(1_000_000_000_001);
    }),
    ("a measurement before all times", Reason::InvalidRequest, |input, _| {
        input.measured_s = Some(-1_000_000_000_001);
    }),
    ("an age below nothing", Reason::InvalidRequest, |input, _| input.max_age_s = Some(-1)),
    ("an age beyond all times", Reason::InvalidRequest, |input, _| {
        input.max_age_s = Some(1_000_000_000_001);
    }),
    ("a stale measurement", Reason::StaleInput, |input, _| {
        (input.now_s, input.measured_s, input.max_age_s) = (Some(100), Some(39), Some(60));
    }),
    ("a minimum that must be granted and cannot", Reason::InfeasibleMinimum, |input, _| {
        let root = root(input).id.clone();
        let mut leaf = node("needy", NodeKind::ChargePoint, Some(&root));
        leaf.max_rating_w = Some(3);
        input.nodes.push(leaf);
        let mut request = request_of("needy", 5);
        (request.min_w, request.pausable) = (Some(4), Some(false));
        input.requests.push(request);
    }),
];

fn root(input: &mut CycleInput) -> &mut InputNode {
    if input.nodes.iter().all(|node| node.parent.is_some()) {
        input.nodes.push(node("late-root", NodeKind::Site, None));
    }
    input.nodes.iter_mut().find(|node| node.parent.is_none()).expect("there is one now")
}

/// A charge point that is controlled as a whole, alone on its site; its connector is the last node.
fn charge_point_with_connector(input: &mut CycleInput) -> &mut InputNode {
    (input.control, input.requests) = (Control::ChargePoint, Vec::new());
    input.nodes.clear();
    let root = root(input).id.clone();
    input.nodes.push(node("whole", NodeKind::ChargePoint, Some(&root)));
    input.nodes.push(node("part", NodeKind::Connector, Some("whole")));
    let whole = input.nodes.len() - 2;
    &mut input.nodes[whole]
}

fn any_limit<'a>(input: &'a mut CycleInput, random: &mut Random) -> &'a mut Option<i128> {
    root(input);
    let node = random.within(0, input.nodes.len() as i128 - 1) as usize;
    let node = &mut input.nodes[node];
    match random.within(0, 4) {
        0 => &mut node.limit_w,
        1 => &mut node.default_capacity_w,
        2 => &mut node.safe_operating_capacity_w,
        3 => &mut node.max_rating_w,
        _ => &mut node.envelope_w,
    }
}

/// A request of 5 W from a charge point of its own.
fn fresh_request(input: &mut CycleInput) -> &mut balancer::InputRequest {
    let root = root(input).id.clone();
    let id = format!("fresh{}", input.nodes.len());
    input.nodes.push(node(&id, NodeKind::ChargePoint, Some(&root)));
    input.requests.push(request_of(&id, 5));
    input.requests.last_mut().expect("just pushed")
}
