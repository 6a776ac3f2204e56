//! Which files of a pack are not what they were written as: `manifest.json` and `SHA256SUMS` are two witnesses.

use super::folder::files_in;
use super::read::{FileChange, FileState, check_within, digest_of};
use crate::exit::Failure;
use crate::load;
use outputs::{Manifest, sha256sums};
use std::collections::BTreeMap;
use std::path::Path;

const MANIFEST: &str = "manifest.json";
const SUMS: &str = "SHA256SUMS";

/// The digests of a pack's files, as found and as the two lists say.
#[derive(Debug)]
pub struct Witnesses {
    found: BTreeMap<String, String>,
    manifest: Option<Manifest>,
    /// The text of `SHA256SUMS`, and what it says of each file.
    sums: Option<(String, BTreeMap<String, String>)>,
    /// Why the manifest cannot be read.
    pub manifest_error: Option<String>,
}

impl Witnesses {
    /// Reads the lists and digests every file.
    ///
    /// # Errors
    /// Exit 65 where a list is a link out of the folder, 74 where a folder or file cannot be read.
    pub fn of(folder: &Path) -> Result<Self, Failure> {
        let io = |error: std::io::Error| Failure::io("reading", folder, &error);
        let mut found = BTreeMap::new();
        for path in files_in(folder).map_err(io)? {
            let name = path.to_string_lossy().replace('\\', "/");
            let digest = digest_of(&folder.join(&name), &name)?;
            found.insert(name, digest.sha256);
        }
        for list in [MANIFEST, SUMS].into_iter().filter(|&list| found.contains_key(list)) {
            check_within(folder, list)?;
        }
        let (mut manifest, mut manifest_error) = (None, None);
        if found.contains_key(MANIFEST) {
            match Manifest::from_json(&load::read_lossy(&folder.join(MANIFEST))?) {
                Ok(read) => manifest = Some(read),
                Err(error) => manifest_error = Some(error.to_string()),
            }
        }
        let sums = match found.contains_key(SUMS) {
            false => None,
            true => {
                let text = load::read_lossy(&folder.join(SUMS))?;
                let lines = text.lines().filter_map(|line| line.split_once("  "));
                let said = lines.map(|(sha256, name)| (name.to_owned(), sha256.to_owned())).collect();
                Some((text, said))
            }
        };
        Ok(Self { found, manifest, sums, manifest_error })
    }

    /// Files that are not what they were written as, in order of their names. A file that one list knows as it is, is as it was
    /// written: then the other list is the one that changed. `is_as_rerun` tells whether a file has the bytes of a rerun, which
    /// decides where the two lists disagree about one another.
    pub fn changed(&self, is_as_rerun: impl Fn(&str) -> bool) -> Vec<FileChange> {
        let mut changes = Vec::new();
        let mut is_manifest_wrong = self.manifest.is_none();
        let mut is_sums_wrong = self.sums.is_none();
        for name in self.data_files() {
            let found = self.found.get(&name);
            let (listed, summed) = (self.listed(&name), self.summed(&name));
            match (found, found == listed, found == summed) {
                (_, true, true) => {}
                (_, true, false) => is_sums_wrong = true,
                (_, false, true) => is_manifest_wrong = true,
                (None, ..) => changes.push(FileChange::new(&name, FileState::Missing)),
                (Some(_), ..) if listed.or(summed).is_none() => {
                    changes.push(FileChange::new(&name, FileState::Unlisted));
                }
                (Some(_), ..) => changes.push(FileChange::new(&name, FileState::NotAsListed)),
            }
        }
        if self.found.get(MANIFEST) != self.summed(MANIFEST) {
            match is_as_rerun(MANIFEST) {
                true => is_sums_wrong = true,
                false => is_manifest_wrong = true,
            }
        }
        // What is left: lines that no list of these files would have.
        is_sums_wrong |= !is_manifest_wrong && changes.is_empty() && !self.sums_are_of_the_manifest();
        if is_manifest_wrong {
            changes.push(FileChange::new(MANIFEST, FileState::NotAsSummed));
        }
        if is_sums_wrong {
            changes.push(FileChange::new(SUMS, FileState::OtherSums));
        }
        changes.sort();
        changes
    }

    /// Files other than the lists themselves that are there or that a list names.
    fn data_files(&self) -> Vec<String> {
        let listed = self.manifest.iter().flat_map(|manifest| &manifest.files).map(|file| file.name.clone());
        let summed = self.sums.iter().flat_map(|(_, said)| said.keys()).cloned();
        let mut names: Vec<String> = self.found.keys().cloned().chain(listed).chain(summed).collect();
        names.sort();
        names.dedup();
        names.retain(|name| name != MANIFEST && name != SUMS);
        names
    }

    fn listed(&self, name: &str) -> Option<&String> {
        let files = &self.manifest.as_ref()?.files;
        files.iter().find(|file| file.name == name).map(|file| &file.sha256)
    }

    fn summed(&self, name: &str) -> Option<&String> {
        self.sums.as_ref()?.1.get(name)
    }

    fn sums_are_of_the_manifest(&self) -> bool {
        let (Some(manifest), Some((text, _)), Some(found)) =
            (&self.manifest, &self.sums, self.found.get(MANIFEST))
        else {
            return false;
        };
        let of_manifest = outputs::FileDigest { name: MANIFEST.to_owned(), bytes: 0, sha256: found.clone() };
        let files: Vec<_> = manifest.files.iter().cloned().chain([of_manifest]).collect();
        sha256sums(&files) == *text
    }
}
