//! Which limits hold at a moment: ratings, active envelopes and base loads, kept up to date step by step.

use crate::depot::Depot;
use crate::feed::{DefaultLimit, FeedStep};
use crate::outage::OutageStep;
use crate::realization::{BaseLoadStep, EnvelopeBasis, EnvelopeStep};
use balancer::{NodeLimits, Ratings};
use std::collections::BTreeMap;

/// The limits of every node of the site, by position.
#[derive(Debug, Clone)]
pub(crate) struct SiteLimits {
    own: Vec<NodeLimits>,
    /// Which of them are others than when [`SiteLimits::settle`] was last called.
    is_changed: Vec<bool>,
    /// What charge points draw all the time, part of their own base loads \[W\], by node.
    standby_w: BTreeMap<u32, i64>,
    /// Limits of the active envelopes \[W\], by node, basis and envelope.
    active: BTreeMap<(u32, EnvelopeBasis, String), u64>,
    /// Default limits in force, by feed.
    defaults: BTreeMap<String, DefaultLimit>,
    /// The parent of each node, as a position before its own.
    parents: Vec<Option<u32>>,
    /// Each node's base load while it has power \[W\].
    base_load_w: Vec<i64>,
    /// Whether each node is without power, since it or one above it is out.
    is_dead: Vec<bool>,
}

impl SiteLimits {
    pub(crate) fn of(depot: &Depot) -> Self {
        let own = depot.site.iter().map(|node| NodeLimits { ratings: node.ratings, ..NodeLimits::default() });
        let mut own: Vec<NodeLimits> = own.collect();
        let nodes = depot.site.len();
        let mut standby_w = BTreeMap::new();
        let mut base_load_w = vec![0; nodes];
        for standby in &depot.equipment.standby {
            let power_w = i64::from(standby.power_w);
            base_load_w[standby.node as usize] = power_w;
            own[standby.node as usize].base_load_w = power_w;
            standby_w.insert(standby.node, power_w);
        }
        Self {
            own,
            is_changed: vec![true; nodes],
            standby_w,
            active: BTreeMap::new(),
            defaults: BTreeMap::new(),
            parents: depot.site.iter().map(|node| node.parent).collect(),
            base_load_w,
            is_dead: vec![false; nodes],
        }
    }

    pub(crate) fn own(&self) -> &[NodeLimits] {
        &self.own
    }

    /// Whether the limits at each position may be others than those that everybody knows.
    pub(crate) fn is_changed(&self) -> &[bool] {
        &self.is_changed
    }

    /// Everybody knows of all changes.
    pub(crate) fn settle(&mut self) {
        self.is_changed.fill(false);
    }

    pub(crate) fn apply_envelope(&mut self, step: &EnvelopeStep) {
        let key = (step.node, step.basis, step.envelope.clone());
        match step.limit_w {
            Some(limit_w) => self.active.insert(key, limit_w),
            None => self.active.remove(&key),
        };
        let of_kind = (step.node, step.basis, String::new())..;
        let least_w = self
            .active
            .range(of_kind)
            .take_while(|((node, basis, _), _)| (*node, *basis) == (step.node, step.basis))
            .map(|(_, &limit_w)| limit_w)
            .min();
        self.is_changed[step.node as usize] = true;
        let own = &mut self.own[step.node as usize];
        match step.basis {
            EnvelopeBasis::Import => own.import_envelope_w = least_w,
            EnvelopeBasis::Load => own.load_envelope_w = least_w,
        }
    }

    pub(crate) fn set_ratings(&mut self, node: u32, ratings: Ratings) {
        self.is_changed[node as usize] = true;
        self.own[node as usize].ratings = ratings;
    }

    pub(crate) fn apply_base_load(&mut self, step: &BaseLoadStep) {
        let node = step.node as usize;
        self.is_changed[node] = true;
        self.base_load_w[node] = step.power_w + self.standby_w.get(&step.node).copied().unwrap_or(0);
        self.own[node].base_load_w = if self.is_dead[node] { 0 } else { self.base_load_w[node] };
    }

    /// Whether the node at this position is without power.
    pub(crate) fn is_dead(&self, position: u32) -> bool {
        self.is_dead[position as usize]
    }

    /// Switches a node off or on, and with it all below it, base loads included.
    pub(crate) fn apply_outage(&mut self, step: &OutageStep) {
        self.is_changed.fill(true);
        self.own[step.node as usize].is_out = step.is_out;
        for node in 0..self.own.len() {
            let is_above_dead = self.parents[node].is_some_and(|parent| self.is_dead[parent as usize]);
            self.is_dead[node] = is_above_dead || self.own[node].is_out;
            self.own[node].base_load_w = if self.is_dead[node] { 0 } else { self.base_load_w[node] };
        }
    }

    /// Takes over the default limit of a feed; returns the one before.
    pub(crate) fn apply_default(&mut self, step: &FeedStep) -> Option<DefaultLimit> {
        let before = match step.default_limit {
            Some(limit) => self.defaults.insert(step.feed.clone(), limit),
            None => self.defaults.remove(&step.feed),
        };
        for changed in before.into_iter().chain(step.default_limit) {
            let of_kind = |limit: &&DefaultLimit| (limit.node, limit.basis) == (changed.node, changed.basis);
            let least_w = self.defaults.values().filter(of_kind).map(|limit| limit.limit_w).min();
            self.is_changed[changed.node as usize] = true;
            let own = &mut self.own[changed.node as usize];
            match changed.basis {
                EnvelopeBasis::Import => own.import_fallback_w = least_w,
                EnvelopeBasis::Load => own.load_fallback_w = least_w,
            }
        }
        before
    }
}
