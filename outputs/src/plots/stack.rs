//! Several powers on top of one another over the ticks of a run, in bounded memory.

use super::series::COLUMNS_MAX;

/// For each column of ticks the parts of one moment: the one in which their sum was largest.
///
/// Means would lose peaks, and the largest of each part would add up to a power that never was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stack {
    /// Ticks of a whole column.
    pub(super) ticks_per_column: u32,
    parts: usize,
    /// Ticks and sum of each column.
    columns: Vec<(u32, i64)>,
    /// The parts of each column, one column after the other.
    values: Vec<i64>,
}

impl Stack {
    /// A stack of so many parts.
    pub(super) fn of(parts: usize) -> Self {
        Self { ticks_per_column: 1, parts, columns: Vec::new(), values: Vec::new() }
    }

    /// Adds the next tick's parts, as many as the stack has.
    pub(super) fn push(&mut self, parts: &[i64]) {
        let sum = parts.iter().sum();
        if let Some((ticks, most)) = self.columns.last_mut()
            && *ticks < self.ticks_per_column
        {
            *ticks += 1;
            if sum > *most {
                *most = sum;
                let at = self.values.len() - self.parts;
                self.values[at..].copy_from_slice(parts);
            }
            return;
        }
        if self.columns.len() == COLUMNS_MAX {
            *self = self.coarser(2);
        }
        self.columns.push((1, sum));
        self.values.extend_from_slice(parts);
    }

    /// The same with each `factor` columns made one.
    fn coarser(&self, factor: usize) -> Self {
        let mut coarse =
            Self { ticks_per_column: self.ticks_per_column * factor as u32, ..Self::of(self.parts) };
        for (group_ix, group) in self.columns.chunks(factor).enumerate() {
            let ticks = group.iter().map(|(ticks, _)| ticks).sum();
            // Of equal sums the first moment counts.
            let (offset, &(_, most)) =
                group.iter().enumerate().rev().max_by_key(|(_, (_, sum))| *sum).unwrap_or((0, &(0, 0)));
            coarse.columns.push((ticks, most));
            coarse.values.extend_from_slice(self.column(group_ix * factor + offset));
        }
        coarse
    }

    /// The same in at most `columns_max` columns, for a narrow panel.
    pub(super) fn in_columns(&self, columns_max: usize) -> Self {
        self.coarser(self.columns.len().div_ceil(columns_max.max(1)).max(1))
    }

    /// How many columns there are.
    pub(super) fn len(&self) -> usize {
        self.columns.len()
    }

    /// The parts in a column.
    pub(super) fn column(&self, column: usize) -> &[i64] {
        &self.values[column * self.parts..(column + 1) * self.parts]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_keeps_the_moment_of_the_largest_sum() {
        let mut stack = Stack::of(2);
        for parts in [[1, 2], [5, 0], [0, 5], [2, 2], [9, -9]] {
            stack.push(&parts);
        }
        assert_eq!(stack.column(1), [5, 0]);
        let coarse = stack.in_columns(2);
        assert_eq!((coarse.len(), coarse.ticks_per_column), (2, 3));
        assert_eq!((coarse.column(0), coarse.column(1)), (&[5, 0][..], &[2, 2][..]));
    }

    #[test]
    fn no_peak_of_a_long_run_is_lost() {
        let mut stack = Stack::of(3);
        for tick in 0..100_000 {
            stack.push(&if tick == 77_777 { [1, 2, 99] } else { [tick % 3, 4, tick % 5] });
        }
        assert!(stack.len() <= COLUMNS_MAX);
        let at = 77_777 / stack.ticks_per_column as usize;
        assert_eq!(stack.column(at), [1, 2, 99]);
        assert_eq!(stack.columns.iter().map(|(ticks, _)| u64::from(*ticks)).sum::<u64>(), 100_000);
    }
}
