//! A value over time as its changes.

/// One value over frames: it holds from each of its changes to the next.
#[derive(Debug, Clone, Default)]
pub(super) struct Series {
    /// (frame, value), in order of frames; two neighbours never have the same value.
    changes: Vec<(u32, i64)>,
}

impl Series {
    /// The value from `frame` on; returns how many changes that adds.
    pub(super) fn push(&mut self, frame: u32, value: i64) -> usize {
        if self.changes.last().is_some_and(|&(_, last)| last == value) {
            return 0;
        }
        self.changes.push((frame, value));
        1
    }

    /// The number of changes.
    pub(super) fn len(&self) -> usize {
        self.changes.len()
    }

    /// The value at a frame; none before the first change.
    pub(super) fn at(&self, frame: u32) -> Option<i64> {
        let after = self.changes.partition_point(|&(from, _)| from <= frame);
        after.checked_sub(1).map(|ix| self.changes[ix].1)
    }

    /// Moves each change from its frame to the first kept one at or after it, which is `moved[frame]`.
    ///
    /// Of several changes that meet in a frame the last one holds there.
    pub(super) fn thin(&mut self, moved: &[u32]) {
        let mut kept: Vec<(u32, i64)> = Vec::with_capacity(self.changes.len());
        for &(frame, value) in &self.changes {
            let frame = moved[frame as usize];
            if kept.last().is_some_and(|&(last, _)| last == frame) {
                kept.pop();
            }
            if kept.last().is_none_or(|&(_, last)| last != value) {
                kept.push((frame, value));
            }
        }
        self.changes = kept;
    }

    /// The changes as one flat list: frames since the change before, and difference of the value to it, in turns.
    pub(super) fn deltas(&self) -> Vec<i64> {
        let mut flat = Vec::with_capacity(2 * self.changes.len());
        let (mut last_frame, mut last_value) = (0, 0);
        for &(frame, value) in &self.changes {
            flat.extend([i64::from(frame) - last_frame, value - last_value]);
            (last_frame, last_value) = (i64::from(frame), value);
        }
        flat
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(changes: &[(u32, i64)]) -> Series {
        let mut series = Series::default();
        for &(frame, value) in changes {
            series.push(frame, value);
        }
        series
    }

    #[test]
    fn a_series_holds_changes_only_and_gives_them_back() {
        let series = series(&[(0, 5), (1, 5), (2, 7), (5, -1)]);
        assert_eq!(series.len(), 3);
        assert_eq!([0, 1, 2, 4, 5, 9].map(|frame| series.at(frame)), [5, 5, 7, 7, -1, -1].map(Some));
        assert_eq!(series.deltas(), [0, 5, 2, 2, 3, -8]);
        assert_eq!(Series::default().at(3), None);
    }

    #[test]
    fn thinning_keeps_the_value_at_every_frame_that_stays() {
        let before = series(&[(0, 1), (1, 2), (2, 1), (3, 4), (6, 5), (7, 4)]);
        // Frames 0, 2, 4, 6 stay and become 0, 1, 2, 3; what changes after 6 waits for frame 4.
        let moved = [0, 1, 1, 2, 2, 3, 3, 4];
        let mut after = before.clone();
        after.thin(&moved);
        for (frame, kept) in [(0, 0), (2, 1), (4, 2), (6, 3), (7, 4)] {
            assert_eq!(after.at(kept), before.at(frame), "frame {frame}");
        }
        assert_eq!(after.len(), 4, "{after:?}");
    }
}
