//! Envelopes above all that can flow where they hold: given in watts, perhaps.

use crate::error::Problems;
use crate::scenario::Scenario;
use crate::values::decimal;
use crate::values::quantity::LimitKw;
use sim::SiteNode;
use std::collections::BTreeMap;

pub(super) fn doubts(scenario: &Scenario, found: &mut Problems) {
    // What ratings or loads come to be is not known yet.
    if !scenario.site_steps.is_empty() || !scenario.chance.noisy_loads.is_empty() {
        return;
    }
    if scenario.file.envelopes.is_empty() {
        return;
    }
    let most_w = most_w(scenario);
    let site = scenario.depot.site.iter().enumerate();
    let positions: BTreeMap<&str, usize> =
        site.map(|(position, node)| (node.id.as_str(), position)).collect();
    for envelope in &scenario.file.envelopes {
        let Some(most_w) = positions.get(envelope.node.as_str()).and_then(|&position| most_w[position])
        else {
            continue;
        };
        // A window that is wide open beside one that is not is meant.
        let windows = envelope.windows.iter().map(|window| window.limit_kw).enumerate();
        let Some((window, least)) = windows.min_by_key(|&(_, limit)| limit) else { continue };
        if least.w() > most_w {
            let most = LimitKw::from_w(most_w).map_or_else(String::new, |most| most.to_string());
            let in_w = if least.w() / 1_000 <= most_w && least.w() >= 100 * most_w.max(1) {
                format!("is {} meant? ", decimal::format((least.w() / 1_000) as i64, 3))
            } else {
                String::new()
            };
            let message = format!(
                "{least} kW is above the {most} kW that can flow there at all, so that the envelope never binds ({in_w}a lower limit; limits are in kW)"
            );
            found.add(format!("envelopes.{}.windows.{}.limit_kw", envelope.id, window + 1), message);
        }
    }
}

/// What each node may carry at most \[W\]: what stands below it and its base load, up to its own rating; `None` where nothing says it.
fn most_w(scenario: &Scenario) -> Vec<Option<u64>> {
    let site: &[SiteNode] = &scenario.depot.site;
    let mut base_w = vec![0_u64; site.len()];
    for step in &scenario.base_load_steps {
        let most_w = &mut base_w[step.node as usize];
        *most_w = (*most_w).max(step.power_w.max(0).unsigned_abs());
    }
    // What stands by counts as base load, too.
    for standby in &scenario.depot.equipment.standby {
        base_w[standby.node as usize] += u64::from(standby.power_w);
    }
    let mut below_w: Vec<Option<u64>> = vec![None; site.len()];
    let mut has_children = vec![false; site.len()];
    let mut is_known = vec![true; site.len()];
    let mut most_w = vec![None; site.len()];
    // Children stand behind their parents.
    for (at, node) in site.iter().enumerate().rev() {
        let flows_w = match has_children[at] && is_known[at] {
            true => below_w[at].map(|below_w| below_w.saturating_add(base_w[at])),
            false => None,
        };
        most_w[at] = flows_w.into_iter().chain(node.ratings.least_w()).min();
        if let Some(parent) = node.parent.map(|parent| parent as usize) {
            has_children[parent] = true;
            match most_w[at] {
                Some(power_w) => below_w[parent] = Some(below_w[parent].unwrap_or(0).saturating_add(power_w)),
                None => is_known[parent] = false,
            }
        }
    }
    most_w
}
