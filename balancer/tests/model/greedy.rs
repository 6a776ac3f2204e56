//! The strategies that serve one leaf after the other, each with as much as there is.

use super::site::{Site, less};
use super::{Answer, Fraction};
use balancer::Strategy;

/// One walk over all leaves; what leaves that cannot be paused need at least is kept for them.
pub(crate) fn greedy(site: &Site, strategy: Strategy) -> Answer {
    let mut answer = Answer::empty(site);
    let mut order: Vec<usize> = site.asking().collect();
    // The sort keeps tree order among equals; a missing key sorts last.
    order.sort_by_key(|&leaf| {
        let key = key(site, strategy, leaf);
        (site.ask(leaf).tier, key.is_none(), key)
    });
    let limits: Vec<Option<i128>> = site.nodes.iter().map(|node| node.ev_limit).collect();
    for (turn, &leaf) in order.iter().enumerate() {
        let still_to_come = &order[turn + 1..];
        let used = |node: usize| match still_to_come.contains(&node) {
            true => site.reserved_minimum(node),
            false => answer.watts[node],
        };
        let headroom = less(&limits, &|node| site.sum_below(node, &used));
        let tightest = site.tightest(leaf, &headroom);
        let ask = site.ask(leaf);
        let most = tightest.map_or(ask.wish, |(room, _)| room.min(ask.wish));
        let watts = match ask.steps[..] {
            [] => most,
            _ => ask.steps.iter().copied().filter(|&step| step <= most).max().unwrap_or(0),
        };
        answer.is_paused[leaf] = watts < ask.min;
        answer.watts[leaf] = if watts < ask.min { 0 } else { watts };
        answer.by[leaf] = tightest.filter(|_| watts < ask.wish).map(|(_, node)| node);
    }
    answer
}

fn key(site: &Site, strategy: Strategy, leaf: usize) -> Option<Fraction> {
    let request = &site.ask(leaf).request;
    match strategy {
        Strategy::FirstCome => request.arrived_s.map(Fraction::from),
        Strategy::EarliestDeparture => request.departs_s.map(Fraction::from),
        Strategy::LowestSoc => request.soc_ppm.map(Fraction::from),
        Strategy::LeastLaxity => {
            let (departs_s, needs_wh) = (request.departs_s?, request.needs_wh?);
            let watts = site.capped_wish(leaf);
            (watts > 0).then(|| Fraction::from(departs_s) - Fraction::new(needs_wh * 3600, watts))
        }
        _ => unreachable!("not a greedy strategy"),
    }
}
