//! `diff`: what is better and what is worse in one pack than in another.

use crate::support::{depotsim, folder, run};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

fn text(path: &Path) -> &str {
    path.to_str().expect("a path")
}

/// Two packs of the same arrivals, the second one under a tighter limit.
fn two_packs(scratch: &Path) -> (PathBuf, PathBuf) {
    let (a, b) = (scratch.join("a"), scratch.join("b"));
    run("wa-pta", &a, &[]);
    let set = "site.grid_connections.GC1.safe_operating_capacity_kw=500";
    let (code, _, stderr) = depotsim(&["replay", text(&a), "--set", set, "--out", text(&b)]);
    // The tighter limit may fail what the scenario says must be shown.
    assert!(code == 0 || stderr.contains("checks failed"), "exit {code}, {stderr}");
    (a, b)
}

#[test]
fn a_pack_and_itself_are_the_same_and_so_are_packs_that_keep_other_tables() {
    let scratch = folder();
    let (a, b) = (scratch.path().join("a"), scratch.path().join("b"));
    run("flat-site", &a, &[]);
    run("flat-site", &b, &["--traces", "none"]);
    for (one, other) in [(&a, &a), (&a, &b), (&b, &a)] {
        let (code, stdout, stderr) = depotsim(&["diff", text(one), text(other)]);
        assert_eq!(code, 0, "{stdout}{stderr}");
        assert!(stdout.contains("the same happened in both"), "{stdout}");
    }
    let (_, stdout, _) = depotsim(&["diff", text(&a), text(&b)]);
    assert!(stdout.contains("nodes.csv: only in the first"), "{stdout}");
}

#[test]
fn another_title_or_another_word_for_a_check_is_no_other_night() {
    let scratch = folder();
    let (a, b) = (scratch.path().join("a"), scratch.path().join("b"));
    run("wa-pta", &a, &[]);
    for set in ["title=another title", "checks.ready.text=in other words"] {
        run("wa-pta", &b, &["--set", set, "--force"]);
        let (code, stdout, stderr) = depotsim(&["diff", text(&a), text(&b)]);
        assert_eq!(code, 0, "{set}: {stdout}{stderr}");
        assert!(stdout.contains("the same happened in both"), "{set}: {stdout}");
        // The page and the pictures that show it are told as files that differ.
        assert!(stdout.contains("review.html: differs"), "{set}: {stdout}");
    }
}

#[test]
fn a_pack_that_lacks_a_file_or_belies_its_manifest_is_told_to_be_damaged_whichever_it_is() {
    let scratch = folder();
    let (a, b) = (scratch.path().join("a"), scratch.path().join("b"));
    run("flat-site", &a, &[]);
    for name in ["visits.csv", "summary.json", "recording.ron", "plots/site.svg"] {
        run("flat-site", &b, &["--force"]);
        fs::remove_file(b.join(name)).expect("it can be removed");
        for (one, other) in [(&a, &b), (&b, &a)] {
            let (code, stdout, stderr) = depotsim(&["diff", text(one), text(other)]);
            assert_eq!(code, 1, "{name}: {stdout}{stderr}");
            assert!(stdout.contains(&format!("b: {name} is gone")), "{stdout}");
            let (_, json, _) = depotsim(&["diff", "--json", text(one), text(other)]);
            let json: Value = serde_json::from_str(&json).expect("JSON");
            for told in ["visits", "figures", "nodes"] {
                assert_eq!(
                    json[told],
                    Value::Array(Vec::new()),
                    "{name}: what is gone is not compared: {json}"
                );
            }
        }
    }
    run("flat-site", &b, &["--force"]);
    let manifest = fs::read_to_string(b.join("manifest.json")).expect("a manifest");
    let digest = manifest.split("\"sha256\": \"").nth(1).and_then(|rest| rest.get(..64)).expect("a digest");
    let other = digest.replacen(|digit| digit != '0', "0", 1);
    fs::write(b.join("manifest.json"), manifest.replacen(digest, &other, 1)).expect("it can be changed");
    let (code, stdout, _) = depotsim(&["diff", text(&a), text(&b)]);
    assert!(code == 1 && stdout.contains("is not what its manifest says"), "{code}: {stdout}");
}

#[test]
fn a_tighter_limit_is_told_with_what_came_of_it() {
    let scratch = folder();
    let (a, b) = two_packs(scratch.path());
    let (code, stdout, stderr) = depotsim(&["diff", text(&a), text(&b)]);
    assert_eq!(code, 1, "{stderr}");
    let (_, json, _) = depotsim(&["diff", "--json", text(&a), text(&b)]);
    let json: Value = serde_json::from_str(&json).expect("JSON");
    let asked = serde_json::json!([{ "what": "set", "a": "nothing", "b": "site.grid_connections.GC1.safe_operating_capacity_kw=500" }]);
    assert_eq!(json["choices"], asked);
    // What is asked for first is told whether or not it differs.
    let glance = json["at_a_glance"].as_array().expect("a list");
    assert_eq!((glance.len(), &glance[0]["name"]), (6, &"visits ready".into()), "{json}");
    // The limit itself is the first thing that differs.
    let first = &json["first"];
    assert_eq!((&first["t_s"], &first["file"]), (&0.into(), &"nodes.csv".into()), "{first}");
    assert_eq!((&first["row"], &first["field"]), (&"node GC1".into(), &"limit_kw".into()), "{first}");
    assert!(stdout.contains("first at    t = 0 s, nodes.csv line 3, node GC1, limit_kw"), "{stdout}");
    let peak =
        json["figures"].as_array().expect("figures").iter().find(|figure| figure["path"] == "/site/peak_w");
    assert_eq!(peak.expect("the peak differs")["verdict"], "better");
    let node = json["nodes"].as_array().expect("nodes").iter().find(|node| node["node"] == "GC1");
    assert!(node.is_some_and(|node| !node["changes"].as_array().expect("changes").is_empty()));
    // Every visit that differs is told, worse ones first, and its verdict is that of its first figure that decides.
    let visits = json["visits"].as_array().expect("visits");
    assert!(!visits.is_empty());
    let verdicts: Vec<&str> = visits.iter().filter_map(|visit| visit["verdict"].as_str()).collect();
    let ranks: Vec<usize> = verdicts
        .iter()
        .map(|verdict| {
            ["worse", "better", "other"].iter().position(|other| other == verdict).expect("a verdict")
        })
        .collect();
    assert!(ranks.is_sorted(), "{verdicts:?}");
    let (back_code, back, _) = depotsim(&["diff", "--json", text(&b), text(&a)]);
    let back: Value = serde_json::from_str(&back).expect("JSON");
    let count = |json: &Value, verdict: &str| {
        json["visits"].as_array().expect("visits").iter().filter(|visit| visit["verdict"] == verdict).count()
    };
    assert_eq!(back_code, 1);
    assert_eq!(count(&json, "worse"), count(&back, "better"));
    assert_eq!(count(&json, "better"), count(&back, "worse"));
}

#[test]
fn packs_that_were_damaged_are_not_called_the_same() {
    let scratch = folder();
    let (a, b) = (scratch.path().join("a"), scratch.path().join("b"));
    run("flat-site", &a, &[]);
    run("flat-site", &b, &[]);
    let nodes = std::fs::read_to_string(b.join("nodes.csv")).expect("a table");
    std::fs::write(b.join("nodes.csv"), nodes.replacen(",0.000,", ",0.001,", 1)).expect("it can be changed");
    let (code, stdout, _) = depotsim(&["diff", text(&a), text(&b)]);
    assert_eq!(code, 1, "{stdout}");
    assert!(stdout.contains("b: nodes.csv is not what its manifest says"), "{stdout}");
    assert!(stdout.contains("first at    t = 0 s, nodes.csv line 2"), "{stdout}");
    std::fs::write(b.join("nodes.csv"), nodes).expect("it can be changed back");
    std::fs::remove_file(b.join("cycles.csv")).expect("it can be removed");
    for (one, other) in [(&a, &b), (&b, &a)] {
        let (code, stdout, _) = depotsim(&["diff", text(one), text(other)]);
        assert!(code == 1 && stdout.contains("b: cycles.csv is gone"), "{stdout}");
        let (_, json, _) = depotsim(&["diff", "--json", text(one), text(other)]);
        let json: Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!((&json["is_same"], &json["damaged"][0]["name"]), (&false.into(), &"cycles.csv".into()));
    }
}

#[test]
fn a_margin_says_nothing_where_others_are_ready() {
    let scratch = folder();
    let packs = ["500", "450"].map(|limit_kw| {
        let pack = scratch.path().join(limit_kw);
        let set = format!("site.grid_connections.GC1.safe_operating_capacity_kw={limit_kw}");
        let (code, ..) =
            depotsim(&["run", "wa-pta", "--traces", "none", "--set", &set, "--out", text(&pack)]);
        assert!(code == 0 || code == 1, "the run ends, whatever its checks say");
        pack
    });
    let (_, json, _) = depotsim(&["diff", "--json", text(&packs[0]), text(&packs[1])]);
    let json: Value = serde_json::from_str(&json).expect("JSON");
    let figure = |path: &str| {
        let figures = json["figures"].as_array().expect("figures");
        figures
            .iter()
            .find(|figure| figure["path"] == path)
            .unwrap_or_else(|| panic!("{path} differs: {json}"))
            .clone()
    };
    let ready = figure("/visits/ready");
    assert!(ready["a"].as_str().is_some_and(|ready| ready.ends_with(" of 28")), "{ready}");
    assert_eq!(ready["verdict"], "worse");
    assert_eq!(figure("/visits/least_margin_s")["verdict"], "other");
}

#[test]
fn the_page_tells_the_same_and_loads_nothing() {
    let scratch = folder();
    let (a, b) = two_packs(scratch.path());
    let page = scratch.path().join("pages/diff.html");
    let (code, _, stderr) = depotsim(&["diff", text(&a), text(&b), "--html", text(&page)]);
    assert_eq!(code, 1, "{stderr}");
    let html = fs::read_to_string(&page).expect("a page");
    for said in ["node GC1, limit_kw", "site peak", "class=\"better\"", "GRID_CONNECTION_LIMIT"] {
        assert!(html.contains(said), "{said}");
    }
    assert!(!html.contains("<script") && !html.contains("http"), "nothing is loaded");
    let (code, _, stderr) = depotsim(&["diff", text(&a), text(&b), "--html", "/dev/null/diff.html"]);
    assert!(code == 73 && stderr.contains("cannot create"), "exit {code}, {stderr}");
}

#[test]
fn a_page_replaces_a_page_and_nothing_else() {
    let scratch = folder();
    let (a, b) = two_packs(scratch.path());
    let (page, thesis) = (scratch.path().join("diff.html"), scratch.path().join("thesis.html"));
    for _ in 0..2 {
        let (code, _, stderr) = depotsim(&["diff", text(&a), text(&b), "--html", text(&page)]);
        assert_eq!(code, 1, "{stderr}");
    }
    fs::write(&thesis, "years of work").expect("a file");
    let (code, _, stderr) = depotsim(&["diff", text(&a), text(&b), "--html", text(&thesis)]);
    assert!(code == 73 && stderr.contains("no comparison by depotsim"), "exit {code}, {stderr}");
    assert_eq!(fs::read_to_string(&thesis).expect("the file"), "years of work");
}

#[test]
fn what_is_no_pack_is_bad_input() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    run("flat-site", &pack, &[]);
    let (code, _, stderr) = depotsim(&["diff", text(&pack), text(scratch.path())]);
    assert!(code == 65 && stderr.contains("is no pack"), "exit {code}, {stderr}");
}

#[test]
fn acceptance_checks_that_come_out_otherwise_are_told_first_and_equal_ones_are_not() {
    let scratch = folder();
    let (a, b) = (scratch.path().join("a"), scratch.path().join("b"));
    run("wa-pta", &a, &["--traces", "none"]);
    run("wa-pta", &b, &["--traces", "none", "--strategy", "uncontrolled"]);
    let results = |pack: &Path| -> Vec<(String, bool)> {
        let summary = fs::read_to_string(pack.join("summary.json")).expect("a summary");
        let summary: Value = serde_json::from_str(&summary).expect("JSON");
        let checks = summary["checks"].as_array().expect("checks").iter();
        checks.map(|check| (check["id"].as_str().unwrap().to_owned(), check["passed"] == true)).collect()
    };
    let expected: Vec<(String, bool)> = results(&a)
        .into_iter()
        .zip(results(&b))
        .filter(|(of_a, of_b)| of_a.1 != of_b.1)
        .map(|(of_a, _)| of_a)
        .collect();
    assert!(!expected.is_empty() && expected.len() < results(&a).len());
    for (one, other, verdicts, verdict) in
        [(&a, &b, ("PASS", "FAIL"), "worse"), (&b, &a, ("FAIL", "PASS"), "better")]
    {
        let page = scratch.path().join(format!("{verdict}.html"));
        let (_, stdout, _) = depotsim(&["diff", text(one), text(other), "--html", text(&page)]);
        let second = stdout.lines().nth(1).expect("a line");
        assert!(second.starts_with(&format!("verdict     {} -> {}", verdicts.0, verdicts.1)), "{stdout}");
        assert!(second.ends_with(verdict), "{stdout}");
        let (_, json, _) = depotsim(&["diff", "--json", text(one), text(other)]);
        let json: Value = serde_json::from_str(&json).expect("JSON");
        let acceptance = serde_json::json!({ "a": verdicts.0, "b": verdicts.1, "verdict": verdict });
        assert_eq!(json["acceptance"], acceptance);
        let html = fs::read_to_string(&page).expect("a page");
        assert!(html.contains(&format!("<span class=\"{verdict}\">{}</span>", verdicts.1)), "{html}");
        let told = json["checks"].as_array().expect("checks");
        assert_eq!(told.len(), expected.len(), "{json}");
        for (check, (id, passed)) in told.iter().zip(&expected) {
            assert_eq!(check["check"], id.as_str());
            assert_eq!((&check["a"], &check["verdict"]), (&(*passed == (one == &a)).into(), &verdict.into()));
            assert!(
                stdout.contains(&format!("{verdict:7}{id} (")) && html.contains(&format!("<td>{id}</td>")),
                "{stdout}"
            );
            assert!(stdout.contains(check["found_b"].as_str().expect("a sentence")), "{stdout}");
        }
    }
}

#[test]
fn a_check_that_only_one_pack_has_is_told_and_takes_no_side() {
    let scratch = folder();
    let (a, b) = (scratch.path().join("a"), scratch.path().join("b"));
    let file = scratch.path().join("less.ron");
    let whole = scenarios::Bundled::find("wa-pta").expect("it is bundled").text;
    let at = whole.find("(\n      id: \"ready\"").expect("the check");
    let end = at + whole[at..].find("    ),\n").expect("its end") + 7;
    fs::write(&file, [&whole[..at], &whole[end..]].concat()).expect("a file");
    run("wa-pta", &a, &["--traces", "none"]);
    run(text(&file), &b, &["--traces", "none"]);
    for (one, other, side) in [(&a, &b, "a"), (&b, &a, "b")] {
        let (_, json, _) = depotsim(&["diff", "--json", text(one), text(other)]);
        let json: Value = serde_json::from_str(&json).expect("JSON");
        let checks = json["checks"].as_array().expect("checks");
        assert_eq!((checks.len(), &json["acceptance"]), (1, &Value::Null), "{json}");
        let check = &checks[0];
        assert_eq!((&check["check"], &check["only_in"]), (&"ready".into(), &side.into()), "{check}");
        assert_eq!(check["verdict"], "other");
        let (_, stdout, _) = depotsim(&["diff", text(one), text(other)]);
        let side = if side == "a" { "first" } else { "second" };
        assert!(stdout.contains(&format!("only in the {side}, passed")), "{stdout}");
    }
}
