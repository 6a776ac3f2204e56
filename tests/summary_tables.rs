//! The outcomes of `summary.json`, counted once more from the pack's tables alone.
//!
//! Protects whoever signs a run off by its summary from one that says something else than its tables: readiness, shortfall, waits, time over limits, fairness.

use crate::support::tables::{Row, Tables};
use crate::support::{folder, second, thousandths};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// Two lanes, one of which is broken for a while, and five buses that leave before all of them had their turn.
const YARD: &str = r#"#![enable(implicit_some)]
(
  schema: 1, id: "yard", title: "A small yard", start: "2026-03-04T16:00:00+08:00", duration: "4h", strategy: "fair-share",
  site: (
    id: "YARD",
    grid_connections: [(id: "GRID", default_capacity_kw: 70)],
    charger_circuits: [(id: "C1", parent: "GRID", default_capacity_kw: 70)],
    charge_points: [(id: "P{n}", repeat: 2, parent: "C1", max_rating_kw: 50)],
  ),
  vehicles: [(id: "bus", battery_kwh: 400, curve: [(soc_pct: 0, power_kw: 100), (soc_pct: 100, power_kw: 100)])],
  fleet: Visits(csv: "visits.csv"),
  charger_faults: [(node: "P2", fault: Faulted, from: "16:00", to: "17:00")],
)
"#;

const VISITS: &str =
    "visit,vehicle,vehicle_type,arrival,departure,soc_arrival_pct,target_soc_pct,plug_in_delay,connector
red,red,bus,16:10,18:00,20,22,,
green,green,bus,16:20:30,19:30,20,25,90s,
blue,blue,bus,16:30,18:40,20,90,,
white,white,bus,16:30,19:50,20,30,30min,
black,black,bus,16:40,17:30,20,90,,P1
grey,grey,bus,19:00,20:30,20,90,,
";

/// A run as its tables tell it.
struct Told {
    tables: Tables,
    start_s: i64,
    end_s: i64,
    step_s: i64,
}

/// A visit of `visits.csv`, and the same of `recording-visits.csv`.
struct Visit<'a> {
    told: &'a Row,
    recorded: &'a Row,
}

/// Seconds of a length of time such as `1h15min30s`; nothing is none.
fn seconds(text: &str) -> i64 {
    let (mut total_s, mut digits) = (0, String::new());
    for part in text.split_inclusive(|c: char| !c.is_ascii_digit()) {
        digits.push_str(part.trim_end_matches(|c: char| !c.is_ascii_digit()));
        let unit_s = match part.chars().last() {
            Some('h') => 3600,
            Some('m') => 60,
            Some('s') => 1,
            _ => continue,
        };
        total_s += digits.parse::<i64>().expect("digits") * unit_s;
        digits.clear();
    }
    total_s
}

impl Visit<'_> {
    fn never_came(&self) -> bool {
        self.recorded.get("no_show").is_some_and(|no_show| no_show == "true")
    }

    fn is_ready(&self) -> bool {
        self.told["ready"] == "true"
    }
}

impl Told {
    fn of(scenario: &str) -> Self {
        let tables = Tables::of(scenario);
        let run = &tables.summary["run"];
        let moment = |name: &str| second(run[name].as_str().expect("a time"));
        let (start_s, end_s) = (moment("start"), moment("end"));
        Self { start_s, end_s, step_s: run["step_s"].as_i64().expect("seconds"), tables }
    }

    fn visits(&self) -> Vec<Visit<'_>> {
        let recorded: BTreeMap<&str, &Row> =
            self.tables.recorded.iter().map(|row| (row["visit"].as_str(), row)).collect();
        let visit = |told| Visit { told, recorded: recorded[told["visit"].as_str()] };
        let rows: &Vec<Row> = &self.tables.visits;
        rows.iter().map(visit).collect()
    }

    fn figure(&self, name: &str) -> i64 {
        self.tables.summary["visits"][name].as_i64().unwrap_or_else(|| panic!("{name} is a figure"))
    }

    /// The first tick that begins at or after a moment.
    fn tick_from(&self, moment_s: i64) -> i64 {
        self.start_s + (moment_s - self.start_s + self.step_s - 1).div_euclid(self.step_s) * self.step_s
    }

    fn check_readiness(&self) {
        let visits = self.visits();
        let came: Vec<&Visit<'_>> = visits.iter().filter(|visit| !visit.never_came()).collect();
        let has_left = |visit: &&&Visit<'_>| second(&visit.told["departure"]) <= self.end_s;
        let not_ready = || came.iter().filter(|visit| !visit.is_ready());
        let of = |count: usize| count as i64;
        assert_eq!(self.figure("total"), of(visits.len()));
        assert_eq!(self.figure("no_shows"), of(visits.len() - came.len()));
        assert_eq!(self.figure("ready"), of(came.iter().filter(|visit| visit.is_ready()).count()));
        assert_eq!(self.figure("late"), of(not_ready().filter(has_left).count()));
        assert_eq!(self.figure("unfinished"), of(not_ready().filter(|visit| !has_left(visit)).count()));
        for visit in &came {
            let lacks_wh = thousandths(&visit.told["shortfall_kwh"]);
            assert_eq!(visit.is_ready(), lacks_wh == 0, "{:?}", visit.told);
            // Whoever has the target is ready; others may be with less, where a trip says what it needs.
            let soc_pct = |name: &str| visit.told[name].parse::<f64>().expect("a share");
            let has_target = soc_pct("soc_departure_pct") >= soc_pct("soc_target_pct");
            let needs_less = visit.recorded.get("needs_kwh").is_some_and(|needs_kwh| !needs_kwh.is_empty());
            assert!(has_target == visit.is_ready() || needs_less && visit.is_ready(), "{:?}", visit.told);
        }
        let ready = came.iter().filter(|visit| visit.is_ready());
        let margin_s =
            |visit: &&Visit<'_>| second(&visit.told["departure"]) - second(&visit.told["ready_at"]);
        assert_eq!(self.tables.summary["visits"]["least_margin_s"].as_i64(), ready.map(margin_s).min());
    }

    fn check_shortfall(&self) {
        let lacks_wh: Vec<i64> = self
            .visits()
            .iter()
            .filter(|visit| !visit.never_came() && !visit.is_ready())
            .map(|visit| thousandths(&visit.told["shortfall_kwh"]))
            .collect();
        // Watt hours without their fractions, each of less than 3600 J.
        let least_j = 3600 * lacks_wh.iter().sum::<i64>();
        let found_j = self.figure("shortfall_j");
        let most_j = least_j + 3600 * lacks_wh.len() as i64;
        assert!((least_j..=most_j).contains(&found_j), "{found_j} J for {lacks_wh:?} Wh");
    }

    fn check_waits(&self) {
        let (mut waits_s, mut late, mut never) = (BTreeMap::new(), 0, 0);
        for visit in self.visits().iter().filter(|visit| !visit.never_came()) {
            let delay_s = visit.recorded.get("plug_in_delay").map_or(0, |delay| seconds(delay));
            let asked_s = self.tick_from(second(&visit.told["arrival"]) + delay_s);
            let left_s = self.tick_from(second(&visit.told["departure"])).min(self.end_s);
            let had_s = match visit.told["plugged_in"].as_str() {
                "" => left_s,
                plugged_in => second(plugged_in),
            };
            if had_s > asked_s {
                waits_s.insert(visit.told["visit"].as_str(), had_s - asked_s);
                late += i64::from(!visit.is_ready() && second(&visit.told["departure"]) <= self.end_s);
            }
            never += i64::from(visit.told["plugged_in"].is_empty());
        }
        assert_eq!(self.figure("waited"), waits_s.len() as i64, "{waits_s:?}");
        assert_eq!(self.figure("waited_s"), waits_s.values().sum::<i64>(), "{waits_s:?}");
        assert_eq!(self.figure("longest_wait_s"), waits_s.values().max().copied().unwrap_or(0));
        assert_eq!(self.figure("late_waited"), late);
        let no_shows = self.visits().iter().filter(|visit| visit.never_came()).count() as i64;
        assert_eq!(self.figure("never_plugged_in"), never + no_shows);
        match self.tables.summary["visits"]["longest_wait_visit"].as_str() {
            Some(visit) => assert_eq!(waits_s[visit], self.figure("longest_wait_s")),
            None => assert!(waits_s.is_empty(), "{waits_s:?}"),
        }
    }

    fn check_time_over_limits(&self) {
        let is_over = |row: &&Row| {
            !row["limit_kw"].is_empty() && thousandths(&row["measured_kw"]) > thousandths(&row["limit_kw"])
        };
        let over = |rows: &[Row], column: &str| -> BTreeSet<(String, i64)> {
            let place = |row: &Row| (row[column].clone(), row["t_s"].parse().expect("seconds"));
            rows.iter().filter(is_over).map(place).collect()
        };
        let (nodes, connectors) =
            (over(&self.tables.nodes, "node"), over(&self.tables.connectors, "connector"));
        let ticks: BTreeSet<i64> = nodes.iter().chain(&connectors).map(|&(_, t_s)| t_s).collect();
        let summary = &self.tables.summary;
        assert_eq!(summary["breaches"]["over_limit_s"], ticks.len() as i64 * self.step_s);
        for figures in summary["nodes"].as_array().expect("a list") {
            let ticks = nodes.iter().filter(|(node, _)| *node == figures["node"]).count();
            assert_eq!(figures["over_limit_s"], ticks as i64 * self.step_s, "{figures}");
        }
    }

    /// Jain's index is `1 / (1 + v^2)` with the shares' coefficient of variation `v`; the summary adds up squares instead.
    fn check_fairness(&self) {
        let mut asked: BTreeMap<usize, (i64, i64)> = BTreeMap::new();
        let visits = self.visits();
        let mut stays: BTreeMap<(&str, &str), Vec<(i64, usize)>> = BTreeMap::new();
        for (index, visit) in
            visits.iter().enumerate().filter(|(_, visit)| !visit.told["plugged_in"].is_empty())
        {
            let place = (visit.told["connector"].as_str(), visit.told["vehicle"].as_str());
            stays.entry(place).or_default().push((second(&visit.told["plugged_in"]), index));
        }
        stays.values_mut().for_each(|stays| stays.sort_unstable());
        for row in self.tables.connectors.iter().filter(|row| !row["vehicle"].is_empty()) {
            let demand_w = thousandths(&row["demand_kw"]);
            let moment_s = self.start_s + row["t_s"].parse::<i64>().expect("seconds");
            let stays = &stays[&(row["connector"].as_str(), row["vehicle"].as_str())];
            let (_, visit) = stays.iter().rev().find(|(from_s, _)| *from_s <= moment_s).expect("a stay");
            let sums = asked.entry(*visit).or_default();
            *sums = (sums.0 + demand_w, sums.1 + thousandths(&row["setpoint_kw"]).min(demand_w));
        }
        let shares: Vec<f64> = asked
            .values()
            .filter(|(demand_w, _)| *demand_w > 0)
            .map(|(demand_w, granted_w)| *granted_w as f64 / *demand_w as f64)
            .collect();
        let mean = shares.iter().sum::<f64>() / shares.len() as f64;
        let variance =
            shares.iter().map(|share| (share - mean) * (share - mean)).sum::<f64>() / shares.len() as f64;
        let index_ppm = 1e6 / (1.0 + variance / (mean * mean));
        let found_ppm = self.figure("jain_index_ppm") as f64;
        assert!(
            (index_ppm - found_ppm).abs() < 5.0,
            "{index_ppm} ppm from the tables, {found_ppm} in the summary"
        );
    }

    fn check(&self) {
        self.check_readiness();
        self.check_shortfall();
        self.check_waits();
        self.check_time_over_limits();
        self.check_fairness();
    }
}

fn shows(told: &Told, names: &[&str]) {
    let figures: &Value = &told.tables.summary["visits"];
    for name in names {
        assert!(figures[name].as_i64().is_some_and(|figure| figure > 0), "{name} in {figures}");
    }
}

#[test]
fn the_outcomes_of_a_night_of_faults_are_those_of_its_tables() {
    let told = Told::of("wa-pta-faults");
    told.check();
    shows(&told, &["ready", "late", "no_shows", "never_plugged_in", "shortfall_j"]);
    assert!(told.tables.summary["breaches"]["over_limit_s"].as_i64().is_some_and(|over_s| over_s > 0));
}

#[test]
fn the_outcomes_of_days_of_layovers_are_those_of_their_tables() {
    let told = Told::of("layover");
    told.check();
    shows(&told, &["ready", "late", "shortfall_j"]);
}

#[test]
fn the_outcomes_of_a_yard_with_too_few_lanes_are_those_of_its_tables() {
    let scratch = folder();
    fs::write(scratch.path().join("yard.ron"), YARD).expect("a file");
    fs::write(scratch.path().join("visits.csv"), VISITS).expect("a file");
    let told = Told::of(scratch.path().join("yard.ron").to_str().expect("a path"));
    told.check();
    shows(&told, &["ready", "late", "unfinished", "waited", "late_waited", "longest_wait_s", "shortfall_j"]);
}
