//! The balancer against the reference model on random trees, and what every decision must have whoever finds
//! it.
//!
//! Protects the arithmetic of a cycle: to the watt, for every strategy, with tiers, weights, minima, leaves
//! that cannot be paused, steps, base loads, envelopes and both control levels, each on or off at random, so
//! that each is tried with each other. A failure prints the seed and the question as JSON for `depotsim
//! balance`.

mod common;
mod model;

use balancer::{Control, CycleInput, Decision, NodeKind, Outcome, Strategy};
use common::random::{Features, Random, node, question, reorder, request_of};
use common::{decide, json, properties};

#[test]
fn fair_share_equals_the_model_on_20000_random_trees_with_weights_tiers_and_minima() {
    compare(Strategy::FairShare, 0..20_000, |features| features.steps = false);
}

#[test]
fn fair_share_equals_the_model_on_20000_random_trees_where_some_leaves_have_steps() {
    compare(Strategy::FairShare, 0..20_000, |features| features.steps = true);
}

#[test]
fn branch_fair_equals_the_model() {
    compare(Strategy::BranchFair, 0..5_000, |_| ());
    compare(Strategy::BranchFair, 5_000..10_000, |features| features.steps = true);
}

#[test]
fn proportional_equals_the_model() {
    compare(Strategy::Proportional, 0..4_000, |_| ());
    compare(Strategy::Proportional, 4_000..9_000, |features| features.steps = true);
}

#[test]
fn greedy_strategies_equal_the_model() {
    compare(Strategy::FirstCome, 0..3_000, |_| ());
    compare(Strategy::EarliestDeparture, 0..3_000, |_| ());
    compare(Strategy::LeastLaxity, 0..4_000, |_| ());
    compare(Strategy::LowestSoc, 0..3_000, |_| ());
}

#[test]
fn uncontrolled_equals_the_model() {
    compare(Strategy::Uncontrolled, 0..3_000, |_| ());
}

#[test]
fn large_weights_and_demands_do_not_overflow() {
    for seed in 0..6 {
        let mut random = Random::new(0xed6e ^ seed);
        let mut input =
            CycleInput { nodes: vec![node("site", NodeKind::Site, None)], ..CycleInput::default() };
        input.nodes[0].limit_w = Some(random.one_of(&[1_999_999_999, 1_000_000_000, 1]));
        for circuit in 0..4 {
            let circuit = format!("c{circuit}");
            input.nodes.push(node(&circuit, NodeKind::ChargerCircuit, Some("site")));
            input.nodes.last_mut().unwrap().limit_w = Some(random.within(1, 499_999_999));
            for leaf in 0..50 {
                let leaf = format!("{circuit}-{leaf}");
                input.nodes.push(node(&leaf, NodeKind::ChargePoint, Some(&circuit)));
                let mut request = request_of(&leaf, 10_000_000);
                request.weight = Some(random.one_of(&[1, 999_999_937, 999_999_999, 1_000_000_000]));
                request.min_w = Some(random.one_of(&[0, 0, 1, 1_000_000]));
                input.requests.push(request);
            }
        }
        for strategy in [Strategy::FairShare, Strategy::BranchFair, Strategy::Proportional] {
            input.strategy = strategy;
            check(&format!("seed {seed}"), &input);
        }
    }
}

#[test]
fn the_order_of_the_lists_does_not_matter_beyond_that_of_siblings() {
    for seed in 0..1_000 {
        let random = &mut Random::new(0x0bde ^ (seed << 20));
        let strategy = random.one_of(&Strategy::ALL);
        let features = Features::draw(random);
        let input = question(random, strategy, features);
        let mut other = input.clone();
        reorder(random, &mut other);
        let (first, second) = (decide(&input), decide(&other));
        assert_eq!(first, second, "seed {seed}\n{}\n{}", json::of_input(&input), json::of_input(&other));
    }
}

#[test]
fn the_same_question_has_the_same_answer_in_any_company() {
    let questions: Vec<CycleInput> = (0..50).map(|seed| random_question(seed, Strategy::FairShare)).collect();
    let alone: Vec<Decision> = questions.iter().map(decide).collect();
    for (question, answer) in questions.iter().zip(&alone).rev() {
        assert_eq!(decide(question), *answer);
    }
}

/// Lifting a named limit alone may change nothing where another is tied with it. So named limits are lifted
/// one after the other until the leaf has more; then the first of them, held alone, must hold the leaf where
/// it was, which is what shows that it was named rightly.
#[test]
fn lifting_the_named_limit_and_those_tied_with_it_gives_a_curtailed_leaf_more() {
    let (mut tried, mut tied) = (0, 0);
    let strategies = [
        Strategy::FairShare,
        Strategy::BranchFair,
        Strategy::Proportional,
        Strategy::FirstCome,
        Strategy::LeastLaxity,
    ];
    for seed in 0..4_000 {
        let random = &mut Random::new(0x11f7 ^ (seed << 20));
        let strategy = strategies[seed as usize % strategies.len()];
        let features = Features {
            tiers: false,
            unpausable: true,
            steps: false,
            base_loads: false,
            charge_points: false,
            small: true,
            leaves: random.within(1, 12),
            ..Features::draw(random)
        };
        let mut input = question(random, strategy, features);
        input.max_age_s = None;
        // Only minima that are always granted, so that lifting a limit admits nobody else; and so many watts
        // that one is nothing.
        for request in &mut input.requests {
            request.pausable = Some(false);
        }
        scale(&mut input, 100_000);
        let before = decide(&input);
        for setpoint in &before.setpoints {
            let request = input.requests.iter().find(|request| request.node == setpoint.node).unwrap();
            let min_w = request.min_w.unwrap_or(0).min(request.demand_w) as u64;
            let Some(by) =
                setpoint.constrained_by.clone().filter(|_| setpoint.setpoint_w > min_w || min_w == 0)
            else {
                continue;
            };
            let about = || format!("seed {seed}, {}\n{}", setpoint.node, json::of_input(&input));
            let mut lifted = input.clone();
            let mut named = vec![by];
            loop {
                lift(&mut lifted, named.last().unwrap());
                let after = decide(&lifted).setpoints.into_iter().find(|other| other.node == setpoint.node);
                let after = after.unwrap();
                if after.setpoint_w > setpoint.setpoint_w + 1 {
                    break;
                }
                let next =
                    after.constrained_by.unwrap_or_else(|| panic!("nothing is left to lift: {}", about()));
                assert!(!named.contains(&next), "a lifted limit still binds: {}", about());
                named.push(next);
            }
            let mut held = input.clone();
            named[1..].iter().for_each(|node| lift(&mut held, node));
            let after =
                decide(&held).setpoints.into_iter().find(|other| other.node == setpoint.node).unwrap();
            assert!(
                after.setpoint_w <= setpoint.setpoint_w + 1,
                "{} was named, but does not bind: {}",
                named[0],
                about()
            );
            tried += 1;
            tied += usize::from(named.len() > 1);
        }
    }
    assert!(tried > 1_000 && tied > 50, "too few leaves were curtailed ({tried}), or by ties ({tied})");
}

fn scale(input: &mut CycleInput, factor: i128) {
    for node in &mut input.nodes {
        for limit in [
            &mut node.limit_w,
            &mut node.default_capacity_w,
            &mut node.safe_operating_capacity_w,
            &mut node.max_rating_w,
            &mut node.envelope_w,
        ] {
            let max = if node.kind >= NodeKind::ChargePoint { 10_000_000 } else { 1_000_000_000_000 };
            *limit = limit.map(|watts| (watts * factor).min(max));
        }
    }
    for request in &mut input.requests {
        request.demand_w *= factor;
        request.min_w = request.min_w.map(|watts| watts * factor);
    }
}

fn lift(input: &mut CycleInput, id: &str) {
    let node = input.nodes.iter_mut().find(|node| node.id == id).expect("a named node exists");
    (node.limit_w, node.default_capacity_w, node.safe_operating_capacity_w) = (None, None, None);
    (node.max_rating_w, node.envelope_w) = (None, None);
}

fn random_question(seed: u64, strategy: Strategy) -> CycleInput {
    let random = &mut Random::new(seed << 32);
    let features = Features::draw(random);
    question(random, strategy, features)
}

/// Compares the balancer with the model on one question per seed, and sees to it that the questions are worth
/// asking.
fn compare(strategy: Strategy, seeds: std::ops::Range<u64>, adjust: impl Fn(&mut Features)) {
    let mut outcomes = [0, 0, 0];
    let count = seeds.end - seeds.start;
    for seed in seeds {
        let random = &mut Random::new(seed << 8 | strategy as u64);
        let mut features = Features::draw(random);
        adjust(&mut features);
        let input = question(random, strategy, features);
        outcomes[check(&format!("seed {seed}"), &input) as usize] += 1;
    }
    let [applied, curtailed, rejected] = outcomes;
    if strategy != Strategy::Uncontrolled {
        assert!(curtailed > count / 2 && applied > count / 50, "outcomes are lopsided: {outcomes:?}");
    }
    assert!(rejected < count / 10, "too many questions are invalid: {rejected}");
}

/// Compares one answer with the model's; its outcome.
fn check(about: &str, input: &CycleInput) -> Outcome {
    let found = decide(input);
    let expected = model::model(input);
    let about = || format!("{about}, {} by {}\n{}", input.strategy, input.control, json::of_input(input));
    if let Err(fault) = properties::check(input, &found) {
        panic!("{fault}: {}\nfound {found:#?}", about());
    }
    let mut shown = found.clone();
    (shown.detail, shown.subject) = (None, None);
    assert_same(&shown, &expected, &about);
    found.outcome
}

fn assert_same(found: &Decision, expected: &Decision, about: &dyn Fn() -> String) {
    if found != expected {
        panic!(
            "{}\nfound    {}\nexpected {}",
            about(),
            differences(found, expected),
            differences(expected, found)
        );
    }
}

/// The parts of a decision that the other has differently, a line each.
fn differences(decision: &Decision, other: &Decision) -> String {
    let mut lines = vec![format!("{} {} {:?}", decision.outcome, decision.reason, decision.constraint)];
    let new_nodes = decision.nodes.iter().filter(|node| !other.nodes.contains(node));
    lines.extend(new_nodes.map(|node| format!("{node:?}")));
    let new_setpoints = decision.setpoints.iter().filter(|setpoint| !other.setpoints.contains(setpoint));
    lines.extend(new_setpoints.map(|setpoint| format!("{setpoint:?}")));
    lines.join("\n  ")
}

/// The comparisons above draw features at random; this shows that no pair is left out.
#[test]
fn each_feature_is_tried_with_each_other() {
    let mut counts = [[0; 8]; 8];
    for seed in 0..3_000_u64 {
        let random = &mut Random::new(seed << 8 | Strategy::FairShare as u64);
        let features = Features::draw(random);
        let on = [
            features.tiers,
            features.weights,
            features.minima,
            features.unpausable,
            features.steps,
            features.base_loads,
            features.many_limits,
            features.charge_points,
        ];
        for (i, j) in (0..8).flat_map(|i| (0..8).map(move |j| (i, j))) {
            counts[i][j] += u32::from(on[i] && on[j]);
        }
    }
    assert!(counts.iter().flatten().all(|&count| count > 100), "{counts:?}");
}

#[test]
fn the_reference_model_itself_keeps_every_property() {
    for seed in 0..2_000 {
        let random = &mut Random::new(0x30de1 ^ (seed << 24));
        let strategy = random.one_of(&Strategy::ALL);
        let features = Features::draw(random);
        let input = question(random, strategy, features);
        if let Err(fault) = properties::check(&input, &model::model(&input)) {
            panic!("{fault}: seed {seed}\n{}", json::of_input(&input));
        }
        assert!(input.control == Control::Connector || features.charge_points);
    }
}
