//! Sharing where some leaves take only certain setpoints: round down, raise step by step, give the rest to
//! the others.

use super::fair::{Claim, Problem, Share};
use super::share::Rule;
use super::site::less;

/// The rule's answer with steps kept; the rule's own answer where no leaf has steps.
pub(crate) fn in_steps(rule: Rule, problem: &Problem<'_>) -> Vec<Option<Share>> {
    let first = rule.solve(problem);
    let mut shares = first.clone();
    let stepping: Vec<usize> = leaves(problem).filter(|&leaf| !steps(problem, leaf).is_empty()).collect();
    for &leaf in &stepping {
        let share = shares[leaf].as_mut().expect("a claim has a share");
        let below = steps(problem, leaf).iter().copied().filter(|&step| share.exact >= step.into());
        share.watts = below.max().expect("a minimum is a step, and granted");
    }
    while let Some((leaf, step)) = next_raise(problem, &shares, &stepping) {
        shares[leaf].as_mut().expect("a claim has a share").watts = step;
    }
    let has_moved = |leaf: usize| watts(&shares, leaf) != watts(&first, leaf);
    if stepping.iter().any(|&leaf| has_moved(leaf)) {
        let rest = rest_to_stepless(rule, problem, &shares, &stepping);
        for leaf in leaves(problem).filter(|leaf| !stepping.contains(leaf)) {
            shares[leaf] = rest[leaf];
        }
    }
    shares
}

fn leaves<'a>(problem: &'a Problem<'_>) -> impl Iterator<Item = usize> + use<'a> {
    (0..problem.claims.len()).filter(|&leaf| problem.claims[leaf].is_some())
}

fn steps<'a>(problem: &'a Problem<'_>, leaf: usize) -> &'a [i128] {
    &problem.site.ask(leaf).steps
}

fn watts(shares: &[Option<Share>], node: usize) -> i128 {
    shares[node].map_or(0, |share| share.watts)
}

/// The leaf that is furthest below its exact share among those whose next step fits, with that step.
fn next_raise(problem: &Problem<'_>, shares: &[Option<Share>], stepping: &[usize]) -> Option<(usize, i128)> {
    let headroom = less(&problem.limits, &|node| problem.site.sum_below(node, &|below| watts(shares, below)));
    let mut best: Option<(super::Fraction, usize, i128)> = None;
    for &leaf in stepping {
        let share = shares[leaf].expect("a claim has a share");
        let upper = problem.claims[leaf].expect("it has a claim").upper;
        let next = steps(problem, leaf).iter().copied().filter(|&step| step > share.watts).min();
        let Some(next) = next.filter(|&next| next <= upper) else { continue };
        let fits = problem.site.tightest(leaf, &headroom).is_none_or(|(room, _)| next - share.watts <= room);
        let missing = share.exact - share.watts;
        if fits && best.is_none_or(|(most, _, _)| missing > most) {
            best = Some((missing, leaf, next));
        }
    }
    best.map(|(_, leaf, next)| (leaf, next))
}

/// The rule once more over the leaves without steps, none of which loses, beside what the others have.
fn rest_to_stepless(
    rule: Rule,
    problem: &Problem<'_>,
    shares: &[Option<Share>],
    stepping: &[usize],
) -> Vec<Option<Share>> {
    let site = problem.site;
    let fixed = |node: usize| if stepping.contains(&node) { watts(shares, node) } else { 0 };
    let limits = less(&problem.limits, &|node| site.sum_below(node, &fixed));
    let claim = |leaf: usize| {
        let claim = problem.claims[leaf].filter(|_| !stepping.contains(&leaf))?;
        Some(Claim { lower: watts(shares, leaf), ..claim })
    };
    let claims = (0..shares.len()).map(claim).collect();
    rule.solve(&Problem { site, limits, claims })
}
