//! `hunt`: random depots until something breaks or the budget ends.

use crate::cli::HuntArgs;
use crate::exit::{Code, Failure, print, tell};
use crate::hunt::{Broken, Budget, Case, Hunt, Reports, hunt as hunt_from, shrink, try_case};
use crate::load;
use crate::stop;
use crate::threads::pool;
use std::fs;
use std::path::Path;
use std::time::Duration;

/// From so many depots on, a demanded cell that stayed empty is a failure.
const DEMANDING_FROM: u64 = 100_000;
/// So many failures are shrunk.
const SHRUNK_MAX: usize = 3;
/// For so long each.
const SHRINK_TIME: Duration = Duration::from_secs(60);

/// Hunts, or tries one file again.
pub(super) fn hunt(args: &HuntArgs) -> Result<(), Failure> {
    if let Some(file) = &args.case {
        return try_file(file, args.seed);
    }
    // An hour's finds must have somewhere to go.
    let was_there = args.out.exists();
    fs::create_dir_all(&args.out).map_err(|error| {
        let message = format!("cannot create {}: {error} (choose another with --out)", args.out.display());
        Failure::new(Code::CannotCreate, message)
    })?;
    let result = look(args);
    if !was_there {
        // A folder in which nothing came to stand goes; any other stays.
        let _ = fs::remove_dir(&args.out);
    }
    result
}

fn look(args: &HuntArgs) -> Result<(), Failure> {
    let threads = pool(args.threads)?;
    let budget = args.budget;
    let stop = stop::on_signals();
    // The seed comes first, so that it is known whatever happens next.
    tell(&format!("depotsim: hunting from seed {} on {} threads", args.seed, threads.current_num_threads()));
    let hook = std::panic::take_hook();
    // What breaks is told once, with its seed, and not by every thread.
    std::panic::set_hook(Box::new(|_| {}));
    let bar = match budget {
        Budget::Runs(runs) => crate::progress::bar(runs, "depots"),
        Budget::Time(_) => indicatif::ProgressBar::hidden(),
    };
    let found = hunt_from(args.seed, budget, &threads, stop, |runs| bar.set_position(runs));
    bar.finish_and_clear();
    let result = report(&found, args);
    std::panic::set_hook(hook);
    result
}

fn report(found: &Hunt, args: &HuntArgs) -> Result<(), Failure> {
    let (demanded, empty) = found.coverage.demanded();
    let mut text = format!(
        "{} depots, {} ticks, each run twice; {} of them once more on one thread\n",
        found.runs, found.ticks, found.single_threaded
    );
    text.push_str(&found.coverage.to_text());
    text.push_str(&format!(
        "coverage: {} of {demanded} demanded cells, {} cells of strategy x outcome x reason x depth x feature\n",
        demanded - empty.len(),
        found.coverage.cells()
    ));
    let is_demanding = found.runs >= DEMANDING_FROM && found.broken.is_empty();
    if is_demanding || args.cells {
        empty.iter().for_each(|cell| text.push_str(&format!("  never: {cell}\n")));
    }
    text.push_str(&format!("{} broken\n", found.broken.len()));
    print(&text)?;
    for (seed, broken) in found.broken.iter().take(SHRUNK_MAX) {
        tell(&format!("seed {seed}: {broken}\n  again: depotsim hunt --budget 1 --seed {seed}"));
        let folder = args.out.join(format!("seed-{seed}"));
        let (file, lines) = keep(&shrink(*seed, broken, SHRINK_TIME), broken, &folder)?;
        tell(&format!("  shrunk to {file} ({lines} lines): depotsim hunt --case {file} --seed {seed}"));
    }
    if !found.broken.is_empty() {
        return Err(Failure::new(Code::Bug, format!("{} depots broke a promise", found.broken.len())));
    }
    if let Budget::Runs(runs) = args.budget
        && found.runs < runs
        && !found.is_stopped
    {
        tell(&format!("depotsim: {} of {runs} depots: there is no seed after {}", found.runs, u64::MAX));
    }
    if let Some(why) = &found.untold {
        return Err(untold(why));
    }
    if found.is_stopped {
        let message = format!("stopped after {} depots; nothing broke so far", found.runs);
        return Err(Failure::new(Code::Temporary, message));
    }
    match is_demanding && !empty.is_empty() {
        true => {
            let message =
                format!("{} cells stayed empty that {} depots should reach", empty.len(), found.runs);
            Err(Failure::new(Code::Different, message))
        }
        false => Ok(()),
    }
}

/// Reports were to be made, and could not be kept.
fn untold(why: &str) -> Failure {
    Failure::new(Code::Io, format!("nothing broke, but packs could not be written: {why}"))
}

/// Writes a case with what it names; returns the scenario's path and its lines.
fn keep(case: &Case, broken: &Broken, folder: &Path) -> Result<(String, usize), Failure> {
    let cannot = |error: std::io::Error| {
        Failure::new(Code::CannotCreate, format!("cannot create {}: {error}", folder.display()))
    };
    fs::create_dir_all(folder).map_err(cannot)?;
    let path = folder.join("depot.ron");
    let first_line = broken.to_string().lines().next().unwrap_or_default().to_owned();
    let text = format!("// {first_line}\n{}", case.text);
    fs::write(&path, &text).map_err(cannot)?;
    for (name, content) in &case.files {
        fs::write(folder.join(name), content).map_err(cannot)?;
    }
    Ok((path.display().to_string(), text.lines().count()))
}

/// Tries a file as a hunt would.
fn try_file(file: &Path, seed: u64) -> Result<(), Failure> {
    let text = load::read(file)?;
    let folder = file.parent().unwrap_or(Path::new(""));
    let mut files = Vec::new();
    // Files are read as the scenario names them; what cannot be read is told by the reader.
    let mut read_file = |name: &str| {
        let content = load::read(&folder.join(name)).map_err(|failure| failure.message)?;
        files.push((name.to_owned(), content.clone()));
        Ok(content)
    };
    scenarios::parse(&file.display().to_string(), &text, &mut read_file)
        .map_err(|error| crate::problems::failure(&error))?;
    match try_case(&Case { seed, text, files }, Reports::Always) {
        Ok(seen) => {
            print(&format!("{} ticks, nothing broke\n", seen.ticks))?;
            seen.untold.map_or(Ok(()), |why| Err(untold(&why)))
        }
        Err(broken) => Err(Failure::new(Code::Bug, broken.to_string())),
    }
}
