//! One `fair-share` cycle at 16 to 1,048,576 leaves, decided and followed, beside a floor: one streaming read and write of arrays of the same size.
//!
//! `cargo bench --bench cycle` reports the time of a cycle, and leaves per second (Gelem/s: its inverse is nanoseconds per leaf). Every call has
//! other demands than the one before. What a cycle spends its time on:
//! `cargo bench --bench cycle --no-run`, then `valgrind --tool=callgrind <the binary> --profile-time 1 'one bottleneck/1024'`.
//!
//! ```text
//!  site ── grid ── circuits of 16 ── ... ── circuits of 16 ── 16 charge points
//! ```

use balancer::{
    Balancer, Followed, LeafIx, LimitTable, MovedDemand, NodeIx, NodeKind, NodeLimits, PowerNode, Ratings,
    Request, Requests, Strategy, Topology,
};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::cell::{LazyCell, RefCell};
use std::hint::black_box;

/// Children of a circuit.
const FAN_OUT: usize = 16;
/// The most that a leaf asks for, and can draw \[W\].
const LEAF_MAX_W: u32 = 150_000;

/// Which nodes bind. Limits are given for each leaf below a node \[W\]; leaves ask for 75 kW in the mean.
#[derive(Clone, Copy)]
struct Pattern {
    name: &'static str,
    grid_w: u64,
    /// Least and most for the circuits that leaves hang on; drawn.
    circuit_w: (u64, u64),
    /// Least and most for the circuits above those; drawn.
    main_w: (u64, u64),
}

const FREE: (u64, u64) = (200_000, 200_000);

const PATTERNS: [Pattern; 4] = [
    Pattern { name: "uncurtailed", grid_w: FREE.0, circuit_w: FREE, main_w: FREE },
    Pattern { name: "one bottleneck", grid_w: 40_000, circuit_w: FREE, main_w: FREE },
    Pattern { name: "every circuit", grid_w: FREE.0, circuit_w: (40_000, 40_000), main_w: FREE },
    // Every level has saturated nodes, of which some govern and some are governed from above.
    Pattern { name: "every level", grid_w: 36_000, circuit_w: (25_000, 75_000), main_w: (30_000, 50_000) },
];

/// Numbers that are the same in every run (Knuth's linear congruential generator).
struct Draw(u64);

impl Draw {
    fn within(&mut self, (least, most): (u64, u64)) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        least + (self.0 >> 33) % (most - least + 1)
    }
}

/// The tree, and for each node in the order of the list how many leaves are below it and how far up it stands (0: leaf).
struct Site {
    topology: Topology,
    below: Vec<(u64, u32)>,
}

impl Site {
    fn new(leaves: usize) -> Self {
        let mut site = (Vec::new(), Vec::new());
        add(&mut site, "site".into(), NodeKind::Site, None, (leaves, u32::MAX));
        add(&mut site, "grid".into(), NodeKind::GridConnection, Some("site"), (leaves, u32::MAX));
        let mut levels = 1;
        while FAN_OUT.pow(levels) < leaves {
            levels += 1;
        }
        add_circuits(&mut site, "grid", leaves, levels);
        let (nodes, below) = site;
        Self { topology: Topology::new(&nodes).expect("a site that can be balanced"), below }
    }

    fn limits(&self, pattern: Pattern) -> LimitTable {
        let mut draw = Draw(7);
        let limits: Vec<NodeLimits> = (0..self.topology.node_count())
            .map(|ix| {
                let (leaves, level) = self.below[self.topology.input_position(NodeIx::new(ix))];
                let for_each_w = match level {
                    0 => u64::from(LEAF_MAX_W),
                    1 => draw.within(pattern.circuit_w),
                    u32::MAX => pattern.grid_w,
                    _ => draw.within(pattern.main_w),
                };
                let ratings = Ratings { default_capacity_w: Some(for_each_w * leaves), ..Ratings::default() };
                NodeLimits { ratings, ..NodeLimits::default() }
            })
            .collect();
        LimitTable::compute(&self.topology, &limits)
    }

    fn demands(&self, count: usize) -> Vec<Requests> {
        let mut draw = Draw(1);
        let inputs = (0..count).map(|_| {
            let mut requests = Requests::none(&self.topology);
            for leaf in 0..self.topology.leaf_count() {
                let demand_w = draw.within((1, u64::from(LEAF_MAX_W))) as u32;
                requests.set(LeafIx::new(leaf), Request::of(demand_w));
            }
            requests
        });
        inputs.collect()
    }
}

type Nodes = (Vec<PowerNode>, Vec<(u64, u32)>);

fn add(nodes: &mut Nodes, id: String, kind: NodeKind, parent: Option<&str>, below: (usize, u32)) {
    let parent = parent.map(str::to_owned);
    nodes.0.push(PowerNode { id, kind, parent, ratings: Ratings::default(), weight: 1 });
    nodes.1.push((below.0 as u64, below.1));
}

/// Hangs circuits with so many leaves in all under a node, or at level 0 the leaves themselves.
fn add_circuits(nodes: &mut Nodes, parent: &str, leaves: usize, level: u32) {
    // A site of 16 has four circuits of four.
    let size = if level == 1 && parent == "grid" { 4 } else { FAN_OUT.pow(level) };
    for (ix, first) in (0..leaves).step_by(size).enumerate() {
        let (id, leaves) = (format!("{parent}-{ix}"), size.min(leaves - first));
        add(nodes, id.clone(), NodeKind::ChargerCircuit, Some(parent), (leaves, level));
        if level > 1 {
            add_circuits(nodes, &id, leaves, level - 1);
            continue;
        }
        for leaf in 0..leaves {
            add(nodes, format!("{id}-{leaf}"), NodeKind::ChargePoint, Some(&id), (1, 0));
        }
    }
}

fn cycles(criterion: &mut Criterion) {
    // Inputs for each size: so many that no branch predictor learns a small one, so few that the largest fit in a gigabyte.
    for (leaves, inputs) in [(16, 256), (1_024, 64), (100_000, 8), (1 << 20, 3)] {
        // Built only where a benchmark of this size is asked for.
        let subject = LazyCell::new(|| {
            let site = Site::new(leaves);
            let inputs = site.demands(inputs);
            (site, inputs)
        });
        let mut group = criterion.benchmark_group("cycle");
        group.throughput(Throughput::Elements(leaves as u64));
        for pattern in PATTERNS {
            let of_pattern = LazyCell::new(|| {
                let site = &subject.0;
                (site.limits(pattern), RefCell::new(Balancer::new(site.topology.clone())))
            });
            let mut next = 0;
            group.bench_function(BenchmarkId::new(pattern.name, leaves), |bencher| {
                let ((limits, balancer), inputs) = (&*of_pattern, &subject.1);
                let mut balancer = balancer.borrow_mut();
                bencher.iter(|| {
                    next = (next + 1) % inputs.len();
                    balancer.rebalance(Strategy::FairShare, limits, &inputs[next]).curtailed_count
                });
            });
        }
        group.bench_function(BenchmarkId::new("followed, every circuit", leaves), |bencher| {
            let mut tapering = Tapering::at(&subject.0);
            bencher.iter(|| tapering.follow());
        });
        let mut next = 0;
        group.bench_function(BenchmarkId::new("floor", leaves), |bencher| {
            let inputs = &subject.1;
            let leaf_limits_w = vec![LEAF_MAX_W / 2; leaves];
            let (mut setpoints_w, mut by) = (vec![0; leaves], vec![0; leaves]);
            bencher.iter(|| {
                next = (next + 1) % inputs.len();
                stream(inputs[next].demand_w(), &leaf_limits_w, &mut setpoints_w, &mut by);
                black_box((&mut setpoints_w, &mut by));
            });
        });
        group.finish();
    }
}

/// A site whose circuits are all saturated, and below each a leaf that asks for less from cycle to cycle and leaves it to the others.
struct Tapering {
    limits: LimitTable,
    balancer: Balancer,
    requests: Requests,
    moved: Vec<MovedDemand>,
}

impl Tapering {
    fn at(site: &Site) -> Self {
        let every_circuit = PATTERNS[2];
        let (topology, limits) = (&site.topology, site.limits(every_circuit));
        let mut requests = Requests::none(topology);
        let mut moved = Vec::new();
        let mut circuit = None;
        for leaf in (0..topology.leaf_count()).map(LeafIx::new) {
            let above = topology.parent(topology.node_of(leaf));
            let is_first = std::mem::replace(&mut circuit, above) != above;
            let demand_w = if is_first { 30_000 } else { LEAF_MAX_W };
            requests.set(leaf, Request::of(demand_w));
            if is_first {
                moved.push(MovedDemand { leaf, from_w: demand_w, to_w: demand_w });
            }
        }
        let mut balancer = Balancer::new(topology.clone());
        balancer.rebalance(Strategy::FairShare, &limits, &requests);
        Self { limits, balancer, requests, moved }
    }

    fn follow(&mut self) -> u32 {
        for demand in &mut self.moved {
            demand.from_w = demand.to_w;
            // Down to nothing, and all over again.
            demand.to_w = demand.to_w.checked_sub(10).unwrap_or(30_000);
            self.requests.set_demand_w(demand.leaf, demand.to_w);
        }
        let followed = self.balancer.follow(&self.limits, &self.requests, &self.moved);
        assert_eq!(followed, Some(Followed::Levels));
        self.balancer.cycle().curtailed_count
    }
}

/// The least that a cycle must move: demands and limits in, setpoints and what constrains them out.
fn stream(demands_w: &[u32], limits_w: &[u32], setpoints_w: &mut [u32], by: &mut [u32]) {
    for (((&demand_w, &limit_w), setpoint_w), by) in demands_w.iter().zip(limits_w).zip(setpoints_w).zip(by) {
        *setpoint_w = demand_w.min(limit_w);
        *by = u32::from(demand_w > limit_w);
    }
}

criterion_group!(benches, cycles);
criterion_main!(benches);
