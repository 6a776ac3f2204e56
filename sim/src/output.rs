//! The output limit of one charger over time: setpoints arrive late, are followed along a ramp, and go unheard while it is offline.

use crate::charger::Charger;
use std::collections::VecDeque;

/// Levels are counted in sixtieths of a watt, so that a ramp in watts per minute moves by whole numbers each second.
const PER_W: u64 = 60;

/// The output limit of a charger to which a vehicle is plugged in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Output {
    /// The limit at this moment, in sixtieths of a watt.
    level: u64,
    /// What is followed \[W\].
    followed_w: u32,
    /// Setpoints that do not count yet: when they will \[s\], and what they are \[W\].
    on_the_way: VecDeque<(u64, u32)>,
    /// What was sent last \[W\]; `None` where the newest setpoint must be sent, whatever it is.
    sent_w: Option<u32>,
    is_in_fallback: bool,
}

/// How a charger hears and obeys during a tick.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hearing {
    pub(crate) offline_since_s: Option<u64>,
    pub(crate) is_ignoring: bool,
    /// What the connector can pass on \[W\].
    pub(crate) rating_w: u32,
    pub(crate) fallback_w: u32,
}

impl Output {
    /// The output as a vehicle finds it that is plugged in: nothing flows yet. An offline charger knows no setpoint for it.
    pub(crate) fn fresh(charger: &Charger, hearing: Hearing) -> Self {
        let mut output = Self { sent_w: Some(0), ..Self::default() };
        if hearing.offline_since_s.is_some() {
            output.fall_back(charger, hearing);
        }
        output
    }

    /// Sends a setpoint, if it is not what was sent last.
    pub(crate) fn send(&mut self, t_s: u64, setpoint_w: u32, charger: &Charger) {
        if self.sent_w != Some(setpoint_w) {
            self.sent_w = Some(setpoint_w);
            self.on_the_way.push_back((t_s + u64::from(charger.latency_s), setpoint_w));
        }
    }

    /// The charger hears again: whatever the newest setpoint is, it has to be sent.
    pub(crate) fn hear_again(&mut self) {
        self.sent_w = None;
        self.is_in_fallback = false;
    }

    pub(crate) fn is_in_fallback(&self) -> bool {
        self.is_in_fallback
    }

    fn fall_back(&mut self, charger: &Charger, hearing: Hearing) {
        self.is_in_fallback = true;
        self.followed_w = charger.in_modules_w(hearing.fallback_w);
    }

    /// Moves on through a tick and gives the mean of the output limit over it, rounded down \[W\].
    pub(crate) fn advance(&mut self, t_s: u64, step_s: u32, charger: &Charger, hearing: Hearing) -> u32 {
        let end_s = t_s + u64::from(step_s);
        let timeout = hearing.offline_since_s.zip(charger.offline_timeout_s);
        let falls_back_s = timeout.map_or(u64::MAX, |(since_s, after_s)| since_s + u64::from(after_s));
        let (mut now_s, mut sum) = (t_s, 0);
        while now_s < end_s {
            while let Some(&(due_s, setpoint_w)) = self.on_the_way.front().filter(|due| due.0 <= now_s) {
                self.on_the_way.pop_front();
                let is_heard = !self.is_in_fallback && due_s <= falls_back_s;
                if is_heard {
                    self.followed_w = charger.in_modules_w(setpoint_w);
                }
            }
            if falls_back_s <= now_s && !self.is_in_fallback {
                self.fall_back(charger, hearing);
            }
            let mut until_s = self.on_the_way.front().map_or(end_s, |due| due.0.min(end_s));
            if falls_back_s > now_s {
                until_s = until_s.min(falls_back_s);
            }
            sum += self.ramp(until_s - now_s, charger);
            now_s = until_s;
        }
        if hearing.is_ignoring {
            self.level = u64::from(hearing.rating_w) * PER_W;
            return hearing.rating_w;
        }
        (sum / (PER_W * u64::from(step_s))) as u32
    }

    /// Follows one setpoint for some seconds; gives the sum of the levels that the seconds begin with.
    fn ramp(&mut self, seconds: u64, charger: &Charger) -> u64 {
        let goal = u64::from(self.followed_w) * PER_W;
        let rate = if goal >= self.level { charger.ramp_up_w_per_min } else { charger.ramp_down_w_per_min };
        let Some(rate) = rate.map(u64::from) else {
            self.level = goal;
            return goal * seconds;
        };
        let distance = goal.abs_diff(self.level);
        let reaches = if rate == 0 { u64::MAX } else { distance.div_ceil(rate) };
        let moving = seconds.min(reaches);
        // Levels 0, 1, ..., moving - 1 steps away from the first.
        let steps = rate * (moving * moving.saturating_sub(1) / 2);
        let along = self.level * moving;
        let sum = if goal >= self.level { along + steps } else { along - steps };
        let moved = if moving == reaches { distance } else { rate * moving };
        self.level = if goal >= self.level { self.level + moved } else { self.level - moved };
        sum + goal * (seconds - moving)
    }
}
