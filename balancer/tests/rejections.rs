//! Spoiled questions: each has its reason, and of two the first in the contract's order counts.
//!
//! Protects whoever acts on reason codes from a balancer that guesses, panics, or names another fault from
//! one day to the next.

mod common;
mod model;

use balancer::{CycleInput, Outcome, Reason, Strategy};
use common::random::{Features, Random, question};
use common::rejects::SPOILERS;
use common::{decide, json};

fn valid_question(random: &mut Random) -> CycleInput {
    loop {
        let strategy = random.one_of(&Strategy::ALL);
        let features = Features::draw(random);
        let features = Features { leaves: features.leaves.min(8), ..features };
        let input = question(random, strategy, features);
        if model::model(&input).outcome != Outcome::Rejected {
            return input;
        }
    }
}

fn check(input: &CycleInput, reason: Reason, about: &str) {
    let expected = model::model(input);
    assert_eq!(expected.reason, reason, "the model, {about}\n{}", json::of_input(input));
    let found = decide(input);
    assert_eq!(found.reason, reason, "{about}\n{}", json::of_input(input));
    assert_eq!(found.outcome, expected.outcome, "{about}\n{}", json::of_input(input));
    let is_bare = found.nodes.is_empty() && found.setpoints.is_empty() && found.constraint.is_none();
    assert!(is_bare, "a rejected cycle has figures: {about}\n{}", json::of_input(input));
}

#[test]
fn each_way_to_spoil_a_question_has_its_reason() {
    for (seed, (name, reason, spoil)) in SPOILERS.iter().enumerate() {
        for round in 0..20 {
            let random = &mut Random::new(seed as u64 * 1_000 + round);
            let mut input = valid_question(random);
            if input.strategy == Strategy::Uncontrolled && *reason == Reason::InfeasibleMinimum {
                continue;
            }
            spoil(&mut input, random);
            check(&input, *reason, name);
        }
    }
}

#[test]
fn of_two_faults_the_first_in_order_counts() {
    for (i, (first, reason, spoil_first)) in SPOILERS.iter().enumerate() {
        for (j, (second, later, spoil_second)) in SPOILERS.iter().enumerate() {
            let random = &mut Random::new(0x2fa17 + i as u64 * 1_000 + j as u64);
            let mut input = valid_question(random);
            if rank(*later) <= rank(*reason) || input.strategy == Strategy::Uncontrolled {
                continue;
            }
            spoil_second(&mut input, random);
            spoil_first(&mut input, random);
            check(&input, *reason, &format!("{first}, and {second}"));
        }
    }
}

#[test]
fn uncontrolled_asks_for_no_minimum_and_so_refuses_none() {
    for seed in 0..50 {
        let random = &mut Random::new(seed);
        let mut input = valid_question(random);
        input.strategy = Strategy::Uncontrolled;
        let (_, _, spoil) = SPOILERS.last().expect("the minimum that cannot be granted");
        spoil(&mut input, random);
        check_applied(&input);
    }
}

fn check_applied(input: &CycleInput) {
    for decision in [model::model(input), decide(input)] {
        assert_eq!(decision.reason, Reason::Unconstrained, "{}", json::of_input(input));
    }
}

/// What is exactly at a bound is still allowed.
#[test]
fn the_bounds_themselves_are_valid() {
    let random = &mut Random::new(7);
    let mut input = valid_question(random);
    input.strategy = Strategy::FairShare;
    let root = input.nodes.iter_mut().find(|node| node.parent.is_none()).expect("a root");
    (root.safe_operating_capacity_w, root.base_load_w) = (Some(1_000_000_000_000), Some(-1_000_000_000_000));
    let root = root.id.clone();
    let mut leaf = common::random::node("giant", balancer::NodeKind::ChargePoint, Some(&root));
    (leaf.max_rating_w, leaf.weight) = (Some(10_000_000), Some(1_000_000_000));
    input.nodes.push(leaf);
    let mut request = common::random::request_of("giant", 10_000_000);
    (request.weight, request.tier) = (Some(1_000_000_000), Some(u32::MAX.into()));
    (request.min_w, request.steps_w) = (Some(10_000_000), Some(vec![0, 10_000_000]));
    input.requests.push(request);
    (input.now_s, input.measured_s, input.max_age_s) = (Some(100), Some(40), Some(60));
    assert_ne!(model::model(&input).outcome, Outcome::Rejected, "{}", json::of_input(&input));
    assert_ne!(decide(&input).outcome, Outcome::Rejected, "{}", json::of_input(&input));
}

fn rank(reason: Reason) -> usize {
    let order = [
        Reason::InvalidTopology,
        Reason::UnsupportedTopology,
        Reason::InvalidLimit,
        Reason::InvalidRequest,
        Reason::StaleInput,
        Reason::InfeasibleMinimum,
    ];
    order.iter().position(|other| *other == reason).expect("a reason to reject")
}
