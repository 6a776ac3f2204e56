//! Limits that change one by one: the table is that which is computed of all of them anew.
//!
//! Protects runs in which envelopes, base loads and outages come and go for a night, and only what changes is computed.

mod common;

use balancer::{Balancer, LimitTable, NodeIx, NodeKind, NodeLimits, Requests, Strategy};
use common::tree::{Draw, laid_out, rated};
use std::panic::AssertUnwindSafe;

#[test]
fn a_table_in_which_limits_are_changed_equals_one_that_is_computed_anew() {
    for seed in 0..2_000 {
        let mut draw = Draw(seed);
        let circuits = draw.within(1, 5);
        let mut nodes = vec![rated("n0".into(), NodeKind::Site, None, None)];
        for circuit in 1..=circuits {
            let parent = format!("n{}", draw.within(0, circuit - 1));
            nodes.push(rated(format!("n{circuit}"), NodeKind::ChargerCircuit, Some(parent), Some(100)));
            let own = Some(format!("n{circuit}"));
            nodes.push(rated(format!("p{circuit}"), NodeKind::ChargePoint, own, Some(50)));
        }
        let (topology, mut limits) = laid_out(&nodes);
        let mut table = LimitTable::compute(&topology, &limits);
        for _ in 0..12 {
            let node = NodeIx::new(draw.within(0, topology.node_count() as u64 - 1) as usize);
            let mut envelope_w = || draw.percent(40).then(|| draw.within(0, 120));
            let now = NodeLimits {
                import_envelope_w: envelope_w(),
                load_envelope_w: envelope_w(),
                import_fallback_w: envelope_w(),
                load_fallback_w: envelope_w(),
                is_out: draw.percent(15),
                base_load_w: draw.within(0, 60) as i64 - 20,
                ..limits[node.index()]
            };
            table.change(&topology, &mut limits, node, now);
            assert_eq!(table, LimitTable::compute(&topology, &limits), "seed {seed}");
        }
    }
}

#[test]
fn limits_and_requests_of_another_tree_are_heard_at_once_whatever_the_strategy() {
    let tree = |leaves: u32| {
        let mut nodes = vec![rated("n0".into(), NodeKind::Site, None, None)];
        for leaf in 0..leaves {
            nodes.push(rated(format!("p{leaf}"), NodeKind::ChargePoint, Some("n0".into()), Some(50)));
        }
        laid_out(&nodes)
    };
    let ((small, of_small), (large, of_large)) = (tree(2), tree(4));
    let tables = [LimitTable::compute(&small, &of_small), LimitTable::compute(&large, &of_large)];
    let requests = [Requests::none(&small), Requests::none(&large)];
    for strategy in Strategy::ALL {
        for (table, request, is_sound) in [(0, 0, true), (1, 0, false), (0, 1, false), (1, 1, false)] {
            let mut balancer = Balancer::new(small.clone());
            let (limits, requests) = (&tables[table], &requests[request]);
            let cycle = AssertUnwindSafe(|| balancer.rebalance(strategy, limits, requests).outcome);
            assert_eq!(std::panic::catch_unwind(cycle).is_ok(), is_sound, "{strategy}: {table} {request}");
        }
    }
}
