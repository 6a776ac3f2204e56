//! `status` and `explain`: what is said of a moment is what the pack's tables say, and its arithmetic adds up.
//!
//! Protects the answer to "why did this bus get so little", which people act on.

use crate::support::{depotsim, folder, run, table, thousandths};
use outputs::moment::{Explanation, FaultKind, FaultLog, Moment, Told};
use serde_json::Value;
use sim::{Simulation, Site};
use std::collections::BTreeMap;
use std::path::Path;

type Rows = BTreeMap<(u64, String), BTreeMap<String, String>>;

fn rows(path: &Path, key: &str) -> Rows {
    let row = |row: BTreeMap<String, String>| ((row["t_s"].parse().expect("seconds"), row[key].clone()), row);
    table(path).into_iter().map(row).collect()
}

/// Watts of a cell; none of an empty one.
fn watts(row: &BTreeMap<String, String>, column: &str) -> Option<i64> {
    Some(row[column].as_str()).filter(|cell| !cell.is_empty()).map(thousandths)
}

/// What `explain` says of a connector is what the tables say: the chain, who shares the limit, and the sums.
fn check(explanation: &Explanation, t_s: u64, nodes: &Rows, connectors: &Rows) {
    let own = &connectors[&(t_s, explanation.connector.clone())];
    assert_eq!(watts(own, "demand_kw"), Some(explanation.demand_w.into()));
    assert_eq!(watts(own, "setpoint_kw"), Some(explanation.setpoint_w.into()));
    assert_eq!(Some(&own["constrained_by"]), explanation.constrained_by.as_ref());
    assert_eq!(explanation.withheld_w, explanation.demand_w - explanation.setpoint_w);

    // The chain runs from the connector to the site, along the parents in nodes.csv.
    assert_eq!(explanation.chain[0].node, explanation.connector);
    let mut expected = own["charge_point"].clone();
    for link in &explanation.chain[1..] {
        assert_eq!(link.node, expected);
        let row = &nodes[&(t_s, link.node.clone())];
        assert_eq!(watts(row, "limit_kw"), link.limit_w.map(|limit_w| limit_w as i64));
        assert_eq!(watts(row, "ev_limit_kw"), link.ev_limit_w.map(|limit_w| limit_w as i64));
        assert_eq!(watts(row, "base_load_kw"), Some(link.base_load_w));
        assert_eq!(watts(row, "demand_kw"), Some(link.demand_w as i64));
        assert_eq!(watts(row, "allocated_kw"), Some(link.allocated_w as i64));
        assert_eq!(watts(row, "measured_kw"), Some(link.measured_w));
        assert_eq!(link.headroom_w, link.limit_w.map(|limit_w| limit_w as i64 - link.measured_w));
        assert_eq!(link.is_breached, row["breach"] == "true");
        expected.clone_from(&row["parent"]);
    }
    assert_eq!(expected, "", "the chain ends at the site");
    assert_eq!(explanation.chain.iter().filter(|link| link.holds).count(), 1, "one node holds it back");

    // Those who share the limit: every connector below the node that asks for power, and their sums.
    let shares = explanation.shares.as_ref().expect("somebody shares what holds it back");
    let is_below = |row: &BTreeMap<String, String>| {
        let mut at = row["charge_point"].clone();
        while !at.is_empty() && at != shares.node {
            at.clone_from(&nodes[&(t_s, at.clone())]["parent"]);
        }
        at == shares.node || row["connector"] == shares.node
    };
    let at_t = connectors.range((t_s, String::new())..(t_s + 1, String::new())).map(|(_, row)| row);
    let below: Vec<_> = at_t.filter(|row| is_below(row) && watts(row, "demand_kw") > Some(0)).collect();
    assert_eq!(below.len(), shares.sharers.len());
    let sum = |held: bool| -> i64 {
        let side = below.iter().filter(|row| (row["constrained_by"] == shares.node) == held);
        side.map(|row| watts(row, "setpoint_kw").expect("a setpoint")).sum()
    };
    assert_eq!((sum(true), sum(false)), (shares.held.granted_w as i64, shares.elsewhere.granted_w as i64));
    let ev_limit_w = shares.ev_limit_w.expect("what binds has a limit") as i64;
    assert_eq!(sum(true) + sum(false) + shares.left_w.expect("a limit"), ev_limit_w);
    assert_eq!(shares.left_w, Some(0), "what binds is full to the watt");
    assert_eq!(ev_limit_w, (shares.limit_w.expect("a limit") as i64 - shares.base_load_w).max(0));
    // Under fair-share with equal weights those held by one node get the same, to the watt.
    assert!(shares.held.most_w - shares.held.least_w <= 1, "{shares:?}");
}

#[test]
fn every_curtailed_connector_of_wa_pta_is_explained_by_the_tables_at_every_tick() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    run("wa-pta", &pack, &[]);
    let nodes = rows(&pack.join("nodes.csv"), "node");
    let connectors = rows(&pack.join("connectors.csv"), "connector");

    let scenario = scenarios::Bundled::find("wa-pta").expect("it is bundled").load().expect("it loads");
    let realization = scenarios::draw(&scenario, 1);
    let (depot, site) = (scenario.depot(), Site::of(scenario.depot()));
    let faults = FaultLog::of(depot, &realization, &site);
    let told = Told { depot, realization: &realization, site: &site, seed: 1, faults: &faults };
    let mut simulation = Simulation::new(depot, &realization).expect("it runs");
    let (mut explained, mut unexplained) = (0, 0);
    while let Some(view) = simulation.step(&[]) {
        let moment = Moment::of(&view);
        for (ix, &position) in site.connectors.iter().enumerate() {
            let explanation = Explanation::of(&told, moment.t_s as i64, &moment, ix);
            if moment.curtailed(&site).any(|curtailed| curtailed == position) {
                check(&explanation, moment.t_s, &nodes, &connectors);
                explained += 1;
            } else {
                assert_eq!(explanation.shares, None);
                unexplained += 1;
            }
        }
    }
    let curtailed = connectors.values().filter(|row| !row["constrained_by"].is_empty()).count();
    assert_eq!((explained, explained + unexplained), (curtailed, connectors.len()));
    assert!(explained > 5_000, "{explained}");
}

#[test]
fn the_status_names_the_constraint_and_its_chargers_and_needs_no_traces() {
    let scratch = folder();
    let (full, bare) = (scratch.path().join("full"), scratch.path().join("bare"));
    run("wa-pta", &full, &[]);
    run("wa-pta", &bare, &["--traces", "none"]);
    let at = |pack: &Path, time: &str| {
        let pack = pack.to_str().expect("a path");
        let (code, stdout, stderr) = depotsim(&["status", pack, "--at", time, "--json"]);
        assert_eq!(code, 0, "{stderr}");
        serde_json::from_str::<Value>(&stdout).expect("JSON")
    };
    let status = at(&full, "19:10");
    assert_eq!(status, at(&bare, "2026-03-04T19:10:00+08:00"));
    assert_eq!(status["cycle"]["outcome"], "CURTAILED");
    assert_eq!(status["constraint"]["node"], "GC1");
    assert_eq!(status["constraint"]["limit_source"], "operating_envelope");
    let cycles = table(&full.join("cycles.csv"));
    let cycle = cycles.iter().find(|row| row["time"].starts_with("2026-03-04T19:10:00")).expect("a cycle");
    for (column, field) in [
        ("limit_kw", "limit_w"),
        ("demand_kw", "demand_w"),
        ("allocated_kw", "allocated_w"),
        ("withheld_kw", "withheld_w"),
    ] {
        assert_eq!(status["constraint"][field].as_i64(), Some(thousandths(&cycle[column])), "{field}");
    }
    let held = table(&full.join("connectors.csv"))
        .into_iter()
        .filter(|row| row["t_s"] == cycle["t_s"] && row["constrained_by"] == "GC1")
        .map(|row| Value::from(row["connector"].clone()))
        .collect::<Vec<_>>();
    let mut named = status["constraint"]["connectors"].as_array().expect("a list").clone();
    named.sort_by_key(|id| id.as_str().map(str::to_owned));
    let mut held = held;
    held.sort_by_key(|id| id.as_str().map(str::to_owned));
    assert!(!held.is_empty() && named == held);
    // Between two ticks the newest completed cycle stands.
    assert_eq!(at(&full, "19:10:59")["cycle"], status["cycle"]);
    let (_, text, _) = depotsim(&["status", full.to_str().expect("a path"), "--at", "19:10"]);
    assert!(text.contains("outcome     CURTAILED, GRID_CONNECTION_LIMIT\n"), "{text}");
    assert!(text.contains("<- constrains "), "{text}");
}

#[test]
fn before_the_first_cycle_the_status_is_empty_and_says_when_it_is_due() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    run("wa-pta", &pack, &["--traces", "none"]);
    let pack = pack.to_str().expect("a path");
    let (code, text, _) = depotsim(&["status", pack, "--at", "2026-03-04T15:59:59+08:00"]);
    assert_eq!(code, 0);
    assert!(text.contains("none has completed yet"), "{text}");
    assert!(text.contains("the first is due at 2026-03-04T16:00:00+08:00"), "{text}");
    let (_, json, _) = depotsim(&["status", pack, "--at", "2026-03-04T15:59:59+08:00", "--json"]);
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert!(json["cycle"].is_null() && json["nodes"].as_array().is_some_and(Vec::is_empty), "{json}");
    // At the end the last cycle stands, and is the default.
    let (_, last, _) = depotsim(&["status", pack]);
    assert!(last.contains("cycle       959, completed at 2026-03-05T07:59:00+08:00"), "{last}");
}

#[test]
fn questions_that_cannot_be_answered_say_what_can() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    run("wa-pta", &pack, &["--traces", "none"]);
    let pack = pack.to_str().expect("a path");
    let cases: [(&[&str], i32, &str); 5] = [
        (
            &["explain", pack, "--connector", "C9", "--at", "19:10"],
            65,
            "is no connector of the site (C1-P1-1, ",
        ),
        (
            &["explain", pack, "--connector", "C1", "--at", "19:10"],
            65,
            "is a charger_circuit, not a connector",
        ),
        (
            &["explain", pack, "--connector", "C1-P1-1", "--at", "d3 19:10"],
            65,
            "is taken as \"2026-03-06T19:10:00+08:00\", after the run",
        ),
        (
            &["explain", pack, "--connector", "C1-P1-1", "--at", "2026-03-04T15:00:00+08:00"],
            65,
            "is before the run",
        ),
        (&["status", pack, "--at", "noon"], 2, "noon"),
    ];
    for (args, expected, message) in cases {
        let (code, stdout, stderr) = depotsim(args);
        assert_eq!((code, stdout.as_str()), (expected, ""), "{args:?}: {stderr}");
        assert!(stderr.contains(message), "{args:?}: {stderr}");
    }
}

#[test]
fn an_explanation_reads_as_a_sum() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    run("wa-pta", &pack, &["--traces", "none"]);
    let pack = pack.to_str().expect("a path");
    let (code, text, stderr) = depotsim(&["explain", pack, "--connector", "C1-P1-1", "--at", "19:10"]);
    assert_eq!(code, 0, "{stderr}");
    for line in [
        "<- holds back C1-P1-1",
        "who shares GC1",
        "for charging: limit 800.000 - base load 120.000",
        "= 0.000 kW  left",
        "<- this one",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
}

#[test]
fn a_charge_point_without_connectors_tells_its_vehicle_its_state_and_what_holds_it_back() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    run("scenarios/starter.ron", &pack, &["--traces", "none"]);
    let pack = pack.to_str().expect("a path");
    let (mut occupied, mut held) = (0, 0);
    for at in ["18:00", "19:00", "20:00", "21:00"] {
        let (code, json, stderr) = depotsim(&["status", pack, "--at", at, "--json"]);
        assert_eq!(code, 0, "{stderr}");
        let json: Value = serde_json::from_str(&json).expect("JSON");
        let (_, text, _) = depotsim(&["status", pack, "--at", at]);
        for connector in json["connectors"].as_array().expect("a list") {
            let word = |field: &str| connector[field].as_str().unwrap_or_default();
            let own = |line: &&str| line.trim_start().split(' ').next() == Some(word("connector"));
            let line = text.lines().find(own).expect("its line");
            assert!(line.contains(word("state")) && line.contains(word("vehicle")), "{at}: {line}");
            occupied += u32::from(!word("vehicle").is_empty() && line.contains(" %"));
            let node = word("constrained_by");
            if !node.is_empty() {
                let by = if connector["is_paused"] == true { "paused by" } else { "held by" };
                assert!(line.contains(&format!("{by} {node}")), "{at}: {line}");
                held += 1;
            }
        }
    }
    assert!(occupied > 0 && held > 0, "{occupied} occupied, {held} held");
}

#[test]
fn what_status_and_explain_say_is_wrong_is_what_the_scenario_says_goes_wrong() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    run("wa-pta-faults", &pack, &["--traces", "none"]);
    let pack = pack.to_str().expect("a path");
    // Node, moment, and the faults that hold there: kind, since, until.
    type Told = (&'static str, &'static str, &'static str);
    let offline: Told = ("offline", "04T18:28", "04T19:10");
    let cases: [(&str, &str, &[Told]); 14] = [
        ("C1-P2-1", "18:27", &[]),
        ("C1-P2-1", "18:32", &[offline]),
        ("C1-P2-2", "18:33", &[offline, ("fallback", "04T18:33", "04T19:10")]),
        ("C1-P2-1", "19:10", &[]),
        ("C4-P4-2", "17:00", &[("faulted", "04T17:00", "04T20:00")]),
        ("C4-P3-2", "17:00", &[]),
        ("C2-P1-2", "23:19", &[("ignores_setpoints", "04T22:50", "04T23:20")]),
        ("C2-P1-1", "23:19", &[]),
        ("C3", "01:59", &[("outage", "05T01:30", "05T02:00")]),
        ("C3", "02:00", &[]),
        ("GC1", "21:46", &[("feed_lost", "04T21:46", "04T22:10")]),
        ("GC1", "00:25", &[("feed_refused", "05T00:20", "05T00:32")]),
        ("WA-PTA", "03:29", &[("not_measured", "05T03:10", "05T03:30")]),
        ("WA-PTA", "03:30", &[]),
    ];
    for (node, at, expected) in cases {
        let (code, json, stderr) = depotsim(&["status", pack, "--at", at, "--json"]);
        assert_eq!(code, 0, "{stderr}");
        let json: Value = serde_json::from_str(&json).expect("JSON");
        let told = |list: &str, key: &str| {
            let found = json[list].as_array().expect("a list").iter().find(|one| one[key] == node)?;
            Some(found["faults"].as_array().expect("a list").clone())
        };
        let faults = told("nodes", "node").or_else(|| told("connectors", "connector")).expect("it is told");
        let time = |fault: &Value, name: &str| fault[name].as_str().map(|time| time[8..16].to_owned());
        let told: Vec<_> = faults
            .iter()
            .map(|fault| {
                (fault["kind"].as_str().expect("a kind"), time(fault, "since"), time(fault, "until"))
            })
            .collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|&(kind, since, until)| (kind, Some(since.to_owned()), Some(until.to_owned())))
            .collect();
        assert_eq!(told, expected, "{node} at {at}");
        let (_, text, _) = depotsim(&["status", pack, "--at", at]);
        let (_, tree) = text.split_once("\nkW ").expect("the tree");
        let is_own = |line: &&str| line.trim_start().starts_with(&format!("{node} "));
        let line = tree.lines().find(is_own).expect("its line");
        // A fallback has its limit beside it.
        let kind = |kind: &str| match kind {
            "fallback" => "fallback 12.000 kW".to_owned(),
            kind => kind.to_owned(),
        };
        let kinds: Vec<String> = expected.iter().map(|(name, ..)| kind(name)).collect();
        match kinds.is_empty() {
            true => assert!(!line.contains("FAULT"), "{line}"),
            false => assert!(line.contains(&format!("  FAULT: {}", kinds.join(", "))), "{at}: {line}"),
        }
    }
    // `explain` says it of the connector and of everything above it.
    let (_, text, _) = depotsim(&["explain", pack, "--connector", "C3-P1-1", "--at", "01:45"]);
    let line = "  C3  outage             since 2026-03-05T01:30:00+08:00 until 2026-03-05T02:00:00+08:00\n";
    assert!(text.contains(&format!("\nfaults\n{line}")), "{text}");
    // The sentence itself gives what is wrong, or that a charger has yet to follow.
    for (connector, at, expected) in [
        ("C3-P4-1", "01:45", "it draws 0.000 kW: C3 is without power\n"),
        // Its vehicle is full: it would draw no more with power.
        ("C3-P1-1", "01:45", "it draws 0.000 kW\n"),
        (
            "C2-P1-2",
            "22:55",
            "it draws 148.849 kW, 91.249 kW more than it may: its charger does not apply its setpoints\n",
        ),
        (
            "C1-P3-1",
            "18:20",
            "it draws 80.960 kW, 20.960 kW more than it may: it may draw less since this tick, and its charger hears of that 15 s later, falling by 120.000 kW a minute\n",
        ),
    ] {
        let (_, text, _) = depotsim(&["explain", pack, "--connector", connector, "--at", at]);
        assert!(text.contains(expected), "{connector} at {at}: {text}");
    }
    // A connector whose own rating has fallen shows its breach.
    let (_, json, _) = depotsim(&["status", pack, "--at", "18:20", "--json"]);
    let json: Value = serde_json::from_str(&json).expect("JSON");
    let connectors = json["connectors"].as_array().expect("a list");
    let over: Vec<&Value> = connectors.iter().filter(|one| one["is_breached"] == true).collect();
    let told = |one: &Value| (one["connector"].clone(), one["limit_w"].clone(), one["headroom_w"].clone());
    assert_eq!(
        over.into_iter().map(told).collect::<Vec<_>>(),
        [("C1-P3-1".into(), 60_000.into(), (-20_960).into())]
    );
    let (_, text, _) = depotsim(&["status", pack, "--at", "18:20"]);
    let is_over = |line: &&str| line.trim_start().starts_with("C1-P3-1 ") && line.contains("BREACH");
    assert_eq!(text.lines().filter(is_over).count(), 1, "{text}");
    let (_, json, _) = depotsim(&["explain", pack, "--connector", "C1-P2-1", "--at", "18:30", "--json"]);
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["faults"][0]["kind"], "offline");
    assert_eq!(json["faults"], json["chain"][0]["faults"]);
}

/// A charger that falls back says so in an event; a vehicle that comes to one that is offline finds it fallen back.
#[test]
fn faults_hold_when_events_say_that_they_begin_and_no_longer_when_they_end() {
    use sim::EventKind::*;
    let kinds = [
        (ChargerOffline, ChargerOnline, FaultKind::Offline),
        (SetpointsIgnored, SetpointsObeyed, FaultKind::IgnoresSetpoints),
        (OutageBegan, OutageEnded, FaultKind::Outage),
    ];
    let (mut begun, mut fallen, mut came) = (0, 0, 0);
    for name in ["charger-offline", "comms-loss", "circuit-outage", "wa-pta-faults", "preconditioning"] {
        let scenario = scenarios::Bundled::find(name).expect("it is bundled").load().expect("it loads");
        let realization = scenarios::draw(&scenario, 1);
        let (depot, site) = (scenario.depot(), Site::of(scenario.depot()));
        let mut faults = FaultLog::of(depot, &realization, &site);
        let mut simulation = Simulation::new(depot, &realization).expect("it runs");
        while let Some(view) = simulation.step(&[]) {
            faults.hear(view.events);
            let holds =
                |node: u32, kind: FaultKind| faults.at(node, view.t_s).any(|fault| fault.kind == kind);
            for event in view.events {
                let at = match event.kind {
                    OutageBegan | OutageEnded => vec![event.node],
                    _ if event.node == sim::view::NO_NODE => Vec::new(),
                    _ => site.columns_at(event.node).map(|column| site.connectors[column]).collect(),
                };
                for (begins, ends, kind) in kinds {
                    let expected = if event.kind == begins { true } else { event.kind != ends };
                    let is_told = event.kind == begins || event.kind == ends;
                    assert!(
                        !is_told || at.iter().all(|&node| holds(node, kind) == expected),
                        "{name} {event:?}"
                    );
                    begun += u32::from(event.kind == begins);
                }
                if event.kind == ChargerFellBack {
                    assert!(holds(event.node, FaultKind::Fallback), "{name} {event:?}");
                    let since =
                        faults.at(event.node, view.t_s).find(|fault| fault.kind == FaultKind::Fallback);
                    assert_eq!(since.map(|fault| fault.from_s), Some(view.t_s), "{name} {event:?}");
                    fallen += 1;
                }
                if event.kind == PluggedIn && holds(event.node, FaultKind::Offline) {
                    assert!(holds(event.node, FaultKind::Fallback), "{name} {event:?}");
                    came += 1;
                }
            }
        }
    }
    assert!(
        begun > 5 && fallen > 3 && came > 0,
        "{begun} begun, {fallen} fallen back, {came} came meanwhile"
    );
}

#[test]
fn any_node_is_explained_by_its_limit_what_is_asked_below_it_and_who_withholds_the_rest() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    run("wa-pta", &pack, &[]);
    let (nodes, connectors) =
        (rows(&pack.join("nodes.csv"), "node"), rows(&pack.join("connectors.csv"), "connector"));
    let pack = pack.to_str().expect("a path");
    let t_s = 11_400; // 19:10
    for node in ["WA-PTA", "GC1", "C1", "C3", "C1-P1"] {
        let (code, json, stderr) = depotsim(&["explain", pack, node, "--at", "19:10", "--json"]);
        assert_eq!(code, 0, "{stderr}");
        let json: Value = serde_json::from_str(&json).expect("JSON");
        let row = &nodes[&(t_s, node.to_owned())];
        for (column, field) in [
            ("limit_kw", "limit_w"),
            ("ev_limit_kw", "ev_limit_w"),
            ("raw_demand_kw", "asked_w"),
            ("allocated_kw", "allocated_w"),
            ("measured_kw", "measured_w"),
        ] {
            assert_eq!(json[field].as_i64(), watts(row, column), "{node} {field}");
        }
        // Each constraint withholds what the rows of the connectors that name it do not get.
        let mut sum_w = 0;
        for by in json["withheld"].as_array().expect("a list") {
            let whom = by["connectors"].as_array().expect("a list").iter();
            let missing_w: i64 = whom
                .map(|id| {
                    let row = &connectors[&(t_s, id.as_str().expect("an id").to_owned())];
                    assert_eq!(by["node"], row["constrained_by"].as_str());
                    watts(row, "demand_kw").expect("watts") - watts(row, "setpoint_kw").expect("watts")
                })
                .sum();
            assert_eq!(by["withheld_w"].as_i64(), Some(missing_w), "{node}");
            sum_w += missing_w;
        }
        assert_eq!(json["withheld_w"].as_i64(), Some(sum_w), "{node}");
        let (_, text, _) = depotsim(&["explain", pack, node, "--at", "19:10"]);
        assert_eq!(sum_w > 0, text.contains("GC1 withholds from "), "{text}");
    }
    let (_, text, _) = depotsim(&["explain", pack, "GC1", "--at", "19:10"]);
    let limit = "it is limited to 800.000 kW (operating_envelope, since 2026-03-04T18:30:00+08:00 until 2026-03-04T20:30:00+08:00); base load, its own and all below, is 120.000 kW: 680.000 kW are left for charging\n";
    assert!(text.contains(limit), "{text}");
}

#[test]
fn while_cycles_are_rejected_explain_tells_what_is_held_and_what_falls_back() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    run("broken-site-data", &pack, &[]);
    let says = |at: &str| {
        let (code, stdout, stderr) =
            depotsim(&["explain", pack.to_str().expect("a path"), "--connector", "C1-P1", "--at", at]);
        assert_eq!(code, 0, "{stderr}");
        stdout
    };
    // The site's data break at 19:00, and setpoints are held for five minutes.
    let cases = [
        (
            "19:04",
            "may draw 50.000 kW: cycles are rejected since 2026-05-11T19:00:00+08:00, and setpoints from before are held",
        ),
        (
            "19:05",
            "may draw 10.000 kW: cycles are rejected since 2026-05-11T19:00:00+08:00, and fallback power counts, as holding is over",
        ),
    ];
    for (at, sentence) in cases {
        assert!(says(at).contains(sentence), "{at}: {}", says(at));
    }
}

#[test]
fn while_cycles_are_rejected_status_and_nodes_tell_what_counts_and_their_sums_agree() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    run("broken-site-data", &pack, &["--traces", "none"]);
    let pack = pack.to_str().expect("a path");
    let asked = |args: &[&str]| {
        let (code, stdout, stderr) = depotsim(args);
        assert_eq!(code, 0, "{stderr}");
        stdout
    };
    let since = "2026-05-11T19:00:00+08:00";
    let cases = [
        ("18:59", None, ""),
        ("19:04", Some("held"), "setpoints from before are held"),
        ("19:05", Some("fallback"), "fallback power counts, as holding is over"),
    ];
    for (at, in_force, words) in cases {
        let sentence = format!("cycles are rejected since {since}: {words}\n");
        let status = asked(&["status", pack, "--at", at]);
        assert_eq!(status.contains(&format!("in force    {sentence}")), in_force.is_some(), "{status}");
        let status = asked(&["status", pack, "--at", at, "--json"]);
        let status: Value = serde_json::from_str(&status).expect("JSON");
        assert_eq!(status["cycle"]["in_force"].as_str(), in_force, "{at}");
        assert_eq!(status["cycle"]["rejected_since"].as_str(), in_force.map(|_| since), "{at}");
        for node in ["GC1", "C1"] {
            let text = asked(&["explain", pack, node, "--at", at]);
            assert_eq!(text.contains(&sentence), in_force.is_some(), "{text}");
            let json = asked(&["explain", pack, node, "--at", at, "--json"]);
            let json: Value = serde_json::from_str(&json).expect("JSON");
            let detail = json["detail"].as_str();
            assert_eq!(detail, status["cycle"]["detail"].as_str().filter(|_| in_force.is_some()), "{node}");
            assert!(detail.is_none_or(|detail| text.contains(detail)), "{text}");
            let watts = |field: &str| json[field].as_i64().expect("watts");
            let missing_w = watts("asked_w") - watts("allocated_w");
            assert_eq!(missing_w, watts("withheld_w") - watts("beyond_asked_w"), "{node} at {at}");
            assert_eq!(
                watts("beyond_asked_w") > 0,
                text.contains("more than whoever has it asks for by now"),
                "{text}"
            );
        }
    }
}

#[test]
fn a_connectors_own_limit_says_where_it_comes_from() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    run("wa-pta", &pack, &[]);
    let pack = pack.to_str().expect("a path");
    let json = |args: &[&str]| -> Value {
        let (code, stdout, stderr) = depotsim(&[args, &["--at", "19:10", "--json"]].concat());
        assert_eq!(code, 0, "{stderr}");
        serde_json::from_str(&stdout).expect("JSON")
    };
    let explained = json(&["explain", pack, "--connector", "C1-P1-1"]);
    assert_eq!(explained["chain"][0]["limit_source"], "max_rating", "{explained}");
    let status = json(&["status", pack]);
    let connectors = status["connectors"].as_array().expect("connectors");
    assert!(connectors.iter().all(|connector| connector["limit_source"] == "max_rating"), "{status}");
}

#[test]
fn where_cycles_are_rare_setpoints_are_held_until_a_cycle_takes_them_back() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    // Data break at 19:00 and setpoints are held for five minutes; the next cycle, which falls back, comes at 19:08.
    run("broken-site-data", &pack, &["--set", "rebalance=8min", "--traces", "none"]);
    let pack = pack.to_str().expect("a path");
    for (at, in_force) in [("19:07", "held"), ("19:08", "fallback")] {
        let (code, json, stderr) = depotsim(&["explain", pack, "--connector", "C1-P1", "--at", at, "--json"]);
        assert_eq!(code, 0, "{stderr}");
        let json: Value = serde_json::from_str(&json).expect("JSON");
        let setpoint_w = if in_force == "held" { 50_000 } else { 10_000 };
        assert_eq!(
            (json["in_force"].as_str(), json["setpoint_w"].as_i64()),
            (Some(in_force), Some(setpoint_w))
        );
    }
}
