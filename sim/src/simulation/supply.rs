//! Outages of nodes, and feeds of envelopes and measurements that fail and come back.

use super::Simulation;
use crate::event::{Event, EventKind, Why};
use crate::feed::FeedStep;
use crate::outage::OutageStep;
use crate::view::NO_VISIT;
use balancer::Rejection;

/// Position of the root, which whatever is about no other node is about.
const SITE: u32 = 0;

impl Simulation<'_> {
    /// Every step of outages and feeds that is due; returns whether there was one. The caller refreshes limits afterwards.
    pub(super) fn let_supply_change(&mut self, tick: u32, t_s: u64) -> bool {
        let before = (self.next_outage, self.next_feed);
        let realization = self.realization;
        while let Some(step) = realization.outage_steps.get(self.next_outage)
            && self.depot.first_tick(step.at_s) <= tick
        {
            self.next_outage += 1;
            self.switch(t_s, step);
        }
        while let Some(step) = realization.feed_steps.get(self.next_feed)
            && self.depot.first_tick(step.at_s) <= tick
        {
            self.next_feed += 1;
            self.hear_feed(t_s, step);
        }
        before != (self.next_outage, self.next_feed)
    }

    /// When the next of these steps is due \[s\].
    pub(super) fn next_supply_s(&self) -> Option<i64> {
        let outage_s = self.realization.outage_steps.get(self.next_outage).map(|step| step.at_s);
        let feed_s = self.realization.feed_steps.get(self.next_feed).map(|step| step.at_s);
        outage_s.into_iter().chain(feed_s).chain(self.next_silence_turn_s()).min()
    }

    /// When measurements are missed next, or come back \[s\].
    fn next_silence_turn_s(&self) -> Option<i64> {
        let silence = self.realization.silences.get(self.next_silence_turn / 2)?;
        Some(if self.is_silent() { silence.to_s } else { silence.from_s })
    }

    /// Whether a silence has begun that has not ended.
    fn is_silent(&self) -> bool {
        !self.next_silence_turn.is_multiple_of(2)
    }

    /// Tells of silences that begin and end; one that follows upon another goes on, and one between two ticks is not noticed.
    pub(super) fn miss_measurements(&mut self, tick: u32, t_s: u64) {
        let was_silent = self.is_silent();
        while let Some(at_s) = self.next_silence_turn_s()
            && self.depot.first_tick(at_s) <= tick
        {
            self.next_silence_turn += 1;
        }
        match (was_silent, self.is_silent()) {
            (false, true) => self.tell(t_s, EventKind::MeasurementsLost, SITE, NO_VISIT, None),
            (true, false) => self.tell(t_s, EventKind::MeasurementsBack, SITE, NO_VISIT, None),
            _ => {}
        }
    }

    fn switch(&mut self, t_s: u64, step: &OutageStep) {
        self.limits.apply_outage(step);
        let kind = if step.is_out { EventKind::OutageBegan } else { EventKind::OutageEnded };
        self.tell(t_s, kind, step.node, NO_VISIT, None);
        for column in 0..self.site.connectors.len() {
            let is_dead = self.limits.is_dead(self.site.connectors[column]);
            if !self.bays.set_dead(column as u32, is_dead, step.node) {
                continue;
            }
            self.special.switch(&mut self.bays, column as u32, is_dead.then_some(step.node));
            if self.bays.charging().binary_search(&(column as u32)).is_ok() {
                let visit = &self.realization.visits[self.bays.visit[column] as usize];
                self.controller.set_wish(column, self.bays.wish(column as u32, visit));
            }
        }
    }

    fn hear_feed(&mut self, t_s: u64, step: &FeedStep) {
        let before = self.limits.apply_default(step);
        match (before, step.default_limit) {
            (_, Some(now)) if before != Some(now) => {
                self.tell(t_s, EventKind::FeedLost, now.node, NO_VISIT, Some(now.limit_w as i64));
            }
            (Some(before), None) => self.tell(t_s, EventKind::FeedRestored, before.node, NO_VISIT, None),
            _ => {}
        }
        let was_refused = self.controller.hear_feed(step);
        match (&was_refused, &step.refusal) {
            (_, Some(now)) if was_refused.as_ref() != Some(now) => {
                self.tell_refusal(t_s, EventKind::FeedRefused, now);
            }
            (Some(before), None) => {
                self.tell(t_s, EventKind::FeedRestored, self.node_of(before), NO_VISIT, None);
            }
            _ => {}
        }
    }

    pub(super) fn tell_refusal(&mut self, t_s: u64, kind: EventKind, refusal: &Rejection) {
        let event = Event::new(t_s, kind, self.node_of(refusal), NO_VISIT, None);
        self.events.push(Event { why: Some(Why::Refusal(refusal.reason)), ..event });
    }

    /// The node that a rejection is about; the root where it names none that exists.
    pub(super) fn node_of(&self, rejection: &Rejection) -> u32 {
        let named = rejection.subject.as_deref().and_then(|subject| self.depot.position(subject));
        named.unwrap_or(0)
    }
}
