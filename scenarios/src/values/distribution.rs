//! Integer distributions on raw random words.
//!
//! They are ours, since those of the random number crates have changed values between releases, and some use the platform's
//! floating-point library; these give the same integers everywhere and for ever.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt::Display;

use crate::values::quantity::Weight;

/// How a value is distributed, as a file says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Distribution<T> {
    /// Always this value.
    Fixed(T),
    /// Least and largest value; all between are equally likely.
    Uniform(T, T),
    /// Least, most likely and largest value.
    Triangular(T, T, T),
    /// One of these values, in proportion to their weights.
    Table(Vec<(T, Weight)>),
}

/// A distribution over integers whose values are checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Integers {
    Fixed(i64),
    Uniform { min: i64, max: i64 },
    Triangular { min: i64, mode: i64, max: i64 },
    Table(Vec<(i64, u64)>),
}

/// The largest range of values, so that squares of it times a word fit `u128`.
const RANGE_MAX: i64 = 1 << 31;

impl Integers {
    /// Turns each value into an integer, telling the function the integer before it, which orders times.
    pub(crate) fn of<T: Copy + Display>(
        distribution: &Distribution<T>,
        mut integer: impl FnMut(T, Option<i64>) -> Result<i64, String>,
    ) -> Result<Self, String> {
        let integers = match distribution {
            Distribution::Fixed(value) => Self::Fixed(integer(*value, None)?),
            Distribution::Uniform(min, max) => {
                let min = integer(*min, None)?;
                Self::Uniform { min, max: integer(*max, Some(min))? }
            }
            Distribution::Triangular(min, mode, max) => {
                let min = integer(*min, None)?;
                let mode = integer(*mode, Some(min))?;
                Self::Triangular { min, mode, max: integer(*max, Some(mode))? }
            }
            Distribution::Table(rows) => {
                let row =
                    |(value, weight): &(T, Weight)| Ok((integer(*value, None)?, u64::from(weight.get())));
                Self::Table(rows.iter().map(row).collect::<Result<_, String>>()?)
            }
        };
        match (distribution, &integers) {
            (Distribution::Uniform(least, largest), Self::Uniform { min, max }) if min > max => {
                Err(format!("{least}, {largest} are out of order (the least value, then the largest)"))
            }
            (Distribution::Triangular(least, likely, largest), Self::Triangular { min, mode, max })
                if min > mode || mode > max =>
            {
                Err(format!(
                    "{least}, {likely}, {largest} are out of order (the least value, then the most likely, then the largest)"
                ))
            }
            (Distribution::Table(rows), _) if rows.is_empty() => {
                Err("the table is empty (at least one value)".into())
            }
            _ if integers.max() - integers.min() > RANGE_MAX => {
                Err(format!("the values are too far apart (at most {RANGE_MAX})"))
            }
            _ => Ok(integers),
        }
    }

    pub(crate) fn min(&self) -> i64 {
        match self {
            Self::Fixed(value) => *value,
            Self::Uniform { min, .. } | Self::Triangular { min, .. } => *min,
            Self::Table(rows) => rows.iter().map(|row| row.0).min().unwrap_or(0),
        }
    }

    pub(crate) fn max(&self) -> i64 {
        match self {
            Self::Fixed(value) => *value,
            Self::Uniform { max, .. } | Self::Triangular { max, .. } => *max,
            Self::Table(rows) => rows.iter().map(|row| row.0).max().unwrap_or(0),
        }
    }

    /// One value, of a stream of words that is begun only where chance decides anything.
    pub(crate) fn draw_from<W: FnMut() -> u64>(&self, words: impl FnOnce() -> W) -> i64 {
        match self {
            Self::Fixed(value) => *value,
            _ => self.draw(&mut words()),
        }
    }

    /// One value, from as many random words as it takes.
    pub(crate) fn draw(&self, word: &mut dyn FnMut() -> u64) -> i64 {
        match self {
            Self::Fixed(value) => *value,
            Self::Uniform { min, max } => min + below((max - min) as u64 + 1, word) as i64,
            Self::Triangular { min, mode, max } => triangular(*min, *mode, *max, word()),
            Self::Table(rows) => {
                let mut rest = below(rows.iter().map(|row| row.1).sum(), word);
                for &(value, weight) in rows {
                    match rest.checked_sub(weight) {
                        Some(left) => rest = left,
                        None => return value,
                    }
                }
                unreachable!("the number is below the sum of the weights")
            }
        }
    }
}

/// An unbiased integer from 0 to `count - 1`: words beyond the last whole multiple of `count` are thrown away.
pub(crate) fn below(count: u64, word: &mut dyn FnMut() -> u64) -> u64 {
    // 2^64 mod count, in 64 bits.
    let surplus = (u64::MAX % count + 1) % count;
    loop {
        let value = word();
        if value <= u64::MAX - surplus {
            return value % count;
        }
    }
}

/// The triangular distribution's inverse at `word / 2^64`, to the nearest integer.
///
/// With a = min, c = mode, b = max and U uniform in \[0, 1): `a + sqrt(U (b-a) (c-a))` where U < (c-a) / (b-a), else
/// `b - sqrt((1-U) (b-a) (b-c))` (inversion; L. Devroye, Non-Uniform Random Variate Generation, Springer 1986, section II.2). The root
/// of the integer `U * 2^64 * (b-a) * (c-a)` is the root wanted times 2^32; ranges up to 2^31 keep it below 2^126.
fn triangular(min: i64, mode: i64, max: i64, word: u64) -> i64 {
    let (range, rise, fall) = ((max - min) as u128, (mode - min) as u128, (max - mode) as u128);
    if range == 0 {
        return min;
    }
    let nearest_root = |square: u128| ((square.isqrt() + (1 << 31)) >> 32) as i64;
    if u128::from(word) * range < rise << 64 {
        min + nearest_root(u128::from(word) * range * rise)
    } else {
        max - nearest_root(((1_u128 << 64) - u128::from(word)) * range * fall)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A plain sequence of words that covers their range evenly (Weyl's, by the golden ratio).
    fn even_words() -> impl FnMut() -> u64 {
        let mut state = 0_u64;
        move || {
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            state
        }
    }

    #[test]
    fn the_triangular_inverse_is_monotonic_and_meets_its_ends_and_its_mode() {
        for (min, mode, max) in [
            (0, 3, 10),
            (-50, -50, 7),
            (4, 9, 9),
            (5, 5, 5),
            (0, 1 << 30, 1 << 31),
            (150_000, 300_000, 600_000),
        ] {
            let at = |word| triangular(min, mode, max, word);
            assert_eq!((at(0), at(u64::MAX)), (min, max));
            let values: Vec<i64> = (0..=1000).map(|step| at(u64::MAX / 1000 * step)).collect();
            assert!(values.is_sorted(), "{min} {mode} {max}");
            if min < max {
                // The share below the mode is (mode - min) / (max - min).
                let share =
                    ((((mode - min) as u128) << 64) / (max - min) as u128).min(u128::from(u64::MAX)) as u64;
                assert!((at(share) - mode).abs() <= 1, "{min} {mode} {max}");
            }
        }
    }

    #[test]
    fn the_means_are_those_of_the_distributions() {
        let cases = [
            (Integers::Fixed(7), 7_000),
            (Integers::Uniform { min: -10, max: 20 }, 5_000),
            (Integers::Triangular { min: 15_000, mode: 30_000, max: 60_000 }, 35_000_000),
            (Integers::Table(vec![(0, 3), (100, 1)]), 25_000),
        ];
        for (integers, mean_of_1000) in cases {
            let mut words = even_words();
            let count = 100_000;
            let sum: i64 = (0..count).map(|_| integers.draw(&mut words)).sum();
            let mean = sum * 1000 / count;
            assert!((mean - mean_of_1000).abs() <= 5 + mean_of_1000 / 1000, "{integers:?}: {mean}");
        }
    }

    #[test]
    fn uniform_reaches_all_its_values_and_throws_biased_words_away() {
        let integers = Integers::Uniform { min: 1, max: 3 };
        let mut words = even_words();
        let mut seen = [0; 3];
        for _ in 0..3000 {
            seen[integers.draw(&mut words) as usize - 1] += 1;
        }
        assert!(seen.iter().all(|&count| (950..1050).contains(&count)), "{seen:?}");
        let mut words = [u64::MAX, 4].into_iter();
        assert_eq!(
            below(3, &mut || words.next().unwrap()),
            1,
            "2^64 - 1 is the one word too many for thirds"
        );
    }

    #[test]
    fn values_out_of_order_are_refused() {
        let of = |distribution: &Distribution<i64>| Integers::of(distribution, |value, _| Ok(value));
        assert!(of(&Distribution::Uniform(2, 1)).is_err());
        assert!(of(&Distribution::Triangular(1, 0, 3)).is_err());
        assert!(of(&Distribution::Triangular(1, 4, 3)).is_err());
        assert!(of(&Distribution::Table(Vec::new())).is_err());
        assert!(of(&Distribution::Uniform(1, 1)).is_ok());
    }
}
