//! The strategies that share: tier by tier, minima first, then one of the rules of fairness.

use super::branch::branch_fair;
use super::fair::{Claim, Problem, Share, fair};
use super::site::{Site, less};
use super::{Answer, steps};

/// How a tier shares what it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    Fair,
    Branch,
    Proportional,
}

impl Rule {
    pub(crate) fn solve(self, problem: &Problem<'_>) -> Vec<Option<Share>> {
        match self {
            Self::Fair | Self::Proportional => fair(problem),
            Self::Branch => branch_fair(problem),
        }
    }
}

/// Every tier in its turn, on what the tiers before it left.
pub(crate) fn share(site: &Site, rule: Rule) -> Answer {
    let mut answer = Answer::empty(site);
    for tier in tiers(site) {
        let is_of_tier = |node: usize| site.nodes[node].ask.as_ref().is_some_and(|ask| ask.tier == tier);
        let is_later = |node: usize| site.nodes[node].ask.as_ref().is_some_and(|ask| ask.tier > tier);
        let limits: Vec<Option<i128>> = site.nodes.iter().map(|node| node.ev_limit).collect();
        let limits = less(&limits, &|node| {
            let later = |below: usize| if is_later(below) { site.reserved_minimum(below) } else { 0 };
            site.sum_below(node, &|below| answer.watts[below] + later(below))
        });
        let leaves: Vec<usize> = site.asking().filter(|&leaf| is_of_tier(leaf)).collect();
        let admitted = admit(site, &limits, &leaves, &mut answer);
        let claims =
            (0..site.nodes.len()).map(|node| admitted.contains(&node).then(|| claim(site, node, rule)));
        let problem = Problem { site, limits, claims: claims.collect() };
        let shares = steps::in_steps(rule, &problem);
        for leaf in admitted {
            let share = shares[leaf].expect("an admitted leaf has a share");
            answer.watts[leaf] = share.watts;
            answer.by[leaf] = share.by;
        }
    }
    answer
}

/// Every demand within the ratings of charge points and connectors; where they do not suffice, in fair
/// shares.
pub(crate) fn uncontrolled(site: &Site) -> Answer {
    let mut answer = Answer::empty(site);
    for tier in tiers(site) {
        let limits: Vec<Option<i128>> = site.nodes.iter().map(|node| node.hardware_limit).collect();
        let limits = less(&limits, &|node| site.sum_below(node, &|below| answer.watts[below]));
        let claim = |node: usize| {
            let ask = site.nodes[node].ask.as_ref().filter(|ask| ask.tier == tier)?;
            let upper = super::site::least(limits[node], ask.demand);
            Some(Claim { lower: 0, upper, weight: ask.weight, is_capped: upper < ask.demand })
        };
        let claims = (0..site.nodes.len()).map(claim).collect();
        for (leaf, share) in fair(&Problem { site, limits, claims }).into_iter().enumerate() {
            if let Some(share) = share {
                answer.watts[leaf] = share.watts;
                answer.by[leaf] = share.by;
            }
        }
    }
    answer
}

/// The tiers in the order in which they are served.
fn tiers(site: &Site) -> Vec<i128> {
    let mut tiers: Vec<i128> = site.asking().map(|leaf| site.ask(leaf).tier).collect();
    tiers.sort_unstable();
    tiers.dedup();
    tiers
}

fn claim(site: &Site, leaf: usize, rule: Rule) -> Claim {
    let ask = site.ask(leaf);
    let upper = site.capped_wish(leaf);
    let weight = if rule == Rule::Proportional { ask.demand } else { ask.weight };
    Claim { lower: ask.min, upper, weight, is_capped: upper < ask.wish }
}

/// The leaves of a tier that take part; the others are marked as paused.
fn admit(site: &Site, limits: &[Option<i128>], leaves: &[usize], answer: &mut Answer) -> Vec<usize> {
    let mut admitted: Vec<usize> = Vec::new();
    let mut waiting: Vec<usize> = Vec::new();
    for &leaf in leaves {
        let ask = site.ask(leaf);
        if ask.pausable && ask.min > 0 { waiting.push(leaf) } else { admitted.push(leaf) }
    }
    // `None` sorts first, and the sort keeps tree order among equals.
    waiting.sort_by_key(|&leaf| site.ask(leaf).request.last_served_s);
    for leaf in waiting {
        let minimum_of = |node: usize| if admitted.contains(&node) { site.ask(node).min } else { 0 };
        let headroom = less(limits, &|node| site.sum_below(node, &minimum_of));
        match site.tightest(leaf, &headroom) {
            Some((watts, node)) if site.ask(leaf).min > watts => {
                answer.is_paused[leaf] = true;
                answer.by[leaf] = Some(node);
            }
            _ => admitted.push(leaf),
        }
    }
    admitted
}
