//! Decimal text to integers and back, exactly: no floating point comes between a file and its numbers.

use std::borrow::Cow;

/// Why a text is no decimal of the wanted fineness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DecimalError {
    NotADecimal,
    TooManyDecimals,
    TooLarge,
}

/// Reads `-150.5` with three decimals as `-150_500`. Trailing zeros beyond the decimals are allowed, since they say nothing, and `_` after a
/// digit, as RON has it.
pub(crate) fn parse(text: &str, decimals: u32) -> Result<i64, DecimalError> {
    let grouped = without_groups(text).ok_or(DecimalError::NotADecimal)?;
    let text = grouped.as_ref();
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !is_digits(whole) || !is_digits(fraction) {
        return Err(DecimalError::NotADecimal);
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > decimals as usize {
        return Err(DecimalError::TooManyDecimals);
    }
    let padding = std::iter::repeat_n(b'0', decimals as usize - fraction.len());
    let mut units = 0_i64;
    for digit in whole.bytes().chain(fraction.bytes()).chain(padding) {
        units = units
            .checked_mul(10)
            .and_then(|units| units.checked_add(i64::from(digit - b'0')))
            .ok_or(DecimalError::TooLarge)?;
    }
    Ok(if is_negative { -units } else { units })
}

/// A number without the underscores in it; `None` where one stands elsewhere than after a digit.
pub(crate) fn without_groups(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('_') {
        return Some(Cow::Borrowed(text));
    }
    let bytes = text.as_bytes();
    let is_in_order = |(at, &byte): (usize, &u8)| {
        byte != b'_' || at > 0 && (bytes[at - 1].is_ascii_digit() || bytes[at - 1] == b'_')
    };
    let is_sound = bytes.iter().enumerate().all(is_in_order) && bytes[0] != b'_';
    is_sound.then(|| Cow::Owned(text.replace('_', "")))
}

/// Writes `150_500` with three decimals as `150.5`: the shortest text that [`parse`] reads as the same number.
pub(crate) fn format(units: i64, decimals: u32) -> String {
    let text = format_fixed(units, decimals);
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// Writes `150_500` with three decimals as `150.500`.
pub(crate) fn format_fixed(units: i64, decimals: u32) -> String {
    let scale = 10_u64.pow(decimals);
    let sign = if units < 0 { "-" } else { "" };
    let (whole, fraction) = (units.unsigned_abs() / scale, units.unsigned_abs() % scale);
    match decimals {
        0 => format!("{sign}{whole}"),
        _ => format!("{sign}{whole}.{fraction:0width$}", width = decimals as usize),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_exactly_or_refused_with_the_right_cause() {
        let cases = [
            ("150", Ok(150_000)),
            ("150.5", Ok(150_500)),
            ("150.50000", Ok(150_500)),
            ("-0.001", Ok(-1)),
            ("+1", Ok(1000)),
            (".5", Ok(500)),
            ("5.", Ok(5000)),
            ("150.0001", Err(DecimalError::TooManyDecimals)),
            ("", Err(DecimalError::NotADecimal)),
            (".", Err(DecimalError::NotADecimal)),
            ("-", Err(DecimalError::NotADecimal)),
            ("1e3", Err(DecimalError::NotADecimal)),
            ("NaN", Err(DecimalError::NotADecimal)),
            ("1,5", Err(DecimalError::NotADecimal)),
            ("1_500.2_5", Ok(1_500_250)),
            ("-1__0_", Ok(-10_000)),
            ("_1", Err(DecimalError::NotADecimal)),
            ("1._5", Err(DecimalError::NotADecimal)),
            ("-_1", Err(DecimalError::NotADecimal)),
            ("١", Err(DecimalError::NotADecimal)),
            ("99999999999999999999", Err(DecimalError::TooLarge)),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text, 3), expected, "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_as_the_same_number() {
        for units in [0, 1, -1, 10, 999, 1000, 1001, 150_500, -150_500, 1_000_000_000_000, i64::MAX] {
            for decimals in [0, 3, 4, 6] {
                assert_eq!(parse(&format(units, decimals), decimals), Ok(units));
                assert_eq!(parse(&format_fixed(units, decimals), decimals), Ok(units));
            }
        }
        assert_eq!((format(150_000, 3), format_fixed(150_500, 3)), ("150".into(), "150.500".into()));
    }
}
