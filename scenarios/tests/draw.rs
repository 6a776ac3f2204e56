//! What chance decides never changes: not between releases, not with the fleet. Caught by it: a generator whose words changed, leading
//! zeros in the name of a stream.

use scenarios::{Bundled, Scenario, draw, parse};
use sim::Visit;

fn wa_pta() -> Scenario {
    Bundled::find("wa-pta").unwrap().load().unwrap()
}

fn with_count(count: u32) -> Scenario {
    let text = Bundled::find("wa-pta").unwrap().text.replace("count: 28", &format!("count: {count}"));
    parse("test", &text, &mut |_| Err("no files".into())).unwrap()
}

/// What is drawn of a vehicle, apart from its name.
fn drawn(visits: &[Visit], number: u32) -> (i64, i64, u64) {
    let is_it = |visit: &&Visit| visit.vehicle.rsplit('-').next().unwrap().parse() == Ok(number);
    let visit = visits.iter().find(is_it).unwrap();
    (visit.arrival_s, visit.departure_s, visit.arrival_energy_j)
}

#[test]
fn the_first_draws_are_what_they_have_always_been() {
    let visits = draw(&wa_pta(), 1).visits;
    let first: Vec<_> = (1..=3).map(|number| drawn(&visits, number)).collect();
    assert_eq!(first, GOLDEN);
}

#[test]
fn a_vehicle_more_changes_no_other_draws() {
    for seed in 0..20 {
        let few = draw(&with_count(28), seed).visits;
        for count in [29, 99, 100, 1000] {
            let many = draw(&with_count(count), seed).visits;
            for number in 1..=28 {
                assert_eq!(
                    drawn(&few, number),
                    drawn(&many, number),
                    "seed {seed}, {count} vehicles, number {number}"
                );
            }
        }
    }
}

#[test]
fn draws_stay_within_their_distributions_and_differ_between_seeds() {
    let scenario = wa_pta();
    for seed in 0..300 {
        let realization = draw(&scenario, seed);
        assert_eq!(realization, draw(&scenario, seed));
        assert_ne!(realization.visits, draw(&scenario, seed + 1).visits);
        assert!(realization.visits.is_sorted_by_key(|visit| visit.arrival_s));
        for visit in &realization.visits {
            assert!((1_800..=21_600).contains(&visit.arrival_s), "{visit:?}");
            assert!((45_000..=54_000).contains(&visit.departure_s), "{visit:?}");
            let battery_j = 400 * 3_600_000;
            assert!(
                (battery_j * 15 / 100..=battery_j * 60 / 100).contains(&visit.arrival_energy_j),
                "{visit:?}"
            );
            assert_eq!(visit.target_energy_j, battery_j * 95 / 100);
        }
    }
}

#[test]
fn vehicles_are_numbered_with_leading_zeros() {
    let mut vehicles: Vec<String> =
        draw(&wa_pta(), 7).visits.into_iter().map(|visit| visit.vehicle).collect();
    vehicles.sort();
    assert_eq!((vehicles[0].as_str(), vehicles[27].as_str()), ("bus-01", "bus-28"));
}

/// Arrival \[s\], departure \[s\], energy on arrival \[J\] of the vehicles 1 to 3 under seed 1.
const GOLDEN: [(i64, i64, u64); 3] =
    [(15_264, 49_390, 377_879_040), (19_424, 50_744, 805_620_960), (14_588, 46_171, 819_178_560)];
