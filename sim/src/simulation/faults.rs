//! What goes wrong at chargers, what operators order, and who leaves a connector before he leaves the depot.

use super::Simulation;
use crate::charger::{ChargerChange, ChargerStep};
use crate::event::{Event, EventKind, Why};
use crate::overrides::Override;
use crate::view::{NO_NODE, NO_VISIT};

impl Simulation<'_> {
    /// Ends a stay whose time is over, or whose plug somebody pulls.
    pub(super) fn leave(&mut self, t_s: u64, index: u32) {
        let visit = &self.realization.visits[index as usize];
        let is_departure = self.depot.tick_begun(visit.departure_s) <= self.tick;
        let kind = if is_departure { EventKind::Departed } else { EventKind::Unplugged };
        self.depart(t_s, index, kind);
    }

    /// Takes over every change of chargers that is due.
    #[cold]
    pub(super) fn change_chargers(&mut self, t_s: u64) {
        while let Some(step) = self.realization.charger_steps.get(self.next_charger_step)
            && self.depot.first_tick(step.at_s) <= self.tick
        {
            self.next_charger_step += 1;
            self.change_charger(t_s, step);
        }
    }

    fn change_charger(&mut self, t_s: u64, step: &ChargerStep) {
        let kind = match step.change {
            ChargerChange::Offline => EventKind::ChargerOffline,
            ChargerChange::Online => EventKind::ChargerOnline,
            ChargerChange::OutOfService(_) => EventKind::OutOfService,
            ChargerChange::InService => EventKind::InService,
            ChargerChange::SetpointsIgnored => EventKind::SetpointsIgnored,
            ChargerChange::SetpointsObeyed => EventKind::SetpointsObeyed,
        };
        let why = match step.change {
            ChargerChange::OutOfService(kind) => Some(Why::Outage(kind)),
            _ => None,
        };
        self.events.push(Event { why, ..Event::new(t_s, kind, step.node, NO_VISIT, None) });
        for column in self.site.columns_at(step.node) {
            let column = column as u32;
            let moves_lanes = self.special.change(&mut self.bays, column, step.change, t_s);
            if !moves_lanes {
                continue;
            }
            if self.special.is_out_of_service(column) {
                self.yard.occupy(column);
            } else if self.bays.is_free(column) {
                self.yard.vacate(column);
            }
        }
        if step.change == ChargerChange::InService {
            self.call_from_queue(t_s);
        }
    }

    /// Takes over every order that is due.
    #[cold]
    pub(super) fn take_orders(&mut self, t_s: u64) {
        while let Some(step) = self.realization.overrides.get(self.next_override)
            && self.depot.first_tick(step.at_s) <= self.tick
        {
            self.next_override += 1;
            let kind = match step.act {
                Some(Override::ChargeNow) => EventKind::ChargeNow,
                Some(Override::Hold) => EventKind::Hold,
                None => EventKind::OverrideEnded,
            };
            let column = self.special.order(step.visit, step.act);
            let node = column.map_or(NO_NODE, |column| self.site.connectors[column as usize]);
            self.tell(t_s, kind, node, step.visit, None);
        }
    }
}
