//! What a tick of charging does to a battery: integer integration of the charging curve.
//!
//! The curve gives the power at the connector over the energy in the battery, linear between knots. What flows at each moment is the
//! lesser of curve and setpoint. It is integrated by mid-points over sub-steps that keep `|dP/dE| * sub-step <= 1/16`, split at knots
//! and where the curve crosses the setpoint; the mean over the tick is what is drawn. The meter counts whole watts times the tick, the
//! battery gains its efficient part rounded down, and never more than is missing to the target.
//!
//! The demand is the most that flows at any moment until the next cycle, if it is let: on a curve that is flat or falls, the power at
//! the beginning.

use crate::segment::Segment;
use crate::vehicle::VehicleType;

const PPM: u64 = 1_000_000;
const MICROS: u64 = 1_000_000;

/// A vehicle type's curve over energy instead of state of charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChargingCurve {
    /// The linear parts, in order of energy, from 0 to the battery's capacity.
    segments: Vec<Segment>,
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

/// What flows in some time.
struct Course {
    /// Watts times microseconds: 10 MW for a day is 8.64e17.
    metered_uj: u64,
    /// Energy in the battery at the end \[J\].
    end_j: u64,
}

impl ChargingCurve {
    /// The curve of a vehicle type.
    pub fn of(vehicle_type: &VehicleType) -> Self {
        let energy_j = |soc_ppm: u32| {
            (u128::from(vehicle_type.battery_j) * u128::from(soc_ppm) / u128::from(PPM)) as u64
        };
        let knots = vehicle_type.curve.windows(2);
        let segments = knots.map(|pair| {
            Segment::between(
                (energy_j(pair[0].soc_ppm), pair[0].power_w),
                (energy_j(pair[1].soc_ppm), pair[1].power_w),
            )
        });
        Self { segments: segments.collect(), efficiency_ppm: vehicle_type.efficiency_ppm }
    }

    /// Takes another share of the metered energy to reach the battery \[ppm\]: a charger may lose some of it, depending on its load.
    pub(crate) fn set_efficiency(&mut self, efficiency_ppm: u32) {
        self.efficiency_ppm = efficiency_ppm;
    }

    /// The power that the battery takes at this energy \[W\], 0 at and beyond the last knot's.
    pub fn power_w(&self, energy_j: u64) -> u32 {
        self.segment(energy_j).power_w(energy_j)
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

    /// The most that flows at any moment of the `time_s` from `energy_j` \[W\], where at most `limit_w` may, and nothing once `target_j` is reached.
    ///
    /// Where the curve does not rise any more, it is what flows at the beginning.
    pub fn peak_w(&self, energy_j: u64, target_j: u64, limit_w: u32, time_s: u32) -> u32 {
        let power_w = self.power_w(energy_j);
        if power_w >= limit_w || !self.rises_from(energy_j) {
            return power_w.min(limit_w);
        }
        let reached_j = self.course(energy_j, limit_w, time_s).end_j.min(target_j).max(energy_j);
        let on_the_way =
            self.segments.iter().filter(|part| energy_j < part.end_j && part.start_j <= reached_j);
        let ends_w = on_the_way.map(|part| {
            let first_w = part.power_w(energy_j.max(part.start_j));
            first_w.max(part.power_w(reached_j.min(part.end_j)))
        });
        ends_w.max().unwrap_or(0).min(limit_w)
    }

    /// Whether the curve rises anywhere from this energy on.
    pub(crate) fn rises_from(&self, energy_j: u64) -> bool {
        self.segments.iter().any(|segment| energy_j < segment.end_j && segment.is_rising())
    }

    /// How long a tick from `energy_j`, which draws `setpoint_w` or the curve's constant power, is like the next ones: what they do, and the
    /// energy below which they do it \[J\], 0 where that is not sure.
    ///
    /// It is the shortcut of [`ChargingCurve::charge`] and never promises what that would not do.
    pub fn steady(&self, energy_j: u64, target_j: u64, setpoint_w: u32, step_s: u32) -> (Charge, u64) {
        let segment = self.segment(energy_j);
        let power_w = segment.power_w(energy_j);
        self.steady_on(&segment, power_w, target_j, setpoint_w, step_s)
    }

    /// [`ChargingCurve::steady`] on a segment whose power at the energy in question is `power_w`.
    #[inline]
    pub(crate) fn steady_on(
        &self,
        segment: &Segment,
        power_w: u32,
        target_j: u64,
        setpoint_w: u32,
        step_s: u32,
    ) -> (Charge, u64) {
        let measured_w = setpoint_w.min(power_w);
        let gained_j = self.gain_j(u64::from(measured_w) * u64::from(step_s));
        let charge = Charge { measured_w, gained_j };
        // As far as this, nothing else flows.
        let covered_j = if segment.is_flat() || (segment.is_rising() && setpoint_w <= power_w) {
            segment.end_j
        } else if segment.is_falling() && setpoint_w < power_w {
            segment.reaches_j(setpoint_w)
        } else {
            return (charge, 0);
        };
        (charge, covered_j.min(target_j).saturating_sub(gained_j))
    }

    /// What the battery gains of metered energy \[J\], rounded down.
    pub fn gain_j(&self, metered_j: u64) -> u64 {
        metered_j * u64::from(self.efficiency_ppm) / PPM
    }

    /// The least metered energy of which the battery gains this much \[J\].
    pub fn metered_for_j(&self, gained_j: u64) -> u64 {
        (u128::from(gained_j) * u128::from(PPM)).div_ceil(u128::from(self.efficiency_ppm)) as u64
    }

    /// What a tick does to a tapering battery that stays on one falling segment, on a setpoint of at least its power: its usual tick.
    ///
    /// `segment` is the one at `energy_j`, `power_w` its power there and `sub_us` the length of its sub-steps \[us\], which the caller
    /// has from asking for the demand. It is the shortcut of [`ChargingCurve::charge`] and never promises what that would not do.
    #[inline]
    pub(crate) fn charge_on_slope(
        &self,
        segment: &Segment,
        (energy_j, target_j): (u64, u64),
        (power_w, sub_us): (u32, u64),
        step_s: u32,
    ) -> Option<Charge> {
        let step_us = u64::from(step_s) * MICROS;
        let measured_w = if sub_us >= step_us {
            let (middle_w, gained_j) = self.sub_step(segment, energy_j, power_w, step_us);
            let is_on_it = gained_j > 0 && gained_j < segment.end_j - energy_j;
            is_on_it.then_some(middle_w)?
        } else {
            self.mean_of_sub_steps(segment, energy_j, power_w, (sub_us, step_us))?
        };
        let gained_j = self.gain_j(u64::from(measured_w) * u64::from(step_s));
        (energy_j + gained_j < target_j).then_some(Charge { measured_w, gained_j })
    }

    /// The mean over several sub-steps, as long as they stay on the segment \[W\].
    fn mean_of_sub_steps(
        &self,
        segment: &Segment,
        mut energy_j: u64,
        mut power_w: u32,
        (sub_us, step_us): (u64, u64),
    ) -> Option<u32> {
        let mut left_us = step_us;
        let mut metered_uj = 0;
        loop {
            let this_us = sub_us.min(left_us);
            let (middle_w, gained_j) = self.sub_step(segment, energy_j, power_w, this_us);
            if gained_j == 0 || gained_j >= segment.end_j - energy_j {
                return None;
            }
            metered_uj += u64::from(middle_w) * this_us;
            left_us -= this_us;
            if left_us == 0 {
                return Some((metered_uj / step_us) as u32);
            }
            energy_j += gained_j;
            power_w = segment.power_w(energy_j);
        }
    }

    /// Mid-point power \[W\] and gain \[J\] of a sub-step that begins at `energy_j`, where the segment's power is `power_w`.
    #[inline(always)]
    fn sub_step(&self, segment: &Segment, energy_j: u64, power_w: u32, sub_us: u64) -> (u32, u64) {
        let half_gain_j = self.gain_j(u64::from(power_w) * (sub_us / 2) / MICROS);
        let middle_w = segment.power_w((energy_j + half_gain_j).min(segment.end_j));
        (middle_w, self.gain_j(u64::from(middle_w) * sub_us / MICROS))
    }

    /// Mean over the tick of what flows, which is at most the setpoint \[W\].
    ///
    /// It is rounded down, but for the tick in which the battery becomes full, where it is rounded up: the last joules would else be less than a
    /// watt, and never come.
    fn mean_w(&self, start_j: u64, setpoint_w: u32, step_s: u32) -> u32 {
        let Course { metered_uj, end_j } = self.course(start_j, setpoint_w, step_s);
        let step_us = u64::from(step_s) * MICROS;
        let is_full = self.segments.last().is_none_or(|last| end_j >= last.end_j);
        let mean_w = if is_full { metered_uj.div_ceil(step_us) } else { metered_uj / step_us };
        debug_assert!(mean_w <= u64::from(setpoint_w), "{mean_w} W on a setpoint of {setpoint_w}");
        mean_w as u32
    }

    /// What flows from `start_j` in `time_s`, at each moment the lesser of the curve and `limit_w`, regardless of any target.
    fn course(&self, start_j: u64, limit_w: u32, time_s: u32) -> Course {
        let time_us = u64::from(time_s) * MICROS;
        let mut energy_j = start_j;
        let mut left_us = time_us;
        let mut metered_uj = 0_u64;
        while left_us > 0 {
            let segment = self.segment(energy_j);
            let power_w = segment.power_w(energy_j);
            let (end_j, is_limited) = segment.stretch(energy_j, power_w, limit_w);
            let (sub_us, (middle_w, gained_j)) = if is_limited {
                (left_us, (limit_w, self.gain_j(u64::from(limit_w) * left_us / MICROS)))
            } else {
                let sub_us = segment.sub_step_us(time_s, time_us).min(left_us);
                (sub_us, self.sub_step(&segment, energy_j, power_w, sub_us))
            };
            if middle_w == 0 {
                break;
            }
            let room_j = end_j - energy_j;
            if gained_j <= room_j && gained_j > 0 {
                energy_j += gained_j;
                metered_uj += u64::from(middle_w) * sub_us;
                left_us -= sub_us;
            } else if gained_j == 0 {
                // Too little for a joule: as long as one takes, or for the rest of the time, in which the battery stays where it is.
                let joule_us = self.metering_us(1, middle_w).max(1);
                metered_uj += u64::from(middle_w) * joule_us.min(left_us);
                if joule_us >= left_us {
                    break;
                }
                energy_j += 1;
                left_us -= joule_us;
            } else {
                // The stretch ends inside the sub-step: go as far as that, on the power half-way there, and on from there.
                let way_w = if is_limited { limit_w } else { segment.power_w(energy_j + room_j / 2).max(1) };
                let way_us = self.metering_us(room_j, way_w).clamp(1, sub_us);
                energy_j = end_j;
                metered_uj += u64::from(way_w) * way_us;
                left_us -= way_us;
            }
        }
        Course { metered_uj, end_j: energy_j }
    }

    /// How long it takes until the battery has gained so much on a constant power above 0 \[us\].
    fn metering_us(&self, gained_j: u64, power_w: u32) -> u64 {
        let metered_uj = u128::from(gained_j) * u128::from(PPM) * u128::from(MICROS);
        (metered_uj / (u128::from(self.efficiency_ppm) * u128::from(power_w))) as u64
    }

    /// The segment that begins at or before this energy and ends after it; for a full battery, one that takes nothing and never ends.
    pub(crate) fn segment(&self, energy_j: u64) -> Segment {
        // Curves have a handful of knots, so that looking through them is faster than searching.
        self.segments.iter().find(|segment| energy_j < segment.end_j).copied().unwrap_or(Segment::FULL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vehicle::CurvePoint;

    /// SplitMix64.
    fn word(state: &mut u64) -> u64 {
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = *state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    #[test]
    fn the_shortcut_on_a_slope_does_what_the_integration_does() {
        let mut state = 11;
        let mut taken = 0;
        for _ in 0..40_000 {
            let mut below = |n: u64| word(&mut state) % n;
            let (high_w, low_w) = (1 + below(300_000) as u32, below(40_000) as u32);
            let point = |soc_ppm, power_w| CurvePoint { soc_ppm, power_w };
            let knee = 100_000 + below(800_000) as u32;
            let kind = VehicleType {
                id: "any".into(),
                battery_j: 3_600_000 * (1 + below(400)),
                efficiency_ppm: 800_000 + below(200_001) as u32,
                curve: vec![point(0, high_w), point(knee, high_w), point(1_000_000, low_w)],
                min_power_w: 0,
            };
            let curve = ChargingCurve::of(&kind);
            let magnitude = below(20);
            let energy_j = kind.battery_j - 1 - below(kind.battery_j >> magnitude);
            let target_j = kind.battery_j - below(1 + (kind.battery_j - energy_j) / 2);
            let step_s = [1, 7, 60, 300, 900][below(5) as usize];
            let segment = curve.segment(energy_j);
            if !segment.is_falling() {
                continue;
            }
            let sub_us = segment.sub_step_us(step_s, u64::from(step_s) * MICROS);
            let power_w = segment.power_w(energy_j);
            // Half of them just at the power, where the curve leaves the setpoint at once.
            let setpoint_w = (power_w + below(2) as u32 * below(u64::from(high_w)) as u32).max(1);
            let shortcut = curve.charge_on_slope(&segment, (energy_j, target_j), (power_w, sub_us), step_s);
            if let Some(charge) = shortcut {
                taken += 1;
                assert_eq!(
                    charge,
                    curve.charge(energy_j, target_j, setpoint_w, step_s),
                    "{kind:?} {energy_j}"
                );
            }
        }
        assert!(taken > 10_000, "the shortcut was tried {taken} times");
    }
}
