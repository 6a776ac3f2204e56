//! Breaches: every time during which a meter is above its limit, a node's or a connector's, is told when it ends, with its extent and somebody who
//! can be blamed; and every limit that fell is met when the meters say so.

use super::known::{Holds, Known, wrong};
use super::limits::Limits;
use crate::breach::{Breach, BreachCause};
use crate::charger::ChargerChange;
use crate::limit_step::LimitStep;
use crate::view::{NO_NODE, RunEnd, TickView};
use balancer::Strategy;
use std::collections::BTreeMap;

/// What is above its limit, and which limits fell and are not met yet.
#[derive(Debug, Clone)]
pub(super) struct Breaches {
    /// By place: node columns, then connector columns after them.
    open: BTreeMap<usize, Extent>,
    /// Limits as they were last, by place \[W\].
    last_limit_w: Vec<u64>,
    /// Steps with their places.
    unmet: Vec<(usize, LimitStep)>,
}

/// The extent of a breach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Extent {
    position: u32,
    start_s: u64,
    peak_over_w: u64,
    energy_over_j: u128,
}

impl Breaches {
    pub(super) fn of() -> Self {
        Self { open: BTreeMap::new(), last_limit_w: Vec::new(), unmet: Vec::new() }
    }

    /// Takes note of every limit that fell.
    #[cold]
    pub(super) fn note_falls(&mut self, known: &Known<'_>, limits: &Limits<'_>, t_s: u64) {
        let (of_nodes, of_connectors) = (&limits.of_nodes().limit_w, &limits.of_connectors().limit_w);
        let limit_w = of_nodes.iter().chain(of_connectors);
        for (place, (&to_w, &from_w)) in limit_w.clone().zip(&self.last_limit_w).enumerate() {
            if to_w < from_w && !is_told_as_node(known, place) {
                let node = position_of(known, place);
                let step = LimitStep { node, at_s: t_s, from_w, to_w, comply_s: None, overshoot_w: 0 };
                self.unmet.push((place, step));
            }
        }
        // Those of one tick are told in the order of the site.
        self.unmet.sort_by_key(|(_, step)| (step.at_s, step.node));
        self.last_limit_w.clear();
        self.last_limit_w.extend(limit_w);
    }

    #[inline]
    pub(super) fn check(
        &mut self,
        known: &Known<'_>,
        limits: &Limits<'_>,
        any_over: bool,
        has_rejected: bool,
        view: &TickView<'_>,
    ) -> Holds {
        let is_quiet = !any_over
            && self.open.is_empty()
            && self.unmet.is_empty()
            && view.met_limits.is_empty()
            && view.ended_breaches.is_empty();
        if is_quiet {
            return Ok(());
        }
        self.check_met_limits(known, limits, view)?;
        self.check_extents(known, limits, view)?;
        check_blame(known, has_rejected, view.ended_breaches)
    }

    /// Limits that fell are met when the meters say so, and told then.
    #[cold]
    fn check_met_limits(&mut self, known: &Known<'_>, limits: &Limits<'_>, view: &TickView<'_>) -> Holds {
        let mut met = Vec::new();
        let nodes = known.site.nodes.len();
        let over_w = |place: usize| match place.checked_sub(nodes) {
            None => {
                let over_w =
                    i128::from(view.nodes.measured_w[place]) - i128::from(limits.of_nodes().limit_w[place]);
                over_w.max(0) as u64
            }
            Some(column) => meter_of_connector_w(limits, view, column)
                .saturating_sub(limits.of_connectors().limit_w[column]),
        };
        self.unmet.retain_mut(|(place, step)| {
            let over_w = over_w(*place);
            step.overshoot_w = step.overshoot_w.max(over_w);
            if over_w == 0 {
                met.push(LimitStep { comply_s: Some(view.t_s - step.at_s), ..*step });
            }
            over_w > 0
        });
        if met != view.met_limits {
            return wrong(0, format!("limits that are met should be {met:?}, and are {:?}", view.met_limits));
        }
        Ok(())
    }

    /// Breaches end when meters are within their limits again, and are told then.
    #[cold]
    fn check_extents(&mut self, known: &Known<'_>, limits: &Limits<'_>, view: &TickView<'_>) -> Holds {
        let site = &known.site;
        let meters = view.nodes.measured_w.iter().map(|meter_w| (*meter_w).max(0).unsigned_abs());
        let nodes = site.nodes.iter().zip(meters).zip(&limits.of_nodes().limit_w);
        let connectors = site.connectors.iter().enumerate().map(|(column, position)| {
            // A charge point without connectors has told of itself as a node.
            let is_told = known.node_column[*position as usize] != NO_NODE;
            let meter_w = if is_told { 0 } else { meter_of_connector_w(limits, view, column) };
            (position, meter_w)
        });
        let connectors = connectors.zip(&limits.of_connectors().limit_w);
        let mut ended = Vec::new();
        for (place, ((&position, meter_w), &limit_w)) in nodes.chain(connectors).enumerate() {
            let over_w = meter_w.saturating_sub(limit_w);
            if over_w == 0 {
                ended.extend(self.open.remove(&place));
                continue;
            }
            let fresh = Extent { position, start_s: view.t_s, peak_over_w: 0, energy_over_j: 0 };
            let extent = self.open.entry(place).or_insert(fresh);
            extent.peak_over_w = extent.peak_over_w.max(over_w);
            extent.energy_over_j += u128::from(over_w) * u128::from(view.step_s);
        }
        are_told(&ended, view.t_s, view.ended_breaches)
    }

    /// What is still open ends with the run.
    pub(super) fn check_end(&self, known: &Known<'_>, has_rejected: bool, end: &RunEnd<'_>) -> Holds {
        let unmet: Vec<LimitStep> = self.unmet.iter().map(|(_, step)| *step).collect();
        if unmet != end.unmet_limits {
            return wrong(0, format!("limits that are not met should be {unmet:?}"));
        }
        let open: Vec<Extent> = self.open.values().copied().collect();
        are_told(&open, end.t_s, end.ended_breaches)?;
        check_blame(known, has_rejected, end.ended_breaches)
    }
}

/// Where in the site a place is.
fn position_of(known: &Known<'_>, place: usize) -> u32 {
    let nodes = &known.site.nodes;
    nodes.get(place).copied().unwrap_or_else(|| known.site.connectors[place - nodes.len()])
}

/// Whether a place is a connector only because it is a charge point without any: as a node it has told of itself.
fn is_told_as_node(known: &Known<'_>, place: usize) -> bool {
    place >= known.site.nodes.len() && known.node_column[position_of(known, place) as usize] != NO_NODE
}

/// What the meter of a connector shows, base load of its own included \[W\].
fn meter_of_connector_w(limits: &Limits<'_>, view: &TickView<'_>, column: usize) -> u64 {
    let meter_w = i64::from(view.connectors.measured_w[column]) + limits.of_connectors().base_load_w[column];
    meter_w.max(0).unsigned_abs()
}

/// Exactly these breaches are told to end at `end_s`.
fn are_told(ended: &[Extent], end_s: u64, told: &[Breach]) -> Holds {
    let is_told = |(extent, breach): (&Extent, &Breach)| {
        let told = Extent {
            position: breach.node,
            start_s: breach.start_s,
            peak_over_w: breach.peak_over_w,
            energy_over_j: breach.energy_over_j,
        };
        *extent == told && breach.end_s == end_s
    };
    if ended.len() == told.len() && ended.iter().zip(told).all(is_told) {
        return Ok(());
    }
    let position = ended.first().map(|extent| extent.position).or(told.first().map(|breach| breach.node));
    wrong(
        position.unwrap_or(0),
        format!("breaches that end at {end_s} s should be {ended:?}, and are {told:?}"),
    )
}

/// Whoever is blamed for a breach was there to be blamed when it began.
fn check_blame(known: &Known<'_>, has_rejected: bool, ended: &[Breach]) -> Holds {
    let Some(breach) = ended.iter().find(|breach| !is_blame_possible(known, has_rejected, breach)) else {
        return Ok(());
    };
    wrong(breach.node, format!("nothing there explains a breach by {}", breach.cause.code()))
}

fn is_blame_possible(known: &Known<'_>, has_rejected: bool, breach: &Breach) -> bool {
    let below = match known.node_column[breach.node as usize] {
        NO_NODE => &[breach.node][..],
        node => {
            let (first, end) = known.site.connectors_below[node as usize];
            &known.site.connectors[first as usize..end as usize]
        }
    };
    let happened = |change: ChargerChange| {
        known.realization.charger_steps.iter().any(|step| {
            let is_below = known.depot.connectors_of(step.node).iter().any(|at| below.contains(at));
            step.change == change && step.at_s <= breach.start_s as i64 && is_below
        })
    };
    match breach.cause {
        BreachCause::ChargerOffline => happened(ChargerChange::Offline),
        BreachCause::NotApplied => has_rejected || happened(ChargerChange::SetpointsIgnored),
        BreachCause::Uncontrolled => known.depot.strategy == Strategy::Uncontrolled,
        BreachCause::ChargerLag => !known.depot.equipment.chargers.is_empty(),
        BreachCause::EnvelopeStep | BreachCause::SiteChange | BreachCause::BaseLoad => true,
    }
}
