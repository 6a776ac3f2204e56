//! Rotation of minima: with equal tiers and constant limits, nobody waits longer than for everyone else once.
//!
//! Protects vehicles that cannot charge below a minimum from being passed over for ever because others were
//! there first.

mod common;
mod model;

use balancer::{CycleInput, InputNode, Strategy};
use common::random::{Features, Random, question};
use common::{decide, json};

/// The longest wait of a leaf while it waited, for every leaf whose minimum fits where nobody else charges.
fn check_sequence(seed: u64, strategy: Strategy) -> i128 {
    let random = &mut Random::new(seed << 16 | 0x57a2);
    let features = Features {
        tiers: false,
        minima: true,
        unpausable: false,
        steps: seed.is_multiple_of(4),
        small: true,
        leaves: random.within(2, 9),
        ..Features::draw(random)
    };
    let mut input = question(random, strategy, features);
    input.max_age_s = None;
    let count = input.requests.len() as i128;
    let mut waited = vec![0; input.requests.len()];
    let mut longest = 0;
    for slot in 0..3 * count {
        let decision = decide(&input);
        for (request, waited) in input.requests.iter_mut().zip(&mut waited) {
            let setpoint = decision.setpoints.iter().find(|setpoint| setpoint.node == request.node).unwrap();
            if setpoint.paused {
                *waited += 1;
            } else {
                // A slot counts from 10 on, later than every time of last service that the question came
                // with.
                request.last_served_s = Some(10 + slot);
                *waited = 0;
            }
        }
        for (request, &waited) in input.requests.iter().zip(&waited) {
            if waited > count - 1 {
                assert!(
                    !fits_alone(&input, &request.node),
                    "seed {seed}: {} starves\n{}",
                    request.node,
                    json::of_input(&input)
                );
            } else {
                longest = longest.max(waited);
            }
        }
    }
    longest
}

/// Whether the leaf is served where nobody else asks.
fn fits_alone(input: &CycleInput, leaf: &str) -> bool {
    let mut alone = input.clone();
    alone.requests.retain(|request| request.node == leaf);
    decide(&alone).setpoints.iter().all(|setpoint| !setpoint.paused)
}

#[test]
fn nobody_whose_minimum_fits_alone_waits_longer_than_for_all_others_once() {
    let mut longest = 0;
    for seed in 0..10_000 {
        let strategies =
            [Strategy::FairShare, Strategy::FairShare, Strategy::BranchFair, Strategy::Proportional];
        longest = longest.max(check_sequence(seed, strategies[seed as usize / 4 % 4]));
    }
    assert!(longest >= 3, "hardly anybody waited, so that nothing was tried");
}

#[test]
fn on_a_limit_for_one_minimum_the_leaves_take_turns() {
    let mut input = CycleInput::default();
    let site = common::random::node("site", balancer::NodeKind::Site, None);
    input.nodes.push(InputNode { limit_w: Some(6_000), ..site });
    for leaf in ["a", "b", "c", "d"] {
        input.nodes.push(common::random::node(leaf, balancer::NodeKind::ChargePoint, Some("site")));
        let mut request = common::random::request_of(leaf, 22_000);
        request.min_w = Some(6_000);
        input.requests.push(request);
    }
    let mut served = String::new();
    for slot in 0..8 {
        let decision = decide(&input);
        for setpoint in decision.setpoints.iter().filter(|setpoint| !setpoint.paused) {
            served.push_str(&setpoint.node);
            let request = input.requests.iter_mut().find(|request| request.node == setpoint.node).unwrap();
            request.last_served_s = Some(slot * 900);
        }
    }
    assert_eq!(served, "abcdabcd");
}
