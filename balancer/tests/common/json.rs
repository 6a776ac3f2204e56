//! Inputs to and from the JSON of `depotsim balance`, so that a failure can be asked again on the command
//! line.

use balancer::{Control, CycleInput, InputNode, InputRequest, NodeKind, Strategy};
use serde_json::{Map, Value, json};

/// The input as one line of JSON.
pub(crate) fn of_input(input: &CycleInput) -> String {
    let nodes: Vec<Value> = input.nodes.iter().map(of_node).collect();
    let requests: Vec<Value> = input.requests.iter().map(of_request).collect();
    let mut all = Map::new();
    all.insert("strategy".into(), input.strategy.name().into());
    all.insert("control".into(), input.control.name().into());
    all.insert("nodes".into(), nodes.into());
    all.insert("requests".into(), requests.into());
    put(&mut all, "now_s", input.now_s);
    put(&mut all, "measured_s", input.measured_s);
    put(&mut all, "max_age_s", input.max_age_s);
    Value::Object(all).to_string()
}

fn put(object: &mut Map<String, Value>, name: &str, number: Option<i128>) {
    if let Some(number) = number {
        let number = i64::try_from(number).map_or_else(|_| json!(number.to_string()), |number| json!(number));
        object.insert(name.into(), number);
    }
}

fn of_node(node: &InputNode) -> Value {
    let mut object = Map::new();
    object.insert("id".into(), node.id.clone().into());
    object.insert("kind".into(), node.kind.name().into());
    if let Some(parent) = &node.parent {
        object.insert("parent".into(), parent.clone().into());
    }
    put(&mut object, "limit_w", node.limit_w);
    put(&mut object, "default_capacity_w", node.default_capacity_w);
    put(&mut object, "safe_operating_capacity_w", node.safe_operating_capacity_w);
    put(&mut object, "max_rating_w", node.max_rating_w);
    put(&mut object, "envelope_w", node.envelope_w);
    put(&mut object, "base_load_w", node.base_load_w);
    put(&mut object, "weight", node.weight);
    Value::Object(object)
}

fn of_request(request: &InputRequest) -> Value {
    let mut object = Map::new();
    object.insert("node".into(), request.node.clone().into());
    put(&mut object, "demand_w", Some(request.demand_w));
    put(&mut object, "min_w", request.min_w);
    put(&mut object, "weight", request.weight);
    put(&mut object, "tier", request.tier);
    if let Some(pausable) = request.pausable {
        object.insert("pausable".into(), pausable.into());
    }
    if let Some(steps) = &request.steps_w {
        let steps: Vec<i64> =
            steps.iter().map(|&step| i64::try_from(step).expect("steps in tests fit")).collect();
        object.insert("steps_w".into(), steps.into());
    }
    put(&mut object, "arrived_s", request.arrived_s);
    put(&mut object, "departs_s", request.departs_s);
    put(&mut object, "needs_wh", request.needs_wh);
    put(&mut object, "soc_ppm", request.soc_ppm);
    put(&mut object, "last_served_s", request.last_served_s);
    Value::Object(object)
}

/// The input that this JSON describes; panics where it describes none.
pub(crate) fn to_input(json: &Value) -> CycleInput {
    check_fields(json, &["strategy", "control", "nodes", "requests", "now_s", "measured_s", "max_age_s"]);
    let text = |name: &str, default: &str| json[name].as_str().unwrap_or(default).to_owned();
    CycleInput {
        strategy: Strategy::from_name(&text("strategy", "fair-share")).expect("a strategy's name"),
        control: Control::from_name(&text("control", "connector")).expect("a control level's name"),
        nodes: json["nodes"].as_array().expect("a list of nodes").iter().map(to_node).collect(),
        requests: json["requests"].as_array().expect("a list of requests").iter().map(to_request).collect(),
        now_s: number(json, "now_s"),
        measured_s: number(json, "measured_s"),
        max_age_s: number(json, "max_age_s"),
    }
}

fn check_fields(json: &Value, known: &[&str]) {
    for name in json.as_object().expect("an object").keys() {
        assert!(known.contains(&name.as_str()), "the field {name} is unknown");
    }
}

fn number(json: &Value, name: &str) -> Option<i128> {
    json.get(name).map(|number| number.as_i64().expect("a whole number").into())
}

fn to_node(json: &Value) -> InputNode {
    let known = [
        "id",
        "kind",
        "parent",
        "limit_w",
        "default_capacity_w",
        "safe_operating_capacity_w",
        "max_rating_w",
        "envelope_w",
        "base_load_w",
        "weight",
    ];
    check_fields(json, &known);
    InputNode {
        id: json["id"].as_str().expect("an id").into(),
        kind: NodeKind::from_name(json["kind"].as_str().expect("a kind")).expect("a kind's name"),
        parent: json.get("parent").map(|parent| parent.as_str().expect("an id").into()),
        limit_w: number(json, "limit_w"),
        default_capacity_w: number(json, "default_capacity_w"),
        safe_operating_capacity_w: number(json, "safe_operating_capacity_w"),
        max_rating_w: number(json, "max_rating_w"),
        envelope_w: number(json, "envelope_w"),
        base_load_w: number(json, "base_load_w"),
        weight: number(json, "weight"),
    }
}

fn to_request(json: &Value) -> InputRequest {
    let known = [
        "node",
        "demand_w",
        "min_w",
        "weight",
        "tier",
        "pausable",
        "steps_w",
        "arrived_s",
        "departs_s",
        "needs_wh",
        "soc_ppm",
        "last_served_s",
    ];
    check_fields(json, &known);
    let steps = json.get("steps_w").map(|steps| {
        let steps = steps.as_array().expect("a list of steps").iter();
        steps.map(|step| step.as_i64().expect("a whole number").into()).collect()
    });
    InputRequest {
        node: json["node"].as_str().expect("an id").into(),
        demand_w: number(json, "demand_w").expect("a demand"),
        min_w: number(json, "min_w"),
        weight: number(json, "weight"),
        tier: number(json, "tier"),
        pausable: json.get("pausable").map(|pausable| pausable.as_bool().expect("true or false")),
        steps_w: steps,
        arrived_s: number(json, "arrived_s"),
        departs_s: number(json, "departs_s"),
        needs_wh: number(json, "needs_wh"),
        soc_ppm: number(json, "soc_ppm"),
        last_served_s: number(json, "last_served_s"),
    }
}
