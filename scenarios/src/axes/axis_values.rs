//! The values of a sweep's axis, in the notation of the field that they are for: a list, or a range with a step.
//!
//! `400,600,unlimited` is a list; commas in brackets and quotes do not separate. `400..1000:50` is a range with both ends in it, of numbers,
//! of durations (`10min..1h:10min`) or of times of day (`21:00..23:00:30min`, which may pass midnight).

use crate::values::clock::{DAY_S, Span, TimeOfDay};
use crate::values::decimal;
use crate::values::quantity::shown;

/// More values than this are a slip of the pen.
pub const AXIS_VALUES_MAX: usize = 100_000;

/// Digits after the point that a range may have.
const DECIMALS: u32 = 6;

/// Reads the values of an axis, in their order.
///
/// # Errors
/// A message that says what was found, what is allowed and what to do.
pub fn axis_values(text: &str) -> Result<Vec<String>, String> {
    match range(text) {
        Some(range) => range.values(),
        None => items(text),
    }
}

/// Where a value lies on a scale of its notation, in millionths of a number, or in seconds; `None` for words.
pub fn axis_position(value: &str) -> Option<i64> {
    decimal::parse(value, DECIMALS)
        .ok()
        .or_else(|| value.parse::<Span>().ok().map(|span| i64::from(span.s())))
        .or_else(|| value.parse::<TimeOfDay>().ok().map(TimeOfDay::s))
}

/// The parts of a list, without the blanks around them.
fn items(text: &str) -> Result<Vec<String>, String> {
    let (mut items, mut item) = (Vec::new(), String::new());
    let (mut depth, mut is_quoted, mut is_escaped) = (0_i32, false, false);
    for c in text.chars() {
        match c {
            '"' if !is_escaped => is_quoted = !is_quoted,
            '(' | '[' | '{' if !is_quoted => depth += 1,
            ')' | ']' | '}' if !is_quoted => depth -= 1,
            ',' if !is_quoted && depth == 0 => {
                items.push(std::mem::take(&mut item));
                continue;
            }
            _ => {}
        }
        is_escaped = is_quoted && c == '\\' && !is_escaped;
        item.push(c);
    }
    items.push(item);
    let items: Vec<String> = items.into_iter().map(|item| item.trim().to_owned()).collect();
    match items.iter().any(String::is_empty) {
        true => Err(format!("\"{}\" has an empty value (values stand between commas: 400,600)", shown(text))),
        false if items.len() > AXIS_VALUES_MAX => Err(too_many(items.len() as u64)),
        false => Ok(items),
    }
}

/// A range as it is written.
struct Range<'a> {
    text: &'a str,
    low: &'a str,
    high: &'a str,
    /// Empty where none is said.
    step: &'a str,
}

/// A range, where the text is one: `..` outside of brackets and quotes.
fn range(text: &str) -> Option<Range<'_>> {
    let (low, rest) = text.split_once("..").filter(|_| !text.contains(['(', '[', '{', '"', ',']))?;
    let (high, step) = rest.rsplit_once(':').unwrap_or((rest, ""));
    Some(Range { text, low: low.trim(), high: high.trim(), step: step.trim() })
}

impl Range<'_> {
    fn values(&self) -> Result<Vec<String>, String> {
        let Self { low, high, step, .. } = *self;
        let number = |text| decimal::parse(text, DECIMALS).ok();
        if let (Some(low), Some(high), Some(step)) = (number(low), number(high), number(step)) {
            return self.steps(low, high, step, |units| decimal::format(units, DECIMALS));
        }
        let span = |text: &str| text.parse::<Span>().ok().map(|span| i64::from(span.s()));
        if let (Some(low), Some(high), Some(step)) = (span(low), span(high), span(step)) {
            return self.steps(low, high, step, |s| Span::from_s(s as u32).to_string());
        }
        let clock = |text: &str| text.parse::<TimeOfDay>().ok().map(TimeOfDay::s);
        if let (Some(low), Some(mut high), Some(step)) = (clock(low), clock(high), span(step)) {
            if high < low {
                high += DAY_S;
            }
            return self.steps(low, high, step, |s| TimeOfDay::at_s(s.rem_euclid(DAY_S)).to_string());
        }
        let forms = "400..1000:50, 10min..1h:10min or 21:00..23:00:30min";
        Err(format!(
            "\"{}\" is not a range (low..high:step, both ends in it, such as {forms})",
            shown(self.text)
        ))
    }

    fn steps(
        &self,
        low: i64,
        high: i64,
        step: i64,
        write: impl Fn(i64) -> String,
    ) -> Result<Vec<String>, String> {
        let refused = |why: String| Err(format!("\"{}\" {why}", shown(self.text)));
        if step <= 0 {
            return refused("has a step that is not positive (ranges go upwards: 400..1000:50)".into());
        }
        if high < low {
            return refused("goes downwards (ranges go upwards: 400..1000:50)".into());
        }
        let Some(width) = high.checked_sub(low) else { return refused("is too wide".into()) };
        if width % step != 0 {
            let last = high - width % step;
            let (below, above) = (write(last), last.checked_add(step).map(&write).unwrap_or_default());
            return refused(format!("does not end on a step (end it at {below} or {above})"));
        }
        let count = (width / step) as u64 + 1;
        match count as usize > AXIS_VALUES_MAX {
            true => Err(too_many(count)),
            false => Ok((0..count as i64).map(|number| write(low + number * step)).collect()),
        }
    }
}

fn too_many(count: u64) -> String {
    format!("{count} values are too many (at most {AXIS_VALUES_MAX})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_ranges_are_read_in_the_fields_own_notation() {
        let cases = [
            ("400", "400"),
            ("400, 600", "400|600"),
            ("fair-share,first-come", "fair-share|first-come"),
            (
                "Uniform(\"04:30\", \"07:00\"),Fixed(\"05:00\")",
                "Uniform(\"04:30\", \"07:00\")|Fixed(\"05:00\")",
            ),
            ("\"a,b\",\"c\\\",d\"", "\"a,b\"|\"c\\\",d\""),
            ("400..1000:200", "400|600|800|1000"),
            ("-1..1:0.5", "-1|-0.5|0|0.5|1"),
            ("0.1..0.3:0.1", "0.1|0.2|0.3"),
            ("7..7:1", "7"),
            ("10min..1h:25min", "10min|35min|1h"),
            ("21:00..22:00:30min", "21:00|21:30|22:00"),
            ("23:30..00:30:30min", "23:30|00:00|00:30"),
            ("21:00:30..21:01:30:30s", "21:00:30|21:01|21:01:30"),
        ];
        for (text, expected) in cases {
            assert_eq!(axis_values(text).map(|values| values.join("|")), Ok(expected.into()), "{text}");
        }
    }

    #[test]
    fn what_is_no_axis_is_refused_with_a_remedy() {
        let cases = [
            ("", "\"\" has an empty value (values stand between commas: 400,600)"),
            ("400,,600", "\"400,,600\" has an empty value (values stand between commas: 400,600)"),
            ("400..1000", "is not a range (low..high:step, both ends in it, such as"),
            ("21:00..23:00", "is not a range (low..high:step"),
            ("400..1h:5", "is not a range (low..high:step"),
            ("400..1000:0", "has a step that is not positive"),
            ("400..1000:-50", "has a step that is not positive"),
            ("1000..400:50", "goes downwards"),
            ("400..1030:50", "does not end on a step (end it at 1000 or 1050)"),
            ("1h..2h:25min", "does not end on a step (end it at 1h50min or 2h15min)"),
            ("0..1000000:1", "1000001 values are too many (at most 100000)"),
            ("0..9000000000000:1", "9000000000001 values are too many"),
        ];
        for (text, expected) in cases {
            let message = axis_values(text).expect_err(text);
            assert!(message.contains(expected), "{text}: {message}");
        }
    }

    #[test]
    fn values_have_their_place_on_a_scale() {
        let cases = [
            ("400", Some(400_000_000)),
            ("0.5", Some(500_000)),
            ("1h", Some(3600)),
            ("06:00", Some(21_600)),
            ("fair-share", None),
        ];
        for (value, expected) in cases {
            assert_eq!(axis_position(value), expected, "{value}");
        }
    }
}
