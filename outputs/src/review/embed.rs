//! The data of the page's scrubber, as JSON that is safe inside a script element.

use super::page::ReviewContext;
use super::recorder::{CONNECTOR_COLUMNS, CYCLE_COLUMNS, NODE_COLUMNS, ReviewData};
use super::scrubber::Opening;
use super::words::fault_in_words;
use crate::moment::{FaultKind, Order, orders};
use crate::summary::waits::wait;
use crate::tree::{connectors_at, depth_first};
use serde::Serialize;
use sim::{ConnectorState, DemandSignal, Depot, LimitSource, Outcome, Override, Realization, Reason, Site};

/// What `review.js` reads. Series are flat lists of differences (see [`super::series::Series::deltas`]).
#[derive(Serialize)]
struct Embedded<'a> {
    /// Seconds of Unix time at the start.
    start_unix_s: i64,
    utc_offset_s: i32,
    step_s: u32,
    end_s: u64,
    /// The moment that the page opens at \[s\].
    opens_s: u64,
    /// When each frame began \[s\]: differences.
    frames: Vec<u64>,
    outcomes: [&'static str; 3],
    reasons: [&'static str; 13],
    sources: Vec<&'static str>,
    states: [&'static str; 8],
    fault_kinds: [&'static str; 10],
    texts: &'a [String],
    /// Ids of all positions of the site that the page can name.
    ids: Vec<&'a str>,
    kinds: Vec<&'static str>,
    /// Vehicles of the visits.
    vehicles: Vec<&'a str>,
    /// Their tiers; empty where all are of one.
    tiers: Vec<u32>,
    /// Position and depth of each node, each before those below it.
    nodes: Vec<(u32, u32)>,
    /// For each node, the positions and numbers of the connectors directly below it.
    connectors: Vec<Vec<(u32, usize)>>,
    /// What is wrong: position, number of the kind, since and until \[s\]; -1 where it lasts until the run ends.
    faults: Vec<(u32, usize, u64, i64)>,
    /// Whether any demand is what the balancer believes, and not what a vehicle could take.
    believes: bool,
    /// Whether any demand follows what was drawn last: with more power it would be more.
    follows_meters: bool,
    /// The largest breaches: position, start and end \[s\], and the code of what brought each about.
    breaches: Vec<(u32, u64, u64, &'static str)>,
    /// What operators order: visit, 0 for charge now and 1 for hold, since and until \[s\]; -1 where it lasts until the run ends.
    orders: Vec<(u32, u8, u64, i64)>,
    /// Who waits for a connector, in the order in which they asked: visit, since and until \[s\], and the place that it must have; -1 for any.
    waits: Vec<(usize, u64, u64, i64)>,
    /// Columns of the cycle, then those of each node in the order of `nodes`, then those of each connector by its number.
    cycle: Vec<Vec<i64>>,
    node_series: Vec<Vec<Vec<i64>>>,
    connector_series: Vec<Vec<Vec<i64>>>,
}

/// The name of the outcome with this number.
pub(super) fn outcome_name(number: i64) -> &'static str {
    usize::try_from(number).ok().and_then(|ix| Outcome::ALL.get(ix)).map_or("", |outcome| outcome.name())
}

/// The code of the reason with this number.
pub(super) fn reason_name(number: i64) -> &'static str {
    usize::try_from(number).ok().and_then(|ix| Reason::ALL.get(ix)).map_or("", |reason| reason.code())
}

/// The JSON, with `<` written so that no name can end the element that it stands in.
pub(super) fn json(
    data: &ReviewData,
    context: &ReviewContext<'_>,
    opening: &Opening,
) -> Result<String, serde_json::Error> {
    let ReviewContext { depot, realization, site, .. } = context;
    let order = depth_first(site, &data.nodes);
    let columns = &data.trace.columns;
    let series = |first: usize, count: usize| -> Vec<Vec<i64>> {
        columns[first..first + count].iter().map(super::series::Series::deltas).collect()
    };
    let place = |column: u32| data.nodes.iter().position(|&node| node == column).unwrap_or(0);
    let first_connector = CYCLE_COLUMNS + NODE_COLUMNS * data.nodes.len();
    let below = |column: u32| -> Vec<(u32, usize)> {
        let own = connectors_at(site, column).filter(|_| data.has_connectors);
        own.map(|number| (site.connectors[number], number)).collect()
    };
    let connectors = if data.has_connectors { site.connectors.len() } else { 0 };
    let embedded = Embedded {
        start_unix_s: depot.start_unix_s,
        utc_offset_s: depot.utc_offset_s,
        step_s: depot.step_s,
        end_s: data.end_s,
        opens_s: opening.t_s,
        frames: differences(data.trace.frames.iter().map(|frame| frame.t_s)),
        outcomes: Outcome::ALL.map(Outcome::name),
        reasons: Reason::ALL.map(Reason::code),
        sources: LimitSource::ALL.iter().map(|source| source.name()).collect(),
        states: ConnectorState::ALL.map(ConnectorState::name),
        fault_kinds: FaultKind::ALL.map(fault_in_words),
        texts: &data.texts,
        ids: depot.site.iter().map(|node| node.id.as_str()).collect(),
        kinds: depot.site.iter().map(|node| node.kind.name()).collect(),
        vehicles: realization.visits.iter().map(|visit| visit.vehicle.as_str()).collect(),
        tiers: tiers(realization),
        nodes: order.iter().map(|&(column, depth)| (site.nodes[column as usize], depth)).collect(),
        connectors: order.iter().map(|&(column, _)| below(column)).collect(),
        faults: faults(data, site),
        believes: any_signal(depot, realization, |signal| signal != DemandSignal::True),
        follows_meters: any_signal(depot, realization, |signal| {
            matches!(signal, DemandSignal::Measured { .. })
        }),
        breaches: data
            .breaches
            .kept
            .iter()
            .map(|seen| &seen.breach)
            .map(|breach| (breach.node, breach.start_s, breach.end_s, breach.cause.code()))
            .collect(),
        orders: embedded_orders(data, depot, realization),
        waits: waits(data, depot, realization),
        cycle: series(0, CYCLE_COLUMNS),
        node_series: order
            .iter()
            .map(|&(column, _)| series(CYCLE_COLUMNS + NODE_COLUMNS * place(column), NODE_COLUMNS))
            .collect(),
        connector_series: (0..connectors)
            .map(|number| series(first_connector + CONNECTOR_COLUMNS * number, CONNECTOR_COLUMNS))
            .collect(),
    };
    Ok(serde_json::to_string(&embedded)?.replace('<', "\\u003c"))
}

/// Whether the balancer is told of any demand in such a way.
fn any_signal(depot: &Depot, realization: &Realization, is_it: impl Fn(DemandSignal) -> bool) -> bool {
    let mut signals = realization.visits.iter().map(|visit| visit.conduct.demand_signal);
    signals.any(|own| is_it(own.unwrap_or(depot.equipment.demand_signal)))
}

fn faults(data: &ReviewData, site: &Site) -> Vec<(u32, usize, u64, i64)> {
    let until = |until_s: Option<u64>| until_s.map_or(-1, |until_s| until_s as i64);
    let shown = data.shown_faults(site).0.into_iter();
    shown.map(|fault| (fault.node, fault.kind as usize, fault.from_s, until(fault.until_s))).collect()
}

/// Orders while their vehicles may be there: one whose plug was pulled is no longer held.
fn embedded_orders(data: &ReviewData, depot: &Depot, realization: &Realization) -> Vec<(u32, u8, u64, i64)> {
    let embedded = |order: Order| {
        let left_s = data.stays[order.visit as usize].left_s;
        let until_s = order.until_s.into_iter().chain(left_s).min();
        let kind = match order.act {
            Override::ChargeNow => 0,
            Override::Hold => 1,
        };
        let is_seen = until_s.is_none_or(|until_s| order.from_s < until_s);
        is_seen.then_some((order.visit, kind, order.from_s, until_s.map_or(-1, |until_s| until_s as i64)))
    };
    orders(depot, realization).into_iter().filter_map(embedded).collect()
}

fn waits(data: &ReviewData, depot: &Depot, realization: &Realization) -> Vec<(usize, u64, u64, i64)> {
    let mut waits = Vec::new();
    for (index, (visit, stay)) in realization.visits.iter().zip(&data.stays).enumerate() {
        if let Some((from_s, until_s)) = wait(visit, stay, depot, data.end_s) {
            let arrives_s = depot.first_tick_s(visit.arrival_s);
            let connector = visit.connector.map_or(-1, i64::from);
            waits.push(((from_s, arrives_s == from_s, index), (index, from_s, until_s, connector)));
        }
    }
    // As in the status: in a tick those who had arrived before ask first.
    waits.sort_unstable();
    waits.into_iter().map(|(_, wait)| wait).collect()
}

fn tiers(realization: &Realization) -> Vec<u32> {
    let tiers: Vec<u32> = realization.visits.iter().map(|visit| visit.tier).collect();
    if tiers.windows(2).all(|pair| pair[0] == pair[1]) { Vec::new() } else { tiers }
}

fn differences(times: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut last = 0;
    times.map(|time| time - std::mem::replace(&mut last, time)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers in the page are places in lists: each enum's list holds all of it in its order. Whoever adds a variant is sent here by the compiler.
    #[test]
    fn numbers_of_outcomes_reasons_sources_states_and_faults_are_their_places_in_the_lists() {
        use {ConnectorState as State, LimitSource as Source};
        for (ix, outcome) in Outcome::ALL.into_iter().enumerate() {
            let count = match outcome {
                Outcome::Applied | Outcome::Curtailed | Outcome::Rejected => 3,
            };
            assert_eq!((outcome as usize, Outcome::ALL.len()), (ix, count));
        }
        for (ix, reason) in Reason::ALL.into_iter().enumerate() {
            let count = match reason {
                Reason::Unconstrained
                | Reason::SiteLimit
                | Reason::GridConnectionLimit
                | Reason::ChargerCircuitLimit
                | Reason::ChargePointLimit
                | Reason::ConnectorLimit
                | Reason::MinimumPower
                | Reason::InvalidTopology
                | Reason::UnsupportedTopology
                | Reason::InvalidLimit
                | Reason::InvalidRequest
                | Reason::StaleInput
                | Reason::InfeasibleMinimum => 13,
            };
            assert_eq!((reason as usize, Reason::ALL.len()), (ix, count));
        }
        for (ix, source) in Source::ALL.into_iter().enumerate() {
            let count = match source {
                Source::DefaultCapacity
                | Source::SafeOperatingCapacity
                | Source::MaxRating
                | Source::OperatingEnvelope
                | Source::Fallback
                | Source::Outage => 6,
            };
            assert_eq!((source as usize, Source::ALL.len()), (ix, count));
        }
        for (ix, state) in State::ALL.into_iter().enumerate() {
            let count = match state {
                State::Available
                | State::Preparing
                | State::Charging
                | State::SuspendedEvse
                | State::SuspendedEv
                | State::Finishing
                | State::Unavailable
                | State::Faulted => 8,
            };
            assert_eq!((state as usize, State::ALL.len()), (ix, count));
        }
        assert!(FaultKind::ALL.iter().enumerate().all(|(ix, &kind)| kind as usize == ix));
    }
}
