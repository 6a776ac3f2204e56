//! Ratings far below all that is asked for below them: given in MW, perhaps, or with a slipped point.

use super::flows::{flows, is_weak_charger};
use super::loose_limits::{field, in_amperes};
use crate::error::Problems;
use crate::scenario::Scenario;
use crate::values::decimal;

pub(super) fn doubts(scenario: &Scenario, found: &mut Problems) {
    // As for loose limits: what comes to stand below is not known yet, or the tree is known to be odd.
    if !scenario.site_steps.is_empty() || scenario.depot.fallback_note.is_some() {
        return;
    }
    let in_amperes = in_amperes(&scenario.file);
    for (node, flow) in
        scenario.depot.site.iter().zip(flows(scenario, |power_w| power_w.max(0).unsigned_abs()))
    {
        let Some(limit_w) = node.ratings.least_w() else { continue };
        let field = field(node, limit_w, &in_amperes);
        let message = match (is_weak_charger(node), flow.asked_w.filter(|&asked_w| asked_w > 0)) {
            (_, Some(asked_w)) if limit_w == 0 => {
                format!(
                    "0 kW let nothing flow, and all below it can ask for {} kW (a limit above 0)",
                    kw(asked_w)
                )
            }
            (_, Some(asked_w)) if flow.is_tight() => {
                let times = asked_w / limit_w;
                let said = format!("{} kW is {times} times less than the {} kW", kw(limit_w), kw(asked_w));
                format!("{said} that all below it can ask for ({}limits are in kW)", meant(limit_w, field))
            }
            (true, _) => {
                format!(
                    "{} kW is less than any charger gives ({}ratings are in kW)",
                    kw(limit_w),
                    meant(limit_w, field)
                )
            }
            _ => continue,
        };
        found.add(format!("{}.{field}", super::place(node)), message);
    }
}

fn kw(power_w: u64) -> String {
    decimal::format(i64::try_from(power_w).unwrap_or(i64::MAX), 3)
}

/// A limit in MW is a thousand times less than the one that was meant; a current is another matter.
fn meant(limit_w: u64, field: &str) -> String {
    match field {
        "rating_a" => String::new(),
        _ => format!("is {} meant? ", kw(limit_w.saturating_mul(1_000))),
    }
}
