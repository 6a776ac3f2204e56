//! The only randomness of the program: from a seed to everything that chance decides.
//!
//! Each quantity of each visit has a stream of words of its own, ChaCha8 keyed by SHA-256 of the seed, of what is drawn and of whose it is (vehicle,
//! day and visit); so a vehicle, a day or a visit more, or another distribution of arrivals, changes nothing else that is drawn.

use crate::scenario::{Expected, Scenario};
use crate::supply::base_load::NoisyLoad;
use crate::supply::demand_response::Program;
use crate::values::clock::DAY_S;
use crate::values::distribution::Integers;
use crate::vehicles::conduct::GroupConduct;
use crate::vehicles::override_record::resolved;
use crate::vehicles::visits::energy_j;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};
use sim::{BaseLoadStep, Depot, EnvelopeStep, Realization, Visit};

/// Vehicles whose visits are drawn from the same distributions; times in seconds from the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) id: String,
    pub(crate) count: u32,
    pub(crate) days: u32,
    pub(crate) vehicle_type: u32,
    /// Positions of home connectors, of the first vehicle, the second, and so on.
    pub(crate) homes: Vec<u32>,
    pub(crate) tier: u32,
    pub(crate) weight: u32,
    /// The visits of each day.
    pub(crate) visits: Vec<DailyVisit>,
    /// What they do that is not planned.
    pub(crate) conduct: GroupConduct,
}

impl Group {
    /// When the last of them may leave, as planned \[s\].
    pub(crate) fn last_departure_s(&self) -> i64 {
        let last_s = self.visits.iter().map(|visit| visit.departure.max()).max().unwrap_or(0);
        last_s + i64::from(self.days.saturating_sub(1)) * DAY_S
    }
}

/// A visit of each day; its times are those of the first day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DailyVisit {
    /// `None` for the only visit of a group that names none.
    pub(crate) id: Option<String>,
    pub(crate) arrival: Integers,
    pub(crate) departure: Integers,
    pub(crate) on_arrival: OnArrival,
    pub(crate) plug_in_delay_s: Integers,
    pub(crate) target_energy_j: u64,
    pub(crate) ready_energy_j: u64,
}

/// What is in the battery on arrival.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum OnArrival {
    /// A state of charge \[ppm\].
    Soc(Integers),
    /// What a vehicle left with, less what it used \[Wh\].
    Used { left_with_j: u64, used_wh: Integers },
}

/// What chance does to a site.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ChanceOnSite {
    pub(crate) noisy_loads: Vec<NoisyLoad>,
    pub(crate) programs: Vec<Program>,
}

impl ChanceOnSite {
    fn base_load_steps(&self, known: &[BaseLoadStep], seed: u64) -> Vec<BaseLoadStep> {
        let mut steps = known.to_vec();
        steps.extend(self.noisy_loads.iter().flat_map(|load| load.draw(seed)));
        steps.sort_by_key(|step| step.at_s);
        steps
    }

    fn envelope_steps(&self, known: &[EnvelopeStep], seed: u64) -> Vec<EnvelopeStep> {
        let mut steps = known.to_vec();
        steps.extend(self.programs.iter().flat_map(|program| program.draw(seed)));
        steps.sort_by_key(|step| step.at_s);
        steps
    }
}

/// Decides everything that the scenario leaves to chance. Visits that the scenario lists do not depend on the seed.
pub fn draw(scenario: &Scenario, seed: u64) -> Realization {
    let mut visits: Vec<Visit> = match &scenario.visitors {
        Expected::Known(visits) => visits.clone(),
        Expected::Drawn(groups) => {
            let mut visits = Vec::with_capacity(groups.iter().map(Group::visit_count).sum());
            groups.iter().for_each(|group| visits.extend(draw_group(group, scenario.depot(), seed)));
            visits
        }
    };
    visits.sort_by_key(|visit| visit.arrival_s);
    let overrides = resolved(&scenario.overrides, &visits);
    Realization {
        visits,
        envelope_steps: scenario.chance.envelope_steps(&scenario.envelope_steps, seed),
        base_load_steps: scenario.chance.base_load_steps(&scenario.base_load_steps, seed),
        outage_steps: scenario.outage_steps.clone(),
        feed_steps: scenario.feed_steps.clone(),
        site_steps: scenario.site_steps.clone(),
        silences: scenario.silences.clone(),
        charger_steps: scenario.charger_steps.clone(),
        overrides,
    }
}

fn draw_group<'a>(group: &'a Group, depot: &'a Depot, seed: u64) -> impl Iterator<Item = Visit> + 'a {
    let battery_j = depot.vehicle_types[group.vehicle_type as usize].battery_j;
    let width = group.count.to_string().len();
    let of_vehicle = move |number: u32| {
        let days = (1..=group.days).flat_map(move |day| group.visits.iter().map(move |visit| (day, visit)));
        days.map(move |(day, visit)| {
            let vehicle = group.vehicle(number, width);
            // The stream's name has no leading zeros, since these change when a fleet of 99 grows.
            let stream = format!("{}-{number}{}", group.id, visit.stream(day));
            let value = |domain, integers: &Integers| integers.draw_from(|| words(seed, domain, &stream));
            let from_s = i64::from(day - 1) * DAY_S;
            let arrival_energy_j = match &visit.on_arrival {
                OnArrival::Soc(ppm) => energy_j(battery_j, value("visit.soc_arrival", ppm) as u32),
                OnArrival::Used { left_with_j, used_wh } => {
                    left_with_j.saturating_sub(value("visit.energy_used", used_wh).unsigned_abs() * 3_600)
                }
            };
            let arrival_s = from_s + value("visit.arrival", &visit.arrival);
            let told_s = from_s + value("visit.departure", &visit.departure);
            let (departure_s, conduct) = group.conduct.draw(seed, &stream, (arrival_s, told_s));
            Visit {
                id: visit.name(&vehicle, day, group.days),
                vehicle,
                vehicle_type: group.vehicle_type,
                arrival_s,
                departure_s,
                arrival_energy_j,
                target_energy_j: visit.target_energy_j,
                ready_energy_j: visit.ready_energy_j,
                plug_in_delay_s: value("visit.plug_in_delay", &visit.plug_in_delay_s) as u32,
                connector: None,
                home: group.homes.get(number as usize - 1).copied(),
                tier: group.tier,
                weight: group.weight,
                conduct,
            }
        })
    };
    (1..=group.count).flat_map(of_vehicle)
}

impl Group {
    /// How many visits its vehicles make.
    fn visit_count(&self) -> usize {
        self.count as usize * self.days as usize * self.visits.len()
    }

    fn vehicle(&self, number: u32, width: usize) -> String {
        format!("{}-{number:0width$}", self.id)
    }

    /// The ids of the visits that its vehicles make, whatever is drawn.
    pub(crate) fn visit_ids(&self) -> impl Iterator<Item = String> + '_ {
        let width = self.count.to_string().len();
        (1..=self.count).flat_map(move |number| {
            let vehicle = self.vehicle(number, width);
            let days = (1..=self.days).flat_map(|day| self.visits.iter().map(move |visit| (day, visit)));
            days.map(move |(day, visit)| visit.name(&vehicle, day, self.days))
        })
    }
}

impl DailyVisit {
    /// What tells the streams of one vehicle's visits apart. The only visit of the first day has the vehicle's own.
    fn stream(&self, day: u32) -> String {
        match (&self.id, day) {
            (None, 1) => String::new(),
            (None, day) => format!(".d{day}"),
            (Some(id), day) => format!(".d{day}.{id}"),
        }
    }

    fn name(&self, vehicle: &str, day: u32, days: u32) -> String {
        match &self.id {
            None if days == 1 => vehicle.to_owned(),
            None => format!("{vehicle}-d{day}"),
            Some(id) => format!("{vehicle}-d{day}-{id}"),
        }
    }
}

/// The stream of words for one quantity (`domain`) of one entity (`id`). Only raw words are taken from it.
///
/// The key is SHA-256 over the seed (8 bytes) and then the domain and the id, each after its length (8 bytes), all little-endian.
pub(crate) fn words(seed: u64, domain: &str, id: &str) -> impl FnMut() -> u64 + use<> {
    let mut hasher = Sha256::new();
    hasher.update(seed.to_le_bytes());
    for text in [domain, id] {
        hasher.update((text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    let mut generator = ChaCha8Rng::from_seed(hasher.finalize().into());
    move || generator.next_u64()
}
