//! From a scenario, axes and seeds to a [`Plan`], every point of which was resolved.

use super::axis::Axis;
use super::plan::{
    Digest, PLAN_SCHEMA, Plan, PlannedAxis, PlannedCase, PlannedFile, PlannedPoint, PlannedScenario,
};
use crate::BEHAVIOUR;
use crate::exit::{Code, Failure};
use crate::load::Opened;
use crate::problems;
use outputs::sweep::is_fixed_column;
use rayon::prelude::*;
use scenarios::{Draft, Overlay, Scenario, ScenarioError};
use std::collections::BTreeMap;

/// More cases than this are a slip of the pen, and a plan of gigabytes.
const CASES_MAX: u64 = 10_000_000;

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
    let base = Base::read(&opened, &wishes.set).map_err(|error| problems::failure(&error))?;
    check_axes_alone(&base, &wishes.axes)?;

    let resolved: Vec<Result<Resolved, ScenarioError>> =
        indices.par_iter().map(|indices| base.resolve(&opened, &overlays(&wishes.axes, indices))).collect();
    let mut kept: Vec<PlannedPoint> = Vec::new();
    let mut known: BTreeMap<Digest, usize> = BTreeMap::new();
    let mut files = base.files.clone();
    let mut id = String::new();
    let mut left_out = 0;
    for (indices, resolved) in indices.iter().zip(resolved) {
        let resolved = resolved.map_err(|error| problems::failure(&error))?;
        let values: Vec<String> =
            wishes.axes.iter().zip(indices).map(|(axis, &index)| axis.values[index].clone()).collect();
        if let Some(&other) = known.get(&resolved.sha256) {
            if matches!(wishes.design, Design::LatinHypercube { .. }) {
                left_out += 1;
                continue;
            }
            return Err(alike(&wishes.axes, &kept[other].values, &values));
        }
        known.insert(resolved.sha256, kept.len());
        files.extend(resolved.files);
        id = resolved.scenario_id;
        let (strategy, control, sha256) = (resolved.strategy, resolved.control, resolved.sha256);
        kept.push(PlannedPoint { values, strategy, control, sha256 });
    }
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
            files: files.into_iter().map(|(name, text)| PlannedFile { name, text }).collect(),
        },
        set: wishes.set.iter().map(ToString::to_string).collect(),
        design: wishes.design.name(),
        axes: wishes.axes.iter().map(axis).collect(),
        seeds: wishes.seeds.text.clone(),
        cases: cases.collect(),
        points: kept,
    };
    Ok(Planned { plan: plan.sealed(), left_out })
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

/// A scenario before any point changes it.
struct Base {
    draft: Draft,
    files: BTreeMap<String, String>,
}

/// A point that was resolved.
struct Resolved {
    sha256: Digest,
    scenario_id: String,
    strategy: String,
    control: String,
    files: BTreeMap<String, String>,
}

impl Base {
    fn read(opened: &Opened, set: &[Overlay]) -> Result<Self, ScenarioError> {
        let mut files = BTreeMap::new();
        let draft = Draft::read(&opened.name, &opened.text, &mut keeping(opened, &mut files))?.with(set)?;
        Ok(Self { draft, files })
    }

    fn resolve(&self, opened: &Opened, overlays: &[Overlay]) -> Result<Resolved, ScenarioError> {
        let mut files = BTreeMap::new();
        let draft = self.draft.with_said("--axis", overlays)?;
        let scenario = draft.resolve(&mut keeping(opened, &mut files))?;
        let depot = scenario.depot();
        Ok(Resolved {
            sha256: scenario_sha256(&scenario, &files),
            scenario_id: depot.id.clone(),
            strategy: depot.strategy.name().to_owned(),
            control: depot.control.name().to_owned(),
            files,
        })
    }
}

/// What a point is: the scenario as it was resolved, and the texts that it names.
pub(super) fn scenario_sha256(scenario: &Scenario, files: &BTreeMap<String, String>) -> Digest {
    let mut text = scenario.to_ron();
    for (name, content) in files {
        text.push_str(&format!("\n{name} {}", Digest::of(content)));
    }
    Digest::of(&text)
}

/// Reads files of the scenario and keeps what they say.
fn keeping<'a>(
    opened: &'a Opened,
    files: &'a mut BTreeMap<String, String>,
) -> impl FnMut(&str) -> Result<String, String> + 'a {
    |name: &str| {
        let text = opened.read_file(name)?;
        files.insert(name.to_owned(), text.clone());
        Ok(text)
    }
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

fn check_count(points: u64, seeds: u64) -> Result<(), Failure> {
    match points.checked_mul(seeds).filter(|cases| *cases <= CASES_MAX) {
        Some(_) => Ok(()),
        None => Err(Failure::bad_input(format!(
            "{points} points with {seeds} seeds each are too many (at most {CASES_MAX} cases; --sample N picks some points)"
        ))),
    }
}

fn alike(axes: &[Axis], one: &[String], other: &[String]) -> Failure {
    let told = |values: &[String]| {
        let pairs = axes.iter().zip(values);
        pairs.map(|(axis, value)| format!("{}={value}", axis.name)).collect::<Vec<_>>().join(" ")
    };
    Failure::bad_input(format!(
        "{} and {} are the same scenario (leave one of them out)",
        told(one),
        told(other)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

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
