//! `docs/behaviours.md` is true: every test that it names is there and has the figures that are said to be worked out, and every scenario that it
//! names shows the behaviour in the tables of its pack.
//!
//! Protects the map from behaviours to tests and scenarios from growing old. A quiet site shows no behaviour, so that no sign is one of anything.

mod signs;
use crate::support::tables::Tables;
use signs::{EVERYWHERE, SIGNS};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

const DOCUMENT: &str = include_str!("../docs/behaviours.md");

/// The scenario in which nothing goes wrong.
const QUIET: &str = "flat-site";

/// A row of the document.
struct Behaviour {
    name: &'static str,
    /// Each test's file and name.
    tests: Vec<(&'static str, &'static str)>,
    by_hand: &'static str,
    scenarios: Vec<&'static str>,
}

/// What stands between backticks.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

fn documented() -> Vec<Behaviour> {
    let rows = DOCUMENT.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let cells = rows.map(|row| row.split(" | ").collect::<Vec<_>>()).filter(|cells| cells[0] != "behaviour");
    cells
        .map(|cells| {
            let [name, tests, by_hand, scenarios] = cells[..] else { panic!("four columns: {cells:?}") };
            let tests = quoted(tests).chunks(2).map(|pair| (pair[0], pair[1])).collect();
            Behaviour { name, tests, by_hand, scenarios: quoted(scenarios) }
        })
        .collect()
}

/// The text of a test: from its name to the next function.
fn test_text(file: &str, name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"));
    let start = format!("#[test]\nfn {name}() {{");
    let (_, after) = text.split_once(&start).unwrap_or_else(|| panic!("no test {name} in {file}"));
    after.split("\n}\n").next().expect("a body").to_owned()
}

/// The numbers of a text, as the code writes them: `66,666` and `66_666` are one, `468.500` is two.
fn numbers(text: &str) -> BTreeSet<String> {
    let plain = text.replace('_', "").replace("ppm", " ppm");
    let bytes: Vec<char> = plain.chars().collect();
    let is_between_digits = |ix: usize| {
        ix > 0 && bytes[ix - 1].is_ascii_digit() && bytes.get(ix + 1).is_some_and(char::is_ascii_digit)
    };
    let kept = (0..bytes.len()).filter(|&ix| bytes[ix] != ',' || !is_between_digits(ix)).map(|ix| bytes[ix]);
    let joined: String = kept.collect();
    joined.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

#[test]
fn every_test_that_a_row_names_is_there_and_has_its_figures() {
    for behaviour in documented() {
        assert!(!behaviour.tests.is_empty(), "{} names a test", behaviour.name);
        let texts = behaviour.tests.iter().map(|(file, name)| test_text(file, name));
        let known = numbers(&texts.collect::<Vec<_>>().join("\n"));
        let said = numbers(behaviour.by_hand);
        let missing: Vec<_> = said.difference(&known).collect();
        assert!(
            missing.is_empty(),
            "{}: {missing:?} stand in no test of {:?}",
            behaviour.name,
            behaviour.tests
        );
        let has_figure = said.iter().any(|number| number.len() >= 3);
        assert!(
            has_figure || behaviour.by_hand == "the same",
            "{}: a figure worked out by hand",
            behaviour.name
        );
    }
    // What stands below the tables is looked up, too.
    let rest = DOCUMENT.split("Odd depots").nth(1).expect("a paragraph");
    let named = quoted(rest);
    test_text(named[0], named[1]);
}

#[test]
fn every_scenario_that_a_row_names_shows_the_behaviour_and_a_quiet_site_none() {
    let behaviours = documented();
    let names: Vec<&str> = behaviours.iter().map(|behaviour| behaviour.name).collect();
    let signs: BTreeMap<&str, fn(&Tables) -> bool> = SIGNS.into_iter().collect();
    let of_rows: BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!(of_rows.len(), names.len(), "each behaviour once");
    assert_eq!(of_rows, signs.keys().copied().collect(), "a sign for each behaviour");
    let scenarios: BTreeSet<&str> =
        behaviours.iter().flat_map(|behaviour| behaviour.scenarios.iter().copied()).collect();
    for scenario in scenarios {
        let tables = Tables::of(scenario);
        for behaviour in &behaviours {
            let is_said = behaviour.scenarios.contains(&scenario) || behaviour.scenarios.is_empty();
            if is_said {
                assert!(signs[behaviour.name](&tables), "{scenario} shows: {}", behaviour.name);
            }
        }
    }
    let quiet = Tables::of(QUIET);
    for (name, sign) in SIGNS {
        assert_eq!(sign(&quiet), EVERYWHERE.contains(&name), "{QUIET} shows: {name}");
    }
}
