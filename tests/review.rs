//! `review.html` without a browser: every number on the page is the one in the tables, names do no harm, and the page stays small.
//!
//! Protects what people sign. `tests/browser.rs` looks at the same page with a browser's eyes.

use crate::support::page::{Row, cells, embedded, named_cells, page};
use crate::support::{depotsim, folder, hostile, in_words, run, second, table};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// What is only told where there is something to tell.
fn or_dash_in_words(seconds: &str) -> String {
    if seconds == "0" { "–".to_owned() } else { in_words(seconds.parse().expect("seconds")) }
}

/// The same with a dash where a table has an empty cell.
fn or_dash(value: &str) -> &str {
    if value.is_empty() { "–" } else { value }
}

#[test]
fn the_tables_of_the_page_are_those_of_the_pack() {
    let scratch = folder();
    for (name, scenario, strategy) in [
        ("a", "wa-pta", "fair-share"),
        ("b", "wa-pta", "uncontrolled"),
        ("c", "layover", "fair-share"),
        ("d", "wa-pta-faults", "fair-share"),
    ] {
        let pack = scratch.path().join(name);
        let out = pack.to_str().expect("a path");
        let (code, _, stderr) = depotsim(&["run", scenario, "--strategy", strategy, "--out", out]);
        assert!(code == 0 || code == 1, "{stderr}");
        let page = page(&pack);

        let visits = table(&pack.join("visits.csv"));
        let queued = queued(&pack);
        let recorded = table(&pack.join("recording-visits.csv"));
        let shown = named_cells(&page, "visits");
        assert_eq!(shown.len(), visits.len());
        for (shown, row) in shown.iter().zip(&visits) {
            // What never came has the state of charge that it would have come with, and is not judged.
            let came = !recorded.iter().any(|visit| {
                visit["visit"] == row["visit"]
                    && visit.get("no_show").is_some_and(|no_show| no_show == "true")
            });
            let ready = match row["ready"].as_str() {
                _ if !came => "did not come",
                "true" => "✓ yes",
                _ => "✕ no",
            };
            let expected = [
                ("Visit", row["visit"].as_str()),
                ("Connector", &row["connector"]),
                ("Arrival", &row["arrival"]),
                ("Departure", &row["departure"]),
                ("SoC on arrival [%]", &row["soc_arrival_pct"]),
                ("At departure [%]", if came { &row["soc_departure_pct"] } else { "–" }),
                ("Target [%]", &row["soc_target_pct"]),
                ("Delivered [kWh]", &row["delivered_kwh"]),
                ("Ready", ready),
                ("Ready at", or_dash(&row["ready_at"])),
                ("Margin", &margin(row)),
                ("Held back most by", &row["main_constraint"]),
            ];
            for (column, cell) in expected {
                assert_eq!(shown[column], cell, "{column} of {}", row["visit"]);
            }
            // Columns that tell nothing are left out: vehicles that are called as their visits, waits and pauses that nobody had.
            let any = |has: &dyn Fn(&Row) -> bool| visits.iter().any(has);
            let (wait, pause) = (waited(row, &queued), or_dash_in_words(&row["paused_s"]));
            for (column, is_told, cell) in [
                ("Vehicle", any(&|row| row["visit"] != row["vehicle"]), &row["vehicle"]),
                ("Waited for a connector", any(&|row| waited(row, &queued) != "–"), &wait),
                ("Paused", any(&|row| row["paused_s"] != "0"), &pause),
            ] {
                assert_eq!(shown.get(column), is_told.then_some(cell), "{column} of {}", row["visit"]);
            }
        }

        let breaches = table(&pack.join("breaches.csv"));
        let shown = named_cells(&page, "breaches");
        assert_eq!(shown.len(), breaches.len());
        for (shown, row) in shown.iter().zip(&breaches) {
            let length = in_words(row["duration_s"].parse().expect("seconds"));
            let expected = [
                ("From", &row["start"]),
                ("To", &row["end"]),
                ("Node", &row["node"]),
                ("Length", &length),
                ("Peak over [kW]", &row["peak_over_kw"]),
                ("Energy over [kWh]", &row["energy_over_kwh"]),
                ("Began by", &row["cause"]),
            ];
            for (column, cell) in expected {
                assert_eq!(shown[column], *cell, "{column}");
            }
        }

        let nodes = table(&pack.join("nodes.csv"));
        for shown in cells(&page, "nodes") {
            check_node(&shown, &nodes);
        }
        check_key_figures(&page, &pack);
    }
}

/// When each visit began to wait for a connector.
fn queued(pack: &Path) -> BTreeMap<String, String> {
    let events = table(&pack.join("events.csv")).into_iter();
    events
        .filter(|row| row["event"] == "queued")
        .map(|row| (row["subject"].clone(), row["time"].clone()))
        .collect()
}

/// How long a visit waited for its connector, by the tables.
fn waited(visit: &Row, queued: &BTreeMap<String, String>) -> String {
    let Some(from) = queued.get(&visit["visit"]) else { return "–".to_owned() };
    let until = Some(&visit["plugged_in"]).filter(|time| !time.is_empty()).unwrap_or(&visit["departure"]);
    // Tables of waits count in ticks, which are whole minutes here.
    in_words(second(until) / 60 * 60 - second(from) / 60 * 60)
}

/// From ready to departure, by the tables; rounded down to minutes.
fn margin(visit: &Row) -> String {
    if visit["ready_at"].is_empty() {
        return "–".to_owned();
    }
    let minutes = (second(&visit["departure"]) - second(&visit["ready_at"])).div_euclid(60);
    assert_eq!(minutes.to_string(), visit["margin_min"], "{}", visit["visit"]);
    if minutes == 0 { "0 min".to_owned() } else { in_words(minutes * 60) }
}

#[test]
fn who_is_late_because_it_waited_for_a_connector_is_said_to_have_waited() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    run("scenarios/starter.ron", &pack, &["--set", "fleet.bus.count=12"]);
    let (page, queued) = (page(&pack), queued(&pack));
    let visits = table(&pack.join("visits.csv"));
    let late: Vec<&Row> =
        visits.iter().filter(|row| row["ready"] == "false" && queued.contains_key(&row["visit"])).collect();
    assert!(!late.is_empty(), "the site has too few connectors for so many buses");
    for row in late {
        let visit = &row["visit"];
        let why = page.split(&format!("\">{visit}</a>: ")).nth(1).expect("it is said why");
        let why = why.split("</li>").next().expect("its end");
        let from = &queued[visit][11..16];
        let said = format!("it waited {} for a connector, from ", waited(row, &queued));
        assert!(why.contains(&said) && why.contains(&format!("{from} to ")), "{visit}: {why}");
        assert!(!why.contains("; nothing held it back"), "{visit}: {why}");
        assert_eq!(why.contains("and never had one"), row["plugged_in"].is_empty(), "{visit}: {why}");
    }
    let shown = named_cells(&page, "visits");
    let is_told = |(shown, row): (&Row, &Row)| shown["Waited for a connector"] == waited(row, &queued);
    assert!(shown.iter().zip(&visits).all(is_told));
}

/// Peak, least headroom with its moment, and times of a node, recomputed from nodes.csv.
fn check_node(shown: &[String], nodes: &[Row]) {
    use crate::support::thousandths;
    let own: Vec<&Row> = nodes.iter().filter(|row| row["node"] == shown[0]).collect();
    let step_s: i64 = nodes
        .iter()
        .map(|row| row["t_s"].parse::<i64>().expect("seconds"))
        .find(|&t_s| t_s > 0)
        .expect("two ticks");
    let peak = own.iter().map(|row| thousandths(&row["measured_kw"])).max().expect("rows");
    assert_eq!(thousandths(&shown[2]), peak, "{shown:?}");
    let headroom = |row: &Row| {
        Some(
            thousandths(row.get("limit_kw").filter(|cell| !cell.is_empty())?)
                - thousandths(&row["measured_kw"]),
        )
    };
    let mut least: Option<(i64, &str)> = None;
    for row in &own {
        if let Some(headroom) = headroom(row)
            && least.is_none_or(|(so_far, _)| headroom < so_far)
        {
            least = Some((headroom, &row["time"]));
        }
    }
    match least {
        Some((headroom, time)) => {
            assert_eq!((thousandths(&shown[3]), shown[4].as_str()), (headroom, time), "{shown:?}")
        }
        None => assert_eq!((shown[3].as_str(), shown[4].as_str()), ("no limit", "–")),
    }
    let ticks = |column: &str| own.iter().filter(|row| row[column] == "true").count() as i64;
    let seconds = |column: &str| (ticks(column) * step_s).to_string();
    assert_eq!(shown[6], or_dash_in_words(&seconds("binding")), "{shown:?}");
    let over = or_dash_in_words(&seconds("breach"));
    assert_eq!(shown[7], if over == "–" { over } else { format!("⚠ {over}") });
}

/// What the cover says, counted from the tables.
fn check_key_figures(page: &str, pack: &Path) {
    let cycles = table(&pack.join("cycles.csv"));
    let count = |outcome: &str| cycles.iter().filter(|row| row["outcome"] == outcome).count();
    let visits = table(&pack.join("visits.csv"));
    let ready = visits.iter().filter(|row| row["ready"] == "true").count();
    let delivered: i64 = visits.iter().map(|row| crate::support::thousandths(&row["delivered_kwh"])).sum();
    for said in [
        format!(
            "<b>{} of {}</b> cycles curtailed, {} rejected",
            count("CURTAILED"),
            cycles.len(),
            count("REJECTED")
        ),
        format!("<b>{ready} of {}</b> vehicles ready", visits.len()),
        format!("<b>{}</b> breach", table(&pack.join("breaches.csv")).len()),
    ] {
        assert!(page.contains(&said), "{said}");
    }
    // Each visit is rounded down to the watt hour, and so is their sum.
    let said = page
        .split(" kWh</b> delivered")
        .next()
        .and_then(|before| before.rsplit("<b>").next())
        .expect("the energy");
    let difference = crate::support::thousandths(said) - delivered;
    assert!((0..=visits.len() as i64).contains(&difference), "{said}");
}

/// A series of the embedded data at every frame.
fn values(series: &Value, frames: usize) -> Vec<i64> {
    let flat: Vec<i64> =
        series.as_array().expect("a list").iter().map(|value| value.as_i64().expect("a number")).collect();
    let (mut all, mut frame, mut value) = (vec![-1; frames], 0, 0);
    for pair in flat.chunks(2) {
        frame += pair[0] as usize;
        value += pair[1];
        all[frame..].fill(value);
    }
    all
}

#[test]
fn the_scrubbers_data_are_the_tables_at_every_frame() {
    for scenario in ["wa-pta", "wa-pta-faults"] {
        check_scrubber(scenario);
    }
}

fn check_scrubber(scenario: &str) {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    run(scenario, &pack, &[]);
    let page = page(&pack);
    let data = embedded(&page);
    let mut clock = 0;
    let times: Vec<u64> = data["frames"]
        .as_array()
        .expect("frames")
        .iter()
        .map(|step| {
            clock += step.as_u64().expect("seconds");
            clock
        })
        .collect();
    assert_eq!(times.len(), 960, "a night is kept whole");
    let name = |list: &str, number: i64| match number {
        -1 => String::new(),
        number => data[list][number as usize].as_str().expect("a name").to_owned(),
    };
    let kw = |watts: i64| match watts {
        -1 => String::new(),
        watts => {
            format!("{}{}.{:03}", if watts < 0 { "-" } else { "" }, watts.abs() / 1000, watts.abs() % 1000)
        }
    };

    let cycles = table(&pack.join("cycles.csv"));
    let columns: Vec<Vec<i64>> =
        data["cycle"].as_array().expect("columns").iter().map(|series| values(series, times.len())).collect();
    for (frame, row) in cycles.iter().enumerate() {
        let at = |column: usize| columns[column][frame];
        let shown = [
            at(0).to_string(),
            name("outcomes", at(2)),
            name("reasons", at(3)),
            name("ids", at(4)),
            name("sources", at(5)),
            kw(at(6)),
            kw(at(7)),
            kw(at(8)),
            kw(at(9)),
            at(11).to_string(),
            at(12).to_string(),
            kw(at(13)),
            kw(at(14)),
        ];
        let named = [
            "cycle",
            "outcome",
            "reason",
            "constraining_node",
            "limit_source",
            "limit_kw",
            "demand_kw",
            "allocated_kw",
            "withheld_kw",
            "curtailed_count",
            "paused_count",
            "site_demand_kw",
            "site_allocated_kw",
        ];
        for (shown, column) in shown.iter().zip(named) {
            assert_eq!(*shown, row[column], "{column} at {}", row["time"]);
        }
    }

    let by_key = |file: &str, key: &str| -> BTreeMap<(u64, String), Row> {
        table(&pack.join(file))
            .into_iter()
            .map(|row| ((row["t_s"].parse().expect("seconds"), row[key].clone()), row))
            .collect()
    };
    let (nodes, connectors) = (by_key("nodes.csv", "node"), by_key("connectors.csv", "connector"));
    let mut compared = 0;
    for (ix, node) in data["nodes"].as_array().expect("nodes").iter().enumerate() {
        let id = name("ids", node[0].as_i64().expect("a position"));
        let series: Vec<Vec<i64>> = data["node_series"][ix]
            .as_array()
            .expect("columns")
            .iter()
            .map(|series| values(series, times.len()))
            .collect();
        for (frame, &t_s) in times.iter().enumerate() {
            let (at, row) = (|column: usize| series[column][frame], &nodes[&(t_s, id.clone())]);
            let flags = (at(7) & 1 == 1, at(7) & 2 == 2);
            let shown = [
                kw(at(0)),
                name("sources", at(1)),
                kw(at(2)),
                kw(at(3)),
                kw(at(4)),
                kw(at(5)),
                kw(at(6)),
                flags.0.to_string(),
                flags.1.to_string(),
            ];
            let named = [
                "limit_kw",
                "limit_source",
                "base_load_kw",
                "ev_limit_kw",
                "demand_kw",
                "allocated_kw",
                "measured_kw",
                "binding",
                "breach",
            ];
            for (shown, column) in shown.iter().zip(named) {
                assert_eq!(*shown, row[column], "{column} of {id} at {t_s} s");
                compared += 1;
            }
        }
        for connector in data["connectors"][ix].as_array().expect("connectors") {
            let id = name("ids", connector[0].as_i64().expect("a position"));
            let number = connector[1].as_u64().expect("a number") as usize;
            let series: Vec<Vec<i64>> = data["connector_series"][number]
                .as_array()
                .expect("columns")
                .iter()
                .map(|series| values(series, times.len()))
                .collect();
            for (frame, &t_s) in times.iter().enumerate() {
                let (at, row) = (|column: usize| series[column][frame], &connectors[&(t_s, id.clone())]);
                let soc =
                    if at(1) < 0 { String::new() } else { format!("{}.{:02}", at(1) / 100, at(1) % 100) };
                let shown = [
                    name("vehicles", at(0)),
                    soc,
                    name("states", at(2) >> 1),
                    kw(at(3)),
                    kw(at(4)),
                    kw(at(5)),
                    name("ids", at(6)),
                ];
                let named = [
                    "vehicle",
                    "soc_pct",
                    "state",
                    "demand_kw",
                    "setpoint_kw",
                    "measured_kw",
                    "constrained_by",
                ];
                for (shown, column) in shown.iter().zip(named) {
                    assert_eq!(*shown, row[column], "{column} of {id} at {t_s} s");
                    compared += 1;
                }
            }
        }
    }
    assert_eq!(compared, 960 * (22 * 9 + 32 * 7));
}

#[test]
fn names_that_want_to_be_markup_stay_names_in_page_drawings_tables_and_xml() {
    let scratch = folder();
    let (scenario, pack) = (scratch.path().join("hostile.ron"), scratch.path().join("pack"));
    fs::write(&scenario, hostile()).expect("a file");
    run(scenario.to_str().expect("a path"), &pack, &["--traces", "none"]);
    let page = page(&pack);
    assert_eq!(page.matches("<script").count(), 2, "our data and our script");
    assert_eq!(page.matches("</script").count(), 2);
    assert!(!page.contains("<script>window.harm") && page.contains("&#60;script&#62;window.harm"));
    for (name, bytes) in crate::support::files(&pack) {
        let text = String::from_utf8(bytes).expect("UTF-8");
        let is_markup = [".html", ".svg", ".xml"].iter().any(|kind| name.ends_with(kind));
        assert!(!is_markup || !text.contains("<script>window"), "{name}");
        if name.ends_with(".csv") {
            assert!(text.lines().all(|line| !line.split(',').any(|cell| cell.starts_with('='))), "{name}");
        }
        if name.ends_with(".json") {
            serde_json::from_str::<Value>(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        if name.ends_with(".xml") {
            assert!(!text.contains('\u{ffff}') && text.contains("&#60;script&#62;"), "{name}");
        }
    }
}

#[test]
fn every_bundled_scenario_has_a_page_of_less_than_five_megabytes_that_fetches_nothing() {
    let scratch = folder();
    for bundled in scenarios::bundled() {
        let pack = scratch.path().join(bundled.name);
        run(bundled.name, &pack, &["--traces", "none"]);
        let page = page(&pack);
        assert!(page.len() < 5_000_000, "{}: {} bytes", bundled.name, page.len());
        for fetching in ["src=\"", "<link", "@import", "url(", "http:", "https:"] {
            // The name of SVG's namespace is the only address, and nobody fetches it.
            let rest = page.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
            assert!(!rest.contains(fetching), "{}: {fetching}", bundled.name);
        }
        assert!(page.contains("http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';"));
    }
}
