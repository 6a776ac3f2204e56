//! Curves that end without power before the battery holds what makes its vehicle ready.

use crate::error::Problems;
use crate::scenario::{Expected, Scenario};
use crate::values::decimal;
use sim::VehicleType;
use std::collections::BTreeMap;

pub(super) fn doubts(scenario: &Scenario, found: &mut Problems) {
    // Of each type the most that makes one of its vehicles ready [J].
    let mut most_j: BTreeMap<u32, u64> = BTreeMap::new();
    let mut note = |vehicle_type: u32, ready_j: u64| {
        let most_j = most_j.entry(vehicle_type).or_default();
        *most_j = ready_j.max(*most_j);
    };
    match &scenario.visitors {
        Expected::Known(visits) => {
            let charged = visits.iter().filter(|visit| visit.arrival_energy_j < visit.ready_energy_j);
            charged.for_each(|visit| note(visit.vehicle_type, visit.ready_energy_j));
        }
        Expected::Drawn(groups) => {
            let daily = groups.iter().flat_map(|group| group.visits.iter().map(move |visit| (group, visit)));
            daily.for_each(|(group, visit)| note(group.vehicle_type, visit.ready_energy_j));
        }
    }
    for (vehicle_type, ready_j) in most_j {
        let kind = &scenario.depot.vehicle_types[vehicle_type as usize];
        let Some(end_ppm) = power_ends_at_ppm(kind) else { continue };
        let end_j = u128::from(kind.battery_j) * u128::from(end_ppm) / 1_000_000;
        if u128::from(ready_j) >= end_j {
            let end = decimal::format(end_ppm.into(), 4);
            let message = format!(
                "the curve falls to 0 kW at {end} %, which batteries come near to and may never reach: whoever needs that much may never be ready (a little power up to there, or a lower target)"
            );
            found.add(format!("vehicles.{}.curve", kind.id), message);
        }
    }
}

/// Where the curve of a vehicle comes down to nothing, from which on there is none \[ppm\]; `None` where there is power up to the end.
fn power_ends_at_ppm(kind: &VehicleType) -> Option<u32> {
    let end = kind.curve.iter().rev().take_while(|point| point.power_w == 0).last()?;
    Some(end.soc_ppm)
}
