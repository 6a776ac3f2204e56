//! What a tick of charging does to a battery: integer integration of the charging curve.
//!
//! The curve gives the power at the connector over the energy in the battery, linear between knots. Power that the battery would
//! take is integrated by mid-points over sub-steps that keep `|dP/dE| * sub-step <= 1/16`, split at knots; the mean over the tick,
//! clamped to the setpoint, is what is drawn. The meter counts whole watts times the tick, the battery gains its efficient part
//! rounded down, and never more than is missing to the target.

use crate::vehicle::VehicleType;

const PPM: u64 = 1_000_000;
const MICROS: u64 = 1_000_000;

/// A vehicle type's curve over energy instead of state of charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChargingCurve {
    /// Knots: energy \[J\], strictly ascending from 0 to the battery's capacity, and power \[W\].
    knots: Vec<(u64, u32)>,
    efficiency_ppm: u32,
}

/// What one tick of charging does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charge {
    /// Mean power at the connector \[W\].
    pub measured_w: u32,
    /// Energy that the battery gains \[J\].
    pub gained_j: u64,
}

impl ChargingCurve {
    /// The curve of a vehicle type.
    pub fn of(vehicle_type: &VehicleType) -> Self {
        let energy_j = |soc_ppm: u32| {
            (u128::from(vehicle_type.battery_j) * u128::from(soc_ppm) / u128::from(PPM)) as u64
        };
        let knots = vehicle_type.curve.iter().map(|point| (energy_j(point.soc_ppm), point.power_w)).collect();
        Self { knots, efficiency_ppm: vehicle_type.efficiency_ppm }
    }

    /// The power that the battery takes at this energy \[W\], 0 at and beyond the last knot's.
    pub fn power_w(&self, energy_j: u64) -> u32 {
        match self.segment(energy_j) {
            Some(segment) => segment.power_w(energy_j),
            None => 0,
        }
    }

    /// The energy below which the power stays what it is at `energy_j` \[J\]; `energy_j` itself on a slope.
    pub fn constant_below_j(&self, energy_j: u64) -> u64 {
        match self.segment(energy_j) {
            Some(segment) if segment.start_w == segment.end_w => segment.end_j,
            _ => energy_j,
        }
    }

    /// One tick of `step_s` from `energy_j`, drawing at most `setpoint_w` and gaining at most what is missing to `target_j`.
    pub fn charge(&self, energy_j: u64, target_j: u64, setpoint_w: u32, step_s: u32) -> Charge {
        let missing_j = target_j.saturating_sub(energy_j);
        if missing_j == 0 || setpoint_w == 0 {
            return Charge { measured_w: 0, gained_j: 0 };
        }
        let mean_w = self.mean_w(energy_j, setpoint_w, step_s);
        let gained_j = self.gain_j(u64::from(mean_w) * u64::from(step_s));
        if gained_j < missing_j {
            return Charge { measured_w: mean_w, gained_j };
        }
        // The tick in which the target is reached: the meter counts what that takes, rounded up to whole watts.
        let needed_j = self.metered_for_j(missing_j);
        let measured_w = needed_j.div_ceil(u64::from(step_s)) as u32;
        Charge { measured_w: measured_w.min(mean_w), gained_j: missing_j }
    }

    /// How long a tick from `energy_j`, which draws `setpoint_w` or the curve's constant power, is like the next ones: what they do, and the
    /// energy below which they do it \[J\], 0 where that is not sure.
    ///
    /// It is the shortcut of [`ChargingCurve::charge`] and never promises what that would not do.
    pub fn steady(&self, energy_j: u64, target_j: u64, setpoint_w: u32, step_s: u32) -> (Charge, u64) {
        let nothing = (Charge { measured_w: 0, gained_j: 0 }, 0);
        let Some(segment) = self.segment(energy_j) else { return nothing };
        let is_flat = segment.end_w == segment.start_w;
        let power_w = segment.power_w(energy_j);
        if segment.end_w > segment.start_w || (!is_flat && setpoint_w >= power_w) {
            return nothing;
        }
        let covered_j = if is_flat { segment.end_j } else { segment.reaches_j(setpoint_w) };
        // Left alone, the battery would take no more than this in a tick, so that it stays where the curve allows the setpoint.
        let reach_j = self.gain_j(u64::from(power_w) * u64::from(step_s)) + 1;
        let measured_w = setpoint_w.min(power_w);
        let gained_j = self.gain_j(u64::from(measured_w) * u64::from(step_s));
        match (covered_j.checked_sub(reach_j), target_j.checked_sub(gained_j + 1)) {
            (Some(by_curve_j), Some(by_target_j)) => {
                (Charge { measured_w, gained_j }, by_curve_j.min(by_target_j) + 1)
            }
            _ => nothing,
        }
    }

    /// While the energy is below this, every tick draws and gains what the one from `energy_j` does \[J\]; 0 where that is not sure.
    pub fn steady_below_j(&self, energy_j: u64, target_j: u64, setpoint_w: u32, step_s: u32) -> u64 {
        self.steady(energy_j, target_j, setpoint_w, step_s).1
    }

    /// What the battery gains of metered energy \[J\], rounded down.
    pub fn gain_j(&self, metered_j: u64) -> u64 {
        metered_j * u64::from(self.efficiency_ppm) / PPM
    }

    /// The least metered energy of which the battery gains this much \[J\].
    pub fn metered_for_j(&self, gained_j: u64) -> u64 {
        (u128::from(gained_j) * u128::from(PPM)).div_ceil(u128::from(self.efficiency_ppm)) as u64
    }

    /// The mean where a tick is one sub-step on one falling segment, which is the usual tick of a tapering battery \[W\].
    ///
    /// `power_w` is the curve's power at `energy_j`, which the caller has from asking for the demand.
    pub(crate) fn mean_on_slope_w(&self, energy_j: u64, power_w: u32, step_s: u32) -> Option<u32> {
        let segment = self.segment(energy_j)?;
        let length_j = segment.end_j - segment.start_j;
        if segment.end_w >= segment.start_w
            || 16 * u64::from(segment.start_w - segment.end_w) * u64::from(step_s) > length_j
        {
            return None;
        }
        let half_gain_j = self.gain_j(u64::from(power_w) * (u64::from(step_s) * MICROS / 2) / MICROS);
        let middle_w = segment.power_w((energy_j + half_gain_j).min(segment.end_j));
        let gained_j = self.gain_j(u64::from(middle_w) * u64::from(step_s));
        (gained_j > 0 && gained_j <= segment.end_j - energy_j).then_some(middle_w)
    }

    /// Mean over the tick of what the battery would take, clamped to the setpoint \[W\].
    fn mean_w(&self, start_j: u64, setpoint_w: u32, step_s: u32) -> u32 {
        let step_us = u64::from(step_s) * MICROS;
        let mut energy_j = start_j;
        let mut left_us = step_us;
        // Watts times microseconds: 10 MW for an hour is 3.6e16.
        let mut metered_uj = 0_u64;
        while left_us > 0 {
            let Some(segment) = self.segment(energy_j) else { break };
            let sub_us = segment.sub_step_us(step_s, step_us).min(left_us);
            let half_gain_j = self.gain_j(u64::from(segment.power_w(energy_j)) * (sub_us / 2) / MICROS);
            let middle_j = (energy_j + half_gain_j).min(segment.end_j);
            let middle_w = u64::from(segment.power_w(middle_j));
            if middle_w == 0 {
                break;
            }
            let gained_j = self.gain_j(middle_w * sub_us / MICROS);
            let room_j = segment.end_j - energy_j;
            if gained_j <= room_j && gained_j > 0 {
                energy_j += gained_j;
                metered_uj += middle_w * sub_us;
                left_us -= sub_us;
            } else if gained_j == 0 {
                // Too little for a joule: the battery stays where it is for the rest of the tick.
                metered_uj += middle_w * left_us;
                break;
            } else {
                // The knot lies inside the sub-step: go as far as it, and on from there.
                let needed_uj = u128::from(room_j) * u128::from(PPM) * u128::from(MICROS)
                    / u128::from(self.efficiency_ppm);
                let to_knot_us = ((needed_uj / u128::from(middle_w)) as u64).clamp(1, sub_us);
                energy_j = segment.end_j;
                metered_uj += middle_w * to_knot_us;
                left_us -= to_knot_us;
            }
        }
        let mean_w = (metered_uj / step_us) as u32;
        mean_w.min(setpoint_w)
    }

    /// The segment that begins at or before this energy and ends after it; `None` for a full battery.
    fn segment(&self, energy_j: u64) -> Option<Segment> {
        // Curves have a handful of knots, so that looking through them is faster than searching.
        let pair = self.knots.windows(2).find(|pair| energy_j < pair[1].0)?;
        let ((start_j, start_w), (end_j, end_w)) = (pair[0], pair[1]);
        Some(Segment { start_j, start_w, end_j, end_w })
    }
}

/// A linear part of a curve.
#[derive(Debug, Clone, Copy)]
struct Segment {
    start_j: u64,
    start_w: u32,
    end_j: u64,
    end_w: u32,
}

impl Segment {
    /// Interpolated power, rounded down. Power up to 1e7 W times energy up to 3.6e11 J stays below 2^63.
    fn power_w(&self, energy_j: u64) -> u32 {
        let (along_j, length_j) = (energy_j - self.start_j, self.end_j - self.start_j);
        if self.end_w >= self.start_w {
            self.start_w + (u64::from(self.end_w - self.start_w) * along_j / length_j) as u32
        } else {
            self.start_w - (u64::from(self.start_w - self.end_w) * along_j).div_ceil(length_j) as u32
        }
    }

    /// The largest energy of a falling segment at which the power is still at least `power_w`.
    fn reaches_j(&self, power_w: u32) -> u64 {
        if power_w >= self.start_w {
            return self.start_j;
        }
        if power_w <= self.end_w {
            return self.end_j;
        }
        let fall_w = u64::from(self.start_w - power_w);
        self.start_j + fall_w * (self.end_j - self.start_j) / u64::from(self.start_w - self.end_w)
    }

    /// The length of a sub-step \[us\] at which `|dP/dE| * sub-step <= 1/16`.
    fn sub_step_us(&self, step_s: u32, step_us: u64) -> u64 {
        let slope_w = u64::from(self.start_w.abs_diff(self.end_w));
        let sub_steps = (16 * slope_w * u64::from(step_s)).div_ceil(self.end_j - self.start_j).max(1);
        step_us.div_ceil(sub_steps)
    }
}
