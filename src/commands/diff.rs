//! `diff`: what is better and what is worse in one pack than in another.

use crate::cli::DiffArgs;
use crate::compare::Comparison;
use crate::exit::{Code, Failure, print};
use crate::not_found;
use std::fs;
use std::io::Write;
use std::path::Path;

/// What every page that `diff` writes says of itself.
const GENERATOR: &str = r#"<meta name="generator" content="depotsim diff">"#;

/// Compares two packs; ends with 1 where something else happened in the second.
pub(super) fn diff(args: &DiffArgs) -> Result<(), Failure> {
    if let Some(path) = &args.html {
        check_place(path)?;
    }
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

/// Refuses a place where something stands that is no comparison of ours.
fn check_place(path: &Path) -> Result<(), Failure> {
    let message = match path {
        _ if path.is_dir() => "is a folder",
        _ if path.exists() && !fs::read_to_string(path).is_ok_and(|text| text.contains(GENERATOR)) => {
            "is there already and is no comparison by depotsim"
        }
        _ => return Ok(()),
    };
    let message = format!("{} {message} (choose another name)", path.display());
    Err(Failure::new(Code::CannotCreate, message))
}

/// Writes a file beside its place and moves it there, so that it is whole or as it was.
fn write_whole(path: &Path, text: &str) -> Result<(), Failure> {
    let cannot = |error: std::io::Error| {
        let why = not_found::not_created(path, &error);
        Failure::new(
            Code::CannotCreate,
            format!("cannot create {}: {why} (choose another name)", path.display()),
        )
    };
    let above = match path.parent() {
        Some(above) if !above.as_os_str().is_empty() => above,
        _ => Path::new("."),
    };
    fs::create_dir_all(above).map_err(cannot)?;
    let mut builder = tempfile::Builder::new();
    // As readable as any file that a program of this user writes: it is made to be handed on.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(above).map_err(cannot)?;
    file.write_all(text.as_bytes()).map_err(|error| Failure::io("writing", path, &error))?;
    file.persist(path).map_err(|error| cannot(error.error))?;
    Ok(())
}
