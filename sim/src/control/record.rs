//! What is told of a cycle.

use super::Controller;
use crate::view::{ConstraintRecord, CycleRecord};
use balancer::{Cycle, Outcome, Reason, Strategy};

impl Controller<'_> {
    /// The record of the balancer's newest cycle.
    pub(super) fn record_of(&self, cycle: u64, t_s: u64) -> CycleRecord {
        let result = self.balancer.cycle();
        let mut record = CycleRecord {
            cycle,
            t_s,
            outcome: result.outcome,
            reason: result.reason,
            constraint: constraint_of(result, &self.positions),
            curtailed_count: result.curtailed_count,
            paused_count: result.paused_count,
            site_demand_w: result.demand_w[0],
            site_allocated_w: result.allocated_w[0],
            subject: None,
            detail: self.flat_note(),
        };
        self.add_charge_points(&mut record);
        record
    }

    /// Takes over from the balancer's cycle what may be another where it has followed demands: limits, which notes tell of, are as they were.
    pub(super) fn note_followed(&mut self) {
        let result = self.balancer.cycle();
        let Some(record) = &mut self.record else { return };
        (record.outcome, record.reason) = (result.outcome, result.reason);
        record.constraint = constraint_of(result, &self.positions);
        record.curtailed_count = result.curtailed_count;
        record.site_demand_w = result.demand_w[0];
        record.site_allocated_w = result.allocated_w[0];
    }

    /// Of a site that is balanced flat, why that is, and under which limit: envelopes, too, may be the least that is known of it.
    fn flat_note(&self) -> Option<String> {
        let note = self.depot.fallback_note.as_ref()?;
        let limit_w = self.limits.limit_w[0];
        let limit = match self.limits.source[0] {
            Some(source) => format!("{}.{:03} kW, {}", limit_w / 1000, limit_w % 1000, source.name()),
            None => "none".to_owned(),
        };
        Some(format!("{note} ({limit})"))
    }

    /// What only the split knows: a charge point may get all that its connectors can take, and they ask for more than their own limits allow.
    fn add_charge_points(&self, record: &mut CycleRecord) {
        let Some(tally) = self.charge_points.as_ref().map(|charge_points| charge_points.tally()) else {
            return;
        };
        record.curtailed_count = tally.curtailed_count;
        record.paused_count = tally.paused_count;
        if self.depot.strategy == Strategy::Uncontrolled {
            return;
        }
        let withheld_w = |constraint: &ConstraintRecord| constraint.withheld_w;
        let is_larger = |own_w: u64| record.constraint.as_ref().is_none_or(|other| own_w > withheld_w(other));
        if let Some(own) = tally.largest.filter(|own| is_larger(own.withheld_w.into())) {
            let is_pause = own.claim.is_paused;
            record.outcome = Outcome::Curtailed;
            record.reason = if is_pause { Reason::MinimumPower } else { Reason::ConnectorLimit };
            record.constraint = Some(ConstraintRecord {
                node: own.connector,
                is_pause,
                source: own.limit.source,
                limit_w: own.limit.limit_w,
                demand_w: own.claim.demand_w.into(),
                allocated_w: own.claim.granted_w.into(),
                withheld_w: own.withheld_w.into(),
            });
        }
    }
}

fn constraint_of(cycle: &Cycle, positions: &[u32]) -> Option<ConstraintRecord> {
    cycle.constraint.map(|constraint| ConstraintRecord {
        node: positions[constraint.node.index()],
        is_pause: constraint.is_pause,
        source: constraint.source,
        limit_w: constraint.limit_w,
        demand_w: constraint.demand_w,
        allocated_w: constraint.allocated_w,
        withheld_w: constraint.withheld_w,
    })
}
