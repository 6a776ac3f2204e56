//! `connectors.svg`: a heat map of what every connector gave, by circuit and charge point.

use super::axes::{self, MARGIN, WIDTH};
use super::branch::kind_words;
use super::canvas::{Align, Canvas, PlotError, draw};
use super::data::PlotData;
use super::heat::{Group, Heat, Mark};
use super::ink::start_s;
use super::legend;
use super::palette::{self, BREACH, Color, FROM_ABOVE, INK, LANE, MUTED, OUTAGE, PURPLE, VERMILLION, WHITE};
use super::scale::{Frame, Plane, PowerScale, TimeTick, count_label, kw_label, time_ticks};
use super::strokes::{Hatch, Strokes, hatch};
use super::text::{fitted, text_width};

const LEFT: f64 = 126.0;
const RIGHT: f64 = 984.0;
/// Where the two rows of the legend stand \[px\], and where the first group begins.
const LEGEND_TOP: f64 = 82.0;
const GROUPS_TOP: f64 = 176.0;
/// Room for a group's name, and for the strip below it \[px\].
const GROUP_HEAD: f64 = 24.0;
const STRIP: f64 = 6.0;
const GROUP_GAP: f64 = 8.0;
/// Least distance of two labels \[px\].
const LABEL_DISTANCE: f64 = 13.0;
/// Room for a tick and the labels of the time axis \[px\].
const FOOT: f64 = 48.0;
/// Figures higher than this have their time axis at both ends \[px\].
const TALL: f64 = 700.0;

/// Where rows and groups stand.
struct Places {
    /// Upper edge of each row \[px\].
    rows: Vec<f64>,
    row_height: f64,
    /// Upper edge of each group, its name included \[px\].
    groups: Vec<f64>,
    bottom: f64,
}

impl PlotData {
    /// The SVG of the connectors' plot.
    ///
    /// # Errors
    /// None in practice: the figure is drawn in memory.
    pub fn connectors_svg(&self) -> Result<String, PlotError> {
        let places = Places::of(&self.heat);
        let height = places.bottom + FOOT;
        let title = format!("{}: connectors", self.title);
        let subtitle = self.subtitle();
        let description = format!(
            "Heat map of {} connectors over time: mean power of each in cells of {}, pauses, and when the limit of their circuit withheld \
             power. Every tick is in connectors.csv. {subtitle}",
            self.heat.rows.len(),
            self.cell_words()
        );
        draw((WIDTH, height), &title, &description, |canvas| {
            axes::page(canvas, height, &title, &subtitle);
            self.paint_heat_legend(canvas);
            self.paint_heat(canvas, &places);
        })
    }

    /// How long a cell is.
    fn cell_words(&self) -> String {
        let cell_s = u64::from(self.heat.ticks_per_column) * u64::from(self.step_s);
        if cell_s.is_multiple_of(60) { format!("{} min", cell_s / 60) } else { format!("{cell_s} s") }
    }

    fn paint_heat(&self, canvas: &mut Canvas, places: &Places) {
        let heat = &self.heat;
        let frame = Frame { left: LEFT, right: RIGHT, top: GROUPS_TOP, bottom: places.bottom };
        let plane = Plane { frame, power: heat.scale(), duration_s: self.duration_s() };
        let times = time_ticks(&self.clock, self.duration_s(), 17);
        for (group, &top) in heat.groups.iter().zip(&places.groups) {
            let bottom = places.rows[group.rows.1 - 1] + places.row_height;
            canvas.rect((LEFT, top + GROUP_HEAD), (RIGHT, bottom), LANE);
        }
        paint_times(canvas, &plane, &times, places);
        heat.paint_power(canvas, &plane, places, self.step_s);
        heat.paint_marks(canvas, &plane, places, self.step_s);
        heat.paint_deaf(canvas, &plane, places, self.step_s);
        heat.paint_over(canvas, &plane, places, self.step_s);
        for ix in 0..heat.groups.len() {
            heat.paint_group(canvas, &plane, (ix, places.groups[ix]), self.step_s);
        }
        heat.paint_names(canvas, places);
        axes::time_labels(canvas, &plane, &times, 12.0, 16.0);
        if heat.left_out > 0 {
            let words =
                format!("{} more connectors are in connectors.csv.", count_label(heat.left_out as u64));
            canvas.text(&words, (MARGIN, GROUPS_TOP - 14.0), axes::bold(12.0, Align::Left));
        }
    }

    /// Colours in kW, and the marks of states in which no power flows.
    fn paint_heat_legend(&self, canvas: &mut Canvas) {
        const BLOCK: f64 = 34.0;
        let scale = self.heat.scale();
        let buckets = scale.buckets();
        let words = format!("Mean power in cells of {}, kW:", self.cell_words());
        canvas.text(&words, (MARGIN, LEGEND_TOP), axes::bold(12.0, Align::Left));
        let left = MARGIN + text_width(&words, 12.0) + 14.0;
        for ix in 0..=buckets {
            let x = left + BLOCK * ix as f64;
            if ix < buckets {
                let color = palette::heat(ix, buckets);
                canvas.rect((x, LEGEND_TOP - 7.0), (x + BLOCK, LEGEND_TOP + 5.0), color);
            }
            let label = kw_label(ix as i64 * scale.step_w);
            canvas.text(&label, (x, LEGEND_TOP + 14.0), axes::ink(12.0, Align::Center));
        }
        let mut x = left + BLOCK * buckets as f64 + 34.0;
        canvas.rect((x, LEGEND_TOP - 7.0), (x + legend::SWATCH, LEGEND_TOP + 7.0), LANE);
        canvas.text("no vehicle", (x + legend::SWATCH + 6.0, LEGEND_TOP), axes::ink(12.0, Align::Left));
        if self.heat.any_deaf {
            x += legend::SWATCH + 6.0 + text_width("no vehicle", 12.0) + 16.0;
            canvas.rect((x, LEGEND_TOP - 7.0), (x + legend::SWATCH, LEGEND_TOP + 7.0), LANE);
            paint_deaf(canvas, &[((x, LEGEND_TOP - 7.0), x + legend::SWATCH)], 14.0);
            let words = "charger offline, or ignores its setpoint";
            canvas.text(words, (x + legend::SWATCH + 6.0, LEGEND_TOP), axes::ink(12.0, Align::Left));
        }
        x = MARGIN;
        let mut y = LEGEND_TOP + 38.0;
        for mark in Mark::ALL {
            canvas.rect((x, y - 7.0), (x + legend::SWATCH, y + 7.0), LANE);
            mark.paint(canvas, &[((x, y - 7.0), x + legend::SWATCH)], 14.0);
            x += legend::SWATCH + 6.0;
            canvas.text(mark.label(), (x, y), axes::ink(12.0, Align::Left));
            x += text_width(mark.label(), 12.0) + 16.0;
        }
        // The strip above a group's rows.
        (x, y) = (MARGIN, y + 26.0);
        let is_breached = self.heat.groups.iter().any(|group| group.over_limit_s > 0);
        let above = match (is_breached, self.heat.any_over) {
            (true, true) => "strip or edge: above limit",
            (false, true) => "edge: above limit",
            _ => "above limit",
        };
        let strips = [
            (VERMILLION, "strip: limit withheld power", true),
            (
                FROM_ABOVE,
                "paler: a limit above it did",
                self.heat.groups.iter().any(|group| group.held_above_s > 0),
            ),
            (BREACH, above, is_breached || self.heat.any_over),
        ];
        for (color, words, _) in strips.into_iter().filter(|(_, _, is_told)| *is_told) {
            canvas.rect((x, y - 6.0), (x + legend::SWATCH, y), color);
            canvas.rect((x, y + 2.0), (x + legend::SWATCH, y + 7.0), LANE);
            canvas.text(words, (x + legend::SWATCH + 6.0, y), axes::ink(12.0, Align::Left));
            x += legend::SWATCH + 6.0 + text_width(words, 12.0) + 16.0;
        }
    }
}

impl Places {
    fn of(heat: &Heat) -> Self {
        let row_height = match heat.rows.len() {
            0..=50 => 14.0,
            51..=100 => 10.0,
            101..=200 => 7.0,
            _ => 4.0,
        };
        let (mut rows, mut groups) = (Vec::new(), Vec::new());
        let mut y = GROUPS_TOP;
        for group in &heat.groups {
            groups.push(y);
            y += GROUP_HEAD + STRIP + 2.0;
            for row in &heat.rows[group.rows.0..group.rows.1] {
                // Charge points of several connectors are set apart where there is room.
                let is_apart = row.begins_point && rows.len() > group.rows.0;
                y += if is_apart && row_height > 5.0 { 2.0 } else { 0.0 };
                rows.push(y);
                y += row_height;
            }
            y += GROUP_GAP;
        }
        Self { rows, row_height, groups, bottom: y }
    }
}

impl Heat {
    fn scale(&self) -> PowerScale {
        PowerScale::holding(0, self.most_w, 8)
    }

    /// The runs of columns in which `key` is the same, as from, to (not included) and key.
    fn runs<K: PartialEq>(&self, key: impl Fn(usize) -> K) -> Vec<(usize, usize, K)> {
        let mut runs: Vec<(usize, usize, K)> = Vec::new();
        for column in 0..self.columns() {
            let key = key(column);
            match runs.last_mut() {
                Some((_, to, last)) if *last == key => *to = column + 1,
                _ => runs.push((column, column + 1, key)),
            }
        }
        runs
    }

    fn x(&self, plane: &Plane, column: usize, step_s: u32) -> f64 {
        plane.x(start_s(self.ticks_per_column, column, step_s))
    }

    /// The cells in which power flowed: all of one colour are one element.
    fn paint_power(&self, canvas: &mut Canvas, plane: &Plane, places: &Places, step_s: u32) {
        let buckets = plane.power.buckets();
        let bars = |ix| Strokes::bars(places.row_height, palette::heat(ix, buckets));
        let mut strokes: Vec<Strokes> = (0..buckets).map(bars).collect();
        for (row, top) in places.rows.iter().enumerate() {
            let middle = top + places.row_height / 2.0;
            for (from, to, bucket) in self.runs(|column| plane.power.bucket(self.cell(column, row).mean_w)) {
                if let Some(bucket) = bucket {
                    let (left, right) = (self.x(plane, from, step_s), self.x(plane, to, step_s));
                    strokes[bucket].level((left, middle), right);
                }
            }
        }
        strokes.into_iter().for_each(|strokes| canvas.strokes(strokes));
    }

    fn paint_marks(&self, canvas: &mut Canvas, plane: &Plane, places: &Places, step_s: u32) {
        let mut bars: [Vec<((f64, f64), f64)>; Mark::ALL.len()] = Default::default();
        for (row, &top) in places.rows.iter().enumerate() {
            for (from, to, mark) in self.runs(|column| self.cell(column, row).mark) {
                if let Some(mark) = mark {
                    let (left, right) = (self.x(plane, from, step_s), self.x(plane, to, step_s));
                    bars[mark as usize].push(((left, top), right));
                }
            }
        }
        for mark in Mark::ALL {
            mark.paint(canvas, &bars[mark as usize], places.row_height);
        }
    }

    /// Marks the cells in which chargers do not follow what they are told.
    fn paint_deaf(&self, canvas: &mut Canvas, plane: &Plane, places: &Places, step_s: u32) {
        let mut bars = Vec::new();
        for (row, &top) in places.rows.iter().enumerate() {
            let runs = self.runs(|column| self.cell(column, row).is_deaf).into_iter();
            let deaf = runs.filter(|&(.., is_deaf)| is_deaf);
            bars.extend(deaf.map(|(from, to, _)| {
                let (left, right) = (self.x(plane, from, step_s), self.x(plane, to, step_s));
                ((left, top), right)
            }));
        }
        paint_deaf(canvas, &bars, places.row_height);
    }

    /// Marks the upper edge of cells in which connectors or their charge points are above their limits.
    fn paint_over(&self, canvas: &mut Canvas, plane: &Plane, places: &Places, step_s: u32) {
        let height = edge(places.row_height);
        let mut over = Strokes::bars(height, BREACH);
        for (row, &top) in places.rows.iter().enumerate() {
            for (from, to, _) in self
                .runs(|column| self.cell(column, row).is_over)
                .into_iter()
                .filter(|&(.., is_over)| is_over)
            {
                let (left, right) = (self.x(plane, from, step_s), self.x(plane, to, step_s));
                over.level((left, top + height / 2.0), right);
            }
        }
        canvas.strokes(over);
    }

    /// The name of a group, its limit, and the strip of when that withheld power.
    fn paint_group(&self, canvas: &mut Canvas, plane: &Plane, (ix, top): (usize, f64), step_s: u32) {
        let group = &self.groups[ix];
        let words = group.words();
        let name = fitted(&group.name, 14.0, RIGHT - MARGIN - text_width(&words, 12.0) - 10.0);
        let y = top + 14.0;
        let words_width = text_width(&name, 14.0) + 8.0 + text_width(&words, 12.0);
        canvas.rect((MARGIN, y - 9.0), (MARGIN + words_width, y + 8.0), WHITE);
        canvas.text(&name, (MARGIN, y), axes::bold(14.0, Align::Left));
        let x = MARGIN + text_width(&name, 14.0) + 8.0;
        canvas.text(&words, (x, y), axes::muted(12.0, Align::Left));
        let (strip_top, middle) = (top + GROUP_HEAD, top + GROUP_HEAD + STRIP / 2.0);
        let mut binding = Strokes::bars(STRIP, VERMILLION);
        let mut from_above = Strokes::bars(STRIP, FROM_ABOVE);
        let mut breached = Strokes::bars(STRIP, BREACH);
        let mut out = Strokes::lines(1.0, OUTAGE);
        for (from, to, cell) in self.runs(|column| self.group_cell(column, ix)) {
            let (left, right) = (self.x(plane, from, step_s), self.x(plane, to, step_s));
            if cell.is_breached {
                breached.level((left, middle), right);
            } else if cell.is_binding {
                binding.level((left, middle), right);
            } else if cell.is_held_above {
                from_above.level((left, middle), right);
            }
            if cell.is_out {
                hatch(&mut out, (left, strip_top), (right, strip_top + STRIP), Hatch::Falling, 4.0);
            }
        }
        [from_above, binding, breached, out].into_iter().for_each(|strokes| canvas.strokes(strokes));
    }

    /// As many of the connectors' names as have room.
    fn paint_names(&self, canvas: &mut Canvas, places: &Places) {
        let mut free_from = f64::NEG_INFINITY;
        for (row, &top) in self.rows.iter().zip(&places.rows) {
            let y = top + places.row_height / 2.0;
            if y >= free_from {
                free_from = y + LABEL_DISTANCE;
                let name = fitted(&row.name, 12.0, LEFT - 12.0 - 8.0);
                canvas.text(&name, (LEFT - 8.0, y), axes::ink(12.0, Align::Right));
                canvas.line(&[(LEFT - 5.0, y), (LEFT - 1.0, y)], 1.0, MUTED);
            }
        }
    }
}

impl Group {
    /// What it is, its limit, and how long that withheld power.
    fn words(&self) -> String {
        let limit = match self.limit_w {
            Some((least_w, most_w)) if least_w == most_w => format!("limit {} kW", kw_label(most_w)),
            Some((least_w, most_w)) => format!("limit {} to {} kW", kw_label(least_w), kw_label(most_w)),
            None => "unlimited".to_owned(),
        };
        let minutes = |seconds: u64| count_label(seconds / 60);
        let over = match self.over_limit_s {
            0 => String::new(),
            over_s => format!(", ABOVE ITS LIMIT for {} min", minutes(over_s)),
        };
        let above = match self.held_above_s {
            0 => String::new(),
            above_s => format!(" (limits above it for {} min)", minutes(above_s)),
        };
        let binding = minutes(self.binding_s);
        format!("{}, {limit}, withheld power for {binding} min{above}{over}", kind_words(self.kind))
    }
}

impl Mark {
    fn label(self) -> &'static str {
        match self {
            Self::Out => "out: outage, limit 0, fault",
            Self::Paused => "held back entirely",
            Self::Full => "takes no more",
            Self::Waiting => "waits for a cycle",
        }
    }

    /// Bars of this mark, each given by its upper left corner and its right end, in rows of a height.
    fn paint(self, canvas: &mut Canvas, bars: &[((f64, f64), f64)], row_height: f64) {
        let share = |share: f64| (row_height * share).round().max(1.0);
        let (height, color): (f64, Color) = match self {
            Self::Out => (row_height, WHITE),
            Self::Paused => (share(0.45), VERMILLION),
            Self::Full => (share(0.15), MUTED),
            Self::Waiting => (share(0.3), PURPLE),
        };
        let mut strokes = Strokes::bars(height, color);
        let mut hatched = Strokes::lines(1.0, INK);
        for &((left, top), right) in bars {
            strokes.level((left, top + row_height / 2.0), right);
            if self == Self::Out {
                hatch(&mut hatched, (left, top), (right, top + row_height), Hatch::Falling, 5.0);
            }
        }
        canvas.strokes(strokes);
        canvas.strokes(hatched);
    }
}

/// How high a mark along the edge of a row is \[px\].
fn edge(row_height: f64) -> f64 {
    (row_height * 0.22).clamp(1.5, 3.0)
}

/// Dashes along the lower edge of rows of a height, each given by its upper left corner and its right end: they are seen on any colour, and beside
/// any other mark.
fn paint_deaf(canvas: &mut Canvas, bars: &[((f64, f64), f64)], row_height: f64) {
    let height = edge(row_height);
    let mut ground = Strokes::bars(height, WHITE);
    let mut dashes = Strokes::dashed(height, INK, 4.0, 3.0);
    for &((left, top), right) in bars {
        let y = top + row_height - height / 2.0;
        ground.level((left, y), right);
        dashes.level((left, y), right);
    }
    canvas.strokes(ground);
    canvas.strokes(dashes);
}

impl PowerScale {
    /// How many colours a heat map of this scale has.
    fn buckets(&self) -> usize {
        (self.top_w / self.step_w).max(1) as usize
    }

    /// The colour of a power: of 20 kW steps the first holds all above 0 up to 20 kW. None where nothing flows.
    fn bucket(&self, power_w: u32) -> Option<usize> {
        let power_w = i64::from(power_w);
        (power_w > 0).then(|| (((power_w - 1) / self.step_w) as usize).min(self.buckets() - 1))
    }
}

/// Grid lines behind the rows; in tall figures times stand above them as well.
fn paint_times(canvas: &mut Canvas, plane: &Plane, times: &[TimeTick], places: &Places) {
    axes::time_grid(canvas, plane, times);
    if places.bottom - GROUPS_TOP < TALL {
        return;
    }
    for tick in times.iter().filter(|tick| tick.t_s > 0 && tick.t_s < plane.duration_s) {
        let is_daily = times.iter().all(|tick| tick.is_midnight);
        let label = match &tick.date {
            Some(date) if is_daily => date.rsplit_once(' ').map_or(date.as_str(), |(day, _)| day),
            _ => &tick.time,
        };
        let place = (plane.x(tick.t_s), GROUPS_TOP - 6.0);
        canvas.text(label, place, axes::muted(12.0, Align::Center));
    }
}
