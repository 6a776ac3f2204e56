//! `topology`: the derived microgrid as a person and as a program sees it.
//!
//! Protects the promise that the site is shown as it is, and projected to just what a cycle needs.

mod support;

use serde_json::Value;
use support::depotsim;

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
