//! What is better and what is worse in one pack than in another.
//!
//! ```text
//!  manifest.json ──> choices        summary.json ──> checks, outcomes, figures, nodes        visits.csv ──> visits
//!  cycles.csv, nodes.csv, connectors.csv, ... ──> first divergence
//! ```

mod checks;
mod figures;
mod html;
mod nodes;
mod text;
mod visits;

use crate::exit::{Code, Failure};
use crate::load;
use crate::pack::{self, Divergence, FileChange, FileState, Pack, Side, first_divergence};
use checks::{AcceptanceChange, CheckChange};
use figures::{Figure, OutcomeChange};
use nodes::NodeChange;
use serde::Serialize;
use serde_json::Value;
use std::path::Path;
use visits::VisitChange;

/// Files that tell what happened, other than the tick-by-tick tables that a pack may leave out.
const TOLD: [&str; 6] =
    ["tick-digests.csv", "cycles.csv", "events.csv", "breaches.csv", "visits.csv", "summary.json"];

/// How two packs differ, told from the first to the second.
#[derive(Debug, Serialize)]
pub struct Comparison {
    /// The first pack.
    pub a: String,
    /// The second.
    pub b: String,
    /// Whether the same happened in both, to the byte, and both are what their manifests say.
    pub is_same: bool,
    /// Files that are not what their own pack's manifest says: then what is told below may be of the damage.
    pub damaged: Vec<DamagedFile>,
    /// The verdicts of the acceptance checks, where they differ.
    pub acceptance: Option<AcceptanceChange>,
    /// Acceptance checks whose result differs, or that only one run has.
    pub checks: Vec<CheckChange>,
    /// What was asked otherwise.
    pub choices: Vec<Choice>,
    /// The first place where what happened differs.
    pub first: Option<FirstDivergence>,
    /// Cycles by outcome, reason and node, where their number differs.
    pub outcomes: Vec<OutcomeChange>,
    /// The figures that are asked for first, whether or not they differ.
    pub at_a_glance: Vec<Figure>,
    /// Figures of the whole run that differ.
    pub figures: Vec<Figure>,
    /// Nodes above the connectors whose figures differ, in the order of the sites.
    pub nodes: Vec<NodeChange>,
    /// Visits that went otherwise: those that got worse first.
    pub visits: Vec<VisitChange>,
    /// Files that differ, or that only one has.
    pub files: Vec<FileChange>,
}

/// A file that was changed or lost after its pack was written.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct DamagedFile {
    /// The pack.
    pub pack: String,
    /// The file's name in it.
    pub name: String,
    /// What is wrong with it.
    pub what: FileState,
}

/// What was asked of one run and not of the other.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// What: strategy, control, seed and so on.
    pub what: &'static str,
    /// In the first.
    pub a: String,
    /// In the second.
    pub b: String,
}

/// The first place where two runs part.
#[derive(Debug, Serialize)]
pub struct FirstDivergence {
    /// The file.
    pub file: String,
    /// The line in it, from 1.
    pub line: usize,
    /// When \[s\].
    pub t_s: Option<u64>,
    /// Which row.
    pub row: Option<String>,
    /// The column; `None` where only one has such a row.
    pub field: Option<String>,
    /// In the first.
    pub a: Option<String>,
    /// In the second.
    pub b: Option<String>,
}

/// Whether a change is for the better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The second is worse.
    Worse,
    /// The second is better.
    Better,
    /// It is neither.
    Other,
}

impl Comparison {
    /// Compares two packs.
    ///
    /// # Errors
    /// Exit 65 where one is no pack or its files cannot be understood, 74 where they cannot be read.
    pub fn of(a: &Path, b: &Path) -> Result<Self, Failure> {
        let packs = [Pack::open(a)?, Pack::open(b)?];
        // What these say is told value by value; whoever hands us a pack does not choose of which file.
        for (folder, name) in
            [a, b].iter().flat_map(|folder| [(folder, "summary.json"), (folder, "visits.csv")])
        {
            pack::check_within(folder, name)?;
        }
        let files = pack::differences(a, b, |side| match side {
            Side::First => FileState::OnlyInFirst,
            Side::Second => FileState::OnlyInSecond,
            Side::Both => FileState::Differs,
        })?;
        let differs = |name: &&str| files.iter().any(|file| file.name == **name);
        let summaries = [summary(a)?, summary(b)?];
        let says_otherwise =
            |name: &&str| *name != "summary.json" || said(&summaries[0]) != said(&summaries[1]);
        let told: Vec<&str> = TOLD.into_iter().filter(differs).filter(says_otherwise).collect();
        let damaged = damaged(&packs)?;
        let is_whole =
            |name: &str| !damaged.iter().any(|file| file.name == name && file.what == FileState::Gone);
        let (has_summaries, has_visits) = (is_whole("summary.json"), is_whole("visits.csv"));
        let mut comparison = Self {
            a: a.display().to_string(),
            b: b.display().to_string(),
            is_same: told.is_empty() && damaged.is_empty(),
            damaged,
            acceptance: None,
            checks: Vec::new(),
            choices: choices(&packs),
            first: None,
            outcomes: Vec::new(),
            at_a_glance: Vec::new(),
            figures: Vec::new(),
            nodes: Vec::new(),
            visits: if has_visits { visits::visits(a, b)? } else { Vec::new() },
            files: Vec::new(),
        };
        if has_summaries {
            comparison.acceptance = checks::acceptance(&summaries);
            comparison.checks = checks::checks(&summaries);
            comparison.outcomes = figures::outcomes(&summaries);
            comparison.at_a_glance = figures::at_a_glance(&summaries);
            comparison.figures = figures::figures(&summaries);
            comparison.nodes = nodes::nodes(&summaries);
        }
        if !comparison.is_same {
            let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
            comparison.first = first(a, b, &names, &told)?;
        }
        comparison.files = files;
        Ok(comparison)
    }
}

fn damaged(packs: &[Pack; 2]) -> Result<Vec<DamagedFile>, Failure> {
    let mut damaged = Vec::new();
    for pack in packs {
        let of_pack = |file: FileChange| DamagedFile {
            pack: pack.folder.display().to_string(),
            name: file.name,
            what: file.what,
        };
        damaged.extend(pack.damaged()?.into_iter().map(of_pack));
    }
    Ok(damaged)
}

/// What a summary says of what happened: without what was asked, and the words in which its checks ask.
fn said(summary: &Value) -> Value {
    let mut said = summary.clone();
    if let Some(fields) = said.as_object_mut() {
        fields.remove("run");
    }
    for check in said.get_mut("checks").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(fields) = check.as_object_mut() {
            fields.remove("text");
        }
    }
    said
}

/// A table that says what, before the files that `told` of a difference and say only that, and those before all others.
fn first(a: &Path, b: &Path, names: &[&str], told: &[&str]) -> Result<Option<FirstDivergence>, Failure> {
    const TABLES: [&str; 6] =
        ["cycles.csv", "nodes.csv", "connectors.csv", "events.csv", "breaches.csv", "visits.csv"];
    let tables: Vec<&str> = names.iter().copied().filter(|name| TABLES.contains(name)).collect();
    for names in [&tables, told, names] {
        if let Some(found) = first_divergence(a, b, names)? {
            return Ok(Some(found.into()));
        }
    }
    Ok(None)
}

impl From<Divergence> for FirstDivergence {
    fn from(found: Divergence) -> Self {
        let Divergence { file, line, t_s, row, field, expected, actual, .. } = found;
        Self { file, line, t_s, row, field, a: expected, b: actual }
    }
}

fn choices(packs: &[Pack; 2]) -> Vec<Choice> {
    let [a, b] = packs.each_ref().map(|pack| &pack.manifest.run);
    let all = [
        ("scenario", a.scenario.clone(), b.scenario.clone()),
        ("seed", a.seed.to_string(), b.seed.to_string()),
        ("strategy", a.strategy.clone(), b.strategy.clone()),
        ("control", a.control.clone(), b.control.clone()),
        ("behaviour", a.behaviour.to_string(), b.behaviour.to_string()),
        ("version", a.version.clone(), b.version.clone()),
    ];
    let mut choices: Vec<Choice> =
        all.into_iter().filter(|(_, a, b)| a != b).map(|(what, a, b)| Choice { what, a, b }).collect();
    let [a, b] = packs.each_ref().map(|pack| set(&pack.folder));
    if let (Some(a), Some(b)) = (a, b)
        && a != b
    {
        choices.push(Choice { what: "set", a, b });
    }
    choices
}

/// Which values were replaced; `None` where the recording cannot be read, which keeps nobody from comparing what happened.
fn set(folder: &Path) -> Option<String> {
    let (recording, ..) = pack::recording(folder, &[]).ok()?;
    let set = recording.options.set;
    Some(if set.is_empty() { "nothing".to_owned() } else { set.join(" ") })
}

/// A pack's summary; nothing, where it is gone.
fn summary(pack: &Path) -> Result<Value, Failure> {
    let path = pack.join("summary.json");
    if !path.exists() {
        return Ok(Value::Null);
    }
    let text = load::read(&path)?;
    serde_json::from_str(&text)
        .map_err(|error| Failure::new(Code::BadInput, format!("{}: {error}", path.display())))
}
