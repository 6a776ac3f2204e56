//! Short files that ask for very much: refused with the bound, before the memory or the day is full.
//!
//! Protects everybody who checks a file that is not his own. What is merely large is linear, and is not tested by the clock here.

mod support;

use scenarios::parse;

/// A site of so many charge points, for so many days.
fn text(points: u32, days: u32, more: &str) -> String {
    let small = support::text(more);
    let site = format!("id: \"{{parent}}-P{{n}}\", repeat: {points}, parent: \"C*\"");
    let sound = "id: \"{parent}-P\", parent: \"C*\"";
    assert!(small.contains(sound));
    let small = small.replace(sound, &site).replace("duration: \"24h\"", &format!("duration: \"{days}d\""));
    small.replace("connectors: [(id: \"{parent}-1\", parent: \"*\")]", "connectors: []")
}

fn clock(second: u32) -> String {
    format!("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)
}

fn list(count: u32, entry: impl Fn(u32) -> String) -> String {
    (0..count).map(entry).collect::<Vec<_>>().join(",")
}

#[test]
fn short_files_that_ask_for_very_much_are_refused_once_with_the_bound() {
    let profile = format!(
        "time,power_kw\n{}",
        (0..20_000).map(|at| format!("{},{}\n", clock(at), at % 7)).collect::<String>()
    );
    let steps = "grow beyond 4000000 steps here (at most as many; fewer of them, or a shorter run)";
    /// Charge points below each circuit, days, what is said besides, and where and what is told.
    type Case = (u32, u32, String, &'static str, String);
    let cases: [Case; 6] = [
        (
            50_000,
            1,
            format!("site_changes: [{}]", list(200, |at| format!("(at: \"d2 {}\", default_capacity_kw: 9)", clock(at)))),
            "site_changes:",
            "200 changes of a site of 100004 nodes are too many (at most 10000000 nodes in all of them together)".into(),
        ),
        (1, 366, "base_loads: [(node: \"C1\", csv: (file: \"load.csv\")), (node: \"C2\", csv: (file: \"load.csv\"))]".into(), "base_loads.C1.csv:", format!("the base loads {steps}")),
        (
            9,
            366,
            format!(
                "base_loads: [{}]",
                list(9, |at| format!("(node: \"C1-P{}\", steps: [(from: \"06:00\", power_kw: 5)], noise: (within_kw: 1, every: \"1min\"))", at + 1))
            ),
            "base_loads.C1-P8.noise:",
            format!("the base loads {steps}"),
        ),
        (
            1,
            366,
            format!(
                "envelopes: [(id: \"e\", node: \"G\", windows: [{}])]",
                list(6_000, |at| format!("(from: \"{}\", to: \"{}\", limit_kw: 5, daily: true)", clock(14 * at), clock(14 * at + 7)))
            ),
            "envelopes.e.windows.5465:",
            format!("the envelopes {steps}"),
        ),
        (
            1,
            366,
            format!(
                "demand_response: [{}]",
                list(60, |at| format!("(id: \"p{at}\", node: \"G\", per_day: 96, depth_pct: Fixed(10), duration: Fixed(\"1h\"))"))
            ),
            "demand_response.p56.per_day:",
            format!("the programs {steps}"),
        ),
        (
            50_000,
            1,
            format!("charger_faults: [{}]", list(30, |at| format!("(node: \"S\", fault: Offline, from: \"{}\", duration: \"1s\")", clock(70_000 + 2 * at)))),
            "charger_faults.21.node:",
            format!("the faults of all chargers {steps}"),
        ),
    ];
    for (points, days, more, place, expected) in cases {
        let result = parse("t.ron", &text(points, days, &more), &mut |_| Ok(profile.clone()));
        let error = result.expect_err(place);
        let told: Vec<String> = error.problems().iter().map(ToString::to_string).collect();
        assert!(
            told.len() == 1 && told[0].contains(place) && told[0].contains(&expected),
            "{place} {told:#?}"
        );
    }
}

#[test]
fn many_faults_of_many_chargers_clash_where_they_did_one_by_one() {
    let fault = |node: &str, kind: &str, from_s: u32, for_s: u32| {
        format!("(node: \"{node}\", fault: {kind}, from: \"{}\", duration: \"{for_s}s\")", clock(from_s))
    };
    for (faults, told) in [
        (vec![fault("C1", "Faulted", 70_000, 10), fault("C1-P2", "OutOfService", 70_010, 5)], vec![2]),
        (vec![fault("C1", "Faulted", 70_000, 10), fault("C1-P2", "OutOfService", 70_011, 5)], vec![]),
        (vec![fault("C1", "Faulted", 70_000, 10), fault("C2", "OutOfService", 70_000, 10)], vec![]),
        (vec![fault("C1-P1", "OutOfService", 70_005, 1), fault("S", "Faulted", 70_000, 10)], vec![2]),
        (
            vec![
                fault("C1-P1", "Faulted", 70_000, 100),
                fault("C1-P1", "Faulted", 70_001, 1),
                fault("C1-P1", "OutOfService", 70_050, 1),
                fault("C1-P1", "IgnoresSetpoints", 70_050, 1),
            ],
            vec![3],
        ),
    ] {
        let more = format!("charger_faults: [{}]", faults.join(","));
        let found: Vec<String> = match parse("t.ron", &text(2, 1, &more), &mut |_| unreachable!()) {
            Ok(_) => Vec::new(),
            Err(error) => error.problems().iter().map(|problem| problem.place.clone()).collect(),
        };
        let expected: Vec<String> = told.iter().map(|index| format!("charger_faults.{index}")).collect();
        assert_eq!(found, expected, "{faults:?}");
    }
}
