//! Depots and realizations that nobody can run, one mistake each.
//!
//! Protects whoever builds them by hand: a mistake is told where it is made, instead of a panic later, or of a report that blames depotsim.

mod support;

use balancer::NodeKind;
use balancer::units::{NODE_POWER_MAX_W, TIME_MAX_S, WEIGHT_MAX};
use sim::{
    BaseLoadStep, Charger, ChargerChange, ChargerStep, Control, DefaultLimit, DemandSignal, Depot,
    EfficiencyPoint, EnvelopeBasis, EnvelopeStep, FeedStep, NodeChange, OutageKind, OutageStep, Override,
    OverrideStep, Projection, Ratings, Realization, Silence, SimError, Simulation, SiteChange, SiteStep,
    Standby, Strategy,
};
use support::{KWH_J, Words, capacity, depot, node, visit};

/// A depot of two charge points (3 and 4) that are their own connectors, and two visits.
fn sound() -> (Depot, Realization) {
    let visits = vec![visit("x", 0, 36_000, 20, 95), visit("y", 600, 36_000, 20, 95)];
    (depot(1, 2, 0, 100_000, 100_000), Realization { visits, ..Realization::default() })
}

/// What is changed, and what is said of it.
type Row = (fn(&mut Depot, &mut Realization), &'static str);

fn base_load(node: u32, power_w: i64) -> BaseLoadStep {
    BaseLoadStep { at_s: 0, node, power_w }
}

fn charger(node: u32, points: &[(u32, u32)]) -> Charger {
    let point = |&(power_w, share_ppm): &(u32, u32)| EfficiencyPoint { power_w, share_ppm };
    Charger { efficiency: points.iter().map(point).collect(), ..Charger::ideal(node) }
}

fn site_change(weight: u32) -> SiteStep {
    let (ratings, min_power_w, pausable, fallback_w) = (Ratings::default(), 0, true, 0);
    let change = NodeChange { node: 3, ratings, weight, min_power_w, pausable, fallback_w };
    SiteStep { at_s: 0, change: SiteChange::Apply(vec![change]) }
}

const CURVE: &str = "the curve of bus is not one from 0 to 1000000 ppm (a point at either end, and as many as needed between them, strictly ascending in state of charge)";

const ROWS: &[Row] = &[
    (|d, _| d.step_s = 0, "step_s is 0 (it must be at least 1)"),
    (|d, _| d.step_s = 86_401, "step_s of test is 86401 (from 1 to 86400 is allowed)"),
    (|d, _| d.rebalance_every_ticks = 0, "rebalance_every_ticks is 0 (it must be at least 1)"),
    (|d, _| d.site.clear(), "the site of test has no nodes (a site, and below it whatever charges)"),
    (
        |d, _| d.site[4].parent = Some(u32::MAX),
        "the parent of C1-P2 is at position 4294967295, and the node itself at 4 (parents stand before their children, positions count from 0)",
    ),
    (
        |d, _| d.site[2].parent = Some(4),
        "the parent of C1 is at position 4, and the node itself at 2 (parents stand before their children, positions count from 0)",
    ),
    (
        |d, _| d.site[3].parent = Some(3),
        "the parent of C1-P1 is at position 3, and the node itself at 3 (parents stand before their children, positions count from 0)",
    ),
    (
        |d, _| d.site[1].parent = None,
        "INVALID_TOPOLOGY: \"site\" and \"GC1\" both have no parent (there is one root)",
    ),
    (
        |d, _| d.site[1].ratings = capacity(u64::MAX),
        "default_capacity_w of GC1 is 18446744073709551615 (from 0 to 1000000000000 is allowed)",
    ),
    (|d, _| d.site[3].weight = 0, "weight of C1-P1 is 0 (from 1 to 1000000000 is allowed)"),
    (
        |d, _| d.site[3].min_power_w = 10_000_001,
        "min_power_w of C1-P1 is 10000001 (from 0 to 10000000 is allowed)",
    ),
    (|d, _| d.site[3].fallback_w = 150_001, "fallback_w of C1-P1 is 150001 (from 0 to 150000 is allowed)"),
    (|d, _| d.lanes = vec![4, 3, 4], "C1-P2 stands twice in lanes of test (at most once each)"),
    (
        |d, _| d.lanes = vec![u32::MAX],
        "a lane of test points at 4294967295, and the depot has 5 (positions count from 0)",
    ),
    (|d, _| d.vehicle_types[0].battery_j = 0, "battery_j of bus is 0 (from 1 to 360000000000 is allowed)"),
    (
        |d, _| d.vehicle_types[0].battery_j = u64::MAX,
        "battery_j of bus is 18446744073709551615 (from 1 to 360000000000 is allowed)",
    ),
    (
        |d, _| d.vehicle_types[0].efficiency_ppm = 0,
        "efficiency_ppm of bus is 0 (from 1 to 1000000 is allowed)",
    ),
    (
        |d, _| d.vehicle_types[0].efficiency_ppm = 1_000_001,
        "efficiency_ppm of bus is 1000001 (from 1 to 1000000 is allowed)",
    ),
    (
        |d, _| d.vehicle_types[1].min_power_w = u32::MAX,
        "min_power_w of van is 4294967295 (from 0 to 10000000 is allowed)",
    ),
    (|d, _| d.vehicle_types[0].curve.clear(), CURVE),
    (|d, _| d.vehicle_types[0].curve.truncate(1), CURVE),
    (|d, _| d.vehicle_types[0].curve.reverse(), CURVE),
    (|d, _| d.vehicle_types[0].curve[1].soc_ppm = 1_000_000, CURVE),
    (|d, _| d.vehicle_types[0].curve[2].soc_ppm = 999_999, CURVE),
    (
        |d, _| d.vehicle_types[0].curve[1].power_w = u32::MAX,
        "power_w on the curve of bus is 4294967295 (from 0 to 10000000 is allowed)",
    ),
    (
        |d, _| d.equipment.chargers = vec![charger(3, &[(0, 0)])],
        "share_ppm in the efficiency of C1-P1 is 0 (from 2 to 1000000 is allowed)",
    ),
    (
        |d, _| d.equipment.chargers = vec![charger(3, &[(5, 900_000), (5, 900_000)])],
        "point number 1 in the efficiency of C1-P1 does not lie above its predecessor (strictly ascending in power)",
    ),
    (
        |d, _| d.equipment.chargers = vec![charger(4, &[]), charger(4, &[])],
        "C1-P2 stands twice in chargers of test (at most once each)",
    ),
    (
        |d, _| d.equipment.standby = vec![Standby { node: 3, power_w: 1 }; 2],
        "C1-P1 stands twice in standby of test (at most once each)",
    ),
    (
        |_, r| r.visits[0].arrival_energy_j = 400 * KWH_J + 1,
        "arrival_energy_j of x is 1440000001 (from 0 to 1440000000 is allowed)",
    ),
    (
        |_, r| r.visits[1].target_energy_j = u64::MAX,
        "target_energy_j of y is 18446744073709551615 (from 0 to 1440000000 is allowed)",
    ),
    (|_, r| r.visits[1].weight = u32::MAX, "weight of y is 4294967295 (from 0 to 1000000000 is allowed)"),
    (|_, r| r.visits[1].tier = u32::MAX, "tier of y is 4294967295 (from 0 to 4294967294 is allowed)"),
    (
        |_, r| r.visits[1].conduct.precondition_w = u32::MAX,
        "precondition_w of y is 4294967295 (from 0 to 10000000 is allowed)",
    ),
    (
        |_, r| r.visits[0].arrival_s = i64::MIN,
        "arrival_s of x is -9223372036854775808 (from -1000000000000 to 1000000000000 is allowed)",
    ),
    (
        |_, r| r.visits[0].conduct.told_departure_s = Some(i64::MIN),
        "told_departure_s of x is -9223372036854775808 (from -1000000000000 to 1000000000000 is allowed)",
    ),
    (
        |_, r| r.silences = vec![Silence { from_s: i64::MIN, to_s: i64::MAX }],
        "from_s of a silence is -9223372036854775808 (from -1000000000000 to 1000000000000 is allowed)",
    ),
    (
        |_, r| {
            let change = ChargerChange::Offline;
            r.charger_steps = vec![ChargerStep { at_s: 0, node: 2, change }];
        },
        "the node of a charger's fault is the charger_circuit C1, which is no charger (name a charge point, or a connector)",
    ),
    (|_, r| r.visits.swap(0, 1), "visit number 1 comes before its predecessor (they stand in order of time)"),
    (
        |_, r| r.base_load_steps = vec![base_load(1, i64::MAX), base_load(2, i64::MAX)],
        "power_w of the base load of GC1 is 9223372036854775807 (from -1000000000000 to 1000000000000 is allowed)",
    ),
    (
        |_, r| r.base_load_steps = vec![base_load(2, i64::MIN)],
        "power_w of the base load of C1 is -9223372036854775808 (from -1000000000000 to 1000000000000 is allowed)",
    ),
    (
        |_, r| {
            let (envelope, basis) = ("e".to_owned(), EnvelopeBasis::Import);
            let limit_w = Some(u64::MAX);
            r.envelope_steps = vec![EnvelopeStep { at_s: 0, envelope, node: 1, basis, limit_w }];
        },
        "limit_w of e is 18446744073709551615 (from 0 to 1000000000000 is allowed)",
    ),
    (
        |_, r| {
            let limit = DefaultLimit { node: 1, basis: EnvelopeBasis::Load, limit_w: u64::MAX };
            let (feed, default_limit) = ("f".to_owned(), Some(limit));
            r.feed_steps = vec![FeedStep { at_s: 0, feed, default_limit, refusal: None }];
        },
        "limit_w of the default limit of f is 18446744073709551615 (from 0 to 1000000000000 is allowed)",
    ),
    (|_, r| r.site_steps = vec![site_change(0)], "weight of C1-P1 is 0 (from 1 to 1000000000 is allowed)"),
];

#[test]
fn whatever_cannot_be_run_is_refused_with_what_is_wrong_where_and_what_is_allowed() {
    let (depot, realization) = sound();
    assert_eq!((sim::check(&depot, &realization), depot.check()), (Ok(()), Ok(())));
    for (change, said) in ROWS {
        let (mut depot, mut realization) = sound();
        // Half a millionth of a vehicle's part would be nothing.
        depot.vehicle_types[1].efficiency_ppm = 500_000;
        change(&mut depot, &mut realization);
        let refused = Simulation::new(&depot, &realization).err().map(|error| error.to_string());
        assert_eq!(refused.as_deref(), Some(*said));
        let checked = sim::check(&depot, &realization).map_err(|error| error.to_string());
        assert_eq!(checked, Err((*said).to_owned()));
        let is_the_depots = sound().0 != depot && sound().1 == realization;
        let of_depot = depot.check().map_err(|error| error.to_string());
        assert_eq!(of_depot.is_err(), is_the_depots, "{said}");
    }
}

#[test]
fn the_projection_of_another_depot_is_refused() {
    let (depot, realization) = sound();
    let mut larger = depot.clone();
    larger.site.push(node("C1-P3", NodeKind::ChargePoint, Some(2), capacity(50_000)));
    let projection = Projection::of(&depot).expect("it can be balanced");
    assert!(Simulation::on(&depot, &projection, &realization).is_ok());
    let refused = Simulation::on(&larger, &projection, &realization).err();
    let (depot, projected, count) = ("test".to_owned(), 5, 6);
    assert_eq!(refused, Some(SimError::OtherProjection { depot, projected, count }));
    larger.site[3].parent = Some(9);
    assert!(Projection::of(&larger).is_err(), "and one of a depot without order is none");
}

fn demand_signal(word: u64) -> DemandSignal {
    [DemandSignal::True, DemandSignal::Rated, DemandSignal::Measured { margin_w: u32::MAX }][word as usize]
}

fn power_w(word: u64) -> u32 {
    [0, 1, 30_000, 10_000_000][word as usize]
}

fn limit_w(word: u64) -> Option<u64> {
    [None, Some(0), Some(50_000), Some(NODE_POWER_MAX_W)][word as usize]
}

/// A depot in which some values are the most or the least that is allowed, or that their types hold.
fn extreme_depot(words: &mut Words) -> Depot {
    let mut next = |n: u64| words.below(n);
    let connectors = next(3) as u32;
    let mut depot = depot(1, 2, connectors, 100_000, 100_000);
    depot.step_s = [1, 60, 86_400][next(3) as usize];
    depot.ticks = 6;
    depot.rebalance_every_ticks = [1, 2, u32::MAX][next(3) as usize];
    depot.rotation_slot_s = [0, 60, u32::MAX][next(3) as usize];
    depot.hold_s = [0, 60, u32::MAX][next(3) as usize];
    depot.max_age_s = [None, Some(0), Some(u32::MAX)][next(3) as usize];
    depot.strategy = Strategy::ALL[next(8) as usize];
    depot.control = Control::ALL[next(2) as usize];
    let weight = |word: u64| [1, 2, WEIGHT_MAX][word as usize];
    for node in &mut depot.site {
        if next(3) == 0 {
            let ratings = [next(4), next(4), next(4)].map(limit_w);
            let [default_capacity_w, safe_operating_capacity_w, max_rating_w] = ratings;
            node.ratings = Ratings { default_capacity_w, safe_operating_capacity_w, max_rating_w };
        }
        (node.weight, node.min_power_w) = (weight(next(3)), if next(4) == 0 { power_w(next(4)) } else { 0 });
        let most_w = node.ratings.max_rating_w.unwrap_or(u64::MAX).min(10_000_000) as u32;
        (node.pausable, node.fallback_w) = (next(4) > 0, power_w(next(4)).min(most_w));
    }
    for kind in &mut depot.vehicle_types {
        kind.battery_j = [1, 2, 400 * KWH_J, 360_000_000_000][next(4) as usize];
        kind.efficiency_ppm = [1_000, 950_000, 1_000_000][next(3) as usize];
        kind.min_power_w = if next(4) == 0 { power_w(next(4)) } else { 0 };
        for point in &mut kind.curve {
            point.power_w = power_w(next(4));
        }
    }
    let nodes = depot.site.len() as u64;
    depot.lanes.retain(|_| next(6) > 0);
    if next(2) == 0 {
        let points = [(0, 1_000), (u32::MAX, 1_000_000)]
            .map(|(power_w, share_ppm)| EfficiencyPoint { power_w, share_ppm });
        let rate = |word: u64| [None, Some(0), Some(1), Some(u32::MAX)][word as usize];
        depot.equipment.chargers = vec![Charger {
            node: depot.site.len() as u32 - 1,
            latency_s: [0, 7, u32::MAX][next(3) as usize],
            ramp_up_w_per_min: rate(next(4)),
            ramp_down_w_per_min: rate(next(4)),
            efficiency: if next(2) == 0 { points.to_vec() } else { Vec::new() },
            module_w: [0, 1, u32::MAX][next(3) as usize],
            offline_timeout_s: [None, Some(0), Some(u32::MAX)][next(3) as usize],
        }];
    }
    if next(3) == 0 {
        depot.equipment.standby = vec![Standby { node: 3, power_w: u32::MAX }];
        depot.equipment.first_come = vec![next(nodes) as u32];
    }
    if depot.equipment.chargers.is_empty() && next(4) == 0 {
        depot.vehicle_types[1].efficiency_ppm = 1;
    }
    depot.equipment.demand_signal = demand_signal(next(3));
    depot
}

/// A realization of the same kind for a depot.
fn extreme_realization(words: &mut Words, depot: &Depot) -> Realization {
    let mut next = |n: u64| words.below(n);
    let nodes = depot.site.len() as u64;
    let time_s = |word: u64| [-TIME_MAX_S, -1, 0, 61, 200, 100_000, TIME_MAX_S][word as usize];
    let mut realization = Realization::default();
    for number in 0..next(5) {
        let vehicle_type = next(2) as u32;
        let battery_j = depot.vehicle_types[vehicle_type as usize].battery_j;
        let energy_j = |word: u64| [0, battery_j / 2, battery_j][word as usize];
        let mut visit = visit(&number.to_string(), time_s(next(5)), time_s(next(7)), 0, 0);
        visit.vehicle_type = vehicle_type;
        visit.arrival_energy_j = energy_j(next(3));
        visit.target_energy_j = energy_j(next(3));
        visit.ready_energy_j = [0, visit.target_energy_j, u64::MAX][next(3) as usize];
        visit.plug_in_delay_s = [0, 60, u32::MAX][next(3) as usize];
        visit.tier = [0, 1, u32::MAX - 1][next(3) as usize];
        visit.weight = [0, 1, WEIGHT_MAX][next(3) as usize];
        visit.conduct.told_departure_s = [None, Some(time_s(next(7)))][next(2) as usize];
        visit.conduct.unplugged_s = [None, None, Some(time_s(next(7)))][next(3) as usize];
        visit.conduct.is_no_show = next(6) == 0;
        visit.conduct.precondition_w = power_w(next(4));
        visit.conduct.precondition_s = [0, 60, u32::MAX][next(3) as usize];
        visit.conduct.demand_signal = [None, Some(demand_signal(next(3)))][next(2) as usize];
        realization.visits.push(visit);
    }
    realization.visits.sort_by_key(|visit| visit.arrival_s);
    let basis = |word: u64| [EnvelopeBasis::Import, EnvelopeBasis::Load][word as usize];
    let at_s = |word: u64| [-TIME_MAX_S, 0, 60, 61][word as usize];
    for _ in 0..next(3) {
        let (node, power_w) =
            (next(nodes) as u32, [0, NODE_POWER_MAX_W as i64, -(NODE_POWER_MAX_W as i64)][next(3) as usize]);
        realization.base_load_steps.push(BaseLoadStep { at_s: at_s(next(4)), node, power_w });
        let (envelope, node) = (next(2).to_string(), next(nodes) as u32);
        let step = EnvelopeStep {
            at_s: at_s(next(4)),
            envelope,
            node,
            basis: basis(next(2)),
            limit_w: limit_w(next(4)),
        };
        realization.envelope_steps.push(step);
        let limit = |limit_w| DefaultLimit { node, basis: EnvelopeBasis::Load, limit_w };
        let (feed, default_limit) = (next(2).to_string(), limit_w(next(4)).map(limit));
        realization.feed_steps.push(FeedStep { at_s: at_s(next(4)), feed, default_limit, refusal: None });
        if next(2) == 0 {
            realization.outage_steps.push(OutageStep {
                at_s: at_s(next(4)),
                node: next(nodes) as u32,
                is_out: next(2) == 0,
            });
        }
        let changes = [
            ChargerChange::Offline,
            ChargerChange::Online,
            ChargerChange::OutOfService(OutageKind::Faulted),
            ChargerChange::InService,
            ChargerChange::SetpointsIgnored,
        ];
        if next(2) == 0 {
            realization.charger_steps.push(ChargerStep {
                at_s: at_s(next(4)),
                node: (3 + next(nodes - 3)) as u32,
                change: changes[next(5) as usize],
            });
        }
        if !realization.visits.is_empty() && next(2) == 0 {
            let visit = next(realization.visits.len() as u64) as u32;
            let act = [None, Some(Override::Hold), Some(Override::ChargeNow)][next(3) as usize];
            realization.overrides.push(OverrideStep { at_s: at_s(next(4)), visit, act });
        }
        if next(4) == 0 {
            realization.site_steps.push(SiteStep { at_s: at_s(next(4)), ..site_change(WEIGHT_MAX) });
        }
        if next(4) == 0 && realization.silences.is_empty() {
            realization.silences.push(Silence { from_s: at_s(next(4)), to_s: i64::MAX });
        }
    }
    realization.base_load_steps.sort_by_key(|step| step.at_s);
    realization.envelope_steps.sort_by_key(|step| step.at_s);
    realization.feed_steps.sort_by_key(|step| step.at_s);
    realization.outage_steps.sort_by_key(|step| step.at_s);
    realization.charger_steps.sort_by_key(|step| step.at_s);
    realization.overrides.sort_by_key(|step| step.at_s);
    realization.site_steps.sort_by_key(|step| step.at_s);
    realization
}

#[test]
fn whatever_passes_the_check_runs_to_its_end_and_the_checker_finds_nothing() {
    for seed in 0..4_000 {
        let words = &mut Words(seed);
        let depot = extreme_depot(words);
        let realization = extreme_realization(words, &depot);
        assert_eq!(sim::check(&depot, &realization), Ok(()), "seed {seed}");
        let run = || sim::run(&depot, &realization, &mut []).map_err(|error| error.to_string());
        let ended = std::panic::catch_unwind(run).unwrap_or_else(|_| panic!("seed {seed}"));
        assert_eq!(ended, Ok(()), "seed {seed}");
    }
}

#[test]
fn a_chain_of_errors_says_each_sentence_once() {
    #[derive(Debug, thiserror::Error)]
    #[error("enough")]
    struct Enough;
    struct Impatient;
    impl sim::Observer for Impatient {
        fn tick(&mut self, _: &sim::TickView<'_>) -> Result<(), sim::ObserverError> {
            Err(Enough.into())
        }
    }
    let said = |error: &dyn std::error::Error| {
        std::iter::successors(Some(error), |error| error.source()).map(|error| error.to_string()).collect()
    };
    let (mut depot, realization) = sound();
    let stopped = sim::run(&depot, &realization, &mut [&mut Impatient]).expect_err("it stops");
    let sentences: Vec<String> = said(&stopped);
    assert_eq!(sentences, ["enough"]);
    assert!(matches!(stopped, sim::RunError::Observer(error) if error.is::<Enough>()));
    depot.site[4].id = "C1-P1".to_owned();
    let refused = sim::run(&depot, &realization, &mut []).expect_err("it cannot begin");
    let sentences: Vec<String> = said(&refused);
    assert_eq!(sentences, ["INVALID_TOPOLOGY: the id \"C1-P1\" stands twice (ids are unique)"]);
}
