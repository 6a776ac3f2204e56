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
use std::ops::{Range, RangeInclusive};

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
        let cabin_w = cabin_w(visit, moment.t_s);
        let is_full = at.energy_j >= visit.target_energy_j;
        if is_full && cabin_w <= at.measured_w {
            return Some(full(at, cabin_w));
        }
        let charger = told.charger(position);
        let is_disturbed = told.is_disturbed(position, moment.t_s);
        let before = Before::of(moment, ix);
        let curve_w = match is_full {
            true => 0..=0,
            false => {
                let charges_j = u64::from(at.measured_w) * u64::from(told.depot.step_s);
                let kind = &told.depot.vehicle_types[visit.vehicle_type as usize];
                curve_w(kind, at.energy_j.saturating_sub(charges_j)..=at.energy_j)
            }
        };
        let is_on_curve = (curve_w.start() - ROUNDING_W..=curve_w.end() + ROUNDING_W)
            .contains(&i128::from(at.measured_w))
            && *curve_w.start() < i128::from(at.setpoint_w);
        let lets_through = || !is_disturbed && lets_more_through(charger, at, before, *curve_w.end());
        if is_on_curve && !is_full && cabin_w == 0 && lets_through() {
            let percent = told.soc_ppm(at).map(|soc_ppm| text(|out| push_percent(out, soc_ppm)));
            let at_percent = percent.map(|percent| format!(" at {percent} %")).unwrap_or_default();
            return Some(Self::new(
                "curve",
                format!("its vehicle takes no more{at_percent}, by its charging curve"),
            ));
        }
        let charger = charger.filter(|_| !is_disturbed)?;
        // The charger is the cause, if the vehicle would have taken more all the time.
        if curve_w.start() + i128::from(cabin_w) <= i128::from(at.measured_w) {
            return None;
        }
        following(charger, at, before)
    }

    fn new(cause: &'static str, words: String) -> Self {
        Self { cause, words }
    }
}

impl Told<'_> {
    /// What is built into the charger at a position of the site; `None` where it obeys at once and loses nothing.
    pub(super) fn charger(&self, position: u32) -> Option<&Charger> {
        // They mostly stand in the site's order.
        let chargers = &self.depot.equipment.chargers;
        match chargers.binary_search_by_key(&position, |charger| charger.node) {
            Ok(ix) => Some(&chargers[ix]),
            Err(_) => chargers.iter().find(|charger| charger.node == position),
        }
    }

    /// Whether a connector is in service, and every node above it has power, in the tick that begins at `t_s` \[s\].
    pub(super) fn has_power(&self, position: u32, t_s: u64) -> bool {
        let out_of_service = [FaultKind::Unavailable, FaultKind::Faulted];
        let is_out = self.faults.at(position, t_s).any(|fault| out_of_service.contains(&fault.kind));
        !is_out && !self.is_dark(position, t_s)
    }

    /// Whether something is wrong at a connector that may keep its charger from following, in the tick that begins at `t_s` \[s\].
    fn is_disturbed(&self, position: u32, t_s: u64) -> bool {
        self.faults.at(position, t_s).next().is_some() || self.is_dark(position, t_s)
    }
}

/// The same vehicle in the tick before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Before {
    pub(super) setpoint_w: u32,
    pub(super) measured_w: u32,
}

impl Before {
    /// `None` where the tick before is not known. Whoever was not plugged in by then had nothing, and drew nothing.
    pub(super) fn of(moment: &Moment, ix: usize) -> Option<Self> {
        let visit = moment.connectors[ix].visit;
        let before = moment.before.as_ref().map(|before| &before.connectors[ix]);
        match before {
            Some(before) if before.visit == visit => {
                Some(Self { setpoint_w: before.setpoint_w, measured_w: before.measured_w })
            }
            None if moment.t_s > 0 => None,
            _ => Some(Self { setpoint_w: 0, measured_w: 0 }),
        }
    }
}

/// What a vehicle draws that has its target, and gets at least what its cabin takes \[W\].
fn full(at: &ConnectorAt, cabin_w: u32) -> DrawnLess {
    match cabin_w > 0 && at.measured_w == cabin_w {
        true => DrawnLess::new(
            "cabin",
            "its vehicle has reached its target, and draws for its cabin alone".to_owned(),
        ),
        false => DrawnLess::new("target", "its vehicle has reached its target".to_owned()),
    }
}

/// Whether a charger surely lets through more than the `curve_w` that a vehicle takes at most \[W\].
///
/// One that follows late or slowly does, where it let through as much before, and the setpoint was no lower then.
fn lets_more_through(
    charger: Option<&Charger>,
    at: &ConnectorAt,
    before: Option<Before>,
    curve_w: i128,
) -> bool {
    let Some(charger) = charger else { return true };
    let takes_time = charger.latency_s > 0 || charger.ramp_up_w_per_min.is_some();
    let is_enough = |setpoint_w| i128::from(charger.in_modules_w(setpoint_w)) >= curve_w;
    let was_enough = |before: Before| is_enough(before.setpoint_w) && before.measured_w >= at.measured_w;
    is_enough(at.setpoint_w) && (!takes_time || before.is_some_and(was_enough))
}

/// How a charger follows a setpoint, where its vehicle would take more than it gets.
fn following(charger: &Charger, at: &ConnectorAt, before: Option<Before>) -> Option<DrawnLess> {
    let in_modules_w = charger.in_modules_w(at.setpoint_w);
    if at.measured_w == in_modules_w {
        let module = kw(u64::from(charger.module_w));
        return Some(DrawnLess::new("modules", format!("its charger gives power in modules of {module} kW")));
    }
    let Before { setpoint_w: had_w, measured_w: drew_w } = before?;
    let had_caught_up = i128::from(drew_w) + ROUNDING_W >= charger.in_modules_w(had_w).into();
    let is_rising = at.measured_w >= drew_w && at.measured_w < in_modules_w;
    match (charger.latency_s, charger.ramp_up_w_per_min) {
        (latency_s @ 1.., ramp) if is_rising && had_caught_up && had_w < at.setpoint_w => {
            let ramp = ramp.map(|ramp_w| format!(", and rises by {} kW a minute", kw(ramp_w.into())));
            let words = format!(
                "it may draw more since this tick, and its charger hears of that {latency_s} s later{}",
                ramp.unwrap_or_default()
            );
            Some(DrawnLess::new("latency", words))
        }
        (latency_s, Some(ramp_w))
            if is_rising && (at.measured_w > drew_w || (latency_s == 0 && had_w < at.setpoint_w)) =>
        {
            let ramp = kw(ramp_w.into());
            Some(DrawnLess::new("ramp", format!("its charger is still rising, by {ramp} kW a minute")))
        }
        _ => None,
    }
}

/// What a vehicle wants for its cabin in the tick that begins at `t_s` \[W\].
pub(super) fn cabin_w(visit: &Visit, t_s: u64) -> u32 {
    if cabin_times_s(visit).contains(&(t_s as i64)) { visit.conduct.precondition_w } else { 0 }
}

/// When a visit wants power for its cabin \[s\], if it wants any.
pub(crate) fn cabin_times_s(visit: &Visit) -> Range<i64> {
    let until_s = visit.conduct.told_departure_s.unwrap_or(visit.departure_s);
    until_s - i64::from(visit.conduct.precondition_s)..until_s
}

/// The least and the most power of a vehicle's curve between two energies in its battery \[W\].
pub(super) fn curve_w(kind: &VehicleType, energy_j: RangeInclusive<u64>) -> RangeInclusive<i128> {
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
