//! Demands that move without moving any setpoint: a cycle that is brought up to date equals one that is decided anew.
//!
//! Protects the shortcut that most cycles of a night take, in which buses that are held back ask for less and less: every setpoint, name, sum and
//! verdict, whatever the tree, and however often a demand moves before the next cycle.

use balancer::{
    Balancer, Cycle, LeafIx, LimitTable, MovedDemand, NodeIx, NodeKind, NodeLimits, PowerNode, Ratings,
    Request, Requests, Strategy, Topology,
};

/// Numbers that are the same in every run (Knuth's linear congruential generator).
struct Draw(u64);

impl Draw {
    fn within(&mut self, least: u64, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        least + (self.0 >> 33) % (most - least + 1)
    }

    fn percent(&mut self, chances: u64) -> bool {
        self.within(0, 99) < chances
    }
}

/// A site of circuits within circuits, with limits that are tight or missing at every node.
fn site(draw: &mut Draw, most_w: u64) -> (Topology, LimitTable) {
    let node = |id: String, kind, parent: Option<usize>, limit_w: Option<u64>| PowerNode {
        id,
        kind,
        parent: parent.map(|parent| format!("n{parent}")),
        ratings: Ratings { max_rating_w: limit_w, ..Ratings::default() },
        weight: 1,
    };
    let circuits = draw.within(1, 7) as usize;
    let mut nodes = Vec::new();
    for circuit in 0..=circuits {
        let kind = if circuit == 0 { NodeKind::Site } else { NodeKind::ChargerCircuit };
        let parent = (circuit > 0).then(|| draw.within(0, circuit as u64 - 1) as usize);
        let limit_w = draw.percent(60).then(|| draw.within(0, 6 * most_w));
        nodes.push(node(format!("n{circuit}"), kind, parent, limit_w));
    }
    let own_limits = draw.percent(40);
    for circuit in 1..=circuits {
        for leaf in 0..draw.within(1, 6) {
            let limit_w = (own_limits && draw.percent(50)).then(|| draw.within(0, most_w));
            nodes.push(node(format!("n{circuit}-{leaf}"), NodeKind::ChargePoint, Some(circuit), limit_w));
        }
    }
    let topology = Topology::new(&nodes).expect("a site that can be balanced");
    let ratings = |ix| nodes[topology.input_position(NodeIx::new(ix))].ratings;
    let limits: Vec<NodeLimits> = (0..topology.node_count())
        .map(|ix| NodeLimits { ratings: ratings(ix), ..NodeLimits::default() })
        .collect();
    let limits = LimitTable::compute(&topology, &limits);
    (topology, limits)
}

fn requests(draw: &mut Draw, topology: &Topology, most_w: u64) -> Requests {
    let mut requests = Requests::none(topology);
    let minima = draw.percent(40);
    for leaf in 0..topology.leaf_count() {
        if draw.percent(90) {
            let mut request = Request::of(draw.within(0, most_w) as u32);
            request.min_w = if minima { draw.within(0, most_w / 4) as u32 } else { 0 };
            requests.set(LeafIx::new(leaf), request);
        }
    }
    requests
}

/// Moves some demands as far as setpoints stay, and tells which.
fn move_some(draw: &mut Draw, balancer: &Balancer, requests: &mut Requests, most_w: u64) -> Vec<MovedDemand> {
    let mut moved = Vec::new();
    for _ in 0..draw.within(1, 6) {
        let leaf = LeafIx::new(draw.within(0, balancer.topology().leaf_count() as u64 - 1) as usize);
        let setpoint_w = u64::from(balancer.cycle().setpoint_w[leaf.index()]);
        // Just above the setpoint is where it would go wrong.
        let to_w = if draw.percent(50) { setpoint_w + draw.within(0, 2) } else { draw.within(0, most_w) };
        if requests.is_present(leaf) && balancer.holds_back(leaf, to_w as u32) {
            let from_w = requests.demand_w()[leaf.index()];
            requests.set_demand_w(leaf, to_w as u32);
            moved.push(MovedDemand { leaf, from_w, to_w: to_w as u32 });
        }
    }
    moved
}

#[test]
fn a_cycle_that_follows_demands_equals_one_that_is_decided_anew_on_30000_random_trees() {
    let (mut followed, mut constraints_changed) = (0, 0);
    for seed in 0..30_000 {
        let mut draw = Draw(seed);
        let most_w = if draw.percent(50) { 12 } else { 150_000 };
        let (topology, limits) = site(&mut draw, most_w);
        let mut requests = requests(&mut draw, &topology, most_w);
        let mut balancer = Balancer::new(topology.clone());
        balancer.rebalance(Strategy::FairShare, &limits, &requests);
        for _ in 0..3 {
            let before = balancer.cycle().clone();
            let moved = move_some(&mut draw, &balancer, &mut requests, most_w);
            if moved.is_empty() {
                continue;
            }
            balancer.follow(&limits, &requests, &moved);
            let mut anew = Balancer::new(topology.clone());
            let expected: &Cycle = anew.rebalance(Strategy::FairShare, &limits, &requests);
            assert_eq!(balancer.cycle(), expected, "seed {seed}: {moved:?}");
            assert_eq!(before.setpoint_w, expected.setpoint_w, "seed {seed}: {moved:?}");
            followed += 1;
            constraints_changed += u32::from(
                before.constraint.map(|constraint| constraint.node)
                    != expected.constraint.map(|constraint| constraint.node),
            );
        }
    }
    assert!(followed > 30_000, "only {followed} cycles were followed");
    assert!(constraints_changed > 500, "only {constraints_changed} times another node withheld most");
}

#[test]
fn a_demand_that_sinks_to_its_setpoint_or_was_never_held_back_asks_for_a_new_cycle() {
    let mut draw = Draw(7);
    for _ in 0..300 {
        let (topology, limits) = site(&mut draw, 12);
        let requests = requests(&mut draw, &topology, 12);
        let mut balancer = Balancer::new(topology);
        balancer.rebalance(Strategy::FairShare, &limits, &requests);
        for leaf in (0..balancer.topology().leaf_count()).map(LeafIx::new) {
            let setpoint_w = balancer.cycle().setpoint_w[leaf.index()];
            assert!(!balancer.holds_back(leaf, setpoint_w));
            let is_held_back = balancer.cycle().constrained_by(leaf).is_some();
            assert!(is_held_back || !balancer.holds_back(leaf, setpoint_w + 1));
        }
    }
}

#[test]
fn other_strategies_weights_tiers_and_minima_that_bind_are_always_decided_anew() {
    let mut draw = Draw(11);
    let mut held_back = 0;
    for _ in 0..200 {
        let (topology, limits) = site(&mut draw, 12);
        let plain = requests(&mut draw, &topology, 12);
        let mut weighted = plain.clone();
        weighted.set(LeafIx::new(0), Request { weight: 2, ..Request::of(12) });
        let mut tiered = plain.clone();
        tiered.set(LeafIx::new(0), Request { tier: 1, ..Request::of(12) });
        let mut balancer = Balancer::new(topology);
        let any_held_back = |balancer: &Balancer| {
            (0..balancer.topology().leaf_count()).any(|leaf| balancer.holds_back(LeafIx::new(leaf), 13))
        };
        balancer.rebalance(Strategy::FairShare, &limits, &plain);
        held_back += u32::from(any_held_back(&balancer));
        for (strategy, requests) in [
            (Strategy::Proportional, &plain),
            (Strategy::EarliestDeparture, &plain),
            (Strategy::FairShare, &weighted),
            (Strategy::FairShare, &tiered),
        ] {
            balancer.rebalance(strategy, &limits, requests);
            assert!(!any_held_back(&balancer), "{strategy}");
        }
        balancer.rebalance(Strategy::FairShare, &limits, &plain);
        balancer.set_weight(NodeIx::new(1), 1);
        assert!(!any_held_back(&balancer), "weights have changed since");
    }
    assert!(held_back > 50, "hardly anybody was held back ({held_back})");
}
