//! Vehicles that do not do as planned: what is drawn of it, what a listed visit or a row of a CSV file says of it, and that one bus's doings are
//! nobody else's.

use scenarios::{Distribution, Fleet, Scenario, Span, draw, parse};
use sim::{Conduct, DemandSignal, Visit};

const MIN: i64 = 60;

fn parsed(fleet: &str, csv: &str) -> Result<Scenario, String> {
    let text = format!(
        r#"(schema: 1, id: "t", title: "t", start: "2026-01-01T16:00:00Z", duration: "2d",
            site: (id: "S", charge_points: [(id: "P{{n}}", repeat: 4, parent: "S")]),
            vehicles: [(id: "bus", battery_kwh: 200, curve: [(soc_pct: 0, power_kw: 100), (soc_pct: 100, power_kw: 10)])],
            fleet: {fleet})"#
    );
    parse("test", &text, &mut |_| Ok(csv.to_owned())).map_err(|error| error.to_string())
}

fn group(count: u32, more: &str) -> Result<Scenario, String> {
    let fleet = format!(
        r#"Generated([(id: "b", count: {count}, vehicle: "bus", arrival: Uniform("17:00", "18:00"), departure: Uniform("23:00", "23:30"),
            soc_arrival_pct: Fixed(20), target_soc_pct: 90, {more})])"#
    );
    parsed(&fleet, "")
}

fn drawn(count: u32, more: &str, seed: u64) -> Vec<Visit> {
    draw(&group(count, more).unwrap_or_else(|error| panic!("{error}")), seed).visits
}

const ALL: &str = r#"leaves_early: Table([("0s", 3), ("20min", 1)]), leaves_late: Uniform("0s", "40min"), no_show_pct: 10,
    unplug_pct: 25, unplug_after: Uniform("10min", "3h"), precondition_kw: 12, precondition_time: "30min", demand_signal: "rated""#;

#[test]
fn a_group_says_what_is_told_and_chance_decides_what_is_done() {
    let (mut early, mut late, mut no_shows, mut pulled, mut all) = (0, 0, 0, 0, 0);
    for seed in 0..200 {
        let plain = drawn(10, "", seed);
        for (visit, plain) in drawn(10, ALL, seed).iter().zip(&plain) {
            let (told_s, conduct) = (plain.departure_s, visit.conduct);
            let shift_s = visit.departure_s - told_s;
            assert!((-20 * MIN..=40 * MIN).contains(&shift_s));
            // What a vehicle draws beside this is what it always drew.
            let as_plain = Visit { conduct: Conduct::default(), departure_s: told_s, ..visit.clone() };
            assert_eq!(&as_plain, plain);
            assert_eq!(conduct.told_departure_s, Some(told_s).filter(|_| shift_s != 0));
            assert_eq!((conduct.precondition_w, conduct.precondition_s), (12_000, 1_800));
            assert_eq!(conduct.demand_signal, Some(DemandSignal::Rated));
            let after_s = conduct.unplugged_s.map(|at_s| at_s - visit.arrival_s);
            assert!(after_s.is_none_or(|after_s| (10 * MIN..=180 * MIN).contains(&after_s)));
            all += 1;
            early += u32::from(shift_s < 0);
            late += u32::from(shift_s > 0);
            no_shows += u32::from(conduct.is_no_show);
            pulled += u32::from(after_s.is_some());
        }
    }
    // Early where 20 minutes are not made up for: a quarter, times a half.
    for (what, found, of_a_thousand) in [
        ("early", early, 125),
        ("late", late, 875),
        ("no-shows", no_shows, 100),
        ("pulled plugs", pulled, 250),
    ] {
        let share = found * 1_000 / all;
        assert!(share.abs_diff(of_a_thousand) < 30, "{what}: {share} of a thousand");
    }
}

#[test]
fn a_bus_more_changes_nobody_elses_conduct() {
    for seed in 0..50 {
        let number = |visit: &Visit| visit.vehicle.rsplit('-').next().unwrap().parse::<u32>().unwrap();
        let few = drawn(9, ALL, seed);
        let mut many = drawn(10, ALL, seed);
        many.retain(|visit| number(visit) < 10);
        let key = |visits: Vec<Visit>| {
            let mut all: Vec<_> =
                visits.iter().map(|visit| (number(visit), visit.departure_s, visit.conduct)).collect();
            all.sort_by_key(|&(number, ..)| number);
            all
        };
        assert_eq!(key(few), key(many), "seed {seed}");
    }
}

#[test]
fn a_plug_that_would_be_pulled_after_the_departure_is_not() {
    let visits = drawn(20, r#"unplug_pct: 100, unplug_after: Fixed("7h")"#, 1);
    assert!(visits.iter().all(|visit| visit.conduct.unplugged_s.is_none()));
    let visits = drawn(20, r#"unplug_pct: 100, unplug_after: Fixed("1h")"#, 1);
    assert!(visits.iter().all(|visit| visit.conduct.unplugged_s == Some(visit.arrival_s + 60 * MIN)));
}

#[test]
fn conduct_of_groups_that_cannot_be_is_refused() {
    for (more, expected) in [
        (
            r#"leaves_early: Fixed("5h")"#,
            "fleet.b.leaves_early: the earliest departure would be \"2026-01-01T18:00:00+00:00\"",
        ),
        ("unplug_pct: 5", "fleet.b.unplug_pct: it stands without unplug_after"),
        (r#"unplug_after: Fixed("1h")"#, "fleet.b.unplug_after: it stands without unplug_pct"),
        ("precondition_kw: 12", "fleet.b.precondition_kw: it stands without precondition_time"),
        (r#"precondition_time: "1h""#, "fleet.b.precondition_time: it stands without precondition_kw"),
        (r#"leaves_late: Uniform("2h", "1h")"#, "fleet.b.leaves_late: 2h, 1h are out of order"),
        ("no_show_pct: 101", "no_show_pct: 101 is out of bounds"),
        (
            r#"demand_signal: "measured""#,
            "demand_signal: \"measured\" is no demand signal (\"true\", \"rated\", or \"measured+10kW\"",
        ),
        (r#"days: 2, leaves_late: Fixed("20h")"#, "fleet.b.arrival: it may arrive"),
    ] {
        let message = group(3, more).expect_err(more);
        assert!(message.contains(expected), "{more}: {message}");
    }
}

const LISTED: &str = r#"Listed([(vehicle: "a", vehicle_type: "bus", arrival: "17:00", departure: "23:00", told_departure: "22:30",
    unplugged: "20:00", no_show: true, precondition_kw: 7.5, precondition_time: "20min", demand_signal: "measured+10kW",
    soc_arrival_pct: 20, target_soc_pct: 90)])"#;

#[test]
fn a_listed_visit_and_a_row_of_a_file_say_the_same() {
    let listed = draw(&parsed(LISTED, "").unwrap(), 1).visits;
    let expected = Conduct {
        told_departure_s: Some(390 * MIN),
        unplugged_s: Some(240 * MIN),
        is_no_show: true,
        precondition_w: 7_500,
        precondition_s: 1_200,
        demand_signal: Some(DemandSignal::Measured { margin_w: 10_000 }),
    };
    assert_eq!((listed[0].conduct, listed[0].departure_s), (expected, 420 * MIN));
    let csv = "vehicle,arrival,departure,told_departure,unplugged,no_show,precondition_kw,precondition_time,demand_signal,soc_arrival_pct,target_soc_pct\n\
               a,17:00,23:00,22:30,20:00,true,7.5,20min,measured+10kW,20,90\n";
    let rows = draw(&parsed(r#"Visits(csv: "v.csv", vehicle: "bus")"#, csv).unwrap(), 1).visits;
    assert_eq!(rows, listed);
}

#[test]
fn conduct_of_visits_that_cannot_be_is_refused() {
    for (from, to, expected) in [
        (
            "20:00",
            "23:30",
            "fleet.a.unplugged: the plug is pulled at \"2026-01-01T23:30:00+00:00\", but the vehicle is there",
        ),
        ("precondition_kw: 7.5, ", "", "fleet.a.precondition_time: it stands without precondition_kw"),
        ("measured+10kW", "measured+99999kW", "demand_signal: 99999 is out of bounds (a power in kW"),
    ] {
        let message = parsed(&LISTED.replace(from, to), "").expect_err(to);
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn conduct_is_part_of_the_resolved_scenario() {
    let scenario = group(3, ALL).unwrap();
    let again = parse("again", &scenario.to_ron(), &mut |_| Err("no files".into())).unwrap();
    assert_eq!(again, scenario);
    let Fleet::Generated(groups) = &scenario.file().fleet else { panic!("it is generated") };
    assert_eq!(groups[0].leaves_late, Some(Distribution::Uniform(Span::from_s(0), Span::from_s(2_400))));
}
