//! Rejections: what stands against a cycle, derived from the realization's steps and silences alone, and what may flow while it does.

use super::fail_safe::FailSafe;
use super::known::{Holds, Known, wrong};
use super::limits::Limits;
use super::minima;
use crate::site_step::SiteChange;
use crate::view::{CycleRecord, TickView};
use balancer::{Outcome, Reason, Rejection};

/// What stands against the cycles of a run.
#[derive(Debug, Clone)]
pub(super) struct Refusals<'a> {
    next_tick: u32,
    next_site_step: usize,
    next_feed: usize,
    site: Option<&'a Rejection>,
    feeds: Vec<(&'a str, &'a Rejection)>,
    /// Whether any cycle of the run was rejected so far.
    pub(super) has_rejected: bool,
    fail_safe: FailSafe,
}

impl<'a> Refusals<'a> {
    pub(super) fn of(known: &Known<'a>) -> Self {
        Self {
            next_tick: 0,
            next_site_step: 0,
            next_feed: 0,
            site: None,
            feeds: Vec::new(),
            has_rejected: false,
            fail_safe: FailSafe::of(known),
        }
    }

    /// Moves on to the view's tick; a cycle that is new is rejected if, and only if, something stands against it.
    #[inline]
    pub(super) fn check(&mut self, known: &Known<'a>, limits: &Limits<'a>, view: &TickView<'_>) -> Holds {
        if view.tick >= self.next_tick {
            self.take_steps(known, view.tick);
        }
        let Some(cycle) = view.cycle.filter(|_| view.is_cycle_new) else { return Ok(()) };
        let is_quiet = self.site.is_none()
            && self.feeds.is_empty()
            && known.depot.max_age_s.is_none()
            && !known.has_unpausable;
        if is_quiet && cycle.outcome != Outcome::Rejected && !self.fail_safe.is_needed {
            return Ok(());
        }
        self.check_closely(known, limits, view, cycle)
    }

    #[cold]
    fn check_closely(
        &mut self,
        known: &Known<'a>,
        limits: &Limits<'a>,
        view: &TickView<'_>,
        cycle: &CycleRecord,
    ) -> Holds {
        let stands: Vec<&Rejection> =
            self.site.into_iter().chain(self.feeds.iter().map(|(_, rejection)| *rejection)).collect();
        let stale = is_stale(known, view.t_s).then_some(Reason::StaleInput);
        let first = stands.iter().map(|rejection| rejection.reason).chain(stale).min();
        let is_infeasible = || minima::is_infeasible(known, limits, view);
        let expected = first.or_else(|| is_infeasible().then_some(Reason::InfeasibleMinimum));
        let is = (cycle.outcome == Outcome::Rejected).then_some(cycle.reason);
        if is != expected {
            let name = |reason: Option<Reason>| {
                reason.map_or("not rejected".to_owned(), |reason| format!("rejected for {reason}"))
            };
            return wrong(0, format!("a cycle should be {}, and is {}", name(expected), name(is)));
        }
        if is.is_none() {
            self.fail_safe.take_note(view);
            return Ok(());
        }
        self.has_rejected = true;
        self.check_words(known, &stands, cycle)?;
        self.fail_safe.check(known, view)
    }

    /// A rejection says what it is about, in the words of whoever refused, and after them, of a flat site, that it is one.
    fn check_words(&self, known: &Known<'_>, stands: &[&Rejection], cycle: &CycleRecord) -> Holds {
        let (subject, detail) = (cycle.subject.as_deref(), cycle.detail.as_deref());
        if subject.is_none_or(str::is_empty) || detail.is_none_or(str::is_empty) {
            return wrong(0, format!("a cycle is rejected for {} and does not say why", cycle.reason));
        }
        let note = known.depot.fallback_note.as_ref().map_or(String::new(), |note| format!("; {note}"));
        let said = detail.unwrap_or_default();
        if !said.contains(&note) {
            return wrong(
                0,
                format!("a rejected cycle of a flat site does not say that it is one: {said:?}"),
            );
        }
        let is_told = |rejection: &&&Rejection| {
            let words = said.strip_prefix(&rejection.detail);
            let is_whole = words
                .is_some_and(|rest| if note.is_empty() { rest.is_empty() } else { rest.starts_with(&note) });
            rejection.subject.as_deref() == subject && is_whole
        };
        let mut of_reason = stands.iter().filter(|rejection| rejection.reason == cycle.reason).peekable();
        // Measurements that are too old, and minima that do not fit, are told in the simulation's own words.
        if of_reason.peek().is_some() && !of_reason.any(|rejection| is_told(&rejection)) {
            return wrong(0, format!("a cycle is rejected with another sentence: {detail:?}"));
        }
        Ok(())
    }

    #[cold]
    fn take_steps(&mut self, known: &Known<'a>, tick: u32) {
        let realization = known.realization;
        while let Some(step) = realization.site_steps.get(self.next_site_step)
            && known.has_begun(step.at_s, tick)
        {
            self.next_site_step += 1;
            self.site = match &step.change {
                SiteChange::Apply(_) => None,
                SiteChange::Refuse(rejection) => Some(rejection),
            };
            self.fail_safe.change(step.change.nodes());
        }
        while let Some(step) = realization.feed_steps.get(self.next_feed)
            && known.has_begun(step.at_s, tick)
        {
            self.next_feed += 1;
            self.feeds.retain(|(feed, _)| *feed != step.feed);
            self.feeds.extend(step.refusal.as_ref().map(|rejection| (step.feed.as_str(), rejection)));
        }
        let due_s = [
            realization.site_steps.get(self.next_site_step).map(|step| step.at_s),
            realization.feed_steps.get(self.next_feed).map(|step| step.at_s),
        ];
        let due = due_s.into_iter().flatten().map(|at_s| known.tick_of(at_s));
        self.next_tick = due.min().unwrap_or(u32::MAX);
    }
}

/// Whether the newest measurements are older than allowed.
fn is_stale(known: &Known<'_>, t_s: u64) -> bool {
    let Some(max_age_s) = known.depot.max_age_s else { return false };
    let t_s = t_s as i64;
    known.realization.silences.iter().any(|silence| {
        silence.from_s <= t_s && t_s < silence.to_s && t_s - silence.from_s > i64::from(max_age_s)
    })
}
