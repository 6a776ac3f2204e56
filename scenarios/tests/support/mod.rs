//! A small scenario to add to.
#![allow(dead_code, missing_docs, unreachable_pub, reason = "each test uses its own part of the kit")]

use scenarios::{Scenario, ScenarioError, parse};

/// A site S, a connection G of 500 kW, two circuits of 300 kW with a charge point and a connector each, from 16:00 for 24 hours; `more` is
/// put at its end.
pub fn text(more: &str) -> String {
    format!(
        r#"(schema: 1, id: "t", title: "t", start: "2026-03-04T16:00:00+00:00", duration: "24h",
  site: (id: "S", grid_connections: [(id: "G", default_capacity_kw: 500)],
    charger_circuits: [(id: "C{{n}}", repeat: 2, parent: "G", default_capacity_kw: 300)],
    charge_points: [(id: "{{parent}}-P", parent: "C*", max_rating_kw: 150)],
    connectors: [(id: "{{parent}}-1", parent: "*")]),
  vehicles: [(id: "bus", battery_kwh: 400, curve: [(soc_pct: 0, power_kw: 150), (soc_pct: 100, power_kw: 150)])],
  fleet: Listed([]), {more})"#
    )
}

pub fn load(more: &str) -> Result<Scenario, ScenarioError> {
    load_with(more, &[])
}

pub fn load_with(more: &str, files: &[(&str, &str)]) -> Result<Scenario, ScenarioError> {
    parse("t.ron", &text(more), &mut |name| {
        let found = files.iter().find(|(file, _)| *file == name);
        found.map(|(_, text)| (*text).to_owned()).ok_or_else(|| format!("no file {name}"))
    })
}
