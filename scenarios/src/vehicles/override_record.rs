//! What operators do by hand: a vehicle is to charge now, or to wait.

use crate::error::Problems;
use crate::supply::Supply;
use crate::values::clock::{Span, When};
use crate::values::quantity::shown;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim::{Override, OverrideStep, Visit};
use std::collections::{BTreeMap, BTreeSet};

/// An operator's word about a visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OverrideRecord {
    /// The visit's id, as `visits.csv` and `recording-visits.csv` have it: `bus-07`, and of a group with several days or visits a day
    /// `bus-07-d2` or `bus-07-d2-night`.
    pub visit: String,
    /// What the vehicle is to do.
    pub order: Order,
    /// From then on, wherever it is plugged in.
    pub from: When,
    /// Until then: a bare time is the first one after `from`. Or else `duration`; without both, until it leaves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<When>,
    /// For so long; where that is a day or longer, from the first such time on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<Span>,
}

/// What an operator wants of a vehicle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Order {
    /// It is served before every priority tier.
    ChargeNow,
    /// It gets nothing: no demand of it reaches the balancer.
    Hold,
}

impl From<Order> for Override {
    fn from(order: Order) -> Self {
        match order {
            Order::ChargeNow => Self::ChargeNow,
            Order::Hold => Self::Hold,
        }
    }
}

impl From<Override> for Order {
    fn from(order: Override) -> Self {
        match order {
            Override::ChargeNow => Self::ChargeNow,
            Override::Hold => Self::Hold,
        }
    }
}

/// An operator's word begins or ends, its visit still a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamedOverride {
    pub(crate) at_s: i64,
    pub(crate) visit: String,
    pub(crate) act: Option<Override>,
}

impl Supply<'_> {
    /// The steps of all overrides within the run, in order of time; `visits` are the ids of all visits that there will be.
    pub(crate) fn overrides(
        &self,
        records: &[OverrideRecord],
        visits: impl FnOnce() -> BTreeSet<String>,
        problems: &mut Problems,
    ) -> Vec<NamedOverride> {
        let visits = if records.is_empty() { BTreeSet::new() } else { visits() };
        let mut by_visit: BTreeMap<&str, Vec<(i64, i64, Order)>> = BTreeMap::new();
        for (index, record) in records.iter().enumerate() {
            let place = format!("overrides.{}", index + 1);
            if !visits.contains(&record.visit) {
                problems.add(format!("{place}.visit"), no_visit(&record.visit, &visits));
            }
            match self.calendar.window(record.from, record.to, record.duration) {
                Err((field, message)) => problems.add(format!("{place}{field}"), message),
                Ok((from_s, to_s)) => {
                    let said = by_visit.entry(&record.visit).or_default();
                    if said.iter().any(|other| other.0 < to_s && from_s < other.1) {
                        let message = "two orders about one visit overlap (one at a time)";
                        problems.add(place, message);
                    }
                    said.push((from_s, to_s, record.order));
                }
            }
        }
        let mut steps = Vec::new();
        for (visit, mut said) in by_visit {
            said.sort_unstable_by_key(|&(from_s, ..)| from_s);
            for (from_s, to_s, order) in
                said.into_iter().filter(|&(from_s, to_s, _)| from_s < self.duration_s && to_s > 0)
            {
                let step = |at_s, act| NamedOverride { at_s, visit: visit.to_owned(), act };
                steps.push(step(from_s.max(0), Some(order.into())));
                if to_s < self.duration_s {
                    steps.push(step(to_s, None));
                }
            }
        }
        steps.sort_by_key(|step| step.at_s);
        steps
    }
}

/// What to say of a visit that nobody makes.
pub(crate) fn no_visit(id: &str, visits: &BTreeSet<String>) -> String {
    let some: Vec<&str> = visits.iter().take(3).map(String::as_str).collect();
    let allowed = match some.is_empty() {
        true => "there are none".to_owned(),
        false => format!("the id of one, such as {}", some.join(", ")),
    };
    format!("\"{}\" is no visit ({allowed})", shown(id))
}

/// The same steps with the positions of their visits, which all are there.
pub(crate) fn resolved(steps: &[NamedOverride], visits: &[Visit]) -> Vec<OverrideStep> {
    if steps.is_empty() {
        return Vec::new();
    }
    let positions: BTreeMap<&str, u32> = visits.iter().map(|visit| visit.id.as_str()).zip(0..).collect();
    let step = |step: &NamedOverride| {
        let visit = *positions.get(step.visit.as_str())?;
        Some(OverrideStep { at_s: step.at_s, visit, act: step.act })
    };
    steps.iter().filter_map(step).collect()
}
