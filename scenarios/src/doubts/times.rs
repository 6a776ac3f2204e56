//! What never happens within the run, and who leaves after it.

use crate::checks::CheckRule;
use crate::clock::When;
use crate::error::Problems;
use crate::scenario::{Expected, Scenario};

pub(super) fn doubts(scenario: &Scenario, found: &mut Problems) {
    never(scenario, found);
    late_departures(scenario, found);
}

/// Windows and faults that begin when the run is over.
fn never(scenario: &Scenario, found: &mut Problems) {
    let (file, calendar) = (&scenario.file, &scenario.calendar);
    let duration_s = scenario.depot.duration_s() as i64;
    let mut check = |place: String, from: When| {
        // A bare time comes every day; what is said of a day is meant.
        let Ok(from_s) = calendar.resolve(from, 0) else { return };
        if from_s >= duration_s && !matches!(from, When::Next(_)) {
            let end = calendar.moment(duration_s);
            let message = format!(
                "it begins at \"{from}\", but the run ends at \"{end}\", so that it never happens (before that; or lengthen the duration)"
            );
            found.add(place, message);
        }
    };
    for (index, fault) in (1..).zip(&file.charger_faults) {
        check(format!("charger_faults.{index}.from"), fault.from);
    }
    for (index, outage) in (1..).zip(&file.outages) {
        check(format!("outages.{index}.from"), outage.from);
    }
    for (index, gap) in (1..).zip(&file.measurement_gaps) {
        check(format!("measurement_gaps.{index}.from"), gap.from);
    }
    for envelope in &file.envelopes {
        for (index, window) in (1..).zip(&envelope.windows) {
            check(format!("envelopes.{}.windows.{index}.from", envelope.id), window.from);
        }
    }
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
