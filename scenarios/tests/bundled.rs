//! The bundled scenarios are what their headers say. Protects the numbers that everybody else's tests stand on.

use scenarios::{Bundled, bundled, draw};
use sim::{BaseLoadStep, EnvelopeBasis, EnvelopeStep, NodeKind};

#[test]
fn every_bundled_scenario_loads_under_its_own_name_and_title() {
    for bundled in bundled() {
        let scenario = bundled.load().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(scenario.depot().id, bundled.name);
        assert_eq!(scenario.depot().title, bundled.title);
        assert!(bundled.text.starts_with("//"), "{} opens with what it shows", bundled.name);
        assert_eq!(Bundled::find(bundled.name), Some(bundled));
    }
    assert_eq!(Bundled::find("none"), None);
}

#[test]
fn wa_pta_is_one_connection_four_circuits_sixteen_points_and_thirty_two_connectors() {
    let scenario = Bundled::find("wa-pta").unwrap().load().unwrap();
    let depot = scenario.depot();
    let count = |kind| depot.site.iter().filter(|node| node.kind == kind).count();
    assert_eq!(NodeKind::ALL.map(count), [1, 1, 4, 16, 32]);
    assert!(depot.site.windows(2).all(|pair| pair[0].kind <= pair[1].kind), "kinds in order");
    let node = |id| &depot.site[depot.position(id).unwrap() as usize];
    assert_eq!(node("GC1").ratings.safe_operating_capacity_w, Some(1_100_000));
    assert_eq!(node("C4").ratings.default_capacity_w, Some(400_000));
    assert_eq!(node("C3-P2").ratings.max_rating_w, Some(150_000));
    assert_eq!(node("C3-P2-2").min_power_w, 10_000);
    assert_eq!(node("C3-P2-2").parent, depot.position("C3-P2"));
    assert_eq!((depot.step_s, depot.ticks, depot.rebalance_every_ticks), (60, 960, 1));
    assert_eq!((depot.rotation_slot_s, depot.hold_s, depot.utc_offset_s), (900, 300, 28_800));
}

#[test]
fn wa_pta_fills_first_connectors_first() {
    let scenario = Bundled::find("wa-pta").unwrap().load().unwrap();
    let depot = scenario.depot();
    let lanes: Vec<&str> = depot.lanes.iter().map(|&lane| depot.site[lane as usize].id.as_str()).collect();
    assert_eq!(lanes.len(), 32);
    assert_eq!(lanes[..5], ["C1-P1-1", "C1-P2-1", "C1-P3-1", "C1-P4-1", "C2-P1-1"]);
    assert_eq!(lanes[15..18], ["C4-P4-1", "C1-P1-2", "C1-P2-2"]);
}

#[test]
fn wa_pta_has_the_envelopes_and_base_loads_of_its_header() {
    let scenario = Bundled::find("wa-pta").unwrap().load().unwrap();
    let node = scenario.depot().position("GC1").unwrap();
    let realization = draw(&scenario, 0);
    let envelope = |at_s, limit_w| EnvelopeStep {
        at_s,
        envelope: "evening".into(),
        node,
        basis: EnvelopeBasis::Import,
        limit_w,
    };
    let expected = [
        envelope(9_000, Some(800_000)),
        envelope(16_200, None),
        envelope(25_200, Some(600_000)),
        envelope(27_000, None),
    ];
    assert_eq!(realization.envelope_steps, expected);
    let base_load = |at_s, power_w| BaseLoadStep { at_s, node, power_w };
    assert_eq!(
        realization.base_load_steps,
        [base_load(0, 120_000), base_load(21_600, 60_000), base_load(50_400, 120_000)]
    );
}

#[test]
fn real_depot_has_the_stays_of_its_data() {
    let scenario = Bundled::find("real-depot").unwrap().load().unwrap();
    let realization = draw(&scenario, 0);
    assert_eq!(realization, draw(&scenario, 1), "nothing is left to chance");
    assert_eq!(realization.visits.len(), 85);
    let first = &realization.visits[0];
    assert_eq!((first.vehicle.as_str(), first.arrival_s, first.departure_s), ("CKB_opps_2", 14_580, 17_760));
    // 94.75 % of 190 kWh.
    assert_eq!((first.arrival_energy_j, first.target_energy_j), (648_090_000, 684_000_000));
    assert_eq!(first.id, "CKB_opps_2-1", "it comes several times");
}
