//! Charge points that are controlled as a whole, and split what they get among their connectors.
//!
//! Protects what the split cannot mend: a charge point that is let in with less than any of its connectors can use. Found by random depots.

mod support;

use sim::{Control, Depot, NodeKind, Realization};
use support::{depot, node, rating, visit, watch};

/// A charge point with two connectors that is controlled as a whole, on a connection of `site_w`; a bus at each connector.
fn shared_charger(site_w: u64) -> (Depot, Realization) {
    let mut depot = depot(1, 1, 2, site_w, 400_000);
    depot.control = Control::ChargePoint;
    depot.ticks = 1;
    for node in depot.site.iter_mut().filter(|node| node.kind == NodeKind::Connector) {
        node.min_power_w = 30_000;
    }
    let visits = vec![visit("a", 0, 3600, 20, 95), visit("b", 0, 3600, 20, 95)];
    (depot, Realization { visits, ..Realization::default() })
}

#[test]
fn a_charge_point_needs_no_more_than_the_connector_that_needs_least() {
    // (rating of the first connector, limit, setpoints): found by random depots, in which the charge point was paused, or was let in with
    // less than anybody there could use.
    let cases = [
        // The first takes at most 25 kW, and so needs no more than that.
        (25_000, 26_000, [25_000, 0]),
        (25_000, 24_000, [0, 0]),
        // The first takes nothing: what it needs does not count.
        (0, 29_000, [0, 0]),
        (0, 31_000, [0, 31_000]),
    ];
    for (rating_w, limit_w, expected) in cases {
        let (mut depot, realization) = shared_charger(limit_w);
        let first = depot.lanes[0] as usize;
        depot.site[first].ratings = rating(rating_w);
        let mut seen = Vec::new();
        watch(&depot, &realization, |view| seen.extend_from_slice(view.connectors.setpoint_w))
            .expect("the invariants hold");
        assert_eq!(seen, expected, "{rating_w} W on {limit_w} W");
    }
}

#[test]
fn what_a_charge_point_cannot_use_of_its_share_is_no_broken_invariant() {
    // 80 kW for three connectors: two shares for a charge point whose connectors need 30 kW each, of which the first takes no more than 32.
    // Of its 53,333 W 21,333 are of no use to the second, while another charge point is curtailed to its third.
    let (mut depot, mut realization) = shared_charger(80_000);
    depot.site.push(node("P2", NodeKind::ChargePoint, Some(2), rating(150_000)));
    depot.lanes = vec![4, 5, 6];
    depot.site[4].ratings = rating(32_000);
    realization.visits.push(visit("c", 0, 3600, 20, 95));
    let mut seen = Vec::new();
    watch(&depot, &realization, |view| {
        seen.push((view.connectors.setpoint_w.to_vec(), view.nodes.allocated_w[1]));
    })
    .expect("the invariants hold");
    assert_eq!(seen, [(vec![32_000, 0, 26_667], 58_667)]);
}
