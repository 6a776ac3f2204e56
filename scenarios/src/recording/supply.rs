//! Outages and feeds in a recording.

use crate::error::Problems;
use crate::format::file::Basis;
use crate::recording::{RecordedRefusal, Recording, check_refusal, seconds_of_step};
use crate::scenario::Scenario;
use crate::site::derive::Positions;
use crate::values::clock::{Calendar, Moment};
use crate::values::names::id_problem;
use crate::values::quantity::LimitKw;
use serde::{Deserialize, Serialize};
use sim::{DefaultLimit, Depot, FeedStep, NodeKind, OutageStep, Rejection};

/// An outage begins or ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedOutageStep {
    /// When.
    pub at: Moment,
    /// The node's id.
    pub node: String,
    /// Whether it is out from then on.
    pub is_out: bool,
}

/// What a feed of envelopes is worth from a moment on; its limits stand among the envelope steps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedFeedStep {
    /// When.
    pub at: Moment,
    /// The feed's id.
    pub feed: String,
    /// The limit that holds because nothing valid is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_limit: Option<RecordedDefaultLimit>,
    /// Why every cycle is rejected from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<RecordedRefusal>,
}

/// A limit that holds while a feed is silent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedDefaultLimit {
    /// The node's id.
    pub node: String,
    /// What it counts.
    pub basis: Basis,
    /// The limit.
    pub limit_kw: LimitKw,
}

impl RecordedOutageStep {
    pub(crate) fn of(step: &OutageStep, depot: &Depot, calendar: &Calendar) -> Self {
        let node = depot.site[step.node as usize].id.clone();
        Self { at: calendar.moment(step.at_s), node, is_out: step.is_out }
    }
}

impl RecordedFeedStep {
    pub(crate) fn of(step: &FeedStep, depot: &Depot, calendar: &Calendar) -> Self {
        let default_limit = step.default_limit.map(|limit| RecordedDefaultLimit {
            node: depot.site[limit.node as usize].id.clone(),
            basis: limit.basis.into(),
            limit_kw: LimitKw::from_w(limit.limit_w).expect("limits of a scenario are bounded"),
        });
        let refused = step.refusal.clone().map(|Rejection { reason, subject, detail }| RecordedRefusal {
            reason,
            subject,
            detail,
        });
        Self { at: calendar.moment(step.at_s), feed: step.feed.clone(), default_limit, refused }
    }
}

impl Recording {
    /// The outages and feeds that were recorded, in order of time.
    pub(crate) fn restored_supply(
        &self,
        scenario: &Scenario,
        problems: &mut Problems,
    ) -> (Vec<OutageStep>, Vec<FeedStep>) {
        let depot = scenario.depot();
        let positions = Positions::of(&depot.site, &[]);
        let at_s = |place: &str, at, problems: &mut Problems| seconds_of_step(place, at, scenario, problems);
        let mut outages = Vec::with_capacity(self.outage_steps.len());
        for (index, step) in self.outage_steps.iter().enumerate() {
            let place = format!("outage_steps.{}", index + 1);
            let at_s = at_s(&place, step.at, problems);
            match positions.node(&step.node) {
                Ok(node) if positions.at(node).kind == NodeKind::Connector => problems.add(
                    format!("{place}.node"),
                    "a connector has no supply of its own (its charge point, or a node above)",
                ),
                Ok(node) => outages.push(OutageStep { at_s, node, is_out: step.is_out }),
                Err(message) => problems.add(format!("{place}.node"), message),
            }
        }
        let mut feeds = Vec::with_capacity(self.feed_steps.len());
        for (index, step) in self.feed_steps.iter().enumerate() {
            let place = format!("feed_steps.{}", index + 1);
            let at_s = at_s(&place, step.at, problems);
            if let Some(problem) = id_problem(&step.feed) {
                problems.add(format!("{place}.feed"), problem);
            }
            let default_limit = step.default_limit.as_ref().and_then(|limit| {
                let basis = limit.basis.into();
                match positions.node(&limit.node) {
                    Ok(node) => Some(DefaultLimit { node, basis, limit_w: limit.limit_kw.w() }),
                    Err(message) => {
                        problems.add(format!("{place}.default_limit.node"), message);
                        None
                    }
                }
            });
            check_refusal(&place, step.refused.as_ref(), problems);
            let refusal = step.refused.clone();
            let refusal = refusal.map(|RecordedRefusal { reason, subject, detail }| Rejection {
                reason,
                subject,
                detail,
            });
            feeds.push(FeedStep { at_s, feed: step.feed.clone(), default_limit, refusal });
        }
        outages.sort_by_key(|step| step.at_s);
        feeds.sort_by_key(|step| step.at_s);
        (outages, feeds)
    }

    /// Outages, feeds, programs, faults and overrides stand in a recording as steps.
    pub(crate) fn check_supply_is_decided(&self, problems: &mut Problems) {
        let scenario = &self.scenario;
        let lists = [
            ("outages", scenario.outages.is_empty(), "outage_steps"),
            ("envelope_feeds", scenario.envelope_feeds.is_empty(), "envelope_steps and feed_steps"),
            ("demand_response", scenario.demand_response.is_empty(), "envelope_steps"),
            ("charger_faults", scenario.charger_faults.is_empty(), "charger_steps"),
            ("overrides", scenario.overrides.is_empty(), "override_steps"),
        ];
        for (list, is_empty, steps) in lists {
            if !is_empty {
                let message = format!("a recording has steps instead (put them into {steps})");
                problems.add(format!("scenario.{list}"), message);
            }
        }
    }
}
