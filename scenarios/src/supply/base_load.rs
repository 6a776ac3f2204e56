//! Base loads: profiles by the time of day or from a CSV file, and their noise.

use crate::draw::words;
use crate::error::Problems;
use crate::format::file::{BaseLoadProfileStep, BaseLoadRecord};
use crate::scenario::ReadFile;
use crate::supply::{StepsLeft, Supply};
use crate::text::table::{Cells, Flaw, Layout, Table};
use crate::values::clock::{DAY_S, Span, TimeOfDay, When};
use crate::values::distribution::Integers;
use crate::values::quantity::{BaseLoadKw, LeafKw, Quantity, shown};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim::BaseLoadStep;
use std::collections::{BTreeMap, BTreeSet};

/// A base load's steps in a CSV file: all of them times of day, which repeat every day, or all of them moments, of which the last one holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BaseLoadCsv {
    /// The file, relative to the scenario.
    pub file: String,
    /// The column with the times from which steps hold, as a scenario writes times; `time`, if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// The column with the powers, negative for generation; `power_kw`, if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power_kw: Option<String>,
}

/// Seeded noise on a base load: in each stretch of time a value of its own is added, all between the bounds being equally likely.
///
/// A load stays a load and generation stays generation: noise stops at 0, and where there is no power there is no noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BaseLoadNoise {
    /// At most this much more or less.
    pub within_kw: LeafKw,
    /// Length of each stretch, counted from the start.
    pub every: Span,
}

/// What is counted, for messages.
const STEPS: &str = "the base loads";
/// Bounds of the stretches of noise \[s\].
const NOISE_EVERY_S: std::ops::RangeInclusive<u32> = 60..=86_400;

/// A base load whose noise is still to be drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NoisyLoad {
    node: u32,
    /// The node's id, by which its noise is drawn.
    id: String,
    steps: Vec<BaseLoadStep>,
    within_w: i64,
    every_s: i64,
    duration_s: i64,
}

/// Base loads as far as they can be known without a seed.
#[derive(Debug, Default)]
pub(crate) struct BaseLoads {
    /// In order of time.
    pub(crate) steps: Vec<BaseLoadStep>,
    pub(crate) noisy: Vec<NoisyLoad>,
}

impl Supply<'_> {
    /// All base loads within the run; the first step of each profile by the time of day is at the start.
    pub(crate) fn base_loads(
        &self,
        records: &[BaseLoadRecord],
        read_file: &mut ReadFile<'_>,
        problems: &mut Problems,
    ) -> BaseLoads {
        let mut loads = BaseLoads::default();
        let mut nodes = BTreeSet::new();
        let mut at_node: BTreeMap<u32, &str> = BTreeMap::new();
        let mut files = ProfileFiles::default();
        let mut left = StepsLeft::all();
        for record in records {
            let place = format!("base_loads.{}", shown(&record.node));
            if !nodes.insert(&record.node) {
                problems.add(
                    place.as_str(),
                    "the node stands twice (put all steps of a node into one base load)",
                );
            }
            let node = self.positions.node(&record.node);
            let begins = match &record.csv {
                None => self.clock_profile(&record.steps, &format!("{place}.steps"), &mut left, problems),
                Some(csv) => {
                    if !record.steps.is_empty() {
                        problems.add(
                            format!("{place}.steps"),
                            "there are steps here and in a file (one of them at most)",
                        );
                    }
                    match files.rows(csv, read_file, problems) {
                        // What is wrong with the file is told with it.
                        Ok([]) => Vec::new(),
                        Ok(rows) => self.csv_profile(csv, rows, &place, &mut left, problems),
                        Err(message) => {
                            problems.add(format!("{place}.csv.file"), message);
                            Vec::new()
                        }
                    }
                }
            };
            if let Some(every) =
                record.noise.map(|noise| noise.every).filter(|every| !NOISE_EVERY_S.contains(&every.s()))
            {
                let (min, max) = (Span::from_s(*NOISE_EVERY_S.start()), Span::from_s(*NOISE_EVERY_S.end()));
                problems.add(
                    format!("{place}.noise.every"),
                    format!("{every} is out of bounds ({min} to {max})"),
                );
            }
            match node {
                Err(message) => problems.add(format!("{place}.node"), message),
                Ok(node) => {
                    // Of a site that is balanced flat, names that it dropped mean the root.
                    if let Some(other) =
                        at_node.insert(node, &record.node).filter(|&other| other != record.node)
                    {
                        let message = format!(
                            "the site is balanced flat, so that this base load counts at \"{}\", as that of \"{}\" does (put their steps together into one)",
                            self.positions.at(node).id,
                            shown(other)
                        );
                        problems.add(format!("{place}.node"), message);
                    }
                    let steps = self.steps_in_run(node, begins);
                    let stretches =
                        |noise: BaseLoadNoise| self.duration_s as u64 / u64::from(noise.every.s().max(1));
                    left.take(record.noise.map_or(0, stretches), STEPS, &format!("{place}.noise"), problems);
                    match record.noise {
                        None => loads.steps.extend(steps),
                        Some(noise) => loads.noisy.push(NoisyLoad {
                            node,
                            id: record.node.clone(),
                            steps,
                            within_w: i64::from(noise.within_kw.w()),
                            every_s: i64::from(noise.every.s()),
                            duration_s: self.duration_s,
                        }),
                    }
                }
            }
        }
        loads.steps.sort_by_key(|step| step.at_s);
        loads
    }

    /// Every step's last beginning at or before the start, and then each day's.
    fn clock_profile(
        &self,
        profile: &[BaseLoadProfileStep],
        place: &str,
        left: &mut StepsLeft,
        problems: &mut Problems,
    ) -> Vec<(i64, i64)> {
        let days = self.duration_s as u64 / DAY_S as u64 + 2;
        if !left.take(days.saturating_mul(profile.len() as u64), STEPS, place, problems) {
            return Vec::new();
        }
        let mut times: Vec<TimeOfDay> = profile.iter().map(|step| step.from).collect();
        times.sort_unstable();
        if times.is_empty() {
            problems.add(place, "there are no steps (at least one)");
        }
        if times.windows(2).any(|pair| pair[0] == pair[1]) {
            problems.add(place, "two steps begin at the same time (one at most)");
        }
        let mut begins: Vec<(i64, i64)> = Vec::new();
        for step in profile {
            let mut at_s = self.calendar.next(step.from, 1 - DAY_S);
            while at_s < self.duration_s {
                begins.push((at_s, step.power_kw.w()));
                at_s += DAY_S;
            }
        }
        begins.sort_unstable();
        begins
    }

    fn csv_profile(
        &self,
        csv: &BaseLoadCsv,
        rows: &[ProfileRow],
        place: &str,
        left: &mut StepsLeft,
        problems: &mut Problems,
    ) -> Vec<(i64, i64)> {
        let of_day = |when: &When| if let When::Next(time) = *when { Some(time) } else { None };
        if rows.iter().all(|row| of_day(&row.from).is_some()) {
            let profile: Vec<BaseLoadProfileStep> = rows
                .iter()
                .filter_map(|row| Some(BaseLoadProfileStep { from: of_day(&row.from)?, power_kw: row.power }))
                .collect();
            return self.clock_profile(&profile, &format!("{place}.csv"), left, problems);
        }
        if !left.take(rows.len() as u64, STEPS, &format!("{place}.csv"), problems) {
            return Vec::new();
        }
        let mut begins: Vec<(i64, i64)> = Vec::with_capacity(rows.len());
        for row in rows {
            let at_s = match of_day(&row.from) {
                Some(_) => Err("a time of day beside moments (one kind in a file)".to_owned()),
                None => self.calendar.resolve(row.from, 0),
            };
            match at_s {
                Err(message) => problems.add_in_file(&csv.file, Some(row.row), "", message),
                Ok(at_s) if begins.last().is_some_and(|last| last.0 >= at_s) => {
                    let message =
                        "the step does not begin after the one before (rows stand in order of time)";
                    problems.add_in_file(&csv.file, Some(row.row), "", message);
                }
                Ok(at_s) => begins.push((at_s, row.power.w())),
            }
        }
        begins
    }

    /// Steps from beginnings in order of time: those that hold within the run, where they bring something new.
    fn steps_in_run(&self, node: u32, begins: Vec<(i64, i64)>) -> Vec<BaseLoadStep> {
        let holding_at_start = begins.iter().rposition(|begin| begin.0 <= 0).unwrap_or(0);
        let mut steps: Vec<BaseLoadStep> = Vec::new();
        for (at_s, power_w) in begins.into_iter().skip(holding_at_start) {
            if at_s < self.duration_s && steps.last().is_none_or(|last| last.power_w != power_w) {
                steps.push(BaseLoadStep { at_s: at_s.max(0), node, power_w });
            }
        }
        steps
    }
}

/// The files of base loads, each read once however many base loads name it, and its columns once however many name them.
#[derive(Default)]
struct ProfileFiles<'r> {
    texts: BTreeMap<&'r str, Result<String, String>>,
    /// By file, and what it calls the columns.
    rows: BTreeMap<(&'r str, [Option<&'r str>; 2]), Vec<ProfileRow>>,
}

impl<'r> ProfileFiles<'r> {
    /// The rows of a file; the error is a message.
    fn rows(
        &mut self,
        csv: &'r BaseLoadCsv,
        read_file: &mut ReadFile<'_>,
        problems: &mut Problems,
    ) -> Result<&[ProfileRow], String> {
        let text = self.texts.entry(&csv.file).or_insert_with(|| read_file(&csv.file)).as_ref();
        let text = text.map_err(Clone::clone)?;
        let columns = (csv.file.as_str(), [csv.time.as_deref(), csv.power_kw.as_deref()]);
        Ok(self.rows.entry(columns).or_insert_with(|| read_rows(csv, text, problems)))
    }
}

/// A step as a file says it.
#[derive(Debug, Clone, Copy)]
struct ProfileRow {
    /// The first byte of its row.
    row: usize,
    from: When,
    power: BaseLoadKw,
}

/// The rows of a base load's file that can be used; what is wrong with others is reported.
fn read_rows(csv: &BaseLoadCsv, text: &str, problems: &mut Problems) -> Vec<ProfileRow> {
    const TIME: usize = 0;
    const POWER: usize = 1;
    let file = csv.file.as_str();
    let names = vec![csv.time.as_deref().unwrap_or("time"), csv.power_kw.as_deref().unwrap_or("power_kw")];
    let table = match Table::open(text, &names) {
        Ok(table) => table,
        Err(Flaw { at, message }) => {
            problems.add_in_file(file, Some(at.start), "", message);
            return Vec::new();
        }
    };
    let mut is_sound = true;
    let mut note = |column: &str, message: String| {
        problems.add_in_file(file, None, &shown(column), message);
        is_sound = false;
    };
    // Such files have columns for others, too.
    let columns = Layout::of(&table.header, names, |_, _| None, &mut |cell, message| {
        note(&cell.text, message);
    });
    for column in [TIME, POWER].into_iter().filter(|&column| !columns.has(column)) {
        let message = "the column is missing (add it, or say in `csv` what the file calls it)";
        note(columns.names[column], message.into());
    }
    if !is_sound {
        return Vec::new();
    }
    let mut rows = Vec::new();
    for row in table.rows() {
        match row {
            Err(Flaw { at, message }) => problems.add_in_file(file, Some(at.start), "", message),
            Ok(row) => {
                let mut cells = Cells::of(file, &row, &columns, problems);
                let from = cells.required(TIME, str::parse);
                let power = cells.required(POWER, BaseLoadKw::read);
                if let (Some(from), Some(power)) = (from, power) {
                    rows.push(ProfileRow { row: row.at.start, from, power });
                }
            }
        }
    }
    if rows.is_empty() {
        problems.add_in_file(file, None, "", "there are no rows that could be used (at least one)");
    }
    rows
}

impl NoisyLoad {
    /// The node, with the least and the largest that noise can make of each step \[W\].
    pub(crate) fn powers(&self) -> impl Iterator<Item = (u32, i64)> {
        let both = |step: &BaseLoadStep| {
            [-self.within_w, self.within_w].map(|more_w| with_noise(step.power_w, more_w))
        };
        self.steps.iter().flat_map(both).map(|power_w| (self.node, power_w))
    }

    /// The steps with their noise. Each stretch has a stream of its own, so that a longer run or another profile changes no other draw.
    pub(crate) fn draw(&self, seed: u64) -> Vec<BaseLoadStep> {
        let noise = Integers::Uniform { min: -self.within_w, max: self.within_w };
        let mut drawn: Vec<BaseLoadStep> = Vec::new();
        let mut next = 0;
        let mut power_w = 0;
        for stretch in 0..(self.duration_s + self.every_s - 1) / self.every_s {
            let (from_s, to_s) = (stretch * self.every_s, (stretch + 1) * self.every_s);
            let stream = format!("{}.{stretch}", self.id);
            let more_w = noise.draw(&mut words(seed, "base_load.noise", &stream));
            let mut at_s = from_s;
            loop {
                if let Some(step) = self.steps.get(next).filter(|step| step.at_s <= at_s) {
                    power_w = step.power_w;
                    next += 1;
                    continue;
                }
                let noisy_w = with_noise(power_w, more_w);
                if drawn.last().map_or(0, |last| last.power_w) != noisy_w {
                    drawn.push(BaseLoadStep { at_s, node: self.node, power_w: noisy_w });
                }
                match self.steps.get(next).filter(|step| step.at_s < to_s) {
                    Some(step) => at_s = step.at_s,
                    None => break,
                }
            }
        }
        drawn
    }
}

/// What noise makes of a power, within the bounds of the format.
fn with_noise(power_w: i64, more_w: i64) -> i64 {
    match power_w {
        0 => 0,
        1.. => (power_w + more_w).clamp(0, BaseLoadKw::MAX),
        _ => (power_w + more_w).clamp(BaseLoadKw::MIN, 0),
    }
}
