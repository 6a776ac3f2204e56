//! What a folder is: one that we wrote, and which kind of it, or none of ours.

use outputs::Manifest;
use std::fs;
use std::path::Path;

/// A folder that depotsim wrote whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PackKind {
    /// What `run` and `replay` write.
    Run,
    /// What `replay --demands` writes.
    OpenLoop,
}

impl PackKind {
    /// What a folder is, whatever was changed in it since; `None` where it is no pack.
    ///
    /// Other programs write files of these names, too: a manifest is ours if it can be read as ours, or where a recording or digests of ticks stand beside it.
    pub fn of(folder: &Path) -> Option<Self> {
        let has = |name: &str| folder.join(name).is_file();
        let has_our_manifest = || {
            fs::read_to_string(folder.join("manifest.json"))
                .is_ok_and(|text| Manifest::from_json(&text).is_ok())
        };
        let is_run = || has("recording.ron") || has("tick-digests.csv") || has_our_manifest();
        match has("manifest.json") {
            true => is_run().then_some(Self::Run),
            false => (has("SHA256SUMS") && has("setpoints.csv")).then_some(Self::OpenLoop),
        }
    }

    /// Every file that stands in such a folder, whatever the list in it says: that may have been changed.
    pub(super) fn files(self) -> &'static [&'static str] {
        match self {
            Self::Run => &[
                "manifest.json",
                "SHA256SUMS",
                "recording.ron",
                "recording-visits.csv",
                "tick-digests.csv",
                "cycles.csv",
                "nodes.csv",
                "connectors.csv",
                "visits.csv",
                "events.csv",
                "breaches.csv",
                "plots/site.svg",
                "plots/branches.svg",
                "plots/connectors.svg",
                "plots/visits.svg",
                "review.html",
                "summary.json",
                "junit.xml",
                "datapackage.json",
            ],
            Self::OpenLoop => &["SHA256SUMS", "setpoints.csv", "cycles.csv", "summary.json", "scenario.ron"],
        }
    }
}
