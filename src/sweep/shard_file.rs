//! The file of a shard: a first line that says whose it is, a row per case behind a check of it, and a last line that says it is whole.
//!
//! ```text
//!  {"depotsim_sweep_shard":2,"plan":"<sha256>","shard":0,"shards":3,"rows":334}
//!  1f0c9a... 0,<id>,400,...          <- the first 16 digits of the row's SHA-256, a blank, the row of results.csv
//!  ...
//!  {"rows":334,"sha256":"<of all bytes before this line>"}
//! ```

use super::plan::Plan;
use super::shard::Shard;
use outputs::sha256_hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

/// The version of the format: 2 since rows name the checks that failed.
const SHARD_FORMAT: u32 = 2;

/// Digits of a row's check.
const CHECK_DIGITS: usize = 16;

/// A line that is longer is no row.
const LINE_MAX_BYTES: usize = 1 << 20;

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    depotsim_sweep_shard: u32,
    /// SHA-256 of the plan.
    pub(super) plan: String,
    /// Its number.
    pub(super) shard: u32,
    /// How many there are.
    pub(super) shards: u32,
    /// How many rows it is to have.
    pub(super) rows: u64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Foot {
    rows: u64,
    sha256: String,
}

/// What is wrong with the file of a shard.
#[derive(Debug, thiserror::Error)]
pub(super) enum ShardProblem {
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(io::Error),
    /// Its first line is not that of a shard.
    #[error("is no shard: its first line says nothing of a plan")]
    NotAShard,
    /// It belongs to another plan.
    #[error("belongs to another plan: {found} and not {expected}")]
    Foreign {
        /// The plan that it belongs to.
        found: String,
        /// The plan at hand.
        expected: String,
    },
    /// Another version of the program wrote it.
    #[error("has format {0}, and this version reads {SHARD_FORMAT}")]
    OtherFormat(u32),
    /// It is another shard than its name or its plan say.
    #[error("says that it is {0}, with {1} rows, which is not what its name and the plan say")]
    Mislabelled(Shard, u64),
    /// It ends early.
    #[error("is cut off: {found} of {expected} rows are there")]
    Truncated {
        /// Whole rows.
        found: usize,
        /// What there should be.
        expected: usize,
    },
    /// A line is not what was written.
    #[error("is damaged at line {line}: {what}")]
    Damaged {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
}

impl Head {
    pub(super) fn of(plan: &Plan, shard: Shard) -> Self {
        Self {
            depotsim_sweep_shard: SHARD_FORMAT,
            plan: plan.sha256.clone(),
            shard: shard.index,
            shards: shard.count,
            rows: shard.cases(plan.cases.len()) as u64,
        }
    }

    fn line(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers become JSON") + "\n"
    }

    /// The first line of a file, where it is one of a shard.
    pub(super) fn read(path: &Path) -> Result<Self, ShardProblem> {
        let file = open(path).map_err(ShardProblem::Unreadable)?;
        let mut line = Vec::new();
        read_line(&mut BufReader::new(file), &mut line).map_err(ShardProblem::Unreadable)?;
        serde_json::from_slice(&line).map_err(|_| ShardProblem::NotAShard)
    }
}

/// Opens a file to read it; a pipe might never say anything.
fn open(path: &Path) -> io::Result<File> {
    refuse_odd(path)?;
    File::open(path)
}

/// Refuses what stands there and is no file.
fn refuse_odd(path: &Path) -> io::Result<()> {
    match std::fs::metadata(path) {
        Ok(found) if !found.is_file() => {
            Err(io::Error::other("it is a folder, a pipe or a device, and no file"))
        }
        _ => Ok(()),
    }
}

/// Reads a line with its end; it is cut where it is longer than any that was written.
fn read_line(file: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<()> {
    line.clear();
    io::Read::take(file, LINE_MAX_BYTES as u64).read_until(b'\n', line).map(|_| ())
}

/// The row of a line, where its check fits.
pub(super) fn row_of_line(line: &[u8]) -> Option<&[u8]> {
    let (check, row) = line.strip_suffix(b"\n")?.split_at_checked(CHECK_DIGITS)?;
    let row = row.strip_prefix(b" ")?;
    (check == &sha256_hex(row).as_bytes()[..CHECK_DIGITS]).then_some(row)
}

/// Whether a row begins with its case and its id.
fn is_row_of(row: &[u8], plan: &Plan, case: usize) -> bool {
    row.starts_with(format!("{case},{},", plan.cases[case].id).as_bytes())
}

/// Walks through the rows of a file: to its end where it is whole, else to the first line that is not what it should be.
pub(super) struct Walk {
    /// Rows that are good.
    pub(super) rows: usize,
    /// Where they end \[bytes\].
    pub(super) end: u64,
    /// Of them, those that did not run to their end.
    pub(super) failed: u64,
    hash: Sha256,
    /// What is wrong with what follows; `None` for a file that is whole.
    pub(super) problem: Option<ShardProblem>,
}

/// Reads the file of a shard.
pub(super) fn walk(path: &Path, plan: &Plan, shard: Shard) -> Result<Walk, ShardProblem> {
    let file = open(path).map_err(ShardProblem::Unreadable)?;
    let mut file = BufReader::with_capacity(1 << 16, file);
    let mut line = Vec::new();
    let expected = Head::of(plan, shard);
    read_line(&mut file, &mut line).map_err(ShardProblem::Unreadable)?;
    let head: Head = serde_json::from_slice(&line).map_err(|_| ShardProblem::NotAShard)?;
    if head.plan != expected.plan {
        return Err(ShardProblem::Foreign { found: head.plan, expected: expected.plan });
    }
    if head.depotsim_sweep_shard != SHARD_FORMAT {
        return Err(ShardProblem::OtherFormat(head.depotsim_sweep_shard));
    }
    if head != expected || line.last() != Some(&b'\n') {
        return Err(ShardProblem::Mislabelled(Shard { index: head.shard, count: head.shards }, head.rows));
    }
    let mut hash = Sha256::new();
    hash.update(&line);
    let mut walk = Walk { rows: 0, end: line.len() as u64, failed: 0, hash, problem: None };
    let rows = shard.cases(plan.cases.len());
    let parameters = plan.parameters().len();
    while walk.rows < rows {
        read_line(&mut file, &mut line).map_err(ShardProblem::Unreadable)?;
        let damaged = |what: &str| ShardProblem::Damaged { line: walk.rows + 2, what: what.to_owned() };
        let problem = match row_of_line(&line) {
            _ if !line.ends_with(b"\n") => Some(ShardProblem::Truncated { found: walk.rows, expected: rows }),
            None => Some(damaged("the row and its check do not fit")),
            Some(row) if !is_row_of(row, plan, shard.case(walk.rows)) => {
                Some(damaged(&format!("it is not case {} of the plan", shard.case(walk.rows))))
            }
            Some(row) => match outputs::sweep::read_result_row(row, parameters) {
                Ok(read) => {
                    walk.failed += u64::from(read.status != outputs::sweep::Status::Ok);
                    None
                }
                Err(error) => Some(damaged(&error.to_string())),
            },
        };
        if problem.is_some() {
            walk.problem = problem;
            return Ok(walk);
        }
        walk.hash.update(&line);
        walk.rows += 1;
        walk.end += line.len() as u64;
    }
    read_line(&mut file, &mut line).map_err(ShardProblem::Unreadable)?;
    let foot = foot(&walk.hash, rows);
    if line.is_empty() || (line.len() < foot.len() && foot.as_bytes().starts_with(&line)) {
        walk.problem = Some(ShardProblem::Truncated { found: rows, expected: rows });
    } else if line != foot.as_bytes() {
        walk.problem = Some(ShardProblem::Damaged {
            line: rows + 2,
            what: "the last line does not fit the rows".into(),
        });
    } else {
        read_line(&mut file, &mut line).map_err(ShardProblem::Unreadable)?;
        if !line.is_empty() {
            let what = "something follows the last line".into();
            walk.problem = Some(ShardProblem::Damaged { line: rows + 3, what });
        }
    }
    Ok(walk)
}

fn foot(hash: &Sha256, rows: usize) -> String {
    let sha256 = outputs::format::hex(&hash.clone().finalize());
    serde_json::to_string(&Foot { rows: rows as u64, sha256 }).expect("texts and numbers become JSON") + "\n"
}

/// A shard that is being written.
pub(super) struct ShardWriter {
    out: BufWriter<File>,
    hash: Sha256,
    rows: usize,
    line: Vec<u8>,
}

impl ShardWriter {
    /// Goes on with a file behind its good rows, or begins it.
    pub(super) fn resume(file: File, plan: &Plan, shard: Shard, walk: Option<Walk>) -> io::Result<Self> {
        let mut file = file;
        let end = walk.as_ref().map_or(0, |walk| walk.end);
        file.set_len(end)?;
        file.seek(SeekFrom::Start(end))?;
        let out = BufWriter::with_capacity(1 << 16, file);
        match walk {
            Some(walk) => Ok(Self { out, hash: walk.hash, rows: walk.rows, line: Vec::new() }),
            None => {
                let mut writer = Self { out, hash: Sha256::new(), rows: 0, line: Vec::new() };
                writer.write(Head::of(plan, shard).line().as_bytes())?;
                Ok(writer)
            }
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hash.update(bytes);
        self.out.write_all(bytes)
    }

    /// Appends a row.
    pub(super) fn push(&mut self, row: &[u8]) -> io::Result<()> {
        let mut line = std::mem::take(&mut self.line);
        line.clear();
        line.extend_from_slice(&sha256_hex(row).as_bytes()[..CHECK_DIGITS]);
        line.push(b' ');
        line.extend_from_slice(row);
        line.push(b'\n');
        let written = self.write(&line);
        self.line = line;
        self.rows += 1;
        written
    }

    /// Hands rows to the system, so that they outlive this process.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// Makes rows outlive the machine.
    pub(super) fn sync(&mut self) -> io::Result<()> {
        self.out.flush()?;
        self.out.get_ref().sync_all()
    }

    /// Writes the last line and makes it all outlive the machine. Others are kept away until the file is let go: it has no name yet.
    pub(super) fn finish(mut self) -> io::Result<File> {
        let foot = foot(&self.hash, self.rows);
        self.out.write_all(foot.as_bytes())?;
        self.sync()?;
        self.out.into_inner().map_err(io::IntoInnerError::into_error)
    }
}

/// Opens a `.part`, makes it where it is not there, and keeps others away from it.
///
/// # Errors
/// `WouldBlock` where another process writes it.
pub(super) fn open_alone(path: &Path) -> io::Result<File> {
    refuse_odd(path)?;
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
    match fs4::FileExt::try_lock(&file) {
        Ok(()) => Ok(file),
        Err(fs4::TryLockError::WouldBlock) => Err(io::ErrorKind::WouldBlock.into()),
        Err(fs4::TryLockError::Error(error)) => Err(error),
    }
}
