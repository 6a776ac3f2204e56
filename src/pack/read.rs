//! A pack that somebody hands us.

use super::folder::files_in;
use crate::exit::{Code, Failure};
use crate::load;
use crate::problems;
use outputs::{FileDigest, HashingWriter, Manifest};
use scenarios::{Overlay, Recording, Scenario};
use sim::Realization;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

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
    pub what: &'static str,
}

impl FileChange {
    /// A file with what happened to it.
    pub(super) fn new(name: &str, what: &'static str) -> Self {
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
        let text = load::read(&path)?;
        let manifest = Manifest::from_json(&text)
            .map_err(|error| Failure::bad_input(format!("{}: {error}", folder.display())))?;
        Ok(Self { folder: folder.to_owned(), manifest })
    }

    /// What is told of a file that the manifest lists and nobody finds.
    pub const GONE: &str = "is gone";

    /// Files that are not what the manifest says, or that are gone.
    ///
    /// # Errors
    /// Exit 74 where one cannot be read.
    pub fn damaged(&self) -> Result<Vec<FileChange>, Failure> {
        let mut damaged = Vec::new();
        for file in &self.manifest.files {
            let path = self.path(&file.name);
            if !path.exists() {
                damaged.push(FileChange::new(&file.name, Self::GONE));
            } else if digest_of(&path, &file.name)? != *file {
                damaged.push(FileChange::new(&file.name, "is not what its manifest says"));
            }
        }
        Ok(damaged)
    }

    /// The files of its recording that are not what the manifest says.
    ///
    /// # Errors
    /// Exit 74 where one cannot be read.
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

/// Files whose bytes differ between two folders, or that only one has, told from `ours`.
///
/// # Errors
/// Exit 74 where a folder or file cannot be read.
pub fn differences(ours: &Path, theirs: &Path) -> Result<Vec<FileChange>, Failure> {
    let list = |folder: &Path| {
        let files = files_in(folder).map_err(|error| Failure::io("reading", folder, &error))?;
        Ok(files
            .into_iter()
            .map(|path| path.to_string_lossy().replace('\\', "/"))
            .collect::<BTreeSet<String>>())
    };
    let (of_ours, of_theirs) = (list(ours)?, list(theirs)?);
    let mut changes = Vec::new();
    for name in of_ours.union(&of_theirs) {
        let what = match (of_ours.contains(name), of_theirs.contains(name)) {
            (true, false) => "not made by the rerun",
            (false, true) => "missing",
            _ if digest_of(&ours.join(name), name)? != digest_of(&theirs.join(name), name)? => {
                "differs from the rerun"
            }
            _ => continue,
        };
        changes.push(FileChange::new(name, what));
    }
    Ok(changes)
}

/// What was recorded in a folder: the scenario, with values replaced, and everything that chance decided.
///
/// # Errors
/// Exit 65 where the recording cannot be read or does not go with the values.
pub fn recording(folder: &Path, set: &[Overlay]) -> Result<(Recording, Scenario, Realization), Failure> {
    let path = folder.join("recording.ron");
    let text = load::read(&path)?;
    let mut read_file = |file: &str| load::read(&folder.join(file)).map_err(|failure| failure.message);
    Recording::parse_with(&path.display().to_string(), &text, &mut read_file, set)
        .map_err(|error| problems::failure(&error))
}

pub(super) fn digest_of(path: &Path, name: &str) -> Result<FileDigest, Failure> {
    let mut hashing = HashingWriter::new(io::sink());
    let copied = File::open(path).and_then(|mut file| io::copy(&mut file, &mut hashing));
    copied.map_err(|error| Failure::io("reading", path, &error))?;
    Ok(hashing.finish(name).1)
}
