//! Series as lines and areas: steps, because a value holds for the whole of its tick.

use super::axes;
use super::canvas::{Align, Canvas, Point};
use super::palette::{BREACH, Color};
use super::scale::{Plane, kw_label};
use super::series::Series;
use super::strokes::Strokes;
use super::text::text_width;

/// Breaches nearer to one another than this share a mark \[px\].
const MARK_DISTANCE: f64 = 11.0;

/// What is above a limit is at least so wide \[px\].
const EXCESS_LEAST_PX: f64 = 3.0;

/// Where a column of `ticks_per_column` ticks begins \[s\].
pub(super) fn start_s(ticks_per_column: u32, column: usize, step_s: u32) -> u64 {
    column as u64 * u64::from(ticks_per_column) * u64::from(step_s)
}

/// Where a column of a series begins \[px\].
fn column_x(plane: &Plane, series: &Series, column: usize, step_s: u32) -> f64 {
    plane.x(start_s(series.ticks_per_column, column, step_s))
}

/// The step lines of a series, one for each stretch without gaps. A column of several ticks shows its extremes as well.
/// What is off the scale is left out, so that the top of the plot is not taken for a value.
fn steps(plane: &Plane, series: &Series, step_s: u32) -> Vec<Vec<Point>> {
    let top_w = plane.power.top_w;
    let mut lines = Vec::new();
    let mut line = Vec::new();
    let mut comes_from_above = false;
    for (ix, column) in series.columns.iter().enumerate() {
        let start = |column| start_s(series.ticks_per_column, column, step_s);
        let (from_s, to_s) = (start(ix), start(ix + 1));
        if comes_from_above {
            line.push(plane.at(from_s, top_w));
        }
        comes_from_above = false;
        let Some(range) = column.range else {
            lines.push(std::mem::take(&mut line));
            continue;
        };
        if range.min != range.max {
            line.push(plane.at(from_s, range.min));
            line.push(plane.at(from_s, range.max));
        }
        line.push(plane.at(from_s, range.last));
        if range.last > top_w {
            lines.push(std::mem::take(&mut line));
            comes_from_above = true;
        } else {
            line.push(plane.at(to_s, range.last));
        }
    }
    lines.push(line);
    lines.retain(|line| line.len() > 1);
    lines
}

/// The longest stretch that is off the scale, from and to \[px\].
fn widest_off_scale(plane: &Plane, series: &Series, step_s: u32) -> Option<(f64, f64)> {
    let is_off = |ix: usize| series.columns[ix].range.is_some_and(|range| range.last > plane.power.top_w);
    let x = |ix| column_x(plane, series, ix, step_s);
    stretches(series.columns.len(), is_off)
        .map(|(from, to)| (x(from), x(to)))
        .max_by(|a, b| (a.1 - a.0).total_cmp(&(b.1 - b.0)))
}

/// The middle of where a note about what is off the scale has room \[px\].
fn place_for_note(plane: &Plane, (series, step_s): (&Series, u32), note: &str) -> Option<f64> {
    let (left, right) = widest_off_scale(plane, series, step_s)?;
    (right - left > text_width(note, 12.0) + 8.0).then_some((left + right) / 2.0)
}

/// Whether a series leaves the plot at the top where there is no room for a note.
pub(super) fn is_off_unsaid(plane: &Plane, series: (&Series, u32), note: &str) -> bool {
    series.0.max().is_some_and(|most_w| most_w > plane.power.top_w)
        && place_for_note(plane, series, note).is_none()
}

/// Says how high a series goes where it leaves the plot at the top.
pub(super) fn off_scale_note(
    canvas: &mut Canvas,
    plane: &Plane,
    series: (&Series, u32),
    note: &str,
    background: Color,
) {
    let Some(x) = place_for_note(plane, series, note) else { return };
    let (width, y) = (text_width(note, 12.0), plane.frame.top + 11.0);
    canvas.rect((x - width / 2.0 - 2.0, y - 8.0), (x + width / 2.0 + 2.0, y + 8.0), background);
    canvas.text(note, (x, y), axes::muted(12.0, Align::Center));
}

/// A power to the nearest kilowatt, from 10 kW on \[W\].
pub(super) fn whole_kw(power_w: i64) -> i64 {
    if power_w.abs() < 10_000 { power_w } else { (power_w + 500).div_euclid(1000) * 1000 }
}

/// The largest value of a series in words.
pub(super) fn peak_words(series: &Series) -> String {
    format!("{} kW", kw_label(whole_kw(series.max().unwrap_or(0))))
}

/// The runs of columns that are set, as from and to (not included).
pub(super) fn stretches(
    count: usize,
    is_set: impl Fn(usize) -> bool,
) -> impl Iterator<Item = (usize, usize)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let from = (at..count).find(|&ix| is_set(ix))?;
        let to = (from..count).find(|&ix| !is_set(ix)).unwrap_or(count);
        at = to;
        Some((from, to))
    })
}

/// Fills the part of `measured` that is above a limit, as tall as `over` says, and marks each breach above the plot.
///
/// It belongs above the line of the limit, which rises where envelopes end and would hide what is narrow.
///
/// The excess is a series of its own: in a column of several ticks the least limit and the largest power may belong to
/// different ticks, and their difference would tell of a breach that never was.
pub(super) fn excess(
    canvas: &mut Canvas,
    plane: &Plane,
    (measured, over): (&Series, &Series),
    step_s: u32,
    color: Color,
) {
    let heights = |ix: usize| {
        let (measured, over) = (measured.columns[ix].range?, over.columns[ix].range?);
        (over.max > 0).then_some((measured.max - over.max, measured.max))
    };
    let count = measured.columns.len().min(over.columns.len());
    for (from, to) in stretches(count, |ix| heights(ix).is_some()) {
        let spans = (from..to).filter_map(|ix| Some((ix, heights(ix)?)));
        // A single minute of a long run still shows.
        let x = |ix| column_x(plane, measured, ix, step_s);
        let wider = ((EXCESS_LEAST_PX - (x(to) - x(from))) / 2.0).max(0.0);
        let side = |ix| match ix {
            ix if ix == from => -wider,
            ix if ix == to => wider,
            _ => 0.0,
        };
        let at = |ix: usize, power_w: i64| (x(ix) + side(ix), plane.y(power_w));
        let mut outline: Vec<Point> =
            spans.clone().flat_map(|(ix, (_, upper_w))| [at(ix, upper_w), at(ix + 1, upper_w)]).collect();
        outline.extend(spans.rev().flat_map(|(ix, (lower_w, _))| [at(ix + 1, lower_w), at(ix, lower_w)]));
        canvas.area(&outline, color);
        // Whoever sees no colours sees an edge.
        outline.extend(outline.first().copied());
        canvas.line(&outline, 1.0, BREACH);
    }
}

/// Marks each breach by a triangle that points at it from the plot's upper edge.
pub(super) fn breach_marks(canvas: &mut Canvas, plane: &Plane, over: &Series, step_s: u32) {
    let mut free_from = f64::NEG_INFINITY;
    let is_over = over.signs();
    for (from, to) in stretches(over.columns.len(), |ix| is_over(ix).is_some()) {
        let (left, right) = (column_x(plane, over, from, step_s), column_x(plane, over, to, step_s));
        let x = (left + right) / 2.0;
        if x >= free_from {
            breach_mark(canvas, (x, plane.frame.top));
            free_from = x + MARK_DISTANCE;
        }
    }
}

/// A triangle whose tip stands at a point.
pub(super) fn breach_mark(canvas: &mut Canvas, (x, y): Point) {
    canvas.area(&[(x - 5.0, y - 8.0), (x + 5.0, y - 8.0), (x, y)], BREACH);
}

/// Draws a series as a solid step line; a finer one where columns of several ticks make it dense.
pub(super) fn step_line(canvas: &mut Canvas, plane: &Plane, series: &Series, step_s: u32, ink: (f64, Color)) {
    for line in steps(plane, series, step_s) {
        canvas.line(&line, ink.0, ink.1);
    }
}

/// Draws a series as a dashed step line.
pub(super) fn dashed_line(
    canvas: &mut Canvas,
    plane: &Plane,
    series: &Series,
    step_s: u32,
    ink: (f64, Color),
) {
    for line in steps(plane, series, step_s) {
        canvas.dashes(&line, ink);
    }
}

/// The peak of each column; a gap is 0, since nothing stands there.
pub(super) fn peaks(series: &Series) -> Vec<i64> {
    series.columns.iter().map(|column| column.range.map_or(0, |range| range.peak())).collect()
}

/// The outline of an area's upper or lower edge.
fn edge(plane: &Plane, ticks_per_column: u32, values: &[i64], step_s: u32) -> Vec<Point> {
    let span = |(ix, &value): (usize, &i64)| {
        let start = |column| start_s(ticks_per_column, column, step_s);
        [plane.at(start(ix), value), plane.at(start(ix + 1), value)]
    };
    values.iter().enumerate().flat_map(span).collect()
}

/// Draws the edge of an area: the peak of each column.
pub(super) fn outline(
    canvas: &mut Canvas,
    plane: &Plane,
    series: &Series,
    step_s: u32,
    (width, color): (f64, Color),
) {
    canvas.line(&edge(plane, series.ticks_per_column, &peaks(series), step_s), width, color);
}

/// Fills the area between zero and the peaks of a series.
pub(super) fn area(canvas: &mut Canvas, plane: &Plane, series: &Series, step_s: u32, color: Color) {
    let values = peaks(series);
    let ticks = series.ticks_per_column;
    band(canvas, plane, ticks, (&vec![0; values.len()], &values), step_s, color);
}

/// Fills the area between two lists of values by column.
pub(super) fn band(
    canvas: &mut Canvas,
    plane: &Plane,
    ticks_per_column: u32,
    (lower, upper): (&[i64], &[i64]),
    step_s: u32,
    color: Color,
) {
    let mut outline = edge(plane, ticks_per_column, upper, step_s);
    outline.extend(edge(plane, ticks_per_column, lower, step_s).into_iter().rev());
    canvas.area(&outline, color);
}

/// Draws bars where a series is above 0, between two heights \[px\].
pub(super) fn bars(
    canvas: &mut Canvas,
    plane: &Plane,
    series: &Series,
    step_s: u32,
    (top, bottom): (f64, f64),
    color: Color,
) {
    let is_set = series.signs();
    let mut strokes = Strokes::bars(bottom - top, color);
    for (from, to) in stretches(series.columns.len(), |ix| is_set(ix).is_some()) {
        let (left, right) = (column_x(plane, series, from, step_s), column_x(plane, series, to, step_s));
        // A single minute of a long run still shows.
        strokes.level((left, (top + bottom) / 2.0), right.max(left + 1.0));
    }
    canvas.strokes(strokes);
}
