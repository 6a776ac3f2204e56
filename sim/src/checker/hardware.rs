//! What `uncontrolled` still respects: the ratings of charge points and connectors, and outages.

use super::known::{Holds, Known, wrong};
use super::limits::Limits;
use crate::site::NO_PARENT;
use crate::view::TickView;
use balancer::NodeKind;

/// Nobody gets more than he asks for, and nobody more than hardware carries.
#[cold]
pub(super) fn check(known: &Known<'_>, limits: &Limits<'_>, view: &TickView<'_>) -> Holds {
    let site = &known.site;
    let mut of_charge_points_w = vec![0_u64; site.nodes.len()];
    for (column, &position) in site.connectors.iter().enumerate() {
        let (setpoint_w, demand_w) = (view.connectors.setpoint_w[column], view.connectors.demand_w[column]);
        let rated_w = if limits.is_dead(position) { 0 } else { limits.max_rating_w(position) };
        if setpoint_w > demand_w || u64::from(setpoint_w) > rated_w {
            let what = format!("gets {setpoint_w} W, asks for {demand_w} and is rated for {rated_w}");
            return wrong(position, what);
        }
        let parent = site.connector_parents[column];
        if parent != NO_PARENT {
            of_charge_points_w[parent as usize] += u64::from(setpoint_w);
        }
    }
    for (&position, sum_w) in site.nodes.iter().zip(of_charge_points_w) {
        let is_charge_point = known.depot.site[position as usize].kind == NodeKind::ChargePoint;
        if is_charge_point && sum_w > limits.max_rating_w(position) {
            let rated_w = limits.max_rating_w(position);
            return wrong(position, format!("its connectors get {sum_w} W and it is rated for {rated_w}"));
        }
    }
    Ok(())
}
