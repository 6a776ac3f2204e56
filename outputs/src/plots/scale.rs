//! From values to pixels, and where ticks stand: integers, so that ticks are the same everywhere.

use super::canvas::Point;
use crate::clock::{Clock, axis_words};

/// The frame of a plot \[px\].
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
}

/// Power on the vertical axis \[W\].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PowerScale {
    pub(super) bottom_w: i64,
    pub(super) top_w: i64,
    pub(super) step_w: i64,
}

impl PowerScale {
    /// Round ticks, at most `ticks_max` and about that many, that hold everything from `least_w` to `most_w` and zero.
    pub(super) fn holding(least_w: i64, most_w: i64, ticks_max: i64) -> Self {
        Self::between(least_w.min(0), most_w.max(1), ticks_max)
    }

    /// The same that holds zero only where that is among them.
    pub(super) fn between(least_w: i64, most_w: i64, ticks_max: i64) -> Self {
        let most_w = most_w.max(least_w.saturating_add(1));
        let range_w = most_w.saturating_sub(least_w);
        // Steps are 1, 2, 5, 10, 20, 50, ... watts.
        let mut decade_w = 1;
        let mut step_w = 1;
        while range_w / step_w >= ticks_max {
            (decade_w, step_w) = match step_w / decade_w {
                1 => (decade_w, 2 * decade_w),
                2 => (decade_w, 5 * decade_w),
                _ => (10 * decade_w, 10 * decade_w),
            };
        }
        let top_w = (most_w + step_w - 1).div_euclid(step_w) * step_w;
        Self { bottom_w: least_w.div_euclid(step_w) * step_w, top_w, step_w }
    }

    /// The ticks, from the bottom up \[W\].
    pub(super) fn ticks(&self) -> impl Iterator<Item = i64> + use<> {
        let Self { bottom_w, top_w, step_w } = *self;
        (0..=(top_w - bottom_w) / step_w).map(move |ix| bottom_w + ix * step_w)
    }
}

/// The plane of a plot: time to the right, power up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plane {
    pub(super) frame: Frame,
    pub(super) power: PowerScale,
    /// Time at the right edge \[s\]; the left edge is the start.
    pub(super) duration_s: u64,
}

impl Plane {
    /// Where a time stands \[px\].
    pub(super) fn x(&self, t_s: u64) -> f64 {
        let Frame { left, right, .. } = self.frame;
        left + (right - left) * (t_s.min(self.duration_s) as f64 / self.duration_s.max(1) as f64)
    }

    /// Where a power stands \[px\]; what is above the top or below the bottom stands at the edge.
    pub(super) fn y(&self, power_w: i64) -> f64 {
        let Frame { top, bottom, .. } = self.frame;
        let PowerScale { bottom_w, top_w, .. } = self.power;
        let share = (power_w.clamp(bottom_w, top_w) - bottom_w) as f64 / (top_w - bottom_w) as f64;
        bottom - (bottom - top) * share
    }

    /// Where a power at a time stands.
    pub(super) fn at(&self, t_s: u64, power_w: i64) -> Point {
        (self.x(t_s), self.y(power_w))
    }
}

/// A tick of the time axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TimeTick {
    /// When \[s\] from the start.
    pub(super) t_s: u64,
    /// `HH:MM`.
    pub(super) time: String,
    /// The date, at the axis' beginning and where the day changes.
    pub(super) date: Option<String>,
    /// Whether a day begins here.
    pub(super) is_midnight: bool,
}

/// Distances between ticks \[s\]: whole parts or multiples of an hour, then of a day.
const STEPS_S: [u64; 17] = [
    60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 1_209_600,
    2_592_000, 7_776_000,
];

/// Ticks at round times of the depot's wall clock, at most `ticks_max` of them. A date needs the room of two labels.
pub(super) fn time_ticks(clock: &Clock, duration_s: u64, ticks_max: u64) -> Vec<TimeTick> {
    const DAY_S: i64 = 86_400;
    let fits = |step_s: &u64| duration_s / step_s < ticks_max.max(1);
    let step_s = STEPS_S.into_iter().find(fits).unwrap_or_else(|| duration_s.div_ceil(ticks_max.max(1)));
    // Steps of a day and more begin at the first midnight.
    let from_midnight_s = clock.second_of_day(0);
    let grid_s = (step_s as i64).min(DAY_S);
    let first_s = (-from_midnight_s).rem_euclid(grid_s) as u64;
    let mut ticks = Vec::new();
    let mut t_s = first_s;
    while t_s <= duration_s {
        let civil = clock.civil(t_s as i64);
        let (time, date) = axis_words(civil);
        let is_midnight = clock.second_of_day(t_s as i64) == 0;
        let is_dated = is_midnight || ticks.is_empty();
        ticks.push(TimeTick { t_s, time, date: is_dated.then_some(date), is_midnight });
        t_s += step_s;
    }
    ticks
}

/// A power as people read it on an axis \[kW\]: thousands separated, no needless decimals.
pub(super) fn kw_label(power_w: i64) -> String {
    let sign = if power_w < 0 { "-" } else { "" };
    let (kw, rest) = (power_w.unsigned_abs() / 1000, power_w.unsigned_abs() % 1000);
    let decimals = format!(".{rest:03}");
    format!("{sign}{}{}", count_label(kw), decimals.trim_end_matches('0').trim_end_matches('.'))
}

/// A whole number with its thousands separated.
pub(super) fn count_label(count: u64) -> String {
    let digits = count.to_string();
    let mut grouped = String::new();
    for (ix, digit) in digits.chars().enumerate() {
        if ix > 0 && (digits.len() - ix).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn power_ticks_are_round_and_hold_everything() {
        let cases = [
            ((0, 1_100_000), 8, (0, 1_200_000, 200_000)),
            ((0, 1_600_000), 8, (0, 1_600_000, 500_000)),
            ((0, 0), 8, (0, 1, 1)),
            ((-90_000, 320_000), 8, (-100_000, 400_000, 100_000)),
            ((0, 7), 8, (0, 7, 1)),
        ];
        for ((least_w, most_w), ticks_max, (bottom_w, top_w, step_w)) in cases {
            let scale = PowerScale::holding(least_w, most_w, ticks_max);
            assert_eq!((scale.bottom_w, scale.step_w), (bottom_w, step_w), "{least_w}..{most_w}");
            assert!(scale.top_w >= top_w.min(most_w), "{least_w}..{most_w}");
            assert!(scale.ticks().count() as i64 <= ticks_max + 2);
        }
    }

    #[test]
    fn axis_labels_separate_thousands_and_drop_needless_decimals() {
        let cases =
            [(0, "0"), (1_100_000, "1,100"), (500, "0.5"), (-90_000, "-90"), (12_345_678_000, "12,345,678")];
        for (power_w, expected) in cases {
            assert_eq!(kw_label(power_w), expected);
        }
    }
}
