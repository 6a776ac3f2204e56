//! The rows of `results.csv`.

use super::metric::{METRICS, push_decimal};
use crate::format;
use crate::tables::push_text;
use std::fmt;

/// A case and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultRow<'a> {
    /// The number of the case in the plan, from 0.
    pub case: u64,
    /// Its id: 64 hexadecimal digits.
    pub id: &'a str,
    /// Values of the parameters' columns.
    pub parameters: &'a [String],
    /// The seed.
    pub seed: u64,
    /// What became of it.
    pub outcome: &'a Outcome,
}

/// What became of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It ran to its end.
    Ran {
        /// SHA-256 of what chance decided.
        realization_digest: String,
        /// A figure for each of [`METRICS`].
        figures: Vec<Option<i64>>,
        /// Ids of the checks that failed, in the scenario's order.
        failed_checks: Vec<String>,
        /// SHA-256 of the final state and the summary.
        run_digest: String,
        /// SHA-256 of the `summary.json` that `run` writes of the same case.
        summary_sha256: String,
    },
    /// It did not.
    Ended {
        /// Why.
        status: Status,
        /// A sentence about it.
        error: String,
    },
}

/// How a case went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It ran to its end.
    Ok,
    /// It could not be run.
    Failed,
    /// An invariant broke, or the program panicked.
    Bug,
}

impl Status {
    /// The name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Bug => "bug",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Ok, Self::Failed, Self::Bug].into_iter().find(|status| status.name() == name)
    }
}

/// Columns after the parameters and before the figures.
const BEFORE: [&str; 3] = ["seed", "status", "realization_digest"];
/// Columns after the figures.
const AFTER: [&str; 4] = ["failed_checks", "run_digest", "summary_sha256", "error"];

/// Whether a column of this name stands in the table, or in that of the points, whatever is swept.
pub fn is_fixed_column(name: &str) -> bool {
    ["case", "case_id"].contains(&name)
        || BEFORE.contains(&name)
        || AFTER.contains(&name)
        || METRICS.iter().any(|metric| metric.name == name)
        || super::aggregate::is_fixed_column(name)
}

/// The first line of the table, with its end.
pub fn results_header(parameters: &[String]) -> Vec<u8> {
    let mut out = b"case,case_id,".to_vec();
    for parameter in parameters {
        push_text(&mut out, parameter);
        out.push(b',');
    }
    let metrics = METRICS.iter().map(|metric| metric.name);
    let fixed: Vec<&str> = BEFORE.into_iter().chain(metrics).chain(AFTER).collect();
    out.extend_from_slice(fixed.join(",").as_bytes());
    out.push(b'\n');
    out
}

/// Appends a row, without its end; it is one line whatever is in it.
pub fn push_result_row(out: &mut Vec<u8>, row: &ResultRow<'_>) {
    format::push_u64(out, row.case);
    out.push(b',');
    push_text(out, row.id);
    out.push(b',');
    for value in row.parameters {
        push_value(out, value);
        out.push(b',');
    }
    format::push_u64(out, row.seed);
    out.push(b',');
    match row.outcome {
        Outcome::Ran { realization_digest, figures, failed_checks, run_digest, summary_sha256 } => {
            out.extend_from_slice(format!("{},{realization_digest},", Status::Ok.name()).as_bytes());
            for (metric, figure) in METRICS.iter().zip(figures) {
                if let Some(figure) = figure {
                    push_decimal(out, *figure, metric.decimals);
                }
                out.push(b',');
            }
            // Ids have no blanks.
            push_text(out, &failed_checks.join(" "));
            out.extend_from_slice(format!(",{run_digest},{summary_sha256},").as_bytes());
        }
        Outcome::Ended { status, error } => {
            out.extend_from_slice(status.name().as_bytes());
            let empty = METRICS.len() + BEFORE.len() + AFTER.len() - 2;
            out.extend(std::iter::repeat_n(b',', empty));
            push_text(out, &one_line(error));
        }
    }
}

/// A number is a number, whatever its sign; anything else is a text, which may not become a formula.
pub(super) fn push_value(out: &mut Vec<u8>, value: &str) {
    let digits = value.strip_prefix('-').unwrap_or(value);
    let is_number = digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    match is_number {
        true => out.extend_from_slice(value.as_bytes()),
        false => push_text(out, &one_line(value)),
    }
}

fn one_line(text: &str) -> String {
    text.split(['\n', '\r']).map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ")
}

/// What is read again of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadRow {
    /// The number of the case.
    pub case: u64,
    /// Its id.
    pub id: String,
    /// The seed.
    pub seed: u64,
    /// How it went.
    pub status: Status,
    /// A figure for each of [`METRICS`]; all `None` where it did not run.
    pub figures: Vec<Option<i64>>,
    /// Ids of the checks that failed, in the scenario's order.
    pub failed_checks: Vec<String>,
    /// The sentence about what went wrong; empty where nothing did.
    pub error: String,
}

/// A line is no row of the table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is no row of results.csv ({0})")]
pub struct RowError(String);

/// Reads a row with so many parameters.
///
/// # Errors
/// What is wrong with the line.
pub fn read_result_row(line: &[u8], parameters: usize) -> Result<ReadRow, RowError> {
    let refused = |what: &dyn fmt::Display| RowError(what.to_string());
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line);
    let mut record = csv::StringRecord::new();
    let is_read = reader.read_record(&mut record).map_err(|error| refused(&error))?;
    let expected = 2 + parameters + BEFORE.len() + METRICS.len() + AFTER.len();
    if !is_read || record.len() != expected {
        return Err(refused(&format!("{} cells instead of {expected}", record.len())));
    }
    let cell = |index: usize| record.get(index).unwrap_or_default();
    let number = |index: usize| {
        cell(index).parse::<u64>().map_err(|_| refused(&format!("\"{}\" is no number", cell(index))))
    };
    let seed_at = 2 + parameters;
    let figures_at = seed_at + BEFORE.len();
    let figure = |(index, metric): (usize, &super::Metric)| match cell(figures_at + index) {
        "" => Ok(None),
        text => metric.read(text).map(Some).ok_or_else(|| refused(&format!("{} is \"{text}\"", metric.name))),
    };
    Ok(ReadRow {
        case: number(0)?,
        id: cell(1).to_owned(),
        seed: number(seed_at)?,
        status: Status::from_name(cell(seed_at + 1))
            .ok_or_else(|| refused(&format!("status is \"{}\"", cell(seed_at + 1))))?,
        figures: METRICS.iter().enumerate().map(figure).collect::<Result<_, _>>()?,
        // An id that begins like a formula has a mark before it.
        failed_checks: {
            let ids = cell(expected - AFTER.len()).trim_start_matches('\'');
            ids.split_whitespace().map(str::to_owned).collect()
        },
        error: cell(expected - 1).to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(parameters: &[String], outcome: &Outcome) -> String {
        let mut out = Vec::new();
        let row = ResultRow { case: 7, id: "abc", parameters, seed: 3, outcome };
        push_result_row(&mut out, &row);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_row_that_is_written_is_read_as_the_same() {
        let figures: Vec<Option<i64>> = (0..METRICS.len() as i64)
            .map(|figure| (figure % 3 > 0).then_some(figure * 1_001 - 3_000))
            .collect();
        let parameters = ["400".to_owned(), "Uniform(\"04:30\", \"07:00\")".to_owned()];
        let text = |text: &str| text.to_owned();
        let ran = Outcome::Ran {
            realization_digest: text("r"),
            figures: figures.clone(),
            failed_checks: vec![text("A-1"), text("B_2")],
            run_digest: text("d"),
            summary_sha256: text("s"),
        };
        let read = read_result_row(line(&parameters, &ran).as_bytes(), 2).unwrap();
        assert_eq!(
            read,
            ReadRow {
                case: 7,
                id: text("abc"),
                seed: 3,
                status: Status::Ok,
                figures,
                failed_checks: vec![text("A-1"), text("B_2")],
                error: text("")
            }
        );
        let ended = Outcome::Ended { status: Status::Failed, error: text("=a, \"b\"\n  c\r\n") };
        let written = line(&parameters, &ended);
        assert!(!written.contains('\n') && !written.contains(",="), "{written}");
        let read = read_result_row(written.as_bytes(), 2).unwrap();
        assert_eq!((read.status, read.error.as_str()), (Status::Failed, "'=a, \"b\"; c"));
        assert!(read.figures.iter().all(Option::is_none));
    }

    #[test]
    fn every_row_has_the_columns_of_the_header() {
        let parameters = ["a".to_owned()];
        let header = String::from_utf8(results_header(&parameters)).unwrap();
        let ended = Outcome::Ended { status: Status::Bug, error: String::new() };
        assert_eq!(header.matches(',').count(), line(&parameters, &ended).matches(',').count());
    }

    #[test]
    fn numbers_stay_numbers_and_texts_cannot_become_formulas() {
        for (value, expected) in
            [("-5.5", "-5.5"), ("400", "400"), ("-x", "'-x"), ("=1", "'=1"), ("a,b", "\"a,b\"")]
        {
            let mut out = Vec::new();
            push_value(&mut out, value);
            assert_eq!(String::from_utf8_lossy(&out), expected);
        }
    }

    #[test]
    fn what_is_no_row_is_refused() {
        let parameters = ["a".to_owned()];
        let good = line(&parameters, &Outcome::Ended { status: Status::Bug, error: String::new() });
        assert!(read_result_row(good.as_bytes(), 1).is_ok());
        for bad in [
            String::new(),
            good.replace("bug", "fine"),
            good.replace("7,", "x,"),
            good[..good.len() - 1].to_owned(),
            good.clone() + ",",
        ] {
            assert!(read_result_row(bad.as_bytes(), 1).is_err(), "{bad}");
        }
    }
}
