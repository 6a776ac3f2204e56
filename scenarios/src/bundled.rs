//! The scenarios that come with the program, text and data, so that they run from any folder.

use crate::error::ScenarioError;
use crate::scenario::{Scenario, parse};

/// A scenario that comes with the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bundled {
    /// The name by which it is asked for; also its id.
    pub name: &'static str,
    /// A line for people, as in its `title`.
    pub title: &'static str,
    /// The text of its `.ron` file.
    pub text: &'static str,
    /// The CSV files that it names, each with its text.
    pub files: &'static [(&'static str, &'static str)],
}

static BUNDLED: [Bundled; 19] = [
    Bundled {
        name: "wa-pta",
        title: "WA-PTA validation depot, a night of 28 buses",
        text: include_str!("../bundled/wa-pta.ron"),
        files: &[],
    },
    Bundled {
        name: "wa-pta-charge-point",
        title: "WA-PTA validation depot, charge points controlled as a whole",
        text: include_str!("../bundled/wa-pta-charge-point.ron"),
        files: &[],
    },
    Bundled {
        name: "flat-site",
        title: "Sixteen chargers under one limit",
        text: include_str!("../bundled/flat-site.ron"),
        files: &[],
    },
    Bundled {
        name: "real-depot",
        title: "A week of 85 real bus stays on a tight grid connection",
        text: include_str!("../bundled/real-depot.ron"),
        files: &[("bus_depot_stays.csv", include_str!("../data/bus_depot_stays.csv"))],
    },
    Bundled {
        name: "nested-boards",
        title: "Boards below boards, four circuits deep",
        text: include_str!("../bundled/nested-boards.ron"),
        files: &[],
    },
    Bundled {
        name: "two-connections",
        title: "Two grid connections, and site data that change in mid-run",
        text: include_str!("../bundled/two-connections.ron"),
        files: &[],
    },
    Bundled {
        name: "layover",
        title: "Midday layovers: two blocks a day for five days",
        text: include_str!("../bundled/layover.ron"),
        files: &[],
    },
    Bundled {
        name: "campus",
        title: "A month of 954 real sessions at 47 chargers, uncontrolled",
        text: include_str!("../bundled/campus.ron"),
        files: &[(
            "acn_caltech_2019-03_954sessions_5min.csv",
            include_str!("../data/acn_caltech_2019-03_954sessions_5min.csv"),
        )],
    },
    Bundled {
        name: "big-depot",
        title: "A night of 420 buses on 500 connectors",
        text: include_str!("../bundled/big-depot.ron"),
        files: &[],
    },
    Bundled {
        name: "stale-feed",
        title: "Envelope feeds that fall silent: a default limit, and stale input",
        text: include_str!("../bundled/stale-feed.ron"),
        files: &[],
    },
    Bundled {
        name: "malformed-envelope",
        title: "An envelope feed that talks nonsense, and each reason for which it is refused",
        text: include_str!("../bundled/malformed-envelope.ron"),
        files: &[],
    },
    Bundled {
        name: "circuit-outage",
        title: "A circuit and a charge point without power for a while",
        text: include_str!("../bundled/circuit-outage.ron"),
        files: &[],
    },
    Bundled {
        name: "broken-site-data",
        title: "Site data that break in mid-run and are mended",
        text: include_str!("../bundled/broken-site-data.ron"),
        files: &[],
    },
    Bundled {
        name: "charger-offline",
        title: "Chargers that go offline, break, and ignore their setpoints",
        text: include_str!("../bundled/charger-offline.ron"),
        files: &[],
    },
    Bundled {
        name: "comms-loss",
        title: "The network is down: timeouts, fallbacks, and cycles without measurements",
        text: include_str!("../bundled/comms-loss.ron"),
        files: &[],
    },
    Bundled {
        name: "preconditioning",
        title: "Preconditioning at dawn, with chargers that lose power on the way",
        text: include_str!("../bundled/preconditioning.ron"),
        files: &[],
    },
    Bundled {
        name: "told-and-true",
        title: "What the balancer is told of demands, what is true, and the power that lies between",
        text: include_str!("../bundled/told-and-true.ron"),
        files: &[],
    },
    Bundled {
        name: "demand-response",
        title: "Demand response by chance, beside a base load from a file",
        text: include_str!("../bundled/demand-response.ron"),
        files: &[("yard_half_hours.csv", include_str!("../data/yard_half_hours.csv"))],
    },
    Bundled {
        name: "wa-pta-faults",
        title: "WA-PTA validation depot, a night in which everything goes wrong",
        text: include_str!("../bundled/wa-pta-faults.ron"),
        files: &[],
    },
];

/// The scenarios that come with the program, the one to begin with first.
pub fn bundled() -> &'static [Bundled] {
    &BUNDLED
}

impl Bundled {
    /// The scenario with this name, if there is one.
    pub fn find(name: &str) -> Option<&'static Self> {
        BUNDLED.iter().find(|bundled| bundled.name == name)
    }

    /// The text of one of its CSV files.
    ///
    /// # Errors
    /// A message, for a file that it does not have.
    pub fn read_file(&self, name: &str) -> Result<String, String> {
        let found = self.files.iter().find(|(file, _)| *file == name);
        found
            .map(|(_, text)| (*text).to_owned())
            .ok_or_else(|| format!("the bundled scenario {} has no such file", self.name))
    }

    /// The scenario.
    ///
    /// # Errors
    /// None in a tested program.
    pub fn load(&self) -> Result<Scenario, ScenarioError> {
        parse(self.name, self.text, &mut |name| self.read_file(name))
    }
}
