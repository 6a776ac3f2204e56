//! A folder that is whole or absent.

use crate::exit::{Code, Failure};
use crate::not_found;
use outputs::{FileDigest, HashingWriter};
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

/// A file of a pack while it is written.
pub type PackFile = HashingWriter<BufWriter<File>>;

/// The files of every pack, whatever its manifest says.
const KNOWN_FILES: [&str; 5] =
    ["manifest.json", "SHA256SUMS", "recording.ron", "recording-visits.csv", "tick-digests.csv"];

/// A pack in the making, in a temporary folder beside its place.
#[derive(Debug)]
pub struct PackFolder {
    temporary: TempDir,
    digests: Vec<FileDigest>,
}

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

impl PackFolder {
    /// Refuses a place where no pack can come to stand, before any work is done for it.
    ///
    /// # Errors
    /// Exit 73 where a file stands there, or a folder that is not empty and no pack.
    pub fn check_place(target: &Path) -> Result<(), Failure> {
        let shown = target.display();
        if target.is_symlink() && !target.exists() {
            let message = format!("{shown} is a link to nothing (remove it, or choose another --out)");
            return Err(Failure::new(Code::CannotCreate, message));
        }
        if let Some(file) = target.ancestors().skip(1).find(|above| above.is_file()) {
            let message = format!(
                "cannot create {shown}: {} is a file and no folder (choose another --out)",
                file.display()
            );
            return Err(Failure::new(Code::CannotCreate, message));
        }
        let message = match target {
            _ if !target.exists() || is_empty_folder(target) || is_pack(target) => return Ok(()),
            _ if target.is_dir() => format!(
                "{shown} is a folder with other things than a pack, which are never overwritten, not even with --force (choose another --out)"
            ),
            _ => format!("{shown} is a file, and a pack is a folder (choose another --out)"),
        };
        Err(Failure::new(Code::CannotCreate, message))
    }

    /// Begins a pack that is to stand at `target`; the folder above is made where it is missing.
    ///
    /// # Errors
    /// Exit 73 where a folder cannot be made there.
    pub fn beside(target: &Path) -> Result<Self, Failure> {
        let above = parent_of(&followed(target));
        let cannot = |error: std::io::Error| {
            let why = not_found::not_created(target, &error);
            Failure::new(
                Code::CannotCreate,
                format!("cannot create {}: {why} (choose another --out)", target.display()),
            )
        };
        fs::create_dir_all(&above).map_err(cannot)?;
        clear_left_overs(&above);
        let temporary = tempfile::Builder::new()
            .prefix(".depotsim-")
            .suffix(".tmp")
            .tempdir_in(&above)
            .map_err(cannot)?;
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
    /// Exit 74 where it cannot be opened.
    pub fn create(&self, name: &str) -> Result<PackFile, Failure> {
        let path = self.path().join(name);
        let file = fs::create_dir_all(parent_of(&path)).and_then(|()| File::create(&path));
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
    /// Exit 73 where something else stands there and `force` is not given, or where `force` would replace what is no pack, or what no pack has.
    pub fn place(self, target: &Path, force: bool) -> Result<Placed, Failure> {
        let shown = target.display();
        let target = &followed(target);
        if is_empty_folder(target) {
            fs::remove_dir(target).map_err(|error| Failure::io("replacing", target, &error))?;
        }
        if !target.exists() {
            self.rename_to(target)?;
            return Ok(Placed::New);
        }
        if is_same(self.path(), target) {
            return Ok(Placed::Identical);
        }
        Self::check_place(target)?;
        if !force {
            let message = format!(
                "{shown} holds a pack with other content (--force replaces it, or choose another --out)"
            );
            return Err(Failure::new(Code::CannotCreate, message));
        }
        let foreign = foreign_files(target).map_err(|error| Failure::io("reading", target, &error))?;
        if let Some(first) = foreign.first() {
            let more = match foreign.len() {
                1 => String::new(),
                n => format!(" and {} more", n - 1),
            };
            let message = format!(
                "{shown} holds {}{more} beside its pack, which is never overwritten, not even with --force (move it away, or choose another --out)",
                first.display()
            );
            return Err(Failure::new(Code::CannotCreate, message));
        }
        let old = tempfile::Builder::new().prefix(".depotsim-").suffix(".old").tempdir_in(parent_of(target));
        let old = old.map_err(|error| Failure::io("replacing", target, &error))?;
        fs::rename(target, old.path().join("pack"))
            .map_err(|error| Failure::io("replacing", target, &error))?;
        self.rename_to(target)?;
        Ok(Placed::Replaced)
    }

    fn rename_to(self, target: &Path) -> Result<(), Failure> {
        let path = self.temporary.keep();
        make_readable(&path);
        fs::rename(&path, target).map_err(|error| {
            let _ = fs::remove_dir_all(&path);
            Failure::new(Code::CannotCreate, format!("cannot create {}: {error}", target.display()))
        })
    }
}

/// Temporary folders are private; packs are handed to others.
#[cfg(unix)]
fn make_readable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let _ = fs::set_permissions(path, fs::Permissions::from_mode(0o755));
}

#[cfg(not(unix))]
fn make_readable(_: &Path) {}

fn parent_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn is_pack(path: &Path) -> bool {
    path.join("manifest.json").is_file()
}

/// Removes what killed runs left in a folder. No run takes a day, so that nobody is still writing to what is older.
fn clear_left_overs(folder: &Path) {
    const DAY: Duration = Duration::from_secs(86_400);
    let is_left_over = |entry: &fs::DirEntry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let age = entry.metadata().and_then(|data| data.modified()).ok().and_then(|at| at.elapsed().ok());
        name.starts_with(".depotsim-") && name.ends_with(".tmp") && age.is_some_and(|age| age > DAY)
    };
    // Whatever cannot be looked at or removed is in nobody's way.
    for entry in fs::read_dir(folder).into_iter().flatten().flatten().filter(is_left_over) {
        let _ = fs::remove_dir_all(entry.path());
    }
}

/// The folder that a link stands for: a pack takes the place of that, and the link stays.
fn followed(target: &Path) -> PathBuf {
    match target.is_symlink() {
        true => fs::canonicalize(target).unwrap_or_else(|_| target.to_owned()),
        false => target.to_owned(),
    }
}

/// What stands in a pack's folder and is not the pack's: somebody else's work.
///
/// Any pack may have any file that packs of this version can have, whatever its own list says: it may have been changed.
fn foreign_files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let manifest = fs::read_to_string(folder.join("manifest.json"))?;
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap_or_default();
    let listed = manifest["files"].as_array().into_iter().flatten();
    let listed: Vec<&str> = listed.filter_map(|file| file["name"].as_str()).collect();
    let is_known = |name: &str| listed.contains(&name) || KNOWN_FILES.contains(&name);
    let mut files = files_in(folder)?;
    files.retain(|path| !is_known(&path.to_string_lossy().replace('\\', "/")));
    Ok(files)
}

fn is_empty_folder(path: &Path) -> bool {
    fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
}

/// Whether two folders hold the same files with the same bytes.
fn is_same(a: &Path, b: &Path) -> bool {
    match (files_in(a), files_in(b)) {
        (Ok(of_a), Ok(of_b)) => of_a == of_b
            && of_a.iter().all(
                |name| matches!((fs::read(a.join(name)), fs::read(b.join(name))), (Ok(a), Ok(b)) if a == b),
            ),
        _ => false,
    }
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
