//! `sweep`: plan, run, merge, or all three at once.

use crate::cli::SetArgs;
use crate::exit::{Code, Failure, escaped, escaped_line, print, tell};
use crate::load::FILE_MAX_BYTES;
use crate::problems;
use crate::stop;
use crate::sweep::merge::{Merged, merge};
use crate::sweep::planner::{Design, Doubts, Planned, Seeds, Wishes};
use crate::sweep::report::write_report;
use crate::sweep::run::run_shard;
use crate::sweep::shard::Shard;
use crate::sweep::{Axis, Plan, PlanError, planner, refuse_foreign};
use crate::threads::pool;
use crate::whole_file::WholeFile;
use clap::{Args, Subcommand};
use outputs::format::counted;
use std::fs;
use std::path::{Path, PathBuf};

/// Arguments of `sweep`.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    arg_required_else_help = true,
    after_help = EXAMPLES
)]
pub struct SweepArgs {
    #[command(subcommand)]
    step: Option<Step>,
    #[command(flatten)]
    wishes: WishArgs,
    /// The folder to write [default: sweeps/ and the scenario's id]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    threads: ThreadArgs,
    #[command(flatten)]
    files: FileArgs,
}

const EXAMPLES: &str = "Examples:
  depotsim sweep wa-pta --axis strategy=fair-share,first-come --seeds 1..100
  depotsim sweep wa-pta --axis kw=site.grid_connections.GC1.default_capacity_kw=400..1000:100
  depotsim sweep plan wa-pta --axis fleet.bus.count=20..32:4 --seeds 1..1000 -o plan.json
  depotsim sweep run --plan plan.json --out sweeps/night --shards 8    (each task of an array job)
  depotsim sweep merge --plan plan.json --out sweeps/night

A sweep that is stopped or killed goes on where it was, with the same command. results.csv has
the same bytes whatever the number of threads and shards. Exit code 75: stopped, run it again.";

#[derive(Debug, Subcommand)]
enum Step {
    /// List the cases of a sweep, having tried every set of parameters
    Plan(PlanArgs),
    /// Run the cases of a plan, or of one shard of it
    Run(RunShardArgs),
    /// Check that all shards are there and write the tables and pictures
    Merge(MergeArgs),
}

/// What a sweep is to be.
#[derive(Debug, Clone, Args)]
struct WishArgs {
    /// A bundled name or a path to a .ron file
    #[arg(required = true)]
    scenario: Option<String>,
    /// Values that differ: a list a,b,c or a range low..high:step with both ends; any path of --set, strategy, control; may be repeated
    #[arg(long, value_name = "[NAME=]PATH=VALUES")]
    axis: Vec<Axis>,
    /// What chance is drawn from, the same for every set of parameters: 1..100, both ends in it, or 1,5,9
    #[arg(long, default_value = "1", value_name = "SEEDS")]
    seeds: Seeds,
    /// Pick so many sets of parameters from the grid instead of all (a Latin hypercube)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    sample: Option<u32>,
    /// What the sample is picked by
    #[arg(long, default_value_t = 1, value_name = "N", requires = "sample")]
    sample_seed: u64,
    /// Take the first values of all axes together, then the second, and so on, instead of each with each
    #[arg(long, conflicts_with = "sample")]
    zip: bool,
    #[command(flatten)]
    set: SetArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  depotsim sweep plan wa-pta --axis strategy=fair-share,first-come --seeds 1..100 -o plan.json
  depotsim sweep plan wa-pta > plan.json \\
    --axis limit_kw=site.grid_connections.GC1.safe_operating_capacity_kw=600..1100:50")]
struct PlanArgs {
    #[command(flatten)]
    wishes: WishArgs,
    /// The file to write [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace another plan
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  depotsim sweep run --plan plan.json --out limits                         all of it, here
  depotsim sweep run --plan plan.json --out limits --shards 8 --shard 3    the fourth part
  depotsim sweep run --plan plan.json --out limits --shards 8              in a job array")]
struct RunShardArgs {
    /// The plan that `sweep plan` wrote
    #[arg(long, value_name = "FILE")]
    plan: PathBuf,
    /// The folder of the sweep
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    threads: ThreadArgs,
    /// How many shards there are: case k belongs to shard k mod N
    #[arg(long, value_name = "N")]
    shards: Option<u32>,
    /// Which of them this is, from 0 [default: SLURM_ARRAY_TASK_ID, or JOB_COMPLETION_INDEX]
    #[arg(long, value_name = "I")]
    shard: Option<u32>,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:
  depotsim sweep merge --plan plan.json --out sweeps/limits")]
struct MergeArgs {
    /// The plan that `sweep plan` wrote
    #[arg(long, value_name = "FILE")]
    plan: PathBuf,
    /// The folder of the sweep
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    files: FileArgs,
}

#[derive(Debug, Clone, Args)]
struct FileArgs {
    /// Write results.parquet as well (in builds with `--features parquet`)
    #[arg(long)]
    parquet: bool,
}

#[derive(Debug, Clone, Args)]
struct ThreadArgs {
    /// Threads to run cases on [default: as many as there are cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

/// Carries out one step, or all.
pub(super) fn sweep(args: &SweepArgs) -> Result<(), Failure> {
    match &args.step {
        None => all(args),
        Some(Step::Plan(args)) => write_plan(args),
        Some(Step::Run(args)) => {
            // A scheduler may want the node back while the plan is read.
            stop::on_signals();
            let shard = Shard::choose(args.shards, args.shard, |name| std::env::var(name).ok())?;
            run_shard(&read_plan(&args.plan)?, &args.out, shard, &args.threads.pool()?)
        }
        Some(Step::Merge(args)) => {
            stop::on_signals();
            args.files.check()?;
            let plan = read_plan(&args.plan)?;
            conclude(&plan, &args.out, merge(&plan, &args.out)?, &args.files)
        }
    }
}

impl ThreadArgs {
    fn pool(&self) -> Result<rayon::ThreadPool, Failure> {
        pool(self.threads.map(usize::from))
    }
}

impl FileArgs {
    /// Told before thousands of runs, not behind them.
    fn check(&self) -> Result<(), Failure> {
        match self.parquet && cfg!(not(feature = "parquet")) {
            true => Err(Failure::new(
                Code::Usage,
                "this build writes no Parquet (build it with `cargo build --release --features parquet`)",
            )),
            false => Ok(()),
        }
    }

    #[cfg(feature = "parquet")]
    fn write(&self, out: &Path) -> Result<(), Failure> {
        if self.parquet { crate::sweep::parquet_file::write_parquet(out) } else { Ok(()) }
    }

    #[cfg(not(feature = "parquet"))]
    fn write(&self, _: &Path) -> Result<(), Failure> {
        Ok(())
    }
}

impl WishArgs {
    fn wishes(&self) -> Wishes {
        let design = match self.sample {
            Some(samples) => Design::LatinHypercube { samples: samples as usize, seed: self.sample_seed },
            None if self.zip => Design::Zip,
            None => Design::Grid,
        };
        Wishes {
            scenario: self.scenario.clone().unwrap_or_default(),
            set: self.set.set.clone(),
            axes: self.axis.clone(),
            design,
            seeds: self.seeds.clone(),
        }
    }
}

fn plan(wishes: &WishArgs, pool: &rayon::ThreadPool) -> Result<Plan, Failure> {
    let Planned { plan, left_out, doubts } = pool.install(|| planner::plan(&wishes.wishes()))?;
    tell_doubts(&doubts);
    let like_others = match left_out {
        0 => String::new(),
        left_out => format!(" ({left_out} of the sample were like others and are left out)"),
    };
    let (points, cases) = (plan.points.len(), plan.cases.len());
    let (points, cases) = (counted(points as u64, "point", "points"), counted(cases as u64, "case", "cases"));
    tell(&format!("depotsim: {points}{like_others}, {cases}, plan {}", plan.sha256));
    Ok(plan)
}

/// Tells what is doubtful about the points of a plan: of the first all of it, of the others what is new.
fn tell_doubts(doubts: &Doubts) {
    let Some((point, findings)) = &doubts.first else { return };
    if !point.is_empty() {
        tell(&format!("with {point}:"));
    }
    problems::warn(findings);
    for (point, lines) in &doubts.others {
        let lines: String = lines.iter().map(|line| format!("\n  warning: {line}")).collect();
        tell(&format!("with {point}:{lines}"));
    }
    if doubts.left_out > 0 {
        tell(&format!(
            "warnings of {} more points are left out (`depotsim check` with --set tells them)",
            doubts.left_out
        ));
    }
}

fn write_plan(args: &PlanArgs) -> Result<(), Failure> {
    let text = plan(&args.wishes, &pool(None)?)?.to_text();
    if text.len() as u64 > FILE_MAX_BYTES {
        let message = format!(
            "the plan has {} bytes, and plans of more than {FILE_MAX_BYTES} are not read again (fewer points or seeds, or several plans)",
            text.len()
        );
        return Err(Failure::bad_input(message));
    }
    match &args.output {
        None => print(&text),
        Some(path) if path.as_os_str() == "-" => print(&text),
        Some(path) => place_plan(path, &text, args.force),
    }
}

/// Writes a plan whole, and never over another one unasked.
fn place_plan(path: &Path, text: &str, is_forced: bool) -> Result<(), Failure> {
    let file = WholeFile::at(path)?;
    if let Some(old) = file.old()
        && !is_forced
    {
        let is_same = fs::read(old).is_ok_and(|bytes| bytes == text.as_bytes());
        return match is_same {
            true => Ok(()),
            false => Err(Failure::new(
                Code::CannotCreate,
                format!("{} exists and is another plan (--force replaces it)", path.display()),
            )),
        };
    }
    match file.write(text.as_bytes()) {
        // Somebody else was quicker: perhaps with the same plan.
        Err(_) if file.old().is_none() && path.is_file() => place_plan(path, text, false),
        written => written,
    }
}

fn read_plan(path: &Path) -> Result<Plan, Failure> {
    let text = crate::load::read(path).map_err(Failure::as_one_line)?;
    // What it quotes of the plan is no line of ours.
    let bad = |error: PlanError| format!("{} {}", path.display(), escaped_line(&error.to_string()));
    Plan::read(&text).map_err(|error| Failure::bad_input(bad(error)))
}

/// The short form: plan, run and merge in one folder.
fn all(args: &SweepArgs) -> Result<(), Failure> {
    stop::on_signals();
    args.files.check()?;
    let pool = args.threads.pool()?;
    let plan = plan(&args.wishes, &pool)?;
    let out = args.out.clone().unwrap_or_else(|| PathBuf::from("sweeps").join(&plan.scenario.id));
    let file = out.join("plan.json");
    if let Ok(other) = fs::read_to_string(&file)
        && other != plan.to_text()
    {
        let message = format!("{} holds another sweep (choose another --out, or remove it)", out.display());
        return Err(Failure::new(Code::CannotCreate, message));
    }
    refuse_foreign(&out, &plan)?;
    place_plan(&file, &plan.to_text(), false)?;
    run_shard(&plan, &out, Shard::WHOLE, &pool)?;
    conclude(&plan, &out, merge(&plan, &out)?, &args.files)
}

/// Tells what was merged.
fn conclude(plan: &Plan, out: &Path, merged: Merged, files: &FileArgs) -> Result<(), Failure> {
    write_report(plan, out, &merged)?;
    files.write(out)?;
    let Merged { rows, failed, bugs, .. } = merged;
    print(&escaped(&format!(
        "{}: {}, {}, {failed} failed\nresults     {} (sha256 {})\nover seeds  {}\npictures    {}\n",
        plan.scenario.id,
        counted(plan.points.len() as u64, "point", "points"),
        counted(rows as u64, "case", "cases"),
        out.join("results.csv").display(),
        merged.results_sha256,
        out.join("aggregate.csv").display(),
        out.join("sweep.html").display(),
    )))?;
    match (bugs, &merged.first_error) {
        (0, None) => Ok(()),
        // Single cases may be beyond what was asked for; where all are, nothing was found out.
        (0, Some((case, error))) if failed == rows as u64 => {
            Err(Failure::bad_input(format!("all {rows} cases failed; the first is case {case}: {error}")))
        }
        (0, Some((case, error))) => {
            tell(&format!("depotsim: {failed} cases failed; the first is case {case}: {error}"));
            Ok(())
        }
        (_, first) => {
            let (case, error) = first.clone().unwrap_or_default();
            let message = format!(
                "{bugs} cases showed a bug in depotsim; the first that went wrong is case {case}: {error}"
            );
            Err(Failure::new(Code::Bug, message))
        }
    }
}
