//! Why a connector draws more than it may: its charger does not hear or obey its setpoint, or has yet to follow it.

use super::drawn_less::Before;
use super::{FaultKind, Moment, Told};
use crate::format::kw;
use serde::Serialize;
use sim::Charger;

/// Why a connector draws more than its setpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DrawnMore {
    /// What it draws beyond its setpoint \[W\].
    pub beyond_w: u32,
    /// `ignores_setpoints`, `fallback`, `offline`, `latency` (it has yet to hear of its setpoint, and may fall slowly then), `ramp` (it falls slowly), or
    /// `following` where it may be any of the last two.
    pub cause: &'static str,
    /// The same in words.
    pub words: String,
}

impl DrawnMore {
    /// Why the connector in column `ix` draws more than it may; `None` where it does not.
    pub(super) fn of(told: &Told<'_>, moment: &Moment, ix: usize) -> Option<Self> {
        let (position, at) = (told.site.connectors[ix], &moment.connectors[ix]);
        let beyond_w = at.measured_w.checked_sub(at.setpoint_w).filter(|&beyond_w| beyond_w > 0)?;
        let charger = told.charger(position);
        let deaf = told.deafness(position, moment.t_s);
        let (cause, words) = match deaf {
            Some(deaf) => (deaf.kind().name(), deaf.words(charger, at.measured_w)),
            None => {
                let step_s = u64::from(told.depot.step_s);
                let was_deaf = || {
                    let before_s = moment.t_s.checked_sub(step_s);
                    before_s.is_some_and(|before_s| told.deafness(position, before_s).is_some())
                };
                // What it draws too much is then due to this tick's setpoint alone.
                let falls_now = Before::of(moment, ix).is_some_and(|before| {
                    at.setpoint_w < before.setpoint_w && had_followed(charger, before, step_s) && !was_deaf()
                });
                following(charger, falls_now)
            }
        };
        Some(Self { beyond_w, cause, words })
    }
}

/// What a charger does instead of following its setpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deafness {
    /// It accepts its setpoints and does not apply them.
    Ignores,
    /// It does not hear them, and this limit holds \[W\].
    Fallback(u64),
    /// It does not hear them, and follows the last one that it heard.
    Offline,
}

impl Deafness {
    /// What is wrong then.
    pub(super) fn kind(self) -> FaultKind {
        match self {
            Self::Ignores => FaultKind::IgnoresSetpoints,
            Self::Fallback(_) => FaultKind::Fallback,
            Self::Offline => FaultKind::Offline,
        }
    }

    /// What it does where `measured_w` \[W\] are drawn.
    pub(super) fn words(self, charger: Option<&Charger>, measured_w: u32) -> String {
        let limit_w = match self {
            Self::Ignores => return "its charger does not apply its setpoints".to_owned(),
            Self::Offline => {
                return "its charger is offline, and follows the setpoint that it heard last".to_owned();
            }
            Self::Fallback(limit_w) => limit_w,
        };
        let followed_w = charger.map_or(limit_w, |charger| {
            u32::try_from(limit_w).map_or(limit_w, |limit_w| charger.in_modules_w(limit_w).into())
        });
        let limit = match followed_w == limit_w {
            true => format!("its fallback limit of {} kW", kw(limit_w)),
            false => {
                format!("its fallback limit of {} kW, in whole modules {} kW,", kw(limit_w), kw(followed_w))
            }
        };
        if u64::from(measured_w) <= followed_w {
            return format!("its charger is offline and does not hear its setpoint: {limit} holds");
        }
        let rate = charger.and_then(|charger| charger.ramp_down_w_per_min).map(falls).unwrap_or_default();
        format!(
            "its charger is offline and does not hear its setpoint: it is on its way down to {limit}{rate}"
        )
    }
}

impl Told<'_> {
    /// What the charger at a position does instead of following its setpoint, in the tick that begins at `t_s` \[s\]; `None` where it does follow.
    pub(super) fn deafness(&self, position: u32, t_s: u64) -> Option<Deafness> {
        let kind = self.faults.deaf_kind(position, t_s)?;
        let fault = self.faults.at(position, t_s).find(|fault| fault.kind == kind)?;
        Some(match (kind, fault.limit_w) {
            (FaultKind::IgnoresSetpoints, _) => Deafness::Ignores,
            (FaultKind::Fallback, Some(limit_w)) => Deafness::Fallback(limit_w),
            _ => Deafness::Offline,
        })
    }
}

/// Whether a charger was down at its setpoint by the end of the tick before, of `step_s` \[s\], in which it may have fallen to it.
///
/// Falling `r` watts a second after a latency `l`, what just gets there by the end draws `r t (l + t / 2) / step` above it on average, with `t = step - l`.
fn had_followed(charger: Option<&Charger>, before: Before, step_s: u64) -> bool {
    let beyond_w = u64::from(before.measured_w.saturating_sub(before.setpoint_w));
    let (latency_s, ramp) =
        charger.map_or((0, None), |charger| (charger.latency_s.into(), charger.ramp_down_w_per_min));
    let Some(rest_s) = step_s.checked_sub(latency_s).filter(|&rest_s| rest_s > 0) else {
        return beyond_w == 0;
    };
    match ramp {
        None => true,
        Some(ramp_w_per_min) => {
            let just_there =
                u128::from(ramp_w_per_min) * u128::from(rest_s) * u128::from(2 * latency_s + rest_s);
            u128::from(beyond_w) * u128::from(120 * step_s) <= just_there
        }
    }
}

/// How a charger follows a setpoint that is below what it lets through; `falls_now` where that one is of this tick, and it followed all before.
fn following(charger: Option<&Charger>, falls_now: bool) -> (&'static str, String) {
    let (latency_s, ramp) =
        charger.map_or((0, None), |charger| (charger.latency_s, charger.ramp_down_w_per_min));
    let rate = ramp.map(falls).unwrap_or_default();
    match (latency_s, ramp) {
        (0, None) => ("following", "its charger takes time to follow".to_owned()),
        (0, Some(_)) => ("ramp", format!("its charger is on its way down{rate}")),
        (latency_s, _) if falls_now => {
            let words = format!(
                "it may draw less since this tick, and its charger hears of that {latency_s} s later{rate}"
            );
            ("latency", words)
        }
        (latency_s, None) => {
            ("latency", format!("its charger hears of a setpoint {latency_s} s after it was sent"))
        }
        (latency_s, Some(_)) => {
            let words = format!("its charger hears of a setpoint {latency_s} s after it was sent{rate}");
            ("following", words)
        }
    }
}

fn falls(ramp_w_per_min: u32) -> String {
    format!(", falling by {} kW a minute", kw(ramp_w_per_min.into()))
}
