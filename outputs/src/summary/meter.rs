//! Running figures of one node's meter.

use crate::format::UNLIMITED_W;

/// An extreme and the beginning of the tick at which it was first reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct At {
    /// The value \[W\].
    pub(super) value_w: i64,
    /// When \[s\].
    pub(super) t_s: u64,
}

/// What is known of a node so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Meter {
    pub(super) energy_j: i64,
    pub(super) base_load_j: i64,
    pub(super) peak: Option<At>,
    pub(super) least_headroom: Option<At>,
    pub(super) binding_s: u64,
    pub(super) over_limit_s: u64,
}

/// A stretch of ticks in which a node's meter and limit rest.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    /// When it began \[s\].
    pub(super) t_s: u64,
    /// Its length \[s\].
    pub(super) duration_s: u64,
    pub(super) limit_w: u64,
    pub(super) measured_w: i64,
}

/// A stretch of ticks in which all else that is shown of a node rests.
#[derive(Debug, Clone, Copy)]
pub(super) struct Condition {
    /// Its length \[s\].
    pub(super) duration_s: u64,
    pub(super) base_load_w: i64,
    pub(super) is_binding: bool,
    pub(super) is_breached: bool,
}

impl Meter {
    /// Adds a stretch of the meter.
    #[inline]
    pub(super) fn read(&mut self, reading: Reading) {
        let Reading { t_s, duration_s, limit_w, measured_w } = reading;
        self.energy_j = with_energy_j(self.energy_j, measured_w, duration_s);
        if self.peak.is_none_or(|peak| measured_w > peak.value_w) {
            self.peak = Some(At { value_w: measured_w, t_s });
        }
        if limit_w != UNLIMITED_W {
            let value_w = i64::try_from(limit_w).unwrap_or(i64::MAX).saturating_sub(measured_w);
            if self.least_headroom.is_none_or(|least| value_w < least.value_w) {
                self.least_headroom = Some(At { value_w, t_s });
            }
        }
    }

    /// Adds a stretch of all else.
    pub(super) fn note(&mut self, condition: Condition) {
        let Condition { duration_s, base_load_w, is_binding, is_breached } = condition;
        self.base_load_j = with_energy_j(self.base_load_j, base_load_w, duration_s);
        self.binding_s += if is_binding { duration_s } else { 0 };
        self.over_limit_s += if is_breached { duration_s } else { 0 };
    }
}

/// A sum and the energy of a stretch \[J\]; what 64 bits hold at most (or at least), where they do not hold it.
#[inline]
fn with_energy_j(sum_j: i64, power_w: i64, duration_s: u64) -> i64 {
    let energy_j = i64::try_from(duration_s).ok().and_then(|duration_s| power_w.checked_mul(duration_s));
    let with_j = energy_j.and_then(|energy_j| sum_j.checked_add(energy_j));
    with_j.unwrap_or_else(|| {
        let sum_j = i128::from(sum_j) + i128::from(power_w) * i128::from(duration_s);
        sum_j.clamp(i64::MIN.into(), i64::MAX.into()) as i64
    })
}

/// Length of the window of the running mean \[s\].
const WINDOW_S: u32 = 1800;

/// The largest mean over 30 minutes, or over the next whole number of ticks above them.
#[derive(Debug, Clone)]
pub(super) struct RunningPeak {
    /// The newest ticks, in a ring.
    window: Vec<i64>,
    /// The place of the oldest, which the next one takes.
    next: usize,
    is_full: bool,
    /// Meters show up to 9 EW each: a window of them is more than 64 bits hold.
    sum_w: i128,
    /// The sum that the peak is the mean of.
    peak_sum_w: i128,
    /// The largest mean, rounded down, and the end of its window \[s\].
    pub(super) peak: Option<At>,
}

impl RunningPeak {
    /// Nothing seen yet, of ticks of `step_s` \[s\].
    pub(super) fn new(step_s: u32) -> Self {
        let ticks = WINDOW_S.div_ceil(step_s.max(1)).max(1) as usize;
        Self { window: vec![0; ticks], next: 0, is_full: false, sum_w: 0, peak_sum_w: 0, peak: None }
    }

    /// Adds the tick that ended at `end_s` \[s\].
    pub(super) fn add(&mut self, measured_w: i64, end_s: u64) {
        let slot = &mut self.window[self.next];
        self.sum_w += i128::from(measured_w) - i128::from(*slot);
        *slot = measured_w;
        self.next += 1;
        if self.next == self.window.len() {
            self.next = 0;
            self.is_full = true;
        }
        // Only a larger sum can have a larger mean, so that most ticks need no division.
        if !self.is_full || (self.peak.is_some() && self.sum_w <= self.peak_sum_w) {
            return;
        }
        let value_w = self.sum_w.div_euclid(self.window.len() as i128) as i64;
        if self.peak.is_none_or(|peak| value_w > peak.value_w) {
            self.peak = Some(At { value_w, t_s: end_s });
            self.peak_sum_w = self.sum_w;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_of_the_largest_meters_is_more_than_64_bits_hold_and_has_its_mean() {
        let mut peak = RunningPeak::new(600);
        for end_s in [600, 1200, 1800] {
            peak.add(9_000_000_000_000_000_000, end_s);
        }
        assert_eq!(peak.peak.map(|peak| peak.value_w), Some(9_000_000_000_000_000_000));
    }

    #[test]
    fn the_running_peak_is_the_mean_of_whole_windows_only() {
        // Ticks of 600 s: a window is three of them.
        let mut peak = RunningPeak::new(600);
        for (tick, measured_w) in [900, 0, 0, 300, 601, 0].into_iter().enumerate() {
            peak.add(measured_w, (tick as u64 + 1) * 600);
            if tick < 2 {
                assert_eq!(peak.peak, None);
            }
        }
        // Means: 300, 100, 300 (901 / 3), 300; the first of equals stays.
        assert_eq!(peak.peak, Some(At { value_w: 300, t_s: 1800 }));
        peak.add(600, 4200);
        assert_eq!(peak.peak, Some(At { value_w: 400, t_s: 4200 }));
    }

    #[test]
    fn a_tick_longer_than_the_window_is_a_window() {
        let mut peak = RunningPeak::new(3600);
        peak.add(5, 3600);
        assert_eq!(peak.peak, Some(At { value_w: 5, t_s: 3600 }));
    }

    #[test]
    fn headroom_is_negative_in_a_breach_and_unknown_without_a_limit() {
        let mut meter = Meter::default();
        let mut add = |t_s, limit_w, measured_w| {
            meter.read(Reading { t_s, duration_s: 60, limit_w, measured_w });
            meter.note(Condition {
                duration_s: 60,
                base_load_w: 10,
                is_binding: measured_w >= 90,
                is_breached: measured_w > 100,
            });
            meter.least_headroom
        };
        assert_eq!(add(0, UNLIMITED_W, 50), None);
        for (t_s, measured_w) in [(60, 90), (120, 110), (180, 110)] {
            add(t_s, 100, measured_w);
        }
        assert_eq!(meter.least_headroom, Some(At { value_w: -10, t_s: 120 }));
        assert_eq!(meter.peak, Some(At { value_w: 110, t_s: 120 }));
        assert_eq!((meter.energy_j, meter.base_load_j), (360 * 60, 40 * 60));
        assert_eq!((meter.binding_s, meter.over_limit_s), (180, 120));
    }

    #[test]
    fn energy_that_64_bits_do_not_hold_is_what_they_hold_at_most() {
        assert_eq!(with_energy_j(-7, i64::MAX, 1), i64::MAX - 7);
        assert_eq!(with_energy_j(7, i64::MAX, 1), i64::MAX);
        assert_eq!(with_energy_j(i64::MAX, i64::MIN, 1), -1);
        assert_eq!(with_energy_j(0, i64::MIN, 2), i64::MIN);
        assert_eq!(with_energy_j(i64::MIN, 2, u64::MAX), i64::MAX);
    }
}
