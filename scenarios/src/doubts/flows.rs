//! The most that can flow at each node, by what stands below it.

use crate::scenario::Scenario;
use sim::{NodeKind, SiteNode};

/// What a node may carry at most \[W\]; `None` where nothing says it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Flow {
    /// All that its children may carry, and the base loads at the node itself; known where each of its children says it.
    pub(super) asked_w: Option<u64>,
    /// The same, up to the node's own rating.
    pub(super) most_w: Option<u64>,
    /// Whether it, or a node below it, is rated for so little that it was hardly meant: what follows from that is no doubt of its own.
    pub(super) has_tight: bool,
}

/// Sites share what they have among chargers that could take more together, but hardly so many times more.
const TIMES_MAX: u64 = 100;

impl Flow {
    /// Whether the node's own rating lets so little through that it was hardly meant.
    pub(super) fn is_tight(self) -> bool {
        let flow = self.asked_w.zip(self.most_w);
        flow.is_some_and(|(asked_w, most_w)| asked_w > 0 && most_w < asked_w.div_ceil(TIMES_MAX))
    }
}

/// Less than any charger gives \[W\].
const CHARGER_LEAST_W: u64 = 1_000;

/// Whether a charger is rated for less than any gives.
pub(super) fn is_weak_charger(node: &SiteNode) -> bool {
    let is_charger = matches!(node.kind, NodeKind::ChargePoint | NodeKind::Connector);
    is_charger && node.ratings.least_w().is_some_and(|limit_w| (1..CHARGER_LEAST_W).contains(&limit_w))
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
        let mut flow = Flow { asked_w, most_w, has_tight: flows[at].has_tight };
        flow.has_tight |= flow.is_tight() || is_weak_charger(node);
        flows[at] = flow;
        if let Some(parent) = node.parent.map(|parent| parent as usize) {
            flows[parent].has_tight |= flow.has_tight;
            match most_w {
                Some(power_w) => below_w[parent] = Some(below_w[parent].unwrap_or(0).saturating_add(power_w)),
                None => is_known[parent] = false,
            }
        }
    }
    flows
}
