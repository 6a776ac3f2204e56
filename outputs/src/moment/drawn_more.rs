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
    /// `ignores_setpoints`, `fallback`, `offline`, `latency`, `ramp`, or `following` where it is one of the last two, and which is not known.
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
            None => following(charger, Before::of(moment, ix), (at.setpoint_w, at.measured_w)),
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
    /// It does not hear them, and keeps to the last one.
    Offline,
}

impl Deafness {
    fn kind(self) -> FaultKind {
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
                return "its charger is offline, and keeps to the setpoint that it heard last".to_owned();
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
        let own = || self.faults.at(position, t_s);
        let is = |kind: FaultKind| own().any(|fault| fault.kind == kind);
        let fallback = own().find(|fault| fault.kind == FaultKind::Fallback);
        if is(FaultKind::IgnoresSetpoints) {
            Some(Deafness::Ignores)
        } else if let Some(limit_w) = fallback.and_then(|fault| fault.limit_w) {
            Some(Deafness::Fallback(limit_w))
        } else {
            is(FaultKind::Offline).then_some(Deafness::Offline)
        }
    }
}

/// How a charger follows a setpoint that is below what it lets through.
fn following(
    charger: Option<&Charger>,
    before: Option<Before>,
    (setpoint_w, measured_w): (u32, u32),
) -> (&'static str, String) {
    let (latency_s, ramp) =
        charger.map_or((0, None), |charger| (charger.latency_s, charger.ramp_down_w_per_min));
    let rate = ramp.map(falls).unwrap_or_default();
    match (before, ramp) {
        (Some(before), _) if latency_s > 0 && setpoint_w < before.setpoint_w => {
            let words = format!(
                "it may draw less since this tick, and its charger hears of that {latency_s} s later{rate}"
            );
            ("latency", words)
        }
        (Some(before), Some(_)) if measured_w < before.measured_w || setpoint_w < before.setpoint_w => {
            ("ramp", format!("its charger is on its way down{rate}"))
        }
        _ => ("following", "its charger takes time to follow".to_owned()),
    }
}

fn falls(ramp_w_per_min: u32) -> String {
    format!(", falling by {} kW a minute", kw(ramp_w_per_min.into()))
}
