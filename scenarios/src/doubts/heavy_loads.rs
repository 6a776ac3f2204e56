//! Base loads that are above a rating by themselves: given in watts, perhaps, or with one digit too many.

use super::flows::flows;
use super::place;
use crate::error::Problems;
use crate::scenario::Scenario;
use crate::values::decimal;

/// Tells of every node at which base load alone is above what it is rated for, and when it is so first.
pub(super) fn doubts(scenario: &Scenario, found: &mut Problems) {
    // What ratings come to be is not known yet.
    if !scenario.site_steps.is_empty() || scenario.base_load_steps.is_empty() {
        return;
    }
    let site = &scenario.depot.site;
    let mut own_w = vec![0_i64; site.len()];
    let mut sum_w = vec![0_i64; site.len()];
    // Where a limit is the odd one, that is told.
    let flows = flows(scenario, |power_w| power_w.max(0).unsigned_abs());
    let mut is_told: Vec<bool> = flows.iter().map(|flow| flow.has_tight).collect();
    let mut steps = scenario.base_load_steps.iter().peekable();
    while let Some(step) = steps.next() {
        let node = step.node as usize;
        let more_w = step.power_w - std::mem::replace(&mut own_w[node], step.power_w);
        each_up(scenario, node, |at| sum_w[at] += more_w);
        // Of what begins together only the end counts.
        if steps.peek().is_some_and(|next| next.at_s == step.at_s) {
            continue;
        }
        for at in 0..site.len() {
            let Some(limit_w) = site[at].ratings.least_w() else { continue };
            let is_over = u64::try_from(sum_w[at]).is_ok_and(|load_w| load_w > limit_w);
            if !is_over || std::mem::replace(&mut is_told[at], true) {
                continue;
            }
            let kw = |power_w: i64| decimal::format(power_w, 3);
            let message = format!(
                "base load alone is {} kW there from \"{}\" on, above the {} kW that it is rated for, so that its meter exceeds the limit whatever vehicles draw (a lower base load, or a higher rating)",
                kw(sum_w[at]),
                scenario.calendar.moment(step.at_s.max(0)),
                kw(i64::try_from(limit_w).unwrap_or(i64::MAX))
            );
            found.add(place(&site[at]), message);
        }
    }
}

/// A node and all above it.
fn each_up(scenario: &Scenario, node: usize, mut add: impl FnMut(usize)) {
    let mut next = Some(node);
    while let Some(at) = next {
        add(at);
        next = scenario.depot.site[at].parent.map(|parent| parent as usize);
    }
}
