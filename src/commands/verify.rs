//! `verify`: runs packs again from their recordings and compares every byte.
//!
//! ```text
//!  recording ──> rerun ──> files that differ ─┬─> the place: tick, table, node, field, both values, the tick before
//!  manifest.json, SHA256SUMS ──> files that changed ─┴─> which kind of difference it is
//! ```

use crate::BEHAVIOUR;
use crate::cli::VerifyArgs;
use crate::exit::{Code, Failure, escaped, print};
use crate::pack::{
    self, Divergence, FileChange, FileState, PackFolder, Recipe, Side, Witnesses, divergence_in,
    first_divergence, produce,
};
use crate::stop;
use crate::threads::pool;
use rayon::prelude::*;
use serde::Serialize;
use std::path::Path;

/// What verifying one pack found.
#[derive(Debug, Serialize)]
struct Finding {
    pack: String,
    /// Whether every byte is equal.
    equal: bool,
    /// Which kind of difference it is.
    kind: Option<Kind>,
    /// The same in a sentence.
    explanation: Option<String>,
    /// Files that are not what they were written as, by the manifest and the sums.
    changed: Vec<FileChange>,
    /// The first tick, table, node and field that differ.
    first: Option<Divergence>,
    /// The first value that differs, where at first only digests do.
    first_value: Option<Divergence>,
    /// Files that differ from the rerun, or are missing or extra.
    files: Vec<Difference>,
    /// Why the pack could not be verified at all.
    error: Option<String>,
    #[serde(skip)]
    code: Option<Code>,
}

/// Why a pack and its rerun differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    /// Files are not what they were written as.
    FilesChanged,
    /// The recording is not what it was written as, so that the rerun, if there is one, is another run.
    RecordingChanged,
    /// The recording is of another behaviour version.
    Behaviour,
    /// Everything is as it was written, and yet the rerun differs.
    Build,
}

/// A file that differs from the rerun, with the first place where it does.
#[derive(Debug, Serialize)]
struct Difference {
    #[serde(flatten)]
    change: FileChange,
    first: Option<Divergence>,
}

/// Verifies packs in parallel and reports them in order.
pub(super) fn verify(args: &VerifyArgs) -> Result<(), Failure> {
    let find = || args.packs.par_iter().map(|folder| Finding::of(folder)).collect();
    let findings: Vec<Finding> = pool(None)?.install(find);
    if args.json {
        let json = serde_json::to_string_pretty(&findings)
            .map_err(|error| Failure::new(Code::Bug, error.to_string()))?;
        print(&(json + "\n"))?;
    } else {
        let texts: String = findings.iter().map(Finding::to_text).collect();
        print(&escaped(&texts))?;
    }
    match Code::gravest(findings.iter().filter_map(|finding| finding.code)) {
        Some(code) => Err(Failure::new(code, String::new())),
        None => Ok(()),
    }
}

impl Finding {
    fn of(folder: &Path) -> Self {
        let mut finding = Self {
            pack: folder.display().to_string(),
            equal: false,
            kind: None,
            explanation: None,
            changed: Vec::new(),
            first: None,
            first_value: None,
            files: Vec::new(),
            error: None,
            code: None,
        };
        if let Err(failure) = finding.compare(folder) {
            finding.code = Some(failure.code);
            finding.error = Some(failure.message);
        }
        finding
    }

    fn compare(&mut self, folder: &Path) -> Result<(), Failure> {
        pack::is_pack(folder)?;
        let witnesses = Witnesses::of(folder)?;
        self.blame(witnesses.changed(|_| false), None);
        let (recording, scenario, realization) = pack::recording(folder, &[])?;
        // The rerun goes where temporary files go: a pack may lie in a folder that is read-only.
        let stop = stop::on_signals();
        let mut rerun = PackFolder::for_now()?;
        let recipe = Recipe {
            scenario: &scenario,
            realization: &realization,
            seed: recording.seed,
            behaviour: recording.behaviour,
            traces: recording.options.traces,
            set: &recording.options.set,
            replay_of: recording.options.replay_of.as_ref(),
            shows_progress: false,
            stop,
        };
        produce(recipe, &mut rerun)?;
        let differences = pack::differences(folder, rerun.path(), |side| match side {
            Side::First => FileState::NotMade,
            Side::Second => FileState::Missing,
            Side::Both => FileState::DiffersFromRerun,
        })?;
        let is_as_rerun = |name: &str| differences.iter().all(|difference| difference.name != name);
        self.blame(witnesses.changed(is_as_rerun), Some(recording.behaviour));
        self.equal = differences.is_empty() && self.changed.is_empty();
        if self.equal {
            (self.kind, self.explanation) = (None, None);
            return Ok(());
        }
        self.code = Some(Code::Different);
        let are_ticks_same =
            matches!(self.kind, Some(Kind::Behaviour | Kind::Build)) && is_as_rerun("tick-digests.csv");
        if are_ticks_same && let Some(explanation) = &mut self.explanation {
            explanation.push_str("; every tick is the same, and the files below tell of it otherwise");
        }
        // What was changed by hand is the place to be named; where it is the recording, what came of it.
        let by_hand = |name: &&str| self.changed.iter().any(|change| change.name == **name);
        let is_about_others = |name: &&str| ["manifest.json", "SHA256SUMS"].contains(name);
        let all = differences.iter().map(|difference| difference.name.as_str());
        let names: Vec<&str> = match self.kind {
            Some(Kind::FilesChanged) => all.filter(by_hand).collect(),
            Some(Kind::RecordingChanged) => all.filter(|name| !is_about_others(name)).collect(),
            _ if are_ticks_same => all.filter(|name| !is_about_others(name)).collect(),
            _ => all.collect(),
        };
        self.first = first_divergence(rerun.path(), folder, &names)?;
        if self.first.as_ref().is_some_and(|first| first.file == "tick-digests.csv") {
            let others: Vec<&str> = names.into_iter().filter(|&name| name != "tick-digests.csv").collect();
            self.first_value =
                first_divergence(rerun.path(), folder, &others)?.filter(|value| value.t_s.is_some());
        }
        for change in differences {
            let first = divergence_in(rerun.path(), folder, &change.name)?;
            self.files.push(Difference { change, first });
        }
        Ok(())
    }

    /// Tells which kind of difference it is: by what was changed by hand, then by who decided.
    fn blame(&mut self, changed: Vec<FileChange>, behaviour: Option<u32>) {
        let names = |what: &dyn Fn(&str) -> bool| {
            let named: Vec<&str> =
                changed.iter().map(|change| change.name.as_str()).filter(|name| what(name)).collect();
            named.join(", ")
        };
        let is_recording = |name: &str| name.starts_with("recording");
        let recordings = names(&is_recording);
        let other = behaviour
            .filter(|&behaviour| behaviour != BEHAVIOUR)
            .map(|behaviour| format!("behaviour {behaviour} decided, this is {BEHAVIOUR}"));
        // Where something was changed by hand, files may differ for either reason.
        let both = |what: String| match &other {
            Some(other) => format!("{what}; {other}"),
            None => what,
        };
        let (kind, explanation) = if !recordings.is_empty() {
            // Before the recording is read there is no rerun, and where it cannot be, none comes.
            let rerun = if behaviour.is_some() { ", so that the rerun is another run" } else { "" };
            let what = format!("recording changed: {recordings} is not what the manifest lists{rerun}");
            (Kind::RecordingChanged, both(what))
        } else if !changed.is_empty() {
            let what = format!("files changed since they were written: {}", names(&|_| true));
            (Kind::FilesChanged, both(what))
        } else if let Some(other) = other {
            (Kind::Behaviour, other)
        } else {
            let what = format!(
                "no file changed, and behaviour {BEHAVIOUR} gives other bytes now: the builds differ, or a file was changed together with the lists of digests"
            );
            (Kind::Build, what)
        };
        (self.kind, self.explanation, self.changed) = (Some(kind), Some(explanation), changed);
    }

    fn to_text(&self) -> String {
        let pack = &self.pack;
        if self.equal {
            return format!("{pack}: equal\n");
        }
        let mut text = match &self.error {
            Some(error) => format!("{pack}: cannot be verified: {error}\n"),
            None => format!("{pack}: differs\n"),
        };
        if let Some(explanation) =
            self.explanation.as_ref().filter(|_| self.error.is_none() || !self.changed.is_empty())
        {
            text.push_str(&format!("  {explanation}\n"));
        }
        match &self.first {
            Some(first) => {
                text.push_str(&format!("  first difference: {}\n", first.to_line()));
                text.push_str(&first.context_text());
                if let Some(value) = &self.first_value {
                    text.push_str(&format!("  first value: {}\n", value.to_line()));
                    text.push_str(&value.context_text());
                }
            }
            None if self.error.is_none() && self.kind == Some(Kind::RecordingChanged) => {
                text.push_str("  no other file differs: what was changed has no effect on any tick\n");
            }
            None => {}
        }
        for change in &self.changed {
            if self.files.iter().all(|difference| difference.change.name != change.name) {
                text.push_str(&format!("  {}: {}\n", change.name, change.what));
            }
        }
        for Difference { change, first } in &self.files {
            let line =
                first.as_ref().map(|first| format!(", first in line {}", first.line)).unwrap_or_default();
            text.push_str(&format!("  {}: {}{line}\n", change.name, change.what));
        }
        text
    }
}
