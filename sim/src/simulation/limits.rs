//! Limits and loads that change, and what is done from outside.

use super::{ShareNews, Simulation};
use crate::breaches::WatchedConnector;
use crate::event::EventKind;
use crate::intervention::Intervention;
use crate::limit_step::Room;
use crate::realization::{BaseLoadStep, EnvelopeStep};
use crate::view::{NO_NODE, NO_VISIT};
use balancer::NodeKind;

impl Simulation<'_> {
    /// Does what somebody outside wants, if it can be done; returns whether limits have changed.
    pub(super) fn intervene(&mut self, t_s: u64, intervention: &Intervention) -> bool {
        let columns = &self.site.connector_columns;
        if intervention.check_with(self.depot, |position| columns[position as usize] != NO_NODE).is_err() {
            return false;
        }
        self.interventions.push(intervention.clone());
        match intervention {
            Intervention::SetEnvelope { envelope, node, basis, limit_w } => {
                let step = EnvelopeStep {
                    at_s: t_s as i64,
                    envelope: envelope.clone(),
                    node: *node,
                    basis: *basis,
                    limit_w: *limit_w,
                };
                self.set_envelope(t_s, &step);
                true
            }
            Intervention::Unplug { connector } => {
                let column = self.site.connector_columns[*connector as usize];
                if !self.bays.is_free(column) {
                    let visit = self.bays.visit[column as usize];
                    self.depart(t_s, visit, EventKind::Departed);
                }
                false
            }
        }
    }

    pub(super) fn set_envelope(&mut self, t_s: u64, step: &EnvelopeStep) {
        self.limits.apply_envelope(step);
        let kind = if step.limit_w.is_some() { EventKind::EnvelopeSet } else { EventKind::EnvelopeEnded };
        self.tell(t_s, kind, step.node, NO_VISIT, step.limit_w.map(|limit_w| limit_w as i64));
    }

    pub(super) fn set_base_load(&mut self, t_s: u64, step: &BaseLoadStep) {
        self.limits.apply_base_load(step);
        self.tell(t_s, EventKind::BaseLoadChanged, step.node, NO_VISIT, Some(step.power_w));
    }

    pub(super) fn refresh_limits(&mut self) {
        self.controller.set_limits(&self.limits);
        self.refresh_connector_limits();
        let table = self.controller.limits();
        for (ix, &position) in self.controller.positions().iter().enumerate() {
            let column = self.site.node_columns[position as usize];
            if column != NO_NODE {
                let column = column as usize;
                let room = |limit_w, base_load_w| Room { limit_w, base_load_w };
                let before = room(self.totals.limit_w[column], self.totals.base_load_w[column]);
                let after = room(table.limit_w[ix], table.base_load_w[ix]);
                if self.tick > 0 {
                    let t_s = self.depot.tick_s(self.tick);
                    let place = (column, position);
                    self.limit_watch.note(place, t_s, (before, after), table.source[ix]);
                }
                self.totals.set_limit(column, table, ix);
            }
        }
        self.limits.settle();
        self.share_news = ShareNews::Changed;
        self.rooms_changed = true;
    }

    fn refresh_connector_limits(&mut self) {
        let mut any_changed = false;
        let (own, t_s) = (self.limits.own(), self.depot.tick_s(self.tick));
        for (column, &position) in self.site.connectors.iter().enumerate() {
            if !self.limits.is_changed()[position as usize] {
                continue;
            }
            any_changed = true;
            let own = &own[position as usize];
            let effective = own.effective(own.base_load_w);
            let before_w = std::mem::replace(&mut self.connector_limit_w[column], effective.limit_w);
            self.connector_ev_limit_w[column] = effective.ev_limit_w;
            self.connector_limit_source[column] = effective.source;
            // A charge point without connectors is watched as a node.
            let is_node = self.site.node_columns[position as usize] != NO_NODE;
            if self.tick > 0 && effective.limit_w < before_w && !is_node {
                let room = |limit_w| Room { limit_w, base_load_w: 0 };
                let place = (self.site.nodes.len() + column, position);
                let rooms = (room(before_w), room(effective.limit_w));
                self.limit_watch.note(place, t_s, rooms, effective.source);
            }
        }
        if any_changed {
            self.watch_connectors();
        }
    }

    /// Watches the connectors that can be above their limits, so that at most depots none costs anything.
    fn watch_connectors(&mut self) {
        let Self { watch, bays, site, limits, depot, connector_limit_w, .. } = self;
        let (is_open, columns) = (watch.open_columns(), site.connectors.len() as u32);
        let watched = |column: u32| {
            let (ix, position) = (column as usize, site.connectors[column as usize]);
            let node = &depot.site[position as usize];
            let (limit_w, base_load_w) = (connector_limit_w[ix], limits.own()[position as usize].base_load_w);
            let rated_w = watch.most_rated_w(column, bays.rating_w(column));
            let most_w = i128::from(rated_w) + i128::from(base_load_w);
            let can_be_over = i128::from(limit_w) < most_w || is_open.contains(&column);
            // A charge point without connectors is watched as a node.
            let is_node = node.kind != NodeKind::Connector;
            (can_be_over && !is_node).then_some(WatchedConnector { column, position, limit_w, base_load_w })
        };
        let connectors = (0..columns).filter_map(watched).collect();
        watch.watch_connectors(connectors);
    }
}
