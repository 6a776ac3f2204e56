//! Numbers as people write them (kW, kWh, percent), held as the integers that the simulator counts in.
//!
//! Each type is bounded, and its messages name the bound; so no later product can overflow.

use crate::text::tree::typed::{self, Notation};
use crate::values::decimal::{self, DecimalError};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// A bounded number with a fixed count of decimals.
pub(crate) trait Quantity: Sized + Copy {
    /// What it is, for messages: "a power in kW".
    const WHAT: &'static str;
    const DECIMALS: u32;
    /// Bounds in the smallest unit, both allowed.
    const MIN: i64;
    const MAX: i64;

    fn from_units(units: i64) -> Self;
    fn units(self) -> i64;

    /// What is allowed, for messages.
    fn allowed() -> String {
        let (min, max) =
            (decimal::format(Self::MIN, Self::DECIMALS), decimal::format(Self::MAX, Self::DECIMALS));
        match Self::DECIMALS {
            0 => format!("{} from {min} to {max}", Self::WHAT),
            decimals => format!("{} from {min} to {max}, with at most {decimals} decimals", Self::WHAT),
        }
    }

    /// What to say of a number between two that are allowed.
    fn too_fine(text: &str) -> String {
        let what = if Self::DECIMALS == 0 { "is not a whole number" } else { "has too many decimals" };
        format!("{} {what} ({})", shown(text), Self::allowed())
    }

    fn read(text: &str) -> Result<Self, String> {
        match decimal::parse(text, Self::DECIMALS) {
            Ok(units) if (Self::MIN..=Self::MAX).contains(&units) => Ok(Self::from_units(units)),
            Ok(_) | Err(DecimalError::TooLarge) => {
                Err(format!("{} is out of bounds ({})", shown(text), Self::allowed()))
            }
            Err(DecimalError::TooManyDecimals) => Err(Self::too_fine(text)),
            Err(DecimalError::NotADecimal) => {
                let meant = meant_number::<Self>(text)
                    .map_or(String::new(), |meant| format!("did you mean {meant}? "));
                Err(format!("\"{}\" is not a number ({meant}{})", shown(text), Self::allowed()))
            }
        }
    }
}

/// The number that was probably meant by one with its unit, or with a comma for a point.
fn meant_number<Q: Quantity>(text: &str) -> Option<String> {
    let number = text.trim_end_matches(|c: char| c.is_alphabetic() || c == '%').trim();
    let number = match number.split_once(',') {
        None => number.to_owned(),
        // Three digits behind it may be thousands.
        Some((_, decimals)) if decimals.len() == 3 => return None,
        Some((whole, decimals)) => format!("{whole}.{decimals}"),
    };
    let units = decimal::parse(&number, Q::DECIMALS).ok()?;
    (Q::MIN..=Q::MAX).contains(&units).then_some(number)
}

/// A value in a message: what is very long is cut, and what could disturb a terminal is escaped.
pub(crate) fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(60).flat_map(char::escape_debug).collect();
    if text.chars().nth(60).is_some() {
        shown.push_str("...");
    }
    shown
}

/// Decimals are read as they are written; what only a float can be (`1e3`) as the shortest decimal that names it.
fn read_number<Q: Quantity>(text: &str) -> Result<Q, String> {
    match (decimal::parse(text, Q::DECIMALS), text.parse::<f64>()) {
        // Below what floats can say, which take it for 0.
        (Err(DecimalError::NotADecimal), Ok(0.0)) if is_not_zero(text) => Err(Q::too_fine(text)),
        (Err(DecimalError::NotADecimal), Ok(value)) if value.is_finite() => Q::read(&value.to_string()),
        // Beyond what floats can say; their words for it are no numbers of ours.
        (Err(DecimalError::NotADecimal), Ok(_)) if text.contains(|c: char| c.is_ascii_digit()) => {
            Err(format!("{} is out of bounds ({})", shown(text), Q::allowed()))
        }
        _ => Q::read(text),
    }
}

/// Whether a number with an exponent is another than 0, however near to it.
fn is_not_zero(text: &str) -> bool {
    let digits = text.split(['e', 'E']).next().unwrap_or_default();
    digits.contains(|c| matches!(c, '1'..='9'))
}

/// A whole number is written as one, and any other as the shortest decimal: the nearest float of at most fifteen digits prints as these digits.
fn serialize<Q: Quantity, S: Serializer>(value: Q, serializer: S) -> Result<S::Ok, S::Error> {
    let scale = 10_i64.pow(Q::DECIMALS);
    match value.units() % scale {
        0 => serializer.serialize_i64(value.units() / scale),
        _ => serializer.serialize_f64(value.units() as f64 / scale as f64),
    }
}

macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident, $what:literal, decimals $decimals:literal, $min:expr, $max:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name(i64);

        impl Quantity for $name {
            const WHAT: &'static str = $what;
            const DECIMALS: u32 = $decimals;
            const MIN: i64 = $min;
            const MAX: i64 = $max;

            fn from_units(units: i64) -> Self {
                debug_assert!((Self::MIN..=Self::MAX).contains(&units), "{units} is out of bounds");
                Self(units)
            }

            fn units(self) -> i64 {
                self.0
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                <Self as Quantity>::read(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&decimal::format(self.0, Self::DECIMALS))
            }
        }

        impl Notation for $name {
            const CHANNEL: &'static str = typed::NUMBER;

            fn read(text: &str) -> Result<Self, String> {
                read_number(text)
            }

            fn allowed() -> String {
                <Self as Quantity>::allowed()
            }

            fn placeholder() -> Self {
                Self($min)
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

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serialize(*self, serializer)
            }
        }
    };
}

quantity! {
    /// Power of one connector, charge point or vehicle: kW in files, at most 10 MW.
    LeafKw, "a power in kW", decimals 3, 0, 10_000_000
}
quantity! {
    /// A limit of any node: kW in files, at most 1 TW.
    LimitKw, "a limit in kW", decimals 3, 0, 1_000_000_000_000
}
quantity! {
    /// A base load, negative for generation: kW in files, at most 1 TW either way.
    BaseLoadKw, "a base load in kW", decimals 3, -1_000_000_000_000, 1_000_000_000_000
}
quantity! {
    /// A battery's usable capacity: kWh in files, at most 100 MWh.
    Kwh, "an energy in kWh", decimals 3, 1, 100_000_000
}
quantity! {
    /// A share: percent in files, with at most four decimals.
    Pct, "a percentage", decimals 4, 0, 1_000_000
}
quantity! {
    /// How many there are: 1 to 1,000,000.
    Count, "a count", decimals 0, 1, 1_000_000
}
quantity! {
    /// A share beside others: 1 to 1,000,000,000.
    Weight, "a weight", decimals 0, 1, 1_000_000_000
}
quantity! {
    /// A priority tier, lower first: 0 to 1,000,000.
    Tier, "a priority tier", decimals 0, 0, 1_000_000
}

quantity! {
    /// How often something happens in a day: at most once in a quarter of an hour.
    PerDay, "a number of times a day", decimals 3, 0, 96_000
}

quantity! {
    /// A current of each phase: amperes in files, at most 1 MA.
    Amps, "a current in A", decimals 3, 0, 1_000_000_000
}
quantity! {
    /// A voltage of each phase: volts in files, at most 1 MV.
    Volts, "a voltage in V", decimals 3, 1, 1_000_000_000
}
quantity! {
    /// How many phases a rating counts: 1 to 3.
    Phases, "a number of phases", decimals 0, 1, 3
}
quantity! {
    /// Share of the apparent power that is real, with at most four decimals.
    PowerFactor, "a power factor", decimals 4, 1, 10_000
}

impl LeafKw {
    /// The power of this many watts; `None` beyond the bound.
    pub fn from_w(power_w: u32) -> Option<Self> {
        (i64::from(power_w) <= Self::MAX).then_some(Self(i64::from(power_w)))
    }

    /// The power \[W\].
    pub fn w(self) -> u32 {
        self.0 as u32
    }
}

impl LimitKw {
    /// The limit \[W\].
    pub fn w(self) -> u64 {
        self.0 as u64
    }

    /// The limit of this many watts; `None` beyond the bound.
    pub fn from_w(limit_w: u64) -> Option<Self> {
        i64::try_from(limit_w).ok().filter(|units| (Self::MIN..=Self::MAX).contains(units)).map(Self)
    }
}

impl BaseLoadKw {
    /// The base load \[W\].
    pub fn w(self) -> i64 {
        self.0
    }

    /// The base load of this many watts; `None` beyond the bound.
    pub fn from_w(power_w: i64) -> Option<Self> {
        (Self::MIN..=Self::MAX).contains(&power_w).then_some(Self(power_w))
    }
}

impl Kwh {
    /// The energy \[J\].
    pub fn joules(self) -> u64 {
        self.0 as u64 * 3600
    }
}

impl Pct {
    /// The share \[ppm\].
    pub fn ppm(self) -> u32 {
        self.0 as u32
    }

    /// The share of this many millionths; `None` above 1.
    pub fn from_ppm(share_ppm: u32) -> Option<Self> {
        (i64::from(share_ppm) <= Self::MAX).then_some(Self(i64::from(share_ppm)))
    }

    /// A share written as a fraction from 0 to 1, as some tools write it, with at most six decimals.
    pub(crate) fn read_fraction(text: &str) -> Result<Self, String> {
        match decimal::parse(text, 6) {
            Ok(share_ppm @ 0..=1_000_000) => Ok(Self(share_ppm)),
            _ => Err(format!(
                "\"{}\" is not allowed (a fraction from 0 to 1, with at most 6 decimals)",
                shown(text)
            )),
        }
    }
}

impl Kwh {
    /// Reads an energy with any number of decimals, of which twelve count, and rounds it down to joules \[J\].
    pub(crate) fn read_joules(text: &str) -> Result<u64, String> {
        const DECIMALS: u32 = 12;
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let is_digits = fraction.bytes().all(|byte| byte.is_ascii_digit());
        let kept = &fraction[..if is_digits { fraction.len().min(DECIMALS as usize) } else { 0 }];
        let units = decimal::parse(&format!("{whole}.{kept}"), DECIMALS).ok().filter(|_| is_digits);
        let energy_j = units.map(|units| i128::from(units) * 3_600_000 / 10_i128.pow(DECIMALS));
        match energy_j {
            Some(energy_j @ 3_600..=360_000_000_000) => Ok(energy_j as u64),
            _ => Err(format!("\"{}\" is not allowed (an energy in kWh from 0.001 to 100000)", shown(text))),
        }
    }
}

impl Count {
    /// The count.
    pub fn get(self) -> u32 {
        self.0 as u32
    }
}

impl PerDay {
    /// Thousandths of times a day.
    pub(crate) fn milli(self) -> u64 {
        self.0 as u64
    }
}

impl Weight {
    /// The weight.
    pub fn get(self) -> u32 {
        self.0 as u32
    }

    /// This weight; `None` out of bounds.
    pub fn new(weight: u32) -> Option<Self> {
        (Self::MIN..=Self::MAX).contains(&i64::from(weight)).then_some(Self(i64::from(weight)))
    }
}

impl Tier {
    /// The tier.
    pub fn get(self) -> u32 {
        self.0 as u32
    }
}

#[expect(
    clippy::derivable_impls,
    reason = "the type comes from a macro for quantities, most of which have no default"
)]
impl Default for Tier {
    fn default() -> Self {
        Self(0)
    }
}
