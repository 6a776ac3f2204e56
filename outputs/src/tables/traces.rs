//! How much of the tick-by-tick tables a pack keeps.

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

/// Decides row by row: the last row of each node, kept only under [`Traces::Changes`].
#[derive(Debug)]
pub(crate) struct RowFilter {
    traces: Traces,
    last: Vec<Vec<u8>>,
}

impl RowFilter {
    /// A filter for a table of `count` nodes.
    pub(crate) fn new(traces: Traces, count: usize) -> Self {
        let kept = if traces == Traces::Changes { count } else { 0 };
        Self { traces, last: vec![Vec::new(); kept] }
    }

    /// Whether any row can pass at all.
    pub(crate) fn is_open(&self) -> bool {
        self.traces != Traces::None
    }

    /// Whether the row of node `ix` is to be written; `cells` are those behind the time.
    pub(crate) fn passes(&mut self, ix: usize, cells: &[u8]) -> bool {
        match self.traces {
            Traces::Full => true,
            Traces::None => false,
            Traces::Changes => {
                let last = &mut self.last[ix];
                if last == cells {
                    return false;
                }
                last.clear();
                last.extend_from_slice(cells);
                true
            }
        }
    }
}
