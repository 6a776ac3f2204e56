//! What to say of files and folders that are not what was asked for: what is there instead, and what was probably meant.

use crate::pack::PackKind;
use std::fs;
use std::path::{Path, PathBuf};

/// More names than this are not listed.
const LISTED_MAX: usize = 10;

/// Why there is no scenario of this name or path; `None` where there is a file.
pub(crate) fn no_scenario(path: &Path) -> Option<String> {
    let name = path.display();
    if path.is_dir() {
        return Some(folder(path));
    }
    // What cannot be looked at is told by whoever reads it.
    if !fs::metadata(path).is_err_and(|error| is_absent(&error)) {
        return None;
    }
    let bundled = || scenarios::bundled().iter().map(|bundled| bundled.name);
    let meant =
        |meant: Option<String>| meant.map_or(String::new(), |meant| format!("did you mean {meant}? "));
    let beside = ron_files(path.parent().unwrap_or(Path::new("")));
    if path.extension().is_none() && path.components().count() == 1 {
        let with_ending = PathBuf::from(format!("{name}.ron"));
        let near = match beside.contains(&with_ending) {
            true => Some(with_ending.display().to_string()),
            false => scenarios::nearest(&name.to_string(), bundled()).map(str::to_owned),
        };
        return Some(format!(
            "it is neither bundled nor a file ({}bundled are {}; or give a path to a .ron file)",
            meant(near),
            bundled().collect::<Vec<_>>().join(", ")
        ));
    }
    let names: Vec<String> = beside.iter().map(|path| file_name(path)).collect();
    let near = scenarios::nearest(&file_name(path), names.iter().map(String::as_str));
    let near = near.map(|near| path.with_file_name(near).display().to_string());
    let remedy = match path.extension().is_some_and(|extension| extension == "ron") {
        true => format!("`depotsim init {name}` writes one to begin with"),
        false => "give the name of a bundled scenario, or a path to a .ron file".to_owned(),
    };
    Some(format!("there is no such file ({}{remedy})", meant(near)))
}

/// Why there is no such data file, named beside a folder; `None` where there is one.
pub(crate) fn no_data(folder: &Path, name: &str) -> Option<String> {
    let path = folder.join(name);
    if path.is_dir() {
        return Some("it is a folder".to_owned());
    }
    let absent = fs::metadata(&path).is_err_and(|error| is_absent(&error));
    absent.then(|| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let begins = match Path::new(name).is_absolute() {
            true => "",
            false => " (its path begins at the scenario's folder)",
        };
        format!("there is no such file in {}{begins}", folder.display())
    })
}

fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}

/// A folder where a scenario is asked for.
fn folder(path: &Path) -> String {
    let name = path.display();
    match PackKind::of(path) {
        Some(PackKind::Run) => {
            return format!(
                "it is a pack that `depotsim run` wrote, and no scenario (`depotsim verify {name}` runs it again)"
            );
        }
        Some(PackKind::OpenLoop) => {
            return format!(
                "it is what `depotsim replay --demands` wrote, and no scenario (that is in it: {})",
                path.join("scenario.ron").display()
            );
        }
        None => {}
    }
    let files = ron_files(path);
    match files.is_empty() {
        true => format!("it is a folder without a scenario (`depotsim init {name}` writes one into it)"),
        false => {
            let more = if files.len() > LISTED_MAX { ", ..." } else { "" };
            let listed: Vec<String> =
                files.iter().take(LISTED_MAX).map(|path| path.display().to_string()).collect();
            format!("it is a folder (give a file in it: {}{more})", listed.join(", "))
        }
    }
}

/// Why nothing can be created at a path, of the error that came of it.
pub(crate) fn not_created(path: &Path, error: &std::io::Error) -> String {
    match path.ancestors().skip(1).find(|above| above.is_file()) {
        Some(file) => format!("{} is a file and no folder", file.display()),
        None => error.to_string(),
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The scenarios in a folder, in order.
fn ron_files(folder: &Path) -> Vec<PathBuf> {
    let shown = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let Ok(entries) = fs::read_dir(shown) else { return Vec::new() };
    let is_ron = |path: &Path| path.extension().is_some_and(|extension| extension == "ron");
    let mut files: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .map(|entry| folder.join(entry.file_name()))
        .filter(|path| is_ron(path) && path.is_file())
        .collect();
    files.sort();
    files
}
