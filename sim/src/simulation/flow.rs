//! What flows in a tick, and what the meters make of it.

use super::{ShareNews, Simulation};
use crate::breach_trace::Circumstances;
use crate::breaches::Moment;
use crate::event::{Event, EventKind, Why};
use crate::view::NO_VISIT;
use balancer::Outcome;

impl Simulation<'_> {
    pub(super) fn charge(&mut self, t_s: u64) {
        let step_s = self.depot.step_s;
        self.bays.charge();
        if self.special.any_occupied() {
            self.charge_special(t_s);
        }
        if self.share_news != ShareNews::Kept {
            self.add_up_shares();
        }
        let have_meters_changed = self.add_up_meters();
        if have_meters_changed || self.watch.any_open() {
            self.look_for_breaches(t_s);
        }
        if !self.limit_watch.is_idle() {
            self.watch_limits(t_s);
        }
        // At the end of the tick, and so after what is told of its beginning.
        if self.readiness.expects_any() || !self.bays.done().is_empty() {
            self.tell_who_is_ready(t_s + u64::from(step_s));
        }
    }

    fn add_up_shares(&mut self) {
        let news = std::mem::replace(&mut self.share_news, ShareNews::Kept);
        // Since the cycle of this tick nothing was asked or granted that it does not know, unless by vehicles or chargers of a special kind.
        let of_nodes = match news {
            ShareNews::Followed | ShareNews::Releveled | ShareNews::Decided
                if !self.special.any_occupied() =>
            {
                self.controller.shares_of_nodes()
            }
            _ => None,
        };
        match of_nodes {
            Some(of_nodes) if news == ShareNews::Decided => self.totals.take_shares(&of_nodes),
            Some(of_nodes) => {
                if news == ShareNews::Releveled {
                    self.totals.take_allocations(&of_nodes);
                }
                self.totals.follow_shares(&self.site, &of_nodes, self.controller.followed());
            }
            None => {
                self.totals.add_up_shares(&self.site, (&self.bays, &self.special), &self.connector_ev_limit_w)
            }
        }
    }

    /// Brings the meters of nodes up to date; returns whether anything changed that they show or are compared with.
    fn add_up_meters(&mut self) -> bool {
        let changes = self.bays.meters.changes();
        // Each change goes up to the root: of more than three in four, adding all up is less.
        if std::mem::take(&mut self.rooms_changed) || changes.len() > self.site.connectors.len() / 4 * 3 {
            self.totals.add_up_meters(&self.site, &self.bays);
        } else if changes.is_empty() {
            return false;
        } else {
            self.totals.follow_meters(&self.site, changes);
        }
        self.bays.meters.forget_changes();
        true
    }

    #[inline(never)]
    fn tell_who_is_ready(&mut self, ends_s: u64) {
        while let Some(column) = self.readiness.next_reached(&self.bays.energy_j) {
            self.become_ready(column, ends_s);
        }
        for position in 0..self.bays.done().len() {
            self.become_ready(self.bays.done()[position], ends_s);
        }
    }

    /// Who has reached the target, or before it what the next block needs.
    fn become_ready(&mut self, column: u32, ready_s: u64) {
        let (visit, node) = (self.bays.visit[column as usize], self.site.connectors[column as usize]);
        let (stay, energy_j) = (&mut self.stays[visit as usize], self.bays.energy_j[column as usize]);
        if stay.ready_s.is_none() && energy_j >= self.realization.visits[visit as usize].ready_energy_j {
            stay.ready_s = Some(ready_s);
            self.tell(ready_s, EventKind::Ready, node, visit, None);
        }
    }

    fn look_for_breaches(&mut self, t_s: u64) {
        let record = self.controller.record();
        let circumstances = Circumstances {
            strategy: self.depot.strategy,
            is_rejected: record.is_some_and(|record| record.outcome == Outcome::Rejected),
            cycle_s: record.map_or(0, |record| record.t_s),
            site: &self.site,
            bays: &self.bays,
            special: &self.special,
            limit_watch: &self.limit_watch,
        };
        let first_ended = self.ended_breaches.len();
        let events = &mut self.events;
        self.watch.look(
            &mut self.totals,
            Moment { t_s, step_s: self.depot.step_s, positions: &self.site.nodes },
            circumstances,
            |breach| {
                let kind = EventKind::BreachBegan;
                let (node, visit) = (breach.node, NO_VISIT);
                let why = Some(Why::Breach(breach.cause));
                events.push(Event { why, ..Event::new(t_s, kind, node, visit, None) });
            },
            |breach| self.ended_breaches.push(breach),
        );
        for position in first_ended..self.ended_breaches.len() {
            let breach = self.ended_breaches[position];
            self.tell(t_s, EventKind::BreachEnded, breach.node, NO_VISIT, Some(breach.peak_over_w as i64));
        }
    }
}
