//! What did not go as planned, and what it did: breaches, rejected cycles and vehicles that were not ready.

use super::page::ReviewContext;
use super::recorder::{FAULTS_MAX, ReviewData};
use super::words::{Words, brief, counted, plain};
use crate::format::{duration, kw, kw_signed, kwh};
use crate::moment::FaultKind;
use sim::breach::{Breach, BreachCause};
use sim::event::{Event, EventKind};
use sim::view::{NO_NODE, NO_VISIT};
use sim::{Depot, Reason, Visit};

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

/// A fault that lasts.
struct Course {
    /// Position in the site of what it is about; [`NO_NODE`] for none.
    node: u32,
    from_s: u64,
    /// When it ended \[s\]; `None` where it lasted until the run did.
    until_s: Option<u64>,
    /// The cause of breaches that it leads to.
    causes: Option<BreachCause>,
    /// Whether cycles are rejected meanwhile, and for which reason alone.
    rejects: Option<Option<Reason>>,
}

/// Everything that did not go as planned, in order of time; and how much is left out.
pub(super) fn faults(context: &ReviewContext<'_>, data: &ReviewData, words: &Words) -> (Vec<FaultRow>, u64) {
    let teller = Teller { context, data, words };
    let events = &data.faults.kept;
    let mut is_told = vec![false; events.len()];
    let mut rows = Vec::with_capacity(events.len());
    for (ix, event) in events.iter().enumerate() {
        let end = end_of(events, ix);
        if let Some(end) = end.filter(|&end| is_end_alone(events[end].kind)) {
            is_told[end] = true;
        }
        if !is_told[ix] {
            rows.push(teller.event(event, end.map(|end| &events[end])));
        }
    }
    let gaps = data.fault_log.all().filter(|fault| fault.kind == FaultKind::NotMeasured);
    rows.extend(gaps.map(|gap| teller.gap(gap.node, gap.from_s, gap.until_s)));
    rows.sort_by_key(|row| row.from_s);
    let left_out = data.faults.left_out() + rows.len().saturating_sub(FAULTS_MAX) as u64;
    rows.truncate(FAULTS_MAX);
    (rows, left_out)
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

/// Whether an event only ends what another began.
fn is_end_alone(kind: EventKind) -> bool {
    use EventKind::*;
    matches!(
        kind,
        ChargerOnline | SetpointsObeyed | InService | OutageEnded | FeedRestored | SiteMended | OverrideEnded
    )
}

/// The place of the event that ends the one at `ix`.
fn end_of(events: &[Event], ix: usize) -> Option<usize> {
    let (event, (ends, _)) = (&events[ix], course(events[ix].kind)?);
    let is_end =
        |other: &Event| ends.contains(&other.kind) && (other.node, other.visit) == (event.node, event.visit);
    events[ix + 1..].iter().position(is_end).map(|after| ix + 1 + after)
}

/// What rows are made of.
struct Teller<'a> {
    context: &'a ReviewContext<'a>,
    data: &'a ReviewData,
    words: &'a Words,
}

impl Teller<'_> {
    fn event(&self, event: &Event, end: Option<&Event>) -> FaultRow {
        let visit = (event.visit != NO_VISIT).then(|| &self.context.realization.visits[event.visit as usize]);
        let whom = [visit.map(|visit| visit.vehicle.as_str()), self.id(event.node)];
        let row = FaultRow {
            from_s: event.t_s,
            from: self.words.moment(event.t_s as i64),
            until: "–".to_owned(),
            length: String::new(),
            what: what_happened(event.kind),
            whom: whom.into_iter().flatten().collect::<Vec<_>>().join(" at "),
            power: event.power_w.map(|power_w| format!("{} kW", kw_signed(power_w))).unwrap_or_default(),
            effects: match visit {
                Some(visit) if matches!(event.kind, EventKind::Unplugged | EventKind::NoShow) => {
                    vec![readiness(visit, self.data, event)]
                }
                _ => Vec::new(),
            },
        };
        let Some((_, causes)) = course(event.kind) else { return row };
        let is_refusal = matches!(event.kind, EventKind::FeedRefused | EventKind::SiteRefused);
        self.lasting(
            row,
            &Course {
                node: event.node,
                from_s: event.t_s,
                until_s: end.map(|end| end.t_s),
                causes,
                rejects: is_refusal.then_some(None),
            },
        )
    }

    /// A time in which the balancer heard no measurements.
    fn gap(&self, node: u32, from_s: u64, until_s: Option<u64>) -> FaultRow {
        let row = FaultRow {
            from_s,
            from: self.words.moment(from_s as i64),
            until: String::new(),
            length: String::new(),
            what: "No measurements reached the balancer".to_owned(),
            whom: self.id(node).unwrap_or_default().to_owned(),
            power: String::new(),
            effects: Vec::new(),
        };
        let causes = Some(BreachCause::NotApplied);
        self.lasting(row, &Course { node, from_s, until_s, causes, rejects: Some(Some(Reason::StaleInput)) })
    }

    /// The row with how long the fault lasted, and the breaches and rejected cycles that came of it.
    fn lasting(&self, row: FaultRow, course: &Course) -> FaultRow {
        let until_s = course.until_s.unwrap_or(self.data.end_s);
        let until = match course.until_s {
            Some(until_s) => self.words.moment(until_s as i64),
            None => "the run ended".to_owned(),
        };
        let length = duration(until_s as i64 - course.from_s as i64);
        let mut effects = Vec::new();
        effects.extend(self.breaches(course, until_s));
        effects.extend(self.rejections(course, until_s));
        FaultRow { until, length, effects, ..row }
    }

    fn breaches(&self, course: &Course, until_s: u64) -> Option<Effect> {
        let cause = course.causes?;
        let depot = self.context.depot;
        let is_own = |breach: &&Breach| {
            breach.cause == cause
                && (course.from_s..=until_s).contains(&breach.start_s)
                && is_on_path(depot, course.node, breach.node)
        };
        let breaches: Vec<&Breach> = self.data.breaches.kept.iter().filter(is_own).collect();
        let worst = breaches.iter().max_by_key(|breach| (breach.peak_over_w, u64::MAX - breach.start_s));
        let Some(worst) = worst else { return Some(Effect::said("no breach".to_owned())) };
        let count = match breaches.len() {
            1 => "1 breach, of".to_owned(),
            count => format!("{count} breaches, the largest of"),
        };
        let (node, over) = (&depot.site[worst.node as usize].id, brief(&kw(worst.peak_over_w)));
        Some(Effect {
            words: format!("{count} {node} by {over} kW from"),
            moment: self.words.moment(worst.start_s as i64),
        })
    }

    fn rejections(&self, course: &Course, until_s: u64) -> Option<Effect> {
        let reason = course.rejects?;
        let spells = self.data.spells.kept.iter().filter(|spell| {
            (course.from_s..=until_s).contains(&spell.from_s)
                && reason.is_none_or(|reason| reason.code() == spell.reason)
        });
        let cycles = spells.map(|spell| spell.cycles).sum();
        Some(Effect::said(format!("{} rejected", counted(cycles, "cycle", "cycles"))))
    }

    /// The id at a position of the site.
    fn id(&self, position: u32) -> Option<&str> {
        (position != NO_NODE).then(|| self.context.depot.site[position as usize].id.as_str())
    }
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
        EventKind::OutageBegan => "outage".to_owned(),
        EventKind::SetpointsObeyed => "charger obeys again".to_owned(),
        kind => plain(kind.name()),
    };
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
