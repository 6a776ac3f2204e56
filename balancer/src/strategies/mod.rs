//! The strategies. A new one is a file here and a line in [`family`] (and its name in [`crate::Strategy`]).

pub(crate) mod branch_fair;
mod clamped;
pub(crate) mod fair_share;
pub(crate) mod greedy;
pub(crate) mod levels;
mod order;
mod proportional;

use crate::cycle::Scene;
use crate::strategy::Strategy;
use crate::work::{Level, Work};
use order::Order;

/// How a strategy goes about its work.
#[derive(Clone, Copy)]
pub(crate) enum Family {
    /// Everybody gets a share at once.
    Sharing(&'static dyn SharingRule),
    /// One leaf after the other takes what it can.
    Greedy(Order),
    /// Hardware alone limits.
    Unmanaged,
}

/// A rule by which the leaves of one tier share what is left for it.
pub(crate) trait SharingRule: Sync {
    /// Fills setpoints and constraining nodes of the tier's leaves from `tier_take_w`, `tier_floor_w`, `tier_weight` and `residual_w`.
    ///
    /// Leaves that take nothing keep what stands there. Minima fit: admission has seen to it.
    fn solve(&self, scene: &Scene<'_>, work: &mut Work);

    /// The level that governs a leaf after [`SharingRule::solve`]; [`Level::NONE`] where nothing above holds it back.
    fn level_of(&self, scene: &Scene<'_>, work: &Work, leaf: usize) -> Level;
}

/// How each strategy is carried out.
pub(crate) fn family(strategy: Strategy) -> Family {
    match strategy {
        Strategy::FairShare => Family::Sharing(&fair_share::FairShare),
        Strategy::BranchFair => Family::Sharing(&branch_fair::BranchFair),
        Strategy::Proportional => Family::Sharing(&proportional::Proportional),
        Strategy::FirstCome => Family::Greedy(order::first_come),
        Strategy::EarliestDeparture => Family::Greedy(order::earliest_departure),
        Strategy::LeastLaxity => Family::Greedy(order::least_laxity),
        Strategy::LowestSoc => Family::Greedy(order::lowest_soc),
        Strategy::Uncontrolled => Family::Unmanaged,
    }
}
