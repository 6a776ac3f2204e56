//! A stream of random words with what a draft needs of it.

use crate::draw::words;
use crate::values::distribution::below;

/// A stream of its own for one purpose.
pub struct Chance {
    words: Box<dyn FnMut() -> u64>,
}

impl Chance {
    /// The stream of a seed for what is drawn (`domain`) of whom (`id`).
    pub fn of(seed: u64, domain: &str, id: &str) -> Self {
        Self { words: Box::new(words(seed, domain, id)) }
    }

    /// From `min` to `max`, both included, all equally likely; `min` where there is no choice.
    pub fn between(&mut self, min: i64, max: i64) -> i64 {
        if max <= min { min } else { min + below((max - min) as u64 + 1, &mut self.words) as i64 }
    }

    /// Once in `count` times.
    pub fn one_in(&mut self, count: u64) -> bool {
        below(count.max(1), &mut self.words) == 0
    }

    /// One of several; there is at least one.
    pub fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[below(all.len() as u64, &mut self.words) as usize]
    }
}
