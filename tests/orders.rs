//! Orders of operators, pulled plugs, and chargers or vehicles that take less than they may: what `status`, `explain` and the page say of them.
//!
//! Protects the answer to "why did this bus get nothing" where no limit is the reason.

use crate::support::page::{embedded, page};
use crate::support::{depotsim, folder, run, table};
use outputs::moment::{Explanation, FaultLog, Moment, Told};
use serde_json::Value;
use sim::charging::ChargingCurve;
use sim::{Simulation, Site};
use std::collections::BTreeMap;
use std::path::Path;

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

/// How often each cause is told where a connector draws less than it may; each is what the vehicle alone would do, or would not.
fn causes(scenario: &str) -> BTreeMap<&'static str, usize> {
    let scenario = scenarios::Bundled::find(scenario).expect("it is bundled").load().expect("it loads");
    let realization = scenarios::draw(&scenario, 1);
    let (depot, site) = (scenario.depot(), Site::of(scenario.depot()));
    let mut faults = FaultLog::of(depot, &realization, &site);
    let curves: Vec<ChargingCurve> = depot.vehicle_types.iter().map(ChargingCurve::of).collect();
    let mut simulation = Simulation::new(depot, &realization).expect("it runs");
    let mut causes = BTreeMap::new();
    let mut before: Option<Box<Moment>> = None;
    let mut had_j: Vec<u64> = vec![0; site.connectors.len()];
    while let Some(view) = simulation.step(&[]) {
        faults.hear(view.events);
        let told = Told { depot, realization: &realization, site: &site, seed: 1, faults: &faults };
        let mut moment = Moment::of(&view);
        moment.before = before.take();
        for ix in 0..site.connectors.len() {
            let explanation = Explanation::of(&told, moment.t_s as i64, &moment, ix);
            let (setpoint_w, measured_w) = (view.connectors.setpoint_w[ix], view.connectors.measured_w[ix]);
            let cause = explanation.drawn_less.map(|less| less.cause);
            if measured_w >= setpoint_w {
                assert_eq!(cause, None, "{} at {}", explanation.connector, view.t_s);
                continue;
            }
            *causes.entry(cause.unwrap_or("untold")).or_insert(0) += 1;
            let visit = &realization.visits[view.connectors.visit[ix] as usize];
            let is_new = view.stays.at(view.connectors.visit[ix] as usize).plugged_in_s == Some(view.t_s);
            let from_j = if is_new { visit.arrival_energy_j } else { had_j[ix] };
            let curve = &curves[visit.vehicle_type as usize];
            let alone_w = curve.charge(from_j, visit.target_energy_j, setpoint_w, depot.step_s).measured_w;
            // Chargers that lose a part leave a vehicle a little lower on its curve.
            let is_alone = measured_w.abs_diff(alone_w) <= 2 + alone_w / 200;
            let what = format!("{} at {}: {alone_w} W, {measured_w}", explanation.connector, view.t_s);
            match cause {
                Some("curve") => assert!(is_alone, "{what}"),
                Some("target") => {
                    let told_s = visit.conduct.told_departure_s.unwrap_or(visit.departure_s);
                    let cabin_s = told_s - i64::from(visit.conduct.precondition_s)..told_s;
                    let is_cabin_served = measured_w >= visit.conduct.precondition_w;
                    assert!(is_cabin_served || !cabin_s.contains(&(view.t_s as i64)), "{what}");
                    assert!(view.connectors.energy_j[ix] >= visit.target_energy_j, "{what}");
                }
                Some("latency" | "ramp" | "modules") if visit.conduct.precondition_w == 0 => {
                    assert!(alone_w > measured_w, "{what}");
                }
                _ => {}
            }
        }
        had_j = view.connectors.energy_j.to_vec();
        moment.before = None;
        before = Some(Box::new(moment));
    }
    causes
}

#[test]
fn an_order_ends_with_the_tick_in_which_its_vehicle_leaves_and_what_a_feed_lacks_is_no_reason_of_a_meter() {
    let scratch = folder();
    let pack = scratch.path().join("pack");
    let change = ["--set", "overrides.bus-07.from=d2 03:40", "--set", "overrides.bus-07.duration=5h"];
    run("wa-pta-faults", &pack, &[&["--traces", "none"][..], &change].concat());
    let left = events_of(&pack, "departed", "bus-07");
    let pack = pack.to_str().expect("a path");
    let order = &json(&["explain", pack, "bus-07", "--at", "d2 03:45"])["connector"]["order"];
    assert_eq!(order["until"], left, "{order}");
    // The order to hold begins at 22:00, while the feed of the connection is lost.
    let text = told(&["explain", pack, "bus-12", "--at", "22:00"]);
    assert!(text.contains("FAULT: feed_lost"), "{text}");
    let words =
        " kW more than it may: it may draw less since this tick, and its charger hears of that 15 s later";
    assert!(text.contains(words), "{text}");
    assert!(text.contains(": nothing is asked for it\n"), "{text}");
}

/// When an event of a kind happened to a visit.
fn events_of(pack: &Path, kind: &str, visit: &str) -> String {
    let events = table(&pack.join("events.csv"));
    let found = events.iter().find(|event| event["event"] == kind && event["subject"] == visit);
    found.expect("it happened")["time"].clone()
}

#[test]
fn nobody_is_told_to_be_served_first_while_cycles_are_rejected_or_before_a_cycle_has_heard_of_it() {
    let scratch = folder();
    let pack = |name: &str, more: &[&str]| {
        let pack = scratch.path().join(name);
        let change = ["--set", "overrides.bus-07.from=d2 00:15", "--set", "overrides.bus-07.duration=30min"];
        run("wa-pta-faults", &pack, &[&["--traces", "none"][..], &change, more].concat());
        pack
    };
    // A message is refused from 00:20 to 00:32.
    let rejected = pack("rejected", &[]);
    let rejected = rejected.to_str().expect("a path");
    for (at, is_first) in [("d2 00:18", true), ("d2 00:25", false), ("d2 00:40", true)] {
        let told = json(&["explain", rejected, "bus-07", "--at", at]);
        assert_eq!(told["connector"]["is_served_first"], is_first, "{at}: {told}");
        assert_eq!(told["connector"]["order"]["order"], "charge_now", "{at}");
    }
    // With a cycle every ten minutes, that of 00:10 does not know of the order.
    let slow = pack("slow", &["--set", "rebalance=10min"]);
    let slow = slow.to_str().expect("a path");
    let text = told(&["explain", slow, "bus-07", "--at", "d2 00:16"]);
    assert!(text.contains(" is in force: the next cycle counts it\n"), "{text}");
}
