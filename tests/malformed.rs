//! Malformed scenarios: each is refused with exit 65 and a message that says where, what was found and what is allowed.
//!
//! Protects strangers: they have the message and nothing else. Nothing is written, nothing panics, and one mistake gives one message. The cases stand
//! in `tests/malformed/`; each message was read aloud before it was put there.

use crate::support::{depotsim, folder};
use std::fs;
use std::path::Path;

/// A text that is changed, and what is said of it.
struct Case {
    from: String,
    to: String,
    problems: Vec<String>,
}

/// Cases are blocks of lines: `-` what is replaced, `+` by what, `!` each problem in order.
fn cases(text: &str) -> Vec<Case> {
    let unescaped = |line: &str| {
        let text = line.get(2..).unwrap_or_default();
        text.replace("\\\\", "\u{0}").replace("\\n", "\n").replace('\u{0}', "\\")
    };
    let mut cases: Vec<Case> = Vec::new();
    for line in text.lines() {
        match line.as_bytes().first() {
            Some(b'-') => cases.push(Case { from: unescaped(line), to: String::new(), problems: Vec::new() }),
            Some(b'+') => cases.last_mut().expect("a case").to = unescaped(line),
            Some(b'!') => cases.last_mut().expect("a case").problems.push(line[2..].to_owned()),
            _ => {}
        }
    }
    cases
}

/// Runs the scenario in a folder, which must be refused without a trace of the attempt; gives the lines that name a place.
fn problems(folder: &Path, file: &str) -> Vec<String> {
    let before = entries(folder);
    let path = folder.join(file);
    let pack = folder.join("pack");
    let (code, stdout, stderr) =
        depotsim(&["run", path.to_str().expect("a path"), "--out", pack.to_str().expect("a path")]);
    assert_eq!((code, stdout.as_str()), (65, ""), "{stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
    assert_eq!(entries(folder), before, "nothing is written: {stderr}");
    let prefix = format!("{}/", folder.display());
    stderr.lines().filter_map(|line| line.strip_prefix(&prefix)).map(str::to_owned).collect()
}

fn entries(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Problems as a table has them.
fn block(problems: &[String]) -> String {
    problems.iter().map(|problem| format!("! {problem}\n")).collect()
}

/// Writes what was found into the table that a text came from: on purpose only, and read aloud before it is kept.
fn bless(text: &str, blessed: &str) {
    for name in ["scenario", "site", "visits"] {
        let path = format!("{}/tests/malformed/{name}.txt", env!("CARGO_MANIFEST_DIR"));
        if fs::read_to_string(&path).expect("a table") == text {
            fs::write(&path, blessed).expect("it can be written");
        }
    }
}

/// Checks every case on a sound scenario, of whose files `edited` is changed.
fn check(files: &[(&str, &str)], edited: &str, text: &str, at_least: usize) {
    let all = cases(text);
    assert!(all.len() >= at_least, "{} cases", all.len());
    let scratch = folder();
    let write = |name: &str, text: &str| fs::write(scratch.path().join(name), text).expect("a file");
    for (name, text) in files {
        write(name, text);
    }
    let sound = files.iter().find(|(name, _)| *name == edited).expect("a file").1;
    let (is_blessing, mut blessed) = (std::env::var_os("BLESS").is_some(), text.to_owned());
    for Case { from, to, problems: expected } in all {
        assert!(sound.contains(&from), "{from}");
        write(edited, &sound.replacen(&from, &to, 1));
        let found = problems(scratch.path(), "depot.ron");
        if is_blessing {
            blessed = blessed.replacen(&block(&expected), &block(&found), 1);
        } else {
            assert_eq!(found, expected, "{from} -> {to}");
        }
    }
    if is_blessing {
        bless(text, &blessed);
    }
    write(edited, sound);
    let path = scratch.path().join("depot.ron");
    let (code, _, stderr) = depotsim(&["check", path.to_str().expect("a path")]);
    assert_eq!(code, 0, "without a change all is well: {stderr}");
}

#[test]
fn scenarios_are_refused_with_every_problem_and_its_place() {
    check(
        &[("depot.ron", include_str!("malformed/depot.ron"))],
        "depot.ron",
        include_str!("malformed/scenario.txt"),
        90,
    );
}

#[test]
fn visits_are_refused_with_line_column_and_value() {
    let files = [
        ("depot.ron", include_str!("malformed/visits-depot.ron")),
        ("visits.csv", include_str!("malformed/visits.csv")),
    ];
    check(&files, "visits.csv", include_str!("malformed/visits.txt"), 20);
}

#[test]
fn site_data_are_refused_with_line_column_and_value() {
    let files = [
        ("depot.ron", include_str!("malformed/site-depot.ron")),
        ("chargers.csv", include_str!("malformed/chargers.csv")),
    ];
    check(&files, "chargers.csv", include_str!("malformed/site.txt"), 15);
}

#[test]
fn one_file_with_ten_mistakes_reports_ten_in_the_order_of_the_file() {
    let scratch = folder();
    fs::write(scratch.path().join("ten.ron"), include_str!("malformed/ten.ron")).expect("a file");
    let said = problems(scratch.path(), "ten.ron");
    let expected = [
        "ten.ron:5:10: title: 10 is a number",
        "ten.ron:10:58: site.grid_connections.GRID.default_capacity_kw: -400 is out of bounds",
        "ten.ron:12:60: site.charger_circuits.C1.colour: unknown field `colour`",
        "ten.ron:13:26: site.charger_circuits.C2.parent: \"GIRD\" is no node of the site",
        "ten.ron:16:50: site.charge_points.C1-P1.max_rating_kw: 100000 is out of bounds",
        "ten.ron:17:43: site.charge_points.C1-P2.repeat: 1.5 is not a whole number",
        "ten.ron:18:12: site.charge_points.C1-P1.id: the id \"C1-P1\" stands twice",
        "ten.ron:24:12: vehicles.bus.curve: power falls and then rises again",
        "ten.ron:28:135: fleet.b2.connector: the connector is taken by visit b1",
        "ten.ron:29:74: fleet.b3.departure: it leaves at",
    ];
    assert_eq!(said.len(), expected.len(), "{said:#?}");
    for (said, expected) in said.iter().zip(expected) {
        assert!(said.starts_with(expected), "{said}");
    }
}

#[test]
fn files_that_are_no_text_of_ours_are_refused_at_their_place() {
    let sound = include_str!("malformed/depot.ron");
    let negative = sound.replacen("battery_kwh: 350", "battery_kwh: -350", 1);
    let brackets = |bracket: &str| bracket.repeat(10_000_000).into_bytes();
    let mut invalid = sound.replacen("A depot", "A \u{1}depot", 1).into_bytes();
    let at = invalid.iter().position(|&byte| byte == 1).expect("the mark");
    invalid[at] = 0xff;
    let deep = format!("{}{}", "(a: [".repeat(10), "])".repeat(10));
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("empty", Vec::new(), ":1:1: the file is empty"),
        ("blank", b" \n\t\n".to_vec(), ":1:1: the file is empty"),
        ("comments", b"// nothing\n".to_vec(), ":1:1: the file holds nothing but comments"),
        ("an opening bracket ten million times", brackets("["), ":1:13: brackets nest more than 12 deep"),
        ("a parenthesis ten million times", brackets("("), ":1:13: brackets nest more than 12 deep"),
        ("a closing bracket ten million times", brackets("]"), ":1:1: found \"]\""),
        ("deep records", deep.into_bytes(), ":1:31: brackets nest more than 12 deep"),
        ("a quote ten million times", brackets("\""), ":1:3: \"\\\"\" stands after the end"),
        ("invalid UTF-8", invalid, ":5:13: byte 0xff is not UTF-8 (save the file as UTF-8)"),
        (
            "a byte order mark",
            format!("\u{feff}{negative}").into_bytes(),
            ":19:18: vehicles.bus.battery_kwh: -350",
        ),
        ("a mark and nothing", "\u{feff}".into(), ":1:1: the file is empty"),
        ("a mistake after the mark", "\u{feff}[]".into(), ":1:1: found a list"),
        ("CRLF", negative.replace('\n', "\r\n").into_bytes(), ":19:18: vehicles.bus.battery_kwh: -350"),
        ("tabs", negative.replace("  ", "\t").into_bytes(), ":19:16: vehicles.bus.battery_kwh: -350"),
        (
            "letters of two bytes",
            negative.replace("  battery", "/*ёжик*/ battery").into_bytes(),
            ":19:25: vehicles.bus",
        ),
        (
            "JSON",
            b"{\"schema\": 1}".to_vec(),
            ":1:1: this is a map in braces, such as JSON has (a scenario is a record in parentheses",
        ),
        ("a list", b"[1, 2]".to_vec(), ":1:1: found a list (a record in parentheses"),
        ("a text", b"\"depot\"".to_vec(), ":1:1: \"depot\" is a text (a record in parentheses"),
        (
            "an unclosed parenthesis",
            sound.trim_end().trim_end_matches(')').into(),
            ":2:1: the `(` here is never closed",
        ),
        ("two scenarios", format!("{sound}{sound}").into_bytes(), ":35:1: \"#\" stands after the end"),
        ("a comment alone that does not end", b"/* nothing".to_vec(), ":1:11: the comment never ends"),
        ("a comment that does not end", format!("{sound}/*").into_bytes(), ":35:3: the comment never ends"),
    ];
    for (name, bytes, expected) in cases {
        let scratch = folder();
        fs::write(scratch.path().join("depot.ron"), bytes).expect("a file");
        let said = problems(scratch.path(), "depot.ron");
        let line = said.first().map(|line| line.trim_start_matches("depot.ron")).unwrap_or_default();
        assert!(line.starts_with(expected) && line.len() < 500, "{name}: {said:?}");
    }
}

#[test]
fn tables_whose_lines_end_in_any_way_have_the_same_places() {
    let scratch = folder();
    let write = |name: &str, text: &str| fs::write(scratch.path().join(name), text).expect("a file");
    let visits = include_str!("malformed/visits.csv").replacen(",40,", ",140,", 1);
    let chargers = include_str!("malformed/chargers.csv").replacen("80.5", "-80", 1);
    for line_end in ["\n", "\r\n", "\r"] {
        write("depot.ron", include_str!("malformed/visits-depot.ron"));
        write("visits.csv", &visits.replace('\n', line_end));
        let said = problems(scratch.path(), "depot.ron");
        assert!(said.len() == 1 && said[0].starts_with("visits.csv:3:19: soc_arrival_pct: 140"), "{said:?}");
        write("depot.ron", include_str!("malformed/site-depot.ron"));
        write("chargers.csv", &chargers.replace('\n', line_end));
        let said = problems(scratch.path(), "depot.ron");
        assert!(said.len() == 1 && said[0].starts_with("chargers.csv:3:10: site.charge"), "{said:?}");
        let path = scratch.path().join("depot.ron");
        let (_, stdout, _) = depotsim(&["check", path.to_str().expect("a path")]);
        assert!(stdout.contains("3 | C1-X,,C1,-80,false,\n  |          ^^^"), "{stdout}");
    }
}

#[test]
fn missing_files_are_named_where_they_are_asked_for() {
    let scratch = folder();
    let visits = include_str!("malformed/visits-depot.ron");
    fs::write(scratch.path().join("depot.ron"), visits).expect("a file");
    let said = problems(scratch.path(), "depot.ron");
    assert!(said[0].starts_with("depot.ron:22:22: fleet.csv: cannot read \"visits.csv\": "), "{said:?}");
    fs::write(scratch.path().join("depot.ron"), include_str!("malformed/site-depot.ron")).expect("a file");
    let said = problems(scratch.path(), "depot.ron");
    assert!(
        said[0].starts_with("depot.ron:14:24: site.charge_points_csv: cannot read \"chargers.csv\": "),
        "{said:?}"
    );
    fs::write(scratch.path().join("chargers.csv"), b"id,parent\nC1-P1,\xff\n").expect("a file");
    let said = problems(scratch.path(), "depot.ron");
    assert!(said[0].contains("line 2, column 7: byte 0xff is not UTF-8"), "{said:?}");
    let (code, _, stderr) = depotsim(&["run", "no-such-depot"]);
    assert_eq!(code, 65);
    assert!(stderr.contains("neither bundled nor a file"), "{stderr}");
}

#[test]
fn a_file_of_nothing_but_mistakes_is_told_the_first_two_hundred() {
    let scratch = folder();
    let point = r#"(id: "P", parent: "GRID", max_rating_kw: -1),"#;
    let many = include_str!("malformed/depot.ron").replacen(
        "charge_points: [",
        &format!("charge_points: [{}", point.repeat(500)),
        1,
    );
    fs::write(scratch.path().join("depot.ron"), many).expect("a file");
    let path = scratch.path().join("depot.ron");
    let (code, stdout, _) = depotsim(&["check", path.to_str().expect("a path")]);
    assert_eq!(code, 65);
    assert_eq!(stdout.matches("depot.ron:14:").count(), 200);
    assert!(stdout.contains("200 problems, and at least 1 more in "), "{}", &stdout[stdout.len() - 200..]);
}

#[test]
fn no_single_slip_makes_it_panic_or_point_outside_of_the_text() {
    let sound = include_str!("malformed/depot.ron");
    let mut refused = 0;
    for (at, c) in sound.char_indices() {
        let slip = ["", "(", "]", "\"", "ж", "-1", ",", "'"][at % 8];
        let text = format!("{}{slip}{}", &sound[..at], &sound[at + c.len_utf8()..]);
        let Err(error) = scenarios::parse("depot.ron", &text, &mut |_| Err("there is none".into())) else {
            continue;
        };
        refused += 1;
        let shown =
            depotsim::problems::to_text(error.findings(), depotsim::problems::Gravity::Problem, false);
        assert!(shown.starts_with("depot.ron:") && shown.contains(" | "), "{at}: {shown}");
        for problem in error.problems() {
            let range = problem.range.clone().expect("a place");
            assert!(text.get(range).is_some(), "{at}: {problem}");
            assert!(!problem.message.is_empty() && problem.message.len() < 1_000, "{at}: {problem}");
        }
    }
    assert!(refused > 1_000, "{refused}");
}
