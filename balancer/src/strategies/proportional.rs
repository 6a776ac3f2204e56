//! `proportional`: `fair-share` with the requested demand as weight; other weights are ignored.
//!
//! Where one node binds and nobody reaches a limit of their own, everybody gets the same part of what they asked for.
//! Guarantee and cost are those of `fair-share`, with one division for each leaf that is held back.

use super::SharingRule;
use super::fair_share::FairShare;
use crate::cycle::Scene;
use crate::work::{Level, Work};

pub(crate) struct Proportional;

impl SharingRule for Proportional {
    fn solve(&self, scene: &Scene<'_>, work: &mut Work) {
        // A leaf without demand takes nothing, so that its weight is never looked at.
        work.tier_weight.copy_from_slice(&scene.requests.demand_w);
        FairShare.solve(scene, work);
    }

    fn level_of(&self, scene: &Scene<'_>, work: &Work, leaf: usize) -> Level {
        FairShare.level_of(scene, work, leaf)
    }
}
