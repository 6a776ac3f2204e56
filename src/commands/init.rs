//! `init`: a scenario to begin with.

use crate::cli::InitArgs;
use crate::exit::{Code, Failure, print};
use crate::shell::quoted;
use crate::whole_file::WholeFile;
use std::path::{Path, PathBuf};

/// The starter scenario: commented, and running as it is.
const STARTER: &str = include_str!("../../scenarios/starter.ron");
/// The id that it has, and the name of the file where none is said.
const STARTER_ID: &str = "my-depot";

/// Writes the starter scenario, called after its file.
pub(super) fn init(args: &InitArgs) -> Result<(), Failure> {
    let path = file_of(&args.target);
    let shown = path.display();
    let id = id_of(&path)?;
    let file = WholeFile::at(&path)?;
    if file.old().is_some() && !args.force {
        let message = format!("{shown} is there already (choose another name, or replace it with --force)");
        return Err(Failure::new(Code::CannotCreate, message));
    }
    file.write(STARTER.replace(STARTER_ID, &id).as_bytes())?;
    let named = quoted(&path.display().to_string());
    print(&format!(
        "{shown} written: two circuits, six chargers, a night of six buses\n\n\
         next:\n  \
         1. change it to your depot; every field is explained in the file, and in docs/scenario-format.md\n  \
         2. depotsim check {named}\n  \
         3. depotsim topology {named}\n  \
         4. depotsim run {named}\n"
    ))
}

/// The file that is meant: one of the usual name in a folder, and with the usual ending.
fn file_of(target: &Path) -> PathBuf {
    if target.is_dir() || target.as_os_str().to_string_lossy().ends_with(['/', '\\']) {
        return target.join(format!("{STARTER_ID}.ron"));
    }
    match target.extension() {
        Some(extension) if extension.eq_ignore_ascii_case("ron") => target.to_owned(),
        _ => {
            let mut name = target.as_os_str().to_owned();
            name.push(".ron");
            name.into()
        }
    }
}

/// The scenario's id, which is the file's name.
fn id_of(path: &Path) -> Result<String, Failure> {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    if scenarios::is_id(&name) {
        return Ok(name.into_owned());
    }
    let usable = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
    let better: String = name.chars().take(60).map(usable).collect();
    // A name that begins with - would be taken for an option.
    let better =
        Some(better.trim_start_matches('-')).filter(|better| !better.is_empty()).unwrap_or(STARTER_ID);
    Err(Failure::bad_input(format!(
        "the scenario is called after its file, but {name:?} is not an id (1 to 200 of the characters A-Z, a-z, 0-9, _ and -; such as {})",
        path.with_file_name(format!("{better}.ron")).display()
    )))
}
