//! Demand response: a program that calls for less power now and then, drawn by the run's seed.

use crate::draw::words;
use crate::error::Problems;
use crate::format::file::Basis;
use crate::supply::{StepsLeft, Supply};
use crate::values::clock::{DAY_S, Span};
use crate::values::distribution::{Distribution, Integers, below};
use crate::values::names::id_problem;
use crate::values::quantity::{Pct, PerDay, shown};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim::{EnvelopeBasis, EnvelopeStep};

/// A program of demand response on a node: how often it calls, for how long, and for how much.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DemandResponseRecord {
    /// The id; each of its events is an envelope of its own, `id-d1-73`: the day, and the quarter of an hour in which it begins.
    pub id: String,
    /// The node, which has a rated limit.
    pub node: String,
    /// What its limits count.
    #[serde(default)]
    pub basis: Basis,
    /// How many events begin in a day on average; in a quarter of an hour at most one does.
    pub per_day: PerDay,
    /// By how much an event lowers the node's least rated limit.
    pub depth_pct: Distribution<Pct>,
    /// How long an event lasts; where two overlap the lower limit counts.
    pub duration: Distribution<Span>,
}

/// A program whose events are still to be drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Program {
    id: String,
    node: u32,
    basis: EnvelopeBasis,
    rated_w: u64,
    /// How many of [`QUARTERS`] x 1000 words begin an event in a quarter of an hour.
    per_day_milli: u64,
    depth_ppm: Integers,
    length_s: Integers,
    duration_s: i64,
}

/// Quarters of an hour in a day.
const QUARTERS: i64 = 96;

impl Supply<'_> {
    /// All programs, checked.
    pub(crate) fn programs(&self, records: &[DemandResponseRecord], problems: &mut Problems) -> Vec<Program> {
        let mut programs = Vec::with_capacity(records.len());
        let mut left = StepsLeft::all();
        for record in records {
            let place = format!("demand_response.{}", shown(&record.id));
            // At most one event begins in a quarter of an hour, and each of them ends.
            let events = self.duration_s as u64 * record.per_day.milli() / (1_000 * DAY_S as u64);
            if !left.take(2 * events, "the programs", &format!("{place}.per_day"), problems) {
                break;
            }
            if let Some(problem) = id_problem(&record.id) {
                problems.add(format!("{place}.id"), problem);
            }
            let mut kept = |field: &str, result: Result<Integers, String>| match result {
                Ok(integers) => Some(integers),
                Err(message) => {
                    problems.add(format!("{place}.{field}"), message);
                    None
                }
            };
            let depth_ppm =
                kept("depth_pct", Integers::of(&record.depth_pct, |pct, _| Ok(i64::from(pct.ppm()))));
            let length_s =
                kept("duration", Integers::of(&record.duration, |span, _| Ok(i64::from(span.s()))));
            let node = self.positions.node(&record.node).and_then(|node| {
                let rated_w = self.positions.at(node).ratings.least_w();
                rated_w.map(|rated_w| (node, rated_w)).ok_or_else(|| {
                    let id = shown(&record.node);
                    format!("\"{id}\" has no rated limit that an event could lower (give it one, or name another node)")
                })
            });
            match (node, depth_ppm, length_s) {
                (Err(message), _, _) => problems.add(format!("{place}.node"), message),
                (Ok((node, rated_w)), Some(depth_ppm), Some(length_s)) => programs.push(Program {
                    id: record.id.clone(),
                    node,
                    basis: record.basis.into(),
                    rated_w,
                    per_day_milli: record.per_day.milli(),
                    depth_ppm,
                    length_s,
                    duration_s: self.duration_s,
                }),
                _ => {}
            }
        }
        programs
    }
}

impl Program {
    /// The events as envelopes that begin and end. Beginnings, depths and durations have streams of their own.
    pub(crate) fn draw(&self, seed: u64) -> Vec<EnvelopeStep> {
        let mut steps = Vec::new();
        for day in 1..=(self.duration_s + DAY_S - 1) / DAY_S {
            let mut begins = words(seed, "demand_response.begin", &format!("{}.d{day}", self.id));
            for quarter in 1..=QUARTERS {
                let from_s = (day - 1) * DAY_S + (quarter - 1) * (DAY_S / QUARTERS);
                let is_called = below(QUARTERS as u64 * 1_000, &mut begins) < self.per_day_milli;
                if is_called && from_s < self.duration_s {
                    self.push_event(seed, day, quarter, from_s, &mut steps);
                }
            }
        }
        steps
    }

    fn push_event(&self, seed: u64, day: i64, quarter: i64, from_s: i64, steps: &mut Vec<EnvelopeStep>) {
        let stream = format!("{}.d{day}.{quarter}", self.id);
        let depth_ppm = self.depth_ppm.draw(&mut words(seed, "demand_response.depth", &stream)) as u64;
        let length_s = self.length_s.draw(&mut words(seed, "demand_response.duration", &stream));
        let limit_w = u128::from(self.rated_w) * u128::from(1_000_000 - depth_ppm) / 1_000_000;
        let step = |at_s, limit_w| EnvelopeStep {
            at_s,
            envelope: format!("{}-d{day}-{quarter}", self.id),
            node: self.node,
            basis: self.basis,
            limit_w,
        };
        if length_s > 0 {
            steps.push(step(from_s, Some(limit_w as u64)));
            if from_s + length_s < self.duration_s {
                steps.push(step(from_s + length_s, None));
            }
        }
    }
}
