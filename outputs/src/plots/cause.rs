//! How cycles ended, sorted by what a stakeholder would do about it.

use super::palette::{Color, FRAME, GREEN, INK, ORANGE, PURPLE, SKY, VERMILLION};
use super::series::Series;
use sim::{CycleRecord, LimitSource, Outcome, Reason};

/// One lane of the ribbon below the site's plot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    Applied,
    Circuit,
    Connection,
    Envelope,
    ChargePoint,
    Minimum,
    Rejected,
}

impl Cause {
    /// All, in the order of the lanes.
    pub(super) const ALL: [Cause; 7] = [
        Self::Applied,
        Self::Circuit,
        Self::Connection,
        Self::Envelope,
        Self::ChargePoint,
        Self::Minimum,
        Self::Rejected,
    ];

    /// The lane of a cycle. An operating envelope counts as such at whatever node it is.
    pub(super) fn of(cycle: &CycleRecord) -> Self {
        let source = cycle.constraint.as_ref().and_then(|constraint| constraint.source);
        match (cycle.outcome, cycle.reason) {
            (Outcome::Applied, _) => Self::Applied,
            (Outcome::Rejected, _) => Self::Rejected,
            (Outcome::Curtailed, Reason::MinimumPower) => Self::Minimum,
            (Outcome::Curtailed, _) if source == Some(LimitSource::OperatingEnvelope) => Self::Envelope,
            (Outcome::Curtailed, Reason::ChargePointLimit | Reason::ConnectorLimit) => Self::ChargePoint,
            (Outcome::Curtailed, Reason::SiteLimit | Reason::GridConnectionLimit) => Self::Connection,
            (Outcome::Curtailed, _) => Self::Circuit,
        }
    }

    /// The lane's label.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Applied => "APPLIED in full",
            Self::Circuit => "CURTAILED: circuit limit",
            Self::Connection => "CURTAILED: grid connection",
            Self::Envelope => "CURTAILED: envelope",
            Self::ChargePoint => "CURTAILED: charge point",
            Self::Minimum => "CURTAILED: minimum power",
            Self::Rejected => "REJECTED",
        }
    }

    /// The lane's colour; its place and label say the same.
    pub(super) fn color(self) -> Color {
        match self {
            Self::Applied => FRAME,
            Self::Circuit => SKY,
            Self::Connection => ORANGE,
            Self::Envelope => VERMILLION,
            Self::ChargePoint => GREEN,
            Self::Minimum => PURPLE,
            Self::Rejected => INK,
        }
    }

    /// Whether the lane is drawn even when empty: "never" is an answer too.
    pub(super) fn is_always_told(self) -> bool {
        !matches!(self, Self::ChargePoint | Self::Minimum)
    }
}

/// When the newest cycle had which cause, and how many cycles had it.
#[derive(Debug, Default)]
pub(super) struct Causes {
    lanes: [Lane; Cause::ALL.len()],
}

/// One cause over time.
#[derive(Debug, Default)]
pub(super) struct Lane {
    /// 1 while the newest cycle had this cause, else 0.
    pub(super) present: Series,
    /// Cycles that had it.
    pub(super) cycles: u64,
}

impl Causes {
    /// Adds a tick whose newest cycle has this cause.
    pub(super) fn add(&mut self, cause: Option<Cause>, is_new: bool) {
        for (lane, lane_cause) in self.lanes.iter_mut().zip(Cause::ALL) {
            let is_present = cause == Some(lane_cause);
            lane.present.push(Some(i64::from(is_present)));
            lane.cycles += u64::from(is_present && is_new);
        }
    }

    /// The lanes that are drawn.
    pub(super) fn told(&self) -> impl Iterator<Item = (Cause, &Lane)> {
        let lanes = Cause::ALL.into_iter().zip(&self.lanes);
        lanes.filter(|(cause, lane)| cause.is_always_told() || lane.cycles > 0)
    }
}
