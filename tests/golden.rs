//! Run digests that must not change by accident.
//!
//! Protects recordings that people keep: a digest covers every value of every tick. Where one changes on purpose, raise `BEHAVIOUR`, tell
//! CHANGELOG.md, and bless the new ones with `BLESS=1 cargo test --test all golden::`.

use crate::support::{folder, run, table};
use std::fmt::Write;
use std::path::Path;

#[test]
fn the_run_digests_are_the_recorded_ones_and_events_stand_in_order_of_time() {
    let scratch = folder();
    let mut found = String::new();
    for scenario in scenarios::bundled().iter().map(|bundled| bundled.name) {
        for seed in ["1", "2", "2026"] {
            let pack = scratch.path().join(format!("{scenario}-{seed}"));
            let report = run(scenario, &pack, &["--seed", seed, "--traces", "none"]);
            let digest = report.lines().find_map(|line| line.strip_prefix("run digest  ")).expect("a digest");
            writeln!(found, "{scenario} {seed} {digest}").expect("a string takes it");
            assert!(is_in_order_of_time(&pack), "{scenario} {seed}");
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/run-digests.txt");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &found).expect("it can be written");
    }
    let recorded = std::fs::read_to_string(&path).expect("the recorded digests");
    assert_eq!(found, recorded, "behaviour {}", depotsim::BEHAVIOUR);
}

/// Whether the events of a pack are told in order of time.
fn is_in_order_of_time(pack: &Path) -> bool {
    let moments = table(&pack.join("events.csv"));
    let t_s = |row: &std::collections::BTreeMap<String, String>| row["t_s"].parse::<i64>().expect("seconds");
    moments.windows(2).all(|pair| t_s(&pair[0]) <= t_s(&pair[1]))
}
