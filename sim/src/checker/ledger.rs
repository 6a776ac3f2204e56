//! The ledger: every connector as it was seen last, and what follows for the nodes and for the cycle.
//!
//! Each tick all connectors are compared with what they showed before. Where one has changed, the sums above it and the counts move by the
//! difference; where limits have changed, everything is added up anew. Nothing is taken from the simulation's word that nothing changed.

use super::known::{Holds, Known, wrong};
use super::limits::Limits;
use super::nodes::Nodes;
use super::seen::Seen;
use super::tally::Tally;
use crate::view::TickView;

/// What was seen, and what follows.
#[derive(Debug, Clone)]
pub(super) struct Ledger {
    pub(super) seen: Vec<Seen>,
    pub(super) nodes: Nodes,
    pub(super) tally: Tally,
    /// Connectors that have changed since all was known to be in order; all of them, where limits have.
    pub(super) changed: Vec<u32>,
    pub(super) is_all_changed: bool,
    /// How many connectors' meters are above their limits.
    over_count: usize,
    /// Whether chargers only follow setpoints, so that batteries gain of what meters count and nothing else.
    is_plain: bool,
}

impl Ledger {
    pub(super) fn of(known: &Known<'_>, is_plain: bool) -> Self {
        Self {
            seen: vec![Seen::NOTHING; known.site.connectors.len()],
            nodes: Nodes::of(&known.site),
            tally: Tally::of(known.site.nodes.len()),
            changed: Vec::new(),
            is_all_changed: true,
            over_count: 0,
            is_plain,
        }
    }

    /// Whether the meter of any node or connector is above its limit.
    pub(super) fn any_over(&self) -> bool {
        self.over_count > 0 || self.nodes.any_breached()
    }

    /// Limits have changed: what was seen is added up anew under those in force now.
    #[cold]
    pub(super) fn start_anew(&mut self, known: &Known<'_>, limits: &Limits<'_>) {
        self.nodes.start_anew(limits);
        self.tally.start_anew();
        self.over_count = 0;
        self.is_all_changed = true;
        for (column, seen) in self.seen.iter_mut().enumerate() {
            let own_limit_w = limits.of_connectors().ev_limit_w[column];
            self.nodes.add_difference(
                known.site.connector_parents[column],
                own_limit_w,
                (&Seen::NOTHING, seen),
            );
            seen.judge(known, limits, column);
            self.tally.add(seen, known.site.connectors[column]);
            self.over_count += usize::from(seen.is_over);
        }
    }

    /// Takes over what connectors show; batteries gain what meters count.
    #[inline]
    pub(super) fn take_over(&mut self, known: &Known<'_>, limits: &Limits<'_>, view: &TickView<'_>) -> Holds {
        let n = self.seen.len();
        let shown = &view.connectors;
        let (visit, demand_w, setpoint_w) = (&shown.visit[..n], &shown.demand_w[..n], &shown.setpoint_w[..n]);
        let (measured_w, energy_j) = (&shown.measured_w[..n], &shown.energy_j[..n]);
        let (by, is_paused) = (&shown.constrained_by[..n], &shown.is_paused[..n]);
        let mut wrong_j = 0;
        for column in 0..n {
            let seen = &self.seen[column];
            let difference = (seen.visit ^ visit[column])
                | (seen.demand_w ^ demand_w[column])
                | (seen.setpoint_w ^ setpoint_w[column])
                | (seen.measured_w ^ measured_w[column])
                | (seen.constrained_by ^ by[column])
                | u32::from(seen.is_paused ^ is_paused[column]);
            if difference != 0 {
                self.change(known, limits, view, column)?;
            }
            if self.is_plain {
                let seen = &mut self.seen[column];
                seen.energy_j = (seen.energy_j + seen.gained_j).min(seen.most_j);
                wrong_j |= seen.energy_j ^ energy_j[column];
            }
        }
        if wrong_j == 0 { Ok(()) } else { self.tell_wrong_energy(known, view) }
    }

    /// A connector shows something else than before.
    fn change(
        &mut self,
        known: &Known<'_>,
        limits: &Limits<'_>,
        view: &TickView<'_>,
        column: usize,
    ) -> Holds {
        let position = known.site.connectors[column];
        let seen = &mut self.seen[column];
        let before = *seen;
        if seen.visit != view.connectors.visit[column] {
            seen.take_in(known, view, column)?;
        }
        seen.look(known, limits, view, column);
        if self.is_plain {
            if seen.measured_w > seen.setpoint_w {
                let what = format!("draws {} W on a setpoint of {} W", seen.measured_w, seen.setpoint_w);
                return wrong(position, what);
            }
            if seen.measured_w != before.measured_w || seen.visit != before.visit {
                let metered_j = u64::from(seen.measured_w) * u64::from(view.step_s);
                seen.gained_j = metered_j * u64::from(seen.efficiency_ppm) / 1_000_000;
            }
        }
        if !seen.is_listed {
            seen.is_listed = true;
            self.changed.push(column as u32);
        }
        self.over_count = self.over_count + usize::from(seen.is_over) - usize::from(before.is_over);
        let own_limit_w = limits.of_connectors().ev_limit_w[column];
        self.nodes.add_difference(known.site.connector_parents[column], own_limit_w, (&before, seen));
        self.tally.replace(&before, seen, position);
        Ok(())
    }

    /// All is in order as it is.
    pub(super) fn settle(&mut self) {
        for &column in &self.changed {
            self.seen[column as usize].is_listed = false;
        }
        self.changed.clear();
        self.is_all_changed = false;
    }

    #[cold]
    fn tell_wrong_energy(&self, known: &Known<'_>, view: &TickView<'_>) -> Holds {
        let pairs = self.seen.iter().zip(view.connectors.energy_j).zip(&known.site.connectors);
        for ((seen, &is_j), &position) in pairs {
            if seen.energy_j != is_j {
                let should_be_j = seen.energy_j;
                let what = format!("the battery should hold {should_be_j} J, and holds {is_j}");
                return wrong(position, what);
            }
        }
        Ok(())
    }
}
