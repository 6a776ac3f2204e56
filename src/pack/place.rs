//! Where a finished pack comes to stand, and what may stand there already.

use super::folder::files_in;
use super::kind::PackKind;
use crate::durable::{sync_file, sync_folder};
use crate::exit::{Code, Failure};
use outputs::Manifest;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// What became of a finished pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placed {
    /// It stands where it was to stand.
    New,
    /// The same bytes stood there already.
    Identical,
    /// It took the place of another pack.
    Replaced,
}

/// A place for a pack.
#[derive(Debug)]
pub struct Place {
    /// As it was said.
    said: PathBuf,
    /// The folder itself: a pack takes the place of what a link leads to, and the link stays.
    path: PathBuf,
}

impl Place {
    /// The place that is meant by a path.
    pub fn at(said: &Path) -> Self {
        let path = fs::canonicalize(said).unwrap_or_else(|_| said.to_owned());
        Self { said: said.to_owned(), path }
    }

    /// The folder itself.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Refuses a place where no pack can come to stand, before any work is done for it.
    ///
    /// # Errors
    /// Exit 73 where a file stands there, a folder that is not empty and no pack, or the folder that somebody works in.
    pub fn check(&self) -> Result<(), Failure> {
        let (path, shown) = (&self.path, self.said.display());
        if let Some(file) = path.ancestors().skip(1).find(|above| above.is_file()) {
            let message = format!(
                "cannot create {shown}: {} is a file and no folder (choose another --out)",
                file.display()
            );
            return Err(Failure::new(Code::CannotCreate, message));
        }
        let message = match path {
            _ if path.is_symlink() => {
                format!("{shown} is a link to nothing (remove it, or choose another --out)")
            }
            _ if is_empty_folder(path) && is_here(path) => format!(
                "{shown} is the folder that you are in, and a pack comes as a folder of its own (choose another --out, such as {})",
                self.said.join("pack").display()
            ),
            _ if !path.exists() || is_empty_folder(path) || PackKind::of(path).is_some() => return Ok(()),
            _ if path.is_dir() => format!(
                "{shown} is a folder with other things than a pack, which are never overwritten, not even with --force (choose another --out)"
            ),
            _ => format!("{shown} is a file, and a pack is a folder (choose another --out)"),
        };
        Err(Failure::new(Code::CannotCreate, message))
    }

    /// Moves a finished pack there.
    pub(super) fn take(&self, pack: TempDir, force: bool) -> Result<Placed, Failure> {
        let (path, shown) = (&self.path, self.said.display());
        if !path.exists() || is_empty_folder(path) {
            self.make_ready(pack.path())?;
            // Some systems rename onto nothing alone. Where it cannot go, the rename says why.
            if is_empty_folder(path) {
                let _ = fs::remove_dir(path);
            }
            match fs::rename(pack.path(), path) {
                Ok(()) => {
                    // What it was called is nobody's to remove any more.
                    let _ = pack.keep();
                    sync_folder(&parent_of(path));
                    return Ok(Placed::New);
                }
                // Another run was quicker, perhaps with the same pack.
                Err(_) if path.exists() && !is_empty_folder(path) => {}
                Err(error) => return Err(self.cannot_create(&error)),
            }
        }
        if is_same(pack.path(), path) {
            return Ok(Placed::Identical);
        }
        self.check()?;
        if !force {
            let message = format!(
                "{shown} holds a pack with other content (--force replaces it, or choose another --out)"
            );
            return Err(Failure::new(Code::CannotCreate, message));
        }
        self.check_nothing_foreign()?;
        self.make_ready(pack.path())?;
        exchange(pack.path(), path).map_err(|error| self.cannot_create(&error))?;
        sync_folder(&parent_of(path));
        Ok(Placed::Replaced)
    }

    /// All bytes are on the disk before they get their name, and others may read them.
    fn make_ready(&self, pack: &Path) -> Result<(), Failure> {
        make_readable(pack);
        let synced =
            files_in(pack).and_then(|files| files.iter().try_for_each(|file| sync_file(&pack.join(file))));
        synced.map_err(|error| Failure::io("writing", &self.path, &error))?;
        let below = fs::read_dir(pack).into_iter().flatten().flatten();
        below.map(|entry| entry.path()).filter(|path| path.is_dir()).for_each(|path| sync_folder(&path));
        sync_folder(pack);
        Ok(())
    }

    fn check_nothing_foreign(&self) -> Result<(), Failure> {
        let (path, shown) = (&self.path, self.said.display());
        let foreign = foreign_files(path).map_err(|error| Failure::io("reading", path, &error))?;
        let Some(first) = foreign.first() else { return Ok(()) };
        let more = match foreign.len() {
            1 => String::new(),
            n => format!(" and {} more", n - 1),
        };
        let message = format!(
            "{shown} holds {}{more} beside its pack, which is never overwritten, not even with --force (move it away, or choose another --out)",
            first.display()
        );
        Err(Failure::new(Code::CannotCreate, message))
    }

    fn cannot_create(&self, error: &io::Error) -> Failure {
        Failure::new(Code::CannotCreate, format!("cannot create {}: {error}", self.said.display()))
    }
}

/// Puts a finished pack into the place of another, which is then where the finished one was. Whoever is killed meanwhile has the one or the other there,
/// but for file systems that cannot do it at once.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn exchange(pack: &Path, place: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    match renameat_with(CWD, pack, CWD, place, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(()),
        // Not every file system can do it at once.
        Err(_) => exchange_in_turn(pack, place),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn exchange(pack: &Path, place: &Path) -> io::Result<()> {
    exchange_in_turn(pack, place)
}

/// The same, one after the other: where the new one cannot be moved, the old one comes back. Whoever is killed between the two finds the old one beside
/// its place, as `.depotsim-*.old`.
fn exchange_in_turn(pack: &Path, place: &Path) -> io::Result<()> {
    let aside = pack.with_extension("old");
    fs::rename(place, &aside)?;
    if let Err(error) = fs::rename(pack, place) {
        return Err(match fs::rename(&aside, place) {
            Ok(()) => error,
            Err(also) => io::Error::new(
                error.kind(),
                format!("{error}; and what was there cannot be moved back from {}: {also}", aside.display()),
            ),
        });
    }
    fs::rename(&aside, pack)
}

/// Temporary folders are private; packs are handed to others.
#[cfg(unix)]
fn make_readable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let _ = fs::set_permissions(path, fs::Permissions::from_mode(0o755));
}

#[cfg(not(unix))]
fn make_readable(_: &Path) {}

/// The folder above.
pub(super) fn parent_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn is_here(path: &Path) -> bool {
    std::env::current_dir().and_then(fs::canonicalize).is_ok_and(|here| here == path)
}

fn is_empty_folder(path: &Path) -> bool {
    fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
}

/// What stands in a folder and is not ours: somebody else's work.
fn foreign_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    // Packs of other versions may have other files, which their lists tell.
    let manifest = fs::read_to_string(folder.join("manifest.json")).unwrap_or_default();
    let manifest = Manifest::from_json(&manifest).ok();
    let listed: Vec<&str> =
        manifest.iter().flat_map(|manifest| &manifest.files).map(|file| file.name.as_str()).collect();
    let known = PackKind::of(folder).map_or(&[][..], PackKind::files);
    let is_known = |name: &str| listed.contains(&name) || known.contains(&name);
    let mut files = files_in(folder)?;
    files.retain(|path| !is_known(&path.to_string_lossy().replace('\\', "/")));
    Ok(files)
}

/// Whether two folders hold the same files with the same bytes.
fn is_same(a: &Path, b: &Path) -> bool {
    match (files_in(a), files_in(b)) {
        (Ok(of_a), Ok(of_b)) => {
            of_a == of_b
                && of_a.iter().all(|name| has_same_bytes(&a.join(name), &b.join(name)).unwrap_or(false))
        }
        _ => false,
    }
}

/// Compares two files piece by piece: traces may be larger than memory.
fn has_same_bytes(a: &Path, b: &Path) -> io::Result<bool> {
    const PIECE: u64 = 1 << 16;
    if fs::metadata(a)?.len() != fs::metadata(b)?.len() {
        return Ok(false);
    }
    let (mut a, mut b) = (File::open(a)?, File::open(b)?);
    let (mut of_a, mut of_b) = (Vec::new(), Vec::new());
    loop {
        of_a.clear();
        of_b.clear();
        (&mut a).take(PIECE).read_to_end(&mut of_a)?;
        (&mut b).take(PIECE).read_to_end(&mut of_b)?;
        if of_a != of_b || of_a.is_empty() {
            return Ok(of_a == of_b);
        }
    }
}
