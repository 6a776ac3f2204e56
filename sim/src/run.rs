//! A whole run with its observers.

use crate::checker::Checker;
use crate::depot::Depot;
use crate::error::RunError;
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
    let mut simulation = Simulation::new(depot, realization)?;
    let mut checker = Checker::new(depot, realization);
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
