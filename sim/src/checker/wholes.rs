//! Charge points that are controlled as a whole, as their connectors show them.
//!
//! A charge point asks for what its connectors can take: each its demand, within its own limit. A connector whose own limit is below its least
//! power is stuck: it is paused whatever comes, and its charge point does not ask for it.

use super::known::Known;
use super::limits::Limits;
use super::minima;
use super::verdict::Pair;
use crate::view::{NO_NODE, TickView};
use balancer::{NodeKind, Strategy};
use std::ops::Range;

/// What the connectors of one charge point show of it.
pub(super) struct Whole {
    /// What it asks for \[W\].
    pub(super) demand_w: u64,
    /// Somebody gets less than he asks for.
    pub(super) is_curtailed: bool,
    pub(super) any_paused: bool,
    pub(super) any_stuck: bool,
    /// All whom power from above could help are paused.
    pub(super) is_all_paused: bool,
    /// Some are paused, and nobody else could have used what that leaves.
    pub(super) may_leave_some: bool,
    /// Site position of the node that its connectors name, other than themselves.
    pub(super) named_above: u32,
}

impl Whole {
    pub(super) fn of(
        known: &Known<'_>,
        limits: &Limits<'_>,
        view: &TickView<'_>,
        columns: Range<usize>,
    ) -> Self {
        let shown = &view.connectors;
        let (mut any_waits, mut any_runs, mut could_use) = (false, false, false);
        let mut whole = Self {
            demand_w: 0,
            is_curtailed: false,
            any_paused: false,
            any_stuck: false,
            is_all_paused: false,
            may_leave_some: false,
            named_above: NO_NODE,
        };
        for column in columns.filter(|&column| shown.demand_w[column] > 0) {
            let (setpoint_w, is_paused) = (shown.setpoint_w[column], shown.is_paused[column]);
            whole.is_curtailed |= setpoint_w < shown.demand_w[column];
            whole.any_paused |= is_paused;
            let is_limited_itself = is_connector(known, known.site.connectors[column]) && does_pause(known);
            if is_limited_itself && minima::is_stuck(known, limits, view, column) {
                whole.any_stuck = true;
                continue;
            }
            let take_w = take_w(known, limits, view, column);
            whole.demand_w += take_w;
            any_waits |= is_paused;
            any_runs |= !is_paused && take_w > 0;
            could_use |= !is_paused && u64::from(setpoint_w) < take_w;
            let by = shown.constrained_by[column];
            if by != NO_NODE && !is_connector(known, by) {
                whole.named_above = by;
            }
        }
        whole.is_all_paused = any_waits && !any_runs;
        whole.may_leave_some = any_waits && !could_use;
        whole
    }
}

/// What a connector's own limit withheld most of; of equals what is nearer to the root, then in tree order.
pub(super) fn largest_own(
    known: &Known<'_>,
    limits: &Limits<'_>,
    view: &TickView<'_>,
    depth_of: impl Fn(u32) -> u32,
) -> Option<Pair> {
    let shown = &view.connectors;
    let mut largest: Option<Pair> = None;
    for (column, &position) in known.site.connectors.iter().enumerate() {
        if shown.constrained_by[column] != position || !is_connector(known, position) {
            continue;
        }
        let (demand_w, setpoint_w) = (u64::from(shown.demand_w[column]), u64::from(shown.setpoint_w[column]));
        let pair = Pair {
            position,
            is_pause: shown.is_paused[column],
            withheld_w: take_w(known, limits, view, column).saturating_sub(setpoint_w),
            place: (depth_of(position), column as u32),
            own_w: Some((demand_w, setpoint_w)),
        };
        let is_larger = |other: &Pair| {
            pair.withheld_w > other.withheld_w
                || (pair.withheld_w == other.withheld_w && pair.place.0 < other.place.0)
        };
        if largest.as_ref().is_none_or(is_larger) {
            largest = Some(pair);
        }
    }
    largest
}

/// The most that a connector can use \[W\]: its demand, or what it may carry. `uncontrolled` minds ratings alone.
fn take_w(known: &Known<'_>, limits: &Limits<'_>, view: &TickView<'_>, column: usize) -> u64 {
    let position = known.site.connectors[column];
    let carries_w = match does_pause(known) {
        // A charge point without connectors is limited as a node.
        _ if !is_connector(known, position) => u64::MAX,
        true => limits.of_connectors().ev_limit_w[column],
        false if limits.is_dead(position) => 0,
        false => limits.max_rating_w(position),
    };
    u64::from(view.connectors.demand_w[column]).min(carries_w)
}

fn does_pause(known: &Known<'_>) -> bool {
    known.depot.strategy != Strategy::Uncontrolled
}

fn is_connector(known: &Known<'_>, position: u32) -> bool {
    known.depot.site.get(position as usize).is_some_and(|node| node.kind == NodeKind::Connector)
}
