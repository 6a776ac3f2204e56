//! What the plots show, gathered while the run runs.

use super::branch::Branches;
use super::heat::Heat;
use super::notices::{Names, Notices};
use super::site_series::SiteSeries;
use super::visit_rows::VisitRows;
use crate::clock::{Clock, axis_words};
use sim::{Depot, Observer, ObserverError, Realization, RunEnd, Site, TickView};

/// What all four figures show. Memory does not grow with the length of the run, nor, beyond what is drawn, with the size of the site; of
/// every visit some numbers are kept.
#[derive(Debug)]
pub struct PlotData {
    pub(super) title: String,
    pub(super) settings: String,
    pub(super) clock: Clock,
    pub(super) step_s: u32,
    pub(super) ticks: u64,
    pub(super) names: Names,
    pub(super) columns: Site,
    pub(super) notices: Notices,
    pub(super) site: SiteSeries,
    pub(super) branches: Branches,
    pub(super) heat: Heat,
    pub(super) visits: VisitRows,
}

impl PlotData {
    /// Data of a run of this realization, drawn with `seed`, on its depot.
    pub fn new(depot: &Depot, realization: &Realization, site: &Site, seed: u64) -> Self {
        Self {
            title: depot.title.clone(),
            settings: format!(
                "{}, seed {seed}, {}, {} control",
                depot.id,
                depot.strategy.name(),
                depot.control.name().replace('-', " ")
            ),
            clock: Clock::of(depot),
            step_s: depot.step_s,
            ticks: 0,
            names: Names::of(depot),
            columns: site.clone(),
            notices: Notices::default(),
            site: SiteSeries::new(depot, site),
            branches: Branches::of(depot, site),
            heat: Heat::of(depot, site),
            visits: VisitRows::of(depot, realization),
        }
    }

    /// How long the run was \[s\].
    pub(super) fn duration_s(&self) -> u64 {
        self.ticks * u64::from(self.step_s)
    }

    /// The line below the title: settings, and from when to when.
    pub(super) fn subtitle(&self) -> String {
        let words = |t_s| {
            let (time, date) = axis_words(self.clock.civil(t_s));
            format!("{date} {time}")
        };
        let (from, to, offset) = (words(0), words(self.duration_s() as i64), self.clock.offset());
        format!("{}; {from} to {to} (UTC{offset})", self.settings)
    }
}

impl Observer for PlotData {
    fn tick(&mut self, view: &TickView<'_>) -> Result<(), ObserverError> {
        self.ticks += 1;
        let has_limit_0 = self.site.limit_w(view) == Some(0);
        self.notices.add(view, &self.names, &self.columns, has_limit_0);
        self.site.add(view);
        self.branches.add(view, &self.notices);
        self.heat.add(view, &self.columns);
        self.visits.add(view);
        Ok(())
    }

    fn end(&mut self, end: &RunEnd<'_>) -> Result<(), ObserverError> {
        self.visits.end(end);
        Ok(())
    }
}
