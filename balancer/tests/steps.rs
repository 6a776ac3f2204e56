//! Steps are decided from exact shares, which need not be whole watts: worked examples, asked of the balancer and of the reference model.
//!
//! Protects "rounds down per tier, then raises by one step at a time, largest `exact - current` first" from integer shares, of which some are rounded up:
//! a leaf with such a share kept a step that was not its own, and the watts of others were stranded.

mod common;
mod model;

use balancer::{CycleInput, InputNode, InputRequest, NodeKind, Strategy};

/// Demand, weight, minimum and steps of a leaf (none: every value is allowed); its setpoint, and what constrains it.
type Leaf<'a> = (i128, i128, i128, &'a [i128], u64, Option<&'a str>);

struct Case<'a> {
    what: &'a str,
    strategies: &'a [Strategy],
    limit_w: i128,
    leaves: &'a [Leaf<'a>],
}

const SHARING: [Strategy; 3] = [Strategy::FairShare, Strategy::BranchFair, Strategy::Proportional];

#[test]
fn leaves_are_rounded_down_and_raised_from_their_exact_shares() {
    let cases = [
        Case {
            what: "a, with 6.125 W, is raised to 7 W, for c, with 0.875 W, has not got its 1 W yet",
            strategies: &SHARING,
            limit_w: 10,
            leaves: &[
                (7, 7, 0, &[3, 7], 7, None),
                (3, 1, 3, &[], 3, None),
                (1, 1, 0, &[0, 1], 0, Some("site")),
            ],
        },
        Case {
            what: "c is lowered to 1 W by its steps, and kept from it by the site",
            strategies: &[Strategy::FairShare, Strategy::BranchFair],
            limit_w: 10,
            leaves: &[
                (7, 7, 0, &[3, 7], 7, None),
                (3, 1, 3, &[], 3, None),
                (2, 1, 0, &[0, 1], 0, Some("site")),
            ],
        },
        Case {
            what: "2.5 W each: b's integer share of 3 W is a step, a's of 2 W is none, and of equal gaps the first is raised",
            strategies: &SHARING,
            limit_w: 5,
            leaves: &[(3, 1, 0, &[0, 3], 3, None), (3, 1, 0, &[0, 3], 0, Some("site"))],
        },
        Case {
            what: "an exact share that is a step is kept",
            strategies: &SHARING,
            limit_w: 6,
            leaves: &[(4, 1, 0, &[0, 3, 4], 3, Some("site")), (4, 1, 0, &[0, 3, 4], 3, Some("site"))],
        },
        Case {
            what: "a share between minimum and demand is never less than the minimum",
            strategies: &SHARING,
            limit_w: 5,
            leaves: &[(4, 1, 3, &[0, 3, 4], 3, Some("site")), (4, 1, 0, &[], 2, Some("site"))],
        },
        Case {
            what: "what c's rounding down leaves goes to the leaf without steps, where no step fits",
            strategies: &[Strategy::FairShare, Strategy::BranchFair],
            limit_w: 5,
            leaves: &[(9, 1, 0, &[0, 9], 0, Some("site")), (9, 1, 0, &[], 5, Some("site"))],
        },
    ];
    for case in &cases {
        case.strategies.iter().for_each(|&strategy| check(case, strategy));
    }
}

/// Asks about leaves `a`, `b`, ... below one site.
fn check(case: &Case<'_>, strategy: Strategy) {
    let ids = ["a", "b", "c"];
    let site = InputNode { limit_w: Some(case.limit_w), ..InputNode::new("site", NodeKind::Site, None) };
    let mut input = CycleInput { strategy, nodes: vec![site], ..CycleInput::default() };
    for (id, &(demand_w, weight, min_w, steps_w, _, _)) in ids.iter().zip(case.leaves) {
        input.nodes.push(InputNode::new(id, NodeKind::ChargePoint, Some("site")));
        let (weight, min_w) = (Some(weight), Some(min_w));
        let steps_w = (!steps_w.is_empty()).then(|| steps_w.to_vec());
        input.requests.push(InputRequest { weight, min_w, steps_w, ..InputRequest::new(id, demand_w) });
    }
    let expected: Vec<(u64, Option<&str>)> =
        case.leaves.iter().map(|&(_, _, _, _, setpoint_w, by)| (setpoint_w, by)).collect();
    for (who, decision) in [("balancer", common::decide(&input)), ("model", model::model(&input))] {
        let setpoints = decision.setpoints.iter();
        let found: Vec<(u64, Option<&str>)> =
            setpoints.map(|setpoint| (setpoint.setpoint_w, setpoint.constrained_by.as_deref())).collect();
        assert_eq!(found, expected, "{who}, {strategy}: {}", case.what);
    }
}
