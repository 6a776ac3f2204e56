//! What is said and counts for nothing, or stands against every cycle.

use crate::error::Problems;
use crate::format::file::{AssignmentRule, Fleet};
use crate::scenario::{Expected, Scenario};
use crate::values::quantity::shown;

pub(super) fn doubts(scenario: &Scenario, found: &mut Problems) {
    homes(scenario, found);
    silent_feeds(scenario, found);
    circuits_of_flat_sites(scenario, found);
}

/// Homes count where vehicles are sent to the nearest free lane.
fn homes(scenario: &Scenario, found: &mut Problems) {
    let rule = scenario.file.assignment;
    if rule == AssignmentRule::NearestFree {
        return;
    }
    let message = format!(
        "homes count for nothing where `assignment` is {rule:?} (`assignment: NearestFree`, or no homes)"
    );
    match &scenario.file.fleet {
        Fleet::Generated(groups) => {
            if let Some(group) = groups.iter().find(|group| !group.homes.is_empty()) {
                found.add(format!("fleet.{}.homes", shown(&group.id)), message);
            }
        }
        Fleet::Listed(records) => {
            if let Some(record) = records.iter().find(|record| record.home.is_some()) {
                let name = record.visit.as_ref().unwrap_or(&record.vehicle);
                found.add(format!("fleet.{}.home", shown(name)), message);
            }
        }
        Fleet::Visits { csv, columns, .. } => {
            let Expected::Known(visits) = &scenario.visitors else { return };
            if visits.iter().any(|visit| visit.home.is_some()) {
                found.add_in_file(csv, None, columns.home.as_deref().unwrap_or("home"), &message);
            }
        }
    }
}

/// A feed that says nothing, of which nothing is known: cycles need a message that is valid, or the feed's default limit.
fn silent_feeds(scenario: &Scenario, found: &mut Problems) {
    for feed in &scenario.file.envelope_feeds {
        if feed.messages.is_empty() && feed.default_limit_kw.is_none() {
            let message = "no message ever comes and no `default_limit_kw` holds meanwhile, so that every cycle is rejected (messages, a default limit, or no such feed)";
            found.add(format!("envelope_feeds.{}.messages", shown(&feed.id)), message);
        }
    }
}

/// A site that is balanced flat has no circuits any more: whatever they may carry, nobody keeps to it.
fn circuits_of_flat_sites(scenario: &Scenario, found: &mut Problems) {
    if scenario.depot.fallback_note.is_none() {
        return;
    }
    let mut circuits = scenario.file.site.charger_circuits.iter();
    let limited = circuits.find(|circuit| {
        circuit.default_capacity_kw.is_some()
            || circuit.rating_a.is_some()
            || circuit.safe_operating_capacity_kw.is_some()
    });
    if let Some(circuit) = limited {
        let message = "the site is balanced flat, so that nobody keeps to the capacities of circuits, and no breach of them is seen (mend the tree, or have envelopes limit the site)";
        found.add(format!("site.charger_circuits.{}", shown(&circuit.id)), message);
    }
}
