//! The README is true: its commands work in its order, and what it says they print is what they print.
//!
//! Protects a stranger's first hour. Commands run in a shell, in an empty folder, with `depotsim` on the path.
#![cfg(unix)]

use crate::support::{folder, said};
use std::fs;
use std::path::Path;
use std::process::Command;

const README: &str = include_str!("../README.md");

/// The blocks of the README in this language.
fn blocks(language: &str) -> Vec<&'static str> {
    let fence = format!("```{language}\n");
    let blocks = README.split(fence.as_str()).skip(1);
    blocks.map(|rest| rest.split("\n```").next().expect("a block")).collect()
}

/// The commands of a block: lines, those that go on within quotes put together.
fn commands(block: &str) -> Vec<String> {
    let mut commands: Vec<String> = Vec::new();
    let (mut is_open, mut goes_on) = (false, false);
    for line in block.lines() {
        match commands.last_mut().filter(|_| is_open || goes_on) {
            Some(command) => command.push_str(&format!("\n{line}")),
            None => commands.push(line.to_owned()),
        }
        // An apostrophe in a comment is no quote.
        let code = line.split(" # ").next().unwrap_or(line);
        is_open ^= code.matches('\'').count() % 2 == 1;
        goes_on = line.ends_with('\\');
    }
    commands
}

/// Runs a command in a shell, which knows `depotsim`.
fn shell(folder: &Path, command: &str) -> (i32, String, String) {
    let program = Path::new(env!("CARGO_BIN_EXE_depotsim"));
    let path = format!("{}:/usr/bin:/bin", program.parent().expect("a folder").display());
    let mut shell = Command::new("sh");
    shell.args(["-euc", command]).current_dir(folder).env("PATH", path);
    said(shell.output().expect("there is a shell"))
}

#[test]
fn every_command_of_the_readme_works() {
    let scratch = folder();
    let question = blocks("sh").into_iter().find(|block| block.starts_with("echo '")).expect("a question");
    fs::write(scratch.path().join("cycle.json"), question.split('\'').nth(1).expect("JSON")).expect("a file");
    fs::write(scratch.path().join("measured.csv"), "time,connector,demand_kw\n18:00,C1-P1,80\n")
        .expect("a file");
    let mut count = 0;
    for command in blocks("sh").into_iter().flat_map(commands) {
        // What takes minutes is asked for less.
        let command = command
            .replace("cargo run --release -- ", "depotsim ")
            .replace("--budget 10min", "--budget 20")
            .replace("--seeds 1..100", "--seeds 1..2");
        if command.starts_with("cargo ") {
            continue;
        }
        // It stands before the section that makes the depot.
        let is_before_init = command.contains("--demands");
        if is_before_init {
            assert_eq!(shell(scratch.path(), "depotsim init").0, 0);
        }
        let (code, stdout, stderr) = shell(scratch.path(), &command);
        if is_before_init {
            fs::remove_file(scratch.path().join("my-depot.ron")).expect("it was there");
        }
        // Two packs differ: `diff` says so.
        let expected = i32::from(command.starts_with("depotsim diff "));
        assert_eq!(code, expected, "{command}: {stdout}{stderr}");
        count += 1;
        if command.starts_with("depotsim run wa-pta ") && command.contains("into runs/wa-pta") {
            let printed = blocks("text").into_iter().find(|block| block.starts_with("wa-pta under"));
            assert_eq!(Some(stdout.trim_end()), printed);
        }
        if command.starts_with("echo '") {
            let said: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
            assert_eq!(
                (&said["outcome"], &said["reason"]),
                (&"CURTAILED".into(), &"GRID_CONNECTION_LIMIT".into())
            );
        }
    }
    assert!(count >= 15, "{count} commands");
}

#[test]
fn the_mistake_of_the_readme_is_told_as_it_says() {
    let scratch = folder();
    assert_eq!(shell(scratch.path(), "depotsim init").0, 0);
    let path = scratch.path().join("my-depot.ron");
    let text = fs::read_to_string(&path).expect("a file").replace("count: 6,", "count: 6.5,");
    fs::write(&path, text).expect("a file");
    let (code, stdout, _) = shell(scratch.path(), "depotsim check my-depot.ron");
    let shown =
        blocks("text").into_iter().find(|block| block.starts_with("my-depot.ron:")).expect("a mistake");
    assert_eq!((code, stdout), (65, format!("{shown}\n1 problem in my-depot.ron\n")));
}

#[test]
fn the_tables_of_the_readme_list_what_there_is() {
    let row = |name: &str| README.contains(&format!("\n| `{name}` |"));
    for bundled in scenarios::bundled() {
        assert!(row(bundled.name), "{}", bundled.name);
    }
    let scratch = folder();
    assert_eq!(
        shell(
            scratch.path(),
            "depotsim run my-depot.ron || depotsim init; depotsim run my-depot.ron --out pack"
        )
        .0,
        0
    );
    let files = crate::support::files(&scratch.path().join("pack"));
    for name in files.keys() {
        assert!(README.contains(&format!("`{name}`")), "{name} is in the table of a pack");
    }
}
