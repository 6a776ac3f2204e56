//! `events.csv`: one row per event.

use super::row::Row;
use super::table::{Table, TickHead};
use crate::clock::Clock;
use crate::format;
use sim::event::{Event, EventKind};
use sim::view::{NO_NODE, NO_VISIT};
use sim::{Depot, Observer, ObserverError, Realization, RunEnd, Site, TickView};
use std::io::Write;

pub(super) const COLUMNS: &str = "t_s,time,event,subject,detail";

/// Writes `events.csv`: the subject is the visit's id, or else the node's; the detail is a phrase for people.
#[derive(Debug)]
pub struct EventsCsv<W> {
    table: Table<W>,
    nodes: Vec<String>,
    /// Id and vehicle of each visit.
    visits: Vec<(String, String)>,
    head: TickHead,
    row: Row,
}

impl<W: Write> EventsCsv<W> {
    /// A writer for runs of this realization on its depot.
    pub fn new(out: W, depot: &Depot, realization: &Realization, _site: &Site) -> Self {
        let visits = realization.visits.iter().map(|visit| (visit.id.clone(), visit.vehicle.clone()));
        Self {
            table: Table::new("events.csv", COLUMNS, out),
            nodes: depot.site.iter().map(|node| node.id.clone()).collect(),
            visits: visits.collect(),
            head: TickHead::new(Clock::of(depot)),
            row: Row::default(),
        }
    }

    /// The writer, for its digest; complete once [`Observer::end`] was called.
    pub fn into_inner(self) -> W {
        self.table.into_inner()
    }
}

impl<W: Write> Observer for EventsCsv<W> {
    fn tick(&mut self, view: &TickView<'_>) -> Result<(), ObserverError> {
        for event in view.events {
            let node = (event.node != NO_NODE).then(|| self.nodes[event.node as usize].as_str());
            let visit = (event.visit != NO_VISIT).then(|| &self.visits[event.visit as usize]);
            let subject = visit.map(|(id, _)| id.as_str()).or(node);
            let detail = detail(event, node, visit.map(|(_, vehicle)| vehicle.as_str()));
            self.row.clear().word(event.kind.name()).text(subject).text(Some(&detail));
            self.table.write(self.head.at(event.t_s), &self.row)?;
        }
        Ok(())
    }

    fn end(&mut self, _end: &RunEnd<'_>) -> Result<(), ObserverError> {
        Ok(self.table.finish()?)
    }
}

/// What a person wants to know beside the event and its subject.
fn detail(event: &Event, node: Option<&str>, vehicle: Option<&str>) -> String {
    let power = event.power_w.map(format::kw_signed);
    let mut phrases: Vec<String> = event.why.iter().map(|why| why.name().to_owned()).collect();
    match (vehicle, node) {
        (Some(vehicle), Some(node)) => phrases.push(format!("{vehicle} at {node}")),
        (Some(vehicle), None) => phrases.push(vehicle.to_owned()),
        _ => {}
    }
    if let Some(kw) = power {
        phrases.push(match event.kind {
            EventKind::EnvelopeSet | EventKind::EnvelopeEnded => format!("limit {kw} kW"),
            EventKind::BaseLoadChanged => format!("base load {kw} kW"),
            EventKind::ChargerFellBack => format!("fallback limit {kw} kW"),
            EventKind::SiteChanged => format!("rated limit {kw} kW"),
            EventKind::LimitMet | EventKind::BreachEnded => format!("at most {kw} kW over"),
            _ => format!("{kw} kW"),
        });
    }
    phrases.extend(event.duration_s.map(|duration_s| format!("after {duration_s} s")));
    phrases.join(", ")
}
