//! What did not go as planned, and what it did: breaches, rejected cycles and vehicles that were not ready.

use super::page::ReviewContext;
use super::recorder::ReviewData;
use super::words::{Words, brief, counted, duration, plain};
use crate::format::{kw_signed, kwh};
use sim::breach::{Breach, BreachCause};
use sim::event::{Event, EventKind};
use sim::view::{NO_NODE, NO_VISIT};
use sim::{Depot, Visit};

/// A row of the table.
pub(super) struct FaultRow {
    pub(super) at: String,
    pub(super) what: String,
    pub(super) whom: String,
    pub(super) power: String,
    /// What it did, one thing after another.
    pub(super) effects: Vec<Effect>,
}

/// Something that a fault did.
pub(super) struct Effect {
    pub(super) words: String,
    /// The moment that shows it, as HTML of ours; empty where none does.
    pub(super) moment: String,
}

impl Effect {
    fn said(words: String) -> Self {
        Self { words, moment: String::new() }
    }
}

pub(super) fn faults(context: &ReviewContext<'_>, data: &ReviewData, words: &Words) -> Vec<FaultRow> {
    let events = &data.faults.kept;
    let row = |(ix, event): (usize, &Event)| {
        let node = (event.node != NO_NODE).then(|| context.depot.site[event.node as usize].id.clone());
        let visit = (event.visit != NO_VISIT).then(|| &context.realization.visits[event.visit as usize]);
        let vehicle = visit.map(|visit| visit.vehicle.clone());
        FaultRow {
            at: words.moment(event.t_s as i64),
            what: what_happened(event.kind),
            whom: [vehicle, node].into_iter().flatten().collect::<Vec<_>>().join(" at "),
            power: event.power_w.map(|power_w| format!("{} kW", kw_signed(power_w))).unwrap_or_default(),
            effects: match visit {
                Some(visit) if matches!(event.kind, EventKind::Unplugged | EventKind::NoShow) => {
                    vec![readiness(visit, data, event)]
                }
                _ => effects(event, &events[ix + 1..], context, data, words),
            },
        }
    };
    events.iter().enumerate().map(row).collect()
}

/// How a fault of this kind ends, and the cause of breaches that it leads to.
fn course(kind: EventKind) -> Option<(&'static [EventKind], Option<BreachCause>)> {
    use EventKind::*;
    match kind {
        ChargerOffline => Some((&[ChargerOnline], Some(BreachCause::ChargerOffline))),
        SetpointsIgnored => Some((&[SetpointsObeyed], Some(BreachCause::NotApplied))),
        OutOfService => Some((&[InService], None)),
        OutageBegan => Some((&[OutageEnded], Some(BreachCause::EnvelopeStep))),
        FeedLost => Some((&[FeedRestored, FeedRefused], Some(BreachCause::EnvelopeStep))),
        FeedRefused => Some((&[FeedRestored, FeedLost], Some(BreachCause::NotApplied))),
        SiteRefused => Some((&[SiteMended, SiteChanged], Some(BreachCause::NotApplied))),
        ChargeNow | Hold => Some((&[OverrideEnded], None)),
        _ => None,
    }
}

/// How long a fault lasted, and the breaches and rejected cycles that came of it.
fn effects(
    event: &Event,
    later: &[Event],
    context: &ReviewContext<'_>,
    data: &ReviewData,
    words: &Words,
) -> Vec<Effect> {
    let Some((ends, cause)) = course(event.kind) else { return Vec::new() };
    let is_end =
        |other: &&Event| ends.contains(&other.kind) && (other.node, other.visit) == (event.node, event.visit);
    let end_s = later.iter().find(is_end).map(|end| end.t_s);
    let until_s = end_s.unwrap_or(data.end_s);
    let lasted = duration(until_s as i64 - event.t_s as i64);
    let mut said = vec![Effect::said(match end_s {
        Some(_) => format!("for {lasted}"),
        None => format!("for {lasted}, until the run ended"),
    })];
    let window = event.t_s..=until_s;
    let is_own = |breach: &&Breach| {
        Some(breach.cause) == cause
            && window.contains(&breach.start_s)
            && is_on_path(context.depot, event.node, breach.node)
    };
    let breaches: Vec<&Breach> = data.breaches.kept.iter().filter(is_own).collect();
    if let Some(worst) = breaches.iter().max_by_key(|breach| (breach.peak_over_w, u64::MAX - breach.start_s))
    {
        said.push(Effect {
            words: format!(
                "{} {} by {} kW from",
                match breaches.len() {
                    1 => "1 breach, of".to_owned(),
                    count => format!("{count} breaches, the largest of"),
                },
                context.depot.site[worst.node as usize].id,
                brief(&crate::format::kw(worst.peak_over_w))
            ),
            moment: words.moment(worst.start_s as i64),
        });
    } else if cause.is_some() {
        said.push(Effect::said("no breach".to_owned()));
    }
    if matches!(event.kind, EventKind::FeedRefused | EventKind::SiteRefused) {
        let spells = data.spells.kept.iter().filter(|spell| window.contains(&spell.from_s));
        let cycles = spells.map(|spell| spell.cycles).sum();
        said.push(Effect::said(format!("{} rejected", counted(cycles, "cycle", "cycles"))));
    }
    said
}

/// Whether one of two nodes lies above the other, or they are the same.
fn is_on_path(depot: &Depot, one: u32, other: u32) -> bool {
    let is_above = |upper: u32, lower: u32| {
        std::iter::successors(Some(lower), |&at| depot.site[at as usize].parent).any(|at| at == upper)
    };
    one != NO_NODE && (is_above(one, other) || is_above(other, one))
}

/// Whether a vehicle was ready in spite of what happened to it.
fn readiness(visit: &Visit, data: &ReviewData, event: &Event) -> Effect {
    if event.kind == EventKind::NoShow {
        return Effect::said("its visit is not judged".to_owned());
    }
    let stay = &data.stays[event.visit as usize];
    Effect::said(match stay.ready_s {
        Some(_) => "it was ready all the same".to_owned(),
        None => {
            let missing_j = visit.ready_energy_j.saturating_sub(stay.energy_j);
            format!("it left without {} kWh", brief(&kwh(missing_j)))
        }
    })
}

/// An event's name in words, with a capital.
fn what_happened(kind: EventKind) -> String {
    let words = match kind {
        EventKind::ChargeNow => "an operator ordered to charge at once".to_owned(),
        EventKind::Hold => "an operator ordered to wait".to_owned(),
        EventKind::OverrideEnded => "the order ended".to_owned(),
        EventKind::Unplugged => "somebody pulled the plug".to_owned(),
        EventKind::NoShow => "did not come".to_owned(),
        EventKind::SetpointsIgnored => "charger ignores its setpoints".to_owned(),
        EventKind::SetpointsObeyed => "charger obeys again".to_owned(),
        kind => plain(kind.name()),
    };
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
