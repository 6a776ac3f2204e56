//! Which limits hold at a moment: ratings, active envelopes and base loads, kept up to date step by step.

use crate::depot::Depot;
use crate::realization::{BaseLoadStep, EnvelopeBasis, EnvelopeStep};
use balancer::{NodeLimits, Ratings};
use std::collections::BTreeMap;

/// The limits of every node of the site, by position.
#[derive(Debug, Clone)]
pub(crate) struct SiteLimits {
    own: Vec<NodeLimits>,
    /// What charge points draw all the time, part of their own base loads \[W\], by node.
    standby_w: BTreeMap<u32, i64>,
    /// Limits of the active envelopes \[W\], by node, basis and envelope.
    active: BTreeMap<(u32, EnvelopeBasis, String), u64>,
}

impl SiteLimits {
    pub(crate) fn of(depot: &Depot) -> Self {
        let own = depot.site.iter().map(|node| NodeLimits { ratings: node.ratings, ..NodeLimits::default() });
        let mut own: Vec<NodeLimits> = own.collect();
        let mut standby_w = BTreeMap::new();
        for standby in &depot.equipment.standby {
            own[standby.node as usize].base_load_w = i64::from(standby.power_w);
            standby_w.insert(standby.node, i64::from(standby.power_w));
        }
        Self { own, standby_w, active: BTreeMap::new() }
    }

    pub(crate) fn own(&self) -> &[NodeLimits] {
        &self.own
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
        let own = &mut self.own[step.node as usize];
        match step.basis {
            EnvelopeBasis::Import => own.import_envelope_w = least_w,
            EnvelopeBasis::Load => own.load_envelope_w = least_w,
        }
    }

    pub(crate) fn set_ratings(&mut self, node: u32, ratings: Ratings) {
        self.own[node as usize].ratings = ratings;
    }

    pub(crate) fn apply_base_load(&mut self, step: &BaseLoadStep) {
        let standby_w = self.standby_w.get(&step.node).copied().unwrap_or(0);
        self.own[step.node as usize].base_load_w = step.power_w + standby_w;
    }
}
