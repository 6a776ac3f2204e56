//! The independent checker: an observer that derives again what must hold, from the depot, the realization and what it is shown.
//!
//! It imports nothing of the balancer but units and words, and nothing of the simulation but its views, the order of their columns (`Site`, of which
//! `way_up` looks at every path) and the count of what is written to them (`Column`). It is always on. Each file below it is one
//! thing that must hold:
//!
//! | file | what |
//! |---|---|
//! | `limits` | the effective limit of every node and connector is the least of its ratings and envelopes, less base load |
//! | `nodes` | what a node is told to get and to be asked for is the sum of its connectors'; every meter is the sum below it plus base load; a node is breached exactly while its meter is above its limit |
//! | `promises` | no node's setpoints exceed its EV limit, and no connector's its own, in rejected cycles too |
//! | `hardware` | under `uncontrolled`, which ignores limits, nobody gets more than hardware is rated for |
//! | `names` | nothing is left that a curtailed connector could take; each such connector names a full node above it (or itself), the deepest where a greedy strategy leaves several full, and nobody else names any; under charge-point control what a charge point was granted and none of its connectors can use counts as taken |
//! | `turns` | a charge point that is controlled as a whole serves whoever is to charge at once before its tiers, and a tier before the next, or who came earlier before who came later |
//! | `minima` | nobody charges on less than its least power, and who therefore gets nothing is paused; least powers that cannot be paused and do not fit reject the cycle |
//! | `verdict` | outcome, reason, constraint, counts and the site's totals are what the connectors show |
//! | `refusals` | cycles are rejected while site data, a feed, the age of measurements or least powers stand against them, and only then, each with its reason and sentence |
//! | `granted` | between two cycles nobody is granted anything else than by the first of them, unless it is taken away |
//! | `fail_safe` | nobody gets more then than was held for him, or than his fallback |
//! | `outages` | nothing flows below a node that is out |
//! | `ledger`, `batteries` | nobody is there before arrival and the delay of plugging in, or after the end of the stay, or leaves before; every battery gains the efficient part of what its meter counted, rounded down, and where it may gain no more, nothing is drawn for it beyond the watt that fills it |
//! | `curves` | what is asked for and drawn is what the vehicle's curve has at what its battery holds, and no more than the setpoint: looked at in turns |
//! | `noted_stays` | every stay is told with its connector, when it was plugged in, ready and gone, with what its battery held and with what its meter counted |
//! | `pauses` | every visit ends with the time for which it was paused |
//! | `chargers` | what flows is within what latency, ramps, modules, offline windows and fallbacks allow, derived second by second; who is out of service or on hold gets nothing |
//! | `breaches` | every breach of a node or connector is told, with its extent; a charger that is blamed is one that was offline, or ignored setpoints; every limit that fell is met when the meters say so |
//! | `energy` | at the end the site's energy is that of its connectors plus base load plus standby, to the joule |

mod batteries;
mod blocks;
mod breaches;
mod chargers;
mod curves;
mod editions;
mod energy;
mod fail_safe;
mod granted;
mod hardware;
mod known;
mod ledger;
mod limit_columns;
mod limits;
mod minima;
mod names;
mod nodes;
mod noted_stays;
mod outages;
mod pauses;
mod promises;
mod refusals;
mod tally;
mod turns;
mod verdict;
mod way_up;
mod wholes;

use crate::depot::Depot;
use crate::realization::Realization;
use crate::view::{Observer, ObserverError, RunEnd, TickView};
use batteries::Batteries;
use breaches::Breaches;
use editions::Editions;
use energy::Energy;
use known::{Holds, Known, Wrong};
use limits::Limits;
use nodes::Nodes;
use pauses::Pauses;
use promises::{Derived, Promises};
use refusals::Refusals;
use tally::Tally;

/// Something that must hold and does not: a bug in depotsim, never in its input.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "an invariant is broken at t = {t_s} s, {subject}: {what} (this is a bug in depotsim; please report it with the scenario and seed)"
)]
pub struct BrokenInvariant {
    /// When \[s\] from the start.
    pub t_s: u64,
    /// The node or connector.
    pub subject: String,
    /// What should be, and what is.
    pub what: String,
}

/// The checker of one run.
#[derive(Debug, Clone)]
pub struct Checker<'a> {
    known: Known<'a>,
    limits: Limits<'a>,
    refusals: Refusals<'a>,
    seen: Editions,
    nodes: Nodes,
    tally: Tally,
    promises: Promises,
    batteries: Batteries,
    pauses: Pauses,
    breaches: Breaches,
    energy: Energy,
}

impl<'a> Checker<'a> {
    /// A checker for a run of `realization` at `depot`.
    pub fn new(depot: &'a Depot, realization: &'a Realization) -> Self {
        let known = Known::of(depot, realization);
        Self {
            limits: Limits::of(&known),
            refusals: Refusals::of(&known),
            seen: Editions::default(),
            nodes: Nodes::of(&known.site),
            tally: Tally::of(known.site.nodes.len(), known.site.connectors.len()),
            promises: Promises::of(&known),
            batteries: Batteries::of(&known),
            pauses: Pauses::of(&known),
            breaches: Breaches::of(),
            energy: Energy::default(),
            known,
        }
    }

    fn check_tick(&mut self, view: &TickView<'_>) -> Holds {
        let Self {
            known,
            limits,
            refusals,
            seen,
            nodes,
            tally,
            promises,
            batteries,
            pauses,
            breaches,
            energy,
        } = self;
        let have_limits_changed = limits.advance(known, view);
        if have_limits_changed {
            breaches.note_falls(known, limits, view.t_s);
            promises.note_limits();
        }
        limits.check(known, view)?;
        if limits.any_out() {
            outages::check(known, limits, view)?;
        }
        refusals.check(known, limits, view)?;
        // What follows from nothing that is new has been derived before, and is compared again with what is shown.
        let shown = &view.connectors;
        let news = seen.move_to(shown);
        if news.names {
            tally.take_names(known, shown);
        }
        if news.demands || have_limits_changed {
            nodes.take_demands((limits, have_limits_changed), shown);
        }
        if news.setpoints || news.meters || have_limits_changed {
            nodes.add_powers(limits, shown);
        }
        let has_changed = have_limits_changed || news.names || news.demands || news.setpoints || news.visits;
        if has_changed {
            tally.count(nodes.could_take_w(), shown);
        }
        batteries.check(known, limits, (nodes, news.visits), view)?;
        if news.visits || news.pauses {
            pauses.read(shown, news, view.t_s);
        }
        promises.check(known, limits, (Derived { nodes, tally }, has_changed), view)?;
        nodes.check(known, &mut tally.is_binding, view)?;
        energy.count(limits, nodes.root(), view);
        breaches.check(known, limits, nodes.any_breached(), refusals.has_rejected, view)
    }

    #[cold]
    fn broken(&self, t_s: u64, wrong: Wrong) -> ObserverError {
        let node = self.known.depot.site.get(wrong.position as usize);
        let subject = node.map_or("the site", |node| &node.id).to_owned();
        Box::new(BrokenInvariant { t_s, subject, what: wrong.what })
    }
}

impl Observer for Checker<'_> {
    fn tick(&mut self, view: &TickView<'_>) -> Result<(), ObserverError> {
        self.check_tick(view).map_err(|wrong| self.broken(view.t_s, *wrong))
    }

    fn end(&mut self, end: &RunEnd<'_>) -> Result<(), ObserverError> {
        let Self { known, refusals, batteries, pauses, energy, breaches, .. } = self;
        energy
            .check(known, batteries, end)
            .and_then(|()| pauses.check(known, end))
            .and_then(|()| batteries.check_end(known, end))
            .and_then(|()| breaches.check_end(known, refusals.has_rejected, end))
            .map_err(|wrong| self.broken(end.t_s, *wrong))
    }
}
