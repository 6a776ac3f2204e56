//! `check`, `show`, `init` and `--set`, as a stranger uses them.
//!
//! Protects the way from a question to a run: what is shown is what is run, and what is set is recorded.

use crate::support::{depotsim, files, folder, run};
use std::fs;
use std::path::Path;

fn text(path: &Path) -> &str {
    path.to_str().expect("a path")
}

#[test]
fn the_starter_scenario_runs_at_once_and_is_not_overwritten() {
    let scratch = folder();
    let file = scratch.path().join("depots/north.ron");
    let (code, stdout, stderr) = depotsim(&["init", text(&file)]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(
        stdout.contains("next:") && stdout.contains(&format!("depotsim run {}", text(&file))),
        "{stdout}"
    );
    let (code, stdout, _) = depotsim(&["check", text(&file)]);
    assert_eq!((code, stdout), (0, format!("{}: ok\n", text(&file))));
    let report = run(text(&file), &scratch.path().join("pack"), &[]);
    assert!(report.contains("6 of 6 ready") && report.contains("GRID_CONNECTION_LIMIT"), "{report}");
    fs::write(&file, "mine").expect("a file");
    let (code, _, stderr) = depotsim(&["init", text(&file)]);
    assert_eq!(code, 73);
    assert!(stderr.contains("--force") && fs::read_to_string(&file).expect("a file") == "mine", "{stderr}");
    assert_eq!(depotsim(&["init", text(&file), "--force"]).0, 0);
    // A folder gets a file of the usual name, the same but for the id.
    assert_eq!(depotsim(&["init", text(scratch.path())]).0, 0);
    let same = fs::read_to_string(scratch.path().join("my-depot.ron")).expect("a file");
    assert_eq!(same.replace("my-depot", "north"), fs::read_to_string(&file).expect("a file"));
}

#[test]
fn what_is_shown_is_read_as_the_same_scenario() {
    let (_, names, _) = depotsim(&["scenarios"]);
    for name in names.lines().filter_map(|line| line.split(' ').next()) {
        let scratch = folder();
        let (code, shown, said) = depotsim(&["show", name]);
        assert_eq!(code, 0, "{name}");
        for (file, text) in scenarios::Bundled::find(name).expect("a scenario").files {
            fs::write(scratch.path().join(file), text).expect("data");
            assert!(said.contains(&format!("\"{file}\", which has to lie beside")), "{name}: {said}");
        }
        let copy = scratch.path().join("copy.ron");
        fs::write(&copy, &shown).expect("a file");
        let (code, again, stderr) = depotsim(&["show", text(&copy)]);
        assert_eq!((code, again), (0, shown), "{name}: {stderr}");
        // The same questions have the same answers.
        run(name, &scratch.path().join("a"), &["--traces", "none"]);
        run(text(&copy), &scratch.path().join("b"), &["--traces", "none"]);
        assert!(files(&scratch.path().join("a")) == files(&scratch.path().join("b")), "{name}");
    }
}

#[test]
fn what_is_shown_as_json_has_expanded_records_and_defaults() {
    let (code, json, _) =
        depotsim(&["show", "wa-pta", "--json", "--set", "site.charge_points.C1-P2.max_rating_kw=75.5"]);
    assert_eq!(code, 0);
    let shown: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(shown["site"]["charge_points"].as_array().expect("a list").len(), 16);
    assert_eq!(shown["site"]["charge_points"][1]["max_rating_kw"], 75.5);
    assert_eq!(shown["rotation_slot"], "15min");
}

#[test]
fn what_is_set_is_run_recorded_and_verified() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    let set = ["--set", "fleet.bus.count=4", "--set", "duration=14h", "--set", "fleet.bus.count=5"];
    let report = run("wa-pta", &pack, &[&set[..], &["--traces", "none"]].concat());
    assert!(report.contains("5 of 5 ready") && report.contains("cycles      840:"), "{report}");
    let recording = fs::read_to_string(pack.join("recording.ron")).expect("a recording");
    assert!(
        recording.contains("\"fleet.bus.count=4\", \"duration=14h\", \"fleet.bus.count=5\"")
            || recording.contains("\"fleet.bus.count=4\",\n"),
        "{}",
        &recording[..600]
    );
    let (code, stdout, stderr) = depotsim(&["verify", text(&pack)]);
    assert_eq!((code, stdout), (0, format!("{}: equal\n", text(&pack))), "{stderr}");
    let (code, stdout, _) = depotsim(&[
        "topology",
        "wa-pta",
        "--json",
        "--set",
        "site.grid_connections.GC1.default_capacity_kw=1000",
    ]);
    assert!(code == 0 && stdout.contains("\"effective_limit_w\": 1000000"));
    let (code, _, stderr) =
        depotsim(&["run", "wa-pta", "--set", "fleet.bus.cuont=4", "--out", text(&scratch.path().join("no"))]);
    assert!(code == 65 && stderr.contains("did you mean `fleet.bus.count`?"), "{stderr}");
    assert!(!scratch.path().join("no").exists());
    let (code, _, stderr) = depotsim(&["run", "wa-pta", "--set", "fleet.bus.count"]);
    assert!(code == 2 && stderr.contains("PATH=VALUE"), "{stderr}");
}

#[test]
fn many_scenarios_are_checked_in_the_order_given() {
    let scratch = folder();
    let bad = scratch.path().join("bad.ron");
    let starter = include_str!("../scenarios/starter.ron")
        .replace("count: 6", "count: 0")
        .replace("parent: \"GRID\"", "parent: \"X\"");
    fs::write(&bad, starter).expect("a file");
    let missing = scratch.path().join("missing.ron");
    let args = ["check", text(&bad), "wa-pta", text(&missing), text(scratch.path()), "flat-site"];
    let (code, stdout, stderr) = depotsim(&args);
    assert_eq!((code, stderr.as_str()), (65, ""));
    let at = |words: &str| stdout.find(words).unwrap_or_else(|| panic!("{words} is in {stdout}"));
    let order = [
        at("bad.ron:35:39: site.charger_circuits.C1.parent: \"X\" is no node of the site"),
        at("(id: \"C{n}\", repeat: 2, parent: \"X\", default_capacity_kw: 250),"),
        at("^^^"),
        at("bad.ron:59:14: fleet.bus.count: 0 is out of bounds"),
        at("2 problems in "),
        at("wa-pta: ok\n"),
        at("missing.ron: there is no such file ("),
        at(": it is a folder (give a file in it: "),
        at("flat-site: ok\n"),
    ];
    assert!(order.is_sorted(), "{stdout}");
    assert!(!stdout.contains('\u{1b}'), "no colour where there is no terminal");
    let (code, json, _) = depotsim(&[&args[..], &["--json"]].concat());
    assert_eq!(code, 65);
    let findings: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let oks: Vec<bool> =
        findings.as_array().expect("a list").iter().map(|finding| finding["ok"] == true).collect();
    assert_eq!(oks, [false, true, false, false, true]);
    let problem = &findings[0]["problems"][0];
    assert_eq!((problem["line"].as_u64(), problem["column"].as_u64()), (Some(35), Some(39)));
    assert_eq!(problem["path"], "site.charger_circuits.C1.parent");
    assert_eq!(problem["reason"], "INVALID_TOPOLOGY");
    assert_eq!(findings[0]["problems"][1]["reason"], serde_json::Value::Null);
    assert!(problem["file"].as_str().expect("a name").ends_with("bad.ron"));
}

#[test]
fn site_data_from_csv_files_are_the_same_records() {
    let scratch = folder();
    let starter = include_str!("../scenarios/starter.ron");
    let (head, rest) = starter.split_once("    charge_points: [").expect("the list");
    let tail = rest.split_once("    ],\n").expect("its end").1;
    fs::write(scratch.path().join("a.ron"), starter).expect("a file");
    fs::write(scratch.path().join("b.ron"), format!("{head}    charge_points_csv: \"points.csv\",\n{tail}"))
        .expect("a file");
    let csv = "id,repeat,parent,max_rating_kw,min_power_kw\n{parent}-P{n},3,C*,100,5\n";
    let expanded = "\u{feff}parent,id,min_power_kw,max_rating_kw,note\r\n".to_owned()
        + &["C1-P1", "C1-P2", "C1-P3", "C2-P1", "C2-P2", "C2-P3"]
            .map(|id| format!("{},\"{id}\",5,100.0,\r\n\r\n", &id[..2]))
            .concat();
    let shown = |name: &str| depotsim(&["show", text(&scratch.path().join(name))]);
    for table in [csv, &expanded] {
        fs::write(scratch.path().join("points.csv"), table).expect("a file");
        assert_eq!(shown("a.ron"), shown("b.ron"), "{table}");
    }
}
