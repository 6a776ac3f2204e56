//! Things that are listed on the page as they happen, as many as a page can hold.

/// The first of a number of things, and how many there were.
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

    /// One more.
    pub(super) fn push(&mut self, thing: T) {
        self.total += 1;
        if self.kept.len() < self.most {
            self.kept.push(thing);
        }
    }

    /// How many are not kept.
    pub(super) fn left_out(&self) -> u64 {
        self.total - self.kept.len() as u64
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
