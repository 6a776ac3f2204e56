//! What the black-box tests share: the program, folders, and tables.
#![allow(dead_code, missing_docs, unreachable_pub, reason = "each test uses its own part of the kit")]

pub mod page;
pub mod tables;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

pub fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

pub fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_depotsim"));
    command.args(args);
    command
}

/// Runs the program and gives exit code, stdout and stderr.
pub fn depotsim(args: &[&str]) -> (i32, String, String) {
    said(command(args).output().expect("the program starts"))
}

pub fn said(output: Output) -> (i32, String, String) {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the program speaks UTF-8");
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

/// Runs a scenario into `out`, which must go well; whether the run is accepted is not asked.
pub fn run(scenario: &str, out: &Path, more: &[&str]) -> String {
    let out = out.to_str().expect("a path");
    let (code, stdout, stderr) = depotsim(&[&["run", scenario, "--out", out], more].concat());
    assert!(code == 0 || code == 1 && stderr.contains("checks failed"), "{stderr}");
    stdout
}

/// All files below a folder with their bytes.
pub fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(below) = open.pop() {
        for entry in fs::read_dir(&below).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name =
                    path.strip_prefix(folder).expect("below").to_str().expect("a path").replace('\\', "/");
                found.insert(name, fs::read(&path).expect("a file"));
            }
        }
    }
    found
}

/// A CSV file as one map from column to value for each row.
pub fn table(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).expect("a table");
    let header = reader.headers().expect("a header").clone();
    let row = |record: csv::StringRecord| {
        header.iter().map(str::to_owned).zip(record.iter().map(str::to_owned)).collect()
    };
    reader.records().map(|record| row(record.expect("a record"))).collect()
}

/// A decimal with three places as thousandths.
pub fn thousandths(value: &str) -> i64 {
    let (whole, decimals) = value.split_once('.').expect("three decimals");
    assert_eq!(decimals.len(), 3, "{value} has three decimals");
    let sign = if value.starts_with('-') { -1 } else { 1 };
    whole.parse::<i64>().expect("digits") * 1000 + sign * decimals.parse::<i64>().expect("digits")
}

/// Seconds of Unix time of a time in RFC 3339.
pub fn second(time: &str) -> i64 {
    time.parse::<jiff::Timestamp>().expect("a time").as_second()
}

/// A length of time as pages tell it.
pub fn in_words(seconds: i64) -> String {
    let mut words = Vec::new();
    for (unit_s, unit, most) in [(3600, "h", i64::MAX), (60, "min", 60), (1, "s", 60)] {
        let count = seconds.abs() / unit_s % most;
        if count > 0 {
            words.push(format!("{count} {unit}"));
        }
    }
    match words.is_empty() {
        true => "0 s".to_owned(),
        false => format!("{}{}", if seconds < 0 { "−" } else { "" }, words.join(" ")),
    }
}

/// A scenario in which everything that people may word is as nasty as the format allows.
pub fn hostile() -> String {
    let nasty = "<script>window.harm = true</script></script><!-- \\\"'&amp; =1+1 \\u{ffff}\\u{200f}";
    let long = "x".repeat(10_000);
    let text = scenarios::Bundled::find("wa-pta").expect("it is bundled").text;
    let replaced = [
        ("title: \"WA-PTA validation depot, a night of 28 buses\"", format!("title: \"{nasty} {long}\"")),
        ("requirement: \"PTA-1 hierarchy\"", format!("requirement: \"{nasty}\"")),
        (
            "text: \"Every bus has the energy for its day when it leaves\"",
            format!("text: \"{nasty} {long}\""),
        ),
        ("note: \"workshop, wash and lighting\"", format!("note: \"{nasty} {long}\"")),
        ("id: \"WA-PTA\",\n    grid", format!("id: \"WA-PTA\",\n    note: \"{nasty} {long}\",\n    grid")),
    ];
    replaced.into_iter().fold(text.to_owned(), |text, (before, after)| {
        assert!(text.contains(before), "{before}");
        text.replacen(before, &after, 1)
    })
}
