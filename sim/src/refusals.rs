//! What cycles are rejected for before the balancer is even asked.

use crate::feed::FeedStep;
use balancer::Rejection;
use std::collections::BTreeMap;

/// Everything that now stands against a cycle.
#[derive(Debug, Clone, Default)]
pub(crate) struct Refusals {
    /// What the newest site data are refused for.
    pub(crate) site: Option<Rejection>,
    /// What the feeds are refused for, by id.
    feeds: BTreeMap<String, Rejection>,
}

impl Refusals {
    /// Takes over what a feed is worth now; returns what it was refused for before.
    pub(crate) fn hear(&mut self, step: &FeedStep) -> Option<Rejection> {
        match &step.refusal {
            Some(rejection) => self.feeds.insert(step.feed.clone(), rejection.clone()),
            None => self.feeds.remove(&step.feed),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.site.is_none() && self.feeds.is_empty()
    }

    /// The first that applies, in the order of the codes; of equals the site's, then those of feeds by id, then `stale`.
    pub(crate) fn first(&self, stale: Option<Rejection>) -> Option<Rejection> {
        let known = self.site.iter().chain(self.feeds.values()).min_by_key(|rejection| rejection.reason);
        match (known, stale) {
            (Some(known), Some(stale)) if stale.reason < known.reason => Some(stale),
            (Some(known), _) => Some(known.clone()),
            (None, stale) => stale,
        }
    }
}
