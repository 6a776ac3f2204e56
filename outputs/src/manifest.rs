//! `manifest.json` and `SHA256SUMS`: which bytes a pack consists of.

use crate::hashing::FileDigest;
use serde::{Deserialize, Serialize};

/// What produced a pack. Nothing here depends on the host, the clock or the path of the pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunIdentity {
    /// Version of depotsim, such as `0.1.0`.
    pub version: String,
    /// Version of what decides bytes; raised when digests change on purpose.
    pub behaviour: u32,
    /// The scenario's id.
    pub scenario: String,
    /// The seed of the realization.
    pub seed: u64,
    /// The strategy's name.
    pub strategy: String,
    /// The level of control, by name.
    pub control: String,
    /// SHA-256 of `tick-digests.csv`, 64 hexadecimal digits.
    pub run_digest: String,
}

/// The content of `manifest.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// What produced the pack.
    #[serde(flatten)]
    pub run: RunIdentity,
    /// The files, in the order of their names (by bytes); the manifest itself and `SHA256SUMS` are not among them.
    pub files: Vec<FileDigest>,
}

/// A manifest could not be read or made.
#[derive(Debug, thiserror::Error)]
#[error("manifest.json: {0}")]
pub struct ManifestError(#[from] serde_json::Error);

impl Manifest {
    /// A manifest of files in any order.
    pub fn new(run: RunIdentity, mut files: Vec<FileDigest>) -> Self {
        files.sort();
        Self { run, files }
    }

    /// The bytes of `manifest.json`.
    ///
    /// # Errors
    /// None in practice: the content is plain text and integers.
    pub fn to_json(&self) -> Result<String, ManifestError> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// Reads `manifest.json`.
    ///
    /// # Errors
    /// Says line and column where it is not a manifest.
    pub fn from_json(json: &str) -> Result<Self, ManifestError> {
        Ok(serde_json::from_str(json)?)
    }
}

/// The bytes of `SHA256SUMS` for files in any order, in the format that `sha256sum -c` reads.
///
/// Names with a backslash or an end of line are escaped as GNU coreutils escape them. The manifest may be among the
/// files, and should: it then is protected too.
pub fn sha256sums(files: &[FileDigest]) -> String {
    let mut sorted: Vec<&FileDigest> = files.iter().collect();
    sorted.sort();
    let mut sums = String::new();
    for FileDigest { name: file, sha256, .. } in sorted {
        let escaped = file.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r");
        let mark = if escaped == *file { "" } else { "\\" };
        sums.push_str(&format!("{mark}{sha256}  {escaped}\n"));
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity() -> RunIdentity {
        RunIdentity {
            version: "0.1.0".into(),
            behaviour: 1,
            scenario: "wa-pta".into(),
            seed: u64::MAX,
            strategy: "fair-share".into(),
            control: "connector".into(),
            run_digest: "00".repeat(32),
        }
    }

    #[test]
    fn a_manifest_reads_back_as_it_was_written_with_its_files_in_order() {
        let files =
            vec![FileDigest::of_bytes("plots/site.svg", b"x"), FileDigest::of_bytes("cycles.csv", b"")];
        let manifest = Manifest::new(identity(), files);
        assert_eq!(manifest.files[0].name, "cycles.csv");
        assert_eq!(Manifest::from_json(&manifest.to_json().unwrap()).unwrap(), manifest);
    }

    #[test]
    fn an_unknown_field_is_refused_with_its_place() {
        let json = Manifest::new(identity(), Vec::new()).to_json().unwrap().replace("\"seed\"", "\"sead\"");
        let error = Manifest::from_json(&json).unwrap_err().to_string();
        assert!(error.contains("missing field `seed`") && error.contains("line"), "{error}");
    }

    #[test]
    fn sums_have_two_spaces_and_odd_names_are_escaped() {
        let sums = sha256sums(&[FileDigest::of_bytes("b\\c", b"abc"), FileDigest::of_bytes("a.csv", b"")]);
        assert_eq!(
            sums,
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  a.csv\n\
             \\ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  b\\\\c\n"
        );
    }
}
