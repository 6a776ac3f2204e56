//! The JSON of `depotsim balance`: the question, the answer, and their schemas.

use balancer::{Control, CycleInput, Decision, InputNode, InputRequest, NodeKind, Strategy, decide};
use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::marker::PhantomData;

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
    #[serde(deserialize_with = "objects")]
    #[schemars(with = "Vec<Node>")]
    nodes: Vec<Node>,
    /// Who asks for power; one request per leaf at most.
    #[serde(deserialize_with = "objects")]
    #[schemars(with = "Vec<Request>")]
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
#[derive(Debug, JsonSchema)]
#[schemars(transparent)]
struct Whole(#[schemars(with = "i64")] Written);

#[derive(Debug)]
enum Written {
    Number(i128),
    /// Beyond all that can be meant.
    Digits(String),
}

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
        // Powers, energies and times lie far below this, and the numbers that stand in for others far above.
        let number = text.parse().ok().filter(|number: &i128| number.unsigned_abs() < 1 << 100);
        Ok(Self(number.map_or_else(|| Written::Digits(text.to_owned()), Written::Number)))
    }
}

/// An object with named values. What serde derives would take a list of them, too, in the order of the fields, which nobody means.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> de::Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with named values")
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
}

fn objects<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let objects: Vec<Object<T>> = Vec::deserialize(deserializer)?;
    Ok(objects.into_iter().map(|Object(value)| value).collect())
}

fn strategy<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Strategy, D::Error> {
    let name: Option<String> = Option::deserialize(deserializer)?;
    let allowed = Strategy::ALL.map(Strategy::name);
    name.map_or(Ok(Strategy::default()), |name| named(&name, "strategy", Strategy::from_name, &allowed))
}

fn control<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Control, D::Error> {
    let name: Option<String> = Option::deserialize(deserializer)?;
    let allowed = Control::ALL.map(Control::name);
    name.map_or(Ok(Control::default()), |name| named(&name, "control", Control::from_name, &allowed))
}

fn kind<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NodeKind, D::Error> {
    let name = String::deserialize(deserializer)?;
    named(&name, "kind", NodeKind::from_name, &NodeKind::ALL.map(NodeKind::name))
}

fn named<T, E: de::Error>(
    name: &str,
    what: &str,
    from_name: fn(&str) -> Option<T>,
    allowed: &[&str],
) -> Result<T, E> {
    from_name(name).ok_or_else(|| {
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

/// Numbers beyond all that can be meant. Others that are as much out of range stand in for them, the same for the same one; where a sentence quotes
/// one of those, [`Beyond::quote`] puts what was written in its place.
#[derive(Debug, Default)]
struct Beyond {
    /// Numbers whose digits stand in an id: a sentence may have them for that.
    taken: BTreeSet<i128>,
    /// What was written, without its sign, by the magnitude of its stand-in.
    written: BTreeMap<i128, String>,
    stand_ins: BTreeMap<String, i128>,
}

/// Digits of the largest stand-in, and of as many below it as can be needed.
const STAND_IN_DIGITS: usize = 39;

impl Beyond {
    /// Nothing yet, in a question that has these ids.
    fn beside<'a>(ids: impl Iterator<Item = &'a String>) -> Self {
        let runs = ids.flat_map(|id| id.split(|c: char| !c.is_ascii_digit()));
        let long = runs.filter(|run| run.len() >= STAND_IN_DIGITS);
        Self { taken: long.filter_map(|run| run.parse().ok()).collect(), ..Self::default() }
    }

    fn number(&mut self, whole: Whole) -> i128 {
        let text = match whole.0 {
            Written::Number(number) => return number,
            Written::Digits(text) => text,
        };
        let (sign, digits) = text.strip_prefix('-').map_or((1, text.as_str()), |digits| (-1, digits));
        if let Some(stand_in) = self.stand_ins.get(digits) {
            return sign * stand_in;
        }
        let mut stand_in = self.written.first_key_value().map_or(i128::MAX, |(least, _)| least - 1);
        while self.taken.contains(&stand_in) {
            stand_in -= 1;
        }
        self.written.insert(stand_in, digits.to_owned());
        self.stand_ins.insert(digits.to_owned(), stand_in);
        sign * stand_in
    }

    fn optional(&mut self, whole: Option<Whole>) -> Option<i128> {
        whole.map(|whole| self.number(whole))
    }

    /// A sentence of the balancer's with the numbers as they were written.
    fn quote(&self, sentence: &str) -> String {
        let written = |run: &str| self.written.get(&run.parse().ok()?);
        let mut quoted = String::with_capacity(sentence.len());
        for part in sentence.split_inclusive(|c: char| !c.is_ascii_digit()) {
            let run = part.trim_end_matches(|c: char| !c.is_ascii_digit());
            quoted.push_str(written(run).map_or(run, String::as_str));
            quoted.push_str(&part[run.len()..]);
        }
        quoted
    }
}

impl Question {
    /// Decides the cycle that is asked about.
    pub(crate) fn answer(self) -> Answer {
        let (input, beyond) = self.into_input();
        Answer::of(decide(&input), &beyond)
    }

    /// The balancer's input, and what it cannot hold of the numbers.
    fn into_input(self) -> (CycleInput, Beyond) {
        let ids = self.nodes.iter().flat_map(|node| std::iter::once(&node.id).chain(&node.parent));
        let mut beyond = Beyond::beside(ids.chain(self.requests.iter().map(|request| &request.node)));
        let input = CycleInput {
            strategy: self.strategy,
            control: self.control,
            nodes: self.nodes.into_iter().map(|node| node.into_input(&mut beyond)).collect(),
            requests: self.requests.into_iter().map(|request| request.into_input(&mut beyond)).collect(),
            now_s: beyond.optional(self.now_s),
            measured_s: beyond.optional(self.measured_s),
            max_age_s: beyond.optional(self.max_age_s),
        };
        (input, beyond)
    }
}

impl Node {
    fn into_input(self, beyond: &mut Beyond) -> InputNode {
        InputNode {
            id: self.id,
            kind: self.kind,
            parent: self.parent,
            limit_w: beyond.optional(self.limit_w),
            default_capacity_w: beyond.optional(self.default_capacity_w),
            safe_operating_capacity_w: beyond.optional(self.safe_operating_capacity_w),
            max_rating_w: beyond.optional(self.max_rating_w),
            envelope_w: beyond.optional(self.envelope_w),
            base_load_w: beyond.optional(self.base_load_w),
            weight: beyond.optional(self.weight),
        }
    }
}

impl Request {
    fn into_input(self, beyond: &mut Beyond) -> InputRequest {
        InputRequest {
            node: self.node,
            demand_w: beyond.number(self.demand_w),
            min_w: beyond.optional(self.min_w),
            weight: beyond.optional(self.weight),
            tier: beyond.optional(self.tier),
            pausable: self.pausable,
            steps_w: self.steps_w.map(|steps| steps.into_iter().map(|step| beyond.number(step)).collect()),
            arrived_s: beyond.optional(self.arrived_s),
            departs_s: beyond.optional(self.departs_s),
            needs_wh: beyond.optional(self.needs_wh),
            soc_ppm: beyond.optional(self.soc_ppm),
            last_served_s: beyond.optional(self.last_served_s),
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

impl Answer {
    /// The answer to a question whose numbers may lie beyond what the balancer was asked.
    fn of(decision: Decision, beyond: &Beyond) -> Self {
        Self {
            outcome: decision.outcome.name(),
            reason: decision.reason.code(),
            detail: decision.detail.map(|detail| beyond.quote(&detail)),
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
