//! `site.svg`: the site against its limit.

use super::axes;
use super::canvas::{Align, Canvas, PlotError, draw};
use super::data::{PlotData, SiteSeries};
use super::ink;
use super::palette::{
    BASE_AREA, BASE_LINE, BLUE, BREACH, Color, DEMAND_AREA, DEMAND_LINE, EXCESS, INK, LANE, VERMILLION, WHITE,
};
use super::scale::{Frame, Plane, PowerScale, count_label, kw_label, time_ticks};
use super::series::Series;

const WIDTH: f64 = 1200.0;
const LEFT: f64 = 76.0;
const RIGHT: f64 = 934.0;
const TOP: f64 = 92.0;
const BOTTOM: f64 = 500.0;
/// Where words beside the plot begin \[px\].
const ASIDE: f64 = 956.0;
/// Upper edge and distance of the lanes of the ribbon \[px\].
const LANES_TOP: f64 = 574.0;
const LANE_STEP: f64 = 22.0;
const LANE_HEIGHT: f64 = 14.0;
/// Room between the lanes of outcomes and the one of breaches \[px\].
const LANE_GAP: f64 = 8.0;
/// More stretches of the limit than this are told in the legend alone.
const LIMIT_LABELS_MAX: usize = 9;

const LIMIT_INK: (f64, Color) = (4.0, VERMILLION);
const METER_INK: (f64, Color) = (2.0, INK);
const ALLOCATION_INK: (f64, Color) = (1.5, BLUE);
const DEMAND_INK: (f64, Color) = (1.0, DEMAND_LINE);
const BASE_INK: (f64, Color) = (1.0, BASE_LINE);

impl PlotData {
    /// The SVG of the site's plot.
    ///
    /// # Errors
    /// None in practice: the figure is drawn in memory.
    pub fn site_svg(&self) -> Result<String, PlotError> {
        let lanes = self.site.causes.told().count() as f64 + 1.0;
        let height = LANES_TOP + lanes * LANE_STEP + LANE_GAP + 16.0;
        let description = format!(
            "Power of the site over time in kW: limit of {}, demand of vehicles, allocation, meter and base load. \
             Below: how each rebalance cycle ended. {}",
            self.site.limit_name,
            self.subtitle()
        );
        draw((WIDTH as u32, height as u32), &self.title, &description, |canvas| {
            axes::page(canvas, (WIDTH, height), &self.title, &self.subtitle());
            self.paint_site(canvas);
        })
    }

    fn paint_site(&self, canvas: &mut Canvas<'_>) {
        let (site, step_s) = (&self.site, self.step_s);
        let frame = Frame { left: LEFT, right: RIGHT, top: TOP, bottom: BOTTOM };
        let plane = Plane { frame, power: site.scale(), duration_s: self.duration_s() };
        let times = time_ticks(&self.clock, self.duration_s(), 17);
        ink::area(canvas, &plane, &site.demand, step_s, DEMAND_AREA);
        axes::grid(canvas, &plane, &times);
        ink::step_line(canvas, &plane, &site.demand, step_s, DEMAND_INK);
        ink::area(canvas, &plane, &site.base_load, step_s, BASE_AREA);
        ink::step_line(canvas, &plane, &site.base_load, step_s, BASE_INK);
        ink::excess(canvas, &plane, (&site.measured, &site.over), step_s, EXCESS);
        // The limit is broad and lies below: where the meter runs along it, both are seen.
        ink::step_line(canvas, &plane, &site.limit, step_s, LIMIT_INK);
        ink::dashed_line(canvas, &plane, &site.allocated, step_s, ALLOCATION_INK);
        ink::step_line(canvas, &plane, &site.measured, step_s, METER_INK);
        ink::off_scale_note(canvas, &plane, (&site.demand, step_s), "vehicles ask for up to", DEMAND_AREA);
        limit_labels(canvas, &plane, &site.limit, step_s);
        axes::axis_lines(canvas, &plane);
        axes::power_labels(canvas, &plane, 12.0);
        canvas.text("kW", (LEFT - 8.0, TOP - 16.0), axes::muted(12.0, Align::Right));
        axes::time_labels(canvas, &plane, &times, 12.0, 16.0);
        site.paint_legend(canvas, &plane);
        site.paint_lanes(canvas, &plane, step_s);
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

    /// What the lines mean, beside the plot, with the figures one looks for first.
    fn paint_legend(&self, canvas: &mut Canvas<'_>, plane: &Plane) {
        let peak =
            |series: &Series| format!("peak {} kW", kw_label(ink::whole_kw(series.max().unwrap_or(0))));
        let mut demand = peak(&self.demand);
        if self.demand.max().is_some_and(|most_w| most_w > plane.power.top_w) {
            demand.push_str(", off the scale");
        }
        let limit = heights(&self.limit);
        let name = format!("Limit of {}", self.limit_name);
        let mut entries: Vec<(&str, String, Swatch)> = vec![
            (&name, limit, Swatch::Line(LIMIT_INK)),
            ("Metered, with base load", peak(&self.measured), Swatch::Line(METER_INK)),
            ("Allocated to charging", peak(&self.allocated), Swatch::Dashes(ALLOCATION_INK)),
            ("Asked for by vehicles", demand, Swatch::Area(DEMAND_AREA, DEMAND_INK)),
            ("Base load", peak(&self.base_load), Swatch::Area(BASE_AREA, BASE_INK)),
        ];
        if let Some(over_w) = self.over.max().filter(|&over_w| over_w > 0) {
            let note = format!("by up to {} kW", kw_label(ink::whole_kw(over_w)));
            entries.insert(2, ("Above the limit", note, Swatch::Block(EXCESS)));
        }
        for (ix, (name, note, swatch)) in entries.into_iter().enumerate() {
            let y = TOP + 10.0 + 42.0 * ix as f64;
            swatch.paint(canvas, (ASIDE, y));
            canvas.text(&ink::fitted(name, 13.0, 176.0), (ASIDE + 34.0, y), axes::ink(13.0, Align::Left));
            canvas.text(&note, (ASIDE + 34.0, y + 16.0), axes::muted(11.0, Align::Left));
        }
    }

    /// A lane per outcome, labelled beside it, so that neither colour nor a key is needed to read it.
    fn paint_lanes(&self, canvas: &mut Canvas<'_>, plane: &Plane, step_s: u32) {
        let heading = "How each rebalance cycle ended, and what limited it most";
        canvas.text(heading, (LEFT, LANES_TOP - 15.0), axes::bold(12.0, Align::Left));
        canvas.text("cycles", (WIDTH - 24.0, LANES_TOP - 15.0), axes::muted(11.0, Align::Right));
        let mut top = LANES_TOP;
        for (cause, lane) in self.causes.told() {
            let words = (cause.label(), &*count_label(lane.cycles));
            paint_lane(canvas, plane, (&lane.present, step_s), top, words, cause.color());
            top += LANE_STEP;
        }
        let minutes = format!("{} min", count_label(self.breached_s / 60));
        let words = ("BREACH: above a limit", &*minutes);
        paint_lane(canvas, plane, (&self.breached, step_s), top + LANE_GAP, words, BREACH);
    }
}

/// The sign of a series in a legend.
#[derive(Debug, Clone, Copy)]
pub(super) enum Swatch {
    Line((f64, Color)),
    Dashes((f64, Color)),
    Area(Color, (f64, Color)),
    Block(Color),
}

impl Swatch {
    /// Paints the sign, 24 pixels wide, with its left end at a point.
    pub(super) fn paint(self, canvas: &mut Canvas<'_>, (x, y): (f64, f64)) {
        let ends = [(x, y), (x + 24.0, y)];
        match self {
            Self::Line((width, color)) => canvas.line(&ends, width, color),
            Self::Dashes(ink) => ink::dashes(canvas, &ends, ink),
            Self::Area(color, (width, edge)) => {
                canvas.rect((x, y - 6.0), (x + 24.0, y + 6.0), color);
                canvas.line(&[(x, y - 6.0), (x + 24.0, y - 6.0)], width, edge);
            }
            Self::Block(color) => canvas.rect((x, y - 6.0), (x + 24.0, y + 6.0), color),
        }
    }
}

/// One lane: where the series is set, and its words beside it.
fn paint_lane(
    canvas: &mut Canvas<'_>,
    plane: &Plane,
    (present, step_s): (&Series, u32),
    top: f64,
    (label, amount): (&str, &str),
    color: Color,
) {
    let (middle, bottom) = (top + LANE_HEIGHT / 2.0, top + LANE_HEIGHT);
    canvas.rect((LEFT, top), (RIGHT, bottom), LANE);
    ink::bars(canvas, plane, present, step_s, (top, bottom), color);
    canvas.text(label, (ASIDE, middle), axes::ink(12.0, Align::Left));
    canvas.text(amount, (WIDTH - 24.0, middle), axes::ink(12.0, Align::Right));
}

/// A stretch of time at one height of the limit: columns from and to (not included), and the height \[W\].
type Stretch = (usize, usize, Option<i64>);

fn stretches(limit: &Series) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = Vec::new();
    for (ix, column) in limit.columns.iter().enumerate() {
        let held_w = column.range.map(|range| range.last);
        match stretches.last_mut() {
            Some((_, to, height_w)) if *height_w == held_w => *to = ix + 1,
            _ => stretches.push((ix, ix + 1, held_w)),
        }
    }
    stretches
}

/// The heights of a limit in the order of their first use, where they are few.
fn heights(limit: &Series) -> String {
    let mut heights_w: Vec<i64> = Vec::new();
    for held_w in stretches(limit).into_iter().filter_map(|(_, _, held_w)| held_w) {
        if !heights_w.contains(&held_w) {
            heights_w.push(held_w);
        }
    }
    let labels: Vec<String> = heights_w.iter().map(|&held_w| kw_label(held_w)).collect();
    let joined = format!("{} kW", labels.join(" / "));
    match (limit.min(), limit.max()) {
        (Some(_), Some(_)) if labels.len() <= 4 && ink::text_width(&joined, 11.0) < 180.0 => joined,
        (Some(least_w), Some(most_w)) => format!("{} to {} kW", kw_label(least_w), kw_label(most_w)),
        _ => "unlimited".to_owned(),
    }
}

/// Writes each height of the limit beside its first stretch that has room for it.
fn limit_labels(canvas: &mut Canvas<'_>, plane: &Plane, limit: &Series, step_s: u32) {
    const SIZE: f64 = 12.0;
    let column_s = u64::from(limit.ticks_per_column) * u64::from(step_s);
    let stretches = stretches(limit);
    let is_crowded = stretches.len() > LIMIT_LABELS_MAX;
    let mut told: Vec<i64> = Vec::new();
    for (ix, &(from, to, held_w)) in stretches.iter().enumerate() {
        let Some(held_w) = held_w.filter(|held_w| !told.contains(held_w)) else { continue };
        let (left, right) = (plane.x(from as u64 * column_s), plane.x(to as u64 * column_s));
        let label = format!("{} kW", kw_label(held_w));
        let width = ink::text_width(&label, SIZE) + 8.0;
        // A notch narrower than its label has room below itself, where the limit does not go.
        let is_narrow = right - left < width;
        let is_above = |beside: Option<&Stretch>| {
            beside.is_some_and(|&(_, _, other_w)| other_w.is_none_or(|other_w| other_w > held_w))
        };
        let is_notch = ix > 0 && is_above(stretches.get(ix - 1)) && is_above(stretches.get(ix + 1));
        if is_narrow && (is_crowded || !is_notch) {
            continue;
        }
        told.push(held_w);
        let x = if is_narrow { (left + right) / 2.0 } else { left + width / 2.0 + 4.0 };
        let x = x.clamp(plane.frame.left + width / 2.0, plane.frame.right - width / 2.0);
        let y = plane.y(held_w) + if is_narrow { 14.0 } else { -13.0 };
        canvas.rect((x - width / 2.0, y - 8.0), (x + width / 2.0, y + 8.0), WHITE);
        canvas.text(&label, (x, y), axes::bold(SIZE, Align::Center));
    }
}
