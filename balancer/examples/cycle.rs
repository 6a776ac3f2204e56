//! Runs `fair-share` cycles many times, at once or by circuit curtailed: the subject of instruction counts, and of quick comparisons.
//!
//! `cargo run --release -p depotsim-balancer --example cycle -- [ROUNDS [grid|circuits [CIRCUITS [POINTS]]]]`
//!
//! ```text
//!  site ── grid ── CIRCUITS circuits (4) ── POINTS charge points each (4)
//! ```

use balancer::{
    Balancer, LeafIx, LimitTable, NodeIx, NodeKind, NodeLimits, PowerNode, Ratings, Request, Requests,
    Strategy, Topology,
};
use std::time::Instant;

/// Inputs that follow each other: so many that no branch predictor learns them.
const INPUTS: usize = 256;

fn main() {
    let mut args = std::env::args().skip(1);
    let rounds: u32 = args.next().and_then(|rounds| rounds.parse().ok()).unwrap_or(2_000);
    let binds_grid = args.next().is_some_and(|what| what == "grid");
    let mut count = || args.next().and_then(|count| count.parse().ok()).unwrap_or(4);
    let (circuits, points) = (count(), count());
    // Demands are 75 kW in the mean.
    let limit_w = |leaves: u64, binds| leaves * if binds { 40_000 } else { 200_000 };
    let (grid_w, circuit_w) = (limit_w(circuits * points, binds_grid), limit_w(points, !binds_grid));
    let topology = tree(circuits, points);
    let limits: Vec<NodeLimits> = (0..topology.node_count())
        .map(|ix| {
            let limit_w = match topology.kind(NodeIx::new(ix)) {
                NodeKind::GridConnection => Some(grid_w),
                NodeKind::ChargerCircuit => Some(circuit_w),
                _ => Some(150_000).filter(|_| ix >= topology.inner_count()),
            };
            let ratings = Ratings { default_capacity_w: limit_w, ..Ratings::default() };
            NodeLimits { ratings, ..NodeLimits::default() }
        })
        .collect();
    let limits = LimitTable::compute(&topology, &limits);
    let inputs = demands(&topology);
    let mut balancer = Balancer::new(topology);
    let (mut best_s, mut curtailed) = (f64::MAX, 0_u64);
    for _ in 0..rounds {
        let start = Instant::now();
        for requests in &inputs {
            curtailed +=
                u64::from(balancer.rebalance(Strategy::FairShare, &limits, requests).curtailed_count);
        }
        best_s = best_s.min(start.elapsed().as_secs_f64());
    }
    let best_ns = best_s * 1e9 / (INPUTS as u64 * circuits * points) as f64;
    println!("best of {rounds}: {best_ns:.2} ns per leaf ({curtailed} leaves curtailed in all)");
}

fn tree(circuits: u64, points: u64) -> Topology {
    let node = |id: String, kind, parent: Option<&str>| PowerNode {
        id,
        kind,
        parent: parent.map(str::to_owned),
        ratings: Ratings::default(),
        weight: 1,
    };
    let mut nodes = vec![
        node("site".into(), NodeKind::Site, None),
        node("grid".into(), NodeKind::GridConnection, Some("site")),
    ];
    for circuit in (0..circuits).map(|n| format!("C{n}")) {
        nodes.push(node(circuit.clone(), NodeKind::ChargerCircuit, Some("grid")));
        nodes.extend(
            (0..points).map(|n| node(format!("{circuit}-{n}"), NodeKind::ChargePoint, Some(&circuit))),
        );
    }
    Topology::new(&nodes).expect("a site that can be balanced")
}

/// Demands of 1 W to 150 kW, the same in every run (Knuth's linear congruential generator).
fn demands(topology: &Topology) -> Vec<Requests> {
    let mut word = 1_u64;
    let mut demand_w = || {
        word = word.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (1 + (word >> 33) % 150_000) as u32
    };
    let mut requests = || {
        let mut requests = Requests::none(topology);
        for leaf in 0..topology.leaf_count() {
            requests.set(LeafIx::new(leaf), Request::of(demand_w()));
        }
        requests
    };
    (0..INPUTS).map(|_| requests()).collect()
}
