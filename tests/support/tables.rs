//! The tables of a pack, as a reviewer reads them.

use super::{depotsim, folder, run, table, thousandths};
use std::collections::BTreeMap;
use std::path::Path;

pub type Row = BTreeMap<String, String>;
pub type Rows = Vec<Row>;

/// The tables of a scenario's pack, and its summary.
pub struct Tables {
    pub cycles: Rows,
    pub nodes: Rows,
    pub connectors: Rows,
    pub visits: Rows,
    pub events: Rows,
    pub breaches: Rows,
    pub recorded: Rows,
    pub summary: serde_json::Value,
}

/// The row of a connector or node at a time, `18:05` of whichever day has it first.
pub fn at<'a>(rows: &'a Rows, column: &str, id: &str, time: &str) -> &'a Row {
    let is_it = |row: &&Row| row[column] == id && row["time"].contains(&format!("T{time}:00"));
    rows.iter().find(is_it).unwrap_or_else(|| panic!("{id} at {time}"))
}

impl Tables {
    /// Runs a scenario and reruns it from its recording.
    pub fn verified(scenario: &str, more: &[&str]) -> Self {
        let scratch = folder();
        let pack = scratch.path().join("pack");
        run(scenario, &pack, more);
        let (code, _, stderr) = depotsim(&["verify", pack.to_str().expect("a path")]);
        assert_eq!(code, 0, "{scenario}: {stderr}");
        Self::read(&pack)
    }

    /// Runs a scenario.
    pub fn of(scenario: &str) -> Self {
        let scratch = folder();
        let pack = scratch.path().join("pack");
        run(scenario, &pack, &[]);
        Self::read(&pack)
    }

    fn read(pack: &Path) -> Self {
        let table = |name: &str| table(&pack.join(name));
        let summary = std::fs::read_to_string(pack.join("summary.json")).expect("a summary");
        Self {
            cycles: table("cycles.csv"),
            nodes: table("nodes.csv"),
            connectors: table("connectors.csv"),
            visits: table("visits.csv"),
            events: table("events.csv"),
            breaches: table("breaches.csv"),
            recorded: table("recording-visits.csv"),
            summary: serde_json::from_str(&summary).expect("JSON"),
        }
    }

    pub fn connector_w(&self, id: &str, time: &str) -> i64 {
        thousandths(&at(&self.connectors, "connector", id, time)["measured_kw"])
    }

    pub fn node_w(&self, id: &str, time: &str) -> i64 {
        thousandths(&at(&self.nodes, "node", id, time)["measured_kw"])
    }

    pub fn check_connectors(&self, cases: &[(&str, &str, i64)]) {
        for &(id, time, power_w) in cases {
            assert_eq!(self.connector_w(id, time), power_w, "{id} at {time}");
        }
    }

    pub fn check_nodes(&self, cases: &[(&str, &str, i64)]) {
        for &(id, time, power_w) in cases {
            assert_eq!(self.node_w(id, time), power_w, "{id} at {time}");
        }
    }

    pub fn check_states(&self, cases: &[(&str, &str, &str)]) {
        for &(id, time, state) in cases {
            assert_eq!(at(&self.connectors, "connector", id, time)["state"], state, "{id} at {time}");
        }
    }

    /// When each event of a kind was, and about whom.
    pub fn events(&self, kind: &str) -> Vec<(&str, &str)> {
        let rows = self.events.iter().filter(|row| row["event"] == kind);
        rows.map(|row| (&row["time"][11..16], row["subject"].as_str())).collect()
    }

    /// Each breach: node, from, for how long \[s\], peak and energy over, cause.
    pub fn breaches(&self) -> Vec<(&str, &str, &str, &str, &str, &str)> {
        self.breaches
            .iter()
            .map(|row| {
                let start = &row["start"][11..16];
                (
                    row["node"].as_str(),
                    start,
                    row["duration_s"].as_str(),
                    row["peak_over_kw"].as_str(),
                    row["energy_over_kwh"].as_str(),
                    row["cause"].as_str(),
                )
            })
            .collect()
    }
}
