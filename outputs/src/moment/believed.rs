//! What the balancer is told of a demand, where that is not what the vehicle could take.

use super::drawn_less::{cabin_w, curve_w};
use super::{Moment, Told};
use crate::format::kw;
use serde::Serialize;
use sim::{DemandSignal, Visit};

/// What a demand is made of that is no vehicle's own word, and not what the vehicle could take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Believed {
    /// `rated` or `measured`.
    pub signal: &'static str,
    /// What the vehicle could take by its curve when it was asked for, with its cabin, up to the connector's rating \[W\].
    pub could_take_w: u32,
    /// The same in words.
    pub words: String,
}

impl Believed {
    /// What is believed of the connector in column `ix`; `None` where it asks for nothing, for its cabin alone, or for what it could take.
    pub(super) fn of(told: &Told<'_>, moment: &Moment, ix: usize) -> Option<Self> {
        let at = &moment.connectors[ix];
        let visit = told.visit(at).filter(|_| at.demand_w > 0)?;
        let signal = visit.conduct.demand_signal.unwrap_or(told.depot.equipment.demand_signal);
        let (signal, what) = match signal {
            DemandSignal::True => return None,
            DemandSignal::Rated => ("rated", "its vehicle's rated power".to_owned()),
            DemandSignal::Measured { margin_w: 0 } => {
                ("measured", "what it drew last (its rated power while it draws nothing)".to_owned())
            }
            DemandSignal::Measured { margin_w } => ("measured", measured_words(moment, ix, margin_w)),
        };
        let energy_j = asked_with_j(moment, ix, visit);
        if energy_j >= visit.target_energy_j {
            return None;
        }
        let kind = &told.depot.vehicle_types[visit.vehicle_type as usize];
        let battery_w = u64::try_from(*curve_w(kind, energy_j..=energy_j).end()).unwrap_or(0);
        let most_w = told.rating_w(told.site.connectors[ix], moment.t_s).unwrap_or(u64::MAX);
        let could_take_w = (battery_w + u64::from(cabin_w(visit, moment.t_s))).min(most_w);
        let could_take_w = u32::try_from(could_take_w).unwrap_or(u32::MAX);
        let words = format!(
            "what it asks for is what the balancer believes: {what}; by its charging curve it could take {} kW",
            kw(could_take_w.into())
        );
        (could_take_w != at.demand_w).then_some(Self { signal, could_take_w, words })
    }
}

/// What a demand is made of that is told by a meter: as long as nothing was drawn, and nothing is known of before, the rated power.
fn measured_words(moment: &Moment, ix: usize, margin_w: u32) -> String {
    let at = &moment.connectors[ix];
    let before = moment.before.as_ref().map(|before| &before.connectors[ix]);
    let drew_w = before.filter(|before| before.visit == at.visit).map(|before| before.measured_w);
    let margin = kw(margin_w.into());
    match drew_w {
        Some(drew_w) if drew_w.saturating_add(margin_w) == at.demand_w => {
            format!("{} kW, which it drew last, and {margin} kW more", kw(drew_w.into()))
        }
        Some(drew_w @ 1..) => {
            format!(
                "{} kW, which it drew last, and {margin} kW more, up to its rated power",
                kw(drew_w.into())
            )
        }
        None if moment.t_s > 0 && moment.before.is_none() => {
            format!("what it drew last and {margin} kW more (its rated power before that)")
        }
        _ => "its vehicle's rated power, since it has drawn nothing yet".to_owned(),
    }
}

/// What the battery held when it was asked for power, at the tick's beginning \[J\]; where the tick before is not known, what it holds at the end.
fn asked_with_j(moment: &Moment, ix: usize, visit: &Visit) -> u64 {
    let at = &moment.connectors[ix];
    match moment.before.as_ref().map(|before| &before.connectors[ix]) {
        Some(before) if before.visit == at.visit => before.energy_j,
        None if moment.t_s > 0 => at.energy_j,
        _ => visit.arrival_energy_j,
    }
}
