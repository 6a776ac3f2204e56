//! The command line's grammar.

use crate::hunt::Budget;
use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand};
use scenarios::{Overlay, When};
use std::path::PathBuf;

/// Simulates electric-bus depots under hierarchical load balancing, reproducibly to the byte.
#[derive(Debug, Parser)]
#[command(name = "depotsim", version, about, arg_required_else_help = true, after_help = EXAMPLES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "Examples:
  depotsim run wa-pta                    one night at the WA-PTA depot, into runs/wa-pta
  depotsim run wa-pta --seed 7 --strategy earliest-departure --out runs/early
  depotsim verify runs/wa-pta            run it again from its recording and compare every byte
  depotsim status runs/wa-pta --at 19:10  who was held back by what at that moment
  depotsim topology wa-pta               the site as a tree, with every rating
  depotsim init                          a scenario of your own, to begin with
  depotsim check my-depot.ron            what is wrong with it, all of it

SCENARIO is a bundled name (see `depotsim scenarios`) or a path to a .ron file; PACK is a folder that `run` wrote.
Exit codes: 0 ok; 1 a check failed or a difference was found; 2 usage; 65 bad input; 70 a bug in depotsim;
73 cannot create output; 74 read or write error; 75 stopped, the same command goes on.";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Simulate a scenario once and write a pack of traces and plots
    Run(RunArgs),
    /// Run packs again from their recordings and compare every byte
    Verify(VerifyArgs),
    /// Compare what happened in two packs: what got better and what got worse
    Diff(DiffArgs),
    /// Look for what breaks in random depots until a budget ends
    Hunt(HuntArgs),
    /// Run what a pack recorded under other choices, or demands recorded elsewhere through the balancer
    Replay(ReplayArgs),
    /// Show the microgrid status of a pack at a moment: outcome, constraint, and who is held back
    Status(StatusArgs),
    /// Explain why a connector, node or vehicle of a pack got the power that it got
    Explain(ExplainArgs),
    /// Show the derived microgrid as a tree, with every rating, and its projection
    Topology(TopologyArgs),
    /// Write a commented scenario to begin with
    Init(InitArgs),
    /// Show a scenario as it is resolved: repeats expanded, defaults filled in, values replaced
    Show(ShowArgs),
    /// Check scenarios and report every problem with its place
    Check(CheckArgs),
    /// Run a scenario many times with other values and seeds, on every core or in shards on a cluster
    Sweep(crate::commands::SweepArgs),
    /// List the bundled scenarios
    Scenarios(ListArgs),
    /// List the strategies
    Strategies(ListArgs),
    /// Decide one cycle, from JSON to JSON
    Balance(BalanceArgs),
}

/// Arguments of `run`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  depotsim run wa-pta
  depotsim run wa-pta --seed 2026 --traces changes --out runs/second
  depotsim run my-depot.ron --strategy first-come --force
  depotsim run wa-pta --set fleet.bus.count=32 --out runs/more
  depotsim run wa-pta --set 'site.charger_circuits.*.safe_operating_capacity_kw=300' --force")]
pub struct RunArgs {
    /// A bundled name or a path to a .ron file
    pub scenario: String,
    /// What chance is drawn from
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = seed, allow_negative_numbers = true)]
    pub seed: u64,
    #[command(flatten)]
    /// Choices that replace the scenario's.
    pub choices: ChoiceArgs,
    #[command(flatten)]
    /// Values that replace the scenario's.
    pub set: SetArgs,
    /// Rows of nodes.csv and connectors.csv: every tick, only changes, or no such files [default: full]
    #[arg(long, value_parser = PossibleValuesParser::new(["full", "changes", "none"]), value_name = "WHICH")]
    pub traces: Option<String>,
    /// The folder to write [default: runs/ and the scenario's id]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Replace a pack with other content
    #[arg(long)]
    pub force: bool,
    /// Print the summary as JSON
    #[arg(long)]
    pub json: bool,
}

/// Reads a seed.
fn seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("a seed is a whole number from 0 to {}", u64::MAX))
}

/// Choices that replace a scenario's own.
#[derive(Debug, Clone, Args)]
pub struct ChoiceArgs {
    /// How power is shared (see `depotsim strategies`) [default: the scenario's]
    #[arg(long, value_parser = PossibleValuesParser::new(balancer::Strategy::ALL.map(balancer::Strategy::name)), hide_possible_values = true)]
    pub strategy: Option<String>,
    /// Which assets get setpoints [default: the scenario's]
    #[arg(long, value_parser = PossibleValuesParser::new(balancer::Control::ALL.map(balancer::Control::name)))]
    pub control: Option<String>,
}

/// Arguments of `verify`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  depotsim verify runs/wa-pta
  depotsim verify runs/* --json

Ends with 0 where every pack is what its recording gives, with 1 where one is not: the first tick, table, node and field that \
differ are named. A recording that cannot be read any more ends with 65.")]
pub struct VerifyArgs {
    /// Folders that `run` wrote
    #[arg(required = true, value_name = "PACK")]
    pub packs: Vec<PathBuf>,
    /// Print the results as JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `diff`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  depotsim diff runs/wa-pta runs/early
  depotsim diff runs/wa-pta runs/early --html early.html

Ends with 0 where the same happened in both, with 1 where not. Files that only say what was asked, and tables that one pack \
did not keep, make no difference.")]
pub struct DiffArgs {
    /// The pack to compare with
    #[arg(value_name = "PACK_A")]
    pub a: PathBuf,
    /// The pack that may be better or worse
    #[arg(value_name = "PACK_B")]
    pub b: PathBuf,
    /// Print the comparison as JSON
    #[arg(long)]
    pub json: bool,
    /// Write the comparison as a page too
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}

/// Arguments of `hunt`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  depotsim hunt                          a minute on all cores
  depotsim hunt --budget 1h --seed 1000000
  depotsim hunt --budget 1 --seed 4711   the depot of this seed again
  depotsim hunt --case hunt/seed-4711/depot.ron --seed 4711

Every depot is run with the checker on every tick, recorded, read again and run again. What breaks is shrunk to a small \
file. From 100,000 depots on, a demanded cell of the coverage that stayed empty is a failure, too.")]
pub struct HuntArgs {
    /// How long to look: a duration such as 60s, or a number of depots
    #[arg(long, default_value = "60s", value_name = "TIME|COUNT")]
    pub budget: Budget,
    /// The first depot's seed; the next one's is one more
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub seed: u64,
    /// Threads [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=1024))]
    pub threads: Option<usize>,
    /// The folder for what breaks, made small
    #[arg(long, default_value = "hunt", value_name = "DIR")]
    pub out: PathBuf,
    /// Tell which cells of the coverage stayed empty, whatever the budget
    #[arg(long)]
    pub cells: bool,
    /// Try this scenario as a hunt would, and nothing else
    #[arg(long, value_name = "FILE")]
    pub case: Option<PathBuf>,
}

/// Arguments of `replay`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  depotsim replay runs/wa-pta --strategy earliest-departure --out runs/early
  depotsim replay runs/wa-pta --out runs/less \\
    --set site.grid_connections.GC1.safe_operating_capacity_kw=900
  depotsim replay --demands measured.csv my-depot.ron --out runs/open-loop

The arrivals, envelopes and faults are the recorded ones, whatever is chosen; edit recording-visits.csv in the pack, and \
that is what is replayed. With --demands nothing is simulated but the site, with the scenario's envelopes, feeds, base loads, outages, site changes, measurement gaps \
and chargers out of service: connectors ask for what the file says, and setpoints.csv tells what each would have been given beside what was recorded. Columns of the file: time, connector, \
demand_kw, and if you like setpoint_kw, measured_kw, min_power_kw, departure, tier, weight. A row holds until the \
connector's next one.")]
pub struct ReplayArgs {
    /// A folder that `run` wrote; with --demands a scenario
    #[arg(value_name = "PACK|SCENARIO")]
    pub source: String,
    #[command(flatten)]
    /// Choices that replace the recorded ones.
    pub choices: ChoiceArgs,
    #[command(flatten)]
    /// Values that replace the recorded ones.
    pub set: SetArgs,
    /// A CSV file of demands that were measured elsewhere
    #[arg(long, value_name = "FILE")]
    pub demands: Option<PathBuf>,
    /// What chance is drawn from, for the scenario of --demands
    #[arg(long, default_value_t = 1, value_name = "N", requires = "demands")]
    pub seed: u64,
    /// Which rows of nodes.csv and connectors.csv to keep: full, changes, none [default: as recorded]
    #[arg(long, value_parser = PossibleValuesParser::new(["full", "changes", "none"]), value_name = "WHICH", conflicts_with = "demands")]
    pub traces: Option<String>,
    /// The folder to write
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Replace a pack with other content
    #[arg(long)]
    pub force: bool,
    /// Print the summary as JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `status`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  depotsim status runs/wa-pta                 when the run ends
  depotsim status runs/wa-pta --at 19:10
  depotsim status runs/wa-pta --at 'd2 04:30' --json")]
pub struct StatusArgs {
    /// A folder that `run` wrote
    #[arg(value_name = "PACK")]
    pub pack: PathBuf,
    /// A time: 19:10, 'd2 04:30' (on the second day), or 2026-03-04T19:10:00+08:00 [default: the last tick]
    #[arg(long, value_name = "TIME")]
    pub at: Option<When>,
    /// Print the status as JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  depotsim explain runs/wa-pta --connector C1-P1-1 --at 19:10
  depotsim explain runs/wa-pta bus-11 --at 19:10
  depotsim explain runs/wa-pta GC1 --at 19:10
  depotsim explain runs/wa-pta --connector C1-P1-1 --at 2026-03-04T19:10:00+08:00 --json")]
pub struct ExplainArgs {
    /// A folder that `run` wrote
    #[arg(value_name = "PACK")]
    pub pack: PathBuf,
    /// A connector, any other node of the site, a vehicle or a visit; what is both is taken as the node
    #[arg(value_name = "ID", required_unless_present = "connector", conflicts_with = "connector")]
    pub subject: Option<String>,
    /// The connector's id
    #[arg(long, value_name = "ID")]
    pub connector: Option<String>,
    /// A time: 19:10, 'd2 04:30' (on the second day), or 2026-03-04T19:10:00+08:00
    #[arg(long, value_name = "TIME")]
    pub at: When,
    /// Print the explanation as JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `topology`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  depotsim topology wa-pta
  depotsim topology my-depot.ron --control charge-point
  depotsim topology my-depot.ron --json      with the projection: the nodes that a cycle is given")]
pub struct TopologyArgs {
    /// A bundled name or a path to a .ron file
    pub scenario: String,
    #[command(flatten)]
    /// Choices that replace the scenario's.
    pub choices: ControlArg,
    #[command(flatten)]
    /// Values that replace the scenario's.
    pub set: SetArgs,
    /// Print the tree and its projection as JSON
    #[arg(long)]
    pub json: bool,
}

/// Values that replace a scenario's own.
#[derive(Debug, Clone, Args)]
pub struct SetArgs {
    /// Replace a value, such as site.charge_points.*.max_rating_kw=100; may be repeated, the last one wins
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<Overlay>,
}

/// Arguments of `show`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  depotsim show wa-pta
  depotsim show wa-pta --set fleet.bus.count=32 > more-buses.ron
  depotsim show my-depot.ron --json      for programs; what can be run again is RON, without --json

What is shown has every repeat expanded, so its ids are those that --set PATH=VALUE names. A name that several entries \
have, such as a vehicle that comes several times, means all of them: fleet.b1.tier=2 changes every visit of b1 and says \
so, fleet.2.tier=2 the second entry alone. VALUE None leaves out what may be left out.")]
pub struct ShowArgs {
    /// A bundled name or a path to a .ron file
    pub scenario: String,
    #[command(flatten)]
    /// Values that replace the scenario's.
    pub set: SetArgs,
    /// Print it as JSON, which programs read and depotsim does not
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `init`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  depotsim init                          my-depot.ron, here
  depotsim init depots/north.ron         its id is north")]
pub struct InitArgs {
    /// The file to write (its name becomes the scenario's id, .ron is added where it is missing), or a folder for my-depot.ron
    #[arg(default_value = "my-depot.ron", value_name = "FILE|DIR")]
    pub target: PathBuf,
    /// Replace a file that is there
    #[arg(long)]
    pub force: bool,
}

/// Arguments of `check`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  depotsim check my-depot.ron
  depotsim check depots/*.ron --json")]
pub struct CheckArgs {
    /// Bundled names or paths to .ron files
    #[arg(required = true, value_name = "SCENARIO")]
    pub scenarios: Vec<String>,
    #[command(flatten)]
    /// Values that replace the scenarios'.
    pub set: SetArgs,
    /// Print the findings as JSON
    #[arg(long)]
    pub json: bool,
}

/// The level of control alone.
#[derive(Debug, Args)]
pub struct ControlArg {
    /// Which assets get setpoints [default: the scenario's]
    #[arg(long, value_parser = PossibleValuesParser::new(balancer::Control::ALL.map(balancer::Control::name)))]
    pub control: Option<String>,
}

/// Arguments of commands that list.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  depotsim scenarios
  depotsim strategies --json")]
pub struct ListArgs {
    /// Print the list as JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `balance`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  depotsim balance cycle.json
  depotsim balance < cycle.json
  depotsim balance --schema")]
pub struct BalanceArgs {
    /// The question; standard input where it is left out or `-`
    pub file: Option<PathBuf>,
    /// Print the JSON Schemas of question and answer instead
    #[arg(long, conflicts_with = "file")]
    pub schema: bool,
}
