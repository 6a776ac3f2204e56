//! The ways to share power, by name.

use std::fmt;

/// How a cycle shares power.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Strategy {
    /// Weighted max-min fairness over all leaves.
    #[default]
    FairShare,
    /// Weighted max-min fairness among siblings, from the root down.
    BranchFair,
    /// Fair share with the requested demand as weight.
    Proportional,
    /// Greedy in order of arrival.
    FirstCome,
    /// Greedy in order of departure.
    EarliestDeparture,
    /// Greedy by the time to spare before charging at full power must begin.
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
