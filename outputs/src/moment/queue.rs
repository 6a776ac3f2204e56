//! Who waits for a connector at a moment: since when, and for what.

use super::{FaultKind, Moment, OrderStatus, Told};
use crate::clock::Clock;
use crate::format::duration;
use serde::Serialize;
use sim::view::{NO_NODE, NO_VISIT};

/// Those who wait, and the places that they wait for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QueueStatus {
    /// Those who wait, in the order in which they asked for a connector.
    pub waiting: Vec<WaitingStatus>,
    /// The connectors that a vehicle may be sent to which asks for none by name.
    pub lanes: LaneStatus,
}

/// A vehicle that is here and has no connector yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WaitingStatus {
    /// The visit.
    pub visit: String,
    /// Its vehicle.
    pub vehicle: String,
    /// When it asked for a connector and got none, RFC 3339.
    pub since: String,
    /// For how long it has waited \[s\], until the tick that is told.
    pub waited_s: u64,
    /// The connector that it must use; none where any lane will do.
    pub connector: Option<String>,
    /// The vehicle that is plugged in at that connector.
    pub taken_by: Option<String>,
    /// Whether that connector is out of service.
    pub is_out_of_service: bool,
    /// When it leaves, connector or not, RFC 3339.
    pub leaves: String,
    /// What an operator orders about it, which counts once it is plugged in.
    pub order: Option<OrderStatus>,
}

/// How many lanes there are, and why none of them is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct LaneStatus {
    /// All of them.
    pub total: u32,
    /// Those with a vehicle.
    pub taken: u32,
    /// Those without one that are out of service.
    pub out_of_service: u32,
}

impl QueueStatus {
    pub(super) fn of(told: &Told<'_>, moment: &Moment) -> Self {
        let mut waiting: Vec<(u64, bool, u32)> = Vec::new();
        for index in 0..moment.stays.len() as u32 {
            if let Some(since_s) = moment.waits_since(told, index) {
                // In a tick those who had arrived before ask first.
                let arrives_s = told.first_tick_s(told.realization.visits[index as usize].arrival_s);
                waiting.push((since_s, arrives_s == since_s, index));
            }
        }
        waiting.sort_unstable();
        let status = |(since_s, _, index)| WaitingStatus::of(told, moment, index, since_s);
        Self { waiting: waiting.into_iter().map(status).collect(), lanes: LaneStatus::of(told, moment) }
    }
}

impl Moment {
    /// When the vehicle of a visit asked for a connector \[s\], if it has none yet.
    pub(super) fn waits_since(&self, told: &Told<'_>, index: u32) -> Option<u64> {
        let (visit, stay) = (&told.realization.visits[index as usize], &self.stays[index as usize]);
        let asks_s = told.first_tick_s(visit.arrival_s + i64::from(visit.plug_in_delay_s));
        let is_here = !visit.conduct.is_no_show && stay.left_s.is_none() && asks_s <= self.t_s;
        (is_here && stay.connector == NO_NODE).then_some(asks_s)
    }
}

impl WaitingStatus {
    pub(super) fn of(told: &Told<'_>, moment: &Moment, index: u32, since_s: u64) -> Self {
        let (visit, clock) = (&told.realization.visits[index as usize], Clock::of(told.depot));
        let column = |position: u32| told.site.connector_columns[position as usize] as usize;
        let place = visit.connector.map(|position| &moment.connectors[column(position)]);
        Self {
            visit: visit.id.clone(),
            vehicle: visit.vehicle.clone(),
            since: clock.rfc3339(since_s as i64),
            waited_s: moment.t_s - since_s,
            connector: visit.connector.map(|position| told.id(position).to_owned()),
            taken_by: place.and_then(|at| told.visit(at)).map(|other| other.vehicle.clone()),
            is_out_of_service: visit
                .connector
                .is_some_and(|position| told.is_out_of_service(position, moment.t_s)),
            leaves: clock.rfc3339(visit.departure_s),
            order: told.order(index, moment.t_s),
        }
    }

    /// What it waits for, and why it does not have it: `for C1-P1-1, where bus-03 is plugged in`.
    pub(super) fn wish(&self, lanes: LaneStatus) -> String {
        let Some(connector) = &self.connector else {
            return format!("for any of {}", lanes.words());
        };
        match (&self.taken_by, self.is_out_of_service) {
            (Some(vehicle), false) => format!("for {connector}, where {vehicle} is plugged in"),
            (Some(vehicle), true) => {
                format!("for {connector}, which is out of service and has {vehicle} plugged in")
            }
            (None, true) => format!("for {connector}, which is out of service"),
            (None, false) => format!("for {connector}"),
        }
    }

    /// `; held by an operator since .. until ..`; nothing where nobody orders anything.
    pub(super) fn order_words(&self) -> String {
        self.order.as_ref().map(|order| format!("; {}", order.words())).unwrap_or_default()
    }

    /// The line of the status.
    pub(super) fn line(&self, lanes: LaneStatus) -> String {
        let whose = if self.visit == self.vehicle { String::new() } else { format!(" ({})", self.visit) };
        format!(
            "{}{whose} since {} ({}) {}; leaves at {}{}",
            self.vehicle,
            self.since,
            duration(self.waited_s as i64),
            self.wish(lanes),
            self.leaves,
            self.order_words()
        )
    }
}

impl LaneStatus {
    pub(super) fn of(told: &Told<'_>, moment: &Moment) -> Self {
        let mut lanes = Self { total: 0, taken: 0, out_of_service: 0 };
        for &position in &told.depot.lanes {
            let at = &moment.connectors[told.site.connector_columns[position as usize] as usize];
            let is_out = at.visit == NO_VISIT && told.is_out_of_service(position, moment.t_s);
            lanes.total += 1;
            lanes.taken += u32::from(at.visit != NO_VISIT);
            lanes.out_of_service += u32::from(is_out);
        }
        lanes
    }

    /// `8 lanes (7 taken, 1 out of service)`.
    fn words(self) -> String {
        let Self { total, taken, out_of_service } = self;
        let lanes = if total == 1 { "1 lane".to_owned() } else { format!("{total} lanes") };
        match out_of_service {
            0 if taken == total => format!("{lanes} (all taken)"),
            0 => format!("{lanes} ({taken} taken)"),
            _ => format!("{lanes} ({taken} taken, {out_of_service} out of service)"),
        }
    }
}

impl Told<'_> {
    /// Whether nobody can be sent to a connector; one that is merely without power takes vehicles.
    fn is_out_of_service(&self, position: u32, t_s: u64) -> bool {
        let is_out = |kind| matches!(kind, FaultKind::Unavailable | FaultKind::Faulted);
        self.faults.at(position, t_s).any(|fault| is_out(fault.kind))
    }
}
