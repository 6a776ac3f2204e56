//! `hunt`: random depots with every promise watched.
//!
//! Protects the promise that the machine has tried the odd nights. `scripts/planted-bugs` shows that it finds what is planted.

use crate::support::{command, depotsim, folder, said};
use depotsim::hunt::{Broken, Budget, Case, Reports, hunt, shrink_case, try_case, try_seed};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

fn pool(threads: usize) -> rayon::ThreadPool {
    depotsim::threads::pool(Some(threads)).expect("threads can be started")
}

#[test]
fn a_few_hundred_depots_keep_every_promise() {
    let found = hunt(1, Budget::Runs(300), &pool(2), &AtomicBool::new(false), |_| ());
    assert!(found.broken.is_empty(), "{:?}", found.broken);
    assert_eq!((found.runs, found.single_threaded), (300, 18));
    assert!(found.coverage.cells() > 1_000, "{} cells", found.coverage.cells());
}

#[test]
fn a_hunt_covers_the_same_on_any_number_of_threads() {
    let of = |threads| {
        let found = hunt(1_000, Budget::Runs(100), &pool(threads), &AtomicBool::new(false), |_| ());
        (found.ticks, found.coverage.to_text(), found.coverage.cells())
    };
    assert_eq!(of(1), of(2));
    assert_eq!(of(1), of(8));
}

#[test]
fn the_command_tells_what_was_covered_and_refuses_what_is_no_budget() {
    let (code, stdout, stderr) = depotsim(&["hunt", "--budget", "20", "--seed", "7", "--threads", "2"]);
    assert_eq!(code, 0, "{stderr}");
    assert!(stderr.contains("from seed 7"), "{stderr}");
    for said in ["20 depots", "APPLIED UNCONSTRAINED", "demanded cells", "0 broken"] {
        assert!(stdout.contains(said), "{said} in {stdout}");
    }
    assert_eq!(depotsim(&["hunt", "--budget", "soon"]).0, 2);
}

#[test]
fn a_hunt_ends_with_the_last_seed() {
    let found = hunt(u64::MAX - 1, Budget::Runs(100), &pool(1), &AtomicBool::new(false), |_| ());
    assert_eq!((found.runs, found.broken.len()), (2, 0));
}

#[cfg(unix)]
#[test]
fn a_signal_ends_a_hunt_with_75_and_what_it_has_found_so_far() {
    use std::io::{BufRead, BufReader, Read};
    let mut command = command(&["hunt", "--budget", "1h", "--seed", "7", "--threads", "2"]);
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let mut stderr = BufReader::new(child.stderr.take().expect("messages"));
    let mut messages = String::new();
    stderr.read_line(&mut messages).expect("the seed comes first");
    std::thread::sleep(Duration::from_secs(2));
    let told = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(told.expect("kill").success());
    stderr.read_to_string(&mut messages).expect("messages");
    let (code, stdout, _) = said(child.wait_with_output().expect("an end"));
    assert_eq!(code, 75, "{messages}");
    assert!(messages.contains("stopped after") && messages.contains("nothing broke so far"), "{messages}");
    let depots: u64 = stdout.split(' ').next().and_then(|number| number.parse().ok()).expect("a number");
    assert!(depots > 0 && stdout.contains("0 broken"), "{stdout}");
}

#[test]
fn a_file_is_tried_as_a_hunt_would() {
    let scratch = folder();
    let file = scratch.path().join("depot.ron");
    std::fs::write(&file, include_str!("replay/depot.ron")).expect("it can be written");
    let (code, stdout, _) = depotsim(&["hunt", "--case", file.to_str().expect("a path"), "--seed", "3"]);
    assert_eq!((code, stdout.as_str()), (0, "120 ticks, nothing broke\n"));
}

/// `tests/found/` keeps what hunts found, made small: mended once, it stays mended.
#[test]
fn what_was_found_stays_mended() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/found");
    let mut tried = 0;
    for entry in std::fs::read_dir(folder).expect("the folder of what was found") {
        let path = entry.expect("an entry").path();
        let text = std::fs::read_to_string(&path).expect("a scenario");
        for seed in 1..=3 {
            let case = Case { seed, text: text.clone(), files: Vec::new() };
            if let Err(broken) = try_case(&case, Reports::Always) {
                panic!("{}, seed {seed}: {broken}", path.display());
            }
        }
        tried += 1;
    }
    assert!(tried > 1, "there are scenarios");
}

/// What is refused stands in for what breaks: the shrinker does not care.
#[test]
fn a_large_case_is_shrunk_to_the_lines_that_matter() {
    let text = depotsim(&["show", "wa-pta"]).1.replace("max_rating_kw: 150", "max_rating_kw: 99999");
    let text =
        if text.contains("99999") { text } else { text.replacen("parent: \"GC1\"", "parent: \"GC9\"", 1) };
    let case = Case { seed: 1, text, files: Vec::new() };
    let broken: Broken = try_case(&case, Reports::Sampled).expect_err("it is refused");
    let small = shrink_case(case, &broken, Duration::from_secs(60));
    let still = try_case(&small, Reports::Sampled).expect_err("it still is");
    assert!(still.is_like(&broken), "{still} / {broken}");
    let lines = small.text.lines().count();
    assert!(lines < 40, "{lines} lines:\n{}", small.text);
}

#[test]
fn a_seed_gives_the_same_digest_every_time() {
    for seed in [1, 2, 3, u64::MAX] {
        let once = try_seed(seed).expect("nothing breaks");
        assert_eq!(try_seed(seed).expect("nothing breaks"), once);
        assert_eq!(once.digest.len(), 64);
    }
}
