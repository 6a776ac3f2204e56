//! Scenarios from bundled names and from files.

use crate::cli::{ChoiceArgs, SetArgs};
use crate::exit::{Code, Failure, escaped_line};
use crate::{not_found, problems};
use scenarios::{Bundled, Draft, Findings, Overlay, Scenario, ScenarioError};
use sim::{Control, Strategy};
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::Path;

/// The largest scenario or data file that is read \[bytes\].
pub(crate) const FILE_MAX_BYTES: u64 = 256 * 1024 * 1024;

/// A scenario's text, and where the files that it names are.
#[derive(Debug)]
pub struct Opened {
    /// The bundled name or the path, for messages.
    pub name: String,
    /// The text.
    pub text: String,
    bundled: Option<&'static Bundled>,
}

impl Opened {
    /// Finds a scenario by its bundled name or path.
    ///
    /// # Errors
    /// An unknown name or an unreadable file.
    pub fn find(name: &str) -> Result<Self, Unreadable> {
        let bundled = Bundled::find(name);
        let text = match bundled {
            Some(bundled) => bundled.text.to_owned(),
            None => {
                let path = Path::new(name);
                if let Some(message) = not_found::no_scenario(path) {
                    return Err(Unreadable::new(Code::BadInput, message));
                }
                read_text(path)?
            }
        };
        Ok(Self { name: name.to_owned(), text, bundled })
    }

    /// Reads a file that the scenario names, relative to it.
    ///
    /// # Errors
    /// A message, where there is none or it cannot be read.
    pub fn read_file(&self, file: &str) -> Result<String, String> {
        match self.bundled {
            Some(bundled) => bundled.read_file(file),
            None => {
                let folder = Path::new(&self.name).parent().unwrap_or(Path::new(""));
                if let Some(message) = not_found::no_data(folder, file) {
                    return Err(message);
                }
                read_text(&folder.join(file)).map_err(|unreadable| unreadable.to_string())
            }
        }
    }

    /// Reads and judges the scenario, with values replaced; beside it what is doubtful about it.
    ///
    /// # Errors
    /// Everything that is wrong in it.
    pub fn scenario(&self, set: &[Overlay]) -> Result<(Scenario, Findings), ScenarioError> {
        let mut read_file = |file: &str| self.read_file(file);
        Draft::read(&self.name, &self.text, &mut read_file)?.with(set)?.judge(&mut read_file)
    }
}

/// Loads a scenario by its bundled name or path, with values replaced, and tells what is doubtful about it.
///
/// # Errors
/// An unknown name, an unreadable file, or what is wrong in it.
pub fn scenario(name: &str, set: &SetArgs) -> Result<Scenario, Failure> {
    let opened = Opened::find(name).map_err(|unreadable| unreadable.of(name))?;
    let (scenario, warnings) = opened.scenario(&set.set).map_err(|error| problems::failure(&error))?;
    problems::warn(&warnings);
    Ok(scenario)
}

/// Why a file cannot be read; it is not named.
#[derive(Debug)]
pub struct Unreadable {
    /// 65 where it is not what it should be, 74 where it cannot be read.
    pub code: Code,
    /// Line and column, where the text is no text.
    pub place: Option<(u64, u64)>,
    /// What is wrong, and what to do.
    pub message: String,
}

impl Unreadable {
    fn new(code: Code, message: String) -> Self {
        Self { code, place: None, message }
    }

    /// The failure, with the file's name.
    pub fn of(self, name: &str) -> Failure {
        match self.place {
            Some(_) => {
                let error = ScenarioError::of_file(name, self.place, self.message);
                Failure::report(self.code, escaped_line(&error.to_string()))
            }
            None => Failure::new(self.code, format!("{name}: {}", self.message)),
        }
    }
}

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.place {
            Some((line, column)) => write!(f, "line {line}, column {column}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

/// Reads a text file of bounded size.
///
/// # Errors
/// Exit 65 where there is none, or it is too large or not UTF-8, 74 where it cannot be read.
pub fn read(path: &Path) -> Result<String, Failure> {
    read_text(path).map_err(|unreadable| unreadable.of(&path.display().to_string()))
}

fn read_text(path: &Path) -> Result<String, Unreadable> {
    let io = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => {
            Unreadable::new(Code::BadInput, "there is no such file".to_owned())
        }
        ErrorKind::IsADirectory => Unreadable::new(Code::BadInput, "it is a folder, and no file".to_owned()),
        _ => Unreadable::new(Code::Io, error.to_string()),
    };
    text_from(File::open(path).map_err(io)?, io)
}

/// Reads standard input as a text of bounded size.
///
/// # Errors
/// Exit 65 where it is too large or not UTF-8, 74 where it cannot be read.
pub fn read_stdin() -> Result<String, Failure> {
    let io = |error: std::io::Error| Unreadable::new(Code::Io, error.to_string());
    text_from(std::io::stdin().lock(), io).map_err(|unreadable| unreadable.of("standard input"))
}

/// The size that a file tells is not to be relied on: a device tells none and never ends.
fn text_from(from: impl Read, io: impl Fn(std::io::Error) -> Unreadable) -> Result<String, Unreadable> {
    let mut bytes = Vec::new();
    from.take(FILE_MAX_BYTES + 1).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() as u64 > FILE_MAX_BYTES {
        let message = format!("it is too large (at most {} MiB)", FILE_MAX_BYTES >> 20);
        return Err(Unreadable::new(Code::BadInput, message));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let valid = String::from_utf8_lossy(&error.as_bytes()[..at]);
        let line = valid.matches('\n').count() + 1;
        let column = valid.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
        let byte = error.as_bytes()[at];
        let message = format!("byte {byte:#04x} is not UTF-8 (save the file as UTF-8)");
        Unreadable { place: Some((line as u64, column as u64)), ..Unreadable::new(Code::BadInput, message) }
    })
}

/// Reads a file for comparison, whatever is in it.
///
/// # Errors
/// Exit 65 where there is none, 74 where it cannot be read.
pub fn read_lossy(path: &Path) -> Result<String, Failure> {
    let bytes = fs::read(path).map_err(|error| Failure::unread(path, &error))?;
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
