//! Turns at a charge point that is controlled as a whole: whoever an operator wants to charge at once is served before every tier, and a tier before the
//! next one; where it serves in order of arrival, so is who came earlier before who came later in his tier, and else all of a tier alike.
//!
//! Beside minima that may not be paused, nobody gets a watt as long as somebody before him could use it; whoever is paused could use his minimum.

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
    /// Who asks at a charge point, by turn.
    asking: Vec<Asking>,
}

/// When a connector's turn is: the lower, the earlier.
type Turn = (bool, u32, i64, usize);

/// A connector that asks for power.
#[derive(Debug, Clone, Copy)]
struct Asking {
    turn: Turn,
    column: usize,
    setpoint_w: u32,
    least_w: u32,
    /// What it lacks of what it could take \[W\].
    lacks_w: u64,
    /// What it has beside a minimum that may not be paused \[W\].
    beside_w: u64,
    is_paused: bool,
}

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
        Some(Self { at_once: BTreeSet::new(), next_override: 0, is_first_come, asking: Vec::new() })
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
    pub(super) fn check(&mut self, known: &Known<'_>, limits: &Limits<'_>, view: &TickView<'_>) -> Holds {
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
        &mut self,
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
        let mut asking = std::mem::take(&mut self.asking);
        asking.clear();
        asking.extend(columns.filter_map(|column| self.asking(known, limits, view, (column, is_first_come))));
        asking.sort_unstable_by_key(|asking| asking.turn);
        let holds = check_order(known, &asking);
        self.asking = asking;
        holds
    }

    /// What a connector asks for and has; `None` where nothing is asked for. Who asks without being there is told of elsewhere.
    fn asking(
        &self,
        known: &Known<'_>,
        limits: &Limits<'_>,
        view: &TickView<'_>,
        (column, is_first_come): (usize, bool),
    ) -> Option<Asking> {
        let shown = &view.connectors;
        let demand_w = Some(shown.demand_w[column]).filter(|&demand_w| demand_w > 0)?;
        let visit = known.realization.visits.get(shown.visit[column] as usize)?;
        let is_later = !self.at_once.contains(&shown.visit[column]);
        let tier = if is_later { visit.tier } else { 0 };
        let turn = match is_first_come {
            true => (is_later, tier, visit.arrival_s, column),
            false => (is_later, tier, 0, 0),
        };
        let (setpoint_w, least_w) = (shown.setpoint_w[column], minima::least_w(known, limits, view, column));
        let is_kept = !limits.is_pausable(known.site.connectors[column]);
        let take_w = u64::from(demand_w).min(limits.of_connectors().ev_limit_w[column]);
        let is_stuck = minima::is_stuck(known, limits, view, column);
        Some(Asking {
            turn,
            column,
            setpoint_w,
            least_w,
            lacks_w: if is_stuck { 0 } else { take_w.saturating_sub(setpoint_w.into()) },
            beside_w: u64::from(setpoint_w.saturating_sub(if is_kept { least_w } else { 0 })),
            is_paused: shown.is_paused[column],
        })
    }
}

/// Whether those who ask at a charge point, in order of their turns, have what is theirs.
fn check_order(known: &Known<'_>, asking: &[Asking]) -> Holds {
    let mut later_w = 0;
    for same in asking.chunk_by(|one, next| one.turn == next.turn).rev() {
        // Whoever has more than his minimum has been raised to the level of all.
        let raised_w = same.iter().filter(|one| one.setpoint_w > one.least_w).map(|one| one.setpoint_w);
        let most_w = raised_w.max().unwrap_or(0);
        for one in same.iter().filter(|one| one.lacks_w > 0) {
            let Asking { column, setpoint_w, lacks_w, is_paused, .. } = *one;
            let position = known.site.connectors[column];
            // Who is paused needs his minimum, and anybody else a watt.
            if later_w >= if is_paused { u64::from(one.least_w) } else { 1 } {
                let what = format!("lacks {lacks_w} W, and {later_w} W went to others whose turn is later");
                return wrong(position, what);
            }
            if !is_paused && most_w > setpoint_w.saturating_add(1) {
                let what =
                    format!("lacks {lacks_w} W on {setpoint_w}, and another of the same turn has {most_w} W");
                return wrong(position, what);
            }
        }
        later_w += same.iter().map(|one| one.beside_w).sum::<u64>();
    }
    Ok(())
}
