//! What operators order by hand: who is to charge now, who is held, from when to when.

use super::Told;
use crate::clock::Clock;
use serde::Serialize;
use sim::{Depot, Override, Realization};

/// An operator's order about a visit, while the visit may be there.
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
    let tick_s = |at_s: i64| at_s.max(0).unsigned_abs().next_multiple_of(u64::from(depot.step_s));
    let end_s = depot.duration_s();
    let steps = &realization.overrides;
    let order = |(ix, step): (usize, &sim::OverrideStep)| {
        let next = steps[ix + 1..].iter().find(|next| next.visit == step.visit);
        let leaves_s = tick_s(realization.visits[step.visit as usize].departure_s);
        let until_s = next.map_or(leaves_s, |next| tick_s(next.at_s).min(leaves_s));
        let from_s = tick_s(step.at_s);
        let until = (until_s < end_s).then_some(until_s);
        (from_s < until_s.min(end_s)).then_some(Order {
            visit: step.visit,
            act: step.act?,
            from_s,
            until_s: until,
        })
    };
    steps.iter().enumerate().filter_map(order).collect()
}

/// The order's name in reports.
pub(crate) fn order_name(act: Override) -> &'static str {
    match act {
        Override::ChargeNow => "charge_now",
        Override::Hold => "hold",
    }
}

impl Told<'_> {
    /// The order about a visit in the tick that begins at `t_s` \[s\].
    pub(super) fn order(&self, visit: u32, t_s: u64) -> Option<OrderStatus> {
        let clock = Clock::of(self.depot);
        let holds = |order: &Order| {
            order.visit == visit && order.from_s <= t_s && order.until_s.is_none_or(|until_s| t_s < until_s)
        };
        let order = orders(self.depot, self.realization).into_iter().find(holds)?;
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
