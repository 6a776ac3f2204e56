//! Limits as the checker derives them: from ratings and the realization's steps, with none of the code that the simulation uses.

use crate::depot::Depot;
use crate::intervention::Intervention;
use crate::realization::{EnvelopeBasis, Realization};
use crate::site::Site;
use crate::site_step::SiteChange;
use crate::view::TickView;
use balancer::units::UNLIMITED_W;
use balancer::{Control, NodeKind, Ratings, Reason};

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
    pub(crate) ev_limit_w: Vec<u64>,
    pub(crate) base_load_w: Vec<i64>,
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
    /// What the newest site data are refused for.
    refusal: Option<Reason>,
    active: Vec<Active>,
    /// Base load of each site position alone, standby included \[W\].
    own_base_load_w: Vec<i64>,
    /// What each site position draws all the time \[W\].
    standby_w: Vec<i64>,
    /// (limit, EV limit, base load) of each site position \[W\].
    derived: Vec<(u64, u64, i64)>,
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
            refusal: None,
            active: Vec::new(),
            own_base_load_w: standby_w.clone(),
            standby_w,
            derived: vec![(0, 0, 0); depot.site.len()],
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
        self.derived[self.connectors[column] as usize].1
    }

    /// The least power of the node at a site position \[W\].
    pub(crate) fn min_power_w(&self, position: u32) -> u32 {
        self.min_power_w[position as usize]
    }

    /// What every cycle must now be rejected for; `None` while the site data can be balanced.
    pub(crate) fn refusal(&self) -> Option<Reason> {
        self.refusal
    }

    /// Moves on to the view's tick; returns whether anything changed.
    pub(crate) fn advance(&mut self, view: &TickView<'_>) -> bool {
        let has_begun =
            |at_s: i64| at_s <= 0 || at_s.unsigned_abs().div_ceil(self.step_s) <= u64::from(view.tick);
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
            self.refusal = match &step.change {
                SiteChange::Apply(_) => None,
                SiteChange::Refuse(rejection) => Some(rejection.reason),
            };
            for change in step.change.nodes() {
                self.ratings[change.node as usize] = change.ratings;
                self.min_power_w[change.node as usize] = change.min_power_w;
            }
        }
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

    fn derive(&mut self) {
        let site = &self.depot.site;
        let mut base_w = self.own_base_load_w.clone();
        for position in (1..site.len()).rev() {
            if let Some(parent) = site[position].parent {
                base_w[parent as usize] += base_w[position];
            }
        }
        for position in (0..site.len()).rev() {
            let ratings = &self.ratings[position];
            let mut limit_w = i128::MAX;
            for rated_w in
                [ratings.default_capacity_w, ratings.safe_operating_capacity_w, ratings.max_rating_w]
                    .into_iter()
                    .flatten()
            {
                limit_w = limit_w.min(i128::from(rated_w));
            }
            let base = i128::from(base_w[position]);
            for active in self.active.iter().filter(|active| active.node as usize == position) {
                let allows_w = i128::from(active.limit_w);
                limit_w = limit_w.min(match active.basis {
                    EnvelopeBasis::Import => allows_w,
                    EnvelopeBasis::Load => allows_w + base,
                });
            }
            if self.depot.control == Control::ChargePoint && site[position].kind == NodeKind::ChargePoint {
                limit_w = limit_w.min(self.sum_of_connectors(position));
            }
            let as_watts =
                |limit_w: i128| if limit_w == i128::MAX { UNLIMITED_W } else { limit_w.max(0) as u64 };
            let ev_limit_w = if limit_w == i128::MAX { limit_w } else { limit_w - base };
            self.derived[position] = (as_watts(limit_w), as_watts(ev_limit_w), base_w[position]);
        }
    }

    fn fill_columns(&mut self) {
        let of_nodes = || self.nodes.iter().map(|&position| self.derived[position as usize]);
        self.columns = LimitColumns {
            limit_w: of_nodes().map(|(limit_w, _, _)| limit_w).collect(),
            ev_limit_w: of_nodes().map(|(_, ev_limit_w, _)| ev_limit_w).collect(),
            base_load_w: of_nodes().map(|(_, _, base_load_w)| base_load_w).collect(),
        };
    }

    /// What the connectors of a charge point may draw together; no limit where one of them has none, or there are none.
    fn sum_of_connectors(&self, position: usize) -> i128 {
        let mut sum_w = None;
        for (child, node) in self.depot.site.iter().enumerate() {
            if node.parent == Some(position as u32) {
                if self.derived[child].0 == UNLIMITED_W {
                    return i128::MAX;
                }
                sum_w = Some(sum_w.unwrap_or(0) + i128::from(self.derived[child].0));
            }
        }
        sum_w.unwrap_or(i128::MAX)
    }
}

fn set(active: &mut Vec<Active>, node: u32, basis: EnvelopeBasis, envelope: &str, limit_w: Option<u64>) {
    active.retain(|other| (other.node, other.basis, other.envelope.as_str()) != (node, basis, envelope));
    active.extend(limit_w.map(|limit_w| Active { node, basis, envelope: envelope.to_owned(), limit_w }));
}
