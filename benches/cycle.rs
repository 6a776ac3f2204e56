//! One rebalance cycle: 16 and 1,024 leaves, uncurtailed, one bottleneck, every circuit; inputs change from call to call.
//!
//! `cargo bench --bench cycle` reports the time of a cycle; divide by the number of leaves for nanoseconds per leaf.

use balancer::{
    Balancer, LeafIx, LimitTable, NodeKind, NodeLimits, PowerNode, Ratings, Request, Requests, Strategy,
    Topology,
};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

/// Leaves on a circuit.
const PER_CIRCUIT: usize = 16;
/// Inputs that are drawn beforehand: enough that no branch predictor learns them.
const INPUTS: usize = 64;

/// A site, its limits and demands for many cycles.
struct Subject {
    balancer: Balancer,
    limits: LimitTable,
    inputs: Vec<Requests>,
}

impl Subject {
    /// `site_w` and `circuit_w` are limits for each leaf below \[W\]; leaves demand up to 150 kW.
    fn new(leaves: usize, site_w: u64, circuit_w: u64) -> Self {
        let per_circuit = if leaves == 16 { 4 } else { PER_CIRCUIT };
        let node = |id: String, kind, parent: Option<String>, limit_w| PowerNode {
            id,
            kind,
            parent,
            ratings: Ratings { default_capacity_w: limit_w, ..Ratings::default() },
            weight: 1,
        };
        let mut nodes = vec![
            node("site".into(), NodeKind::Site, None, None),
            node("grid".into(), NodeKind::GridConnection, Some("site".into()), Some(site_w * leaves as u64)),
        ];
        for circuit in 0..leaves / per_circuit {
            let id = format!("c{circuit}");
            let limit_w = Some(circuit_w * per_circuit as u64);
            nodes.push(node(id.clone(), NodeKind::ChargerCircuit, Some("grid".into()), limit_w));
            for leaf in 0..per_circuit {
                nodes.push(node(
                    format!("{id}-{leaf}"),
                    NodeKind::ChargePoint,
                    Some(id.clone()),
                    Some(150_000),
                ));
            }
        }
        let topology = Topology::new(&nodes).expect("a site that can be balanced");
        let limits: Vec<NodeLimits> = (0..topology.node_count())
            .map(|ix| {
                let position = topology.input_position(balancer::NodeIx::new(ix));
                NodeLimits { ratings: nodes[position].ratings, ..NodeLimits::default() }
            })
            .collect();
        let limits = LimitTable::compute(&topology, &limits);
        let mut word = 1_u64;
        let inputs = (0..INPUTS).map(|_| {
            let mut requests = Requests::none(&topology);
            for leaf in 0..leaves {
                word = word.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                requests.set(LeafIx::new(leaf), Request::of((word >> 33) as u32 % 150_000 + 1));
            }
            requests
        });
        let inputs = inputs.collect();
        Self { balancer: Balancer::new(topology), limits, inputs }
    }
}

fn cycles(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("cycle");
    for leaves in [16, 1024] {
        group.throughput(Throughput::Elements(leaves as u64));
        for (pattern, site_w, circuit_w) in [
            ("uncurtailed", 200_000, 200_000),
            ("one bottleneck", 40_000, 200_000),
            ("every circuit", 200_000, 40_000),
        ] {
            let mut subject = Subject::new(leaves, site_w, circuit_w);
            let mut next = 0;
            group.bench_function(BenchmarkId::new(pattern, leaves), |bencher| {
                bencher.iter(|| {
                    next = (next + 1) % INPUTS;
                    let requests = &subject.inputs[next];
                    subject.balancer.rebalance(Strategy::FairShare, &subject.limits, requests).curtailed_count
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, cycles);
criterion_main!(benches);
