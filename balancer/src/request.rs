//! Requests for power, one per leaf at most, in arrays by leaf.

use crate::topology::{LeafIx, Topology};
use crate::units::LEAF_POWER_MAX_W;

/// What one leaf asks for in a cycle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Power it could take \[W\].
    pub demand_w: u32,
    /// Power below which it would rather be paused \[W\].
    pub min_w: u32,
    /// Its share beside others.
    pub weight: u32,
    /// Lower tiers are served completely before higher ones.
    pub tier: u32,
    /// Whether it may be set to 0 although its minimum is positive.
    pub pausable: bool,
    /// The only setpoints it accepts \[W\], in ascending order; empty where it accepts every value.
    pub steps_w: Vec<u32>,
    /// What greedy strategies and the rotation of minima sort by.
    pub keys: OrderKeys,
}

impl Request {
    /// A request for `demand_w` with every other field at its default.
    pub fn of(demand_w: u32) -> Self {
        Self {
            demand_w,
            min_w: 0,
            weight: 1,
            tier: 0,
            pausable: true,
            steps_w: Vec::new(),
            keys: OrderKeys::default(),
        }
    }
}

/// What leaves are ordered by; a missing key sorts last, a missing time of last service first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OrderKeys {
    /// When the vehicle arrived \[s\].
    pub arrived_s: Option<i64>,
    /// When it will leave \[s\].
    pub departs_s: Option<i64>,
    /// Energy it still needs \[Wh\].
    pub needs_wh: Option<u64>,
    /// State of charge \[ppm\].
    pub soc_ppm: Option<u32>,
    /// When the leaf last had at least its minimum \[s\]; `None` for never.
    pub last_served_s: Option<i64>,
}

/// The requests of one cycle, structure-of-arrays by [`LeafIx`].
///
/// Fields that most sites never use are kept apart and counted, so that a cycle can see at no cost that nobody uses them.
#[derive(Debug, Clone)]
pub struct Requests {
    pub(crate) demand_w: Vec<u32>,
    pub(crate) min_w: Vec<u32>,
    pub(crate) weight: Vec<u32>,
    pub(crate) tier: Vec<u32>,
    pub(crate) pausable: Vec<bool>,
    pub(crate) keys: Vec<OrderKeys>,
    pub(crate) steps_w: Vec<Vec<u32>>,
    pub(crate) is_present: Vec<bool>,
    pub(crate) with_minimum: usize,
    pub(crate) with_steps: usize,
    /// The tiers in which leaves stand, lowest first, with how many do.
    pub(crate) tiers: Vec<(u32, u32)>,
    pub(crate) with_weight: usize,
    pub(crate) unpausable: usize,
}

impl Requests {
    /// No requests, for the leaves of `topology`.
    pub fn none(topology: &Topology) -> Self {
        let n = topology.leaf_count();
        Self {
            demand_w: vec![0; n],
            min_w: vec![0; n],
            weight: vec![1; n],
            tier: vec![0; n],
            pausable: vec![true; n],
            keys: vec![OrderKeys::default(); n],
            steps_w: vec![Vec::new(); n],
            is_present: vec![false; n],
            with_minimum: 0,
            with_steps: 0,
            tiers: Vec::new(),
            with_weight: 0,
            unpausable: 0,
        }
    }

    /// Sets or replaces the request of a leaf.
    ///
    /// # Panics
    /// Where demand or minimum is above [`LEAF_POWER_MAX_W`]: sums in 32 bits rely on it.
    pub fn set(&mut self, leaf: LeafIx, request: Request) {
        self.clear(leaf);
        let i = leaf.index();
        let most_w = request.demand_w.max(request.min_w);
        assert!(most_w <= LEAF_POWER_MAX_W, "a leaf asks for 10 MW at most");
        debug_assert!(request.weight > 0, "a weight of 0 is refused before it comes here");
        debug_assert!(request.steps_w.is_sorted(), "steps ascend");
        self.with_minimum += usize::from(request.min_w > 0 || !request.steps_w.is_empty());
        self.with_steps += usize::from(!request.steps_w.is_empty());
        match self.place_of_tier(request.tier) {
            Ok(place) => self.tiers[place].1 += 1,
            Err(place) => self.tiers.insert(place, (request.tier, 1)),
        }
        self.with_weight += usize::from(request.weight != 1);
        self.unpausable += usize::from(!request.pausable);
        self.demand_w[i] = request.demand_w;
        self.min_w[i] = request.min_w;
        self.weight[i] = request.weight;
        self.tier[i] = request.tier;
        self.pausable[i] = request.pausable;
        self.steps_w[i] = request.steps_w;
        self.keys[i] = request.keys;
        self.is_present[i] = true;
    }

    /// Removes the request of a leaf, if it had one.
    pub fn clear(&mut self, leaf: LeafIx) {
        let i = leaf.index();
        if !self.is_present[i] {
            return;
        }
        self.with_minimum -= usize::from(self.min_w[i] > 0 || !self.steps_w[i].is_empty());
        self.with_steps -= usize::from(!self.steps_w[i].is_empty());
        if let Ok(place) = self.place_of_tier(self.tier[i]) {
            self.tiers[place].1 -= 1;
            if self.tiers[place].1 == 0 {
                self.tiers.remove(place);
            }
        }
        self.with_weight -= usize::from(self.weight[i] != 1);
        self.unpausable -= usize::from(!self.pausable[i]);
        self.demand_w[i] = 0;
        self.min_w[i] = 0;
        self.weight[i] = 1;
        self.tier[i] = 0;
        self.pausable[i] = true;
        self.steps_w[i].clear();
        self.keys[i] = OrderKeys::default();
        self.is_present[i] = false;
    }

    fn place_of_tier(&self, tier: u32) -> Result<usize, usize> {
        self.tiers.binary_search_by_key(&tier, |&(tier, _)| tier)
    }

    /// Whether all leaves stand in the same tier.
    pub(crate) fn have_one_tier(&self) -> bool {
        self.tiers.len() <= 1
    }

    /// Changes the demand of a leaf that has a request \[W\].
    ///
    /// # Panics
    /// Where the demand is above [`LEAF_POWER_MAX_W`].
    pub fn set_demand_w(&mut self, leaf: LeafIx, demand_w: u32) {
        debug_assert!(self.is_present[leaf.index()], "only a leaf with a request has a demand");
        assert!(demand_w <= LEAF_POWER_MAX_W, "a leaf asks for 10 MW at most");
        self.demand_w[leaf.index()] = demand_w;
    }

    /// The weight of a leaf; 1 where it has no request.
    pub fn weight(&self, leaf: LeafIx) -> u32 {
        self.weight[leaf.index()]
    }

    /// The order keys of a leaf, to change in place.
    pub fn keys_mut(&mut self, leaf: LeafIx) -> &mut OrderKeys {
        &mut self.keys[leaf.index()]
    }

    /// Demand of each leaf \[W\], 0 where there is no request.
    pub fn demand_w(&self) -> &[u32] {
        &self.demand_w
    }

    /// Whether any leaf has a minimum, or steps, which bring one with them.
    pub fn has_minima(&self) -> bool {
        self.with_minimum > 0
    }

    /// Whether a leaf has a request.
    pub fn is_present(&self, leaf: LeafIx) -> bool {
        self.is_present[leaf.index()]
    }
}
