//! Chargers, derived second by second with none of the code that the simulation uses: what may flow at each connector, what of it goes to the
//! cabin, and who should be there at all.

use super::known::{Holds, Known, wrong};
use super::limits::Limits;
use crate::charger::{Charger, ChargerChange, OutageKind};
use crate::overrides::Override;
use crate::realization::Visit;
use crate::view::{ConnectorState, NO_VISIT, TickView};
use balancer::Ratings;
use balancer::units::LEAF_POWER_MAX_W;

/// Levels are in sixtieths of a watt.
const PER_W: i64 = 60;

/// What the checker knows of the chargers of a run.
#[derive(Debug, Clone)]
pub(super) struct Chargers {
    /// Nothing is built in and nothing goes wrong: setpoints are all that counts.
    pub(super) is_plain: bool,
    at: Vec<AtConnector>,
    next_charger_step: usize,
    next_site_step: usize,
    next_override: usize,
    held: Vec<u32>,
    /// The most that may flow at each connector in this tick, and what of it goes to the cabin \[W\].
    pub(super) allowed_w: Vec<u32>,
    pub(super) cabin_w: Vec<u32>,
}

/// What is known of one connector.
#[derive(Debug, Clone, Default)]
struct AtConnector {
    charger: Charger,
    /// The largest rating up to now \[W\].
    rating_w: u32,
    fallback_w: u32,
    visit: u32,
    level: i64,
    goal_w: u32,
    /// Setpoints that were sent: when they count, and what they are.
    sent: Vec<(u64, u32)>,
    last_sent_w: Option<u32>,
    offline_since_s: Option<u64>,
    is_in_fallback: bool,
    is_ignoring: bool,
    outage: Option<OutageKind>,
}

impl Chargers {
    pub(super) fn of(known: &Known<'_>) -> Self {
        let (depot, realization) = (known.depot, known.realization);
        let is_plain = depot.equipment.chargers.is_empty()
            && realization.charger_steps.is_empty()
            && realization.overrides.is_empty()
            && realization.visits.iter().all(|visit| visit.conduct.precondition_w == 0);
        let at = |&position: &u32| {
            let node = &depot.site[position as usize];
            let charger = depot.equipment.chargers.iter().find(|charger| charger.node == position);
            AtConnector {
                charger: charger.cloned().unwrap_or_default(),
                rating_w: rating_w(node.ratings),
                fallback_w: node.fallback_w,
                visit: NO_VISIT,
                ..AtConnector::default()
            }
        };
        let connectors = if is_plain { &[] } else { &known.site.connectors[..] };
        Self {
            at: connectors.iter().map(at).collect(),
            allowed_w: vec![0; connectors.len()],
            cabin_w: vec![0; connectors.len()],
            is_plain,
            next_charger_step: 0,
            next_site_step: 0,
            next_override: 0,
            held: Vec::new(),
        }
    }

    /// Moves on through the view's tick.
    pub(super) fn advance(&mut self, known: &Known<'_>, limits: &Limits<'_>, view: &TickView<'_>) -> Holds {
        self.take_steps(known, view);
        for column in 0..self.at.len() {
            let visit = view.connectors.visit[column];
            if visit != self.at[column].visit {
                self.at[column].visit = visit;
                self.at[column].start_anew();
            }
            let is_dead = limits.is_dead(known.site.connectors[column]);
            if is_dead {
                self.at[column].start_anew();
            }
            self.check_is_there(known, view, column, is_dead)?;
            let at = &mut self.at[column];
            let setpoint_w = view.connectors.setpoint_w[column];
            self.allowed_w[column] = match (visit, at.outage) {
                (NO_VISIT, _) | (_, Some(_)) => 0,
                _ if is_dead => 0,
                _ => at.allowed_w(view.t_s, u64::from(view.step_s), setpoint_w),
            };
            let visit = known.realization.visits.get(visit as usize);
            let wanted_w = visit.map_or(0, |visit| wanted_cabin_w(visit, view));
            self.cabin_w[column] = wanted_w.min(self.allowed_w[column]);
        }
        Ok(())
    }

    /// Share of the power at a connector's meter that reaches the battery there \[ppm\].
    pub(super) fn share_ppm(&self, column: usize, vehicle_ppm: u64, measured_w: u32) -> u64 {
        let points = &self.at[column].charger.efficiency;
        let charger_ppm = match points.iter().rev().find(|point| point.power_w <= measured_w) {
            None => points.first().map_or(1_000_000, |point| i128::from(point.share_ppm)),
            Some(low) => match points.iter().find(|point| point.power_w > measured_w) {
                None => i128::from(low.share_ppm),
                Some(high) => {
                    let along = i128::from(measured_w) - i128::from(low.power_w);
                    let whole = i128::from(high.power_w) - i128::from(low.power_w);
                    let change = i128::from(high.share_ppm) - i128::from(low.share_ppm);
                    i128::from(low.share_ppm) + (change * along).div_euclid(whole)
                }
            },
        };
        charger_ppm as u64 * vehicle_ppm / 1_000_000
    }

    fn take_steps(&mut self, known: &Known<'_>, view: &TickView<'_>) {
        let (site, realization) = (&known.depot.site, known.realization);
        while let Some(step) = realization.charger_steps.get(self.next_charger_step)
            && has_begun(step.at_s, view)
        {
            self.next_charger_step += 1;
            let on_node =
                |position: u32| position == step.node || site[position as usize].parent == Some(step.node);
            for (at, &position) in self.at.iter_mut().zip(&known.site.connectors) {
                if on_node(position) {
                    at.change(step.change, view.t_s);
                }
            }
        }
        while let Some(step) = realization.site_steps.get(self.next_site_step)
            && has_begun(step.at_s, view)
        {
            self.next_site_step += 1;
            for change in step.change.nodes() {
                // Who ignores setpoints is not told of a lower rating either.
                let column = known.site.connector_columns[change.node as usize];
                if let Some(at) = self.at.get_mut(column as usize) {
                    at.rating_w = at.rating_w.max(rating_w(change.ratings));
                }
            }
        }
        while let Some(step) = realization.overrides.get(self.next_override)
            && has_begun(step.at_s, view)
        {
            self.next_override += 1;
            self.held.retain(|&visit| visit != step.visit);
            if step.act == Some(Override::Hold) {
                self.held.push(step.visit);
            }
        }
    }

    /// Nobody is where he should not be, or gets what he should not get.
    fn check_is_there(&self, known: &Known<'_>, view: &TickView<'_>, column: usize, is_dead: bool) -> Holds {
        let (at, connectors) = (&self.at[column], &view.connectors);
        let position = known.site.connectors[column];
        let out_of_service = at.outage.map(|kind| match kind {
            OutageKind::Faulted if at.visit != NO_VISIT || !is_dead => ConnectorState::Faulted,
            _ => ConnectorState::Unavailable,
        });
        if let Some(state) = out_of_service
            && (connectors.state[column], connectors.setpoint_w[column]) != (state, 0)
        {
            return wrong(
                position,
                format!("is out of service and should be {} on a setpoint of 0 W", state.name()),
            );
        }
        let Some(visit) = known.realization.visits.get(at.visit as usize) else { return Ok(()) };
        if self.held.contains(&at.visit) && connectors.setpoint_w[column] > 0 {
            return wrong(position, format!("visit {} is on hold and has a setpoint", visit.id));
        }
        Ok(())
    }
}

impl AtConnector {
    fn start_anew(&mut self) {
        self.level = 0;
        self.goal_w = 0;
        self.sent.clear();
        self.last_sent_w = Some(0);
        self.is_in_fallback = self.offline_since_s.is_some();
        if self.is_in_fallback {
            self.follow(self.fallback_w);
        }
    }

    fn follow(&mut self, setpoint_w: u32) {
        let module_w = self.charger.module_w.max(1);
        self.goal_w = setpoint_w / module_w * module_w;
    }

    fn change(&mut self, change: ChargerChange, t_s: u64) {
        let was_out = self.outage.is_some();
        match change {
            ChargerChange::Offline if self.offline_since_s.is_none() => self.offline_since_s = Some(t_s),
            ChargerChange::Offline => {}
            ChargerChange::Online => {
                self.offline_since_s = None;
                self.is_in_fallback = false;
                self.last_sent_w = None;
            }
            ChargerChange::OutOfService(kind) => self.outage = Some(kind),
            ChargerChange::InService => self.outage = None,
            ChargerChange::SetpointsIgnored => self.is_ignoring = true,
            ChargerChange::SetpointsObeyed => self.is_ignoring = false,
        }
        if was_out != self.outage.is_some() {
            self.start_anew();
        }
    }

    /// The mean of what may flow, second by second \[W\].
    fn allowed_w(&mut self, t_s: u64, step_s: u64, setpoint_w: u32) -> u32 {
        if self.offline_since_s.is_none() && self.last_sent_w != Some(setpoint_w) {
            self.last_sent_w = Some(setpoint_w);
            self.sent.push((t_s + u64::from(self.charger.latency_s), setpoint_w));
        }
        let falls_back_s = match (self.offline_since_s, self.charger.offline_timeout_s) {
            (Some(since_s), Some(after_s)) => Some(since_s + u64::from(after_s)),
            _ => None,
        };
        let mut sum = 0;
        for second in t_s..t_s + step_s {
            while self.sent.first().is_some_and(|&(due_s, _)| due_s <= second) {
                let (due_s, sent_w) = self.sent.remove(0);
                if !self.is_in_fallback && falls_back_s.is_none_or(|falls_back_s| due_s <= falls_back_s) {
                    self.follow(sent_w);
                }
            }
            if !self.is_in_fallback && falls_back_s.is_some_and(|falls_back_s| falls_back_s <= second) {
                self.is_in_fallback = true;
                self.follow(self.fallback_w);
            }
            let goal = i64::from(self.goal_w) * PER_W;
            let is_rising = goal >= self.level;
            let rate =
                if is_rising { self.charger.ramp_up_w_per_min } else { self.charger.ramp_down_w_per_min };
            self.level = if rate.is_none() { goal } else { self.level };
            sum += self.level;
            let moved = i64::from(rate.unwrap_or(0));
            self.level = if is_rising { goal.min(self.level + moved) } else { goal.max(self.level - moved) };
        }
        if self.is_ignoring {
            self.level = i64::from(self.rating_w) * PER_W;
            return self.rating_w;
        }
        (sum / (PER_W * step_s as i64)) as u32
    }
}

/// What a connector can pass on by its ratings \[W\].
fn rating_w(ratings: Ratings) -> u32 {
    ratings.max_rating_w.unwrap_or(u64::MAX).min(u64::from(LEAF_POWER_MAX_W)) as u32
}

/// What a visit wants for its cabin in this tick \[W\].
fn wanted_cabin_w(visit: &Visit, view: &TickView<'_>) -> u32 {
    let ends_s = visit.conduct.told_departure_s.unwrap_or(visit.departure_s);
    let begins_s = ends_s - i64::from(visit.conduct.precondition_s);
    let is_on = has_begun(begins_s, view) && !has_begun(ends_s, view);
    if is_on { visit.conduct.precondition_w } else { 0 }
}

/// Whether what happens at `at_s` counts in the view's tick.
fn has_begun(at_s: i64, view: &TickView<'_>) -> bool {
    at_s <= view.t_s as i64
}
