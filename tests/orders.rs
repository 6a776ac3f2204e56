//! Orders of operators, pulled plugs, and chargers or vehicles that take less than they may: what `status`, `explain` and the page say of them.
//!
//! Protects the answer to "why did this bus get nothing" where no limit is the reason.

mod support;

use outputs::moment::{Explanation, FaultLog, Moment, Told};
use serde_json::Value;
use sim::{Simulation, Site};
use std::collections::BTreeMap;
use support::page::{embedded, page};
use support::{depotsim, folder, run};

/// What a command says.
fn told(args: &[&str]) -> String {
    let (code, text, stderr) = depotsim(args);
    assert_eq!(code, 0, "{stderr}");
    text
}

fn json(args: &[&str]) -> Value {
    serde_json::from_str(&told(&[args, &["--json"]].concat())).expect("JSON")
}

#[test]
fn who_is_on_hold_or_to_charge_now_is_told_so_and_so_is_who_lacks_what_it_takes() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    run("wa-pta-faults", &pack, &["--traces", "none"]);
    let data = embedded(&page(&pack));
    let pack = pack.to_str().expect("a path");
    let explained = |id: &str, at: &str| told(&["explain", pack, id, "--at", at]);
    let (hold, now) = (
        "held by an operator since 2026-03-04T22:00:00+08:00 until 2026-03-04T22:30:00+08:00",
        "an operator's charge-now since 2026-03-04T21:00:00+08:00 until 2026-03-04T21:30:00+08:00",
    );
    for id in ["C3-P3-1", "bus-12"] {
        let text = explained(id, "22:10");
        assert!(
            text.contains(&format!("it is {hold}: nothing is asked for it, and it gets nothing\n")),
            "{text}"
        );
    }
    let text = explained("bus-07", "21:10");
    assert!(text.contains(&format!("{now} is in force: it is served before every tier\n")), "{text}");
    // On the same charge point and on the same grid connection.
    for id in ["C2-P3-1", "C1-P1-2"] {
        let text = explained(id, "21:10");
        assert!(text.contains(&format!("bus-07 at C2-P3-2 is served before it: {now}\n")), "{text}");
        assert!(text.contains("charge-now by an operator"), "{text}");
        assert_eq!(
            json(&["explain", pack, id, "--at", "21:10"])["served_before"],
            serde_json::json!(["C2-P3-2"])
        );
    }
    for (at, line, end) in [
        ("22:10", format!("orders      bus-12 at C3-P3-1: {hold}\n"), ", held by an operator\n"),
        ("21:10", format!("orders      bus-07 at C2-P3-2: {now}\n"), ", charge-now by an operator\n"),
    ] {
        let text = told(&["status", pack, "--at", at]);
        assert!(text.contains(&line) && text.contains(end), "{text}");
    }
    // An order counts from its first tick on, and no longer when it has ended.
    for (id, at, is_ordered) in [
        ("bus-12", "21:59", false),
        ("bus-12", "22:00", true),
        ("bus-12", "22:29", true),
        ("bus-12", "22:30", false),
        ("bus-07", "20:59", false),
        ("bus-07", "21:30", false),
    ] {
        let text = explained(id, at);
        assert_eq!(
            text.contains("by an operator") || text.contains("an operator's"),
            is_ordered,
            "{id} {at}: {text}"
        );
    }
    // The page carries the same.
    let of =
        |vehicle: &str| data["vehicles"].as_array().expect("vehicles").iter().position(|one| one == vehicle);
    let expected = serde_json::json!([[of("bus-07"), 0, 18_000, 19_800], [of("bus-12"), 1, 21_600, 23_400]]);
    assert_eq!(data["orders"], expected);
}

#[test]
fn where_the_plug_was_pulled_that_is_said_and_when_it_was_to_leave() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    run("wa-pta-faults", &pack, &["--traces", "none"]);
    let pack = pack.to_str().expect("a path");
    for (at, is_or_was) in [("23:30", "is"), ("06:50", "was")] {
        let text = told(&["explain", pack, "bus-21", "--at", at]);
        let expected = "\nits plug was pulled at 2026-03-04T20:56:00+08:00 at C4-P2-1, at 56.94 %; it was not ready, 152.224 kWh short; ";
        assert!(text.contains(expected), "{text}");
        let planned = format!("its departure {is_or_was} planned at 2026-03-05T06:31:09+08:00\n");
        assert!(text.contains(&planned), "{text}");
    }
}

#[test]
fn who_draws_less_than_it_may_has_its_cause_told_where_that_is_certain() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    run("wa-pta-faults", &pack, &["--traces", "none"]);
    let pack = pack.to_str().expect("a path");
    for (connector, at, cause, words) in [
        ("C4-P1-1", "21:10", "modules", "its charger gives power in modules of 25.000 kW"),
        ("C1-P1-1", "d2 03:18", "curve", "its vehicle takes no more at 89.81 %, by its charging curve"),
        ("C4-P1-1", "d2 01:04", "target", "its vehicle has reached its target"),
        ("C1-P3-1", "17:40", "ramp", "its charger is still rising, by 60.000 kW a minute"),
        (
            "C2-P1-2",
            "21:30",
            "latency",
            "it may draw more since this tick, and its charger hears of that 15 s later, and rises by 60.000 kW a minute",
        ),
    ] {
        let text = told(&["explain", pack, connector, "--at", at]);
        let said = format!(" kW, less than it may: {words}");
        // Where something is wrong above, that follows.
        let is_said =
            text.contains(&format!("{said}\n")) || text.contains(&format!("{said}; what is wrong there: "));
        assert!(is_said, "{connector}: {text}");
        assert_eq!(
            json(&["explain", pack, connector, "--at", at])["drawn_less"]["cause"],
            cause,
            "{connector}"
        );
    }
}

#[test]
fn with_chargers_that_obey_at_once_the_vehicle_is_the_cause_at_every_tick() {
    let causes = causes("wa-pta");
    assert_eq!(causes.keys().copied().collect::<Vec<_>>(), ["curve", "target"], "{causes:?}");
    // Where everything goes wrong some stays untold, and all causes are found.
    let causes = self::causes("wa-pta-faults");
    let known = ["curve", "latency", "modules", "ramp", "target"];
    assert!(known.iter().all(|cause| causes.contains_key(cause)), "{causes:?}");
}

/// How often each cause is told where a connector draws less than it may.
fn causes(scenario: &str) -> BTreeMap<&'static str, usize> {
    let scenario = scenarios::Bundled::find(scenario).expect("it is bundled").load().expect("it loads");
    let realization = scenarios::draw(&scenario, 1);
    let (depot, site) = (scenario.depot(), Site::of(scenario.depot()));
    let faults = FaultLog::of(depot, &realization, &site);
    let told = Told { depot, realization: &realization, site: &site, seed: 1, faults: &faults };
    let mut simulation = Simulation::new(depot, &realization).expect("it runs");
    let mut causes = BTreeMap::new();
    let mut before = None;
    while let Some(view) = simulation.step(&[]) {
        let mut moment = Moment::of(&view);
        moment.before = before.take();
        for ix in 0..site.connectors.len() {
            let explanation = Explanation::of(&told, moment.t_s as i64, &moment, ix);
            let less = explanation.measured_w < explanation.setpoint_w;
            let cause = explanation.drawn_less.map(|less| less.cause);
            assert!(less || cause.is_none());
            if less {
                *causes.entry(cause.unwrap_or("untold")).or_insert(0) += 1;
            }
        }
        moment.before = None;
        before = Some(Box::new(moment));
    }
    causes
}
