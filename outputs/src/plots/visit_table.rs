//! The rows of `visits.svg`: a visit each, its time, its state of charge, and figures.

use super::axes::{self, MARGIN, WIDTH};
use super::canvas::{Align, Canvas};
use super::data::PlotData;
use super::palette::{BLUE, BREACH, Color, FRAME, GRID, INK, LANE, ORANGE, SKY};
use super::scale::{Frame, Plane, PowerScale, count_label, time_ticks};
use super::strokes::Strokes;
use super::text::fitted;
use super::visit_rows::{Fate, VisitRow};
use crate::clock::axis_words;
use crate::format::counted;

/// Where the columns stand \[px\].
const TIME: (f64, f64) = (136.0, 510.0);
const SOC: (f64, f64) = (556.0, 666.0);
/// Right edges of the figures: ready at, margin, paused; left edge of what held it back.
const READY: f64 = 786.0;
const MARGIN_AT: f64 = 860.0;
const PAUSED: f64 = 916.0;
const HELD: f64 = 926.0;

/// Runs that are longer than this have rows that end with their departures, since a clock of days would leave rows a few pixels \[s\].
const CLOCK_MAX_S: u64 = 48 * 3600;
/// Longest time before a departure that such rows show \[s\].
const BEFORE_MAX_S: i64 = 36 * 3600;

const HEAD: f64 = 54.0;
const FOOT: f64 = 52.0;
/// Room for the legend of the rows \[px\].
const KEY: f64 = 26.0;

/// Where the rows stand.
#[derive(Debug)]
pub(super) struct Table {
    top: f64,
    row_height: f64,
    rows: usize,
    /// Visits without a row.
    left_out: usize,
    /// Whether rows end with their departures; otherwise they stand on the clock.
    is_before: bool,
    /// Time that is shown \[s\].
    span_s: i64,
}

impl Table {
    /// The table of these rows, out of `all`.
    pub(super) fn of(rows: &[VisitRow<'_>], all: usize, duration_s: u64, top: f64) -> Self {
        let is_before = duration_s > CLOCK_MAX_S;
        let stay_s = |row: &VisitRow<'_>| row.visit.departure_s - row.visit.arrival_s;
        let longest_s = rows.iter().map(stay_s).max().unwrap_or(0);
        Self {
            top,
            row_height: if rows.len() <= 60 { 18.0 } else { 15.0 },
            rows: rows.len(),
            left_out: all - rows.len(),
            is_before,
            span_s: if is_before { longest_s.clamp(3600, BEFORE_MAX_S) } else { duration_s as i64 },
        }
    }

    fn rows_top(&self) -> f64 {
        self.top + KEY + HEAD
    }

    fn rows_bottom(&self) -> f64 {
        self.rows_top() + self.row_height * self.rows as f64
    }

    /// Height of the whole figure \[px\].
    pub(super) fn height(&self) -> f64 {
        self.rows_bottom() + FOOT
    }

    /// Where a time stands in the row of a visit \[px\]; at the edge, where it is beyond.
    fn x(&self, row: &VisitRow<'_>, t_s: i64) -> f64 {
        let t_s = if self.is_before { t_s - row.visit.departure_s + self.span_s } else { t_s };
        TIME.0 + (TIME.1 - TIME.0) * (t_s.clamp(0, self.span_s) as f64 / self.span_s.max(1) as f64)
    }

    /// Whether a visit began before the left edge, which shows a part of it alone.
    fn begins_before_it(&self, row: &VisitRow<'_>) -> bool {
        self.is_before && row.visit.departure_s - row.visit.arrival_s > self.span_s
    }

    fn soc_x(soc_ppm: u64) -> f64 {
        SOC.0 + (SOC.1 - SOC.0) * (soc_ppm as f64 / 1_000_000.0)
    }
}

/// The bars and signs of all rows: one element for each look.
struct Looks {
    stay: Strokes,
    waiting: Strokes,
    charging: Strokes,
    margin: Strokes,
    gained: Strokes,
    target: Strokes,
}

/// Paints the table.
pub(super) fn paint(canvas: &mut Canvas, data: &PlotData, table: &Table, rows: &[VisitRow<'_>]) {
    paint_key(canvas, table);
    if rows.is_empty() {
        let words = "No visits.";
        return canvas.text(words, (MARGIN, table.rows_top() + 12.0), axes::ink(13.0, Align::Left));
    }
    paint_stripes(canvas, table);
    paint_times(canvas, data, table, rows);
    paint_soc_axis(canvas, table);
    let height = table.row_height;
    let mut looks = Looks {
        stay: Strokes::bars(2.0, FRAME),
        waiting: Strokes::bars(4.0, ORANGE),
        charging: Strokes::bars((height * 0.6).round(), BLUE),
        margin: Strokes::bars((height * 0.3).round(), SKY),
        gained: Strokes::bars(4.0, FRAME),
        target: Strokes::lines(2.0, INK),
    };
    for (ix, row) in rows.iter().enumerate() {
        let y = table.rows_top() + height * (ix as f64 + 0.5);
        row.collect(table, &mut looks, y);
    }
    let Looks { stay, waiting, charging, margin, gained, target } = looks;
    [stay, waiting, charging, margin, gained, target].into_iter().for_each(|strokes| canvas.strokes(strokes));
    for (ix, row) in rows.iter().enumerate() {
        let y = table.rows_top() + height * (ix as f64 + 0.5);
        row.paint_signs(canvas, table, y);
        if table.begins_before_it(row) {
            canvas.text("<", (TIME.0 - 1.0, y), axes::bold(11.0, Align::Right));
        }
        row.paint_words(canvas, data, y);
    }
}

/// What the bars and signs mean, and which visits have rows.
fn paint_key(canvas: &mut Canvas, table: &Table) {
    let y = table.top;
    let which = match table.left_out {
        0 => "Visits in order of arrival".to_owned(),
        more => format!(
            "The {} visits with the least margin ({} more are in visits.csv)",
            table.rows,
            count_label(more as u64)
        ),
    };
    canvas.text(&which, (MARGIN, y), axes::bold(13.0, Align::Left));
    let y = y + 22.0;
    let mut x = MARGIN;
    let mut tell = |canvas: &mut Canvas, height: f64, color: Color, name: &str| {
        let mut strokes = Strokes::bars(height, color);
        strokes.level((x, y), x + 24.0);
        canvas.strokes(strokes);
        canvas.text(name, (x + 30.0, y), axes::ink(12.0, Align::Left));
        x += 30.0 + super::text::text_width(name, 12.0) + 16.0;
    };
    tell(canvas, 4.0, ORANGE, "waits for a connector");
    tell(canvas, 10.0, BLUE, "plugged in, not ready");
    tell(canvas, 5.0, SKY, "ready: its margin");
    sign(canvas, (x + 6.0, y), Sign::Arrival);
    canvas.text("SoC on arrival", (x + 16.0, y), axes::ink(12.0, Align::Left));
    sign(canvas, (x + 120.0, y), Sign::Departure);
    canvas.text("at departure", (x + 130.0, y), axes::ink(12.0, Align::Left));
    canvas.line(&[(x + 222.0, y - 6.0), (x + 222.0, y + 6.0)], 2.0, INK);
    canvas.text("target (needed: short mark)", (x + 230.0, y), axes::ink(12.0, Align::Left));
}

/// Every second row is shaded, so that the eye keeps its line.
fn paint_stripes(canvas: &mut Canvas, table: &Table) {
    let mut strokes = Strokes::bars(table.row_height, LANE);
    for ix in (0..table.rows).step_by(2) {
        let y = table.rows_top() + table.row_height * (ix as f64 + 0.5);
        strokes.level((MARGIN - 4.0, y), WIDTH - MARGIN + 4.0);
    }
    canvas.strokes(strokes);
    let y = table.rows_top() - 12.0;
    canvas.text("Visit", (MARGIN, y), axes::bold(12.0, Align::Left));
    canvas.text("Ready at", (READY, y), axes::bold(12.0, Align::Right));
    canvas.text("Margin", (MARGIN_AT, y), axes::bold(12.0, Align::Right));
    canvas.text("Paused", (PAUSED, y), axes::bold(12.0, Align::Right));
    canvas.text("Limited by", (HELD, y), axes::bold(12.0, Align::Left));
}

/// The time axis, above and below the rows.
fn paint_times(canvas: &mut Canvas, data: &PlotData, table: &Table, rows: &[VisitRow<'_>]) {
    let (top, bottom) = (table.rows_top(), table.rows_bottom());
    if table.is_before {
        let step_s = [3600, 7200, 10_800, 21_600].into_iter().find(|step_s| table.span_s / step_s <= 8);
        let step_s = step_s.unwrap_or(43_200);
        for tick in 0..=table.span_s / step_s {
            let x = TIME.1 - (TIME.1 - TIME.0) * ((tick * step_s) as f64 / table.span_s as f64);
            canvas.line(&[(x, top), (x, bottom)], 1.0, GRID);
            let words =
                if tick == 0 { "departure".to_owned() } else { format!("-{} h", tick * step_s / 3600) };
            for y in [top - 12.0, bottom + 14.0] {
                canvas.text(&words, (x, y), axes::ink(12.0, Align::Center));
            }
        }
        let words =
            format!("Hours before departure; < came more than {} before it", span_words(table.span_s));
        let is_any_cut = rows.iter().any(|row| table.begins_before_it(row));
        let words = if is_any_cut { &words } else { "Hours before departure" };
        return canvas.text(words, (TIME.0, top - 30.0), axes::bold(12.0, Align::Left));
    }
    let frame = Frame { left: TIME.0, right: TIME.1, top, bottom };
    let plane = Plane { frame, power: PowerScale::holding(0, 1, 2), duration_s: data.duration_s() };
    let times = time_ticks(&data.clock, data.duration_s(), 9);
    axes::time_grid(canvas, &plane, &times);
    axes::time_labels(canvas, &plane, &times, 12.0, 16.0);
    for tick in &times {
        canvas.text(&tick.time, (plane.x(tick.t_s), top - 12.0), axes::ink(12.0, Align::Center));
    }
    canvas.text("Time", (TIME.0, top - 30.0), axes::bold(12.0, Align::Left));
}

fn paint_soc_axis(canvas: &mut Canvas, table: &Table) {
    let (top, bottom) = (table.rows_top(), table.rows_bottom());
    canvas.text("State of charge, %", (SOC.0, top - 30.0), axes::bold(12.0, Align::Left));
    for percent in [0, 50, 100] {
        let x = Table::soc_x(percent * 10_000);
        canvas.line(&[(x, top), (x, bottom)], 1.0, GRID);
        for y in [top - 12.0, bottom + 14.0] {
            canvas.text(&percent.to_string(), (x, y), axes::ink(12.0, Align::Center));
        }
    }
}

/// The signs of the state of charge, told apart by shape.
#[derive(Debug, Clone, Copy)]
enum Sign {
    Arrival,
    Departure,
    Bad,
}

fn sign(canvas: &mut Canvas, (x, y): (f64, f64), sign: Sign) {
    let (size, color) = match sign {
        Sign::Arrival => (4.0, ORANGE),
        Sign::Departure => (5.0, BLUE),
        Sign::Bad => (5.0, BREACH),
    };
    match sign {
        Sign::Arrival => canvas.rect((x - size, y - size), (x + size, y + size), color),
        _ => canvas.area(&[(x - size, y), (x, y - size), (x + size, y), (x, y + size)], color),
    }
}

impl VisitRow<'_> {
    fn is_late(&self) -> bool {
        matches!(self.fate, Fate::Late(_))
    }

    /// Adds the visit's bars.
    fn collect(&self, table: &Table, looks: &mut Looks, y: f64) {
        let x = |t_s: i64| table.x(self, t_s);
        let (arrival_s, departure_s) = (self.visit.arrival_s, self.visit.departure_s);
        looks.stay.level((x(arrival_s), y), x(departure_s));
        if self.fate == Fate::NoShow {
            return;
        }
        // Who never had a connector waited until the end.
        let plugged_s = self.stay.plugged_in_s.map_or(departure_s, |plugged_s| plugged_s as i64);
        if x(plugged_s) > x(arrival_s) + 1.0 {
            looks.waiting.level((x(arrival_s), y), x(plugged_s));
        }
        let left_s = self.stay.left_s.map_or(departure_s, |left_s| left_s as i64);
        let ready_s = match self.fate {
            Fate::Ready { ready_s, .. } => ready_s as i64,
            _ => left_s,
        };
        if self.stay.plugged_in_s.is_some() {
            if ready_s > plugged_s {
                looks.charging.level((x(plugged_s), y), x(ready_s));
            }
            if departure_s > ready_s && matches!(self.fate, Fate::Ready { .. }) {
                looks.margin.level((x(ready_s), y), x(departure_s));
            }
        }
        let soc_x = |energy_j: u64| Table::soc_x(self.soc_ppm(energy_j));
        let (from, to) = (soc_x(self.visit.arrival_energy_j), soc_x(self.stay.energy_j));
        looks.gained.level((from.min(to), y), from.max(to));
        for (energy_j, half) in [(self.visit.target_energy_j, 6.0), (self.visit.ready_energy_j, 3.0)] {
            let x = soc_x(energy_j);
            let unit = super::canvas::units;
            looks.target.through(&[(unit(x), unit(y - half)), (unit(x), unit(y + half))]);
        }
    }

    fn paint_signs(&self, canvas: &mut Canvas, table: &Table, y: f64) {
        if self.fate == Fate::NoShow {
            return;
        }
        let soc_x = |energy_j: u64| Table::soc_x(self.soc_ppm(energy_j));
        sign(canvas, (soc_x(self.visit.arrival_energy_j), y), Sign::Arrival);
        let kind = if self.is_late() { Sign::Bad } else { Sign::Departure };
        sign(canvas, (soc_x(self.stay.energy_j), y), kind);
        // The tick at the departure tells it from a stay that goes on beyond the edge.
        let x = table.x(self, self.visit.departure_s);
        if x < TIME.1 || table.is_before {
            canvas.line(&[(x, y - 5.0), (x, y + 5.0)], 1.5, if self.is_late() { BREACH } else { INK });
        }
    }

    fn paint_words(&self, canvas: &mut Canvas, data: &PlotData, y: f64) {
        let name = fitted(&self.visit.id, 12.0, TIME.0 - MARGIN - 10.0);
        let font = if self.is_late() {
            axes::bold_in(12.0, Align::Left, BREACH)
        } else {
            axes::ink(12.0, Align::Left)
        };
        canvas.text(&name, (MARGIN, y), font);
        // What was missing has a minus: 0.5 kWh too little is -0.5 kWh. It is a tenth at least, since nobody is late for nothing.
        let short = |short_j: u64| {
            let tenths = (short_j / 360_000).max(1);
            format!("-{}.{} kWh", tenths / 10, tenths % 10)
        };
        let (ready, margin) = match self.fate {
            Fate::Ready { ready_s, margin_s } => (data.moment_words(ready_s as i64), span_words(margin_s)),
            Fate::Late(short_j) => ("NOT READY".to_owned(), short(short_j)),
            Fate::Unfinished(short_j) => ("not yet".to_owned(), short(short_j)),
            Fate::NoShow => ("never came".to_owned(), String::new()),
        };
        let right = if self.is_late() {
            axes::bold_in(12.0, Align::Right, BREACH)
        } else {
            axes::ink(12.0, Align::Right)
        };
        canvas.text(&ready, (READY, y), right);
        canvas.text(&margin, (MARGIN_AT, y), right);
        if self.stay.paused_s > 0 {
            let paused = span_words(self.stay.paused_s as i64);
            canvas.text(&paused, (PAUSED, y), axes::ink(12.0, Align::Right));
        }
        if self.is_constrained() {
            let held = fitted(data.names.at(self.main_constraint), 12.0, WIDTH - HELD - 6.0);
            canvas.text(&held, (HELD, y), axes::ink(12.0, Align::Left));
        }
    }
}

impl PlotData {
    /// A moment as it stands in a row: with its day, where the run has several.
    fn moment_words(&self, t_s: i64) -> String {
        let (time, date) = axis_words(self.clock.civil(t_s));
        let day = date.rsplit_once(' ').map_or(date.as_str(), |(day, _)| day);
        if self.duration_s() > CLOCK_MAX_S { format!("{day} {time}") } else { time }
    }
}

/// A time span in words: minutes below two hours, else hours and minutes.
pub(super) fn span_words(span_s: i64) -> String {
    let minutes = span_s.div_euclid(60);
    match minutes {
        0..120 => counted(minutes as u64, "min", "min"),
        120.. => format!("{} h {:02}", minutes / 60, minutes % 60),
        _ => format!("{minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_told_as_people_say_them() {
        let cases = [(0, "0 min"), (59, "0 min"), (7_199, "119 min"), (7_200, "2 h 00"), (-1, "-1 min")];
        for (span_s, expected) in cases {
            assert_eq!(span_words(span_s), expected);
        }
    }
}
