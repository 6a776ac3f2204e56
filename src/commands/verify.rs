//! `verify`: runs packs again from their recordings and compares every byte.

use crate::BEHAVIOUR;
use crate::cli::VerifyArgs;
use crate::exit::{Code, Failure, print};
use crate::pack::{Divergence, FileChange, Pack, PackFolder, Recipe, first_divergence, produce};
use rayon::prelude::*;
use serde::Serialize;
use std::path::Path;

/// What verifying one pack found.
#[derive(Debug, Serialize)]
struct Finding {
    pack: String,
    /// Whether every byte is equal.
    equal: bool,
    /// What kind of difference it is, in a sentence.
    kind: Option<String>,
    /// Files that differ from the manifest or from the rerun, or are missing or extra.
    files: Vec<FileChange>,
    /// The first tick, table, node and field that differ.
    first: Option<Divergence>,
    /// Why the pack could not be verified at all.
    error: Option<String>,
    #[serde(skip)]
    code: Option<Code>,
}

/// Verifies packs in parallel and reports them in order.
pub(super) fn verify(args: &VerifyArgs) -> Result<(), Failure> {
    let findings: Vec<Finding> = args.packs.par_iter().map(|folder| finding(folder)).collect();
    if args.json {
        let json = serde_json::to_string_pretty(&findings)
            .map_err(|error| Failure::new(Code::Bug, error.to_string()))?;
        print(&(json + "\n"))?;
    } else {
        print(&findings.iter().map(Finding::to_text).collect::<String>())?;
    }
    // Of several ends the gravest counts: what cannot be read before what differs.
    match findings.iter().filter_map(|finding| finding.code).max_by_key(|&code| code as u8) {
        Some(code) => Err(Failure::new(code, String::new())),
        None => Ok(()),
    }
}

fn finding(folder: &Path) -> Finding {
    let pack = folder.display().to_string();
    compare(folder).unwrap_or_else(|failure| Finding {
        pack,
        equal: false,
        kind: None,
        files: Vec::new(),
        first: None,
        error: Some(failure.message),
        code: Some(failure.code),
    })
}

fn compare(folder: &Path) -> Result<Finding, Failure> {
    let pack = Pack::open(folder)?;
    let unlike_manifest = pack.changed_files()?;
    let (recording, scenario, realization) = pack.recording()?;
    // The rerun goes where temporary files go: a pack may lie in a folder that is read-only.
    let mut rerun = PackFolder::beside(&std::env::temp_dir().join("depotsim-verify"))?;
    let recipe = Recipe {
        scenario: &scenario,
        realization: &realization,
        seed: recording.seed,
        behaviour: recording.behaviour,
        traces: recording.options.traces,
        set: &recording.options.set,
        shows_progress: false,
    };
    produce(recipe, &mut rerun)?;
    let files = pack.differences_from(rerun.path())?;
    if files.is_empty() && unlike_manifest.is_empty() {
        return Ok(Finding {
            pack: folder.display().to_string(),
            equal: true,
            kind: None,
            files,
            first: None,
            error: None,
            code: None,
        });
    }
    let first = first_divergence(&pack, rerun.path(), &files)?;
    let kind = kind(&unlike_manifest, recording.behaviour);
    let mut all = unlike_manifest;
    all.retain(|change| files.iter().all(|other| other.name != change.name));
    all.extend(files);
    Ok(Finding {
        pack: folder.display().to_string(),
        equal: false,
        kind: Some(kind),
        files: all,
        first,
        error: None,
        code: Some(Code::Different),
    })
}

/// Which of the kinds of difference it is: by what the manifest says of the files, then by who decided.
fn kind(unlike_manifest: &[FileChange], behaviour: u32) -> String {
    if unlike_manifest.iter().any(|change| change.name.starts_with("recording")) {
        "recording changed: it is not the one that the manifest lists, so that the rerun is another run"
            .to_owned()
    } else if !unlike_manifest.is_empty() {
        "files changed: they are not the ones that the manifest lists".to_owned()
    } else if behaviour != BEHAVIOUR {
        format!("behaviour {behaviour} decided, this is {BEHAVIOUR}")
    } else {
        format!(
            "files are as the manifest lists them, and behaviour {behaviour} gives other bytes now: the builds differ, or manifest.json or SHA256SUMS changed"
        )
    }
}

impl Finding {
    fn to_text(&self) -> String {
        let pack = &self.pack;
        if self.equal {
            return format!("{pack}: equal\n");
        }
        if let Some(error) = &self.error {
            return format!("{pack}: cannot be verified: {error}\n");
        }
        let mut text = format!("{pack}: differs\n");
        if let Some(kind) = &self.kind {
            text.push_str(&format!("  {kind}\n"));
        }
        if let Some(first) = &self.first {
            text.push_str(&first.to_text());
        }
        for change in &self.files {
            text.push_str(&format!("  {}: {}\n", change.name, change.what));
        }
        text
    }
}
