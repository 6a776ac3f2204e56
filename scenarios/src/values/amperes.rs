//! Ratings in amperes, turned into watts exactly: `floor(rating_a * voltage_v * phases * power_factor)`.

use crate::error::Problems;
use crate::site::site_file::{Charger, ChargerCircuit, GridConnection};
use crate::values::decimal;
use crate::values::quantity::{Amps, Phases, PowerFactor, Quantity, Volts};
use sim::Reason;

/// A rating as a record gives it in amperes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Current {
    rating_a: Option<Amps>,
    voltage_v: Option<Volts>,
    phases: Option<Phases>,
    power_factor: Option<PowerFactor>,
}

macro_rules! rated_in_amperes {
    ($($record:ty),*) => {$(
        impl From<&$record> for Current {
            fn from(record: &$record) -> Self {
                Self {
                    rating_a: record.rating_a,
                    voltage_v: record.voltage_v,
                    phases: record.phases,
                    power_factor: record.power_factor,
                }
            }
        }
    )*};
}
rated_in_amperes!(GridConnection, ChargerCircuit, Charger);

impl Current {
    /// The limit of a record \[W\], which it gives in kW as `kw_field` or in amperes, at most `max_w`.
    pub(crate) fn or_kw(
        self,
        (kw_field, limit_w): (&str, Option<u64>),
        max_w: u64,
        place: &str,
        problems: &mut Problems,
    ) -> Option<u64> {
        let Some(rating_a) = self.rating_a else {
            if let Some(field) = self.first_companion() {
                let message = "stands without rating_a (give rating_a too, or leave it out)";
                problems.add(format!("{place}.{field}"), message);
            }
            return limit_w;
        };
        if limit_w.is_some() {
            let message = format!(
                "{rating_a} A beside {kw_field} are two values for one limit (give it in amperes or in kW)"
            );
            problems.add_coded(Reason::InvalidLimit, format!("{place}.rating_a"), message);
            return limit_w;
        }
        let Some(voltage_v) = self.voltage_v else {
            let message = format!(
                "{rating_a} A say no power without voltage_v (the voltage of each phase, such as 230)"
            );
            problems.add(format!("{place}.rating_a"), message);
            return None;
        };
        let rated_w = self.w(rating_a, voltage_v);
        if rated_w > max_w {
            let (rated, max) = (decimal::format(rated_w as i64, 3), decimal::format(max_w as i64, 3));
            let message = format!("{rating_a} A at {voltage_v} V are {rated} kW (at most {max})");
            problems.add_coded(Reason::InvalidLimit, format!("{place}.rating_a"), message);
            return None;
        }
        Some(rated_w)
    }

    fn first_companion(self) -> Option<&'static str> {
        let companions = [
            ("voltage_v", self.voltage_v.is_some()),
            ("phases", self.phases.is_some()),
            ("power_factor", self.power_factor.is_some()),
        ];
        companions.into_iter().find(|(_, is_given)| *is_given).map(|(field, _)| field)
    }

    /// Thousandths of amperes and of volts, and ten thousandths: 1e9 * 1e9 * 3 * 1e4 fits 128 bits by far, and the watts fit 63.
    fn w(self, rating_a: Amps, voltage_v: Volts) -> u64 {
        let phases = self.phases.map_or(1, Quantity::units);
        let power_factor = self.power_factor.map_or(10_000, Quantity::units);
        let factors = [rating_a.units(), voltage_v.units(), phases, power_factor];
        let product: i128 = factors.into_iter().map(i128::from).product();
        (product / (1_000 * 1_000 * 10_000)) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rated(fields: &str) -> Result<Option<u64>, String> {
        let text = format!("(id: \"P\", parent: \"C\", {fields})");
        let mut root = crate::text::tree::read::read(0, &text).expect("RON");
        let (record, faults) = crate::text::tree::repair::decode::<Charger>(&mut root, 10);
        if let Some(fault) = faults.first() {
            return Err(fault.message.clone());
        }
        let record = record.expect("a record without faults");
        let mut problems = Problems::new();
        let kw_w = record.max_rating_kw.map(|rating| rating.w().into());
        let rated_w = Current::from(&record).or_kw(("max_rating_kw", kw_w), 10_000_000, "P", &mut problems);
        match problems.kept.first() {
            None => Ok(rated_w),
            Some(found) => {
                let code = found.reason.map_or(String::new(), |reason| format!(" [{}]", reason.code()));
                Err(format!("{}: {}{code}", found.place, found.message))
            }
        }
    }

    #[test]
    fn amperes_are_floored_to_watts_exactly() {
        let cases = [
            ("", None),
            ("max_rating_kw: 7.4", Some(7_400)),
            ("rating_a: 32, voltage_v: 208", Some(6_656)),
            ("rating_a: 32, voltage_v: 230, phases: 3", Some(22_080)),
            // 16.7 * 230.9 * 3 * 0.9987 = 11,553.0... by hand: 16.7 * 230.9 = 3,856.03; times 3 = 11,568.09; times 0.9987 = 11,553.051...
            ("rating_a: 16.7, voltage_v: 230.9, phases: 3, power_factor: 0.9987", Some(11_553)),
            // 0.001 A at 0.001 V is a millionth of a watt.
            ("rating_a: 0.001, voltage_v: 0.001", Some(0)),
            // 0.29 * 100 is 28.999999999999996 in binary floating point.
            ("rating_a: 0.29, voltage_v: 100", Some(29)),
        ];
        for (fields, expected) in cases {
            assert_eq!(rated(fields), Ok(expected), "{fields}");
        }
    }

    #[test]
    fn what_is_said_twice_or_half_is_refused() {
        let cases = [
            ("rating_a: 32, voltage_v: 230, max_rating_kw: 7", "two values for one limit"),
            ("rating_a: 32, voltage_v: 230, max_rating_kw: 7", "[INVALID_LIMIT]"),
            ("rating_a: 32", "without voltage_v"),
            ("voltage_v: 230", "P.voltage_v: stands without rating_a"),
            ("power_factor: 0.9, max_rating_kw: 7", "P.power_factor: stands without rating_a"),
            ("rating_a: 1000000, voltage_v: 230", "are 230000 kW (at most 10000) [INVALID_LIMIT]"),
            ("rating_a: 32, voltage_v: 230, phases: 4", "a number of phases"),
            ("rating_a: -1, voltage_v: 230", "a current in A"),
            ("rating_a: 1, voltage_v: 230, power_factor: 1.1", "a power factor"),
        ];
        for (fields, expected) in cases {
            let message = rated(fields).unwrap_err();
            assert!(message.contains(expected), "{fields}: {message}");
        }
    }
}
