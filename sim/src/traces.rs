//! How much of the tick-by-tick traces a run keeps: asked for by scenarios' users, recorded, and obeyed by outputs.

use std::fmt;

/// Which rows of `nodes.csv` and `connectors.csv` are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Traces {
    /// Every tick.
    #[default]
    Full,
    /// A node's row only where something other than the time differs from its last row.
    Changes,
    /// None: such a pack leaves the two files out, and their writers are not made.
    None,
}

impl Traces {
    /// All choices, the default first.
    pub const ALL: [Traces; 3] = [Self::Full, Self::Changes, Self::None];

    /// The choice's name on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Changes => "changes",
            Self::None => "none",
        }
    }

    /// The choice with this name, if there is one.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|traces| traces.name() == name)
    }
}

impl fmt::Display for Traces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
