//! The ways to share power, by name.

use crate::unknown_name::UnknownName;
use std::fmt;
use std::str::FromStr;

/// How a cycle shares power.
///
/// Powers are whole watts; `take` is the least of a leaf's demand and its own EV limit; `n` counts leaves, `depth` nodes on the longest path. All
/// strategies serve tiers strictly one after the other, and all but [`Strategy::Uncontrolled`] keep every node within its EV limit and leave
/// no watt that some leaf could still take (with steps: no next step that fits).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Strategy {
    /// Weighted max-min fairness over all leaves.
    ///
    /// - Definition: `x = clamp(weight * least level \[W per weight\] on the path, minimum, take)`, where a node's level is the largest at which all below it still
    ///   fits its EV limit.
    /// - Guarantee: nobody can get more without somebody at an equal or lower level getting less. Every leaf and every node's total is the floor or the
    ///   ceiling of the exact rational answer, and a constraining node is filled to the watt.
    /// - Cost: a few streaming passes where nothing binds; a few more, Newton's method from below, over what is below each saturated node. Where
    ///   minima bind, O(n log n) for each saturated node.
    /// - Source: Megiddo 1974 and Fujishige 1980 (lexicographically optimal bases), Hochbaum and Hong 1995 (tree constraints), Radunovic and Le Boudec
    ///   2007 (max-min fairness), Frank and Murota (integers).
    #[default]
    FairShare,
    /// Weighted max-min fairness among siblings, from the root down.
    ///
    /// - Definition: each node's grant \[W\] is water-filled over its children by their own weights, each child between the sum of the admitted minima below
    ///   it and what it can take.
    /// - Guarantee: a circuit with one vehicle gets as much as its neighbour with four; every child's grant is the floor or ceiling of the exact one relative
    ///   to its parent's whole grant.
    /// - Cost: O(n log n) in the children of nodes that bind, else one pass.
    /// - Source: hierarchical max-min sharing, as in packet schedulers (Bennett and Zhang 1996), with demands as caps.
    BranchFair,
    /// Fair share with the requested demand as weight; other weights are ignored.
    ///
    /// - Definition: as [`Strategy::FairShare`] with `weight = demand` \[W\], so that levels are parts of the demand.
    /// - Guarantee: below one bottleneck, everybody who is held back by it gets the same part of what they asked for.
    /// - Cost: that of fair share, with a division for each leaf that is held back.
    /// - Source: proportional rationing (Aristotle's rule for claims; Thomson 2003), on a tree.
    Proportional,
    /// Greedy in order of arrival.
    ///
    /// - Definition: one leaf after the other gets `min(demand, least headroom on the path)` \[W\], or nothing where that is below its minimum. Minima of leaves
    ///   that cannot be paused stay reserved until their turn.
    /// - Guarantee: no leaf gets less because of one that comes later, but for those reserved minima.
    /// - Cost: O(n log n) for the order, O(depth) for each leaf.
    /// - Source: first come, first served, as in ACN-Sim (Lee and others 2021).
    FirstCome,
    /// Greedy in order of departure \[s\].
    ///
    /// - Definition, guarantee, cost: as [`Strategy::FirstCome`], in order of `departs_s`.
    /// - Source: earliest deadline first (Jackson 1955; Liu and Layland 1973).
    EarliestDeparture,
    /// Greedy by the last moment at which charging at full power must begin \[s\].
    ///
    /// - Definition: as [`Strategy::FirstCome`], in order of `departs_s - needs_wh * 3600 / take`, compared as exact fractions; last where either key is missing.
    /// - Guarantee, cost: as [`Strategy::FirstCome`].
    /// - Source: least laxity first (Dertouzos and Mok 1989).
    LeastLaxity,
    /// Greedy by state of charge \[ppm\], lowest first.
    ///
    /// - Definition, guarantee, cost: as [`Strategy::FirstCome`], in order of `soc_ppm`.
    /// - Source: a rule of thumb, without a bound of its own.
    LowestSoc,
    /// Every demand up to the hardware's maximum ratings; what happens without management.
    ///
    /// - Definition: `min(demand, maximum rating)` \[W\] of charge points and connectors; all other limits, base loads, minima and steps are ignored. Where
    ///   connectors share a charge point's rating, fair shares.
    /// - Guarantee: always APPLIED; limits may be exceeded, which is what it is there to show.
    /// - Cost: that of fair share.
    /// - Source: the baseline of every study of managed charging.
    Uncontrolled,
}

impl Strategy {
    /// All strategies, the default first.
    pub const ALL: [Strategy; 8] = [
        Self::FairShare,
        Self::BranchFair,
        Self::Proportional,
        Self::FirstCome,
        Self::EarliestDeparture,
        Self::LeastLaxity,
        Self::LowestSoc,
        Self::Uncontrolled,
    ];

    /// The strategy's name on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::FairShare => "fair-share",
            Self::BranchFair => "branch-fair",
            Self::Proportional => "proportional",
            Self::FirstCome => "first-come",
            Self::EarliestDeparture => "earliest-departure",
            Self::LeastLaxity => "least-laxity",
            Self::LowestSoc => "lowest-soc",
            Self::Uncontrolled => "uncontrolled",
        }
    }

    /// The strategy with this name, if there is one.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|strategy| strategy.name() == name)
    }

    /// What it does, in a line.
    pub fn summary(self) -> &'static str {
        match self {
            Self::FairShare => "weighted max-min fair over all leaves (the default)",
            Self::BranchFair => "weighted max-min fair among siblings, from the root down",
            Self::Proportional => "shares in proportion to what each leaf asks for",
            Self::FirstCome => "serves vehicles in the order of their arrival",
            Self::EarliestDeparture => "serves vehicles in the order of their departure",
            Self::LeastLaxity => "serves first who has least time to spare",
            Self::LowestSoc => "serves the lowest state of charge first",
            Self::Uncontrolled => "grants every demand the hardware can carry; the unmanaged baseline",
        }
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Strategy {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        UnknownName::find("strategy", &Self::ALL, Self::name, text)
    }
}
