//! Power and energy, and this run beside the one without management.

use super::page::ReviewContext;
use super::recorder::ReviewData;
use super::words::Words;
use crate::format::{self, duration, duration_min, kw, kwh, push_percent};
use crate::summary::report::{MeterFigures, SummaryReport};
use sim::{Stay, Visit};

/// The section of the page.
pub(super) struct Energy<'a> {
    /// When the largest mean over 30 minutes ended, as HTML of ours.
    pub(super) peak_30min_end: String,
    /// The grid connections' meters, and when each was highest.
    pub(super) meters: Vec<(&'a MeterFigures, String)>,
    pub(super) load_factor: String,
    /// Where the energy went that connectors delivered.
    pub(super) whither: String,
    /// Empty where the run itself is the one without management.
    pub(super) comparison: Vec<Comparison>,
}

pub(super) fn energy<'a>(context: &'a ReviewContext<'_>, data: &ReviewData, words: &Words) -> Energy<'a> {
    let summary = context.summary;
    let meters = summary.grid_connections.iter();
    Energy {
        peak_30min_end: words.moment_of(summary.site.peak_30min_end.as_deref()),
        meters: meters.map(|meter| (meter, words.moment_of(meter.peak_at.as_deref()))).collect(),
        load_factor: load_factor(summary),
        whither: whither(context, data),
        comparison: context.uncontrolled.map(|run| comparison(summary, run)).unwrap_or_default(),
    }
}

/// What of the energy at the connectors' meters is in batteries, what cabins used, and what was lost on the way.
fn whither(context: &ReviewContext<'_>, data: &ReviewData) -> String {
    let stays = || context.realization.visits.iter().zip(&data.stays);
    let sum_j = |of: &dyn Fn(&Visit, &Stay) -> u64| stays().map(|(visit, stay)| of(visit, stay)).sum::<u64>();
    // Whole Wh, as they are shown, so that they add up.
    let whole_wh = |energy_j: u64| energy_j / 3600 * 3600;
    let metered_j = whole_wh(sum_j(&|_, stay| stay.metered_j));
    let gained_j = whole_wh(sum_j(&|visit, stay| stay.energy_j.saturating_sub(visit.arrival_energy_j)));
    let cabins_j = whole_wh(sum_j(&|_, stay| stay.preconditioned_j));
    let lost_j = metered_j.saturating_sub(gained_j + cabins_j);
    let cabins = match cabins_j {
        0 => String::new(),
        _ => format!(", {} kWh heated or cooled cabins", kwh(cabins_j)),
    };
    format!(
        "Of the {} kWh that the meters of connectors showed, {} kWh are in batteries{cabins}, and {} kWh were lost in chargers and vehicles.",
        kwh(metered_j),
        kwh(gained_j),
        kwh(lost_j)
    )
}

/// A figure of this run beside that of the run without management.
pub(super) struct Comparison {
    pub(super) what: &'static str,
    pub(super) managed: String,
    pub(super) uncontrolled: String,
}

fn comparison(managed: &SummaryReport, uncontrolled: &SummaryReport) -> Vec<Comparison> {
    let row = |what, figure: &dyn Fn(&SummaryReport) -> String| Comparison {
        what,
        managed: figure(managed),
        uncontrolled: figure(uncontrolled),
    };
    let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "–".to_owned());
    vec![
        row("Peak of the site [kW]", &|run| or_dash(&run.site.meter.peak_kw)),
        row("Peak over 30 minutes [kW]", &|run| or_dash(&run.site.peak_30min_kw)),
        row("Load factor [%]", &|run| load_factor(run)),
        row("Energy at the site's meter [kWh]", &|run| run.site.meter.energy_kwh.clone()),
        row("Energy to vehicles [kWh]", &|run| run.visits.delivered_kwh.clone()),
        row("Breaches of limits", &|run| run.breaches.count.to_string()),
        row("Time over some limit", &|run| duration(run.breaches.over_limit_s as i64)),
        row("Largest excess [kW]", &|run| kw(run.breaches.peak_over_w)),
        row("Vehicles ready", &|run| format!("{} of {}", run.visits.ready, run.visits.total)),
        row("Least margin", &|run| run.visits.least_margin_s.map_or("–".into(), duration_min)),
        row("Energy missing to be ready [kWh]", &|run| run.visits.shortfall_kwh.clone()),
    ]
}

/// Percent, or a dash.
fn load_factor(run: &SummaryReport) -> String {
    run.site.load_factor_ppm.map_or("–".to_owned(), |ppm| format::text(|out| push_percent(out, ppm)))
}
