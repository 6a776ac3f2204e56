//! Envelopes above all that can flow where they hold: given in watts, perhaps.

use super::flows::flows;
use crate::error::Problems;
use crate::scenario::Scenario;
use crate::values::decimal;
use crate::values::quantity::LimitKw;
use std::collections::BTreeMap;

pub(super) fn doubts(scenario: &Scenario, found: &mut Problems) {
    // What ratings come to be is not known yet.
    if !scenario.site_steps.is_empty() || scenario.file.envelopes.is_empty() {
        return;
    }
    let flows = flows(scenario, |power_w| power_w.max(0).unsigned_abs());
    let site = scenario.depot.site.iter().enumerate();
    let positions: BTreeMap<&str, usize> =
        site.map(|(position, node)| (node.id.as_str(), position)).collect();
    for envelope in &scenario.file.envelopes {
        // Where a limit there or below is the odd one, that is told.
        let flow = positions.get(envelope.node.as_str()).map(|&position| flows[position]);
        let Some(most_w) = flow.filter(|flow| !flow.has_tight).and_then(|flow| flow.most_w) else {
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
