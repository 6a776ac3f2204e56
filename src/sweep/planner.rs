//! From a scenario, axes and seeds to a [`Plan`], every point of which was resolved.

use super::axis::Axis;
use super::plan::{
    Digest, PLAN_SCHEMA, Plan, PlannedAxis, PlannedCase, PlannedFile, PlannedPoint, PlannedScenario,
};
use crate::BEHAVIOUR;
use crate::exit::{Code, Failure};
use crate::load::Opened;
use crate::problems;
use crate::stop;
use outputs::sweep::is_fixed_column;
use rayon::prelude::*;
use scenarios::{Draft, Findings, Overlay, Scenario, ScenarioError};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{PoisonError, RwLock};

/// More cases than this are a slip of the pen, and more than a plan that is read again may hold, at some 104 bytes each.
const CASES_MAX: u64 = 2_500_000;

/// Points that are resolved before the next look at whether one is wrong.
const POINTS_AT_ONCE: usize = 256;

/// What a sweep is asked to be.
#[derive(Debug, Clone)]
pub struct Wishes {
    /// The bundled name or path of the scenario.
    pub scenario: String,
    /// Values that are other in every case.
    pub set: Vec<Overlay>,
    /// What differs from point to point.
    pub axes: Vec<Axis>,
    /// How points are made of the axes.
    pub design: Design,
    /// Seeds, as `1..100`, or `1,5,9`.
    pub seeds: Seeds,
}

/// How points are made of axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Design {
    /// Each value with each of the others; the last axis changes fastest.
    Grid,
    /// The first values together, the second, and so on.
    Zip,
    /// So many points of the grid, picked by a seed such that every part of every axis has its share.
    LatinHypercube {
        /// How many.
        samples: usize,
        /// What they are picked by.
        seed: u64,
    },
}

/// The seeds of every point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seeds {
    /// As they were asked for.
    pub text: String,
    /// Each.
    pub values: Vec<u64>,
}

impl std::str::FromStr for Seeds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused = || format!("\"{text}\" are no seeds (such as 1..100, both ends in it, or 1,5,9)");
        let seed = |text: &str| text.trim().parse::<u64>().map_err(|_| refused());
        let mut values = Vec::new();
        for part in text.split(',') {
            let (low, high) = match part.split_once("..") {
                Some((low, high)) => (seed(low)?, seed(high.trim_start_matches('='))?),
                None => (seed(part)?, seed(part)?),
            };
            if high < low {
                return Err(format!("\"{part}\" goes downwards (seeds go upwards: 1..100)"));
            }
            if high - low >= CASES_MAX || values.len() as u64 > CASES_MAX {
                return Err(format!("\"{text}\" are too many seeds (a sweep has at most {CASES_MAX} cases)"));
            }
            values.extend(low..=high);
        }
        let mut sorted = values.clone();
        sorted.sort_unstable();
        match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(format!("seed {} stands twice in \"{text}\" (leave one of them out)", pair[0])),
            None => Ok(Self { text: text.to_owned(), values }),
        }
    }
}

/// A plan, and how many points of a sample were like others and were left out.
#[derive(Debug)]
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// Points left out.
    pub left_out: usize,
    /// What is doubtful.
    pub doubts: Doubts,
}

/// Points whose doubts are kept at most.
const DOUBTS_MAX: usize = 20;

/// What is doubtful about some point and about none before it.
#[derive(Debug, Default)]
pub struct Doubts {
    /// Of the first point of which anything is: its values, as `name=value`, empty without axes; and all of it.
    pub first: Option<(String, Findings)>,
    /// Of later ones their values, and what is new, each in a line.
    pub others: Vec<(String, Vec<String>)>,
    /// How many more points there are.
    pub left_out: usize,
    told: BTreeSet<String>,
}

impl Doubts {
    /// Hears of the next point.
    fn hear(&mut self, point: impl FnOnce() -> String, findings: Findings) {
        let lines = findings.problems().iter().map(ToString::to_string);
        let new: Vec<String> = lines.filter(|line| !self.told.contains(line)).collect();
        if new.is_empty() {
            return;
        }
        if self.others.len() == DOUBTS_MAX {
            self.left_out += 1;
            return;
        }
        self.told.extend(new.iter().cloned());
        match self.first {
            None => self.first = Some((point(), findings)),
            Some(_) => self.others.push((point(), new)),
        }
    }
}

/// Makes the plan, in threads of the current pool.
///
/// # Errors
/// Exit 65 for what cannot be swept: every wrong path or value of the first point that has one, with the nearest that is right.
pub fn plan(wishes: &Wishes) -> Result<Planned, Failure> {
    check_names(&wishes.axes)?;
    check_set(&wishes.axes, &wishes.set)?;
    let indices = points(wishes)?;
    check_count(indices.len() as u64, wishes.seeds.values.len() as u64)?;
    let opened = Opened::find(&wishes.scenario).map_err(|unreadable| unreadable.of(&wishes.scenario))?;
    let texts = Texts::beside(&opened);
    let base = Base::read(&texts, &wishes.set).map_err(|error| problems::failure(&error))?;
    check_axes_alone(&base, &wishes.axes)?;

    let mut kept: Vec<PlannedPoint> = Vec::new();
    let mut known: BTreeMap<Digest, usize> = BTreeMap::new();
    let mut id = String::new();
    let mut left_out = 0;
    let mut doubts = Doubts::default();
    let resolve = |indices: &Vec<usize>| {
        base.resolve(&texts, &overlays(&wishes.axes, indices)).map_err(|error| problems::failure(&error))
    };
    in_order(&indices, resolve, |indices, resolved| {
        let values: Vec<String> =
            wishes.axes.iter().zip(indices).map(|(axis, &index)| axis.values[index].clone()).collect();
        if let Some(&other) = known.get(&resolved.sha256) {
            if matches!(wishes.design, Design::LatinHypercube { .. }) {
                left_out += 1;
                return Ok(());
            }
            return Err(alike(&wishes.axes, &kept[other].values, &values));
        }
        known.insert(resolved.sha256, kept.len());
        doubts.hear(|| in_words(&wishes.axes, &values), resolved.doubts);
        id = resolved.scenario_id;
        let (strategy, control, sha256) = (resolved.strategy, resolved.control, resolved.sha256);
        kept.push(PlannedPoint { values, strategy, control, sha256 });
        Ok(())
    })?;
    let seeds = &wishes.seeds.values;
    let cases = kept.iter().enumerate().flat_map(|(point, planned)| {
        seeds.iter().map(move |&seed| PlannedCase::new(point as u32, planned.sha256, seed))
    });
    let axis = |axis: &Axis| PlannedAxis {
        name: axis.name.clone(),
        path: axis.path.clone(),
        values: axis.values.clone(),
    };
    let plan = Plan {
        schema: PLAN_SCHEMA,
        sha256: String::new(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        behaviour: BEHAVIOUR,
        scenario: PlannedScenario {
            name: opened.name.clone(),
            id,
            title: base.draft.file().title.clone(),
            text: opened.text.clone(),
            files: texts.into_files(),
        },
        set: wishes.set.iter().map(ToString::to_string).collect(),
        design: wishes.design.name(),
        axes: wishes.axes.iter().map(axis).collect(),
        seeds: wishes.seeds.text.clone(),
        cases: cases.collect(),
        points: kept,
    };
    Ok(Planned { plan: plan.sealed(), left_out, doubts })
}

impl Design {
    fn name(self) -> String {
        match self {
            Self::Grid => "grid".into(),
            Self::Zip => "zip".into(),
            Self::LatinHypercube { samples, seed } => format!("latin-hypercube of {samples} by seed {seed}"),
        }
    }
}

/// Resolves points in threads of the current pool and hands them over in their order, up to the first that is wrong.
///
/// The first is resolved alone: what is wrong with every point is told at once, and the others find the files read.
fn in_order<P: Sync, T: Send>(
    points: &[P],
    resolve: impl Fn(&P) -> Result<T, Failure> + Sync,
    mut take: impl FnMut(&P, T) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let (first, others) = points.split_at(points.len().min(1));
    for points in std::iter::once(first).chain(others.chunks(POINTS_AT_ONCE)) {
        stop::check("nothing was planned (the same command begins anew)")?;
        let resolved: Vec<Result<T, Failure>> = points.par_iter().map(&resolve).collect();
        for (point, resolved) in points.iter().zip(resolved) {
            take(point, resolved?)?;
        }
    }
    Ok(())
}

/// The files that a scenario names, each of which is read once for all points.
struct Texts<'a> {
    opened: &'a Opened,
    read: RwLock<BTreeMap<String, Text>>,
}

#[derive(Clone)]
struct Text {
    text: String,
    sha256: Digest,
}

impl<'a> Texts<'a> {
    fn beside(opened: &'a Opened) -> Self {
        Self { opened, read: RwLock::default() }
    }

    fn get(&self, name: &str) -> Result<Text, String> {
        let known = self.read.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        if let Some(text) = known {
            return Ok(text);
        }
        // Whoever else wants it waits, and finds it.
        let mut read = self.read.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(text) = read.get(name) {
            return Ok(text.clone());
        }
        let text = self.opened.read_file(name)?;
        let text = Text { sha256: Digest::of(&text), text };
        read.insert(name.to_owned(), text.clone());
        Ok(text)
    }

    fn into_files(self) -> Vec<PlannedFile> {
        let read = self.read.into_inner().unwrap_or_else(PoisonError::into_inner);
        read.into_iter().map(|(name, Text { text, .. })| PlannedFile { name, text }).collect()
    }
}

/// A scenario before any point changes it.
struct Base {
    draft: Draft,
}

/// A point that was resolved.
struct Resolved {
    sha256: Digest,
    scenario_id: String,
    strategy: String,
    control: String,
    doubts: Findings,
}

impl Base {
    fn read(texts: &Texts<'_>, set: &[Overlay]) -> Result<Self, ScenarioError> {
        let mut read_file = |name: &str| texts.get(name).map(|text| text.text);
        let Opened { name, text, .. } = texts.opened;
        Ok(Self { draft: Draft::read(name, text, &mut read_file)?.with(set)? })
    }

    fn resolve(&self, texts: &Texts<'_>, overlays: &[Overlay]) -> Result<Resolved, ScenarioError> {
        let mut digests = BTreeMap::new();
        let draft = self.draft.with_said("--axis", overlays)?;
        let (scenario, doubts) = draft.judge(&mut |name: &str| {
            let Text { text, sha256 } = texts.get(name)?;
            digests.insert(name.to_owned(), sha256);
            Ok(text)
        })?;
        let depot = scenario.depot();
        Ok(Resolved {
            sha256: scenario_sha256(&scenario, &digests),
            scenario_id: depot.id.clone(),
            strategy: depot.strategy.name().to_owned(),
            control: depot.control.name().to_owned(),
            doubts,
        })
    }
}

/// What a point is: the scenario as it was resolved, and the texts that it names, by their digests.
pub(super) fn scenario_sha256(scenario: &Scenario, files: &BTreeMap<String, Digest>) -> Digest {
    let mut text = scenario.to_ron();
    for (name, sha256) in files {
        text.push_str(&format!("\n{name} {sha256}"));
    }
    Digest::of(&text)
}

fn overlays(axes: &[Axis], indices: &[usize]) -> Vec<Overlay> {
    let pairs = axes.iter().zip(indices);
    pairs
        .map(|(axis, &index)| Overlay { path: axis.path.clone(), value: axis.values[index].clone() })
        .collect()
}

/// Each axis has to lead somewhere by itself, so that a wrong path is told once and not for every value.
fn check_axes_alone(base: &Base, axes: &[Axis]) -> Result<(), Failure> {
    let first: Vec<usize> = vec![0; axes.len()];
    base.draft.with_said("--axis", &overlays(axes, &first)).map_err(|error| problems::failure(&error))?;
    Ok(())
}

fn check_names(axes: &[Axis]) -> Result<(), Failure> {
    for (index, axis) in axes.iter().enumerate() {
        let shown = &axis.name;
        if axes[..index].iter().any(|other| other.name == axis.name) {
            return Err(Failure::new(
                Code::Usage,
                format!("two axes are called {shown} (name one of them: --axis NAME=PATH=VALUES)"),
            ));
        }
        if axes[..index].iter().any(|other| other.path == axis.path) {
            return Err(Failure::new(
                Code::Usage,
                format!("two axes set {} (give all values in one)", axis.path),
            ));
        }
        let is_taken = is_fixed_column(shown)
            || (["strategy", "control"].contains(&shown.as_str()) && axis.path != *shown);
        if is_taken {
            return Err(Failure::new(
                Code::Usage,
                format!(
                    "an axis cannot be called {shown}, which is a column of results.csv (give it another name: --axis NAME=PATH=VALUES)"
                ),
            ));
        }
    }
    Ok(())
}

/// What an axis sets, nothing else does: it would be without effect.
fn check_set(axes: &[Axis], set: &[Overlay]) -> Result<(), Failure> {
    let covered = |set: &&Overlay| axes.iter().any(|axis| covers(&axis.path, &set.path));
    match set.iter().find(covered) {
        Some(Overlay { path, .. }) => Err(Failure::new(
            Code::Usage,
            format!(
                "--set and --axis both set {path}, which is then what the axis says (leave one of them out)"
            ),
        )),
        None => Ok(()),
    }
}

/// Whether all that one path leads to is replaced by what another leads to, in which `*` stands for any part.
fn covers(path: &str, other: &str) -> bool {
    path.split('.').count() == other.split('.').count()
        && path.split('.').zip(other.split('.')).all(|(part, of_other)| part == "*" || part == of_other)
}

/// The indices of every point on every axis.
fn points(wishes: &Wishes) -> Result<Vec<Vec<usize>>, Failure> {
    let counts: Vec<usize> = wishes.axes.iter().map(|axis| axis.values.len()).collect();
    if wishes.design != Design::Zip {
        wishes.axes.iter().try_for_each(has_each_value_once)?;
    }
    match wishes.design {
        Design::Grid => {
            let total = counts.iter().fold(1_u64, |total, &count| total.saturating_mul(count as u64));
            check_count(total, wishes.seeds.values.len() as u64)?;
            let point = |mut rest: u64| {
                let mut indices = vec![0; counts.len()];
                for (index, &count) in indices.iter_mut().zip(&counts).rev() {
                    *index = (rest % count as u64) as usize;
                    rest /= count as u64;
                }
                indices
            };
            Ok((0..total).map(point).collect())
        }
        Design::Zip => {
            let first = counts.first().copied().unwrap_or(1);
            if let Some((axis, count)) = wishes.axes.iter().zip(&counts).find(|(_, count)| **count != first) {
                return Err(Failure::new(
                    Code::Usage,
                    format!(
                        "--zip wants axes of equal length, and {} has {first} values and {} has {count}",
                        wishes.axes[0].name, axis.name
                    ),
                ));
            }
            Ok((0..first).map(|index| vec![index; counts.len()]).collect())
        }
        Design::LatinHypercube { samples, seed } => {
            check_count(samples as u64, wishes.seeds.values.len() as u64)?;
            let axes: Vec<(&str, usize)> =
                wishes.axes.iter().map(|axis| (axis.path.as_str(), axis.values.len())).collect();
            Ok(scenarios::latin_hypercube(seed, &axes, samples))
        }
    }
}

/// Where axes are crossed, a value that stands twice gives every point with it twice; zipped, it may meet another one each time.
fn has_each_value_once(axis: &Axis) -> Result<(), Failure> {
    let mut seen = BTreeSet::new();
    match axis.values.iter().find(|&value| !seen.insert(value)) {
        None => Ok(()),
        Some(value) => Err(Failure::new(
            Code::Usage,
            format!("--axis {}: \"{value}\" stands twice (leave one of them out)", axis.name),
        )),
    }
}

fn check_count(points: u64, seeds: u64) -> Result<(), Failure> {
    match points.checked_mul(seeds).filter(|cases| *cases <= CASES_MAX) {
        Some(_) => Ok(()),
        None => Err(Failure::bad_input(format!(
            "{points} points with {seeds} seeds each are too many (at most {CASES_MAX} cases; --sample N picks some points)"
        ))),
    }
}

fn alike(axes: &[Axis], one: &[String], other: &[String]) -> Failure {
    Failure::bad_input(format!(
        "{} and {} are the same scenario (leave one of them out)",
        in_words(axes, one),
        in_words(axes, other)
    ))
}

/// `name=value` of every axis.
fn in_words(axes: &[Axis], values: &[String]) -> String {
    let pairs = axes.iter().zip(values);
    pairs.map(|(axis, value)| format!("{}={value}", axis.name)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn points_are_resolved_up_to_the_first_that_is_wrong_and_the_first_one_alone() {
        let points: Vec<usize> = (0..10_000).collect();
        let resolved_until = |wrong: &[usize]| {
            let (resolved, mut taken) = (AtomicUsize::new(0), 0);
            let resolve = |&point: &usize| {
                resolved.fetch_add(1, Ordering::Relaxed);
                if wrong.contains(&point) { Err(Failure::bad_input(point.to_string())) } else { Ok(point) }
            };
            let ended = in_order(&points, resolve, |&point, resolved| {
                assert_eq!((point, resolved), (taken, taken), "in order");
                taken += 1;
                Ok(())
            });
            (resolved.into_inner(), taken, ended.map_err(|failure| failure.to_string()))
        };
        assert_eq!(resolved_until(&[]), (10_000, 10_000, Ok(())));
        let (resolved, taken, ended) = resolved_until(&[0, 1]);
        assert_eq!((resolved, taken), (1, 0), "nothing after the first");
        assert!(ended.expect_err("point 0 is wrong").contains('0'));
        let (resolved, taken, ended) = resolved_until(&[400, 300]);
        assert!(resolved <= 300 + POINTS_AT_ONCE && taken == 300, "{resolved} resolved, {taken} taken");
        assert!(ended.expect_err("two points are wrong").contains("300"), "the first of them is told");
    }

    #[test]
    fn a_file_that_a_scenario_names_is_read_once_whatever_becomes_of_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("depot.ron");
        std::fs::write(&path, "()").expect("a scenario");
        let data = folder.path().join("visits.csv");
        std::fs::write(&data, "as it was").expect("a file");
        let opened = Opened::find(path.to_str().expect("a path")).expect("it is there");
        let texts = Texts::beside(&opened);
        let first = texts.get("visits.csv").expect("it is there");
        std::fs::remove_file(&data).expect("it was there");
        let second = texts.get("visits.csv").expect("it was read");
        assert_eq!((first.text.as_str(), second.text.as_str()), ("as it was", "as it was"));
        assert_eq!((first.sha256, second.sha256), (Digest::of("as it was"), Digest::of("as it was")));
        assert!(texts.get("others.csv").is_err(), "what is not there is not made up");
        let files: Vec<(String, String)> =
            texts.into_files().into_iter().map(|file| (file.name, file.text)).collect();
        assert_eq!(files, [("visits.csv".to_owned(), "as it was".to_owned())]);
    }

    #[test]
    fn seeds_are_ranges_and_lists() {
        let cases: [(&str, &[u64]); 5] = [
            ("7", &[7]),
            ("1..3", &[1, 2, 3]),
            ("5,1..2", &[5, 1, 2]),
            ("0..0", &[0]),
            ("18446744073709551615", &[u64::MAX]),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse::<Seeds>().expect(text).values, expected);
        }
        for text in ["", "1..", "3..1", "a", "-1", "1..3,2", "0..18446744073709551615"] {
            assert!(text.parse::<Seeds>().is_err(), "{text}");
        }
    }
}
