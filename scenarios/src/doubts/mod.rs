//! What is allowed and yet hardly meant: worth a warning, and no reason to refuse a scenario.

mod fallbacks;
mod flows;
mod heavy_loads;
mod loose_limits;
mod tight_limits;
mod times;
mod unheeded;
mod unreachable;
mod void_checks;
mod void_envelopes;

use crate::checks::CheckRule;
use crate::error::Problems;
use crate::format::file::{
    Fleet, FleetGroup, OnUnsupported, ScenarioFile, SocUnit, VehicleRecord, VisitRecord,
};
use crate::scenario::{Expected, Scenario};
use crate::site::site_file::Charger;
use crate::values::decimal;
use crate::values::distribution::Distribution;
use crate::values::quantity::{Pct, Phases, Quantity, Volts};
use sim::{Depot, NodeKind, SiteNode};

/// One percent: a share at most as large, and not 0, was probably meant as a fraction of 1.
const FRACTION_MAX_PPM: u32 = 10_000;

/// What is doubtful about a scenario that can be run.
pub(crate) fn doubts(scenario: &Scenario) -> Problems {
    let (file, depot) = (&scenario.file, &scenario.depot);
    let mut found = doubts_of_file(file);
    // Of a site that is balanced flat the tree is known to be odd.
    if depot.fallback_note.is_none() && !is_beside_connections(file) {
        idle_connections(depot, &mut found);
    }
    void_capacities(depot, &mut found);
    loose_limits::doubts(scenario, &mut found);
    tight_limits::doubts(scenario, &mut found);
    heavy_loads::doubts(scenario, &mut found);
    unreachable::doubts(scenario, &mut found);
    void_checks::doubts(scenario, &mut found);
    times::doubts(scenario, &mut found);
    unheeded::doubts(scenario, &mut found);
    void_envelopes::doubts(scenario, &mut found);
    fallbacks::doubts(depot, &mut found);
    if let Fleet::Visits { csv, .. } = &file.fleet {
        table_shares(csv, scenario, &mut found);
    }
    nobody(scenario, &mut found);
    found
}

/// What is doubtful about a scenario by itself, whatever else is wrong with it.
pub(crate) fn doubts_of_file(file: &ScenarioFile) -> Problems {
    let mut found = Problems::new();
    if file.on_unsupported != OnUnsupported::Flat {
        beside_connections(file, &mut found);
    }
    line_voltages(file, &mut found);
    for vehicle in &file.vehicles {
        let place = || format!("vehicles.{}.efficiency_pct", vehicle.id);
        share(vehicle.efficiency_pct.ppm(), place, &mut found);
        battery(vehicle, &mut found);
    }
    for record in &file.checks {
        if let CheckRule::Ready { least_pct } = &record.check {
            share(least_pct.ppm(), || format!("checks.{}.check.least_pct", record.id), &mut found);
        }
    }
    let chargers = [("charge_points", &file.site.charge_points), ("connectors", &file.site.connectors)];
    for (list, records) in chargers {
        records.iter().for_each(|record| hardware_shares(list, record, &mut found));
    }
    match &file.fleet {
        Fleet::Generated(groups) => groups.iter().for_each(|group| group_shares(group, &mut found)),
        Fleet::Listed(records) => records.iter().for_each(|record| listed_shares(record, &mut found)),
        Fleet::Visits { .. } => {}
    }
    found
}

fn is_beside_connections(file: &ScenarioFile) -> bool {
    let mut found = Problems::new();
    beside_connections(file, &mut found);
    !found.is_empty()
}

/// Batteries in Wh or MWh.
fn battery(vehicle: &VehicleRecord, found: &mut Problems) {
    const USUAL_J: std::ops::RangeInclusive<u64> = 5 * 3_600_000..=2_000 * 3_600_000;
    if !USUAL_J.contains(&vehicle.battery_kwh.joules()) {
        let message = format!(
            "{} kWh is an odd battery (buses carry some hundred kWh: are other units meant?)",
            vehicle.battery_kwh
        );
        found.add(format!("vehicles.{}.battery_kwh", vehicle.id), message);
    }
}

/// Power that passes no grid connection is not counted by any.
fn beside_connections(file: &ScenarioFile, found: &mut Problems) {
    let site = &file.site;
    let Some(connection) = site.grid_connections.first() else { return };
    let mut check = |list: &str, id: &str, parent: &str| {
        if parent == site.id {
            let message = format!(
                "\"{parent}\" is the site itself, so that its power passes no grid connection and their limits do not hold for it (a grid connection, such as \"{}\")",
                connection.id
            );
            found.add(format!("site.{list}.{id}.parent"), message);
        }
    };
    site.charger_circuits.iter().for_each(|record| check("charger_circuits", &record.id, &record.parent));
    site.charge_points.iter().for_each(|record| check("charge_points", &record.id, &record.parent));
    site.connectors.iter().for_each(|record| check("connectors", &record.id, &record.parent));
}

fn idle_connections(depot: &Depot, found: &mut Problems) {
    let mut is_parent = vec![false; depot.site.len()];
    depot.site.iter().filter_map(|node| node.parent).for_each(|parent| is_parent[parent as usize] = true);
    let idle = (0..depot.site.len())
        .filter(|&position| depot.site[position].kind == NodeKind::GridConnection && !is_parent[position]);
    for position in idle {
        let node = &depot.site[position];
        found.add(
            place(node),
            "nothing stands below this grid connection (circuits or charge points name it as their parent)",
        );
    }
}

/// The least of a node's limits holds.
fn void_capacities(depot: &Depot, found: &mut Problems) {
    for node in &depot.site {
        let ratings = node.ratings;
        if let (Some(default_w), Some(safe_w)) =
            (ratings.default_capacity_w, ratings.safe_operating_capacity_w)
            && safe_w > default_w
        {
            let kw = |power_w: u64| decimal::format(i64::try_from(power_w).unwrap_or(i64::MAX), 3);
            let message = format!(
                "{} kW is above the default capacity of {} kW and never holds, since the least limit does (a lower one, or none)",
                kw(safe_w),
                kw(default_w)
            );
            found.add(format!("{}.safe_operating_capacity_kw", place(node)), message);
        }
    }
}

/// Voltages between two phases that systems are called by, where those of each phase are asked for.
fn line_voltages(file: &ScenarioFile, found: &mut Problems) {
    const BETWEEN_PHASES_V: [i64; 8] = [208, 380, 400, 415, 440, 480, 600, 690];
    let mut check = |list: &str, id: &str, voltage_v: Option<Volts>, phases: Option<Phases>| {
        let (Some(voltage), Some(3)) = (voltage_v, phases.map(Quantity::units)) else { return };
        if BETWEEN_PHASES_V.iter().any(|said_v| said_v * 1_000 == voltage.units()) {
            let square = (voltage.units() * voltage.units() / 3).isqrt();
            let message = format!(
                "{voltage} V is the voltage of each of three phases here (in a {voltage} V system that is {} V, and the rating 1.73 times less: is that meant?)",
                (square + 500) / 1_000
            );
            found.add(format!("site.{list}.{id}.voltage_v"), message);
        }
    };
    let site = &file.site;
    site.grid_connections
        .iter()
        .for_each(|record| check("grid_connections", &record.id, record.voltage_v, record.phases));
    site.charger_circuits
        .iter()
        .for_each(|record| check("charger_circuits", &record.id, record.voltage_v, record.phases));
    for (list, records) in [("charge_points", &site.charge_points), ("connectors", &site.connectors)] {
        records.iter().for_each(|record| check(list, &record.id, record.voltage_v, record.phases));
    }
}

fn place(node: &SiteNode) -> String {
    let list = match node.kind {
        NodeKind::Site => return "site".to_owned(),
        NodeKind::GridConnection => "grid_connections",
        NodeKind::ChargerCircuit => "charger_circuits",
        NodeKind::ChargePoint => "charge_points",
        NodeKind::Connector => "connectors",
    };
    format!("site.{list}.{}", node.id)
}

fn is_fraction(share_ppm: u32) -> bool {
    (1..=FRACTION_MAX_PPM).contains(&share_ppm)
}

fn share(share_ppm: u32, place: impl Fn() -> String, found: &mut Problems) {
    if is_fraction(share_ppm) {
        let (said, meant) = (decimal::format(share_ppm.into(), 4), decimal::format(share_ppm.into(), 2));
        let message = format!(
            "{said} means {said} %, next to nothing (percentages go from 0 to 100: is {meant} meant?)"
        );
        found.add(place(), message);
    }
}

fn drawn_share(shares: Option<&Distribution<Pct>>, place: impl Fn() -> String, found: &mut Problems) {
    // All of them, since a battery may come almost empty.
    share(values(shares).into_iter().map(Pct::ppm).max().unwrap_or(0), place, found);
}

/// What a distribution names: its bounds are among them.
fn values(shares: Option<&Distribution<Pct>>) -> Vec<Pct> {
    match shares {
        None => Vec::new(),
        Some(Distribution::Fixed(value)) => vec![*value],
        Some(Distribution::Uniform(least, largest)) => vec![*least, *largest],
        Some(Distribution::Triangular(least, likely, largest)) => vec![*least, *likely, *largest],
        Some(Distribution::Table(rows)) => rows.iter().map(|(value, _)| *value).collect(),
    }
}

fn hardware_shares(list: &str, record: &Charger, found: &mut Problems) {
    let Some(hardware) = &record.hardware else { return };
    let place = |field: &str| format!("site.{list}.{}.hardware.{field}", record.id);
    share(hardware.efficiency_pct.map_or(0, Pct::ppm), || place("efficiency_pct"), found);
    let knots = hardware.efficiency_curve.iter().map(|knot| knot.efficiency_pct.ppm());
    share(knots.max().unwrap_or(0), || place("efficiency_curve"), found);
}

fn group_shares(group: &FleetGroup, found: &mut Problems) {
    let at = |field: &str| format!("fleet.{}.{field}", group.id);
    share(group.target_soc_pct.ppm(), || at("target_soc_pct"), found);
    drawn_share(group.soc_arrival_pct.as_ref(), || at("soc_arrival_pct"), found);
    void_target(group.target_soc_pct, group.soc_arrival_pct.as_ref(), || at("target_soc_pct"), found);
    for visit in &group.visits {
        let at = |field: &str| at(&format!("visits.{}.{field}", visit.id));
        let target = visit.target_soc_pct.unwrap_or(group.target_soc_pct);
        void_target(target, visit.soc_arrival_pct.as_ref(), || at("soc_arrival_pct"), found);
        share(visit.target_soc_pct.map_or(0, Pct::ppm), || at("target_soc_pct"), found);
        drawn_share(visit.soc_arrival_pct.as_ref(), || at("soc_arrival_pct"), found);
    }
}

/// Those who come with more than they want.
fn void_target(
    target: Pct,
    shares: Option<&Distribution<Pct>>,
    place: impl Fn() -> String,
    found: &mut Problems,
) {
    let least =
        values(shares).into_iter().min().filter(|least| *least > target && target.ppm() > FRACTION_MAX_PPM);
    if let Some(least) = least {
        let message = format!(
            "they charge up to {target} %, but arrive with {least} % at least, so that none takes any energy (a higher target, or a lower state of charge)"
        );
        found.add(place(), message);
    }
}

fn listed_shares(record: &VisitRecord, found: &mut Problems) {
    let name = record.visit.as_ref().unwrap_or(&record.vehicle);
    share(record.target_soc_pct.map_or(0, Pct::ppm), || format!("fleet.{name}.target_soc_pct"), found);
}

/// Columns of a table whose every share is at most one percent.
fn table_shares(csv: &str, scenario: &Scenario, found: &mut Problems) {
    let Fleet::Visits { target_soc_pct, columns, soc_unit, .. } = &scenario.file.fleet else { return };
    share(target_soc_pct.map_or(0, Pct::ppm), || "fleet.target_soc_pct".to_owned(), found);
    let Expected::Known(visits) = &scenario.visitors else { return };
    if *soc_unit != SocUnit::Percent {
        return;
    }
    let types = &scenario.depot.vehicle_types;
    let largest_ppm = |energy_j: fn(&sim::Visit) -> u64| {
        let shares = visits.iter().map(|visit| {
            let battery_j = types[visit.vehicle_type as usize].battery_j.max(1);
            (u128::from(energy_j(visit)) * 1_000_000).div_ceil(u128::from(battery_j)) as u32
        });
        shares.max().unwrap_or(0)
    };
    let mut check = |column: &Option<String>, name: &str, share_ppm: u32| {
        if is_fraction(share_ppm) {
            let message = "no state of charge in this column is above 1 % (percentages go from 0 to 100; of fractions say `soc_unit: Fraction`)";
            found.add_in_file(csv, None, column.as_deref().unwrap_or(name), message);
        }
    };
    check(&columns.soc_arrival_pct, "soc_arrival_pct", largest_ppm(|visit| visit.arrival_energy_j));
    if target_soc_pct.is_none() {
        check(&columns.target_soc_pct, "target_soc_pct", largest_ppm(|visit| visit.target_energy_j));
    }
}

/// A run in which nobody comes.
fn nobody(scenario: &Scenario, found: &mut Problems) {
    let is_empty = match &scenario.visitors {
        Expected::Known(visits) => visits.is_empty(),
        Expected::Drawn(groups) => groups.is_empty(),
    };
    match &scenario.file.fleet {
        _ if !is_empty => {}
        Fleet::Visits { csv, .. } => {
            found.add_in_file(csv, None, "", "there are no rows below the line of column names, so that nobody comes (a row for each visit)");
        }
        Fleet::Generated(_) | Fleet::Listed(_) => {
            found.add("fleet", "the list is empty, so that nobody comes (a record for each)");
        }
    }
}
