//! Turns at a charge point that is controlled as a whole: whoever an operator wants to charge at once is served before every tier, and a tier before the
//! next one; where it serves in order of arrival, so is who came earlier before who came later in his tier.
//!
//! Beside minima that may not be paused, nobody gets a watt as long as somebody before him could take it.

use super::known::{Holds, Known, wrong};
use super::limits::Limits;
use super::minima;
use crate::overrides::Override;
use crate::view::TickView;
use balancer::{Control, Strategy};
use std::collections::BTreeSet;
use std::ops::Range;

/// What is known of whose turn it is.
#[derive(Debug, Clone)]
pub(super) struct Turns {
    /// Visits that are to charge at once.
    at_once: BTreeSet<u32>,
    next_override: usize,
    /// By node column, whether a charge point serves in order of arrival.
    is_first_come: Vec<bool>,
}

/// When a connector's turn is: the lower, the earlier.
type Turn = (bool, u32, i64, usize);

impl Turns {
    /// `None` where connectors are controlled one by one: of them the balancer's strategy decides.
    pub(super) fn of(known: &Known<'_>) -> Option<Self> {
        if known.depot.control == Control::Connector {
            return None;
        }
        let mut is_first_come = vec![false; known.site.nodes.len()];
        for &position in &known.depot.equipment.first_come {
            if let Some(is_first_come) = is_first_come.get_mut(known.node_column[position as usize] as usize)
            {
                *is_first_come = true;
            }
        }
        Some(Self { at_once: BTreeSet::new(), next_override: 0, is_first_come })
    }

    /// Takes over what operators have ordered by a tick; returns whether that is anything new.
    pub(super) fn hear(&mut self, known: &Known<'_>, tick: u32) -> bool {
        let had_heard = self.next_override;
        while let Some(step) = known.realization.overrides.get(self.next_override)
            && known.has_begun(step.at_s, tick)
        {
            self.next_override += 1;
            self.at_once.remove(&step.visit);
            if step.act == Some(Override::ChargeNow) {
                self.at_once.insert(step.visit);
            }
        }
        self.next_override > had_heard
    }

    /// After a cycle that was not rejected.
    pub(super) fn check(&self, known: &Known<'_>, limits: &Limits<'_>, view: &TickView<'_>) -> Holds {
        // Of a strategy that minds no limits, `hardware` looks at ratings, and nobody at turns.
        if known.depot.strategy == Strategy::Uncontrolled {
            return Ok(());
        }
        let site = &known.site;
        let mut first = 0;
        while let Some(&parent) = site.connector_parents.get(first) {
            let (_, end) = site.connectors_below[parent as usize];
            self.check_point(known, limits, view, (parent, first..end as usize))?;
            first = end as usize;
        }
        Ok(())
    }

    fn check_point(
        &self,
        known: &Known<'_>,
        limits: &Limits<'_>,
        view: &TickView<'_>,
        (parent, columns): (u32, Range<usize>),
    ) -> Holds {
        let shown = &view.connectors;
        if columns.clone().all(|column| shown.setpoint_w[column] >= shown.demand_w[column]) {
            return Ok(());
        }
        let is_first_come = self.is_first_come[parent as usize];
        // Who asks without being there is told of elsewhere.
        let visit = |column: usize| known.realization.visits.get(shown.visit[column] as usize);
        let asking = || {
            let asks = |&column: &usize| shown.demand_w[column] > 0 && visit(column).is_some();
            columns.clone().filter(asks)
        };
        let turn = |column: usize| -> Option<Turn> {
            let of_visit = visit(column)?;
            let is_later = !self.at_once.contains(&shown.visit[column]);
            let tier = if is_later { of_visit.tier } else { 0 };
            Some(match is_first_come {
                true => (is_later, tier, of_visit.arrival_s, column),
                false => (is_later, tier, 0, 0),
            })
        };
        let beside_minimum_w = |column: usize| {
            let is_kept = !limits.is_pausable(known.site.connectors[column]);
            let least_w = if is_kept { minima::least_w(known, limits, view, column) } else { 0 };
            u64::from(shown.setpoint_w[column].saturating_sub(least_w))
        };
        for column in asking() {
            let take_w = u64::from(shown.demand_w[column]).min(limits.of_connectors().ev_limit_w[column]);
            let lacks_w = take_w.saturating_sub(shown.setpoint_w[column].into());
            if lacks_w == 0 || minima::is_stuck(known, limits, view, column) {
                continue;
            }
            // Who is paused needs his minimum, and anybody else a watt.
            let is_paused = shown.is_paused[column];
            let would_take_w = if is_paused { minima::least_w(known, limits, view, column) } else { 1 };
            let later = asking().filter(|&other| turn(other) > turn(column));
            let later_w: u64 = later.map(beside_minimum_w).sum();
            if later_w >= would_take_w.into() {
                let what = format!("lacks {lacks_w} W, and {later_w} W went to others whose turn is later");
                return wrong(known.site.connectors[column], what);
            }
        }
        Ok(())
    }
}
