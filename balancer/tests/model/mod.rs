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

/// What the balancer must answer.
pub(crate) struct Expected {
    /// The answer; subject and detail of a rejection are left open.
    pub(crate) decision: Decision,
    /// How far each setpoint, in the order of the decision's, is laid down.
    pub(crate) certainty: Vec<Certainty>,
}

/// How far the contract lays a setpoint down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Certainty {
    /// To the watt, with what constrains it.
    Exact,
    /// It has at least this; how the rest of its tier is spread is open.
    AtLeast(u64),
    /// Only the general properties hold, since the tiers before were open.
    Open,
}

/// What each leaf gets, by node of the site.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) watts: Vec<i128>,
    pub(crate) by: Vec<Option<usize>>,
    pub(crate) is_paused: Vec<bool>,
    pub(crate) certainty: Vec<Certainty>,
}

impl Answer {
    fn empty(site: &Site) -> Self {
        let n = site.nodes.len();
        Self {
            watts: vec![0; n],
            by: vec![None; n],
            is_paused: vec![false; n],
            certainty: vec![Certainty::Exact; n],
        }
    }
}

/// The cycle's answer by the letter of the contract.
pub(crate) fn model(input: &CycleInput) -> Expected {
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
    let decision = verdict::decision(input.strategy, &site, &answer);
    let certainty = site.asking().map(|leaf| answer.certainty[leaf]).collect();
    Expected { decision, certainty }
}

/// The answer that follows from a decision's own setpoints: what it must say of itself, whoever found them.
///
/// `None` where the input is one to reject.
pub(crate) fn retold(input: &CycleInput, decision: &Decision) -> Option<Decision> {
    let site = check::site_of(input).ok()?;
    let mut answer = Answer::empty(&site);
    for setpoint in &decision.setpoints {
        let leaf = site.position(&setpoint.node)?;
        answer.watts[leaf] = i128::from(setpoint.setpoint_w);
        answer.by[leaf] = setpoint.constrained_by.as_deref().and_then(|id| site.position(id));
        answer.is_paused[leaf] = setpoint.paused;
    }
    Some(verdict::decision(input.strategy, &site, &answer))
}

fn rejected(reason: Reason) -> Expected {
    let decision = Decision {
        outcome: Outcome::Rejected,
        reason,
        detail: None,
        subject: None,
        constraint: None,
        nodes: Vec::new(),
        setpoints: Vec::new(),
    };
    Expected { decision, certainty: Vec::new() }
}
