//! How much of the tick-by-tick tables a pack keeps.

use sim::Traces;

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
