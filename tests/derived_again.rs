//! What reports derive from the realization once more (fallbacks, envelopes, orders, pulled plugs, site data) is what the run did.
//!
//! Protects `status`, `explain` and the page from a second opinion of their own: each case is one in which a simpler rule would be wrong.

use crate::support::page::{Row, named_cells, page};
use crate::support::{depotsim, folder, run, table, thousandths};
use std::fs;
use std::path::{Path, PathBuf};

/// A yard of three charge points of 120 kW with two connectors each, and a bus at the first two that could take all of it from 17:10 on; `more` is what happens there.
fn pack(folder: &Path, name: &str, departure: &str, more: &str) -> PathBuf {
    let path = folder.join(format!("{name}.ron"));
    let text = format!(
        r#"#![enable(implicit_some)]
(
  schema: 1, id: "{name}", title: "A yard", start: "2026-05-11T17:00:00+08:00", duration: "6h",
  site: (
    id: "YARD",
    grid_connections: [(id: "GC1", default_capacity_kw: 400)],
    charger_circuits: [(id: "C1", parent: "GC1")],
    charge_points: [(id: "P{{n}}", repeat: 3, parent: "C1", max_rating_kw: 120)],
    connectors: [(id: "{{parent}}-{{n}}", repeat: 2, parent: "P*", max_rating_kw: 120, fallback_kw: 15)],
  ),
  vehicles: [(id: "bus", battery_kwh: 900, efficiency_pct: 95, curve: [(soc_pct: 0, power_kw: 120), (soc_pct: 100, power_kw: 120)])],
  fleet: Listed([
    (vehicle: "b1", vehicle_type: "bus", arrival: "17:10", departure: "{departure}", soc_arrival_pct: 5, target_soc_pct: 95),
    (vehicle: "b2", vehicle_type: "bus", arrival: "17:10", departure: "22:30", soc_arrival_pct: 5, target_soc_pct: 95),
  ]),
  {more}
)
"#
    );
    fs::write(&path, text).expect("written");
    let pack = folder.join(name);
    run(path.to_str().expect("a path"), &pack, &[]);
    pack
}

fn told(pack: &Path, command: &str, args: &[&str]) -> String {
    let (code, text, stderr) = depotsim(&[&[command, pack.to_str().expect("a path")], args].concat());
    assert_eq!(code, 0, "{stderr}");
    text
}

fn fault(pack: &Path, what: &str) -> Option<Row> {
    named_cells(&page(pack), "faults").into_iter().find(|row| row["What"] == what)
}

#[test]
fn a_charger_falls_back_where_power_or_service_is_interrupted_while_it_is_offline_and_not_just_before() {
    let scratch = folder();
    let offline = |from: &str| format!(r#"(node: "P1-1", fault: Offline, from: "{from}", to: "20:00")"#);
    let outage = |to: &str| format!(r#"outages: [(node: "C1", from: "17:50", to: "{to}")],"#);
    let out_of_service =
        |to: &str| format!(r#"(node: "P1", fault: OutOfService, from: "17:50", to: "{to}")"#);
    let cases = [
        ("power-back-before", outage("18:00") + &format!("charger_faults: [{}],", offline("18:00")), false),
        ("power-back-later", outage("18:01") + &format!("charger_faults: [{}],", offline("18:00")), true),
        ("power-lost-later", outage("18:30") + &format!("charger_faults: [{}],", offline("17:30")), true),
        (
            "service-back-before",
            format!("charger_faults: [{}, {}],", out_of_service("18:00"), offline("18:00")),
            false,
        ),
        (
            "service-back-later",
            format!("charger_faults: [{}, {}],", out_of_service("18:01"), offline("18:00")),
            true,
        ),
        (
            "service-lost-later",
            format!("charger_faults: [{}, {}],", out_of_service("18:20"), offline("17:30")),
            true,
        ),
        ("nothing-else", format!("charger_faults: [{}],", offline("18:00")), false),
    ];
    for (name, more, falls_back) in cases {
        let pack = pack(scratch.path(), name, "22:30", &more);
        let rows = table(&pack.join("connectors.csv"));
        let now = rows.iter().find(|row| row["connector"] == "P1-1" && row["time"].contains("T18:40"));
        let draws_w = thousandths(&now.expect("its row")["measured_kw"]);
        // Without a fallback the charger keeps what it heard last: all of its power, or nothing since it came back.
        let expected_w: &[i64] = if falls_back { &[15_000] } else { &[0, 120_000] };
        assert!(expected_w.contains(&draws_w), "{name}: {draws_w} W");
        let status = told(&pack, "status", &["--at", "18:40"]);
        assert_eq!(status.contains("fallback 15.000 kW"), falls_back, "{name}: {status}");
        let explained = told(&pack, "explain", &["--connector", "P1-1", "--at", "18:40"]);
        assert_eq!(
            explained.contains("its fallback limit of 15.000 kW holds"),
            falls_back,
            "{name}: {explained}"
        );
        assert_eq!(fault(&pack, "On its fallback limit").is_some(), falls_back, "{name}");
    }
}

#[test]
fn of_several_envelopes_the_one_in_force_is_told_whatever_they_count() {
    let scratch = folder();
    let window = |from: &str, to: &str, limit_kw: u32| {
        format!(r#"windows: [(from: "{from}", to: "{to}", limit_kw: {limit_kw})]"#)
    };
    let base_load = r#"base_loads: [(node: "GC1", steps: [(from: "00:00", power_kw: 20)])],"#;
    // 100 kW for vehicles are 120 kW at the meter.
    let both_load = format!(
        r#"{base_load} envelopes: [(id: "wide", node: "GC1", basis: Load, {}), (id: "tight", node: "GC1", basis: Load, {})],"#,
        window("17:30", "22:00", 120),
        window("18:30", "20:00", 100)
    );
    let mixed = format!(
        r#"{base_load} envelopes: [(id: "meter", node: "GC1", basis: Import, {}), (id: "load", node: "GC1", basis: Load, {})],"#,
        window("17:30", "22:00", 125),
        window("18:30", "20:00", 100)
    );
    for (name, more) in [("both-load", both_load), ("mixed", mixed)] {
        let pack = pack(scratch.path(), name, "22:30", &more);
        let at = |time: &str| told(&pack, "explain", &["GC1", "--at", time]);
        let times =
            |from: &str, to: &str| format!("since 2026-05-11T{from}:00+08:00 until 2026-05-11T{to}:00+08:00");
        assert!(at("19:00").contains(&times("18:30", "20:00")), "{name}: {}", at("19:00"));
        assert!(at("18:00").contains(&times("17:30", "22:00")), "{name}: {}", at("18:00"));
        assert!(at("21:00").contains(&times("17:30", "22:00")), "{name}: {}", at("21:00"));
    }
}

#[test]
fn an_order_without_an_end_lasts_until_its_vehicle_leaves() {
    let scratch = folder();
    let order = |order: &str| format!(r#"overrides: [(visit: "b1", order: {order}, from: "18:00")],"#);
    for (name, act, what) in [
        ("hold", "Hold", "An operator ordered to wait"),
        ("now", "ChargeNow", "An operator ordered to charge at once"),
    ] {
        let pack = pack(scratch.path(), name, "20:00", &order(act));
        let row = fault(&pack, what).expect("its row");
        assert_eq!((&row["Until"][11..16], row["Length"].as_str()), ("20:00", "2 h"), "{row:?}");
        let explained = told(&pack, "explain", &["b1", "--at", "19:00"]);
        assert!(explained.contains("until 2026-05-11T20:00:00+08:00"), "{explained}");
    }
    let pack = pack(scratch.path(), "to-the-end", "23:30", &order("Hold"));
    let row = fault(&pack, "An operator ordered to wait").expect("its row");
    assert_eq!(row["Until"], "the run ended");
}

#[test]
fn an_order_that_ends_before_its_vehicle_arrives_ends_then_whatever_is_ordered_later() {
    let scratch = folder();
    let early = r#"(visit: "b1", order: Hold, from: "17:02", to: "17:08")"#;
    let later = r#"(visit: "b1", order: ChargeNow, from: "19:00", to: "20:00")"#;
    for (name, orders) in [("alone", early.to_owned()), ("with-another", format!("{early}, {later}"))] {
        let pack = pack(scratch.path(), name, "22:30", &format!("overrides: [{orders}],"));
        let row = fault(&pack, "An operator ordered to wait").expect("its row");
        assert_eq!((&row["Until"][11..16], row["Length"].as_str()), ("17:08", "6 min"), "{name}: {row:?}");
    }
    // What begins before the vehicle comes counts from then on, and lasts as long as it is said.
    let across = r#"overrides: [(visit: "b1", order: Hold, from: "17:02", to: "18:08")],"#;
    let row = fault(&pack(scratch.path(), "across", "22:30", across), "An operator ordered to wait");
    assert_eq!(&row.expect("its row")["Until"][11..16], "18:08");
}

#[test]
fn a_charger_that_ignores_its_setpoints_ignores_its_fallback_limit_too() {
    let scratch = folder();
    let fault_of = |fault: &str, from: &str, to: &str| {
        format!(r#"(node: "P1-1", fault: {fault}, from: "{from}", to: "{to}")"#)
    };
    let offline = fault_of("Offline", "18:00", "20:00");
    let ignores = fault_of("IgnoresSetpoints", "17:20", "21:00");
    let outage = r#"outages: [(node: "C1", from: "18:10", to: "18:12")],"#;
    for (name, faults, did) in [
        ("hears", offline.clone(), "it lets so much through, whatever the balancer decides"),
        ("ignores", format!("{ignores}, {offline}"), "it ignores that limit, as it does its setpoints"),
    ] {
        let pack = pack(scratch.path(), name, "22:30", &format!("{outage} charger_faults: [{faults}],"));
        assert_eq!(fault(&pack, "On its fallback limit").expect("its row")["What it did"], did, "{name}");
        let rows = table(&pack.join("connectors.csv"));
        let now = rows.iter().find(|row| row["connector"] == "P1-1" && row["time"].contains("T18:40"));
        let draws_w = thousandths(&now.expect("its row")["measured_kw"]);
        assert_eq!(draws_w, if name == "hears" { 15_000 } else { 120_000 }, "{name}");
    }
}

#[test]
fn what_rejected_cycles_withheld_is_why_a_vehicle_is_late_and_waiting_for_a_cycle_is_not() {
    let scratch = folder();
    let why = |pack: &Path| {
        let page = page(pack);
        let late = page.split("Not ready, and why").nth(1).expect("somebody is late");
        late.split("</ul>").next().expect("a list").to_owned()
    };
    let said = "while cycles were rejected it got ";
    // From 18:00 on site data cannot be balanced; what was held counts for five minutes, and then 15 kW of 120.
    let broken = r#"site_changes: [(at: "18:00", charger_circuits: [(id: "C1", parent: "NOWHERE")])],"#;
    let rejected = pack(scratch.path(), "rejected", "20:00", broken);
    assert!(
        why(&rejected).contains(&format!("{said}201.25 kWh less than it asked for")),
        "{}",
        why(&rejected)
    );
    assert!(!why(&rejected).contains("nothing held it back"), "{}", why(&rejected));
    // Cycles run every half hour, and it comes just after one.
    let rare = pack(scratch.path(), "rare", "18:00", r#"rebalance: "30min","#);
    assert!(!why(&rare).contains(said), "{}", why(&rare));
}

#[test]
fn a_plug_that_is_pulled_in_the_tick_of_the_departure_is_not_told_as_pulled() {
    let scratch = folder();
    for (name, departure, is_pulled) in [("same-tick", "18:00:50", false), ("later", "18:01:00", true)] {
        let pack = pack(scratch.path(), name, &format!("{departure}\", unplugged: \"18:00:20"), "");
        let events = fs::read_to_string(pack.join("events.csv")).expect("events.csv");
        let kind = if is_pulled { "unplugged" } else { "departed" };
        assert!(events.lines().any(|line| line.contains(kind) && line.contains("b1")), "{events}");
        assert_eq!(page(&pack).contains("somebody pulled its plug"), is_pulled, "{name}");
        assert_eq!(fault(&pack, "Somebody pulled the plug").is_some(), is_pulled, "{name}");
        let explained = told(&pack, "explain", &["b1", "--at", "18:30"]);
        assert_eq!(explained.contains("its plug was pulled"), is_pulled, "{name}: {explained}");
    }
}

#[test]
fn what_site_data_change_stands_in_the_topology_and_in_who_is_rated_for_less_than_its_vehicle_takes() {
    let scratch = folder();
    let change = |at: &str, kw: u32| {
        format!(
            r#"(at: "{at}", connectors: [(id: "P1-1", parent: "P1", max_rating_kw: {kw}, fallback_kw: 15)])"#
        )
    };
    let more = format!("site_changes: [{}, {}],", change("18:00", 60), change("19:00", 90));
    let pack = pack(scratch.path(), "derated", "22:30", &more);
    let rows = named_cells(&page(&pack), "topology");
    let changed = |node: &str| {
        let row = rows.iter().find(|row| row["Node"] == node).expect("its row");
        row["Changed during the run"].clone()
    };
    let told_twice = "Mon 18:00 P1-1: maximum rating 60 kW; Mon 19:00 P1-1: maximum rating 90 kW";
    assert_eq!((changed("P1").as_str(), changed("P2").as_str()), (told_twice, ""));
    let explained = |at: &str| told(&pack, "explain", &["--connector", "P1-1", "--at", at]);
    let rated =
        "it asks for 60.000 kW, all that its connector is rated for where its vehicle could take 120.000";
    assert!(explained("18:30").contains(rated), "{}", explained("18:30"));
    assert!(!explained("17:30").contains("rated for"), "{}", explained("17:30"));
}
