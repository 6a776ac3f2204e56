//! Names: whoever gets less than he asks for names one node that has nothing left for him, and nobody else names any. Where setpoints show which
//! of several full nodes it is, it is the deepest.

use super::known::{Holds, Known, wrong};
use super::limits::Limits;
use super::minima;
use super::nodes::Nodes;
use crate::site::NO_PARENT;
use crate::view::{NO_NODE, TickView};
use balancer::{Control, Strategy};
use std::ops::Range;

/// Whether the node at `position` is a connector itself, or above it.
pub(super) fn is_on_path(known: &Known<'_>, column: usize, position: u32) -> bool {
    let mut above = Some(known.site.connectors[column]);
    while let Some(node) = above {
        if node == position {
            return true;
        }
        above = known.depot.site[node as usize].parent;
    }
    false
}

/// One connector, after a cycle that was not rejected: at most its demand, and named for what it lacks.
pub(super) fn check(
    known: &Known<'_>,
    limits: &Limits<'_>,
    nodes: &Nodes,
    view: &TickView<'_>,
    column: usize,
) -> Holds {
    let position = known.site.connectors[column];
    let (setpoint_w, demand_w) = (view.connectors.setpoint_w[column], view.connectors.demand_w[column]);
    let by = view.connectors.constrained_by[column];
    if setpoint_w > demand_w {
        return wrong(position, format!("gets {setpoint_w} W and asks for {demand_w}"));
    }
    if setpoint_w == demand_w {
        let is_named = by != NO_NODE;
        return if is_named { wrong(position, "gets its demand and names a constraint") } else { Ok(()) };
    }
    let Some(left_w) = left_for(known, limits, nodes, view, column) else {
        return wrong(position, "is curtailed, and what it names is not above it");
    };
    // A paused leaf would need its whole minimum; any other would take a watt.
    let is_paused = view.connectors.is_paused[column];
    let would_take_w = if is_paused { minima::least_w(known, limits, view, column) } else { 1 };
    if left_w >= u64::from(would_take_w) {
        return wrong(position, format!("is curtailed, and what it names has {left_w} W left"));
    }
    Ok(())
}

/// What is left at the node that a connector names; `None` if it is neither on its path nor the connector itself.
fn left_for(
    known: &Known<'_>,
    limits: &Limits<'_>,
    nodes: &Nodes,
    view: &TickView<'_>,
    column: usize,
) -> Option<u64> {
    let (site, by) = (&known.site, view.connectors.constrained_by[column]);
    if by == site.connectors[column] && known.node_column[by as usize] == NO_NODE {
        let limit_w = limits.of_connectors().ev_limit_w[column];
        return Some(limit_w.saturating_sub(u64::from(view.connectors.setpoint_w[column])));
    }
    let named = *known.node_column.get(by as usize)?;
    let mut node = site.connector_parents[column];
    while node != NO_PARENT {
        if node == named {
            // A charge point that is controlled as a whole may itself have split what it got.
            let splits =
                known.depot.control == Control::ChargePoint && node == site.connector_parents[column];
            if splits {
                return Some(0);
            }
            let sums = nodes.at(node);
            let left_w = limits.of_nodes().ev_limit_w[node as usize] - sums.allocated_w;
            return Some(left_w.saturating_sub(unusable_w(known, limits, view, node)));
        }
        node = site.parents[node as usize];
    }
    None
}

/// What charge points below a node may have been granted that none of their connectors can use: where all but the paused have what they
/// can take, less than the least minimum of the paused.
fn unusable_w(known: &Known<'_>, limits: &Limits<'_>, view: &TickView<'_>, node: u32) -> u64 {
    if known.depot.control == Control::Connector {
        return 0;
    }
    let site = &known.site;
    let (first, end) = site.connectors_below[node as usize];
    let mut unusable = 0;
    let mut column = first as usize;
    while column < end as usize {
        let of = site.connector_parents[column];
        let (_, end) = site.connectors_below[of as usize];
        unusable += unusable_at(known, limits, view, column..end as usize);
        column = end as usize;
    }
    unusable
}

/// The same at one charge point.
fn unusable_at(known: &Known<'_>, limits: &Limits<'_>, view: &TickView<'_>, columns: Range<usize>) -> u64 {
    let shown = &view.connectors;
    let mut least_w = u64::MAX;
    let mut uses_any = false;
    for column in columns.filter(|&column| shown.demand_w[column] > 0) {
        if minima::is_stuck(known, limits, view, column) {
            continue;
        }
        let take_w = u64::from(shown.demand_w[column]).min(limits.of_connectors().ev_limit_w[column]);
        if shown.is_paused[column] {
            least_w = least_w.min(u64::from(minima::least_w(known, limits, view, column)));
        } else if u64::from(shown.setpoint_w[column]) < take_w {
            return 0;
        } else {
            uses_any = true;
        }
    }
    if uses_any && least_w < u64::MAX { least_w.saturating_sub(1) } else { 0 }
}

/// Whether setpoints alone show which of several full nodes is to be named.
///
/// Under a greedy strategy a connector takes all that is left on its path, and nothing is left at the node that it names from then on. A full
/// node between the two had as little left at its turn, and, being deeper, is the one to name. (Under sharing strategies a node may be full
/// only because its exact share was rounded, so that nothing follows.)
pub(super) fn are_deepest(known: &Known<'_>) -> bool {
    let is_greedy = match known.depot.strategy {
        Strategy::FirstCome | Strategy::EarliestDeparture | Strategy::LeastLaxity | Strategy::LowestSoc => {
            true
        }
        Strategy::FairShare | Strategy::BranchFair | Strategy::Proportional | Strategy::Uncontrolled => false,
    };
    is_greedy && known.depot.control == Control::Connector
}

/// Every connector that lacks power and is not paused names the deepest of the full nodes above it.
pub(super) fn check_deepest(
    known: &Known<'_>,
    limits: &Limits<'_>,
    nodes: &Nodes,
    view: &TickView<'_>,
) -> Holds {
    let site = &known.site;
    let told = view.connectors.constrained_by.iter().zip(view.connectors.is_paused);
    for (column, (&by, _)) in told.enumerate().filter(|(_, (_, is_paused))| !**is_paused) {
        let Some(&named) = known.node_column.get(by as usize).filter(|&&named| named != NO_NODE) else {
            continue;
        };
        let mut node = site.connector_parents[column];
        while node != NO_PARENT && node != named {
            if nodes.at(node).allocated_w == limits.of_nodes().ev_limit_w[node as usize] {
                let what = "is deeper, has nothing left either, and is not named by a connector below it";
                return wrong(site.nodes[node as usize], what);
            }
            node = site.parents[node as usize];
        }
    }
    Ok(())
}
