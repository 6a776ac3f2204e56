//! Demands that move: a cycle that is brought up to date equals one that is decided anew.
//!
//! Protects the shortcut that most cycles of a night take, in which buses ask for less and less: every setpoint, name, sum and verdict, whatever
//! the tree, and however often a demand moves before the next cycle.

mod common;

use balancer::{
    Balancer, Cycle, Followed, LeafIx, LimitTable, MovedDemand, NodeIx, NodeKind, Request, Requests,
    Strategy, Topology,
};
use common::tree::{Draw, rated, with_limits};

/// A site of circuits within circuits, with limits that are tight or missing at every node.
fn site(draw: &mut Draw, most_w: u64) -> (Topology, LimitTable) {
    let node = |id: String, kind, parent: Option<usize>, limit_w| {
        rated(id, kind, parent.map(|parent| format!("n{parent}")), limit_w)
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
    with_limits(&nodes)
}

fn requests(draw: &mut Draw, topology: &Topology, most_w: u64) -> Requests {
    let mut requests = Requests::none(topology);
    let minima = draw.percent(40);
    // Not drawn, so that a seed goes on giving the tree that it is known for.
    let leaves = topology.leaf_count();
    let (tier, all_pausable) = (leaves as u32 % 3, minima || !leaves.is_multiple_of(4));
    for leaf in 0..topology.leaf_count() {
        if draw.percent(90) {
            let mut request = Request { tier, ..Request::of(draw.within(0, most_w) as u32) };
            request.min_w = if minima { draw.within(0, most_w / 4) as u32 } else { 0 };
            request.pausable = all_pausable || leaf % 2 == 0;
            requests.set(LeafIx::new(leaf), request);
        }
    }
    requests
}

/// Moves some demands, and tells which: mostly as they move at a depot, a little down, and often to where it matters, about the setpoint.
fn move_some(draw: &mut Draw, balancer: &Balancer, requests: &mut Requests, most_w: u64) -> Vec<MovedDemand> {
    let mut moved = Vec::new();
    for _ in 0..draw.within(1, 4) {
        let leaf = LeafIx::new(draw.within(0, balancer.topology().leaf_count() as u64 - 1) as usize);
        if !requests.is_present(leaf) {
            continue;
        }
        let setpoint_w = u64::from(balancer.cycle().setpoint_w[leaf.index()]);
        let from_w = requests.demand_w()[leaf.index()];
        let to_w = match draw.within(0, 9) {
            0..=3 => setpoint_w + draw.within(0, 2),
            4..=7 => u64::from(from_w).saturating_sub(draw.within(1, 1 + most_w / 6)),
            _ => draw.within(0, most_w),
        } as u32;
        requests.set_demand_w(leaf, to_w);
        moved.push(MovedDemand { leaf, from_w, to_w });
    }
    moved
}

/// How often cycles were followed, in each way.
#[derive(Debug, Default)]
struct Tally {
    demands: u32,
    setpoints: u32,
    levels: u32,
    with_levels: u32,
    with_minima: u32,
    other_constraint: u32,
    anew: u32,
}

#[test]
fn a_cycle_that_follows_demands_equals_one_that_is_decided_anew_on_30000_random_trees() {
    let mut tally = Tally::default();
    // The last: a node above a governor is saturated only after that has been free for a moment.
    for seed in (0..30_000).chain([771_184]) {
        let mut draw = Draw(seed);
        let most_w = if draw.percent(50) { 12 } else { 150_000 };
        let (topology, limits) = site(&mut draw, most_w);
        let mut requests = requests(&mut draw, &topology, most_w);
        let mut balancer = Balancer::new(topology.clone());
        balancer.rebalance(Strategy::FairShare, &limits, &requests);
        for _ in 0..6 {
            let before = balancer.cycle().clone();
            let moved = move_some(&mut draw, &balancer, &mut requests, most_w);
            let followed = balancer.follow(&limits, &requests, &moved);
            let mut anew = Balancer::new(topology.clone());
            let expected: &Cycle = anew.rebalance(Strategy::FairShare, &limits, &requests);
            let Some(followed) = followed else {
                tally.anew += 1;
                let again = balancer.follow(&limits, &requests, &[]);
                assert_eq!(
                    again, None,
                    "seed {seed}: nothing is known of a cycle that could not be followed"
                );
                balancer.rebalance(Strategy::FairShare, &limits, &requests);
                assert_eq!(balancer.cycle(), expected, "seed {seed}: {moved:?}");
                continue;
            };
            assert_eq!(balancer.cycle(), expected, "seed {seed}: {moved:?}");
            if followed == Followed::Demands {
                assert_eq!(before.setpoint_w, expected.setpoint_w, "seed {seed}: {moved:?}");
                assert_eq!(
                    before.constraining_nodes(),
                    expected.constraining_nodes(),
                    "seed {seed}: {moved:?}"
                );
                tally.demands += 1;
            } else {
                tally.levels += u32::from(followed == Followed::Levels);
                tally.setpoints += 1;
                tally.with_levels += u32::from(expected.curtailed_count > 0);
            }
            tally.with_minima += u32::from(requests.has_minima());
            let node = |cycle: &Cycle| cycle.constraint.map(|constraint| constraint.node);
            tally.other_constraint += u32::from(node(&before) != node(expected));
        }
    }
    let Tally { demands, setpoints, levels, with_levels, with_minima, other_constraint, anew } = tally;
    assert!(levels > 8_000, "{tally:?}");
    assert!(demands > 20_000 && setpoints > 40_000 && with_levels > 15_000, "{tally:?}");
    assert!(with_minima > 15_000 && other_constraint > 200 && anew > 10_000, "{tally:?}");
}

/// The same on a site of which every circuit has more leaves than are shared out one by one.
#[test]
fn many_leaves_are_followed_as_well() {
    let mut followed = 0;
    for seed in 0..60 {
        let mut draw = Draw(seed);
        let node = |id: String, kind, parent: Option<&str>, limit_w| {
            rated(id, kind, parent.map(str::to_owned), limit_w)
        };
        let mut nodes = vec![node("site".into(), NodeKind::Site, None, None)];
        for circuit in 0..3 {
            let id = format!("c{circuit}");
            let limit_w = Some(draw.within(5_000_000, 20_000_000));
            nodes.push(node(id.clone(), NodeKind::ChargerCircuit, Some("site"), limit_w));
            let leaf = |leaf| node(format!("{id}-{leaf}"), NodeKind::ChargePoint, Some(&id), None);
            nodes.extend((0..200).map(leaf));
        }
        let (topology, limits) = with_limits(&nodes);
        let mut requests = requests(&mut draw, &topology, 150_000);
        let mut balancer = Balancer::new(topology.clone());
        balancer.rebalance(Strategy::FairShare, &limits, &requests);
        for _ in 0..20 {
            let moved = move_some(&mut draw, &balancer, &mut requests, 150_000);
            let is_followed = balancer.follow(&limits, &requests, &moved).is_some();
            let mut anew = Balancer::new(topology.clone());
            let expected = anew.rebalance(Strategy::FairShare, &limits, &requests);
            if !is_followed {
                balancer.rebalance(Strategy::FairShare, &limits, &requests);
            }
            assert_eq!(balancer.cycle(), expected, "seed {seed}: {moved:?}");
            followed += u32::from(is_followed);
        }
    }
    assert!(followed > 400, "{followed} cycles were followed");
}

#[test]
fn other_strategies_weights_tiers_and_changed_weights_are_decided_anew() {
    let mut draw = Draw(11);
    for _ in 0..200 {
        let (topology, limits) = site(&mut draw, 12);
        let plain = requests(&mut draw, &topology, 12);
        let mut weighted = plain.clone();
        weighted.set(LeafIx::new(0), Request { weight: 2, ..Request::of(12) });
        let mut tiered = plain.clone();
        tiered.set(LeafIx::new(0), Request { tier: 7, ..Request::of(12) });
        let has_tiers = (1..topology.leaf_count()).any(|leaf| tiered.is_present(LeafIx::new(leaf)));
        let mut balancer = Balancer::new(topology);
        assert_eq!(balancer.follow(&limits, &plain, &[]), None, "there was no cycle yet");
        for (strategy, requests) in [
            (Strategy::Proportional, &plain),
            (Strategy::EarliestDeparture, &plain),
            (Strategy::FairShare, &weighted),
            (Strategy::FairShare, if has_tiers { &tiered } else { &weighted }),
        ] {
            balancer.rebalance(strategy, &limits, requests);
            assert_eq!(balancer.follow(&limits, requests, &[]), None, "{strategy}");
        }
        balancer.rebalance(Strategy::FairShare, &limits, &plain);
        balancer.set_weight(NodeIx::new(1), 1);
        assert_eq!(balancer.follow(&limits, &plain, &[]), None, "weights have changed since");
    }
}

#[test]
fn whoever_leaves_a_tier_of_his_own_lets_cycles_be_followed_again() {
    let mut draw = Draw(5);
    let (topology, limits) = site(&mut draw, 12);
    let mut requests = Requests::none(&topology);
    (0..topology.leaf_count()).for_each(|leaf| requests.set(LeafIx::new(leaf), Request::of(12)));
    let (first, mut balancer) = (LeafIx::new(0), Balancer::new(topology));
    let mut can_follow = |requests: &Requests| {
        balancer.rebalance(Strategy::FairShare, &limits, requests);
        balancer.follow(&limits, requests, &[]).is_some()
    };
    assert!(can_follow(&requests));
    requests.set(first, Request { tier: 7, ..Request::of(12) });
    assert!(!can_follow(&requests));
    requests.clear(first);
    assert!(can_follow(&requests));
    requests.set(first, Request { tier: 7, ..Request::of(12) });
    requests.set(first, Request::of(12));
    assert!(can_follow(&requests));
}
