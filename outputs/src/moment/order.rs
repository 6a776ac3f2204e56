//! What operators order by hand: who is to charge now, who is held, from when to when.

use super::{Moment, Told};
use crate::clock::Clock;
use serde::Serialize;
use sim::{Depot, Override, OverrideStep, Realization};
use std::collections::BTreeMap;

/// An operator's order about a visit, while its vehicle may be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Order {
    /// The visit's index.
    pub(crate) visit: u32,
    /// What is ordered.
    pub(crate) act: Override,
    /// The first tick that it counts for \[s\] from the start.
    pub(crate) from_s: u64,
    /// The first tick that it no longer counts for \[s\] from the start; `None` where it lasts until the run ends.
    pub(crate) until_s: Option<u64>,
}

/// An order as reports tell it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OrderStatus {
    /// `charge_now` or `hold`.
    pub order: &'static str,
    /// Since when, RFC 3339.
    pub since: String,
    /// Until when, RFC 3339; none where it lasts until the run ends.
    pub until: Option<String>,
}

/// All orders of a run, in order of their beginnings.
pub(crate) fn orders(depot: &Depot, realization: &Realization) -> Vec<Order> {
    let mut by_visit: BTreeMap<u32, Vec<&OverrideStep>> = BTreeMap::new();
    for step in &realization.overrides {
        by_visit.entry(step.visit).or_default().push(step);
    }
    let mut orders: Vec<Order> =
        by_visit.values().flat_map(|steps| orders_of_visit(depot, realization, steps)).collect();
    orders.sort_by_key(|order| (order.from_s, order.visit));
    orders
}

/// What these steps, all of them about one visit, order while its vehicle may be there; nothing about one that never comes.
fn orders_of_visit<'a>(
    depot: &'a Depot,
    realization: &'a Realization,
    steps: &'a [&OverrideStep],
) -> impl Iterator<Item = Order> + 'a {
    let tick_s = |at_s: i64| depot.first_tick_s(at_s);
    let end_s = depot.duration_s();
    let order = move |(ix, step): (usize, &&OverrideStep)| {
        let (act, visit) = (step.act?, &realization.visits[step.visit as usize]);
        let leaves_s = depot.tick_begun_s(visit.departure_s);
        let until_s = steps.get(ix + 1).map_or(leaves_s, |next| tick_s(next.at_s).min(leaves_s));
        let from_s = tick_s(step.at_s).max(tick_s(visit.arrival_s));
        let comes = !visit.conduct.is_no_show && from_s < until_s.min(end_s);
        let until_s = (until_s < end_s).then_some(until_s);
        comes.then_some(Order { visit: step.visit, act, from_s, until_s })
    };
    steps.iter().enumerate().filter_map(order)
}

/// The order's name in reports.
pub(crate) fn order_name(act: Override) -> &'static str {
    match act {
        Override::ChargeNow => "charge_now",
        Override::Hold => "hold",
    }
}

impl Told<'_> {
    /// Whether the newest cycle served a visit before every tier, as an operator ordered by then. None does while cycles are rejected.
    pub(super) fn is_served_first(&self, moment: &Moment, visit: u32) -> bool {
        let is_rejected = moment.in_force(self.depot).is_some();
        let cycle = moment.cycle.as_ref().filter(|_| !is_rejected);
        cycle.and_then(|cycle| self.order(visit, cycle.t_s)).is_some_and(|order| !order.is_hold())
    }

    /// The order about a visit in the tick that begins at `t_s` \[s\].
    pub(super) fn order(&self, visit: u32, t_s: u64) -> Option<OrderStatus> {
        if self.realization.overrides.is_empty() {
            return None;
        }
        let clock = Clock::of(self.depot);
        let holds = |order: &Order| order.from_s <= t_s && order.until_s.is_none_or(|until_s| t_s < until_s);
        let steps: Vec<&OverrideStep> =
            self.realization.overrides.iter().filter(|step| step.visit == visit).collect();
        let order = orders_of_visit(self.depot, self.realization, &steps).find(holds)?;
        Some(OrderStatus {
            order: order_name(order.act),
            since: clock.rfc3339(order.from_s as i64),
            until: order.until_s.map(|until_s| clock.rfc3339(until_s as i64)),
        })
    }
}

impl OrderStatus {
    /// Whether the vehicle is to get nothing.
    pub(super) fn is_hold(&self) -> bool {
        self.order == order_name(Override::Hold)
    }

    /// `held by an operator since .. until ..`, or `an operator's charge-now since .. until ..`.
    pub(super) fn words(&self) -> String {
        let what = if self.is_hold() { "held by an operator" } else { "an operator's charge-now" };
        let until = self.until.as_deref().unwrap_or("the end of the run");
        format!("{what} since {} until {until}", self.since)
    }

    /// The same for the end of a line, without times.
    pub(super) fn brief(&self) -> &'static str {
        if self.is_hold() { "held by an operator" } else { "charge-now by an operator" }
    }
}
