//! Types to RON text for people.

use ron::extensions::Extensions;
use ron::ser::PrettyConfig;
use serde::Serialize;

/// Reads a text of a test.
#[cfg(test)]
pub(crate) fn parse<T: serde::de::DeserializeOwned>(text: &str) -> T {
    let mut root = crate::text::tree::read::read(0, text).expect("RON");
    let (value, faults) = crate::text::tree::repair::decode(&mut root, 10);
    assert!(faults.is_empty(), "{faults:?}");
    value.expect("a value")
}

/// Writes RON for people: records of lists on a line each, everything outside them on lines of their own.
///
/// `depth` is the depth of nesting up to which there are line breaks.
pub(crate) fn write<T: Serialize>(value: &T, depth: usize) -> String {
    let config = PrettyConfig::new()
        .depth_limit(depth)
        .indentor("  ")
        .new_line("\n")
        .struct_names(false)
        .extensions(Extensions::IMPLICIT_SOME);
    let mut text = ron::Options::default()
        .to_string_pretty(value, config)
        .expect("the format's types hold nothing that RON cannot write");
    text.push('\n');
    text
}
