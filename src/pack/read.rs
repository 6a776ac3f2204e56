//! A pack that somebody hands us.

use super::folder::files_in;
use super::kind::PackKind;
use crate::exit::{Code, Failure};
use crate::load;
use crate::problems;
use outputs::{FileDigest, HashingWriter, Manifest};
use scenarios::{Overlay, Recording, Scenario};
use sim::Realization;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};

/// A pack folder with its manifest.
#[derive(Debug)]
pub struct Pack {
    /// Where it is.
    pub folder: PathBuf,
    /// What it says it is.
    pub manifest: Manifest,
}

/// A file that is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct FileChange {
    /// The file's name in the pack.
    pub name: String,
    /// What happened to it.
    pub what: FileState,
}

/// What happened to a file. Reports write it as its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub enum FileState {
    /// Its manifest lists it, and it is not there.
    #[serde(rename = "is gone")]
    Gone,
    /// It has other bytes than its manifest says.
    #[serde(rename = "is not what its manifest says")]
    Damaged,
    /// Of a pack and its lists: it is listed or made by the rerun, and not there.
    #[serde(rename = "missing")]
    Missing,
    /// It is there, and no list names it.
    #[serde(rename = "not in the manifest")]
    Unlisted,
    /// It has other bytes than both lists say.
    #[serde(rename = "not as the manifest lists it")]
    NotAsListed,
    /// The manifest is not what the sums say.
    #[serde(rename = "not as SHA256SUMS lists it")]
    NotAsSummed,
    /// The sums are not those of the manifest's files.
    #[serde(rename = "not the sums of the files that the manifest lists")]
    OtherSums,
    /// It is there, and the rerun did not make it.
    #[serde(rename = "not made by the rerun")]
    NotMade,
    /// The rerun made it with other bytes.
    #[serde(rename = "differs from the rerun")]
    DiffersFromRerun,
    /// Of two packs the first has it.
    #[serde(rename = "only in the first")]
    OnlyInFirst,
    /// Of two packs the second has it.
    #[serde(rename = "only in the second")]
    OnlyInSecond,
    /// Two packs have it with other bytes.
    #[serde(rename = "differs")]
    Differs,
}

impl std::fmt::Display for FileState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Unit variants are written as their names.
        serde::Serialize::serialize(self, f)
    }
}

impl FileChange {
    /// A file with what happened to it.
    pub(super) fn new(name: &str, what: FileState) -> Self {
        Self { name: name.to_owned(), what }
    }
}

impl Pack {
    /// Opens a pack.
    ///
    /// # Errors
    /// Exit 65 where the folder is no pack, or its manifest cannot be read.
    pub fn open(folder: &Path) -> Result<Self, Failure> {
        is_pack(folder)?;
        let path = folder.join("manifest.json");
        check_within(folder, "manifest.json")?;
        let text = load::read(&path).map_err(Failure::as_one_line)?;
        let manifest = Manifest::from_json(&text)
            .map_err(|error| Failure::bad_input(format!("{}: {error}", folder.display())))?;
        // Whoever hands us a pack does not choose what else of ours is read.
        if let Some(file) = manifest.files.iter().find(|file| !lies_within(&file.name)) {
            return Err(Failure::bad_input(format!(
                "{}: \"{}\" lies outside of the pack (a pack's files are named from its folder on)",
                path.display(),
                file.name
            )));
        }
        Ok(Self { folder: folder.to_owned(), manifest })
    }

    /// Files that are not what the manifest says, or that are gone.
    ///
    /// # Errors
    /// Exit 65 where one is no file, 74 where it cannot be read.
    pub fn damaged(&self) -> Result<Vec<FileChange>, Failure> {
        let mut damaged = Vec::new();
        for file in &self.manifest.files {
            let path = self.path(&file.name);
            if !path.exists() {
                damaged.push(FileChange::new(&file.name, FileState::Gone));
            } else if digest_of(&path, &file.name)? != *file {
                damaged.push(FileChange::new(&file.name, FileState::Damaged));
            }
        }
        Ok(damaged)
    }

    /// The files of its recording that are not what the manifest says.
    ///
    /// # Errors
    /// Exit 65 where one is no file, 74 where it cannot be read.
    pub fn edited_recording(&self) -> Result<Vec<&str>, Failure> {
        let mut edited = Vec::new();
        for file in self.manifest.files.iter().filter(|file| file.name.starts_with("recording")) {
            if digest_of(&self.path(&file.name), &file.name)? != *file {
                edited.push(file.name.as_str());
            }
        }
        Ok(edited)
    }

    /// The path of a file of the pack.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// Whether a file's name leads from a folder to something in it.
fn lies_within(name: &str) -> bool {
    let mut parts = Path::new(name).components().peekable();
    parts.peek().is_some() && parts.all(|part| matches!(part, Component::Normal(_)))
}

/// What is said of a file that somebody else's pack leads us to.
const OUTSIDE: &str =
    "it lies outside of the pack (a pack's files are named from its folder on, and no links lead out of it)";

/// Whether a file of a folder is in it, and no link to somewhere else. What is not there is told by whoever reads it.
pub(super) fn is_within(folder: &Path, name: &str) -> bool {
    match (fs::canonicalize(folder), fs::canonicalize(folder.join(name))) {
        (Ok(folder), Ok(file)) => file.starts_with(folder),
        _ => true,
    }
}

/// Refuses a file of a pack that is a link to somewhere else.
///
/// # Errors
/// Exit 65.
pub fn check_within(folder: &Path, name: &str) -> Result<(), Failure> {
    match is_within(folder, name) {
        true => Ok(()),
        false => Err(Failure::bad_input(format!("{}: {OUTSIDE}", folder.join(name).display()))),
    }
}

/// Refuses a folder that is no pack at all.
///
/// # Errors
/// Exit 65.
pub fn is_pack(folder: &Path) -> Result<(), Failure> {
    match fs::metadata(folder.join("manifest.json")) {
        Ok(file) if file.is_file() => return has_files_alone(folder),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            return Err(Failure::io("reading", folder, &error));
        }
        _ => {}
    }
    let of_scenario = Path::new("runs").join(folder);
    if !folder.exists() && of_scenario.join("manifest.json").is_file() {
        let (folder, meant) = (folder.display(), of_scenario.display());
        return Err(Failure::bad_input(format!("{folder} does not exist (did you mean {meant}?)")));
    }
    let what = match (folder.exists(), folder.is_dir()) {
        (false, _) => "does not exist",
        (true, false) => "is a file and no pack",
        (true, true) if PackKind::of(folder) == Some(PackKind::OpenLoop) => {
            "is what `depotsim replay --demands` wrote: it holds setpoints, and no run that could be run again"
        }
        (true, true) => "is no pack: it has no manifest.json",
    };
    let detail = format!("{} {what} (give a folder that `depotsim run` wrote)", folder.display());
    Err(Failure::new(Code::BadInput, detail))
}

/// Refuses pipes, sockets and devices in a pack: reading one may wait for ever, or never end.
fn has_files_alone(folder: &Path) -> Result<(), Failure> {
    let files = files_in(folder).map_err(|error| Failure::io("reading", folder, &error))?;
    let mut paths = files.iter().map(|file| folder.join(file));
    // Links that lead nowhere, or to a folder, are told where they are read.
    let is_odd = |path: &PathBuf| fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir());
    match paths.find(is_odd) {
        None => Ok(()),
        Some(path) => Err(Failure::bad_input(format!(
            "{} is a pipe, a socket or a device (a pack holds files and folders alone; remove it, or run again into another folder)",
            path.display()
        ))),
    }
}

/// How a file of two folders differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Only the first has it.
    First,
    /// Only the second has it.
    Second,
    /// Both have it, with other bytes.
    Both,
}

/// Files whose bytes differ between two folders, or that only one has.
///
/// # Errors
/// Exit 74 where a folder or file cannot be read.
pub fn differences(
    first: &Path,
    second: &Path,
    told: impl Fn(Side) -> FileState,
) -> Result<Vec<FileChange>, Failure> {
    let list = |folder: &Path| {
        let files = files_in(folder).map_err(|error| Failure::io("reading", folder, &error))?;
        Ok(files
            .into_iter()
            .map(|path| path.to_string_lossy().replace('\\', "/"))
            .collect::<BTreeSet<String>>())
    };
    let (of_first, of_second) = (list(first)?, list(second)?);
    let mut changes = Vec::new();
    for name in of_first.union(&of_second) {
        let side = match (of_first.contains(name), of_second.contains(name)) {
            (true, false) => Side::First,
            (false, true) => Side::Second,
            _ if digest_of(&first.join(name), name)? != digest_of(&second.join(name), name)? => Side::Both,
            _ => continue,
        };
        changes.push(FileChange::new(name, told(side)));
    }
    Ok(changes)
}

/// What was recorded in a folder: the scenario, with values replaced, and everything that chance decided.
///
/// # Errors
/// Exit 65 where the recording cannot be read or does not go with the values.
pub fn recording(folder: &Path, set: &[Overlay]) -> Result<(Recording, Scenario, Realization), Failure> {
    let path = folder.join("recording.ron");
    check_within(folder, "recording.ron")?;
    let text = load::read(&path)?;
    let mut read_file = |file: &str| match lies_within(file) && is_within(folder, file) {
        true => load::read(&folder.join(file)).map_err(|failure| failure.message),
        false => Err(OUTSIDE.to_owned()),
    };
    Recording::parse_with(&path.display().to_string(), &text, &mut read_file, set)
        .map_err(|error| problems::failure(&error))
}

pub(super) fn digest_of(path: &Path, name: &str) -> Result<FileDigest, Failure> {
    let mut hashing = HashingWriter::new(io::sink());
    let copied = File::open(path).and_then(|mut file| io::copy(&mut file, &mut hashing));
    copied.map_err(|error| Failure::unread(path, &error))?;
    Ok(hashing.finish(name).1)
}
