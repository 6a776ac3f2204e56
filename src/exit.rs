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
    /// The message as a terminal is to show it, where it has colours: what it quotes is escaped.
    pub coloured: Option<String>,
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

impl Code {
    /// The gravest of several: a bug before wrong input, before what may go well when it is tried again, before a difference.
    pub fn gravest(codes: impl Iterator<Item = Self>) -> Option<Self> {
        let gravity = |code: &Self| match code {
            Self::Different => 0,
            Self::Temporary => 1,
            Self::Io => 2,
            Self::CannotCreate => 3,
            Self::Usage => 4,
            Self::BadInput => 5,
            Self::Bug => 6,
        };
        codes.max_by_key(gravity)
    }
}

impl Failure {
    /// A failure with a message.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), coloured: None, is_report: false }
    }

    /// A failure whose message has many lines, each beginning with its place.
    pub fn report(code: Code, message: String) -> Self {
        Self { code, message, coloured: None, is_report: true }
    }

    /// The same as other failures of its command are told: with the program's name, although a place stands in front.
    #[must_use]
    pub fn as_one_line(self) -> Self {
        Self { is_report: false, ..self }
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

    /// A file of somebody's cannot be read: whoever gave a folder, or nothing, gave wrong input.
    pub fn unread(path: &Path, error: &io::Error) -> Self {
        use io::ErrorKind::{IsADirectory, NotADirectory, NotFound};
        let what = match error.kind() {
            // Not every system says so itself.
            _ if path.is_dir() => "it is a folder, and no file",
            NotFound | NotADirectory => "there is no such file",
            IsADirectory => "it is a folder, and no file",
            _ => return Self::io("reading", path, error),
        };
        Self::bad_input(format!("{}: {what}", path.display()))
    }
}

/// Runs the program: prints what failed, and turns a panic into exit 70.
pub fn guard(program: impl FnOnce() -> Result<(), Failure> + std::panic::UnwindSafe) -> ExitCode {
    match std::panic::catch_unwind(program) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(failure)) => {
            match (&failure.message, &failure.coloured) {
                (_, Some(coloured)) => tell_as_it_is(coloured),
                (message, None) if message.is_empty() => {}
                (message, None) if failure.is_report => tell(message),
                (message, None) => tell(&format!("depotsim: {message}")),
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

/// For terminals: input may hold any characters, and a terminal obeys some of them; and two values that look alike explain nothing.
pub fn escaped(text: &str) -> String {
    escaped_unless(text, |c| c == '\n' || !scenarios::is_unshown(c))
}

/// The same of what is to be one line, whatever it quotes.
pub fn escaped_line(text: &str) -> String {
    escaped_unless(text, |c| !scenarios::is_unshown(c))
}

fn escaped_unless(text: &str, is_plain: impl Fn(char) -> bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match is_plain(c) {
            true => escaped.push(c),
            false => escaped.extend(c.escape_debug()),
        }
    }
    escaped
}

/// Writes a line to stderr, escaped. Where nobody can hear it the work goes on: a message is no reason to lose a run.
pub fn tell(line: &str) {
    tell_as_it_is(&escaped(line));
}

/// The same of a line in which what is quoted is escaped already, and the rest are colours of ours.
pub(crate) fn tell_as_it_is(line: &str) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_shown_and_nothing_else_is_changed() {
        for (text, shown, line) in [
            ("Küche – жук\nsecond", "Küche – жук\nsecond", r"Küche – жук\nsecond"),
            ("\u{1b}[2J\r\u{7f}\u{9b}", r"\u{1b}[2J\r\u{7f}\u{9b}", r"\u{1b}[2J\r\u{7f}\u{9b}"),
            ("a\u{202e}b\u{2066}\u{2069}", r"a\u{202e}b\u{2066}\u{2069}", r"a\u{202e}b\u{2066}\u{2069}"),
            (r"C:\it's", r"C:\it's", r"C:\it's"),
        ] {
            assert_eq!((escaped(text).as_str(), escaped_line(text).as_str()), (shown, line));
            assert_eq!(escaped(&escaped(text)), shown, "what is escaped stays as it is");
        }
    }
}
