//! Limits as the checker derives them: from ratings and the realization's steps, with none of the code that the simulation uses.

use crate::depot::Depot;
use crate::feed::DefaultLimit;
use crate::intervention::Intervention;
use crate::realization::{EnvelopeBasis, Realization};
use crate::site::Site;
use crate::view::TickView;
use balancer::units::UNLIMITED_W;
use balancer::{Control, LimitSource, NodeKind, Ratings};

/// An envelope that is in force.
#[derive(Debug, Clone)]
struct Active {
    node: u32,
    basis: EnvelopeBasis,
    envelope: String,
    limit_w: u64,
}

/// Derived limits by node column \[W\].
#[derive(Debug, Clone, Default)]
pub(crate) struct LimitColumns {
    pub(crate) limit_w: Vec<u64>,
    pub(crate) source: Vec<Option<LimitSource>>,
    pub(crate) ev_limit_w: Vec<u64>,
    pub(crate) base_load_w: Vec<i64>,
}

/// What is derived of one node \[W\].
#[derive(Debug, Clone, Copy, Default)]
struct Derived {
    limit_w: u64,
    source: Option<LimitSource>,
    ev_limit_w: u64,
    base_load_w: i64,
}

/// Derives limits for the checker.
#[derive(Debug, Clone)]
pub(crate) struct CheckedLimits<'a> {
    depot: &'a Depot,
    realization: &'a Realization,
    nodes: Vec<u32>,
    connectors: Vec<u32>,
    next_envelope: usize,
    next_base_load: usize,
    next_site_step: usize,
    /// Ratings and least powers of each site position, as the newest site data have them.
    ratings: Vec<Ratings>,
    min_power_w: Vec<u32>,
    next_outage: usize,
    next_feed: usize,
    active: Vec<Active>,
    /// Default limits in force, by feed.
    defaults: Vec<(&'a str, DefaultLimit)>,
    /// Whether each site position is out itself, and whether it or one above it is.
    is_out: Vec<bool>,
    is_dead: Vec<bool>,
    /// Base load of each site position alone, standby included \[W\].
    own_base_load_w: Vec<i64>,
    /// What each site position draws all the time that it has power \[W\].
    standby_w: Vec<i64>,
    /// Of each site position.
    derived: Vec<Derived>,
    columns: LimitColumns,
    is_derived: bool,
    step_s: u64,
}

impl<'a> CheckedLimits<'a> {
    pub(crate) fn of(depot: &'a Depot, realization: &'a Realization, site: &Site) -> Self {
        let mut standby_w = vec![0; depot.site.len()];
        for standby in &depot.equipment.standby {
            standby_w[standby.node as usize] = i64::from(standby.power_w);
        }
        Self {
            nodes: site.nodes.clone(),
            connectors: site.connectors.clone(),
            next_envelope: 0,
            next_base_load: 0,
            next_site_step: 0,
            ratings: depot.site.iter().map(|node| node.ratings).collect(),
            min_power_w: depot.site.iter().map(|node| node.min_power_w).collect(),
            next_outage: 0,
            next_feed: 0,
            active: Vec::new(),
            defaults: Vec::new(),
            is_out: vec![false; depot.site.len()],
            is_dead: vec![false; depot.site.len()],
            own_base_load_w: standby_w.clone(),
            standby_w,
            derived: vec![Derived::default(); depot.site.len()],
            columns: LimitColumns::default(),
            is_derived: false,
            step_s: u64::from(depot.step_s),
            depot,
            realization,
        }
    }

    /// Derived limits in the order of the view's columns.
    pub(crate) fn columns(&self) -> &LimitColumns {
        &self.columns
    }

    pub(crate) fn connector_ev_limit_w(&self, column: usize) -> u64 {
        self.derived[self.connectors[column] as usize].ev_limit_w
    }

    /// The least power of the node at a site position \[W\].
    pub(crate) fn min_power_w(&self, position: u32) -> u32 {
        self.min_power_w[position as usize]
    }

    /// Whether a connector is without power.
    pub(crate) fn is_dead(&self, column: usize) -> bool {
        self.is_dead[self.connectors[column] as usize]
    }

    /// Whether any node is out.
    pub(crate) fn any_out(&self) -> bool {
        self.is_out.contains(&true)
    }

    /// Moves on to the view's tick; returns whether anything changed.
    pub(crate) fn advance(&mut self, view: &TickView<'_>) -> bool {
        let step_s = self.step_s;
        let has_begun =
            move |at_s: i64| at_s <= 0 || at_s.unsigned_abs().div_ceil(step_s) <= u64::from(view.tick);
        let mut changed = !std::mem::replace(&mut self.is_derived, true);
        while let Some(step) =
            self.realization.envelope_steps.get(self.next_envelope).filter(|step| has_begun(step.at_s))
        {
            self.next_envelope += 1;
            changed = true;
            set(&mut self.active, step.node, step.basis, &step.envelope, step.limit_w);
        }
        while let Some(step) =
            self.realization.base_load_steps.get(self.next_base_load).filter(|step| has_begun(step.at_s))
        {
            self.next_base_load += 1;
            changed = true;
            let node = step.node as usize;
            self.own_base_load_w[node] = self.standby_w[node] + step.power_w;
        }
        while let Some(step) =
            self.realization.site_steps.get(self.next_site_step).filter(|step| has_begun(step.at_s))
        {
            self.next_site_step += 1;
            changed = true;
            for change in step.change.nodes() {
                self.ratings[change.node as usize] = change.ratings;
                self.min_power_w[change.node as usize] = change.min_power_w;
            }
        }
        changed |= self.advance_supply(has_begun);
        for intervention in view.interventions {
            if let Intervention::SetEnvelope { envelope, node, basis, limit_w } = intervention {
                changed = true;
                set(&mut self.active, *node, *basis, envelope, *limit_w);
            }
        }
        if changed {
            self.derive();
            self.fill_columns();
        }
        changed
    }

    /// Outages and default limits that have begun or ended; returns whether there are any.
    fn advance_supply(&mut self, has_begun: impl Fn(i64) -> bool) -> bool {
        let before = (self.next_outage, self.next_feed);
        while let Some(step) =
            self.realization.outage_steps.get(self.next_outage).filter(|step| has_begun(step.at_s))
        {
            self.next_outage += 1;
            self.is_out[step.node as usize] = step.is_out;
        }
        while let Some(step) =
            self.realization.feed_steps.get(self.next_feed).filter(|step| has_begun(step.at_s))
        {
            self.next_feed += 1;
            self.defaults.retain(|(feed, _)| *feed != step.feed);
            self.defaults.extend(step.default_limit.map(|limit| (step.feed.as_str(), limit)));
        }
        before != (self.next_outage, self.next_feed)
    }

    fn derive(&mut self) {
        let site = &self.depot.site;
        for position in 0..site.len() {
            let is_above_dead = site[position].parent.is_some_and(|parent| self.is_dead[parent as usize]);
            self.is_dead[position] = is_above_dead || self.is_out[position];
        }
        let own = self.own_base_load_w.iter().zip(&self.is_dead);
        let mut base_w: Vec<i64> = own.map(|(&own_w, &is_dead)| if is_dead { 0 } else { own_w }).collect();
        for position in (1..site.len()).rev() {
            if let Some(parent) = site[position].parent {
                base_w[parent as usize] += base_w[position];
            }
        }
        for position in (0..site.len()).rev() {
            self.derived[position] = self.derived_at(position, base_w[position]);
        }
    }

    /// The least of all limits of a node, compared as metered power; of equals the first.
    fn derived_at(&self, position: usize, base_load_w: i64) -> Derived {
        if self.is_out[position] {
            return Derived { source: Some(LimitSource::Outage), base_load_w, ..Derived::default() };
        }
        let ratings = &self.ratings[position];
        let mut least = (i128::MAX, None);
        let mut lower = |limit_w: i128, source| {
            if limit_w < least.0 {
                least = (limit_w, Some(source));
            }
        };
        let rated_w = |limit_w: Option<u64>| limit_w.map_or(i128::MAX, i128::from);
        lower(rated_w(ratings.default_capacity_w), LimitSource::DefaultCapacity);
        lower(rated_w(ratings.safe_operating_capacity_w), LimitSource::SafeOperatingCapacity);
        lower(rated_w(ratings.max_rating_w), LimitSource::MaxRating);
        let kind = self.depot.site[position].kind;
        if self.depot.control == Control::ChargePoint && kind == NodeKind::ChargePoint {
            lower(self.sum_of_connectors(position), LimitSource::MaxRating);
        }
        let metered_w = |basis: EnvelopeBasis, limit_w: u64| match basis {
            EnvelopeBasis::Import => i128::from(limit_w),
            EnvelopeBasis::Load => i128::from(limit_w) + i128::from(base_load_w),
        };
        let is_here = |node: u32| node as usize == position;
        for basis in [EnvelopeBasis::Import, EnvelopeBasis::Load] {
            for active in self.active.iter().filter(|active| is_here(active.node) && active.basis == basis) {
                lower(metered_w(basis, active.limit_w), LimitSource::OperatingEnvelope);
            }
        }
        for basis in [EnvelopeBasis::Import, EnvelopeBasis::Load] {
            let of_feeds = self.defaults.iter().map(|(_, limit)| limit);
            for limit in of_feeds.filter(|limit| is_here(limit.node) && limit.basis == basis) {
                lower(metered_w(basis, limit.limit_w), LimitSource::Fallback);
            }
        }
        let (limit_w, source) = least;
        if limit_w == i128::MAX {
            return Derived { limit_w: UNLIMITED_W, source: None, ev_limit_w: UNLIMITED_W, base_load_w };
        }
        let as_watts = |limit_w: i128| limit_w.max(0) as u64;
        let ev_limit_w = as_watts(limit_w - i128::from(base_load_w));
        Derived { limit_w: as_watts(limit_w), source, ev_limit_w, base_load_w }
    }

    fn fill_columns(&mut self) {
        let of_nodes = || self.nodes.iter().map(|&position| self.derived[position as usize]);
        self.columns = LimitColumns {
            limit_w: of_nodes().map(|derived| derived.limit_w).collect(),
            source: of_nodes().map(|derived| derived.source).collect(),
            ev_limit_w: of_nodes().map(|derived| derived.ev_limit_w).collect(),
            base_load_w: of_nodes().map(|derived| derived.base_load_w).collect(),
        };
    }

    /// What the connectors of a charge point may draw together; no limit where one of them has none, or there are none.
    fn sum_of_connectors(&self, position: usize) -> i128 {
        let mut sum_w = None;
        for (child, node) in self.depot.site.iter().enumerate() {
            if node.parent == Some(position as u32) {
                if self.derived[child].limit_w == UNLIMITED_W {
                    return i128::MAX;
                }
                sum_w = Some(sum_w.unwrap_or(0) + i128::from(self.derived[child].limit_w));
            }
        }
        sum_w.unwrap_or(i128::MAX)
    }
}

fn set(active: &mut Vec<Active>, node: u32, basis: EnvelopeBasis, envelope: &str, limit_w: Option<u64>) {
    active.retain(|other| (other.node, other.basis, other.envelope.as_str()) != (node, basis, envelope));
    active.extend(limit_w.map(|limit_w| Active { node, basis, envelope: envelope.to_owned(), limit_w }));
}
