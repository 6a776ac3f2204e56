//! Why a connector draws less than it may, where the recording leaves no doubt about it.
//!
//! ```text
//!  setpoint ──latency, modules, ramp──> what the charger lets through ──curve, target, cabin──> what is drawn
//! ```
//!
//! What is told is told of one tick: a cause that other causes could have hidden is not named.

use super::{ConnectorAt, FaultKind, Moment, Told};
use crate::format::{kw, push_percent, text};
use serde::Serialize;
use sim::{Charger, VehicleType, Visit};
use std::ops::RangeInclusive;

/// Why a connector draws less than its setpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DrawnLess {
    /// `target`, `cabin`, `curve`, `modules`, `latency` or `ramp`.
    pub cause: &'static str,
    /// The same in words.
    pub words: String,
}

/// What rounding takes off a mean \[W\].
const ROUNDING_W: i128 = 2;

impl DrawnLess {
    /// Why the connector in column `ix` draws less than it may; `None` where it does not, or where nothing is certain.
    pub(super) fn of(told: &Told<'_>, moment: &Moment, ix: usize) -> Option<Self> {
        let at = &moment.connectors[ix];
        let visit = told.visit(at).filter(|_| at.measured_w < at.setpoint_w)?;
        let position = told.site.connectors[ix];
        let kind = &told.depot.vehicle_types[visit.vehicle_type as usize];
        if at.energy_j >= visit.target_energy_j {
            return Some(full(at, visit, moment.t_s));
        }
        let chargers = &told.depot.equipment.chargers;
        let charger = chargers.iter().find(|charger| charger.node == position);
        let is_conditioning = cabin_w(visit, moment.t_s) > 0;
        let charges_j = u64::from(at.measured_w) * u64::from(told.depot.step_s);
        let curve_w = curve_w(kind, at.energy_j.saturating_sub(charges_j)..=at.energy_j);
        let is_on_curve = (curve_w.start() - ROUNDING_W..=curve_w.end() + ROUNDING_W)
            .contains(&i128::from(at.measured_w))
            && *curve_w.start() < i128::from(at.setpoint_w);
        if is_on_curve && !is_conditioning {
            let percent = told.soc_ppm(at).map(|soc_ppm| text(|out| push_percent(out, soc_ppm)));
            let at_percent = percent.map(|percent| format!(" at {percent} %")).unwrap_or_default();
            return Some(Self::new(
                "curve",
                format!("its vehicle takes no more{at_percent}, by its charging curve"),
            ));
        }
        let charger = charger.filter(|_| !told.is_disturbed(position, moment.t_s))?;
        // The charger is the cause, if the vehicle would have taken more all the time.
        if curve_w.start() + i128::from(cabin_w(visit, moment.t_s)) <= i128::from(at.measured_w) {
            return None;
        }
        following(charger, at, moment.before.as_ref().map(|before| &before.connectors[ix]))
    }

    fn new(cause: &'static str, words: String) -> Self {
        Self { cause, words }
    }
}

impl Told<'_> {
    /// Whether something is wrong at a connector that may keep its charger from following, in the tick that begins at `t_s` \[s\].
    fn is_disturbed(&self, position: u32, t_s: u64) -> bool {
        let path = std::iter::successors(Some(position), |&at| self.depot.site[at as usize].parent);
        let mut faults = path.flat_map(|node| self.faults.at(node, t_s));
        faults.any(|fault| fault.node == position || fault.kind == FaultKind::Outage)
    }
}

/// What a vehicle draws that has its target.
fn full(at: &ConnectorAt, visit: &Visit, t_s: u64) -> DrawnLess {
    match cabin_w(visit, t_s) {
        cabin_w if cabin_w > 0 && at.measured_w == cabin_w => DrawnLess::new(
            "cabin",
            "its vehicle has reached its target, and draws for its cabin alone".to_owned(),
        ),
        _ => DrawnLess::new("target", "its vehicle has reached its target".to_owned()),
    }
}

/// How a charger follows a setpoint, where its vehicle would take more than it gets; `before` is the tick before.
fn following(charger: &Charger, at: &ConnectorAt, before: Option<&ConnectorAt>) -> Option<DrawnLess> {
    let in_modules_w = charger.in_modules_w(at.setpoint_w);
    if at.measured_w == in_modules_w {
        let module = kw(u64::from(charger.module_w));
        return Some(DrawnLess::new("modules", format!("its charger gives power in modules of {module} kW")));
    }
    let before = before.filter(|before| before.visit == at.visit);
    let (had_w, drew_w) = before.map_or((0, 0), |before| (before.setpoint_w, before.measured_w));
    let is_rising = at.measured_w >= drew_w && at.measured_w < in_modules_w;
    match (charger.latency_s, charger.ramp_up_w_per_min) {
        (latency_s @ 1.., ramp) if is_rising && had_w < at.setpoint_w => {
            let ramp = ramp.map(|ramp_w| format!(", and rises by {} kW a minute", kw(ramp_w.into())));
            let words = format!(
                "it may draw more since this tick, and its charger hears of that {latency_s} s later{}",
                ramp.unwrap_or_default()
            );
            Some(DrawnLess::new("latency", words))
        }
        (_, Some(ramp_w)) if is_rising && (at.measured_w > drew_w || had_w < at.setpoint_w) => {
            let ramp = kw(ramp_w.into());
            Some(DrawnLess::new("ramp", format!("its charger is still rising, by {ramp} kW a minute")))
        }
        _ => None,
    }
}

/// What a vehicle wants for its cabin in the tick that begins at `t_s` \[W\].
fn cabin_w(visit: &Visit, t_s: u64) -> u32 {
    let until_s = visit.conduct.told_departure_s.unwrap_or(visit.departure_s);
    let from_s = until_s - i64::from(visit.conduct.precondition_s);
    if (from_s..until_s).contains(&(t_s as i64)) { visit.conduct.precondition_w } else { 0 }
}

/// The least and the most power of a vehicle's curve between two energies in its battery \[W\].
fn curve_w(kind: &VehicleType, energy_j: RangeInclusive<u64>) -> RangeInclusive<i128> {
    let battery_j = i128::from(kind.battery_j);
    let place = |energy_j: u64| i128::from(energy_j) * 1_000_000;
    let knot = |ppm: u32| i128::from(ppm) * battery_j;
    let power_w = |place: i128| {
        let above = kind.curve.iter().position(|point| knot(point.soc_ppm) >= place);
        let above = above.unwrap_or(kind.curve.len() - 1).max(1);
        let (low, high) = (kind.curve[above - 1], kind.curve[above]);
        let rise_w = i128::from(high.power_w) - i128::from(low.power_w);
        let along = place - knot(low.soc_ppm);
        i128::from(low.power_w) + (rise_w * along).div_euclid(knot(high.soc_ppm) - knot(low.soc_ppm))
    };
    let (from, to) = (place(*energy_j.start()), place(*energy_j.end()));
    let knots = kind.curve.iter().map(|point| knot(point.soc_ppm));
    let places = knots.filter(|knot| (from..to).contains(knot)).chain([from, to]);
    let powers: Vec<i128> = places.map(power_w).collect();
    powers.iter().copied().min().unwrap_or(0)..=powers.iter().copied().max().unwrap_or(0)
}
