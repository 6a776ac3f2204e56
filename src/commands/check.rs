//! `check`: whether scenarios can be run, and everything that keeps them from it.

use crate::cli::CheckArgs;
use crate::exit::{Code, Failure, escaped_line, print};
use crate::load::{Opened, Unreadable};
use crate::problems::{Gravity, ProblemRecord, is_coloured, to_text};
use crate::threads::pool;
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
    /// What is allowed and yet hardly meant; beside problems, as far as it can be told.
    warnings: Vec<ProblemRecord<'a>>,
    /// How many more problems or warnings there are, at least.
    left_out: usize,
}

/// Checks scenarios in parallel and reports them in the order given.
pub(super) fn check(args: &CheckArgs) -> Result<(), Failure> {
    let judge_all = || args.scenarios.par_iter().map(|name| judge(name, &args.set.set)).collect();
    let judged: Vec<Judged> = pool(None)?.install(judge_all);
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
    match Code::gravest(judged.iter().filter(|judged| !judged.is_ok()).map(|judged| judged.code)) {
        Some(code) => Err(Failure::new(code, String::new())),
        None => Ok(()),
    }
}

/// What is to say of a scenario: what keeps it from being run, an unreadable file included, and what is doubtful about it.
struct Judged {
    /// What the command ends with, if that is anything.
    code: Code,
    problems: Findings,
    warnings: Findings,
}

impl Judged {
    fn is_ok(&self) -> bool {
        self.problems.problems().is_empty()
    }
}

fn judge(name: &str, set: &[Overlay]) -> Judged {
    let (code, judged) = match Opened::find(name) {
        Ok(opened) => (Code::BadInput, opened.scenario(set)),
        Err(Unreadable { code, place, message }) => (code, Err(ScenarioError::of_file(name, place, message))),
    };
    match judged {
        Ok((_, warnings)) => Judged { code, problems: Findings::default(), warnings },
        Err(error) => Judged { code, problems: error.findings().clone(), warnings: error.warnings().clone() },
    }
}

fn told(name: &str, judged: &Judged, is_coloured: bool) -> String {
    let all = [(Gravity::Warning, &judged.warnings), (Gravity::Problem, &judged.problems)];
    let said = all.into_iter().filter(|(_, findings)| !findings.problems().is_empty());
    let mut text: String = said
        .map(|(gravity, findings)| {
            format!("{}{}\n", to_text(findings, gravity, is_coloured), of_whom(name, findings))
        })
        .collect();
    if judged.is_ok() {
        text.push_str(&format!("{}: ok\n", escaped_line(name)));
    }
    text
}

/// What is said may be about a file that the scenario names, or about the command line.
fn of_whom(name: &str, findings: &Findings) -> String {
    let is_argument = |problem: &Problem| findings.source(problem).is_some_and(|source| source.is_argument);
    match findings.problems() {
        problems if problems.iter().any(|problem| problem.origin == name) => String::new(),
        problems if problems.iter().all(is_argument) => format!(" with {}", escaped_line(name)),
        _ => format!(", asked for by {}", escaped_line(name)),
    }
}

impl<'a> Finding<'a> {
    fn of(scenario: &'a str, judged: &'a Judged) -> Self {
        let records = |findings: &'a Findings| findings.problems().iter().map(ProblemRecord::of).collect();
        Self {
            scenario,
            ok: judged.is_ok(),
            problems: records(&judged.problems),
            warnings: records(&judged.warnings),
            left_out: judged.problems.left_out() + judged.warnings.left_out(),
        }
    }
}
