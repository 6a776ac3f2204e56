//! `check`: whether scenarios can be run, and everything that keeps them from it.

use crate::cli::CheckArgs;
use crate::exit::{Code, Failure, print};
use crate::load::Opened;
use crate::problems::{ProblemRecord, is_coloured, to_text};
use rayon::prelude::*;
use scenarios::{Overlay, ScenarioError};
use serde::Serialize;

/// What checking a scenario found.
#[derive(Serialize)]
struct Finding<'a> {
    scenario: &'a str,
    ok: bool,
    problems: Vec<ProblemRecord<'a>>,
    /// How many more problems there are, at least.
    left_out: usize,
}

/// Checks scenarios in parallel and reports them in the order given.
pub(super) fn check(args: &CheckArgs) -> Result<(), Failure> {
    let errors: Vec<Option<ScenarioError>> =
        args.scenarios.par_iter().map(|name| problems_of(name, &args.set.set)).collect();
    let found = || args.scenarios.iter().zip(&errors);
    if args.json {
        let findings: Vec<Finding<'_>> =
            found().map(|(name, error)| Finding::of(name, error.as_ref())).collect();
        let json = serde_json::to_string_pretty(&findings)
            .map_err(|error| Failure::new(Code::Bug, error.to_string()))?;
        print(&(json + "\n"))?;
    } else {
        let is_coloured = is_coloured(&std::io::stdout());
        let text = |(name, error): (&String, &Option<ScenarioError>)| match error {
            None => format!("{name}: ok\n"),
            Some(error) => format!("{} in {name}\n", to_text(error, is_coloured)),
        };
        print(&found().map(text).collect::<String>())?;
    }
    match errors.iter().any(Option::is_some) {
        true => Err(Failure::new(Code::BadInput, String::new())),
        false => Ok(()),
    }
}

/// What keeps a scenario from being run, an unreadable file included; `None` if nothing does.
fn problems_of(name: &str, set: &[Overlay]) -> Option<ScenarioError> {
    match Opened::find(name) {
        Ok(opened) => opened.scenario(set).err(),
        Err(unreadable) => Some(ScenarioError::of_file(name, unreadable.place, unreadable.message)),
    }
}

impl<'a> Finding<'a> {
    fn of(scenario: &'a str, error: Option<&'a ScenarioError>) -> Self {
        Self {
            scenario,
            ok: error.is_none(),
            problems: error
                .map(|error| error.problems().iter().map(ProblemRecord::of).collect())
                .unwrap_or_default(),
            left_out: error.map_or(0, ScenarioError::left_out),
        }
    }
}
