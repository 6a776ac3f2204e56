//! What is wrong with what is asked: every message says where, what was found, and what is allowed or what to do.

use sim::Reason;
use std::fmt;

/// At most this many problems are kept, so that a wrong unit in a million rows does not drown the first of them.
pub const PROBLEMS_MAX: usize = 200;

/// A scenario, a recording or a file that belongs to it cannot be used.
///
/// Rendered, it is one line per problem, each beginning with the place; lower case, no full stop.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScenarioError {
    /// The text is not RON, or not of the format's shape; only the first such place is known.
    #[error("{origin}:{line}:{column}: {message}")]
    Syntax {
        /// The name of the text that was read.
        origin: String,
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
        /// What was found, and what is allowed.
        message: String,
    },
    /// The shape is right, but what it says cannot be.
    #[error("{}", ProblemLines { problems, left_out: *left_out })]
    Invalid {
        /// Every problem, in the order of the format; never empty.
        problems: Vec<Problem>,
        /// How many more there were beyond [`PROBLEMS_MAX`].
        left_out: usize,
    },
}

impl ScenarioError {
    /// The problems, a syntax error counting as one.
    pub fn problems(&self) -> Vec<Problem> {
        match self {
            Self::Syntax { origin, line, column, message } => vec![Problem {
                origin: origin.clone(),
                line: Some(*line as u64),
                column: Some(*column as u64),
                place: String::new(),
                message: message.clone(),
                reason: None,
            }],
            Self::Invalid { problems, .. } => problems.clone(),
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
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
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)?;
        for number in [self.line, self.column].into_iter().flatten() {
            write!(f, ":{number}")?;
        }
        if !self.place.is_empty() {
            write!(f, ": {}", self.place)?;
        }
        write!(f, ": {}", self.message)?;
        match self.reason {
            Some(reason) => write!(f, " [{}]", reason.code()),
            None => Ok(()),
        }
    }
}

struct ProblemLines<'a> {
    problems: &'a [Problem],
    left_out: usize,
}

impl fmt::Display for ProblemLines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            let line_break = if index == 0 { "" } else { "\n" };
            write!(f, "{line_break}{problem}")?;
        }
        match self.left_out {
            0 => Ok(()),
            left_out => write!(f, "\nand {left_out} more problems"),
        }
    }
}

/// Collects problems, so that one pass reports all of them.
#[derive(Debug)]
pub(crate) struct Problems {
    origin: String,
    kept: Vec<Problem>,
    left_out: usize,
}

impl Problems {
    pub(crate) fn new(origin: &str) -> Self {
        Self { origin: origin.to_owned(), kept: Vec::new(), left_out: 0 }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// A problem at a path of ids in the scenario.
    pub(crate) fn add(&mut self, place: impl Into<String>, message: impl Into<String>) {
        self.push(None, None, place.into(), message.into(), None);
    }

    /// A problem that has a reason code.
    pub(crate) fn add_coded(&mut self, reason: Reason, place: impl Into<String>, message: impl Into<String>) {
        self.push(None, None, place.into(), message.into(), Some(reason));
    }

    /// A problem in a file that the scenario names.
    pub(crate) fn add_in_file(
        &mut self,
        file: &str,
        line: Option<u64>,
        place: &str,
        message: impl Into<String>,
    ) {
        self.push(Some(file), line, place.to_owned(), message.into(), None);
    }

    fn push(
        &mut self,
        file: Option<&str>,
        line: Option<u64>,
        place: String,
        message: String,
        reason: Option<Reason>,
    ) {
        if self.kept.len() == PROBLEMS_MAX {
            self.left_out += 1;
            return;
        }
        let origin = file.unwrap_or(&self.origin).to_owned();
        self.kept.push(Problem { origin, line, column: None, place, message, reason });
    }

    /// The value, if nothing was wrong.
    pub(crate) fn or<T>(self, value: T) -> Result<T, ScenarioError> {
        match self.kept.is_empty() {
            true => Ok(value),
            false => Err(self.into_error()),
        }
    }

    pub(crate) fn into_error(self) -> ScenarioError {
        ScenarioError::Invalid { problems: self.kept, left_out: self.left_out }
    }
}
