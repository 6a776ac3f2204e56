//! Sweeps, seen from outside.
//!
//! Protects what a sweep is worth: the same bytes of `results.csv` whatever the threads, the shards and the accidents on the way, the same
//! arrivals for every set of parameters, and that nothing wrong is merged.

use crate::support::{command, depotsim, folder, said, table};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

const LIMIT: &str = "limit=site.grid_connections.GC1.safe_operating_capacity_kw=400..1000:300";

fn text(path: &Path) -> &str {
    path.to_str().expect("a path")
}

/// Runs the program, which must go well.
fn done(args: &[&str]) -> (String, String) {
    let (code, stdout, stderr) = depotsim(args);
    assert_eq!(code, 0, "{args:?}: {stderr}");
    (stdout, stderr)
}

/// A plan of 3 limits, 2 strategies and 4 seeds: 24 cases.
fn plan(folder: &Path) -> PathBuf {
    let plan = folder.join("plan.json");
    let axes = ["--axis", LIMIT, "--axis", "strategy=fair-share,first-come", "--seeds", "1..4"];
    done(&[&["sweep", "plan", "wa-pta", "-o", text(&plan)], &axes[..]].concat());
    plan
}

fn run(plan: &Path, out: &Path, more: &[&str]) -> String {
    done(&[&["sweep", "run", "--plan", text(plan), "--out", text(out)], more].concat()).1
}

fn merge(plan: &Path, out: &Path) -> String {
    done(&["sweep", "merge", "--plan", text(plan), "--out", text(out)]).0
}

fn results(out: &Path) -> String {
    fs::read_to_string(out.join("results.csv")).expect("a table")
}

/// Runs and merges a plan in so many shards.
fn in_shards(plan: &Path, out: &Path, shards: u32) {
    for shard in (0..shards).rev() {
        run(plan, out, &["--shards", &shards.to_string(), "--shard", &shard.to_string()]);
    }
    merge(plan, out);
}

fn shard(out: &Path, name: &str) -> PathBuf {
    out.join("shards").join(name)
}

#[test]
fn results_have_the_same_bytes_for_any_number_of_threads_and_shards() {
    let scratch = folder();
    let plan = plan(scratch.path());
    let whole = scratch.path().join("whole");
    run(&plan, &whole, &["--threads", "1"]);
    merge(&plan, &whole);
    let expected = results(&whole);
    assert_eq!(expected.lines().count(), 25);
    for threads in ["2", "8"] {
        let out = scratch.path().join(format!("threads-{threads}"));
        run(&plan, &out, &["--threads", threads]);
        merge(&plan, &out);
        assert!(results(&out) == expected, "{threads} threads");
    }
    for shards in [3, 8, 30] {
        let out = scratch.path().join(format!("shards-{shards}"));
        in_shards(&plan, &out, shards);
        assert!(results(&out) == expected, "{shards} shards");
        let aggregate = |out: &Path| fs::read(out.join("aggregate.csv")).expect("a table");
        assert!(aggregate(&out) == aggregate(&whole), "{shards} shards");
    }
    // The short form does the same in one command, and again what is done already.
    let short = scratch.path().join("short");
    let axes = ["--axis", LIMIT, "--axis", "strategy=fair-share,first-come", "--seeds", "1..4"];
    let args = [&["sweep", "wa-pta", "--out", text(&short)], &axes[..]].concat();
    let (stdout, _) = done(&args);
    assert!(results(&short) == expected);
    assert!(fs::read(short.join("plan.json")).expect("a plan") == fs::read(&plan).expect("a plan"));
    let (again, stderr) = done(&args);
    assert!(again == stdout && stderr.contains("is done already"), "{stderr}");
}

#[test]
fn strategies_and_limits_are_compared_on_the_same_arrivals() {
    let scratch = folder();
    let plan = plan(scratch.path());
    let out = scratch.path().join("out");
    run(&plan, &out, &[]);
    merge(&plan, &out);
    let rows = table(&out.join("results.csv"));
    let ids: BTreeSet<&str> = rows.iter().map(|row| row["case_id"].as_str()).collect();
    assert_eq!(ids.len(), 24, "every case has an id of its own");
    for seed in ["1", "2", "3", "4"] {
        let of_seed = rows.iter().filter(|row| row["seed"] == seed);
        let digests: BTreeSet<&str> = of_seed.map(|row| row["realization_digest"].as_str()).collect();
        assert_eq!(digests.len(), 1, "seed {seed}");
    }
    let digests: BTreeSet<&str> = rows.iter().map(|row| row["realization_digest"].as_str()).collect();
    assert_eq!(digests.len(), 4);
    // Less power, fewer buses ready.
    let ready = |limit: &str| -> u64 {
        let of_limit = rows.iter().filter(|row| row["limit"] == limit);
        of_limit.map(|row| row["ready"].parse::<u64>().expect("a number")).sum()
    };
    assert!(ready("400") < ready("700") && ready("700") <= ready("1000"));
    assert!(rows.iter().all(|row| row["status"] == "ok" && row["error"].is_empty()));
}

#[test]
fn a_row_tells_what_the_full_run_of_its_case_tells() {
    let scratch = folder();
    let plan = plan(scratch.path());
    let out = scratch.path().join("out");
    run(&plan, &out, &[]);
    merge(&plan, &out);
    let mut most_failed = 0;
    for row in table(&out.join("results.csv")).iter().step_by(7) {
        let pack = scratch.path().join(&row["case_id"]);
        let set = format!("site.grid_connections.GC1.safe_operating_capacity_kw={}", row["limit"]);
        let more =
            ["--seed", &row["seed"], "--strategy", &row["strategy"], "--set", &set, "--traces", "none"];
        crate::support::run("wa-pta", &pack, &more);
        let summary = fs::read(pack.join("summary.json")).expect("a summary");
        assert_eq!(outputs::sha256_hex(&summary), row["summary_sha256"]);
        let summary: serde_json::Value = serde_json::from_slice(&summary).expect("JSON");
        assert_eq!(summary["visits"]["ready"].to_string(), row["ready"]);
        assert_eq!(summary["visits"]["shortfall_kwh"], row["shortfall_kwh"].as_str());
        assert_eq!(summary["site"]["peak_30min_kw"], row["peak_30min_kw"].as_str());
        assert_eq!(summary["cycles"]["curtailed"].to_string(), row["cycles_curtailed"]);
        let checks = summary["checks"].as_array().expect("checks");
        let failed = checks.iter().filter(|check| check["passed"] == false).count();
        assert_eq!(failed.to_string(), row["checks_failed"]);
        most_failed = most_failed.max(failed);
    }
    assert!(most_failed > 0);
}

#[test]
fn a_run_that_is_killed_goes_on_where_it_was() {
    let scratch = folder();
    let plan = scratch.path().join("plan.json");
    done(&["sweep", "plan", "wa-pta", "--axis", LIMIT, "--seeds", "1..200", "-o", text(&plan)]);
    let whole = scratch.path().join("whole");
    run(&plan, &whole, &[]);
    merge(&plan, &whole);
    let out = scratch.path().join("killed");
    let args = ["sweep", "run", "--plan", text(&plan), "--out", text(&out)];
    let part = shard(&out, "shard-0-of-1.part");
    let mut lengths = vec![0];
    for _ in 0..4 {
        let mut child = command(&args).stderr(std::process::Stdio::null()).spawn().expect("it starts");
        // As soon as it has come further than the one before, or is done.
        let length = || fs::metadata(&part).map_or(0, |metadata| metadata.len());
        while length() <= lengths.last().copied().unwrap_or(0) && child.try_wait().expect("a child").is_none()
        {
            std::thread::sleep(Duration::from_millis(10));
        }
        child.kill().expect("a kill");
        child.wait().expect("an end");
        // Whatever it left is gone on with.
        lengths.push(fs::metadata(&part).map_or(u64::MAX, |metadata| metadata.len()));
    }
    assert!(lengths.windows(2).all(|pair| pair[0] <= pair[1]), "{lengths:?}");
    run(&plan, &out, &[]);
    merge(&plan, &out);
    assert!(results(&out) == results(&whole));
    assert!(
        fs::read(shard(&out, "shard-0-of-1.rows")).unwrap()
            == fs::read(shard(&whole, "shard-0-of-1.rows")).unwrap()
    );
}

#[cfg(unix)]
#[test]
fn a_signal_ends_a_run_cleanly_with_75_and_the_next_goes_on() {
    let scratch = folder();
    let plan = scratch.path().join("plan.json");
    done(&["sweep", "plan", "campus", "--seeds", "1..2000", "-o", text(&plan)]);
    let out = scratch.path().join("out");
    for signal in ["-INT", "-TERM"] {
        let mut command = command(&["sweep", "run", "--plan", text(&plan), "--out", text(&out)]);
        let child = command.stderr(std::process::Stdio::piped()).spawn().expect("it starts");
        let part = shard(&out, "shard-0-of-1.part");
        let before = fs::metadata(&part).map_or(0, |metadata| metadata.len());
        while fs::metadata(&part).map_or(0, |metadata| metadata.len()) <= before.max(1_000) {
            std::thread::sleep(Duration::from_millis(20));
        }
        let killed = std::process::Command::new("kill").args([signal, &child.id().to_string()]).status();
        assert!(killed.expect("kill").success());
        let (code, _, stderr) = said(child.wait_with_output().expect("an end"));
        assert_eq!(code, 75, "{stderr}");
        assert!(stderr.contains("of 2000 cases") && stderr.contains("goes on from there"), "{stderr}");
        // What is there ends with a whole row.
        let rows = fs::read(&part).expect("a part");
        assert_eq!(rows.last(), Some(&b'\n'));
        assert!(!shard(&out, "shard-0-of-1.rows").exists());
    }
}

/// What is done to a folder of three good shards, and what merging says of it.
type Harm = (fn(&Path), &'static [&'static str]);

#[test]
fn nothing_wrong_is_merged_and_what_is_wrong_is_said_exactly() {
    let scratch = folder();
    let plan = plan(scratch.path());
    let other = scratch.path().join("other.json");
    done(&["sweep", "plan", "wa-pta", "--axis", LIMIT, "--seeds", "5..12", "-o", text(&other)]);
    let (good, foreign) = (scratch.path().join("good"), scratch.path().join("foreign"));
    in_shards(&plan, &good, 3);
    in_shards(&other, &foreign, 3);
    let expected = results(&good);
    let cases: [Harm; 13] = [
        (
            |out| fs::remove_file(shard(out, "shard-1-of-3.rows")).unwrap(),
            &["shard 1 of 3 is missing (run it: --shards 3 --shard 1)"],
        ),
        (
            |out| {
                fs::remove_file(shard(out, "shard-0-of-3.rows")).unwrap();
                fs::remove_file(shard(out, "shard-2-of-3.rows")).unwrap();
            },
            &["shard 0 of 3 is missing", "shard 2 of 3 is missing", "2 problems; nothing was merged"],
        ),
        (
            |out| {
                let path = shard(out, "shard-1-of-3.rows");
                let bytes = fs::read(&path).unwrap();
                fs::write(path.with_extension("part"), &bytes[..bytes.len() / 2]).unwrap();
                fs::remove_file(path).unwrap();
            },
            &["shard 1 of 3 is not finished, ", " of 8 cases are done"],
        ),
        (
            |out| {
                let foreign = out.parent().unwrap().join("foreign");
                fs::copy(shard(&foreign, "shard-1-of-3.rows"), shard(out, "shard-1-of-3.rows")).unwrap();
            },
            &["shard-1-of-3.rows belongs to another plan: ", "shard 1 of 3 is missing"],
        ),
        (
            |out| {
                fs::copy(shard(out, "shard-1-of-3.rows"), shard(out, "shard-1-of-3 (copy).rows")).unwrap();
            },
            &["shard 1 of 3 is there 2 times: ", "(copy).rows and "],
        ),
        (
            |out| {
                fs::copy(shard(out, "shard-1-of-3.rows"), shard(out, "shard-2-of-3.rows")).unwrap();
            },
            &["shard 1 of 3 is there 2 times", "shard 2 of 3 is missing"],
        ),
        (|out| cut(out, 1), &["shard-1-of-3.rows is cut off: 8 of 8 rows are there"]),
        (|out| cut(out, 400), &["shard-1-of-3.rows is cut off: 7 of 8 rows are there"]),
        (
            |out| fs::write(shard(out, "shard-1-of-3.rows"), "").unwrap(),
            &["is no shard", "shard 1 of 3 is missing"],
        ),
        (|out| fs::write(shard(out, "shard-1-of-3.rows"), "case,seed\n1,2\n").unwrap(), &["is no shard"]),
        (
            |out| flip(out, |bytes| bytes.iter().position(|&byte| byte == b'\n').unwrap() + 40),
            &["shard-1-of-3.rows is damaged at line 2: the row and its check do not fit"],
        ),
        (
            |out| flip(out, |bytes| bytes.len() - 10),
            &["is damaged at line 10: the last line does not fit the rows"],
        ),
        (
            |out| {
                let mut bytes = fs::read(shard(out, "shard-1-of-3.rows")).unwrap();
                bytes.extend_from_slice(b"more\n");
                fs::write(shard(out, "shard-1-of-3.rows"), bytes).unwrap();
            },
            &["is damaged at line 11: something follows the last line"],
        ),
    ];
    for (index, (harm, messages)) in cases.into_iter().enumerate() {
        let out = scratch.path().join(format!("case-{index}"));
        fs::create_dir_all(out.join("shards")).unwrap();
        for name in ["shard-0-of-3.rows", "shard-1-of-3.rows", "shard-2-of-3.rows"] {
            fs::copy(shard(&good, name), shard(&out, name)).unwrap();
        }
        harm(&out);
        let (code, stdout, stderr) =
            depotsim(&["sweep", "merge", "--plan", text(&plan), "--out", text(&out)]);
        assert_eq!((code, stdout.as_str()), (65, ""), "case {index}: {stderr}");
        for message in messages {
            assert!(stderr.contains(message), "case {index}, {message}: {stderr}");
        }
        assert!(!out.join("results.csv").exists() && !out.join("aggregate.csv").exists(), "case {index}");
        // Running what is missing or broken again mends it, once foreign and doubled files are gone.
        if !stderr.contains("another plan") && !stderr.contains("2 times") && !stderr.contains("is no shard")
        {
            for index in ["0", "1", "2"] {
                run(&plan, &out, &["--shards", "3", "--shard", index]);
            }
            merge(&plan, &out);
            assert!(results(&out) == expected, "case {index}");
        }
    }
}

/// Cuts bytes off the end of the second shard.
fn cut(out: &Path, bytes: usize) {
    let path = shard(out, "shard-1-of-3.rows");
    let content = fs::read(&path).unwrap();
    fs::write(&path, &content[..content.len() - bytes]).unwrap();
}

/// Changes one byte of the second shard.
fn flip(out: &Path, at: impl Fn(&[u8]) -> usize) {
    let path = shard(out, "shard-1-of-3.rows");
    let mut bytes = fs::read(&path).unwrap();
    let at = at(&bytes);
    bytes[at] = if bytes[at] == b'7' { b'8' } else { b'7' };
    fs::write(&path, bytes).unwrap();
}

#[test]
fn a_folder_has_the_shards_of_one_plan_split_in_one_way() {
    let scratch = folder();
    let plan = plan(scratch.path());
    let other = scratch.path().join("other.json");
    done(&["sweep", "plan", "wa-pta", "--seeds", "1..3", "-o", text(&other)]);
    let out = scratch.path().join("out");
    run(&plan, &out, &["--shards", "3", "--shard", "1"]);
    let args = |plan| ["sweep", "run", "--plan", plan, "--out", text(&out)];
    let (code, _, stderr) = depotsim(&args(text(&other)));
    assert!(code == 73 && stderr.contains("belongs to another plan"), "{stderr}");
    let (code, _, stderr) = depotsim(&[&args(text(&plan))[..], &["--shards", "8", "--shard", "1"]].concat());
    assert!(code == 73 && stderr.contains("is one of 3 shards, and this is shard 1 of 8"), "{stderr}");
    // Had they been put together by hand, merging would say so.
    let eight = scratch.path().join("eight");
    run(&plan, &eight, &["--shards", "8", "--shard", "1"]);
    fs::copy(shard(&eight, "shard-1-of-8.rows"), shard(&out, "shard-1-of-8.rows")).unwrap();
    let (code, _, stderr) = depotsim(&["sweep", "merge", "--plan", text(&plan), "--out", text(&out)]);
    assert!(code == 65 && stderr.contains("shards of 2 splits (3, 8)"), "{stderr}");
    let (code, _, stderr) = depotsim(&["sweep", "wa-pta", "--seeds", "1..2", "--out", text(scratch.path())]);
    // The folder has a plan.json of another sweep.
    assert!(code == 73 && stderr.contains("holds another sweep"), "{stderr}");
}

#[test]
fn the_task_of_an_array_job_is_its_shard() {
    let scratch = folder();
    let plan = plan(scratch.path());
    let out = scratch.path().join("out");
    let args = ["sweep", "run", "--plan", text(&plan), "--out", text(&out), "--shards", "3"];
    let mut task = command(&args);
    task.env("SLURM_ARRAY_TASK_ID", "2").env("JOB_COMPLETION_INDEX", "2");
    assert_eq!(said(task.output().unwrap()).0, 0);
    assert!(shard(&out, "shard-2-of-3.rows").exists());
    task.env("JOB_COMPLETION_INDEX", "1");
    let (code, _, stderr) = said(task.output().unwrap());
    assert_eq!(code, 2);
    assert!(stderr.contains("SLURM_ARRAY_TASK_ID is 2 and JOB_COMPLETION_INDEX is 1"), "{stderr}");
}

#[test]
fn a_wrong_path_or_value_fails_at_plan_with_the_nearest_that_is_right() {
    let cases: [(&[&str], &str); 9] = [
        (
            &["--axis", "site.grid_connection.GC1.default_capacity_kw=1"],
            "did you mean `site.grid_connections.GC1.default_capacity_kw`?",
        ),
        (
            &["--axis", "site.grid_connections.GC2.default_capacity_kw=1"],
            "has no \"GC2\" (did you mean `site.grid_connections.GC1.default_capacity_kw`? there are GC1, *)",
        ),
        (&["--axis", "fleet.bus.counts=1..3:1"], "did you mean `fleet.bus.count`?"),
        (&["--axis", "strategy=fair-share,fair-shar"], "--axis strategy=fair-shar: "),
        (&["--axis", "fleet.bus.count=4,0"], "--axis fleet.bus.count=0: 0 is out of bounds"),
        (&["--axis", "duration=16h,90s"], "--axis duration=90s: "),
        (&["--set", "fleet.bus.cuont=4"], "--set fleet.bus.cuont=4: "),
        (
            &["--axis", "fleet.bus.count=4,4.0"],
            "fleet.bus.count=4 and fleet.bus.count=4.0 are the same scenario",
        ),
        (&["--axis", "site.*.GC1.default_capacity_kw=500,500.0"], "GC1"),
    ];
    for (more, expected) in cases {
        let (code, stdout, stderr) = depotsim(&[&["sweep", "plan", "wa-pta"], more].concat());
        assert_eq!((code, stdout.as_str()), (65, ""), "{more:?}: {stderr}");
        assert!(stderr.contains(expected), "{more:?}: {stderr}");
    }
    // What contradicts itself on the command line is a matter of usage.
    let contradictions: [(&[&str], &str); 7] = [
        (
            &["--set", "fleet.bus.count=9", "--axis", "fleet.*.count=2,4"],
            "--set and --axis both set fleet.bus.count",
        ),
        (
            &["--set", "fleet.bus.count=9", "--axis", "fleet.bus.count=2,4"],
            "--set and --axis both set fleet.bus.count",
        ),
        (&["--axis", "a=fleet.bus.count=4", "--axis", "a=strategy=fair-share"], "two axes are called a"),
        (&["--axis", "seed=fleet.bus.count=4"], "an axis cannot be called seed"),
        (&["--axis", "late_mean=fleet.bus.count=4"], "an axis cannot be called late_mean"),
        (
            &["--axis", "fleet.bus.count=4,5,4"],
            "--axis fleet.bus.count: \"4\" stands twice (leave one of them out)",
        ),
        (
            &["--zip", "--axis", "fleet.bus.count=4,5", "--axis", "strategy=fair-share"],
            "--zip wants axes of equal length",
        ),
    ];
    for (more, expected) in contradictions {
        let (code, stdout, stderr) = depotsim(&[&["sweep", "plan", "wa-pta"], more].concat());
        assert_eq!((code, stdout.as_str()), (2, ""), "{more:?}: {stderr}");
        assert!(stderr.contains(expected), "{more:?}: {stderr}");
    }
    // Zipped, a value may meet another one each time.
    let zipped = ["--zip", "--axis", "strategy=fair-share,first-come", "--axis", "fleet.bus.count=4,4"];
    let (code, _, stderr) = depotsim(&[&["sweep", "plan", "wa-pta"], &zipped[..]].concat());
    assert!(code == 0 && stderr.contains("2 points, 2 cases"), "{stderr}");
    let same = ["--axis", "duration=960min,16h"];
    let (code, _, stderr) = depotsim(&[&["sweep", "plan", "wa-pta"], &same[..]].concat());
    assert!(
        code == 65 && stderr.contains("duration=960min and duration=16h are the same scenario"),
        "{stderr}"
    );
    // What is no axis at all is a matter of usage.
    for axis in ["fleet.bus.count", "fleet.bus.count=1..7:4", "fleet.bus.count=1,,2"] {
        assert_eq!(depotsim(&["sweep", "plan", "wa-pta", "--axis", axis]).0, 2, "{axis}");
    }
}

#[test]
fn what_is_doubtful_about_a_point_is_told_once_with_the_point() {
    let axis = [
        "--axis",
        "vehicles.bzl.efficiency_pct=95,0.95,0.95000,0.9",
        "--axis",
        "strategy=fair-share,first-come",
    ];
    let plan = |axis: &[&str]| {
        let (code, _, stderr) = depotsim(&[&["sweep", "plan", "wa-pta"], axis].concat());
        (code, stderr)
    };
    let (code, stderr) = plan(&axis);
    assert!(code == 65 && stderr.contains("are the same scenario"), "{stderr}");
    let (code, stderr) = plan(&[&["--axis", "vehicles.bzl.efficiency_pct=95,0.95,0.9"], &axis[2..]].concat());
    assert_eq!(code, 0, "{stderr}");
    let told: Vec<&str> = stderr.lines().filter(|line| line.contains("next to nothing")).collect();
    assert_eq!(told.len(), 2, "once for each value, whatever the strategy: {stderr}");
    assert!(stderr.contains("with vehicles.bzl.efficiency_pct=0.95 strategy=fair-share:\n"), "{stderr}");
    assert!(told[1].contains("0.9 means 0.9 %") && told[1].contains("is 90 meant?"), "{stderr}");
    // Of very many points not all are told, and how many are not.
    let (code, stderr) = plan(&["--axis", "vehicles.bzl.efficiency_pct=0.01..0.3:0.01"]);
    assert_eq!(code, 0, "{stderr}");
    let told = stderr.lines().filter(|line| line.contains("next to nothing")).count();
    assert_eq!(told, 21, "the first, and 20 others: {stderr}");
    assert!(stderr.contains("warnings of 9 more points are left out"), "{stderr}");
}

#[test]
fn a_plan_that_was_changed_is_refused_and_the_same_wishes_give_the_same_plan() {
    let scratch = folder();
    let file = plan(scratch.path());
    let good = fs::read_to_string(&file).unwrap();
    let out = scratch.path().join("out");
    let changes: [(&str, &str, &str); 4] = [
        ("\"400\"", "\"401\"", "it was changed or cut"),
        ("\"schema\": 1", "\"schema\": 2", "has schema 2, and this version reads 1"),
        ("\"seed\":4}", "\"seed\":5}", "it was changed or cut"),
        ("{", "", "is no plan"),
    ];
    for (from, to, expected) in changes {
        fs::write(&file, good.replacen(from, to, 1)).unwrap();
        let (code, _, stderr) = depotsim(&["sweep", "run", "--plan", text(&file), "--out", text(&out)]);
        assert!(code == 65 && stderr.contains(expected), "{from}: {stderr}");
    }
    // Anybody can seal a plan: whoever refuses a changed one tells the hash that it should have.
    for (from, to, expected) in [
        ("\"point\":0,", "\"point\":99,", "is of point 99, and there are"),
        ("\"values\":[\"400\",", "\"values\":[\"401\",", "the values of point 0 are not of its axes"),
        ("\"values\":[\"400\",", "\"values\":[", "the values of point 0 are not of its axes"),
        ("\"id\": \"wa-pta\"", r#""id": "../\u001b[31m""#, r#""../\u{1b}[31m" is no id of a scenario"#),
    ] {
        assert!(good.contains(from), "{from} in {good}");
        let changed = good.replacen(from, to, 1);
        let run = |text_of_plan: &str| {
            fs::write(&file, text_of_plan).unwrap();
            depotsim(&["sweep", "run", "--plan", text(&file), "--out", text(&out)])
        };
        let (_, _, stderr) = run(&changed);
        let hash = |after: &str| {
            let found = stderr.split(after).nth(1).expect("it was changed");
            found.chars().take_while(char::is_ascii_hexdigit).collect::<String>()
        };
        let sealed = changed.replace(&hash("says sha256 "), &hash("its content has "));
        let (code, _, stderr) = run(&sealed);
        assert!(code == 65 && stderr.contains(expected), "{from}: exit {code}, {stderr}");
    }
    fs::remove_file(&file).unwrap();
    assert!(fs::read_to_string(plan(scratch.path())).unwrap() == good);
    let (sampled, _) = done(&[
        "sweep",
        "plan",
        "wa-pta",
        "--axis",
        LIMIT,
        "--axis",
        "fleet.bus.count=8..28:1",
        "--sample",
        "9",
    ]);
    let value: serde_json::Value = serde_json::from_str(&sampled).expect("JSON");
    let limits: Vec<&str> = value["points"]
        .as_array()
        .unwrap()
        .iter()
        .map(|point| point["values"][0].as_str().unwrap())
        .collect();
    for limit in ["400", "700", "1000"] {
        assert_eq!(limits.iter().filter(|other| **other == limit).count(), 3, "{limits:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_said_and_what_was_written_is_kept() {
    let scratch = folder();
    let plan = plan(scratch.path());
    let out = scratch.path().join("out");
    // No file may have more than four blocks; the signal that would end the program there is not heard, so that writing fails.
    let run = "ulimit -f 4; trap '' XFSZ; exec \"$@\"";
    let program = env!("CARGO_BIN_EXE_depotsim");
    let args = ["-c", run, "sh", program, "sweep", "run", "--plan", text(&plan), "--out", text(&out)];
    let (code, _, stderr) = said(std::process::Command::new("sh").args(args).output().expect("a shell"));
    assert_eq!(code, 74, "{stderr}");
    assert!(stderr.contains("shard-0-of-1.part: ") && stderr.contains("goes on from there"), "{stderr}");
    assert!(!shard(&out, "shard-0-of-1.rows").exists());
    let (_, stderr) = done(&args[4..]);
    assert!(stderr.contains("of 24 cases are done already"), "{stderr}");
    merge(&plan, &out);
    let whole = scratch.path().join("whole");
    done(&["sweep", "run", "--plan", text(&plan), "--out", text(&whole)]);
    merge(&plan, &whole);
    assert!(results(&out) == results(&whole));
}

#[test]
fn what_no_sweep_left_there_is_not_written_over() {
    let scratch = folder();
    let plan = plan(scratch.path());
    let mine = scratch.path().join("mine");
    fs::create_dir(&mine).unwrap();
    fs::write(mine.join("results.csv"), "mine").unwrap();
    fs::write(mine.join("sweep.html"), "mine").unwrap();
    let pack = scratch.path().join("pack");
    done(&["run", "wa-pta", "--traces", "none", "--out", text(&pack)]);
    for (out, what) in [(&mine, "holds results.csv and 1 more and no shards"), (&pack, "holds a pack")] {
        let short = ["sweep", "wa-pta", "--seeds", "1..2", "--out", text(out)];
        let run = ["sweep", "run", "--plan", text(&plan), "--out", text(out)];
        for args in [&short[..], &run[..]] {
            let (code, _, stderr) = depotsim(args);
            assert!(code == 73 && stderr.contains(what), "{args:?}: {stderr}");
        }
    }
    assert_eq!(results(&mine), "mine");
    assert_eq!(fs::read_dir(&mine).unwrap().count(), 2);
    done(&["verify", text(&pack)]);
    // Notes of somebody's own are in nobody's way, and a sweep whose shards were removed is still that sweep.
    let noted = scratch.path().join("noted");
    fs::create_dir(&noted).unwrap();
    fs::write(noted.join("notes.txt"), "mine").unwrap();
    let short = ["sweep", "wa-pta", "--seeds", "1..2", "--out", text(&noted)];
    done(&short);
    fs::remove_dir_all(noted.join("shards")).unwrap();
    done(&short);
}

#[test]
fn the_page_calls_no_overloaded_point_safe_and_puts_failed_checks_and_breaches_first() {
    let scratch = folder();
    let out = scratch.path().join("out");
    let axis = ["--axis", "strategy=fair-share,uncontrolled", "--seeds", "1..3"];
    done(&[&["sweep", "wa-pta", "--out", text(&out)], &axis[..]].concat());
    let rows = table(&out.join("results.csv"));
    let uncontrolled = || rows.iter().filter(|row| row["strategy"] == "uncontrolled");
    assert!(uncontrolled().all(|row| row["breaches"] != "0" && row["late"] == "0"), "{rows:?}");
    let html = fs::read_to_string(out.join("sweep.html")).expect("a page");
    let why = "<td class=\"no\">no (breaches; failed checks: ";
    for (strategy, safe) in [("fair-share", "<td class=\"yes\">yes</td>"), ("uncontrolled", why)] {
        assert!(html.contains(&format!("<tr><td>{strategy}</td>{safe}")), "{strategy}: {html}");
    }
    let failed = || uncontrolled().flat_map(|row| row["failed_checks"].split(' '));
    assert!(failed().all(|id| !id.is_empty() && html.contains(&format!("{id} in "))), "{html}");
    for column in ["acceptance checks failed", "breaches", "time over a limit [s]"] {
        assert!(html.contains(&format!("<th class=\"figure\">{column}</th>")), "{column}: {html}");
    }
    let place = |what: &str| html.find(what).unwrap_or_else(|| panic!("no {what} in {html}"));
    let (worst, best) = (&html[place("<h2>Worst")..place("<h2>Best")], &html[place("<h2>Best")..]);
    let first = |cases: &str| cases.find("strategy=uncontrolled") < cases.find("strategy=fair-share");
    assert!(first(worst) && !first(best), "{html}");
    assert!(worst.contains("breaches "), "{worst}");
}
