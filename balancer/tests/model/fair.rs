//! Weighted max-min fairness by progressive filling: one level rises for all leaves at once, until a node is
//! full; its leaves stop, the others rise on.

use super::Fraction;
use super::site::Site;

/// What is to be shared: limits by node \[W\], and what each leaf may have.
pub(crate) struct Problem<'a> {
    pub(crate) site: &'a Site,
    pub(crate) limits: Vec<Option<i128>>,
    pub(crate) claims: Vec<Option<Claim>>,
}

/// What a leaf may have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Claim {
    pub(crate) lower: i128,
    pub(crate) upper: i128,
    pub(crate) weight: i128,
    /// Whether the upper bound is the leaf's own limit, below what it wishes for.
    pub(crate) is_capped: bool,
}

/// What a leaf gets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Share {
    pub(crate) exact: Fraction,
    pub(crate) watts: i128,
    /// The node that stopped it; `None` where it has all it wished for.
    pub(crate) by: Option<usize>,
}

impl Claim {
    /// What the leaf has at this level.
    pub(crate) fn at(&self, level: Fraction) -> Fraction {
        (level * self.weight).max(self.lower.into()).min(self.upper.into())
    }

    /// Whether it gets more as soon as the level rises.
    pub(crate) fn is_rising(&self, level: Fraction) -> bool {
        let watts = level * self.weight;
        watts >= self.lower.into() && watts < self.upper.into()
    }

    /// The next level above this one at which it begins or ceases to rise.
    pub(crate) fn next_turn(&self, level: Fraction) -> Option<Fraction> {
        let turns = [self.lower, self.upper].into_iter().filter(|_| self.weight > 0);
        turns.map(|watts| Fraction::new(watts, self.weight)).filter(|&turn| turn > level).min()
    }
}

/// The fair shares of all claims, exact and in whole watts, by node.
pub(crate) fn fair(problem: &Problem<'_>) -> Vec<Option<Share>> {
    let filled = fill(problem);
    let mut shares = exact_shares(problem, &filled);
    for &(node, _) in &filled.full {
        hand_out(problem, &filled, node, &mut shares);
    }
    shares
}

/// The full nodes with their levels in the order in which they filled up, and the one that stopped each leaf.
struct Filled {
    full: Vec<(usize, Fraction)>,
    stopped_by: Vec<Option<usize>>,
}

impl Filled {
    fn level_of(&self, node: usize) -> Option<Fraction> {
        self.full.iter().find(|(full, _)| *full == node).map(|(_, level)| *level)
    }
}

fn fill(problem: &Problem<'_>) -> Filled {
    let nodes = &problem.site.nodes;
    let mut filled = Filled { full: Vec::new(), stopped_by: vec![None; nodes.len()] };
    let mut level = Fraction::from_integer(0);
    loop {
        let turns = (0..nodes.len()).filter(|&leaf| filled.stopped_by[leaf].is_none());
        let turn = turns.filter_map(|leaf| problem.claims[leaf]?.next_turn(level)).min();
        let mut fullest: Option<(Fraction, usize)> = None;
        for node in 0..nodes.len() {
            if let Some(at) = filling_level(problem, &filled, node, level)
                && fullest.is_none_or(|(least, deepest)| {
                    at < least || (at == least && nodes[node].depth > nodes[deepest].depth)
                })
            {
                fullest = Some((at, node));
            }
        }
        // A leaf that turns at the very level at which a node fills up turns first: it lies deeper.
        match (turn, fullest) {
            (None, None) => return filled,
            (Some(turn), fullest) if fullest.is_none_or(|(at, _)| turn <= at) => level = turn,
            (_, Some((at, node))) => {
                level = at;
                filled.full.push((node, level));
                stop(problem, &mut filled, node, node, level);
            }
            (Some(_), None) => unreachable!("a turn without a full node is taken above"),
        }
    }
}

/// The level at which an inner node would be full, if nothing else happened before.
fn filling_level(problem: &Problem<'_>, filled: &Filled, node: usize, level: Fraction) -> Option<Fraction> {
    if problem.claims[node].is_some()
        || problem.site.path(node).iter().any(|&on| filled.level_of(on).is_some())
    {
        return None;
    }
    let limit = problem.limits[node]?;
    let (fixed, rising) = load(problem, filled, node, level);
    (rising > 0).then(|| Fraction::new(limit - fixed, rising))
}

/// The watts below a node that the level does not move, and the weight of what rises with it.
fn load(problem: &Problem<'_>, filled: &Filled, node: usize, level: Fraction) -> (i128, i128) {
    if let Some(claim) = problem.claims[node] {
        return match claim.is_rising(level) {
            true => (0, claim.weight),
            false => (claim.at(level).to_integer(), 0),
        };
    }
    if filled.level_of(node).is_some() {
        return (problem.limits[node].expect("a full node has a limit"), 0);
    }
    let children = problem.site.nodes[node].children.iter();
    children.map(|&child| load(problem, filled, child, level)).fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1))
}

/// Stops every leaf below `at` that nothing has stopped yet and that has not reached its upper bound.
fn stop(problem: &Problem<'_>, filled: &mut Filled, full: usize, at: usize, level: Fraction) {
    if let Some(claim) = problem.claims[at]
        && filled.stopped_by[at].is_none()
        && level * claim.weight < claim.upper.into()
    {
        filled.stopped_by[at] = Some(full);
    }
    for &child in &problem.site.nodes[at].children {
        stop(problem, filled, full, child, level);
    }
}

/// Shares as fractions; the watts of leaves at a bound are final, the others' are still to be handed out.
fn exact_shares(problem: &Problem<'_>, filled: &Filled) -> Vec<Option<Share>> {
    let share = |leaf: usize| {
        let claim = problem.claims[leaf]?;
        let (exact, by) = match filled.stopped_by[leaf] {
            Some(node) => (claim.at(filled.level_of(node).expect("it is full")), Some(node)),
            None => (claim.upper.into(), claim.is_capped.then_some(leaf)),
        };
        Some(Share { exact, watts: exact.to_integer(), by })
    };
    (0..problem.claims.len()).map(share).collect()
}

/// Whole watts for the leaves that a full node stopped between their bounds: differences of rounded-down
/// running sums.
fn hand_out(problem: &Problem<'_>, filled: &Filled, node: usize, shares: &mut [Option<Share>]) {
    let is_shared = |leaf: usize| {
        let (Some(claim), Some(share)) = (problem.claims[leaf], shares[leaf]) else { return false };
        let is_between = share.exact > claim.lower.into() && share.exact < claim.upper.into();
        filled.stopped_by[leaf] == Some(node) && is_between
    };
    let leaves: Vec<usize> = (0..problem.claims.len()).filter(|&leaf| is_shared(leaf)).collect();
    let others = problem.site.sum_below(node, &|below| match shares[below] {
        Some(share) if !leaves.contains(&below) => share.watts,
        _ => 0,
    });
    let weight_of = |leaf: usize| problem.claims[leaf].expect("it has a share").weight;
    let watts = problem.limits[node].expect("a full node has a limit") - others;
    let weight: i128 = leaves.iter().map(|&leaf| weight_of(leaf)).sum();
    let (mut running, mut given) = (0, 0);
    for leaf in leaves {
        running += weight_of(leaf);
        let up_to_here = (watts * running).div_euclid(weight);
        shares[leaf].as_mut().expect("it has a share").watts = up_to_here - given;
        given = up_to_here;
    }
}
