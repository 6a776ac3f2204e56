//! RON text to types and back, with the place of an error in our own form.

use crate::error::ScenarioError;
use ron::extensions::Extensions;
use ron::ser::PrettyConfig;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Reads RON; `origin` names the text in messages. A byte order mark is skipped.
pub(crate) fn parse<T: DeserializeOwned>(origin: &str, text: &str) -> Result<T, ScenarioError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let options = ron::Options::default().with_default_extension(Extensions::IMPLICIT_SOME);
    options.from_str(text).map_err(|error| ScenarioError::Syntax {
        origin: origin.to_owned(),
        line: error.span.end.line,
        column: error.span.end.col,
        message: readable(&error.code.to_string()),
    })
}

/// The parser's message in our manner: lower case, one line, no full stop, and not without bound.
fn readable(message: &str) -> String {
    let mut characters = message.trim_end_matches('.').chars().take(400);
    let first = characters.next().map(|first| first.to_lowercase().to_string()).unwrap_or_default();
    let rest: String = characters.map(|c| if c.is_control() { ' ' } else { c }).collect();
    format!("{first}{rest}")
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
