//! Limits that change one by one: the table is that which is computed of all of them anew.
//!
//! Protects runs in which envelopes, base loads and outages come and go for a night, and only what changes is computed.

mod common;

use balancer::{LimitTable, NodeIx, NodeKind, NodeLimits};
use common::tree::{Draw, laid_out, rated};

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
