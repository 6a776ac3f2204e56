//! What a depot and a realization must be like to be run, as far as their types cannot say it: looked at once, before the first tick.
//!
//! Whatever passes runs to its end, and the checker finds nothing. It takes one look at everything, and room for nothing but lanes out of order.

use crate::charger::{Charger, Equipment};
use crate::depot::{Depot, SiteNode};
use crate::error::SimError;
use crate::realization::{Realization, Visit};
use crate::simulation::Simulation;
use crate::site::{Site, leaf_rating_w};
use crate::site_step::NodeChange;
use crate::vehicle::VehicleType;
use crate::view::NO_NODE;
use balancer::Ratings;
use balancer::units::{
    BASE_LOADS_MAX_W, ENERGY_MAX_WH, LEAF_POWER_MAX_W, NODE_POWER_MAX_W, TIME_MAX_S, WEIGHT_MAX,
};

const PPM: u32 = 1_000_000;

/// Longest tick \[s\]: a day. What flows in it still fits the integers that it is added up in.
const STEP_MAX_S: u32 = 86_400;

/// Largest battery \[J\]: a curve's power is interpolated in 64 bits.
const BATTERY_MAX_J: u64 = ENERGY_MAX_WH * 3_600;

/// Checks whether a realization can be run at a depot: exactly what [`crate::Simulation::new`] refuses is refused here.
///
/// Ids are looked at where something depends on them: those of nodes are unique; those of visits, which only tables tell, need not be.
///
/// # Errors
/// The first thing that is wrong: where, what was found, what is allowed.
pub fn check(depot: &Depot, realization: &Realization) -> Result<(), SimError> {
    Simulation::new(depot, realization).map(drop)
}

impl Depot {
    /// Checks whether the depot can be run, whoever comes.
    ///
    /// # Errors
    /// As for [`check()`].
    pub fn check(&self) -> Result<(), SimError> {
        check(self, &Realization::default())
    }
}

/// Checks every value by itself and beside its neighbours: all but the tree, and what is a connector.
pub(crate) fn check_values(depot: &Depot, realization: &Realization) -> Result<(), SimError> {
    check_depot(depot)?;
    realization.visits.iter().try_for_each(|visit| check_visit(depot, visit))?;
    check_steps(depot, realization)?;
    in_order("outage step", realization.outage_steps.iter().map(|step| step.at_s))?;
    in_order("feed step", realization.feed_steps.iter().map(|step| step.at_s))?;
    in_order("visit", realization.visits.iter().map(|visit| visit.arrival_s))?;
    in_order("envelope step", realization.envelope_steps.iter().map(|step| step.at_s))?;
    in_order("charger step", realization.charger_steps.iter().map(|step| step.at_s))?;
    in_order("override", realization.overrides.iter().map(|step| step.at_s))?;
    in_order("silence", realization.silences.iter().flat_map(|silence| [silence.from_s, silence.to_s]))?;
    in_order("site step", realization.site_steps.iter().map(|step| step.at_s))?;
    in_order("base load step", realization.base_load_steps.iter().map(|step| step.at_s))
}

/// Checks that vehicles are plugged in at connectors; what they name exists.
pub(crate) fn check_connectors(
    depot: &Depot,
    realization: &Realization,
    site: &Site,
) -> Result<(), SimError> {
    for &lane in &depot.lanes {
        is_connector(depot, site, ("a lane", &depot.id), lane)?;
    }
    for visit in &realization.visits {
        for (what, position) in [("the connector", visit.connector), ("the home", visit.home)] {
            position.map_or(Ok(()), |position| is_connector(depot, site, (what, &visit.id), position))?;
        }
    }
    let mut chargers = depot.equipment.chargers.iter();
    chargers.try_for_each(|charger| is_connector(depot, site, ("a charger", &depot.id), charger.node))
}

/// Checks that a position, which the depot has, is one where a vehicle can be plugged in.
pub(crate) fn is_connector(
    depot: &Depot,
    site: &Site,
    (what, subject): (&'static str, &str),
    position: u32,
) -> Result<(), SimError> {
    if site.connector_columns[position as usize] != NO_NODE {
        return Ok(());
    }
    let SiteNode { kind, id, .. } = &depot.site[position as usize];
    Err(SimError::NoConnector { what, subject: subject.to_owned(), kind: *kind, id: id.clone() })
}

fn check_depot(depot: &Depot) -> Result<(), SimError> {
    for (what, value) in [("step_s", depot.step_s), ("rebalance_every_ticks", depot.rebalance_every_ticks)] {
        if value == 0 {
            return Err(SimError::Zero { what });
        }
    }
    within("step_s", &depot.id, depot.step_s, 1..=STEP_MAX_S)?;
    if depot.site.is_empty() {
        return Err(SimError::EmptySite { depot: depot.id.clone() });
    }
    if let Some(position) = out_of_place(depot) {
        let SiteNode { id, parent, .. } = &depot.site[position];
        let (node, parent) = (id.clone(), parent.unwrap_or(0));
        return Err(SimError::Parent { node, position: position as u32, parent });
    }
    for node in &depot.site {
        check_node(&node.id, &node.ratings, node.weight, node.min_power_w)?;
        // It flows without being asked for: what a connector is rated for is the most that it draws, whatever happens.
        let rating_w = leaf_rating_w(node.ratings.max_rating_w);
        within("fallback_w", &node.id, node.fallback_w, 0..=rating_w)?;
    }
    for kind in &depot.vehicle_types {
        check_vehicle_type(kind)?;
    }
    check_equipment(depot, &depot.equipment)?;
    for &lane in &depot.lanes {
        exists(depot, "a lane", &depot.id, lane)?;
    }
    unlike(depot, "lanes", || depot.lanes.iter().copied())
}

/// The first node whose parent does not stand before it.
pub(crate) fn out_of_place(depot: &Depot) -> Option<usize> {
    let mut nodes = depot.site.iter().enumerate();
    nodes.position(|(position, node)| node.parent.is_some_and(|parent| parent as usize >= position))
}

fn check_node(id: &str, ratings: &Ratings, weight: u32, min_power_w: u32) -> Result<(), SimError> {
    let Ratings { default_capacity_w, safe_operating_capacity_w, max_rating_w } = *ratings;
    let rated = [
        ("default_capacity_w", default_capacity_w),
        ("safe_operating_capacity_w", safe_operating_capacity_w),
        ("max_rating_w", max_rating_w),
    ];
    for (what, limit_w) in rated {
        within(what, id, limit_w.unwrap_or(0), 0..=NODE_POWER_MAX_W)?;
    }
    within("weight", id, weight, 1..=WEIGHT_MAX)?;
    within("min_power_w", id, min_power_w, 0..=LEAF_POWER_MAX_W)
}

fn check_vehicle_type(kind: &VehicleType) -> Result<(), SimError> {
    within("battery_j", &kind.id, kind.battery_j, 1..=BATTERY_MAX_J)?;
    within("efficiency_ppm", &kind.id, kind.efficiency_ppm, 1..=PPM)?;
    within("min_power_w", &kind.id, kind.min_power_w, 0..=LEAF_POWER_MAX_W)?;
    let curve = &kind.curve;
    let reaches = curve.first().zip(curve.last()).map(|(first, last)| (first.soc_ppm, last.soc_ppm));
    let ascends = curve.windows(2).all(|pair| pair[0].soc_ppm < pair[1].soc_ppm);
    if reaches != Some((0, PPM)) || !ascends {
        return Err(SimError::Curve { vehicle_type: kind.id.clone() });
    }
    curve
        .iter()
        .try_for_each(|point| within("power_w on the curve", &kind.id, point.power_w, 0..=LEAF_POWER_MAX_W))
}

fn check_equipment(depot: &Depot, equipment: &Equipment) -> Result<(), SimError> {
    // Of what leaves a charger, a vehicle keeps its part: together, a millionth at least.
    let keeps_ppm = depot.vehicle_types.iter().map(|kind| kind.efficiency_ppm).min().unwrap_or(PPM);
    for charger in &equipment.chargers {
        exists(depot, "a charger", &depot.id, charger.node)?;
        check_charger(&depot.site[charger.node as usize].id, charger, PPM.div_ceil(keeps_ppm))?;
    }
    unlike(depot, "chargers", || equipment.chargers.iter().map(|charger| charger.node))?;
    for standby in &equipment.standby {
        exists(depot, "a standby", &depot.id, standby.node)?;
    }
    unlike(depot, "standby", || equipment.standby.iter().map(|standby| standby.node))?;
    for &charge_point in &equipment.first_come {
        exists(depot, "a charge point that serves whoever comes first", &depot.id, charge_point)?;
    }
    Ok(())
}

fn check_charger(id: &str, charger: &Charger, least_ppm: u32) -> Result<(), SimError> {
    let points = &charger.efficiency;
    for point in points {
        within("share_ppm in the efficiency", id, point.share_ppm, least_ppm..=PPM)?;
    }
    match points.windows(2).position(|pair| pair[1].power_w <= pair[0].power_w) {
        Some(before) => Err(SimError::Efficiency { charger: id.to_owned(), index: before + 1 }),
        None => Ok(()),
    }
}

fn check_visit(depot: &Depot, visit: &Visit) -> Result<(), SimError> {
    let Visit { id, conduct, .. } = visit;
    let Some(kind) = depot.vehicle_types.get(visit.vehicle_type as usize) else {
        return Err(dangling("the vehicle type", id, visit.vehicle_type, depot.vehicle_types.len()));
    };
    exists(depot, "the connector", id, visit.connector.unwrap_or(0))?;
    exists(depot, "the home", id, visit.home.unwrap_or(0))?;
    within("arrival_energy_j", id, visit.arrival_energy_j, 0..=kind.battery_j)?;
    within("target_energy_j", id, visit.target_energy_j, 0..=kind.battery_j)?;
    within("weight", id, visit.weight, 0..=WEIGHT_MAX)?;
    let times = [
        ("arrival_s", visit.arrival_s),
        ("departure_s", visit.departure_s),
        ("told_departure_s", conduct.told_departure_s.unwrap_or(0)),
        ("unplugged_s", conduct.unplugged_s.unwrap_or(0)),
    ];
    for (what, at_s) in times {
        within(what, id, at_s, -TIME_MAX_S..=TIME_MAX_S)?;
    }
    // There is room before the first tier for whoever is to charge now.
    within("tier", id, visit.tier, 0..=u32::MAX - 1)?;
    within("precondition_w", id, conduct.precondition_w, 0..=LEAF_POWER_MAX_W)
}

fn check_steps(depot: &Depot, realization: &Realization) -> Result<(), SimError> {
    for step in &realization.envelope_steps {
        exists(depot, "the node", &step.envelope, step.node)?;
        within("limit_w", &step.envelope, step.limit_w.unwrap_or(0), 0..=NODE_POWER_MAX_W)?;
    }
    // What all nodes draw at once is added up: of a site beyond all that exist, each may draw less.
    let most_w = NODE_POWER_MAX_W.min(BASE_LOADS_MAX_W / depot.site.len() as u64) as i64;
    for step in &realization.base_load_steps {
        exists(depot, "the node", "a base load", step.node)?;
        within(
            "power_w of the base load",
            &depot.site[step.node as usize].id,
            step.power_w,
            -most_w..=most_w,
        )?;
    }
    for step in &realization.charger_steps {
        exists(depot, "the node", "a charger's fault", step.node)?;
        let SiteNode { kind, id, .. } = &depot.site[step.node as usize];
        if !kind.is_charging_asset() {
            return Err(SimError::NoCharger { kind: *kind, id: id.clone() });
        }
    }
    // A silence may never end, but how long it has lasted is told.
    for silence in &realization.silences {
        within("from_s", "a silence", silence.from_s, -TIME_MAX_S..=TIME_MAX_S)?;
    }
    let visits = realization.visits.len();
    if let Some(step) = realization.overrides.iter().find(|step| step.visit as usize >= visits) {
        return Err(dangling("the visit", "an override", step.visit, visits));
    }
    for change in realization.site_steps.iter().flat_map(|step| step.change.nodes()) {
        exists(depot, "the node", "a change of site data", change.node)?;
        let NodeChange { node, ref ratings, weight, min_power_w, fallback_w, .. } = *change;
        let id = &depot.site[node as usize].id;
        check_node(id, ratings, weight, min_power_w)?;
        within("fallback_w", id, fallback_w, 0..=LEAF_POWER_MAX_W)?;
    }
    for step in &realization.outage_steps {
        exists(depot, "the node", "an outage", step.node)?;
    }
    for step in &realization.feed_steps {
        if let Some(limit) = step.default_limit {
            exists(depot, "the node of a default limit", &step.feed, limit.node)?;
            within("limit_w of the default limit", &step.feed, limit.limit_w, 0..=NODE_POWER_MAX_W)?;
        }
    }
    Ok(())
}

fn exists(depot: &Depot, what: &'static str, subject: &str, index: u32) -> Result<(), SimError> {
    let count = depot.site.len();
    if (index as usize) < count { Ok(()) } else { Err(dangling(what, subject, index, count)) }
}

#[cold]
fn dangling(what: &'static str, subject: &str, index: u32, count: usize) -> SimError {
    SimError::Dangling { what, subject: subject.to_owned(), index, count }
}

fn within<T: Copy + PartialOrd + Into<i128>>(
    what: &'static str,
    subject: &str,
    value: T,
    allowed: std::ops::RangeInclusive<T>,
) -> Result<(), SimError> {
    if allowed.contains(&value) {
        return Ok(());
    }
    let (least, most) = ((*allowed.start()).into(), (*allowed.end()).into());
    Err(SimError::OutOfRange { what, subject: subject.to_owned(), value: value.into(), least, most })
}

/// Checks that no position stands twice in a list of positions that exist. Where they ascend, as they mostly do, that is seen without room for any.
fn unlike<I: Iterator<Item = u32>>(
    depot: &Depot,
    list: &'static str,
    positions: impl Fn() -> I,
) -> Result<(), SimError> {
    if positions().is_sorted_by(|a, b| a < b) {
        return Ok(());
    }
    let mut is_there = vec![false; depot.site.len()];
    match positions().find(|&position| std::mem::replace(&mut is_there[position as usize], true)) {
        Some(position) => {
            let node = depot.site[position as usize].id.clone();
            Err(SimError::Twice { list, depot: depot.id.clone(), node })
        }
        None => Ok(()),
    }
}

fn in_order(what: &'static str, times_s: impl Iterator<Item = i64>) -> Result<(), SimError> {
    let mut last_s = i64::MIN;
    for (index, at_s) in times_s.enumerate() {
        if at_s < last_s {
            return Err(SimError::Disordered { what, index });
        }
        last_s = at_s;
    }
    Ok(())
}
