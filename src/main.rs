//! The `depotsim` program: parse, run, exit.

use clap::Parser;
use depotsim::cli::Cli;
use std::process::ExitCode;

fn main() -> ExitCode {
    depotsim::exit::guard(|| depotsim::commands::dispatch(Cli::parse()))
}
