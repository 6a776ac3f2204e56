//! `sweep run`: the cases of one shard, from where an earlier run left off.

use super::cases::{Bench, Worker};
use super::folder::refuse_foreign;
use super::in_order::in_order;
use super::plan::Plan;
use super::progress::Progress;
use super::shard::Shard;
use super::shard_file::{Head, ShardProblem, ShardWriter, open_alone, walk};
use crate::durable::sync_folder;
use crate::exit::{Code, Failure, tell};
use crate::stop;
use outputs::sweep::{Outcome, ResultRow, push_result_row};
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Rows are handed to the system this often, so that a process that is killed loses no more.
const FLUSH_EVERY: Duration = Duration::from_millis(200);

/// The folder of shards in the folder of a sweep.
pub(super) fn shards_folder(out: &Path) -> PathBuf {
    out.join("shards")
}

/// Runs the shard's cases that are not done, and puts the file in its place.
///
/// # Errors
/// Exit 73 where the folder holds another sweep, or what no sweep left there; 74 where it cannot be written; 75 where somebody asked to stop, or writes the same shard.
pub fn run_shard(plan: &Plan, out: &Path, shard: Shard, pool: &rayon::ThreadPool) -> Result<(), Failure> {
    refuse_foreign(out, plan)?;
    let folder = shards_folder(out);
    fs::create_dir_all(&folder).map_err(|error| {
        Failure::new(Code::CannotCreate, format!("cannot create {}: {error}", folder.display()))
    })?;
    refuse_others(&folder, plan, shard)?;
    let place = folder.join(shard.file_name());
    if is_done(&place, plan, shard, tell)? {
        return Ok(());
    }
    let part = place.with_extension("part");
    let writing = |error: io::Error| kept(&part, "writing", &error);
    let file = open_alone(&part).map_err(|error| match error.kind() {
        io::ErrorKind::WouldBlock => Failure::new(
            Code::Temporary,
            format!("{shard} is being written by another process ({})", part.display()),
        ),
        _ => writing(error),
    })?;
    // Whoever held the file may have finished it in the meantime.
    if is_done(&place, plan, shard, |_| ())? {
        return Ok(());
    }
    let found = match walk(&part, plan, shard) {
        Ok(found) => Some(found),
        // What cannot be read now may be whole: nothing is begun anew over it.
        Err(ShardProblem::Unreadable(error)) => return Err(kept(&part, "reading", &error)),
        Err(problem) => {
            if fs::metadata(&part).is_ok_and(|part| part.len() > 0) {
                tell(&format!("depotsim: {} {problem}; it is begun anew", part.display()));
            }
            None
        }
    };
    let done = found.as_ref().map_or(0, |walk| walk.rows);
    let rows = shard.cases(plan.cases.len());
    let failed = found.as_ref().map_or(0, |walk| walk.failed);
    if done > 0 {
        tell(&format!("depotsim: {shard}: {done} of {rows} cases are done already"));
    }
    let mut writer = ShardWriter::resume(file, plan, shard, found).map_err(writing)?;
    let mut progress =
        Progress::new(format!("{} {shard}", plan.scenario.id), rows as u64, done as u64, failed);
    let stop = stop::on_signals();
    let written =
        done + run_cases(plan, shard, done, pool, stop, &mut writer, &mut progress).map_err(writing)?;
    if written < rows {
        writer.sync().map_err(writing)?;
        progress.finish();
        return Err(Failure::new(
            Code::Temporary,
            format!(
                "stopped: {written} of {rows} cases of {shard} are done (the same command goes on from there)"
            ),
        ));
    }
    let held = writer.finish().map_err(writing)?;
    fs::rename(&part, &place).map_err(|error| Failure::io("writing", &place, &error))?;
    sync_folder(&folder);
    drop(held);
    let failed = progress.failed();
    let rate = progress.finish();
    let failures = if failed == 0 { String::new() } else { format!(", {failed} of {rows} failed") };
    tell(&format!("depotsim: {shard}: {rate}{failures}"));
    Ok(())
}

/// Runs cases from place `done` of the shard on and writes their rows; gives how many.
fn run_cases(
    plan: &Plan,
    shard: Shard,
    done: usize,
    pool: &rayon::ThreadPool,
    stop: &AtomicBool,
    writer: &mut ShardWriter,
    progress: &mut Progress,
) -> io::Result<usize> {
    let bench = Bench::of(plan).map_err(io::Error::other)?;
    let left = shard.cases(plan.cases.len()) - done;
    let parameters: Vec<Vec<String>> = plan.points.iter().map(|point| plan.parameter_values(point)).collect();
    let mut row = Vec::new();
    let mut flushed = Instant::now();
    let work = |worker: &mut Worker, place: usize| bench.run(worker, shard.case(done + place), stop);
    let write = |place: usize, outcome: Outcome| {
        let case = shard.case(done + place);
        let planned = &plan.cases[case];
        row.clear();
        push_result_row(
            &mut row,
            &ResultRow {
                case: case as u64,
                id: &planned.id.to_string(),
                parameters: &parameters[planned.point as usize],
                seed: planned.seed,
                outcome: &outcome,
            },
        );
        writer.push(&row)?;
        progress.add(matches!(outcome, Outcome::Ended { .. }));
        // What a process that is killed has handed on is found by the next.
        if flushed.elapsed() < FLUSH_EVERY && !stop.load(Ordering::Relaxed) {
            return Ok(());
        }
        flushed = Instant::now();
        writer.flush()
    };
    in_order(pool, left, stop, Worker::default, work, write)
}

/// Whether the shard is there and whole. One that is not is told of and made again.
fn is_done(place: &Path, plan: &Plan, shard: Shard, tell: impl Fn(&str)) -> Result<bool, Failure> {
    if !place.exists() {
        return Ok(false);
    }
    let problem = match walk(place, plan, shard) {
        Ok(walk) => walk.problem,
        Err(problem) => Some(problem),
    };
    match problem {
        None => {
            tell(&format!("depotsim: {shard} is done already ({})", place.display()));
            Ok(true)
        }
        Some(ShardProblem::Unreadable(error)) => Err(Failure::io("reading", place, &error)),
        Some(problem) => {
            tell(&format!("depotsim: {} {problem}; it is made again", place.display()));
            Ok(false)
        }
    }
}

/// So many shards tell whose the others are. A merge reads all of them; if every task of a job array did, that would be the square of their number.
const HEADS_MAX: usize = 4;

/// A folder has the shards of one plan, split in one way.
fn refuse_others(folder: &Path, plan: &Plan, shard: Shard) -> Result<(), Failure> {
    let entries = fs::read_dir(folder).map_err(|error| Failure::io("reading", folder, &error))?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    // What is split otherwise says so in its name, and this shard's own files are those that would be lost.
    let (name, of_count) = (shard.file_name(), format!("-of-{}", shard.count));
    let own_stem = Path::new(&name).file_stem();
    let (alike, told): (Vec<PathBuf>, Vec<PathBuf>) = paths.into_iter().partition(|path| {
        let stem = path.file_stem();
        stem != own_stem && stem.and_then(OsStr::to_str).is_some_and(|stem| stem.ends_with(&of_count))
    });
    for path in told.into_iter().chain(alike.into_iter().take(HEADS_MAX)) {
        // What is no shard is nobody's; a merge looks at it again.
        let Ok(head) = Head::read(&path) else { continue };
        let what = if head.plan != plan.sha256 {
            format!("belongs to another plan: {} and not {}", head.plan, plan.sha256)
        } else if head.shards != shard.count {
            format!("is one of {} shards, and this is {shard}", head.shards)
        } else {
            continue;
        };
        let message = format!("{} {what} (choose another --out, or remove it)", path.display());
        return Err(Failure::new(Code::CannotCreate, message));
    }
    Ok(())
}

fn kept(part: &Path, doing: &str, error: &io::Error) -> Failure {
    let mut failure = Failure::io(doing, part, error);
    failure.message.push_str(" (rows that were written are kept; the same command goes on from there)");
    failure
}
