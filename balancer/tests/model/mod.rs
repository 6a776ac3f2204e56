//! One rebalance cycle, slowly and plainly: the reference that the balancer is compared with.
//!
//! ```text
//!  CycleInput -> check (the six rejections) -> site (tree, limits) -> share | greedy -> verdict -> Decision
//!                                                                      '-> fair, branch, steps
//! ```
//!
//! It shares no code with the balancer but the types of the question and the answer. It knows nothing of
//! speed: whatever can be found by trying is found by trying, sums are taken anew each time, and levels are
//! exact fractions.
#![allow(dead_code)] // each test file uses a part

mod branch;
mod check;
mod fair;
mod greedy;
mod share;
mod site;
mod steps;
mod verdict;

use balancer::{CycleInput, Decision, Outcome, Reason, Strategy};
use num_rational::Ratio;
use share::Rule;
use site::Site;

/// An exact fraction. Levels are watts by weight, both below 2^50, so that no operation leaves `i128`.
pub(crate) type Fraction = Ratio<i128>;

/// What each leaf gets, by node of the site.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) watts: Vec<i128>,
    pub(crate) by: Vec<Option<usize>>,
    pub(crate) is_paused: Vec<bool>,
}

impl Answer {
    fn empty(site: &Site) -> Self {
        let n = site.nodes.len();
        Self { watts: vec![0; n], by: vec![None; n], is_paused: vec![false; n] }
    }
}

/// The cycle's answer by the letter of the contract; subject and detail of a rejection are left open.
pub(crate) fn model(input: &CycleInput) -> Decision {
    let site = match check::site_of(input) {
        Ok(site) => site,
        Err(reason) => return rejected(reason),
    };
    if input.strategy != Strategy::Uncontrolled && !site.reserved_minima_fit() {
        return rejected(Reason::InfeasibleMinimum);
    }
    let answer = match input.strategy {
        Strategy::FairShare => share::share(&site, Rule::Fair),
        Strategy::BranchFair => share::share(&site, Rule::Branch),
        Strategy::Proportional => share::share(&site, Rule::Proportional),
        Strategy::Uncontrolled => share::uncontrolled(&site),
        Strategy::FirstCome | Strategy::EarliestDeparture | Strategy::LeastLaxity | Strategy::LowestSoc => {
            greedy::greedy(&site, input.strategy)
        }
    };
    verdict::decision(input.strategy, &site, &answer)
}

fn rejected(reason: Reason) -> Decision {
    Decision {
        outcome: Outcome::Rejected,
        reason,
        detail: None,
        subject: None,
        constraint: None,
        nodes: Vec::new(),
        setpoints: Vec::new(),
    }
}
