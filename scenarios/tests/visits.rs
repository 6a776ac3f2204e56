//! Visits from CSV, with whatever columns, times and energies a file has. Protects that a row means exactly what it says, and that a bad one is
//! told with its line, column, value and what is allowed.

use scenarios::{Bundled, RECORDING_VISITS, Recording, RecordingOptions, Scenario, draw, parse};
use sim::Visit;

const KWH_J: u64 = 3_600_000;

fn scenario(fleet: &str, csv: &str) -> Result<Scenario, String> {
    let text = format!(
        r#"(schema: 1, id: "t", title: "t", start: "2026-01-01T00:00:00Z", duration: "2d",
            site: (id: "S", charge_points: [(id: "P{{n}}", repeat: 3, parent: "S")]),
            vehicles: [(id: "car", battery_kwh: 70, efficiency_pct: 90, curve: [(soc_pct: 0, power_kw: 7), (soc_pct: 100, power_kw: 7)])],
            fleet: Visits(csv: "v.csv", {fleet}))"#
    );
    parse("t.ron", &text, &mut |_| Ok(csv.to_owned())).map_err(|error| error.to_string())
}

fn visits(fleet: &str, csv: &str) -> Vec<Visit> {
    draw(&scenario(fleet, csv).unwrap_or_else(|error| panic!("{error}")), 1).visits
}

const TICKS: &str = r#"vehicle: "car", vehicle_ids: "car-{n}", columns: (connector: "evse", energy_kwh: "kwh"), time: Ticks(step: "5min")"#;

#[test]
fn a_row_may_ask_for_an_energy_and_tell_its_times_in_ticks() {
    let found =
        visits(TICKS, "arrival,departure,kwh,evse\n3,10,4.2166667,P2\n4,12,0.0010000000000000001,P1\n");
    let (first, second) = (&found[0], &found[1]);
    assert_eq!(
        (first.id.as_str(), first.arrival_s, first.departure_s, first.connector),
        ("car-1", 900, 3_000, Some(2))
    );
    // 4.2166667 kWh are 15,180,000.12 J; 90 % of 15,180,000 reach the battery.
    assert_eq!((first.arrival_energy_j, first.target_energy_j), (0, 13_662_000));
    assert_eq!((second.target_energy_j, second.ready_energy_j), (3_240, 3_240));
    let later =
        TICKS.replace(r#"Ticks(step: "5min")"#, r#"Ticks(step: "1min", from: "2026-01-01T02:00:00+01:00")"#);
    assert_eq!(visits(&later, "arrival,departure,kwh,evse\n3,10,4,P2\n")[0].arrival_s, 3_600 + 180);
}

#[test]
fn a_row_may_say_what_the_next_block_needs_when_it_plugs_in_and_where_its_home_is() {
    let fleet = r#"vehicle: "car", target_soc_pct: 100, columns: (home: "stand")"#;
    let csv = "vehicle,arrival,departure,soc_arrival_pct,needs_kwh,plug_in_delay,stand\n\
               a,01:00,05:00,50,42.5,1min30s,P3\nb,01:00,05:00,50,,,\n";
    let found = visits(fleet, csv);
    assert_eq!(
        (found[0].ready_energy_j, found[0].plug_in_delay_s, found[0].home),
        (425 * KWH_J / 10, 90, Some(3))
    );
    assert_eq!((found[1].ready_energy_j, found[1].plug_in_delay_s, found[1].home), (70 * KWH_J, 0, None));
}

#[test]
fn what_no_percentage_can_say_is_recorded_in_joules_and_restored_exactly() {
    let scenario = scenario(TICKS, "arrival,departure,kwh,evse\n3,10,4.2166667,P2\n4,12,7,P1\n").unwrap();
    let realization = draw(&scenario, 1);
    let recording = Recording::new(&scenario, &realization, 1, 1, RecordingOptions::default());
    let csv = recording.visits_csv().to_owned();
    assert!(csv.starts_with("visit,vehicle,vehicle_type,arrival,departure,soc_arrival_pct,target_soc_pct,connector,tier,weight,target_energy_j\n"));
    // 13,662,000 J are no whole millionths of 70 kWh; 90 % of 7 kWh are 9 % of 70.
    assert!(csv.contains("0.0000,,P2,0,,13662000\n") && csv.contains("0.0000,9.0000,P1,0,,\n"), "{csv}");
    let read = |name: &str| {
        assert_eq!(name, RECORDING_VISITS);
        Ok(csv.clone())
    };
    let (_, _, restored) = Recording::parse("r", &recording.to_ron(), &mut { read }).unwrap();
    assert_eq!(restored, realization);
}

/// Whether a message says something, at the line that it begins with and whatever column.
fn is_said(message: &str, says: &str) -> bool {
    match says.split_once(": ").filter(|(place, _)| place.starts_with("v.csv:")) {
        Some((place, words)) => {
            message.contains(&format!("{place}:")) && message.contains(&format!(": {words}"))
        }
        None => message.contains(says),
    }
}

#[test]
fn bad_rows_are_told_with_line_column_value_and_what_is_allowed() {
    let cases = [
        ("3,10,-4,P2", "v.csv:2: kwh: \"-4\" is not allowed (an energy in kWh from 0.001 to 100000)"),
        ("3,10,0,P2", "v.csv:2: kwh: \"0\" is not allowed"),
        ("3,10,1e3,P2", "v.csv:2: kwh: \"1e3\" is not allowed"),
        ("3,10,NaN,P2", "v.csv:2: kwh: \"NaN\" is not allowed"),
        ("3,10,1.5x,P2", "v.csv:2: kwh: \"1.5x\" is not allowed"),
        ("3,10,.,P2", "v.csv:2: kwh: \".\" is not allowed"),
        ("3,10,é.1,P2", "v.csv:2: kwh: \"é.1\" is not allowed"),
        ("3,10,99999999999999999999999,P2", "v.csv:2: kwh:"),
        (
            "3.5,10,4,P2",
            "v.csv:2: arrival: \"3.5\" is not a number of ticks (a whole number of 5min from 0 on)",
        ),
        ("-3,10,4,P2", "v.csv:2: arrival: \"-3\" is not a number of ticks"),
        ("3,01:00,4,P2", "v.csv:2: departure: \"01:00\" is not a number of ticks"),
        ("10,3,4,P2", "v.csv:2: departure: it leaves at"),
        (
            "3,10,80,P2",
            "v.csv:2: kwh: it would hold 72 kWh, more than the battery of \"car\" (70 kWh at most)",
        ),
        ("3,10,4,P9", "v.csv:2: evse: \"P9\" is no connector"),
        ("3,10,,P2", "v.csv:2: soc_arrival_pct: the cell is empty"),
        ("3,10,4,P2\n5,12,4,P2", "v.csv:3: evse: the connector is taken by visit car-1 until"),
        ("4294967295,4294967296,4,P2", "v.csv:2: departure: \"4294967296\" is not a number of ticks"),
        (
            "4294967290,4294967295,4,P2",
            "v.csv:2: arrival: 4294967290 ticks of 5min are more than ten years from the start",
        ),
    ];
    for (rows, says) in cases {
        let message = scenario(TICKS, &format!("arrival,departure,kwh,evse\n{rows}\n")).unwrap_err();
        assert!(is_said(&message, says), "{rows}: {message}");
    }
    let listed = r#"vehicle: "car", target_soc_pct: 90"#;
    let cases = [
        (
            "vehicle,arrival,departure,soc_arrival_pct,target_soc_pct,energy_kwh\na,1:00,05:00,5,80,3",
            "v.csv:2: arrival: \"1:00\" is not a time",
        ),
        (
            "vehicle,arrival,departure,soc_arrival_pct,target_soc_pct,energy_kwh\na,01:00,05:00,5,80,3",
            "there are two targets",
        ),
        (
            "vehicle,arrival,departure,soc_arrival_pct,needs_kwh\na,01:00,05:00,5,64",
            "v.csv:2: needs_kwh: its block needs 64 kWh, but charging stops at 63 kWh",
        ),
        (
            "vehicle,arrival,departure,soc_arrival_pct,plug_in_delay\na,01:00,05:00,5,5 minutes",
            "v.csv:2: plug_in_delay: \"5 minutes\" is not a duration",
        ),
        (
            "vehicle,arrival,departure,soc_arrival_pct,home\na,01:00,05:00,5,S",
            "v.csv:2: home: \"S\" is a site and no connector (below it are P1, P2, P3)",
        ),
        ("arrival,departure,soc_arrival_pct\n01:00,05:00,5", "v.csv:1: vehicle: the column is missing"),
        (
            "vehicle,arrival,departure,arrival_energy_j\na,01:00,05:00,1.5",
            "v.csv:2: arrival_energy_j: \"1.5\" is not an energy in joules",
        ),
        ("vehicle,arrival,departure,arrival_energy_j\na,01:00,05:00,252000001", "more than the battery"),
    ];
    for (csv, says) in cases {
        let message = scenario(listed, csv).unwrap_err();
        assert!(is_said(&message, says), "{csv}: {message}");
    }
}

#[test]
fn ticks_are_as_long_as_steps_may_be_and_no_number_of_them_is_too_large_to_be_told() {
    let row = "arrival,departure,kwh,evse\n4294967295,4294967295,4,P2\n";
    let message = |step: &str| scenario(&TICKS.replace("5min", step), row).unwrap_err();
    for step in ["0s", "1h1s", "49710d"] {
        let said = message(step);
        let expected = format!("fleet.time.step: {step} is out of bounds (1s to 1h)");
        assert!(said.contains(&expected) && said.lines().count() == 1, "{said}");
    }
    for step in ["1s", "1h"] {
        let expected = format!("v.csv:2: arrival: 4294967295 ticks of {step} are more than ten years from");
        assert!(is_said(&message(step), &expected), "{}", message(step));
    }
}

#[test]
fn a_header_of_thousands_of_columns_is_refused_at_once() {
    let names: String = (0..60_000).map(|column| format!(",c{column}")).collect();
    let message = scenario(TICKS, &format!("arrival,departure,kwh,evse{names}\n")).unwrap_err();
    assert!(is_said(&message, "the header has 60004 columns (at most 1000)"), "{message}");
}

#[test]
fn ten_bad_rows_are_ten_problems() {
    let rows: String = (0..10).map(|row| format!("{row},x,4,P1\n")).collect();
    let message = scenario(TICKS, &format!("arrival,departure,kwh,evse\n{rows}")).unwrap_err();
    assert_eq!(message.lines().count(), 10, "{message}");
}

#[test]
fn the_campus_has_the_sessions_of_its_data() {
    let realization = draw(&Bundled::find("campus").unwrap().load().unwrap(), 1);
    assert_eq!(realization.visits.len(), 954);
    let first = &realization.visits[0];
    assert_eq!(
        (first.arrival_s, first.departure_s, first.target_energy_j),
        (76 * 300, 92 * 300, 4_216 * 3_600)
    );
    let asked_j: u64 = realization.visits.iter().map(|visit| visit.target_energy_j).sum();
    // 8,900.522101851844 kWh, less than a joule of each session rounded away.
    assert!((32_041_879_566 - 954..=32_041_879_566).contains(&asked_j), "{asked_j}");
}
