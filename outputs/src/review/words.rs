//! How the page says things: times, durations, names of codes.

use crate::clock::Clock;
use crate::moment::FaultKind;
use jiff::Timestamp;
use sim::Depot;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// Tells times of one run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words {
    clock: Clock,
    start_unix_s: i64,
    end_s: i64,
    /// Whether a weekday is enough to tell days apart.
    is_short: bool,
}

impl Words {
    pub(super) fn of(depot: &Depot, end_s: u64) -> Self {
        let end_s = end_s as i64;
        Self {
            clock: Clock::of(depot),
            start_unix_s: depot.start_unix_s,
            end_s,
            is_short: end_s <= 6 * 86_400,
        }
    }

    /// RFC 3339.
    pub(super) fn iso(&self, t_s: i64) -> String {
        self.clock.rfc3339(t_s)
    }

    /// `Wed 19:10`, or `4 Mar 19:10` in a long run; with seconds where there are any.
    pub(super) fn short(&self, t_s: i64) -> String {
        match self.clock.civil(t_s).second() {
            0 => self.minute(t_s),
            second => format!("{}:{second:02}", self.minute(t_s)),
        }
    }

    fn minute(&self, t_s: i64) -> String {
        let time = self.clock.civil(t_s);
        let day = match self.is_short {
            true => WEEKDAYS[time.date().weekday().to_monday_zero_offset() as usize].to_owned(),
            false => format!("{} {}", time.day(), MONTHS[time.month() as usize - 1]),
        };
        format!("{day} {:02}:{:02}", time.hour(), time.minute())
    }

    /// `Wed 4 Mar 2026, 16:00`.
    pub(super) fn long(&self, t_s: i64) -> String {
        let time = self.clock.civil(t_s);
        let weekday = WEEKDAYS[time.date().weekday().to_monday_zero_offset() as usize];
        let month = MONTHS[time.month() as usize - 1];
        format!("{weekday} {} {month} {}, {:02}:{:02}", time.day(), time.year(), time.hour(), time.minute())
    }

    /// The offset of the depot's clock from UTC, such as `+08:00`.
    pub(super) fn offset(&self) -> String {
        self.clock.offset()
    }

    /// A time as HTML; numbers and letters of ours alone.
    pub(super) fn time(&self, t_s: i64) -> String {
        self.html(t_s, &self.short(t_s))
    }

    /// A time as HTML that moves the scrubber there; a plain time outside the run.
    pub(super) fn moment(&self, t_s: i64) -> String {
        self.link(t_s, &self.short(t_s))
    }

    /// The same told without seconds, for columns of times.
    pub(super) fn moment_to_the_minute(&self, t_s: i64) -> String {
        self.link(t_s, &self.minute(t_s))
    }

    fn link(&self, t_s: i64, said: &str) -> String {
        if !(0..self.end_s).contains(&t_s) {
            return self.html(t_s, said);
        }
        format!("<a class=\"moment\" href=\"#status\" data-t=\"{t_s}\">{}</a>", self.html(t_s, said))
    }

    fn html(&self, t_s: i64, said: &str) -> String {
        format!("<time datetime=\"{}\">{said}</time>", self.iso(t_s))
    }

    /// The same of a time in RFC 3339; a dash for none.
    pub(super) fn moment_of(&self, iso: Option<&str>) -> String {
        self.seconds_of(iso).map_or("–".to_owned(), |t_s| self.moment(t_s))
    }

    /// Seconds from the start of a time in RFC 3339.
    pub(super) fn seconds_of(&self, iso: Option<&str>) -> Option<i64> {
        let time: Timestamp = iso?.parse().ok()?;
        Some(time.as_second() - self.start_unix_s)
    }
}

/// What is wrong, in words.
pub(super) fn fault_in_words(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::Offline => "charger offline",
        FaultKind::Fallback => "on its fallback limit",
        FaultKind::Unavailable => "out of service",
        FaultKind::Faulted => "broken",
        FaultKind::IgnoresSetpoints => "charger ignores its setpoints",
        FaultKind::Outage => "without power",
        FaultKind::FeedLost => "feed silent, its default limit holds",
        FaultKind::FeedRefused => "feed refused",
        FaultKind::SiteRefused => "site data refused",
        FaultKind::NotMeasured => "no measurements",
    }
}

/// A code in words: `grid_connection` is `grid connection`.
pub(super) fn plain(code: &str) -> String {
    code.replace('_', " ")
}

/// Decimals without zeros that say nothing: `1100.000` is `1100`.
pub(super) fn brief(decimal: &str) -> String {
    match decimal.contains('.') {
        true => decimal.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => decimal.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_lose_nothing_but_zeros() {
        for (decimal, expected) in [("1100.000", "1100"), ("53.330", "53.33"), ("0.000", "0"), ("100", "100")]
        {
            assert_eq!(brief(decimal), expected);
        }
    }
}
