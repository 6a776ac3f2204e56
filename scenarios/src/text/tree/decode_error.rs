//! What can be wrong with a value, before it is put into words.

use super::Range;
use serde::de;
use std::cmp::Reverse;
use std::fmt;

/// A value that is not what the format's type asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DecodeError {
    pub(crate) what: Wrong,
    /// The innermost value or name that it arose at.
    pub(crate) range: Option<Range>,
    /// The way from the root to that value, innermost step first: indices of fields and items, 0 for what is within parentheses.
    pub(crate) steps: Vec<usize>,
}

/// The kinds of wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// The record has a field that its type does not have; the index is the field's.
    UnknownField { index: usize, name: String, expected: &'static [&'static str] },
    /// The record has a field twice; the index is the second's.
    DuplicateField { index: usize, name: String },
    /// The record lacks a field.
    MissingField(&'static str),
    /// The value cannot be; a message that says what was found and what is allowed.
    Value(String),
}

impl DecodeError {
    /// A wrong value.
    pub(crate) fn value(message: impl Into<String>) -> Self {
        Self { what: Wrong::Value(message.into()), range: None, steps: Vec::new() }
    }

    /// The place, unless a place further in is known.
    pub(crate) fn at(mut self, range: Range) -> Self {
        self.range.get_or_insert(range);
        self
    }

    /// One step further out.
    pub(crate) fn below(mut self, step: usize) -> Self {
        self.steps.push(step);
        self
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            Wrong::UnknownField { name, expected, .. } => {
                write!(
                    f,
                    "unknown field `{}` ({})",
                    crate::values::quantity::shown(name),
                    did_you_mean(name, expected)
                )
            }
            Wrong::DuplicateField { name, .. } => {
                write!(f, "the field `{name}` stands twice (each at most once)")
            }
            Wrong::MissingField(name) => write!(f, "the field `{name}` is missing (add it)"),
            Wrong::Value(message) => f.write_str(message),
        }
    }
}

/// The nearest of some names, and all of them.
pub(crate) fn did_you_mean(name: &str, allowed: &[&str]) -> String {
    let list = allowed.join(", ");
    match nearest(name, allowed.iter().copied()) {
        Some(nearest) => format!("did you mean `{nearest}`? allowed are {list}"),
        None => format!("allowed are {list}"),
    }
}

/// A question after the id that was probably meant; nothing where none is alike.
pub(crate) fn meant_id<'a>(id: &str, ids: impl Iterator<Item = &'a str>) -> String {
    // Of a very large site the first ones, since comparing takes time.
    nearest_id(id, ids.take(10_000)).map_or(String::new(), |nearest| format!("did you mean \"{nearest}\"? "))
}

/// The same without a guess at short ids.
pub(crate) fn meant_name<'a>(id: &str, ids: impl Iterator<Item = &'a str>) -> String {
    nearest(id, ids.take(10_000)).map_or(String::new(), |nearest| format!("did you mean \"{nearest}\"? "))
}

/// The id that was probably meant; `None` where none is alike.
///
/// Short ids (`C1`, `P12`) have too little in common to be alike by what they share: of these, the first that is one edit away, and
/// rather one that begins alike.
pub fn nearest_id<'a>(id: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    const SHORT: std::ops::RangeInclusive<usize> = 2..=3;
    let candidates: Vec<&str> = candidates.collect();
    if let Some(nearest) = nearest(id, candidates.iter().copied()) {
        return Some(nearest);
    }
    let lower = id.to_lowercase();
    let is_short = |id: &str| SHORT.contains(&id.chars().count());
    let is_near = |candidate: &&str| {
        is_short(candidate) && strsim::osa_distance(&lower, &candidate.to_lowercase()) <= 1
    };
    let begins_otherwise = |candidate: &&str| candidate.to_lowercase().chars().next() != lower.chars().next();
    let near = candidates.into_iter().filter(|_| is_short(id)).filter(is_near);
    near.min_by_key(begins_otherwise)
}

/// The name that was probably meant; `None` where none is alike.
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Thousandths, since floats have no order; what is less alike than this is another name and not a slip.
    const ALIKE: u32 = 850;
    let name = name.to_lowercase();
    let mut best: Option<(u32, Reverse<&str>)> = None;
    let mut longer = None;
    for candidate in candidates {
        let lower = candidate.to_lowercase();
        let alike = (strsim::jaro_winkler(&name, &lower) * 1000.0) as u32;
        best = best.max(Some((alike, Reverse(candidate))).filter(|_| alike >= ALIKE));
        // The short name of a longer one, `circuits` of `charger_circuits` or `soc` of `soc_arrival_pct`.
        let is_end = name.len() >= 4 && lower.ends_with(&format!("_{name}"));
        let is_beginning = name.len() >= 3 && lower.starts_with(&format!("{name}_"));
        if is_end || is_beginning && longer.is_none() {
            longer = Some(candidate);
        }
    }
    best.map(|(_, Reverse(candidate))| candidate).or(longer)
}

impl std::error::Error for DecodeError {}

impl de::Error for DecodeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::value(message.to_string())
    }

    fn missing_field(field: &'static str) -> Self {
        Self { what: Wrong::MissingField(field), range: None, steps: Vec::new() }
    }

    fn invalid_length(length: usize, expected: &dyn de::Expected) -> Self {
        Self::value(format!("{length} values are too few ({expected})"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_short_ids_the_one_that_is_one_edit_away_is_meant() {
        let site = ["SITE", "GRID", "C1", "C2", "P1", "P2", "P12", "X"];
        for (id, expected) in [
            ("C3", Some("C1")),
            ("c2", Some("C2")),
            ("1C", Some("C1")),
            ("P3", Some("P1")),
            ("D2", Some("C2")),
            ("C", Some("C1")),
            ("C22", Some("C2")),
            ("P13", Some("P1")),
            ("Y", None),
            ("Q7", None),
            ("GIRD", Some("GRID")),
        ] {
            assert_eq!(nearest_id(id, site.into_iter()), expected, "{id}");
        }
    }
}
