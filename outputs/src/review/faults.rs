//! What did not go as planned, and what it did: breaches, rejected cycles and vehicles that were not ready.

use super::lists::Listed;
use super::page::ReviewContext;
use super::recorder::ReviewData;
use super::words::{Words, brief, counted, fault_in_words, plain};
use crate::format::{duration, kw, kw_signed, kwh};
use crate::moment::{Fault, FaultKind};
use crate::tree::connectors_at;
use sim::breach::{Breach, BreachCause};
use sim::event::{Event, EventKind};
use sim::view::{NO_NODE, NO_VISIT};
use sim::{Depot, Reason, Visit};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// Rows at most.
const FAULTS_MAX: usize = 300;
/// Names in a row at most.
const NAMES_MAX: usize = 6;

/// A row of the table.
pub(super) struct FaultRow {
    from_s: u64,
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
    let mut stays: BTreeMap<u32, Vec<(u64, Option<u64>)>> = BTreeMap::new();
    for stay in &data.stays {
        if let Some(from_s) = stay.plugged_in_s {
            stays.entry(stay.connector).or_default().push((from_s, stay.left_s));
        }
    }
    let teller = Teller { context, data, words, stays };
    let groups = groups(data);
    let left_out = groups.len().saturating_sub(FAULTS_MAX) as u64;
    let mut rows: Vec<FaultRow> = groups.iter().take(FAULTS_MAX).map(|group| teller.fault(group)).collect();
    let incidents = &data.incidents.kept;
    let told = incidents.iter().enumerate().filter(|(_, event)| event.kind != EventKind::OverrideEnded);
    rows.extend(told.map(|(ix, event)| teller.incident(event, &incidents[ix + 1..])));
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

/// Whether cycles are rejected for a fault with this reason code.
fn is_rejected_for(kind: FaultKind, reason: &str) -> bool {
    match kind {
        FaultKind::NotMeasured => reason == Reason::StaleInput.code(),
        FaultKind::FeedRefused | FaultKind::SiteRefused => true,
        _ => false,
    }
}

/// What rows are made of.
struct Teller<'a> {
    context: &'a ReviewContext<'a>,
    data: &'a ReviewData,
    words: &'a Words,
    /// By position, when vehicles were plugged in there: since and until \[s\].
    stays: BTreeMap<u32, Vec<(u64, Option<u64>)>>,
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
            effects: [self.breaches(group, until_s), self.rejections(group, until_s)]
                .into_iter()
                .flatten()
                .collect(),
        }
    }

    /// Something that happened to a vehicle, a queue or the site's data; `later` is what came after it.
    fn incident(&self, event: &Event, later: &[Event]) -> FaultRow {
        let visit = (event.visit != NO_VISIT).then(|| &self.context.realization.visits[event.visit as usize]);
        let node = (event.node != NO_NODE).then(|| self.id(event.node));
        let whom = [visit.map(|visit| visit.vehicle.as_str()), node];
        let is_order = matches!(event.kind, EventKind::ChargeNow | EventKind::Hold);
        let ends = |other: &&Event| other.kind == EventKind::OverrideEnded && other.visit == event.visit;
        let end_s = later.iter().find(ends).filter(|_| is_order).map(|end| end.t_s);
        FaultRow {
            from_s: event.t_s,
            from: self.words.moment(event.t_s as i64),
            until: match end_s {
                Some(end_s) => self.words.moment(end_s as i64),
                None if is_order && self.data.incidents.left_out() == 0 => "the run ended".to_owned(),
                None => "–".to_owned(),
            },
            length: end_s.map(|end_s| duration(end_s as i64 - event.t_s as i64)).unwrap_or_default(),
            what: what_happened(event.kind),
            whom: whom.into_iter().flatten().collect::<Vec<_>>().join(" at "),
            limit: event.power_w.map(|power_w| format!("{} kW", kw_signed(power_w))).unwrap_or_default(),
            effects: match visit {
                Some(_) if is_order => {
                    let ends = end_s.map(|end_s| (end_s, "in the tick in which it ended"));
                    let turns = [Some((event.t_s, "in the tick in which it was given")), ends];
                    turns
                        .into_iter()
                        .flatten()
                        .filter_map(|(t_s, when)| self.lag_at(event, t_s, when))
                        .collect()
                }
                Some(visit) if matches!(event.kind, EventKind::Unplugged | EventKind::NoShow) => {
                    vec![readiness(visit, self.data, event)]
                }
                None if event.kind == EventKind::SiteChanged && event.node != NO_NODE => {
                    vec![self.breaches_by(
                        BreachCause::SiteChange,
                        &[event.node],
                        event.t_s..=event.t_s,
                        "with it",
                    )]
                }
                _ => Vec::new(),
            },
        }
    }

    /// The breaches above the vehicle of an order that began in the tick at `t_s` \[s\] since some chargers were still on their way down: an order shares
    /// out again, and so does its end.
    fn lag_at(&self, order: &Event, t_s: u64, when: &str) -> Option<Effect> {
        let stay = &self.data.stays[order.visit as usize];
        let node = Some(stay.connector).filter(|&node| node != NO_NODE && self.could_draw(node, t_s))?;
        let is_own = |breach: &Breach| {
            breach.cause == BreachCause::ChargerLag
                && breach.start_s == t_s
                && is_on_path(self.context.depot, node, breach.node)
        };
        let any = self.data.breaches.kept.iter().any(is_own);
        any.then(|| self.breaches_by(BreachCause::ChargerLag, &[node], t_s..=t_s, when))
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
        let shown = names[..names.len().min(NAMES_MAX)].join(", ");
        match names.len().saturating_sub(NAMES_MAX) {
            0 => shown,
            more => format!("{shown} and {more} more"),
        }
    }

    fn breaches(&self, group: &Group, until_s: u64) -> Option<Effect> {
        leads_to(group.kind)
            .map(|cause| self.breaches_by(cause, &group.nodes, group.from_s..=until_s, "with it"))
    }

    /// The breaches by a cause that began in a time at these nodes, above or below them.
    fn breaches_by(
        &self,
        cause: BreachCause,
        nodes: &[u32],
        times_s: RangeInclusive<u64>,
        when: &str,
    ) -> Effect {
        let depot = self.context.depot;
        let is_own = |breach: &&Breach| {
            breach.cause == cause
                && times_s.contains(&breach.start_s)
                && nodes.iter().any(|&node| {
                    is_on_path(depot, node, breach.node) && self.could_draw(node, breach.start_s)
                })
        };
        let breaches: Vec<&Breach> = self.data.breaches.kept.iter().filter(is_own).collect();
        let worst = breaches.iter().max_by_key(|breach| (breach.peak_over_w, u64::MAX - breach.start_s));
        // Of very many breaches only the largest are kept.
        let is_all = self.data.breaches.left_out() == 0;
        let Some(worst) = worst else {
            let among = format!("no breach among the {} largest", self.data.breaches.kept.len());
            let words = if is_all { "no breach".to_owned() } else { among };
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
            moment: self.words.moment(worst.start_s as i64),
        }
    }

    /// Whether anything could be drawn at a connector in the tick that begins at `t_s` \[s\], since a vehicle was plugged in; of other nodes nothing is said.
    fn could_draw(&self, node: u32, t_s: u64) -> bool {
        let is_connector = self.context.site.connector_columns[node as usize] != NO_NODE;
        let stays = self.stays.get(&node);
        let holds = |&(from_s, until_s): &(u64, Option<u64>)| {
            from_s <= t_s && until_s.is_none_or(|until_s| t_s < until_s)
        };
        !is_connector || stays.is_some_and(|stays| stays.iter().any(holds))
    }

    fn rejections(&self, group: &Group, until_s: u64) -> Option<Effect> {
        let spells = self.data.spells.kept.iter().filter(|spell| {
            (group.from_s..=until_s).contains(&spell.from_s) && is_rejected_for(group.kind, spell.reason)
        });
        let cycles: u64 = spells.map(|spell| spell.cycles).sum();
        let counted = counted(cycles, "cycle", "cycles");
        let counted = if self.data.spells.left_out() == 0 { counted } else { at_least(&counted) };
        let words = format!("{counted} rejected");
        (cycles > 0).then(|| Effect { words, moment: String::new() })
    }

    /// The id at a position of the site.
    fn id(&self, position: u32) -> &str {
        &self.context.depot.site[position as usize].id
    }
}

/// A count of which some may have been left out.
fn at_least(count: &str) -> String {
    format!("at least {count}")
}

/// Whether one of two nodes lies above the other, or they are the same.
fn is_on_path(depot: &Depot, one: u32, other: u32) -> bool {
    let is_above = |upper: u32, lower: u32| {
        std::iter::successors(Some(lower), |&at| depot.site[at as usize].parent).any(|at| at == upper)
    };
    is_above(one, other) || is_above(other, one)
}

/// Whether a vehicle was ready in spite of what happened to it.
fn readiness(visit: &Visit, data: &ReviewData, event: &Event) -> Effect {
    let stay = &data.stays[event.visit as usize];
    let words = match (event.kind, stay.ready_s) {
        (EventKind::NoShow, _) => "its visit is not judged".to_owned(),
        (_, Some(_)) => "it was ready all the same".to_owned(),
        (_, None) => {
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
