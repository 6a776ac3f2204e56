//! What a cycle promises: setpoints within limits, everybody named who withholds anything, minima kept, and a verdict that fits.
//!
//! It is looked at where connectors or limits have changed since it was last kept.

use super::granted::Granted;
use super::known::{Holds, Known, wrong};
use super::limits::Limits;
use super::minima::Minima;
use super::nodes::Nodes;
use super::tally::Tally;
use super::turns::Turns;
use super::verdict::Verdict;
use super::{hardware, names};
use crate::view::{CycleRecord, NO_NODE, TickView};
use balancer::{Control, Outcome, Strategy};

/// The cycles of a run.
#[derive(Debug, Clone)]
pub(super) struct Promises {
    count: u64,
    /// The tick in which the next one is due.
    due_tick: u32,
    verdict: Verdict,
    minima: Minima,
    /// Under charge-point control.
    turns: Option<Turns>,
    /// Where there are ticks without a cycle.
    granted: Option<Granted>,
    /// Whether connectors, other than their meters, or limits have changed since all was known to be in order.
    has_changed: bool,
}

/// What follows from what connectors show.
#[derive(Clone, Copy)]
pub(super) struct Derived<'a> {
    pub(super) nodes: &'a Nodes,
    pub(super) tally: &'a Tally,
}

impl Promises {
    pub(super) fn of(known: &Known<'_>) -> Self {
        Self {
            count: 0,
            due_tick: 0,
            verdict: Verdict::of(known),
            minima: Minima::of(known.site.connectors.len()),
            turns: Turns::of(known),
            granted: (known.depot.rebalance_every_ticks > 1)
                .then(|| Granted::of(known.site.connectors.len())),
            has_changed: true,
        }
    }

    /// Limits, least powers or outages have changed.
    pub(super) fn note_limits(&mut self) {
        self.minima.note_limits();
    }

    /// A tick has passed; `has_changed` if limits changed in it, or anything that connectors show but their meters: those promise nothing.
    #[inline]
    pub(super) fn check(
        &mut self,
        known: &Known<'_>,
        limits: &Limits<'_>,
        (derived, has_changed): (Derived<'_>, bool),
        view: &TickView<'_>,
    ) -> Holds {
        self.has_changed |= has_changed;
        let is_due = view.tick == self.due_tick;
        let cycle = match view.cycle {
            Some(cycle) if is_due == view.is_cycle_new => cycle,
            _ if is_due => return wrong(0, "a cycle is due, and none is told"),
            _ => return wrong(0, "no cycle is due, and a new one is told, or none at all"),
        };
        if !is_due {
            return self.check_between(known, cycle, view);
        }
        if let Some(granted) = &mut self.granted {
            granted.take_over(view);
        }
        if let Some(turns) = &mut self.turns {
            self.has_changed |= turns.hear(known, view.tick);
        }
        let number = self.count;
        self.count += 1;
        self.due_tick = self.due_tick.saturating_add(known.depot.rebalance_every_ticks);
        if (cycle.cycle, cycle.t_s) != (number, view.t_s) {
            let what = format!("cycle {number} runs now, and is told to be {} at {}", cycle.cycle, cycle.t_s);
            return wrong(0, what);
        }
        if cycle.outcome == Outcome::Rejected {
            self.has_changed = true;
            check_what_is_held(known, limits, derived.nodes, view)?;
            self.verdict.derive(known, limits, derived, view);
            return self.verdict.check_rejected(derived.nodes.root(), cycle);
        }
        if std::mem::take(&mut self.has_changed) {
            if known.has_minima || derived.tally.counts.paused > 0 {
                self.minima.check(known, limits, view)?;
            }
            check_grants(known, limits, derived, view)?;
            if let Some(turns) = &mut self.turns {
                turns.check(known, limits, view)?;
            }
            self.verdict.derive(known, limits, derived, view);
        }
        self.verdict.check(known, derived.nodes.root(), cycle)
    }

    /// A tick without a cycle: limits may fall below what is held meanwhile.
    fn check_between(&mut self, known: &Known<'_>, cycle: &CycleRecord, view: &TickView<'_>) -> Holds {
        if cycle.cycle + 1 != self.count {
            return wrong(0, format!("cycle {} is told, and {} have run", cycle.cycle, self.count));
        }
        self.granted.as_mut().map_or(Ok(()), |granted| granted.check(known, view))
    }
}

/// What a cycle granted that was not rejected.
#[inline]
fn check_grants(known: &Known<'_>, limits: &Limits<'_>, derived: Derived<'_>, view: &TickView<'_>) -> Holds {
    let Derived { nodes, tally } = derived;
    if known.depot.strategy == Strategy::Uncontrolled {
        return hardware::check(known, limits, view);
    }
    nodes.check_within_limits(known, limits, view)?;
    // A charge point may hold what its connectors cannot use, and who is paused needs more than a watt: then nodes are not simply full.
    let is_full = |&node: &u32| nodes.at(node).allocated_w == limits.of_nodes().ev_limit_w[node as usize];
    let is_simple = known.depot.control == Control::Connector
        && tally.counts.paused == 0
        && !tally.counts.any_to_look_at
        && tally.binding.iter().all(is_full);
    if !is_simple {
        for column in 0..known.site.connectors.len() {
            names::check(known, limits, nodes, view, column)?;
        }
    }
    if tally.counts.short > 0 && names::are_deepest(known) {
        names::check_deepest(known, limits, nodes, view)?;
    }
    Ok(())
}

/// What is held, or falls back, keeps to the limits, and nobody is named by whoever lacks nothing or who could not limit him.
#[cold]
fn check_what_is_held(known: &Known<'_>, limits: &Limits<'_>, nodes: &Nodes, view: &TickView<'_>) -> Holds {
    nodes.check_within_limits(known, limits, view)?;
    let shown = &view.connectors;
    for (column, &by) in shown.constrained_by.iter().enumerate().filter(|(_, by)| **by != NO_NODE) {
        let position = known.site.connectors[column];
        if !names::is_on_path(known, column, by) {
            return wrong(position, "names what is not above it while cycles are rejected");
        }
        if shown.setpoint_w[column] >= shown.demand_w[column] {
            return wrong(position, "gets its demand and names a constraint while cycles are rejected");
        }
    }
    Ok(())
}
