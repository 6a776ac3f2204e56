//! `status` tells who waits for a connector, since when and for what, as `events.csv` does.
//!
//! Protects the answer to "where is my bus", which no connector gives while it waits.

use crate::support::page::{embedded, page};
use crate::support::{depotsim, folder, run, table};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// A yard of three lanes, one of which is broken until 19:00; a bus that must have the first, and one that asks half an hour after it came.
const YARD: &str = r#"#![enable(implicit_some)]
(
  schema: 1, id: "yard", title: "A small yard", start: "2026-03-04T16:00:00+08:00", duration: "4h", strategy: "fair-share",
  site: (
    id: "YARD",
    grid_connections: [(id: "GRID", default_capacity_kw: 200)],
    charger_circuits: [(id: "C1", parent: "GRID", default_capacity_kw: 200)],
    charge_points: [(id: "P{n}", repeat: 3, parent: "C1", max_rating_kw: 50)],
  ),
  vehicles: [(id: "bus", battery_kwh: 400, curve: [(soc_pct: 0, power_kw: 100), (soc_pct: 100, power_kw: 100)])],
  fleet: Visits(csv: "visits.csv"),
  charger_faults: [(node: "P3", fault: Faulted, from: "16:00", to: "19:00")],
)
"#;

const VISITS: &str =
    "visit,vehicle,vehicle_type,arrival,departure,soc_arrival_pct,target_soc_pct,plug_in_delay,connector
red,red,bus,16:10,18:00,20,90,,
green,green,bus,16:20,19:30,20,90,,
blue,blue,bus,16:30,19:40,20,90,,
white-1,white,bus,16:30,19:50,20,90,30min,
black,black,bus,16:40,17:30,20,90,,P1
";

fn yard(folder: &Path) -> PathBuf {
    fs::write(folder.join("yard.ron"), YARD).expect("a file");
    fs::write(folder.join("visits.csv"), VISITS).expect("a file");
    let pack = folder.join("pack");
    run(folder.join("yard.ron").to_str().expect("a path"), &pack, &[]);
    pack
}

#[test]
fn nobody_is_said_to_have_pulled_a_plug_that_was_never_in() {
    let scratch = folder();
    fs::write(scratch.path().join("yard.ron"), YARD).expect("a file");
    // blue has a connector at 19:00 and black never has one; of green the plug is pulled.
    let visits = VISITS.replace("plug_in_delay,connector", "plug_in_delay,connector,unplugged");
    let visits = visits
        .replace("19:30,20,90,,", "19:30,20,90,,,18:00")
        .replace("19:40,20,90,,", "19:40,20,90,,,16:50");
    let visits = visits.replace("17:30,20,90,,P1", "17:30,20,90,,P1,16:50");
    let visits = visits.replace("18:00,20,90,,\n", "18:00,20,90,,,\n").replace("90,30min,\n", "90,30min,,\n");
    fs::write(scratch.path().join("visits.csv"), visits).expect("a file");
    let pack = scratch.path().join("pack");
    run(scratch.path().join("yard.ron").to_str().expect("a path"), &pack, &[]);
    let page = fs::read_to_string(pack.join("review.html")).expect("a page");
    let pulled = |at: &str| page.contains(&format!("somebody pulled its plug at Wed {at}"));
    assert!(pulled("18:00") && !pulled("16:50"), "green alone is said to have been unplugged");
}

fn status(pack: &Path, at: &str) -> (Value, String) {
    let pack = pack.to_str().expect("a path");
    let (code, json, stderr) = depotsim(&["status", pack, "--at", at, "--json"]);
    assert_eq!(code, 0, "{stderr}");
    let (_, text, _) = depotsim(&["status", pack, "--at", at]);
    (serde_json::from_str(&json).expect("JSON"), text)
}

#[test]
fn the_status_tells_who_waits_since_when_and_for_what() {
    let scratch = folder();
    let pack = yard(scratch.path());
    let day = |time: &str| format!("2026-03-04T{time}:00+08:00");
    let lanes = "for any of 3 lanes (2 taken, 1 out of service)";
    let blue = format!("blue since {} (40 min) {lanes}; leaves at {}", day("16:30"), day("19:40"));
    let black = format!(
        "black since {} (30 min) for P1, where red is plugged in; leaves at {}",
        day("16:40"),
        day("17:30")
    );
    let white =
        format!("white (white-1) since {} (10 min) {lanes}; leaves at {}", day("17:00"), day("19:50"));
    let (json, text) = status(&pack, "17:10");
    assert!(
        text.contains(&format!("\nwaiting     {blue}\n            {black}\n            {white}\n\n")),
        "{text}"
    );
    assert_eq!(json["queue"]["lanes"], json!({"total": 3, "taken": 2, "out_of_service": 1}));
    let expected = json!({
        "visit": "black", "vehicle": "black", "since": day("16:40"), "waited_s": 1_800,
        "connector": "P1", "taken_by": "red", "is_out_of_service": false, "leaves": day("17:30"),
        "order": null,
    });
    assert_eq!(json["queue"]["waiting"][1], expected);
    // Nobody waits, nothing is said.
    assert!(!status(&pack, "19:00").1.contains("waiting"));
}

#[test]
fn at_every_minute_those_wait_in_the_status_who_wait_by_the_events() {
    let scratch = folder();
    let pack = yard(scratch.path());
    let events = table(&pack.join("events.csv"));
    let (data, ids) = (embedded(&page(&pack)), ["red", "green", "blue", "white-1", "black"]);
    let (mut queue, mut most): (Vec<String>, usize) = (Vec::new(), 0);
    for minute in 0..240 {
        let time = format!("{:02}:{:02}", 16 + minute / 60, minute % 60);
        for event in events.iter().filter(|event| event["time"][11..16] == time) {
            let visit = event["subject"].clone();
            match event["event"].as_str() {
                "queued" => queue.push(visit),
                "plugged_in" | "left_queue" => queue.retain(|waiting| *waiting != visit),
                _ => {}
            }
        }
        let (json, _) = status(&pack, &time);
        let waiting = json["queue"]["waiting"].as_array().expect("a list").iter();
        let told: Vec<String> = waiting.map(|one| one["visit"].as_str().expect("an id").to_owned()).collect();
        assert_eq!(told, queue, "{time}");
        // The page carries the same queue, by the numbers of visits.
        let t_s = i64::from(minute) * 60;
        let waits = data["waits"].as_array().expect("waits").iter();
        let holds = |wait: &&Value| wait[1].as_i64() <= Some(t_s) && Some(t_s) < wait[2].as_i64();
        let shown: Vec<&str> =
            waits.filter(holds).map(|wait| ids[wait[0].as_u64().expect("a visit") as usize]).collect();
        assert_eq!(shown, queue, "{time}");
        most = most.max(queue.len());
    }
    assert_eq!((most, queue.len()), (3, 0));
}

#[test]
fn a_vehicle_or_visit_is_explained_wherever_it_is() {
    let scratch = folder();
    let pack = yard(scratch.path());
    let pack = pack.to_str().expect("a path");
    let cases = [
        ("red", "16:05", "it has yet to arrive, at 2026-03-04T16:10:00+08:00\n"),
        ("red", "16:15", "it is plugged in at P1 since 2026-03-04T16:10:00+08:00\n\nP1 at "),
        (
            "white",
            "16:45",
            "it is here since 2026-03-04T16:30:00+08:00 and asks for a connector at 2026-03-04T17:00:00+08:00\n",
        ),
        (
            "white-1",
            "17:10",
            "it waits since 2026-03-04T17:00:00+08:00 for any of 3 lanes (2 taken, 1 out of service); it leaves at",
        ),
        (
            "black",
            "17:30",
            "it left at 2026-03-04T17:30:00+08:00 without having had a connector, at 20.00 %; it was not ready, 280.000 kWh short\n",
        ),
    ];
    for (id, at, expected) in cases {
        let (code, text, stderr) = depotsim(&["explain", pack, id, "--at", at]);
        assert_eq!(code, 0, "{stderr}");
        assert!(text.contains(expected), "{id} at {at}: {text}");
    }
    let (code, _, stderr) = depotsim(&["explain", pack, "whit", "--at", "17:10"]);
    assert_eq!(code, 65);
    let expected = "\"whit\" is no connector, no other node, no vehicle and no visit (did you mean white? there are the nodes YARD, GRID, C1, P1, P2, P3; \
                    the vehicles and visits red, green, blue, white, white-1, black)";
    assert!(stderr.contains(expected), "{stderr}");
}
