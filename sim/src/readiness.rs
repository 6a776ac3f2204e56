//! Vehicles that are ready before they reach their target, because their next block needs less.

/// Who is waited for: connector columns, and the energy that makes the vehicle there ready \[J\].
///
/// It is empty, and costs nothing, where readiness is the target.
#[derive(Debug, Clone, Default)]
pub(crate) struct Readiness {
    expected: Vec<(u32, u64)>,
}

impl Readiness {
    pub(crate) fn expect(&mut self, column: u32, energy_j: u64) {
        self.expected.push((column, energy_j));
    }

    pub(crate) fn forget(&mut self, column: u32) {
        self.expected.retain(|&(expected, _)| expected != column);
    }

    pub(crate) fn expects_any(&self) -> bool {
        !self.expected.is_empty()
    }

    /// A connector whose vehicle has become ready; each is told once, in the order of plugging in.
    pub(crate) fn next_reached(&mut self, energy_j: &[u64]) -> Option<u32> {
        let has_enough = |&(column, enough_j): &(u32, u64)| energy_j[column as usize] >= enough_j;
        let place = self.expected.iter().position(has_enough)?;
        Some(self.expected.remove(place).0)
    }
}
