//! `topology`: the derived microgrid as a person and as a program sees it.
//!
//! Protects the promise that the site is shown as it is, and projected to just what a cycle needs.

use crate::support::depotsim;
use serde_json::Value;

fn shown(args: &[&str]) -> Value {
    let (code, stdout, stderr) = depotsim(args);
    assert_eq!(code, 0, "{stderr}");
    serde_json::from_str(&stdout).expect("JSON")
}

#[test]
fn wa_pta_is_one_grid_connection_four_circuits_sixteen_charge_points_and_thirty_two_connectors() {
    let (code, text, _) = depotsim(&["topology", "wa-pta"]);
    assert_eq!(code, 0);
    let first = text.lines().next().expect("a line");
    assert!(
        first.ends_with("1 grid connection, 4 charger circuits, 16 charge points, 32 connectors"),
        "{first}"
    );
    let row = text.lines().find(|line| line.trim_start().starts_with("C3 ")).expect("a row");
    let words: Vec<&str> = row.split_whitespace().collect();
    assert_eq!(words, ["C3", "charger_circuit", "400", "320", "-", "320", "safe_operating_capacity"]);

    let json = shown(&["topology", "wa-pta", "--json"]);
    let counts = serde_json::json!({"grid_connections": 1, "charger_circuits": 4, "charge_points": 16, "connectors": 32});
    assert_eq!(json["counts"], counts);
    assert_eq!(json["nodes"].as_array().map(Vec::len), Some(54));
}

#[test]
fn the_projection_holds_only_what_a_cycle_needs() {
    let json = shown(&["topology", "wa-pta", "--json"]);
    let projection = json["projection"].as_array().expect("a list");
    assert_eq!(projection.len(), 54);
    let fields: Vec<&String> = projection[1].as_object().expect("a node").keys().collect();
    let expected =
        ["id", "kind", "parent", "default_capacity_w", "safe_operating_capacity_w", "max_rating_w", "weight"];
    assert_eq!(fields, expected);
    assert_eq!(projection[1]["safe_operating_capacity_w"], 1_100_000);
}

#[test]
fn under_charge_point_control_connectors_are_not_projected() {
    let json = shown(&["topology", "wa-pta", "--control", "charge-point", "--json"]);
    assert_eq!(json["projection"].as_array().map(Vec::len), Some(22));
    assert_eq!(json["nodes"].as_array().map(Vec::len), Some(54));
}

#[test]
fn under_charge_point_control_a_charge_point_is_limited_by_what_its_connectors_are_together() {
    let scratch = crate::support::folder();
    let path = scratch.path().join("tp.ron");
    let text = r#"#![enable(implicit_some)]
(schema: 1, id: "tp", title: "Connectors that limit", start: "2026-03-04T16:00:00+08:00", duration: "1h",
 site: (id: "S", charge_points: [(id: "P{n}", repeat: 2, parent: "S"), (id: "Q", parent: "S", max_rating_kw: 90)],
   connectors: [(id: "{parent}-{n}", repeat: 2, parent: "*", max_rating_kw: 50)]),
 vehicles: [(id: "v", battery_kwh: 400, curve: [(soc_pct: 0, power_kw: 150), (soc_pct: 100, power_kw: 150)])],
 fleet: Generated([(id: "b", count: 3, vehicle: "v", arrival: Fixed("16:00"), departure: Fixed("19:00"),
   soc_arrival_pct: Fixed(10), target_soc_pct: 90)]))"#;
    std::fs::write(&path, text).expect("a file");
    let path = path.to_str().expect("a path");
    let json = shown(&["topology", path, "--control", "charge-point", "--json"]);
    let node = |json: &Value, list: &str, id: &str| {
        let nodes = json[list].as_array().expect("a list");
        nodes.iter().find(|node| node["id"] == id).expect("the node").clone()
    };
    assert_eq!(node(&json, "nodes", "P1")["effective_limit_w"], 100_000);
    assert_eq!(node(&json, "nodes", "P1")["limit_source"], "max_rating");
    assert_eq!(node(&json, "nodes", "P1")["max_rating_w"], Value::Null, "its own rating is shown as it is");
    assert_eq!(node(&json, "nodes", "Q")["effective_limit_w"], 90_000);
    assert_eq!(node(&json, "projection", "P2")["max_rating_w"], 100_000);
    // It is what the run's nodes have.
    let pack = scratch.path().join("pack");
    crate::support::run(path, &pack, &["--control", "charge-point"]);
    let nodes = crate::support::table(&pack.join("nodes.csv"));
    let limit = |id: &str| nodes.iter().find(|row| row["node"] == id).expect("a row")["limit_kw"].clone();
    assert_eq!((limit("P1").as_str(), limit("Q").as_str()), ("100.000", "90.000"));
    let json = shown(&["topology", path, "--json"]);
    assert_eq!(node(&json, "nodes", "P1")["effective_limit_w"], Value::Null);
}
