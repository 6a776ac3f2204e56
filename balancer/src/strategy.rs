//! The ways to share power, by name.

use std::fmt;

/// How a cycle shares power.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Strategy {
    /// Weighted max-min fairness over all leaves: `x = clamp(weight * least level above, minimum, take)`.
    ///
    /// Guarantee: nobody can get more without somebody at an equal or lower level getting less. Cost: a streaming pass where nothing binds, a few
    /// where something does. Source: Megiddo 1974, Fujishige 1980, Radunovic and Le Boudec 2007.
    #[default]
    FairShare,
    /// Weighted max-min fairness among siblings: each node's integer grant is water-filled over its children, from the root down.
    ///
    /// Guarantee: a circuit with one vehicle gets as much as its neighbour with four. Cost: O(n log n) in the children of nodes that bind.
    BranchFair,
    /// Fair share with the requested demand as weight; other weights are ignored.
    ///
    /// Guarantee and cost are those of fair share, with a division for each leaf that is held back.
    Proportional,
    /// Greedy in order of arrival: `min(demand, least headroom on the path)`, one leaf after the other.
    ///
    /// Guarantee of all greedy strategies: no limit is exceeded, nothing is left that an unpaused leaf could take. Cost: O(n log n).
    FirstCome,
    /// Greedy in order of departure (earliest deadline first, Jackson 1955).
    EarliestDeparture,
    /// Greedy by `departs - needs * 3600 / power`, the last moment at which charging at full power must begin (Dertouzos and Mok 1989).
    LeastLaxity,
    /// Greedy by state of charge, lowest first.
    LowestSoc,
    /// Every demand up to the hardware's ratings; what happens without management.
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
