//! What comes from the side of the site, read from packs as a reviewer would read them: feeds that fall silent or talk nonsense, outages,
//! broken site data, calls for less power, and base loads from files.
//!
//! Protects that each fault is seen where its scenario says, with its reason, node and sentence, and that it ends.

use crate::support::tables::{Row, Rows, Tables};
use crate::support::{depotsim, folder, thousandths};
use std::fs;

/// The tables of a scenario in which every rejected cycle says why, and every bus is ready in the end.
fn tables(scenario: &str) -> Tables {
    let tables = Tables::of(scenario);
    for cycle in tables.cycles.iter().filter(|cycle| cycle["outcome"] == "REJECTED") {
        let is_said = !cycle["subject"].is_empty() && cycle["detail"].len() > 20;
        assert!(is_said, "{scenario}: every rejected cycle says why: {cycle:?}");
    }
    let is_ready = |visit: &Row| visit["ready"] == "true";
    assert!(tables.visits.iter().all(is_ready), "{scenario}: every bus is ready in the end");
    tables
}

/// The rows of a minute, `20:05`, of whichever day has it.
fn at<'a>(rows: &'a Rows, time: &str) -> Vec<&'a Row> {
    rows.iter().filter(|row| row["time"].contains(&format!("T{time}:"))).collect()
}

/// The power that every charging connector may draw at a time \[W\]: of none that is more than `most_w`.
fn none_above(tables: &Tables, time: &str, most_w: i64) -> i64 {
    let setpoints: Vec<i64> =
        at(&tables.connectors, time).iter().map(|row| thousandths(&row["setpoint_kw"])).collect();
    assert!(setpoints.iter().all(|&setpoint_w| setpoint_w <= most_w), "{time}: {setpoints:?}");
    setpoints.iter().sum()
}

fn check_cycles(tables: &Tables, cases: &[(&str, &str, &str, &str)]) {
    for &(time, reason, subject, part) in cases {
        let cycle = at(&tables.cycles, time)[0];
        assert_eq!((cycle["reason"].as_str(), cycle["subject"].as_str()), (reason, subject), "{time}");
        assert!(cycle["detail"].contains(part), "{time}: {}", cycle["detail"]);
    }
}

fn has_event(tables: &Tables, time: &str, event: &str, subject: &str) -> bool {
    at(&tables.events, time).iter().any(|row| row["event"] == event && row["subject"] == subject)
}

#[test]
fn a_silent_feed_falls_back_to_its_default_limit_or_rejects_as_stale() {
    let tables = tables("stale-feed");
    let limit = |time: &str| {
        let rows = at(&tables.nodes, time);
        let row = rows.iter().find(|row| row["node"] == "GC1").expect("a row");
        (row["limit_kw"].clone(), row["limit_source"].clone())
    };
    for (time, limit_kw, source) in [
        ("18:29", "500.000", "default_capacity"),
        ("18:30", "350.000", "operating_envelope"),
        ("20:00", "350.000", "operating_envelope"),
        ("20:01", "200.000", "fallback"),
        ("21:14", "200.000", "fallback"),
        ("21:15", "300.000", "operating_envelope"),
        ("22:00", "500.000", "default_capacity"),
    ] {
        assert_eq!(limit(time), (limit_kw.to_owned(), source.to_owned()), "{time}");
    }
    let stale = (
        "STALE_INPUT",
        "C1",
        "the feed \"ems\" has said nothing that counts after 2026-05-11T23:00:00+08:00",
    );
    check_cycles(
        &tables,
        &[
            ("23:01", stale.0, stale.1, stale.2),
            ("23:39", stale.0, stale.1, stale.2),
            ("20:01", "GRID_CONNECTION_LIMIT", "", ""),
        ],
    );
    assert_eq!(at(&tables.cycles, "23:00")[0]["outcome"], "CURTAILED");
    assert_ne!(at(&tables.cycles, "23:40")[0]["outcome"], "REJECTED");
    let before_w = none_above(&tables, "23:00", 120_000);
    assert_eq!(none_above(&tables, "23:05", 120_000), before_w, "held for five minutes");
    assert!(none_above(&tables, "23:06", 15_000) > 0, "then the fallback power");
    assert!(
        has_event(&tables, "20:01", "feed_lost", "GC1")
            && has_event(&tables, "21:15", "feed_restored", "GC1")
    );
    assert!(
        has_event(&tables, "23:01", "feed_refused", "C1")
            && has_event(&tables, "23:40", "feed_restored", "C1")
    );
}

#[test]
fn each_malformed_message_rejects_for_its_own_reason_until_a_good_one_comes() {
    let tables = tables("malformed-envelope");
    check_cycles(
        &tables,
        &[
            ("18:40", "INVALID_LIMIT", "GC1", "-350 is out of bounds"),
            ("18:50", "GRID_CONNECTION_LIMIT", "", ""),
            ("19:10", "INVALID_LIMIT", "GC1", "\"three hundred\" is not a number"),
            ("19:40", "INVALID_LIMIT", "C1", "35000000000000 is out of bounds"),
            ("20:10", "INVALID_TOPOLOGY", "GC7", "which is no node of the site"),
            ("20:40", "INVALID_LIMIT", "GC1", "two limits at 2026-05-11T21:00:00+08:00: 350 kW and 300 kW"),
            ("21:10", "STALE_INPUT", "GC1", "counts no longer than 2026-05-11T20:00:00+08:00"),
            ("21:19", "STALE_INPUT", "GC1", "counts no longer"),
            ("21:20", "GRID_CONNECTION_LIMIT", "", ""),
            ("21:40", "GRID_CONNECTION_LIMIT", "", ""),
        ],
    );
    let rejected = tables.cycles.iter().filter(|cycle| cycle["outcome"] == "REJECTED").count();
    assert_eq!(rejected, 60, "ten minutes each");
    for (held, fallen) in [("18:44", "18:45"), ("19:14", "19:15"), ("20:14", "20:15"), ("21:14", "21:15")] {
        assert!(none_above(&tables, held, 120_000) > 8 * 15_000, "{held}: held");
        assert_eq!(none_above(&tables, fallen, 15_000), 8 * 15_000, "{fallen}: fallback power");
    }
    assert!(tables.nodes.iter().filter(|row| row["node"] == "GC1").all(|row| row["breach"] == "false"));
}

#[test]
fn what_is_out_carries_nothing_and_the_others_get_its_share() {
    let tables = tables("circuit-outage");
    let node = |time: &str, id: &str| {
        at(&tables.nodes, time).into_iter().find(|row| row["node"] == id).expect("a row").clone()
    };
    for (id, from, last, after) in [("C1", "20:00", "20:59", "21:00"), ("C2-P1", "18:30", "18:59", "19:00")] {
        for time in [from, last] {
            let row = node(time, id);
            assert_eq!(
                (row["limit_kw"].as_str(), row["limit_source"].as_str()),
                ("0.000", "outage"),
                "{time}"
            );
            assert_eq!(
                (row["measured_kw"].as_str(), row["base_load_kw"].as_str()),
                ("0.000", "0.000"),
                "{time}"
            );
            let below = at(&tables.connectors, time);
            let below: Vec<_> = below
                .into_iter()
                .filter(|row| [&row["charge_point"], &row["charger_circuit"]].contains(&&id.to_owned()))
                .collect();
            for row in &below {
                let expected = if row["vehicle"].is_empty() { "Unavailable" } else { "SuspendedEVSE" };
                assert_eq!(
                    (row["state"].as_str(), row["measured_kw"].as_str()),
                    (expected, "0.000"),
                    "{row:?}"
                );
            }
            assert!(below.iter().any(|row| row["state"] == "SuspendedEVSE"), "{time}: somebody waits");
        }
        assert!(thousandths(&node(after, id)["measured_kw"]) > 0, "{after}");
        assert!(
            has_event(&tables, from, "outage_began", id) && has_event(&tables, after, "outage_ended", id)
        );
    }
    assert!(at(&tables.connectors, "20:10").iter().any(|row| row["state"] == "Unavailable"));
    // The connection's base load goes on, the circuit's stops; C2 gets all that it may carry.
    assert_eq!(node("20:10", "GC1")["base_load_kw"], "20.000");
    assert_eq!(node("20:10", "C2")["measured_kw"], "300.000");
    assert_ne!(node("19:59", "C1")["base_load_kw"], "0.000");
}

#[test]
fn broken_site_data_reject_until_they_are_mended() {
    let tables = tables("broken-site-data");
    check_cycles(
        &tables,
        &[
            ("19:00", "INVALID_TOPOLOGY", "C2", "\"GC9\" is no node of the site"),
            ("19:15", "GRID_CONNECTION_LIMIT", "", ""),
            ("20:00", "INVALID_LIMIT", "C1", "two values for one limit"),
            ("20:04", "GRID_CONNECTION_LIMIT", "", ""),
            ("21:00", "UNSUPPORTED_TOPOLOGY", "C2", "stands under \"C1\" and no longer under \"GC1\""),
            ("21:20", "GRID_CONNECTION_LIMIT", "", ""),
        ],
    );
    assert_eq!(none_above(&tables, "19:04", 120_000), 400_000, "held on the limits that are known");
    assert_eq!(none_above(&tables, "19:05", 10_000), 80_000, "fallback power");
    assert_eq!(none_above(&tables, "20:03", 120_000), 400_000, "mended before anything falls back");
    assert_eq!(none_above(&tables, "22:00", 120_000), 250_000, "good data apply at once");
    for (refused, mended, id) in
        [("19:00", "19:15", "C2"), ("20:00", "20:04", "C1"), ("21:00", "21:20", "C2")]
    {
        assert!(
            has_event(&tables, refused, "site_refused", id) && has_event(&tables, mended, "site_mended", id)
        );
    }
}

#[test]
fn calls_for_less_power_hold_within_the_evening_and_the_yard_draws_what_its_file_says() {
    let tables = tables("demand-response");
    let limit = |time: &str| {
        let row = at(&tables.nodes, time).into_iter().find(|row| row["node"] == "GC1").expect("a row");
        (thousandths(&row["limit_kw"]), row["limit_source"].as_str())
    };
    // A half and a quarter less than 400 kW, beside the evening's 320.
    let (rated, envelope) = ("default_capacity", "operating_envelope");
    for (time, expected) in [
        ("16:59", (400_000, rated)),
        ("17:00", (200_000, envelope)),
        ("17:30", (320_000, envelope)),
        ("18:30", (200_000, envelope)),
        ("18:45", (320_000, envelope)),
        ("19:45", (300_000, envelope)),
        ("20:15", (320_000, envelope)),
        ("20:30", (400_000, rated)),
        ("20:45", (300_000, envelope)),
    ] {
        assert_eq!(limit(time), expected, "{time}");
    }
    // 200 kW less the yard's 53: 100 for who is to leave first, 47 for the next. In half an hour the meter counts 100 kWh.
    tables.check_connectors(&[
        ("C1-P2", "17:00", 100_000),
        ("C1-P1", "17:00", 47_000),
        ("C1-P3", "17:00", 0),
    ]);
    let half_hour = tables
        .nodes
        .iter()
        .filter(|row| row["node"] == "GC1" && ("17:00".."17:30").contains(&&row["time"][11..16]));
    let metered_j: i64 = half_hour.map(|row| thousandths(&row["measured_kw"]) * 60).sum();
    assert_eq!(metered_j, 360_000_000);
    // The file's powers from 12:00 to 23:30 and from 00:00 to 04:30 sum up to 937 kW, each for half an hour.
    tables.check_nodes(&[("GC1", "12:00", -28_000), ("GC1", "15:00", 24_000), ("GC1", "03:00", 18_000)]);
    assert_eq!(tables.summary["site"]["base_load_j"], 937_000 * 1_800);
    assert_eq!(tables.summary["site"]["base_load_kwh"], "468.500");
}

#[test]
fn who_is_told_to_leave_first_is_charged_first_whoever_leaves_first() {
    let tables = tables("demand-response");
    let visit = |id: &str| {
        let told = tables.recorded.iter().find(|row| row["visit"] == id).expect("a visit");
        let made = tables.visits.iter().find(|row| row["visit"] == id).expect("a visit");
        [&told["told_departure"], &made["departure"], &made["ready_at"]]
            .map(|time| time.get(11..16).unwrap_or("").to_owned())
    };
    // (told, true, ready); where nothing else is told, the truth is.
    assert_eq!(visit("bus-6"), ["03:07", "04:07", "19:16"]);
    assert_eq!(visit("bus-5"), ["", "03:18", "21:24"]);
    // Of 320 kW the yard draws 66. One has what it asks for, the other what is left beside bus-7's 100.
    let granted_w = |id: &str| {
        let row =
            at(&tables.connectors, "18:29").into_iter().find(|row| row["vehicle"] == id).expect("a row");
        thousandths(&row["setpoint_kw"])
    };
    let granted_w = ["bus-6", "bus-7", "bus-5", "bus-4"].map(granted_w);
    assert_eq!(granted_w, [92_564, 100_000, 320_000 - 66_000 - 92_564 - 100_000, 0]);
}

#[test]
fn another_seed_brings_other_calls_of_the_same_depths_and_durations() {
    let calls = |seed: &str| {
        let tables = Tables::verified("demand-response", &["--seed", seed]);
        let published = ["limit 320.000 kW", "limit 250.000 kW"];
        let is_call =
            |row: &&Row| row["event"] == "envelope_set" && !published.contains(&row["detail"].as_str());
        tables
            .events
            .iter()
            .filter(is_call)
            .map(|row| (row["time"][11..16].to_owned(), row["detail"].clone()))
            .collect::<Vec<_>>()
    };
    let nights = ["1", "2", "3"].map(calls);
    for (at, detail) in nights.iter().flatten() {
        assert!(["limit 300.000 kW", "limit 200.000 kW"].contains(&detail.as_str()), "{at}: {detail}");
        assert!(["00", "15", "30", "45"].contains(&&at[3..]), "{at} is a quarter of an hour");
    }
    // Eight of them in 17 hours, where ten a day are called on average.
    assert_eq!(nights[0].len(), 8, "{:?}", nights[0]);
    assert!(nights[0] != nights[1] && nights[1] != nights[2] && nights[0] != nights[2]);
}

/// Of a long run many ticks share a column of the figure; the moment is told to the minute all the same.
#[test]
fn the_figure_of_the_site_tells_when_its_meter_was_most_above_the_limit() {
    let scratch = folder();
    let path = scratch.path().join("depot.ron");
    let steps = "steps: [(from: \"06:00\", power_kw: 40), (from: \"12:07\", power_kw: 900), (from: \"12:08\", power_kw: 40)";
    let starter = include_str!("../scenarios/starter.ron");
    let text = starter
        .replace("steps: [(from: \"06:00\", power_kw: 40)", steps)
        .replace("duration: \"15h\"", "duration: \"20d\"")
        .replace("id: \"limits\"", "id: \"over\"");
    assert!(text.contains("12:08") && text.contains("20d"));
    fs::write(&path, text).expect("a file");
    let pack = scratch.path().join("pack");
    let (code, _, stderr) = depotsim(&[
        "run",
        path.to_str().expect("a path"),
        "--traces",
        "none",
        "--out",
        pack.to_str().expect("a path"),
    ]);
    assert_eq!(code, 1, "it is above its limit: {stderr}");
    let svg = fs::read_to_string(pack.join("plots/site.svg")).expect("the figure");
    assert!(svg.contains("by up to 540 kW, 12:07"), "{svg:.3000}");
}
