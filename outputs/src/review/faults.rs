//! What did not go as planned, and what it did: breaches, rejected cycles, and vehicles that got nothing or were not ready.

use super::lists::{Listed, RejectedSpell};
use super::page::ReviewContext;
use super::peaks::{Peak, SeenBreach};
use super::recorder::ReviewData;
use super::unplanned::unplanned;
use super::words::{Words, brief, fault_in_words, plain};
use crate::format::{counted, duration, kw, kw_signed, kwh};
use crate::moment::{Fault, FaultKind, Order, orders};
use crate::tree::connectors_at;
use sim::breach::{Breach, BreachCause};
use sim::event::{Event, EventKind};
use sim::view::{NO_NODE, NO_VISIT};
use sim::{Depot, Reason, Stay, Visit};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// Rows at most.
const FAULTS_MAX: usize = 300;
/// Names in a row at most.
const NAMES_MAX: usize = 6;

/// A row of the table.
pub(super) struct FaultRow {
    pub(super) from_s: u64,
    pub(super) from: String,
    /// When it ended, in HTML of ours; a dash for what does not last.
    pub(super) until: String,
    /// How long it lasted; empty for what does not last.
    pub(super) length: String,
    pub(super) what: String,
    pub(super) whom: String,
    /// The limit that held because of it; empty for none.
    pub(super) limit: String,
    /// What it did, one thing after another.
    pub(super) effects: Vec<Effect>,
}

/// Something that a fault did.
pub(super) struct Effect {
    pub(super) words: String,
    /// The moment that shows it, as HTML of ours; empty where none does.
    pub(super) moment: String,
}

/// The same fault at several nodes at once.
struct Group {
    kind: FaultKind,
    from_s: u64,
    /// When it ended \[s\]; `None` where it lasted until the run did.
    until_s: Option<u64>,
    /// The limit that holds because of them \[W\].
    limit_w: Option<u64>,
    /// Positions in the site, in its order.
    nodes: Vec<u32>,
}

/// Everything that did not go as planned, in order of time.
pub(super) fn faults(context: &ReviewContext<'_>, data: &ReviewData, words: &Words) -> Listed<FaultRow> {
    let mut stays: BTreeMap<u32, Vec<PluggedIn>> = BTreeMap::new();
    for (visit, stay) in (0..).zip(&data.stays) {
        if let Some(from_s) = stay.plugged_in_s {
            stays.entry(stay.connector).or_default().push(PluggedIn { visit, from_s, until_s: stay.left_s });
        }
    }
    let orders = orders(context.depot, context.realization);
    let teller = Teller { context, data, words, stays, orders };
    let groups = groups(data);
    let left_out = groups.len().saturating_sub(FAULTS_MAX) as u64;
    let mut rows: Vec<FaultRow> = groups.iter().take(FAULTS_MAX).map(|group| teller.fault(group)).collect();
    let incidents = &data.incidents.kept;
    rows.extend(incidents.iter().map(|event| teller.incident(event)));
    rows.extend(unplanned(context, data, words));
    rows.sort_by_key(|row| row.from_s);
    let listed = Listed::first(rows, FAULTS_MAX);
    Listed { left_out: listed.left_out + left_out + data.incidents.left_out(), ..listed }
}

/// Faults of one kind that begin and end together are told together, by their beginning.
fn groups(data: &ReviewData) -> Vec<Group> {
    let mut faults: BTreeMap<(u64, FaultKind, Option<u64>), Vec<&Fault>> = BTreeMap::new();
    for fault in data.fault_log.all() {
        faults.entry((fault.from_s, fault.kind, fault.until_s)).or_default().push(fault);
    }
    let group = |((from_s, kind, until_s), faults): (_, Vec<&Fault>)| {
        // Limits that are not one are not told.
        let is_one = faults.iter().all(|fault| fault.limit_w == faults[0].limit_w);
        let limit_w = faults[0].limit_w.filter(|_| is_one);
        Group { kind, from_s, until_s, limit_w, nodes: faults.iter().map(|fault| fault.node).collect() }
    };
    faults.into_iter().map(group).collect()
}

/// The cause of breaches that a fault may lead to.
fn leads_to(kind: FaultKind) -> Option<BreachCause> {
    match kind {
        FaultKind::Offline => Some(BreachCause::ChargerOffline),
        FaultKind::Outage | FaultKind::FeedLost => Some(BreachCause::EnvelopeStep),
        FaultKind::IgnoresSetpoints
        | FaultKind::FeedRefused
        | FaultKind::SiteRefused
        | FaultKind::NotMeasured => Some(BreachCause::NotApplied),
        FaultKind::Fallback | FaultKind::Unavailable | FaultKind::Faulted => None,
    }
}

/// A fault for which a charger draws something else than its setpoint.
fn deaf(kind: FaultKind) -> Option<FaultKind> {
    matches!(kind, FaultKind::Offline | FaultKind::Fallback | FaultKind::IgnoresSetpoints).then_some(kind)
}

/// What rows are made of.
struct Teller<'a> {
    context: &'a ReviewContext<'a>,
    data: &'a ReviewData,
    words: &'a Words,
    /// By position, who was plugged in there.
    stays: BTreeMap<u32, Vec<PluggedIn>>,
    orders: Vec<Order>,
}

/// A vehicle that is plugged in.
struct PluggedIn {
    visit: u32,
    from_s: u64,
    until_s: Option<u64>,
}

impl PluggedIn {
    /// Whether it is there at any time from `from_s` until `until_s` \[s\].
    fn is_within(&self, from_s: u64, until_s: u64) -> bool {
        self.from_s < until_s && self.until_s.is_none_or(|left_s| from_s < left_s)
    }
}

impl Teller<'_> {
    fn fault(&self, group: &Group) -> FaultRow {
        let until_s = group.until_s.unwrap_or(self.data.end_s);
        FaultRow {
            from_s: group.from_s,
            from: self.words.moment(group.from_s as i64),
            until: match group.until_s {
                Some(until_s) => self.words.moment(until_s as i64),
                None => "the run ended".to_owned(),
            },
            length: duration(until_s as i64 - group.from_s as i64),
            what: with_capital(fault_in_words(group.kind)),
            whom: self.names(&group.nodes),
            limit: group.limit_w.map(|limit_w| format!("{} kW", kw(limit_w))).unwrap_or_default(),
            effects: [
                self.breaches(group, until_s),
                self.rejections(group, until_s),
                self.of_charger(group, until_s),
            ]
            .into_iter()
            .flatten()
            .collect(),
        }
    }

    /// Something that happened to a vehicle, a queue or the site's data.
    fn incident(&self, event: &Event) -> FaultRow {
        let visit = (event.visit != NO_VISIT).then(|| &self.context.realization.visits[event.visit as usize]);
        let node = (event.node != NO_NODE).then(|| self.id(event.node));
        let whom = [visit.map(|visit| visit.vehicle.as_str()), node];
        let is_order = matches!(event.kind, EventKind::ChargeNow | EventKind::Hold);
        let order = visit.filter(|_| is_order).and_then(|visit| self.order(event, visit));
        let end_s = match order {
            Some(order) => order.until_s,
            None => is_order.then(|| self.next_word_s(event)).flatten(),
        };
        FaultRow {
            from_s: event.t_s,
            from: self.words.moment(event.t_s as i64),
            until: match end_s {
                Some(end_s) => self.words.moment(end_s as i64),
                None if order.is_some() => "the run ended".to_owned(),
                None => "–".to_owned(),
            },
            length: end_s.map(|end_s| duration(end_s as i64 - event.t_s as i64)).unwrap_or_default(),
            what: what_happened(event.kind),
            whom: whom.into_iter().flatten().collect::<Vec<_>>().join(" at "),
            limit: event.power_w.map(|power_w| format!("{} kW", kw_signed(power_w))).unwrap_or_default(),
            effects: match visit {
                Some(_) if is_order => self.of_order(event, end_s),
                Some(visit) if matches!(event.kind, EventKind::Unplugged | EventKind::NoShow) => {
                    vec![readiness(visit, &self.data.stays[event.visit as usize])]
                }
                None if event.kind == EventKind::SiteChanged && event.node != NO_NODE => {
                    vec![self.breaches_by(
                        BreachCause::SiteChange,
                        &[event.node],
                        event.t_s..=event.t_s,
                        "with it",
                        None,
                    )]
                }
                _ => Vec::new(),
            },
        }
    }

    /// The order that an event tells of; what is ordered before a vehicle arrives counts from then on. `None` where its vehicle is not there while it holds.
    fn order(&self, event: &Event, visit: &Visit) -> Option<&Order> {
        let from_s = event.t_s.max(self.tick_s(visit.arrival_s));
        self.orders.iter().find(|order| order.visit == event.visit && order.from_s == from_s)
    }

    /// When operators say something else about the visit of an order \[s\].
    fn next_word_s(&self, event: &Event) -> Option<u64> {
        let own = self.context.realization.overrides.iter().filter(|step| step.visit == event.visit);
        own.map(|step| self.tick_s(step.at_s)).find(|&at_s| at_s > event.t_s)
    }

    /// The first tick that begins at or after `at_s` \[s\].
    fn tick_s(&self, at_s: i64) -> u64 {
        self.context.depot.first_tick_s(at_s)
    }

    /// What an order did, given and ended at `end_s` \[s\].
    fn of_order(&self, order: &Event, end_s: Option<u64>) -> Vec<Effect> {
        let ends = end_s.map(|end_s| (end_s, "as it ended"));
        let turns = [Some((order.t_s, "as it was given")), ends].into_iter().flatten();
        let lags: Vec<Effect> = turns.filter_map(|(t_s, when)| self.lag_at(order, t_s, when)).collect();
        if lags.is_empty() {
            return vec![Effect { words: "no breach due to it".to_owned(), moment: String::new() }];
        }
        lags
    }

    /// The breaches above the vehicle of an order that began with the cycle at or after `t_s` \[s\] since some chargers were still on their way down: an
    /// order shares out again, and so does its end.
    fn lag_at(&self, order: &Event, t_s: u64, when: &str) -> Option<Effect> {
        let depot = self.context.depot;
        let cycle_s = u64::from(depot.step_s).saturating_mul(depot.rebalance_every_ticks.into());
        let t_s = t_s.next_multiple_of(cycle_s);
        let stay = &self.data.stays[order.visit as usize];
        let node = Some(stay.connector).filter(|&node| node != NO_NODE && self.could_draw(node, t_s))?;
        let is_own = |breach: &Breach| {
            breach.cause == BreachCause::ChargerLag
                && breach.start_s == t_s
                && is_on_path(depot, node, breach.node)
        };
        let any = self.data.breaches.kept.iter().any(|seen| is_own(&seen.breach));
        any.then(|| self.breaches_by(BreachCause::ChargerLag, &[node], t_s..=t_s, when, None))
    }

    /// The ids of some nodes; a charge point stands for its connectors where all are among them.
    fn names(&self, nodes: &[u32]) -> String {
        let site = self.context.site;
        let mut names: Vec<&str> = Vec::new();
        for &node in nodes {
            let mut name = self.id(node);
            if let Some(&parent) = site.connector_parents.get(site.connector_columns[node as usize] as usize)
            {
                let mut own = connectors_at(site, parent).map(|column| site.connectors[column]);
                if own.all(|connector| nodes.binary_search(&connector).is_ok()) {
                    name = self.id(site.nodes[parent as usize]);
                }
            }
            if names.last() != Some(&name) {
                names.push(name);
            }
        }
        few(&names)
    }

    fn breaches(&self, group: &Group, until_s: u64) -> Option<Effect> {
        leads_to(group.kind).map(|cause| {
            self.breaches_by(cause, &group.nodes, group.from_s..=until_s, "while it lasted", deaf(group.kind))
        })
    }

    /// The breaches by a cause that began in a time at these nodes, above or below them.
    fn breaches_by(
        &self,
        cause: BreachCause,
        nodes: &[u32],
        times_s: RangeInclusive<u64>,
        when: &str,
        kind: Option<FaultKind>,
    ) -> Effect {
        let depot = self.context.depot;
        let is_own = |seen: &&SeenBreach| {
            let breach = &seen.breach;
            breach.cause == cause
                && times_s.contains(&breach.start_s)
                && nodes.iter().any(|&node| {
                    is_on_path(depot, node, breach.node) && self.could_draw(node, breach.start_s)
                })
        };
        let breaches: Vec<&SeenBreach> = self.data.breaches.kept.iter().filter(is_own).collect();
        let worst = breaches.iter().max_by_key(|seen| seen.size());
        // Of very many breaches only the largest are kept.
        let is_all = self.data.breaches.left_out() == 0;
        let Some(SeenBreach { breach: worst, peak }) = worst else {
            let among = format!("no breach due to it among the {} largest", self.data.breaches.kept.len());
            let words = if is_all { "no breach due to it".to_owned() } else { among };
            return Effect { words, moment: String::new() };
        };
        let count = match (breaches.len(), is_all) {
            (1, true) => format!("1 breach began {when}, of"),
            (count, true) => format!("{count} breaches began {when}, the largest of"),
            (count, false) => {
                let count = at_least(&counted(count as u64, "breach", "breaches"));
                format!("{count} began {when}, the largest of")
            }
        };
        let over = brief(&kw(worst.peak_over_w));
        Effect {
            words: format!("{count} {} by up to {over} kW from", self.id(worst.node)),
            moment: self.words.moment(worst.start_s as i64) + &self.at_its_peak(worst, peak.as_ref(), kind),
        }
    }

    /// When a breach was largest, and how much of what was drawn beyond setpoints then was not drawn by chargers with this fault, as HTML of ours.
    fn at_its_peak(&self, breach: &Breach, peak: Option<&Peak>, kind: Option<FaultKind>) -> String {
        let Some(peak) = peak else { return String::new() };
        let later = (peak.t_s > breach.start_s).then(|| self.words.moment(peak.t_s as i64));
        let at = later.map(|at| format!(", largest at {at}")).unwrap_or_default();
        match kind.map(|kind| peak.beyond_by(kind)) {
            Some((own_w, others_w)) if others_w > 0 => format!(
                "{at}, when such chargers drew {} kW beyond their setpoints and others {} kW",
                brief(&kw(own_w)),
                brief(&kw(others_w))
            ),
            _ => at,
        }
    }

    /// Whether anything could be drawn at a connector in the tick that begins at `t_s` \[s\], since a vehicle was plugged in; of other nodes nothing is said.
    fn could_draw(&self, node: u32, t_s: u64) -> bool {
        let is_connector = self.context.site.connector_columns[node as usize] != NO_NODE;
        let stays = self.stays.get(&node);
        let holds = |stay: &PluggedIn| stay.from_s <= t_s && stay.until_s.is_none_or(|until_s| t_s < until_s);
        !is_connector || stays.is_some_and(|stays| stays.iter().any(holds))
    }

    fn rejections(&self, group: &Group, until_s: u64) -> Option<Effect> {
        let spells = self.data.spells.kept.iter().filter(|spell| {
            (group.from_s..until_s).contains(&spell.from_s) && self.is_rejected_for(group, spell)
        });
        let cycles: u64 = spells.map(|spell| spell.cycles).sum();
        let counted = counted(cycles, "cycle", "cycles");
        let counted = if self.data.spells.left_out() == 0 { counted } else { at_least(&counted) };
        let words = format!("{counted} rejected");
        (cycles > 0).then(|| Effect { words, moment: String::new() })
    }

    /// Whether cycles were rejected for a fault: a refusal is about the node that it stands at, or the root where it names none that exists.
    fn is_rejected_for(&self, group: &Group, spell: &RejectedSpell) -> bool {
        let subject = spell.subject.as_deref().and_then(|subject| self.context.depot.position(subject));
        let is_about_it = group.nodes.contains(&subject.unwrap_or(0));
        match group.kind {
            FaultKind::NotMeasured => is_about_it && spell.reason == Reason::StaleInput.code(),
            FaultKind::FeedRefused | FaultKind::SiteRefused => {
                is_about_it && spell.reason != Reason::InfeasibleMinimum.code()
            }
            _ => false,
        }
    }

    /// What a charger did that gave no power, or followed another limit than its setpoint.
    fn of_charger(&self, group: &Group, until_s: u64) -> Option<Effect> {
        match group.kind {
            FaultKind::Unavailable | FaultKind::Faulted => {}
            FaultKind::Outage => return Some(self.of_outage(group, until_s)),
            FaultKind::Fallback => {
                let kind =
                    group.nodes.iter().find_map(|&node| self.data.fault_log.deaf_kind(node, group.from_s));
                let words = match kind {
                    Some(FaultKind::IgnoresSetpoints) => "it ignores that limit, as it does its setpoints",
                    _ => "it lets so much through, whatever the balancer decides",
                };
                let words = words.to_owned();
                return Some(Effect { words, moment: String::new() });
            }
            _ => return None,
        }
        let own = group.nodes.iter().filter_map(|node| self.stays.get(node)).flatten();
        let there = own.filter(|stay| stay.is_within(group.from_s, until_s));
        let vehicles: Vec<&str> =
            there.map(|stay| self.context.realization.visits[stay.visit as usize].vehicle.as_str()).collect();
        let words = match vehicles.len() {
            0 => "nobody was plugged in".to_owned(),
            _ => format!("{} got nothing there", few(&vehicles)),
        };
        Some(Effect { words, moment: String::new() })
    }

    /// How many vehicles were plugged in below nodes without power.
    fn of_outage(&self, group: &Group, until_s: u64) -> Effect {
        let is_below =
            |connector: u32| group.nodes.iter().any(|&node| is_above(self.context.depot, node, connector));
        let below =
            self.stays.iter().filter(|(connector, _)| is_below(**connector)).flat_map(|(_, stays)| stays);
        let count = below.filter(|stay| stay.is_within(group.from_s, until_s)).count() as u64;
        let words = format!("{} plugged in below", counted(count, "vehicle was", "vehicles were"));
        Effect { words, moment: String::new() }
    }

    /// The id at a position of the site.
    fn id(&self, position: u32) -> &str {
        &self.context.depot.site[position as usize].id
    }
}

/// The first of some names, and how many more there are.
fn few(names: &[&str]) -> String {
    let shown = names[..names.len().min(NAMES_MAX)].join(", ");
    match names.len().saturating_sub(NAMES_MAX) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// A count of which some may have been left out.
fn at_least(count: &str) -> String {
    format!("at least {count}")
}

/// Whether one of two nodes lies above the other, or they are the same.
fn is_on_path(depot: &Depot, one: u32, other: u32) -> bool {
    is_above(depot, one, other) || is_above(depot, other, one)
}

/// Whether a node lies above another, or is the same.
fn is_above(depot: &Depot, upper: u32, lower: u32) -> bool {
    std::iter::successors(Some(lower), |&at| depot.site[at as usize].parent).any(|at| at == upper)
}

/// Whether a vehicle was ready in spite of what happened to it.
pub(super) fn readiness(visit: &Visit, stay: &Stay) -> Effect {
    let words = match stay.ready_s {
        _ if visit.conduct.is_no_show => "its visit is not judged".to_owned(),
        Some(_) => "it was ready all the same".to_owned(),
        None => {
            let missing_j = visit.ready_energy_j.saturating_sub(stay.energy_j);
            format!("it left without {} kWh", brief(&kwh(missing_j)))
        }
    };
    Effect { words, moment: String::new() }
}

fn what_happened(kind: EventKind) -> String {
    with_capital(&match kind {
        EventKind::ChargeNow => "an operator ordered to charge at once".to_owned(),
        EventKind::Hold => "an operator ordered to wait".to_owned(),
        EventKind::Unplugged => "somebody pulled the plug".to_owned(),
        EventKind::NoShow => "did not come".to_owned(),
        kind => plain(kind.name()),
    })
}

fn with_capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
