//! A folder that is whole or absent: it is written under a temporary name beside its place, and moved there at the end (`place`).

use super::place::{Place, Placed, parent_of};
use crate::exit::{Code, Failure};
use crate::not_found;
use crate::stop;
use outputs::{FileDigest, HashingWriter};
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

/// A file of a pack while it is written.
pub type PackFile = HashingWriter<BufWriter<File>>;

/// A pack in the making, in a temporary folder beside its place.
#[derive(Debug)]
pub struct PackFolder {
    temporary: TempDir,
    digests: Vec<FileDigest>,
}

impl PackFolder {
    /// Begins a pack that is to stand at `target`; the folder above is made where it is missing.
    ///
    /// # Errors
    /// Exit 73 where a folder cannot be made there.
    pub fn beside(target: &Path) -> Result<Self, Failure> {
        let above = parent_of(Place::at(target).path());
        let cannot = |error: std::io::Error| {
            let why = not_found::not_created(target, &error);
            Failure::new(
                Code::CannotCreate,
                format!("cannot create {}: {why} (choose another --out)", target.display()),
            )
        };
        fs::create_dir_all(&above).map_err(cannot)?;
        Self::begun_in(&above).map_err(cannot)
    }

    /// Begins a pack that is to stand nowhere.
    ///
    /// # Errors
    /// Exit 73 where there is no place for temporary files.
    pub fn for_now() -> Result<Self, Failure> {
        let above = std::env::temp_dir();
        Self::begun_in(&above).map_err(|error| {
            let message = format!(
                "cannot create a temporary folder in {}: {error} (TMPDIR names another place)",
                above.display()
            );
            Failure::new(Code::CannotCreate, message)
        })
    }

    fn begun_in(above: &Path) -> std::io::Result<Self> {
        clear_left_overs(above);
        let temporary = tempfile::Builder::new().prefix(".depotsim-").suffix(".tmp").tempdir_in(above)?;
        Ok(Self { temporary, digests: Vec::new() })
    }

    /// The temporary folder.
    pub fn path(&self) -> &Path {
        self.temporary.path()
    }

    /// Digests of the files that are finished.
    pub fn digests(&self) -> &[FileDigest] {
        &self.digests
    }

    /// Opens a file of the pack.
    ///
    /// # Errors
    /// Exit 74 where it cannot be opened, and 75 where somebody asked to stop.
    pub fn create(&self, name: &str) -> Result<PackFile, Failure> {
        stop::check(stop::NO_PACK)?;
        let path = self.path().join(name);
        // Folders within the pack are made as they are needed, but never the pack's own: where that is gone, so are the files that were in it.
        let file = match Path::new(name).parent().filter(|below| !below.as_os_str().is_empty()) {
            Some(below) => made(&self.path().join(below)).and_then(|()| File::create(&path)),
            None => File::create(&path),
        };
        let file = file.map_err(|error| Failure::io("writing", &path, &error))?;
        Ok(HashingWriter::new(BufWriter::with_capacity(1 << 16, file)))
    }

    /// Closes a file of the pack.
    ///
    /// # Errors
    /// Exit 74 where the last bytes cannot be written.
    pub fn close(&mut self, name: &str, file: PackFile) -> Result<(), Failure> {
        let (mut out, digest) = file.finish(name);
        out.flush().map_err(|error| Failure::io("writing", &self.path().join(name), &error))?;
        self.digests.push(digest);
        Ok(())
    }

    /// Writes a whole file of the pack.
    ///
    /// # Errors
    /// Exit 74 where it cannot be written.
    pub fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        let mut file = self.create(name)?;
        file.write_all(bytes).map_err(|error| Failure::io("writing", &self.path().join(name), &error))?;
        self.close(name, file)
    }

    /// Moves the pack to its place.
    ///
    /// # Errors
    /// Exit 73 where something else stands there and `force` is not given, or where `force` would replace what is no pack, or what no pack has; 74 where
    /// files of the pack are gone.
    pub fn place(self, target: &Path, force: bool) -> Result<Placed, Failure> {
        self.check_whole()?;
        Place::at(target).take(self.temporary, force)
    }

    /// Whether all files that were written are still there: somebody may tidy up while a run takes its time.
    fn check_whole(&self) -> Result<(), Failure> {
        for digest in &self.digests {
            let path = self.path().join(&digest.name);
            let is_whole = fs::metadata(&path).is_ok_and(|found| found.len() == digest.bytes);
            if !is_whole {
                let message = format!(
                    "{} is gone or was cut while the pack was written: was the folder tidied up? (run it again)",
                    path.display()
                );
                return Err(Failure::new(Code::Io, message));
            }
        }
        Ok(())
    }
}

/// Makes a folder that may be there already.
fn made(folder: &Path) -> std::io::Result<()> {
    match fs::create_dir(folder) {
        Err(_) if folder.is_dir() => Ok(()),
        made => made,
    }
}

/// Removes what killed runs left in a folder. No run is silent for a day, so that nobody is still writing to what is older.
fn clear_left_overs(folder: &Path) {
    const DAY: Duration = Duration::from_secs(86_400);
    let is_left_over = |entry: &fs::DirEntry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        name.starts_with(".depotsim-")
            && name.ends_with(".tmp")
            && age(&entry.path()).is_some_and(|age| age > DAY)
    };
    // Whatever cannot be looked at or removed is in nobody's way.
    for entry in fs::read_dir(folder).into_iter().flatten().flatten().filter(is_left_over) {
        let _ = match entry.file_type() {
            Ok(found) if found.is_dir() => fs::remove_dir_all(entry.path()),
            _ => fs::remove_file(entry.path()),
        };
    }
}

/// How long nothing was written to a file, or to a folder and the files in it; `None` where that cannot be told.
fn age(path: &Path) -> Option<Duration> {
    let age_of = |path: &Path| fs::metadata(path).and_then(|data| data.modified()).ok()?.elapsed().ok();
    let files = if path.is_dir() { files_in(path).ok()? } else { Vec::new() };
    let ages: Option<Vec<_>> = files.iter().map(|file| age_of(&path.join(file))).collect();
    ages?.into_iter().chain([age_of(path)?]).min()
}

/// Paths of all files in a folder and below, in order.
pub(super) fn files_in(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut open = vec![PathBuf::new()];
    while let Some(below) = open.pop() {
        for entry in fs::read_dir(folder.join(&below))? {
            let entry = entry?;
            let path = below.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                open.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}
