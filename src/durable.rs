//! What outlives the machine: bytes that are on the disk before they get their final name, and names that are.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// Has a file's bytes written to the disk.
pub(crate) fn sync_file(path: &Path) -> io::Result<()> {
    // Some systems want to see that whoever asks may write there.
    OpenOptions::new().write(true).open(path)?.sync_all()
}

/// A rename outlives the machine once its folder does. Systems whose folders are no files do that by themselves.
pub(crate) fn sync_folder(folder: &Path) {
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}
