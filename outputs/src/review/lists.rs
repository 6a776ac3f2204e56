//! Things that are listed on the page as they happen, as many as a page can hold.

use sim::CycleRecord;

/// Some of a number of things, in the order in which they came, and how many there were.
#[derive(Debug)]
pub(super) struct Bounded<T> {
    /// Those that are kept.
    pub(super) kept: Vec<T>,
    /// How many came in all.
    pub(super) total: u64,
    most: usize,
}

impl<T> Bounded<T> {
    /// Keeps at most so many.
    pub(super) fn new(most: usize) -> Self {
        Self { kept: Vec::new(), total: 0, most }
    }

    /// One more; without room it is not kept.
    pub(super) fn push(&mut self, thing: T) {
        self.total += 1;
        if self.kept.len() < self.most {
            self.kept.push(thing);
        }
    }

    /// One more; without room the smallest goes, and the later one of equals.
    pub(super) fn push_largest<K: Ord>(&mut self, thing: T, size: impl Fn(&T) -> K) {
        self.total += 1;
        self.kept.push(thing);
        if self.kept.len() > self.most
            && let Some(ix) = (0..self.kept.len()).rev().min_by_key(|&ix| size(&self.kept[ix]))
        {
            self.kept.remove(ix);
        }
    }

    /// How many are not kept.
    pub(super) fn left_out(&self) -> u64 {
        self.total - self.kept.len() as u64
    }
}

/// Rows of a table, and how many more there are.
#[derive(Debug)]
pub(super) struct Listed<T> {
    pub(super) rows: Vec<T>,
    pub(super) left_out: u64,
}

impl<T> Listed<T> {
    /// The first rows, at most so many.
    pub(super) fn first(mut rows: Vec<T>, most: usize) -> Self {
        let left_out = rows.len().saturating_sub(most) as u64;
        rows.truncate(most);
        Self { rows, left_out }
    }
}

/// Cycles in a row that were rejected for the same reason with the same subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RejectedSpell {
    pub(super) from_s: u64,
    /// When the last of them ran \[s\].
    pub(super) last_s: u64,
    pub(super) cycles: u64,
    pub(super) reason: &'static str,
    pub(super) subject: Option<String>,
    /// What was wrong with the first of them.
    pub(super) detail: Option<String>,
    /// What was wrong with the last, where it was not quite the same.
    pub(super) last_detail: Option<String>,
}

impl RejectedSpell {
    /// One more cycle is rejected for the same.
    pub(super) fn go_on(&mut self, cycle: &CycleRecord) {
        self.last_s = cycle.t_s;
        self.cycles += 1;
        self.last_detail = cycle.detail.clone().filter(|_| cycle.detail != self.detail);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_room_the_first_or_the_largest_are_kept_in_their_order() {
        let (mut first, mut largest) = (Bounded::new(3), Bounded::new(3));
        for thing in [5, 1, 4, 1, 9, 4] {
            first.push(thing);
            largest.push_largest(thing, |&thing| thing);
        }
        assert_eq!((first.kept.as_slice(), first.left_out()), (&[5, 1, 4][..], 3));
        assert_eq!((largest.kept.as_slice(), largest.left_out()), (&[5, 4, 9][..], 3));
    }
}
