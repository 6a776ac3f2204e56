//! Outages, base loads from files and with noise, and demand response: from records to steps.

mod support;

use scenarios::{Scenario, draw};
use sim::{BaseLoadStep, EnvelopeBasis, OutageStep};
use support::{load, load_with};

const H: i64 = 3_600;

/// When \[s\], which node, whether it is out.
type Switch = (i64, &'static str, bool);

fn outages(more: &str) -> Vec<(i64, String, bool)> {
    let scenario = load(&format!("outages: [{more}]")).unwrap_or_else(|error| panic!("{more}: {error}"));
    let id = |step: &OutageStep| scenario.depot().site[step.node as usize].id.clone();
    draw(&scenario, 1).outage_steps.iter().map(|step| (step.at_s, id(step), step.is_out)).collect()
}

#[test]
fn outages_begin_and_end_within_the_run_and_overlapping_ones_are_one() {
    let cases: [(&str, &[Switch]); 5] = [
        (r#"(node: "C1", from: "18:00", to: "19:30")"#, &[(2 * H, "C1", true), (3 * H + 1_800, "C1", false)]),
        // It holds at the start, and another at the end.
        (
            r#"(node: "G", from: "15:00", to: "17:00"), (node: "C2-P", from: "d2 15:00", to: "d2 20:00")"#,
            &[(0, "G", true), (H, "G", false), (23 * H, "C2-P", true)],
        ),
        (
            r#"(node: "C1", from: "18:00", to: "19:00"), (node: "C1", from: "19:00", to: "20:00"), (node: "C1", from: "18:30", to: "18:45")"#,
            &[(2 * H, "C1", true), (4 * H, "C1", false)],
        ),
        (
            r#"(node: "C1", from: "18:00", to: "20:00"), (node: "G", from: "19:00", to: "21:00")"#,
            &[(2 * H, "C1", true), (3 * H, "G", true), (4 * H, "C1", false), (5 * H, "G", false)],
        ),
        (r#"(node: "C1", from: "d1 10:00", to: "d1 12:00")"#, &[]),
    ];
    for (more, expected) in cases {
        let expected: Vec<_> =
            expected.iter().map(|&(at_s, id, is_out)| (at_s, id.to_owned(), is_out)).collect();
        assert_eq!(outages(more), expected, "{more}");
    }
}

#[test]
fn outages_that_cannot_be_are_refused() {
    for (more, expected) in [
        (r#"(node: "C1-P-1", from: "18:00", to: "19:00")"#, "outages.1.node: \"C1-P-1\" is a connector"),
        (r#"(node: "C9", from: "18:00", to: "19:00")"#, "outages.1.node: \"C9\" is no node"),
        (r#"(node: "C1", from: "d1 19:00", to: "d1 18:00")"#, "outages.1: the window ends"),
    ] {
        let message = load(&format!("outages: [{more}]")).expect_err(more).to_string();
        assert!(message.contains(expected), "{more}: {message}");
    }
}

/// When \[s\], and how much \[W\].
type Power = (i64, i64);

fn base_loads(scenario: &Scenario, seed: u64) -> Vec<(i64, i64)> {
    let steps = draw(scenario, seed).base_load_steps;
    steps.iter().map(|step: &BaseLoadStep| (step.at_s, step.power_w)).collect()
}

#[test]
fn a_profile_may_come_from_a_file_by_the_time_of_day_or_by_moments() {
    let plain = r#"base_loads: [(node: "G", csv: (file: "load.csv"))]"#;
    let named = r#"base_loads: [(node: "G", csv: (file: "load.csv", time: "Zeit", power_kw: "kW"))]"#;
    let cases: [(&str, &str, &[Power]); 4] = [
        (
            plain,
            "time,power_kw\n06:00,100\n22:00,-40.5\n",
            &[(0, 100_000), (6 * H, -40_500), (14 * H, 100_000)],
        ),
        (
            named,
            "x,kW,Zeit\n1,5,2026-03-04T15:00:00+00:00\n1,6,2026-03-04T17:00:00+00:00\n1,6,d1 18:00\n1,0,d2 00:00\n",
            &[(0, 5_000), (H, 6_000), (8 * H, 0)],
        ),
        (plain, "time,power_kw\nd1 20:00,7\n", &[(4 * H, 7_000)]),
        (plain, "time,power_kw\n12:00,7\n", &[(0, 7_000)]),
    ];
    for (more, file, expected) in cases {
        let scenario =
            load_with(more, &[("load.csv", file)]).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(base_loads(&scenario, 1), expected, "{file}");
    }
}

#[test]
fn profiles_that_cannot_be_used_are_refused_with_their_line() {
    let plain = r#"base_loads: [(node: "G", csv: (file: "load.csv"))]"#;
    for (more, file, expected) in [
        (plain, "time,kw\n06:00,1\n", "load.csv:1: power_kw: the column is missing"),
        (plain, "time,power_kw\n06:00,much\n", "load.csv:2: power_kw: \"much\" is not a number"),
        (plain, "time,power_kw\nnoon,1\n", "load.csv:2: time: \"noon\" is not a time"),
        (plain, "time,power_kw\n06:00,1\nd1 18:00,1\n", "load.csv:2: a time of day beside moments"),
        (plain, "time,power_kw\nd1 18:00,1\nd1 17:00,1\n", "load.csv:3: the step does not begin after"),
        (plain, "time,power_kw\n06:00,1\n06:00,2\n", "two steps begin at the same time"),
        (plain, "time,power_kw\n", "load.csv: there are no rows"),
        (plain, "time,power_kw\n06:00\n", "load.csv:2: the row has 1 cells (the header has 2;"),
        (plain, "time,power_kw\n06:00,\"1\n", "load.csv:2: a quote is left open"),
        (plain, "time,power_kw\n06:00,\n", "load.csv:2: power_kw: the cell is empty"),
        (plain, "time;power_kw\n06:00;1\n", "load.csv:1: 2 columns are separated by semicolons"),
        (plain, "time,power_kw,time\n06:00,1,07:00\n", "load.csv:1: time: the column stands twice"),
        (plain, "", "load.csv:1: the file is empty (a line of column names: time,power_kw)"),
        (
            r#"base_loads: [(node: "G", csv: (file: "none.csv"))]"#,
            "",
            "base_loads.G.csv.file: no file none.csv",
        ),
        (
            r#"base_loads: [(node: "G", csv: (file: "load.csv"), steps: [(from: "06:00", power_kw: 1)])]"#,
            "time,power_kw\n06:00,1\n",
            "one of them at most",
        ),
        (r#"base_loads: [(node: "G")]"#, "", "there are no steps"),
        (
            r#"base_loads: [(node: "G", steps: [(from: "06:00", power_kw: 1)], noise: (within_kw: 1, every: "1s"))]"#,
            "",
            "base_loads.G.noise.every: 1s is out of bounds (1min to 1d)",
        ),
    ] {
        let message = load_with(more, &[("load.csv", file)]).expect_err(more).to_string();
        // The column may stand between the line and the words.
        let (place, words) = expected.split_once(": ").unwrap_or(("", expected));
        assert!(message.contains(place) && message.contains(words), "{more} {file}: {message}");
    }
}

#[test]
fn a_file_that_many_base_loads_name_is_read_once() {
    let load = |node: &str, column: &str| {
        format!(r#"(node: "{node}", csv: (file: "load.csv", power_kw: "{column}"))"#)
    };
    let more = format!("base_loads: [{}, {}, {}]", load("G", "kw_a"), load("C1", "kw_b"), load("C2", "kw_a"));
    let mut reads = 0;
    let scenario = scenarios::parse("t.ron", &support::text(&more), &mut |_| {
        reads += 1;
        Ok("time,kw_a,kw_b\n06:00, \"1_0\" ,2\n".into())
    });
    let steps = draw(&scenario.unwrap(), 1).base_load_steps;
    let told: Vec<(u32, i64)> = steps.iter().map(|step| (step.node, step.power_w)).collect();
    assert_eq!((reads, told), (1, vec![(1, 10_000), (2, 2_000), (3, 10_000)]));
}

const NOISY: &str = r#"base_loads: [(node: "G", steps: [(from: "06:00", power_kw: 10), (from: "20:00", power_kw: 0), (from: "23:10", power_kw: -3)],
    noise: (within_kw: 4, every: "15min"))]"#;

#[test]
fn noise_is_bounded_keeps_its_sign_and_rests_where_there_is_no_power() {
    let scenario = load(NOISY).expect("it is sound");
    let steps = base_loads(&scenario, 1);
    let within = |from_s: i64, to_s: i64, range: std::ops::RangeInclusive<i64>| {
        let there: Vec<i64> = steps.iter().filter(|s| (from_s..to_s).contains(&s.0)).map(|s| s.1).collect();
        assert!(there.iter().all(|power_w| range.contains(power_w)), "{there:?}");
        there
    };
    let by_day = within(0, 4 * H, 6_000..=14_000);
    assert_eq!(by_day.len(), 16, "one in every quarter of an hour: {by_day:?}");
    assert!(by_day.iter().any(|&w| w > 11_000) && by_day.iter().any(|&w| w < 9_000), "{by_day:?}");
    assert_eq!(within(4 * H, 7 * H + 600, 0..=0), [0], "off is off");
    let by_night = within(7 * H + 600, 14 * H, -7_000..=0);
    assert!(by_night.iter().any(|&w| w < -3_000) && by_night.contains(&0), "cut off at 0: {by_night:?}");
    assert_ne!(base_loads(&scenario, 2), steps, "another seed draws other noise");
    assert!(steps.is_sorted_by_key(|step| step.0));
}

#[test]
fn one_noise_does_not_change_another_nor_does_a_longer_run() {
    let of = |more: &str, node: &str| {
        let scenario = load(more).expect("it is sound");
        let position = scenario.depot().position(node).expect("it is there");
        let steps = draw(&scenario, 5).base_load_steps;
        steps.into_iter().filter(|step| step.node == position).collect::<Vec<_>>()
    };
    let other =
        r#"(node: "C1", steps: [(from: "00:00", power_kw: 9)], noise: (within_kw: 1, every: "15min"))"#;
    let both = NOISY.replace("base_loads: [", &format!("base_loads: [{other}, "));
    assert_eq!(of(NOISY, "G"), of(&both, "G"));
    assert_eq!(of(&format!("base_loads: [{other}]"), "C1"), of(&both, "C1"));
    let flatter = NOISY.replace("power_kw: -3", "power_kw: -2");
    let before = |steps: Vec<BaseLoadStep>| steps.into_iter().filter(|s| s.at_s < 7 * H).collect::<Vec<_>>();
    assert_eq!(before(of(NOISY, "G")), before(of(&flatter, "G")), "another profile later on");
}

/// (from, to, limit \[W\]) of each event of a program on G, whose limit is 500 kW.
fn events(more: &str, seed: u64) -> Vec<(i64, i64, u64)> {
    let scenario = load(&format!(r#"demand_response: [(id: "dr", node: "G", basis: Load, {more})]"#))
        .expect("it is sound");
    let steps = draw(&scenario, seed).envelope_steps;
    let begins = steps.iter().filter(|step| step.limit_w.is_some());
    begins
        .map(|begin| {
            assert_eq!(begin.basis, EnvelopeBasis::Load);
            let end = steps.iter().find(|step| step.envelope == begin.envelope && step.limit_w.is_none());
            (begin.at_s, end.map_or(24 * H, |end| end.at_s), begin.limit_w.expect("it begins"))
        })
        .collect()
}

#[test]
fn demand_response_events_have_their_rate_depth_and_duration() {
    let often = r#"per_day: 12, depth_pct: Uniform(20, 60), duration: Uniform("10min", "40min")"#;
    let count: usize = (0..100).map(|seed| events(often, seed).len()).sum();
    assert!((1_100..=1_300).contains(&count), "12 a day in 100 days: {count}");
    for (from_s, to_s, limit_w) in events(often, 3) {
        assert_eq!(from_s % 900, 0, "they begin with a quarter of an hour");
        assert!((600..=2_400).contains(&(to_s - from_s)) || to_s == 24 * H);
        assert!((200_000..=400_000).contains(&limit_w), "{limit_w}");
    }
    assert_eq!(events(r#"per_day: 0, depth_pct: Fixed(50), duration: Fixed("1h")"#, 1), []);
    let always = events(r#"per_day: 96, depth_pct: Fixed(12.5), duration: Fixed("15min")"#, 1);
    let expected: Vec<_> = (0..96).map(|quarter| (quarter * 900, (quarter + 1) * 900, 437_500)).collect();
    assert_eq!(always, expected, "500 kW less an eighth, all day");
}

#[test]
fn depths_and_durations_have_streams_of_their_own() {
    let base = events(r#"per_day: 12, depth_pct: Uniform(20, 60), duration: Uniform("10min", "40min")"#, 9);
    let longer = events(r#"per_day: 12, depth_pct: Uniform(20, 60), duration: Fixed("5min")"#, 9);
    let depths = |events: &[(i64, i64, u64)]| events.iter().map(|e| (e.0, e.2)).collect::<Vec<_>>();
    assert_eq!(depths(&base), depths(&longer), "another duration changes no beginning and no depth");
    let rarer = events(r#"per_day: 6, depth_pct: Uniform(20, 60), duration: Uniform("10min", "40min")"#, 9);
    assert!(
        rarer.len() < base.len() && rarer.iter().all(|event| base.contains(event)),
        "the same ones, fewer"
    );
}

#[test]
fn programs_that_cannot_be_are_refused() {
    for (more, expected) in [
        (
            r#"(id: "d", node: "S", per_day: 1, depth_pct: Fixed(5), duration: Fixed("1h"))"#,
            "demand_response.d.node: \"S\" has no rated limit",
        ),
        (
            r#"(id: "d", node: "G", per_day: 97, depth_pct: Fixed(5), duration: Fixed("1h"))"#,
            "a number of times a day from 0 to 96",
        ),
        (
            r#"(id: "d", node: "G", per_day: 1, depth_pct: Uniform(9, 5), duration: Fixed("1h"))"#,
            "demand_response.d.depth_pct",
        ),
    ] {
        let message = load(&format!("demand_response: [{more}]")).expect_err(more).to_string();
        assert!(message.contains(expected), "{more}: {message}");
    }
}
