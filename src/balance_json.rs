//! The JSON of `depotsim balance`: the question, the answer, and their schemas.

use balancer::{Control, CycleInput, Decision, InputNode, InputRequest, NodeKind, Strategy};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::value::RawValue;

/// One rebalance cycle: who may draw how much?
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Question {
    /// How power is shared; `fair-share` where it is left out.
    #[serde(default, deserialize_with = "strategy")]
    #[schemars(with = "Option<StrategyName>")]
    strategy: Strategy,
    /// Which assets are the leaves; `connector` where it is left out.
    #[serde(default, deserialize_with = "control")]
    #[schemars(with = "Option<ControlName>")]
    control: Control,
    /// The tree of power nodes, in any order; children keep the order of the list.
    nodes: Vec<Node>,
    /// Who asks for power; one request per leaf at most.
    requests: Vec<Request>,
    /// The moment of the cycle [s].
    now_s: Option<Whole>,
    /// The moment the requests were measured [s].
    measured_s: Option<Whole>,
    /// How old they may be [s].
    max_age_s: Option<Whole>,
}

/// A power node.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Node {
    /// Unique id.
    id: String,
    /// What it is.
    #[serde(deserialize_with = "kind")]
    #[schemars(with = "KindName")]
    kind: NodeKind,
    /// The parent's id; left out for the root.
    parent: Option<String>,
    /// Short for default_capacity_w [W].
    limit_w: Option<Whole>,
    /// Default capacity [W].
    default_capacity_w: Option<Whole>,
    /// Safe operating capacity [W].
    safe_operating_capacity_w: Option<Whole>,
    /// Maximum rating [W].
    max_rating_w: Option<Whole>,
    /// Active operating envelope on imported power [W].
    envelope_w: Option<Whole>,
    /// The node's own non-EV power [W]; negative for generation.
    base_load_w: Option<Whole>,
    /// Share beside siblings under branch-fair, and the default weight of a leaf; 1 where it is left out.
    weight: Option<Whole>,
}

/// What a leaf asks for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Request {
    /// The leaf's id.
    node: String,
    /// Power it could take [W].
    demand_w: Whole,
    /// Power below which it would rather be paused [W].
    min_w: Option<Whole>,
    /// Share beside others; the node's where it is left out.
    weight: Option<Whole>,
    /// Priority tier, lower first; 0 where it is left out.
    tier: Option<Whole>,
    /// Whether it may be paused; true where it is left out.
    pausable: Option<bool>,
    /// The only setpoints it accepts [W].
    steps_w: Option<Vec<Whole>>,
    /// Arrival [s].
    arrived_s: Option<Whole>,
    /// Departure [s].
    departs_s: Option<Whole>,
    /// Energy still needed [Wh].
    needs_wh: Option<Whole>,
    /// State of charge [ppm].
    soc_ppm: Option<Whole>,
    /// When it last had its minimum [s]; never, where it is left out.
    last_served_s: Option<Whole>,
}

/// A whole number of any size: what is out of range is for the balancer to reject, with its code.
#[derive(Debug, Clone, Copy, JsonSchema)]
#[schemars(transparent)]
struct Whole(#[schemars(with = "i64")] i128);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <Box<RawValue>>::deserialize(deserializer)?;
        let text = raw.get();
        let digits = text.strip_prefix('-').unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(de::Error::custom(format!(
                "{text} is not a whole number (no fractions, exponents or quotes)"
            )));
        }
        let beyond = if text.starts_with('-') { i128::MIN } else { i128::MAX };
        Ok(Self(text.parse().unwrap_or(beyond)))
    }
}

fn strategy<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Strategy, D::Error> {
    named(deserializer, "strategy", Strategy::from_name, Strategy::ALL.map(Strategy::name).as_slice())
}

fn control<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Control, D::Error> {
    named(deserializer, "control", Control::from_name, Control::ALL.map(Control::name).as_slice())
}

fn kind<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NodeKind, D::Error> {
    named(deserializer, "kind", NodeKind::from_name, NodeKind::ALL.map(NodeKind::name).as_slice())
}

fn named<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    what: &str,
    from_name: fn(&str) -> Option<T>,
    allowed: &[&str],
) -> Result<T, D::Error> {
    let name = String::deserialize(deserializer)?;
    from_name(&name).ok_or_else(|| {
        de::Error::custom(format!("{what} \"{name}\" does not exist (it is one of {})", allowed.join(", ")))
    })
}

/// Names for the schema alone.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
#[expect(dead_code, reason = "only the names reach the schema")]
enum StrategyName {
    FairShare,
    BranchFair,
    Proportional,
    FirstCome,
    EarliestDeparture,
    LeastLaxity,
    LowestSoc,
    Uncontrolled,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
#[expect(dead_code, reason = "only the names reach the schema")]
enum ControlName {
    Connector,
    ChargePoint,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "only the names reach the schema")]
enum KindName {
    Site,
    GridConnection,
    ChargerCircuit,
    ChargePoint,
    Connector,
}

impl From<Question> for CycleInput {
    fn from(question: Question) -> Self {
        Self {
            strategy: question.strategy,
            control: question.control,
            nodes: question.nodes.into_iter().map(InputNode::from).collect(),
            requests: question.requests.into_iter().map(InputRequest::from).collect(),
            now_s: plain(question.now_s),
            measured_s: plain(question.measured_s),
            max_age_s: plain(question.max_age_s),
        }
    }
}

fn plain(value: Option<Whole>) -> Option<i128> {
    value.map(|whole| whole.0)
}

impl From<Node> for InputNode {
    fn from(node: Node) -> Self {
        Self {
            id: node.id,
            kind: node.kind,
            parent: node.parent,
            limit_w: plain(node.limit_w),
            default_capacity_w: plain(node.default_capacity_w),
            safe_operating_capacity_w: plain(node.safe_operating_capacity_w),
            max_rating_w: plain(node.max_rating_w),
            envelope_w: plain(node.envelope_w),
            base_load_w: plain(node.base_load_w),
            weight: plain(node.weight),
        }
    }
}

impl From<Request> for InputRequest {
    fn from(request: Request) -> Self {
        Self {
            node: request.node,
            demand_w: request.demand_w.0,
            min_w: plain(request.min_w),
            weight: plain(request.weight),
            tier: plain(request.tier),
            pausable: request.pausable,
            steps_w: request.steps_w.map(|steps| steps.into_iter().map(|step| step.0).collect()),
            arrived_s: plain(request.arrived_s),
            departs_s: plain(request.departs_s),
            needs_wh: plain(request.needs_wh),
            soc_ppm: plain(request.soc_ppm),
            last_served_s: plain(request.last_served_s),
        }
    }
}

/// The decision of a cycle.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Answer {
    /// APPLIED, CURTAILED or REJECTED.
    outcome: &'static str,
    /// The reason code.
    reason: &'static str,
    /// A sentence, where there is more to say.
    detail: Option<String>,
    /// The node or request that a rejection is about.
    subject: Option<String>,
    /// What withheld most, in a curtailed cycle.
    constraint: Option<AnswerConstraint>,
    /// Every power node in tree order; empty when rejected.
    nodes: Vec<AnswerNode>,
    /// One per request, in tree order; empty when rejected.
    setpoints: Vec<AnswerSetpoint>,
}

/// The node that withheld most.
#[derive(Debug, Serialize, JsonSchema)]
struct AnswerConstraint {
    node: String,
    limit_source: Option<&'static str>,
    limit_w: Option<u64>,
    demand_w: u64,
    allocated_w: u64,
    withheld_w: u64,
}

/// What the cycle says of a node.
#[derive(Debug, Serialize, JsonSchema)]
struct AnswerNode {
    id: String,
    limit_w: Option<u64>,
    limit_source: Option<&'static str>,
    ev_limit_w: Option<u64>,
    demand_w: u64,
    raw_demand_w: u64,
    allocated_w: u64,
    binding: bool,
}

/// What one request got.
#[derive(Debug, Serialize, JsonSchema)]
struct AnswerSetpoint {
    node: String,
    demand_w: u64,
    setpoint_w: u64,
    paused: bool,
    constrained_by: Option<String>,
}

impl From<Decision> for Answer {
    fn from(decision: Decision) -> Self {
        Self {
            outcome: decision.outcome.name(),
            reason: decision.reason.code(),
            detail: decision.detail,
            subject: decision.subject,
            constraint: decision.constraint.map(|constraint| AnswerConstraint {
                node: constraint.node,
                limit_source: constraint.limit_source.map(|source| source.name()),
                limit_w: constraint.limit_w,
                demand_w: constraint.demand_w,
                allocated_w: constraint.allocated_w,
                withheld_w: constraint.withheld_w,
            }),
            nodes: decision
                .nodes
                .into_iter()
                .map(|node| AnswerNode {
                    id: node.id,
                    limit_w: node.limit_w,
                    limit_source: node.limit_source.map(|source| source.name()),
                    ev_limit_w: node.ev_limit_w,
                    demand_w: node.demand_w,
                    raw_demand_w: node.raw_demand_w,
                    allocated_w: node.allocated_w,
                    binding: node.binding,
                })
                .collect(),
            setpoints: decision
                .setpoints
                .into_iter()
                .map(|setpoint| AnswerSetpoint {
                    node: setpoint.node,
                    demand_w: setpoint.demand_w,
                    setpoint_w: setpoint.setpoint_w,
                    paused: setpoint.paused,
                    constrained_by: setpoint.constrained_by,
                })
                .collect(),
        }
    }
}
