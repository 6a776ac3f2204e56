//! Under charge-point control, what lies below the balancer's leaves: which connectors a charge point has, what each may carry, and what it got.

use crate::charge_point::{Claim, join, split_evenly, split_first_come};
use crate::depot::Depot;
use crate::site::Site;
use crate::view::NO_NODE;
use crate::wish::{Grant, Wish};
use balancer::units::LEAF_POWER_MAX_W;
use balancer::{
    Balancer, EffectiveLimit, LeafIx, NodeLimits, Reason, Rejection, Request, Strategy, Topology,
};
use std::cmp::Reverse;
use std::ops::Range;

/// All charge points of a site that are controlled as a whole.
pub(super) struct ChargePoints {
    leaves: Vec<Leaf>,
    leaf_of: Vec<u32>,
    /// Site position of each connector column.
    connectors: Vec<u32>,
    carries: Vec<Carries>,
    /// Whether anybody minds what connectors need at least and what is allowed beside their ratings.
    is_managed: bool,
    grants: Vec<Grant>,
    tally: Tally,
    claims: Vec<Claim>,
}

/// A charge point.
#[derive(Debug, Clone, Copy)]
struct Leaf {
    position: u32,
    first: u32,
    end: u32,
    /// Whether it serves its connectors in the order in which vehicles arrived.
    is_first_come: bool,
}

impl Leaf {
    fn columns(self) -> Range<usize> {
        self.first as usize..self.end as usize
    }
}

/// What a connector may carry.
#[derive(Debug, Clone, Copy)]
struct Carries {
    limit: EffectiveLimit,
    /// Within its limit, less base load \[W\].
    within_limit_w: u32,
    /// In a cycle of the depot's strategy \[W\].
    most_w: u32,
}

/// What a split came to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    /// Charge points at which somebody got less than he asked for.
    pub(super) curtailed_count: u32,
    /// Charge points at which somebody was paused.
    pub(super) paused_count: u32,
    /// What a connector's own limit withheld most of.
    pub(super) largest: Option<OwnLimit>,
}

/// What one connector withheld by its own limit.
#[derive(Debug, Clone, Copy)]
pub(super) struct OwnLimit {
    pub(super) claim: Claim,
    /// Its position in the site.
    pub(super) connector: u32,
    pub(super) limit: EffectiveLimit,
    pub(super) withheld_w: u32,
    depth: u32,
}

const NOTHING: Grant = Grant { setpoint_w: 0, constrained_by: NO_NODE, is_paused: false };

impl ChargePoints {
    /// The charge points at these positions, in the order of the balancer's leaves.
    pub(super) fn of(depot: &Depot, site: &Site, positions: &[u32]) -> Result<Self, Rejection> {
        let mut is_first_come = vec![false; depot.site.len()];
        for &position in &depot.equipment.first_come {
            is_first_come[position as usize] = true;
        }
        let leaf = |&position: &u32| {
            let columns = site.columns_at(position);
            let (first, end) = (columns.start as u32, columns.end as u32);
            Leaf { position, first, end, is_first_come: is_first_come[position as usize] }
        };
        let leaves: Vec<Leaf> = positions.iter().map(leaf).collect();
        let columns = site.connectors.len();
        let mut leaf_of = vec![NO_NODE; columns];
        for (ix, leaf) in leaves.iter().enumerate() {
            leaf_of[leaf.columns()].fill(ix as u32);
        }
        if let Some(column) = leaf_of.iter().position(|&leaf| leaf == NO_NODE) {
            let id = &depot.site[site.connectors[column] as usize].id;
            let detail = format!(
                "the connector \"{id}\" has no charge point above it, which charge-point control needs"
            );
            return Err(Rejection::about(Reason::UnsupportedTopology, id, detail));
        }
        let limit = NodeLimits::default().effective(0);
        let carries = Carries { limit, within_limit_w: LEAF_POWER_MAX_W, most_w: LEAF_POWER_MAX_W };
        Ok(Self {
            leaves,
            leaf_of,
            connectors: site.connectors.clone(),
            carries: vec![carries; columns],
            is_managed: depot.strategy != Strategy::Uncontrolled,
            grants: vec![NOTHING; columns],
            tally: Tally::default(),
            claims: Vec::new(),
        })
    }

    pub(super) fn len(&self) -> usize {
        self.leaves.len()
    }

    pub(super) fn leaf_of(&self, column: usize) -> usize {
        self.leaf_of[column] as usize
    }

    pub(super) fn columns_of(&self, leaf: usize) -> Range<usize> {
        self.leaves[leaf].columns()
    }

    /// What every connector got, by column.
    pub(super) fn grants(&self) -> &[Grant] {
        &self.grants
    }

    pub(super) fn tally(&self) -> &Tally {
        &self.tally
    }

    /// What a connector may carry within its limit \[W\].
    pub(super) fn within_limit_w(&self, column: usize) -> u32 {
        self.carries[column].within_limit_w
    }

    /// Takes over new limits: `own` by site position. In `leaves`, charge points answer for their connectors.
    pub(super) fn set_limits(&mut self, own: &[NodeLimits], leaves: &mut [NodeLimits]) {
        let mut connectors = Vec::new();
        for (leaf, limits) in self.leaves.iter().zip(leaves) {
            connectors.clear();
            for column in leaf.columns() {
                let position = self.connectors[column];
                // A charge point without connectors is its own, and its limit the balancer's concern.
                if position != leaf.position {
                    let own = own[position as usize];
                    connectors.push(own);
                    self.carries[column] = Carries::of(&own, self.is_managed);
                }
            }
            *limits = limits.folding(&connectors);
        }
    }

    /// What a wish claims in a cycle of the depot's strategy.
    pub(super) fn claim(&self, column: usize, wish: &Wish) -> Claim {
        let claim = Claim::of(column, wish, self.carries[column].most_w);
        if self.is_managed { claim } else { claim.without_minimum() }
    }

    /// The request of a charge point whose own weight is `weight`.
    pub(super) fn request(&self, leaf: usize, wishes: &[Option<Wish>], weight: u32) -> Option<Request> {
        let claimed = |column: usize| wishes[column].map(|wish| (wish, self.claim(column, &wish)));
        join(self.columns_of(leaf).filter_map(claimed), weight)
    }

    /// Splits what the balancer granted each leaf among the claims at its connectors.
    pub(super) fn split(
        &mut self,
        balancer: &Balancer,
        positions: &[u32],
        claim: impl Fn(&Self, usize) -> Option<Claim>,
    ) {
        let (cycle, topology) = (balancer.cycle(), balancer.topology());
        let mut claims = std::mem::take(&mut self.claims);
        self.tally = Tally::default();
        for ix in 0..self.leaves.len() {
            let leaf = self.leaves[ix];
            claims.clear();
            claims.extend(leaf.columns().filter_map(|column| claim(self, column)));
            let rule = if leaf.is_first_come { split_first_come } else { split_evenly };
            rule(&mut claims, cycle.setpoint_w[ix]);
            let by = positions.get(cycle.constraining_nodes()[ix] as usize).copied().unwrap_or(leaf.position);
            self.grants[leaf.columns()].fill(NOTHING);
            for claim in &claims {
                self.grants[claim.column] = claim.grant(self.connectors[claim.column], by);
            }
            self.count(&claims, leaf, topology.depth(topology.node_of(LeafIx::new(ix))) + 1);
        }
        self.claims = claims;
    }

    /// Counts the claims of a charge point whose connectors stand at `depth`.
    fn count(&mut self, claims: &[Claim], leaf: Leaf, depth: u32) {
        let is_curtailed = |claim: &&Claim| claim.granted_w < claim.demand_w;
        self.tally.curtailed_count += u32::from(claims.iter().any(|claim| is_curtailed(&claim)));
        self.tally.paused_count += u32::from(claims.iter().any(|claim| claim.is_paused));
        for claim in claims.iter().filter(is_curtailed) {
            let (connector, limit) = (self.connectors[claim.column], self.carries[claim.column].limit);
            // What a charge point without connectors withholds by its own limit, the balancer tells.
            let is_of_connector = connector != leaf.position;
            if is_of_connector && self.grants[claim.column].constrained_by == connector {
                let withheld_w = claim.take_w - claim.granted_w;
                let own = OwnLimit { claim: *claim, connector, limit, withheld_w, depth };
                self.tally.largest = Some(self.tally.largest.map_or(own, |best| best.larger(own)));
            }
        }
    }

    /// Minima that may not be paused and that the balancer cannot see to be too large: those below a connector's own limit, and those of more
    /// than any leaf can ask for. The deepest says most precisely where it fails; of equals, the first in tree order.
    pub(super) fn infeasible(
        &self,
        depot: &Depot,
        wishes: &[Option<Wish>],
        topology: &Topology,
    ) -> Option<Rejection> {
        let kept = |column: usize| {
            let claim = wishes[column].map(|wish| self.claim(column, &wish));
            claim.filter(|claim| !claim.pausable && claim.min_w > 0)
        };
        let leaves = self.leaves.iter().enumerate().filter_map(|(ix, leaf)| {
            let kept = || leaf.columns().filter_map(kept);
            let needed_w: u64 = kept().map(|claim| u64::from(claim.min_w)).sum();
            let depth = topology.depth(topology.node_of(LeafIx::new(ix)));
            match kept().find(Claim::is_stuck) {
                Some(claim) => Some((depth + 1, leaf, claim.column, needed_w, Some(claim))),
                None => (needed_w > LEAF_POWER_MAX_W.into()).then_some((depth, leaf, 0, needed_w, None)),
            }
        });
        let (_, leaf, column, needed_w, stuck) = leaves.min_by_key(|(depth, ..)| Reverse(*depth))?;
        let id = |position: u32| depot.site[position as usize].id.as_str();
        let (about, detail) = match stuck {
            Some(claim) => {
                let (about, has_w) = (id(self.connectors[column]), self.carries[column].within_limit_w);
                let needed_w = claim.min_w;
                (
                    about,
                    format!(
                        "the connector \"{about}\" has {has_w} W for charging, and its vehicle, which may not be paused, needs at least {needed_w} W"
                    ),
                )
            }
            None => {
                let about = id(leaf.position);
                (
                    about,
                    format!(
                        "the charge point \"{about}\" carries {LEAF_POWER_MAX_W} W at most, and its vehicles that may not be paused need at least {needed_w} W"
                    ),
                )
            }
        };
        Some(Rejection::about(Reason::InfeasibleMinimum, about, detail))
    }
}

impl Carries {
    fn of(own: &NodeLimits, is_managed: bool) -> Self {
        let limit = own.effective(own.base_load_w);
        let leaf_w = |limit_w: u64| limit_w.min(LEAF_POWER_MAX_W.into()) as u32;
        let within_limit_w = leaf_w(limit.ev_limit_w);
        let rated_w = if own.is_out { 0 } else { own.ratings.max_rating_w.map_or(LEAF_POWER_MAX_W, leaf_w) };
        Self { limit, within_limit_w, most_w: if is_managed { within_limit_w } else { rated_w } }
    }
}

impl OwnLimit {
    /// The one that withheld more; of equals the one nearer to the root, then in tree order (claims may come in order of arrival).
    fn larger(self, other: Self) -> Self {
        let rank = |own: &Self| (own.withheld_w, Reverse((own.depth, own.claim.column)));
        if rank(&other) > rank(&self) { other } else { self }
    }
}
