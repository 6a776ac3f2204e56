//! The independent checker: an observer that derives again what must hold, from the depot, the realization and what it is shown.
//!
//! It imports nothing of the balancer but units and words, and nothing of the simulation but its views. It is always on.
//!
//! - **limits**: the effective limit of every node is the least of its ratings and envelopes, less base load;
//! - **allocation**: no node's setpoints exceed its EV limit; nothing is left that a curtailed connector could take; each such
//!   connector names a full node above it (or itself), the deepest where a greedy strategy leaves several full, and nobody else names any;
//!   under charge-point control what a charge point was granted and none of its connectors can use counts as taken;
//! - **outcome**: APPLIED, CURTAILED and the counts are what the connectors show;
//! - **rejections**: cycles are rejected while site data, a feed or the age of measurements stand against them, each with its reason and
//!   sentence; nobody gets more then than was held for him, or than his fallback;
//! - **outages**: nothing flows below a node that is out;
//! - **readiness**: at the end, whoever has what makes it ready was told to be ready, and nobody else;
//! - **chargers**: what flows is within what latency, ramps, modules, offline windows and fallbacks allow, derived second by second; who is out of
//!   service or on hold gets nothing; who never came, or has left, is not there;
//! - **breaches**: a node is breached exactly while its meter is above its limit; a charger that is blamed is one that was offline, or ignored setpoints;
//!   every limit that fell is met when the meters say so;
//! - **energy**: every battery gains the efficient part of what its meter counted, rounded down; every meter is the sum below it plus base load;
//!   at the end the site's energy is that of its connectors plus base load plus standby, to the joule.

mod closely;
mod ties;

use crate::checked_chargers::CheckedChargers;
use crate::checked_limits::CheckedLimits;
use crate::checked_refusals::CheckedRefusals;
use crate::depot::Depot;
use crate::limit_step::LimitStep;
use crate::realization::Realization;
use crate::site::{NO_PARENT, Site};
use crate::view::{ConnectorState, NO_NODE, NO_VISIT, Observer, ObserverError, RunEnd, TickView};
use balancer::{Control, Outcome, Strategy};

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

/// Where two columns first differ.
fn first_difference<T: PartialEq>(a: &[T], b: &[T]) -> usize {
    a.iter().zip(b).position(|(a, b)| a != b).unwrap_or(0)
}

/// The checker of one run.
#[derive(Debug, Clone)]
pub struct Checker<'a> {
    depot: &'a Depot,
    realization: &'a Realization,
    site: Site,
    limits: CheckedLimits<'a>,
    chargers: CheckedChargers<'a>,
    /// Limits as they were last \[W\], and those that fell and are not met yet.
    last_limit_w: Vec<u64>,
    unmet: Vec<(usize, LimitStep)>,
    refusals: CheckedRefusals<'a>,
    /// Node column of each site position, and connector column; [`NO_NODE`] where there is none.
    node_column: Vec<u32>,
    efficiency_ppm: Vec<u64>,

    // What was seen last, by connector.
    visit: Vec<u32>,
    energy_j: Vec<u64>,
    target_j: Vec<u64>,
    demand_w: Vec<u32>,
    setpoint_w: Vec<u32>,
    measured_w: Vec<u32>,
    constrained_by: Vec<u32>,
    /// A node that is known to be above each connector, the one that it named last.
    on_path: Vec<u32>,
    has_checked_shares: bool,
    has_checked_meters: bool,
    is_breached: Vec<bool>,

    // Scratch: sums by connector, and by node.
    sums: Sums,
    sums_w: Vec<u64>,
    meters_w: Vec<i64>,

    metered_w: u64,
    metered_j: u64,
    base_load_j: i128,
    cabin_j: u64,
    site_j: i128,
}

impl<'a> Checker<'a> {
    /// A checker for a run of `realization` at `depot`.
    pub fn new(depot: &'a Depot, realization: &'a Realization) -> Self {
        let site = Site::of(depot);
        let (nodes, connectors) = (site.nodes.len(), site.connectors.len());
        let mut node_column = vec![NO_NODE; depot.site.len()];
        for (column, &position) in site.nodes.iter().enumerate() {
            node_column[position as usize] = column as u32;
        }
        Self {
            limits: CheckedLimits::of(depot, realization, &site),
            chargers: CheckedChargers::of(depot, realization, &site),
            last_limit_w: Vec::new(),
            unmet: Vec::new(),
            refusals: CheckedRefusals::of(depot, realization, &site.connectors),
            efficiency_ppm: vec![0; connectors],
            visit: vec![NO_VISIT; connectors],
            energy_j: vec![0; connectors],
            target_j: vec![0; connectors],
            is_breached: vec![false; nodes],
            demand_w: vec![0; connectors],
            setpoint_w: vec![0; connectors],
            measured_w: vec![0; connectors],
            constrained_by: vec![NO_NODE; connectors],
            on_path: vec![NO_NODE; connectors],
            has_checked_shares: false,
            has_checked_meters: false,
            sums: Sums::of(&site),
            sums_w: vec![0; nodes],
            meters_w: vec![0; nodes],
            metered_w: 0,
            metered_j: 0,
            base_load_j: 0,
            cabin_j: 0,
            site_j: 0,
            depot,
            realization,
            site,
            node_column,
        }
    }

    fn broken(&self, view: &TickView<'_>, position: u32, what: impl Into<String>) -> ObserverError {
        let subject = self.depot.site.get(position as usize).map_or("the site", |node| &node.id).to_owned();
        Box::new(BrokenInvariant { t_s: view.t_s, subject, what: what.into() })
    }

    /// Limits as shown are limits as derived.
    fn check_limits(&mut self, view: &TickView<'_>) -> Result<(), ObserverError> {
        if self.limits.advance(view) {
            self.has_checked_shares = false;
            self.has_checked_meters = false;
            self.note_falls(view);
        }
        let (shown, derived) = (&view.nodes, self.limits.columns());
        let is_as_derived = shown.limit_w == derived.limit_w
            && shown.limit_source == derived.source
            && shown.ev_limit_w == derived.ev_limit_w
            && shown.base_load_w == derived.base_load_w;
        if is_as_derived {
            return Ok(());
        }
        for (column, &position) in self.site.nodes.iter().enumerate() {
            let is_from = (shown.limit_source[column], derived.source[column]);
            let is = (shown.limit_w[column], shown.ev_limit_w[column], shown.base_load_w[column]);
            let should_be =
                (derived.limit_w[column], derived.ev_limit_w[column], derived.base_load_w[column]);
            if is == should_be && is_from.0 != is_from.1 {
                let what = format!("the limit is told to be {:?}, and should be {:?}", is_from.0, is_from.1);
                return Err(self.broken(view, position, what));
            }
            if is != should_be {
                let what = format!("limit, EV limit and base load should be {should_be:?} W, and are {is:?}");
                return Err(self.broken(view, position, what));
            }
        }
        Ok(())
    }

    /// Sums of setpoints against limits, and who names whom.
    fn check_shares(&mut self, view: &TickView<'_>) -> Result<(), ObserverError> {
        let connectors = &view.connectors;
        let is_seen = self.has_checked_shares
            && self.setpoint_w == connectors.setpoint_w
            && self.demand_w == connectors.demand_w
            && self.constrained_by == connectors.constrained_by;
        if is_seen {
            return Ok(());
        }
        self.setpoint_w.copy_from_slice(connectors.setpoint_w);
        self.demand_w.copy_from_slice(connectors.demand_w);
        self.constrained_by.copy_from_slice(connectors.constrained_by);
        self.sum_setpoints();
        if self.sums_w != view.nodes.allocated_w {
            let column = first_difference(&self.sums_w, view.nodes.allocated_w);
            let (sum_w, shown_w) = (self.sums_w[column], view.nodes.allocated_w[column]);
            let what = format!("allocated should be {sum_w} W, and is {shown_w}");
            return Err(self.broken(view, self.site.nodes[column], what));
        }
        // Between two cycles limits may fall below what is held.
        let Some(cycle) = view.cycle.filter(|_| view.is_cycle_new) else {
            self.has_checked_shares = false;
            return Ok(());
        };
        let is_rejected = cycle.outcome == Outcome::Rejected;
        self.has_checked_shares = !is_rejected;
        if self.depot.strategy == Strategy::Uncontrolled && !is_rejected {
            return Ok(());
        }
        let limits_w = &self.limits.columns().ev_limit_w;
        if let Some(column) = self.sums_w.iter().zip(limits_w).position(|(sum_w, limit_w)| sum_w > limit_w) {
            let (sum_w, limit_w) = (self.sums_w[column], limits_w[column]);
            let what = format!("{sum_w} W are allocated on an EV limit of {limit_w} W");
            return Err(self.broken(view, self.site.nodes[column], what));
        }
        if is_rejected {
            // What is held, or falls back, answers no demand and names nobody.
            return Ok(());
        }
        let mut curtailed = 0;
        // The node that the connector before named, if it was found full.
        let mut full = NO_NODE;
        for column in 0..self.setpoint_w.len() {
            let (setpoint_w, demand_w, by) = (
                connectors.setpoint_w[column],
                connectors.demand_w[column],
                connectors.constrained_by[column],
            );
            // Who gets the demand names nobody, and there is nothing more to say.
            if setpoint_w == demand_w && by == NO_NODE {
                continue;
            }
            curtailed += u32::from(setpoint_w < demand_w);
            // A node that was found on the path once stays there: the site does not change.
            let is_simple = setpoint_w < demand_w
                && by != NO_NODE
                && by == self.on_path[column]
                && !connectors.is_paused[column];
            if is_simple && (by == full || self.is_full(by)) {
                full = by;
                continue;
            }
            self.check_share(view, column)?;
            self.on_path[column] = by;
        }
        if curtailed > 0 && self.is_greedy() {
            self.check_names(view)?;
        }
        self.check_outcome(view, curtailed)
    }

    /// Whether a node above the connectors has nothing left.
    fn is_full(&self, position: u32) -> bool {
        match self.node_column[position as usize] {
            NO_NODE => false,
            column => self.sums_w[column as usize] == self.limits.columns().ev_limit_w[column as usize],
        }
    }

    fn sum_setpoints(&mut self) {
        self.sums.over(&self.setpoint_w);
        for (sum_w, &(first, end)) in self.sums_w.iter_mut().zip(&self.site.connectors_below) {
            *sum_w = self.sums.between(first, end);
        }
    }

    /// One connector: at most its demand, and named for what it lacks.
    fn check_share(&self, view: &TickView<'_>, column: usize) -> Result<(), ObserverError> {
        let position = self.site.connectors[column];
        let (setpoint_w, demand_w) = (self.setpoint_w[column], self.demand_w[column]);
        let by = self.constrained_by[column];
        if setpoint_w > demand_w {
            return Err(self.broken(view, position, format!("gets {setpoint_w} W and asks for {demand_w}")));
        }
        if setpoint_w == demand_w {
            let is_named = by != NO_NODE;
            return if is_named {
                Err(self.broken(view, position, "gets its demand and names a constraint"))
            } else {
                Ok(())
            };
        }
        let Some(least_w) = self.headroom_w(view, column, by) else {
            return Err(self.broken(view, position, "is curtailed, and what it names is not above it"));
        };
        let is_paused = view.connectors.is_paused[column];
        // A paused leaf would need its whole minimum; any other would take a watt.
        let would_take_w = if is_paused { u64::from(self.min_power_w(view, column)) } else { 1 };
        if least_w >= would_take_w {
            return Err(self.broken(
                view,
                position,
                format!("is curtailed, and what it names has {least_w} W left"),
            ));
        }
        Ok(())
    }

    /// What is left at the node that a connector names; `None` if it is neither on its path nor the connector itself.
    fn headroom_w(&self, view: &TickView<'_>, column: usize, by: u32) -> Option<u64> {
        if by == self.site.connectors[column] && self.node_column[by as usize] == NO_NODE {
            return Some(
                self.limits.connector_ev_limit_w(column).saturating_sub(u64::from(self.setpoint_w[column])),
            );
        }
        let named = *self.node_column.get(by as usize)?;
        let mut node = self.site.connector_parents[column];
        while node != NO_PARENT {
            if node == named {
                // A charge point that is controlled as a whole may itself have split what it got.
                let splits =
                    self.depot.control == Control::ChargePoint && node == self.site.connector_parents[column];
                let limit_w = self.limits.columns().ev_limit_w[node as usize];
                if splits {
                    return Some(0);
                }
                let left_w = limit_w - self.sums_w[node as usize];
                return Some(left_w.saturating_sub(self.unusable_w(view, node)));
            }
            node = self.site.parents[node as usize];
        }
        None
    }

    /// What charge points below a node may have been granted that none of their connectors can use: where all but the paused have their
    /// demand, less than the least minimum of the paused.
    fn unusable_w(&self, view: &TickView<'_>, node: u32) -> u64 {
        if self.depot.control == Control::Connector {
            return 0;
        }
        let (first, end) = self.site.connectors_below[node as usize];
        let mut unusable_w = 0;
        let mut column = first as usize;
        while column < end as usize {
            let of = self.site.connector_parents[column];
            let (_, end) = self.site.connectors_below[of as usize];
            unusable_w += self.unusable_at(view, column..end as usize);
            column = end as usize;
        }
        unusable_w
    }

    /// The same at one charge point.
    fn unusable_at(&self, view: &TickView<'_>, columns: std::ops::Range<usize>) -> u64 {
        let mut least_w = u64::MAX;
        let mut uses_any = false;
        for column in columns.filter(|&column| self.demand_w[column] > 0) {
            if view.connectors.is_paused[column] {
                least_w = least_w.min(u64::from(self.min_power_w(view, column)));
            } else if u64::from(self.setpoint_w[column])
                < u64::from(self.demand_w[column]).min(self.limits.connector_ev_limit_w(column))
            {
                return 0;
            } else {
                uses_any = true;
            }
        }
        if uses_any && least_w < u64::MAX { least_w.saturating_sub(1) } else { 0 }
    }

    fn min_power_w(&self, view: &TickView<'_>, column: usize) -> u32 {
        let of_connector_w = self.limits.min_power_w(self.site.connectors[column]);
        let visit = &self.realization.visits[view.connectors.visit[column] as usize];
        let of_vehicle_w = self.depot.vehicle_types[visit.vehicle_type as usize].min_power_w;
        of_connector_w.max(of_vehicle_w).min(self.demand_w[column])
    }

    /// Nothing flows where there is no power, and what stands there says so.
    fn check_outages(&self, view: &TickView<'_>) -> Result<(), ObserverError> {
        if !self.limits.any_out() {
            return Ok(());
        }
        for (column, &position) in self.site.connectors.iter().enumerate() {
            if !self.limits.is_dead(column) {
                continue;
            }
            let (state, measured_w) = (view.connectors.state[column], view.connectors.measured_w[column]);
            let is_empty = view.connectors.visit[column] == NO_VISIT;
            let is_told = match state {
                // Its charger may be out of service too, with a vehicle at it.
                ConnectorState::Unavailable => true,
                ConnectorState::Charging | ConnectorState::Available => false,
                _ => !is_empty,
            };
            if measured_w > 0 || !is_told {
                let what = format!("is without power, draws {measured_w} W and is {}", state.name());
                return Err(self.broken(view, position, what));
            }
        }
        Ok(())
    }

    fn check_outcome(&self, view: &TickView<'_>, curtailed: u32) -> Result<(), ObserverError> {
        let Some(cycle) = view.cycle else { return Ok(()) };
        let should_be = if curtailed == 0 { Outcome::Applied } else { Outcome::Curtailed };
        let counts_differ = self.depot.control == Control::Connector && cycle.curtailed_count != curtailed;
        // A charge point may get all that it asks for as a whole while its connectors ask for more than it can carry.
        let outcome_differs = cycle.outcome != should_be
            && !(self.depot.control == Control::ChargePoint && cycle.outcome == Outcome::Applied);
        if outcome_differs || counts_differ {
            let (is, count) = (cycle.outcome, cycle.curtailed_count);
            let what = format!("{curtailed} connectors are curtailed, and the cycle says {is} with {count}");
            return Err(self.broken(view, 0, what));
        }
        Ok(())
    }

    /// Batteries gain what their meters allow.
    fn check_charging(&mut self, view: &TickView<'_>) -> Result<(), ObserverError> {
        let connectors = &view.connectors;
        if self.visit != connectors.visit {
            for column in 0..self.visit.len() {
                if self.visit[column] != connectors.visit[column] {
                    self.take_in(column, connectors.visit[column]);
                }
            }
        }
        if !self.chargers.is_plain {
            return self.check_charging_closely(view);
        }
        let step_s = u64::from(view.step_s);
        let n = self.energy_j.len();
        let (measured_w, setpoint_w, is_j) =
            (&connectors.measured_w[..n], &connectors.setpoint_w[..n], &connectors.energy_j[..n]);
        let (energy_j, target_j, efficiency_ppm) =
            (&mut self.energy_j[..n], &self.target_j[..n], &self.efficiency_ppm[..n]);
        let mut wrong = None;
        for column in 0..n {
            if measured_w[column] == 0 && is_j[column] == energy_j[column] {
                continue;
            }
            let gained_j = u64::from(measured_w[column]) * step_s * efficiency_ppm[column] / 1_000_000;
            // Without a vehicle the target is 0 and so is the energy: nothing may be drawn, and nothing gained.
            let should_be_j = (energy_j[column] + gained_j).min(target_j[column].max(energy_j[column]));
            if measured_w[column] > setpoint_w[column] || is_j[column] != should_be_j {
                wrong = Some((column, should_be_j));
                break;
            }
            energy_j[column] = should_be_j;
        }
        match wrong {
            None => Ok(()),
            Some((column, should_be_j)) => Err(self.wrong_charge(view, column, should_be_j)),
        }
    }

    #[cold]
    fn wrong_charge(&self, view: &TickView<'_>, column: usize, should_be_j: u64) -> ObserverError {
        let connectors = &view.connectors;
        let (measured_w, setpoint_w) = (connectors.measured_w[column], connectors.setpoint_w[column]);
        let what = if measured_w > setpoint_w {
            format!("draws {measured_w} W on a setpoint of {setpoint_w} W")
        } else {
            format!("the battery should hold {should_be_j} J, and holds {}", connectors.energy_j[column])
        };
        self.broken(view, self.site.connectors[column], what)
    }

    fn take_in(&mut self, column: usize, visit: u32) {
        self.visit[column] = visit;
        (self.energy_j[column], self.target_j[column], self.efficiency_ppm[column]) =
            match self.realization.visits.get(visit as usize) {
                None => (0, 0, 0),
                Some(visit) => {
                    let vehicle_type = &self.depot.vehicle_types[visit.vehicle_type as usize];
                    (visit.arrival_energy_j, visit.target_energy_j, u64::from(vehicle_type.efficiency_ppm))
                }
            };
    }

    /// Meters are sums, and breaches are meters above limits.
    fn check_meters(&mut self, view: &TickView<'_>) -> Result<(), ObserverError> {
        if !self.has_checked_meters || self.measured_w != view.connectors.measured_w {
            self.measured_w.copy_from_slice(view.connectors.measured_w);
            self.sum_meters();
            self.has_checked_meters = true;
        }
        if self.meters_w != view.nodes.measured_w {
            let column = first_difference(&self.meters_w, view.nodes.measured_w);
            let (should_be_w, is_w) = (self.meters_w[column], view.nodes.measured_w[column]);
            let what = format!("the meter should show {should_be_w} W, and shows {is_w}");
            return Err(self.broken(view, self.site.nodes[column], what));
        }
        if self.is_breached != view.nodes.is_breached {
            let column = first_difference(&self.is_breached, view.nodes.is_breached);
            let (should_be, is) = (self.is_breached[column], view.nodes.is_breached[column]);
            let what = format!("breached should be {should_be}, and is {is}");
            return Err(self.broken(view, self.site.nodes[column], what));
        }
        let step_s = u64::from(view.step_s);
        self.metered_j += self.metered_w * step_s;
        self.base_load_j += i128::from(self.limits.columns().base_load_w[0]) * i128::from(step_s);
        self.site_j += i128::from(view.nodes.measured_w[0]) * i128::from(step_s);
        Ok(())
    }
}

impl Checker<'_> {
    /// What meters and breaches should be, from what connectors draw.
    fn sum_meters(&mut self) {
        self.sums.over(&self.measured_w);
        self.metered_w = self.sums.all();
        let limits = self.limits.columns();
        let shown = self.meters_w.iter_mut().zip(&mut self.is_breached);
        let known = self.site.connectors_below.iter().zip(&limits.base_load_w).zip(&limits.limit_w);
        for ((meter_w, is_breached), ((&(first, end), &base_load_w), &limit_w)) in shown.zip(known) {
            *meter_w = self.sums.between(first, end) as i64 + base_load_w;
            // No meter is above the largest number, which stands for no limit.
            *is_breached = (*meter_w).max(0).unsigned_abs() > limit_w;
        }
    }
}

/// Sums over the connectors before each of them, and over all \[W\]: those of a node stand side by side.
#[derive(Debug, Clone)]
struct Sums {
    before_w: Vec<u64>,
}

impl Sums {
    /// Sums for a site's connectors, after a look at every connector's ancestors: the ranges of the site are what all sums stand on.
    fn of(site: &Site) -> Self {
        let mut found = vec![0_u32; site.nodes.len()];
        for (column, &parent) in (0_u32..).zip(&site.connector_parents) {
            let mut node = parent;
            while node != NO_PARENT {
                let (first, end) = site.connectors_below[node as usize];
                assert!(
                    (first..end).contains(&column),
                    "connector {column} stands within its ancestors' ranges"
                );
                found[node as usize] += 1;
                node = site.parents[node as usize];
            }
        }
        for (found, (first, end)) in found.iter().zip(&site.connectors_below) {
            assert_eq!(*found, end - first, "a node's range holds its own connectors and no others");
        }
        Self { before_w: vec![0; site.connectors.len() + 1] }
    }

    fn over(&mut self, power_w: &[u32]) {
        let mut sum_w = 0;
        for (before_w, &power_w) in self.before_w[1..].iter_mut().zip(power_w) {
            sum_w += u64::from(power_w);
            *before_w = sum_w;
        }
    }

    fn between(&self, first: u32, end: u32) -> u64 {
        self.before_w[end as usize] - self.before_w[first as usize]
    }

    fn all(&self) -> u64 {
        self.before_w.last().copied().unwrap_or(0)
    }
}

impl Observer for Checker<'_> {
    fn tick(&mut self, view: &TickView<'_>) -> Result<(), ObserverError> {
        self.check_limits(view)?;
        self.check_outages(view)?;
        if let Err((position, what)) = self.refusals.check(view) {
            return Err(self.broken(view, position, what));
        }
        self.check_shares(view)?;
        self.check_charging(view)?;
        self.check_meters(view)?;
        let is_quiet = self.unmet.is_empty() && view.met_limits.is_empty() && view.ended_breaches.is_empty();
        if is_quiet { Ok(()) } else { self.check_consequences(view) }
    }

    fn end(&mut self, end: &RunEnd<'_>) -> Result<(), ObserverError> {
        let by_stays_j: u64 = end.stays.iter().map(|stay| stay.metered_j).sum();
        let fault =
            |what: String| Box::new(BrokenInvariant { t_s: end.t_s, subject: "the site".to_owned(), what });
        let pairs = end.stays.iter().zip(&self.realization.visits);
        for (stay, visit) in pairs.filter(|(stay, _)| stay.plugged_in_s.is_some()) {
            let has_enough = stay.energy_j >= visit.ready_energy_j;
            if has_enough != stay.ready_s.is_some() {
                let (id, is_j, needs_j) = (&visit.id, stay.energy_j, visit.ready_energy_j);
                let ready = if has_enough { "not told to be ready" } else { "told to be ready" };
                return Err(fault(format!("visit {id} has {is_j} J, needs {needs_j}, and is {ready}")));
            }
        }
        if by_stays_j != self.metered_j {
            let total_j = self.metered_j;
            return Err(fault(format!(
                "visits were delivered {by_stays_j} J, and connectors metered {total_j}"
            )));
        }
        // Limits count what is always drawn as base load, and so does this.
        if self.site_j != i128::from(self.metered_j) + self.base_load_j {
            let (site_j, metered_j, base_load_j) = (self.site_j, self.metered_j, self.base_load_j);
            return Err(fault(format!(
                "the site took {site_j} J, its connectors {metered_j} and its base load with standby {base_load_j}"
            )));
        }
        let cabins_j = end.stays.iter().map(|stay| stay.preconditioned_j).sum::<u64>();
        if cabins_j != self.cabin_j {
            let derived_j = self.cabin_j;
            return Err(fault(format!("cabins should have taken {derived_j} J, and took {cabins_j}")));
        }
        let unmet: Vec<LimitStep> = self.unmet.iter().map(|(_, step)| *step).collect();
        if unmet != end.unmet_limits {
            return Err(fault(format!("limits that are not met should be {unmet:?}")));
        }
        self.check_blame(end.t_s, end.ended_breaches)
    }
}
