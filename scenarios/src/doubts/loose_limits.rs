//! Ratings far above all that is ever asked for below them: given in watts, perhaps, or with a slipped point.

use super::flows::flows;
use crate::error::Problems;
use crate::format::file::ScenarioFile;
use crate::scenario::Scenario;
use crate::values::decimal;
use sim::SiteNode;
use std::collections::BTreeSet;

/// Sites are built for more than stands there yet, but hardly for more than so many times as much.
const TIMES_MAX: u64 = 20;

pub(super) fn doubts(scenario: &Scenario, found: &mut Problems) {
    // What comes to stand below is not known yet; of a site that is balanced flat the tree is known to be odd.
    if !scenario.site_steps.is_empty() || scenario.depot.fallback_note.is_some() {
        return;
    }
    let in_amperes = in_amperes(&scenario.file);
    for (node, flow) in scenario.depot.site.iter().zip(flows(scenario, i64::unsigned_abs)) {
        let (Some(limit_w), Some(asked_w)) = (node.ratings.least_w(), flow.asked_w) else { continue };
        if asked_w > 0 && !flow.has_tight && limit_w > TIMES_MAX.saturating_mul(asked_w) {
            let field = field(node, limit_w, &in_amperes);
            found.add(format!("{}.{field}", super::place(node)), message(field, limit_w, asked_w));
        }
    }
}

/// The field that the least limit of a node comes from.
pub(super) fn field(node: &SiteNode, limit_w: u64, in_amperes: &BTreeSet<&str>) -> &'static str {
    let ratings = node.ratings;
    match () {
        () if ratings.safe_operating_capacity_w == Some(limit_w) => "safe_operating_capacity_kw",
        () if in_amperes.contains(node.id.as_str()) => "rating_a",
        () if ratings.default_capacity_w == Some(limit_w) => "default_capacity_kw",
        () => "max_rating_kw",
    }
}

/// The ids of nodes whose rating is a current.
pub(super) fn in_amperes(file: &ScenarioFile) -> BTreeSet<&str> {
    let site = &file.site;
    let connections = site.grid_connections.iter().map(|record| (&record.id, record.rating_a));
    let circuits = site.charger_circuits.iter().map(|record| (&record.id, record.rating_a));
    let chargers =
        site.charge_points.iter().chain(&site.connectors).map(|record| (&record.id, record.rating_a));
    let all = connections.chain(circuits).chain(chargers);
    all.filter_map(|(id, rating_a)| rating_a.map(|_| id.as_str())).collect()
}

fn message(field: &str, limit_w: u64, asked_w: u64) -> String {
    let kw = |power_w: u64| decimal::format(i64::try_from(power_w).unwrap_or(i64::MAX), 3);
    let (said, unit) = match field {
        "rating_a" => (format!("the current comes to {} kW, which is", kw(limit_w)), "a lower current"),
        _ => (format!("{} kW is", kw(limit_w)), "a lower limit; limits are in kW"),
    };
    // A limit in watts is a thousand times the one that was meant.
    let is_in_w = field != "rating_a"
        && limit_w / 1_000 >= asked_w / TIMES_MAX
        && limit_w / 1_000 <= TIMES_MAX * asked_w;
    let meant = if is_in_w { format!("is {} meant? ", kw(limit_w / 1_000)) } else { String::new() };
    format!(
        "{said} {} times the {} kW that all below it can ask for, so that it never binds ({meant}{unit})",
        limit_w / asked_w,
        kw(asked_w)
    )
}
