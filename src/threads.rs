//! Threads, which a system may refuse.

use crate::exit::{Code, Failure};

/// A pool of so many threads; as many as there are cores for `None`.
///
/// # Errors
/// Exit 74 where threads cannot be started.
pub fn pool(threads: Option<usize>) -> Result<rayon::ThreadPool, Failure> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads.unwrap_or(0))
        .build()
        .map_err(|error| Failure::new(Code::Io, format!("threads cannot be started: {error}")))
}
