//! Columns that say whether they are as they were, to whoever has looked at them before.
//!
//! Most columns rest in most ticks. Whether one does is not a matter of anybody's word: values can be changed only through a mutable borrow, which is
//! counted here when it is taken, or through an [`Edit`], which counts with its first value that is new.
//!
//! ```text
//!  simulation ──writes──> Column ──shown──> observer ──compares──> Counterpart
//!                            └ edition ─────────────────────────────> edition that was the same: nothing to be compared
//! ```

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU64, Ordering};

/// Values by connector or by node, which are read as a slice.
///
/// Values are numbers, words and flags: what could change behind a shared borrow would change unnoticed.
pub struct Column<T: Copy> {
    values: Vec<T>,
    edition: Edition,
}

/// A column's state: of two equal ones every value is the same. The default is no column's.
///
/// It is the column's number (from 1, of all in the process) times 2^38, and how often the column was lent for writing since it was made. Numbers come
/// again after 67 million columns, which is far more than live as long as whoever compares them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Edition(u64);

/// 2^38: so often a column can be lent, in 86,400 ticks of 3 million rows, each written by itself.
const WRITES: u64 = 1 << 38;

impl<T: Copy> Column<T> {
    /// A column of these values.
    pub fn of(values: Vec<T>) -> Self {
        Self { values, edition: Edition::of_new_column() }
    }

    /// As many times the same value.
    pub fn filled(value: T, rows: usize) -> Self {
        Self::of(vec![value; rows])
    }

    /// What it is now, to be compared with what it will be.
    #[inline]
    pub fn edition(&self) -> Edition {
        self.edition
    }

    /// To write many values of which some stand there already: all of it counts as one write, and as none where all did.
    #[inline(always)]
    pub fn edit(&mut self) -> Edit<'_, T> {
        let news = Edition(self.edition.0.wrapping_add(1));
        Edit { values: &mut self.values, edition: &mut self.edition, news }
    }

    /// Writes a value where another stands, and returns whether one did: where it stands already, nobody needs to look again.
    #[inline]
    pub fn put(&mut self, row: usize, value: T) -> bool
    where
        T: PartialEq,
    {
        self.edit().put(row, value)
    }
}

/// A column that is being written to.
pub struct Edit<'a, T: Copy> {
    values: &'a mut [T],
    edition: &'a mut Edition,
    /// The edition with the first value that is new.
    news: Edition,
}

impl<T: Copy + PartialEq> Edit<'_, T> {
    /// Writes a value where another stands, and returns whether one did.
    #[inline(always)]
    pub fn put(&mut self, row: usize, value: T) -> bool {
        let is_new = self.values[row] != value;
        if is_new {
            self.values[row] = value;
            *self.edition = self.news;
        }
        is_new
    }
}

impl<T: Copy> Deref for Edit<'_, T> {
    type Target = [T];

    #[inline(always)]
    fn deref(&self) -> &[T] {
        self.values
    }
}

/// Values of an observer's own beside a column: as it was when it was seen last, or as it should be.
///
/// They are read as a slice.
#[derive(Debug, Clone, Default)]
pub struct Counterpart<T> {
    values: Vec<T>,
    /// The column's edition that was found to be the same.
    same: Edition,
}

impl<T: Copy + PartialEq> Counterpart<T> {
    /// These values, which have not been compared with anything yet.
    pub fn of(values: Vec<T>) -> Self {
        Self { values, same: Edition::default() }
    }

    /// As many times the same value.
    pub fn filled(value: T, rows: usize) -> Self {
        Self::of(vec![value; rows])
    }

    /// Whether the column has these values. Where neither has been written to since they were found the same, there is nothing to be compared.
    #[inline]
    pub fn is(&mut self, column: &Column<T>) -> bool {
        self.same == column.edition || self.compare(column)
    }

    /// Takes over the column's values; returns whether they were any others. There are as many of them.
    #[inline]
    pub fn take_over(&mut self, column: &Column<T>) -> bool {
        let is_new = !self.is(column);
        if is_new {
            self.values.copy_from_slice(column);
            self.same = column.edition;
        }
        is_new
    }

    #[inline]
    fn compare(&mut self, column: &Column<T>) -> bool {
        let is_same = self.values == column.values;
        if is_same {
            self.same = column.edition;
        }
        is_same
    }
}

impl Edition {
    /// Moves on to another edition, and returns whether it is one.
    #[inline]
    pub fn moves_to(&mut self, now: Self) -> bool {
        std::mem::replace(self, now) != now
    }

    fn of_new_column() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(WRITES);
        match NEXT.fetch_add(WRITES, Ordering::Relaxed) {
            // Numbers have come round, and 0 is no column's.
            0 => Self::of_new_column(),
            first => Self(first),
        }
    }
}

impl<T: Copy> Deref for Column<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        &self.values
    }
}

impl<T: Copy> DerefMut for Column<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        self.edition.0 = self.edition.0.wrapping_add(1);
        &mut self.values
    }
}

/// A copy is another column: the two go ways of their own.
impl<T: Copy> Clone for Column<T> {
    fn clone(&self) -> Self {
        Self::of(self.values.clone())
    }
}

impl<T: Copy + fmt::Debug> fmt::Debug for Column<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.values.fmt(f)
    }
}

impl<T: Copy + PartialEq> PartialEq for Column<T> {
    fn eq(&self, other: &Self) -> bool {
        self.values == other.values
    }
}

impl<T: Copy + PartialEq> PartialEq<Vec<T>> for &Column<T> {
    fn eq(&self, other: &Vec<T>) -> bool {
        self.values == *other
    }
}

impl<T: Copy + PartialEq, const ROWS: usize> PartialEq<[T; ROWS]> for &Column<T> {
    fn eq(&self, other: &[T; ROWS]) -> bool {
        self.values == *other
    }
}

impl<'a, T: Copy> IntoIterator for &'a Column<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.values.iter()
    }
}

impl<T: Copy> FromIterator<T> for Column<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        Self::of(values.into_iter().collect())
    }
}

impl<T> Deref for Counterpart<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        &self.values
    }
}

impl<T> DerefMut for Counterpart<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        self.same = Edition::default();
        &mut self.values
    }
}

impl<'a, T> IntoIterator for &'a Counterpart<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.values.iter()
    }
}
