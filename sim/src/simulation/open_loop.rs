//! The balancer alone, driven by demands that were measured elsewhere: nothing charges, and nothing answers to what is set.
//!
//! ```text
//!  site, envelopes, base loads, outages, feeds as in a run ─┐
//!  demands by connector, each until its next ───────────────┴─> cycle ─> OpenCycle
//! ```

use super::Simulation;
use crate::check::is_connector;
use crate::depot::Depot;
use crate::error::{RunError, SimError};
use crate::realization::Realization;
use crate::site::Site;
use crate::view::{CycleRecord, NO_NODE, ObserverError};
use crate::wish::Wish;
use balancer::OrderKeys;
use balancer::units::LEAF_POWER_MAX_W;

/// What a connector asks for from a moment on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DemandStep {
    /// When \[s\] from the start; it counts from the first tick that begins at or after it.
    pub at_s: i64,
    /// Position in [`Depot::site`].
    pub connector: u32,
    /// What it asks for \[W\]; 0 for nothing. What its connector's rating, or the most that a leaf takes, does not allow is left out.
    pub demand_w: u32,
    /// Power below which it would rather be paused \[W\]; `None` for the connector's own.
    pub min_w: Option<u32>,
    /// When its vehicle leaves \[s\] from the start, where that is known.
    pub departs_s: Option<i64>,
    /// Priority tier, lower first.
    pub tier: u32,
    /// Share beside others; `None` for the connector's own.
    pub weight: Option<u32>,
}

/// A cycle with what it gave to whom.
#[derive(Debug, Clone, Copy)]
pub struct OpenCycle<'a> {
    /// When it ran \[s\] from the start.
    pub t_s: u64,
    /// How it ended.
    pub record: &'a CycleRecord,
    /// Every connector, in the order of [`crate::Site::connectors`].
    pub connectors: &'a [OpenConnector],
}

/// What a connector asked for and would have been given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenConnector {
    /// Position in [`Depot::site`].
    pub connector: u32,
    /// What it asked for, up to its own rating \[W\].
    pub demand_w: u32,
    /// The most it might have drawn \[W\].
    pub setpoint_w: u32,
    /// Position in [`Depot::site`] of what keeps it below its demand; [`NO_NODE`] for none.
    pub constrained_by: u32,
    /// Whether its minimum was not granted.
    pub is_paused: bool,
}

/// Runs every cycle of a depot on demands in order of time. Visits of the realization, and what operators order about them, are left out.
///
/// # Errors
/// As for [`crate::run`]; whatever `observe` ends with.
pub fn run_open_loop(
    depot: &Depot,
    realization: &Realization,
    demands: &[DemandStep],
    mut observe: impl FnMut(&OpenCycle<'_>) -> Result<(), ObserverError>,
) -> Result<(), RunError> {
    let realization = Realization { visits: Vec::new(), overrides: Vec::new(), ..realization.clone() };
    let mut simulation = Simulation::new(depot, &realization)?;
    check(depot, &simulation.site, demands)?;
    let nobody =
        OpenConnector { connector: 0, demand_w: 0, setpoint_w: 0, constrained_by: NO_NODE, is_paused: false };
    let of = |&connector: &u32| OpenConnector { connector, ..nobody };
    let mut connectors: Vec<OpenConnector> = simulation.site.connectors.iter().map(of).collect();
    let mut since_s: Vec<Option<i64>> = vec![None; connectors.len()];
    let mut newest: Vec<Option<&DemandStep>> = vec![None; connectors.len()];
    let mut next = 0;
    while !simulation.is_over() {
        let tick = simulation.tick;
        let t_s = depot.tick_s(tick);
        simulation.events.clear();
        simulation.interventions.clear();
        if tick >= simulation.next_happening {
            simulation.let_things_happen(tick, &[]);
            // Ratings and minima may be others now, and power may have gone or come back.
            for (column, step) in newest.iter().enumerate() {
                if let Some(step) = step {
                    connectors[column].demand_w = simulation.ask(column, step, &mut since_s[column]);
                }
            }
        }
        while let Some(step) = demands.get(next).filter(|step| simulation.depot.first_tick(step.at_s) <= tick)
        {
            next += 1;
            let column = simulation.site.connector_columns[step.connector as usize] as usize;
            newest[column] = Some(step);
            connectors[column].demand_w = simulation.ask(column, step, &mut since_s[column]);
        }
        if tick.is_multiple_of(depot.rebalance_every_ticks) {
            simulation.controller.run_cycle(t_s, simulation.age_s(t_s));
            let grants = simulation.controller.grants();
            for (column, connector) in connectors.iter_mut().enumerate() {
                let grant = grants.of(column);
                let asks = connector.demand_w > 0;
                connector.setpoint_w = if asks { grant.setpoint_w } else { 0 };
                connector.constrained_by = if asks { grant.constrained_by } else { NO_NODE };
                connector.is_paused = asks && grant.is_paused;
            }
            let record = simulation.controller.record().expect("a cycle has just run");
            observe(&OpenCycle { t_s, record, connectors: &connectors }).map_err(RunError::Observer)?;
        }
        simulation.tick += 1;
    }
    Ok(())
}

fn check(depot: &Depot, site: &Site, demands: &[DemandStep]) -> Result<(), SimError> {
    for step in demands {
        let (what, subject) = ("the connector", "a demand");
        if step.connector as usize >= depot.site.len() {
            let (index, count) = (step.connector, depot.site.len());
            return Err(SimError::Dangling { what, subject: subject.to_owned(), index, count });
        }
        is_connector(depot, site, (what, subject), step.connector)?;
    }
    match demands.windows(2).position(|pair| pair[1].at_s < pair[0].at_s) {
        Some(index) => Err(SimError::Disordered { what: "demand", index: index + 1 }),
        None => Ok(()),
    }
}

impl Simulation<'_> {
    /// Brings a demand to the balancer and returns what is left of it within the connector's rating \[W\]; `since_s` is since when the
    /// connector has asked for power without a break.
    fn ask(&mut self, column: usize, step: &DemandStep, since_s: &mut Option<i64>) -> u32 {
        let connector = column as u32;
        // Who asks for nothing stands last when asking again; whose charger cannot give anything keeps the place.
        if step.demand_w == 0 {
            *since_s = None;
        } else {
            since_s.get_or_insert(step.at_s);
        }
        let is_out = self.special.is_out_of_service(connector);
        let demand_w = if is_out { 0 } else { step.demand_w.min(self.bays.rating_w(connector)) };
        if demand_w == 0 {
            self.controller.release(column);
            return 0;
        }
        let keys = OrderKeys {
            arrived_s: *since_s,
            departs_s: step.departs_s,
            needs_wh: None,
            soc_ppm: None,
            last_served_s: None,
        };
        let wish = Wish {
            demand_w,
            min_w: self.bays.least_w(connector, step.min_w).min(LEAF_POWER_MAX_W),
            weight: step.weight.unwrap_or(0),
            tier: step.tier,
            pausable: self.bays.is_pausable(connector),
            keys,
        };
        self.controller.set_wish(column, wish);
        demand_w
    }
}
