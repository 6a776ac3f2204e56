//! By what each behaviour is recognised in the tables of a pack.

use crate::support::tables::{Row, Rows, Tables};
use crate::support::thousandths;
use std::collections::{BTreeMap, BTreeSet};

/// A behaviour of `docs/behaviours.md`, and whether a pack shows it.
pub(crate) type Sign = (&'static str, fn(&Tables) -> bool);

/// What every depot shows, a quiet one too.
pub(crate) const EVERYWHERE: [&str; 2] = ["charging curve and battery", "energy balance"];

pub(crate) const SIGNS: [Sign; 41] = [
    // Chargers
    ("setpoint latency, ramp up", |t| {
        follows(t, |was_w, is_w, setpoint_w| was_w < is_w && is_w <= setpoint_w)
    }),
    ("ramp down", |t| follows(t, |was_w, is_w, setpoint_w| was_w > is_w && is_w >= setpoint_w)),
    ("fixed efficiency", |t| BTreeSet::from_iter(efficiencies_ppt(t)) == BTreeSet::from([893])),
    ("efficiency over load", efficiency_changes),
    ("standby", has_standby),
    ("modules", |t| count(&t.connectors, is_in_modules) > 10),
    ("a charge point shares in order of arrival", |t| pairs(t, gets_all_before).count() > 10),
    ("a charge point shares evenly", |t| pairs(t, get_the_same).count() > 10),
    ("a charge point serves tiers one after the other", |t| {
        has(t, "charge_now") && pairs(t, gets_all_before).count() > 5
    }),
    ("offline, fallback after a timeout", |t| has(t, "charger_offline") && has(t, "charger_fell_back")),
    ("out of service", |t| has(t, "out_of_service") && is_seen(t, "out_of_service", "Unavailable")),
    ("faulted", |t| is_seen(t, "out_of_service", "Faulted")),
    ("setpoints ignored", |t| has(t, "setpoints_ignored") && breach_causes(t).contains("NOT_APPLIED")),
    // Vehicles, operators, and what the balancer is told
    ("charging curve and battery", tapers),
    ("preconditioning", |t| t.summary["visits"]["preconditioned_j"].as_u64() > Some(0)),
    ("early and late departure", leaves_when_nobody_was_told),
    ("no-show", |t| has(t, "no_show")),
    ("unplugged in mid-charge", |t| has(t, "unplugged")),
    ("charge now, hold", |t| has(t, "charge_now") && has(t, "hold")),
    ("priority tiers", later_tiers_wait),
    ("departure as told", told_departure_decides),
    ("demand as rated", |t| {
        longest(t, |row| is_stranding(row) && w(row, "demand_kw") > 2 * w(row, "measured_kw")) >= 10
    }),
    ("demand as last measured plus a margin", |t| asks_for_a_margin(t, 6_000) > 100),
    ("what ignorance strands", |t| {
        longest(t, is_stranding) >= 10 && stranded_j(t) == t.summary["stranded"]["energy_j"]
    }),
    // Site
    ("base load, negative for generation", |t| {
        base_loads(t).values().any(|loads| loads.iter().any(|&power_w| power_w < 0))
    }),
    ("base load with noise", |t| {
        base_loads(t).values().any(|loads| count(loads, |power_w| power_w % 1_000 != 0) > 10)
    }),
    ("base load from CSV", |t| draws_what_its_file_says(t, "demand-response", "GC1")),
    ("envelope on import", |t| stays_while_base_load_changes(t, "limit_kw", "ev_limit_kw")),
    ("envelope on load", |t| stays_while_base_load_changes(t, "ev_limit_kw", "limit_kw")),
    ("overlapping envelopes", envelopes_overlap),
    ("demand response", |t| count(&t.events, is_call) >= 3),
    ("circuit outage", |t| has(t, "outage_began") && has_limit_of(t, "outage")),
    ("lost feed, default limit", |t| has(t, "feed_lost") && has_limit_of(t, "fallback")),
    ("malformed, contradictory and late messages", |t| {
        has(t, "feed_refused") && is_rejected_for(t, "INVALID_LIMIT")
    }),
    ("measurements too old", |t| is_rejected_for(t, "STALE_INPUT")),
    ("site data broken in mid-run", |t| {
        has(t, "site_refused") && has(t, "site_mended") && is_rejected_for(t, "INVALID_TOPOLOGY")
    }),
    ("energy balance", site_is_the_sum_of_its_parts),
    // Outcomes and breaches
    ("all three outcomes, every rejection with its sentence", |t| {
        outcomes(t).len() == 3 && every_rejection_says_why(t)
    }),
    ("cause of a breach", |t| !breach_causes(t).is_empty() && !breach_causes(t).contains("")),
    ("time to comply, overshoot", |t| count(&t.events, is_met_late) > 0),
    ("time to comply, overshoot, of a connector", |t| {
        t.events.iter().any(|row| is_met_late(row) && is_connector(t, &row["subject"]))
    }),
];

/// A power of a row \[W\]; 0 where there is none.
fn w(row: &Row, column: &str) -> i64 {
    if row[column].is_empty() { 0 } else { thousandths(&row[column]) }
}

fn count<T>(rows: &[T], is_one: impl Fn(&T) -> bool) -> usize {
    rows.iter().filter(|row| is_one(row)).count()
}

/// Rows in order of time, by what this column says.
fn grouped<'a>(rows: &'a Rows, column: &str) -> BTreeMap<&'a str, Vec<&'a Row>> {
    let mut groups: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in rows.iter().filter(|row| !row[column].is_empty()) {
        groups.entry(&row[column]).or_default().push(row);
    }
    groups
}

/// The rows of each vehicle at its connector.
fn vehicles(t: &Tables) -> BTreeMap<&str, Vec<&Row>> {
    grouped(&t.connectors, "vehicle")
}

/// The rows of each tick.
fn ticks(rows: &Rows) -> impl Iterator<Item = &[Row]> {
    rows.chunk_by(|a, b| a["t_s"] == b["t_s"])
}

/// The most ticks in a row in which a vehicle is as asked for.
fn longest(t: &Tables, is_so: impl Fn(&Row) -> bool) -> usize {
    let runs = vehicles(t).into_values().map(|rows| {
        let parts = rows.chunk_by(|a, b| is_so(a) == is_so(b));
        parts.filter(|part| is_so(part[0])).map(<[_]>::len).max().unwrap_or(0)
    });
    runs.max().unwrap_or(0)
}

fn has(t: &Tables, event: &str) -> bool {
    t.events.iter().any(|row| row["event"] == event)
}

/// Whether some connector is in this state when an event is about it or its charge point.
fn is_seen(t: &Tables, event: &str, state: &str) -> bool {
    let events = t.events.iter().filter(|row| row["event"] == event);
    let mut about = events.map(|row| (&row["t_s"], &row["subject"]));
    about.any(|(t_s, subject)| {
        let is_there = |row: &&Row| [&row["connector"], &row["charge_point"]].contains(&subject);
        t.connectors.iter().filter(|row| row["t_s"] == *t_s).filter(is_there).any(|row| row["state"] == state)
    })
}

/// Whether power moves as this says (before, now, setpoint \[W\]) while the setpoint stays, and is less than what is asked for.
fn follows(t: &Tables, moves: fn(i64, i64, i64) -> bool) -> bool {
    let is_there = |pair: &[&Row]| {
        let [was, is] = pair else { return false };
        let setpoint_w = w(is, "setpoint_kw");
        w(was, "setpoint_kw") == setpoint_w
            && w(is, "demand_kw") >= setpoint_w
            && moves(w(was, "measured_kw"), w(is, "measured_kw"), setpoint_w)
    };
    vehicles(t).into_values().any(|rows| rows.windows(2).any(is_there))
}

/// What reaches each battery of what was delivered to it, in parts per thousand, rounded.
fn efficiencies_ppt(t: &Tables) -> Vec<i64> {
    let percent =
        |row: &Row, column: &str| -> i64 { row[column].replace('.', "").parse().expect("two decimals") };
    let of = |row: &Row| {
        let gained_ppm = (percent(row, "soc_departure_pct") - percent(row, "soc_arrival_pct")) * 100;
        let delivered_wh = w(row, "delivered_kwh");
        (w(row, "battery_kwh") * gained_ppm / 1_000 + delivered_wh / 2) / delivered_wh
    };
    t.visits.iter().filter(|row| w(row, "delivered_kwh") > 0).map(of).collect()
}

/// Whether batteries of one size gain another share of what is metered in one half hour than in another, by half a percent.
fn efficiency_changes(t: &Tables) -> bool {
    let battery_wh: BTreeMap<&str, i64> =
        t.visits.iter().map(|row| (row["vehicle"].as_str(), w(row, "battery_kwh"))).collect();
    let mut shares: BTreeMap<i64, BTreeSet<i64>> = BTreeMap::new();
    for (vehicle, rows) in vehicles(t) {
        let soc = |row: &Row| -> i64 { row["soc_pct"].replace('.', "").parse().expect("two decimals") };
        for half_hour in rows.windows(31).step_by(30) {
            let gained = soc(half_hour[30]) - soc(half_hour[0]);
            let metered_w: i64 = half_hour[1..].iter().map(|row| w(row, "measured_kw")).sum();
            // Less than that, and two decimals of a percent say too little.
            if gained >= 500 {
                let battery_wh = battery_wh[vehicle];
                shares.entry(battery_wh).or_default().insert(gained * battery_wh * 60 / 10 / metered_w);
            }
        }
    }
    shares
        .values()
        .any(|shares| shares.last().zip(shares.first()).is_some_and(|(most, least)| most - least >= 5))
}

fn has_standby(t: &Tables) -> bool {
    let is_standby =
        |row: &&Row| row["kind"] == "charge_point" && (1..=1_000).contains(&w(row, "base_load_kw"));
    t.nodes.iter().filter(is_standby).any(|row| w(row, "measured_kw") == w(row, "base_load_kw"))
}

/// Whether the output is a whole number of modules of 25 kW below the setpoint.
fn is_in_modules(row: &Row) -> bool {
    let (setpoint_w, measured_w) = (w(row, "setpoint_kw"), w(row, "measured_kw"));
    measured_w > 0 && measured_w % 25_000 == 0 && (1..25_000).contains(&(setpoint_w - measured_w))
}

/// Ticks in which two vehicles at one charge point are as asked for.
fn pairs(t: &Tables, are_so: fn(&Row, &Row) -> bool) -> impl Iterator<Item = &Row> {
    let of_tick = move |rows: &'_ [Row]| {
        let is_pair = |a: &Row, b: &Row| {
            a["connector"] != b["connector"]
                && a["charge_point"] == b["charge_point"]
                && !a["vehicle"].is_empty()
                && !b["vehicle"].is_empty()
        };
        rows.iter().any(|a| rows.iter().any(|b| is_pair(a, b) && are_so(a, b)))
    };
    ticks(&t.connectors).filter(move |rows| of_tick(rows)).map(|rows| &rows[0])
}

fn gets_all_before(a: &Row, b: &Row) -> bool {
    let (all_w, rest_w) = (w(a, "setpoint_kw"), w(b, "setpoint_kw"));
    all_w == w(a, "demand_kw") && 0 < rest_w && rest_w < w(b, "demand_kw") && rest_w < all_w
}

fn get_the_same(a: &Row, b: &Row) -> bool {
    let (a_w, b_w) = (w(a, "setpoint_kw"), w(b, "setpoint_kw"));
    a_w > 0 && (a_w - b_w).abs() <= 1 && a_w < w(a, "demand_kw") && b_w < w(b, "demand_kw")
}

fn breach_causes(t: &Tables) -> BTreeSet<&str> {
    t.breaches.iter().map(|row| row["cause"].as_str()).collect()
}

/// Whether a vehicle asks for less and less as its battery fills.
fn tapers(t: &Tables) -> bool {
    vehicles(t).into_values().any(|rows| {
        let asked = rows.iter().map(|row| w(row, "demand_kw")).filter(|&demand_w| demand_w > 0);
        let (least, most) = (asked.clone().min(), asked.max());
        least.zip(most).is_some_and(|(least, most)| least * 10 < most * 8)
    })
}

/// Whether a vehicle leaves at its true time, and was expected to leave at another.
fn leaves_when_nobody_was_told(t: &Tables) -> bool {
    let told = t.recorded.iter().filter(|row| row.get("told_departure").is_some_and(|told| !told.is_empty()));
    told.into_iter().any(|visit| {
        let leaves = |row: &&Row| row["event"] == "departed" && row["subject"] == visit["vehicle"];
        let departed = t.events.iter().find(leaves);
        departed.is_some_and(|row| row["time"][..16] == visit["departure"][..16])
            && visit["told_departure"] != visit["departure"]
    })
}

/// Whether somebody of a later tier waits while another of an earlier one, on the same circuit, has more.
///
/// Among equals nobody who is held back by what is above both has less than the other.
fn later_tiers_wait(t: &Tables) -> bool {
    let tiers: BTreeMap<&str, u32> =
        t.recorded.iter().map(|row| (row["vehicle"].as_str(), row["tier"].parse().unwrap_or(0))).collect();
    let tier = |row: &Row| tiers.get(row["vehicle"].as_str()).copied();
    let waits = |late: &Row, early: &Row| {
        let is_later = tier(late).zip(tier(early)).is_some_and(|(late, early)| late > early);
        let is_above_both = late["constrained_by"] == late["charger_circuit"];
        is_later
            && is_above_both
            && late["charger_circuit"] == early["charger_circuit"]
            && w(late, "setpoint_kw") < w(early, "setpoint_kw")
    };
    ticks(&t.connectors).any(|rows| rows.iter().any(|late| rows.iter().any(|early| waits(late, early))))
}

/// Whether somebody who is expected to leave first, and leaves later, has all while the other does not.
fn told_departure_decides(t: &Tables) -> bool {
    let visits: BTreeMap<&str, (&str, &str)> = t
        .recorded
        .iter()
        .map(|row| {
            let departure = row["departure"].as_str();
            let told = row.get("told_departure").map_or("", String::as_str);
            (row["vehicle"].as_str(), (if told.is_empty() { departure } else { told }, departure))
        })
        .collect();
    let goes_before = |a: &Row, b: &Row| {
        let of = |row: &Row| visits.get(row["vehicle"].as_str());
        let is_told_first = of(a).zip(of(b)).is_some_and(|(a, b)| a.0 < b.0 && a.1 > b.1);
        is_told_first && gets_all_before(a, b)
    };
    ticks(&t.connectors).any(|rows| rows.iter().any(|a| rows.iter().any(|b| goes_before(a, b))))
}

/// More was granted than is used, and by more than a tapering vehicle takes less within a minute.
fn is_stranding(row: &Row) -> bool {
    w(row, "measured_kw") > 0 && w(row, "setpoint_kw") - w(row, "measured_kw") >= 5_000
}

/// What was granted and not used, in ticks of a minute \[J\].
fn stranded_j(t: &Tables) -> i64 {
    t.connectors.iter().map(|row| (w(row, "setpoint_kw") - w(row, "measured_kw")).max(0) * 60).sum()
}

/// In how many ticks a vehicle asks for what it drew in the tick before, and this much more.
fn asks_for_a_margin(t: &Tables, margin_w: i64) -> usize {
    let is_so = |pair: &&[&Row]| {
        w(pair[0], "measured_kw") > 0 && w(pair[1], "demand_kw") == w(pair[0], "measured_kw") + margin_w
    };
    vehicles(t).into_values().map(|rows| rows.windows(2).filter(is_so).count()).sum()
}

/// The base loads of each node \[W\].
fn base_loads(t: &Tables) -> BTreeMap<&str, Vec<i64>> {
    let of_node = |rows: Vec<&Row>| rows.into_iter().map(|row| w(row, "base_load_kw")).collect();
    grouped(&t.nodes, "node").into_iter().map(|(node, rows)| (node, of_node(rows))).collect()
}

/// Whether the base load of a node is the one that the file of this scenario has for each time of day.
fn draws_what_its_file_says(t: &Tables, scenario: &str, node: &str) -> bool {
    let (_, text) = scenarios::Bundled::find(scenario).expect("it is bundled").files[0];
    let steps: Vec<(&str, i64)> = text
        .lines()
        .skip(1)
        .map(|line| line.split_once(',').expect("two columns"))
        .map(|(time, power_kw)| (time, power_kw.parse::<i64>().expect("whole kW") * 1_000))
        .collect();
    let at = |time: &str| steps.iter().rfind(|step| step.0 <= time).expect("a step").1;
    let rows = grouped(&t.nodes, "node").remove(node).unwrap_or_default();
    !rows.is_empty() && rows.iter().all(|row| w(row, "base_load_kw") == at(&row["time"][11..16]))
}

fn is_enveloped(row: &Row) -> bool {
    row["limit_source"] == "operating_envelope"
}

/// Whether one limit of a node stays and the other moves when a base load changes under an envelope.
fn stays_while_base_load_changes(t: &Tables, stays: &str, moves: &str) -> bool {
    let is_so = |pair: &[&Row]| {
        let changes = |column: &str| pair[0][column] != pair[1][column];
        pair.iter().all(|row| is_enveloped(row))
            && changes("base_load_kw")
            && !changes(stays)
            && changes(moves)
    };
    grouped(&t.nodes, "node").into_values().any(|rows| rows.windows(2).any(is_so))
}

/// Whether an envelope falls, and rises again to what it was, for another holds all the time.
fn envelopes_overlap(t: &Tables) -> bool {
    grouped(&t.nodes, "node").into_values().any(|rows| {
        let limits: Vec<(bool, i64)> =
            rows.iter().map(|row| (is_enveloped(row), w(row, "limit_kw"))).collect();
        let parts: Vec<(bool, i64)> = limits.chunk_by(|a, b| a == b).map(|part| part[0]).collect();
        parts.windows(3).any(|three| {
            three.iter().all(|part| part.0) && three[0].1 == three[2].1 && three[1].1 < three[0].1
        })
    })
}

fn is_call(row: &Row) -> bool {
    row["event"] == "envelope_set"
        && ["limit 300.000 kW", "limit 200.000 kW"].contains(&row["detail"].as_str())
}

fn has_limit_of(t: &Tables, source: &str) -> bool {
    t.nodes.iter().any(|row| row["limit_source"] == source)
}

fn is_rejected_for(t: &Tables, reason: &str) -> bool {
    t.cycles.iter().any(|row| row["outcome"] == "REJECTED" && row["reason"] == reason)
}

/// Whether the site's meter shows its connectors and its base load, standby among it, to the watt in every tick.
fn site_is_the_sum_of_its_parts(t: &Tables) -> bool {
    let sites: Vec<&Row> = t.nodes.iter().filter(|row| row["kind"] == "site").collect();
    let is_whole = !sites.is_empty() && ticks(&t.connectors).count() == sites.len();
    is_whole
        && ticks(&t.connectors).zip(&sites).all(|(rows, site)| {
            let connectors_w: i64 = rows.iter().map(|row| w(row, "measured_kw")).sum();
            rows[0]["t_s"] == site["t_s"] && w(site, "measured_kw") == connectors_w + w(site, "base_load_kw")
        })
}

fn outcomes(t: &Tables) -> BTreeSet<&str> {
    t.cycles.iter().map(|row| row["outcome"].as_str()).collect()
}

fn every_rejection_says_why(t: &Tables) -> bool {
    let mut rejected = t.cycles.iter().filter(|row| row["outcome"] == "REJECTED");
    rejected.all(|row| !row["subject"].is_empty() && row["detail"].len() > 20)
}

fn is_met_late(row: &Row) -> bool {
    row["event"] == "limit_met" && row["detail"].contains("kW over, after ")
}

/// Whether this is a connector, and no charge point without any, which is a node too.
fn is_connector(t: &Tables, id: &str) -> bool {
    t.connectors.iter().any(|row| row["connector"] == id && row["charge_point"] != id)
}
