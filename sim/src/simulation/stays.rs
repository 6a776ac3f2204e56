//! Who comes, is plugged in, waits, and leaves.

use super::{ShareNews, Simulation};
use crate::event::EventKind;
use crate::view::NO_NODE;

impl Simulation<'_> {
    pub(super) fn arrive(&mut self, t_s: u64, index: u32) {
        let visit = &self.realization.visits[index as usize];
        if visit.conduct.is_no_show {
            self.stays[index as usize].left_s = Some(t_s);
            return self.tell(t_s, EventKind::NoShow, NO_NODE, index, None);
        }
        self.tell(t_s, EventKind::Arrived, NO_NODE, index, None);
        if self.depot.tick_begun(visit.leaves_s()) <= self.tick {
            // Too short for a tick: it is gone before it could be plugged in.
            self.be_ready_on_arrival(t_s, index);
            self.stays[index as usize].left_s = Some(t_s);
            return self.tell(t_s, EventKind::LeftQueue, NO_NODE, index, None);
        }
        self.yard.expect_departure(self.depot.tick_begun(visit.departure_s), index);
        let asks = self.depot.first_tick(visit.arrival_s + i64::from(visit.plug_in_delay_s));
        if asks > self.tick {
            self.be_ready_on_arrival(t_s, index);
            return self.yard.expect_plug_in(asks, index);
        }
        self.send_to_connector(t_s, index);
    }

    pub(super) fn send_to_connector(&mut self, t_s: u64, index: u32) {
        match self.place_for(index) {
            Some(column) => self.plug_in(t_s, index, column),
            None => {
                self.yard.wait(index);
                self.tell(t_s, EventKind::Queued, NO_NODE, index, None);
                self.be_ready_on_arrival(t_s, index);
            }
        }
    }

    /// Who comes with what makes it ready is ready, whether a connector is free or not.
    fn be_ready_on_arrival(&mut self, t_s: u64, index: u32) {
        let (visit, stay) = (&self.realization.visits[index as usize], &mut self.stays[index as usize]);
        if visit.arrival_energy_j >= visit.ready_energy_j && stay.ready_s.is_none() {
            stay.ready_s = Some(t_s);
            self.tell(t_s, EventKind::Ready, NO_NODE, index, None);
        }
    }

    fn plug_in(&mut self, t_s: u64, index: u32, column: u32) {
        let visit = &self.realization.visits[index as usize];
        let position = self.site.connectors[column as usize];
        self.yard.occupy(column);
        let charges = self.bays.plug_in(column, index, visit);
        let stay = &mut self.stays[index as usize];
        stay.connector = position;
        stay.plugged_in_s = Some(t_s);
        let was_ready = stay.ready_s.is_some();
        let unplugged = visit.conduct.unplugged_s.map(|at_s| self.depot.tick_begun(at_s));
        if let Some(tick) = unplugged.filter(|&tick| tick > self.tick) {
            // Before, there was no plug to be pulled.
            self.yard.expect_departure(tick, index);
        }
        self.tell(t_s, EventKind::PluggedIn, position, index, None);
        if self.special.takes(column, index, visit) {
            let ticks = self.precondition_ticks(index);
            self.special.plug_in(&mut self.bays, column, index, visit, (self.depot, ticks));
        } else if charges {
            self.bays.update_demand(column);
            self.controller.set_wish(column as usize, self.bays.wish(column, visit));
        }
        if visit.arrival_energy_j >= visit.ready_energy_j {
            if !was_ready {
                self.stays[index as usize].ready_s = Some(t_s);
                self.tell(t_s, EventKind::Ready, position, index, None);
            }
        } else if visit.ready_energy_j < visit.target_energy_j {
            self.readiness.expect(column, visit.ready_energy_j);
        }
        self.share_news = ShareNews::Changed;
    }

    pub(super) fn depart(&mut self, t_s: u64, index: u32, kind: EventKind) {
        let stay = &mut self.stays[index as usize];
        if stay.left_s.is_some() {
            // Somebody pulled the plug before.
            return;
        }
        stay.left_s = Some(t_s);
        let position = stay.connector;
        if position == NO_NODE {
            self.yard.stop_waiting(index);
            return self.tell(t_s, EventKind::LeftQueue, NO_NODE, index, None);
        }
        let column = self.site.connector_columns[position as usize];
        self.tell(t_s, kind, position, index, None);
        self.bays.tell(column, t_s, &mut self.stays[index as usize]);
        self.bays.unplug(column);
        self.special.unplug(&mut self.bays, column);
        self.readiness.forget(column);
        self.controller.release(column as usize);
        if !self.special.is_out_of_service(column) {
            self.yard.vacate(column);
        }
        self.share_news = ShareNews::Changed;
        self.call_from_queue(t_s);
    }

    /// Plugs in whoever waits and now finds a place, in order of arrival.
    pub(super) fn call_from_queue(&mut self, t_s: u64) {
        let mut position = 0;
        while let Some(&index) = self.yard.waiting().get(position) {
            let visit = &self.realization.visits[index as usize];
            let is_leaving = self.depot.tick_begun(visit.departure_s) <= self.tick;
            match self.place_for(index) {
                Some(column) if !is_leaving => {
                    self.yard.stop_waiting(index);
                    self.plug_in(t_s, index, column);
                }
                _ => position += 1,
            }
        }
    }
}
