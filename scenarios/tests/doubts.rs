//! Doubts about ratings: told where a limit is far above all that can flow, and nowhere else.
//!
//! Protects people from limits in watts and slipped points, and from warnings about what is meant.

mod support;

use scenarios::Draft;

/// The places that `check` doubts of the small scenario with its connection rated so, a text replaced, and more at its end.
fn doubted(connection_kw: &str, (from, to): (&str, &str), more: &str) -> Vec<String> {
    let text = support::text(more).replacen(
        "default_capacity_kw: 500",
        &format!("default_capacity_kw: {connection_kw}"),
        1,
    );
    assert!(text.contains(from), "{from}");
    let text = text.replace(from, to);
    let read = &mut |_: &str| unreachable!("there are no files");
    let judged = Draft::read("t.ron", &text, read).and_then(|draft| draft.judge(read));
    let (_, warnings) = judged.unwrap_or_else(|error| panic!("{text}\n{error}"));
    warnings.problems().iter().map(|problem| problem.place.clone()).filter(|place| place != "fleet").collect()
}

#[test]
fn ratings_far_above_all_that_is_asked_for_below_them_are_doubted() {
    let loose = "site.grid_connections.G.default_capacity_kw";
    // The circuit that the base load stands at is rated for less than that.
    let heavy = "site.charger_circuits.C1";
    let load = |power_kw: i32, noise: &str| {
        format!("base_loads: [(node: \"C1\", steps: [(from: \"16:00\", power_kw: {power_kw})]{noise})]")
    };
    let as_is = ("id: \"t\"", "id: \"t\"");
    let in_circuits = |said: &str| format!("parent: \"G\", {said}");
    let more_points = "site_changes: [(at: \"20:00\", charge_points: [(id: \"X{n}\", repeat: 50, parent: \"G\", max_rating_kw: 150)])]";
    /// What the connection is rated \[kW\], what is replaced, what is said besides, and the places that are doubted.
    type Case<'a> = (&'a str, (&'a str, &'a str), String, &'a [&'a str]);
    let cases: &[Case] = &[
        ("6000", as_is, String::new(), &[]),
        ("6000.001", as_is, String::new(), &[loose]),
        // Base loads count, up to the circuit's own rating; so does what the sun sends out, and what noise adds.
        ("6000.001", as_is, load(10, ""), &[]),
        ("9000", as_is, load(9_000, ""), &[heavy]),
        ("9000.001", as_is, load(9_000, ""), &[loose, heavy]),
        ("9000", as_is, load(-9_000, ""), &[]),
        ("6200", as_is, load(1, ""), &[loose]),
        ("6200", as_is, load(1, ", noise: (within_kw: 9, every: \"1h\")"), &[]),
        // Either ratings say enough, those of chargers or those of circuits; what is still to be built nobody knows.
        (
            "500000",
            (", max_rating_kw: 150", ""),
            String::new(),
            &["site.grid_connections.G.default_capacity_kw"],
        ),
        ("500000", (&in_circuits("default_capacity_kw: 300")[..], "parent: \"G\""), String::new(), &[loose]),
        ("500000", as_is, more_points.into(), &[]),
    ];
    for (connection_kw, replaced, more, expected) in cases {
        assert_eq!(doubted(connection_kw, *replaced, more), *expected, "{connection_kw} {replaced:?} {more}");
    }
}

#[test]
fn where_neither_circuits_nor_chargers_are_rated_nothing_is_doubted() {
    let rated = "default_capacity_kw: 300)],\n    charge_points: [(id: \"{parent}-P\", parent: \"C*\", max_rating_kw: 150";
    let unrated = ")],\n    charge_points: [(id: \"{parent}-P\", parent: \"C*\"";
    assert_eq!(doubted("500000", (rated, unrated), ""), Vec::<String>::new());
}

#[test]
fn of_several_limits_the_one_that_holds_is_doubted() {
    let circuit = "default_capacity_kw: 300";
    for (to, expected) in [
        ("default_capacity_kw: 300000", vec!["site.charger_circuits.C1.default_capacity_kw"]),
        ("default_capacity_kw: 300000, safe_operating_capacity_kw: 240", vec![]),
        ("safe_operating_capacity_kw: 240000", vec!["site.charger_circuits.C1.safe_operating_capacity_kw"]),
        ("rating_a: 600000, voltage_v: 230, phases: 3", vec!["site.charger_circuits.C1.rating_a"]),
        ("rating_a: 600, voltage_v: 230, phases: 3", vec![]),
    ] {
        assert_eq!(doubted("500", (circuit, to), ""), expected, "{to}");
    }
}

#[test]
fn a_fallback_that_is_no_whole_number_of_modules_is_doubted_once_for_all_chargers_alike() {
    let connector = r#"parent: "*""#;
    let fallback =
        |fallback_kw: &str| format!(r#"parent: "*", fallback_kw: {fallback_kw}, hardware: (module_kw: 25)"#);
    for (fallback_kw, expected) in [("25", 0), ("50", 0), ("0", 0), ("24.999", 1), ("60", 1)] {
        let doubted = doubted("500", (connector, &fallback(fallback_kw)), "");
        let own = doubted.iter().filter(|place| place.ends_with(".fallback_kw"));
        assert_eq!(own.count(), expected, "{fallback_kw}: {doubted:?}");
    }
}

#[test]
fn homes_are_doubted_where_vehicles_are_not_sent_near_to_them() {
    let nobody = "fleet: Listed([])";
    let listed = r#"fleet: Listed([(vehicle: "b", vehicle_type: "bus", arrival: "17:00", departure: "20:00", soc_arrival_pct: 20, target_soc_pct: 80, home: "C2-P-1")])"#;
    let drawn = r#"fleet: Generated([(id: "f", vehicle: "bus", count: 2, arrival: Uniform("17:00", "18:00"), departure: Uniform("22:00", "23:00"), soc_arrival_pct: Fixed(20), target_soc_pct: 80, homes: ["C2-P-1"])])"#;
    let at_its_own = &listed.replace("home: ", "connector: \"C2-P-1\", home: ");
    let of_all: &[&str] = &["fleet.b.home"];
    for (fleet, expected) in [(listed, of_all), (at_its_own, of_all), (drawn, &["fleet.f.homes"])] {
        for (rule, doubted_there) in
            [("LanesInOrder", expected), ("MostHeadroom", expected), ("NearestFree", &[])]
        {
            let places = doubted("500", (nobody, fleet), &format!("assignment: {rule}"));
            assert_eq!(places, doubted_there, "{rule}: {fleet}");
        }
    }
}

#[test]
fn a_feed_that_never_says_anything_is_doubted_unless_a_default_limit_holds() {
    let as_is = ("id: \"t\"", "id: \"t\"");
    let feed = |said: &str| format!(r#"envelope_feeds: [(id: "dso", node: "G", validity: "1h"{said})]"#);
    let message = r#", messages: [(received: "16:00")]"#;
    for (said, expected) in
        [("", &["envelope_feeds.dso.messages"][..]), (", default_limit_kw: 100", &[]), (message, &[])]
    {
        assert_eq!(doubted("500", as_is, &feed(said)), expected, "{said}");
    }
}

#[test]
fn base_load_that_exceeds_a_rating_by_itself_is_doubted_at_every_node_that_it_passes() {
    let as_is = ("id: \"t\"", "id: \"t\"");
    let [g, c1] = ["site.grid_connections.G", "site.charger_circuits.C1"];
    let at = |node: &str, power_kw: &str| {
        format!(r#"(node: "{node}", steps: [(from: "20:00", power_kw: {power_kw})])"#)
    };
    let all = |loads: &[String]| format!("base_loads: [{}]", loads.join(", "));
    for (loads, expected) in [
        (all(&[at("C1", "300")]), &[][..]),
        (all(&[at("C1", "300.001")]), &[c1]),
        (all(&[at("C1", "501")]), &[g, c1]),
        // Two circuits, each within its own; what the sun sends out is taken off.
        (all(&[at("C1", "250"), at("C2", "250.001")]), &[g]),
        (all(&[at("C1", "250"), at("C2", "250.001"), at("S", "900")]), &[g]),
        (all(&[at("C1", "300"), at("C2", "300"), at("G", "-100")]), &[]),
        (all(&[at("G", "-9000")]), &[]),
        // What is rated anew meanwhile is not known.
        (
            all(&[at("C1", "9000")])
                + r#", site_changes: [(at: "21:00", charger_circuits: [(id: "C1", parent: "G", default_capacity_kw: 9000)])]"#,
            &[],
        ),
    ] {
        assert_eq!(doubted("500", as_is, &loads), expected, "{loads}");
    }
}
