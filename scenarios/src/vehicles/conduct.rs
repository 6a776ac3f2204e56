//! How vehicles of a group behave that do not do as planned: what is drawn of it, and what they want beside charging.

use crate::draw::words;
use crate::format::file::FleetGroup;
use crate::values::clock::Span;
use crate::values::distribution::{Distribution, Integers, below};
use crate::values::quantity::{LeafKw, Pct};
use crate::vehicles::demand_signal::DemandTold;
use sim::{Conduct, DemandSignal};

/// What the visits of a group have in common beside their times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GroupConduct {
    /// How much earlier and later than told they leave \[s\].
    early_s: Option<Integers>,
    late_s: Option<Integers>,
    no_show_ppm: u32,
    unplug: Option<Unplug>,
    precondition: (u32, u32),
    demand_signal: Option<DemandSignal>,
}

/// Who pulls plugs.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Unplug {
    share_ppm: u32,
    /// How long after the arrival \[s\].
    after_s: Integers,
}

impl GroupConduct {
    /// The conduct of a group, as far as it makes sense; `note` hears of each field that does not.
    pub(crate) fn of(record: &FleetGroup, mut note: impl FnMut(&str, String)) -> Self {
        let mut seconds = |field: &str, distribution: &Option<Distribution<Span>>| {
            let integers = Integers::of(distribution.as_ref()?, |span, _| Ok(i64::from(span.s())));
            integers.map_err(|message| note(field, message)).ok()
        };
        let early_s = seconds("leaves_early", &record.leaves_early);
        let late_s = seconds("leaves_late", &record.leaves_late);
        let after_s = seconds("unplug_after", &record.unplug_after);
        let unplug = match (record.unplug_pct, after_s) {
            (Some(share), Some(after_s)) => Some(Unplug { share_ppm: share.ppm(), after_s }),
            (Some(_), None) if record.unplug_after.is_none() => {
                let message = "it stands without unplug_after (say after how long the plug is pulled)";
                note("unplug_pct", message.into());
                None
            }
            (None, Some(_)) => {
                let message =
                    "it stands without unplug_pct (say how many of a hundred have their plug pulled)";
                note("unplug_after", message.into());
                None
            }
            _ => None,
        };
        let precondition = precondition(record.precondition_kw, record.precondition_time);
        let precondition = precondition.unwrap_or_else(|(field, message)| {
            note(field, message);
            (0, 0)
        });
        Self {
            early_s,
            late_s,
            no_show_ppm: record.no_show_pct.map_or(0, Pct::ppm),
            unplug,
            precondition,
            demand_signal: record.demand_signal.map(DemandTold::signal),
        }
    }

    /// How much earlier than told a vehicle may leave, and how much later \[s\].
    pub(crate) fn shifts_s(&self) -> (i64, i64) {
        let most = |integers: &Option<Integers>| integers.as_ref().map_or(0, Integers::max);
        (most(&self.early_s), most(&self.late_s))
    }

    /// What one visit does that was told to leave at `told_s`: its true departure \[s\] and its conduct. Each has a stream of its own.
    pub(crate) fn draw(&self, seed: u64, stream: &str, (arrival_s, told_s): (i64, i64)) -> (i64, Conduct) {
        let words = |domain| words(seed, domain, stream);
        let shift_s = |domain, integers: &Option<Integers>| {
            integers.as_ref().map_or(0, |integers| integers.draw_from(|| words(domain)))
        };
        let departure_s = told_s - shift_s("visit.leaves_early", &self.early_s)
            + shift_s("visit.leaves_late", &self.late_s);
        let is_one_of = |domain, share_ppm: u32| {
            share_ppm > 0 && below(1_000_000, &mut words(domain)) < u64::from(share_ppm)
        };
        let unplugs = self.unplug.as_ref().filter(|unplug| is_one_of("visit.unplug", unplug.share_ppm));
        let unplugged_s =
            unplugs.map(|unplug| arrival_s + unplug.after_s.draw(&mut words("visit.unplug_after")).max(1));
        let conduct = Conduct {
            told_departure_s: Some(told_s).filter(|&told_s| told_s != departure_s),
            unplugged_s: unplugged_s.filter(|&at_s| at_s < departure_s),
            is_no_show: is_one_of("visit.no_show", self.no_show_ppm),
            precondition_w: self.precondition.0,
            precondition_s: self.precondition.1,
            demand_signal: self.demand_signal,
        };
        (departure_s, conduct)
    }
}

/// Power \[W\] and time \[s\] of preconditioning; or which of the two is missing.
pub(crate) fn precondition(
    power: Option<LeafKw>,
    time: Option<Span>,
) -> Result<(u32, u32), (&'static str, String)> {
    match (power, time) {
        (Some(power), Some(time)) => Ok((power.w(), time.s())),
        (None, None) => Ok((0, 0)),
        (Some(_), None) => Err((
            "precondition_kw",
            "it stands without precondition_time (say for how long before departure)".into(),
        )),
        (None, Some(_)) => {
            Err(("precondition_time", "it stands without precondition_kw (say with what power)".into()))
        }
    }
}
