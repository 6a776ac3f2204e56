//! Scenarios from bundled names and from files.

use crate::cli::ChoiceArgs;
use crate::exit::{Code, Failure};
use scenarios::{Bundled, Scenario};
use sim::{Control, Strategy};
use std::fs;
use std::path::Path;

/// The largest scenario or data file that is read \[bytes\].
const FILE_MAX_BYTES: u64 = 256 * 1024 * 1024;

/// Loads a scenario by its bundled name or path.
///
/// # Errors
/// An unknown name, an unreadable file, or what is wrong in it.
pub fn scenario(name: &str) -> Result<Scenario, Failure> {
    if let Some(bundled) = Bundled::find(name) {
        return bundled.load().map_err(Failure::bad_input);
    }
    let path = Path::new(name);
    if !path.exists() {
        return Err(unknown(name));
    }
    let text = read(path)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut read_file = |file: &str| read(&folder.join(file)).map_err(|failure| failure.message);
    scenarios::parse(name, &text, &mut read_file).map_err(Failure::bad_input)
}

/// Reads a text file of bounded size.
///
/// # Errors
/// Exit 74 where it cannot be read, 65 where it is too large or not UTF-8.
pub fn read(path: &Path) -> Result<String, Failure> {
    let size = fs::metadata(path).map_err(|error| Failure::io("reading", path, &error))?.len();
    if size > FILE_MAX_BYTES {
        let detail = format!("{}: {size} bytes (at most {FILE_MAX_BYTES} are read)", path.display());
        return Err(Failure::bad_input(detail));
    }
    let bytes = fs::read(path).map_err(|error| Failure::io("reading", path, &error))?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Failure::bad_input(format!("{}: byte {at} is not UTF-8 (save the file as UTF-8)", path.display()))
    })
}

/// Reads a file for comparison, whatever is in it.
///
/// # Errors
/// Exit 74 where it cannot be read.
pub fn read_lossy(path: &Path) -> Result<String, Failure> {
    let bytes = fs::read(path).map_err(|error| Failure::io("reading", path, &error))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Applies choices of the command line to a scenario.
///
/// # Errors
/// None for what the command line lets through.
pub fn choose(scenario: Scenario, choices: &ChoiceArgs) -> Result<Scenario, Failure> {
    let scenario = match choices.strategy.as_deref() {
        None => scenario,
        Some(name) => {
            scenario.with_strategy(Strategy::from_name(name).ok_or_else(|| unknown_choice("strategy", name))?)
        }
    };
    choose_control(scenario, choices.control.as_deref())
}

/// Applies a level of control, where one is given.
///
/// # Errors
/// None for what the command line lets through.
pub fn choose_control(scenario: Scenario, control: Option<&str>) -> Result<Scenario, Failure> {
    Ok(match control {
        None => scenario,
        Some(name) => {
            scenario.with_control(Control::from_name(name).ok_or_else(|| unknown_choice("control", name))?)
        }
    })
}

fn unknown_choice(what: &str, name: &str) -> Failure {
    Failure::new(Code::BadInput, format!("{what} \"{name}\" does not exist"))
}

fn unknown(name: &str) -> Failure {
    let names: Vec<&str> = scenarios::bundled().iter().map(|bundled| bundled.name).collect();
    Failure::bad_input(format!(
        "scenario \"{name}\" is neither bundled nor a file (bundled are: {}; or give a path to a .ron file)",
        names.join(", ")
    ))
}
