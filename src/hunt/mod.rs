//! Looks for what breaks: random depots, each run, recorded, read again and run again, until a budget ends.
//!
//! ```text
//!  seed ──> random depot ──> Case ──> try_case: the checker on every tick, record, reread, rerun ─┬─> Seen ──> Coverage
//!                                                                                                └─> Broken ──> shrink ──> a small file
//! ```
//!
//! - Every depot's first run is on a thread of the pool, its rerun on a thread of its own: digests must be equal.
//! - Of one in sixteen the whole pack is made, and everything explained at some moments (`reports`).
//! - Afterwards a part of the seeds is run again by one thread alone: digests must be equal again.

mod coverage;
mod reports;
mod ron_tree;
mod shrink;
mod trial;

pub use coverage::Coverage;
pub use reports::Reports;
pub use shrink::{shrink, shrink_case};
pub use trial::{Broken, Case, Seen, try_case};

use rayon::prelude::*;
use scenarios::random_depot::random_depot;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Budget {
    /// So long.
    Time(Duration),
    /// So many depots.
    Runs(u64),
}

/// What was found.
#[derive(Debug, Default)]
pub struct Hunt {
    /// Whether it was asked to stop before its budget ended.
    pub is_stopped: bool,
    /// Depots that were run.
    pub runs: u64,
    /// Ticks of their first runs.
    pub ticks: u64,
    /// Depots that were run once more by one thread alone.
    pub single_threaded: u64,
    /// Why the first pack could not be written of those that could not.
    pub untold: Option<String>,
    /// What they covered.
    pub coverage: Coverage,
    /// What broke, in order of seeds.
    pub broken: Vec<(u64, Broken)>,
}

/// Depots that are handed out at a time: enough to keep all threads busy, few enough to end soon after the budget.
const BATCH: u64 = 256;
/// One in so many seeds is run once more by one thread.
const AGAIN_EVERY: u64 = 16;

/// Hunts from a seed on with the threads of a pool, until the budget ends, something breaks or `stop` is set. `tell` hears of progress: depots so far.
pub fn hunt(
    first_seed: u64,
    budget: Budget,
    pool: &rayon::ThreadPool,
    stop: &AtomicBool,
    mut tell: impl FnMut(u64),
) -> Hunt {
    let threads = pool.current_num_threads();
    let begun = Instant::now();
    let mut found = Hunt::default();
    let mut again: Vec<(u64, String)> = Vec::new();
    let mut next = Some(first_seed);
    // There is no seed after the last number.
    while let Some(first) = next {
        let count = match budget {
            Budget::Runs(runs) => BATCH.min(runs.saturating_sub(found.runs)),
            // Running some again takes a part of the time.
            Budget::Time(time) if begun.elapsed() * 16 < time * 15 => BATCH,
            Budget::Time(_) => 0,
        };
        found.is_stopped = stop.load(Ordering::Relaxed);
        if count == 0 || found.is_stopped || !found.broken.is_empty() {
            break;
        }
        let last = first.saturating_add(count - 1);
        next = last.checked_add(1);
        // Whoever asks to stop does not wait for the rest of a batch.
        let try_unless_stopped = |seed| (!stop.load(Ordering::Relaxed)).then(|| (seed, try_seed(seed)));
        let results: Vec<_> =
            pool.install(|| (first..=last).into_par_iter().filter_map(try_unless_stopped).collect());
        for (seed, result) in results {
            found.runs += 1;
            match result {
                Ok(seen) => {
                    found.ticks += seen.ticks;
                    found.coverage.add(&seen);
                    found.untold = found.untold.take().or_else(|| seen.untold.clone());
                    if seed.is_multiple_of(AGAIN_EVERY) {
                        again.push((seed, seen.digest));
                    }
                }
                Err(broken) => found.broken.push((seed, broken)),
            }
        }
        tell(found.runs);
    }
    for (seed, digest) in again {
        let is_over = matches!(budget, Budget::Time(time) if begun.elapsed() >= time);
        found.is_stopped |= stop.load(Ordering::Relaxed);
        if is_over || found.is_stopped || !found.broken.is_empty() {
            break;
        }
        found.single_threaded += 1;
        match try_seed(seed) {
            Ok(seen) if seen.digest == digest => {}
            Ok(_) => {
                let what = format!("the digest on one thread is not {digest}, as on {threads}");
                found.broken.push((seed, Broken::new("threads", what)));
            }
            Err(broken) => found.broken.push((seed, broken)),
        }
    }
    found
}

/// Tries the depot of a seed.
///
/// # Errors
/// What broke.
pub fn try_seed(seed: u64) -> Result<Seen, Broken> {
    let depot = random_depot(seed);
    let features = depot.features.clone();
    try_case(&Case::of(&depot), Reports::Sampled).map(|seen| Seen { features, ..seen })
}

impl std::str::FromStr for Budget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(runs) = text.parse() {
            if runs == 0 {
                return Err("0 depots promise nothing (at least 1)".to_owned());
            }
            return Ok(Self::Runs(runs));
        }
        let span: scenarios::Span = text.parse().map_err(|_| {
            format!("\"{text}\" is neither a duration (such as 60s, 10min) nor a number of depots")
        })?;
        if span.s() == 0 {
            return Err("no time is no budget (at least 1s)".to_owned());
        }
        Ok(Self::Time(Duration::from_secs(span.s().into())))
    }
}
