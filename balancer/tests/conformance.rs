//! The published cases, asked of the balancer and of the reference model.
//!
//! Protects what others have written down about sharing power: worked examples of standards, test suites of
//! public load managers, and our own definitions. The model has to pass them too, since everything else is
//! compared with it.

mod common;
mod model;

use balancer::{CycleInput, Decision, InputNode, InputRequest, NodeKind, Strategy};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn the_balancer_answers_the_fair_share_cases_as_published() {
    let is_fair = |input: &CycleInput| input.strategy == Strategy::FairShare;
    assert_eq!(check_cases(&is_fair, &common::decide), 7);
}

#[test]
fn the_balancer_answers_the_cases_of_the_other_strategies_as_published() {
    let is_other = |input: &CycleInput| input.strategy != Strategy::FairShare;
    assert_eq!(check_cases(&is_other, &common::decide), 3);
}

#[test]
fn the_reference_model_answers_all_cases_as_published() {
    assert_eq!(check_cases(&|_| true, &|input| model::model(input)), 10);
}

#[test]
fn steps_move_demand_and_minimum_first_and_then_a_demand_below_the_minimum_lowers_it() {
    /// Demand, minimum, steps and limit; setpoint and whether paused, or the refusal.
    type Case<'a> = (i128, i128, &'a [i128], i128, Result<(u64, bool), &'a str>);
    let cases: [Case; 7] = [
        // No step lies between the minimum and the demand: the demand is lowered to 6 kW, the minimum raised to 16, and then lowered to the demand.
        (10_000, 7_000, &[6_000, 16_000], 32_000, Ok((6_000, false))),
        (6_000, 7_000, &[6_000, 16_000], 32_000, Ok((6_000, false))),
        (10_000, 7_000, &[6_000, 8_000, 16_000], 32_000, Ok((8_000, false))),
        // A limit lowers no minimum.
        (10_000, 7_000, &[6_000, 16_000], 5_999, Ok((0, true))),
        (10_000, 7_000, &[6_000, 8_000, 16_000], 7_999, Ok((0, true))),
        (5_999, 5_000, &[6_000, 16_000], 32_000, Err("INVALID_REQUEST")),
        (20_000, 16_001, &[6_000, 16_000], 32_000, Err("INVALID_REQUEST")),
    ];
    let managed = Strategy::ALL.into_iter().filter(|&strategy| strategy != Strategy::Uncontrolled);
    for strategy in managed {
        for (demand_w, min_w, steps_w, limit_w, expected) in &cases {
            let node = |id: &str, kind, parent: Option<&str>| InputNode::new(id, kind, parent);
            let grid = node("grid", NodeKind::GridConnection, Some("site"));
            let nodes = vec![
                node("site", NodeKind::Site, None),
                InputNode { limit_w: Some(*limit_w), ..grid },
                node("p", NodeKind::ChargePoint, Some("grid")),
            ];
            let request = InputRequest {
                min_w: Some(*min_w),
                steps_w: Some(steps_w.to_vec()),
                ..InputRequest::new("p", *demand_w)
            };
            let input = CycleInput { strategy, nodes, requests: vec![request], ..CycleInput::default() };
            for (who, decision) in [("balancer", common::decide(&input)), ("model", model::model(&input))] {
                let what = format!(
                    "{who}, {strategy:?}: {demand_w} W, at least {min_w}, of {steps_w:?} on {limit_w}"
                );
                let found = decision.setpoints.first().map(|setpoint| (setpoint.setpoint_w, setpoint.paused));
                assert_eq!(found.ok_or(decision.reason.code()), *expected, "{what}");
            }
        }
    }
}

/// Checks the cases that `is_meant` picks, and says how many those were.
fn check_cases(is_meant: &dyn Fn(&CycleInput) -> bool, decide: &dyn Fn(&CycleInput) -> Decision) -> usize {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let entries = std::fs::read_dir(folder).expect("the cases are there").map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.collect();
    files.sort();
    let mut count = 0;
    for file in files {
        let name = file.file_name().expect("a file").to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&file).expect("a case is text");
        let case: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let input = common::json::to_input(&case["input"]);
        if is_meant(&input) {
            check(&name, &case["expect"], &decide(&input));
            count += 1;
        }
    }
    count
}

fn check(name: &str, expect: &Value, decision: &Decision) {
    let known = ["setpoints", "outcome", "reason", "constrained_by", "paused"];
    for field in expect.as_object().expect("what to expect").keys() {
        assert!(known.contains(&field.as_str()), "{name}: {field} is not checked");
    }
    let setpoint = |id: &str| {
        let found = decision.setpoints.iter().find(|setpoint| setpoint.node == id);
        found.unwrap_or_else(|| panic!("{name}: no setpoint for {id} in {decision:#?}"))
    };
    for (id, bounds) in expect["setpoints"].as_object().into_iter().flatten() {
        let (low, high) = (bounds[0].as_u64().unwrap(), bounds[1].as_u64().unwrap());
        let watts = setpoint(id).setpoint_w;
        assert!((low..=high).contains(&watts), "{name}: {id} has {watts} W, not {low} to {high} W");
    }
    for (id, node) in expect["constrained_by"].as_object().into_iter().flatten() {
        let by = setpoint(id).constrained_by.as_deref();
        assert_eq!(by, node.as_str(), "{name}: what constrains {id}");
    }
    if let Some(outcome) = expect["outcome"].as_str() {
        assert_eq!(decision.outcome.name(), outcome, "{name}: outcome");
    }
    if let Some(reason) = expect["reason"].as_str() {
        assert_eq!(decision.reason.code(), reason, "{name}: reason");
    }
    if let Some(paused) = expect["paused"].as_array() {
        let expected: BTreeSet<&str> = paused.iter().map(|id| id.as_str().unwrap()).collect();
        let found = decision.setpoints.iter().filter(|setpoint| setpoint.paused);
        assert_eq!(
            found.map(|setpoint| setpoint.node.as_str()).collect::<BTreeSet<_>>(),
            expected,
            "{name}: paused"
        );
    }
}
