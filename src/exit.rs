//! Exit codes, after BSD's `sysexits.h`, and the way there.

use std::fmt::Display;
use std::io;
use std::path::Path;
use std::process::ExitCode;

/// Why a command did not end well.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// The exit code.
    pub code: Code,
    /// What stderr says: lower case, with the remedy; empty where stdout has said it all.
    pub message: String,
    /// Whether the message stands for itself, each line beginning with the place that it is about.
    pub is_report: bool,
}

/// What an exit code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// A check failed, or a difference was found.
    Different = 1,
    /// The command line, or what of the environment stands for it, contradicts itself.
    Usage = 2,
    /// The input is wrong.
    BadInput = 65,
    /// depotsim itself is wrong: an invariant broke, a panic.
    Bug = 70,
    /// Output cannot be created.
    CannotCreate = 73,
    /// Reading or writing failed.
    Io = 74,
    /// Nothing is wrong; the same command goes on from here.
    Temporary = 75,
}

impl Failure {
    /// A failure with a message.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), is_report: false }
    }

    /// A failure whose message has many lines, each beginning with its place.
    pub fn report(code: Code, message: String) -> Self {
        Self { code, message, is_report: true }
    }

    /// Names the seed of what did not come to its end; bad input has none of its own.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        if matches!(self.code, Code::Bug | Code::CannotCreate | Code::Io) && !self.is_report {
            self.message.push_str(&format!(" [seed {seed}]"));
        }
        self
    }

    /// Wrong input.
    pub fn bad_input(message: impl Display) -> Self {
        Self::new(Code::BadInput, message.to_string())
    }

    /// Reading or writing `path` failed.
    pub fn io(doing: &str, path: &Path, error: &io::Error) -> Self {
        Self::new(Code::Io, format!("{doing} {}: {error}", path.display()))
    }
}

/// Runs the program: prints what failed, and turns a panic into exit 70.
pub fn guard(program: impl FnOnce() -> Result<(), Failure> + std::panic::UnwindSafe) -> ExitCode {
    match std::panic::catch_unwind(program) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(failure)) => {
            match &failure.message {
                message if message.is_empty() => {}
                message if failure.is_report => tell(message),
                message => tell(&format!("depotsim: {message}")),
            }
            ExitCode::from(failure.code as u8)
        }
        Err(_) => {
            tell(
                "depotsim: this is a bug in depotsim; please report it with the command, the scenario and the seed",
            );
            ExitCode::from(Code::Bug as u8)
        }
    }
}

/// Writes a line to stderr. Where nobody can hear it the work goes on: a message is no reason to lose a run.
pub fn tell(line: &str) {
    use io::Write;
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Writes to stdout. Where a reader has gone away, as `head` does, the rest is left out quietly, and the command ends as it would have: whoever asks for its
/// exit code still hears of a difference.
///
/// # Errors
/// Any other failure to write.
pub fn print(text: &str) -> Result<(), Failure> {
    use io::Write;
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::io("writing", Path::new("standard output"), &error))
        }
        _ => Ok(()),
    }
}
