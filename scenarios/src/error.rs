//! What is wrong with what is asked: every message says where, what was found, and what is allowed or what to do.

use crate::text::source::Source;
use sim::Reason;
use std::fmt;
use std::ops::Range;

/// At most this many problems are kept, so that a wrong unit in a million rows does not drown the first of them.
pub const PROBLEMS_MAX: usize = 200;

/// What there is to say of a scenario's texts, each with its place; all problems of one that cannot be used, or warnings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Findings {
    pub(crate) problems: Vec<Problem>,
    pub(crate) left_out: usize,
    /// Whether the text could not be read beyond them.
    pub(crate) is_cut_off: bool,
    pub(crate) sources: Vec<Source>,
}

impl Findings {
    /// Each of them, in the order of the files.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// How many more there were, at least, beyond [`PROBLEMS_MAX`].
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// Whether the text could not be read beyond them, so that there may be more.
    pub fn is_cut_off(&self) -> bool {
        self.is_cut_off
    }

    /// The text in which a problem has its place, if it has one.
    pub fn source(&self, problem: &Problem) -> Option<&Source> {
        problem.range.as_ref().and_then(|_| self.sources.get(problem.source))
    }
}

/// A scenario, a recording or a file that belongs to it cannot be used.
///
/// Rendered, it is one line per problem, each beginning with the place; lower case, no full stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScenarioError {
    pub(crate) findings: Findings,
    /// What is doubtful besides; empty where nothing could be made of the text.
    pub(crate) warnings: Box<Findings>,
}

impl ScenarioError {
    /// What is doubtful besides, as far as it can be told of a text with problems.
    pub fn warnings(&self) -> &Findings {
        &self.warnings
    }

    /// Every problem with the texts that they are in; never empty.
    pub fn findings(&self) -> &Findings {
        &self.findings
    }

    /// Every problem, in the order of the files; never empty.
    pub fn problems(&self) -> &[Problem] {
        &self.findings.problems
    }

    /// A single problem of a file that could not be read as a text, at this line and column where they are known.
    pub fn of_file(origin: &str, place: Option<(u64, u64)>, message: impl Into<String>) -> Self {
        let (line, column) = place.unzip();
        let problem = Problem {
            origin: origin.to_owned(),
            line,
            column,
            message: message.into(),
            ..Problem::default()
        };
        let findings = Findings { problems: vec![problem], ..Findings::default() };
        Self { findings, warnings: Box::default() }
    }
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems().iter().enumerate() {
            let line_break = if index == 0 { "" } else { "\n" };
            write!(f, "{line_break}{problem}")?;
        }
        match self.findings.left_out {
            0 => Ok(()),
            left_out => write!(f, "\nand at least {left_out} more"),
        }
    }
}

impl std::error::Error for ScenarioError {}

/// One thing that is wrong, or doubtful.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Problem {
    /// The scenario's name, or the name of the CSV file as the scenario gives it.
    pub origin: String,
    /// Line, from 1, where it is known.
    pub line: Option<u64>,
    /// Column in characters, from 1, where it is known.
    pub column: Option<u64>,
    /// The path of ids (`site.charger_circuits.C1.parent`), or the column's name in a CSV file; may be empty.
    pub place: String,
    /// What was found, and what is allowed or what to do.
    pub message: String,
    /// The reason code, where the balancer has one for it.
    pub reason: Option<Reason>,
    /// The bytes that it is about, in the text that [`Findings::source`] gives.
    pub range: Option<Range<usize>>,
    pub(crate) source: usize,
}

impl Problem {
    /// File, line and column, each followed by a colon: how the rendered problem begins.
    fn file_and_line(&self) -> String {
        let numbers = [self.line, self.column].into_iter().flatten();
        numbers.fold(format!("{}:", self.origin), |text, number| format!("{text}{number}:"))
    }

    /// How many bytes of the rendered problem say in which file and line it is.
    pub fn place_length(&self) -> usize {
        self.file_and_line().len()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file_and_line())?;
        // A value from the command line says its path already.
        let is_said = self.origin.starts_with("--") && self.origin.contains(&format!(" {}=", self.place));
        if !self.place.is_empty() && !is_said {
            write!(f, " {}:", self.place)?;
        }
        write!(f, " {}", self.message)?;
        match self.reason {
            Some(reason) => write!(f, " [{}]", reason.code()),
            None => Ok(()),
        }
    }
}

/// A problem before its place in a text is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// The CSV file, or `None` for the scenario itself.
    pub(crate) file: Option<String>,
    /// The first byte of the row in that file; `None` for its header.
    pub(crate) row: Option<usize>,
    /// The path of ids, or the column's name.
    pub(crate) place: String,
    /// Which of several records with the same id, from 0.
    pub(crate) nth: usize,
    /// Of a second record with the same id, where the first one stands, unless that is the first record at this place.
    pub(crate) first: Option<FirstPlace>,
    pub(crate) message: String,
    pub(crate) reason: Option<Reason>,
}

/// Where the first of two records with the same id stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FirstPlace {
    /// At this path of ids, as the `nth` of several records with the same id, from 0.
    Path(String, usize),
    /// In the row that begins at this byte of the same file.
    Row(usize),
}

/// How every message about a second record with the same id puts it.
pub(crate) const TWICE: &str = "stands twice";

/// Collects problems, so that one pass reports all of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Problems {
    pub(crate) kept: Vec<Found>,
    pub(crate) left_out: usize,
}

impl Problems {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Whether further ones are only counted, so that their messages are worth no effort.
    pub(crate) fn is_full(&self) -> bool {
        self.kept.len() == PROBLEMS_MAX
    }

    /// A problem at a path of ids in the scenario.
    pub(crate) fn add(&mut self, place: impl Into<String>, message: impl Into<String>) {
        self.push(Found::at(place, message));
    }

    /// A problem that has a reason code.
    pub(crate) fn add_coded(&mut self, reason: Reason, place: impl Into<String>, message: impl Into<String>) {
        self.push(Found { reason: Some(reason), ..Found::at(place, message) });
    }

    /// A problem in a table that the scenario names: in a column of the row that begins at this byte, or of the header.
    pub(crate) fn add_in_file(
        &mut self,
        file: &str,
        row: Option<usize>,
        column: &str,
        message: impl Into<String>,
    ) {
        self.push(Found { file: Some(file.to_owned()), row, ..Found::at(column, message) });
    }

    /// A problem whose place is known more closely.
    pub(crate) fn add_found(&mut self, found: Found) {
        self.push(found);
    }

    /// The others come first.
    pub(crate) fn put_first(&mut self, others: &Self) {
        let own = std::mem::replace(self, others.clone());
        self.left_out += own.left_out;
        own.kept.into_iter().for_each(|found| self.keep(found));
    }

    fn push(&mut self, mut found: Found) {
        // Of records with the same id, the second is the one to be renamed, then the third.
        if found.message.contains(TWICE) && found.nth == 0 {
            let alike = |other: &&Found| other.place == found.place && other.message.contains(TWICE);
            found.nth = 1 + self.kept.iter().filter(alike).count();
        }
        self.keep(found);
    }

    fn keep(&mut self, found: Found) {
        match self.is_full() {
            true => self.left_out += 1,
            false => self.kept.push(found),
        }
    }
}

impl Found {
    pub(crate) fn at(place: impl Into<String>, message: impl Into<String>) -> Self {
        let (place, message) = (place.into(), message.into());
        Self { file: None, row: None, place, nth: 0, first: None, message, reason: None }
    }
}
