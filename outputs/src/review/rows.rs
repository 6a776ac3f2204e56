//! Rows of the page's tables, as text.

use super::page::ReviewContext;
use super::recorder::ReviewData;
use super::words::{Words, brief, counted, duration, plain};
use crate::checks::{CheckFigures, Evidence};
use crate::format::{self, kw, kwh, kwh_wide, push_minutes, push_percent, soc_ppm};
use crate::summary::report::{NodeFigures, SummaryReport};
use crate::summary::waits::wait;
use crate::tables::names::battery_j;
use sim::breach::BreachCause;
use sim::view::NO_NODE;
use sim::{NodeKind, Site, SiteNode, Stay, Visit};
use std::collections::BTreeSet;

/// Rows of tables that can be long.
pub(super) const VISITS_MAX: usize = 400;
pub(super) const NODES_MAX: usize = 300;
pub(super) const TOPOLOGY_MAX: usize = 600;

pub(super) struct CheckRow<'a> {
    pub(super) check: &'a CheckFigures,
    /// Where the evidence stands, as HTML of ours.
    pub(super) evidence: String,
}

pub(super) fn checks<'a>(context: &'a ReviewContext<'_>, words: &Words) -> Vec<CheckRow<'a>> {
    let place = |check: &CheckFigures| {
        let (anchor, name) = match check.evidence {
            Evidence::Breaches => ("breaches", "Breaches"),
            Evidence::Visits => ("visits", "Visits"),
            Evidence::Status => ("timeline", "Timeline"),
            Evidence::Nodes => ("nodes", "Headroom"),
            Evidence::Topology => ("topology", "Topology"),
            Evidence::Rejections => ("rejections", "Rejected cycles"),
        };
        let moment = check.at_s.map(|at_s| format!(" at {}", words.moment(at_s as i64))).unwrap_or_default();
        let visit = check.visit.as_ref().and_then(|visit| {
            let ix = context.realization.visits.iter().position(|known| known.id == *visit)?;
            Some(format!(", <a href=\"#visit-{ix}\">that visit</a>"))
        });
        format!("<a href=\"#{anchor}\">{name}</a>{moment}{}", visit.unwrap_or_default())
    };
    context.summary.checks.iter().map(|check| CheckRow { check, evidence: place(check) }).collect()
}

/// What a reader should know before signing, in sentences.
pub(super) fn deviations(context: &ReviewContext<'_>) -> Vec<String> {
    let summary = context.summary;
    let (visits, cycles, breaches) = (&summary.visits, &summary.cycles, &summary.breaches);
    let mut said = Vec::new();
    let mut say = |count: u64, one: &str, many: &str| {
        if count > 0 {
            said.push(counted(count, one, many));
        }
    };
    let failed = summary.checks.iter().filter(|check| !check.passed).count() as u64;
    say(failed, "check failed", "checks failed");
    say(breaches.count, "breach of a limit", "breaches of limits");
    say(cycles.rejected, "cycle was rejected", "cycles were rejected");
    say(visits.late, "vehicle left without what it needs", "vehicles left without what they need");
    say(
        visits.unfinished,
        "vehicle was not ready when the run ended",
        "vehicles were not ready when the run ended",
    );
    say(visits.no_shows, "vehicle never came", "vehicles never came");
    let without = visits.never_plugged_in.saturating_sub(visits.no_shows);
    say(without, "vehicle never had a connector", "vehicles never had a connector");
    say(
        summary.limit_steps.unmet,
        "limit that fell was not met before the run ended",
        "limits that fell were not met before the run ended",
    );
    said.extend(context.set.iter().map(|set| format!("a value of the scenario was replaced: {set}")));
    said.extend(context.replay_of.map(|replayed| format!("this run replays another: {replayed}")));
    said.extend(context.depot.fallback_note.iter().map(|note| format!("the site is balanced flat: {note}")));
    if context.summary.checks.is_empty() {
        said.push("the scenario has no acceptance checks, so nothing was judged".to_owned());
    }
    said
}

pub(super) struct NodeRow<'a> {
    pub(super) node: &'a str,
    pub(super) kind: String,
    pub(super) peak_kw: &'a str,
    pub(super) least_headroom_kw: &'a str,
    pub(super) at: String,
    pub(super) binding_s: u64,
    pub(super) binding: String,
    pub(super) over_limit_s: u64,
    pub(super) over: String,
    pub(super) is_over: bool,
    /// Its place among those with the least headroom, from 1; 0 beyond the tenth.
    pub(super) rank: usize,
}

/// Every node, or the tightest of many; and how many are left out.
pub(super) fn nodes<'a>(summary: &'a SummaryReport, words: &Words) -> (Vec<NodeRow<'a>>, usize) {
    let mut order: Vec<usize> = (0..summary.nodes.len()).collect();
    let tightness = |ix: usize| (summary.nodes[ix].least_headroom_w.unwrap_or(i64::MAX), ix);
    order.sort_by_key(|&ix| tightness(ix));
    let has_limit = |ix: &&usize| summary.nodes[**ix].least_headroom_w.is_some();
    let worst: Vec<usize> = order.iter().filter(has_limit).take(10).copied().collect();
    let left_out = order.len().saturating_sub(NODES_MAX);
    order.truncate(NODES_MAX);
    order.sort_unstable();
    let row = |ix: usize| {
        let figures: &NodeFigures = &summary.nodes[ix];
        NodeRow {
            node: &figures.node,
            kind: plain(figures.kind),
            peak_kw: figures.peak_kw.as_deref().unwrap_or("–"),
            least_headroom_kw: figures.least_headroom_kw.as_deref().unwrap_or("no limit"),
            at: words.moment_of(figures.least_headroom_at.as_deref()),
            binding_s: figures.binding_s,
            binding: duration(figures.binding_s as i64),
            over_limit_s: figures.over_limit_s,
            over: duration(figures.over_limit_s as i64),
            is_over: figures.over_limit_s > 0,
            rank: worst.iter().position(|&worst| worst == ix).map_or(0, |rank| rank + 1),
        }
    };
    (order.into_iter().map(row).collect(), left_out)
}

pub(super) struct VisitRow<'a> {
    pub(super) ix: usize,
    pub(super) visit: &'a str,
    pub(super) vehicle: &'a str,
    pub(super) connector: &'a str,
    pub(super) arrival: String,
    pub(super) departure: String,
    pub(super) soc_arrival_pct: String,
    pub(super) soc_departure_pct: String,
    pub(super) soc_target_pct: String,
    pub(super) delivered_kwh: String,
    pub(super) is_ready: bool,
    pub(super) ready_at: String,
    pub(super) margin_min: String,
    /// How long it waited for a connector; a dash for who did not.
    pub(super) waited: String,
    pub(super) paused_s: u64,
    pub(super) main_constraint: &'a str,
    /// Why it is not ready; empty for who is.
    pub(super) why: String,
    rank: (bool, i64),
}

/// Visits in their order, or of many those that were late or nearest to it; and how many are left out.
pub(super) fn visits<'a>(
    context: &'a ReviewContext<'_>,
    data: &ReviewData,
    words: &Words,
) -> (Vec<VisitRow<'a>>, usize) {
    let pairs = context.realization.visits.iter().zip(&data.stays).enumerate();
    let mut rows: Vec<VisitRow<'_>> =
        pairs.map(|(ix, (visit, stay))| visit_row(context, data, words, ix, visit, stay)).collect();
    let left_out = rows.len().saturating_sub(VISITS_MAX);
    if left_out > 0 {
        rows.sort_by_key(|row| (row.rank, row.ix));
        rows.truncate(VISITS_MAX);
    }
    (rows, left_out)
}

fn visit_row<'a>(
    context: &'a ReviewContext<'_>,
    data: &ReviewData,
    words: &Words,
    ix: usize,
    visit: &'a Visit,
    stay: &Stay,
) -> VisitRow<'a> {
    let battery_j = battery_j(context.depot, visit.vehicle_type);
    let percent = |energy_j| format::text(|out| push_percent(out, soc_ppm(energy_j, battery_j)));
    let id = |position: u32| match position {
        NO_NODE => "",
        position => context.depot.site[position as usize].id.as_str(),
    };
    let margin_s = stay.ready_s.map(|ready_s| visit.departure_s - ready_s as i64);
    let main_constraint = id(data.withheld.main_constraint(ix));
    let waited = wait(visit, stay, context.depot.step_s, data.end_s);
    VisitRow {
        ix,
        visit: &visit.id,
        vehicle: &visit.vehicle,
        connector: id(stay.connector),
        arrival: words.moment(visit.arrival_s),
        departure: words.moment(visit.departure_s),
        soc_arrival_pct: percent(visit.arrival_energy_j),
        soc_departure_pct: percent(stay.energy_j),
        soc_target_pct: percent(visit.target_energy_j),
        delivered_kwh: kwh(stay.metered_j),
        is_ready: stay.ready_s.is_some(),
        ready_at: stay.ready_s.map_or("–".to_owned(), |ready_s| words.moment(ready_s as i64)),
        margin_min: margin_s
            .map_or("–".to_owned(), |margin_s| format::text(|out| push_minutes(out, margin_s))),
        waited: waited.map_or("–".to_owned(), |(from_s, until_s)| duration((until_s - from_s) as i64)),
        paused_s: stay.paused_s,
        main_constraint,
        why: if stay.ready_s.is_some() {
            String::new()
        } else {
            why_late(visit, stay, waited, main_constraint, words)
        },
        rank: (stay.ready_s.is_some(), margin_s.unwrap_or(i64::MIN)),
    }
}

/// Why a vehicle was not ready; it waited for a connector in the stretch `waited` \[s\].
fn why_late(
    visit: &Visit,
    stay: &Stay,
    waited: Option<(u64, u64)>,
    main_constraint: &str,
    words: &Words,
) -> String {
    if visit.conduct.is_no_show {
        return "it never came".to_owned();
    }
    let missing = brief(&kwh(visit.ready_energy_j.saturating_sub(stay.energy_j)));
    let mut why = vec![format!("{missing} kWh are missing")];
    let mut has_cause = stay.plugged_in_s.is_none();
    if let Some((from_s, until_s)) = waited {
        let (from, until) = (words.short(from_s as i64), words.short(until_s as i64));
        let never = if has_cause { ", and never had one" } else { "" };
        let long = duration((until_s - from_s) as i64);
        why.push(format!("it waited {long} for a connector, from {from} to {until}{never}"));
    } else if has_cause {
        why.push("it never had a connector".to_owned());
    }
    let mut say = |cause: String| {
        has_cause = true;
        why.push(cause);
    };
    if let Some(at_s) = visit.conduct.unplugged_s {
        say(format!("somebody pulled its plug at {}", words.short(at_s)));
    }
    if !main_constraint.is_empty() {
        say(format!("{main_constraint} held it back most"));
    }
    if stay.paused_s > 0 {
        say(format!("it was paused for {}", duration(stay.paused_s as i64)));
    }
    if !has_cause {
        why.push(match waited {
            Some(_) => "then nothing held it back, but what was left of its time was too short for its battery and charger",
            None => "nothing held it back: its time was too short for its battery and charger",
        }.to_owned());
    }
    why.join("; ")
}

pub(super) struct BreachRow<'a> {
    pub(super) ix: usize,
    pub(super) node: &'a str,
    pub(super) start: String,
    pub(super) end: String,
    pub(super) duration_s: u64,
    pub(super) duration: String,
    pub(super) peak_over_kw: String,
    pub(super) energy_over_kwh: String,
    pub(super) cause: &'static str,
    /// Its place among the largest, from 1; 0 beyond the tenth.
    pub(super) rank: usize,
}

/// The causes that occur, with what they mean.
pub(super) fn causes(data: &ReviewData) -> Vec<(&'static str, &'static str)> {
    let meaning = |cause: &BreachCause| match cause {
        BreachCause::EnvelopeStep => {
            "a limit fell below what was being drawn, and chargers had not followed yet"
        }
        BreachCause::SiteChange => "site data lowered a rating below what was being drawn",
        BreachCause::BaseLoad => "base load alone was above the limit, or rose before a cycle could answer",
        BreachCause::NotApplied => {
            "setpoints that would have fitted were not in force: the cycle was rejected and older ones held, or a charger ignored its own"
        }
        BreachCause::Uncontrolled => "the strategy ignores limits",
        BreachCause::ChargerOffline => "a charger could not hear its setpoint",
        BreachCause::ChargerLag => {
            "some chargers were still on their way down while others already used what was theirs"
        }
    };
    let causes: BTreeSet<&'static str> =
        data.breaches.kept.iter().map(|breach| breach.cause.code()).collect();
    let of_code = |code: &'static str| {
        let mut breaches = data.breaches.kept.iter();
        breaches.find(|breach| breach.cause.code() == code).map(|breach| (code, meaning(&breach.cause)))
    };
    causes.into_iter().filter_map(of_code).collect()
}

pub(super) fn breaches<'a>(
    context: &'a ReviewContext<'_>,
    data: &ReviewData,
    words: &Words,
) -> Vec<BreachRow<'a>> {
    let kept = &data.breaches.kept;
    let mut worst: Vec<usize> = (0..kept.len()).collect();
    worst.sort_by_key(|&ix| (std::cmp::Reverse(kept[ix].peak_over_w), ix));
    worst.truncate(10);
    let row = |(ix, breach): (usize, &sim::Breach)| BreachRow {
        ix,
        node: &context.depot.site[breach.node as usize].id,
        start: words.moment(breach.start_s as i64),
        end: words.moment(breach.end_s as i64),
        duration_s: breach.end_s.saturating_sub(breach.start_s),
        duration: duration(breach.end_s.saturating_sub(breach.start_s) as i64),
        peak_over_kw: kw(breach.peak_over_w),
        energy_over_kwh: kwh_wide(breach.energy_over_j),
        cause: breach.cause.code(),
        rank: worst.iter().position(|&worst| worst == ix).map_or(0, |rank| rank + 1),
    };
    kept.iter().enumerate().map(row).collect()
}

pub(super) struct SpellRow {
    pub(super) from: String,
    pub(super) last: String,
    pub(super) cycles: u64,
    pub(super) reason: &'static str,
    pub(super) subject: String,
    pub(super) detail: String,
    /// What the connectors were told meanwhile.
    pub(super) applied: String,
}

pub(super) fn spells(context: &ReviewContext<'_>, data: &ReviewData, words: &Words) -> Vec<SpellRow> {
    let (hold_s, step_s) = (u64::from(context.depot.hold_s), u64::from(context.depot.step_s));
    let mut begun_s = 0;
    let mut last_s = None;
    let mut rows = Vec::with_capacity(data.spells.kept.len());
    for spell in &data.spells.kept {
        // Spells that follow one another are one time without a decision.
        let gap_s = step_s * u64::from(context.depot.rebalance_every_ticks);
        if last_s.is_none_or(|last_s| spell.from_s > last_s + gap_s) {
            begun_s = spell.from_s;
        }
        last_s = Some(spell.last_s);
        let held_until_s = begun_s + hold_s;
        let applied = if spell.from_s >= held_until_s {
            "fallback power of each connector, within the limits that are known".to_owned()
        } else if spell.last_s < held_until_s {
            "the setpoints before, within the limits that are known".to_owned()
        } else {
            format!(
                "the setpoints before until {}, then the fallback power of each connector; within the limits that are known",
                words.short(held_until_s as i64)
            )
        };
        rows.push(SpellRow {
            from: words.moment(spell.from_s as i64),
            last: words.moment(spell.last_s as i64),
            cycles: spell.cycles,
            reason: spell.reason,
            subject: spell.subject.clone().unwrap_or_default(),
            detail: match (&spell.detail, &spell.last_detail) {
                (Some(first), Some(last)) => format!("{first}; at last {last}"),
                (first, _) => first.clone().unwrap_or_default(),
            },
            applied,
        });
    }
    rows
}

/// A figure of this run beside that of the run without management.
pub(super) struct Comparison {
    pub(super) what: &'static str,
    pub(super) managed: String,
    pub(super) uncontrolled: String,
}

pub(super) fn comparison(managed: &SummaryReport, uncontrolled: &SummaryReport) -> Vec<Comparison> {
    let row = |what, figure: &dyn Fn(&SummaryReport) -> String| Comparison {
        what,
        managed: figure(managed),
        uncontrolled: figure(uncontrolled),
    };
    let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "–".to_owned());
    vec![
        row("Peak of the site [kW]", &|run| or_dash(&run.site.meter.peak_kw)),
        row("Peak over 30 minutes [kW]", &|run| or_dash(&run.site.peak_30min_kw)),
        row("Load factor [%]", &|run| load_factor(run)),
        row("Energy at the site's meter [kWh]", &|run| run.site.meter.energy_kwh.clone()),
        row("Energy to vehicles [kWh]", &|run| run.visits.delivered_kwh.clone()),
        row("Breaches of limits", &|run| run.breaches.count.to_string()),
        row("Time over some limit [s]", &|run| run.breaches.over_limit_s.to_string()),
        row("Largest excess [kW]", &|run| kw(run.breaches.peak_over_w)),
        row("Vehicles ready", &|run| format!("{} of {}", run.visits.ready, run.visits.total)),
        row("Least margin [s]", &|run| run.visits.least_margin_s.map_or("–".into(), |s| s.to_string())),
        row("Energy missing to be ready [kWh]", &|run| run.visits.shortfall_kwh.clone()),
    ]
}

/// Percent, or a dash.
pub(super) fn load_factor(run: &SummaryReport) -> String {
    run.site.load_factor_ppm.map_or("–".to_owned(), |ppm| format::text(|out| push_percent(out, ppm)))
}

pub(super) struct StepRow<'a> {
    pub(super) node: &'a str,
    pub(super) at: String,
    pub(super) to_kw: String,
    pub(super) comply_s: String,
    pub(super) overshoot_kw: String,
}

/// Limits that fell; those that were not met at once first, if there are many.
pub(super) fn limit_steps<'a>(summary: &'a SummaryReport, words: &Words) -> (Vec<StepRow<'a>>, usize) {
    const MOST: usize = 100;
    let mut steps: Vec<_> = summary.limit_steps.steps.iter().collect();
    let left_out = steps.len().saturating_sub(MOST);
    if left_out > 0 {
        steps.sort_by_key(|step| std::cmp::Reverse(step.comply_s.unwrap_or(u64::MAX)));
        steps.truncate(MOST);
    }
    let row = |step: &&'a crate::summary::report::LimitStepRow| StepRow {
        node: &step.node,
        at: words.moment_of(Some(&step.at)),
        to_kw: kw(step.to_w),
        comply_s: step.comply_s.map_or("not met".to_owned(), |comply_s| comply_s.to_string()),
        overshoot_kw: kw(step.overshoot_w),
    };
    (steps.iter().map(row).collect(), left_out)
}

pub(super) struct TopologyRow<'a> {
    pub(super) node: &'a str,
    pub(super) kind: String,
    pub(super) depth: u32,
    pub(super) default_kw: String,
    pub(super) safe_kw: String,
    pub(super) max_kw: String,
    pub(super) connectors: String,
    pub(super) note: &'a str,
}

/// Nodes above the connectors with their ratings, each before those below it; and how many are left out.
pub(super) fn topology<'a>(context: &'a ReviewContext<'_>) -> (Vec<TopologyRow<'a>>, usize) {
    let site = context.site;
    let all: Vec<u32> = (0..site.nodes.len() as u32).collect();
    let mut order = super::embed::depth_first(site, &all);
    let left_out = order.len().saturating_sub(TOPOLOGY_MAX);
    order.truncate(TOPOLOGY_MAX);
    let row = |&(column, depth): &(u32, u32)| {
        let node = &context.depot.site[site.nodes[column as usize] as usize];
        let own: Vec<&SiteNode> = connectors_at(site, column)
            .map(|number| &context.depot.site[site.connectors[number] as usize])
            .filter(|connector| connector.kind == NodeKind::Connector)
            .collect();
        let rated = |limit_w: Option<u64>| limit_w.map_or("–".to_owned(), kw);
        TopologyRow {
            node: &node.id,
            kind: plain(node.kind.name()),
            depth,
            default_kw: rated(node.ratings.default_capacity_w),
            safe_kw: rated(node.ratings.safe_operating_capacity_w),
            max_kw: rated(node.ratings.max_rating_w),
            connectors: connectors_in_words(&own),
            note: &node.note,
        }
    };
    (order.iter().map(row).collect(), left_out)
}

/// Columns of the connectors that hang directly under the node in a column.
pub(super) fn connectors_at(site: &Site, column: u32) -> impl Iterator<Item = usize> + '_ {
    let (first, end) = site.connectors_below[column as usize];
    (first as usize..end as usize).filter(move |&number| site.connector_parents[number] == column)
}

/// `C1-P1-1, C1-P1-2 (150 kW, at least 10 kW)`; alike ones together.
fn connectors_in_words(connectors: &[&SiteNode]) -> String {
    let ratings = |node: &SiteNode| {
        let most = node.ratings.least_w().map(|limit_w| format!("{} kW", brief(&kw(limit_w))));
        let least = (node.min_power_w > 0)
            .then(|| format!("at least {} kW", brief(&kw(u64::from(node.min_power_w)))));
        [most, least].into_iter().flatten().collect::<Vec<_>>().join(", ")
    };
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    for node in connectors {
        let said = ratings(node);
        match groups.last_mut().filter(|(known, _)| *known == said) {
            Some((_, ids)) => ids.push(&node.id),
            None => groups.push((said, vec![&node.id])),
        }
    }
    let words: Vec<String> = groups
        .into_iter()
        .map(
            |(said, ids)| {
                if said.is_empty() { ids.join(", ") } else { format!("{} ({said})", ids.join(", ")) }
            },
        )
        .collect();
    words.join("; ")
}
