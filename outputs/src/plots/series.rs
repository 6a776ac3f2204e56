//! A value over the ticks of a run, in bounded memory.

/// Most columns a series keeps: as many as a figure has half pixels.
pub(super) const COLUMNS_MAX: usize = 2000;

/// Some ticks in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Column {
    /// Least, largest and last value; none where no tick had one.
    pub(super) range: Option<Range>,
    /// How many ticks.
    ticks: u32,
}

/// What a column knows of its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) min: i64,
    pub(super) max: i64,
    pub(super) last: i64,
}

impl Range {
    /// The value that is farthest from zero: of an area, what must not be lost.
    pub(super) fn peak(&self) -> i64 {
        if self.max.abs() >= self.min.abs() { self.max } else { self.min }
    }

    fn joined(self, later: Self) -> Self {
        Self { min: self.min.min(later.min), max: self.max.max(later.max), last: later.last }
    }
}

impl Column {
    fn joined(self, later: Self) -> Self {
        let range = match (self.range, later.range) {
            (Some(a), Some(b)) => Some(a.joined(b)),
            (a, b) => a.or(b),
        };
        Self { range, ticks: self.ticks + later.ticks }
    }
}

/// Columns of equally many ticks each, but for the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Series {
    /// Ticks of a whole column.
    pub(super) ticks_per_column: u32,
    pub(super) columns: Vec<Column>,
}

impl Default for Series {
    fn default() -> Self {
        Self { ticks_per_column: 1, columns: Vec::new() }
    }
}

impl Series {
    /// Adds the next tick's value. When columns run out, each two become one.
    pub(super) fn push(&mut self, value: Option<i64>) {
        let range = value.map(|value| Range { min: value, max: value, last: value });
        let tick = Column { range, ticks: 1 };
        if let Some(last) = self.columns.last_mut()
            && last.ticks < self.ticks_per_column
        {
            *last = last.joined(tick);
            return;
        }
        if self.columns.len() == COLUMNS_MAX {
            *self = self.coarser(2);
        }
        self.columns.push(tick);
    }

    /// The same with each `factor` columns made one.
    fn coarser(&self, factor: usize) -> Self {
        let join = |columns: &[Column]| columns.iter().copied().reduce(Column::joined);
        Self {
            ticks_per_column: self.ticks_per_column * factor as u32,
            columns: self.columns.chunks(factor).filter_map(join).collect(),
        }
    }

    /// The same in at most `columns_max` columns, for a narrow panel.
    pub(super) fn in_columns(&self, columns_max: usize) -> Self {
        self.coarser(self.columns.len().div_ceil(columns_max.max(1)).max(1))
    }

    /// The largest value of each column that has one above 0: whether a sign is set there.
    pub(super) fn signs(&self) -> impl Fn(usize) -> Option<i64> + '_ {
        |ix| self.columns.get(ix)?.range.map(|range| range.max).filter(|&max| max > 0)
    }

    /// The largest value.
    pub(super) fn max(&self) -> Option<i64> {
        self.columns.iter().filter_map(|column| column.range).map(|range| range.max).max()
    }

    /// The least value.
    pub(super) fn min(&self) -> Option<i64> {
        self.columns.iter().filter_map(|column| column.range).map(|range| range.min).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(values: impl IntoIterator<Item = Option<i64>>) -> Series {
        let mut series = Series::default();
        values.into_iter().for_each(|value| series.push(value));
        series
    }

    #[test]
    fn a_long_run_stays_within_its_columns_and_keeps_its_extremes() {
        let ticks = 100_000;
        let long = series((0..ticks).map(|tick| Some(if tick == 77_777 { 9_999 } else { tick % 7 })));
        assert!(long.columns.len() <= COLUMNS_MAX);
        // 100,000 ticks in at most 2,000 columns: 64 in each.
        assert_eq!(long.ticks_per_column, 64);
        assert_eq!((long.min(), long.max()), (Some(0), Some(9_999)));
        assert_eq!(long.columns.iter().map(|column| u64::from(column.ticks)).sum::<u64>(), ticks as u64);
    }

    #[test]
    fn joined_columns_know_least_largest_last_and_peak() {
        let range = series([Some(4), None, Some(10), Some(1)]).in_columns(1).columns[0].range.unwrap();
        assert_eq!((range.min, range.max, range.last, range.peak()), (1, 10, 1, 10));
        let range = series([Some(4), Some(-5)]).in_columns(1).columns[0].range.unwrap();
        assert_eq!(range.peak(), -5);
        assert_eq!(series([None, None]).in_columns(1).columns[0].range, None);
    }
}
