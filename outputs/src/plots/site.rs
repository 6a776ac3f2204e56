//! `site.svg`: the site against its limit.

use super::axes::{self, MARGIN, WIDTH};
use super::canvas::{Align, Canvas, PlotError, draw};
use super::data::PlotData;
use super::ink;
use super::legend::Swatch;
use super::limit_labels::{heights, limit_labels};
use super::notices::{Kind, Notice};
use super::palette::{
    BASE_AREA, BASE_LINE, BLUE, BREACH, Color, DEMAND_AREA, DEMAND_LINE, EXCESS, INK, LANE, PURPLE,
    VERMILLION,
};
use super::scale::{Frame, Plane, PowerScale, count_label, kw_label, time_ticks};
use super::series::Series;
use super::site_series::SiteSeries;
use super::text::{fitted, text_width, wrapped};
use crate::clock::axis_words;

const LEFT: f64 = 66.0;
const RIGHT: f64 = 736.0;
const PLOT_HEIGHT: f64 = 400.0;
/// Where the plot begins, without the rows of words above it \[px\].
const TOP: f64 = 94.0;
/// Height of a row of words above the plot \[px\].
const WORDS: f64 = 16.0;
/// Where words beside the plot begin \[px\].
const ASIDE: f64 = 752.0;
/// From the plot's lower edge to the lanes \[px\].
const LANES_DROP: f64 = 78.0;
/// Distance and height of the lanes of the ribbon \[px\].
const LANE_STEP: f64 = 22.0;
const LANE_HEIGHT: f64 = 14.0;
/// Room between the lanes of outcomes and those of what goes wrong \[px\].
const LANE_GAP: f64 = 8.0;

/// Notes in the legend: from line to line, and how many at most.
const NOTE_LINE: f64 = 16.0;
const NOTE_LINES_MAX: usize = 3;

const LIMIT_INK: (f64, Color) = (4.0, VERMILLION);
const METER_INK: (f64, Color) = (2.0, INK);
/// The meter where columns of several ticks make its line dense.
const FINE_METER_INK: (f64, Color) = (1.0, INK);
const ALLOCATION_INK: (f64, Color) = (1.5, BLUE);
const DEMAND_INK: (f64, Color) = (1.0, DEMAND_LINE);
const BASE_INK: (f64, Color) = (1.0, BASE_LINE);

impl PlotData {
    /// The SVG of the site's plot.
    ///
    /// # Errors
    /// None in practice: the figure is drawn in memory.
    pub fn site_svg(&self) -> Result<String, PlotError> {
        let plane = self.site_plane();
        let pauses = usize::from(self.site.causes.pauses.cycles > 0);
        let lanes = self.site.causes.told().count() + pauses + self.notices.told().count() + 1;
        let height = plane.frame.bottom + LANES_DROP + lanes as f64 * LANE_STEP + LANE_GAP + 10.0;
        let subtitle = self.subtitle();
        draw((WIDTH, height), &self.title, &self.site_description(), |canvas| {
            axes::page(canvas, height, &self.title, &subtitle);
            self.paint_site(canvas, &plane);
        })
    }

    fn site_plane(&self) -> Plane {
        let top = TOP + WORDS * self.notices.told().count() as f64;
        let frame = Frame { left: LEFT, right: RIGHT, top, bottom: top + PLOT_HEIGHT };
        Plane { frame, power: self.site.scale(), duration_s: self.duration_s() }
    }

    /// The figure in words, for those who cannot see it.
    fn site_description(&self) -> String {
        let site = &self.site;
        let mut words = format!(
            "Power of the site over time in kW, base load included: limit of {} ({}), metered power (peak {}), allocation (peak {} kW \
             for charging), demand of vehicles (peak {} kW) and base load. Below: how each rebalance cycle ended.",
            site.limit_name,
            heights(&site.limit),
            ink::peak_words(&site.measured),
            kw_label(ink::whole_kw(site.most_allocated_w)),
            kw_label(ink::whole_kw(site.most_demand_w)),
        );
        for (cause, lane) in site.causes.told() {
            words.push_str(&format!(" {}: {} cycles.", cause.label(), count_label(lane.cycles)));
        }
        if self.site.causes.pauses.cycles > 0 {
            let cycles = count_label(self.site.causes.pauses.cycles);
            words.push_str(&format!(" Of these by minimum power: {cycles} cycles."));
        }
        for (_, notice) in self.notices.told() {
            words.push_str(&format!(" {}: {} min.", notice.words().join(", "), notice.seconds / 60));
        }
        format!("{words} Some node above its limit: {} min. {}", site.breached_s / 60, self.subtitle())
    }

    fn paint_site(&self, canvas: &mut Canvas, plane: &Plane) {
        let (site, step_s) = (&self.site, self.step_s);
        let times = time_ticks(&self.clock, self.duration_s(), 17);
        ink::area(canvas, plane, &site.demand, step_s, DEMAND_AREA);
        axes::grid(canvas, plane, &times);
        ink::outline(canvas, plane, &site.demand, step_s, DEMAND_INK);
        if site.has_base_load() {
            ink::area(canvas, plane, &site.base_load, step_s, BASE_AREA);
            ink::outline(canvas, plane, &site.base_load, step_s, BASE_INK);
        }
        for (ix, (kind, notice)) in self.notices.told().enumerate() {
            notice.paint(canvas, plane, step_s, kind);
            let y = TOP - 12.0 + WORDS * ix as f64;
            notice.paint_words(canvas, plane, step_s, y, kind.color());
        }
        // The limit is broad and lies below: where the meter runs along it, both are seen.
        ink::step_line(canvas, plane, &site.limit, step_s, LIMIT_INK);
        ink::excess(canvas, plane, (&site.measured, &site.over), step_s, EXCESS);
        self.paint_power_lines(canvas, plane);
        ink::breach_marks(canvas, plane, &site.over, step_s);
        let note = format!("vehicles ask for up to {} kW", kw_label(ink::whole_kw(site.most_demand_w)));
        ink::off_scale_note(canvas, plane, (&site.demand, step_s), &note, DEMAND_AREA);
        limit_labels(canvas, plane, &site.limit, step_s);
        axes::axis_lines(canvas, plane);
        axes::power_labels(canvas, plane, 12.0);
        canvas.text("kW", (LEFT - 7.0, plane.frame.top - 16.0), axes::muted(12.0, Align::Right));
        axes::time_labels(canvas, plane, &times, 12.0, 16.0);
        self.paint_site_legend(canvas, plane);
        self.paint_lanes(canvas, plane);
    }

    /// What was granted over what was metered; the other way round where many ticks share a column, since dashes would hide it there.
    fn paint_power_lines(&self, canvas: &mut Canvas, plane: &Plane) {
        let (site, step_s) = (&self.site, self.step_s);
        let is_dense = site.measured.ticks_per_column > 1;
        if is_dense {
            ink::dashed_line(canvas, plane, &site.allocated, step_s, ALLOCATION_INK);
        }
        ink::step_line(canvas, plane, &site.measured, step_s, site.meter_ink());
        if !is_dense {
            ink::dashed_line(canvas, plane, &site.allocated, step_s, ALLOCATION_INK);
        }
    }

    /// What the lines mean, beside the plot, with the figures one looks for first.
    fn paint_site_legend(&self, canvas: &mut Canvas, plane: &Plane) {
        let site = &self.site;
        let peak = |series: &Series| format!("peak {}", ink::peak_words(series));
        let charging = |most_w: i64| format!("peak {} kW for charging", kw_label(ink::whole_kw(most_w)));
        let has_base = site.has_base_load();
        let on_base = |name: &str| if has_base { format!("{name}, on base load") } else { name.to_owned() };
        let mut demand = charging(site.most_demand_w);
        if site.demand.max().is_some_and(|most_w| most_w > plane.power.top_w) {
            demand = format!("peak {} kW, off the scale", kw_label(ink::whole_kw(site.most_demand_w)));
        }
        let metered = if has_base { "Metered, with base load" } else { "Metered" };
        let mut entries = vec![
            (format!("Limit of {}", site.limit_name), heights(&site.limit), Swatch::Line(LIMIT_INK)),
            (metered.to_owned(), peak(&site.measured), Swatch::Line(site.meter_ink())),
        ];
        if let Some(note) = self.most_over_words() {
            entries.push(("Above the limit".to_owned(), note, Swatch::Breach));
        }
        let allocated = charging(site.most_allocated_w);
        entries.push((on_base("Allocated"), allocated, Swatch::Dashes(ALLOCATION_INK)));
        entries.push((on_base("Asked for"), demand, Swatch::Area(DEMAND_AREA, DEMAND_INK)));
        if has_base {
            let base = Swatch::Area(BASE_AREA, BASE_INK);
            entries.push(("Base load".to_owned(), peak(&site.base_load), base));
        }
        for (kind, notice) in self.notices.told() {
            let note = format!("{}: {}", notice.length(), notice.subjects());
            entries.push((kind.label().to_owned(), note, Swatch::Hatch(kind)));
        }
        let room = WIDTH - 8.0 - (ASIDE + 32.0);
        let mut y = plane.frame.top + 8.0;
        for (name, note, swatch) in entries {
            swatch.paint(canvas, (ASIDE, y));
            canvas.text(&fitted(&name, 13.0, room), (ASIDE + 32.0, y), axes::ink(13.0, Align::Left));
            for line in wrapped(&note, 12.0, room, NOTE_LINES_MAX) {
                y += NOTE_LINE;
                canvas.text(&line, (ASIDE + 32.0, y), axes::muted(12.0, Align::Left));
            }
            y += 40.0 - NOTE_LINE;
        }
    }

    /// By how much the site's meter was above the limit at most, and when.
    fn most_over_words(&self) -> Option<String> {
        let (over_w, t_s) = self.site.most_over?;
        let (time, date) = axis_words(self.clock.civil(t_s as i64));
        let when = match self.duration_s() > 24 * 3600 {
            true => format!(", {time} on {date}"),
            false => format!(" at {time}"),
        };
        Some(format!("by up to {} kW{when}", kw_label(ink::whole_kw(over_w))))
    }

    /// A lane per outcome, labelled beside it, so that neither colour nor a key is needed to read it.
    fn paint_lanes(&self, canvas: &mut Canvas, plane: &Plane) {
        let mut top = plane.frame.bottom + LANES_DROP;
        let heading = "How each rebalance cycle ended, and what limited it most";
        canvas.text(heading, (LEFT, top - 15.0), axes::bold(13.0, Align::Left));
        canvas.text("cycles", (WIDTH - MARGIN, top - 15.0), axes::muted(12.0, Align::Right));
        for (cause, lane) in self.site.causes.told() {
            let words = (cause.label(), &*count_label(lane.cycles));
            self.paint_lane(canvas, plane, &lane.present, top, words, cause.color());
            top += LANE_STEP;
        }
        if self.site.causes.pauses.cycles > 0 {
            let lane = &self.site.causes.pauses;
            let words = ("of these: by minimum power", &*count_label(lane.cycles));
            self.paint_lane(canvas, plane, &lane.present, top, words, PURPLE);
            top += LANE_STEP;
        }
        top += LANE_GAP;
        for (kind, notice) in self.notices.told().filter(|(kind, _)| *kind != Kind::Rejected) {
            let words = notice.words();
            let label = match words {
                [only] => only.clone(),
                _ => kind.label().to_owned(),
            };
            self.paint_lane(canvas, plane, notice.codes(), top, (&label, &notice.length()), kind.color());
            top += LANE_STEP;
        }
        let minutes = format!("{} min", count_label(self.site.breached_s / 60));
        let words = ("BREACH: above a limit", &*minutes);
        self.paint_lane(canvas, plane, &self.site.breached, top, words, BREACH);
    }

    /// One lane: where the series is set, and its words beside it.
    fn paint_lane(
        &self,
        canvas: &mut Canvas,
        plane: &Plane,
        present: &Series,
        top: f64,
        (label, amount): (&str, &str),
        color: Color,
    ) {
        let (middle, bottom) = (top + LANE_HEIGHT / 2.0, top + LANE_HEIGHT);
        canvas.rect((LEFT, top), (RIGHT, bottom), LANE);
        ink::bars(canvas, plane, present, self.step_s, (top, bottom), color);
        let room = WIDTH - MARGIN - ASIDE - text_width(amount, 12.0) - 8.0;
        canvas.text(&fitted(label, 12.0, room), (ASIDE, middle), axes::ink(12.0, Align::Left));
        canvas.text(amount, (WIDTH - MARGIN, middle), axes::ink(12.0, Align::Right));
    }
}

impl SiteSeries {
    /// Twice what is limited or drawn, so that a demand many times as large does not flatten everything else.
    fn scale(&self) -> PowerScale {
        let most = |series: &Series| series.max().unwrap_or(0);
        let held_w = most(&self.limit).max(most(&self.measured)).max(most(&self.allocated));
        let most_w =
            if held_w > 0 { most(&self.demand).min(held_w * 8 / 5).max(held_w) } else { most(&self.demand) };
        let least_w = self.base_load.min().unwrap_or(0).min(self.measured.min().unwrap_or(0));
        PowerScale::holding(least_w, most_w + most_w / 40, 9)
    }

    fn meter_ink(&self) -> (f64, Color) {
        if self.measured.ticks_per_column > 1 { FINE_METER_INK } else { METER_INK }
    }
}

impl Notice {
    /// How long it held, in words.
    fn length(&self) -> String {
        format!("{} min", count_label(self.seconds / 60))
    }
}
