//! Memory: once the first cycles have made room, no cycle allocates.
//!
//! Protects whoever runs a cycle in a loop that must not stall, and the speed of long simulations.

use balancer::{
    Balancer, LeafIx, LimitTable, NodeKind, NodeLimits, OrderKeys, PowerNode, Ratings, Request, Requests,
    Strategy, Topology,
};

/// Four circuits with seven leaves each, on a grid connection, all with limits that bind.
fn site() -> (Topology, LimitTable) {
    let node = |id: String, kind, parent: Option<&str>| {
        let parent = parent.map(str::to_owned);
        PowerNode { id, kind, parent, ratings: Ratings::default(), weight: 1 }
    };
    let mut nodes = vec![
        node("site".into(), NodeKind::Site, None),
        node("grid".into(), NodeKind::GridConnection, Some("site")),
    ];
    for circuit in 0..4 {
        let circuit = format!("c{circuit}");
        nodes.push(node(circuit.clone(), NodeKind::ChargerCircuit, Some("grid")));
        for leaf in 0..7 {
            nodes.push(node(format!("{circuit}-{leaf}"), NodeKind::ChargePoint, Some(&circuit)));
        }
    }
    let topology = Topology::new(&nodes).expect("a site that can be balanced");
    let limit_of = |kind, position: usize| match kind {
        NodeKind::Site => None,
        NodeKind::GridConnection => Some(400_000),
        NodeKind::ChargerCircuit => Some(90_000 + 10_000 * (position as u64 % 5)),
        NodeKind::ChargePoint | NodeKind::Connector => Some(60_000),
    };
    let limits: Vec<NodeLimits> = (0..topology.node_count())
        .map(|ix| {
            let position = topology.input_position(balancer::NodeIx::new(ix));
            let max_rating_w = limit_of(nodes[position].kind, position);
            NodeLimits { ratings: Ratings { max_rating_w, ..Ratings::default() }, ..NodeLimits::default() }
        })
        .collect();
    let limits = LimitTable::compute(&topology, &limits);
    (topology, limits)
}

#[derive(Debug, Clone, Copy)]
struct Features {
    tiers: bool,
    weights: bool,
    minima: bool,
    unpausable: bool,
    steps: bool,
}

fn requests(topology: &Topology, features: Features, round: u64) -> Requests {
    let mut requests = Requests::none(topology);
    let mut word = round;
    for leaf in 0..topology.leaf_count() {
        let mut draw = |most: u64| {
            word = word.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (word >> 33) % (most + 1)
        };
        let demand_w = 10_000 + draw(70_000) as u32;
        let keys = OrderKeys {
            arrived_s: Some(draw(9) as i64),
            departs_s: Some(draw(9_000) as i64),
            needs_wh: Some(draw(90_000)),
            soc_ppm: Some(draw(1_000_000) as u32),
            last_served_s: Some(draw(9) as i64),
        };
        let request = Request {
            demand_w,
            min_w: if features.minima { draw(25_000) as u32 } else { 0 },
            weight: if features.weights { 1 + draw(4) as u32 } else { 1 },
            tier: if features.tiers { draw(3) as u32 } else { 0 },
            pausable: !features.unpausable || draw(9) > 0,
            steps_w: if features.steps && draw(1) == 0 { vec![0, 7_000, 22_000, 50_000] } else { Vec::new() },
            keys,
        };
        requests.set(LeafIx::new(leaf), request);
    }
    requests
}

#[test]
fn no_cycle_allocates_once_the_first_ones_have_made_room() {
    let (topology, limits) = site();
    let mut curtailed = 0;
    for strategy in Strategy::ALL {
        for choice in 0..32_u32 {
            let has = |bit: u32| choice & (1 << bit) != 0;
            let features = Features {
                tiers: has(0),
                weights: has(1),
                minima: has(2),
                unpausable: has(3),
                steps: has(4),
            };
            let inputs: Vec<Requests> =
                (0..8).map(|round| requests(&topology, features, round * 32 + u64::from(choice))).collect();
            let mut balancer = Balancer::new(topology.clone());
            for input in &inputs {
                let cycle = balancer.rebalance(strategy, &limits, input);
                assert!(cycle.rejection.is_none(), "{strategy}, {features:?}: {:?}", cycle.rejection);
                curtailed += cycle.curtailed_count;
            }
            let measured = allocation_counter::measure(|| {
                for input in inputs.iter().rev() {
                    balancer.rebalance(strategy, &limits, input);
                }
            });
            assert_eq!(measured.count_total, 0, "{strategy}, {features:?}: {measured:?}");
        }
    }
    assert!(curtailed > 10_000, "hardly anybody was curtailed ({curtailed})");
}

#[test]
fn limits_are_computed_again_in_place() {
    let (topology, mut limits) = site();
    let by_node =
        vec![NodeLimits { import_envelope_w: Some(9), ..NodeLimits::default() }; topology.node_count()];
    let measured = allocation_counter::measure(|| limits.recompute(&topology, &by_node));
    assert_eq!(measured.count_total, 0);
    assert_eq!(limits.limit_w[0], 9);
}

#[test]
fn the_counter_counts() {
    let measured = allocation_counter::measure(|| drop(std::hint::black_box(vec![0_u8; 100])));
    assert_eq!(measured.count_total, 1);
}
