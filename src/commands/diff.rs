//! `diff`: what is better and what is worse in one pack than in another.

use crate::cli::DiffArgs;
use crate::compare::Comparison;
use crate::exit::{Code, Failure, print};
use std::fs;
use std::io::Write;

/// Compares two packs; ends with 1 where something else happened in the second.
pub(super) fn diff(args: &DiffArgs) -> Result<(), Failure> {
    let comparison = Comparison::of(&args.a, &args.b)?;
    if let Some(path) = &args.html {
        write_whole(path, &comparison.to_html()?)?;
    }
    if args.json {
        let json = serde_json::to_string_pretty(&comparison)
            .map_err(|error| Failure::new(Code::Bug, error.to_string()))?;
        print(&(json + "\n"))?;
    } else {
        print(&comparison.to_text())?;
    }
    match comparison.is_same {
        true => Ok(()),
        false => Err(Failure::new(Code::Different, String::new())),
    }
}

/// Writes a file beside its place and moves it there, so that it is whole or as it was.
fn write_whole(path: &std::path::Path, text: &str) -> Result<(), Failure> {
    let cannot = |error: std::io::Error| {
        Failure::new(Code::CannotCreate, format!("cannot create {}: {error}", path.display()))
    };
    let above = match path.parent() {
        Some(above) if !above.as_os_str().is_empty() => above,
        _ => std::path::Path::new("."),
    };
    fs::create_dir_all(above).map_err(cannot)?;
    let mut file = tempfile::NamedTempFile::new_in(above).map_err(cannot)?;
    file.write_all(text.as_bytes()).map_err(|error| Failure::io("writing", path, &error))?;
    file.persist(path).map_err(|error| cannot(error.error))?;
    Ok(())
}
