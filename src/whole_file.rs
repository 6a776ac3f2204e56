//! A file of its own: it appears whole or not at all, in the place that a link leads to. A device or a pipe takes its bytes as they come, and is never
//! replaced.

use crate::exit::{Code, Failure};
use crate::not_found;
use crate::pack::PackKind;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// A place for a file.
#[derive(Debug)]
pub(crate) struct WholeFile {
    /// As it was said.
    said: PathBuf,
    stands_there: StandsThere,
}

/// What is found at a place.
#[derive(Debug)]
enum StandsThere {
    Nothing,
    /// A file, by its own path.
    File(PathBuf),
    /// A device, a pipe or a socket.
    Stream,
}

impl WholeFile {
    /// The place that is meant by a path.
    ///
    /// # Errors
    /// Exit 73 where a folder stands there or a link to nothing, and in a pack, which another file would spoil.
    pub(crate) fn at(said: &Path) -> Result<Self, Failure> {
        let refused = |what: &str| {
            let message = format!("{} {what} (choose another name)", said.display());
            Err(Failure::new(Code::CannotCreate, message))
        };
        let stands_there = match fs::metadata(said) {
            Ok(found) if found.is_dir() => return refused("is a folder"),
            Ok(found) if !found.is_file() => StandsThere::Stream,
            Ok(_) => StandsThere::File(fs::canonicalize(said).unwrap_or_else(|_| said.to_owned())),
            Err(_) if said.is_symlink() => return refused("is a link to nothing"),
            Err(_) => StandsThere::Nothing,
        };
        let place = match &stands_there {
            StandsThere::File(path) => path,
            StandsThere::Nothing | StandsThere::Stream => said,
        };
        // A folder that is still to be made lies in the nearest one that is there.
        let above = std::path::absolute(folder_of(place)).unwrap_or_default();
        let above = above.ancestors().find_map(|above| fs::canonicalize(above).ok()).unwrap_or_default();
        if above.ancestors().any(|folder| PackKind::of(folder).is_some()) {
            return refused("would lie in a pack and spoil it");
        }
        Ok(Self { said: said.to_owned(), stands_there })
    }

    /// The file that stands there, whose place is to be taken.
    pub(crate) fn old(&self) -> Option<&Path> {
        match &self.stands_there {
            StandsThere::File(path) => Some(path),
            StandsThere::Nothing | StandsThere::Stream => None,
        }
    }

    /// Writes the file.
    ///
    /// # Errors
    /// Exit 73 where it cannot be created, or something stands there by now that may not be replaced; 74 where it cannot be written.
    pub(crate) fn write(&self, bytes: &[u8]) -> Result<(), Failure> {
        let writing = |error: io::Error| Failure::io("writing", &self.said, &error);
        if matches!(self.stands_there, StandsThere::Stream) {
            let stream = OpenOptions::new().write(true).open(&self.said);
            let written = stream.map_err(|error| self.cannot_create(&error))?.write_all(bytes);
            // Whoever reads may have read enough.
            return match written {
                Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(writing(error)),
                _ => Ok(()),
            };
        }
        let mut file = self.begin()?;
        file.write_all(bytes).and_then(|()| file.as_file().sync_all()).map_err(writing)?;
        self.finish(file, false)
    }

    /// Begins the file beside its place, as readable as any that a program of this user writes: it is made to be handed on.
    ///
    /// # Errors
    /// Exit 73 where it cannot be created, and where a device or a pipe stands.
    pub(crate) fn begin(&self) -> Result<NamedTempFile, Failure> {
        if matches!(self.stands_there, StandsThere::Stream) {
            let message =
                format!("{} is a pipe, a socket or a device, and no file (remove it)", self.said.display());
            return Err(Failure::new(Code::CannotCreate, message));
        }
        let folder = folder_of(self.place());
        let mut builder = tempfile::Builder::new();
        builder.prefix(".depotsim-").suffix(".tmp");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        fs::create_dir_all(&folder)
            .and_then(|()| builder.tempfile_in(&folder))
            .map_err(|error| self.cannot_create(&error))
    }

    /// Moves the file to its place. `is_anybodys` lets it take that of a file which has come there since.
    ///
    /// # Errors
    /// As [`WholeFile::write`].
    pub(crate) fn finish(&self, file: NamedTempFile, is_anybodys: bool) -> Result<(), Failure> {
        let moved = match &self.stands_there {
            StandsThere::File(place) => file.persist(place),
            StandsThere::Nothing if is_anybodys => file.persist(&self.said),
            StandsThere::Nothing => file.persist_noclobber(&self.said),
            StandsThere::Stream => return Err(self.cannot_create(&ErrorKind::AlreadyExists.into())),
        };
        moved.map(drop).map_err(|error| self.cannot_create(&error.error))
    }

    fn place(&self) -> &Path {
        self.old().unwrap_or(&self.said)
    }

    fn cannot_create(&self, error: &io::Error) -> Failure {
        let why = not_found::not_created(&self.said, error);
        let message = format!("cannot create {}: {why} (choose another name)", self.said.display());
        Failure::new(Code::CannotCreate, message)
    }
}

/// The folder of a file.
fn folder_of(file: &Path) -> PathBuf {
    let above = file.parent().filter(|above| !above.as_os_str().is_empty());
    above.unwrap_or(Path::new(".")).to_owned()
}
