//! From ratings, envelopes and base loads to the limit that binds a node, and which of them it was.

use crate::node::Ratings;
use crate::topology::{NodeIx, Topology};
use crate::units::{LEAF_POWER_MAX_W, UNLIMITED_W};
use std::fmt;

/// Which of a node's limits is the effective one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LimitSource {
    /// The default capacity of a circuit or connection.
    DefaultCapacity,
    /// The safe operating capacity of a circuit or connection.
    SafeOperatingCapacity,
    /// The maximum rating of a charge point or connector.
    MaxRating,
    /// An active operating envelope.
    OperatingEnvelope,
    /// A fallback that holds while better information is missing.
    Fallback,
    /// A planned outage: the node carries nothing.
    Outage,
}

impl LimitSource {
    /// All of them, in the order in which they are declared.
    pub const ALL: [Self; 6] = [
        Self::DefaultCapacity,
        Self::SafeOperatingCapacity,
        Self::MaxRating,
        Self::OperatingEnvelope,
        Self::Fallback,
        Self::Outage,
    ];

    /// The source's name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::DefaultCapacity => "default_capacity",
            Self::SafeOperatingCapacity => "safe_operating_capacity",
            Self::MaxRating => "max_rating",
            Self::OperatingEnvelope => "operating_envelope",
            Self::Fallback => "fallback",
            Self::Outage => "outage",
        }
    }
}

impl fmt::Display for LimitSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Everything that limits one node at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NodeLimits {
    /// The rated limits.
    pub ratings: Ratings,
    /// The least active envelope that base load counts against \[W\].
    pub import_envelope_w: Option<u64>,
    /// The least active envelope on EV power alone \[W\].
    pub load_envelope_w: Option<u64>,
    /// What holds in place of envelopes that nobody hears of, base load counting against it \[W\].
    pub import_fallback_w: Option<u64>,
    /// The same on EV power alone \[W\].
    pub load_fallback_w: Option<u64>,
    /// Whether the node is out: it carries nothing, whatever else is said of it.
    pub is_out: bool,
    /// The node's own base load \[W\], without what is below it; negative for generation.
    pub base_load_w: i64,
    /// What the connectors of a charge point can carry together, where it is controlled as a whole.
    pub connectors: Connectors,
}

/// The sums over the connectors that a charge point stands for \[W\]; `None` where there are none, or one is unlimited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Connectors {
    /// Of their effective limits.
    pub limit_w: Option<u64>,
    /// Of their maximum ratings.
    pub max_rating_w: Option<u64>,
}

/// The limit that binds a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EffectiveLimit {
    /// Effective limit of metered power, base load included \[W\]; [`UNLIMITED_W`] for none.
    pub limit_w: u64,
    /// Which limit it is; `None` where the node is unlimited.
    pub source: Option<LimitSource>,
    /// What is left for charging \[W\]; [`UNLIMITED_W`] for none.
    pub ev_limit_w: u64,
}

impl EffectiveLimit {
    /// Lowers the limit of metered power.
    #[inline]
    fn lower_metered(&mut self, limit_w: Option<u64>, source: LimitSource, base_load_below_w: i64) {
        if let Some(limit_w) = limit_w
            && limit_w < self.limit_w
        {
            let ev_limit_w = less_base_load(limit_w, base_load_below_w);
            *self = Self { limit_w, source: Some(source), ev_limit_w };
        }
    }

    /// Lowers the limit of EV power.
    #[inline]
    fn lower_load(&mut self, load_w: Option<u64>, source: LimitSource, base_load_below_w: i64) {
        if let Some(load_w) = load_w
            && load_w < self.ev_limit_w
        {
            let limit_w = less_base_load(load_w, -base_load_below_w);
            *self = Self { limit_w, source: Some(source), ev_limit_w: load_w };
        }
    }
}

impl NodeLimits {
    /// The least of all limits, given the base load of the node and all below it \[W\].
    ///
    /// The order of the fields breaks ties between sources, but for an outage, which is always told as one. A `load` envelope of `L` allows a metered power of `L` plus the base
    /// load, so that both kinds of envelope are compared as metered power. With generation (a negative base
    /// load) the EV limit may exceed the effective one.
    pub fn effective(&self, base_load_below_w: i64) -> EffectiveLimit {
        if self.is_out {
            return EffectiveLimit { limit_w: 0, source: Some(LimitSource::Outage), ev_limit_w: 0 };
        }
        let mut best = EffectiveLimit { limit_w: UNLIMITED_W, source: None, ev_limit_w: UNLIMITED_W };
        let Ratings { default_capacity_w, safe_operating_capacity_w, max_rating_w } = self.ratings;
        let max_rating_w = least(max_rating_w, self.connectors.limit_w);
        best.lower_metered(default_capacity_w, LimitSource::DefaultCapacity, base_load_below_w);
        best.lower_metered(safe_operating_capacity_w, LimitSource::SafeOperatingCapacity, base_load_below_w);
        best.lower_metered(max_rating_w, LimitSource::MaxRating, base_load_below_w);
        best.lower_metered(self.import_envelope_w, LimitSource::OperatingEnvelope, base_load_below_w);
        best.lower_load(self.load_envelope_w, LimitSource::OperatingEnvelope, base_load_below_w);
        best.lower_metered(self.import_fallback_w, LimitSource::Fallback, base_load_below_w);
        best.lower_load(self.load_fallback_w, LimitSource::Fallback, base_load_below_w);
        best
    }

    /// The limits of a charge point that is a leaf itself: at most the sum of its connectors' effective limits.
    ///
    /// The cap counts as a maximum rating, since it is what the hardware below can pass on. Where hardware alone limits, the sum of the connectors'
    /// maximum ratings is the cap.
    pub fn folding(mut self, connectors: &[NodeLimits]) -> NodeLimits {
        if connectors.is_empty() {
            return self;
        }
        let sum_w = |limit_w: &dyn Fn(&NodeLimits) -> Option<u64>| connectors.iter().map(limit_w).sum();
        self.connectors = Connectors {
            limit_w: sum_w(&|connector| {
                let limit_w = connector.effective(connector.base_load_w).limit_w;
                (limit_w != UNLIMITED_W).then_some(limit_w)
            }),
            max_rating_w: sum_w(&|connector| connector.ratings.max_rating_w),
        };
        self.base_load_w += connectors.iter().map(|connector| connector.base_load_w).sum::<i64>();
        self
    }
}

/// The lesser of two limits, either of which may be missing.
fn least(a_w: Option<u64>, b_w: Option<u64>) -> Option<u64> {
    match (a_w, b_w) {
        (Some(a_w), Some(b_w)) => Some(a_w.min(b_w)),
        _ => a_w.or(b_w),
    }
}

/// `limit_w - base_load_w`, not less than 0.
fn less_base_load(limit_w: u64, base_load_w: i64) -> u64 {
    if base_load_w >= 0 {
        limit_w.saturating_sub(base_load_w.unsigned_abs())
    } else {
        limit_w + base_load_w.unsigned_abs()
    }
}

/// The effective limits of all nodes of a topology, in arrays by [`NodeIx`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitTable {
    /// Effective limits \[W\].
    pub limit_w: Vec<u64>,
    /// Where they come from.
    pub source: Vec<Option<LimitSource>>,
    /// EV limits \[W\].
    pub ev_limit_w: Vec<u64>,
    /// EV limits of the leaves alone, at most the most that a leaf can ask for \[W\].
    pub leaf_limit_w: Vec<u32>,
    /// What the hardware can do \[W\]: maximum ratings of charge points and connectors, nothing in an outage; all that `uncontrolled` respects.
    pub hardware_limit_w: Vec<u64>,
    /// Base load of the node and all below it \[W\].
    pub base_load_w: Vec<i64>,
}

impl LimitTable {
    /// A table for `topology` in which nothing is limited.
    pub fn unlimited(topology: &Topology) -> Self {
        let n = topology.node_count();
        Self {
            limit_w: vec![UNLIMITED_W; n],
            source: vec![None; n],
            ev_limit_w: vec![UNLIMITED_W; n],
            leaf_limit_w: vec![LEAF_POWER_MAX_W; topology.leaf_count()],
            hardware_limit_w: vec![UNLIMITED_W; n],
            base_load_w: vec![0; n],
        }
    }

    /// Computes the table from each node's limits; `limits` is indexed by [`NodeIx`], which is not the order of the list that the tree was built from
    /// ([`Topology::input_position`] leads back to that).
    ///
    /// Limits are at most [`crate::units::NODE_POWER_MAX_W`], and base loads together, without their signs, at most [`crate::units::BASE_LOADS_MAX_W`].
    ///
    /// # Panics
    /// Where `limits` has not one entry per node.
    pub fn compute(topology: &Topology, limits: &[NodeLimits]) -> Self {
        let mut table = Self::unlimited(topology);
        table.recompute(topology, limits);
        table
    }

    /// Whether the table has the size of a tree.
    pub(crate) fn fit(&self, topology: &Topology) -> bool {
        self.ev_limit_w.len() == topology.node_count() && self.leaf_limit_w.len() == topology.leaf_count()
    }

    /// Computes the table again in place, without allocating.
    ///
    /// # Panics
    /// Where `limits` has not one entry per node.
    pub fn recompute(&mut self, topology: &Topology, limits: &[NodeLimits]) {
        assert_eq!(limits.len(), topology.node_count(), "one entry of limits per node");
        for (total_w, node) in self.base_load_w.iter_mut().zip(limits) {
            *total_w = node.base_load_w;
        }
        for node in topology.nodes_bottom_up() {
            if let Some(parent) = topology.parent(node) {
                self.base_load_w[parent.index()] += self.base_load_w[node.index()];
            }
        }
        for node in (0..limits.len()).map(NodeIx::new) {
            self.set(topology, node, &limits[node.index()]);
        }
    }

    /// Gives a node of a table that was computed from `limits` other limits, in both.
    pub fn change(&mut self, topology: &Topology, limits: &mut [NodeLimits], node: NodeIx, now: NodeLimits) {
        let before = std::mem::replace(&mut limits[node.index()], now);
        let added_w = now.base_load_w - before.base_load_w;
        // A base load counts at every node above it, too.
        let reach = if added_w == 0 { 1 } else { usize::MAX };
        for node in topology.path(node).take(reach) {
            self.base_load_w[node.index()] += added_w;
            self.set(topology, node, &limits[node.index()]);
        }
    }

    /// Computes the entries of a node whose base load is there.
    fn set(&mut self, topology: &Topology, node: NodeIx, limits: &NodeLimits) {
        let ix = node.index();
        let effective = limits.effective(self.base_load_w[ix]);
        self.limit_w[ix] = effective.limit_w;
        self.source[ix] = effective.source;
        self.ev_limit_w[ix] = effective.ev_limit_w;
        if let Some(leaf) = topology.leaf_of(node) {
            self.leaf_limit_w[leaf.index()] = effective.ev_limit_w.min(LEAF_POWER_MAX_W.into()) as u32;
        }
        let is_hardware = topology.kind(node).is_charging_asset();
        let rating_w = least(limits.ratings.max_rating_w, limits.connectors.max_rating_w);
        let rated_w = rating_w.filter(|_| is_hardware).unwrap_or(UNLIMITED_W);
        self.hardware_limit_w[ix] = if limits.is_out { 0 } else { rated_w };
    }
}
