//! The depot's clock: seconds from the start become RFC 3339 with the depot's offset.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use sim::Depot;

/// Tells times of one depot. It knows an offset, not a time zone: a run's clock does not jump.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    start_unix_s: i64,
    offset: Offset,
}

impl Clock {
    /// The clock of a depot. An offset that no clock on earth has (26 hours and more) is told as UTC.
    pub fn of(depot: &Depot) -> Self {
        let offset = Offset::from_seconds(depot.utc_offset_s).unwrap_or(Offset::UTC);
        Self { start_unix_s: depot.start_unix_s, offset }
    }

    /// Its offset from UTC, such as `+08:00`.
    pub fn offset(&self) -> String {
        self.rfc3339(0).split_off("2026-03-04T16:00:00".len())
    }

    /// The moment `t_s` after the start \[s\] as RFC 3339, such as `2026-03-04T16:00:00+08:00`.
    pub fn rfc3339(&self, t_s: i64) -> String {
        self.timestamp(t_s).display_with_offset(self.offset).to_string()
    }

    /// Appends [`Clock::rfc3339`] of `t_s` \[s\].
    pub fn push_rfc3339(&self, out: &mut Vec<u8>, t_s: i64) {
        out.extend_from_slice(self.rfc3339(t_s).as_bytes());
    }

    /// The moment `t_s` after the start \[s\] as a sentence says it: `2026-03-04 16:00`, with seconds where there are any.
    pub(crate) fn wall(&self, t_s: i64) -> String {
        let time = self.civil(t_s);
        let seconds = if time.second() == 0 { String::new() } else { format!(":{:02}", time.second()) };
        format!("{} {:02}:{:02}{seconds}", time.date(), time.hour(), time.minute())
    }

    /// The date and time that the depot's clock on the wall shows at `t_s` \[s\] from the start.
    pub fn civil(&self, t_s: i64) -> DateTime {
        self.offset.to_datetime(self.timestamp(t_s))
    }

    /// Seconds since the last midnight on the depot's wall at `t_s` \[s\] from the start.
    pub fn second_of_day(&self, t_s: i64) -> i64 {
        let time = self.civil(t_s);
        i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second())
    }

    /// Moments outside the years that jiff knows (-9999 to 9999) are told as the nearest it does.
    fn timestamp(&self, t_s: i64) -> Timestamp {
        let nearest = if t_s < 0 { Timestamp::MIN } else { Timestamp::MAX };
        let unix_s = self.start_unix_s.saturating_add(t_s);
        Timestamp::from_second(unix_s).unwrap_or(nearest)
    }
}

/// A time of day and date as they stand below an axis, ASCII: `06:00` and `Thu 5 Mar 2026`.
pub(crate) fn axis_words(time: DateTime) -> (String, String) {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let weekday = WEEKDAYS[time.date().weekday().to_monday_zero_offset() as usize];
    let month = MONTHS[time.month() as usize - 1];
    (
        format!("{:02}:{:02}", time.hour(), time.minute()),
        format!("{weekday} {} {month} {}", time.day(), time.year()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(start_unix_s: i64, utc_offset_s: i32) -> Clock {
        Clock { start_unix_s, offset: Offset::from_seconds(utc_offset_s).unwrap() }
    }

    #[test]
    fn times_carry_the_offset_of_the_depot() {
        // 2026-03-04T08:00:00Z.
        let start = 1_772_611_200;
        let cases = [
            (clock(start, 8 * 3600), 0, "2026-03-04T16:00:00+08:00"),
            (clock(start, 8 * 3600), 8 * 3600, "2026-03-05T00:00:00+08:00"),
            (clock(start, 8 * 3600), -1, "2026-03-04T15:59:59+08:00"),
            (clock(start, -(9 * 3600 + 1800)), 60, "2026-03-03T22:31:00-09:30"),
            (clock(0, 0), 0, "1970-01-01T00:00:00+00:00"),
        ];
        for (clock, t_s, expected) in cases {
            assert_eq!(clock.rfc3339(t_s), expected);
        }
    }

    #[test]
    fn moments_beyond_all_calendars_do_not_panic() {
        assert!(clock(0, 0).rfc3339(i64::MAX).starts_with("9999-12-30"));
        assert!(clock(0, 0).rfc3339(i64::MIN).starts_with("-009999-01-02"));
    }

    #[test]
    fn the_axis_tells_time_of_day_and_date() {
        let words = axis_words(clock(1_772_611_200, 8 * 3600).civil(8 * 3600));
        assert_eq!(words, ("00:00".to_owned(), "Thu 5 Mar 2026".to_owned()));
        assert_eq!(clock(1_772_611_200, 8 * 3600).second_of_day(61), 16 * 3600 + 61);
    }
}
