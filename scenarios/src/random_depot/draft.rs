//! A depot on its way: plain at first, and odder with every feature.

use super::chance::Chance;
use crate::format::file::{
    AssignmentRule, CurveKnot, Fleet, Lanes, OnUnsupported, SCHEMA, ScenarioFile, SiteChangeRecord,
    VehicleRecord, VisitRecord,
};
use crate::site::site_file::{Charger, ChargerCircuit, GridConnection, SiteFile};
use crate::values::clock::{Calendar, Moment, Span, When};
use crate::values::quantity::{LeafKw, LimitKw, Pct, Tier};
use crate::vehicles::demand_signal::DemandTold;
use sim::{Control, Strategy};

/// A depot on its way.
pub struct Draft {
    /// The scenario so far; sound at any time.
    pub file: ScenarioFile,
    /// CSV files so far.
    pub files: Vec<(String, String)>,
    /// Moments at which something happens already \[s\] from the start.
    taken_s: Vec<i64>,
}

impl Draft {
    /// A connection, one to three circuits with one or two charge points each, and a few vehicles, for two hours.
    pub fn plain(seed: u64) -> Self {
        let chance = &mut Chance::of(seed, "random_depot", "plain");
        let circuits: Vec<ChargerCircuit> =
            (1..=chance.between(1, 3)).map(|n| circuit(&format!("C{n}"), "G1", 150_000)).collect();
        let mut charge_points = Vec::new();
        for circuit in &circuits {
            for n in 1..=chance.between(1, 2) {
                charge_points.push(charger(&format!("{}-P{n}", circuit.id), &circuit.id, Some(100_000)));
            }
        }
        let start: Moment = "2026-03-04T16:00:00+08:00".parse().expect("a moment");
        let mut draft = Self {
            file: ScenarioFile {
                schema: SCHEMA,
                id: format!("random-{seed}"),
                title: format!("A random depot, seed {seed}"),
                start,
                duration: Span::from_s(7_200),
                step: Span::from_s(60),
                rebalance: None,
                rotation_slot: Span::from_s(900),
                hold: Span::from_s(300),
                max_age: None,
                on_unsupported: OnUnsupported::Reject,
                demand_signal: DemandTold::default(),
                strategy: Strategy::FairShare,
                control: Control::Connector,
                site: SiteFile {
                    id: "S".to_owned(),
                    default_capacity_kw: None,
                    safe_operating_capacity_kw: None,
                    note: String::new(),
                    grid_connections: vec![connection("G1", 300_000)],
                    charger_circuits: circuits,
                    charge_points,
                    connectors: Vec::new(),
                    grid_connections_csv: None,
                    charger_circuits_csv: None,
                    charge_points_csv: None,
                    connectors_csv: None,
                },
                site_changes: Vec::new(),
                lanes: Lanes::FirstConnectorsFirst,
                assignment: AssignmentRule::LanesInOrder,
                vehicles: vec![vehicle(
                    "bus",
                    "80",
                    &[(0, 100_000), (800_000, 100_000), (1_000_000, 10_000)],
                )],
                fleet: Fleet::Listed(Vec::new()),
                envelopes: Vec::new(),
                envelope_feeds: Vec::new(),
                demand_response: Vec::new(),
                outages: Vec::new(),
                charger_faults: Vec::new(),
                overrides: Vec::new(),
                base_loads: Vec::new(),
                measurement_gaps: Vec::new(),
                checks: Vec::new(),
                provenance: Vec::new(),
            },
            files: Vec::new(),
            taken_s: Vec::new(),
        };
        for _ in 0..chance.between(0, 4) {
            draft.add_visit(chance);
        }
        draft
    }

    pub(super) fn finish(self) -> (ScenarioFile, Vec<(String, String)>) {
        (self.file, self.files)
    }

    /// Length of the run \[s\].
    pub fn duration_s(&self) -> i64 {
        self.file.duration.s().into()
    }

    /// A moment within the run \[s\], mostly an awkward one, which is then taken.
    pub fn moment_s(&mut self, chance: &mut Chance) -> i64 {
        let (step_s, end_s) = (i64::from(self.file.step.s()), self.duration_s());
        let edge_s = chance.between(0, end_s / step_s - 1) * step_s;
        let at_s = match chance.between(0, 7) {
            0 => 0,
            1 => end_s - step_s,
            2 if !self.taken_s.is_empty() => *chance.pick(&self.taken_s),
            3 => edge_s + 1,
            4 => edge_s - 1,
            5 => chance.between(0, end_s - 1),
            _ => edge_s,
        };
        let at_s = at_s.clamp(0, end_s - 1);
        self.taken_s.push(at_s);
        at_s
    }

    /// A stretch of at least a second \[s\] that begins within the run and may end after it.
    pub fn stretch_s(&mut self, chance: &mut Chance) -> (i64, i64) {
        let (one_s, other_s) = (self.moment_s(chance), self.moment_s(chance));
        let (from_s, to_s) = (one_s.min(other_s), one_s.max(other_s));
        match chance.between(0, 5) {
            0 => (from_s, from_s + 1),
            1 => (from_s, self.duration_s() + chance.between(0, 600)),
            _ => (from_s, to_s.max(from_s + 1)),
        }
    }

    /// A time as a file says it.
    pub fn when(&self, at_s: i64) -> When {
        When::At(Calendar::new(self.file.start).expect("it starts in our century").moment(at_s))
    }

    /// Puts a change where its time belongs.
    pub(super) fn insert_change(&mut self, change: SiteChangeRecord) {
        let calendar = Calendar::new(self.file.start).expect("it starts in our century");
        let at_s = |change: &SiteChangeRecord| calendar.resolve(change.at, 0).expect("a moment of the run");
        let changes = &mut self.file.site_changes;
        let place = changes.partition_point(|other| at_s(other) <= at_s(&change));
        changes.insert(place, change);
    }

    /// After the run has become shorter: visits that would come after its end come at its start.
    pub(super) fn keep_within_the_run(&mut self) {
        let calendar = Calendar::new(self.file.start).expect("it starts in our century");
        let (end_s, start) = (self.duration_s(), self.when(0));
        self.taken_s.retain(|&at_s| at_s < end_s);
        for visit in self.visits() {
            if calendar.resolve(visit.arrival, 0).is_ok_and(|arrival_s| arrival_s >= end_s) {
                visit.arrival = start;
            }
        }
    }

    /// Ids of connections and circuits, the root's first.
    pub fn inner_ids(&self) -> Vec<String> {
        let site = &self.file.site;
        let connections = site.grid_connections.iter().map(|record| &record.id);
        let circuits = site.charger_circuits.iter().map(|record| &record.id);
        [&site.id].into_iter().chain(connections).chain(circuits).cloned().collect()
    }

    /// Ids of charge points.
    pub fn charge_point_ids(&self) -> Vec<String> {
        self.file.site.charge_points.iter().map(|record| record.id.clone()).collect()
    }

    /// Ids of what vehicles are plugged into: connectors, and charge points without any.
    pub fn bay_ids(&self) -> Vec<String> {
        let site = &self.file.site;
        let has_connectors = |id: &String| site.connectors.iter().any(|record| record.parent == *id);
        let bare = site.charge_points.iter().map(|record| &record.id).filter(|id| !has_connectors(id));
        bare.chain(site.connectors.iter().map(|record| &record.id)).cloned().collect()
    }

    /// Ids of all nodes.
    pub fn node_ids(&self) -> Vec<String> {
        let connectors = self.file.site.connectors.iter().map(|record| record.id.clone());
        self.inner_ids().into_iter().chain(self.charge_point_ids()).chain(connectors).collect()
    }

    /// The visits that are listed; none of a drawn fleet.
    pub fn visits(&mut self) -> &mut [VisitRecord] {
        match &mut self.file.fleet {
            Fleet::Listed(visits) => visits,
            _ => &mut [],
        }
    }

    /// One more visit, of a vehicle of its own.
    pub fn add_visit(&mut self, chance: &mut Chance) {
        let (arrival_s, departure_s) = self.stretch_s(chance);
        // Some have been there since before the start.
        let arrival_s = if chance.one_in(6) { arrival_s - self.duration_s() } else { arrival_s };
        let vehicle_type = chance.pick(&self.file.vehicles).id.clone();
        let arrival_ppm = chance.between(0, 900_000);
        let visit = VisitRecord {
            visit: None,
            vehicle: String::new(),
            vehicle_type,
            arrival: self.when(arrival_s),
            departure: self.when(departure_s),
            told_departure: None,
            unplugged: None,
            no_show: false,
            precondition_kw: None,
            precondition_time: None,
            demand_signal: None,
            soc_arrival_pct: Some(pct(arrival_ppm)),
            target_soc_pct: Some(pct(chance.between(arrival_ppm, 1_000_000))),
            energy_kwh: None,
            needs_kwh: None,
            plug_in_delay: None,
            connector: None,
            home: None,
            tier: Tier::default(),
            weight: None,
        };
        if let Fleet::Listed(visits) = &mut self.file.fleet {
            visits.push(VisitRecord { vehicle: format!("v{}", visits.len() + 1), ..visit });
        }
    }
}

pub(super) fn limit_kw(limit_w: i64) -> LimitKw {
    LimitKw::from_w(limit_w.max(0) as u64).expect("within the format's bounds")
}

pub(super) fn leaf_kw(power_w: i64) -> LeafKw {
    LeafKw::from_w(power_w.max(0) as u32).expect("within the format's bounds")
}

pub(super) fn pct(share_ppm: i64) -> Pct {
    Pct::from_ppm(share_ppm.max(0) as u32).expect("at most all of it")
}

pub(super) fn vehicle(id: &str, battery_kwh: &str, curve: &[(i64, i64)]) -> VehicleRecord {
    let knot =
        |&(soc_ppm, power_w): &(i64, i64)| CurveKnot { soc_pct: pct(soc_ppm), power_kw: leaf_kw(power_w) };
    VehicleRecord {
        id: id.to_owned(),
        battery_kwh: battery_kwh.parse().expect("an energy"),
        efficiency_pct: pct(950_000),
        min_power_kw: None,
        curve: curve.iter().map(knot).collect(),
    }
}

pub(super) fn connection(id: &str, capacity_w: i64) -> GridConnection {
    GridConnection {
        id: id.to_owned(),
        repeat: None,
        parent: None,
        default_capacity_kw: Some(limit_kw(capacity_w)),
        rating_a: None,
        voltage_v: None,
        phases: None,
        power_factor: None,
        safe_operating_capacity_kw: None,
        weight: None,
        note: String::new(),
    }
}

pub(super) fn circuit(id: &str, parent: &str, capacity_w: i64) -> ChargerCircuit {
    ChargerCircuit {
        id: id.to_owned(),
        repeat: None,
        parent: parent.to_owned(),
        default_capacity_kw: Some(limit_kw(capacity_w)),
        rating_a: None,
        voltage_v: None,
        phases: None,
        power_factor: None,
        safe_operating_capacity_kw: None,
        weight: None,
        note: String::new(),
    }
}

pub(super) fn charger(id: &str, parent: &str, rating_w: Option<i64>) -> Charger {
    Charger {
        id: id.to_owned(),
        repeat: None,
        parent: parent.to_owned(),
        max_rating_kw: rating_w.map(leaf_kw),
        rating_a: None,
        voltage_v: None,
        phases: None,
        power_factor: None,
        min_power_kw: None,
        pausable: true,
        fallback_kw: None,
        weight: None,
        hardware: None,
        note: String::new(),
    }
}
