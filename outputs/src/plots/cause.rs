//! How cycles ended, sorted by what a stakeholder would do about it.

use super::palette::{BLUE, Color, FEED, FRAME, GREEN, INK, ORANGE, OUTAGE, SKY, VERMILLION};
use super::series::Series;
use sim::{CycleRecord, Depot, LimitSource, NodeKind, Outcome, Reason};

/// One lane of the ribbon below the site's plot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    Applied,
    Circuit,
    Connection,
    Site,
    Envelope,
    Fallback,
    Outage,
    ChargePoint,
    Rejected,
}

impl Cause {
    /// All, in the order of the lanes.
    pub(super) const ALL: [Cause; 9] = [
        Self::Applied,
        Self::Circuit,
        Self::Connection,
        Self::Site,
        Self::Envelope,
        Self::Fallback,
        Self::Outage,
        Self::ChargePoint,
        Self::Rejected,
    ];

    /// The lane of a cycle: of which limit it was, and at what kind of node where that was a rating. Who was paused is told by a lane of its own
    /// ([`Causes::pauses`]): what was too little for a minimum is still a limit.
    fn of(cycle: &CycleRecord, kinds: &[NodeKind]) -> Self {
        match cycle.outcome {
            Outcome::Applied => return Self::Applied,
            Outcome::Rejected => return Self::Rejected,
            Outcome::Curtailed => {}
        }
        let constraint = cycle.constraint.as_ref();
        match constraint.and_then(|constraint| constraint.source) {
            Some(LimitSource::OperatingEnvelope) => return Self::Envelope,
            Some(LimitSource::Fallback) => return Self::Fallback,
            Some(LimitSource::Outage) => return Self::Outage,
            _ => {}
        }
        match constraint.map(|constraint| kinds[constraint.node as usize]) {
            Some(NodeKind::Site) => Self::Site,
            Some(NodeKind::GridConnection) => Self::Connection,
            Some(NodeKind::ChargePoint | NodeKind::Connector) => Self::ChargePoint,
            Some(NodeKind::ChargerCircuit) | None => Self::Circuit,
        }
    }

    /// The lane's label.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Applied => "APPLIED in full",
            Self::Circuit => "CURTAILED: circuit limit",
            Self::Connection => "CURTAILED: grid connection",
            Self::Site => "CURTAILED: site limit",
            Self::Envelope => "CURTAILED: envelope",
            Self::Fallback => "CURTAILED: feed is silent",
            Self::Outage => "CURTAILED: outage",
            Self::ChargePoint => "CURTAILED: charge point",
            Self::Rejected => "REJECTED",
        }
    }

    /// The lane's colour; its place and label say the same.
    pub(super) fn color(self) -> Color {
        match self {
            Self::Applied => FRAME,
            Self::Circuit => SKY,
            Self::Connection => ORANGE,
            Self::Site => BLUE,
            Self::Envelope => VERMILLION,
            Self::Fallback => FEED,
            Self::Outage => OUTAGE,
            Self::ChargePoint => GREEN,
            Self::Rejected => INK,
        }
    }

    /// Whether the lane is drawn even when empty: "never" is an answer too.
    pub(super) fn is_always_told(self) -> bool {
        matches!(self, Self::Applied | Self::Circuit | Self::Connection | Self::Envelope | Self::Rejected)
    }
}

/// When the newest cycle had which cause, and how many cycles had it.
#[derive(Debug, Default)]
pub(super) struct Causes {
    /// What each of the site's records is.
    kinds: Vec<NodeKind>,
    lanes: [Lane; Cause::ALL.len()],
    /// Cycles whose reason was that somebody's minimum did not fit: each is in the lane of its limit as well.
    pub(super) pauses: Lane,
}

/// One cause over time.
#[derive(Debug, Default)]
pub(super) struct Lane {
    /// 1 while the newest cycle had this cause, else 0.
    pub(super) present: Series,
    /// Cycles that had it.
    pub(super) cycles: u64,
}

impl Lane {
    fn add(&mut self, is_present: bool, is_new: bool) {
        self.present.push(Some(i64::from(is_present)));
        self.cycles += u64::from(is_present && is_new);
    }
}

impl Causes {
    /// None yet, at a depot.
    pub(super) fn at(depot: &Depot) -> Self {
        Self { kinds: depot.site.iter().map(|node| node.kind).collect(), ..Self::default() }
    }

    /// Adds a tick with its newest cycle.
    pub(super) fn add(&mut self, cycle: Option<&CycleRecord>, is_new: bool) {
        let cause = cycle.map(|cycle| Cause::of(cycle, &self.kinds));
        for (lane, lane_cause) in self.lanes.iter_mut().zip(Cause::ALL) {
            lane.add(cause == Some(lane_cause), is_new);
        }
        self.pauses.add(cycle.is_some_and(|cycle| cycle.reason == Reason::MinimumPower), is_new);
    }

    /// The lanes that are drawn.
    pub(super) fn told(&self) -> impl Iterator<Item = (Cause, &Lane)> {
        let lanes = Cause::ALL.into_iter().zip(&self.lanes);
        lanes.filter(|(cause, lane)| cause.is_always_told() || lane.cycles > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim::ConstraintRecord;

    fn cycle(outcome: Outcome, reason: Reason, constraint: Option<(u32, LimitSource)>) -> CycleRecord {
        let constraint = constraint.map(|(node, source)| ConstraintRecord {
            node,
            is_pause: reason == Reason::MinimumPower,
            source: Some(source),
            limit_w: 1,
            demand_w: 2,
            allocated_w: 1,
            withheld_w: 1,
        });
        CycleRecord {
            cycle: 0,
            t_s: 0,
            outcome,
            reason,
            constraint,
            curtailed_count: 0,
            paused_count: 0,
            site_demand_w: 0,
            site_allocated_w: 0,
            subject: None,
            detail: None,
        }
    }

    #[test]
    fn a_cycle_is_told_by_the_limit_that_bound_whoever_it_paused() {
        use LimitSource::{Fallback, OperatingEnvelope, Outage, SafeOperatingCapacity};
        let kinds =
            [NodeKind::Site, NodeKind::GridConnection, NodeKind::ChargerCircuit, NodeKind::ChargePoint];
        let curtailed = |reason, node, source| cycle(Outcome::Curtailed, reason, Some((node, source)));
        let cases = [
            (cycle(Outcome::Applied, Reason::Unconstrained, None), Cause::Applied),
            (cycle(Outcome::Rejected, Reason::StaleInput, None), Cause::Rejected),
            (curtailed(Reason::SiteLimit, 0, SafeOperatingCapacity), Cause::Site),
            (curtailed(Reason::GridConnectionLimit, 1, SafeOperatingCapacity), Cause::Connection),
            (curtailed(Reason::MinimumPower, 1, SafeOperatingCapacity), Cause::Connection),
            (curtailed(Reason::ChargerCircuitLimit, 2, SafeOperatingCapacity), Cause::Circuit),
            (curtailed(Reason::ChargePointLimit, 3, SafeOperatingCapacity), Cause::ChargePoint),
            (curtailed(Reason::GridConnectionLimit, 1, OperatingEnvelope), Cause::Envelope),
            (curtailed(Reason::MinimumPower, 2, OperatingEnvelope), Cause::Envelope),
            (curtailed(Reason::GridConnectionLimit, 1, Fallback), Cause::Fallback),
            (curtailed(Reason::ChargerCircuitLimit, 2, Outage), Cause::Outage),
        ];
        for (cycle, expected) in &cases {
            assert_eq!(Cause::of(cycle, &kinds), *expected, "{cycle:?}");
        }
        let mut causes = Causes { kinds: kinds.to_vec(), ..Causes::default() };
        cases.iter().for_each(|(cycle, _)| causes.add(Some(cycle), true));
        assert_eq!(causes.pauses.cycles, 2);
        assert_eq!(causes.lanes.iter().map(|lane| lane.cycles).sum::<u64>(), cases.len() as u64);
    }
}
