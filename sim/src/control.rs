//! The depot's side of a rebalance cycle: from vehicles to requests, from leaves back to connectors, and what holds when a cycle is rejected.
//!
//! ```text
//!  connectors ──demand──> requests ─┐                        ┌─> setpoints by connector
//!  site limits ──> limit table ─────┴─> Balancer ─> Cycle ───┴─> CycleRecord
//!                                          └ REJECTED: held setpoints, then fallbacks, on the same limits
//! ```

use crate::depot::Depot;
use crate::feed::FeedStep;
use crate::limits::SiteLimits;
use crate::projection::{Projection, limits_of};
use crate::refusals::Refusals;
use crate::site::Site;
use crate::site_step::SiteChange;
use crate::split::{split, split_first_come};
use crate::view::{ConstraintRecord, CycleRecord, NO_NODE};
use balancer::{
    Balancer, Control, LeafIx, LimitTable, NodeIx, NodeLimits, OrderKeys, Outcome, Reason, Rejection,
    Request, Requests, Strategy,
};

/// A vehicle's wish at a connector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wish {
    pub(crate) demand_w: u32,
    pub(crate) min_w: u32,
    pub(crate) weight: u32,
    pub(crate) tier: u32,
    pub(crate) pausable: bool,
    pub(crate) keys: OrderKeys,
}

/// What a connector got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) setpoint_w: u32,
    pub(crate) constrained_by: u32,
    pub(crate) is_paused: bool,
}

/// What every connector got: its leaf's share, or its part of a charge point's.
pub(crate) struct Grants<'a> {
    split: Option<&'a Vec<Grant>>,
    leaf_of: &'a [u32],
    setpoint_w: &'a [u32],
    constrained_by: &'a [u32],
    is_paused: &'a [bool],
    positions: &'a [u32],
}

impl Grants<'_> {
    #[inline(always)]
    pub(crate) fn of(&self, column: usize) -> Grant {
        if let Some(split) = self.split {
            return split[column];
        }
        let leaf = self.leaf_of[column] as usize;
        Grant {
            setpoint_w: self.setpoint_w[leaf],
            constrained_by: self
                .positions
                .get(self.constrained_by[leaf] as usize)
                .copied()
                .unwrap_or(NO_NODE),
            is_paused: self.is_paused[leaf],
        }
    }
}

/// The load balancer as the depot runs it.
pub(crate) struct Controller {
    strategy: Strategy,
    control: Control,
    balancer: Balancer,
    limits: LimitTable,
    node_limits: Vec<NodeLimits>,
    requests: Requests,
    /// Site position of each node of the balancer's tree.
    positions: Vec<u32>,
    /// Connector columns of each leaf, flattened; `leaf_columns[leaf_starts[l]..leaf_starts[l + 1]]`.
    leaf_columns: Vec<u32>,
    leaf_starts: Vec<u32>,
    /// For each connector column, its leaf.
    leaf_of: Vec<u32>,
    /// Site positions of the charge points that serve their connectors in order of arrival, sorted.
    first_come: Vec<u32>,
    wishes: Vec<Option<Wish>>,
    grants: Vec<Grant>,
    rotation: Rotation,
    fallback_w: Vec<u32>,
    /// Setpoints by leaf from before the first of several rejected cycles \[W\].
    held_w: Vec<u32>,
    hold_s: u64,
    max_age_s: Option<u32>,
    refusals: Refusals,
    /// The site's id: what a rejection is about that is about no node.
    site_id: String,
    fallback_note: Option<String>,
    rejected_since_s: Option<u64>,
    record: Option<CycleRecord>,
    is_dirty: bool,
    cycles: u64,
}

impl Controller {
    pub(crate) fn of(depot: &Depot, site: &Site) -> Result<Self, Rejection> {
        let projection = Projection::of(depot)?;
        let topology = &projection.topology;
        let columns = site.connectors.len();
        let mut column_of = vec![NO_NODE; depot.site.len()];
        for (column, &position) in site.connectors.iter().enumerate() {
            column_of[position as usize] = column as u32;
        }
        let mut leaf_columns = Vec::with_capacity(columns);
        let mut leaf_starts = vec![0];
        let mut leaf_of = vec![NO_NODE; columns];
        for leaf in 0..topology.leaf_count() {
            let position = projection.positions[topology.node_of(LeafIx::new(leaf)).index()];
            for connector in depot.connectors_of(position) {
                let column = column_of[connector as usize];
                leaf_of[column as usize] = leaf as u32;
                leaf_columns.push(column);
            }
            leaf_starts.push(leaf_columns.len() as u32);
        }
        if let Some(column) = leaf_of.iter().position(|&leaf| leaf == NO_NODE) {
            // Only under charge-point control: connectors are leaves themselves otherwise.
            let id = &depot.site[site.connectors[column] as usize].id;
            let detail = format!(
                "the connector \"{id}\" has no charge point above it, which charge-point control needs"
            );
            return Err(Rejection::about(Reason::UnsupportedTopology, id, detail));
        }
        let nothing = Grant { setpoint_w: 0, constrained_by: NO_NODE, is_paused: false };
        Ok(Self {
            strategy: depot.strategy,
            control: depot.control,
            limits: LimitTable::unlimited(topology),
            node_limits: vec![NodeLimits::default(); topology.node_count()],
            requests: Requests::none(topology),
            rotation: Rotation::new(topology.leaf_count(), depot.rotation_slot_s),
            positions: projection.positions,
            held_w: vec![0; topology.leaf_count()],
            balancer: Balancer::new(projection.topology),
            leaf_columns,
            leaf_starts,
            leaf_of,
            first_come: sorted(&depot.equipment.first_come),
            wishes: vec![None; columns],
            grants: vec![nothing; columns],
            fallback_w: site
                .connectors
                .iter()
                .map(|&position| depot.site[position as usize].fallback_w)
                .collect(),
            hold_s: u64::from(depot.hold_s),
            max_age_s: depot.max_age_s,
            refusals: Refusals::default(),
            site_id: depot.site.first().map_or_else(String::new, |root| root.id.clone()),
            fallback_note: depot.fallback_note.clone(),
            rejected_since_s: None,
            record: None,
            is_dirty: true,
            cycles: 0,
        })
    }

    pub(crate) fn set_limits(&mut self, depot: &Depot, limits: &SiteLimits) {
        for (node, &position) in self.node_limits.iter_mut().zip(&self.positions) {
            *node = limits_of(depot, limits.own(), position);
        }
        self.limits.recompute(self.balancer.topology(), &self.node_limits);
        self.is_dirty = true;
    }

    /// Takes over new site data, or what they are refused for: then the limits that are known stay in force. Returns what they were
    /// refused for before.
    pub(crate) fn change_site(
        &mut self,
        change: &SiteChange,
        column_of: impl Fn(u32) -> u32,
    ) -> Option<Rejection> {
        self.is_dirty = true;
        let refusal = match change {
            SiteChange::Refuse(rejection) => Some(rejection.clone()),
            SiteChange::Apply(_) => None,
        };
        let before = std::mem::replace(&mut self.refusals.site, refusal);
        for change in change.nodes() {
            if let Some(node) = self.positions.iter().position(|&position| position == change.node) {
                self.balancer.set_weight(NodeIx::new(node), change.weight);
            }
            let column = column_of(change.node);
            if column != NO_NODE {
                self.fallback_w[column as usize] = change.fallback_w;
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

    /// What the connectors got in the newest cycle.
    pub(crate) fn grants(&self) -> Grants<'_> {
        let cycle = self.balancer.cycle();
        Grants {
            split: (self.control == Control::ChargePoint).then_some(&self.grants),
            leaf_of: &self.leaf_of,
            setpoint_w: &cycle.setpoint_w,
            constrained_by: cycle.constraining_nodes(),
            is_paused: &cycle.is_paused,
            positions: &self.positions,
        }
    }

    pub(crate) fn uses_keys_that_change(&self) -> bool {
        matches!(self.strategy, Strategy::LeastLaxity | Strategy::LowestSoc)
    }

    /// What a connector wishes.
    pub(crate) fn wish(&self, column: usize) -> Option<Wish> {
        self.wishes[column]
    }

    /// Replaces what a connector wishes; `None` when its vehicle wants nothing or has left.
    pub(crate) fn set_wish(&mut self, column: usize, wish: Option<Wish>) {
        let had = std::mem::replace(&mut self.wishes[column], wish);
        if had == wish {
            return;
        }
        self.is_dirty = true;
        let leaf = self.leaf_of[column] as usize;
        if let (Control::Connector, Some(had), Some(wish)) = (self.control, had, wish)
            && had.is_same_but_for_demand_and_keys(&wish)
        {
            self.requests.set_demand_w(LeafIx::new(leaf), wish.demand_w);
            let last_served_s = self.requests.keys_mut(LeafIx::new(leaf)).last_served_s;
            *self.requests.keys_mut(LeafIx::new(leaf)) = OrderKeys { last_served_s, ..wish.keys };
            return;
        }
        if wish.is_none() {
            self.rotation.forget(leaf);
        }
        self.request_of_leaf(leaf);
    }

    /// Changes the demand of a connector that has a wish already.
    pub(crate) fn set_demand_w(&mut self, column: usize, demand_w: u32) {
        let Some(wish) = &mut self.wishes[column] else { return };
        wish.demand_w = demand_w;
        self.is_dirty = true;
        let leaf = self.leaf_of[column] as usize;
        match self.control {
            Control::Connector => self.requests.set_demand_w(LeafIx::new(leaf), demand_w),
            Control::ChargePoint => self.request_of_leaf(leaf),
        }
    }

    /// Takes the setpoint away at once: there is nobody to draw it.
    pub(crate) fn release(&mut self, column: usize) {
        self.grants[column] = Grant { setpoint_w: 0, constrained_by: NO_NODE, is_paused: false };
        self.set_wish(column, None);
        let leaf = self.leaf_of[column] as usize;
        if self.leaf_columns[self.columns_of(leaf)]
            .iter()
            .all(|&column| self.wishes[column as usize].is_none())
        {
            // Nobody inherits what is held for another.
            self.held_w[leaf] = 0;
        }
    }

    fn columns_of(&self, leaf: usize) -> std::ops::Range<usize> {
        self.leaf_starts[leaf] as usize..self.leaf_starts[leaf + 1] as usize
    }

    /// One request for all that hangs on a leaf: the sum of demands, the least minimum, the earliest keys.
    fn request_of_leaf(&mut self, leaf: usize) {
        let range = self.columns_of(leaf);
        let wishes = self.leaf_columns[range].iter().filter_map(|&column| self.wishes[column as usize]);
        let wishes = wishes.map(|wish| Wish {
            min_w: match wish.demand_w {
                // Whoever can take nothing needs nothing, and does not speak for the others.
                0 => u32::MAX,
                // Whoever asks for less than the minimum still charges.
                demand_w => wish.min_w.min(demand_w),
            },
            ..wish
        });
        let joined = wishes.reduce(|a, b| Wish {
            demand_w: a.demand_w.saturating_add(b.demand_w).min(balancer::units::LEAF_POWER_MAX_W),
            min_w: a.min_w.min(b.min_w),
            weight: a.weight.saturating_add(b.weight).min(balancer::units::WEIGHT_MAX),
            tier: a.tier.min(b.tier),
            pausable: a.pausable && b.pausable,
            keys: earliest(a.keys, b.keys),
        });
        match joined {
            None => self.requests.clear(LeafIx::new(leaf)),
            Some(wish) => self.requests.set(
                LeafIx::new(leaf),
                Request {
                    demand_w: wish.demand_w,
                    min_w: wish.min_w.min(wish.demand_w),
                    weight: wish.weight,
                    tier: wish.tier,
                    pausable: wish.pausable,
                    steps_w: Vec::new(),
                    keys: wish.keys,
                },
            ),
        }
    }

    /// Runs the cycle that is due at `t_s` on what was measured at `measured_s`; returns whether setpoints may have changed.
    ///
    /// A cycle whose inputs are those of the last has its result, and is counted without being computed.
    pub(crate) fn run_cycle(&mut self, t_s: u64, measured_s: u64) -> bool {
        let is_new_slot = self.rotation.enter(t_s);
        let pausing = self.record.as_ref().is_some_and(|record| record.paused_count > 0);
        let failing = self.rejected_since_s.is_some();
        let cycle = self.cycles;
        self.cycles += 1;
        let age_s = t_s - measured_s;
        let is_refused =
            !self.refusals.is_empty() || self.max_age_s.is_some_and(|max_s| age_s > u64::from(max_s));
        let may_differ = self.is_dirty || failing || is_refused || (is_new_slot && pausing);
        if !may_differ && let Some(record) = &mut self.record {
            record.cycle = cycle;
            record.t_s = t_s;
            if is_new_slot {
                self.rotation.serve(self.balancer.cycle(), &self.requests);
            }
            return false;
        }
        if is_refused && let Some(rejection) = self.refusals.first(self.stale(age_s)) {
            self.fail_safe(cycle, t_s, rejection);
            return true;
        }
        self.is_dirty = false;
        if self.requests.has_minima() {
            self.rotation.write_keys(&mut self.requests);
        }
        self.balancer.rebalance(self.strategy, &self.limits, &self.requests);
        match self.balancer.cycle().rejection.clone() {
            None => {
                self.rejected_since_s = None;
                if self.requests.has_minima() {
                    self.rotation.serve(self.balancer.cycle(), &self.requests);
                }
                self.split_setpoints();
                self.record = Some(self.record_of(cycle, t_s));
            }
            Some(rejection) => self.fail_safe(cycle, t_s, rejection),
        }
        true
    }

    /// A rejection of measurements that are older than allowed.
    fn stale(&self, age_s: u64) -> Option<Rejection> {
        let max_age_s = self.max_age_s.filter(|&max_age_s| age_s > u64::from(max_age_s))?;
        let detail = format!("the requests were measured {age_s} s ago (at most {max_age_s} s are allowed)");
        Some(Rejection::about(Reason::StaleInput, &*self.site_id, detail))
    }

    /// Under charge-point control, splits the leaves' setpoints among their connectors; connectors that are leaves read theirs.
    fn split_setpoints(&mut self) {
        if self.control == Control::Connector {
            return;
        }
        let result = self.balancer.cycle();
        for leaf in 0..self.leaf_starts.len() - 1 {
            let itself = self.positions[self.balancer.topology().node_of(LeafIx::new(leaf)).index()];
            let by =
                result.constrained_by(LeafIx::new(leaf)).map_or(itself, |node| self.positions[node.index()]);
            let range = self.leaf_starts[leaf] as usize..self.leaf_starts[leaf + 1] as usize;
            let is_first_come = self.first_come.binary_search(&itself).is_ok();
            let split = if is_first_come { split_first_come } else { split };
            split(&self.leaf_columns[range], &self.wishes, result.setpoint_w[leaf], by, &mut self.grants);
        }
    }

    fn record_of(&self, cycle: u64, t_s: u64) -> CycleRecord {
        let result = self.balancer.cycle();
        CycleRecord {
            cycle,
            t_s,
            outcome: result.outcome,
            reason: result.reason,
            constraint: result.constraint.map(|constraint| ConstraintRecord {
                node: self.positions[constraint.node.index()],
                is_pause: constraint.is_pause,
                source: constraint.source,
                limit_w: constraint.limit_w,
                demand_w: constraint.demand_w,
                allocated_w: constraint.allocated_w,
                withheld_w: constraint.withheld_w,
            }),
            curtailed_count: result.curtailed_count,
            paused_count: result.paused_count,
            site_demand_w: result.demand_w[0],
            site_allocated_w: result.allocated_w[0],
            subject: None,
            detail: self.fallback_note.clone(),
        }
    }

    /// Nothing new is applied: what was held (for `hold_s`), then the fallbacks, is shared fairly on the limits that are known.
    fn fail_safe(&mut self, cycle: u64, t_s: u64, rejection: Rejection) {
        if self.rejected_since_s.is_none() {
            // What stood before the first of several rejections is held through all of them.
            self.held_w.copy_from_slice(&self.balancer.cycle().setpoint_w);
        }
        let since_s = *self.rejected_since_s.get_or_insert(t_s);
        let is_holding = t_s - since_s < self.hold_s;
        let mut safe = Requests::none(self.balancer.topology());
        for leaf in 0..self.leaf_starts.len() - 1 {
            let columns = &self.leaf_columns[self.columns_of(leaf)];
            let present = columns.iter().filter(|&&column| self.wishes[column as usize].is_some());
            let fallback_w = present.map(|&column| self.fallback_w[column as usize]).sum::<u32>();
            let is_present = columns.iter().any(|&column| self.wishes[column as usize].is_some());
            let power_w = if is_holding { self.held_w[leaf] } else { fallback_w };
            if is_present && power_w > 0 {
                safe.set(LeafIx::new(leaf), Request::of(power_w));
            }
        }
        self.balancer.rebalance(Strategy::FairShare, &self.limits, &safe);
        self.split_setpoints();
        let mut record = self.record_of(cycle, t_s);
        record.outcome = Outcome::Rejected;
        record.reason = rejection.reason;
        record.constraint = None;
        record.subject = rejection.subject;
        record.detail = Some(rejection.detail);
        self.record = Some(record);
        self.is_dirty = true;
    }
}

impl Wish {
    fn is_same_but_for_demand_and_keys(&self, other: &Wish) -> bool {
        (self.min_w, self.weight, self.tier, self.pausable)
            == (other.min_w, other.weight, other.tier, other.pausable)
    }
}

fn sorted(positions: &[u32]) -> Vec<u32> {
    let mut sorted = positions.to_vec();
    sorted.sort_unstable();
    sorted
}

fn earliest(a: OrderKeys, b: OrderKeys) -> OrderKeys {
    OrderKeys {
        arrived_s: a.arrived_s.into_iter().chain(b.arrived_s).min(),
        departs_s: a.departs_s.into_iter().chain(b.departs_s).min(),
        needs_wh: a.needs_wh.into_iter().chain(b.needs_wh).reduce(|a, b| a + b),
        soc_ppm: a.soc_ppm.into_iter().chain(b.soc_ppm).min(),
        last_served_s: None,
    }
}

/// Who had their minimum when, so that everybody has it in turn.
///
/// Within a slot, whoever was admitted goes before whoever was not, so that nobody is turned off for a newcomer.
#[derive(Debug, Clone)]
struct Rotation {
    slot_s: u64,
    slot: u64,
    last_served_s: Vec<i64>,
    is_served_now: Vec<bool>,
}

/// Before every moment of a run: never served.
const NEVER_S: i64 = -10_000_000_000;
/// What puts the admitted of a slot before all others.
const ADMITTED_S: i64 = -100_000_000_000;

impl Rotation {
    fn new(leaves: usize, slot_s: u32) -> Self {
        Self {
            slot_s: u64::from(slot_s.max(1)),
            slot: u64::MAX,
            last_served_s: vec![NEVER_S; leaves],
            is_served_now: vec![false; leaves],
        }
    }

    /// Moves to the slot of `t_s`; `true` where that is another than before.
    fn enter(&mut self, t_s: u64) -> bool {
        let slot = t_s / self.slot_s;
        if slot == self.slot {
            return false;
        }
        self.slot = slot;
        for (last_s, is_served) in self.last_served_s.iter_mut().zip(&mut self.is_served_now) {
            if std::mem::take(is_served) {
                *last_s = t_s as i64;
            }
        }
        true
    }

    fn write_keys(&self, requests: &mut Requests) {
        for (leaf, (&last_s, &is_served)) in self.last_served_s.iter().zip(&self.is_served_now).enumerate() {
            let key_s = if is_served { last_s + ADMITTED_S } else { last_s };
            requests.keys_mut(LeafIx::new(leaf)).last_served_s = Some(key_s);
        }
    }

    fn serve(&mut self, cycle: &balancer::Cycle, requests: &Requests) {
        for (leaf, is_served) in self.is_served_now.iter_mut().enumerate() {
            *is_served |= cycle.setpoint_w[leaf] > 0 && requests.is_present(LeafIx::new(leaf));
        }
    }

    fn forget(&mut self, leaf: usize) {
        self.last_served_s[leaf] = NEVER_S;
        self.is_served_now[leaf] = false;
    }
}
