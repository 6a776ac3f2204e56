//! Where a vehicle is at a moment, and why it gets the power that it gets.

use super::queue::{LaneStatus, WaitingStatus};
use super::{Explanation, Moment, Told};
use crate::clock::Clock;
use crate::format::{kwh, push_percent, soc_ppm, text};
use serde::Serialize;
use sim::view::NO_NODE;
use sim::{Depot, Stay, Visit};

/// Where a vehicle is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// It has yet to arrive.
    Expected,
    /// It never came.
    DidNotCome,
    /// It is here and has not asked for a connector.
    NotAsking,
    /// It asked for a connector and has none.
    Waiting,
    /// It is plugged in.
    PluggedIn,
    /// It has left, or its plug was pulled.
    Left,
}

/// One visit at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VisitExplanation {
    /// The scenario's id.
    pub scenario: String,
    /// The seed.
    pub seed: u64,
    /// The moment that was asked for, RFC 3339.
    pub at: String,
    /// The visit.
    pub visit: String,
    /// Its vehicle.
    pub vehicle: String,
    /// Where the vehicle is.
    pub place: Place,
    /// The answer in a sentence.
    pub sentence: String,
    /// Why the connector that it is plugged into gets its power; none where it is plugged into none.
    pub connector: Option<Explanation>,
}

impl VisitExplanation {
    /// Explains what a visit's or vehicle's id means at `at_s` \[s\] from the start, which `moment` holds. Of several visits of a vehicle it is the one
    /// that is here, else the last that was, else the first to come. `None` where nothing has this id.
    pub fn of(told: &Told<'_>, at_s: i64, moment: &Moment, id: &str) -> Option<Self> {
        let visits = told.realization.visits.iter().enumerate();
        let own: Vec<u32> = visits
            .filter(|(_, visit)| visit.id == id || visit.vehicle == id)
            .map(|(ix, _)| ix as u32)
            .collect();
        let arrived =
            |ix: &&u32| told.first_tick_s(told.realization.visits[**ix as usize].arrival_s) <= moment.t_s;
        let is_here = |ix: &&u32| arrived(ix) && moment.stays[**ix as usize].left_s.is_none();
        let last = || own.iter().rev().find(arrived);
        let index = *own.iter().find(is_here).or_else(last).or(own.first())?;
        let visit = &told.realization.visits[index as usize];
        let (place, sentence) = answer(told, moment, index);
        let column = |position: u32| told.site.connector_columns[position as usize] as usize;
        let connector = (place == Place::PluggedIn)
            .then(|| Explanation::of(told, at_s, moment, column(moment.stays[index as usize].connector)));
        Some(Self {
            scenario: told.depot.id.clone(),
            seed: told.seed,
            at: Clock::of(told.depot).rfc3339(at_s),
            visit: visit.id.clone(),
            vehicle: visit.vehicle.clone(),
            place,
            sentence,
            connector,
        })
    }

    /// The explanation as text, ASCII but for what people called things.
    pub fn to_text(&self) -> String {
        let whose =
            if self.visit == self.vehicle { String::new() } else { format!(" (visit {})", self.visit) };
        let head = format!(
            "{}{whose} at {} ({}, seed {})\n{}\n",
            self.vehicle, self.at, self.scenario, self.seed, self.sentence
        );
        match &self.connector {
            Some(connector) => format!("{head}\n{}", connector.to_text()),
            None => head,
        }
    }
}

/// Where the vehicle of a visit is, and a sentence about it.
fn answer(told: &Told<'_>, moment: &Moment, index: u32) -> (Place, String) {
    let (visit, stay) = (&told.realization.visits[index as usize], &moment.stays[index as usize]);
    let time = |t_s: i64| Clock::of(told.depot).rfc3339(t_s);
    if told.first_tick_s(visit.arrival_s) > moment.t_s {
        return (Place::Expected, format!("it has yet to arrive, at {}", time(visit.arrival_s)));
    }
    if visit.conduct.is_no_show {
        return (Place::DidNotCome, format!("it was expected at {} and did not come", time(visit.arrival_s)));
    }
    if let Some(left_s) = stay.left_s {
        let battery_j = crate::tables::names::battery_j(told.depot, visit.vehicle_type);
        let percent = text(|out| push_percent(out, soc_ppm(stay.energy_j, battery_j)));
        let had = match stay.plugged_in_s {
            None => "without having had a connector".to_owned(),
            Some(_) => format!("from {}", told.id(stay.connector)),
        };
        let missing_j = visit.ready_energy_j.saturating_sub(stay.energy_j);
        let ready = match stay.ready_s {
            Some(ready_s) => format!("it was ready at {}", time(ready_s as i64)),
            None => format!("it was not ready, {} kWh short", kwh(missing_j)),
        };
        let left = time(left_s as i64);
        let leaves_s = told.depot.tick_begun_s(visit.departure_s);
        let sentence = match is_pulled(told.depot, visit, stay) {
            false => format!("it left at {left} {had}, at {percent} %; {ready}"),
            true => {
                let is_or_was = if moment.t_s >= leaves_s { "was" } else { "is" };
                let (place, departure) = (told.id(stay.connector), time(visit.departure_s));
                format!(
                    "its plug was pulled at {left} at {place}, at {percent} %; {ready}; its departure {is_or_was} planned at {departure}"
                )
            }
        };
        return (Place::Left, sentence);
    }
    if stay.connector != NO_NODE {
        let since = time(stay.plugged_in_s.map_or(0, |t_s| t_s as i64));
        return (Place::PluggedIn, format!("it is plugged in at {} since {since}", told.id(stay.connector)));
    }
    if let Some(since_s) = moment.waits_since(told, index) {
        let waiting = WaitingStatus::of(told, moment, index, since_s);
        let wish = waiting.wish(LaneStatus::of(told, moment));
        let order = waiting.order_words();
        let sentence =
            format!("it waits since {} {wish}; it leaves at {}{order}", waiting.since, waiting.leaves);
        return (Place::Waiting, sentence);
    }
    let asks_s = visit.arrival_s + i64::from(visit.plug_in_delay_s);
    let order = told.order(index, moment.t_s).map(|order| format!("; {}", order.words())).unwrap_or_default();
    (
        Place::NotAsking,
        format!(
            "it is here since {} and asks for a connector at {}{order}",
            time(visit.arrival_s),
            time(asks_s)
        ),
    )
}

/// Whether a stay ended because somebody pulled the plug.
///
/// A plug can be pulled once it is in; who leaves as planned does so in the tick that has begun by then.
pub(crate) fn is_pulled(depot: &Depot, visit: &Visit, stay: &Stay) -> bool {
    visit.conduct.unplugged_s.is_some()
        && stay.plugged_in_s.is_some()
        && stay.left_s.is_some_and(|left_s| left_s < depot.tick_begun_s(visit.departure_s))
}
