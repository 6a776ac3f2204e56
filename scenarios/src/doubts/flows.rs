//! The most that can flow at each node, by what stands below it.

use crate::scenario::Scenario;
use sim::SiteNode;

/// What a node may carry at most \[W\]; `None` where nothing says it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Flow {
    /// All that its children may carry, and the base loads at the node itself; known where each of its children says it.
    pub(super) asked_w: Option<u64>,
    /// The same, up to the node's own rating.
    pub(super) most_w: Option<u64>,
}

/// What each node may carry, by its position; `load_w` says what a base load counts for. Changes of the site in mid-run are left out.
pub(super) fn flows(scenario: &Scenario, load_w: impl Fn(i64) -> u64) -> Vec<Flow> {
    let site: &[SiteNode] = &scenario.depot.site;
    let mut base_w = vec![0_u64; site.len()];
    let steps = scenario.base_load_steps.iter().map(|step| (step.node, step.power_w));
    let noisy = scenario.chance.noisy_loads.iter().flat_map(|load| load.powers());
    for (node, power_w) in steps.chain(noisy) {
        let most_w = &mut base_w[node as usize];
        *most_w = (*most_w).max(load_w(power_w));
    }
    // What stands by counts as base load, too.
    for standby in &scenario.depot.equipment.standby {
        base_w[standby.node as usize] += u64::from(standby.power_w);
    }
    let mut below_w: Vec<Option<u64>> = vec![None; site.len()];
    let mut is_known = vec![true; site.len()];
    let mut flows = vec![Flow::default(); site.len()];
    // Children stand behind their parents.
    for (at, node) in site.iter().enumerate().rev() {
        let below_w_known = below_w[at].filter(|_| is_known[at]);
        let asked_w = below_w_known.map(|below_w| below_w.saturating_add(base_w[at]));
        let most_w = asked_w.into_iter().chain(node.ratings.least_w()).min();
        flows[at] = Flow { asked_w, most_w };
        if let Some(parent) = node.parent.map(|parent| parent as usize) {
            match most_w {
                Some(power_w) => below_w[parent] = Some(below_w[parent].unwrap_or(0).saturating_add(power_w)),
                None => is_known[parent] = false,
            }
        }
    }
    flows
}
