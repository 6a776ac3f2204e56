//! A pack with one value changed, anywhere: `verify` finds it and names the file, the line and the column.
//!
//! Protects CI's promise: the same bytes, or the place where they are not. `CORRUPTIONS=1000 cargo test --release --test all corruptions::`
//! tries a thousand; without it a few hundred.

use crate::support::{depotsim, files, folder, run};
use rayon::prelude::*;
use serde_json::Value;
use std::fs;
use std::ops::Range;
use std::path::Path;

const COUNT: u64 = 240;

/// The same words for the same seed, on any machine.
struct Words(u64);

impl Words {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((word ^ (word >> 31)) % count as u64) as usize
    }
}

/// A value that was changed.
struct Corruption {
    line: usize,
    /// The column, of a table's row.
    column: Option<String>,
    bytes: Vec<u8>,
    what: String,
}

/// Where values stand: words of letters and digits, with the signs that numbers and times have.
fn values(text: &str) -> Vec<Range<usize>> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "._+-:".contains(c);
    let mut found = Vec::new();
    let mut from = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (from, is_part(c)) {
            (None, true) => from = Some(at),
            (Some(begun), false) => {
                if text[begun..at].contains(|c: char| c.is_ascii_alphanumeric()) {
                    found.push(begun..at);
                }
                from = None;
            }
            _ => {}
        }
    }
    found
}

/// Changes one character of a value to another of its kind.
fn corrupt(name: &str, bytes: &[u8], words: &mut Words) -> Option<Corruption> {
    let text = std::str::from_utf8(bytes).expect("packs are text");
    let values = values(text);
    let value = values.get(words.below(values.len().max(1)))?.clone();
    let places: Vec<usize> = value.clone().filter(|&at| bytes[at].is_ascii_alphanumeric()).collect();
    let at = places[words.below(places.len())];
    let kind: &[u8] = if bytes[at].is_ascii_digit() { b"0123456789" } else { b"abcdefghijklmnopqrstuvwxyz" };
    let others: Vec<u8> = kind.iter().copied().filter(|&other| other != bytes[at]).collect();
    let mut changed = bytes.to_vec();
    changed[at] = others[words.below(others.len())];
    let line = text[..at].matches('\n').count() + 1;
    let column = (name.ends_with(".csv") && line > 1).then(|| {
        let begins = text[..at].rfind('\n').map_or(0, |end| end + 1);
        // No cell of these tables before a number holds a comma; texts stand last.
        let index = text[begins..at].matches(',').count();
        let header: Vec<&str> = text.lines().next().expect("a header").split(',').collect();
        header[index.min(header.len() - 1)].to_owned()
    });
    let what =
        format!("{name}:{line}: {} -> {}", &text[value.clone()], String::from_utf8_lossy(&changed[value]));
    Some(Corruption { line, column, bytes: changed, what })
}

/// Verifies the pack and says what is wrong with the answer.
fn judge(pack: &Path, name: &str, corruption: &Corruption) -> Result<(), String> {
    let (code, stdout, stderr) = depotsim(&["verify", "--json", pack.to_str().expect("a path")]);
    let json: Value = serde_json::from_str(&stdout).map_err(|error| format!("{error}: {stdout}{stderr}"))?;
    let finding = &json[0];
    let fail = |what: &str| Err(format!("{what}, exit {code}: {finding:#}"));
    if code != 1 && code != 65 {
        return fail("found, or refused");
    }
    let changed: Vec<&str> = finding["changed"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|change| change["name"].as_str())
        .collect();
    if changed != [name] {
        return fail("the file is named, and no other");
    }
    if name.starts_with("recording") {
        // Its rerun is another run: what it was before, nobody knows.
        return if finding["kind"] == "recording_changed" { Ok(()) } else { fail("the recording changed") };
    }
    let first = &finding["first"];
    if finding["kind"] != "files_changed" || first["file"] != name || first["line"] != corruption.line {
        return fail("the line is named");
    }
    match &corruption.column {
        Some(column) if first["field"] != column.as_str() => fail(&format!("the column {column} is named")),
        _ => Ok(()),
    }
}

#[test]
fn one_value_changed_anywhere_is_found_and_its_place_named() {
    let scratch = folder();
    let depot = scratch.path().join("depot.ron");
    fs::write(&depot, include_str!("replay/depot.ron")).expect("it can be written");
    let count = std::env::var("CORRUPTIONS").map_or(COUNT, |count| count.parse().expect("a number"));
    let originals: Vec<_> = ["full", "changes", "none"]
        .map(|traces| {
            let pack = scratch.path().join(traces);
            run(depot.to_str().expect("a path"), &pack, &["--traces", traces]);
            pack
        })
        .into();
    let failures: Vec<String> = (0..count)
        .into_par_iter()
        .filter_map(|seed| {
            let words = &mut Words(seed);
            let original = files(&originals[words.below(originals.len())]);
            let names: Vec<&String> = original.keys().collect();
            let name = names[words.below(names.len())];
            let corruption = corrupt(name, &original[name], words)?;
            let pack = scratch.path().join(format!("pack-{seed}"));
            for (file, bytes) in &original {
                let path = pack.join(file);
                fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
                fs::write(path, if file == name { &corruption.bytes } else { bytes })
                    .expect("it can be written");
            }
            let verdict = judge(&pack, name, &corruption);
            fs::remove_dir_all(&pack).expect("it was there");
            verdict.err().map(|why| format!("seed {seed}, {}: {why}", corruption.what))
        })
        .collect();
    let shown = failures.iter().take(5).map(String::as_str).collect::<Vec<_>>().join("\n\n");
    assert!(failures.is_empty(), "{} of {count}:\n{shown}", failures.len());
}
