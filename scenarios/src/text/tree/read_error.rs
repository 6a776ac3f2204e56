//! What `ron` says of a text that is not RON, for people who have never heard of RON.

use super::brackets::{Open, after_blank, last_text, open_at, unclosed_text};
use super::read::SyntaxError;
use crate::values::quantity::shown;
use ron::error::{Error, Position, SpannedError};

/// The error in our manner: what was found, what is allowed, and which bracket it is about.
pub(super) fn readable(text: &str, begin: usize, error: &SpannedError) -> SyntaxError {
    let ron = &text[begin..];
    let at = offset(ron, error.span.end);
    let (at, message) = match &error.code {
        Error::Eof | Error::ExpectedStringEnd | Error::UnclosedBlockComment => unended(ron, at, &error.code),
        Error::ExpectedComma
        | Error::ExpectedArrayEnd
        | Error::ExpectedStructLikeEnd
        | Error::ExpectedOptionEnd
        | Error::ExpectedMapEnd
        | Error::ExpectedMapColon
        | Error::TrailingCharacters
        | Error::ExpectedIdentifier
        | Error::InvalidIdentifier(_)
        | Error::SuggestRawIdentifier(_)
        | Error::ExpectedChar
        | Error::ExpectedFloat
        | Error::ExpectedInteger
        | Error::FloatUnderscore
        | Error::InvalidIntegerDigit { .. }
        | Error::UnexpectedChar(_)
        | Error::ExpectedString => unexpected(ron, at, &error.code),
        Error::InvalidEscape(_) => (
            at,
            "this is no escape (\\n, \\t, \\\\, \\\" and \\u{e9} are; a path is written with /)".to_owned(),
        ),
        Error::ExpectedAttribute | Error::ExpectedAttributeEnd => {
            (at, "this is no attribute (the file begins with #![enable(implicit_some)])".to_owned())
        }
        Error::NoSuchExtension(name) => {
            (at, format!("there is no extension \"{}\" (implicit_some is the one to enable)", shown(name)))
        }
        Error::ExceededRecursionLimit => (at, "brackets nest too deep here (a scenario needs 8)".to_owned()),
        other => (at, lower_case(&other.to_string())),
    };
    SyntaxError { at: begin + at, message }
}

/// The byte of a position that counts lines and characters.
fn offset(text: &str, position: Position) -> usize {
    let line_start: usize = text.split_inclusive('\n').take(position.line - 1).map(str::len).sum();
    let line = &text[line_start..];
    line_start + line.char_indices().nth(position.col - 1).map_or(line.len(), |(at, _)| at)
}

/// The text ends, or a string or comment does not; the bracket or quote that is open is where it went wrong.
fn unended(text: &str, at: usize, code: &Error) -> (usize, String) {
    if after_blank(text, 0) == text.len() && *code != Error::UnclosedBlockComment {
        let what = if text.chars().all(|c| c.is_whitespace() || c == '\u{feff}') {
            "is empty"
        } else {
            "holds nothing but comments"
        };
        return (0, format!("the file {what} (a scenario in parentheses: `depotsim init` writes one)"));
    }
    match code {
        Error::ExpectedStringEnd => {
            (unclosed_text(text).unwrap_or(at), "the text in quotes never ends (close it with \")".to_owned())
        }
        Error::UnclosedBlockComment => (at, "the comment never ends (close it with */)".to_owned()),
        _ => match open_at(text, text.len()).last() {
            Some(&open) => (open.at, unclosed(open)),
            None => (at, "the file ends too early".to_owned()),
        },
    }
}

fn unclosed(open: Open) -> String {
    format!("the `{}` here is never closed (close it with `{}`)", open.bracket, closing(open.bracket))
}

fn closing(bracket: char) -> char {
    match bracket {
        '(' => ')',
        '[' => ']',
        _ => '}',
    }
}

fn unexpected(text: &str, at: usize, code: &Error) -> (usize, String) {
    let Some(found) = text[at..].chars().next() else { return unended(text, at, &Error::Eof) };
    if let Some(found) = unclosed_before(text, at).or_else(|| unquoted(text, at)) {
        return found;
    }
    if found == '#' && !matches!(code, Error::TrailingCharacters) {
        return (at, "found \"#\" (a comment begins with //)".to_owned());
    }
    if matches!(found, '[' | '{') && text[..at].ends_with(|c: char| c.is_alphanumeric()) {
        let message = format!("found \"{found}\" behind a name (its values stand in parentheses)");
        return (at, message);
    }
    let open = open_at(text, at).last().copied();
    let line = |open: Open| text[..open.at].matches('\n').count() + 1;
    let message = match (code, open) {
        (Error::TrailingCharacters, _) => {
            format!(
                "\"{}\" stands after the end of the scenario (one scenario in one pair of parentheses: is there a closing bracket too many before it?)",
                shown(&token(text, at))
            )
        }
        (Error::ExpectedMapColon, _) => {
            format!("found \"{}\" where a colon is needed (name: value)", shown(&token(text, at)))
        }
        (Error::ExpectedChar, _) => return single_quote(text[..at].rfind('\'').unwrap_or(at)),
        (_, Some(Open { bracket: '(', .. })) if found == '=' => {
            "found \"=\" where a colon is needed (name: value)".to_owned()
        }
        (Error::ExpectedIdentifier | Error::InvalidIdentifier(_) | Error::SuggestRawIdentifier(_), _) => {
            format!(
                "found \"{}\" where a name is needed (name: value; decimals have a point, 2.5)",
                shown(&token(text, at))
            )
        }
        (_, Some(open)) if matches!(found, ')' | ']' | '}') && found != closing(open.bracket) => format!(
            "found `{found}`, but the `{}` of line {} is still open (close it with `{}` first)",
            open.bracket,
            line(open),
            closing(open.bracket)
        ),
        (_, Some(open @ Open { bracket: '[', .. })) if found == ':' => format!(
            "found \":\" in the list of line {} (the values of a list have no names; a record, name: value, stands in parentheses)",
            line(open)
        ),
        (Error::ExpectedComma, Some(_)) if token(text, at).ends_with(':') => format!(
            "found \"{}\" where a comma is needed (a comma ends the value before it)",
            shown(&token(text, at))
        ),
        (
            Error::ExpectedComma
            | Error::ExpectedArrayEnd
            | Error::ExpectedStructLikeEnd
            | Error::ExpectedMapEnd,
            Some(open),
        ) => format!(
            "found \"{}\" where a comma or `{}` is needed (values are separated by commas, texts and times stand in double quotes, decimals have a point)",
            shown(&token(text, at)),
            closing(open.bracket)
        ),
        _ => format!(
            "found \"{}\" where a name or value is needed (name: value; texts and times stand in double quotes)",
            shown(&token(text, at))
        ),
    };
    (at, message)
}

/// A quote that was forgotten shows only where the next one opens again.
fn unclosed_before(text: &str, at: usize) -> Option<(usize, String)> {
    let quoted = last_text(text, at)?;
    let (between, found) = (&text[quoted.end..at], token(text, at));
    if between.trim().is_empty() && text[quoted.clone()].contains('\n') {
        return Some((
            quoted.start,
            "the text in quotes does not end on its line (close it with \")".to_owned(),
        ));
    }
    let is_adjacent = between.is_empty() && found.starts_with(char::is_alphanumeric);
    is_adjacent.then(|| {
        let message = format!(
            "the text in quotes that begins here ends right before \"{}\" (a \" is missing, or one too many)",
            shown(&found)
        );
        (quoted.start, message)
    })
}

fn single_quote(at: usize) -> (usize, String) {
    (at, "a text begins with a single quote (texts and times stand in double quotes)".to_owned())
}

/// Units that people write behind numbers, while in this format the names of fields end with them.
const UNITS: [&str; 9] = ["kw", "kwh", "w", "wh", "mw", "mwh", "a", "v", "%"];

/// A text, time or duration without quotes, or a number with its unit.
fn unquoted(text: &str, at: usize) -> Option<(usize, String)> {
    let is_attribute = text[..at].lines().last().is_some_and(|line| line.trim_start().starts_with('#'));
    if is_attribute {
        return None;
    }
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '+' | '.' | ':' | '*' | '%');
    let begin = at - text[..at].chars().rev().take_while(|&c| is_word(c)).map(char::len_utf8).sum::<usize>();
    let rest = &text[begin..];
    let word = &rest[..rest.find(|c| !is_word(c)).unwrap_or(rest.len())];
    // A field's name right before its value.
    let is_named = word.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let name = if is_named { word.find(':').map_or(0, |colon| colon + 1) } else { 0 };
    let (begin, word) = (begin + name, &word[name..]);
    if text[..begin].ends_with('\'') && !word.is_empty() {
        return Some(single_quote(begin - 1));
    }
    let number =
        word.len() - word.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '_').len();
    let (number, unit) = word.split_at(number);
    let is_behind_number = || text[..begin].trim_end().ends_with(|c: char| c.is_ascii_digit());
    if UNITS.contains(&unit.to_lowercase().as_str()) && (!number.is_empty() || is_behind_number()) {
        let message =
            format!("found \"{unit}\" behind a number (leave it out: fields have their unit in their name)");
        return Some((begin + number.len(), message));
    }
    let is_mixed = word.chars().skip(1).any(|c| matches!(c, ':' | '-' | '+' | '*'))
        || (!number.is_empty() && !unit.is_empty());
    (is_mixed && word.parse::<f64>().is_err()).then(|| {
        let message = format!(
            "found \"{}\" without quotes (texts, times and durations stand in double quotes)",
            shown(word)
        );
        (begin, message)
    })
}

/// What stands there, up to the end of the word.
fn token(text: &str, at: usize) -> String {
    let rest = &text[at..];
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':');
    let word = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
    let first = rest.chars().next().map_or(0, char::len_utf8);
    rest[..word.max(first)].to_owned()
}

/// The parser's message in our manner: lower case, one line, no full stop, and not without bound.
fn lower_case(message: &str) -> String {
    let mut characters = message.trim_end_matches('.').chars().take(400);
    let first = characters.next().map(|first| first.to_lowercase().to_string()).unwrap_or_default();
    let rest: String = characters.map(|c| if c.is_control() { ' ' } else { c }).collect();
    format!("{first}{rest}")
}
