//! `init`: a scenario to begin with.

use crate::cli::InitArgs;
use crate::exit::{Code, Failure, print};
use std::fs;
use std::path::Path;

/// The starter scenario: commented, and running as it is.
const STARTER: &str = include_str!("../../scenarios/starter.ron");

/// Writes the starter scenario.
pub(super) fn init(args: &InitArgs) -> Result<(), Failure> {
    let is_folder = args.target.is_dir() || args.target.as_os_str().to_string_lossy().ends_with('/');
    let path = if is_folder { args.target.join("my-depot.ron") } else { args.target.clone() };
    let shown = path.display();
    if path.exists() && !args.force {
        let message = format!("{shown} is there already (choose another name, or replace it with --force)");
        return Err(Failure::new(Code::CannotCreate, message));
    }
    write(&path)
        .map_err(|error| Failure::new(Code::CannotCreate, format!("cannot create {shown}: {error}")))?;
    print(&format!(
        "{shown} written: two circuits, six chargers, a night of six buses\n\n\
         next:\n  \
         1. change it to your depot; every field is explained in the file, and in docs/scenario-format.md\n  \
         2. depotsim check {shown}\n  \
         3. depotsim topology {shown}\n  \
         4. depotsim run {shown}\n"
    ))
}

fn write(path: &Path) -> std::io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, STARTER)
}
