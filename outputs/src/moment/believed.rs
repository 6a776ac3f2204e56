//! What the balancer is told of a demand, where that is not what the vehicle could take.

use super::drawn_less::{cabin_w, curve_w};
use super::{Moment, Told};
use crate::format::kw;
use serde::Serialize;
use sim::DemandSignal;

/// What a demand is made of that is no vehicle's own word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Believed {
    /// `rated` or `measured`.
    pub signal: &'static str,
    /// What the vehicle could take by its curve, with its cabin, up to the connector's rating \[W\].
    pub could_take_w: u32,
    /// The same in words.
    pub words: String,
}

impl Believed {
    /// What is believed of the connector in column `ix`; `None` where it asks for nothing, or for what it could take.
    pub(super) fn of(told: &Told<'_>, moment: &Moment, ix: usize) -> Option<Self> {
        let at = &moment.connectors[ix];
        let visit = told.visit(at).filter(|_| at.demand_w > 0)?;
        let signal = visit.conduct.demand_signal.unwrap_or(told.depot.equipment.demand_signal);
        let (signal, what) = match signal {
            DemandSignal::True => return None,
            DemandSignal::Rated => ("rated", "its vehicle's rated power".to_owned()),
            DemandSignal::Measured { margin_w } => {
                let margin = kw(margin_w.into());
                ("measured", format!("what it drew last and {margin} kW more (its rated power before that)"))
            }
        };
        let node = &told.depot.site[told.site.connectors[ix] as usize];
        let kind = &told.depot.vehicle_types[visit.vehicle_type as usize];
        // What it asks for was asked at the tick's beginning, when the battery held at least this much.
        let charged_j = u64::from(at.measured_w) * u64::from(told.depot.step_s);
        let from_j = at.energy_j.saturating_sub(charged_j);
        let battery_w =
            if from_j >= visit.target_energy_j { 0 } else { *curve_w(kind, from_j..=from_j).end() };
        let most_w = node.ratings.max_rating_w.unwrap_or(u64::MAX);
        let could_take_w = u64::try_from(battery_w).unwrap_or(0) + u64::from(cabin_w(visit, moment.t_s));
        let could_take_w = u32::try_from(could_take_w.min(most_w)).unwrap_or(u32::MAX);
        let words = format!(
            "what it asks for is what the balancer believes: {what}; by its charging curve it could take {} kW",
            kw(could_take_w.into())
        );
        Some(Self { signal, could_take_w, words })
    }
}
