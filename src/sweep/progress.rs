//! Cases done, rate, time left and failures: a bar on a terminal, a line now and then elsewhere.

use crate::exit::tell;
use crate::progress;
use indicatif::ProgressBar;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// How often a line is written where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Progress of one shard.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    what: String,
    begun: Instant,
    told: Instant,
    total: u64,
    /// Cases that were done before.
    found: u64,
    done: u64,
    failed: u64,
}

impl Progress {
    /// Of `total` cases `found` are done.
    pub(super) fn new(what: String, total: u64, found: u64, failed: u64) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = progress::rate_bar(total, &what);
            bar.set_position(found);
            bar.reset_eta();
            bar
        });
        let now = Instant::now();
        Self { bar, what, begun: now, told: now, total, found, done: found, failed }
    }

    /// A case is done.
    pub(super) fn add(&mut self, has_failed: bool) {
        self.done += 1;
        self.failed += u64::from(has_failed);
        match &self.bar {
            Some(bar) => {
                bar.set_position(self.done);
                if has_failed {
                    bar.set_prefix(format!("{} failed, ", self.failed));
                }
            }
            // The clock is not asked for every case.
            None if self.done.is_multiple_of(16) && self.told.elapsed() >= LINE_EVERY => {
                self.told = Instant::now();
                tell(&self.line());
            }
            None => {}
        }
    }

    /// Cases that failed, those of earlier runs among them.
    pub(super) fn failed(&self) -> u64 {
        self.failed
    }

    /// The bar goes away, and the rate is told.
    pub(super) fn finish(self) -> String {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        let seconds = self.begun.elapsed().as_secs_f64();
        format!("{} cases in {seconds:.1} s, {:.0} a second", self.done - self.found, self.rate())
    }

    fn rate(&self) -> f64 {
        (self.done - self.found) as f64 / self.begun.elapsed().as_secs_f64().max(1e-3)
    }

    fn line(&self) -> String {
        let rate = self.rate();
        let left_s = (self.total - self.done) as f64 / rate.max(1e-3);
        format!(
            "depotsim: {}: {} of {} cases, {rate:.0} a second, {left_s:.0} s left, {} failed",
            self.what, self.done, self.total, self.failed
        )
    }
}
