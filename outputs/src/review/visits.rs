//! Visits, and why some were not ready.

use super::lists::Listed;
use super::page::ReviewContext;
use super::recorder::ReviewData;
use super::words::{Words, brief};
use crate::format::{self, duration, duration_min, kwh, push_percent, soc_ppm};
use crate::moment::is_pulled;
use crate::summary::waits::wait;
use crate::tables::names::battery_j;
use sim::view::NO_NODE;
use sim::{Depot, Stay, Visit};

/// Rows at most.
const VISITS_MAX: usize = 400;

pub(super) struct VisitRow<'a> {
    pub(super) ix: usize,
    pub(super) visit: &'a str,
    pub(super) vehicle: &'a str,
    pub(super) connector: &'a str,
    pub(super) arrival: String,
    pub(super) departure: String,
    pub(super) soc_arrival_pct: String,
    pub(super) soc_departure_pct: String,
    /// What makes it ready.
    pub(super) needs_pct: String,
    pub(super) soc_target_pct: String,
    pub(super) delivered_kwh: String,
    pub(super) is_ready: bool,
    /// Whether the vehicle came; who did not is not judged.
    pub(super) came: bool,
    pub(super) ready_at: String,
    /// From ready to departure, rounded down to minutes.
    pub(super) margin: String,
    /// How long it waited for a connector; none for who did not.
    pub(super) waited: Option<String>,
    /// For how long its minimum power was withheld; none for who always had it.
    pub(super) paused: Option<String>,
    pub(super) main_constraint: &'a str,
    /// Why it is not ready; empty for who is.
    pub(super) why: String,
    rank: (bool, i64),
}

impl VisitRow<'_> {
    /// The visit, and what is missing: of those that are not ready.
    pub(super) fn lacks(&self) -> String {
        // The reasons come after it.
        let missing = self.why.split("; ").next().unwrap_or_default();
        format!("{} ({missing})", self.visit)
    }
}

/// The section of the page.
pub(super) struct Visits<'a> {
    pub(super) listed: Listed<VisitRow<'a>>,
    /// Those of the rows that were not ready.
    pub(super) late: Vec<usize>,
    /// Whether a vehicle is not called as its visit is.
    pub(super) has_vehicles: bool,
    /// Whether any of the rows is ready with less than its target.
    pub(super) has_needs: bool,
    /// Whether any of the rows waited for a connector.
    pub(super) has_waits: bool,
    /// Whether any of the rows was paused.
    pub(super) has_pauses: bool,
}

/// Visits in their order, or of many those that were late or nearest to it.
pub(super) fn visits<'a>(context: &'a ReviewContext<'_>, data: &ReviewData, words: &Words) -> Visits<'a> {
    let pairs = context.realization.visits.iter().zip(&data.stays).enumerate();
    let mut rows: Vec<VisitRow<'_>> =
        pairs.map(|(ix, (visit, stay))| visit_row(context, data, words, ix, visit, stay)).collect();
    if rows.len() > VISITS_MAX {
        rows.sort_by_key(|row| (row.rank, row.ix));
    }
    let listed = Listed::first(rows, VISITS_MAX);
    let rows = &listed.rows;
    Visits {
        late: (0..rows.len()).filter(|&ix| rows[ix].came && !rows[ix].is_ready).collect(),
        has_vehicles: rows.iter().any(|row| row.visit != row.vehicle),
        has_needs: rows.iter().any(|row| row.needs_pct != row.soc_target_pct),
        has_waits: rows.iter().any(|row| row.waited.is_some()),
        has_pauses: rows.iter().any(|row| row.paused.is_some()),
        listed,
    }
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
    let came = !visit.conduct.is_no_show;
    let main_constraint = id(data.withheld.main_constraint(ix));
    let waited = wait(visit, stay, context.depot, data.end_s);
    VisitRow {
        ix,
        visit: &visit.id,
        vehicle: &visit.vehicle,
        connector: id(stay.connector),
        arrival: words.moment_to_the_minute(visit.arrival_s),
        departure: words.moment_to_the_minute(visit.departure_s),
        soc_arrival_pct: percent(visit.arrival_energy_j),
        soc_departure_pct: if came { percent(stay.energy_j) } else { "–".to_owned() },
        needs_pct: percent(visit.ready_energy_j),
        soc_target_pct: percent(visit.target_energy_j),
        delivered_kwh: kwh(stay.metered_j),
        is_ready: stay.ready_s.is_some(),
        came,
        ready_at: stay.ready_s.map_or("–".to_owned(), |ready_s| words.moment(ready_s as i64)),
        margin: margin_s.map_or("–".to_owned(), duration_min),
        waited: waited.map(|(from_s, until_s)| duration((until_s - from_s) as i64)),
        paused: (stay.paused_s > 0).then(|| duration(stay.paused_s as i64)),
        main_constraint,
        why: if stay.ready_s.is_some() || !came {
            String::new()
        } else {
            let lacked = Lacked { main_constraint, undecided_j: data.withheld.undecided_j(ix), waited };
            why_late((context.depot, visit, data.end_s as i64), stay, lacked, words)
        },
        rank: (stay.ready_s.is_some() || !came, margin_s.unwrap_or(i64::MIN)),
    }
}

/// What kept power from a vehicle.
struct Lacked<'a> {
    /// The node that withheld most; empty for none.
    main_constraint: &'a str,
    /// What it asked for and did not get while cycles were rejected \[J\].
    undecided_j: u64,
    /// When it waited for a connector: since and until \[s\].
    waited: Option<(u64, u64)>,
}

/// Why a vehicle was not ready by the end of a run at `end_s` \[s\].
fn why_late(
    (depot, visit, end_s): (&Depot, &Visit, i64),
    stay: &Stay,
    lacked: Lacked<'_>,
    words: &Words,
) -> String {
    let Lacked { main_constraint, undecided_j, waited } = lacked;
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
    if let Some(at_s) = visit.conduct.unplugged_s.filter(|_| is_pulled(depot, visit, stay)) {
        say(format!("somebody pulled its plug at {}", words.short(at_s)));
    }
    if !main_constraint.is_empty() {
        say(format!("{main_constraint} held it back most"));
    }
    if undecided_j > 0 {
        let asked = brief(&kwh(undecided_j));
        say(format!("while cycles were rejected it got {asked} kWh less than it asked for"));
    }
    if stay.paused_s > 0 {
        say(format!("it was paused for {}", duration(stay.paused_s as i64)));
    }
    if stay.plugged_in_s.is_some() && stay.left_s.is_none() && visit.departure_s > end_s {
        say("the run ended while it was still there".to_owned());
    }
    if !has_cause {
        why.push(match waited {
            Some(_) => "then nothing held it back, but what was left of its time was too short for its battery and charger",
            None => "nothing held it back: its time was too short for its battery and charger",
        }.to_owned());
    }
    why.join("; ")
}
