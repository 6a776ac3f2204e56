//! One connector's vehicle: what it asks for, and what a tick of charging does to it.

use crate::charging::{Charge, ChargingCurve};
use crate::segment::Segment;

/// The charging of one connector's vehicle, and how far it can be foreseen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bay {
    pub(super) target_j: u64,
    /// While the energy is below this, a tick draws what its meter shows and gains `steady_gain_j`.
    pub(super) steady_below_j: u64,
    pub(super) steady_gain_j: u64,
    /// While the energy is below this, the demand stays.
    pub(super) demand_below_j: u64,
    /// The part of the curve on which the demand was last asked for.
    pub(super) segment: Segment,
    /// The length of that part's sub-steps \[us\]; 0 before it is known.
    pub(super) sub_us: u64,
    /// The curve's power there \[W\].
    pub(super) power_w: u32,
    /// What the connector can pass on \[W\].
    pub(super) rating_w: u32,
    /// Index of the vehicle's type.
    pub(super) curve: u32,
    /// Whether the curve rises on that part or further on.
    pub(super) will_rise: bool,
}

/// What a demand looks ahead to \[s\]: a tick, a whole cycle, and what is left of the one that runs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    pub(super) step_s: u32,
    pub(super) cycle_s: u32,
    pub(super) until_cycle_s: u32,
}

impl Bay {
    pub(super) fn rated(rating_w: u32) -> Self {
        Self {
            target_j: 0,
            steady_below_j: 0,
            steady_gain_j: 0,
            demand_below_j: 0,
            segment: Segment::FULL,
            sub_us: 0,
            power_w: 0,
            rating_w,
            curve: 0,
            will_rise: false,
        }
    }

    /// The demand, where it may have changed since it was asked for last \[W\]: the most that flows at any moment until the next cycle,
    /// if it is let.
    #[inline(always)]
    pub(super) fn demand_w(&mut self, curves: &[ChargingCurve], energy_j: u64, times: Times) -> Option<u32> {
        if energy_j < self.demand_below_j {
            return None;
        }
        if energy_j >= self.segment.end_j || self.sub_us == 0 {
            self.find_segment(&curves[self.curve as usize], energy_j, times.step_s);
        }
        self.power_w = self.segment.power_w(energy_j);
        if self.will_rise {
            return Some(self.demand_before_peak_w(&curves[self.curve as usize], energy_j, times));
        }
        self.demand_below_j = if self.segment.is_flat() { self.segment.end_j } else { energy_j };
        Some(self.power_w.min(self.rating_w))
    }

    /// The demand where the curve still rises, here or further on \[W\].
    #[cold]
    fn demand_before_peak_w(&mut self, curve: &ChargingCurve, energy_j: u64, times: Times) -> u32 {
        let (target_j, rating_w) = (self.target_j, self.rating_w);
        self.demand_below_j = energy_j;
        if self.segment.is_flat() {
            // It stays while not even a whole cycle leads to where it rises.
            let (_, below_j) =
                curve.steady_on(&self.segment, self.power_w, target_j, rating_w, times.cycle_s);
            self.demand_below_j = below_j.max(energy_j);
        }
        curve.peak_w(energy_j, target_j, rating_w, times.until_cycle_s)
    }

    /// Looks at the curve again, where the energy has left the part of it that is known.
    #[cold]
    fn find_segment(&mut self, curve: &ChargingCurve, energy_j: u64, step_s: u32) {
        self.segment = curve.segment(energy_j);
        self.sub_us = self.segment.sub_step_us(step_s, u64::from(step_s) * 1_000_000);
        self.will_rise = curve.rises_from(energy_j);
    }

    /// What a tick does, and the energy below which the next ones do the same \[J\].
    pub(super) fn charge(
        &self,
        curve: &ChargingCurve,
        energy_j: u64,
        setpoint_w: u32,
        step_s: u32,
    ) -> (Charge, u64) {
        if setpoint_w == 0 {
            return (Charge { measured_w: 0, gained_j: 0 }, u64::MAX);
        }
        if self.segment.is_falling() && setpoint_w >= self.power_w {
            let (state, slope) = ((energy_j, self.target_j), (self.power_w, self.sub_us));
            if let Some(on_slope) = curve.charge_on_slope(&self.segment, state, slope, step_s) {
                return (on_slope, 0);
            }
        } else {
            let (steady, below_j) =
                curve.steady_on(&self.segment, self.power_w, self.target_j, setpoint_w, step_s);
            if energy_j < below_j {
                return (steady, below_j);
            }
        }
        (curve.charge(energy_j, self.target_j, setpoint_w, step_s), 0)
    }
}
