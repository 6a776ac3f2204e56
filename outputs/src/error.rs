//! Why something could not be told.

use std::io;

/// A file could not be written. It ends the run.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {file}: {source}")]
pub struct WriteError {
    /// The file's name in a pack.
    pub file: &'static str,
    /// What the writer said.
    pub source: io::Error,
}
