//! How cycles ended.

use sim::view::NO_NODE;
use sim::{CycleRecord, LimitSource, Outcome, Reason};
use std::collections::BTreeMap;

/// What cycles are counted by; the node is a position of the site, [`NO_NODE`] for none.
pub(super) type CycleKey = (Outcome, Reason, Option<LimitSource>, u32);

/// Counts of cycles by what ended them.
#[derive(Debug, Clone, Default)]
pub(super) struct Cycles {
    counts: BTreeMap<CycleKey, u64>,
    /// The newest cycles that ended alike, which are not among the counts yet: most cycles end like the one before.
    alike: Option<(CycleKey, u64)>,
}

impl Cycles {
    /// Adds a cycle.
    #[inline]
    pub(super) fn add(&mut self, cycle: &CycleRecord) {
        match &mut self.alike {
            Some((alike, cycles)) if *alike == key(cycle) => *cycles += 1,
            _ => {
                self.close();
                self.alike = Some((key(cycle), 1));
            }
        }
    }

    /// Counts what was held back.
    pub(super) fn close(&mut self) {
        if let Some((key, cycles)) = self.alike.take() {
            *self.counts.entry(key).or_default() += cycles;
        }
    }

    /// All counts, once they are closed.
    pub(super) fn counts(&self) -> &BTreeMap<CycleKey, u64> {
        &self.counts
    }
}

fn key(cycle: &CycleRecord) -> CycleKey {
    let constraint = cycle.constraint.as_ref();
    let source = constraint.and_then(|constraint| constraint.source);
    (cycle.outcome, cycle.reason, source, constraint.map_or(NO_NODE, |constraint| constraint.node))
}
