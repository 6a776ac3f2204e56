//! Causes that lie in what has happened before a moment: what `status` and `explain` tell of breaches, deaf chargers, changed site data, cabins and
//! orders about vehicles that wait.
//!
//! Protects the answer to "why is it so" where the tables of the moment do not hold it.

use crate::support::{depotsim, folder, run};
use outputs::moment::{Explanation, FaultLog, Moment, Past, StatusReport, Told};
use serde_json::Value;
use sim::{Breach, Simulation, Site};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The pack of a bundled scenario, without its traces.
fn pack(folder: &Path, scenario: &str) -> PathBuf {
    let pack = folder.join("pack");
    run(scenario, &pack, &["--traces", "none"]);
    pack
}

fn told(pack: &Path, command: &str, args: &[&str]) -> String {
    let pack = pack.to_str().expect("a path");
    let (code, text, stderr) = depotsim(&[&[command, pack], args].concat());
    assert_eq!(code, 0, "{stderr}");
    text
}

fn json(pack: &Path, command: &str, args: &[&str]) -> Value {
    serde_json::from_str(&told(pack, command, &[args, &["--json"]].concat())).expect("JSON")
}

#[test]
fn a_breach_is_told_while_it_lasts_with_the_cause_and_the_beginning_that_its_row_will_have() {
    let mut causes = BTreeMap::new();
    for name in ["charger-offline", "comms-loss", "wa-pta-faults"] {
        let scenario = scenarios::Bundled::find(name).expect("it is bundled").load().expect("it loads");
        let realization = scenarios::draw(&scenario, 1);
        let (depot, site) = (scenario.depot(), Site::of(scenario.depot()));
        let faults = FaultLog::of(depot, &realization, &site);
        let told = Told { depot, realization: &realization, site: &site, seed: 1, faults: &faults };
        let mut simulation = Simulation::new(depot, &realization).expect("it runs");
        let mut past = Past::default();
        let mut seen: BTreeMap<(String, String), &'static str> = BTreeMap::new();
        let mut ended: Vec<Breach> = Vec::new();
        while let Some(view) = simulation.step(&[]) {
            past.hear(&view);
            ended.extend_from_slice(view.ended_breaches);
            let mut moment = Moment::of(&view);
            moment.past = past.clone();
            let report = StatusReport::of(&told, moment.t_s as i64, Some(&moment));
            let nodes = report.nodes.iter().map(|at| (&at.node, at.is_breached, &at.breach));
            let own = report.connectors.iter().filter(|at| at.connector != at.parent);
            let connectors = own.map(|at| (&at.connector, at.is_breached, &at.breach));
            for (id, is_breached, breach) in nodes.chain(connectors) {
                assert_eq!(breach.is_some(), is_breached, "{name}: {id} at {} s", view.t_s);
                if let Some(breach) = breach {
                    seen.insert((id.clone(), breach.since.clone()), breach.cause);
                }
            }
        }
        ended.extend_from_slice(simulation.end().ended_breaches);
        let clock = scenario.calendar();
        let rows = ended.iter().map(|breach| {
            let id = depot.site[breach.node as usize].id.clone();
            ((id, clock.moment(breach.start_s as i64).to_string()), breach.cause.code())
        });
        assert_eq!(seen, rows.collect(), "{name}");
        seen.values().for_each(|cause| *causes.entry(*cause).or_insert(0) += 1);
    }
    assert!(causes.len() >= 5, "{causes:?}");
}

#[test]
fn a_breach_that_goes_on_stands_in_status_and_explanations_with_its_cause() {
    let scratch = folder();
    let pack = pack(scratch.path(), "comms-loss");
    let line = "  GC1  CHARGER_OFFLINE    since 2026-05-11T19:03:00+08:00; when it began, a charger could not hear its setpoint\n";
    for (command, args) in [("status", vec!["--at", "19:10"]), ("explain", vec!["C1-P1", "--at", "19:10"])] {
        let text = told(&pack, command, &args);
        assert!(text.contains(&format!("\nbreaches\n{line}")), "{text}");
    }
    let text = told(&pack, "explain", &["GC1", "--at", "19:10"]);
    let words =
        "10.000 kW above its limit: BREACH since 2026-05-11T19:03:00+08:00 (CHARGER_OFFLINE: when it began, ";
    assert!(text.contains(words), "{text}");
    let since = serde_json::json!({
        "cause": "CHARGER_OFFLINE",
        "words": "a charger could not hear its setpoint",
        "since": "2026-05-11T19:03:00+08:00"
    });
    assert_eq!(json(&pack, "explain", &["GC1", "--at", "19:10"])["breach"], since);
    for at in ["19:02", "19:20"] {
        let text = told(&pack, "status", &["--at", at]);
        assert!(!text.contains("\nbreaches\n"), "{at}: {text}");
        assert_eq!(json(&pack, "explain", &["GC1", "--at", at])["breach"], Value::Null, "{at}");
    }
}

#[test]
fn a_charger_that_does_not_follow_is_told_with_what_it_follows_instead() {
    let scratch = folder();
    let comms = pack(scratch.path(), "comms-loss");
    let fallback = "it draws 15.000 kW: its charger is offline and does not hear its setpoint: its fallback limit of 15.000 kW holds\n";
    let keeps = "it draws 50.000 kW, 18.750 kW more than it may: its charger is offline, and follows the setpoint that it heard last\n";
    for (connector, words) in [("C1-P1", fallback), ("C2-P1", keeps)] {
        let text = told(&comms, "explain", &[connector, "--at", "19:10"]);
        assert!(text.contains(words), "{text}");
    }
    let explained = json(&comms, "explain", &["C1-P1", "--at", "19:10"]);
    let limits: Vec<_> = explained["faults"].as_array().expect("faults").iter().collect();
    assert_eq!(limits.iter().map(|fault| &fault["kind"]).collect::<Vec<_>>(), ["offline", "fallback"]);
    assert_eq!((&limits[0]["limit_w"], &limits[1]["limit_w"]), (&Value::Null, &Value::from(15_000)));
    let status = told(&comms, "status", &["--at", "19:10"]);
    assert!(status.contains("  FAULT: offline, fallback 15.000 kW\n"), "{status}");
    assert!(status.contains("until 2026-05-11T20:30:00+08:00, limit 15.000 kW\n"), "{status}");

    let others = folder();
    let broken = pack(others.path(), "charger-offline");
    for (connector, at, words) in [
        ("C1-P3", "20:10", "it draws 0.000 kW: its connector is broken\n"),
        ("C1-P4", "17:20", ": its connector is out of service\n"),
        ("C1-P2", "20:55", ": its charger does not apply its setpoints\n"),
    ] {
        let text = told(&broken, "explain", &[connector, "--at", at]);
        assert!(text.contains(words), "{text}");
    }
    let others = folder();
    let dark = pack(others.path(), "circuit-outage");
    let outage = fs::read_to_string(dark.join("events.csv")).expect("events");
    let began = outage.lines().find(|line| line.contains(",outage_began,C1,")).expect("an outage of C1");
    let at = began.split(',').nth(1).expect("a time");
    let text = told(&dark, "explain", &["C1-P1", "--at", at]);
    assert!(text.contains(": C1 is without power\n"), "{text}");
}

#[test]
fn a_node_names_the_chargers_below_it_that_draw_more_than_they_may_with_their_reasons() {
    let scratch = folder();
    let pack = pack(scratch.path(), "wa-pta-faults");
    // From 18:28 on two chargers hear nothing, and one of them has a vehicle. At 18:30 a limit falls, which the others hear 15 s later.
    let at_18_31 = told(&pack, "explain", &["GC1", "--at", "18:31"]);
    for words in [
        "\n7 connectors below it draw more than they may:\n",
        "        52.500 kW  C1-P2-1: its charger is offline, and follows the setpoint that it heard last\n",
        "        20.126 kW  C2-P2-1, C3-P2-1, C1-P4-1, C2-P1-1, C2-P3-1, C3-P1-1: it may draw less since this tick, and its charger hears of that 15 s later, falling by 120.000 kW a minute\n",
    ] {
        assert!(at_18_31.contains(words), "{words}: {at_18_31}");
    }
    let told_at = |connector: &str, at: &str| told(&pack, "explain", &[connector, "--at", at]);
    // Its timeout ends at 18:33, 142.5 kW above its fallback: it cannot be there within the minute.
    let words = "it is on its way down to its fallback limit of 12.000 kW, falling by 120.000 kW a minute\n";
    let falling = told_at("C1-P2-1", "18:33");
    assert!(falling.contains(words), "{falling}");
    let there = told_at("C1-P2-1", "18:37");
    assert!(there.contains("it draws 12.000 kW: its charger is offline and does not hear its setpoint: its fallback limit of 12.000 kW holds\n"), "{there}");
    // Nobody is plugged in at its sibling, so that nothing is told of what that would do.
    let empty = told_at("C1-P2-2", "18:33");
    assert!(empty.contains("it draws 0.000 kW\n") && empty.contains("FAULT: offline"), "{empty}");
    // A charger that ignores its setpoint, and no rejected cycle, brings the breach of 22:50 about.
    let ignored = told_at("GC1", "22:51");
    assert!(ignored.contains("(NOT_APPLIED: when it began, a charger ignored its setpoint)\n"), "{ignored}");
    assert!(ignored.contains("\n1 connector below it draws more than it may:\n"), "{ignored}");
    let more = &json(&pack, "explain", &["GC1", "--at", "22:51"])["drawing_more"];
    assert_eq!(
        more[0],
        serde_json::json!({
            "connector": "C2-P1-2",
            "beyond_w": 96_800,
            "cause": "ignores_setpoints",
            "words": "its charger does not apply its setpoints"
        })
    );
}

/// A bus that could take 100 kW all the time, on a connection whose envelope falls to 40 kW at 16:10 and to 39 kW at 16:11, and rises again at 16:30.
const SLOW: &str = r#"#![enable(implicit_some)]
(
  schema: 1, id: "slow", title: "Slow", start: "2026-03-04T16:00:00+08:00", duration: "1h",
  site: (
    id: "YARD",
    grid_connections: [(id: "GRID", default_capacity_kw: 100)],
    charger_circuits: [(id: "C1", parent: "GRID", default_capacity_kw: 200)],
    charge_points: [(id: "P1", parent: "C1", max_rating_kw: 100, hardware: HARDWARE)],
  ),
  vehicles: [(id: "bus", battery_kwh: 800, curve: [(soc_pct: 0, power_kw: 100), (soc_pct: 100, power_kw: 100)])],
  fleet: Listed([(vehicle: "b", vehicle_type: "bus", arrival: "16:00", departure: "17:00", soc_arrival_pct: 10, target_soc_pct: 90)]),
  envelopes: [(id: "e", node: "GRID", windows: [
    (from: "16:10", to: "16:11", limit_kw: 40), (from: "16:11", to: "16:30", limit_kw: 39),
  ])],
)
"#;

#[test]
fn a_charger_that_follows_late_or_slowly_is_told_by_what_it_is_built_like_and_by_what_it_was_sent() {
    let now = "since this tick, and its charger hears of that";
    let sent = "its charger hears of a setpoint";
    let down = "its charger is on its way down, falling by 5.000 kW a minute";
    // What the hardware is, when it is looked at, by how much it is above its setpoint [W], the cause, and words of it.
    for (hardware, cases) in [
        // It hears within the tick. Of the minute at 16:10 it draws 100 kW for 6 s and 40 kW for 54.
        ("(latency: \"6s\")", vec![("16:10", 6_000, "latency", now), ("16:11", 100, "latency", now)]),
        // It hears of 40 kW at 16:11:30, and of 39 kW at 16:12:30.
        (
            "(latency: \"90s\")",
            vec![
                ("16:10", 60_000, "latency", now),
                ("16:11", 31_000, "latency", sent),
                ("16:12", 500, "latency", sent),
            ],
        ),
        // From 100 kW down by 5 in a minute, at the end of each second: 29.5 of its 60 steps in the mean, which is rounded down.
        ("(ramp_down_kw_per_min: 5)", vec![("16:10", 57_541, "ramp", down), ("16:11", 53_541, "ramp", down)]),
        // Both: what is due to the ramp of the tick before is not put down to this tick's setpoint.
        (
            "(latency: \"6s\", ramp_down_kw_per_min: 5)",
            vec![("16:10", 58_012, "latency", now), ("16:11", 54_041, "following", sent)],
        ),
    ] {
        let scratch = folder();
        let file = scratch.path().join("slow.ron");
        fs::write(&file, SLOW.replace("HARDWARE", hardware)).expect("a file");
        let pack = scratch.path().join("pack");
        run(file.to_str().expect("a path"), &pack, &["--traces", "none"]);
        for (at, beyond_w, cause, words) in cases {
            let more = json(&pack, "explain", &["P1", "--at", at])["drawn_more"].clone();
            assert_eq!(
                (&more["beyond_w"], &more["cause"]),
                (&beyond_w.into(), &cause.into()),
                "{hardware} at {at}: {more}"
            );
            assert!(
                more["words"].as_str().is_some_and(|told| told.contains(words)),
                "{hardware} at {at}: {more}"
            );
        }
        assert_eq!(json(&pack, "explain", &["P1", "--at", "16:09"])["drawn_more"], Value::Null, "{hardware}");
    }
}

#[test]
fn an_operating_envelope_that_limits_a_node_is_told_with_its_times() {
    let scratch = folder();
    let file = scratch.path().join("slow.ron");
    // A second envelope is in force all the time, and only limits where the first does not.
    let both = "envelopes: [(id: \"wide\", node: \"GRID\", windows: [(from: \"16:05\", to: \"17:00\", limit_kw: 90)]), ";
    fs::write(&file, SLOW.replace("HARDWARE", "()").replace("envelopes: [", both)).expect("a file");
    let pack = scratch.path().join("pack");
    run(file.to_str().expect("a path"), &pack, &["--traces", "none"]);
    let times = |at: &str| json(&pack, "explain", &["GRID", "--at", at])["limit_times"].clone();
    let of = |since: &str, until: Option<&str>| {
        let time = |at: &str| format!("2026-03-04T{at}:00+08:00");
        serde_json::json!({ "since": time(since), "until": until.map(time) })
    };
    assert_eq!(times("16:04"), Value::Null);
    assert_eq!(times("16:09"), of("16:05", None));
    assert_eq!(times("16:10"), of("16:10", Some("16:11")));
    assert_eq!(times("16:29"), of("16:11", Some("16:30")));
    assert_eq!(times("16:30"), of("16:05", None));
    let text = told(&pack, "explain", &["GRID", "--at", "16:30"]);
    let words = "it is limited to 90.000 kW (operating_envelope, since 2026-03-04T16:05:00+08:00 until the end of the run); base load";
    assert!(text.contains(words), "{text}");
}

#[test]
fn a_connectors_own_base_load_counts_in_its_row_and_its_breach() {
    let scratch = folder();
    let file = scratch.path().join("load.ron");
    let load = "base_loads: [(node: \"P1-1\", steps: [(from: \"16:20\", power_kw: 70)])],\n  outages: [(node: \"C1\", from: \"16:40\", to: \"16:50\")],\n  envelopes:";
    let text = SLOW
        .replace(
            "max_rating_kw: 100, hardware: HARDWARE)],",
            "max_rating_kw: 100)],\n    connectors: [(id: \"P1-1\", parent: \"P1\", max_rating_kw: 60)],",
        )
        .replace("envelopes:", load);
    fs::write(&file, text).expect("a file");
    let pack = scratch.path().join("pack");
    run(file.to_str().expect("a path"), &pack, &["--traces", "none"]);
    // 70 kW beside charging are above a rating of 60 kW by themselves.
    let link = json(&pack, "explain", &["P1-1", "--at", "16:20"])["chain"][0].clone();
    let of = |name: &str| link[name].clone();
    assert_eq!(
        (of("base_load_w"), of("ev_limit_w"), of("measured_w")),
        (70_000.into(), 0.into(), 70_000.into()),
        "{link}"
    );
    assert_eq!((of("headroom_w"), of("is_breached")), ((-10_000).into(), true.into()), "{link}");
    assert_eq!(of("breach")["cause"], "BASE_LOAD", "{link}");
    // Without power nothing flows beside charging either.
    let dark = json(&pack, "explain", &["P1-1", "--at", "16:45"])["chain"][0].clone();
    assert_eq!((&dark["base_load_w"], &dark["measured_w"]), (&0.into(), &0.into()), "{dark}");
    assert_eq!(dark["is_breached"], false, "{dark}");
    let status = json(&pack, "status", &["--at", "16:20"])["connectors"][0].clone();
    assert_eq!(
        (&status["headroom_w"], &status["is_breached"]),
        (&(-10_000).into(), &true.into()),
        "{status}"
    );
}

#[test]
fn a_node_names_who_draws_less_than_he_may_and_why() {
    let scratch = folder();
    let pack = pack(scratch.path(), "told-and-true");
    // old-1 has 40 kW and takes 24, old-2 has 30 and takes 24; the connection has 22 kW left though it withholds.
    let text = told(&pack, "explain", &["GC1", "--at", "18:30"]);
    let words = "\n2 connectors below it draw less than they may:\n";
    assert!(text.contains(words), "{text}");
    let less = &json(&pack, "explain", &["GC1", "--at", "18:30"])["drawing_less"];
    let of = |ix: usize| (less[ix]["connector"].clone(), less[ix]["below_w"].clone());
    assert_eq!(
        [of(0), of(1)],
        [("C1-P1-2".into(), 16_000.into()), ("C1-P2-2".into(), 6_000.into())],
        "{less}"
    );
}

#[test]
fn a_fallback_in_modules_is_told_with_what_holds_of_it() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    // Each charger would have 31.25 kW.
    let set = [
        "--set",
        "site.charge_points.*.fallback_kw=45",
        "--set",
        "site.charge_points.*.hardware.module_kw=20",
    ];
    run("comms-loss", &pack, &[&["--traces", "none"][..], &set].concat());
    let text = told(&pack, "explain", &["C1-P1", "--at", "19:10"]);
    let words = "it draws 40.000 kW, 8.750 kW more than it may: its charger is offline and does not hear its setpoint: \
                 its fallback limit of 45.000 kW, in whole modules 40.000 kW, holds\n";
    assert!(text.contains(words), "{text}");
    assert_eq!(json(&pack, "explain", &["C1-P1", "--at", "19:10"])["drawn_more"]["cause"], "fallback");
}

#[test]
fn every_meter_above_its_setpoint_has_a_reason_in_every_tick_and_no_other_meter_has_one() {
    let mut causes = BTreeMap::new();
    for name in ["charger-offline", "comms-loss", "wa-pta-faults", "told-and-true"] {
        let scenario = scenarios::Bundled::find(name).expect("it is bundled").load().expect("it loads");
        let realization = scenarios::draw(&scenario, 1);
        let (depot, site) = (scenario.depot(), Site::of(scenario.depot()));
        let mut faults = FaultLog::of(depot, &realization, &site);
        let mut simulation = Simulation::new(depot, &realization).expect("it runs");
        let mut before = None;
        while let Some(view) = simulation.step(&[]) {
            faults.hear(view.events);
            let told = Told { depot, realization: &realization, site: &site, seed: 1, faults: &faults };
            let mut moment = Moment::of(&view);
            moment.before = before.take().map(Box::new);
            for ix in 0..site.connectors.len() {
                let why = Explanation::of(&told, moment.t_s as i64, &moment, ix).drawn_more;
                let beyond_w = view.connectors.measured_w[ix].saturating_sub(view.connectors.setpoint_w[ix]);
                assert_eq!(
                    why.as_ref().map_or(0, |why| why.beyond_w),
                    beyond_w,
                    "{name} {ix} at {} s",
                    view.t_s
                );
                why.into_iter().for_each(|why| *causes.entry(why.cause).or_insert(0) += 1);
            }
            moment.before = None;
            before = Some(moment);
        }
    }
    let told: Vec<&str> = causes.keys().copied().collect();
    assert_eq!(told, ["following", "ignores_setpoints", "latency", "offline"], "{causes:?}");
}

#[test]
fn a_demand_that_is_believed_and_not_known_is_told_as_such_with_what_the_vehicle_could_take() {
    let scratch = folder();
    let pack = pack(scratch.path(), "told-and-true");
    // bus-2 drew nothing while it was on hold, and is believed to want 6 kW more in every cycle.
    let text = told(&pack, "explain", &["bus-2", "--at", "19:16"]);
    let words = "it asks for 12.000 kW and may draw all of it; no limit holds it back\n\
                 what it asks for is what the balancer believes: 6.000 kW, which it drew last, and 6.000 kW more; by its charging curve it could take 80.000 kW\n";
    assert!(text.contains(words), "{text}");
    let believed = |at: &str, id: &str| json(&pack, "explain", &[id, "--at", at])["believed"].clone();
    let of = |signal: &str, could_take_w: u32, at: &str, id: &str| {
        let believed = believed(at, id);
        assert_eq!(
            (&believed["signal"], &believed["could_take_w"]),
            (&signal.into(), &could_take_w.into()),
            "{id}"
        );
    };
    of("measured", 80_000, "19:16", "C1-P2-1");
    // Plugged in at 17:50, it has drawn nothing, and its rated power is asked for.
    let first = told(&pack, "explain", &["old-2", "--at", "17:50"]);
    assert!(
        first.contains("believes: its vehicle's rated power, since it has drawn nothing yet; by"),
        "{first}"
    );
    // An old bus takes 24 kW whatever is believed; one whose signal is true is believed in nothing.
    of("rated", 24_000, "18:30", "C1-P1-2");
    assert_eq!(believed("18:30", "C1-P3-1"), Value::Null);
}

#[test]
fn under_charge_point_control_an_explanation_shows_the_charge_points_that_share() {
    let scratch = folder();
    let pack = pack(scratch.path(), "told-and-true");
    // 200 kW for three: C1-P3 could take 80 and is held at 40, for the others have 80 each. By hand, in the scenario's head.
    let points = json(&pack, "explain", &["C1-P2-1", "--at", "18:30"])["shares"]["charge_points"].clone();
    let point = |charge_point: &str, demand_w: u32, allocated_w: u32| serde_json::json!({ "charge_point": charge_point, "demand_w": demand_w, "allocated_w": allocated_w, "split": "even", "has_turns": false });
    let expected =
        [point("C1-P1", 100_000, 80_000), point("C1-P2", 86_000, 80_000), point("C1-P3", 80_000, 40_000)];
    assert_eq!(points, Value::from(expected.to_vec()));
    let text = told(&pack, "explain", &["C1-P2-1", "--at", "18:30"]);
    assert!(
        text.contains("\n  charge points share it, and each splits what it gets among its connectors\n"),
        "{text}"
    );
    assert!(text.contains("\n  C1-P2            86.000     80.000  evenly\n"), "{text}");
    // From 21:00 on bus-1 is to charge now: old-1, at the same charge point, comes after it.
    let after = told(&pack, "explain", &["C1-P1-2", "--at", "21:10"]);
    assert!(
        after.contains("\n  C1-P1           100.000    100.000  by orders and tiers, then evenly\n"),
        "{after}"
    );
    assert!(after.contains("bus-1 at C1-P1-1 is served before it: an operator's charge-now"), "{after}");
    let first = told(&pack, "explain", &["C1-P1-1", "--at", "21:10"]);
    assert!(!first.contains("is served before it"), "{first}");
}

#[test]
fn the_default_limit_of_a_lost_feed_is_told_with_the_fault() {
    let scratch = folder();
    let pack = pack(scratch.path(), "stale-feed");
    let events = fs::read_to_string(pack.join("events.csv")).expect("events");
    let lost: Vec<&str> = events
        .lines()
        .find(|line| line.contains(",feed_lost,"))
        .expect("a feed is lost")
        .split(',')
        .collect();
    let (at, node, kw) = (lost[1], lost[3], lost[4]);
    let text = told(&pack, "status", &["--at", at]);
    assert!(text.contains(&format!("FAULT: feed_lost {kw}")), "{kw}: {text}");
    let explained = json(&pack, "explain", &[node, "--at", at]);
    let limit_w = explained["faults"][0]["limit_w"].as_u64().expect("a limit");
    assert_eq!(format!("{}.{:03} kW", limit_w / 1000, limit_w % 1000), kw);
}

#[test]
fn changed_site_data_are_told_with_the_time_of_their_last_change() {
    let scratch = folder();
    let pack = pack(scratch.path(), "two-connections");
    let changed = |at: &str| json(&pack, "explain", &["SOUTH", "--at", at])["site_changed"].clone();
    // 120 kW from 22:00 on, and 300.15 kW from 01:00 on; data that are refused at 20:45 change nothing.
    assert_eq!(changed("21:59"), Value::Null);
    assert_eq!(changed("22:00"), "2026-10-06T22:00:00+02:00");
    assert_eq!(changed("2026-10-07T00:59:00+02:00"), "2026-10-06T22:00:00+02:00");
    assert_eq!(changed("2026-10-07T01:00:00+02:00"), "2026-10-07T01:00:00+02:00");
    let words = "its site data changed last at 2026-10-06T22:00:00+02:00\n";
    let text = told(&pack, "explain", &["SOUTH", "--at", "22:30"]);
    assert!(text.contains(words), "{text}");
    let below = told(&pack, "explain", &["S1-P3", "--at", "22:30"]);
    assert!(below.contains("\nsite data\n  SOUTH  changed last at 2026-10-06T22:00:00+02:00\n"), "{below}");
}

#[test]
fn what_a_cabin_takes_of_a_demand_is_told_while_it_takes_it() {
    let scratch = folder();
    let pack = pack(scratch.path(), "preconditioning");
    // bus-1 leaves at 05:00, and has 18 kW for half an hour before.
    let cabin_w = |at: &str| json(&pack, "explain", &["C1-P1-1", "--at", at])["cabin_w"].clone();
    let [before, first, last] =
        ["04:29", "04:30", "04:59"].map(|time| cabin_w(&format!("2026-07-07T{time}:00+08:00")));
    assert_eq!([before, first, last], [0, 18_000, 18_000].map(Value::from));
    let text = told(&pack, "explain", &["bus-1", "--at", "2026-07-07T04:50:00+08:00"]);
    assert!(
        text.contains("of what it asks for, 18.000 kW are to precondition its cabin before it leaves\n"),
        "{text}"
    );
}

/// A connector, a bus at it all night, and another that waits for it and is on hold; data of the site that nobody can use from 20:00 to 20:02, in
/// which the first bus passes the knee of its curve.
const HELD: &str = r#"#![enable(implicit_some)]
(
  schema: 1, id: "held", title: "Held", start: "2026-03-04T16:00:00+08:00", duration: "6h", strategy: "fair-share",
  site: (
    id: "YARD",
    grid_connections: [(id: "GRID", default_capacity_kw: 200)],
    charger_circuits: [(id: "C1", parent: "GRID", default_capacity_kw: 200)],
    charge_points: [(id: "P1", parent: "C1", max_rating_kw: 100)],
  ),
  vehicles: [(id: "bus", battery_kwh: 400, curve: [(soc_pct: 0, power_kw: 100), (soc_pct: 50, power_kw: 100), (soc_pct: 100, power_kw: 10)])],
  fleet: Visits(csv: "visits.csv"),
  overrides: [(visit: "late", order: Hold, from: "17:00", to: "18:00")],
  measurement_gaps: [(from: "18:00", to: "18:20")],
  max_age: "2min",
)
"#;

#[test]
fn who_waits_with_an_order_is_told_of_it_and_who_may_draw_all_that_it_asks_for_that_cycles_are_rejected() {
    let scratch = folder();
    fs::write(scratch.path().join("held.ron"), HELD).expect("a file");
    let visits = "visit,vehicle,vehicle_type,arrival,departure,soc_arrival_pct,target_soc_pct\n\
                  early,early,bus,16:00,22:00,20,100\nlate,late,bus,16:30,21:00,20,90\n";
    fs::write(scratch.path().join("visits.csv"), visits).expect("a file");
    let pack = scratch.path().join("pack");
    run(scratch.path().join("held.ron").to_str().expect("a path"), &pack, &[]);
    let order = "; held by an operator since 2026-03-04T17:00:00+08:00 until 2026-03-04T18:00:00+08:00\n";
    for (command, args) in [("explain", vec!["late", "--at", "17:10"]), ("status", vec!["--at", "17:10"])] {
        let text = told(&pack, command, &args);
        assert!(text.contains(order), "{text}");
        let args: Vec<&str> = args.iter().map(|&arg| if arg == "17:10" { "18:00" } else { arg }).collect();
        let text = told(&pack, command, &args);
        assert!(text.contains("late since 2026-03-04T16:30") || text.contains("it waits since"), "{text}");
        assert!(!text.contains("held by an operator"), "{text}");
    }
    // From 18:03 on cycles are rejected; what was granted is more than what the tapering bus asks for by then.
    let explained = json(&pack, "explain", &["P1", "--at", "18:05"]);
    assert_eq!((&explained["in_force"], &explained["withheld_w"]), (&Value::from("held"), &Value::from(0)));
    let text = told(&pack, "explain", &["P1", "--at", "18:05"]);
    let words = "and may draw all of it; cycles are rejected since 2026-03-04T18:03:00+08:00, and setpoints from before are held\n";
    assert!(text.contains(words), "{text}");
}
