//! The digest of how a run ended, for sweeps, which keep no tick of it.
//!
//! Layout: the end \[s\]; number of stays and each stay, number of breaches that were open and each, as in `tick-digests.csv`; number of limits
//! that were not met and of each `node, at_s, from_w, to_w`, option of `comply_s`, `overshoot_w`.

use super::layout::Layout;
use sha2::{Digest, Sha256};
use sim::{LimitStep, Observer, ObserverError, RunEnd, TickView};

/// Digests the final state of a run; complete once [`Observer::end`] was called.
#[derive(Debug, Default)]
pub struct FinalState {
    layout: Layout,
}

impl FinalState {
    /// Forgets the run and keeps the memory.
    pub fn clear(&mut self) {
        self.layout.clear();
    }

    /// SHA-256 of the final state followed by the bytes of `more`.
    pub fn sha256_with(&self, more: &[u8]) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.layout.bytes());
        hash.update(more);
        hash.finalize().into()
    }
}

impl Observer for FinalState {
    fn tick(&mut self, _: &TickView<'_>) -> Result<(), ObserverError> {
        Ok(())
    }

    fn end(&mut self, end: &RunEnd<'_>) -> Result<(), ObserverError> {
        let RunEnd { t_s, stays, ended_breaches, unmet_limits } = end;
        let layout = &mut self.layout;
        layout.u64(*t_s).u64(stays.len() as u64);
        stays.iter().for_each(|stay| layout.stay(stay));
        layout.u64(ended_breaches.len() as u64);
        ended_breaches.iter().for_each(|breach| layout.breach(breach));
        layout.u64(unmet_limits.len() as u64);
        unmet_limits.iter().for_each(|step| unmet_limit(layout, step));
        Ok(())
    }
}

fn unmet_limit(layout: &mut Layout, step: &LimitStep) {
    let LimitStep { node, at_s, from_w, to_w, comply_s, overshoot_w } = *step;
    layout.u32(node).u64(at_s).u64(from_w).u64(to_w).option(comply_s, Layout::u64).u64(overshoot_w);
}
