//! A controller that asks the balancer in every cycle: demands change, a limit falls, and a cycle that is rejected is answered with what is safe.
//!
//! `cargo run -p depotsim-balancer --example controller`

use balancer::{
    Balancer, LeafIx, LimitTable, NodeIx, NodeKind, NodeLimits, Outcome, PowerNode, Ratings, Rejection,
    Request, Requests, Strategy, Topology,
};

/// What each charger may draw when the balancer has no answer \[W\].
const SAFE_W: u32 = 4_000;

fn main() -> Result<(), Rejection> {
    let nodes = [
        node("site", NodeKind::Site, None, None),
        node("grid", NodeKind::GridConnection, Some("site"), Some(40_000)),
        node("a", NodeKind::ChargePoint, Some("grid"), Some(22_000)),
        node("b", NodeKind::ChargePoint, Some("grid"), Some(22_000)),
    ];
    let topology = Topology::new(&nodes)?;
    let grid = topology.find("grid").expect("it stands above");
    // Ratings limit nothing by themselves: they become limits, in the order of the tree.
    let own = |ix| NodeLimits {
        ratings: nodes[topology.input_position(NodeIx::new(ix))].ratings,
        ..NodeLimits::default()
    };
    let mut limits: Vec<NodeLimits> = (0..topology.node_count()).map(own).collect();
    let mut table = LimitTable::compute(&topology, &limits);
    let mut requests = Requests::none(&topology);
    let mut balancer = Balancer::new(topology);
    let mut setpoints_w = vec![0; requests.demand_w().len()];

    // Demands of both chargers \[W\], and an envelope on the connection.
    let cycles: [([u32; 2], Option<u64>); 4] = [
        ([11_000, 7_000], None),
        ([22_000, 22_000], None),
        ([22_000, 22_000], Some(5_000)),
        ([22_000, 0], Some(15_000)),
    ];
    for (cycle, (demands_w, import_envelope_w)) in cycles.into_iter().enumerate() {
        for (leaf, demand_w) in demands_w.into_iter().enumerate().map(|(ix, w)| (LeafIx::new(ix), w)) {
            match demand_w {
                0 => requests.clear(leaf),
                // They cannot be paused, and charge on no less than 6 A of three phases.
                _ => {
                    requests.set(leaf, Request { min_w: 4_140, pausable: false, ..Request::of(demand_w) });
                }
            }
        }
        let now = NodeLimits { import_envelope_w, ..limits[grid.index()] };
        table.change(balancer.topology(), &mut limits, grid, now);
        let result = balancer.rebalance(Strategy::FairShare, &table, &requests);
        match (&result.rejection, result.outcome) {
            (Some(rejection), _) => {
                // The arrays are those of the cycle before, and too much by now.
                let safe_w = table.ev_limit_w[grid.index()] / setpoints_w.len() as u64;
                setpoints_w.fill(SAFE_W.min(safe_w as u32));
                println!("cycle {cycle}: {rejection}; {setpoints_w:?} W until it is mended");
            }
            (None, Outcome::Curtailed) => {
                setpoints_w.copy_from_slice(&result.setpoint_w);
                println!("cycle {cycle}: {setpoints_w:?} W, held back by {}", result.reason);
            }
            (None, _) => {
                setpoints_w.copy_from_slice(&result.setpoint_w);
                println!("cycle {cycle}: {setpoints_w:?} W, which is all that was asked for");
            }
        }
    }
    Ok(())
}

fn node(id: &str, kind: NodeKind, parent: Option<&str>, limit_w: Option<u64>) -> PowerNode {
    let ratings = Ratings { default_capacity_w: limit_w, ..Ratings::default() };
    PowerNode { id: id.to_owned(), kind, parent: parent.map(str::to_owned), ratings, weight: 1 }
}
