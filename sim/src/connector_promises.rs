//! What every connector is promised for itself, looked at from outside: from the depot, the realization and what is shown of each tick.
//!
//! The checker looks at what is controlled: the connector, or the charge point as a whole. This looks below charge points, for tests and hunts.

use crate::depot::Depot;
use crate::outage::OutageStep;
use crate::realization::Realization;
use crate::site::Site;
use crate::site_step::SiteStep;
use crate::view::{NO_VISIT, Observer, ObserverError, TickView};
use balancer::{Outcome, Ratings, Strategy, units};

/// An observer that ends the run where a connector does not get what it is promised: no more than it may carry, its minimum if it cannot be
/// paused, and while cycles are rejected no more than it had itself or falls back to.
#[derive(Debug, Clone)]
pub struct ConnectorPromises<'a> {
    depot: &'a Depot,
    realization: &'a Realization,
    site: Site,
    ratings: Vec<Ratings>,
    min_power_w: Vec<u32>,
    pausable: Vec<bool>,
    fallback_w: Vec<u32>,
    base_load_w: Vec<i64>,
    is_out: Vec<bool>,
    /// How many steps of site data, base loads and outages have begun.
    begun: [usize; 3],
    /// Visits and setpoints of the newest cycle that was not rejected.
    granted: Vec<(u32, u32)>,
    rejected_since_s: Option<u64>,
}

impl<'a> ConnectorPromises<'a> {
    /// What is promised before the first tick.
    pub fn of(depot: &'a Depot, realization: &'a Realization) -> Self {
        let site = Site::of(depot);
        let mut base_load_w = vec![0; depot.site.len()];
        for standby in &depot.equipment.standby {
            base_load_w[standby.node as usize] = i64::from(standby.power_w);
        }
        Self {
            ratings: depot.site.iter().map(|node| node.ratings).collect(),
            min_power_w: depot.site.iter().map(|node| node.min_power_w).collect(),
            pausable: depot.site.iter().map(|node| node.pausable).collect(),
            fallback_w: depot.site.iter().map(|node| node.fallback_w).collect(),
            base_load_w,
            is_out: vec![false; depot.site.len()],
            begun: [0; 3],
            granted: vec![(NO_VISIT, 0); site.connectors.len()],
            rejected_since_s: None,
            site,
            depot,
            realization,
        }
    }

    /// Looks at a tick: the promise that is broken, and to whom.
    fn check(&mut self, view: &TickView<'_>) -> Result<(), String> {
        self.advance(view);
        let Some(cycle) = view.cycle.filter(|_| view.is_cycle_new) else { return Ok(()) };
        let is_rejected = cycle.outcome == Outcome::Rejected;
        for column in 0..self.site.connectors.len() {
            let broken = if is_rejected {
                self.above_what_is_safe(view, column)
            } else {
                self.below_its_minimum(view, column)
            };
            if let Some(what) = self.above_its_limit(view, column, is_rejected).or(broken) {
                let id = &self.depot.site[self.site.connectors[column] as usize].id;
                return Err(format!("at {} s connector {id} {what}", view.t_s));
            }
        }
        if is_rejected {
            self.rejected_since_s = self.rejected_since_s.or(Some(view.t_s));
        } else {
            self.rejected_since_s = None;
            let shown = view.connectors.visit.iter().zip(view.connectors.setpoint_w);
            self.granted = shown.map(|(&visit, &setpoint_w)| (visit, setpoint_w)).collect();
        }
        Ok(())
    }

    /// Nobody gets more than his connector may carry; `uncontrolled` minds ratings alone.
    fn above_its_limit(&self, view: &TickView<'_>, column: usize, is_rejected: bool) -> Option<String> {
        let position = self.site.connectors[column] as usize;
        let limit_w = match view.connectors.limit_w[column] {
            _ if self.depot.strategy == Strategy::Uncontrolled && !is_rejected => {
                self.ratings[position].max_rating_w.map_or(i64::MAX, |rating_w| rating_w as i64)
            }
            units::UNLIMITED_W => i64::MAX,
            limit_w => (limit_w as i64 - self.base_load_w[position]).max(0),
        };
        let setpoint_w = view.connectors.setpoint_w[column];
        (i64::from(setpoint_w) > limit_w).then(|| format!("gets {setpoint_w} W and may carry {limit_w} W"))
    }

    /// Whoever may not be paused has his minimum, or all that he asks for.
    fn below_its_minimum(&self, view: &TickView<'_>, column: usize) -> Option<String> {
        let position = self.site.connectors[column] as usize;
        let visit = self.realization.visits.get(view.connectors.visit[column] as usize)?;
        if self.pausable[position] || self.depot.strategy == Strategy::Uncontrolled || self.is_dead(position)
        {
            return None;
        }
        let of_vehicle_w = self.depot.vehicle_types[visit.vehicle_type as usize].min_power_w;
        let demand_w = view.connectors.demand_w[column];
        let min_w = self.min_power_w[position].max(of_vehicle_w).min(demand_w);
        let setpoint_w = view.connectors.setpoint_w[column];
        (setpoint_w < min_w).then(|| format!("may not be paused, needs {min_w} W and gets {setpoint_w} W"))
    }

    /// While cycles are rejected nobody gets more than he had himself, and after a while no more than his fallback.
    fn above_what_is_safe(&self, view: &TickView<'_>, column: usize) -> Option<String> {
        let since_s = self.rejected_since_s.unwrap_or(view.t_s);
        let (visit, granted_w) = self.granted[column];
        let most_w = if view.t_s - since_s >= u64::from(self.depot.hold_s) {
            self.fallback_w[self.site.connectors[column] as usize]
        } else if visit == view.connectors.visit[column] {
            granted_w
        } else {
            0
        };
        let setpoint_w = view.connectors.setpoint_w[column];
        let what = || format!("gets {setpoint_w} W in a rejected cycle, where {most_w} W are safe");
        (setpoint_w > most_w).then(what)
    }

    fn is_dead(&self, position: usize) -> bool {
        let above = |&position: &usize| self.depot.site[position].parent.map(|parent| parent as usize);
        std::iter::successors(Some(position), above).any(|position| self.is_out[position])
    }

    fn advance(&mut self, view: &TickView<'_>) {
        let realization = self.realization;
        let has_begun = |at_s: i64| at_s <= i64::from(view.tick) * i64::from(view.step_s);
        let from = |index: usize| self.begun[index];
        let site_steps = due(&realization.site_steps, from(0), |step: &SiteStep| has_begun(step.at_s));
        let base_loads = due(&realization.base_load_steps, from(1), |step| has_begun(step.at_s));
        let outages = due(&realization.outage_steps, from(2), |step: &OutageStep| has_begun(step.at_s));
        for change in site_steps.iter().flat_map(|step| step.change.nodes()) {
            let node = change.node as usize;
            self.ratings[node] = change.ratings;
            self.min_power_w[node] = change.min_power_w;
            self.pausable[node] = change.pausable;
            self.fallback_w[node] = change.fallback_w;
        }
        for step in base_loads {
            let standby = self.depot.equipment.standby.iter().find(|standby| standby.node == step.node);
            let standby_w = standby.map_or(0, |standby| i64::from(standby.power_w));
            self.base_load_w[step.node as usize] = step.power_w + standby_w;
        }
        for step in outages {
            self.is_out[step.node as usize] = step.is_out;
        }
        self.begun[0] += site_steps.len();
        self.begun[1] += base_loads.len();
        self.begun[2] += outages.len();
    }
}

impl Observer for ConnectorPromises<'_> {
    fn tick(&mut self, view: &TickView<'_>) -> Result<(), ObserverError> {
        self.check(view).map_err(ObserverError::from)
    }
}

/// The steps from one on that have begun.
fn due<T>(steps: &[T], from: usize, has_begun: impl Fn(&T) -> bool) -> &[T] {
    let steps = &steps[from..];
    &steps[..steps.partition_point(has_begun)]
}
