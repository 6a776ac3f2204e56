//! One special connector with its vehicle.

use crate::bays::Bays;
use crate::charger::{Charger, DemandSignal};
use crate::charging::{Charge, ChargingCurve};
use crate::output::{Hearing, Output};
use crate::realization::Visit;
use crate::vehicle::VehicleType;
use crate::view::ConnectorState;

const PPM: u64 = 1_000_000;

/// A special connector with a vehicle.
#[derive(Debug, Clone)]
pub(super) struct SpecialBay {
    pub(super) column: u32,
    pub(super) visit: u32,
    charger: Charger,
    /// The vehicle's curve; its efficiency is that of charger and vehicle together, at the load of the moment.
    curve: ChargingCurve,
    vehicle_ppm: u32,
    rated_w: u32,
    pub(super) target_j: u64,
    precondition_w: u32,
    /// Ticks at which preconditioning begins, and from which it is over.
    preconditions: (u32, u32),
    pub(super) output: Output,
    /// Nothing has flowed yet: the vehicle was plugged in in this very tick.
    pub(super) is_new: bool,
    pub(super) had_cycle: bool,
    has_drawn: bool,
    pub(super) has_wish: bool,
    pub(super) wishes_again: bool,
    /// What flows for the cabin \[W\].
    pub(super) cabin_w: u32,
}

impl SpecialBay {
    pub(super) fn of(
        (column, visit): (u32, u32),
        (stay, kind): (&Visit, &VehicleType),
        charger: Charger,
        output: Output,
        preconditions: (u32, u32),
    ) -> Self {
        Self {
            column,
            visit,
            charger,
            curve: ChargingCurve::of(kind),
            vehicle_ppm: kind.efficiency_ppm,
            rated_w: kind.curve.iter().map(|point| point.power_w).max().unwrap_or(0),
            target_j: stay.target_energy_j,
            precondition_w: stay.conduct.precondition_w,
            preconditions,
            output,
            is_new: true,
            had_cycle: false,
            has_drawn: false,
            has_wish: false,
            wishes_again: true,
            cabin_w: 0,
        }
    }

    /// The charger stopped or works again: as if the vehicle had just been plugged in.
    pub(super) fn start_anew(&mut self, hearing: Hearing) {
        self.restart(hearing);
        self.had_cycle = false;
        self.has_drawn = false;
    }

    /// The charger knows nothing of what it was told.
    pub(super) fn restart(&mut self, hearing: Hearing) {
        self.output = Output::fresh(&self.charger, hearing);
    }

    /// What the vehicle wants for its cabin in this tick \[W\].
    fn wanted_cabin_w(&self, tick: u32) -> u32 {
        let (from, to) = self.preconditions;
        if (from..to).contains(&tick) { self.precondition_w } else { 0 }
    }

    /// What the balancer is told that the vehicle could take \[W\].
    pub(super) fn told_w(&mut self, bays: &Bays, tick: u32, signal: DemandSignal) -> u32 {
        let ix = self.column as usize;
        let cabin_w = self.wanted_cabin_w(tick);
        let is_charging = bays.energy_j[ix] < self.target_j;
        let rated_w = if is_charging { self.rated_w } else { 0 };
        let told_w = match signal {
            DemandSignal::True if is_charging => {
                let room_w = bays.rating_w(self.column).saturating_sub(cabin_w);
                self.battery_w(bays.energy_j[ix], (room_w, cabin_w), bays.until_cycle_s()) + cabin_w
            }
            DemandSignal::True => cabin_w,
            DemandSignal::Measured { margin_w } if self.has_drawn && is_charging => {
                match bays.meters.measured_w()[ix].saturating_add(margin_w) {
                    // Where nothing flows and there is no margin, it would never ask again.
                    0 => rated_w + cabin_w,
                    measured_w => measured_w.min(rated_w + cabin_w),
                }
            }
            DemandSignal::Rated | DemandSignal::Measured { .. } => rated_w + cabin_w,
        };
        told_w.min(bays.rating_w(self.column))
    }

    /// The most that flows into the battery at any moment of `time_s`, if it is let, on at most `room_w` beside what flows for the cabin \[W\].
    ///
    /// The charger loses as much of it all the time as it does at the beginning: where its efficiency depends on its load, it is an estimate.
    fn battery_w(&mut self, energy_j: u64, (room_w, cabin_w): (u32, u32), time_s: u32) -> u32 {
        let expected_w = self.curve.power_w(energy_j).min(room_w);
        self.curve.set_efficiency(self.joint_ppm(expected_w + cabin_w));
        self.curve.peak_w(energy_j, self.target_j, room_w, time_s)
    }

    /// Metered energy that is missing to the target at this load, rounded up \[Wh\].
    pub(super) fn needs_wh(&mut self, energy_j: u64, load_w: u32) -> u64 {
        self.curve.set_efficiency(self.joint_ppm(load_w));
        self.curve.metered_for_j(self.target_j.saturating_sub(energy_j)).div_ceil(3600)
    }

    /// The most that may flow in this tick \[W\].
    pub(super) fn allowed_w(&mut self, setpoint_w: u32, t_s: u64, step_s: u32, hearing: Hearing) -> u32 {
        if hearing.offline_since_s.is_none() {
            self.output.send(t_s, setpoint_w, &self.charger);
        }
        self.output.advance(t_s, step_s, &self.charger, hearing)
    }

    /// What a tick draws for cabin and battery together, the cabin first, and what the battery gains.
    pub(super) fn draw(&mut self, energy_j: u64, allowed_w: u32, tick: u32, step_s: u32) -> Charge {
        self.cabin_w = self.wanted_cabin_w(tick).min(allowed_w);
        let charge = self.charge(energy_j, allowed_w - self.cabin_w, step_s);
        let measured_w = charge.measured_w + self.cabin_w;
        self.has_drawn |= measured_w > 0;
        Charge { measured_w, ..charge }
    }

    /// Share of measured power that reaches the battery \[ppm\].
    fn joint_ppm(&self, measured_w: u32) -> u32 {
        let charger_ppm = u64::from(self.charger.share_ppm(measured_w));
        (charger_ppm * u64::from(self.vehicle_ppm) / PPM) as u32
    }

    /// What a tick does to the battery on at most `room_w`, beside what flows for the cabin.
    fn charge(&mut self, energy_j: u64, room_w: u32, step_s: u32) -> Charge {
        if energy_j >= self.target_j || room_w == 0 {
            return Charge { measured_w: 0, gained_j: 0 };
        }
        let expected_w = self.curve.power_w(energy_j).min(room_w);
        self.curve.set_efficiency(self.joint_ppm(expected_w + self.cabin_w));
        let charge = self.curve.charge(energy_j, self.target_j, room_w, step_s);
        if self.charger.efficiency.len() < 2 {
            return charge;
        }
        // The efficiency that counts is that at what is measured, and it is another one there.
        let missing_j = self.target_j - energy_j;
        let gain_j = |power_w: u32| {
            u64::from(power_w) * u64::from(step_s) * u64::from(self.joint_ppm(power_w + self.cabin_w)) / PPM
        };
        let is_last = charge.gained_j >= missing_j;
        // In the last tick the meter counts what it takes to the target, which may be too little at another efficiency.
        let mean_w = if is_last { expected_w.max(charge.measured_w) } else { charge.measured_w };
        if gain_j(mean_w) < missing_j {
            return Charge { measured_w: mean_w, gained_j: gain_j(mean_w) };
        }
        // The least power that brings what is missing, found by halving.
        let (mut too_little_w, mut enough_w) = (0, mean_w);
        while enough_w - too_little_w > 1 {
            let middle_w = too_little_w + (enough_w - too_little_w) / 2;
            if gain_j(middle_w) >= missing_j { enough_w = middle_w } else { too_little_w = middle_w }
        }
        Charge { measured_w: enough_w, gained_j: missing_j }
    }

    pub(super) fn state(
        &self,
        measured_w: u32,
        had_target: bool,
        is_held: bool,
        told_w: u32,
    ) -> ConnectorState {
        match (measured_w, self.had_cycle, told_w) {
            (1.., _, _) => ConnectorState::Charging,
            _ if had_target => ConnectorState::SuspendedEv,
            _ if is_held => ConnectorState::SuspendedEvse,
            (0, false, _) => ConnectorState::Preparing,
            (0, true, 0) => ConnectorState::SuspendedEv,
            (0, true, _) => ConnectorState::SuspendedEvse,
        }
    }
}
