//! `sweep merge`: all shards of a plan, and nothing else, to the tables of the sweep.

use super::cases::Bench;
use super::plan::Plan;
use super::run::shards_folder;
use super::shard::Shard;
use super::shard_file::{Head, ShardProblem, row_of_line, walk};
use crate::durable::sync_folder;
use crate::exit::{Code, Failure};
use crate::stop;
use crate::whole_file::WholeFile;
use outputs::sweep::{
    Gather, PointFigures, ReadRow, Status, aggregate_header, push_aggregate_row, read_result_row,
    results_header,
};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// What all shards together may hold of their files in memory \[bytes\].
const READ_AHEAD_BYTES: usize = 32 << 20;

/// More missing shards than this are not told one by one.
const MISSING_TOLD_MAX: usize = 20;

/// A sweep that was merged.
#[derive(Debug)]
pub struct Merged {
    /// SHA-256 of `results.csv`.
    pub results_sha256: String,
    /// How many rows it has.
    pub rows: usize,
    /// Cases that could not be run.
    pub failed: u64,
    /// Cases that showed a bug of depotsim.
    pub bugs: u64,
    /// The first case that did not run to its end: its number, and why.
    pub first_error: Option<(u64, String)>,
    /// The figures of every point.
    pub points: Vec<PointFigures>,
    /// Cases that went best, the best first, and worst, the worst first.
    pub extremes: Extremes,
}

/// The cases at both ends.
#[derive(Debug, Default)]
pub struct Extremes {
    /// Ids of the checks that ask that something happens: a case that has no reason to show it is no worse.
    pub demonstrations: BTreeSet<String>,
    /// The best first.
    pub best: Vec<ReadRow>,
    /// The worst first.
    pub worst: Vec<ReadRow>,
}

/// Checks the shards and writes `results.csv` and `aggregate.csv`.
///
/// # Errors
/// Exit 65 with every shard that is missing, twice there, foreign, cut off or damaged; then nothing is written. Exit 74 where reading or writing fails.
pub fn merge(plan: &Plan, out: &Path) -> Result<Merged, Failure> {
    let folder = shards_folder(out);
    let shards = check_shards(plan, &folder)?;
    let parameters = plan.parameters();
    let mut results = Output::create(out, "results.csv")?;
    let mut aggregate = Output::create(out, "aggregate.csv")?;
    results.write(&results_header(&parameters))?;
    aggregate.write(&aggregate_header(&parameters))?;

    let mut merged = Merged {
        results_sha256: String::new(),
        rows: plan.cases.len(),
        failed: 0,
        bugs: 0,
        first_error: None,
        points: Vec::with_capacity(plan.points.len()),
        // A plan that cannot be read any more has been told of by whoever ran it.
        extremes: Extremes {
            demonstrations: Bench::of(plan).map(|bench| bench.demonstrations()).unwrap_or_default(),
            ..Extremes::default()
        },
    };
    let chunk = (READ_AHEAD_BYTES / shards.len().max(1)).clamp(1 << 14, 1 << 20);
    let mut readers: Vec<Rows> = shards.into_iter().map(|path| Rows::of(path, chunk)).collect();
    let count = readers.len();
    let mut gather = Gather::default();
    for (case, planned) in plan.cases.iter().enumerate() {
        let reader = &mut readers[case % count];
        let line = reader.next_line().map_err(|error| Failure::io("reading", &reader.path, &error))?;
        let changed =
            || Failure::bad_input(format!("{} was changed while it was read", reader.path.display()));
        let row = row_of_line(&line).ok_or_else(changed)?;
        let read = read_result_row(row, parameters.len()).map_err(|_| changed())?;
        if (read.case, read.seed) != (case as u64, planned.seed) || read.id != planned.id.to_string() {
            return Err(changed());
        }
        results.write(row)?;
        results.write(b"\n")?;
        merged.count(&read);
        gather.add(&read);
        merged.extremes.add(read);
        let is_last_of_point = plan.cases.get(case + 1).is_none_or(|next| next.point != planned.point);
        if is_last_of_point {
            stop::check(stop::SWEEP)?;
            let point = &plan.points[planned.point as usize];
            let figures = gather.take();
            let mut row = Vec::new();
            push_aggregate_row(&mut row, &plan.parameter_values(point), &figures);
            aggregate.write(&row)?;
            merged.points.push(figures);
        }
    }
    aggregate.place()?;
    results.place()?;
    sync_folder(out);
    merged.results_sha256 = results_sha256(&out.join("results.csv"))?;
    Ok(merged)
}

impl Merged {
    fn count(&mut self, row: &ReadRow) {
        self.failed += u64::from(row.status == Status::Failed);
        self.bugs += u64::from(row.status == Status::Bug);
        if row.status != Status::Ok && self.first_error.is_none() {
            self.first_error = Some((row.case, row.error.clone()));
        }
    }
}

impl Extremes {
    /// Cases at each end.
    const KEPT: usize = 5;

    /// More failed checks are worse, then more breaches, more late buses, more shortfall, less margin, a higher peak.
    fn badness(&self, row: &ReadRow) -> [i64; 6] {
        let figure = |name| outputs::sweep::metric(name).and_then(|index| row.figures[index]);
        [
            row.failed_checks.iter().filter(|id| !self.demonstrations.contains(*id)).count() as i64,
            figure("breaches").unwrap_or(0),
            figure("late").unwrap_or(0),
            figure("shortfall_kwh").unwrap_or(0),
            figure("least_margin_min").map_or(i64::MAX, |margin| -margin),
            figure("peak_kw").unwrap_or(0),
        ]
    }

    fn add(&mut self, row: ReadRow) {
        if row.status != Status::Ok {
            return;
        }
        // Of equal cases the one that comes first in the plan stands first on either side.
        let badness = self.badness(&row);
        let best_at = self.best.partition_point(|other| self.badness(other) <= badness);
        self.best.insert(best_at, row.clone());
        self.best.truncate(Self::KEPT);
        let worst_at = self.worst.partition_point(|other| self.badness(other) >= badness);
        self.worst.insert(worst_at, row);
        self.worst.truncate(Self::KEPT);
    }
}

/// The files of all shards in order, every one of them whole.
fn check_shards(plan: &Plan, folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = fs::read_dir(folder).map_err(|error| {
        Failure::bad_input(format!("{} cannot be read: {error} (`sweep run` makes it)", folder.display()))
    })?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    let mut problems: Vec<String> = Vec::new();
    let mut found: BTreeMap<Shard, Vec<PathBuf>> = BTreeMap::new();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|extension| extension == "rows")) {
        match Head::read(path) {
            Ok(head) if head.plan == plan.sha256 => {
                found.entry(Shard { index: head.shard, count: head.shards }).or_default().push(path.clone());
            }
            Ok(head) => {
                let (found, expected) = (head.plan, plan.sha256.clone());
                problems.push(format!("{} {}", path.display(), ShardProblem::Foreign { found, expected }));
            }
            Err(problem) => problems.push(format!("{} {problem}", path.display())),
        }
    }
    let mut counts: Vec<u32> = found.keys().map(|shard| shard.count).collect();
    counts.sort_unstable();
    counts.dedup();
    match counts[..] {
        [] => problems.push(format!("{} has no finished shard of this plan", folder.display())),
        [count] => problems.extend(check_one_split(plan, folder, count, &found)),
        _ => {
            let told: Vec<String> = counts.iter().map(u32::to_string).collect();
            problems.push(format!(
                "{} has shards of {} splits ({}): their cases would be there twice (remove those of all but one)",
                folder.display(),
                counts.len(),
                told.join(", ")
            ));
        }
    }
    if problems.is_empty() {
        return Ok(found.into_values().flatten().collect());
    }
    let noun = if problems.len() == 1 { "problem" } else { "problems" };
    let count = problems.len();
    Err(Failure::report(
        Code::BadInput,
        format!("{}\n{count} {noun}; nothing was merged", problems.join("\n")),
    ))
}

/// What is wrong with the shards of one split.
fn check_one_split(
    plan: &Plan,
    folder: &Path,
    count: u32,
    found: &BTreeMap<Shard, Vec<PathBuf>>,
) -> Vec<String> {
    let mut problems = Vec::new();
    let mut missing = Vec::new();
    for index in 0..count.min(super::shard::SHARDS_MAX) {
        let shard = Shard { index, count };
        match found.get(&shard).map(Vec::as_slice) {
            None => missing.push(shard),
            Some([path]) => {
                let problem = match walk(path, plan, shard) {
                    Ok(walk) => walk.problem,
                    Err(problem) => Some(problem),
                };
                problems.extend(problem.map(|problem| format!("{} {problem}", path.display())));
            }
            Some(paths) => {
                let told: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
                problems.push(format!("{shard} is there {} times: {}", paths.len(), told.join(" and ")));
            }
        }
    }
    for shard in missing.iter().take(MISSING_TOLD_MAX) {
        let part = folder.join(shard.file_name()).with_extension("part");
        let state = match walk(&part, plan, *shard) {
            Ok(walk) => {
                format!("is not finished, {} of {} cases are done", walk.rows, shard.cases(plan.cases.len()))
            }
            Err(_) => "is missing".to_owned(),
        };
        problems.push(format!("{shard} {state} (run it: --shards {count} --shard {})", shard.index));
    }
    if missing.len() > MISSING_TOLD_MAX {
        problems.push(format!("{} more shards are missing", missing.len() - MISSING_TOLD_MAX));
    }
    let unknown = found.keys().filter(|shard| shard.index >= count);
    problems.extend(unknown.map(|shard| format!("{shard} cannot be: shards count from 0")));
    problems
}

/// The rows of a shard's file, read in pieces; no file stays open, so that ten thousand shards can be merged.
struct Rows {
    path: PathBuf,
    has_passed_head: bool,
    at: u64,
    chunk: usize,
    buffer: Vec<u8>,
    taken: usize,
}

impl Rows {
    fn of(path: PathBuf, chunk: usize) -> Self {
        Self { path, has_passed_head: false, at: 0, chunk, buffer: Vec::new(), taken: 0 }
    }

    fn next_line(&mut self) -> io::Result<Vec<u8>> {
        loop {
            let rest = &self.buffer[self.taken..];
            if let Some(end) = rest.iter().position(|&byte| byte == b'\n') {
                let line = rest[..=end].to_vec();
                self.taken += end + 1;
                // The first line tells whose the rows are.
                if std::mem::replace(&mut self.has_passed_head, true) {
                    return Ok(line);
                }
                continue;
            }
            if !self.fill()? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// Reads the next piece behind what is left; `false` at the end.
    fn fill(&mut self) -> io::Result<bool> {
        self.buffer.drain(..self.taken);
        self.taken = 0;
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.at))?;
        let read = file.take(self.chunk as u64).read_to_end(&mut self.buffer)?;
        self.at += read as u64;
        Ok(read > 0)
    }
}

/// A file that appears whole or not at all.
pub(super) struct Output {
    file: BufWriter<NamedTempFile>,
    place: WholeFile,
    path: PathBuf,
}

impl Output {
    /// Begins the file of that name in the folder.
    pub(super) fn create(folder: &Path, name: &str) -> Result<Self, Failure> {
        let path = folder.join(name);
        let place = WholeFile::at(&path)?;
        let file = BufWriter::with_capacity(1 << 16, place.begin()?);
        Ok(Self { file, place, path })
    }

    /// Appends bytes.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.file.write_all(bytes).map_err(|error| Failure::io("writing", &self.path, &error))
    }

    /// What bytes go to.
    #[cfg(feature = "parquet")]
    pub(super) fn writer(&mut self) -> &mut (impl Write + Send + use<>) {
        &mut self.file
    }

    /// Puts the file in its place.
    pub(super) fn place(self) -> Result<(), Failure> {
        let Self { file, place, path } = self;
        let writing = |error: io::Error| Failure::io("writing", &path, &error);
        let file = file.into_inner().map_err(|error| writing(error.into_error()))?;
        file.as_file().sync_all().map_err(writing)?;
        // Whoever merges the same shards writes the same bytes.
        place.finish(file, true)
    }
}

fn results_sha256(path: &Path) -> Result<String, Failure> {
    use sha2::{Digest, Sha256};
    let reading = |error: io::Error| Failure::io("reading", path, &error);
    let mut file = BufReader::with_capacity(1 << 16, File::open(path).map_err(reading)?);
    let mut hash = Sha256::new();
    loop {
        let piece = file.fill_buf().map_err(reading)?;
        if piece.is_empty() {
            return Ok(outputs::format::hex(&hash.finalize()));
        }
        hash.update(piece);
        let read = piece.len();
        file.consume(read);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(case: u64, margin_min: i64, failed_checks: &[&str]) -> ReadRow {
        let mut figures = vec![Some(0); outputs::sweep::METRICS.len()];
        let set = |figures: &mut Vec<Option<i64>>, name: &str, value: i64| {
            if let Some(index) = outputs::sweep::metric(name) {
                figures[index] = Some(value);
            }
        };
        set(&mut figures, "least_margin_min", margin_min);
        set(&mut figures, "checks_failed", failed_checks.len() as i64);
        ReadRow {
            case,
            id: String::new(),
            seed: 1,
            status: Status::Ok,
            figures,
            failed_checks: failed_checks.iter().map(|&id| id.to_owned()).collect(),
            error: String::new(),
        }
    }

    #[test]
    fn a_case_that_has_no_reason_to_show_something_is_no_worse_for_it() {
        let demonstrations = BTreeSet::from(["binds".to_owned()]);
        let mut extremes = Extremes { demonstrations, ..Extremes::default() };
        for row in [row(0, 425, &["binds"]), row(1, 9, &[]), row(2, 500, &["ready"])] {
            extremes.add(row);
        }
        let cases = |rows: &[ReadRow]| rows.iter().map(|row| row.case).collect::<Vec<_>>();
        assert_eq!((cases(&extremes.best), cases(&extremes.worst)), (vec![0, 1, 2], vec![2, 1, 0]));
    }
}
