//! The depot's side of a rebalance cycle: from vehicles to requests, and from leaves back to connectors.
//!
//! ```text
//!  connectors ──wishes──> requests ─┐                        ┌─> setpoints by connector
//!  site limits ──> limit table ─────┴─> Balancer ─> Cycle ───┴─> CycleRecord
//!                                          └ REJECTED: held setpoints, then fallbacks, on the same limits
//! ```
//!
//! Under connector control connectors are leaves, in the same order. Under charge-point control a leaf stands for all connectors of its charge
//! point, which stand side by side.

mod charge_points;
mod fail_safe;
mod record;
mod shares;
mod wishes;

use crate::depot::Depot;
use crate::feed::FeedStep;
use crate::limits::SiteLimits;
use crate::projection::Projection;
use crate::refusals::Refusals;
use crate::rotation::Rotation;
use crate::site::Site;
use crate::site_step::SiteChange;
use crate::view::{CycleRecord, NO_NODE};
use crate::wish::{Grant, Wish};
use balancer::{
    Balancer, Control, Cycle, Followed, LimitTable, MovedDemand, NodeIx, NodeLimits, Reason, Rejection,
    Requests, Strategy,
};
use charge_points::ChargePoints;
use fail_safe::FailSafe;
use shares::Places;
pub(crate) use shares::{Shares, SharesOfNodes};
use std::sync::Arc;

/// What every connector got.
pub(crate) enum Grants<'a> {
    /// Its own, as a leaf.
    OfLeaves(LeafGrants<'a>),
    /// Its part of its charge point's, or what is safe while cycles are rejected.
    Split(&'a [Grant]),
}

/// What the leaves got, in columns.
pub(crate) struct LeafGrants<'a> {
    setpoint_w: &'a [u32],
    constrained_by: &'a [u32],
    is_paused: &'a [bool],
    positions: &'a [u32],
}

impl<'a> Grants<'a> {
    fn new(cycle: &'a Cycle, positions: &'a [u32], charge_points: Option<&'a ChargePoints>) -> Self {
        match charge_points {
            Some(charge_points) => Self::Split(charge_points.grants()),
            None => Self::OfLeaves(LeafGrants {
                setpoint_w: &cycle.setpoint_w,
                constrained_by: cycle.constraining_nodes(),
                is_paused: &cycle.is_paused,
                positions,
            }),
        }
    }

    pub(crate) fn of(&self, column: usize) -> Grant {
        match self {
            Self::OfLeaves(leaves) => leaves.of(column),
            Self::Split(grants) => grants[column],
        }
    }
}

impl<'a> LeafGrants<'a> {
    /// The first `n` leaves: a length that is known once, for loops over all of them.
    pub(crate) fn first(&self, n: usize) -> Self {
        Self {
            setpoint_w: &self.setpoint_w[..n],
            constrained_by: &self.constrained_by[..n],
            is_paused: &self.is_paused[..n],
            positions: self.positions,
        }
    }

    #[inline(always)]
    pub(crate) fn of(&self, leaf: usize) -> Grant {
        let by = self.constrained_by[leaf] as usize;
        Grant {
            setpoint_w: self.setpoint_w[leaf],
            constrained_by: self.positions.get(by).copied().unwrap_or(NO_NODE),
            is_paused: self.is_paused[leaf],
        }
    }
}

/// What a cycle may have changed of what the cycle before told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing but its number and time.
    Nothing,
    /// What follows from the demands that have moved ([`Controller::followed`]).
    Followed(Followed),
    /// Everything.
    All,
}

/// The load balancer as the depot runs it.
pub(crate) struct Controller<'a> {
    depot: &'a Depot,
    balancer: Balancer,
    limits: LimitTable,
    node_limits: Vec<NodeLimits>,
    requests: Requests,
    /// Site position of each node of the balancer's tree, and the other way round; [`NO_NODE`] for connectors that are no leaves.
    positions: Vec<u32>,
    node_of: Vec<u32>,
    /// Under charge-point control, what the balancer does not see.
    charge_points: Option<ChargePoints>,
    /// Where cycles sum up what the site shows of its nodes.
    places: Places,
    wishes: Vec<Option<Wish>>,
    rotation: Rotation,
    fail_safe: FailSafe,
    refusals: Refusals,
    record: Option<CycleRecord>,
    /// Whether the next cycle has to be decided anew.
    is_dirty: bool,
    /// Unless it has: demands that have moved since the newest cycle.
    moved: Vec<MovedDemand>,
    /// Those that had moved since the one before, where the newest has followed them, and what came of it.
    followed: Vec<MovedDemand>,
    has_followed: Option<Followed>,
    /// Whether every cycle is decided anew, for tests of what is done in the place of that.
    decides_always: bool,
    cycles: u64,
}

impl<'a> Controller<'a> {
    pub(crate) fn of(depot: &'a Depot, site: &Site, projection: &Projection) -> Result<Self, Rejection> {
        let Projection { topology, positions, .. } = projection;
        let mut node_of = vec![NO_NODE; depot.site.len()];
        for (node, &position) in positions.iter().enumerate() {
            node_of[position as usize] = node as u32;
        }
        let leaf_positions = &positions[topology.inner_count()..];
        let charge_points = match depot.control {
            Control::ChargePoint => Some(ChargePoints::of(depot, site, leaf_positions)?),
            Control::Connector => {
                assert_eq!(leaf_positions, site.connectors, "leaves stand in the order of connectors");
                None
            }
        };
        let places = Places::of(depot, site, &node_of);
        Ok(Self {
            depot,
            places,
            limits: LimitTable::unlimited(topology),
            node_limits: vec![NodeLimits::default(); topology.node_count()],
            requests: Requests::none(topology),
            moved: Vec::with_capacity(topology.leaf_count()),
            followed: Vec::with_capacity(topology.leaf_count()),
            rotation: Rotation::new(topology.leaf_count(), depot.rotation_slot_s),
            fail_safe: FailSafe::of(depot, site),
            balancer: Balancer::new(Arc::clone(topology)),
            positions: positions.clone(),
            node_of,
            charge_points,
            wishes: vec![None; site.connectors.len()],
            refusals: Refusals::default(),
            record: None,
            is_dirty: true,
            has_followed: None,
            decides_always: false,
            cycles: 0,
        })
    }

    /// Takes over the limits that have changed.
    pub(crate) fn set_limits(&mut self, limits: &SiteLimits) {
        let own = limits.own();
        let topology = self.balancer.topology();
        if let Some(charge_points) = &mut self.charge_points {
            // A charge point stands for its connectors, so that all are put together again.
            for (node, &position) in self.node_limits.iter_mut().zip(&self.positions) {
                *node = own[position as usize];
            }
            charge_points.set_limits(own, &mut self.node_limits[topology.inner_count()..]);
            self.limits.recompute(topology, &self.node_limits);
            let leaves = charge_points.len();
            (0..leaves).for_each(|leaf| self.request_of_leaf(leaf));
        } else {
            for (node, &position) in self.positions.iter().enumerate() {
                if limits.is_changed()[position as usize] {
                    let (node, own) = (NodeIx::new(node), own[position as usize]);
                    self.limits.change(topology, &mut self.node_limits, node, own);
                }
            }
        }
        self.is_dirty = true;
    }

    /// Takes over new site data, or what they are refused for: then the limits that are known stay in force. Returns what they were
    /// refused for before.
    pub(crate) fn change_site(&mut self, change: &SiteChange, site: &Site) -> Option<Rejection> {
        self.is_dirty = true;
        let refusal = match change {
            SiteChange::Refuse(rejection) => Some(rejection.clone()),
            SiteChange::Apply(_) => None,
        };
        let before = std::mem::replace(&mut self.refusals.site, refusal);
        for change in change.nodes() {
            let node = self.node_of[change.node as usize];
            if node != NO_NODE {
                let node = NodeIx::new(node as usize);
                self.balancer.set_weight(node, change.weight);
                if let Some(leaf) = self.balancer.topology().leaf_of(node) {
                    self.request_of_leaf(leaf.index());
                }
            }
            let column = site.connector_columns[change.node as usize];
            if column != NO_NODE {
                self.fail_safe.set_fallback_w(column as usize, change.fallback_w);
            }
        }
        before
    }

    /// Takes over what a feed is worth now; returns what it was refused for before.
    pub(crate) fn hear_feed(&mut self, step: &FeedStep) -> Option<Rejection> {
        self.is_dirty = true;
        self.refusals.hear(step)
    }

    pub(crate) fn limits(&self) -> &LimitTable {
        &self.limits
    }

    pub(crate) fn positions(&self) -> &[u32] {
        &self.positions
    }

    pub(crate) fn record(&self) -> Option<&CycleRecord> {
        self.record.as_ref()
    }

    /// Where the newest cycle has followed demands that had moved: those.
    pub(crate) fn followed(&self) -> &[MovedDemand] {
        &self.followed
    }

    /// How the newest cycle has followed them; `None` where it was decided, or the same as the one before.
    pub(crate) fn has_followed(&self) -> Option<Followed> {
        self.has_followed
    }

    /// Takes no shortcut from now on.
    pub(crate) fn decide_always(&mut self) {
        self.decides_always = true;
    }

    /// What the connectors got in the newest cycle.
    pub(crate) fn grants(&self) -> Grants<'_> {
        match self.fail_safe.grants() {
            Some(grants) => Grants::Split(grants),
            None => Grants::new(self.balancer.cycle(), &self.positions, self.charge_points.as_ref()),
        }
    }

    pub(crate) fn uses_keys_that_change(&self) -> bool {
        matches!(self.depot.strategy, Strategy::LeastLaxity | Strategy::LowestSoc)
    }

    /// Runs the cycle that is due at `t_s` on measurements that are `age_s` old; returns what may have changed.
    ///
    /// A cycle whose inputs are those of the last has its result, and is counted without being computed; one in which only demands have moved is
    /// brought up to date, if they do not move too much.
    pub(crate) fn run_cycle(&mut self, t_s: u64, age_s: u64) -> Effect {
        let is_new_slot = self.rotation.enter(t_s);
        let pausing = self.record.as_ref().is_some_and(|record| record.paused_count > 0);
        let cycle = self.cycles;
        self.cycles += 1;
        let is_refused =
            !self.refusals.is_empty() || self.depot.max_age_s.is_some_and(|max_s| age_s > u64::from(max_s));
        self.has_followed = None;
        // Who is paused, and which node is named for it, depends on whose turn it is.
        let have_turns_changed = pausing && !self.rotation.is_told();
        let may_differ = self.is_dirty || is_refused || have_turns_changed || self.decides_always;
        if !may_differ && let Some(effect) = self.follow_demands(cycle, t_s, is_new_slot) {
            return effect;
        }
        if (is_refused || self.charge_points.is_some())
            && let Some(rejection) = self.refusal(age_s)
        {
            self.run_fail_safe(cycle, t_s, rejection);
            return Effect::All;
        }
        if self.requests.has_minima() {
            self.rotation.write_keys(&mut self.requests);
        }
        self.balancer.rebalance(self.depot.strategy, &self.limits, &self.requests);
        if let Some(rejection) = &self.balancer.cycle().rejection {
            self.run_fail_safe(cycle, t_s, rejection.clone());
            return Effect::All;
        }
        self.is_dirty = false;
        self.moved.clear();
        self.fail_safe.leave();
        if self.requests.has_minima() {
            self.rotation.serve(self.balancer.cycle());
        }
        self.split_setpoints();
        self.record = Some(self.record_of(cycle, t_s));
        Effect::All
    }

    /// Nothing has changed since the newest cycle, or only demands; `None` where it has to be decided anew.
    fn follow_demands(&mut self, cycle: u64, t_s: u64, is_new_slot: bool) -> Option<Effect> {
        let mut effect = Effect::Nothing;
        if !self.moved.is_empty() {
            let followed = self.balancer.follow(&self.limits, &self.requests, &self.moved)?;
            self.has_followed = Some(followed);
            effect = Effect::Followed(followed);
            std::mem::swap(&mut self.moved, &mut self.followed);
            self.moved.clear();
        }
        let keeps_setpoints = matches!(effect, Effect::Nothing | Effect::Followed(Followed::Demands));
        if self.requests.has_minima() && (is_new_slot || !keeps_setpoints) {
            self.rotation.serve(self.balancer.cycle());
        }
        match &mut self.record {
            None => self.record = Some(self.record_of(cycle, t_s)),
            Some(record) => {
                (record.cycle, record.t_s) = (cycle, t_s);
                if effect != Effect::Nothing {
                    self.note_followed();
                }
            }
        }
        Some(effect)
    }

    /// What stands against a cycle before the balancer is asked.
    #[cold]
    fn refusal(&self, age_s: u64) -> Option<Rejection> {
        let infeasible = |charge_points: &ChargePoints| {
            charge_points.infeasible(self.depot, &self.wishes, self.balancer.topology())
        };
        self.refusals.first(self.stale(age_s)).or_else(|| self.charge_points.as_ref().and_then(infeasible))
    }

    /// A rejection of measurements that are older than allowed.
    fn stale(&self, age_s: u64) -> Option<Rejection> {
        let max_age_s = self.depot.max_age_s.filter(|&max_age_s| age_s > u64::from(max_age_s))?;
        let detail = format!("the requests were measured {age_s} s ago (at most {max_age_s} s are allowed)");
        // It is about no node, and so about the whole site.
        let site_id = self.depot.site.first().map_or("", |root| &root.id);
        Some(Rejection::about(Reason::StaleInput, site_id, detail))
    }

    /// Under charge-point control, splits the leaves' setpoints among their connectors; connectors that are leaves read theirs.
    fn split_setpoints(&mut self) {
        if let Some(charge_points) = &mut self.charge_points {
            charge_points.split(&self.balancer, &self.positions, |charge_points, column| {
                self.wishes[column].map(|wish| charge_points.claim(column, &wish))
            });
        }
    }
}
