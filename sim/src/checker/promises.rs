//! What a cycle promises: setpoints within limits, everybody named who withholds anything, minima kept, and a verdict that fits.
//!
//! It is looked at where connectors or limits have changed since it was last kept.

use super::known::{Holds, Known, wrong};
use super::ledger::Ledger;
use super::limits::Limits;
use super::seen::Seen;
use super::verdict::{Verdict, check_rejected};
use super::{hardware, minima, names};
use crate::view::{CycleRecord, NO_NODE, TickView};
use balancer::{Control, Outcome, Strategy};

/// The cycles of a run.
#[derive(Debug, Clone)]
pub(super) struct Promises {
    count: u64,
    verdict: Verdict,
}

impl Promises {
    pub(super) fn of(known: &Known<'_>) -> Self {
        Self { count: 0, verdict: Verdict::of(known) }
    }

    #[inline]
    pub(super) fn check(
        &mut self,
        known: &Known<'_>,
        limits: &Limits<'_>,
        ledger: &mut Ledger,
        view: &TickView<'_>,
    ) -> Holds {
        // Between two cycles limits may fall below what is held.
        let Some(cycle) = view.cycle.filter(|_| view.is_cycle_new) else { return Ok(()) };
        let number = self.count;
        self.count += 1;
        if (cycle.cycle, cycle.t_s) != (number, view.t_s) {
            let what = format!("cycle {number} runs now, and is told to be {} at {}", cycle.cycle, cycle.t_s);
            return wrong(0, what);
        }
        if cycle.outcome == Outcome::Rejected {
            ledger.is_all_changed = true;
            return check_what_is_held(known, limits, ledger, cycle);
        }
        if ledger.is_all_changed || !ledger.changed.is_empty() {
            check_grants(known, limits, ledger, view)?;
            self.verdict.derive(known, limits, ledger, view);
            ledger.settle();
        }
        self.verdict.check(known, ledger.nodes.root(), cycle)
    }
}

/// What a cycle granted that was not rejected.
fn check_grants(known: &Known<'_>, limits: &Limits<'_>, ledger: &mut Ledger, view: &TickView<'_>) -> Holds {
    if known.has_minima || ledger.tally.paused > 0 {
        minima::check(known, limits, view)?;
    }
    if known.depot.strategy == Strategy::Uncontrolled {
        return hardware::check(known, limits, &ledger.seen);
    }
    ledger.nodes.check_within_limits(known)?;
    // A charge point may hold what its connectors cannot use, and who is paused needs more than a watt: then nodes are not simply full.
    let is_simple = known.depot.control == Control::Connector
        && ledger.tally.paused == 0
        && ledger.tally.binding.iter().all(|&node| ledger.nodes.at(node).is_full());
    if ledger.is_all_changed || !is_simple {
        for column in 0..ledger.seen.len() {
            check_grant(known, limits, ledger, view, (column, false))?;
        }
    } else {
        for next in 0..ledger.changed.len() {
            check_grant(known, limits, ledger, view, (ledger.changed[next] as usize, true))?;
        }
    }
    if ledger.tally.short > 0 && names::are_deepest(known) {
        names::check_deepest(known, &ledger.nodes, &ledger.seen)?;
    }
    Ok(())
}

/// One connector: within its own limit, and with a name for what it lacks. `is_simple` where every node that is named is full.
#[inline]
fn check_grant(
    known: &Known<'_>,
    limits: &Limits<'_>,
    ledger: &mut Ledger,
    view: &TickView<'_>,
    (column, is_simple): (usize, bool),
) -> Holds {
    let seen = &ledger.seen[column];
    check_own_limit(known, limits, seen, column)?;
    // Who gets the demand names nobody, and there is nothing more to say.
    if seen.setpoint_w == seen.demand_w && seen.constrained_by == NO_NODE {
        return Ok(());
    }
    // A node that was found on the path once stays there: the site does not change.
    if is_simple && seen.is_short && seen.named != NO_NODE && seen.constrained_by == seen.on_path {
        return Ok(());
    }
    names::check(known, limits, &ledger.nodes, view, column)?;
    ledger.seen[column].on_path = ledger.seen[column].constrained_by;
    Ok(())
}

fn check_own_limit(known: &Known<'_>, limits: &Limits<'_>, seen: &Seen, column: usize) -> Holds {
    let (setpoint_w, limit_w) = (seen.setpoint_w, limits.of_connectors().ev_limit_w[column]);
    if u64::from(setpoint_w) <= limit_w {
        return Ok(());
    }
    wrong(known.site.connectors[column], format!("gets {setpoint_w} W on an EV limit of {limit_w} W"))
}

/// What is held, or falls back, keeps to the limits, answers no demand, and names nobody who could not limit it.
#[cold]
fn check_what_is_held(
    known: &Known<'_>,
    limits: &Limits<'_>,
    ledger: &mut Ledger,
    cycle: &CycleRecord,
) -> Holds {
    ledger.nodes.check_within_limits(known)?;
    for (column, seen) in ledger.seen.iter().enumerate() {
        check_own_limit(known, limits, seen, column)?;
        if seen.constrained_by != NO_NODE && !names::is_on_path(known, column, seen.constrained_by) {
            let what = "names what is not above it while cycles are rejected";
            return wrong(known.site.connectors[column], what);
        }
    }
    check_rejected(ledger.nodes.root(), cycle)
}
