//! One file per command.

mod balance;
mod check;
mod diff;
mod hunt;
mod init;
mod list;
mod moment;
mod open_loop;
mod replay;
mod run;
mod show;
mod sweep;
mod topology;
mod verify;

pub use sweep::SweepArgs;

use crate::cli::{Cli, Command};
use crate::exit::Failure;

/// Carries a command out.
///
/// # Errors
/// Whatever the command ends with, as exit code and message.
pub fn dispatch(cli: Cli) -> Result<(), Failure> {
    crate::stop::hear_of_full_files();
    match cli.command {
        Command::Run(args) => run::run(&args),
        Command::Verify(args) => verify::verify(&args),
        Command::Diff(args) => diff::diff(&args),
        Command::Hunt(args) => hunt::hunt(&args),
        Command::Replay(args) => replay::replay(&args),
        Command::Status(args) => moment::status(&args),
        Command::Explain(args) => moment::explain(&args),
        Command::Topology(args) => topology::topology(&args),
        Command::Init(args) => init::init(&args),
        Command::Show(args) => show::show(&args),
        Command::Check(args) => check::check(&args),
        Command::Sweep(args) => sweep::sweep(&args),
        Command::Scenarios(args) => list::scenarios(&args),
        Command::Strategies(args) => list::strategies(&args),
        Command::Balance(args) => balance::balance(&args),
    }
}
