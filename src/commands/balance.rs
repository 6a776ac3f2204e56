//! `balance`: one cycle, from JSON to JSON.

use crate::balance_json::{Answer, Question};
use crate::cli::BalanceArgs;
use crate::exit::{Code, Failure, escaped_line, print};
use crate::load;
use serde_json::json;
use std::path::Path;

/// Decides the cycle that a file or standard input asks about. A rejected cycle is an answer like any other.
pub(super) fn balance(args: &BalanceArgs) -> Result<(), Failure> {
    if args.schema {
        let schemas =
            json!({ "input": schemars::schema_for!(Question), "output": schemars::schema_for!(Answer) });
        return print(&pretty(&schemas)?);
    }
    let (origin, text) = match args.file.as_deref().filter(|file| *file != Path::new("-")) {
        Some(file) => (file.display().to_string(), load::read(file)),
        None => ("standard input".to_owned(), load::read_stdin()),
    };
    let text = text.map_err(Failure::as_one_line)?;
    // Some editors begin every file with this mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    // A list would be read as an object's values in order, which nobody means.
    let why = match text.trim_start_matches([' ', '\t', '\r', '\n']).chars().next() {
        Some('{') => None,
        None => Some("the input is empty"),
        Some('[') => Some("found a list"),
        Some(_) => Some("found no object"),
    };
    if let Some(why) = why {
        return Err(Failure::bad_input(format!(
            "{origin}: {why} (an object in braces, {{\"nodes\": [...], \"requests\": [...]}}; `depotsim balance --schema` prints what is allowed)"
        )));
    }
    let question: Question = serde_json::from_str(text).map_err(|error| {
        let message = error.to_string();
        // serde_json ends its messages with the place, which belongs in front.
        let what = message.rsplit_once(" at line ").map_or(message.as_str(), |(what, _)| what);
        // And it speaks of the types that we read into.
        let what = match what.split_once("expected struct ") {
            Some((found, _)) => {
                format!("{}, expected an object with named values", found.trim_end_matches([',', ' ']))
            }
            None => {
                // "invalid type: sequence" is what was found, "expected a sequence" what is wanted.
                let what = what.replace(": sequence", ": a sequence").replace("a sequence", "a list");
                what.replace(": map", ": an object").replace("EOF while parsing", "the input ends within")
            }
        };
        let (line, column) = (error.line(), error.column());
        // Names and values are quoted as they are written, lines and all.
        let what = escaped_line(&what);
        Failure::bad_input(format!(
            "{origin}:{line}:{column}: {what} (`depotsim balance --schema` prints what is allowed)"
        ))
    })?;
    print(&pretty(&question.answer())?)
}

fn pretty(value: &impl serde::Serialize) -> Result<String, Failure> {
    let json =
        serde_json::to_string_pretty(value).map_err(|error| Failure::new(Code::Bug, error.to_string()))?;
    Ok(json + "\n")
}
