//! Sites of up to 100,000 leaves, which the reference model is too slow for.
//!
//! Protects the passes over whole columns: their blocks, their spans between circuits, and the fixed-point division for more than 65,535 leaves.
//! A leaf that cannot be paused, though it has no minimum, changes no answer but sends a cycle the general way, which the model is compared with.

mod common;

use balancer::{Balancer, LeafIx, LimitTable, NodeKind, Request, Requests, Strategy, Topology};
use common::tree::{Draw, rated, with_limits};

/// A site with this limit, its circuits with their limits \[W\] and numbers of leaves, and one limit for each leaf \[W\].
fn site(
    limit_w: Option<u64>,
    circuits: &[(Option<u64>, usize)],
    leaf_w: Option<u64>,
) -> (Topology, LimitTable) {
    let mut nodes = vec![rated("site".into(), NodeKind::Site, None, limit_w)];
    for (circuit, &(limit_w, leaves)) in circuits.iter().enumerate() {
        let id = format!("c{circuit}");
        nodes.push(rated(id.clone(), NodeKind::ChargerCircuit, Some("site".into()), limit_w));
        for leaf in 0..leaves {
            let leaf = format!("{id}-{leaf}");
            nodes.push(rated(leaf, NodeKind::ChargePoint, Some(id.clone()), leaf_w));
        }
    }
    with_limits(&nodes)
}

#[test]
fn among_leaves_without_end_of_demand_every_prefix_has_its_share_to_the_watt() {
    for (leaves, limit_w) in [
        (1_u64, 1_u64),
        (3, 10),
        (300, 999_999),
        (65_535, 65_534),
        (65_535, 1_000_000_007),
        (65_536, 65_535),
        (65_537, 99_999_999_989),
        (100_000, 1),
        (100_000, 99_999),
        (100_000, 123_456_789_012),
    ] {
        let (topology, limits) = site(Some(limit_w), &[(None, leaves as usize)], None);
        let mut requests = Requests::none(&topology);
        for leaf in 0..leaves {
            requests.set(LeafIx::new(leaf as usize), Request::of(10_000_000));
        }
        let mut balancer = Balancer::new(topology);
        let cycle = balancer.rebalance(Strategy::FairShare, &limits, &requests);
        let mut given_w = 0;
        for (leaf, &setpoint_w) in cycle.setpoint_w.iter().enumerate() {
            given_w += u64::from(setpoint_w);
            let due_w = u128::from(limit_w) * (leaf as u128 + 1) / u128::from(leaves);
            assert_eq!(u128::from(given_w), due_w, "the first {} of {leaves} at {limit_w} W", leaf + 1);
        }
        assert_eq!(
            cycle.constraint.map(|constraint| constraint.withheld_w),
            Some(leaves * 10_000_000 - limit_w)
        );
    }
}

#[test]
fn large_sites_have_the_same_answer_either_way() {
    let mut outcomes = [0, 0, 0];
    for seed in 0..60 {
        let mut draw = Draw(seed);
        let most = [20, 300, 2_000][seed as usize % 3];
        let limited = |draw: &mut Draw, for_each_w: u64, leaves: usize| {
            (seed % 10 > 0 && draw.within(0, 2) > 0)
                .then(|| draw.within(for_each_w / 2, for_each_w * 2) * leaves as u64)
        };
        let sizes: Vec<usize> = (0..draw.within(1, 40)).map(|_| draw.within(1, most) as usize).collect();
        let circuits: Vec<(Option<u64>, usize)> =
            sizes.iter().map(|&leaves| (limited(&mut draw, 50_000, leaves), leaves)).collect();
        let site_w = limited(&mut draw, 40_000, sizes.iter().sum());
        let leaf_w = (seed % 10 > 0 && draw.within(0, 1) == 0).then(|| draw.within(60_000, 140_000));
        let (topology, limits) = site(site_w, &circuits, leaf_w);
        let has_minima = draw.within(0, 2) == 0;
        let mut requests = Requests::none(&topology);
        for leaf in 0..topology.leaf_count() {
            let min_w = if has_minima { draw.within(0, 9) as u32 * 100 } else { 0 };
            let demand_w = draw.within(0, 150_000) as u32;
            requests.set(LeafIx::new(leaf), Request { min_w, ..Request::of(demand_w) });
        }
        let mut balancer = Balancer::new(topology.clone());
        let first = LeafIx::new(0);
        let request = Request { pausable: false, ..Request::of(requests.demand_w()[0]) };
        let mut general = requests.clone();
        general.set(first, request.clone());
        // The same question for both, apart from what picks the way.
        requests.set(first, Request { pausable: true, ..request });
        let expected = Balancer::new(topology).rebalance(Strategy::FairShare, &limits, &general).clone();
        let found = balancer.rebalance(Strategy::FairShare, &limits, &requests);
        assert!(*found == expected, "seed {seed}: {:?}, not {:?}", found.constraint, expected.constraint);
        outcomes[found.outcome as usize] += 1;
    }
    assert!(outcomes[0] > 3 && outcomes[1] > 30, "outcomes are lopsided: {outcomes:?}");
}
