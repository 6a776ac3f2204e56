//! Acceptance criteria: what a run must show, each with the requirement that it proves.

use crate::error::Problems;
use crate::supply::Supply;
use crate::text::tree::typed::{self, Notation};
use crate::text::unshown::line_problem;
use crate::values::clock::{Span, When};
use crate::values::names::{find, id_problem, one_of};
use crate::values::quantity::{Count, LimitKw, Pct, shown};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sim::acceptance::{Criterion, CyclePattern, ExpectedCounts, Rule};
use sim::{LimitSource, NodeKind, Outcome, Reason};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// Something that a run must show to be accepted. `run` ends with exit code 1 where it does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckRecord {
    /// The id.
    pub id: String,
    /// The id of the requirement that it proves, in any notation.
    pub requirement: String,
    /// What it is about, for people.
    pub text: String,
    /// What is judged.
    pub check: CheckRule,
}

/// What is judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum CheckRule {
    /// No node ever draws more than its effective limit.
    WithinLimits,
    /// Of the visits that came, at least a share was ready before it left; who never came does not count.
    Ready {
        /// The share; all, if not said.
        #[serde(default = "all")]
        least_pct: Pct,
    },
    /// At least one cycle in a window is CURTAILED, as said.
    Curtailed {
        /// The constraining node; any, if not said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        node: Option<String>,
        /// The reason code; any, if not said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<ConstraintReason>,
        /// Which of the node's limits; any, if not said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit_source: Option<LimitName>,
        /// From then on; from the start, if not said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<When>,
        /// Before then; until the end, if not said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<When>,
    },
    /// At least one cycle in a window is REJECTED, as said.
    Rejected {
        /// The reason code; any, if not said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<RejectionReason>,
        /// From then on; from the start, if not said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<When>,
        /// Before then; until the end, if not said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<When>,
    },
    /// No cycle is REJECTED.
    NeverRejected,
    /// Every breach, if there are any, is shorter than this.
    BreachesShorterThan(Span),
    /// A node's meter, base load included, never shows more than this.
    PeakAtMost {
        /// The site, a grid connection, a circuit or a charge point.
        node: String,
        /// The most it may show.
        power_kw: LimitKw,
    },
    /// The site consists of so many of each kind; what is not said may be any number.
    Shape {
        /// Grid connections.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        grid_connections: Option<Count>,
        /// Charger circuits.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        charger_circuits: Option<Count>,
        /// Charge points.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        charge_points: Option<Count>,
        /// Connectors; a charge point without any counts as one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        connectors: Option<Count>,
        /// Charge points on every circuit that has any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        charge_points_per_circuit: Option<Count>,
        /// Connectors of every charge point.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        connectors_per_charge_point: Option<Count>,
    },
}

fn all() -> Pct {
    Pct::from_ppm(1_000_000).expect("100 % is a percentage")
}

macro_rules! code_in_files {
    ($(#[$doc:meta])* $name:ident($of:ty), $what:literal, $code:expr, $all:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $name(pub $of);

        impl Notation for $name {
            const CHANNEL: &'static str = typed::TEXT;

            fn read(text: &str) -> Result<Self, String> {
                find(text, $what, &$all, $code).map(Self)
            }

            fn allowed() -> String {
                one_of(&$all, $code)
            }

            fn placeholder() -> Self {
                Self($all[0])
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                typed::deserialize(deserializer)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str($code(self.0))
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                typed::schema::<Self>()
            }

            fn inline_schema() -> bool {
                true
            }
        }
    };
}
code_in_files!(
    /// Why a cycle is CURTAILED.
    ConstraintReason(Reason),
    "reason of a curtailed cycle",
    Reason::code,
    [
        Reason::SiteLimit,
        Reason::GridConnectionLimit,
        Reason::ChargerCircuitLimit,
        Reason::ChargePointLimit,
        Reason::ConnectorLimit,
        Reason::MinimumPower,
    ]
);
code_in_files!(
    /// Why a cycle is REJECTED.
    RejectionReason(Reason),
    "reason of a rejected cycle",
    Reason::code,
    [
        Reason::InvalidTopology,
        Reason::UnsupportedTopology,
        Reason::InvalidLimit,
        Reason::InvalidRequest,
        Reason::StaleInput,
        Reason::InfeasibleMinimum,
    ]
);
code_in_files!(
    /// Which of a node's limits is the effective one.
    LimitName(LimitSource),
    "source of a limit",
    LimitSource::name,
    [
        LimitSource::DefaultCapacity,
        LimitSource::SafeOperatingCapacity,
        LimitSource::MaxRating,
        LimitSource::OperatingEnvelope,
        LimitSource::Fallback,
        LimitSource::Outage,
    ]
);

impl Supply<'_> {
    /// The checks with nodes as positions and times as seconds, in their order.
    pub(crate) fn criteria(&self, checks: &[CheckRecord], problems: &mut Problems) -> Vec<Criterion> {
        let mut ids = BTreeSet::new();
        let mut criteria = Vec::with_capacity(checks.len());
        for record in checks {
            let place = format!("checks.{}", shown(&record.id));
            if let Some(problem) = id_problem(&record.id) {
                problems.add(format!("{place}.id"), problem);
            }
            if !ids.insert(&record.id) {
                let message =
                    format!("the id \"{}\" stands twice (checks have ids of their own)", shown(&record.id));
                problems.add(format!("{place}.id"), message);
            }
            for (field, text) in [("requirement", &record.requirement), ("text", &record.text)] {
                if text.trim().is_empty() {
                    problems.add(format!("{place}.{field}"), "it is empty (a few words)");
                } else if let Some(problem) = line_problem(text) {
                    problems.add(format!("{place}.{field}"), problem);
                }
            }
            if let Some(rule) = self.rule(&record.check, &format!("{place}.check"), problems) {
                let CheckRecord { id, requirement, text, .. } = record.clone();
                criteria.push(Criterion { id, requirement, text, rule });
            }
        }
        criteria
    }

    fn rule(&self, rule: &CheckRule, place: &str, problems: &mut Problems) -> Option<Rule> {
        Some(match rule {
            CheckRule::WithinLimits => Rule::WithinLimits,
            CheckRule::NeverRejected => Rule::NeverRejected,
            CheckRule::Ready { least_pct } => Rule::Ready { least_ppm: least_pct.ppm() },
            CheckRule::BreachesShorterThan(span) => {
                Rule::BreachesShorterThan { duration_s: u64::from(span.s()) }
            }
            CheckRule::Curtailed { node, reason, limit_source, from, to } => {
                let node = match node {
                    None => None,
                    Some(id) => Some(self.node_of_check(id, place, problems)?),
                };
                let (from_s, to_s) = self.check_window(*from, *to, place, problems)?;
                Rule::Cycle(CyclePattern {
                    outcome: Outcome::Curtailed,
                    node,
                    reason: reason.map(|reason| reason.0),
                    source: limit_source.map(|source| source.0),
                    from_s,
                    to_s,
                })
            }
            CheckRule::Rejected { reason, from, to } => {
                let (from_s, to_s) = self.check_window(*from, *to, place, problems)?;
                let reason = reason.map(|reason| reason.0);
                let outcome = Outcome::Rejected;
                Rule::Cycle(CyclePattern { outcome, node: None, reason, source: None, from_s, to_s })
            }
            CheckRule::PeakAtMost { node, power_kw } => {
                let position = self.node_of_check(node, place, problems)?;
                if self.positions.at(position).kind == NodeKind::Connector {
                    let message = format!(
                        "\"{}\" is a connector, which has no meter of its own (its charge point, or a node above)",
                        shown(node)
                    );
                    problems.add(format!("{place}.node"), message);
                    return None;
                }
                Rule::PeakAtMost { node: position, power_w: power_kw.w() }
            }
            CheckRule::Shape {
                grid_connections,
                charger_circuits,
                charge_points,
                connectors,
                charge_points_per_circuit,
                connectors_per_charge_point,
            } => {
                let count = |count: &Option<Count>| count.map(Count::get);
                Rule::Shape(ExpectedCounts {
                    grid_connections: count(grid_connections),
                    charger_circuits: count(charger_circuits),
                    charge_points: count(charge_points),
                    connectors: count(connectors),
                    charge_points_per_circuit: count(charge_points_per_circuit),
                    connectors_per_charge_point: count(connectors_per_charge_point),
                })
            }
        })
    }

    fn node_of_check(&self, id: &str, place: &str, problems: &mut Problems) -> Option<u32> {
        self.positions.node(id).map_err(|message| problems.add(format!("{place}.node"), message)).ok()
    }

    /// The window in which a cycle counts: within the run, and not empty.
    fn check_window(
        &self,
        from: Option<When>,
        to: Option<When>,
        place: &str,
        problems: &mut Problems,
    ) -> Option<(i64, i64)> {
        let window = match (from, to) {
            (Some(from), Some(to)) => self.calendar.stretch(from, to, 0),
            (Some(from), None) => self.calendar.resolve(from, 0).map(|from_s| (from_s, self.duration_s)),
            (None, Some(to)) => self.calendar.resolve(to, 1).map(|to_s| (0, to_s)),
            (None, None) => Ok((0, self.duration_s)),
        };
        let in_run = window.and_then(|(from_s, to_s)| {
            let is_in_run = from_s < self.duration_s && to_s > 0 && from_s < to_s;
            is_in_run.then_some((from_s, to_s)).ok_or_else(|| {
                let (start, end) = (self.calendar.moment(0), self.calendar.moment(self.duration_s));
                format!("no cycle of the run lies in the window (from \"{start}\", before \"{end}\")")
            })
        });
        in_run.map_err(|message| problems.add(place, message)).ok()
    }
}
