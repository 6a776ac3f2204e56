//! The byte layout under the tick digests, as the parent module documents it.

use sim::breach::Breach;
use sim::event::Event;
use sim::view::ConstraintRecord;
use sim::{ConnectorColumns, CycleRecord, LimitSource, NodeColumns, Stay, TickView};

/// A buffer that is laid out again for every digest.
#[derive(Debug, Default)]
pub(super) struct Layout(Vec<u8>);

impl Layout {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn cycle(&mut self, cycle: &CycleRecord) {
        self.u64(cycle.cycle).u64(cycle.t_s).text(cycle.outcome.name()).text(cycle.reason.code());
        self.option(cycle.constraint.as_ref(), Self::constraint);
        self.u32(cycle.curtailed_count).u32(cycle.paused_count);
        self.u64(cycle.site_demand_w).u64(cycle.site_allocated_w);
        self.option(cycle.subject.as_deref(), |layout, text| layout.text(text));
        self.option(cycle.detail.as_deref(), |layout, text| layout.text(text));
    }

    pub(super) fn nodes(&mut self, nodes: &NodeColumns<'_>) {
        self.column(nodes.limit_w, Self::u64);
        self.column(nodes.limit_source, Self::source);
        self.column(nodes.base_load_w, Self::i64);
        self.column(nodes.ev_limit_w, Self::u64);
        self.column(nodes.demand_w, Self::u64);
        self.column(nodes.raw_demand_w, Self::u64);
        self.column(nodes.allocated_w, Self::u64);
        self.column(nodes.measured_w, Self::i64);
        self.column(nodes.is_binding, Self::boolean);
        self.column(nodes.is_breached, Self::boolean);
    }

    pub(super) fn connectors(&mut self, connectors: &ConnectorColumns<'_>) {
        self.column(connectors.visit, Self::u32);
        self.column(connectors.state, |layout, state| layout.text(state.name()));
        self.column(connectors.energy_j, Self::u64);
        self.column(connectors.limit_w, Self::u64);
        self.column(connectors.demand_w, Self::u32);
        self.column(connectors.setpoint_w, Self::u32);
        self.column(connectors.measured_w, Self::u32);
        self.column(connectors.constrained_by, Self::u32);
        self.column(connectors.is_paused, Self::boolean);
    }

    pub(super) fn state(&mut self, view: &TickView<'_>) {
        self.u64(view.stays.len() as u64);
        view.stays.iter().for_each(|stay| self.stay(&stay));
        self.u64(view.events.len() as u64);
        view.events.iter().for_each(|event| self.event(event));
        self.u64(view.ended_breaches.len() as u64);
        view.ended_breaches.iter().for_each(|breach| self.breach(breach));
    }

    fn constraint(&mut self, constraint: &ConstraintRecord) -> &mut Self {
        self.u32(constraint.node).boolean(constraint.is_pause).source(constraint.source);
        self.u64(constraint.limit_w).u64(constraint.demand_w);
        self.u64(constraint.allocated_w).u64(constraint.withheld_w)
    }

    pub(super) fn stay(&mut self, stay: &Stay) {
        self.u32(stay.connector);
        self.option(stay.plugged_in_s, Self::u64).option(stay.left_s, Self::u64);
        self.u64(stay.energy_j).u64(stay.metered_j);
        self.option(stay.ready_s, Self::u64).u64(stay.paused_s);
        if stay.preconditioned_j > 0 {
            self.u64(stay.preconditioned_j);
        }
    }

    fn event(&mut self, event: &Event) {
        self.u64(event.t_s).text(event.kind.name()).u32(event.node).u32(event.visit);
        self.option(event.power_w, Self::i64);
        // Its kind tells whether there is one, so that it needs no mark.
        event.why.into_iter().for_each(|why| {
            self.text(why.name());
        });
        event.duration_s.into_iter().for_each(|duration_s| {
            self.u64(duration_s);
        });
    }

    pub(super) fn breach(&mut self, breach: &Breach) {
        self.u32(breach.node).u64(breach.start_s).u64(breach.end_s);
        self.u64(breach.peak_over_w).u64(breach.energy_over_j as u64).text(breach.cause.code());
        // Hardly any breach needs more than 64 bits; those that do add the rest.
        let rest_j = (breach.energy_over_j >> 64) as u64;
        if rest_j > 0 {
            self.u64(rest_j);
        }
    }

    fn source(&mut self, source: Option<LimitSource>) -> &mut Self {
        self.option(source, |layout, source| layout.text(source.name()))
    }

    fn column<T: Copy>(&mut self, values: &[T], lay_out: fn(&mut Self, T) -> &mut Self) {
        self.u64(values.len() as u64);
        for &value in values {
            lay_out(self, value);
        }
    }

    pub(super) fn option<T>(
        &mut self,
        value: Option<T>,
        lay_out: impl FnOnce(&mut Self, T) -> &mut Self,
    ) -> &mut Self {
        match value {
            None => self.boolean(false),
            Some(value) => {
                self.boolean(true);
                lay_out(self, value)
            }
        }
    }

    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.u64(text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    pub(super) fn boolean(&mut self, value: bool) -> &mut Self {
        self.0.push(u8::from(value));
        self
    }

    pub(super) fn u32(&mut self, value: u32) -> &mut Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    pub(super) fn u64(&mut self, value: u64) -> &mut Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    pub(super) fn i64(&mut self, value: i64) -> &mut Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }
}
