//! Charging curves: what vehicles ask for and draw follows from what their batteries hold, interpolated with none of the code that the simulation uses.
//!
//! It is looked at where chargers only follow setpoints and demands are told as they are, at each connector in turn: a curve that is read wrongly is read
//! so in every tick.

use super::known::{Holds, Known, wrong};
use super::limits::Limits;
use crate::charger::DemandSignal;
use crate::realization::Visit;
use crate::vehicle::VehicleType;
use crate::view::TickView;
use balancer::units::LEAF_POWER_MAX_W;

/// How often a connector is looked at \[ticks\].
const EVERY_TICKS: usize = 64;
/// What rounding down takes off a mean at most, of powers that are rounded down themselves \[W\].
const ROUNDING_W: u32 = 2;

/// The curves of all vehicle types.
#[derive(Debug, Clone)]
pub(super) struct Curves {
    by_type: Vec<Curve>,
}

impl Curves {
    /// None where demands are not told as they are.
    pub(super) fn of(known: &Known<'_>) -> Option<Self> {
        let is_true = known.depot.equipment.demand_signal == DemandSignal::True;
        is_true.then(|| Self { by_type: known.depot.vehicle_types.iter().map(Curve::of).collect() })
    }

    /// Looks at the connectors whose turn it is in this tick.
    #[inline]
    pub(super) fn check(&self, known: &Known<'_>, limits: &Limits<'_>, view: &TickView<'_>) -> Holds {
        let first = view.tick as usize % EVERY_TICKS;
        for column in (first..view.connectors.visit.len()).step_by(EVERY_TICKS) {
            if let Some(visit) = known.realization.visits.get(view.connectors.visit[column] as usize) {
                self.check_at(known, limits, view, (column, visit))?;
            }
        }
        Ok(())
    }

    #[inline(never)]
    fn check_at(
        &self,
        known: &Known<'_>,
        limits: &Limits<'_>,
        view: &TickView<'_>,
        (column, visit): (usize, &Visit),
    ) -> Holds {
        let (shown, position) = (&view.connectors, known.site.connectors[column]);
        let (ended_j, measured_w, setpoint_w) =
            (shown.energy_j[column], shown.measured_w[column], shown.setpoint_w[column]);
        // In the tick in which the target is reached less may flow than all the time before.
        let is_told = visit.conduct.demand_signal.is_some();
        if ended_j >= visit.target_energy_j || is_told || limits.is_dead(position) {
            return Ok(());
        }
        let curve = &self.by_type[visit.vehicle_type as usize];
        // 10 MW for a day are 8.64e11 J, and as many millionths of them fit 64 bits.
        let gained_uj = u64::from(measured_w) * u64::from(view.step_s) * curve.efficiency_ppm;
        let began_j = ended_j.saturating_sub(gained_uj / 1_000_000);
        let (first_w, last_w) = (curve.power_w(began_j), curve.power_w(ended_j));
        let between = curve.knots.iter().filter(|knot| (began_j..=ended_j).contains(&knot.0));
        let takes_w = between.fold((first_w.min(last_w), first_w.max(last_w)), |takes_w, knot| {
            (takes_w.0.min(knot.1), takes_w.1.max(knot.1))
        });
        let least_w = takes_w.0.min(setpoint_w).saturating_sub(ROUNDING_W);
        let most_w = takes_w.1.saturating_add(1).min(setpoint_w);
        if !(least_w..=most_w).contains(&measured_w) {
            let (from_w, to_w) = takes_w;
            let what = format!(
                "draws {measured_w} W on a setpoint of {setpoint_w} W, where its vehicle takes from {from_w} to {to_w} W"
            );
            return wrong(position, what);
        }
        let rating_w = limits.max_rating_w(position).min(LEAF_POWER_MAX_W.into()) as u32;
        // Where the curve rises, who is let may soon take more.
        let later_w = curve.knots.iter().filter(|knot| knot.0 >= began_j).map(|knot| knot.1).max();
        let most_w = later_w.unwrap_or(0).max(first_w).min(rating_w);
        let demand_w = shown.demand_w[column];
        if !(first_w.min(rating_w)..=most_w).contains(&demand_w) {
            let what = format!(
                "asks for {demand_w} W, where its vehicle takes {first_w} W and its connector passes on {rating_w}"
            );
            return wrong(position, what);
        }
        Ok(())
    }
}

/// Power over the energy in a battery, linear between knots.
#[derive(Debug, Clone)]
struct Curve {
    /// Energy, rounded down, and power \[J, W\].
    knots: Vec<(u64, u32)>,
    efficiency_ppm: u64,
}

impl Curve {
    fn of(kind: &VehicleType) -> Self {
        let energy_j = |soc_ppm: u32| (u128::from(kind.battery_j) * u128::from(soc_ppm) / 1_000_000) as u64;
        let knots = kind.curve.iter().map(|point| (energy_j(point.soc_ppm), point.power_w));
        Self { knots: knots.collect(), efficiency_ppm: kind.efficiency_ppm.into() }
    }

    /// The power at an energy, rounded down \[W\]; none at and beyond the last knot.
    ///
    /// Up to 1e7 W times up to 3.6e11 J fit 64 bits with a sign.
    fn power_w(&self, energy_j: u64) -> u32 {
        let Some(above) = self.knots.iter().position(|knot| energy_j < knot.0).filter(|&above| above > 0)
        else {
            return 0;
        };
        let ((low_j, low_w), (high_j, high_w)) = (self.knots[above - 1], self.knots[above]);
        let rise_w = i64::from(high_w) - i64::from(low_w);
        let along = rise_w * (energy_j - low_j) as i64;
        (i64::from(low_w) + along.div_euclid((high_j - low_j) as i64)) as u32
    }
}
