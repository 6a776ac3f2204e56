//! What the balancer is told of demands, and what that strands, read from the pack of `told-and-true` and worked out by hand to the watt.
//!
//! Protects that a signal which says too much costs others their power, that one which says too little grows until it is enough, and that the
//! summary tells what was stranded.

use crate::support::tables::{Tables, at};
use crate::support::thousandths;

/// The kW that are granted and not drawn at a time \[W\].
fn stranded_w(tables: &Tables, time: &str) -> i64 {
    let rows = tables.connectors.iter().filter(|row| row["time"].contains(&format!("T{time}:")));
    rows.map(|row| (thousandths(&row["setpoint_kw"]) - thousandths(&row["measured_kw"])).max(0)).sum()
}

#[test]
fn what_is_told_beyond_what_is_true_is_stranded_to_the_watt() {
    let tables = Tables::verified("told-and-true", &[]);
    // A third of 200 kW each. Then by the vehicles at each charge point: 100, 50 and 50. Then 80, 80 and 40.
    // Halves of 80 kW on C1-P1; on C1-P2 24 + 6 for the old bus, and what is left of 80 for the other.
    tables.check_connectors(&[
        ("C1-P1-1", "17:10", 66_666),
        ("C1-P2-1", "17:10", 66_667),
        ("C1-P3-1", "17:10", 66_667),
        ("C1-P1-1", "17:30", 50_000),
        ("C1-P1-2", "17:30", 24_000),
        ("C1-P2-1", "17:30", 50_000),
        ("C1-P1-1", "18:30", 40_000),
        ("C1-P1-2", "18:30", 24_000),
        ("C1-P2-1", "18:30", 50_000),
        ("C1-P2-2", "18:30", 24_000),
        ("C1-P3-1", "18:30", 40_000),
    ]);
    let told_w = |id, time| {
        let row = at(&tables.connectors, "connector", id, time);
        (thousandths(&row["demand_kw"]), thousandths(&row["setpoint_kw"]))
    };
    assert_eq!(told_w("C1-P1-1", "18:30"), (46_000, 40_000), "measured and a margin");
    assert_eq!(told_w("C1-P1-2", "18:30"), (80_000, 40_000), "rated");
    assert_eq!(told_w("C1-P2-2", "18:30"), (30_000, 30_000), "measured and a margin");
    assert_eq!(told_w("C1-P3-1", "18:30"), (80_000, 40_000), "true");
    // 16 kW beside the old bus that is told as rated, 6 beside the other.
    assert_eq!(stranded_w(&tables, "18:30"), 22_000);
    tables.check_nodes(&[("C1-P1", "18:30", 64_000), ("C1-P2", "18:30", 74_000), ("GC1", "18:30", 178_000)]);
    assert_eq!(at(&tables.nodes, "node", "GC1", "18:30")["allocated_kw"], "200.000");
    // The summary has the sum over the run, in ticks of a minute.
    let all_w: i64 = tables
        .connectors
        .iter()
        .map(|row| (thousandths(&row["setpoint_kw"]) - thousandths(&row["measured_kw"])).max(0))
        .sum();
    assert_eq!(tables.summary["stranded"]["energy_j"], all_w * 60);
}

#[test]
fn a_bus_that_drew_nothing_gets_the_margin_more_in_each_cycle_until_it_has_its_share() {
    let tables = Tables::of("told-and-true");
    let minutes = ["19:14", "19:15", "19:16", "19:17", "19:18", "19:19", "19:20", "19:21", "19:22", "19:23"];
    let expected_w = [0, 6_000, 12_000, 18_000, 24_000, 30_000, 36_000, 42_000, 48_000, 50_000];
    for (time, power_w) in minutes.into_iter().zip(expected_w) {
        assert_eq!(tables.connector_w("C1-P2-1", time), power_w, "{time}");
    }
    assert_eq!(
        (tables.events("hold"), tables.events("override_ended")),
        (vec![("19:00", "bus-2")], vec![("19:15", "bus-2"), ("21:15", "bus-1")])
    );
}

#[test]
fn a_bus_that_is_to_charge_now_has_all_that_it_is_believed_to_want_before_its_neighbour_at_the_charge_point()
{
    let tables = Tables::of("told-and-true");
    // 40 kW evenly; then 6 kW more than it drew in each cycle, up to its 80 of the charge point's 100 kW.
    let minutes = ["20:59", "21:00", "21:01", "21:02", "21:03", "21:04", "21:05", "21:06", "21:14"];
    let own_w = [40_000, 46_000, 52_000, 58_000, 64_000, 70_000, 76_000, 80_000, 80_000];
    let neighbours_w = [40_000, 54_000, 48_000, 42_000, 36_000, 30_000, 24_000, 20_000, 20_000];
    let told_w =
        |id: &str, time: &str| thousandths(&at(&tables.connectors, "connector", id, time)["setpoint_kw"]);
    for ((time, own_w), neighbours_w) in minutes.into_iter().zip(own_w).zip(neighbours_w) {
        assert_eq!((told_w("C1-P1-1", time), told_w("C1-P1-2", time)), (own_w, neighbours_w), "{time}");
    }
    assert_eq!(tables.events("charge_now"), [("21:00", "bus-1")]);
}

#[test]
fn a_fixed_efficiency_loses_the_same_share_at_any_load() {
    let tables = Tables::of("told-and-true");
    // 94 % leave the charger, and 95 % of them reach the battery: 89.3 %. An hour and a half of 40 kW: 53.58 of 300 kWh.
    let soc = |time: &str| at(&tables.connectors, "connector", "C1-P1-1", time)["soc_pct"].clone();
    assert_eq!((soc("19:29"), soc("20:59")), ("52.41".into(), "70.27".into()));
    assert_eq!(
        (tables.connector_w("C1-P1-1", "19:30"), tables.connector_w("C1-P1-1", "20:59")),
        (40_000, 40_000)
    );
    // At 24 kW it is the same, whatever the battery took on the way:
    // From 20 to 80 % of 300 kWh: 180 / 0.893. From 25 to 80 % of 200 kWh: 110 / 0.893.
    for (visit, delivered_kwh) in [
        ("bus-1", "201.567"),
        ("bus-2", "201.567"),
        ("bus-3", "201.567"),
        ("old-1", "123.180"),
        ("old-2", "123.180"),
    ] {
        let row = tables.visits.iter().find(|row| row["visit"] == visit).expect("a row");
        assert_eq!(row["delivered_kwh"], delivered_kwh, "{visit}");
    }
}

#[test]
fn other_words_and_another_sharing_move_the_same_power_elsewhere() {
    let cases: [(&[&str], [i64; 5], i64); 3] = [
        (&[], [40_000, 24_000, 50_000, 24_000, 40_000], 22_000),
        // Who knows what is true gives 24 kW to the old buses and the rest of 80 to their neighbours.
        (
            &["--set", "demand_signal=true", "--set", "fleet.*.demand_signal=true"],
            [56_000, 24_000, 56_000, 24_000, 40_000],
            0,
        ),
        // Who came first has all of 80 kW.
        (&["--set", "site.charge_points.*.hardware.sharing=FirstCome"], [80_000, 0, 80_000, 0, 40_000], 0),
    ];
    for (more, expected_w, stranded) in cases {
        let tables = Tables::verified("told-and-true", more);
        let found_w =
            ["C1-P1-1", "C1-P1-2", "C1-P2-1", "C1-P2-2", "C1-P3-1"].map(|id| tables.connector_w(id, "18:30"));
        assert_eq!((found_w, stranded_w(&tables, "18:30")), (expected_w, stranded), "{more:?}");
    }
}
