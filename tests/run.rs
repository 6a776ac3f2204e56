//! `run`: what a pack holds, that it is whole or absent, and that equal questions have equal bytes.
//!
//! Protects the contract that everybody relies on: names, columns and formats of the files, and exit codes.

use crate::support::{command, depotsim, files, folder, run, said};
use std::fs;
use std::time::Duration;

const HEADERS: [(&str, &str); 7] = [
    (
        "cycles.csv",
        "t_s,time,cycle,outcome,reason,constraining_node,limit_source,limit_kw,demand_kw,allocated_kw,withheld_kw,curtailed_count,paused_count,site_demand_kw,site_allocated_kw,site_measured_kw,subject,detail",
    ),
    (
        "nodes.csv",
        "t_s,time,node,kind,parent,limit_kw,limit_source,base_load_kw,ev_limit_kw,demand_kw,raw_demand_kw,allocated_kw,measured_kw,binding,breach",
    ),
    (
        "connectors.csv",
        "t_s,time,connector,charge_point,charger_circuit,vehicle,state,soc_pct,limit_kw,demand_kw,setpoint_kw,measured_kw,constrained_by",
    ),
    (
        "visits.csv",
        "visit,vehicle,connector,arrival,plugged_in,departure,battery_kwh,soc_arrival_pct,soc_target_pct,soc_departure_pct,delivered_kwh,shortfall_kwh,ready,ready_at,margin_min,paused_s,main_constraint",
    ),
    ("events.csv", "t_s,time,event,subject,detail"),
    ("breaches.csv", "node,start,end,duration_s,peak_over_kw,energy_over_kwh,cause"),
    ("tick-digests.csv", "t_s,cycle,nodes,connectors,state"),
];

#[test]
fn a_pack_holds_every_file_with_the_columns_that_were_promised() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    let report = run("wa-pta", &pack, &[]);
    assert!(report.contains("28 of 28 ready"), "{report}");
    let found = files(&pack);
    let names: Vec<&str> = found.keys().map(String::as_str).collect();
    let expected = [
        "SHA256SUMS",
        "breaches.csv",
        "connectors.csv",
        "cycles.csv",
        "datapackage.json",
        "events.csv",
        "junit.xml",
        "manifest.json",
        "nodes.csv",
        "plots/branches.svg",
        "plots/connectors.svg",
        "plots/site.svg",
        "plots/visits.svg",
        "recording-visits.csv",
        "recording.ron",
        "review.html",
        "summary.json",
        "tick-digests.csv",
        "visits.csv",
    ];
    assert_eq!(names, expected);
    for (name, header) in HEADERS {
        let text = std::str::from_utf8(&found[name]).expect("UTF-8");
        assert_eq!(text.lines().next(), Some(header), "{name}");
        assert!(!text.contains('\r') && text.ends_with('\n'), "{name} has plain line ends");
    }
    let nodes = std::str::from_utf8(&found["nodes.csv"]).expect("UTF-8");
    assert!(nodes.contains("0,2026-03-04T16:00:00+08:00,GC1,grid_connection,WA-PTA,1100.000,safe_operating_capacity,120.000,980.000,"));
}

#[test]
fn two_runs_have_the_same_bytes_and_another_seed_has_others() {
    let scratch = folder();
    let pack = |name: &str| scratch.path().join(name);
    run("wa-pta", &pack("a"), &[]);
    run("wa-pta", &pack("b"), &["--seed", "1"]);
    run("wa-pta", &pack("c"), &["--seed", "2"]);
    assert!(files(&pack("a")) == files(&pack("b")), "equal bytes");
    assert_ne!(files(&pack("a"))["visits.csv"], files(&pack("c"))["visits.csv"]);
}

#[test]
fn a_rerun_says_identical_and_other_content_is_refused_until_forced() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    let out = pack.to_str().expect("a path");
    run("flat-site", &pack, &[]);
    assert!(run("flat-site", &pack, &[]).contains("(identical)"));
    let before = files(&pack);
    let (code, _, stderr) = depotsim(&["run", "flat-site", "--seed", "2", "--out", out]);
    assert_eq!(code, 73);
    assert!(stderr.contains("--force"), "{stderr}");
    assert!(files(&pack) == before, "nothing was lost");
    assert!(run("flat-site", &pack, &["--seed", "2", "--force"]).contains("(replaced)"));
    assert!(files(&pack) != before);
    let left_over = fs::read_dir(scratch.path()).expect("a folder").count();
    assert_eq!(left_over, 1, "no temporary folder is left");
}

#[test]
fn a_folder_that_is_no_pack_is_never_replaced() {
    let scratch = folder();
    fs::write(scratch.path().join("thesis.txt"), "years of work").expect("a file");
    let (code, _, stderr) =
        depotsim(&["run", "flat-site", "--force", "--out", scratch.path().to_str().expect("a path")]);
    assert_eq!(code, 73);
    assert!(stderr.contains("with other things than a pack"), "{stderr}");
    assert_eq!(files(scratch.path()).len(), 1);
}

#[test]
fn what_somebody_put_beside_a_pack_is_never_replaced() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    let out = pack.to_str().expect("a path");
    run("flat-site", &pack, &[]);
    fs::create_dir(pack.join("attachments")).expect("a folder");
    fs::write(pack.join("attachments/signed.txt"), "signed").expect("a file");
    let (code, _, stderr) = depotsim(&["run", "flat-site", "--seed", "2", "--force", "--out", out]);
    assert_eq!(code, 73, "{stderr}");
    assert!(stderr.contains("attachments/signed.txt") && stderr.contains("[seed 2]"), "{stderr}");
    assert_eq!(fs::read_to_string(pack.join("attachments/signed.txt")).expect("the file"), "signed");
    fs::remove_dir_all(pack.join("attachments")).expect("the folder");
    // A scenario of this name is a file of packs of another kind, and here somebody's own.
    fs::write(pack.join("scenario.ron"), "mine").expect("a file");
    let (code, _, stderr) = depotsim(&["run", "flat-site", "--seed", "2", "--force", "--out", out]);
    assert!(code == 73 && stderr.contains("holds scenario.ron beside its pack"), "{stderr}");
    fs::remove_file(pack.join("scenario.ron")).expect("the file");
    assert!(run("flat-site", &pack, &["--seed", "2", "--force"]).contains("(replaced)"));
}

#[test]
fn a_manifest_of_another_program_makes_no_pack() {
    let scratch = folder();
    let app = scratch.path().join("app");
    fs::create_dir(&app).expect("a folder");
    fs::write(app.join("manifest.json"), r#"{"name": "An app", "icons": []}"#).expect("a file");
    let (code, _, stderr) =
        depotsim(&["run", "flat-site", "--force", "--out", app.to_str().expect("a path")]);
    assert!(code == 73 && stderr.contains("with other things than a pack"), "{stderr}");
    assert_eq!(files(&app).len(), 1);
    // Releases of files come with both lists.
    fs::write(app.join("manifest.json"), r#"{"files": [{"name": "data.tar"}]}"#).expect("a file");
    fs::write(app.join("SHA256SUMS"), "").expect("a file");
    fs::write(app.join("data.tar"), "years of work").expect("a file");
    let (code, _, stderr) =
        depotsim(&["run", "flat-site", "--force", "--out", app.to_str().expect("a path")]);
    assert!(code == 73 && stderr.contains("with other things than a pack"), "{stderr}");
    assert_eq!(files(&app).len(), 3);
}

#[test]
fn a_pack_whose_list_is_damaged_can_be_replaced() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    run("flat-site", &pack, &[]);
    fs::write(pack.join("manifest.json"), "{").expect("it can be written");
    assert!(run("flat-site", &pack, &["--force"]).contains("(replaced)"));
}

#[test]
fn the_folder_that_somebody_is_in_is_refused_before_anything_is_run() {
    let scratch = folder();
    let here = |more: &[&str]| {
        let mut command = command(&[&["run", "flat-site", "--out", "."], more].concat());
        said(command.current_dir(scratch.path()).output().expect("it starts"))
    };
    let (code, _, stderr) = here(&[]);
    assert!(code == 73 && stderr.contains("such as ./pack"), "exit {code}, {stderr}");
    assert_eq!(fs::read_dir(scratch.path()).expect("a folder").count(), 0, "nothing was made");
    // A pack that is there already is the same, or is not.
    run("flat-site", &scratch.path().join("pack"), &[]);
    let within = |more: &[&str]| {
        let mut command = command(&[&["run", "flat-site", "--out", "."], more].concat());
        said(command.current_dir(scratch.path().join("pack")).output().expect("it starts"))
    };
    let (code, stdout, stderr) = within(&[]);
    assert!(code == 0 && stdout.contains("(identical)"), "exit {code}, {stdout}{stderr}");
    assert_eq!(within(&["--seed", "2"]).0, 73);
}

#[cfg(unix)]
#[test]
fn a_pack_behind_a_link_is_replaced_where_it_is() {
    let scratch = folder();
    let (pack, link) = (scratch.path().join("disk/pack"), scratch.path().join("latest"));
    run("flat-site", &pack, &[]);
    std::os::unix::fs::symlink(&pack, &link).expect("a link");
    assert!(run("flat-site", &link, &["--seed", "2", "--force"]).contains("(replaced)"));
    assert!(link.is_symlink(), "the link stays");
    assert!(run("flat-site", &pack, &["--seed", "2"]).contains("(identical)"), "its pack is the new one");
    let nowhere = scratch.path().join("nowhere");
    std::os::unix::fs::symlink(scratch.path().join("gone"), &nowhere).expect("a link");
    let (code, _, stderr) = depotsim(&["run", "flat-site", "--out", nowhere.to_str().expect("a path")]);
    assert!(code == 73 && stderr.contains("is a link to nothing"), "exit {code}, {stderr}");
}

#[expect(clippy::disallowed_methods, reason = "the age of a folder is measured by the clock on the wall")]
#[test]
fn what_a_killed_run_left_is_cleared_a_day_later() {
    let scratch = folder();
    let (old, young) =
        (scratch.path().join(".depotsim-aaaaaa.tmp"), scratch.path().join(".depotsim-bbbbbb.tmp"));
    // One in which somebody still writes, although the folder itself is old.
    let busy = scratch.path().join(".depotsim-cccccc.tmp");
    for folder in [&old, &young, &busy] {
        fs::create_dir(folder).expect("a folder");
    }
    fs::write(busy.join("cycles.csv"), "t_s").expect("a file");
    let two_days_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(2 * 86_400);
    for folder in [&old, &busy] {
        fs::File::open(folder).and_then(|folder| folder.set_modified(two_days_ago)).expect("a time");
    }
    run("flat-site", &scratch.path().join("pack"), &[]);
    assert!(!old.exists() && young.exists() && busy.exists());
}

#[test]
fn the_seed_is_told_before_anything_else() {
    let scratch = folder();
    let out = scratch.path().join("pack");
    let (_, _, stderr) =
        depotsim(&["run", "flat-site", "--seed", "9", "--out", out.to_str().expect("a path")]);
    assert_eq!(stderr.lines().next(), Some("depotsim: flat-site with seed 9"), "{stderr}");
}

#[test]
fn traces_can_be_thinned_or_left_out() {
    let scratch = folder();
    let pack = |name: &str| scratch.path().join(name);
    run("flat-site", &pack("full"), &[]);
    run("flat-site", &pack("changes"), &["--traces", "changes"]);
    run("flat-site", &pack("none"), &["--traces", "none"]);
    let (full, changes, none) = (files(&pack("full")), files(&pack("changes")), files(&pack("none")));
    assert!(changes["nodes.csv"].len() < full["nodes.csv"].len() / 2);
    assert!(!none.contains_key("nodes.csv") && !none.contains_key("connectors.csv"));
    assert_eq!(full["tick-digests.csv"], none["tick-digests.csv"]);
}

#[test]
fn bad_input_has_its_exit_code_and_leaves_nothing_behind() {
    let scratch = folder();
    let scenario = scratch.path().join("mine.ron");
    fs::write(&scenario, "(schema: 1,\n  id: oops)").expect("a file");
    let out = scratch.path().join("pack");
    let out = out.to_str().expect("a path");
    let cases: [(&[&str], i32, &str); 5] = [
        (&["run", "nowhere", "--out", out], 65, "wa-pta"),
        (&["run", scenario.to_str().expect("a path"), "--out", out], 65, "mine.ron:2:7: id: "),
        (&["run", "wa-pta", "--strategy", "telepathy", "--out", out], 2, "telepathy"),
        (&["run", "wa-pta", "--seed=-1", "--out", out], 2, "--seed"),
        (&["run", "wa-pta", "--out", "/dev/null/pack"], 73, "/dev/null"),
    ];
    for (args, expected, mentions) in cases {
        let (code, stdout, stderr) = depotsim(args);
        assert_eq!((code, stdout.as_str()), (expected, ""), "{args:?}: {stderr}");
        assert!(stderr.contains(mentions), "{args:?}: {stderr}");
    }
    assert_eq!(files(scratch.path()).len(), 1, "only the scenario is there");
}

#[test]
fn the_seed_is_said_first() {
    let scratch = folder();
    let out = scratch.path().join("pack");
    let (_, _, stderr) =
        depotsim(&["run", "flat-site", "--seed", "7", "--out", out.to_str().expect("a path")]);
    assert_eq!(stderr.lines().next(), Some("depotsim: flat-site with seed 7"));
}

#[test]
fn the_summary_is_json_where_a_program_asks_for_it() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    let json: serde_json::Value = serde_json::from_str(&run("flat-site", &pack, &["--json"])).expect("JSON");
    assert_eq!(json["visits"]["ready"], 16);
    assert_eq!(json["cycles"]["total"], 960);
}

#[test]
fn a_killed_run_leaves_no_pack_that_looks_whole() {
    for after_ms in [1, 3, 6, 10, 15, 20, 30, 45] {
        let scratch = folder();
        let pack = scratch.path().join("pack");
        let mut child =
            command(&["run", "wa-pta", "--out", pack.to_str().expect("a path")]).spawn().expect("it starts");
        std::thread::sleep(Duration::from_millis(after_ms));
        let _ = child.kill();
        let _ = child.wait();
        if pack.exists() {
            let (code, stdout, _) = depotsim(&["verify", pack.to_str().expect("a path")]);
            assert_eq!(code, 0, "what stands in its place is whole, after {after_ms} ms: {stdout}");
        }
    }
}

#[test]
#[cfg(unix)]
fn a_closed_pipe_ends_quietly() {
    let list = command(&["scenarios"]).stdout(closed_pipe()).output().expect("it starts");
    let (code, _, stderr) = said(list);
    assert_eq!((code, stderr.as_str()), (0, ""));
}

#[test]
#[cfg(unix)]
fn a_message_that_nobody_can_hear_loses_no_run() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    let out = pack.to_str().expect("a path");
    let run = command(&["run", "flat-site", "--traces", "none", "--out", out]).stderr(closed_pipe()).output();
    let (code, stdout, _) = said(run.expect("it starts"));
    assert_eq!(code, 0, "{stdout}");
    assert!(pack.join("manifest.json").exists(), "the pack is there");
    let refused = command(&["run", "nowhere"]).stderr(closed_pipe()).output().expect("it starts");
    assert_eq!(said(refused).0, 65);
}

/// The writing end of a pipe that nobody reads.
#[cfg(unix)]
fn closed_pipe() -> std::process::Stdio {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    writer.into()
}

#[test]
fn the_summary_line_tells_those_who_did_not_come_where_there_are_any() {
    let scratch = folder();
    let line = "            1 did not come, and counts neither as ready nor as late\n";
    let with = run("wa-pta-faults", &scratch.path().join("with"), &["--traces", "none"]);
    assert!(with.contains(line), "{with}");
    let without = run("wa-pta", &scratch.path().join("without"), &["--traces", "none"]);
    assert!(!without.contains("did not come"), "{without}");
}

#[test]
fn the_figure_and_the_summary_tell_the_same_minutes_above_limits() {
    let scratch = folder();
    // A connector is above its own limit here while no node is.
    let pack = scratch.path().join("pack");
    run("wa-pta-faults", &pack, &["--traces", "none"]);
    let summary: serde_json::Value =
        serde_json::from_slice(&fs::read(pack.join("summary.json")).expect("a summary")).expect("JSON");
    let over_s = summary["breaches"]["over_limit_s"].as_u64().expect("seconds");
    let figure = fs::read_to_string(pack.join("plots/site.svg")).expect("a figure");
    let told = format!("\n{} min\n", over_s / 60);
    let breach = figure.find("BREACH: above a limit").expect("the lane of breaches");
    assert!(over_s > 0 && figure[breach..].contains(&told), "{over_s} s, and not {told:?}");
}
