//! Generated fleets: blocks, days, delays and needs, and that nothing that is drawn depends on anything else.
//!
//! Protects comparisons between fleets of different size: what a bus does is its own affair.

use scenarios::{Scenario, draw, parse};
use sim::Visit;
use std::collections::BTreeMap;

const KWH_J: u64 = 3_600_000;

fn scenario(groups: &str) -> Result<Scenario, String> {
    let text = format!(
        r#"(schema: 1, id: "t", title: "t", start: "2026-01-01T16:00:00Z", duration: "10d",
            site: (id: "S", charge_points: [(id: "P{{n}}", repeat: 4, parent: "S")]),
            vehicles: [(id: "midi", battery_kwh: 200, curve: [(soc_pct: 0, power_kw: 100), (soc_pct: 100, power_kw: 10)])],
            fleet: Generated([{groups}]))"#
    );
    parse("test", &text, &mut |_| Err("no files".into())).map_err(|error| error.to_string())
}

/// Two visits a day: over night and at midday.
fn two_blocks(count: u32, days: u32, more_visits: &str) -> String {
    format!(
        r#"(id: "bus", count: {count}, vehicle: "midi", days: {days}, target_soc_pct: 90, visits: [{more_visits}
            (id: "night", arrival: Triangular("18:00", "19:00", "21:00"), departure: Uniform("04:00", "05:00"),
             energy_used_kwh: Triangular(60, 80, 110), needs_kwh: 100, plug_in_delay: Uniform("1min", "20min")),
            (id: "noon", arrival: Uniform("10:00", "11:30"), departure: Uniform("13:00", "14:00"),
             soc_arrival_pct: Uniform(20, 60), target_soc_pct: 80)])"#
    )
}

fn drawn(groups: &str, seed: u64) -> Vec<Visit> {
    draw(&scenario(groups).unwrap_or_else(|error| panic!("{error}")), seed).visits
}

/// What is drawn of each visit, by vehicle number, day and visit; names carry leading zeros, which change with the fleet.
fn by_stream(visits: &[Visit]) -> BTreeMap<(u32, String), (i64, i64, u64, u32)> {
    let key = |visit: &Visit| {
        let number = visit.vehicle.rsplit('-').next().unwrap().parse().unwrap();
        (number, visit.id.strip_prefix(&visit.vehicle).unwrap().to_owned())
    };
    visits
        .iter()
        .map(|visit| {
            (key(visit), (visit.arrival_s, visit.departure_s, visit.arrival_energy_j, visit.plug_in_delay_s))
        })
        .collect()
}

#[test]
fn over_a_hundred_fleets_a_bus_a_day_or_a_visit_more_changes_nothing_else() {
    let early = r#"(id: "early", arrival: Uniform("06:00", "07:00"), departure: Uniform("08:00", "09:00"), soc_arrival_pct: Fixed(50)),"#;
    for seed in 0..100 {
        let fleet = by_stream(&drawn(&two_blocks(9, 3, ""), seed));
        assert_eq!(fleet.len(), 9 * 3 * 2);
        for (what, groups, more) in [
            ("a bus", two_blocks(10, 3, ""), 6),
            ("ninety-one buses", two_blocks(100, 3, ""), 91 * 6),
            ("a day", two_blocks(9, 4, ""), 18),
            ("a visit", two_blocks(9, 3, early), 27),
            (
                "a group before it",
                format!("{}, {}", two_blocks(3, 2, "").replace("\"bus\"", "\"0\""), two_blocks(9, 3, "")),
                0,
            ),
        ] {
            let mut larger = drawn(&groups, seed);
            larger.retain(|visit| visit.vehicle.starts_with("bus"));
            let larger = by_stream(&larger);
            assert_eq!(larger.len(), fleet.len() + more, "seed {seed}, {what} more");
            for (stream, values) in &fleet {
                assert_eq!(larger.get(stream), Some(values), "seed {seed}, {what} more: {stream:?}");
            }
        }
    }
}

#[test]
fn a_group_without_visits_draws_its_first_day_as_ever_and_other_days_apart() {
    let group = |days: &str| {
        format!(
            r#"(id: "bus", count: 5, vehicle: "midi", {days} arrival: Uniform("18:00", "20:00"), departure: Uniform("04:00", "05:00"),
               soc_arrival_pct: Uniform(20, 60), target_soc_pct: 90)"#
        )
    };
    let (one, three) = (drawn(&group(""), 7), drawn(&group("days: 3,"), 7));
    assert_eq!((one.len(), three.len()), (5, 15));
    assert_eq!((one[0].id.as_str() == one[0].vehicle, three[0].id.ends_with("-d1")), (true, true));
    for visit in &one {
        let same = three.iter().find(|other| other.id == format!("{}-d1", visit.vehicle)).unwrap();
        assert_eq!((same.arrival_s, same.arrival_energy_j), (visit.arrival_s, visit.arrival_energy_j));
        let next = three.iter().find(|other| other.id == format!("{}-d2", visit.vehicle)).unwrap();
        assert_ne!(
            (next.arrival_s - 86_400, next.arrival_energy_j),
            (visit.arrival_s, visit.arrival_energy_j)
        );
    }
}

#[test]
fn visits_are_what_their_group_says() {
    for seed in 0..100 {
        let visits = drawn(&two_blocks(4, 3, ""), seed);
        assert!(visits.is_sorted_by_key(|visit| visit.arrival_s));
        for visit in &visits {
            let is_night = visit.id.ends_with("-night");
            let day: i64 = visit.id.split("-d").nth(1).unwrap()[..1].parse().unwrap();
            // The start is at 16:00: the first night begins two hours later, the first noon eighteen.
            let from_s = (day - 1) * 86_400;
            let (arrives, target, ready) = match is_night {
                true => (7_200..=18_000, 180 * KWH_J, 100 * KWH_J),
                false => (64_800..=70_200, 160 * KWH_J, 160 * KWH_J),
            };
            assert!(arrives.contains(&(visit.arrival_s - from_s)), "{visit:?}");
            assert_eq!((visit.target_energy_j, visit.ready_energy_j), (target, ready));
            if is_night {
                // It left at noon with 160 kWh and used 60 to 110.
                assert!((50 * KWH_J..=100 * KWH_J).contains(&visit.arrival_energy_j), "{visit:?}");
                assert!((60..=1_200).contains(&visit.plug_in_delay_s));
            } else {
                assert_eq!(visit.plug_in_delay_s, 0);
            }
        }
        let mut of_one: Vec<&Visit> = visits.iter().filter(|visit| visit.vehicle == "bus-1").collect();
        of_one.sort_by_key(|visit| visit.arrival_s);
        assert!(
            of_one.windows(2).all(|pair| pair[0].departure_s <= pair[1].arrival_s),
            "gone before it comes"
        );
    }
}

#[test]
fn homes_belong_to_the_first_vehicles() {
    let groups = two_blocks(3, 1, "")
        .replace("target_soc_pct: 90, visits", r#"target_soc_pct: 90, homes: ["P3", "P1"], visits"#);
    let visits = drawn(&groups, 1);
    let home = |vehicle: &str| visits.iter().find(|visit| visit.vehicle == vehicle).unwrap().home;
    assert_eq!((home("bus-1"), home("bus-2"), home("bus-3")), (Some(3), Some(1), None));
}

#[test]
fn what_no_draw_could_mend_is_refused() {
    let base = two_blocks(3, 2, "");
    let cases = [
        (
            r#"needs_kwh: 100"#,
            r#"needs_kwh: 181"#,
            "fleet.bus.visits.night.needs_kwh: its block needs 181 kWh, but charging stops at 180 kWh",
        ),
        (
            r#"Triangular(60, 80, 110)"#,
            r#"Triangular(60, 80, 161)"#,
            "a block may use 161 kWh, more than the 160 kWh",
        ),
        (r#"energy_used_kwh: Triangular(60, 80, 110), "#, "", "are both missing (give one of them)"),
        (
            r#"soc_arrival_pct: Uniform(20, 60)"#,
            r#"soc_arrival_pct: Uniform(20, 60), energy_used_kwh: Fixed(5)"#,
            "stand both",
        ),
        (
            r#"Uniform("13:00", "14:00")"#,
            r#"Uniform("13:00", "18:30")"#,
            "while its visit before may last until",
        ),
        (r#"Uniform("04:00", "05:00")"#, r#"Uniform("04:00", "10:30")"#, "fleet.bus.visits.noon.arrival"),
        (r#"id: "noon""#, r#"id: "night""#, "visits of a day have ids of their own"),
        (r#"id: "noon""#, r#"id: "no on""#, "is not an id"),
        (r#"days: 2"#, r#"days: 11"#, "but the run ends at"),
        (r#"target_soc_pct: 90, "#, r#"target_soc_pct: 90, needs_kwh: 5, "#, "it stands beside visits"),
        (
            r#"target_soc_pct: 90, "#,
            r#"target_soc_pct: 90, homes: ["X"], "#,
            "fleet.bus.homes: \"X\" is no connector",
        ),
        (r#"Uniform("1min", "20min")"#, r#"Uniform("20min", "1min")"#, "out of order"),
    ];
    for (from, to, says) in cases {
        assert!(base.contains(from), "{from}");
        let message = scenario(&base.replacen(from, to, 1)).unwrap_err();
        assert!(message.contains(says), "{to}: {message}");
    }
    let bare = r#"(id: "bus", count: 1, vehicle: "midi", target_soc_pct: 90)"#;
    assert!(
        scenario(bare)
            .unwrap_err()
            .contains("fleet.bus.arrival: it is missing (give arrival and departure, or visits)")
    );
}

#[test]
fn visits_of_two_groups_that_would_have_one_id_are_refused_and_such_with_ids_too_long() {
    let group = |id: &str, visits: &str| {
        format!(r#"(id: "{id}", count: 1, vehicle: "midi", days: 1, target_soc_pct: 90, visits: [{visits}])"#)
    };
    let visit = |id: &str| {
        format!(
            r#"(id: "{id}", arrival: Fixed("18:00"), departure: Fixed("05:00"), soc_arrival_pct: Fixed(50))"#
        )
    };
    let early =
        r#"(id: "early", arrival: Fixed("06:00"), departure: Fixed("07:00"), soc_arrival_pct: Fixed(50))"#;
    let fine = format!("{}, {}", group("a", &visit("1")), group("b", &visit("1")));
    scenario(&fine).expect("they are apart");
    // a-1 on day 1 with its visit x, and a-1-d1-x ... of a group whose first vehicle is called like a visit.
    let same =
        format!("{}, {}", group("a", &visit("1-d1-1")), group("a-1-d1", &format!("{}, {early}", visit("1"))));
    let message = scenario(&same).expect_err("they are called the same");
    assert!(message.contains("two visits would be called \"a-1-d1-1-d1-1\""), "{message}");
    let long = group(&"a".repeat(150), &visit(&"b".repeat(60)));
    let message = scenario(&long).expect_err("it is too long");
    assert!(message.contains("(at most 200: a shorter id"), "{message}");
}
