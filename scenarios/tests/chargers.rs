//! What is built into chargers, what goes wrong with them and what operators order: from records to what the simulator runs on.
//!
//! Protects that a record means what it says and nothing else: whose hardware a connector has, when a fault begins and ends, and for whom.

use scenarios::{Draft, Overlay, Scenario, draw, parse};
use sim::{Charger, ChargerChange, DemandSignal, EfficiencyPoint, OutageKind, Override, Standby};

const H: i64 = 3_600;

/// A site S, a connection G, circuits C1 and C2 with a charge point each: C1-P with two connectors, C2-P without; from 16:00 for 24 hours.
fn text(c1: &str, c2: &str, connectors: &str, more: &str) -> String {
    format!(
        r#"(schema: 1, id: "t", title: "t", start: "2026-03-04T16:00:00+00:00", duration: "24h",
  site: (id: "S", grid_connections: [(id: "G", default_capacity_kw: 500)],
    charger_circuits: [(id: "C{{n}}", repeat: 2, parent: "G", default_capacity_kw: 300)],
    charge_points: [(id: "C1-P", parent: "C1", max_rating_kw: 150, {c1}), (id: "C2-P", parent: "C2", max_rating_kw: 120, {c2})],
    connectors: [(id: "C1-P-{{n}}", repeat: 2, parent: "C1-P", max_rating_kw: 100, {connectors})]),
  vehicles: [(id: "bus", battery_kwh: 400, efficiency_pct: 95, curve: [(soc_pct: 0, power_kw: 150), (soc_pct: 100, power_kw: 150)])],
  fleet: Generated([(id: "b", count: 2, vehicle: "bus", arrival: Fixed("18:00"), departure: Fixed("23:00"), soc_arrival_pct: Fixed(20), target_soc_pct: 90)]),
  {more})"#
    )
}

fn load(text: &str) -> Result<Scenario, String> {
    parse("t.ron", text, &mut |_| Err("no files".into())).map_err(|error| error.to_string())
}

fn site(c1: &str, c2: &str, connectors: &str) -> Scenario {
    load(&text(c1, c2, connectors, "")).unwrap_or_else(|error| panic!("{error}"))
}

fn more(more: &str) -> Scenario {
    load(&text("", "", "", more)).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn hardware_of_a_charge_point_holds_for_its_connectors_as_far_as_they_say_nothing() {
    let whole = r#"hardware: (latency: "5s", ramp_up_kw_per_min: 300, ramp_down_kw_per_min: 600.5, efficiency_pct: 96, module_kw: 25,
                    offline_timeout: "2min", standby_kw: 0.15, sharing: FirstCome)"#;
    let scenario = site(whole, "", "");
    let (depot, at) = (scenario.depot(), |id: &str| scenario.depot().position(id).expect("a node"));
    let charger = |node| Charger {
        node,
        latency_s: 5,
        ramp_up_w_per_min: Some(300_000),
        ramp_down_w_per_min: Some(600_500),
        efficiency: vec![EfficiencyPoint { power_w: 0, share_ppm: 960_000 }],
        module_w: 25_000,
        offline_timeout_s: Some(120),
    };
    assert_eq!(depot.equipment.chargers, [charger(at("C1-P-1")), charger(at("C1-P-2"))]);
    assert_eq!(depot.equipment.standby, [Standby { node: at("C1-P"), power_w: 150 }]);
    assert_eq!(depot.equipment.first_come, [at("C1-P")]);

    // A connector's own word counts, field by field; an efficiency is one thing, whichever way it is said.
    let own = r#"hardware: (latency: "0s", efficiency_curve: [(power_kw: 10, efficiency_pct: 90), (power_kw: 100, efficiency_pct: 95)])"#;
    let scenario = site(whole, "", own);
    let point = |power_w, share_ppm| EfficiencyPoint { power_w, share_ppm };
    let efficiency = vec![point(10_000, 900_000), point(100_000, 950_000)];
    let expected = Charger { latency_s: 0, efficiency, ..charger(at("C1-P-2")) };
    assert_eq!(scenario.depot().equipment.chargers[1], expected);
}

#[test]
fn hardware_may_be_set_by_path_and_come_from_a_table() {
    let nothing = &mut |_: &str| -> Result<String, String> { Err("no files".into()) };
    let draft = Draft::read("t.ron", &text("", "", "", ""), nothing).unwrap();
    let set = [
        "site.charge_points.*.hardware.latency=10s",
        "site.charge_points.C1-P.hardware.sharing=FirstCome",
        "demand_signal=measured+5kW",
    ];
    let overlays = set.map(|text| text.parse::<Overlay>().unwrap());
    let scenario = draft.with(&overlays).unwrap().resolve(nothing).unwrap();
    let latencies: Vec<u32> =
        scenario.depot().equipment.chargers.iter().map(|charger| charger.latency_s).collect();
    assert_eq!((latencies, scenario.depot().equipment.first_come.len()), (vec![10; 3], 1));

    let table = "id,parent,max_rating_kw,hardware.latency,hardware.efficiency_pct,hardware.sharing\nC1-P,C1,150,5s,96.5,FirstCome\nC2-P,C2,120,,,\n";
    let from_table =
        text("", "", "", "").replace("charge_points: [", r#"charge_points_csv: "p.csv", charge_points: ["#);
    let from_table = from_table.replace(r#"(id: "C1-P", parent: "C1", max_rating_kw: 150, ), (id: "C2-P", parent: "C2", max_rating_kw: 120, )"#, "");
    let scenario =
        parse("t.ron", &from_table, &mut |_| Ok(table.to_owned())).unwrap_or_else(|error| panic!("{error}"));
    let said = r#"hardware: (latency: "5s", efficiency_pct: 96.5, sharing: FirstCome)"#;
    assert_eq!(scenario.depot(), site(said, "", "").depot());
}

#[test]
fn a_charge_point_without_connectors_has_its_own_hardware_and_an_ideal_one_costs_nothing() {
    let scenario = site("", r#"hardware: (module_kw: 60, standby_kw: 1)"#, "");
    let node = scenario.depot().position("C2-P").expect("a node");
    assert_eq!(scenario.depot().equipment.chargers, [Charger { module_w: 60_000, ..Charger::ideal(node) }]);
    assert_eq!(scenario.depot().equipment.standby, [Standby { node, power_w: 1_000 }]);
    let ideal = r#"hardware: (latency: "0s", efficiency_pct: 100, sharing: Even)"#;
    assert!(site(ideal, "", "").depot().equipment == site("", "", "").depot().equipment);
}

#[test]
fn hardware_that_cannot_be_is_refused() {
    let curve = |knots: &str| format!("hardware: (efficiency_curve: [{knots}])");
    let cases = [
        (r#"hardware: (latency: "2h")"#, "C1-P.hardware.latency: 2h is out of bounds (0s to 1h)"),
        ("hardware: (ramp_up_kw_per_min: 0)", "ramp_up_kw_per_min: 0 kW a minute never moves the output"),
        ("hardware: (module_kw: 0)", "module_kw: 0 kW is not the power of a module"),
        (
            "hardware: (module_kw: 101)",
            "C1-P.hardware.module_kw: a module of 101 kW is more than the charger may give, 100 kW",
        ),
        ("hardware: (efficiency_pct: 0)", "efficiency_pct: an efficiency of 0 % is out of bounds"),
        (
            "hardware: (efficiency_pct: 0.0001)",
            "efficiency_pct: 0.0001 % of which \"bus\" keeps 95 % is less than a millionth",
        ),
        (
            &*curve("(power_kw: 5, efficiency_pct: 90), (power_kw: 5, efficiency_pct: 91)"),
            "efficiency_curve: 5 kW follows 5 kW (strictly ascending powers)",
        ),
        (
            "hardware: (efficiency_pct: 90, efficiency_curve: [(power_kw: 5, efficiency_pct: 90)])",
            "efficiency_curve: efficiency_pct and efficiency_curve stand both",
        ),
    ];
    for (c1, expected) in cases {
        let message = load(&text(c1, "", "", "")).expect_err(c1);
        assert!(message.contains(expected), "{c1}: {message}");
    }
    for (c2, connectors, expected) in [
        ("hardware: (sharing: Even)", "", "C2-P.hardware.sharing: a charge point without connectors"),
        ("", "hardware: (sharing: FirstCome)", "C1-P-1.hardware.sharing: a connector shares with nobody"),
        ("", "hardware: (standby_kw: 1)", "standby_kw: a connector has no standby of its own"),
    ] {
        let message = load(&text("", c2, connectors, "")).expect_err(expected);
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn hardware_does_not_change_in_mid_run() {
    let change = |hardware: &str| {
        format!(
            r#"site_changes: [(at: "20:00", charge_points: [(id: "C2-P", parent: "C2", max_rating_kw: 80, {hardware})])]"#
        )
    };
    let built = r#"hardware: (latency: "5s")"#;
    for same in ["", built] {
        assert!(load(&text("", built, "", &change(same))).is_ok(), "{same}");
    }
    let message =
        load(&text("", built, "", &change(r#"hardware: (latency: "6s")"#))).expect_err("it changes");
    assert!(
        message.contains("site_changes.1.charge_points.C2-P.hardware: hardware does not change"),
        "{message}"
    );
}

/// When \[s\], at which node, what.
fn faults(records: &str) -> Vec<(i64, String, ChargerChange)> {
    let scenario = more(&format!("charger_faults: [{records}]"));
    let id = |node: u32| scenario.depot().site[node as usize].id.clone();
    draw(&scenario, 1).charger_steps.iter().map(|step| (step.at_s, id(step.node), step.change)).collect()
}

#[test]
fn faults_begin_and_end_within_the_run_for_all_whom_they_concern() {
    use ChargerChange::{InService, Offline, Online, OutOfService, SetpointsIgnored, SetpointsObeyed};
    type Steps = &'static [(i64, &'static str, ChargerChange)];
    let cases: [(&str, Steps); 8] = [
        (
            r#"(node: "C1-P-2", fault: Offline, from: "18:00", to: "19:30")"#,
            &[(2 * H, "C1-P-2", Offline), (3 * H + 1_800, "C1-P-2", Online)],
        ),
        (
            r#"(node: "C2-P", fault: IgnoresSetpoints, from: "18:00", duration: "90s")"#,
            &[(2 * H, "C2-P", SetpointsIgnored), (2 * H + 90, "C2-P", SetpointsObeyed)],
        ),
        // Until the run ends; since before it starts.
        (
            r#"(node: "C1-P", fault: Faulted, from: "18:00")"#,
            &[(2 * H, "C1-P", OutOfService(OutageKind::Faulted))],
        ),
        (
            r#"(node: "C2-P", fault: OutOfService, from: "d1 10:00", to: "17:00")"#,
            &[(0, "C2-P", OutOfService(OutageKind::Unavailable)), (H, "C2-P", InService)],
        ),
        // All chargers below a node; those of a charge point together.
        (
            r#"(node: "G", fault: Offline, from: "18:00", duration: "1h")"#,
            &[
                (2 * H, "C1-P", Offline),
                (2 * H, "C2-P", Offline),
                (3 * H, "C1-P", Online),
                (3 * H, "C2-P", Online),
            ],
        ),
        // Of stretches that touch or overlap there is one, also where one is of the charge point and another of its connector.
        (
            r#"(node: "C2-P", fault: Offline, from: "18:00", to: "19:00"), (node: "C2", fault: Offline, from: "19:00", to: "20:00")"#,
            &[(2 * H, "C2-P", Offline), (4 * H, "C2-P", Online)],
        ),
        (
            r#"(node: "C1-P", fault: Offline, from: "18:00", to: "20:00"), (node: "C1-P-2", fault: Offline, from: "19:00", to: "21:00")"#,
            &[
                (2 * H, "C1-P-1", Offline),
                (2 * H, "C1-P-2", Offline),
                (4 * H, "C1-P-1", Online),
                (5 * H, "C1-P-2", Online),
            ],
        ),
        (r#"(node: "C1", fault: Offline, from: "d1 10:00", to: "d1 12:00")"#, &[]),
    ];
    for (records, expected) in cases {
        let expected: Vec<_> =
            expected.iter().map(|&(at_s, id, change)| (at_s, id.to_owned(), change)).collect();
        assert_eq!(faults(records), expected, "{records}");
    }
}

/// The orders about the two buses: when \[s\], about whom, what.
fn orders(records: &str) -> Vec<(i64, String, Option<Override>)> {
    let scenario = more(&format!("overrides: [{records}]"));
    let realization = draw(&scenario, 1);
    let id = |visit: u32| realization.visits[visit as usize].id.clone();
    realization.overrides.iter().map(|step| (step.at_s, id(step.visit), step.act)).collect()
}

#[test]
fn orders_hold_for_their_time_and_follow_one_another() {
    let found = orders(
        r#"(visit: "b-2", order: ChargeNow, from: "20:00", to: "21:00"), (visit: "b-2", order: Hold, from: "19:00", duration: "1h"),
           (visit: "b-1", order: Hold, from: "19:30")"#,
    );
    let b2 = |at_s, act| (at_s, "b-2".to_owned(), act);
    let expected = [
        b2(3 * H, Some(Override::Hold)),
        (3 * H + 1_800, "b-1".to_owned(), Some(Override::Hold)),
        b2(4 * H, None),
        b2(4 * H, Some(Override::ChargeNow)),
        b2(5 * H, None),
    ];
    assert_eq!(found, expected);
}

#[test]
fn what_lasts_a_day_or_longer_begins_when_it_says_and_what_holds_at_the_start_has_begun() {
    let begins = |from: &str, duration: &str| {
        let found =
            orders(&format!(r#"(visit: "b-2", order: Hold, from: "{from}", duration: "{duration}")"#));
        found.iter().map(|(at_s, _, act)| (*at_s, act.is_some())).collect::<Vec<_>>()
    };
    // The run goes from 16:00 for a day.
    assert_eq!(begins("17:00", "24h"), [(H, true)]);
    assert_eq!(begins("16:00", "30h"), [(0, true)]);
    assert_eq!(begins("17:00", "23h"), [(H, true)]);
    assert_eq!(begins("10:00", "8h"), [(0, true), (2 * H, false)]);
}

#[test]
fn faults_and_orders_that_cannot_be_are_refused() {
    for (records, expected) in [
        (
            r#"charger_faults: [(node: "C9", fault: Offline, from: "18:00")]"#,
            "charger_faults.1.node: \"C9\" is no node",
        ),
        (
            r#"charger_faults: [(node: "C1", fault: Offline, from: "d1 19:00", to: "d1 18:00")]"#,
            "charger_faults.1: the window ends",
        ),
        (
            r#"charger_faults: [(node: "C1", fault: Offline, from: "19:00", to: "20:00", duration: "1h")]"#,
            "charger_faults.1.duration: to and duration stand both",
        ),
        (
            r#"charger_faults: [(node: "C1", fault: Offline, from: "19:00", duration: "0s")]"#,
            "charger_faults.1.duration: it lasts no time",
        ),
        (
            r#"charger_faults: [(node: "C1", fault: Faulted, from: "19:00"), (node: "C1-P-1", fault: OutOfService, from: "20:00")]"#,
            "charger_faults.2: the charger is out of service and faulted at one time",
        ),
        (
            r#"overrides: [(visit: "b-3", order: Hold, from: "19:00")]"#,
            "overrides.1.visit: \"b-3\" is no visit (the id of one, such as b-1, b-2)",
        ),
        (
            r#"overrides: [(visit: "b-1", order: Hold, from: "19:00"), (visit: "b-1", order: ChargeNow, from: "20:00")]"#,
            "overrides.2: two orders about one visit overlap",
        ),
    ] {
        let message = load(&text("", "", "", records)).expect_err(records);
        assert!(message.contains(expected), "{records}: {message}");
    }
}

#[test]
fn what_only_follows_from_another_problem_is_not_told() {
    let records = r#"overrides: [(visit: "b-1", order: Hold, from: "19:00")], charger_faults: [(node: "G", fault: Offline, from: "18:00")]"#;
    for (from, to, expected) in [
        ("count: 2", "count: 2, no_show_pct: 101", "no_show_pct: 101"),
        (
            r#"departure: Fixed("23:00")"#,
            r#"departure: Fixed("d1 17:00")"#,
            "fleet.b.departure: the earliest departure",
        ),
        (r#"parent: "C2""#, r#"parent: "C9""#, "\"C9\" is no node"),
    ] {
        let message = load(&text("", "", "", records).replace(from, to)).expect_err(to);
        assert!(message.contains(expected) && message.matches("t.ron:").count() == 1, "{message}");
    }
}

#[test]
fn the_demand_signal_is_the_scenarios_or_the_groups_own() {
    let scenario = more(r#"demand_signal: "measured+7.5kW""#);
    assert_eq!(scenario.depot().equipment.demand_signal, DemandSignal::Measured { margin_w: 7_500 });
    assert_eq!(draw(&scenario, 1).visits[0].conduct.demand_signal, None);
    let own =
        text("", "", "", "").replace("target_soc_pct: 90", r#"target_soc_pct: 90, demand_signal: "rated""#);
    let scenario = load(&own).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(scenario.depot().equipment.demand_signal, DemandSignal::True);
    assert_eq!(draw(&scenario, 1).visits[0].conduct.demand_signal, Some(DemandSignal::Rated));
}
