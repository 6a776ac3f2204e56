//! Stretches of time: from when until when something holds.

use crate::values::clock::{Calendar, DAY_S, Span, When};

impl Calendar {
    /// A stretch of time \[s\]: of two bare times the one that holds at `at_s`, else the first after it.
    pub(crate) fn stretch(&self, from: When, to: When, at_s: i64) -> Result<(i64, i64), String> {
        if let Some(message) = equal_times(from, to) {
            return Err(message);
        }
        let mut from_s = self.resolve(from, at_s)?;
        let is_bare = matches!((from, to), (When::Next(_), When::Next(_)));
        // The one that began before the start and still holds is meant rather than the one a day later.
        if is_bare && self.resolve(to, at_s + 1)? < from_s {
            from_s -= DAY_S;
        }
        let to_s = self.resolve(to, from_s + 1)?;
        match from_s < to_s {
            true => Ok((from_s, to_s)),
            false => Err(format!(
                "the window ends at \"{to}\", before it begins at \"{from}\" (a later end; \"d2 06:00\" is on the second day)"
            )),
        }
    }

    /// A window \[s\] that says its end, or how long it lasts, or neither, where it lasts for ever; or the field that is wrong, after a dot, and why.
    pub(crate) fn window(
        &self,
        from: When,
        to: Option<When>,
        duration: Option<Span>,
    ) -> Result<(i64, i64), (&'static str, String)> {
        let from_s = || self.resolve(from, 0).map_err(|message| (".from", message));
        match (to, duration) {
            (Some(to), None) => self.stretch(from, to, 0).map_err(|message| ("", message)),
            (None, None) => Ok((from_s()?, i64::MAX)),
            (None, Some(duration)) if duration.s() > 0 => {
                let (mut from_s, length_s) = (from_s()?, i64::from(duration.s()));
                // As with two bare times, the one that began before the start and still holds is meant; of one that lasts a day or longer, which two bare
                // times cannot say, the next.
                let is_meant = length_s < DAY_S && from_s > 0 && from_s - DAY_S + length_s > 0;
                if matches!(from, When::Next(_)) && is_meant {
                    from_s -= DAY_S;
                }
                Ok((from_s, from_s + length_s))
            }
            (None, Some(_)) => Err((".duration", "it lasts no time (at least a second)".into())),
            (Some(_), Some(_)) => {
                Err((".duration", "to and duration stand both (give one of them, or neither)".into()))
            }
        }
    }
}

/// Two equal times of day may mean a whole day or nothing at all.
fn equal_times(from: When, to: When) -> Option<String> {
    let is_equal = from == to && matches!(from, When::Next(_));
    is_equal.then(|| {
        format!("it begins and ends at \"{from}\" (another end; of a whole day it is \"d2 {from}\")")
    })
}
