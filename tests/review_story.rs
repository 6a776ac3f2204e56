//! What `review.html` tells of a run beside its tables: where it opens, who was paused longest, what went wrong.
//!
//! Protects what a reader takes from the page without checking it against the tables.

use crate::support::page::{Row, embedded, named_cells, page, told_in};
use crate::support::{depotsim, folder, in_words, run, second, table, thousandths};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The longest stretch of ticks in which a visit had none of its minimum power, by connectors.csv: how long, visit or vehicle, from when.
fn longest_pause(pack: &Path) -> Option<(i64, String, i64)> {
    // In `wa-pta-faults` every connector has a minimum; in `wa-pta` nothing is ever held back to nothing.
    longest(pack, |row| !row["constrained_by"].is_empty() && row["setpoint_kw"] == "0.000")
}

/// The longest stretch of ticks that are as `is` says.
fn longest(pack: &Path, is: impl Fn(&Row) -> bool) -> Option<(i64, String, i64)> {
    let mut since: BTreeMap<String, (String, i64)> = BTreeMap::new();
    let mut longest: Option<(i64, String, i64)> = None;
    for row in table(&pack.join("connectors.csv")) {
        if !is(&row) {
            since.remove(&row["connector"]);
            continue;
        }
        let now_s = second(&row["time"]);
        let (vehicle, from_s) =
            since.entry(row["connector"].clone()).or_insert_with(|| (row["vehicle"].clone(), now_s));
        if longest.as_ref().is_none_or(|(length_s, ..)| now_s + 60 - *from_s > *length_s) {
            longest = Some((now_s + 60 - *from_s, vehicle.clone(), *from_s));
        }
    }
    longest
}

#[test]
fn the_longest_pause_is_the_same_on_the_page_in_the_figures_and_in_the_tables() {
    let scratch = folder();
    for scenario in ["wa-pta", "wa-pta-faults"] {
        let pack = scratch.path().join(scenario);
        run(scenario, &pack, &[]);
        let told = told_in(&page(&pack), "longest-pause");
        let Some((length_s, vehicle, from_s)) = longest_pause(&pack) else {
            assert_eq!((scenario, told.as_str()), ("wa-pta", "nobody was refused a minimum power"));
            continue;
        };
        let summary = fs::read_to_string(pack.join("summary.json")).expect("summary.json");
        let summary: Value = serde_json::from_str(&summary).expect("JSON");
        assert_eq!(summary["visits"]["longest_pause_s"].as_i64(), Some(length_s), "{scenario}");
        assert_eq!(summary["visits"]["longest_pause_visit"], vehicle, "{scenario}");
        let (said, times) = told.split_once(", from ").expect("its times");
        assert_eq!(said, format!("{} ({vehicle}", in_words(length_s)), "{scenario}");
        let (from, until) = times.trim_end_matches(')').split_once(" to ").expect("two times");
        assert_eq!((second(from), second(until)), (from_s, from_s + length_s), "{scenario}");
    }
}

#[test]
fn who_got_nothing_longest_without_being_paused_is_told_beside_the_pauses() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    run("demand-response", &pack, &[]);
    let page = page(&pack);
    assert_eq!(told_in(&page, "longest-pause"), "nobody was refused a minimum power");
    let nothing = |row: &Row| {
        row["state"] == "SuspendedEVSE" && row["setpoint_kw"] == "0.000" && row["demand_kw"] != "0.000"
    };
    let (length_s, vehicle, from_s) = longest(&pack, nothing).expect("somebody got nothing");
    let told = told_in(&page, "longest-without");
    let (said, times) = told.split_once(", from ").expect("its times");
    assert_eq!(said, format!("{} ({vehicle}", in_words(length_s)));
    let (from, until) =
        times.split_once(')').and_then(|(times, _)| times.split_once(" to ")).expect("two times");
    assert_eq!((second(from), second(until)), (from_s, from_s + length_s));
}

#[test]
fn the_page_opens_at_the_moment_that_tells_most() {
    let scratch = folder();
    let cases: [(&str, &[&str]); 4] = [
        ("wa-pta", &[]),
        ("wa-pta-faults", &[]),
        ("malformed-envelope", &[]),
        ("wa-pta", &["--set", "fleet.bus.count=1", "--seed", "3"]),
    ];
    for (ix, (scenario, more)) in cases.into_iter().enumerate() {
        let pack = scratch.path().join(ix.to_string());
        run(scenario, &pack, more);
        let page = page(&pack);
        let (breaches, cycles) = (table(&pack.join("breaches.csv")), table(&pack.join("cycles.csv")));
        let power = |row: &Row, column: &str| thousandths(&row[column]);
        let first_largest = |rows: &[Row], column: &str| -> Row {
            let largest = rows.iter().map(|row| power(row, column)).max().expect("rows");
            rows.iter().find(|row| power(row, column) == largest).expect("it").clone()
        };
        let is_rejected = |row: &&Row| row["outcome"] == "REJECTED";
        let withheld: Vec<Row> =
            cycles.iter().filter(|row| !row["withheld_kw"].is_empty()).cloned().collect();
        let (time, why) = if !breaches.is_empty() {
            let worst = first_largest(&breaches, "peak_over_kw");
            let end = format!(", {} goes up to ", worst["node"]);
            assert!(told_in(&page, "opening").contains(&end), "{scenario}");
            (worst["start"].clone(), "the largest breach began: until ".to_owned())
        } else if let Some(first) = cycles.iter().find(is_rejected) {
            (first["time"].clone(), format!("the first rejected cycle ran ({})", first["reason"]))
        } else if !withheld.is_empty() {
            let most = first_largest(&withheld, "withheld_kw");
            (most["time"].clone(), "a cycle withheld most: ".to_owned())
        } else {
            (
                first_largest(&cycles, "site_measured_kw")["time"].clone(),
                "the site's meter was highest".to_owned(),
            )
        };
        let told = told_in(&page, "opening");
        assert!(told.starts_with(&format!("The page opens at {time}, when {why}")), "{scenario}: {told}");
        let start_s = second(&cycles[0]["time"]);
        assert!(page.contains(&format!("\"opens_s\":{},", second(&time) - start_s)), "{scenario}");
    }
}

#[test]
fn what_the_tree_says_is_wrong_is_what_status_says() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    run("wa-pta-faults", &pack, &["--traces", "none"]);
    let data = embedded(&page(&pack));
    let names: Vec<&str> =
        data["fault_kinds"].as_array().expect("kinds").iter().filter_map(Value::as_str).collect();
    let mut compared = 0;
    for (at, t_s) in [
        ("17:30", 5_400),
        ("18:35", 9_300),
        ("22:55", 24_900),
        ("00:25", 30_300),
        ("01:40", 34_800),
        ("03:15", 40_500),
    ] {
        let (code, json, stderr) =
            depotsim(&["status", pack.to_str().expect("a path"), "--at", at, "--json"]);
        assert_eq!(code, 0, "{stderr}");
        let status: Value = serde_json::from_str(&json).expect("JSON");
        let mut told: Vec<(String, String)> = Vec::new();
        for (list, key) in [("nodes", "node"), ("connectors", "connector")] {
            for one in status[list].as_array().expect("a list") {
                for fault in one["faults"].as_array().expect("faults") {
                    told.push((one[key].to_string(), fault["kind"].to_string()));
                }
            }
        }
        let holds = |fault: &&Value| {
            let (from, until) = (fault[2].as_i64().expect("s"), fault[3].as_i64().expect("s"));
            from <= t_s && (until < 0 || t_s < until)
        };
        let mut shown: Vec<(String, String)> = Vec::new();
        for fault in data["faults"].as_array().expect("faults").iter().filter(holds) {
            let (node, kind) = (fault[0].as_u64().expect("a place"), fault[1].as_u64().expect("a kind"));
            let code = outputs::moment::FaultKind::ALL[kind as usize].name();
            assert!(!names[kind as usize].is_empty());
            shown.push((data["ids"][node as usize].to_string(), format!("\"{code}\"")));
        }
        told.sort();
        shown.sort();
        assert!(!told.is_empty(), "{at}");
        assert_eq!(shown, told, "{at}");
        compared += told.len();
    }
    assert!(compared > 8, "{compared}");
}

#[test]
fn each_fault_is_one_row_with_its_end_and_gaps_in_measurements_are_faults() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    run("wa-pta-faults", &pack, &["--traces", "none"]);
    let rows = named_cells(&page(&pack), "faults");
    let told = |what: &str, whom: &str| -> Vec<String> {
        let own = rows.iter().filter(|row| row["What"] == what && row["Where, or whom"] == whom);
        own.map(|row| {
            format!(
                "{} {} {} {}",
                &row["From"][11..16],
                &row["Until"][11..16],
                row["Length"],
                row["What it did"]
            )
        })
        .collect()
    };
    assert_eq!(
        told("No measurements", "WA-PTA"),
        ["03:10 03:30 20 min no breach due to it; 16 cycles rejected"]
    );
    assert_eq!(
        told("Without power", "C3"),
        ["01:30 02:00 30 min no breach due to it; 6 vehicles were plugged in below"]
    );
    // Both connectors of a charge point are told as the charge point.
    assert_eq!(told("Broken", "C4-P4"), ["17:00 20:00 3 h nobody was plugged in"]);
    assert_eq!(told("Out of service", "C3-P2-1"), ["19:30 20:10 40 min bus-18 got nothing there"]);
    assert_eq!(
        told("Site data refused", "C2"),
        ["00:45 00:55 10 min no breach due to it; 10 cycles rejected"]
    );
    let fallback = "18:33 19:10 37 min it lets so much through, whatever the balancer decides";
    assert_eq!(told("On its fallback limit", "C1-P2"), [fallback]);
    assert!(
        told("Charger offline", "C1-P2")[0]
            .starts_with("18:28 19:10 42 min 1 breach began while it lasted, of GC1 by up to "),
        "{rows:?}"
    );
    assert_eq!(
        told("An operator ordered to wait", "bus-12 at C3-P3-1"),
        ["22:00 22:30 30 min no breach due to it"]
    );
    // As it ends, others share what it had, and its charger is still on its way down.
    let lag = "2 breaches began as it ended, the largest of C2 by up to 21.23 kW from";
    let now = told("An operator ordered to charge at once", "bus-07 at C2-P3-2");
    assert!(now[0].starts_with(&format!("21:00 21:30 30 min {lag}")), "{now:?}");
    let limits =
        |what: &str| rows.iter().find(|row| row["What"] == what).map(|row| row["Limit that held"].clone());
    assert_eq!(limits("On its fallback limit").as_deref(), Some("12.000 kW"));
    assert_eq!(limits("Feed silent, its default limit holds").as_deref(), Some("500.000 kW"));
    let count = rows.iter().filter(|row| !row["Until"].starts_with('–')).count();
    assert_eq!((count, rows.len()), (17, 20), "{rows:?}");
    let times: Vec<&String> = rows.iter().map(|row| &row["From"]).collect();
    assert!(times.is_sorted(), "{times:?}");
}

#[test]
fn a_charger_at_which_nothing_could_be_drawn_brings_no_breach_about() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    run("charger-offline", &pack, &["--traces", "none"]);
    let rows = named_cells(&page(&pack), "faults");
    let did = |whom: &str| {
        let mut own = rows.iter().filter(|row| row["What"] == "Charger offline");
        own.find(|row| row["Where, or whom"] == whom).expect("its row")["What it did"].clone()
    };
    // The connection is above its limit from 18:05 on. C1-P5 has no vehicle before 18:20.
    assert!(
        did("C1-P1").starts_with("1 breach began while it lasted, of GC1 by up to 59.948 kW from"),
        "{rows:?}"
    );
    assert_eq!(did("C1-P5"), "no breach due to it");
}

/// Of a breach of the connection: its row on the page, and what connectors draw beyond their setpoints at its peak by the tables \[W\], where chargers
/// have the fault that began it and where they have not.
fn beyond_at_the_peak(pack: &Path, breach: &Row, has_fault: impl Fn(&str) -> bool) -> (i64, i64) {
    let peak_s = second(&breach["Peak at"]);
    let (mut own_w, mut others_w) = (0, 0);
    for row in table(&pack.join("connectors.csv")) {
        if second(&row["time"]) == peak_s {
            let beyond_w = (thousandths(&row["measured_kw"]) - thousandths(&row["setpoint_kw"])).max(0);
            *(if has_fault(&row["connector"]) { &mut own_w } else { &mut others_w }) += beyond_w;
        }
    }
    (own_w, others_w)
}

#[test]
fn the_peak_of_a_breach_is_told_with_who_draws_too_much_then_and_not_with_what_began_it_alone() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    run("wa-pta-faults", &pack, &[]);
    let page = page(&pack);
    let over =
        |row: &BTreeMap<String, String>| thousandths(&row["measured_kw"]) - thousandths(&row["limit_kw"]);
    let nodes = table(&pack.join("nodes.csv"));
    let breaches = named_cells(&page, "breaches");
    let of = |node: &str, cause: &str| {
        let mut own = breaches.iter().filter(|row| row["Node"] == node && row["Began by"] == cause);
        own.next().expect("its row")
    };
    for row in breaches.iter().filter(|row| nodes.iter().any(|now| now["node"] == row["Node"])) {
        let (from_s, to_s) = (second(&row["From"]), second(&row["To"]));
        let during = nodes
            .iter()
            .filter(|now| now["node"] == row["Node"] && (from_s..to_s).contains(&second(&now["time"])));
        let most = during.max_by_key(|now| (over(now), -second(&now["time"]))).expect("a tick of it");
        let told = (second(&row["Peak at"]), thousandths(&row["Peak over [kW]"]));
        assert_eq!(told, (second(&most["time"]), over(most)), "{row:?}");
    }
    // A connector's own breach, too: it draws what it was rated for, and has yet to follow.
    let own = breaches.iter().find(|row| row["Began by"] == "SITE_CHANGE").expect("its row");
    let (beyond_w, _) = beyond_at_the_peak(&pack, own, |connector| connector == own["Node"]);
    assert_eq!((own["Peak at"].as_str(), own["Node"].as_str()), (own["From"].as_str(), "C1-P3-1"));
    let brief = format!("{}.{:03}", beyond_w / 1000, beyond_w % 1000);
    let told =
        format!("{} kW beyond setpoints by chargers that have yet to follow", brief.trim_end_matches('0'));
    assert_eq!(own["Drawn too much at the peak"], told);
    let ignored = of("GC1", "NOT_APPLIED");
    let (own_w, others_w) = beyond_at_the_peak(&pack, ignored, |connector| connector == "C2-P1-2");
    assert!(0 < own_w && own_w < others_w, "most of it is due to the envelope that falls at 23:00");
    let kw = |power_w: i64| format!("{}.{:03}", power_w / 1000, power_w % 1000);
    let parts = format!(
        "{} kW beyond setpoints by chargers that have yet to follow; {} kW beyond setpoints that are ignored",
        kw(others_w),
        kw(own_w)
    );
    assert_eq!(ignored["Drawn too much at the peak"], parts);
    let faults = named_cells(&page, "faults");
    let did =
        &faults.iter().find(|row| row["What"] == "Charger ignores its setpoints").expect("it")["What it did"];
    let beyond =
        format!("such chargers drew {} kW beyond their setpoints and others {} kW", kw(own_w), kw(others_w));
    assert!(did.ends_with(&beyond), "{did}");
    let offline = of("GC1", "CHARGER_OFFLINE");
    let (own_w, others_w) = beyond_at_the_peak(&pack, offline, |connector| connector.starts_with("C1-P2-"));
    let did = &faults.iter().find(|row| row["What"] == "Charger offline").expect("it")["What it did"];
    let tail = |power_w: i64| kw(power_w).trim_end_matches('0').to_owned();
    let beyond = format!("drew {} kW beyond their setpoints and others {} kW", tail(own_w), tail(others_w));
    assert!(did.ends_with(&beyond), "{did}");
}

#[test]
fn who_left_earlier_or_later_than_told_and_which_cabins_got_less_than_they_wanted_is_told() {
    let scratch = folder();
    for scenario in ["wa-pta-faults", "preconditioning"] {
        let pack = scratch.path().join(scenario);
        run(scenario, &pack, &["--traces", "none"]);
        let rows = named_cells(&page(&pack), "faults");
        let mut told: Vec<(String, String, i64)> = Vec::new();
        for row in rows.iter().filter(|row| row["What"].ends_with("than told")) {
            let vehicle = row["Where, or whom"].split(' ').next().expect("a vehicle").to_owned();
            told.push((row["What"].clone(), vehicle, second(&row["Until"]) - second(&row["From"])));
        }
        let mut expected: Vec<(String, String, i64)> = Vec::new();
        let left = table(&pack.join("visits.csv"));
        let stayed =
            |visit: &str| left.iter().any(|row| row["visit"] == visit && !row["plugged_in"].is_empty());
        for visit in table(&pack.join("recording-visits.csv")) {
            let (told, leaves) = (&visit["told_departure"], &visit["departure"]);
            if !told.is_empty() && told != leaves && stayed(&visit["visit"]) {
                let late_s = second(leaves) - second(told);
                let how = if late_s < 0 { "Left earlier than told" } else { "Left later than told" };
                expected.push((how.to_owned(), visit["vehicle"].clone(), late_s.abs()));
            }
        }
        told.sort();
        expected.sort();
        assert_eq!(told, expected, "{scenario}");
        assert!(expected.len() >= 2, "{scenario} has some");
        let cabins: Vec<(&str, &str)> = rows
            .iter()
            .filter(|row| row["What"] == "Cabin got less than it wanted")
            .map(|row| (row["Where, or whom"].as_str(), row["What it did"].as_str()))
            .collect();
        // 18 kW for half an hour and for three quarters of one, beside an envelope; what a ramp takes off in the first minute is not told.
        let lacking = [("bus-4 at C1-P2-2", "6.875 of 9 kWh"), ("bus-6 at C1-P3-2", "11.906 of 13.5 kWh")];
        assert_eq!(cabins, if scenario == "preconditioning" { &lacking[..] } else { &[] });
    }
}

#[test]
fn the_energy_at_connectors_is_told_with_where_it_went_to_the_watt_hour() {
    let scratch = folder();
    for scenario in ["wa-pta", "wa-pta-faults"] {
        let pack = scratch.path().join(scenario);
        run(scenario, &pack, &["--traces", "none"]);
        let page = page(&pack);
        let mut paragraphs = page.split("<p>").filter_map(|rest| rest.split("</p>").next());
        let words =
            paragraphs.find(|words| words.contains("that the meters of connectors showed")).expect("it");
        let figures: Vec<i64> = words
            .split(" kWh")
            .filter_map(|part| part.rsplit(' ').next())
            .filter(|figure| figure.starts_with(|c: char| c.is_ascii_digit()))
            .map(thousandths)
            .collect();
        assert_eq!(figures[0], figures[1..].iter().sum::<i64>(), "{words}");
        assert_eq!(figures.len(), if scenario == "wa-pta" { 3 } else { 4 }, "{words}");
        let summary = fs::read_to_string(pack.join("summary.json")).expect("summary.json");
        let summary: Value = serde_json::from_str(&summary).expect("JSON");
        assert_eq!(summary["visits"]["delivered_kwh"].as_str().map(thousandths), Some(figures[0]), "{words}");
        // A tenth and more of what chargers of 94 to 96 % and vehicles of 97 and 98 % let through would be too much, and nothing too little.
        let lost = figures[figures.len() - 1];
        assert!(lost * 10 < figures[0] && lost * 50 > figures[0], "{words}");
    }
}
