//! Limits: derived from ratings and the realization's steps, with none of the code that the simulation uses, and compared with those shown.

use super::known::{Holds, Known, wrong};
use super::limit_columns::{Derived, LimitColumns, NarrowLimits};
use crate::feed::DefaultLimit;
use crate::intervention::Intervention;
use crate::realization::EnvelopeBasis;
use crate::site_step::NodeChange;
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

/// The limits of a run, tick by tick.
#[derive(Debug, Clone)]
pub(super) struct Limits<'a> {
    /// The first tick at which a step is due.
    next_tick: u32,
    next_envelope: usize,
    next_base_load: usize,
    next_site_step: usize,
    next_outage: usize,
    next_feed: usize,
    /// Ratings of each site position, and whether and on how little it charges, as the newest site data have them.
    ratings: Vec<Ratings>,
    min_power_w: Vec<u32>,
    pausable: Vec<bool>,
    active: Vec<Active>,
    /// Default limits in force, by feed.
    defaults: Vec<(&'a str, DefaultLimit)>,
    /// Whether each site position is out itself, and whether it or one above it is.
    is_out: Vec<bool>,
    is_dead: Vec<bool>,
    any_out: bool,
    /// Base load of each site position alone, standby included \[W\].
    own_base_load_w: Vec<i64>,
    /// What each site position draws all the time that it has power \[W\].
    standby_w: Vec<i64>,
    /// Of each site position.
    derived: Vec<Derived>,
    /// Of nodes above the connectors, and of connectors.
    nodes: LimitColumns,
    connectors: LimitColumns,
    narrow: NarrowLimits,
}

impl<'a> Limits<'a> {
    pub(super) fn of(known: &Known<'a>) -> Self {
        let site = &known.depot.site;
        let mut standby_w = vec![0; site.len()];
        for standby in &known.depot.equipment.standby {
            standby_w[standby.node as usize] = i64::from(standby.power_w);
        }
        Self {
            next_tick: 0,
            next_envelope: 0,
            next_base_load: 0,
            next_site_step: 0,
            next_outage: 0,
            next_feed: 0,
            ratings: site.iter().map(|node| node.ratings).collect(),
            min_power_w: site.iter().map(|node| node.min_power_w).collect(),
            pausable: site.iter().map(|node| node.pausable).collect(),
            active: Vec::new(),
            defaults: Vec::new(),
            is_out: vec![false; site.len()],
            is_dead: vec![false; site.len()],
            any_out: false,
            own_base_load_w: standby_w.clone(),
            standby_w,
            derived: vec![Derived::default(); site.len()],
            nodes: LimitColumns::default(),
            connectors: LimitColumns::default(),
            narrow: NarrowLimits::default(),
        }
    }

    /// Limits of the nodes above the connectors.
    pub(super) fn of_nodes(&self) -> &LimitColumns {
        &self.nodes
    }

    /// Limits of the connectors.
    pub(super) fn of_connectors(&self) -> &LimitColumns {
        &self.connectors
    }

    /// Limits of the connectors as far as their powers can tell.
    pub(super) fn of_connectors_narrowly(&self) -> &NarrowLimits {
        &self.narrow
    }

    /// The largest powers that a node's hardware is rated for \[W\]; unlimited where nothing is said.
    pub(super) fn max_rating_w(&self, position: u32) -> u64 {
        self.ratings[position as usize].max_rating_w.unwrap_or(UNLIMITED_W)
    }

    /// The least power of the node at a site position \[W\].
    pub(super) fn min_power_w(&self, position: u32) -> u32 {
        self.min_power_w[position as usize]
    }

    /// Whether the node at a site position may be set to 0 although it has a least power.
    pub(super) fn is_pausable(&self, position: u32) -> bool {
        self.pausable[position as usize]
    }

    /// Whether the node at a site position is without power.
    pub(super) fn is_dead(&self, position: u32) -> bool {
        self.is_dead[position as usize]
    }

    /// Whether any node is out.
    pub(super) fn any_out(&self) -> bool {
        self.any_out
    }

    /// Moves on to the view's tick; returns whether anything changed.
    #[inline]
    pub(super) fn advance(&mut self, known: &Known<'a>, view: &TickView<'_>) -> bool {
        (view.tick >= self.next_tick || !view.interventions.is_empty()) && self.take_steps(known, view)
    }

    #[cold]
    fn take_steps(&mut self, known: &Known<'a>, view: &TickView<'_>) -> bool {
        let realization = known.realization;
        let has_begun = |at_s: i64| known.has_begun(at_s, view.tick);
        // Before the first tick nothing is derived yet.
        let mut changed = self.nodes.limit_w.is_empty();
        while let Some(step) = realization.envelope_steps.get(self.next_envelope)
            && has_begun(step.at_s)
        {
            self.next_envelope += 1;
            changed = true;
            set(&mut self.active, step.node, step.basis, &step.envelope, step.limit_w);
        }
        while let Some(step) = realization.base_load_steps.get(self.next_base_load)
            && has_begun(step.at_s)
        {
            self.next_base_load += 1;
            changed = true;
            let node = step.node as usize;
            self.own_base_load_w[node] = self.standby_w[node] + step.power_w;
        }
        while let Some(step) = realization.site_steps.get(self.next_site_step)
            && has_begun(step.at_s)
        {
            self.next_site_step += 1;
            changed = true;
            step.change.nodes().iter().for_each(|change| self.change_node(change));
        }
        while let Some(step) = realization.outage_steps.get(self.next_outage)
            && has_begun(step.at_s)
        {
            self.next_outage += 1;
            changed = true;
            self.is_out[step.node as usize] = step.is_out;
        }
        while let Some(step) = realization.feed_steps.get(self.next_feed)
            && has_begun(step.at_s)
        {
            self.next_feed += 1;
            changed = true;
            self.defaults.retain(|(feed, _)| *feed != step.feed);
            self.defaults.extend(step.default_limit.map(|limit| (step.feed.as_str(), limit)));
        }
        for intervention in view.interventions {
            if let Intervention::SetEnvelope { envelope, node, basis, limit_w } = intervention {
                changed = true;
                set(&mut self.active, *node, *basis, envelope, *limit_w);
            }
        }
        self.next_tick = self.next_due_tick(known);
        if changed {
            self.any_out = self.is_out.contains(&true);
            self.derive(known);
            self.nodes = LimitColumns::of(&self.derived, &known.site.nodes);
            self.connectors = LimitColumns::of(&self.derived, &known.site.connectors);
            self.narrow = NarrowLimits::of(&self.connectors);
        }
        changed
    }

    fn next_due_tick(&self, known: &Known<'a>) -> u32 {
        let realization = known.realization;
        let due_s = [
            realization.envelope_steps.get(self.next_envelope).map(|step| step.at_s),
            realization.base_load_steps.get(self.next_base_load).map(|step| step.at_s),
            realization.site_steps.get(self.next_site_step).map(|step| step.at_s),
            realization.outage_steps.get(self.next_outage).map(|step| step.at_s),
            realization.feed_steps.get(self.next_feed).map(|step| step.at_s),
        ];
        due_s.into_iter().flatten().map(|at_s| known.tick_of(at_s)).min().unwrap_or(u32::MAX)
    }

    fn change_node(&mut self, change: &NodeChange) {
        let node = change.node as usize;
        self.ratings[node] = change.ratings;
        self.min_power_w[node] = change.min_power_w;
        self.pausable[node] = change.pausable;
    }

    /// Limits as shown are limits as derived.
    #[inline]
    pub(super) fn check(&mut self, known: &Known<'a>, view: &TickView<'_>) -> Holds {
        let (nodes, connectors) = (&mut self.nodes, &mut self.connectors);
        let is_as_derived = nodes.limit_w.is(view.nodes.limit_w)
            && nodes.ev_limit_w.is(view.nodes.ev_limit_w)
            && nodes.base_load_w.is(view.nodes.base_load_w)
            && nodes.source.is(view.nodes.limit_source)
            && connectors.limit_w.is(view.connectors.limit_w)
            && connectors.source.is(view.connectors.limit_source);
        if is_as_derived { Ok(()) } else { self.tell_difference(known, view) }
    }

    #[cold]
    fn tell_difference(&self, known: &Known<'a>, view: &TickView<'_>) -> Holds {
        let (shown, derived) = (&view.nodes, &self.nodes);
        for (column, &position) in known.site.nodes.iter().enumerate() {
            let is_from = (shown.limit_source[column], derived.source[column]);
            let is = (shown.limit_w[column], shown.ev_limit_w[column], shown.base_load_w[column]);
            let should_be =
                (derived.limit_w[column], derived.ev_limit_w[column], derived.base_load_w[column]);
            if is == should_be && is_from.0 != is_from.1 {
                let what = format!("the limit is told to be {:?}, and should be {:?}", is_from.0, is_from.1);
                return wrong(position, what);
            }
            if is != should_be {
                let what = format!("limit, EV limit and base load should be {should_be:?} W, and are {is:?}");
                return wrong(position, what);
            }
        }
        let sources = view.connectors.limit_source.iter().zip(&self.connectors.source);
        for (column, (is_from, from)) in sources.enumerate() {
            if is_from != from {
                let what = format!("the limit is told to be {is_from:?}, and should be {from:?}");
                return wrong(known.site.connectors[column], what);
            }
        }
        let (shown_w, derived_w) = (view.connectors.limit_w, &self.connectors.limit_w);
        let Some(column) = shown_w.iter().zip(derived_w).position(|(is_w, should_be_w)| is_w != should_be_w)
        else {
            return Ok(());
        };
        let what = format!("the limit should be {} W, and is {}", derived_w[column], shown_w[column]);
        wrong(known.site.connectors[column], what)
    }

    fn derive(&mut self, known: &Known<'a>) {
        let site = &known.depot.site;
        for position in 0..site.len() {
            let is_above_dead = site[position].parent.is_some_and(|parent| self.is_dead[parent as usize]);
            self.is_dead[position] = is_above_dead || self.is_out[position];
        }
        let own = self.own_base_load_w.iter().zip(&self.is_dead);
        let mut base_w: Vec<i64> = own.map(|(&own_w, &is_dead)| if is_dead { 0 } else { own_w }).collect();
        // What the children of each position may draw together; none where it has none, no limit where one of them has none.
        let mut children_w: Vec<Option<i128>> = vec![None; site.len()];
        for position in (0..site.len()).rev() {
            let derived = self.derived_at(known, position, base_w[position], children_w[position]);
            self.derived[position] = derived;
            if let Some(parent) = site[position].parent {
                let parent = parent as usize;
                base_w[parent] += base_w[position];
                let sum_w = children_w[parent].unwrap_or(0);
                let is_open = derived.limit_w == UNLIMITED_W || sum_w == i128::MAX;
                children_w[parent] =
                    Some(if is_open { i128::MAX } else { sum_w + i128::from(derived.limit_w) });
            }
        }
    }

    /// The least of all limits of a node, compared as metered power; of equals the first.
    fn derived_at(
        &self,
        known: &Known<'a>,
        position: usize,
        base_load_w: i64,
        children_w: Option<i128>,
    ) -> Derived {
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
        let kind = known.depot.site[position].kind;
        if known.depot.control == Control::ChargePoint && kind == NodeKind::ChargePoint {
            lower(children_w.unwrap_or(i128::MAX), LimitSource::MaxRating);
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
}

fn set(active: &mut Vec<Active>, node: u32, basis: EnvelopeBasis, envelope: &str, limit_w: Option<u64>) {
    active.retain(|other| (other.node, other.basis, other.envelope.as_str()) != (node, basis, envelope));
    active.extend(limit_w.map(|limit_w| Active { node, basis, envelope: envelope.to_owned(), limit_w }));
}
