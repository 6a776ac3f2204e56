//! From a depot that breaks something to a small one that breaks it too.
//!
//! Whatever can be left out of the file is left out, as long as the same promise is broken in the same words: features of the random depot
//! first, then lists' records and records' fields, the largest first, then digits of numbers. It works on the text, so that it knows
//! nothing of the format and needs no change when the format grows.

use super::reports::Reports;
use super::ron_tree::Ron;
use super::trial::{Broken, Case, try_case};
use scenarios::random_depot::{random_depot, random_depot_with};
use std::time::{Duration, Instant};

/// A case that is made smaller.
struct Shrinker {
    broken: Broken,
    best: Case,
    tree: Ron,
    ends: Instant,
}

/// Shrinks the depot of a seed for at most so long.
pub fn shrink(seed: u64, broken: &Broken, at_most: Duration) -> Case {
    let case = with_fewest_features(seed, broken);
    shrink_case(case, broken, at_most)
}

/// Leaves features out one by one as long as the same breaks.
fn with_fewest_features(seed: u64, broken: &Broken) -> Case {
    let depot = random_depot(seed);
    let mut kept = depot.features.clone();
    let mut best = Case::of(&depot);
    for feature in depot.features.iter().rev() {
        let fewer: Vec<&str> = kept.iter().copied().filter(|name| name != feature).collect();
        let case = Case::of(&random_depot_with(seed, |feature| fewer.contains(&feature.name)));
        if try_case(&case, Reports::Sampled).is_err_and(|other| other.is_like(broken)) {
            (kept, best) = (fewer, case);
        }
    }
    best
}

/// Shrinks a case for at most so long.
pub fn shrink_case(case: Case, broken: &Broken, at_most: Duration) -> Case {
    let Some(tree) = Ron::read(&case.text) else { return case };
    let mut shrinker = Shrinker { broken: broken.clone(), best: case, tree, ends: Instant::now() + at_most };
    loop {
        let before = (shrinker.best.clone(), shrinker.tree.clone());
        shrinker.shorten();
        shrinker.leave_out(&mut Vec::new());
        shrinker.leave_out_lines();
        shrinker.simplify(&mut Vec::new());
        if (&before.0, &before.1) == (&shrinker.best, &shrinker.tree) || Instant::now() >= shrinker.ends {
            return shrinker.best;
        }
    }
}

impl Shrinker {
    /// Takes a smaller tree over if it breaks the same; returns whether it does.
    fn take(&mut self, tree: Ron, files: Vec<(String, String)>) -> bool {
        if Instant::now() >= self.ends || (tree == self.tree && files == self.best.files) {
            return false;
        }
        let case = Case { seed: self.best.seed, text: tree.write(), files };
        let is_smaller = try_case(&case, Reports::Sampled).is_err_and(|other| other.is_like(&self.broken));
        if is_smaller {
            (self.best, self.tree) = (case, tree);
        }
        is_smaller
    }

    fn take_changed(&mut self, path: &[usize], change: impl FnOnce(&mut Ron)) -> bool {
        let mut tree = self.tree.clone();
        change(at(&mut tree, path));
        self.take(tree, self.best.files.clone())
    }

    fn items(&mut self, path: &[usize]) -> usize {
        match at(&mut self.tree, path) {
            Ron::Group { items, .. } => items.len(),
            Ron::Atom(_) => 0,
        }
    }

    /// A shorter run: the shortest of a few durations that is shorter and breaks the same.
    fn shorten(&mut self) {
        let Ron::Group { items, .. } = &self.tree else { return };
        let Some(index) = items.iter().position(|item| item.key.as_deref() == Some("duration")) else {
            return;
        };
        let now = span_of(&items[index].value);
        for duration in ["1min", "2min", "3min", "5min", "10min", "15min", "30min", "1h", "90min", "2h"] {
            let shorter = Ron::Atom(format!("\"{duration}\""));
            // Only ever shorter: else a duration that grew would be shortened again, for ever.
            if span_of(&shorter) >= now || self.take_changed(&[index], |value| *value = shorter) {
                return;
            }
        }
    }

    /// Leaves out what can be left out of a group, in ever smaller pieces, then what can be left out of what stays.
    fn leave_out(&mut self, path: &mut Vec<usize>) {
        let mut piece = self.items(path);
        while piece > 0 {
            let mut from = 0;
            while from < self.items(path) {
                let is_left_out = self.take_changed(path, |group| {
                    if let Ron::Group { items, .. } = group {
                        items.drain(from..(from + piece).min(items.len()));
                    }
                });
                from += if is_left_out { 0 } else { piece };
            }
            piece /= 2;
        }
        for index in 0..self.items(path) {
            path.push(index);
            self.leave_out(path);
            path.pop();
        }
    }

    /// Leaves out lines of CSV files, but for the header.
    fn leave_out_lines(&mut self) {
        for file in 0..self.best.files.len() {
            let mut line = 1;
            while line < self.best.files[file].1.lines().count() {
                let mut files = self.best.files.clone();
                let left: Vec<&str> = self.best.files[file]
                    .1
                    .lines()
                    .enumerate()
                    .filter(|(at, _)| *at != line)
                    .map(|(_, line)| line)
                    .collect();
                files[file].1 = left.join("\n") + "\n";
                line += usize::from(!self.take(self.tree.clone(), files));
            }
        }
        // A file that nothing names any more is none of the case.
        let files: Vec<_> = self
            .best
            .files
            .iter()
            .filter(|(name, _)| self.best.text.contains(name.as_str()))
            .cloned()
            .collect();
        self.best.files = files;
    }

    /// Rounder numbers.
    fn simplify(&mut self, path: &mut Vec<usize>) {
        if let Ron::Atom(text) = at(&mut self.tree, path).clone() {
            for simpler in simpler(&text) {
                if self.take_changed(path, |value| *value = Ron::Atom(simpler)) {
                    break;
                }
            }
        }
        for index in 0..self.items(path) {
            path.push(index);
            self.simplify(path);
            path.pop();
        }
    }
}

fn at<'a>(tree: &'a mut Ron, path: &[usize]) -> &'a mut Ron {
    let mut node = tree;
    for &index in path {
        node = match node {
            Ron::Group { items, .. } => &mut items[index].value,
            Ron::Atom(_) => unreachable!("a path leads through groups"),
        };
    }
    node
}

/// The seconds that a duration says; `None` for what is none.
fn span_of(value: &Ron) -> Option<u32> {
    let Ron::Atom(text) = value else { return None };
    text.trim_matches('"').parse::<scenarios::Span>().ok().map(|span| span.s())
}

/// Simpler values than this one, the simplest first: rounder numbers, and times of day without a date.
fn simpler(text: &str) -> Vec<String> {
    if let Some((date, time)) = text.split_once('T')
        && date.starts_with("\"2")
    {
        return [5, 8].into_iter().filter_map(|end| Some(format!("\"{}\"", time.get(..end)?))).collect();
    }
    let whole = text.split('.').next().unwrap_or_default();
    let Ok(number) = whole.parse::<i64>() else { return Vec::new() };
    let mut found: Vec<String> = ["0", "1", "10", "100"].into_iter().map(str::to_owned).collect();
    let mut unit = 1_i64;
    while unit <= number.abs() / 10 {
        unit *= 10;
    }
    if unit > 1 {
        found.push((number / unit * unit).to_string());
    }
    found.push(whole.to_owned());
    // Never back to what it may have been before: only what is shorter, or less.
    found.retain(|other| other.len() < text.len() || other.len() == text.len() && other.as_str() < text);
    found
}
