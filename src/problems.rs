//! Problems of scenarios for people: where, what, and the line of the file with a mark under the place.

use crate::exit::{Code, Failure, escaped_line, tell_as_it_is};
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use scenarios::{Findings, Problem, ScenarioError, Source};
use serde::Serialize;
use std::ffi::OsStr;
use std::io::IsTerminal;
use std::ops::Range;

/// Longer lines are cut around the place.
const LINE_MAX_BYTES: usize = 240;

/// The failure of a command whose scenario cannot be used.
pub fn failure(error: &ScenarioError) -> Failure {
    warn(error.warnings());
    let text = |is_coloured| to_text(error.findings(), Gravity::Problem, is_coloured);
    Failure {
        coloured: is_coloured(&std::io::stderr()).then(|| text(true)),
        ..Failure::report(Code::BadInput, text(false))
    }
}

/// Tells what is doubtful about a scenario that is used nonetheless.
pub fn warn(warnings: &Findings) {
    if !warnings.problems().is_empty() {
        tell_as_it_is(&to_text(warnings, Gravity::Warning, is_coloured(&std::io::stderr())));
    }
}

/// Whether what was found keeps a scenario from being used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gravity {
    /// It does.
    Problem,
    /// It does not.
    Warning,
}

/// Whether to colour what goes there: a terminal that knows colours, and nobody who asked for none.
pub fn is_coloured(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && has_colours()
}

/// Whether a terminal, if there is one, is to show colours.
pub(crate) fn has_colours() -> bool {
    let said = |name: &str| std::env::var_os(name).unwrap_or_default();
    allows_colours(&said("NO_COLOR"), &said("TERM"))
}

/// `NO_COLOR` counts where it is not empty (<https://no-color.org>), and a dumb terminal shows colours as what they are written with.
fn allows_colours(no_color: &OsStr, term: &OsStr) -> bool {
    no_color.is_empty() && term != "dumb"
}

/// Everything with its snippet, and how many there are in which files; what is quoted of input is escaped.
pub fn to_text(findings: &Findings, gravity: Gravity, is_coloured: bool) -> String {
    let mut text = String::new();
    for problem in findings.problems() {
        text.push_str(&headline(problem, gravity, is_coloured));
        text.push('\n');
        if let (Some(source), Some(range)) = (findings.source(problem), &problem.range)
            && !source.is_argument
        {
            text.push_str(&snippet(source, range, gravity, is_coloured));
            text.push('\n');
        }
    }
    let count = findings.problems().len();
    let more = match findings.left_out() {
        0 => String::new(),
        left_out => format!(", and at least {left_out} more"),
    };
    let noun = match gravity {
        Gravity::Problem => "problem",
        Gravity::Warning => "warning",
    };
    let plural = if count == 1 { "" } else { "s" };
    text.push_str(&format!("{count} {noun}{plural}{more}{}", files(findings)));
    if findings.is_cut_off() {
        text.push_str(" (what stands behind it cannot be read before it is put right, so more may follow)");
    }
    text
}

/// Which files the problems are in, if they are in files.
fn files(findings: &Findings) -> String {
    let mut files: Vec<&str> = Vec::new();
    for problem in findings.problems() {
        let is_argument = findings.source(problem).is_some_and(|source| source.is_argument);
        if !is_argument && !files.contains(&problem.origin.as_str()) {
            files.push(&problem.origin);
        }
    }
    match files.as_slice() {
        [] => String::new(),
        files => format!(" in {}", escaped_line(&files.join(" and "))),
    }
}

/// The problem in one line, its place in bold.
fn headline(problem: &Problem, gravity: Gravity, is_coloured: bool) -> String {
    let line = problem.to_string();
    let (place, message) = line.split_at(problem.place_length());
    let (place, message) = (escaped_line(place), escaped_line(message));
    let warning = if gravity == Gravity::Warning { " warning:" } else { "" };
    match is_coloured {
        true => format!("\u{1b}[1m{place}\u{1b}[0m{warning}{message}"),
        false => format!("{place}{warning}{message}"),
    }
}

/// The line of the place with a mark below it.
fn snippet(source: &Source, range: &Range<usize>, gravity: Gravity, is_coloured: bool) -> String {
    let (line_number, bytes) = source.line(range.start);
    let line = &source.text[bytes.clone()];
    // A mark ends with its line, and is at least a character long where there is one.
    let start = range.start.saturating_sub(bytes.start).min(line.len());
    let end = range.end.saturating_sub(bytes.start).min(line.len()).max(start);
    let first = line.get(start..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    let mark = start..end.max(start + first);
    let (shown, mark) = cut(line, mark);
    let (shown, mark) = without_controls(shown, mark);
    let snippet =
        Snippet::source(shown).line_start(line_number).annotation(AnnotationKind::Primary.span(mark));
    let renderer = if is_coloured { Renderer::styled() } else { Renderer::plain() };
    let level = if gravity == Gravity::Warning { Level::WARNING } else { Level::ERROR };
    renderer.term_width(LINE_MAX_BYTES).render(&[Group::with_level(level).element(snippet)])
}

/// A long line around the place.
fn cut(line: &str, mark: Range<usize>) -> (&str, Range<usize>) {
    if line.len() <= LINE_MAX_BYTES {
        return (line, mark);
    }
    let boundary = |mut at: usize| {
        while !line.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let begin = boundary(mark.start.saturating_sub(LINE_MAX_BYTES / 2));
    let end = boundary((begin + LINE_MAX_BYTES).min(line.len())).max(mark.start);
    (&line[begin..end], mark.start - begin..mark.end.min(end) - begin)
}

/// Without what a terminal would not show as a character: the byte order mark, controls but tabs, and marks that turn the direction of writing.
fn without_controls(line: &str, mark: Range<usize>) -> (String, Range<usize>) {
    let is_shown = |c: &char| *c != '\u{feff}' && (*c == '\t' || !scenarios::is_unshown(*c));
    let keep = |part: &str| part.chars().filter(is_shown).collect::<String>();
    let (before, within) = (keep(&line[..mark.start]), keep(&line[mark.clone()]));
    let start = before.len();
    let end = start + within.len();
    (before + &within + &keep(&line[mark.end..]), start..end)
}

/// A problem for programs.
#[derive(Debug, Serialize)]
pub struct ProblemRecord<'a> {
    file: &'a str,
    line: Option<u64>,
    column: Option<u64>,
    path: &'a str,
    message: &'a str,
    reason: Option<&'static str>,
}

impl<'a> ProblemRecord<'a> {
    /// The record of a problem.
    pub fn of(problem: &'a Problem) -> Self {
        Self {
            file: &problem.origin,
            line: problem.line,
            column: problem.column,
            path: &problem.place,
            message: &problem.message,
            reason: problem.reason.map(|reason| reason.code()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, is_coloured: bool) -> String {
        let error = scenarios::parse("a.ron", text, &mut |_| unreachable!()).expect_err("it is wrong");
        to_text(error.findings(), Gravity::Problem, is_coloured)
    }

    #[test]
    fn the_mark_stands_under_the_place_whatever_stands_before_it() {
        for (text, expected) in [
            ("[1]", "1 | [1]\n  | ^^^"),
            ("\u{feff}[1]\r\n", "1 | [1]\n  | ^^^"),
            ("\t/* жук */ [1]", "1 |     /* жук */ [1]\n  |               ^^^"),
            ("\n\n  [\n1]", "3 |   [\n  |   ^"),
            ("( \u{1b}[31m", "1 | ( [31m\n  |   ^"),
        ] {
            let shown = shown(text, false);
            assert!(shown.contains(expected), "{shown}");
        }
    }

    #[test]
    fn long_lines_are_cut_around_the_place() {
        for before in [0, 5_000, 100_000] {
            let shown = shown(&format!("{}[1{}", " ".repeat(before), ", 1".repeat(100_000) + "]"), false);
            assert!(shown.len() < 1_500 && shown.contains("[1, 1"), "{}", shown.len());
        }
    }

    #[test]
    fn what_a_problem_quotes_cannot_colour_or_move_anything() {
        let name = "a\u{1b}[2J\nb: ok.ron";
        let error = ScenarioError::of_file(name, Some((1, 1)), "it has \u{1b}[31m and \u{202e}");
        for is_coloured in [true, false] {
            let text = to_text(error.findings(), Gravity::Problem, is_coloured);
            let plain = text.replace("\u{1b}[1m", "").replace("\u{1b}[0m", "");
            let place = r"a\u{1b}[2J\nb: ok.ron:1:1:";
            let file = place.trim_end_matches(":1:1:");
            assert_eq!(plain, format!("{place} it has \\u{{1b}}[31m and \\u{{202e}}\n1 problem in {file}"));
        }
    }

    #[test]
    fn nobody_has_colours_who_wants_none_or_whose_terminal_shows_none() {
        for (no_color, term, expected) in [
            ("", "xterm-256color", true),
            ("", "", true),
            ("1", "xterm-256color", false),
            ("0", "xterm-256color", false),
            ("", "dumb", false),
            ("1", "dumb", false),
        ] {
            let allows = allows_colours(OsStr::new(no_color), OsStr::new(term));
            assert_eq!(allows, expected, "NO_COLOR={no_color} TERM={term}");
        }
    }

    #[test]
    fn colour_is_given_where_it_is_wanted() {
        assert!(shown("[1]", true).contains("\u{1b}["));
        assert!(!shown("[1]", false).contains('\u{1b}'));
    }
}
