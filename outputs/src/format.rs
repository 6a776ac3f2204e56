//! The one place where integers become decimals: everything people read in files passes through here.
//!
//! Every function appends to a byte buffer, so that a row costs no allocation; [`text`] turns one into a `String`.

/// "No limit" in columns of limits \[W\], as the balancer writes it; told as an empty cell.
pub const UNLIMITED_W: u64 = u64::MAX;

/// A whole number and what it counts, as `1 breach`, `3 breaches`.
pub fn counted(count: u64, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

/// Appends a whole number.
pub fn push_u64(out: &mut Vec<u8>, value: u64) {
    // u64::MAX has 20 digits.
    let mut digits = [0_u8; 20];
    let mut start = digits.len();
    let mut rest = value;
    loop {
        start -= 1;
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[start..]);
}

/// Appends a whole number that may be negative.
pub fn push_i64(out: &mut Vec<u8>, value: i64) {
    if value < 0 {
        out.push(b'-');
    }
    push_u64(out, value.unsigned_abs());
}

/// Appends `value` thousandths with three decimals.
fn push_thousandths(out: &mut Vec<u8>, value: u64) {
    push_u64(out, value / 1000);
    let rest = value % 1000;
    out.extend_from_slice(&[
        b'.',
        b'0' + (rest / 100) as u8,
        b'0' + (rest / 10 % 10) as u8,
        b'0' + (rest % 10) as u8,
    ]);
}

/// Appends watts as kW with three decimals; nothing for [`UNLIMITED_W`].
pub fn push_kw(out: &mut Vec<u8>, power_w: u64) {
    if power_w != UNLIMITED_W {
        push_thousandths(out, power_w);
    }
}

/// Appends watts that may be negative (generation) as kW with three decimals.
pub fn push_kw_signed(out: &mut Vec<u8>, power_w: i64) {
    if power_w < 0 {
        out.push(b'-');
    }
    push_thousandths(out, power_w.unsigned_abs());
}

/// Appends joules as kWh with three decimals, rounded down to the watt hour.
pub fn push_kwh(out: &mut Vec<u8>, energy_j: u64) {
    push_thousandths(out, energy_j / 3600);
}

/// Appends joules as kWh, where 64 bits may not hold them: a breach of terawatts over months, say.
pub fn push_kwh_wide(out: &mut Vec<u8>, energy_j: u128) {
    // Watt hours in 64 bits reach further than any run.
    push_thousandths(out, u64::try_from(energy_j / 3600).unwrap_or(u64::MAX));
}

/// Appends joules that may be negative as kWh with three decimals, rounded down (away from zero below it).
pub fn push_kwh_signed(out: &mut Vec<u8>, energy_j: i64) {
    let energy_wh = energy_j.div_euclid(3600);
    push_kw_signed(out, energy_wh);
}

/// Appends parts per million as percent with two decimals, rounded down.
pub fn push_percent(out: &mut Vec<u8>, ratio_ppm: u64) {
    let hundredths = ratio_ppm / 100;
    push_u64(out, hundredths / 100);
    out.extend_from_slice(&[b'.', b'0' + (hundredths / 10 % 10) as u8, b'0' + (hundredths % 10) as u8]);
}

/// Appends seconds as whole minutes, rounded down (away from zero below it, so that late is never told as on time).
pub fn push_minutes(out: &mut Vec<u8>, duration_s: i64) {
    push_i64(out, duration_s.div_euclid(60));
}

/// Appends `true` or `false`.
pub fn push_bool(out: &mut Vec<u8>, value: bool) {
    out.extend_from_slice(if value { b"true" } else { b"false" });
}

/// Energy as a share of a battery \[ppm\], rounded down; 0 for a battery without capacity.
pub fn soc_ppm(energy_j: u64, battery_j: u64) -> u64 {
    if battery_j == 0 {
        return 0;
    }
    // With batteries up to 100 MWh (3.6e11 J) the product stays below 2^64; u128 keeps it right beyond.
    (u128::from(energy_j) * 1_000_000 / u128::from(battery_j)) as u64
}

/// Collects what `push` appends into a `String`.
pub fn text(push: impl FnOnce(&mut Vec<u8>)) -> String {
    // Long enough for most numbers at once.
    let mut bytes = Vec::with_capacity(24);
    push(&mut bytes);
    // Every function above appends ASCII; nothing is lost.
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// Watts as kW with three decimals; empty for [`UNLIMITED_W`].
pub fn kw(power_w: u64) -> String {
    text(|out| push_kw(out, power_w))
}

/// Watts that may be negative as kW with three decimals.
pub fn kw_signed(power_w: i64) -> String {
    text(|out| push_kw_signed(out, power_w))
}

/// Joules as kWh with three decimals, rounded down.
pub fn kwh(energy_j: u64) -> String {
    text(|out| push_kwh(out, energy_j))
}

/// Joules as kWh with three decimals, rounded down, where 64 bits may not hold them.
pub fn kwh_wide(energy_j: u128) -> String {
    text(|out| push_kwh_wide(out, energy_j))
}

/// Joules that may be negative as kWh with three decimals, rounded down.
pub fn kwh_signed(energy_j: i64) -> String {
    text(|out| push_kwh_signed(out, energy_j))
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    text(|out| push_hex(out, bytes))
}

/// Appends bytes as lower-case hexadecimal digits.
pub fn push_hex(out: &mut Vec<u8>, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        out.extend_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
}

/// Seconds for a sentence: `45 s`, `12 min`, `3 h 20 min`; exact.
pub fn duration(duration_s: i64) -> String {
    let sign = if duration_s < 0 { "−" } else { "" };
    let s = duration_s.unsigned_abs();
    let parts = [(s / 3600, "h"), (s / 60 % 60, "min"), (s % 60, "s")];
    let said: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count} {unit}")).collect();
    if said.is_empty() { "0 s".to_owned() } else { format!("{sign}{}", said.join(" ")) }
}

/// The same in whole minutes, rounded down as [`push_minutes`] does.
pub fn duration_min(duration_s: i64) -> String {
    match duration_s.div_euclid(60) {
        0 => "0 min".to_owned(),
        minutes => duration(minutes * 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn watts_become_kilowatts_with_three_decimals() {
        let cases = [
            (0, "0.000"),
            (7, "0.007"),
            (999, "0.999"),
            (1_000, "1.000"),
            (150_000, "150.000"),
            (1_099_999, "1099.999"),
            (u64::MAX - 1, "18446744073709551.614"),
            (UNLIMITED_W, ""),
        ];
        for (power_w, expected) in cases {
            assert_eq!(kw(power_w), expected, "{power_w} W");
        }
        assert_eq!(kw_signed(-1_500), "-1.500");
        assert_eq!(kw_signed(-1), "-0.001");
        assert_eq!(kw_signed(i64::MIN), "-9223372036854775.808");
    }

    #[test]
    fn joules_become_kilowatt_hours_rounded_down_to_the_watt_hour() {
        let cases = [
            (0, "0.000"),
            (3_599, "0.000"),
            (3_600, "0.001"),
            (3_600_000, "1.000"),
            (1_440_000_000, "400.000"),
        ];
        for (energy_j, expected) in cases {
            assert_eq!(kwh(energy_j), expected, "{energy_j} J");
        }
        assert_eq!(kwh_signed(-1), "-0.001");
        assert_eq!(kwh_signed(-3_600), "-0.001");
        assert_eq!(kwh_signed(7_200), "0.002");
    }

    #[test]
    fn ratios_become_percent_with_two_decimals_rounded_down() {
        let cases = [
            (0, "0.00"),
            (99, "0.00"),
            (100, "0.01"),
            (123_456, "12.34"),
            (999_999, "99.99"),
            (1_000_000, "100.00"),
        ];
        for (ratio_ppm, expected) in cases {
            assert_eq!(text(|out| push_percent(out, ratio_ppm)), expected, "{ratio_ppm} ppm");
        }
    }

    #[test]
    fn a_full_battery_is_a_million_parts_and_none_is_zero() {
        assert_eq!(soc_ppm(1_440_000_000, 1_440_000_000), 1_000_000);
        assert_eq!(soc_ppm(1_439_999_999, 1_440_000_000), 999_999);
        assert_eq!(soc_ppm(5, 0), 0);
    }

    #[test]
    fn minutes_round_down_on_both_sides_of_zero() {
        let cases = [(0, "0"), (59, "0"), (60, "1"), (-1, "-1"), (-60, "-1"), (-61, "-2")];
        for (duration_s, expected) in cases {
            assert_eq!(text(|out| push_minutes(out, duration_s)), expected, "{duration_s} s");
        }
    }

    #[test]
    fn bytes_become_two_digits_each() {
        assert_eq!(hex(&[0, 15, 16, 255]), "000f10ff");
    }

    #[test]
    fn durations_lose_nothing_but_zeros() {
        let cases = [
            (0, "0 s"),
            (45, "45 s"),
            (720, "12 min"),
            (12_000, "3 h 20 min"),
            (3_601, "1 h 1 s"),
            (-60, "−1 min"),
        ];
        for (duration_s, expected) in cases {
            assert_eq!(duration(duration_s), expected);
        }
        for (duration_s, expected) in [(59, "0 min"), (61, "1 min"), (3_661, "1 h 1 min"), (-1, "−1 min")] {
            assert_eq!(duration_min(duration_s), expected);
        }
    }
}
