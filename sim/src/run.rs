//! A whole run with its observers.

use crate::checker::Checker;
use crate::depot::Depot;
use crate::error::RunError;
use crate::projection::Projection;
use crate::realization::Realization;
use crate::simulation::Simulation;
use crate::view::Observer;

/// Runs a realization to its end. The checker watches every tick, and so do `observers`, in their order.
///
/// # Errors
/// A site or realization that cannot be run, a broken invariant, or whatever an observer stumbles over.
pub fn run(
    depot: &Depot,
    realization: &Realization,
    observers: &mut [&mut dyn Observer],
) -> Result<(), RunError> {
    to_the_end(Simulation::new(depot, realization)?, Checker::new(depot, realization), observers)
}

/// The same on the depot's projection, for many runs on one depot.
///
/// # Errors
/// As for [`run`].
pub fn run_on(
    depot: &Depot,
    projection: &Projection,
    realization: &Realization,
    observers: &mut [&mut dyn Observer],
) -> Result<(), RunError> {
    let simulation = Simulation::on(depot, projection, realization)?;
    to_the_end(simulation, Checker::new(depot, realization), observers)
}

fn to_the_end(
    mut simulation: Simulation<'_>,
    mut checker: Checker<'_>,
    observers: &mut [&mut dyn Observer],
) -> Result<(), RunError> {
    while let Some(view) = simulation.step(&[]) {
        checker.tick(&view).map_err(RunError::Observer)?;
        for observer in observers.iter_mut() {
            observer.tick(&view).map_err(RunError::Observer)?;
        }
    }
    let end = simulation.end();
    checker.end(&end).map_err(RunError::Observer)?;
    for observer in observers.iter_mut() {
        observer.end(&end).map_err(RunError::Observer)?;
    }
    Ok(())
}
