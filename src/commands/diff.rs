//! `diff`: what is better and what is worse in one pack than in another.

use crate::cli::DiffArgs;
use crate::compare::Comparison;
use crate::exit::{Code, Failure, escaped, print};
use crate::whole_file::WholeFile;
use std::fs;
use std::path::Path;

/// What every page that `diff` writes says of itself.
const GENERATOR: &str = r#"<meta name="generator" content="depotsim diff">"#;

/// Compares two packs; ends with 1 where something else happened in the second.
pub(super) fn diff(args: &DiffArgs) -> Result<(), Failure> {
    // Before the work that is to be written there.
    let page = args.html.as_deref().map(place_of).transpose()?;
    let comparison = Comparison::of(&args.a, &args.b)?;
    if let Some(page) = page {
        page.write(comparison.to_html()?.as_bytes())?;
    }
    if args.json {
        let json = serde_json::to_string_pretty(&comparison)
            .map_err(|error| Failure::new(Code::Bug, error.to_string()))?;
        print(&(json + "\n"))?;
    } else {
        print(&escaped(&comparison.to_text()))?;
    }
    match comparison.is_same {
        true => Ok(()),
        false => Err(Failure::new(Code::Different, String::new())),
    }
}

/// The place of the page, unless something stands there that is no comparison of ours.
fn place_of(path: &Path) -> Result<WholeFile, Failure> {
    let file = WholeFile::at(path)?;
    if file.old().is_some_and(|old| !fs::read_to_string(old).is_ok_and(|text| text.contains(GENERATOR))) {
        let message = "is there already and is no comparison by depotsim (choose another name)";
        return Err(Failure::new(Code::CannotCreate, format!("{} {message}", path.display())));
    }
    Ok(file)
}
