//! What is checked only where something is built in, goes wrong, or is above a limit.

use super::{BrokenInvariant, Checker};
use crate::breach::{Breach, BreachCause};
use crate::charger::ChargerChange;
use crate::limit_step::LimitStep;
use crate::view::{ObserverError, TickView};
use balancer::Strategy;

impl Checker<'_> {
    /// Batteries gain what their meters allow, and meters what chargers do.
    #[cold]
    pub(super) fn check_charging_closely(&mut self, view: &TickView<'_>) -> Result<(), ObserverError> {
        let limits = &self.limits;
        if let Err((column, what)) = self.chargers.advance(view, |column| limits.is_dead(column)) {
            return Err(self.broken(view, self.site.connectors[column], what));
        }
        let step_s = u64::from(view.step_s);
        for column in 0..self.energy_j.len() {
            let (measured_w, is_j) = (view.connectors.measured_w[column], view.connectors.energy_j[column]);
            let (allowed_w, cabin_w) = (self.chargers.allowed_w[column], self.chargers.cabin_w[column]);
            if !(cabin_w..=allowed_w).contains(&measured_w) {
                let what = format!(
                    "draws {measured_w} W, of which {cabin_w} are the cabin's, where {allowed_w} may flow"
                );
                return Err(self.broken(view, self.site.connectors[column], what));
            }
            let share_ppm = self.chargers.share_ppm(column, self.efficiency_ppm[column], measured_w);
            let gained_j = u64::from(measured_w - cabin_w) * step_s * share_ppm / 1_000_000;
            let before_j = self.energy_j[column];
            let should_be_j = (before_j + gained_j).min(self.target_j[column].max(before_j));
            if is_j != should_be_j {
                return Err(self.wrong_charge(view, column, should_be_j));
            }
            self.energy_j[column] = should_be_j;
            self.cabin_j += u64::from(cabin_w) * step_s;
        }
        Ok(())
    }

    /// Takes note of every limit that fell.
    #[cold]
    pub(super) fn note_falls(&mut self, view: &TickView<'_>) {
        let limit_w = &self.limits.columns().limit_w;
        for (node, (&to_w, &from_w)) in limit_w.iter().zip(&self.last_limit_w).enumerate() {
            if to_w < from_w {
                let position = self.site.nodes[node];
                let (at_s, comply_s, overshoot_w) = (view.t_s, None, 0);
                let step = LimitStep { node: position, at_s, from_w, to_w, comply_s, overshoot_w };
                self.unmet.push((node, step));
            }
        }
        self.last_limit_w.clone_from(limit_w);
    }

    /// What limits that fell, and breaches, lead to.
    #[cold]
    pub(super) fn check_consequences(&mut self, view: &TickView<'_>) -> Result<(), ObserverError> {
        self.check_met_limits(view)?;
        self.check_blame(view.t_s, view.ended_breaches)
    }

    /// Limits that fell are met when the meters say so, and told then.
    fn check_met_limits(&mut self, view: &TickView<'_>) -> Result<(), ObserverError> {
        let mut met = Vec::new();
        let limit_w = &self.limits.columns().limit_w;
        self.unmet.retain_mut(|(node, step)| {
            let over_w = i128::from(view.nodes.measured_w[*node]) - i128::from(limit_w[*node]);
            let over_w = over_w.max(0) as u64;
            step.overshoot_w = step.overshoot_w.max(over_w);
            if over_w == 0 {
                met.push(LimitStep { comply_s: Some(view.t_s - step.at_s), ..*step });
            }
            over_w > 0
        });
        if met != view.met_limits {
            let what = format!("limits that are met should be {met:?}, and are {:?}", view.met_limits);
            return Err(self.broken(view, 0, what));
        }
        Ok(())
    }

    /// Whoever is blamed for a breach was there to be blamed when it began.
    pub(super) fn check_blame(&self, t_s: u64, ended: &[Breach]) -> Result<(), ObserverError> {
        let Some(breach) = ended.iter().find(|breach| !self.is_blame_possible(breach)) else { return Ok(()) };
        let what = format!("nothing there explains a breach by {}", breach.cause.code());
        let subject = self.depot.site[breach.node as usize].id.clone();
        Err(Box::new(BrokenInvariant { t_s, subject, what }))
    }

    fn is_blame_possible(&self, breach: &Breach) -> bool {
        let (first, end) = self.site.connectors_below[self.node_column[breach.node as usize] as usize];
        let below = &self.site.connectors[first as usize..end as usize];
        let happened = |change: ChargerChange| {
            self.realization.charger_steps.iter().any(|step| {
                let is_below = self.depot.connectors_of(step.node).iter().any(|at| below.contains(at));
                step.change == change && step.at_s <= breach.start_s as i64 && is_below
            })
        };
        match breach.cause {
            BreachCause::ChargerOffline => happened(ChargerChange::Offline),
            BreachCause::NotApplied => {
                self.refusals.has_rejected || happened(ChargerChange::SetpointsIgnored)
            }
            BreachCause::Uncontrolled => self.depot.strategy == Strategy::Uncontrolled,
            BreachCause::ChargerLag => !self.depot.equipment.chargers.is_empty(),
            BreachCause::EnvelopeStep | BreachCause::SiteChange | BreachCause::BaseLoad => true,
        }
    }
}
