//! Rejections as the checker derives them: what stands against a cycle, from the realization's steps and silences alone, and what may
//! flow while it does.

use crate::depot::Depot;
use crate::realization::Realization;
use crate::site_step::SiteChange;
use crate::view::TickView;
use balancer::{Control, Outcome, Reason, Rejection};

/// Derives rejections for the checker.
#[derive(Debug, Clone)]
pub(crate) struct CheckedRefusals<'a> {
    depot: &'a Depot,
    realization: &'a Realization,
    connectors: Vec<u32>,
    next_site_step: usize,
    next_feed: usize,
    site: Option<&'a Rejection>,
    feeds: Vec<(&'a str, &'a Rejection)>,
    /// Fallback powers of each site position, as the newest site data have them \[W\].
    fallback_w: Vec<u32>,
    /// When the first of the rejected cycles ran \[s\].
    since_s: Option<u64>,
    /// Whether any cycle of the run was rejected so far.
    pub(crate) has_rejected: bool,
    /// What each connector was granted in the newest cycle that was not rejected \[W\].
    granted_w: Vec<u32>,
}

impl<'a> CheckedRefusals<'a> {
    pub(crate) fn of(depot: &'a Depot, realization: &'a Realization, connectors: &[u32]) -> Self {
        Self {
            connectors: connectors.to_vec(),
            next_site_step: 0,
            next_feed: 0,
            site: None,
            feeds: Vec::new(),
            fallback_w: depot.site.iter().map(|node| node.fallback_w).collect(),
            since_s: None,
            has_rejected: false,
            granted_w: vec![0; connectors.len()],
            depot,
            realization,
        }
    }

    /// Moves on to the view's tick and compares; what is wrong, with the site position that it is about.
    pub(crate) fn check(&mut self, view: &TickView<'_>) -> Result<(), (u32, String)> {
        self.advance(view);
        let Some(cycle) = view.cycle.filter(|_| view.is_cycle_new) else { return Ok(()) };
        let known = self.known();
        let stale = self.is_stale(view.t_s).then_some(Reason::StaleInput);
        let expected = known.iter().map(|rejection| rejection.reason).chain(stale).min();
        if cycle.outcome != Outcome::Rejected {
            self.since_s = None;
            self.granted_w.copy_from_slice(view.connectors.setpoint_w);
            return match expected {
                None => Ok(()),
                Some(reason) => {
                    Err((0, format!("a cycle should be rejected for {reason}, and is {}", cycle.outcome)))
                }
            };
        }
        self.has_rejected = true;
        if cycle.reason != expected.unwrap_or(Reason::InfeasibleMinimum) {
            let expected = expected.map_or("no more than INFEASIBLE_MINIMUM", Reason::code);
            return Err((
                0,
                format!("a cycle is rejected for {}, and should be for {expected}", cycle.reason),
            ));
        }
        let (subject, detail) = (cycle.subject.as_deref(), cycle.detail.as_deref());
        if subject.is_none_or(str::is_empty) || detail.is_none_or(str::is_empty) {
            return Err((0, format!("a cycle is rejected for {} and does not say why", cycle.reason)));
        }
        let is_told = |rejection: &&Rejection| {
            (rejection.subject.as_deref(), Some(rejection.detail.as_str())) == (subject, detail)
        };
        let of_reason: Vec<&Rejection> =
            known.into_iter().filter(|rejection| rejection.reason == cycle.reason).collect();
        // Measurements that are too old are told in the simulation's own words.
        if !of_reason.is_empty() && !of_reason.iter().any(is_told) {
            return Err((0, format!("a cycle is rejected with another sentence: {detail:?}")));
        }
        self.check_fail_safe(view)
    }

    /// While cycles are rejected nobody gets more than was held for him, and after `hold_s` no more than his fallback.
    fn check_fail_safe(&mut self, view: &TickView<'_>) -> Result<(), (u32, String)> {
        let since_s = *self.since_s.get_or_insert(view.t_s);
        if self.depot.control == Control::ChargePoint {
            // A charge point may split anew what was held for it as a whole; its sums are compared with limits like any other.
            return Ok(());
        }
        let is_holding = view.t_s - since_s < u64::from(self.depot.hold_s);
        for (column, &position) in self.connectors.iter().enumerate() {
            let most_w = if is_holding { self.granted_w[column] } else { self.fallback_w[position as usize] };
            let setpoint_w = view.connectors.setpoint_w[column];
            if setpoint_w > most_w {
                let what = format!("gets {setpoint_w} W while cycles are rejected, and may get {most_w} W");
                return Err((position, what));
            }
        }
        Ok(())
    }

    fn advance(&mut self, view: &TickView<'_>) {
        let step_s = i64::from(self.depot.step_s);
        let has_begun = |at_s: i64| at_s <= i64::from(view.tick) * step_s;
        while let Some(step) =
            self.realization.site_steps.get(self.next_site_step).filter(|step| has_begun(step.at_s))
        {
            self.next_site_step += 1;
            self.site = match &step.change {
                SiteChange::Apply(_) => None,
                SiteChange::Refuse(rejection) => Some(rejection),
            };
            for change in step.change.nodes() {
                self.fallback_w[change.node as usize] = change.fallback_w;
            }
        }
        while let Some(step) =
            self.realization.feed_steps.get(self.next_feed).filter(|step| has_begun(step.at_s))
        {
            self.next_feed += 1;
            self.feeds.retain(|(feed, _)| *feed != step.feed);
            self.feeds.extend(step.refusal.as_ref().map(|rejection| (step.feed.as_str(), rejection)));
        }
    }

    fn known(&self) -> Vec<&'a Rejection> {
        self.site.into_iter().chain(self.feeds.iter().map(|(_, rejection)| *rejection)).collect()
    }

    fn is_stale(&self, t_s: u64) -> bool {
        let Some(max_age_s) = self.depot.max_age_s else { return false };
        let t_s = t_s as i64;
        self.realization.silences.iter().any(|silence| {
            silence.from_s <= t_s && t_s < silence.to_s && t_s - silence.from_s.max(0) > i64::from(max_age_s)
        })
    }
}
