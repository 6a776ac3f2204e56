//! Feeds mutated texts to every reader of texts, and counts: no panic, no hang, no blow-up of memory.
//!
//! ```text
//!  fuzz [TARGET|all] [EXECUTIONS] [SEED]       all, 20,000 of each and seed 1, if not said
//! ```
//!
//! Inputs are mutations of the target's corpus (see `depotsim::fuzzing`) and of inputs that made a reader say something it had not said before. It needs
//! nothing but stable Rust, and the same seed tries the same inputs. An input that breaks something is written to `fuzz/failures/`; put it
//! into `fuzz/corpus/` once it is mended. Memory is bounded from outside: `ulimit -v 4000000`.

use depotsim::fuzzing::{TARGETS, Target};
use std::collections::BTreeSet;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Longer inputs are cut.
const LENGTH_MAX: usize = 1 << 16;
/// An input that takes longer hangs.
const TIME_MAX: Duration = Duration::from_secs(10);
/// After so many failures a target is given up: they are one mistake, or many that hide each other.
const FAILURES_MAX: usize = 20;
/// At most so many inputs are mutated further.
const KEPT_MAX: usize = 4_096;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let wanted = args.first().map_or("all", String::as_str);
    let number = |index: usize, otherwise| {
        args.get(index).map_or(otherwise, |text: &String| text.parse().expect("a whole number"))
    };
    let (executions, seed) = (number(1, 20_000), number(2, 1));
    std::panic::set_hook(Box::new(|_| {}));
    let targets: Vec<Target> =
        TARGETS.into_iter().filter(|target| wanted == "all" || target.name == wanted).collect();
    if targets.is_empty() {
        println!("no target {wanted} (targets are: {})", TARGETS.map(|target| target.name).join(", "));
        return ExitCode::from(2);
    }
    let failures: usize = std::thread::scope(|scope| {
        let runs: Vec<_> =
            targets.into_iter().map(|target| scope.spawn(move || fuzz(target, executions, seed))).collect();
        runs.into_iter().map(|run| run.join().expect("panics are caught")).sum()
    });
    if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Fuzzes a target; the number of inputs that broke something.
fn fuzz(target: Target, executions: u64, seed: u64) -> usize {
    let Target { name, read, .. } = target;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpus = target.corpus(root).expect("the corpus can be read");
    let mut kept: Vec<Vec<u8>> = corpus.into_iter().map(|(_, bytes)| bytes).collect();
    let first = kept.len();
    let mut said = BTreeSet::new();
    let mut words = Words(seed ^ name.bytes().fold(0, |sum, byte| sum * 31 + u64::from(byte)));
    let mut slowest = Duration::ZERO;
    let (mut failures, mut executed) = (0, 0);
    let begun = Instant::now();
    for execution in 0..executions {
        // The corpus itself comes first.
        let input = match kept.get(execution as usize).filter(|_| execution < first as u64) {
            Some(input) => input.clone(),
            None => mutated(&kept, &mut words),
        };
        executed += 1;
        let text = String::from_utf8_lossy(&input);
        let at = Instant::now();
        let answer = catch_unwind(|| read(&text));
        let took = at.elapsed();
        slowest = slowest.max(took);
        match answer {
            Ok(answer) if took < TIME_MAX => {
                if said.insert(answer) && kept.len() < KEPT_MAX {
                    kept.push(input);
                }
            }
            answer => {
                failures += 1;
                let path = keep(root, name, &input);
                let what = if answer.is_err() { "panics" } else { "hangs" };
                println!("{name}: execution {execution} {what}: {}", path.display());
                if failures == FAILURES_MAX {
                    break;
                }
            }
        }
    }
    let (took_s, slowest_ms) = (begun.elapsed().as_secs(), slowest.as_millis());
    println!(
        "{name}: {executed} executions in {took_s} s from {first} inputs, {} answers, slowest {slowest_ms} ms, {failures} failures",
        said.len()
    );
    failures
}

fn keep(root: &Path, name: &str, input: &[u8]) -> PathBuf {
    let folder = root.join("fuzz/failures");
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    let path = folder.join(format!("{name}-{}", &outputs::sha256_hex(input)[..12]));
    std::fs::write(&path, input).expect("a file can be written");
    path
}

/// The same words for the same seed, on any machine.
struct Words(u64);

impl Words {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((word ^ (word >> 31)) % count.max(1) as u64) as usize
    }
}

/// Texts that readers stumble over.
const ODD: [&str; 28] = [
    "0",
    "-1",
    "1e308",
    "NaN",
    "18446744073709551616",
    "-9223372036854775809",
    "0.0001",
    "99999999999",
    "\"",
    "\n",
    "\r\n",
    "(",
    ")",
    "[",
    "]",
    ",",
    ":",
    "None",
    "Some(",
    "é",
    "\u{feff}",
    "..",
    "2026-02-30T25:00:00+99:99",
    "9999d",
    "true",
    "{n}",
    "*",
    "/*",
];

fn mutated(kept: &[Vec<u8>], words: &mut Words) -> Vec<u8> {
    let mut bytes = kept[words.below(kept.len())].clone();
    for _ in 0..=words.below(6) {
        let (at, to) = (words.below(bytes.len() + 1), words.below(bytes.len() + 1));
        let (from, to) = (at.min(to), at.max(to).min(at.min(to) + 200));
        match words.below(9) {
            0 if at < bytes.len() => bytes[at] = words.below(256) as u8,
            1 if at < bytes.len() => bytes[at] ^= 1 << words.below(8),
            2 => drop(bytes.drain(from..to)),
            3 => {
                let piece = bytes[from..to].to_vec();
                bytes.splice(at..at, piece);
            }
            4 => drop(bytes.splice(at..at, ODD[words.below(ODD.len())].bytes())),
            5 => replace_number(&mut bytes, at, words),
            6 => {
                // A piece of another input.
                let other = &kept[words.below(kept.len())];
                let begins = words.below(other.len() + 1);
                let ends = (begins + words.below(200)).min(other.len());
                bytes.splice(from..to, other[begins..ends].iter().copied());
            }
            7 => drop(bytes.splice(from..to, ODD[words.below(ODD.len())].bytes())),
            _ => bytes.truncate(to.max(1)),
        }
    }
    bytes.truncate(LENGTH_MAX);
    bytes
}

/// Replaces the number at or after a place by an odd one.
fn replace_number(bytes: &mut Vec<u8>, at: usize, words: &mut Words) {
    let Some(begins) = (at..bytes.len()).find(|&ix| bytes[ix].is_ascii_digit()) else { return };
    let ends = (begins..bytes.len()).find(|&ix| !bytes[ix].is_ascii_digit()).unwrap_or(bytes.len());
    bytes.splice(begins..ends, ODD[words.below(8)].bytes());
}
