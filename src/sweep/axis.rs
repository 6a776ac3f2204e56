//! An axis as the command line says it: `[NAME=]PATH=VALUES`.

use scenarios::axis_values;
use std::str::FromStr;

/// A value of the scenario that a sweep changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Axis {
    /// The column's name; the path where none is given.
    pub name: String,
    /// Which value.
    pub path: String,
    /// What it becomes, in order.
    pub values: Vec<String>,
}

impl FromStr for Axis {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (first, rest) = text.split_once('=').ok_or_else(|| {
            format!("\"{text}\" has no = ([NAME=]PATH=VALUES, such as strategy=fair-share,first-come)")
        })?;
        // A name is a word, and what follows it has a path and another = before any value begins.
        let named = rest.split_once('=').filter(|(path, _)| is_path(path.trim()) && is_name(first.trim()));
        let (name, path, values) = match named {
            Some((path, values)) => (first, path, values),
            None => (first, first, rest),
        };
        let (name, path) = (name.trim().to_owned(), path.trim().to_owned());
        if path.is_empty() {
            return Err(format!("\"{text}\" has no path ([NAME=]PATH=VALUES)"));
        }
        Ok(Self { name, path, values: axis_values(values.trim())? })
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}

/// Names with dots between them, in which `*` stands for anything.
fn is_path(text: &str) -> bool {
    text.split('.').all(|segment| is_name(&segment.replace('*', "_")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_have_a_path_values_and_perhaps_a_name() {
        let cases = [
            ("strategy=fair-share,first-come", "strategy", "strategy", "fair-share|first-come"),
            (
                "limit=site.grid_connections.GC1.default_capacity_kw=400..600:100",
                "limit",
                "site.grid_connections.GC1.default_capacity_kw",
                "400|500|600",
            ),
            ("a.*.b=1", "a.*.b", "a.*.b", "1"),
            ("b=a.C1*.b=1,2", "b", "a.C1*.b", "1|2"),
            ("title=\"a=b\"", "title", "title", "\"a=b\""),
        ];
        for (text, name, path, values) in cases {
            let axis: Axis = text.parse().expect(text);
            assert_eq!(
                (axis.name.as_str(), axis.path.as_str(), axis.values.join("|").as_str()),
                (name, path, values)
            );
        }
        for (text, expected) in [
            ("strategy", "has no ="),
            ("=1", "has no path"),
            ("a=", "empty value"),
            ("a=1..2", "is not a range"),
        ] {
            let message = text.parse::<Axis>().expect_err(text);
            assert!(message.contains(expected), "{message}");
        }
    }
}
