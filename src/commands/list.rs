//! `scenarios` and `strategies`: what there is, a line each.

use crate::cli::ListArgs;
use crate::exit::{Code, Failure, print};
use serde::Serialize;
use sim::Strategy;

#[derive(Serialize)]
struct Entry<'a> {
    name: &'a str,
    summary: &'a str,
}

/// Lists the bundled scenarios.
pub(super) fn scenarios(args: &ListArgs) -> Result<(), Failure> {
    let bundled = scenarios::bundled().iter();
    list(args, bundled.map(|bundled| Entry { name: bundled.name, summary: bundled.title }).collect())
}

/// Lists the strategies.
pub(super) fn strategies(args: &ListArgs) -> Result<(), Failure> {
    let all = Strategy::ALL.iter();
    list(args, all.map(|strategy| Entry { name: strategy.name(), summary: strategy.summary() }).collect())
}

fn list(args: &ListArgs, entries: Vec<Entry<'_>>) -> Result<(), Failure> {
    if args.json {
        let json = serde_json::to_string_pretty(&entries)
            .map_err(|error| Failure::new(Code::Bug, error.to_string()))?;
        return print(&(json + "\n"));
    }
    let width = entries.iter().map(|entry| entry.name.len()).max().unwrap_or(0);
    print(
        &entries
            .iter()
            .map(|entry| format!("{:width$}  {}\n", entry.name, entry.summary))
            .collect::<String>(),
    )
}
