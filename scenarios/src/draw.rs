//! The only randomness of the program: from a seed to everything that chance decides.
//!
//! Each quantity of each vehicle has a stream of words of its own, ChaCha8 keyed by SHA-256 of the seed, of what is drawn and of whose it is;
//! so a vehicle more, or another distribution of arrivals, changes nothing else that is drawn.

use crate::distribution::Integers;
use crate::scenario::{Expected, Scenario};
use crate::visits::energy_j;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};
use sim::{Depot, Realization, Visit};

/// Vehicles whose visits are drawn from the same distributions; times in seconds from the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) id: String,
    pub(crate) count: u32,
    pub(crate) vehicle_type: u32,
    pub(crate) arrival: Integers,
    pub(crate) departure: Integers,
    pub(crate) soc_arrival_ppm: Integers,
    pub(crate) target_ppm: u32,
    pub(crate) tier: u32,
    pub(crate) weight: u32,
}

/// Decides everything that the scenario leaves to chance. Visits that the scenario lists do not depend on the seed.
pub fn draw(scenario: &Scenario, seed: u64) -> Realization {
    let mut visits: Vec<Visit> = match &scenario.visitors {
        Expected::Known(visits) => visits.clone(),
        Expected::Drawn(groups) => {
            groups.iter().flat_map(|group| draw_group(group, scenario.depot(), seed)).collect()
        }
    };
    visits.sort_by_key(|visit| visit.arrival_s);
    Realization {
        visits,
        envelope_steps: scenario.envelope_steps.clone(),
        base_load_steps: scenario.base_load_steps.clone(),
        silences: scenario.silences.clone(),
    }
}

fn draw_group(group: &Group, depot: &Depot, seed: u64) -> impl Iterator<Item = Visit> {
    let battery_j = depot.vehicle_types[group.vehicle_type as usize].battery_j;
    let width = group.count.to_string().len();
    (1..=group.count).map(move |number| {
        let vehicle = format!("{}-{number:0width$}", group.id);
        // The stream's name has no leading zeros, since these change when a fleet of 99 grows.
        let stream = format!("{}-{number}", group.id);
        let value = |domain, integers: &Integers| integers.draw(&mut words(seed, domain, &stream));
        let soc_ppm = value("visit.soc_arrival", &group.soc_arrival_ppm) as u32;
        Visit {
            id: vehicle.clone(),
            vehicle,
            vehicle_type: group.vehicle_type,
            arrival_s: value("visit.arrival", &group.arrival),
            departure_s: value("visit.departure", &group.departure),
            arrival_energy_j: energy_j(battery_j, soc_ppm),
            target_energy_j: energy_j(battery_j, group.target_ppm),
            connector: None,
            tier: group.tier,
            weight: group.weight,
        }
    })
}

/// The stream of words for one quantity (`domain`) of one entity (`id`). Only raw words are taken from it.
///
/// The key is SHA-256 over the seed (8 bytes) and then the domain and the id, each after its length (8 bytes), all little-endian.
fn words(seed: u64, domain: &str, id: &str) -> impl FnMut() -> u64 + use<> {
    let mut hasher = Sha256::new();
    hasher.update(seed.to_le_bytes());
    for text in [domain, id] {
        hasher.update((text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    let mut generator = ChaCha8Rng::from_seed(hasher.finalize().into());
    move || generator.next_u64()
}
