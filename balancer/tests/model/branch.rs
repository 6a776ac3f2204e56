//! Weighted max-min fairness among siblings: each node's whole grant is poured over its children, from the
//! root down.

use super::Fraction;
use super::fair::{Claim, Problem, Share};

/// The shares of all claims by node; `exact` is relative to the whole grant of the leaf's parent.
pub(crate) fn branch_fair(problem: &Problem<'_>) -> Vec<Option<Share>> {
    let n = problem.site.nodes.len();
    let mut poured = Poured { exact: vec![0.into(); n], watts: vec![0; n] };
    let all = bounds(problem, 0).upper;
    poured.exact[0] = all.into();
    poured.watts[0] = all;
    pour(problem, 0, &mut poured);
    let share = |leaf: usize| {
        problem.claims[leaf]?;
        let by = constrained_by(problem, &poured, leaf);
        Some(Share { exact: poured.exact[leaf], watts: poured.watts[leaf], by })
    };
    (0..n).map(share).collect()
}

struct Poured {
    exact: Vec<Fraction>,
    watts: Vec<i128>,
}

/// What a node, seen as one leaf, may have.
fn bounds(problem: &Problem<'_>, node: usize) -> Claim {
    if let Some(claim) = problem.claims[node] {
        return claim;
    }
    let below: Vec<Claim> =
        problem.site.nodes[node].children.iter().map(|&child| bounds(problem, child)).collect();
    let lower = below.iter().map(|claim| claim.lower).sum();
    let wished: i128 = below.iter().map(|claim| claim.upper).sum();
    let upper = problem.limits[node].map_or(wished, |limit| limit.min(wished));
    Claim { lower, upper, weight: problem.site.nodes[node].weight, is_capped: upper < wished }
}

fn pour(problem: &Problem<'_>, node: usize, poured: &mut Poured) {
    let children = &problem.site.nodes[node].children;
    let claims: Vec<Claim> = children.iter().map(|&child| bounds(problem, child)).collect();
    let grant = poured.watts[node];
    let level = level_of(&claims, grant);
    let exact_of = |claim: &Claim| level.map_or(claim.upper.into(), |level| claim.at(level));
    let is_between = |claim: &Claim| {
        let exact = exact_of(claim);
        exact > claim.lower.into() && exact < claim.upper.into()
    };
    let at_bound = claims.iter().filter(|claim| !is_between(claim));
    let shared = grant - at_bound.map(|claim| exact_of(claim).to_integer()).sum::<i128>();
    let weight: i128 = claims.iter().filter(|claim| is_between(claim)).map(|claim| claim.weight).sum();
    let (mut running, mut given) = (0, 0);
    for (&child, claim) in children.iter().zip(&claims) {
        poured.exact[child] = exact_of(claim);
        poured.watts[child] = exact_of(claim).to_integer();
        if is_between(claim) {
            running += claim.weight;
            let up_to_here = (shared * running).div_euclid(weight);
            poured.watts[child] = up_to_here - given;
            given = up_to_here;
        }
        pour(problem, child, poured);
    }
}

/// The level at which the claims together have the grant; `None` where all of them have all they may.
fn level_of(claims: &[Claim], grant: i128) -> Option<Fraction> {
    let mut level = Fraction::from_integer(0);
    loop {
        let (rising, fixed): (Vec<&Claim>, Vec<&Claim>) =
            claims.iter().partition(|claim| claim.is_rising(level));
        let weight: i128 = rising.iter().map(|claim| claim.weight).sum();
        let fixed: i128 = fixed.iter().map(|claim| claim.at(level).to_integer()).sum();
        let full = (weight > 0).then(|| Fraction::new(grant - fixed, weight));
        match (claims.iter().filter_map(|claim| claim.next_turn(level)).min(), full) {
            (None, None) => return None,
            (Some(turn), full) if full.is_none_or(|full| turn <= full) => level = turn,
            (_, full) => return full,
        }
    }
}

/// The deepest node on the path that has all its limit allows, but less than what is below it could take.
fn constrained_by(problem: &Problem<'_>, poured: &Poured, leaf: usize) -> Option<usize> {
    let mut path = problem.site.path(leaf).into_iter();
    path.find(|&node| {
        let claim = bounds(problem, node);
        claim.is_capped && poured.watts[node] == claim.upper
    })
}
