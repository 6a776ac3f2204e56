//! What limits the site over time: envelopes as steps, and gaps in measurements. Base loads, feeds, outages and demand response have
//! files of their own.

pub(crate) mod base_load;
pub(crate) mod demand_response;
pub(crate) mod feed;
pub(crate) mod outage;

use crate::error::Problems;
use crate::format::file::{Basis, EnvelopeRecord, MeasurementGap};
use crate::site::derive::Positions;
use crate::values::clock::{Calendar, DAY_S};
use crate::values::names::id_problem;
use crate::values::quantity::shown;
use sim::{EnvelopeBasis, EnvelopeStep, Silence};
use std::collections::BTreeSet;

/// Largest number of steps of one kind (base loads, envelopes, faults) in a run, so that a short file cannot fill the memory.
const STEPS_MAX: u64 = 4_000_000;

/// How many steps of one kind there may still be; `None` once there were too many, which is told once.
pub(crate) struct StepsLeft(Option<u64>);

impl StepsLeft {
    pub(crate) fn all() -> Self {
        Self(Some(STEPS_MAX))
    }

    /// Takes some of them for what stands at a place; false, where there are not so many.
    pub(crate) fn take(&mut self, steps: u64, what: &str, place: &str, problems: &mut Problems) -> bool {
        let Some(left) = self.0 else { return false };
        self.0 = left.checked_sub(steps);
        if self.0.is_none() {
            let message = format!(
                "{what} grow beyond {STEPS_MAX} steps here (at most as many; fewer of them, or a shorter run)"
            );
            problems.add(place, message);
        }
        self.0.is_some()
    }
}

/// What is needed to turn records into steps.
pub(crate) struct Supply<'a> {
    pub(crate) calendar: &'a Calendar,
    pub(crate) positions: &'a Positions<'a>,
    /// Length of the run \[s\]; steps lie before it.
    pub(crate) duration_s: i64,
}

impl From<Basis> for EnvelopeBasis {
    fn from(basis: Basis) -> Self {
        match basis {
            Basis::Import => Self::Import,
            Basis::Load => Self::Load,
        }
    }
}

impl From<EnvelopeBasis> for Basis {
    fn from(basis: EnvelopeBasis) -> Self {
        match basis {
            EnvelopeBasis::Import => Self::Import,
            EnvelopeBasis::Load => Self::Load,
        }
    }
}

impl Supply<'_> {
    /// The steps of all envelopes within the run, in order of time.
    pub(crate) fn envelope_steps(
        &self,
        envelopes: &[EnvelopeRecord],
        problems: &mut Problems,
    ) -> Vec<EnvelopeStep> {
        let mut steps = Vec::new();
        let mut ids = BTreeSet::new();
        let mut left = StepsLeft::all();
        for envelope in envelopes {
            let place = format!("envelopes.{}", shown(&envelope.id));
            if let Some(problem) = id_problem(&envelope.id) {
                problems.add(format!("{place}.id"), problem);
            }
            if !ids.insert(&envelope.id) {
                problems.add(
                    format!("{place}.id"),
                    format!(
                        "the id \"{}\" stands twice (envelopes have ids of their own)",
                        shown(&envelope.id)
                    ),
                );
            }
            let windows = self.windows(envelope, &place, &mut left, problems);
            match self.positions.node(&envelope.node) {
                Ok(node) => self.push_envelope(envelope, node, &windows, &mut steps),
                Err(message) => problems.add(format!("{place}.node"), message),
            }
        }
        steps.sort_by_key(|step| step.at_s);
        steps
    }

    /// The envelope's windows within the run, in order, each as (from, to, limit).
    fn windows(
        &self,
        envelope: &EnvelopeRecord,
        place: &str,
        left: &mut StepsLeft,
        problems: &mut Problems,
    ) -> Vec<(i64, i64, u64)> {
        let mut windows = Vec::new();
        for (index, window) in envelope.windows.iter().enumerate() {
            let place = format!("{place}.windows.{}", index + 1);
            let (from_s, to_s) = match self.calendar.stretch(window.from, window.to, 0) {
                Ok(window) => window,
                Err(message) => {
                    problems.add(place, message);
                    continue;
                }
            };
            if window.daily && to_s - from_s > DAY_S {
                problems.add(place, "a daily window is longer than a day (at most 24 hours)");
                continue;
            }
            let length_s = to_s - from_s;
            let days = if window.daily { (self.duration_s - from_s).max(0) / DAY_S + 1 } else { 1 };
            if !left.take(2 * days as u64, "the envelopes", &place, problems) {
                break;
            }
            let mut from_s = from_s;
            while from_s < self.duration_s {
                if from_s + length_s > 0 {
                    windows.push((from_s, from_s + length_s, window.limit_kw.w()));
                }
                if !window.daily {
                    break;
                }
                from_s += DAY_S;
            }
        }
        windows.sort_unstable();
        if let Some(pair) = windows.windows(2).find(|pair| pair[0].1 > pair[1].0) {
            let (first, second) = (self.calendar.moment(pair[0].0), self.calendar.moment(pair[1].0));
            let message = format!(
                "the windows from \"{first}\" and from \"{second}\" overlap (give the second an envelope of its own)"
            );
            problems.add(format!("{place}.windows"), message);
        }
        windows
    }

    fn push_envelope(
        &self,
        envelope: &EnvelopeRecord,
        node: u32,
        windows: &[(i64, i64, u64)],
        steps: &mut Vec<EnvelopeStep>,
    ) {
        let step = |at_s, limit_w| EnvelopeStep {
            at_s,
            envelope: envelope.id.clone(),
            node,
            basis: envelope.basis.into(),
            limit_w,
        };
        for (index, &(from_s, to_s, limit_w)) in windows.iter().enumerate() {
            steps.push(step(from_s.max(0), Some(limit_w)));
            let is_followed = windows.get(index + 1).is_some_and(|next| next.0 <= to_s);
            if to_s < self.duration_s && !is_followed {
                steps.push(step(to_s, None));
            }
        }
    }

    /// The gaps in measurements within the run, in order of time.
    pub(crate) fn silences(&self, gaps: &[MeasurementGap], problems: &mut Problems) -> Vec<Silence> {
        let mut silences: Vec<Silence> = Vec::with_capacity(gaps.len());
        for (index, gap) in gaps.iter().enumerate() {
            let place = format!("measurement_gaps.{}", index + 1);
            match self.calendar.stretch(gap.from, gap.to, 0) {
                Err(message) => problems.add(place, message),
                Ok((from_s, to_s)) => silences.push(Silence { from_s, to_s }),
            }
        }
        silences.sort_unstable_by_key(|silence| silence.from_s);
        if silences.windows(2).any(|pair| pair[0].to_s > pair[1].from_s) {
            problems.add("measurement_gaps", "two gaps overlap (make one of them)");
        }
        // Nobody hears anything where two meet.
        let stretches = silences.iter().map(|silence| (silence.from_s, silence.to_s)).collect();
        outage::joined(stretches).into_iter().map(|(from_s, to_s)| Silence { from_s, to_s }).collect()
    }
}
