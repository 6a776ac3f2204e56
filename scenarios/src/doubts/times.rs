//! What never happens within the run, and who leaves after it.

use crate::checks::CheckRule;
use crate::error::Problems;
use crate::scenario::{Expected, Scenario};
use crate::values::clock::{Span, When};
use sim::Visit;
use std::collections::BTreeMap;

pub(super) fn doubts(scenario: &Scenario, found: &mut Problems) {
    never(scenario, found);
    unheard_orders(scenario, found);
    late_departures(scenario, found);
}

/// Windows longer than this that have begun before the start have their times in the wrong order, most likely \[s\].
const LONG_S: i64 = 18 * 3600;
/// Seconds of a day.
const DAY_S: i64 = 24 * 3600;
/// Times of day that are so far apart are closer the other way round [s].
const NEARLY_A_DAY_S: i64 = 21 * 3600;

/// Windows and faults that lie outside the run, and windows that hold by a mistake.
fn never(scenario: &Scenario, found: &mut Problems) {
    let (file, calendar) = (&scenario.file, &scenario.calendar);
    let duration_s = scenario.depot.duration_s() as i64;
    let tick_s = scenario.depot.step_s;
    let first_tick_s = |at_s: i64| scenario.depot.first_tick_s(at_s) as i64;
    let mut empty = Vec::new();
    // What a tick makes of something that begins and ends before it.
    const NEVER: &str = "so that it never happens";
    const AT_ONCE: &str = "so that it begins and ends at once, at the beginning of the next";
    let mut check = |place: String,
                     (from, to, duration): (When, Option<When>, Option<Span>),
                     between: &str| {
        // What cannot be read is told elsewhere.
        let Ok((from_s, to_s)) = calendar.window(from, to, duration) else { return };
        // What has no end lasts for ever, and no longer: it may begin before the start.
        let lasts_s = to_s.saturating_sub(from_s);
        if from_s >= duration_s || to_s <= 0 {
            let (start, end) = (calendar.moment(0), calendar.moment(duration_s));
            let message = format!(
                "it holds from \"{}\", but the run goes from \"{start}\" to \"{end}\", so that it never happens (within that; or another start or duration)",
                calendar.moment(from_s)
            );
            found.add(place, message);
        } else if first_tick_s(from_s) >= to_s.min(duration_s) {
            // What has no end lasts until the run ends, and after its last tick there is no next one.
            let between = if first_tick_s(from_s) >= duration_s { NEVER } else { between };
            let [begins, ends] = [from_s, to_s.min(duration_s)].map(|at_s| calendar.moment(at_s));
            let message = format!(
                "it holds from \"{begins}\" to \"{ends}\", and no tick begins in it, {between} (a window with the beginning of a tick, which comes every {tick_s} s; or a shorter tick)"
            );
            found.add(place, message);
        } else if from_s < 0 && lasts_s > LONG_S && to_s < i64::MAX && to.is_none_or(is_bare) && is_bare(from)
        {
            let [begins, ends, start] = [from_s, to_s, 0].map(|at_s| calendar.moment(at_s));
            let message = format!(
                "it holds from \"{begins}\" to \"{ends}\", that is from the start \"{start}\", and not again (the times may be in the wrong order; \"d2 06:00\" is on the second day)"
            );
            found.add(place, message);
        } else if lasts_s >= NEARLY_A_DAY_S && to_s < i64::MAX && is_over_midnight(from, to) {
            let [begins, ends] = [from_s, to_s].map(|at_s| calendar.moment(at_s));
            let message = format!(
                "it holds from \"{begins}\" to \"{ends}\", for nearly a whole day (the times may be in the wrong order; \"d2 06:00\" is on the second day)"
            );
            found.add(place, message);
        }
    };
    for (index, fault) in (1..).zip(&file.charger_faults) {
        check(format!("charger_faults.{index}.from"), (fault.from, fault.to, fault.duration), AT_ONCE);
    }
    for (index, outage) in (1..).zip(&file.outages) {
        check(format!("outages.{index}.from"), (outage.from, outage.to, outage.duration), AT_ONCE);
    }
    for (index, gap) in (1..).zip(&file.measurement_gaps) {
        check(format!("measurement_gaps.{index}.from"), (gap.from, Some(gap.to), None), NEVER);
    }
    for (index, order) in (1..).zip(&file.overrides) {
        check(format!("overrides.{index}.from"), (order.from, order.to, order.duration), AT_ONCE);
    }
    for envelope in &file.envelopes {
        if envelope.windows.is_empty() {
            let message =
                "it has no windows, so that it never limits anything (at least one; or no such envelope)";
            empty.push((format!("envelopes.{}.windows", envelope.id), message));
        }
        for (index, window) in (1..).zip(&envelope.windows) {
            // A daily one holds again, and where days begin with a tick it falls between the same ticks.
            let is_daily =
                window.daily && calendar.resolve(window.from, 0).is_ok_and(|from_s| from_s < duration_s);
            let is_within_a_tick = DAY_S % i64::from(tick_s) == 0
                && calendar
                    .window(window.from, Some(window.to), None)
                    .is_ok_and(|(from_s, to_s)| from_s >= 0 && first_tick_s(from_s) >= to_s);
            if !is_daily || is_within_a_tick {
                let place = format!("envelopes.{}.windows.{index}.from", envelope.id);
                check(place, (window.from, Some(window.to), None), NEVER);
            }
        }
    }
    empty.into_iter().for_each(|(place, message)| found.add(place, message));
}

/// Orders about a vehicle that is not there while they hold; of visits that chance decides, that is not known.
fn unheard_orders(scenario: &Scenario, found: &mut Problems) {
    let Expected::Known(visits) = &scenario.visitors else { return };
    if scenario.file.overrides.is_empty() {
        return;
    }
    let calendar = &scenario.calendar;
    let by_id: BTreeMap<&str, &Visit> = visits.iter().map(|visit| (visit.id.as_str(), visit)).collect();
    for (index, order) in (1..).zip(&scenario.file.overrides) {
        let visit = by_id.get(order.visit.as_str());
        let window = calendar.window(order.from, order.to, order.duration);
        let (Some(visit), Ok((from_s, to_s))) = (visit, window) else { continue };
        if from_s >= visit.departure_s || to_s <= visit.arrival_s {
            let [begins, arrives, leaves] =
                [from_s, visit.arrival_s, visit.departure_s].map(|at_s| calendar.moment(at_s));
            let message = format!(
                "it holds from \"{begins}\", but {} is there from \"{arrives}\" to \"{leaves}\", so that it is never heard (within that)",
                visit.id
            );
            found.add(format!("overrides.{index}.from"), message);
        }
    }
}

/// From a time of day to an earlier one, which is on the next day.
fn is_over_midnight(from: When, to: Option<When>) -> bool {
    matches!((from, to), (When::Next(from), Some(When::Next(to))) if to < from)
}

/// A time of day, without a day.
fn is_bare(when: When) -> bool {
    matches!(when, When::Next(_))
}

/// Who still charges when the run ends is judged by what it has until then: worth a word where readiness is checked, since a short run that
/// shows something else may well end before its vehicles leave.
fn late_departures(scenario: &Scenario, found: &mut Problems) {
    if !scenario.file.checks.iter().any(|record| matches!(record.check, CheckRule::Ready { .. })) {
        return;
    }
    let duration_s = scenario.depot.duration_s() as i64;
    let (late, last_s) = match &scenario.visitors {
        Expected::Known(visits) => {
            let late = visits.iter().map(|visit| visit.departure_s).filter(|&leaves_s| leaves_s > duration_s);
            (late.clone().count() as u64, late.max())
        }
        Expected::Drawn(groups) => {
            let late = groups.iter().map(|group| (group.count, group.last_departure_s()));
            let late = late.filter(|(_, leaves_s)| *leaves_s > duration_s);
            (late.clone().map(|(count, _)| u64::from(count)).sum(), late.map(|(_, leaves_s)| leaves_s).max())
        }
    };
    if let Some(last_s) = last_s {
        let [end, last] = [duration_s, last_s].map(|at_s| scenario.calendar.moment(at_s));
        let message = format!(
            "the run ends at \"{end}\", but vehicles may leave until \"{last}\" ({late} of them after its end, judged by what they have then; a longer duration, or earlier departures)"
        );
        found.add("duration", message);
    }
}
