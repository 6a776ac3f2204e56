//! Site data that change in mid-run.

use super::Simulation;
use crate::event::EventKind;
use crate::site_step::{NodeChange, SiteChange, SiteStep};
use crate::view::{NO_NODE, NO_VISIT};

impl Simulation<'_> {
    /// Takes over a change of site data; the caller refreshes limits afterwards.
    pub(super) fn change_site(&mut self, t_s: u64, step: &SiteStep) {
        let before = self.controller.change_site(&step.change, &self.site);
        match (before, &step.change) {
            (_, SiteChange::Refuse(rejection)) => {
                self.tell_refusal(t_s, EventKind::SiteRefused, rejection);
            }
            (Some(before), SiteChange::Apply(_)) => {
                self.tell(t_s, EventKind::SiteMended, self.node_of(&before), NO_VISIT, None);
            }
            (None, SiteChange::Apply(_)) => {}
        }
        for change in step.change.nodes() {
            self.change_node(t_s, change);
        }
    }

    fn change_node(&mut self, t_s: u64, change: &NodeChange) {
        self.limits.set_ratings(change.node, change.ratings);
        let least_w = change.ratings.least_w().map(|least_w| least_w as i64);
        self.tell(t_s, EventKind::SiteChanged, change.node, NO_VISIT, least_w);
        let column = self.site.connector_columns[change.node as usize];
        if column == NO_NODE {
            return;
        }
        self.bays.change_connector(column, change);
        self.special.change_connector(column, change);
        if self.bays.charging().binary_search(&column).is_ok() {
            self.bays.update_demand(column);
            let visit = &self.realization.visits[self.bays.visit[column as usize] as usize];
            self.controller.set_wish(column as usize, self.bays.wish(column, visit));
        }
    }
}
