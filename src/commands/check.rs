//! `check`: whether scenarios can be run, and everything that keeps them from it.

use crate::cli::CheckArgs;
use crate::exit::{Code, Failure, print};
use crate::load::Opened;
use crate::problems::{Gravity, ProblemRecord, is_coloured, to_text};
use rayon::prelude::*;
use scenarios::{Findings, Overlay, Problem, ScenarioError};
use serde::Serialize;

/// What checking a scenario found.
#[derive(Serialize)]
struct Finding<'a> {
    scenario: &'a str,
    /// Whether it can be run.
    ok: bool,
    problems: Vec<ProblemRecord<'a>>,
    /// What is allowed and yet hardly meant; looked for where there are no problems.
    warnings: Vec<ProblemRecord<'a>>,
    /// How many more problems or warnings there are, at least.
    left_out: usize,
}

/// Checks scenarios in parallel and reports them in the order given.
pub(super) fn check(args: &CheckArgs) -> Result<(), Failure> {
    let judged: Vec<(Gravity, Findings)> =
        args.scenarios.par_iter().map(|name| judge(name, &args.set.set)).collect();
    let found = || args.scenarios.iter().zip(&judged);
    if args.json {
        let findings: Vec<Finding<'_>> = found().map(|(name, judged)| Finding::of(name, judged)).collect();
        let json = serde_json::to_string_pretty(&findings)
            .map_err(|error| Failure::new(Code::Bug, error.to_string()))?;
        print(&(json + "\n"))?;
    } else {
        let is_coloured = is_coloured(&std::io::stdout());
        print(&found().map(|(name, judged)| told(name, judged, is_coloured)).collect::<String>())?;
    }
    match judged.iter().any(|(gravity, _)| *gravity == Gravity::Problem) {
        true => Err(Failure::new(Code::BadInput, String::new())),
        false => Ok(()),
    }
}

/// What is to say of a scenario: what keeps it from being run, an unreadable file included, or else what is doubtful about it.
fn judge(name: &str, set: &[Overlay]) -> (Gravity, Findings) {
    let judged = match Opened::find(name) {
        Ok(opened) => opened.scenario(set),
        Err(unreadable) => Err(ScenarioError::of_file(name, unreadable.place, unreadable.message)),
    };
    match judged {
        Ok((_, warnings)) => (Gravity::Warning, warnings),
        Err(error) => (Gravity::Problem, error.findings().clone()),
    }
}

fn told(name: &str, (gravity, findings): &(Gravity, Findings), is_coloured: bool) -> String {
    let problems = findings.problems();
    let is_argument = |problem: &Problem| findings.source(problem).is_some_and(|source| source.is_argument);
    // What is said may be about a file that the scenario names, or about the command line.
    let of_whom = match problems {
        _ if problems.iter().any(|problem| problem.origin == name) => String::new(),
        _ if problems.iter().all(is_argument) => format!(" with {name}"),
        _ => format!(", asked for by {name}"),
    };
    match gravity {
        Gravity::Warning if problems.is_empty() => format!("{name}: ok\n"),
        Gravity::Warning => format!("{}{of_whom}\n{name}: ok\n", to_text(findings, *gravity, is_coloured)),
        Gravity::Problem => format!("{}{of_whom}\n", to_text(findings, *gravity, is_coloured)),
    }
}

impl<'a> Finding<'a> {
    fn of(scenario: &'a str, (gravity, findings): &'a (Gravity, Findings)) -> Self {
        let records = |wanted| match *gravity == wanted {
            true => findings.problems().iter().map(ProblemRecord::of).collect(),
            false => Vec::new(),
        };
        Self {
            scenario,
            ok: *gravity == Gravity::Warning,
            problems: records(Gravity::Problem),
            warnings: records(Gravity::Warning),
            left_out: findings.left_out(),
        }
    }
}
