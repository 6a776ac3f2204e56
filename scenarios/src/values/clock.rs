//! Durations, clock times and the calendar that turns them into seconds from the scenario's start.

use crate::text::tree::typed::{self, Notation};
use crate::values::quantity::shown;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// Seconds of a day.
pub(crate) const DAY_S: i64 = 86_400;

/// No time of a scenario may lie further from its start \[s\]: ten years, so that no product of times overflows.
pub(crate) const TIME_FROM_START_MAX_S: i64 = 3_660 * DAY_S;

/// Years in which a scenario may start: far enough from both ends of the calendar for every time it names.
const START_YEARS: std::ops::RangeInclusive<i16> = 1970..=2500;

/// A length of time, `1h30min` in files: days, hours, minutes, seconds, each at most once and in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(into = "String")]
pub struct Span {
    seconds: u32,
}

const SPAN_UNITS: [(&str, u32); 4] = [("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)];

impl Span {
    /// This many seconds.
    pub const fn from_s(seconds: u32) -> Self {
        Self { seconds }
    }

    /// The length \[s\].
    pub const fn s(self) -> u32 {
        self.seconds
    }
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused = || {
            format!("\"{}\" is not a duration (such as \"60s\", \"15min\", \"1h30min\", \"7d\")", shown(text))
        };
        let mut rest = text;
        let mut seconds = 0_u32;
        let mut units = SPAN_UNITS.iter();
        while !rest.is_empty() {
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let (number, after) = rest.split_at(digits);
            let letters = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
            let (unit, after) = after.split_at(letters);
            // Going on with what is left of the units refuses both a second "h" and hours after minutes.
            let (_, scale) = units.find(|(name, _)| *name == unit).ok_or_else(refused)?;
            if number.is_empty() {
                return Err(refused());
            }
            // Digits that are no `u32` are too many.
            let part = number.parse::<u32>().ok().and_then(|number| number.checked_mul(*scale));
            seconds = part.and_then(|part| seconds.checked_add(part)).ok_or_else(|| {
                format!("\"{}\" is too long for a duration (at most 49710 days)", shown(text))
            })?;
            rest = after;
        }
        if text.is_empty() { Err(refused()) } else { Ok(Self { seconds }) }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.seconds == 0 {
            return f.write_str("0s");
        }
        let mut rest = self.seconds;
        for (name, scale) in SPAN_UNITS {
            if rest >= scale {
                write!(f, "{}{name}", rest / scale)?;
                rest %= scale;
            }
        }
        Ok(())
    }
}

/// A moment with the offset it is told in: RFC 3339 in files, whole seconds, offset in whole minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
pub struct Moment {
    /// Seconds of Unix time.
    pub unix_s: i64,
    /// Offset from UTC \[s\].
    pub utc_offset_s: i32,
}

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        parse_rfc3339(text).ok_or_else(|| {
            let lacks = match parse_rfc3339(&format!("{text}Z")) {
                Some(_) => "add its offset from UTC, ",
                None => "",
            };
            format!(
                "\"{}\" is not a time with offset ({lacks}such as \"2026-03-04T16:00:00+08:00\")",
                shown(text)
            )
        })
    }
}

/// Only the one form that the program itself writes, and `Z`: what is not recorded (fractions, zone names) is not accepted either.
fn parse_rfc3339(text: &str) -> Option<Moment> {
    let number = |range: std::ops::Range<usize>| -> Option<i16> {
        let digits = text.get(range)?;
        if digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None }
    };
    let small = |range: std::ops::Range<usize>| number(range).and_then(|value| i8::try_from(value).ok());
    let marks = [(4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":")];
    if marks.iter().any(|&(at, mark)| text.get(at..at + 1) != Some(mark)) {
        return None;
    }
    let date = Date::new(number(0..4)?, small(5..7)?, small(8..10)?).ok()?;
    let time = Time::new(small(11..13)?, small(14..16)?, small(17..19)?, 0).ok()?;
    let utc_offset_s = match text.get(19..)? {
        "Z" => 0,
        offset if offset.len() == 6 && offset.get(3..4) == Some(":") => {
            let (hours, minutes) = (i32::from(number(20..22)?), i32::from(number(23..25)?));
            let seconds = (hours <= 23 && minutes <= 59).then_some(hours * 3_600 + minutes * 60)?;
            match offset.get(0..1)? {
                "+" => seconds,
                "-" => -seconds,
                _ => return None,
            }
        }
        _ => return None,
    };
    let offset = Offset::from_seconds(utc_offset_s).ok()?;
    let unix_s = offset.to_timestamp(DateTime::from_parts(date, time)).ok()?.as_second();
    Some(Moment { unix_s, utc_offset_s })
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = Offset::from_seconds(self.utc_offset_s)
            .and_then(|offset| Ok(offset.to_datetime(Timestamp::from_second(self.unix_s)?)))
            .map_err(|_| fmt::Error)?;
        let sign = if self.utc_offset_s < 0 { '-' } else { '+' };
        let minutes = self.utc_offset_s.unsigned_abs() / 60;
        let (year, month, day) = (local.year(), local.month(), local.day());
        let (hour, minute, second) = (local.hour(), local.minute(), local.second());
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

/// A time of day without a date, `06:00` or `06:00:30` in files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(into = "String")]
pub struct TimeOfDay {
    second_of_day: u32,
}

impl TimeOfDay {
    /// The time that is `second_of_day` seconds after midnight; only what is left beyond whole days counts.
    pub(crate) fn at_s(second_of_day: i64) -> Self {
        Self { second_of_day: second_of_day.rem_euclid(DAY_S) as u32 }
    }

    /// Seconds since midnight.
    pub fn s(self) -> i64 {
        i64::from(self.second_of_day)
    }
}

impl FromStr for TimeOfDay {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused = || {
            let meant = meant_time::<Self>(text);
            format!("\"{}\" is not a time of day ({meant}such as \"16:30\" or \"06:00:30\")", shown(text))
        };
        let parts: Vec<&str> = text.split(':').collect();
        let part = |index: usize, below: u32| {
            let digits: &&str = parts.get(index).ok_or_else(refused)?;
            let is_pair = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
            digits.parse().ok().filter(|value| is_pair && *value < below).ok_or_else(refused)
        };
        let seconds = match parts.len() {
            2 => 0,
            3 => part(2, 60)?,
            _ => return Err(refused()),
        };
        Ok(Self { second_of_day: part(0, 24)? * 3_600 + part(1, 60)? * 60 + seconds })
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (minutes, seconds) = (self.second_of_day / 60, self.second_of_day % 60);
        write!(f, "{:02}:{:02}", minutes / 60, minutes % 60)?;
        if seconds == 0 { Ok(()) } else { write!(f, ":{seconds:02}") }
    }
}

/// A question after the time that was probably meant: two digits, colons, no 24:00. Nothing where it is no time either.
fn meant_time<T: FromStr + fmt::Display>(text: &str) -> String {
    let lower = text.trim().to_lowercase().replace('.', ":");
    let (day, time) = lower.split_once(' ').map_or(("", lower.as_str()), |(day, time)| (day, time.trim()));
    let pad = |part: &str| if part.len() == 1 { format!("0{part}") } else { part.to_owned() };
    let padded = time.split(':').map(pad).collect::<Vec<_>>().join(":");
    // What is said of the hour 24 is of the next day.
    let better = match padded.strip_prefix("24:") {
        None => format!("{day} {padded}"),
        Some(minutes) => {
            let day = day.strip_prefix('d').and_then(|day| day.parse::<u16>().ok());
            let next = day.map_or(String::new(), |day| format!("d{}", u32::from(day) + 1));
            format!("{next} 00:{minutes}")
        }
    };
    // What is as it was before would ask for ever.
    match better.trim() {
        better if better == text => String::new(),
        better => better.parse::<T>().map_or(String::new(), |time| format!("did you mean \"{time}\"? ")),
    }
}

/// When something is: `16:30` (its first occurrence from a moment that the context gives), `d2 04:30` (on the second calendar
/// day, the day of the start being the first), or a full RFC 3339 time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
pub enum When {
    /// The first such time from the context's moment on.
    Next(TimeOfDay),
    /// That time on a numbered day.
    OnDay(u32, TimeOfDay),
    /// That moment.
    At(Moment),
}

impl FromStr for When {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused = || {
            let forms = "\"16:30\", \"d2 04:30\" for the second day, or \"2026-03-05T04:30:00+08:00\"";
            format!("\"{}\" is not a time ({}such as {forms})", shown(text), meant_time::<Self>(text))
        };
        if text.len() > 10 && text.as_bytes()[4] == b'-' {
            return text.parse().map(Self::At);
        }
        let Some(numbered) = text.strip_prefix('d') else {
            return text.parse().map(Self::Next).map_err(|_| refused());
        };
        let (day, time) = numbered.split_once(' ').ok_or_else(refused)?;
        let day = day.parse().ok().filter(|day| (1..=3_660).contains(day)).ok_or_else(refused)?;
        time.parse().map(|time| Self::OnDay(day, time)).map_err(|_| refused())
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Next(time) => time.fmt(f),
            Self::OnDay(day, time) => write!(f, "d{day} {time}"),
            Self::At(moment) => moment.fmt(f),
        }
    }
}

macro_rules! text_in_files {
    ($($name:ident: $allowed:expr, $any:expr;)*) => {$(
        impl Notation for $name {
            const CHANNEL: &'static str = typed::TEXT;

            fn read(text: &str) -> Result<Self, String> {
                text.parse()
            }

            fn allowed() -> String {
                $allowed.into()
            }

            fn placeholder() -> Self {
                $any
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                typed::schema::<Self>()
            }

            fn inline_schema() -> bool {
                true
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                typed::deserialize(deserializer)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.to_string()
            }
        }
    )*};
}
text_in_files! {
    Span: "a duration such as \"60s\", \"15min\", \"1h30min\", \"7d\"", Self::from_s(60);
    Moment: "a time with offset such as \"2026-03-04T16:00:00+08:00\"", Self { unix_s: 0, utc_offset_s: 0 };
    TimeOfDay: "a time of day such as \"16:30\" or \"06:00:30\"", Self { second_of_day: 0 };
    When: "a time such as \"16:30\", \"d2 04:30\" for the second day, or \"2026-03-05T04:30:00+08:00\"",
        Self::Next(TimeOfDay { second_of_day: 0 });
}

/// Turns times into seconds from the scenario's start, and back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calendar {
    start: Moment,
    /// Time of day at the start, in the scenario's offset \[s\].
    start_of_day_s: i64,
}

impl Calendar {
    /// The calendar of a scenario that starts then.
    ///
    /// # Errors
    /// A message that names the years in which a scenario may start.
    pub fn new(start: Moment) -> Result<Self, String> {
        let year = start.to_string().get(..4).and_then(|year| year.parse().ok()).unwrap_or(i16::MAX);
        if !START_YEARS.contains(&year) {
            let (first, last) = (START_YEARS.start(), START_YEARS.end());
            return Err(format!(
                "\"{start}\" is out of bounds (a scenario starts in the years {first} to {last})"
            ));
        }
        let start_of_day_s = (start.unix_s + i64::from(start.utc_offset_s)).rem_euclid(DAY_S);
        Ok(Self { start, start_of_day_s })
    }

    /// When tick 0 begins.
    pub fn start(&self) -> Moment {
        self.start
    }

    /// Seconds from the start to a time; a bare time of day is its first occurrence at or after `not_before_s`.
    ///
    /// # Errors
    /// A message that names the bound: no time lies more than ten years from the start.
    pub fn resolve(&self, when: When, not_before_s: i64) -> Result<i64, String> {
        let at_s = match when {
            When::Next(time) => self.next(time, not_before_s),
            When::OnDay(day, time) => (i64::from(day) - 1) * DAY_S + time.s() - self.start_of_day_s,
            When::At(moment) => moment.unix_s - self.start.unix_s,
        };
        match at_s.abs() <= TIME_FROM_START_MAX_S {
            true => Ok(at_s),
            false => Err(format!("\"{when}\" is more than ten years from the start \"{}\"", self.start)),
        }
    }

    /// Seconds from the start to the first such time of day at or after `not_before_s`.
    pub fn next(&self, time: TimeOfDay, not_before_s: i64) -> i64 {
        let of_day_s = (self.start_of_day_s + not_before_s).rem_euclid(DAY_S);
        not_before_s + (time.s() - of_day_s).rem_euclid(DAY_S)
    }

    /// The moment `at_s` seconds from the start, told in the scenario's offset.
    pub fn moment(&self, at_s: i64) -> Moment {
        Moment { unix_s: self.start.unix_s + at_s, utc_offset_s: self.start.utc_offset_s }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_and_written_in_their_shortest_form() {
        let cases = [
            ("60s", 60, "1min"),
            ("15min", 900, "15min"),
            ("1h30min", 5400, "1h30min"),
            ("7d", 604_800, "7d"),
            ("0s", 0, "0s"),
        ];
        for (text, seconds, shortest) in cases {
            let span: Span = text.parse().unwrap();
            assert_eq!((span.s(), span.to_string().as_str()), (seconds, shortest), "{text}");
            assert_eq!(shortest.parse(), Ok(span));
        }
        for text in
            ["", "60", "h", "1h1h", "5min1h", "-5s", "1.5h", "1 h", "99999999999s", "60000d", "5m", "١s"]
        {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }

    #[test]
    fn moments_are_read_strictly_and_written_as_they_were() {
        for text in ["2026-03-04T16:00:00+08:00", "2018-01-02T00:00:00+02:00", "2024-02-29T23:59:59-03:30"] {
            assert_eq!(text.parse::<Moment>().unwrap().to_string(), text);
        }
        assert_eq!("1970-01-02T00:00:00Z".parse(), Ok(Moment { unix_s: 86_400, utc_offset_s: 0 }));
        for text in [
            "2026-02-29T00:00:00Z",
            "2026-03-04T16:00:00",
            "2026-03-04 16:00:00Z",
            "2026-03-04T24:00:00Z",
            "2026-03-04T16:00:00.5Z",
            "2026-03-04T16:00:60Z",
            "2026-03-04T16:00:00+24:00",
            "2026-03-04T16:00:00+08:60",
            "2026-03-04T16:00:00+0800",
            "é026-03-04T16:00:00Z",
        ] {
            assert!(text.parse::<Moment>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_bare_time_is_its_first_occurrence() {
        let calendar = Calendar::new("2026-03-04T16:00:00+08:00".parse().unwrap()).unwrap();
        let cases = [
            ("16:00", 0, 0),
            ("16:30", 0, 1_800),
            ("15:59:59", 0, DAY_S - 1),
            ("04:30", 0, 45_000),
            ("16:30", 1_801, DAY_S + 1_800),
            ("d1 15:00", 0, -3_600),
            ("d2 04:30", 0, 45_000),
            ("2026-03-05T04:30:00+08:00", 0, 45_000),
            ("2026-03-04T20:30:00Z", 0, 45_000),
        ];
        for (text, not_before_s, expected) in cases {
            assert_eq!(calendar.resolve(text.parse().unwrap(), not_before_s), Ok(expected), "{text}");
        }
        assert_eq!(calendar.moment(45_000).to_string(), "2026-03-05T04:30:00+08:00");
        assert!(calendar.resolve("9000-01-01T00:00:00Z".parse().unwrap(), 0).is_err());
        for text in [
            "24:00",
            "7:00",
            "d0 07:00",
            "d2",
            "d2 7:00",
            "noon",
            "",
            "16:60",
            "d99999 07:00",
            "aaaaéaaaaaaaa",
        ] {
            assert!(text.parse::<When>().is_err(), "{text}");
        }
    }
}
