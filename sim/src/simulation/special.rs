//! What a tick does at connectors that need more than the common path.

use super::{ShareNews, Simulation};
use crate::event::{Event, EventKind};
use crate::special_bays::{SpecialBays, Told};
use crate::view::NO_VISIT;

impl Simulation<'_> {
    /// Brings what special connectors wish to the balancer.
    #[cold]
    pub(super) fn update_special_wishes(&mut self) {
        let always = self.controller.uses_keys_that_change();
        let visits = &self.realization.visits;
        for position in 0..self.special.occupied_count() {
            let (column, told) = self.special.tell(&mut self.bays, position, self.tick, visits, always);
            match told {
                Told::Nothing => {}
                Told::Withdrawn => {
                    self.controller.release(column as usize);
                    SpecialBays::withdraw(&mut self.bays, column);
                    self.share_news = ShareNews::Changed;
                }
                Told::Wish(wish) => {
                    self.controller.set_wish(column as usize, wish);
                    self.share_news = ShareNews::Changed;
                }
            }
        }
    }

    /// Charges at special connectors.
    #[cold]
    pub(super) fn charge_special(&mut self, t_s: u64) {
        let mut fell_back = Vec::new();
        self.special.charge(&mut self.bays, &mut self.stays, (self.tick, t_s), |column| {
            fell_back.push(column);
        });
        for column in fell_back {
            let position = self.site.connectors[column as usize];
            let fallback_w = i64::from(self.depot.site[position as usize].fallback_w);
            self.tell(t_s, EventKind::ChargerFellBack, position, NO_VISIT, Some(fallback_w));
        }
    }

    /// The ticks in which a visit preconditions: from the first to the one after the last; none, if it does not.
    pub(super) fn precondition_ticks(&self, index: u32) -> (u32, u32) {
        let visit = &self.realization.visits[index as usize];
        let told_s = visit.conduct.told_departure_s.unwrap_or(visit.departure_s);
        let begins_s = told_s - i64::from(visit.conduct.precondition_s);
        (self.depot.first_tick(begins_s), self.depot.first_tick(told_s))
    }

    /// Tells of limits that fell below what was measured and are met now.
    #[cold]
    pub(super) fn watch_limits(&mut self, t_s: u64) {
        let Self { limit_watch, totals, bays, site, limits, connector_limit_w, .. } = self;
        limit_watch.look(t_s, |place| {
            let (meter_w, limit_w) = match place.checked_sub(site.nodes.len()) {
                None => (totals.measured_w[place], totals.limit_w[place]),
                Some(column) => {
                    let base_load_w = limits.own()[site.connectors[column] as usize].base_load_w;
                    (i64::from(bays.meters.measured_w()[column]) + base_load_w, connector_limit_w[column])
                }
            };
            meter_w.max(0).unsigned_abs().saturating_sub(limit_w)
        });
        let told_late = self.limit_watch.met().iter().filter(|step| step.comply_s > Some(0));
        self.events.extend(told_late.map(|step| {
            let overshoot_w = Some(step.overshoot_w as i64);
            let event = Event::new(t_s, EventKind::LimitMet, step.node, NO_VISIT, overshoot_w);
            Event { duration_s: step.comply_s, ..event }
        }));
    }
}
