//! Odd depots, drawn: whole scenario files that no person would write, to find what breaks.
//!
//! ```text
//!  seed ──> which features are on (a stream each) ──> Draft ──feature after feature──> RandomDepot { file, files }
//!                 FEATURES, one line each             a small plain depot               resolve, draw, run, with the checker on
//! ```
//!
//! - Every feature has two streams of its own, one that switches it and one that fills it, so that a new one changes no other's draws.
//! - What comes out is a scenario file like any other, and always a sound one: a file is what can be shrunk, kept and shown.
//! - Moments are chosen to be awkward: the first tick, the last, a tick's edge and the seconds beside it, and moments that are taken.

mod chance;
mod chargers;
mod conduct;
mod draft;
mod features;
mod fleet;
mod site;
mod supply;
mod timing;
mod trial;

pub use chance::Chance;
pub use draft::Draft;
pub use features::{FEATURES, Feature};
pub use trial::{Trial, try_depot};

use crate::format::file::ScenarioFile;

/// A drawn depot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RandomDepot {
    /// The seed that it was drawn from.
    pub seed: u64,
    /// The features that are on, in the order of [`FEATURES`].
    pub features: Vec<&'static str>,
    /// The scenario.
    pub file: ScenarioFile,
    /// The CSV files that it names, each with its text.
    pub files: Vec<(String, String)>,
}

/// The depot of this seed, each feature on or off by chance.
pub fn random_depot(seed: u64) -> RandomDepot {
    random_depot_with(seed, |feature| feature.is_on(seed))
}

/// The depot of this seed with the features that `is_on` lets through: with fewer of them, each one's part stays what it was as far as what
/// is left lets it.
pub fn random_depot_with(seed: u64, is_on: impl Fn(&Feature) -> bool) -> RandomDepot {
    let mut draft = Draft::plain(seed);
    let mut features = Vec::new();
    for feature in FEATURES.iter().filter(|feature| is_on(feature)) {
        features.push(feature.name);
        (feature.apply)(&mut draft, &mut Chance::of(seed, "random_depot", feature.name));
    }
    let (file, files) = draft.finish();
    RandomDepot { seed, features, file, files }
}

impl RandomDepot {
    /// The scenario as a file.
    pub fn to_ron(&self) -> String {
        crate::text::ron_text::write(&self.file, 3)
    }

    /// The text of one of its CSV files.
    ///
    /// # Errors
    /// A message, for a file that it does not have.
    pub fn read_file(&self, name: &str) -> Result<String, String> {
        let found = self.files.iter().find(|(file, _)| file == name);
        found.map(|(_, text)| text.clone()).ok_or_else(|| format!("the random depot has no file {name}"))
    }
}
