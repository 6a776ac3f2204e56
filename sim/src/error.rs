//! Why a run cannot begin, or ends early.

use crate::depot::{Depot, SiteNode};
use crate::realization::Realization;
use crate::site::Site;
use crate::view::{NO_NODE, ObserverError};
use balancer::{NodeKind, Rejection};

/// Why a run cannot begin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SimError {
    /// The balancer cannot work on this site.
    #[error("{0}")]
    Topology(Rejection),
    /// A visit or step names something that the depot does not have.
    #[error("{what} of {subject} points at {index}, and the depot has {count} (positions count from 0)")]
    Dangling {
        /// Which field.
        what: &'static str,
        /// Whose.
        subject: String,
        /// Where it points.
        index: u32,
        /// How many there are.
        count: usize,
    },
    /// A visit, lane or demand names a node where no vehicle can be plugged in.
    #[error(
        "{what} of {subject} is the {kind} {id}, where no vehicle is plugged in (name a connector, or a charge point without any)"
    )]
    NoConnector {
        /// Which field.
        what: &'static str,
        /// Whose.
        subject: String,
        /// What the node is.
        kind: NodeKind,
        /// The node's id.
        id: String,
    },
    /// A quantity that must be positive is not.
    #[error("{what} is 0 (it must be at least 1)")]
    Zero {
        /// Which quantity.
        what: &'static str,
    },
    /// Visits are not in order of arrival, or steps not in order of time.
    #[error("{what} number {index} comes before its predecessor (they stand in order of time)")]
    Disordered {
        /// Which list.
        what: &'static str,
        /// The index of the first that is out of order.
        index: usize,
    },
}

/// Why a run ended early.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// It could not begin.
    #[error(transparent)]
    Sim(#[from] SimError),
    /// An observer ended it.
    #[error("{0}")]
    Observer(#[source] ObserverError),
}

/// Checks what the types cannot: that every position exists, and that lists are in order.
pub(crate) fn check(depot: &Depot, realization: &Realization) -> Result<(), SimError> {
    for (what, value) in [("step_s", depot.step_s), ("rebalance_every_ticks", depot.rebalance_every_ticks)] {
        if value == 0 {
            return Err(SimError::Zero { what });
        }
    }
    let exists = |what, subject: &str, index: u32, count: usize| {
        if (index as usize) < count {
            Ok(())
        } else {
            Err(SimError::Dangling { what, subject: subject.to_owned(), index, count })
        }
    };
    for &lane in &depot.lanes {
        exists("a lane", &depot.id, lane, depot.site.len())?;
    }
    for visit in &realization.visits {
        exists("the vehicle type", &visit.id, visit.vehicle_type, depot.vehicle_types.len())?;
        exists("the connector", &visit.id, visit.connector.unwrap_or(0), depot.site.len())?;
        exists("the home", &visit.id, visit.home.unwrap_or(0), depot.site.len())?;
    }
    for step in &realization.envelope_steps {
        exists("the node", &step.envelope, step.node, depot.site.len())?;
    }
    for step in &realization.base_load_steps {
        exists("the node", "a base load", step.node, depot.site.len())?;
    }
    for charger in &depot.equipment.chargers {
        exists("a charger", &depot.id, charger.node, depot.site.len())?;
    }
    for &charge_point in &depot.equipment.first_come {
        exists("a charge point that serves whoever comes first", &depot.id, charge_point, depot.site.len())?;
    }
    for standby in &depot.equipment.standby {
        exists("a standby", &depot.id, standby.node, depot.site.len())?;
    }
    for step in &realization.charger_steps {
        exists("the node", "a charger's fault", step.node, depot.site.len())?;
    }
    for step in &realization.overrides {
        exists("the visit", "an override", step.visit, realization.visits.len())?;
    }
    for step in &realization.site_steps {
        for change in step.change.nodes() {
            exists("the node", "a change of site data", change.node, depot.site.len())?;
        }
    }
    for step in &realization.outage_steps {
        exists("the node", "an outage", step.node, depot.site.len())?;
    }
    for step in &realization.feed_steps {
        let node = step.default_limit.map_or(0, |limit| limit.node);
        exists("the node of a default limit", &step.feed, node, depot.site.len())?;
    }
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
