//! A pack that somebody hands us.

use super::folder::files_in;
use crate::exit::{Code, Failure};
use crate::load;
use crate::problems;
use outputs::{FileDigest, HashingWriter, Manifest};
use scenarios::{Recording, Scenario};
use sim::Realization;
use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// A pack folder with its manifest.
#[derive(Debug)]
pub struct Pack {
    /// Where it is.
    pub folder: PathBuf,
    /// What it says it is.
    pub manifest: Manifest,
}

/// Why two lists of files differ.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FileChange {
    /// The file's name in the pack.
    pub name: String,
    /// What happened to it.
    pub what: &'static str,
}

impl Pack {
    /// Opens a pack.
    ///
    /// # Errors
    /// Exit 65 where the folder is no pack, or its manifest cannot be read.
    pub fn open(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join("manifest.json");
        if !path.is_file() {
            let detail = format!(
                "{} is no pack: it has no manifest.json (give a folder that `depotsim run` wrote)",
                folder.display()
            );
            return Err(Failure::new(Code::BadInput, detail));
        }
        let text = load::read(&path)?;
        let manifest = Manifest::from_json(&text)
            .map_err(|error| Failure::bad_input(format!("{}: {error}", folder.display())))?;
        Ok(Self { folder: folder.to_owned(), manifest })
    }

    /// The path of a file of the pack.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Files that are not what the manifest says, in order of their names.
    ///
    /// # Errors
    /// Exit 74 where a file cannot be read.
    pub fn changed_files(&self) -> Result<Vec<FileChange>, Failure> {
        let mut changes = Vec::new();
        for listed in &self.manifest.files {
            let path = self.path(&listed.name);
            if !path.is_file() {
                changes.push(FileChange { name: listed.name.clone(), what: "missing" });
            } else if digest_of(&path, &listed.name)? != *listed {
                changes.push(FileChange { name: listed.name.clone(), what: "not as the manifest lists it" });
            }
        }
        let present = files_in(&self.folder).map_err(|error| Failure::io("reading", &self.folder, &error))?;
        for path in present {
            let name = path.to_string_lossy().replace('\\', "/");
            let is_listed = self.manifest.files.iter().any(|listed| listed.name == name);
            if !is_listed && name != "manifest.json" && name != "SHA256SUMS" {
                changes.push(FileChange { name, what: "not in the manifest" });
            }
        }
        Ok(changes)
    }

    /// Files whose bytes differ from those of a rerun in another folder, manifest and sums included.
    ///
    /// # Errors
    /// Exit 74 where a folder or file cannot be read.
    pub fn differences_from(&self, rerun: &Path) -> Result<Vec<FileChange>, Failure> {
        let list = |folder: &Path| {
            let files = files_in(folder).map_err(|error| Failure::io("reading", folder, &error))?;
            Ok(files
                .into_iter()
                .map(|path| path.to_string_lossy().replace('\\', "/"))
                .collect::<BTreeSet<String>>())
        };
        let (ours, theirs) = (list(&self.folder)?, list(rerun)?);
        let mut changes = Vec::new();
        for name in ours.union(&theirs) {
            let what = match (ours.contains(name), theirs.contains(name)) {
                (true, false) => "not made by the rerun",
                (false, true) => "missing",
                _ if digest_of(&self.path(name), name)? != digest_of(&rerun.join(name), name)? => {
                    "differs from the rerun"
                }
                _ => continue,
            };
            changes.push(FileChange { name: name.clone(), what });
        }
        Ok(changes)
    }

    /// What was recorded: the scenario and everything that chance decided.
    ///
    /// # Errors
    /// Exit 65 where the recording cannot be read.
    pub fn recording(&self) -> Result<(Recording, Scenario, Realization), Failure> {
        let path = self.path("recording.ron");
        let text = load::read(&path)?;
        let mut read_file = |file: &str| load::read(&self.path(file)).map_err(|failure| failure.message);
        Recording::parse(&path.display().to_string(), &text, &mut read_file)
            .map_err(|error| problems::failure(&error))
    }
}

fn digest_of(path: &Path, name: &str) -> Result<FileDigest, Failure> {
    let mut hashing = HashingWriter::new(io::sink());
    let copied = File::open(path).and_then(|mut file| io::copy(&mut file, &mut hashing));
    copied.map_err(|error| Failure::io("reading", path, &error))?;
    Ok(hashing.finish(name).1)
}
