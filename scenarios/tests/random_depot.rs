//! Random depots: whatever a scenario file may say, the depot runs, and the checker finds every invariant kept at every tick.
//!
//! Protects against the case that nobody thought of. Ten thousand and more are run by the example `random_depots`; what it found has a test by
//! hand beside what was mended.

use rayon::prelude::*;
use scenarios::random_depot::{FEATURES, Trial, random_depot, random_depot_with, try_depot};
use std::collections::{BTreeMap, BTreeSet};

/// Features that change who comes, or what he does.
const FLEETS: [&str; 7] = [
    "drawn_fleet",
    "own_demand_signals",
    "preconditioning",
    "told_departures",
    "no_shows",
    "pulled_plugs",
    "drawn_conduct",
];

const SEEDS: std::ops::Range<u64> = 0..400;

#[test]
fn hundreds_of_odd_depots_keep_every_invariant_and_cover_every_feature_and_reason() {
    let trials: Vec<(Vec<&str>, Trial)> = SEEDS
        .into_par_iter()
        .map(|seed| {
            let depot = random_depot(seed);
            let trial = try_depot(&depot).unwrap_or_else(|message| {
                panic!("seed {seed} with {}: {message}", depot.features.join(", "))
            });
            (depot.features, trial)
        })
        .collect();
    let features: BTreeSet<&str> = trials.iter().flat_map(|(features, _)| features.iter().copied()).collect();
    let missing: Vec<&str> =
        FEATURES.iter().map(|feature| feature.name).filter(|name| !features.contains(name)).collect();
    assert!(missing.is_empty(), "features that were never on: {missing:?}");
    let mut seen: BTreeMap<&str, u64> = BTreeMap::new();
    for (name, times) in trials.iter().flat_map(|(_, trial)| &trial.seen) {
        *seen.entry(name).or_default() += times;
    }
    for reason in [
        "APPLIED UNCONSTRAINED",
        "CURTAILED SITE_LIMIT",
        "CURTAILED GRID_CONNECTION_LIMIT",
        "CURTAILED CHARGER_CIRCUIT_LIMIT",
        "CURTAILED CHARGE_POINT_LIMIT",
        "CURTAILED CONNECTOR_LIMIT",
        "CURTAILED MINIMUM_POWER",
        "REJECTED INVALID_TOPOLOGY",
        "REJECTED UNSUPPORTED_TOPOLOGY",
        "REJECTED INVALID_LIMIT",
        "REJECTED STALE_INPUT",
        "REJECTED INFEASIBLE_MINIMUM",
        "charger_fell_back",
        "charger_offline",
        "charger_online",
        "out_of_service",
        "in_service",
        "setpoints_ignored",
        "setpoints_obeyed",
        "unplugged",
        "no_show",
        "charge_now",
        "hold",
        "override_ended",
        "limit_met",
    ] {
        assert!(seen.contains_key(reason), "{reason} was never seen in {seen:?}");
    }
}

#[test]
fn a_seed_is_the_same_depot_for_ever_and_names_a_feature_once() {
    for seed in [0, 1, 2026] {
        assert_eq!(random_depot(seed), random_depot(seed));
        assert_ne!(random_depot(seed).file.site, random_depot(seed + 1).file.site);
    }
    let names: BTreeSet<&str> = FEATURES.iter().map(|feature| feature.name).collect();
    assert_eq!(names.len(), FEATURES.len());
}

#[test]
fn a_feature_is_drawn_by_streams_of_its_own() {
    // Without the one that comes last the others are what they were: this is what shrinking stands on.
    for seed in 0..20 {
        let depot = random_depot(seed);
        let Some(last) = depot.features.last() else { continue };
        let fewer = random_depot_with(seed, |feature| feature.is_on(seed) && feature.name != *last);
        assert_eq!(fewer.features[..], depot.features[..depot.features.len() - 1]);
        assert_eq!((fewer.file.step, fewer.file.strategy), (depot.file.step, depot.file.strategy));
        let is_of_the_fleet = FLEETS.contains(last);
        assert!(is_of_the_fleet || fewer.file.fleet == depot.file.fleet, "seed {seed}");
    }
}

#[test]
fn every_feature_alone_makes_a_sound_depot() {
    for feature in FEATURES {
        for seed in 0..5 {
            let depot = random_depot_with(seed, |other| other.name == feature.name);
            assert_eq!(depot.features, [feature.name]);
            try_depot(&depot)
                .unwrap_or_else(|message| panic!("{} with seed {seed}: {message}", feature.name));
        }
    }
}
